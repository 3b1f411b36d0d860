"""Who tries the product out: the add-ons with demo data, in English and, switched on afterwards, in Chinese."""

import os

import pytest
from life import plain_crm

pytestmark = pytest.mark.long

#: What each screen and each report shows something of.
LIVED = """
    SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'held') AS held,
           count(*) FILTER (WHERE state = 'closed') AS closed FROM lead_pool_entry
"""
CHINESE = """
env["res.lang"]._activate_lang("zh_CN")
env["ir.module.module"].search([("name", "in", ("lead_pool", "lead_pool_reports"))])._update_translations(["zh_CN"])
from odoo.addons.lead_pool.demo.lead_pool_demo_names import NAMED
missing = []
for model, columns in NAMED.items():
    named = env["ir.model.data"].search([("module", "=", "lead_pool"), ("model", "=", model)]).mapped("res_id")
    for record in env[model].browse(named) or env[model].search([]):  # rules and options have no external id
        for column in columns:
            english, chinese = (record.with_context(lang=lang)[column] for lang in ("en_US", "zh_CN"))
            if english and english == chinese:
                missing.append((model, column, english))
Lead = env["crm.lead"].with_context(lang="zh_CN")
shown = Lead.fields_get(["x_lp_intent", "x_lp_goals"])
result = {
    "missing": missing,
    "labels": [shown["x_lp_intent"]["string"], shown["x_lp_goals"]["string"]],
    "options": shown["x_lp_intent"]["selection"],
    "problems": env["lead.pool"]._health_problems(),
}
"""


def test_the_demo_shows_something_everywhere_and_speaks_chinese():
    with plain_crm(f"lead_pool_demo_{os.getpid()}", "demo") as life:
        life.odoo("-i", "lead_pool,lead_pool_reports", "--with-demo")
        waiting, held, closed = life.rows(LIVED)[0]
        assert min(waiting, held, closed) > 10, (waiting, held, closed)
        seen = life.run(CHINESE)
        assert seen["missing"] == []
        assert seen["labels"] == ["购买意向", "学习目标"]
        assert seen["options"] == [["high", "高"], ["medium", "中"], ["low", "低"]]
        assert seen["problems"] == []
