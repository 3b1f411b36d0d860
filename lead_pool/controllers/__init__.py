from . import custom_field_export, import_template, intake, policy_export
