from . import lead_pool_reports_demo
