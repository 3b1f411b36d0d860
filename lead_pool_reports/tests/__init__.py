from . import test_tables_sql, test_access, test_tally, test_xlsx, test_translations, test_ui
from . import test_fairness
from . import test_afterlife, test_fairness
from . import test_afterlife, test_analysis, test_fairness
from . import test_tables_sql, test_access, test_xlsx, test_translations, test_ui
from . import test_tables_sql, test_access, test_xlsx, test_translations, test_ui, test_funnel
from . import test_tables_sql, test_access, test_xlsx, test_translations, test_ui, test_funnel, test_first_touch
from . import test_tables_sql, test_access, test_xlsx, test_translations, test_ui, test_funnel, test_first_touch, test_follow_ups
from . import (
    test_tables_sql,
    test_access,
    test_xlsx,
    test_translations,
    test_ui,
    test_funnel,
    test_first_touch,
    test_follow_ups,
    test_reasons,
)
from . import test_tables_sql, test_access, test_comparison, test_xlsx, test_translations, test_ui
from . import test_tables_sql, test_access, test_comparison, test_files, test_xlsx, test_translations, test_ui
