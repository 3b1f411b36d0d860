from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..models.lead_pool_member_rule import LeadPoolMemberRule
from .member_rules import MemberRuleCase


@tagged("post_install", "-at_install")
class TestMemberRules(MemberRuleCase):
    def test_the_people_of_a_team_are_members_as_soon_as_the_rule_is_saved(self):
        rule = self._rule(weight=2, capacity=5, daily_claim_limit=3, hourly_claim_limit=1, ramp_days=10)
        self.assertRecordValues(
            self.pool.member_ids.sorted(lambda member: member.user_id.id),
            [
                {
                    "user_id": user.id,
                    "role": "member",
                    "member_rule_id": rule.id,
                    "weight": 2,
                    "capacity": 5,
                    "daily_claim_limit": 3,
                    "hourly_claim_limit": 1,
                    "ramp_days": 10,
                }
                for user in self.li | self.wang
            ],
        )
        self.assertEqual((rule.people_count, rule.people_text), (2, "2 people"))
        self.assertEqual(rule.name, "Sales team South")
        self.assertIn("as long as they belong there: Sales team South.", self.pool.with_user(self.admin).summary)
        self.assertNotIn("belong there", self.pool.with_user(self.li).summary, "who gets leads in is told to admins")

    def test_a_rule_starts_its_members_as_the_pool_says(self):
        self.pool.write({"member_daily_claim_limit": 7, "member_ramp_days": 14})
        rule = self._rule()
        self.assertEqual((rule.capacity, rule.daily_claim_limit, rule.ramp_days), (20, 7, 14))
        self.assertEqual(self._rule(capacity=0, team_id=self.team.id).ramp_days, 0, "no limit, no ramp")

    def test_joiners_and_leavers_follow(self):
        self._rule()
        self._join(self.zhao)
        self._leave(self.li)
        self._sync()
        self.assertEqual(self._names(), ["Wang Wei", "Zhao Min"])
        self.assertIn(self.pool.id, self.zhao._lead_pool_ids("member"))
        self.assertNotIn(self.pool.id, self.li._lead_pool_ids("member"))

    def test_a_group_brings_those_who_have_it_by_another_group(self):
        hunters = self.env["res.groups"].create({"name": "Hunters", "user_ids": [Command.link(self.li.id)]})
        self.env["res.groups"].create(
            {"name": "Best", "implied_ids": [Command.link(hunters.id)], "user_ids": [Command.link(self.zhao.id)]}
        )
        rule = self._rule(kind="group", group_id=hunters.id)
        self.assertEqual(self._names(), ["Li Na", "Zhao Min"])
        self.assertEqual(self._names(), sorted(hunters.all_user_ids.mapped("name")), "as Odoo counts them")
        hunters.unlink()
        self.assertEqual(rule.people_text, "Nobody now")
        self.assertIn("makes nobody a member now", self.pool.with_user(self.admin).warnings)
        self._sync()
        self.assertEqual(self._names(), [])

    def test_who_was_entered_by_hand_stays_whatever_the_rules_say(self):
        self.pool.member_ids = [Command.create({"user_id": user.id, "capacity": 3}) for user in self.li | self.zhao]
        rule = self._rule(capacity=9)
        self.assertEqual(self._names(), ["Li Na", "Wang Wei", "Zhao Min"])
        self.assertRecordValues(self._member(self.li), [{"capacity": 3, "member_rule_id": False}])
        rule.unlink()
        self.assertEqual(self._names(), ["Li Na", "Zhao Min"])

    def test_who_is_entered_by_hand_is_no_longer_by_rule(self):
        rule = self._rule(capacity=9)
        lead = self._held(self.li)
        version = self.pool.policy_id.version
        self.pool.with_user(self.admin).member_ids = [Command.create({"user_id": self.li.id, "capacity": 3})]
        self.assertRecordValues(self._member(self.li), [{"capacity": 3, "member_rule_id": False, "held": 1}])
        self.assertEqual(self.pool.policy_id.version, version + 1)
        self.assertEqual(lead.user_id, self.li)
        rule.unlink()
        self.assertEqual(self._names(), ["Li Na"])
        pool = self._pool("New", members=self.li, member_rule_ids=[Command.create({"team_id": self.south.id})])
        self.assertEqual(
            {member.user_id: bool(member.member_rule_id) for member in pool.member_ids},
            {self.li: False, self.wang: True},
        )

    def test_the_first_rule_wins_and_hands_over_when_it_goes(self):
        second = self._rule(sequence=20, capacity=8, weight=3)
        first = self._rule(sequence=10, capacity=4, weight=2)
        self.assertEqual(self.pool.member_ids.member_rule_id, first)
        self._member(self.li).weight = 5
        first.active = False
        self.assertRecordValues(
            self.pool.member_ids.sorted(lambda member: member.user_id.id),
            [
                {"user_id": self.li.id, "member_rule_id": second.id, "capacity": 8, "weight": 5},
                {"user_id": self.wang.id, "member_rule_id": second.id, "capacity": 8, "weight": 3},
            ],
        )

    def test_archived_portal_and_foreign_users_never_come_in(self):
        other = self.env["res.company"].create({"name": "Other"})
        outside = self._user("outside", "base.group_portal", "Portal")
        hunters = self.env["res.groups"].create(
            {"name": "Hunters", "user_ids": [Command.set((self.li | self.wang | outside).ids)]}
        )
        self.li.active = False
        self.wang.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        rule = self._rule(kind="group", group_id=hunters.id)
        self.assertFalse(self.pool.member_ids)
        self.assertEqual((rule.people_count, rule.people_text), (0, "Nobody now"))
        self.li.active = True
        self.wang.company_ids = [Command.link(self.company.id)]
        self._sync()
        self.assertEqual(self._names(), ["Li Na", "Wang Wei"])

    def test_a_member_who_is_archived_leaves(self):
        self._rule()
        self.li.active = False
        self._sync()
        self.assertEqual(self._names(), ["Wang Wei"])

    def test_new_defaults_reach_who_still_has_the_old_ones(self):
        rule = self._rule(capacity=5, weight=1)
        self._join(self.zhao)
        self._sync()
        self._member(self.li).capacity = 7
        self._member(self.wang).paused = True
        rule.write({"capacity": 9, "weight": 2, "ramp_days": 30})
        self.assertRecordValues(
            self.pool.member_ids.sorted(lambda member: member.user_id.id),
            [
                {"user_id": self.li.id, "capacity": 7, "weight": 2, "ramp_days": 30, "paused": False},
                {"user_id": self.wang.id, "capacity": 9, "weight": 2, "ramp_days": 30, "paused": True},
                {"user_id": self.zhao.id, "capacity": 9, "weight": 2, "ramp_days": 30, "paused": False},
            ],
        )
        self._sync()
        self.assertTrue(self._member(self.wang).paused)

    def test_a_leaver_keeps_what_he_holds_and_the_admins_are_told_once(self):
        self._rule()
        leads = self._held(self.li, 2)
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        self._leave(self.li)
        self._leave(self.wang)
        self._sync()
        self.assertEqual(leads.user_id, self.li)
        self.assertEqual(leads.mapped("pool_state"), ["held", "held"])
        told = self.env["mail.message"].search(
            [("id", ">", before), ("model", "=", "lead.pool"), ("res_id", "=", self.pool.id)]
        )
        self.assertEqual(told.partner_ids, self.admin.partner_id)
        self.assertEqual(told.subject, "2 members left “Guangzhou”")
        self.assertIn("Li Na: still holds 2 leads", told.body)
        self.assertIn("Wang Wei: holds no lead", told.body)
        self._balance()

    def test_who_joins_again_brings_what_he_holds(self):
        self._rule(capacity=1)
        with freeze_time("2026-03-02 09:00"):
            self._held(self.li)
            self._leave(self.li)
            self._sync()
            self._join(self.li)
            self._sync()
            self.assertRecordValues(self._member(self.li), [{"held": 1, "day_n": 1, "over_capacity": False}])
            self.assertEqual(self._codes(self._claim(self.li, self._leads())), ["capacity_full"])
        self._balance()

    def test_an_archived_pool_keeps_its_members(self):
        self._rule()
        self.pool.active = False
        self._leave(self.li)
        self._sync()
        self.assertEqual(self._names(), ["Li Na", "Wang Wei"])
        self.pool.active = True
        self._sync()
        self.assertEqual(self._names(), ["Wang Wei"])

    def test_the_versions_name_rules_joiners_and_leavers(self):
        version = self.pool.policy_id
        rule = self._rule(capacity=5)
        self.assertEqual(self.pool.policy_id.version, version.version + 1, "one change, one version")
        self.assertIn("Members by Rule: Sales team South added", self.pool.policy_id.diff)
        self.assertIn("Members: Li Na added", self.pool.policy_id.diff)
        rule.capacity = 6
        self.assertIn("Members by Rule: Sales team South, Most Leads Held: 5 → 6", self.pool.policy_id.diff)
        self._leave(self.li)
        self._sync()
        self.assertEqual(self.pool.policy_id.diff, "Members: Li Na removed")
        rule.unlink()
        self.assertIn("Members by Rule: Sales team South removed", self.pool.policy_id.diff)
        self.assertIn("Members: Wang Wei removed", self.pool.policy_id.diff)

    def test_a_file_carries_the_rule_and_not_whom_it_brought(self):
        self._rule(capacity=5, ramp_days=30)
        self.pool.member_ids = [Command.create({"user_id": self.zhao.id})]
        file = self.pool.with_user(self.admin).action_export_policy()
        self.assertEqual([row["user_id"] for row in file["member_ids"]], ["zhao"])
        copy = self._pool("Copy", members=self.stranger).with_user(self.admin)
        answer = copy.action_import_policy(file, dry_run=False, replace_members=True)
        self.assertEqual(answer["problems"], [])
        self.assertEqual(
            {member.user_id: member.member_rule_id.name for member in copy.member_ids},
            {self.li: "Sales team South", self.wang: "Sales team South", self.zhao: False},
        )
        again = copy.action_import_policy(file, replace_members=True)
        self.assertEqual((again["diff"], again["problems"]), ([], []))

    def test_a_rule_moved_to_another_pool_takes_its_people_along(self):
        rule = self._rule()
        rule.pool_id = self.open_pool
        self.assertFalse(self.pool.member_ids)
        self.assertEqual(self.open_pool.member_ids.user_id, self.reps, "all were there by hand")

    def test_departments_are_offered_with_the_employees_app_only(self):
        Rule = self.env["lead.pool.member.rule"]
        with patch.object(LeadPoolMemberRule, "_has_departments", lambda self: False):
            self.assertNotIn("department", dict(Rule._selection_kind()))
            self.assertEqual(Rule._selection_department(), [])

    def test_without_the_employees_app_members_by_department_stay(self):
        rule = self._rule()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lead_pool_member_rule SET kind = 'department', department_ref = '7' WHERE id = %s", [rule.id]
        )
        self.env.invalidate_all()
        with patch.object(LeadPoolMemberRule, "_has_departments", lambda self: False):
            self._sync()
            self.assertEqual(self._names(), ["Li Na", "Wang Wei"])
            self.assertEqual(rule.people_text, "The Employees app is gone: nobody joins or leaves")

    # ------------------------------------------------------------
    # WITHIN A MINUTE
    # ------------------------------------------------------------

    def test_looking_costs_one_query_when_nothing_changed(self):
        self._rule()
        self._sync()
        cron = self.env["lead.pool"].with_user(self.env.ref("base.user_root"))
        cron._in_use()
        with self.assertQueryCount(1):
            cron._cron_sync_members()

    def test_many_joiners_cost_no_more_queries_than_two(self):
        users = self.env["res.users"].browse(
            self._user(f"joiner{number}", "sales_team.group_sale_salesman", f"Joiner {number}").id
            for number in range(12)
        )
        self._rule()

        def queries(joiners):
            for user in joiners:
                self._join(user)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.pool._sync_members()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(users[:1])
        few = queries(users[1:3])
        self.assertLessEqual(queries(users[3:]), few)
        self.assertEqual(len(self.pool.member_ids), 14)

    def test_changes_of_people_wake_the_scheduled_action(self):
        self._rule()
        expert = self.env.ref("base.group_no_one")
        changes = {
            "joins a team": lambda: self._join(self.zhao),
            "leaves a team": lambda: self._leave(self.zhao),
            "is taken out of a team": lambda: self.south.crm_team_member_ids[0].unlink(),
            "gets a group": lambda: self.zhao.write({"group_ids": [Command.link(expert.id)]}),
            "is archived": lambda: self.zhao.write({"active": False}),
            "is new": lambda: self._user("fresh", "sales_team.group_sale_salesman", "Fresh"),
        }
        for name, change in changes.items():
            with self.subTest(name), self.capture_triggers("lead_pool.ir_cron_members") as capture:
                change()
                self.assertTrue(capture.records)

    def test_without_a_rule_nothing_is_woken(self):
        with self.capture_triggers("lead_pool.ir_cron_members") as capture:
            self._join(self.zhao)
            self.zhao.active = False
        self.assertFalse(capture.records)

    # ------------------------------------------------------------
    # WHO MAY, AND WHAT IS REFUSED
    # ------------------------------------------------------------

    def test_the_admin_of_the_pool_makes_rules_and_nobody_else_does(self):
        values = {"kind": "team", "team_id": self.south.id, "pool_id": self.pool.id}
        Rule = self.env["lead.pool.member.rule"]
        for user in (self.li, self.all_docs, self.marketing):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                Rule.with_user(user).create(values)
        other = self._user("otheradmin", "sales_team.group_sale_salesman", "Other Admin")
        self._pool("Other").admin_ids = [Command.create({"user_id": other.id, "role": "admin"})]
        with self.assertRaises(AccessError):
            Rule.with_user(other).create(values)
        rule = Rule.with_user(self.admin).create(values)
        self.assertEqual(self.pool.policy_id.create_uid, self.admin)
        self.assertEqual(self._names(), ["Li Na", "Wang Wei"])
        with self.assertRaises(AccessError):
            rule.with_user(other).weight = 9
        with self.assertRaises(AccessError):
            rule.with_user(other).unlink()
        rule.with_user(self.manager).unlink()
        self.assertFalse(self.pool.member_ids)

    def test_a_member_by_rule_is_paused_not_taken_out(self):
        rule = self._rule()
        member = self._member(self.li).with_user(self.admin)
        with self.assertRaisesRegex(UserError, "Pause him, or change the rule"):
            member.unlink()
        member.paused = True
        self.assertTrue(member.paused)
        stranger = self.pool.with_user(self.admin).member_ids.create(
            {"pool_id": self.pool.id, "user_id": self.stranger.id, "member_rule_id": rule.id}
        )
        self.assertFalse(stranger.member_rule_id, "who says so himself came by hand")
        stranger.unlink()

    def test_a_rule_must_say_whose_people(self):
        for values in ({"team_id": False}, {"kind": "group"}):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, "still empty"):
                self._rule(**values)

    def test_what_is_not_among_the_choices_is_refused(self):
        for values in ({"kind": "friends"}, {"kind": [1]}, {"department_ref": "99999"}, {"department_ref": 7}):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, "must be one of"):
                self._rule(**values)

    def test_people_outside_the_company_are_refused(self):
        for xmlid in ("base.group_portal", "base.group_public"):
            group = self.env.ref(xmlid)
            with self.subTest(xmlid), self.assertRaisesRegex(ValidationError, "outside the company"):
                self._rule(kind="group", group_id=group.id)
            guests = self.env["res.groups"].create({"name": "Guests", "implied_ids": [Command.link(group.id)]})
            with self.subTest(f"implies {xmlid}"), self.assertRaisesRegex(ValidationError, "outside the company"):
                self._rule(kind="group", group_id=guests.id)

    def test_limits_and_ramps_have_bounds(self):
        rule = self._rule()
        for record, name in (
            (rule, "ramp_days"),
            (self._member(self.li), "ramp_days"),
            (self.pool, "member_ramp_days"),
            (rule, "capacity"),
            (rule, "weight"),
        ):
            for value in (-1, "many", 2**31):
                with self.subTest(record=record, value=value), self.assertRaisesRegex(ValidationError, "must be a num"):
                    record.write({name: value})
            if name.endswith("ramp_days"):
                with self.subTest(record=record), self.assertRaisesRegex(ValidationError, "at most 3650 days"):
                    record.write({name: 3651})
                with self.subTest(record=record), self.assertRaisesRegex(ValidationError, "A ramp needs a number"):
                    record.write({name: 30, name.replace("ramp_days", "capacity"): 0})
        with self.assertRaisesRegex(ValidationError, "must be a day"):
            self._member(self.li).write({"joined_at": "soon"})

    def test_the_form_of_a_pool_takes_a_rule(self):
        with Form(self.pool.with_user(self.admin)) as form, form.member_rule_ids.new() as line:
            line.kind = "team"
            line.team_id = self.south
        self.assertEqual(self._names(), ["Li Na", "Wang Wei"])
        self.assertEqual(self.pool.member_rule_ids.capacity, 20)
