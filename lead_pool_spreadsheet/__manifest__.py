{
    "name": "Lead Pool: Spreadsheet Dashboard",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "The lead pools among Odoo's dashboards, to be filtered and shared by a link",
    "author": "lead_pool",
    "depends": ["lead_pool_reports", "spreadsheet_dashboard"],
    "data": ["data/spreadsheet_dashboard_data.xml"],
    "auto_install": True,
    "license": "LGPL-3",
}
