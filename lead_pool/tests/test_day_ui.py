from odoo.tests import tagged

from .test_ui import UiCase


class DayCase(UiCase):
    """A rep, a leader and an admin of a pool, each through his day.

    :cvar lang: of all three
    """

    lang = "en_US"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.write({"invalid_approval": "all"})
        cls.pool.member_ids.write({"capacity": 0, "daily_claim_limit": 0})
        cls.heir = cls._user("tour_heir", "Tour Heir")
        cls.pool.member_ids = [(0, 0, {"user_id": cls.heir.id, "capacity": 0, "daily_claim_limit": 0})]
        cls.leader = cls._user("tour_leader", "Tour Leader")
        cls.leader.group_ids |= cls.env.ref("lead_pool.group_manager")
        if cls.lang != "en_US":
            cls.env["res.lang"]._activate_lang(cls.lang)
            cls.env["ir.module.module"]._load_module_terms(["lead_pool", "web"], [cls.lang], overwrite=True)
            (cls.rep | cls.leader | cls.admin).lang = cls.lang

    def _claimed(self, *cities):
        entries = self.env["lead.pool.entry"].union(*(self._lead(city).pool_entry_ids for city in cities))
        entries.with_user(self.rep).action_claim()
        self.env.invalidate_all()
        return entries

    def _is_invalid(self, city):
        reason = self.env["lead.pool.reason"].search([("kind", "=", "invalid")], limit=1)
        self._lead(city).pool_entry_ids.with_user(self.rep).action_mark_invalid(reason.id, note="A fax")


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestDayOnThePhone(DayCase):
    browser_size = "375x667"
    touch_enabled = True
    lang = "zh_CN"

    def test_a_rep_claims_calls_returns_and_converts(self):
        self.start_tour("/odoo/lead-pool", "lead_pool_day_of_a_rep", login="tour_rep")
        beijing, tianjin = self._lead("Beijing"), self._lead("Tianjin")
        self.assertEqual((beijing.pool_state, tianjin.pool_state), ("converted", "waiting"))
        self.assertRecordValues(beijing.follow_up_ids, [{"note": "要报价单 Wants a quotation", "counts": True}])
        self.assertTrue(beijing.activity_ids or beijing.partner_id)
        self.assertEqual(tianjin.pool_event_ids.sorted("seq").mapped("kind"), ["entered", "claimed", "returned"])

    def test_a_leader_reassigns_decides_and_hands_over(self):
        self._claimed("Beijing", "Tianjin", "Wuhan")
        for city in ("Tianjin", "Wuhan"):
            self._lead(city).with_user(self.rep).action_follow_up({"note": "Called them twice"})
        self._is_invalid("Tianjin")
        self.start_tour("/odoo/team-today", "lead_pool_day_of_a_leader", login="tour_leader")
        self.assertEqual((self._lead("Beijing") | self._lead("Wuhan")).user_id, self.heir)
        self.assertEqual(self._lead("Tianjin").pool_state, "invalid")
        handover = self.env["lead.pool.handover"].search([])
        self.assertRecordValues(handover, [{"state": "done", "moved_count": 2}])  # the invalid one, too

    def test_an_admin_configures_assigns_transfers_and_decides(self):
        five = self.env["crm.lead"].create(
            [{"name": "Fair", "city": f"City{n}", "pool_id": self.pool.id, "user_id": False} for n in range(1, 6)]
        )
        other = self.pool.copy(
            {"name": "Other Pool", "admin_ids": [(0, 0, {"user_id": self.admin.id, "role": "admin"})]}
        )
        self._claimed("Beijing", "Tianjin")
        self._is_invalid("Tianjin")
        self.start_tour(
            "/odoo/action-lead_pool.lead_pool_action_config", "lead_pool_day_of_an_admin", login="tour_admin"
        )
        self.env.invalidate_all()
        self.assertEqual(five.user_id, self.heir)
        self.assertEqual(self._lead("Wuhan").pool_id, other)
        self.assertEqual(self._lead("Tianjin").pool_state, "invalid")
        self.assertTrue(self.pool.member_ids.filtered(lambda member: member.user_id == self.rep).paused)
        self.assertEqual(self.pool.reclaim_rule_ids.no_follow_up_days, 4)

    def test_a_rep_converts_with_a_quotation(self):
        company = self.env["res.partner"].create(
            {"name": "北京星河科技有限公司", "is_company": True, "website": "https://theirs.example"}
        )
        robot = self.env["product.template"].create({"name": "Tour Robot", "list_price": 100})
        lead = self._lead("Beijing")
        lead.write(
            {
                "partner_name": "北京星河科技",
                "function": "采购总监 Buyer",
                "website": "https://ours.example",
                "product_interest_ids": [(6, 0, robot.ids)],
            }
        )
        lead.pool_entry_ids.with_user(self.rep).action_claim()
        self.start_tour("/odoo/my-leads", "lead_pool_rep_converts", login="tour_rep")
        self.env.invalidate_all()
        self.assertEqual(lead.pool_state, "converted")
        self.assertEqual((lead.partner_id.parent_id, company.website), (company, "https://theirs.example"))
        self.assertEqual(lead.partner_id.function, "采购总监 Buyer")
        self.assertEqual(lead.order_ids.order_line.product_id.product_tmpl_id, robot)


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestDayOnTheDesk(TestDayOnThePhone):
    browser_size = "1366x768"
    touch_enabled = False
    lang = "en_US"


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestMapping(UiCase):
    """A manager agrees with a proposal, chooses another target, and makes the field that is missing."""

    def setUp(self):
        self.addCleanup(self.registry.reset_changes)  # last of all: the columns are rolled back by then
        self.addCleanup(self.registry.clear_all_caches)
        super().setUp()

    def test_a_manager_maps(self):
        manager = self._user("tour_manager", "Tour Manager")
        manager.group_ids |= self.env.ref("lead_pool.group_manager")
        self.env["lead.custom.field"].create(
            [{"name": name, "field_type": "text"} for name in ("Tour Colour", "Tour Referrer", "Tour Model")]
            + [
                {"name": name, "field_type": "text", "on_lead": False, "on_customer": True}
                for name in ("Tour Colours", "Tour Recommender")
            ]
        )
        self.start_tour("/odoo/lead-pool", "lead_pool_manager_maps", login="tour_manager")
        self.env.invalidate_all()
        rows = self.env["lead.pool.mapping"].search([("lead_field", "like", "x_lp_tour")])
        self.assertEqual(
            rows.mapped(lambda row: (row.lead_field, row.goes_to, row.target_field, row.use, row.checked, row.origin)),
            [
                ("x_lp_tour_colour", "company", "x_lp_tour_colours", True, True, "chosen"),
                ("x_lp_tour_model", "company", "x_lp_tour_model", True, False, "proposed"),
                ("x_lp_tour_referrer", "company", "x_lp_tour_recommender", True, False, "chosen"),
            ],
        )
