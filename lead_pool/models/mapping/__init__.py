"""Which field of a customer or an order takes which field of the lead."""

from . import properties, field_facts, options, proposing, carrying, lead_pool_mapping
