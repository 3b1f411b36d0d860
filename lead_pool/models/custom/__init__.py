"""Fields that a company adds to its leads, customers and orders: definition, columns, options, screens, import."""

from . import (
    lead_custom_section,
    labels,
    columns,
    usage,
    screens,
    lead_custom_field,
    lead_custom_option,
    ir_fields_converter,
    base_import,
)
