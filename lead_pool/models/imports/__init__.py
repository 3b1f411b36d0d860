"""Leads out of a file: what its columns are, what each row would become, and the rows that go in."""

from . import (
    reading,
    proposing,
    links,
    values,
    taking_in,
    lead_pool_import_column,
    lead_pool_import_row,
    lead_pool_import,
)
