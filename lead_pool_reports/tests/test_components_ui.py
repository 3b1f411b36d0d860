from odoo.tests import tagged

from odoo.addons.lead_pool.tests import test_ui


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestComponents(test_ui.TestComponents):
    """The Hoot tests of this add-on's components."""

    suite = "@lead_pool_reports"


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestComponentsOnThePhone(test_ui.TestComponentsOnThePhone):
    suite = "@lead_pool_reports"
