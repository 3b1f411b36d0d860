"""What stands behind the screens of the rep: the load meter, the cards, the two dialogs."""

from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext
from odoo.tools.safe_eval import safe_eval

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestRepScreens(LeadPoolCase):
    def _loads(self, user):
        return {load["name"]: load for load in self.env["lead.pool.member"].with_user(user).my_load()}

    def test_load_meter_counts_what_is_held_and_claimed_today(self):
        self._member(self.li).write({"capacity": 5, "daily_claim_limit": 3})
        with freeze_time("2026-03-02 09:00"):
            self._held(self.li, 2)
            load = self._loads(self.li)["Beijing"]
            self.assertEqual((load["held"], load["capacity"], load["day_n"], load["claims_left"]), (2, 5, 2, 1))
            self.assertEqual(self._loads(self.li)["Shanghai"]["claims_left"], False, "no limit there")
        with freeze_time("2026-03-02 16:30"):  # past midnight in Shanghai, whose clock counts
            load = self._loads(self.li)["Beijing"]
            self.assertEqual((load["held"], load["day_n"], load["claims_left"]), (2, 0, 3))

    def test_load_meter_tells_the_limit_over_all_pools(self):
        self.company.write({"lead_pool_capacity": 50, "lead_pool_daily_claim_limit": 4})
        self._held(self.li, 1)
        self._held(self.li, 1, self.open_pool)
        load = self._loads(self.li)["All pools"]
        self.assertEqual((load["pool_id"], load["held"], load["capacity"], load["claims_left"]), (False, 2, 50, 2))
        self.assertFalse(self._loads(self.stranger), "who is in no pool sees no meter")

    def test_each_filter_of_a_screen_has_a_name_of_its_own(self):
        """A notice opens My Leads by the name of a filter: two of one name would both be applied."""
        for name in ("crm_lead_view_search_mine", "lead_pool_entry_view_search", "lead_follow_up_view_search_feed"):
            view = self.env.ref(f"lead_pool.{name}")
            names = etree.fromstring(view.get_combined_arch()).xpath("//filter/@name")
            self.assertEqual(sorted(names), sorted(set(names)), name)

    def test_the_bar_tells_what_goes_back_next(self):
        self.pool.reclaim_rule_ids = [
            Command.clear(),
            Command.create({"name": "3 days", "no_first_touch_days": 3, "working": False}),
        ]
        self._held(self.wang, 1)
        with freeze_time("2026-03-03 09:00"):
            later = self._held(self.li, 1)
        with freeze_time("2026-03-02 09:00"):
            first = self._held(self.li, 1)
        self._held(self.li, 1, self.open_pool)  # without a rule: it stays
        told = self.env["crm.lead"].with_user(self.li).my_deadlines()
        self.assertEqual([line["id"] for line in told], [first.id, later.id])
        self.assertEqual((told[0]["name"], told[0]["reason"]), (first.name, "Never touched"))
        self.assertEqual(str(told[0]["reclaim_at"]), "2026-03-05 09:00:00")
        self.assertFalse(self.env["crm.lead"].with_user(self.stranger).my_deadlines())
        self.pool.mode = "observe"
        self.assertFalse(self.env["crm.lead"].with_user(self.li).my_deadlines(), "it only looks on")
        self.pool.mode = "active"

        def queries():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["crm.lead"].with_user(self.li).my_deadlines()
            return self.env.cr.sql_log_count - before

        few = queries()
        self._held(self.li, 20)
        self.assertEqual(queries(), few)
        self.assertLessEqual(few, 10)

    def test_lead_sheet_says_what_the_holder_knows_and_nobody_else_prints_it(self):
        lead = self._held(
            self.li, 1, contact_name="Chen Jie", phone="+86 138 0013 8000", description="<p>Two sites</p>"
        )
        lead.tag_ids = self.env["crm.tag"].create([{"name": "Factory"}, {"name": "Export"}])
        call, trial = self.env.ref("lead_pool.follow_up_type_call"), self.env.ref("lead_pool.follow_up_level_trial")
        lead.with_user(self.li).action_follow_up(
            {"note": "Wants an offer for both sites", "type_id": call.id, "level_id": trial.id}
        )
        Report = self.env["ir.actions.report"]
        page, kind = Report.with_user(self.li)._render_qweb_html("lead_pool.lead_sheet", lead.ids)
        self.assertEqual(kind, "html")
        text = html2plaintext(page.decode())
        for said in (
            lead.name,
            "Beijing",
            "Chen Jie",
            "+86 138 0013 8000",
            "Two sites",
            "Factory, Export",
            "Call · Trial",
            "Wants an offer for both sites",
        ):
            self.assertIn(said, text)
        for nosy in (self.wang, self.stranger):
            with self.assertRaises(AccessError):
                Report.with_user(nosy)._render_qweb_html("lead_pool.lead_sheet", lead.ids)

    def test_team_today_shows_a_manager_every_pool(self):
        action = self.env.ref("lead_pool.lead_pool_member_action_day")
        domain = safe_eval(action.domain)
        members = self.env["lead.pool.member"].with_user(self.manager).search(domain)
        self.assertEqual(members.pool_id, self.pool | self.open_pool)
        self.assertTrue(all(members.mapped("is_in_my_team")))
        self.assertFalse(self.env["lead.pool.member"].with_user(self.li).search(domain), "a rep runs no pool")

    def test_team_today_counts_what_each_figure_opens(self):
        self.pool.reclaim_rule_ids = [
            Command.clear(),
            Command.create({"name": "3 days", "no_first_touch_days": 3, "working": False}),
        ]
        with freeze_time("2026-03-02 09:00"):
            due, planned = self._held(self.li, 2)
            planned.with_user(self.li).action_follow_up({"note": "Will decide next week", "next_date": "2026-03-04"})
        with freeze_time("2026-03-04 09:00"):
            self._held(self.li, 1)
        self._member(self.wang).write({"leave_from": "2026-03-04 00:00:00", "leave_until": "2026-03-07 00:00:00"})
        team = (self._member(self.li) | self._member(self.wang)).with_user(self.admin)
        with freeze_time("2026-03-05 06:00"):
            self.env.invalidate_all()
            li, wang = team
            self.assertEqual((li.untouched_now, li.due_today, li.late_now, li.unplanned_now), (2, 1, 1, 2))
            self.assertEqual((wang.untouched_now, wang.due_today, str(wang.away_until)), (0, 0, "2026-03-07 00:00:00"))
            self.assertFalse(li.away_until)
            counted = {"untouched": 2, "due": 1, "late": 1, "unplanned": 2, False: 3}
            for figure, count in counted.items():
                action = li.with_context(lead_pool_figure=figure).button_open_day()
                entries = self.env[action["res_model"]].with_user(self.admin).search(action["domain"])
                self.assertEqual(len(entries), count, figure)
            due_action = li.with_context(lead_pool_figure="due").button_open_day()
            self.assertEqual(self.env["lead.pool.entry"].search(due_action["domain"]).lead_id, due)

        def queries(members):
            self.env.invalidate_all()
            members = self.env["lead.pool.member"].with_user(self.admin).browse(members.ids)
            before = self.env.cr.sql_log_count
            members.read(["untouched_now", "due_today", "late_now", "unplanned_now", "away_until", "held"])
            return self.env.cr.sql_log_count - before

        everybody = self.pool.member_ids
        queries(everybody)  # with what is read once
        self.assertEqual(queries(team), queries(everybody))

    def test_card_opens_the_lead_only_for_who_may_read_it(self):
        masked, opened = self._entries(self._leads(1)), self._entries(self._leads(1, self.open_pool))
        self.assertFalse(masked.with_user(self.li).can_open)
        self.assertTrue(opened.with_user(self.li).can_open)
        self.assertTrue(masked.with_user(self.admin).can_open)
        self.assertTrue(masked.with_user(self.manager).can_open)
        self._claim(self.li, masked.lead_id)
        self.assertTrue(masked.with_user(self.li).can_open)

    def test_board_asks_few_questions_however_many_cards(self):
        self._leads(60)
        board = self.env["lead.pool.entry"].with_user(self.li)
        cards = {
            "lead_ref": {}, "priority": {}, "state": {}, "can_claim": {}, "can_open": {}, "claim_refusal": {},
            "source_id": {"fields": {"display_name": {}}}, "tag_ids": {"fields": {"display_name": {}}},
        }  # fmt: skip
        board.web_search_read([("state", "=", "waiting")], cards, limit=10)

        def queries(limit):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            board.web_search_read([("state", "=", "waiting")], cards, limit=limit)
            return self.env.cr.sql_log_count - before

        few = queries(5)
        self.assertEqual(queries(40), few)
        self.assertLessEqual(few, 25)

    def test_follow_up_dialog_says_when_the_clock_runs_on(self):
        self.pool.follow_up_min_length = 4
        lead = self._held(self.li).with_user(self.li)
        call = self.env.ref("lead_pool.follow_up_type_call")
        dialog = Form(self.env["lead.pool.follow.up"].with_user(self.li).with_context(default_lead_id=lead.id))
        self.assertEqual(dialog.min_length, 4)
        dialog.type_id = call
        action = dialog.save().action_save()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertFalse(lead.follow_up_ids.counts)
        self.assertTrue(lead.is_untouched)

        dialog = Form(self.env["lead.pool.follow.up"].with_user(self.li).with_context(default_lead_id=lead.id))
        dialog.type_id = call
        dialog.level_id = self.env.ref("lead_pool.follow_up_level_trial")
        dialog.note = "Wants a trial."
        wizard = dialog.save()
        self.assertEqual(wizard.action_save()["params"]["type"], "success")
        self.assertEqual(wizard.action_save()["params"]["type"], "success", "a second press saves nothing twice")
        self.assertEqual(len(lead.follow_up_ids), 2)
        self.assertFalse(lead.is_untouched)
        self.assertEqual(lead.follow_up_level_id.name, "Trial")

    def test_files_of_a_follow_up_stay_readable_for_the_next_holder(self):
        lead = self._held(self.li).with_user(self.li)
        file = (
            self.env["ir.attachment"]
            .with_user(self.li)
            .create({"name": "offer.txt", "raw": b"offer", "res_model": "lead.pool.follow.up"})
        )
        wizard = (
            self.env["lead.pool.follow.up"]
            .with_user(self.li)
            .create({"lead_id": lead.id, "note": "Sent an offer.", "attachment_ids": [(6, 0, file.ids)]})
        )
        wizard.action_save()
        self.assertFalse(file.with_user(self.wang).has_access("read"))
        self._entries(lead).with_user(self.admin).action_assign(self.wang.id)
        self.env.invalidate_all()
        self.assertTrue(file.with_user(self.wang).has_access("read"))
        self.assertFalse(file.with_user(self.zhao).has_access("read"))

    def test_convert_dialog_proposes_the_customer_and_opens_the_quotation(self):
        partner = self.env["res.partner"].create({"name": "Galaxy", "email": "contact0@example.com"})
        lead = self._held(self.li)
        dialog = Form(self.env["lead.pool.convert"].with_user(self.li).with_context(default_lead_id=lead.id))
        self.assertEqual((dialog.customer, dialog.partner_id), ("existing", partner))
        dialog.create_order = True
        action = dialog.save().action_convert()
        order = self.env[action["res_model"]].with_user(self.li).browse(action["res_id"])
        self.assertEqual((order._name, order.partner_id, order.opportunity_id), ("sale.order", partner, lead))
        self.assertEqual(lead.pool_state, "converted")

    def test_convert_dialog_opens_the_opportunity_when_there_is_no_customer_yet(self):
        lead = self._held(self.li)
        dialog = Form(self.env["lead.pool.convert"].with_user(self.li).with_context(default_lead_id=lead.id))
        self.assertEqual(dialog.customer, "create")
        dialog.create_order = True
        dialog.customer = "none"
        self.assertFalse(dialog.create_order)
        action = dialog.save().action_convert()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.lead", lead.id))
        self.assertFalse(lead.partner_id)
        self.assertTrue(lead.with_user(self.li).has_access("read"), "the holder keeps his opportunity")

    def test_my_leads_are_sorted_by_their_deadline(self):
        self.pool.reclaim_rule_ids = [
            (0, 0, {"name": "Untouched", "no_first_touch_days": 1}),
            (0, 0, {"name": "Idle", "no_follow_up_days": 5}),
        ]
        first, second = self._held(self.li, 2)
        own = self.env["crm.lead"].with_user(self.li).create({"name": "Own lead"})
        first.with_user(self.li).action_follow_up({"note": "Called, wants more."})
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.crm_lead_action_my_leads")
        self.assertEqual(action["path"], "my-leads")
        mine = (
            self.env["crm.lead"]
            .with_user(self.li)
            .search([("user_id", "=", self.li.id), ("won_status", "=", "pending")], order="reclaim_at, id")
        )
        self.assertEqual(mine, second + first + own.with_user(self.li), "no deadline comes last")

    def test_form_shows_pool_fields_to_whom_they_concern(self):
        lead = self.env["crm.lead"].with_user(self.li).new({})
        self.assertTrue(lead.pools_in_use)
        self.assertFalse(lead.may_choose_pool)
        for user in self.admin, self.manager, self.marketing:
            self.assertTrue(self.env["crm.lead"].with_user(user).new({}).may_choose_pool)
