from odoo.tests import tagged
from odoo.tests.common import TransactionCase

from odoo.addons.lead_pool.tests.translations import TranslationsMixin


@tagged("post_install", "-at_install")
class TestTranslations(TranslationsMixin, TransactionCase):
    module = "lead_pool_spreadsheet"
    labels = {
        "Lead Pools": "线索池",
        "Taken and Gone Back by Week": "每周接手与退回",
        "Conversion Rate (%)": "转换率（%）",
    }
