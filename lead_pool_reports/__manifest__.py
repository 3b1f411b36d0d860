{
    "name": "Lead Pool Reports",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "sequence": 17,
    "summary": "What each rep makes of his leads and how the lead pools fill and empty, on screen and as workbooks",
    "author": "lead_pool",
    "depends": ["lead_pool"],
    "external_dependencies": {"python": ["xlsxwriter"]},
    "data": [
        "security/lead_pool_holding_security.xml",
        "views/lead_pool_holding_views.xml",
        "views/lead_pool_event_views.xml",
        "views/lead_pool_entry_views.xml",
        "views/lead_pool_report_views.xml",
        "views/lead_pool_reports_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["lead_pool_reports/static/src/**/*"],
        "web.assets_tests": ["lead_pool_reports/static/tests/tours/**/*"],
    },
    "license": "LGPL-3",
}
