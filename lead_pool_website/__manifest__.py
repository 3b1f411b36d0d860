{
    "name": "Lead Pool: Website",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "Leads of the website's forms wait in their pool, and robots are kept out",
    "author": "lead_pool",
    "depends": ["lead_pool", "website_crm"],
    "data": [
        "security/ir.model.access.csv",
        "views/res_config_settings_views.xml",
    ],
    "assets": {
        "web.assets_frontend": ["lead_pool_website/static/src/form/**/*"],
    },
    "auto_install": True,
    "license": "LGPL-3",
}
