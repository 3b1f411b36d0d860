{
    "name": "Lead Pool: Job Queue",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "Long work of lead pools is done by the workers of OCA's job queue",
    "author": "lead_pool",
    "depends": ["lead_pool", "queue_job"],
    "data": ["data/queue_job_data.xml"],
    "auto_install": True,
    "post_init_hook": "queue_open_work",
    "uninstall_hook": "give_work_back",
    "license": "LGPL-3",
}
