from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..isolation import is_contended
from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestWizards(LeadPoolCase):
    """What an admin and a rep are asked before leads move, and what they are shown afterwards."""

    def _wizard(self, model, user, leads, context=None, **values):
        entries = self._entries(leads)
        Model = self.env[model].with_user(user).with_context(default_entry_ids=entries.ids, **(context or {}))
        return Model.create(values)

    def _confirm(self, *args, **values):
        action = self._wizard(*args, **values).action_confirm()
        self.env.invalidate_all()
        self._balance()
        return action

    def _message(self, action):
        self.assertEqual((action["type"], action["tag"]), ("ir.actions.client", "display_notification"))
        return action["params"]["message"]

    def _choose(self, wizard, *users):
        wizard.line_ids.filtered(lambda line: line.user_id in self.env["res.users"].union(*users)).chosen = True

    # ------------------------------------------------------------
    # RETURN
    # ------------------------------------------------------------

    def test_rep_returns_with_a_reason_and_a_note(self):
        leads = self._held(self.li, 2)
        action = self._confirm(
            "lead.pool.return", self.li, leads, reason_id=self._reason("return").id, note="No answer"
        )
        self.assertEqual(self._message(action), "2 leads returned.")
        self.assertEqual(action["params"]["next"]["tag"], "lead_pool_reload")
        self.assertRecordValues(self._entries(leads), [{"state": "waiting", "user_id": False}] * 2)
        event = self.env["lead.pool.event"].search([("lead_ref", "=", leads[0].id)], limit=1)
        self.assertRecordValues(event, [{"kind": "returned", "note": "No answer"}])

    def test_the_dialogs_run_in_read_committed_like_the_verbs(self):
        for name in ("assign", "return", "transfer", "reclaim", "mark.invalid"):
            self.assertTrue(is_contended(self.registry[f"lead.pool.{name}"], "action_confirm"), name)

    def test_after_a_return_the_lead_is_not_read_again(self):
        lead = self._held(self.li)
        action = self._confirm(
            "lead.pool.return",
            self.li,
            lead,
            context={"active_model": "crm.lead", "active_id": lead.id},
            reason_id=self._reason("return").id,
        )
        way_out = action["params"]["next"]
        self.assertEqual(
            (way_out["tag"], way_out["params"]["xml_id"]), ("lead_pool_way_out", "lead_pool.crm_lead_action_my_leads")
        )

    def test_admin_stays_on_the_lead_that_he_may_still_read(self):
        lead = self._held(self.li)
        action = self._confirm(
            "lead.pool.reclaim", self.admin, lead, context={"active_model": "crm.lead", "active_id": lead.id}
        )
        self.assertEqual(action["params"]["next"]["tag"], "lead_pool_reload")

    def test_return_offers_only_the_pools_that_the_pool_allows(self):
        lead = self._held(self.li)
        wizard = self._wizard("lead.pool.return", self.li, lead, reason_id=self._reason("return").id)
        self.assertFalse(wizard.allowed_pool_ids)
        self.pool.return_pool_ids = self.open_pool
        wizard = self._wizard(
            "lead.pool.return", self.li, lead, reason_id=self._reason("return").id, pool_id=self.open_pool.id
        )
        self.assertEqual(wizard.allowed_pool_ids.ids, (self.pool | self.open_pool).ids)
        self.assertEqual(self._message(wizard.action_confirm()), "The lead was returned.")
        self.assertEqual(self._entries(lead).pool_id, self.open_pool)

    def test_return_to_a_pool_that_the_rep_may_not_open(self):
        lead = self._held(self.li)
        self.pool.return_pool_ids = foreign = self._pool("Guangzhou", members=self.stranger)
        self._member(self.li).unlink()  # nor may he open the lead's own pool any more
        wizard = self._wizard(
            "lead.pool.return", self.li, lead, reason_id=self._reason("return").id, pool_id=foreign.id
        )
        self.assertEqual(wizard.allowed_pool_ids.ids, (self.pool | foreign).ids)
        self.assertEqual(self._message(wizard.action_confirm()), "The lead was returned.")
        self.assertEqual(self._entries(lead).pool_id, foreign)

    def test_a_pool_that_is_not_allowed_is_refused_and_the_dialog_stays_open(self):
        lead = self._held(self.li)
        action = self._confirm(
            "lead.pool.return",
            self.li,
            lead,
            reason_id=self._reason("return").id,
            pool_id=self.open_pool.id,
        )
        self.assertIn("Shanghai", self._message(action))
        self.assertNotIn("next", action["params"])
        self.assertEqual(self._entries(lead).user_id, self.li)

    def test_a_reason_of_another_kind_is_refused(self):
        lead = self._held(self.li)
        action = self._confirm("lead.pool.return", self.li, lead, reason_id=self._reason("invalid").id)
        self.assertIn("reason", self._message(action))
        self.assertEqual(self._entries(lead).state, "held")

    def test_partly_refused_says_how_many_and_why(self):
        mine, waiting = self._held(self.li), self._leads(1)
        action = self._confirm("lead.pool.return", self.li, mine | waiting, reason_id=self._reason("return").id)
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn("The lead was returned.", self._message(action))
        self.assertIn("Nobody holds this lead", self._message(action))

    # ------------------------------------------------------------
    # MARK INVALID, TAKE BACK
    # ------------------------------------------------------------

    def test_holder_marks_invalid(self):
        lead = self._held(self.li)
        self._confirm("lead.pool.mark.invalid", self.li, lead, reason_id=self._reason("invalid").id)
        self.assertRecordValues(self._entries(lead), [{"state": "closed", "closed_as": "invalid"}])

    def test_admin_takes_back_and_a_rep_may_not(self):
        lead = self._held(self.li)
        action = self._confirm("lead.pool.reclaim", self.li, lead)
        self.assertIn("Only an admin", self._message(action))
        action = self._confirm("lead.pool.reclaim", self.admin, lead, reason_id=self._reason("reclaim").id)
        self.assertEqual(self._message(action), "The lead was taken back.")
        self.assertEqual(self._entries(lead).state, "waiting")

    # ------------------------------------------------------------
    # TRANSFER
    # ------------------------------------------------------------

    def test_admin_transfers_to_a_pool_that_he_does_not_run(self):
        foreign = self._pool("Guangzhou", members=self.stranger)
        foreign.admin_ids.unlink()
        self.assertFalse(foreign.with_user(self.admin).has_access("read"))
        choice = self.env["lead.pool"].with_user(self.admin).with_context(lead_pool_destinations=True)
        self.assertIn((foreign.id, "Guangzhou"), choice.name_search("Guang"))
        self.assertNotIn(
            (foreign.id, "Guangzhou"), choice.with_context(lead_pool_destinations=False).name_search("Guang")
        )
        leads = self._leads(2)
        action = self._confirm(
            "lead.pool.transfer",
            self.admin,
            leads,
            context={"active_model": "lead.pool.entry", "active_id": self._entries(leads)[0].id},
            pool_id=foreign.id,
            reason_id=self._reason("transfer").id,
        )
        self.assertEqual(self._message(action), "2 leads now wait in “Guangzhou”.")
        self.assertEqual(action["params"]["next"]["params"]["xml_id"], "lead_pool.lead_pool_entry_action_board")
        self.assertEqual(self._entries(leads).pool_id, foreign)

    def test_names_of_pools_are_for_those_who_sell(self):
        portal = self._user("portal", "base.group_portal", "Portal")
        with self.assertRaises(AccessError):
            self.env["lead.pool"].with_user(portal).with_context(lead_pool_destinations=True).name_search("")

    # ------------------------------------------------------------
    # ASSIGN
    # ------------------------------------------------------------

    def test_admin_sees_who_has_room(self):
        self._held(self.li, 2)
        self._member(self.li).capacity = 2
        self._member(self.wang).capacity = 5
        self._member(self.zhao).paused = True
        wizard = self._wizard("lead.pool.assign", self.admin, self._leads(1))
        self.assertRecordValues(
            wizard.line_ids,
            [
                {"user_id": self.wang.id, "held": 0, "room_text": "5", "full": False, "paused": False},
                {"user_id": self.li.id, "held": 2, "room_text": "Full", "full": True, "paused": False},
                {"user_id": self.zhao.id, "held": 0, "room_text": "No limit", "full": False, "paused": True},
            ],
        )

    def test_the_limit_over_all_pools_counts_as_well(self):
        self._held(self.li, 2, pool=self.open_pool)
        self.company.lead_pool_capacity = 3
        wizard = self._wizard("lead.pool.assign", self.admin, self._leads(1))
        line = wizard.line_ids.filtered(lambda line: line.user_id == self.li)
        self.assertEqual(line.room_text, "1")

    def test_leads_are_dealt_out_in_turn(self):
        leads = self._leads(5)
        wizard = self._wizard("lead.pool.assign", self.admin, leads)
        self._choose(wizard, self.li, self.wang)
        self.assertEqual(sorted(wizard.line_ids.mapped("gets")), [0, 2, 3])
        self.assertEqual(self._message(wizard.action_confirm()), "5 leads assigned.")
        self.env.invalidate_all()
        holders = self._entries(leads).mapped("user_id.login")
        self.assertEqual(sorted(holders), ["li", "wang"])
        self.assertEqual(sorted([self._member(self.li).held, self._member(self.wang).held]), [2, 3])

    def test_dealing_goes_past_who_is_full(self):
        self._member(self.li).capacity = 1
        leads = self._leads(4)
        wizard = self._wizard("lead.pool.assign", self.admin, leads)
        self._choose(wizard, self.li, self.wang)
        self.assertEqual(self._message(wizard.action_confirm()), "4 leads assigned.")
        self.assertEqual((self._member(self.li).held, self._member(self.wang).held), (1, 3))

    def test_a_full_member_gets_more_only_above_the_capacity(self):
        self._member(self.li).capacity = 1
        leads = self._leads(2)
        wizard = self._wizard("lead.pool.assign", self.admin, leads, user_id=self.li.id)
        action = wizard.action_confirm()
        self.assertIn("Li Na holds as many leads as he may", self._message(action))
        self.assertEqual(self._member(self.li).held, 1)
        wizard.over_capacity = True
        wizard.entry_ids = wizard.entry_ids.filtered(lambda entry: entry.state == "waiting")
        wizard.action_confirm()
        self.assertRecordValues(self._member(self.li), [{"held": 2, "over_capacity": True}])

    def test_nobody_chosen(self):
        wizard = self._wizard("lead.pool.assign", self.admin, self._leads(1))
        with self.assertRaisesRegex(UserError, "Choose who"):
            wizard.action_confirm()

    def test_who_is_no_member_is_refused_with_the_reason(self):
        action = self._confirm("lead.pool.assign", self.admin, self._leads(1), user_id=self.stranger.id)
        self.assertIn("Stranger is not a member", self._message(action))
        self.assertNotIn("next", action["params"])

    def test_archived_user_is_not_offered(self):
        self.wang.action_archive()
        wizard = self._wizard("lead.pool.assign", self.admin, self._leads(1))
        self.assertNotIn(self.wang, wizard.line_ids.user_id)

    def test_a_rep_is_offered_nobody(self):
        wizard = self._wizard("lead.pool.assign", self.li, self._leads(1))
        self.assertFalse(wizard.line_ids)

    def test_leads_of_a_pool_that_one_does_not_run_are_refused_with_the_reason(self):
        self.open_pool.admin_ids.unlink()
        self.env["lead.pool.member"].create({"pool_id": self.open_pool.id, "user_id": self.admin.id})
        own, other = self._leads(1), self._leads(1, pool=self.open_pool)
        wizard = self._wizard("lead.pool.assign", self.admin, own | other)
        self.assertEqual(wizard.line_ids.pool_id, self.pool)
        self._choose(wizard, self.li)
        message = self._message(wizard.action_confirm())
        self.assertIn("The lead was assigned.", message)
        self.assertIn("Only an admin of “Shanghai”", message)

    def test_each_pool_needs_a_member(self):
        leads = self._leads(1) | self._leads(1, pool=self.open_pool)
        wizard = self._wizard("lead.pool.assign", self.admin, leads)
        wizard.line_ids.filtered(lambda line: line.user_id == self.li and line.pool_id == self.pool).chosen = True
        with self.assertRaisesRegex(UserError, "Shanghai"):
            wizard.action_confirm()

    def test_the_form_shows_what_each_gets_while_choosing(self):
        entries = self._entries(self._leads(3))
        Model = self.env["lead.pool.assign"].with_user(self.admin).with_context(default_entry_ids=entries.ids)
        with Form(Model) as form:
            with form.line_ids.edit(0) as line:
                line.chosen = True
            with form.line_ids.edit(1) as line:
                line.chosen = True
        wizard = form.record
        self.assertEqual(wizard.line_ids.mapped("gets"), [2, 1, 0])
        self.assertEqual(self._message(wizard.action_confirm()), "3 leads assigned.")

    # ------------------------------------------------------------
    # ENROL
    # ------------------------------------------------------------

    def test_enrol_counts_first_and_then_takes_them_in(self):
        plain = self.env["crm.lead"].create(
            [{"name": "Held", "user_id": self.li.id}, {"name": "Free", "user_id": False}]
        )
        self.env["crm.lead"].flush_model()
        enrol = self.env["lead.pool.enrol"].with_user(self.admin)
        wizard = enrol.create({"pool_id": self.pool.id, "domain": str([("id", "in", plain.ids)])})
        self.assertRecordValues(wizard, [{"waiting": 1, "held": 1, "skipped": 0, "problem": False}])
        self.assertFalse(plain.pool_id)
        message = self._message(wizard.action_confirm())
        self.assertIn("2 leads enrolled", message)
        self.assertEqual(plain.pool_id, self.pool)
        wizard = enrol.create({"pool_id": self.pool.id, "domain": str([("id", "in", plain.ids)])})
        self.assertRecordValues(wizard, [{"waiting": 0, "held": 0, "skipped": 2}])

    def test_a_broken_condition_is_said_and_not_thrown(self):
        for broken in ("[('nonsense', '=', 1)]", "[('user_id', '=', uid)]", "[(", "1"):
            with self.subTest(broken):
                wizard = self.env["lead.pool.enrol"].with_user(self.admin).create({"pool_id": self.pool.id})
                wizard.domain = broken
                self.assertTrue(wizard.problem)
                with self.assertRaises(UserError):
                    wizard.action_confirm()

    def test_enrolling_is_for_the_admins_of_the_pool(self):
        with self.assertRaises(AccessError):
            self.env["lead.pool.enrol"].with_user(self.li).create({"pool_id": self.pool.id})
        other = self._pool("Other")
        other.admin_ids.unlink()
        with self.assertRaises(AccessError):
            self.env["lead.pool.enrol"].with_user(self.admin).create({"pool_id": other.id}).action_confirm()

    # ------------------------------------------------------------
    # CONFIGURATION
    # ------------------------------------------------------------

    def test_pool_with_leads_is_neither_deleted_nor_archived(self):
        self._leads(2)
        with self.assertRaisesRegex(UserError, "still has 2 leads"):
            self.pool.with_user(self.manager).unlink()
        with self.assertRaisesRegex(UserError, "still has 2 leads"):
            self.pool.with_user(self.manager).action_archive()

    def test_broken_condition_of_a_rule_is_refused(self):
        for model in ("lead.pool.entry.rule", "lead.pool.reclaim.rule"):
            for broken in ("[('nonsense', '=', 1)]", "[("):
                with self.subTest(f"{model} {broken}"), self.assertRaises(ValidationError):
                    self.env[model].create({"name": "Broken", "pool_id": self.pool.id, "domain": broken})

    def test_rule_changes_are_told_in_words(self):
        self.pool.write({"cooling_days": 7, "strategy": "rotation"})
        self.assertEqual(
            self.pool.policy_id.diff,
            "Cooling-off: – → 7\nDistribution: By hand: claim or assign → In turn, by weight",
        )
        self._member(self.li).write({"weight": 2, "paused": True})
        self.assertEqual(self.pool.policy_id.diff, "Members: Li Na, Weight: 1 → 2; Paused: No → Yes")
        self._member(self.wang).unlink()
        self.assertEqual(self.pool.policy_id.diff, "Members: Wang Wei removed")
        rule = self.env["lead.pool.reclaim.rule"].create(
            {"name": "Fresh", "pool_id": self.pool.id, "no_follow_up_days": 7}
        )
        self.assertEqual(self.pool.policy_id.diff, "Reclaim Rules: Fresh added")
        rule.no_follow_up_days = 10
        self.assertEqual(self.pool.policy_id.diff, "Reclaim Rules: Fresh, No Follow-up Within: 7 → 10")
        self.env["lead.pool.entry.rule"].create({"name": "All", "pool_id": self.pool.id})
        self.assertEqual(self.pool.policy_id.diff, "Entry Conditions: All added")

    def test_one_save_of_a_pool_is_one_version(self):
        before = self.pool.policy_id.version
        members = [(1, self._member(self.li).id, {"weight": 2}), (2, self._member(self.wang).id)]
        self.pool.write({"cooling_days": 3, "member_ids": members})
        self.assertEqual(self.pool.policy_id.version, before + 1)
        self.assertEqual(
            self.pool.policy_id.diff,
            "Cooling-off: – → 3\nMembers: Li Na, Weight: 1 → 2\nMembers: Wang Wei removed",
        )
        self.assertEqual(self._pool("New").policy_id.version, 1)

    def test_a_version_kept_by_an_earlier_release_is_compared_in_words(self):
        """It knew fewer settings and called some of them otherwise."""
        rule = self.env["lead.pool.reclaim.rule"].create(
            {"name": "Fresh", "pool_id": self.pool.id, "no_follow_up_days": 7, "held_days": 30}
        )
        old = self.pool._policy_content()
        del old["return_pool_ids"]
        old["open_field_ids"].reverse()
        old["admin_ids"] = [row["user_id"] for row in old["admin_ids"]]
        old["member_ids"] = [
            {"user": row["user_id"], "weight": row["weight"], "capacity": row["capacity"],
             "daily": row["daily_claim_limit"], "hourly": row["hourly_claim_limit"], "paused": row["paused"],
             "skill_domain": row["skill_domain"]}
            for row in old["member_ids"]
        ]  # fmt: skip
        old["reclaim_rule_ids"] = [
            {"name": "Fresh", "domain": "[]", "parts": [["no_follow_up", 7], ["held", 30]], "match": "any",
             "working": False, "warn_days": 1.0}
        ]  # fmt: skip
        self.pool.policy_id.sudo().write({"content": old, "hash": "of an earlier release"})
        kept = self.pool.policy_id

        self.pool._rules_changed()
        self.assertEqual(self.pool.policy_id, kept, "Nothing changed but the way to write it down.")
        rule.no_first_touch_days = 2
        self.assertEqual(self.pool.policy_id.diff, "Reclaim Rules: Fresh, Never Touched Within: – → 2")
        self.pool.policy_id.sudo().write({"content": old, "hash": "of an earlier release"})
        rule.no_first_touch_days = 0
        self._member(self.li).daily_claim_limit = 5
        self.assertEqual(self.pool.policy_id.diff, "Members: Li Na, Claims per Day: – → 5")

    def test_another_order_of_rules_is_a_version(self):
        first, second = self.env["lead.pool.reclaim.rule"].create(
            [{"name": name, "pool_id": self.pool.id, "held_days": 9} for name in ("First", "Second")]
        )
        second.sequence = 1
        self.assertEqual(self.pool.policy_id.diff, "Reclaim Rules: another order")
        first.name = "Second"
        first.held_days = 8
        self.assertIn("Second (2), Held Longer Than: 9 → 8", self.pool.policy_id.diff)

    def test_views_open_for_everybody_who_has_the_menu(self):
        actions = {
            self.li: ("lead_pool_action",),
            self.admin: (
                "lead_pool_action_config",
                "lead_pool_member_action",
                "lead_pool_entry_rule_action",
                "lead_pool_event_action",
                "lead_pool_holding_action",
                "lead_pool_policy_action",
            ),
            self.manager: (
                "lead_pool_action_config",
                "lead_pool_rep_action",
                "lead_pool_reason_action",
                "lead_group_action",
                "lead_follow_up_type_action",
                "lead_follow_up_level_action",
            ),
        }
        self._held(self.li)
        for user, names in actions.items():
            for name in names:
                with self.subTest(f"{user.login} {name}"):
                    action = self.env.ref(f"lead_pool.{name}")
                    Model = self.env[action.res_model].with_user(user)
                    views = Model.get_views([(False, mode) for mode in action.view_mode.split(",")])["views"]
                    for mode in set(views) & {"list", "kanban", "form"}:
                        nodes = etree.fromstring(views[mode]["arch"]).xpath("//field[not(ancestor::field)]")
                        fields = {node.get("name"): {} for node in nodes}
                        self.assertTrue(fields)
                        Model.web_search_read([], fields, limit=10)

    def test_pool_form_of_each_role(self):
        for user in (self.li, self.admin, self.manager):
            with self.subTest(user.login):
                form = Form(self.pool.with_user(user))
                self.assertEqual(form.waiting_count, self.pool.waiting_count)

    def test_a_member_added_in_the_form_starts_with_the_limits_of_the_pool(self):
        self.pool.write({"member_capacity": 12, "member_daily_claim_limit": 4})
        with Form(self.pool.with_user(self.admin)) as form, form.member_ids.new() as line:
            line.user_id = self.stranger
        self.assertRecordValues(
            self._member(self.stranger), [{"role": "member", "capacity": 12, "daily_claim_limit": 4}]
        )

    def test_counts_stay_while_the_form_is_edited(self):
        self._leads(3)
        form = Form(self.pool.with_user(self.admin))
        form.cooling_days = 3
        self.assertEqual(form.waiting_count, 3)

    def test_settings_show_pools_and_health(self):
        self._leads(2)
        self._crons_ran()
        form = Form(self.env["res.config.settings"])
        self.assertFalse(form.lead_pool_health)
        settings = self.env["res.config.settings"].create({"lead_pool_stopped": True})
        self.assertIn(self.pool, settings.lead_pool_ids)
        settings.execute()
        self.assertTrue(self.env["lead.pool"]._stopped())

    def test_claims_of_yesterday_are_not_those_of_today(self):
        self._held(self.li, 2)
        member = self._member(self.li)
        self.assertEqual(member.claims_today, 2)
        self.env.cr.execute("UPDATE lead_pool_member SET day = day - 1 WHERE id = %s", [member.id])
        self.env.invalidate_all()
        self.assertEqual(member.claims_today, 0)
