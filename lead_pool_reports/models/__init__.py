from . import reports, lead_pool_event, lead_pool_holding, lead_pool_report
