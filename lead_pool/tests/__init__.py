from . import (
    test_intake,
    test_distribution,
    test_claim,
    test_follow_up,
    test_give_back,
    test_conversion,
    test_guards,
    test_projection,
    test_security,
    test_pools,
    test_crons,
    test_query_counts,
)
