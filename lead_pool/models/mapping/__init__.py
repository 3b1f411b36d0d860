"""Which field of a customer or an order takes which field of the lead."""

from . import field_facts, proposing, carrying, lead_pool_mapping
