from . import (
    crm_lead_to_opportunity,
    lead_pool_move_mixin,
    lead_pool_assign,
    lead_pool_return,
    lead_pool_transfer,
    lead_pool_reclaim,
    lead_pool_mark_invalid,
    lead_pool_enrol,
    lead_pool_follow_up,
    lead_pool_convert,
)
