from . import custom_field_export, import_template, policy_export
