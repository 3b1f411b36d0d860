"""One file a report: its SQL, which makes plain rows, and its words."""

from . import pool_dynamics, rep_status
from . import fairness
from . import afterlife
from . import funnel, pool_dynamics, rep_status
from . import pool_days  # isort: skip
from . import arrival_heat, first_touch, follow_ups, funnel, pool_dynamics, reasons, rep_status
