"""Leads that platforms and landing pages send by HTTP: the endpoint, its mapping, and the log of what came."""

from . import (
    presets,
    graph,
    receive,
    mapping,
    screen,
    lead_pool_intake,
    lead_pool_intake_field,
    lead_pool_intake_minute,
    lead_pool_received,
)
