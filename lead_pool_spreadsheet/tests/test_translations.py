from odoo.tests import tagged
from odoo.tests.common import TransactionCase
from odoo.tools.translate import code_translations

from odoo.addons.lead_pool.tests.translations import LANG, TranslationsMixin


@tagged("post_install", "-at_install")
class TestTranslations(TranslationsMixin, TransactionCase):
    module = "lead_pool_spreadsheet"
    labels = {
        "Lead Pools": "线索池",
        "Taken and Gone Back by Week": "每周接手与退回",
        "Conversion Rate (%)": "转换率（%）",
    }

    def test_page_scripts_find_their_words(self):
        """What stands in the dashboard is sent to the browser."""
        sent = {row["id"] for row in code_translations.get_web_translations(self.module, LANG)["messages"]}
        wanted = {source for source, place in self.terms.items() if "_dashboard.json" in place}
        self.assertIn("Leads by Week", wanted)
        self.assertLessEqual(wanted, sent)
