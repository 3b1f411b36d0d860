"""What plain Odoo does to a lead, taught to keep the pools true; a file a concern, mixed into ``crm.lead``."""

from . import (
    arrival,
    card,
    contact,
    conversion,
    customer,
    day,
    duplicates,
    gate,
    help,
    identity,
    inquiries,
    intent,
    keeping,
    lacking,
    landing,
    moves,
    phone_origin,
    reading,
    visibility,
    write_mode,
)
