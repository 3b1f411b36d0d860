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
class TestDayOnTheDesk(DayCase):
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
        self.assertRecordValues(self.env["lead.pool.handover"].search([]), [{"state": "done", "moved_count": 1}])

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


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestDayOnThePhone(TestDayOnTheDesk):
    browser_size = "375x667"
    touch_enabled = True
    lang = "zh_CN"
