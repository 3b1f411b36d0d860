"""One file a report: its SQL, which makes plain rows, and its words."""

from . import (
    afterlife,
    arrival_heat,
    campaign_cash,
    chances,
    fairness,
    first_touch,
    follow_ups,
    forecast,
    funnel,
    pool_days,
    pool_dynamics,
    reasons,
    rep_status,
    sources,
    waits,
)
