"""What plain Odoo does to a lead, taught to keep the pools true; a file a concern, mixed into ``crm.lead``."""

from . import arrival, contact, day, duplicates, gate, identity, inquiries, keeping, moves, visibility, write_mode
