from . import (
    test_access,
    test_afterlife,
    test_analysis,
    test_comparison,
    test_components,
    test_fairness,
    test_files,
    test_first_touch,
    test_follow_ups,
    test_funnel,
    test_reasons,
    test_tables_sql,
    test_tally,
    test_translations,
    test_ui,
    test_xlsx,
)
from . import test_tables_sql, test_access, test_campaign_cash, test_xlsx, test_translations, test_ui
