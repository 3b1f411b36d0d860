"""A few pools and made-up leads to look at, and how they go again without a trace."""

from . import lead_pool_sample, making, removing
