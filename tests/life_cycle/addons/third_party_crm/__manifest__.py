{
    "name": "Third Party CRM",
    "version": "19.0.1.0.0",
    "summary": "What other people's add-ons do to leads, in one: for the tests of Lead Pool",
    "author": "lead_pool",
    "depends": ["crm"],
    "license": "LGPL-3",
}
