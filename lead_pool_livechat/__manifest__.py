{
    "name": "Lead Pool: Live Chat",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "Leads of the live chat wait in their pool, whoever chatted",
    "author": "lead_pool",
    "depends": ["lead_pool", "crm_livechat"],
    "auto_install": True,
    "license": "LGPL-3",
}
