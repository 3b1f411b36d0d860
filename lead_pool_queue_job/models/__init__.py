from . import lead_pool_job
