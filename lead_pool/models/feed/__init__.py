from . import (
    lead_pool_settled_mixin,
    lead_pool_feed_mark,
    lead_pool_feed,
)
