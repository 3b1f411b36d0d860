from odoo.tests import tagged
from odoo.tests.common import TransactionCase

from odoo.addons.lead_pool.tests.translations import CHINESE, LANG, TranslationsMixin

from ..models.lead_pool_report import REPORTS
from .common import MARCH, ReportsCase


@tagged("post_install", "-at_install")
class TestTranslations(TranslationsMixin, TransactionCase):
    module = "lead_pool_reports"
    labels = {
        "Reporting": "报表",
        "Reps": "销售",
        "Lead Pool": "线索池",
        "Waiting": "待领取",
        "Held": "持有",
        "Claimed": "领取",
        "Assigned": "分配",
        "Returned": "退回",
        "Reclaimed": "收回",
        "Follow-ups": "跟进",
        "Conversion Rate": "转换率",
    }


@tagged("post_install", "-at_install")
class TestChinese(ReportsCase):
    """A reader whose language is Chinese meets no English in a report."""

    def test_words_of_every_report_are_chinese(self):
        self.env["res.lang"]._activate_lang(LANG)
        reports = self.env["lead.pool.report"].with_user(self.manager).with_context(lang=LANG)
        for name in REPORTS:
            with self.subTest(report=name):
                table = reports.table(name, MARCH)
                words = [table["title"], table["help"], table["empty"], table["total"]["heading"]]
                words += [group["label"] for group in table["groups"] if group["label"]]
                words += [text for column in table["columns"] for text in (column["label"], column["help"]) if text]
                words += [series["label"] for series in (table["chart"] or {"series": []})["series"]]
                self.assertEqual([word for word in words if not CHINESE.search(word)], [])
