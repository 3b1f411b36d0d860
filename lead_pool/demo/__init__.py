from . import lead_pool_demo
