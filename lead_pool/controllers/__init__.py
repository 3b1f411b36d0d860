from . import (
    conversion_results,
    custom_field_export,
    handover_export,
    health,
    import_rest,
    import_template,
    intake,
    person_export,
    policy_export,
    webmanifest,
)
