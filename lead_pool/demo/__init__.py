from . import lead_pool_demo, lead_pool_demo_names
