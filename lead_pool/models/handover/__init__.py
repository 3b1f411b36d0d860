"""Hand-overs: what one who leaves or is away holds goes to others, line by line, and can come back."""

from . import (
    lead_pool_handover_share,
    lead_pool_handover_group,
    lead_pool_handover_line,
    preview,
    belongings,
    working,
    screen,
    lead_pool_handover,
)
