from . import lead_pool_person, lead_pool_erasure
