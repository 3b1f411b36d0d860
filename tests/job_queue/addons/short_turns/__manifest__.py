{
    "name": "Short Turns",
    "version": "19.0.1.0.0",
    "summary": "For the tests: a worker is given back after a second, so that long work takes many turns",
    "author": "lead_pool",
    "depends": ["lead_pool_queue_job"],
    "license": "LGPL-3",
}
