{
    "name": "Lead Pool: Employees",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "Who leaves by Employees leaves no lead behind, even where his user stays",
    "author": "lead_pool",
    "depends": ["lead_pool", "hr"],
    "auto_install": True,
    "license": "LGPL-3",
}
