from . import lead_pool_event_kind, lead_pool_webhook, lead_pool_webhook_delivery
