from . import (
    conversion_results,
    custom_field_export,
    handover_export,
    health,
    import_rest,
    import_template,
    intake,
    policy_export,
    webmanifest,
)
