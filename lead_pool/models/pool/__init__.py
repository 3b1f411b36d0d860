"""What a pool knows of itself: its rules in words, its working time, its members; a file a concern, mixed into
``lead.pool``."""

from . import (
    alerts,
    approving,
    claiming,
    clock,
    converting,
    distributing,
    evidence,
    first_steps,
    giving_back,
    importing,
    handing_over,
    reminding,
    reclaiming,
    reclaim_preview,
    members,
    policy,
    policy_export,
    policy_import,
    simulate,
    simulated_history,
    simulated_rules,
    summary,
    working_time,
)
