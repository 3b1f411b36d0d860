from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .distribution import DistributeCase


@tagged("post_install", "-at_install")
class TestDistribute(DistributeCase):
    def test_equal_weights_get_equal_shares(self):
        self.pool.strategy = "rotation"
        self._leads(10)
        answers = self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(len(answers), 10)
        self.assertTrue(all(answer["done"] for answer in answers))
        self.assertEqual(sorted(self.pool.member_ids.mapped("held")), [3, 3, 4])
        self._leads(5)
        self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(self.pool.member_ids.mapped("held"), [5, 5, 5])
        self._balance()

    def test_weights_pauses_and_capacities(self):
        self.pool.strategy = "rotation"
        self._member(self.li).weight = 2
        self._member(self.zhao).paused = True
        self._member(self.wang).capacity = 2
        self._leads(9)
        self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(self._member(self.wang).held, 2)
        self.assertEqual(self._member(self.li).held, 7)
        self.assertEqual(self._member(self.zhao).held, 0)
        self._balance()

    def test_the_decision_keeps_who_was_considered(self):
        self.pool.strategy = "rotation"
        self._member(self.zhao).paused = True
        lead = self._leads()
        self.pool.with_user(self.admin).action_distribute()
        event = self.env["lead.pool.event"].search([("lead_ref", "=", lead.id), ("kind", "=", "distributed")])
        decision = self.env["lead.pool.decision"].browse(event.decision_ref)
        self.assertEqual(decision.counts, {"eligible": 2, "paused": 1})
        self.assertEqual(decision.policy_id, self.pool.policy_id)

    def test_nobody_can_take_leads_is_said_and_nothing_is_lost(self):
        self.pool.strategy = "rotation"
        self.pool.member_ids.write({"paused": True})
        self._leads(2)
        answers = self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(self._codes(answers), ["no_eligible_member"] * 2)
        self.assertEqual(self.pool.waiting_count, 2)

    def test_the_default_assignee_gets_all_until_he_is_full(self):
        self.pool.write({"strategy": "default_assignee", "default_assignee_id": self.wang.id})
        self._member(self.wang).capacity = 2
        self._leads(3)
        answers = self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(self._codes(answers), [False, False, "capacity_full"])
        self._balance()

    # ------------------------------------------------------------
    # STRATEGIES, RULES, LEAVE
    # ------------------------------------------------------------

    def test_in_turn_whatever_the_weights(self):
        self.pool.strategy = "round_robin"
        self._member(self.li).weight = 5
        self._leads(9)
        self._distribute()
        self.assertEqual(self.pool.member_ids.mapped("held"), [3, 3, 3])

    def test_to_who_has_least_in_hand(self):
        self._held(self.li, 4)
        self._held(self.wang, 2)
        self.pool.strategy = "least_loaded"
        self._leads(3)
        self._distribute()
        self.assertEqual({m.user_id: m.held for m in self.pool.member_ids}, {self.li: 4, self.wang: 3, self.zhao: 2})

    def test_to_who_has_the_skills(self):
        self.pool.strategy = "skill"
        self._member(self.li).skill_domain = "[('city', '=', 'Beijing')]"
        self._member(self.wang).skill_domain = "[('city', '=', 'Wuhan')]"
        beijing, wuhan, elsewhere = self._leads(city="Beijing"), self._leads(city="Wuhan"), self._leads(city="Xi'an")
        self._distribute()
        self.assertEqual((beijing | wuhan | elsewhere).mapped("user_id"), self.li | self.wang | self.zhao)

    def test_skills_that_cannot_be_evaluated_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "domain editor"):
            self._member(self.li).skill_domain = "[('password_of_boss', '=', 1)]"

    def test_to_who_converts_such_leads_best(self):
        source, other = self.env["utm.source"].create([{"name": "Fair 1"}, {"name": "Fair 2"}])
        for user, fate in ((self.li, "convert"), (self.wang, "return")):
            for lead in self._held(user, 3, source_id=source.id):
                if fate == "convert":
                    lead.with_user(user).action_convert()
                else:
                    self._entries(lead).with_user(user).action_return(self._reason("return").id)
        self.env["lead.pool.entry"].search([("state", "=", "waiting")]).with_user(self.admin).action_mark_invalid(
            self._reason("invalid").id
        )
        self.pool.strategy = "conversion"
        leads = self._leads(2, source_id=source.id)
        self._distribute()
        self.assertEqual(leads.user_id, self.li)
        self._leads(3, source_id=other.id)
        self._distribute()
        self.assertEqual(sorted(self.pool.member_ids.mapped("held")), [1, 1, 3], "no record there: in turn")

    def test_the_same_company_goes_to_the_same_rep(self):
        self.pool.write({"strategy": "rotation", "affinity": True})
        self._held(self.zhao, partner_name="Galaxy Ltd")
        leads = self._leads(3, partner_name="Galaxy Ltd")
        other = self._leads(partner_name="Comet Ltd", phone="+86 139 0000 0000", email_from="info@comet.example")
        self._distribute()
        self.assertEqual(leads.user_id, self.zhao)
        self.assertNotEqual(other.user_id, self.zhao)

    def test_nobody_gets_leads_while_away(self):
        self.pool.strategy = "rotation"
        now = self.env["lead.pool"]._now()
        self._member(self.li).write({"leave_from": now - timedelta(days=1), "leave_until": now + timedelta(days=1)})
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "resource_id": self.env["resource.resource"].create({"name": "Wang", "user_id": self.wang.id}).id,
                "date_from": now - timedelta(hours=1),
                "date_to": now + timedelta(days=2),
            }
        )
        self._member(self.zhao).write({"leave_from": now + timedelta(days=3), "leave_until": now + timedelta(days=9)})
        leads = self._leads(4)
        self._distribute()
        self.assertEqual(leads.user_id, self.zhao, "a planned leave has not begun")
        decision = self.env["lead.pool.decision"].search([], limit=1)
        self.assertEqual(decision.counts, {"away": 2, "eligible": 1})

    def test_a_leave_has_an_end(self):
        member = self._member(self.li)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            member.leave_from = fields.Datetime.now()
            self.env.flush_all()

    def test_the_admins_are_told_once_a_day_that_nobody_can_take_leads(self):
        self.pool.strategy = "rotation"
        self.pool.member_ids.write({"paused": True})
        self._leads(2)
        told = [("partner_ids", "in", self.admin.partner_id.ids), ("subject", "ilike", "can take leads")]
        before = self.env["mail.message"].search_count(told)
        self._distribute()
        self._distribute()
        self.assertEqual(self.env["mail.message"].search_count(told), before + 1)

    # ------------------------------------------------------------
    # WHY
    # ------------------------------------------------------------

    def test_who_filled_up_during_the_batch_is_passed_over_for_the_later_leads_only(self):
        self.pool.strategy = "rotation"
        self._member(self.li).capacity = 1
        leads = self._leads(4)
        self._distribute()
        self.assertNotIn("Passed over", self._why(leads[0]))
        self.assertIn("Passed over: Li Na (full).", self._why(leads[3]))

    def test_the_admins_hear_that_the_one_person_is_full(self):
        self.pool.write({"strategy": "default_assignee", "default_assignee_id": self.wang.id})
        self._member(self.wang).capacity = 1
        self._leads(2)
        answers = self._distribute()
        self.assertIn("The person who gets such leads cannot take one now: full.", answers[1]["message"])
        self.assertTrue(self.pool.told_nobody_on)

    def test_urgent_leads_come_first_also_where_members_do_not_see_the_priority(self):
        self.pool.open_field_ids = False
        self.pool.write({"strategy": "default_assignee", "default_assignee_id": self.wang.id})
        self._member(self.wang).capacity = 1
        _plain, urgent = self._leads(), self._leads(priority="3")
        self._distribute()
        self.assertEqual(urgent.user_id, self.wang)

    def test_who_may_not_work_in_the_company_of_a_lead_gets_none_of_it(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        team = self.env["crm.team"].create({"name": "All", "company_id": False})
        self.pool.write({"company_id": False, "team_id": team.id, "strategy": "rotation"})
        self.wang.company_ids |= other
        lead = self.env["crm.lead"].create(
            {"name": "Theirs", "company_id": other.id, "pool_id": self.pool.id, "user_id": False, "team_id": team.id}
        )
        entry = self._entries(lead)
        self.assertEqual(entry.company_id, other)
        self.assertEqual(self._codes(entry.sudo().action_assign(self.li.id)), ["target_foreign"])
        self.pool._distribute()
        self.assertEqual((lead.user_id, lead.company_id), (self.wang, other))

    def test_a_client_cannot_give_anybody_credit(self):
        member = (
            self.env["lead.pool.member"]
            .with_user(self.admin)
            .with_context(default_credit=1000.0, default_card_n=5)
            .create({"pool_id": self.pool.id, "user_id": self.stranger.id})
        )
        self.assertEqual((member.credit, member.card_n), (0, 0))

    def test_who_is_given_a_lead_has_to_contact_it_within_the_pools_term(self):
        self.pool.write({"strategy": "rotation", "first_contact_days": 2})
        with freeze_time("2026-03-05 09:00:00"):  # Thursday
            leads = self._leads(3)
            self._distribute()
            given = self._leads()
            self._entries(given).with_user(self.admin).action_assign(self.li.id)
        activities = self._first_contacts(leads + given)
        self.assertEqual(len(activities), 4)
        self.assertEqual(set(activities.mapped("date_deadline")), {date(2026, 3, 9)}, "two working days later")
        for activity in activities:
            self.assertEqual(activity.user_id, self.env["crm.lead"].browse(activity.res_id).user_id)
        claimed = self._held(self.wang)
        self.assertFalse(self._first_contacts(claimed), "who claims knows why")

    def test_the_first_contact_is_due_before_the_lead_goes_back_and_done_by_a_follow_up(self):
        self.pool.write(
            {"strategy": "rotation", "first_contact_days": 9,
             "reclaim_rule_ids": [Command.create({"name": "1 day", "no_first_touch_days": 1})]}
        )  # fmt: skip
        with freeze_time("2026-03-03 09:00:00"):
            lead, other = self._leads(2)
            self._distribute()
            self.assertEqual(set(self._first_contacts(lead + other).mapped("date_deadline")), {date(2026, 3, 4)})
            lead.with_user(lead.user_id).action_follow_up({"note": "Called, wants the brochure"})
            self.assertEqual(self._first_contacts(lead + other).res_id, other.id)
        self._entries(other).with_user(self.admin).action_reclaim()
        self.assertFalse(self._first_contacts(other))

    def test_only_admins_of_the_pool_distribute(self):
        with self.assertRaises(AccessError):
            self.pool.with_user(self.li).action_distribute()
        with self.assertRaises(AccessError):
            self.pool.with_user(self.stranger).action_distribute()

    def test_a_distributed_lead_stays_a_lead(self):
        self.pool.strategy = "rotation"
        lead = self._leads(type="lead")
        self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(lead.type, "lead")
        self.assertTrue(lead.user_id)

    def _first_contacts(self, leads):
        kind = self.env.ref("lead_pool.mail_activity_first_contact")
        return self.env["mail.activity"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "in", leads.ids), ("activity_type_id", "=", kind.id)]
        )
