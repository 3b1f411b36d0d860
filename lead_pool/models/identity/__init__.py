"""The keys of leads and customers, and who is found by them."""

from . import keys, backfill, matching
