from . import choices, lead_pool_notice, lead_pool_notice_later, lead_pool_reminder, daily
