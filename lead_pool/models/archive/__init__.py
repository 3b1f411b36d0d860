from . import lead_pool_archive, archiving
