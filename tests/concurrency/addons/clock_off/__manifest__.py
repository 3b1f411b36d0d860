{
    "name": "Clock Off",
    "version": "19.0.1.0.0",
    "summary": "A server whose clock is wrong, by LEAD_POOL_CLOCK_OFF seconds: for the tests of Lead Pool",
    "author": "lead_pool",
    "depends": ["base"],
    "license": "LGPL-3",
}
