from . import (
    reports,
    lead_pool_behind,
    lead_pool_entry,
    lead_pool_event,
    lead_pool_holding,
    lead_pool_tally,
    lead_pool_health,
    lead_pool_report,
)
from . import reports, lead_pool_behind, lead_pool_entry, lead_pool_event, lead_pool_holding, lead_pool_report
from . import analysis, ir_filters
from . import lead_pool_report_file, lead_pool_report_dashboard
from . import lead_pool_report_dashboard, lead_pool_report_export, lead_pool_report_file, lead_pool_report_mail
from . import lead_pool_report_preset, res_config_settings
