import random
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_approvals import ApprovalCase


class HandoverCase(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.write({"reclaim_rule_ids": [(0, 0, {"name": "Ten days", "no_follow_up_days": 10})]})
        cls.sales_manager = cls._user("salesmanager", "sales_team.group_sale_manager", "Sales Manager")

    def _handover(self, user=None, by=None, **values):
        values = {"user_id": (user or self.li).id, "mode": "person", **values}
        if values["mode"] == "person":
            values.setdefault("target_user_id", self.wang.id)
        return self.env["lead.pool.handover"].with_user(by or self.manager).create(values)

    def _run(self, handover):
        handover.action_run()
        self._work(handover.sudo().job_id)
        self.env.invalidate_all()
        return handover.sudo()

    def _undone(self, handover, how="action_undo"):
        getattr(handover.with_user(self.manager), how)()
        self._work(handover.sudo().job_id)
        self.env.invalidate_all()
        return handover.sudo()

    def _meeting(self, lead, user):
        start = fields.Datetime.now() + timedelta(days=2)
        return self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": start,
                "stop": start + timedelta(hours=1),
                "opportunity_id": lead.id,
                "user_id": user.id,
                "partner_ids": [(6, 0, user.partner_id.ids)],
            }
        )

    def _activity(self, lead, user):
        return (
            lead.with_user(user).activity_schedule("mail.mail_activity_data_call", user_id=user.id).with_env(self.env)
        )

    def _touch(self, lead):
        """Somebody works on the lead, a while after what was done before."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_lead SET write_date = write_date + interval '1 hour' WHERE id = %s", [lead.id])
        lead.invalidate_recordset()


@tagged("post_install", "-at_install")
class TestHandover(HandoverCase):
    def test_what_a_leaver_holds_goes_to_a_colleague_with_what_is_planned(self):
        leads = self._held(self.li, 3)
        activity, meeting = self._activity(leads[0], self.li), self._meeting(leads[1], self.li)
        handover = self._handover(note="Li leaves")
        self.assertRecordValues(
            handover.group_ids, [{"pool_id": self.pool.id, "count": 3, "activities": 1, "meetings": 1}]
        )
        [answer] = handover.action_run()
        self.assertEqual((answer["state"], answer["moved"], answer["refused"]), ("done", 3, 0))
        self.env.invalidate_all()
        self.assertEqual(leads.user_id, self.wang)
        self.assertEqual((activity.user_id, meeting.user_id), (self.wang, self.wang))
        self.assertEqual(meeting.partner_ids, self.wang.partner_id)
        self.assertEqual(self.env["mail.activity"].search_count([("id", "=", activity.id)]), 1)
        event = leads[0].pool_event_ids.sorted("seq")[-1]
        self.assertEqual(
            (event.kind, event.from_user_name, event.user_name, event.note),
            ("handed_over", "Li Na", "Wang Wei", "Li leaves"),
        )
        self.assertEqual(self._member(self.wang).held, 3)
        self.assertFalse(self._member(self.li).held)
        self._balance()

    def test_no_handed_over_lead_goes_back_before_the_grace_is_over(self):
        self.pool.reclaim_rule_ids.no_follow_up_days = 1
        lead = self._held(self.li)
        self._run(self._handover(grace_days=5))
        [entry] = self._entries(lead)
        self.assertGreaterEqual(entry.reclaim_at, fields.Datetime.now() + timedelta(days=5, minutes=-1))
        self.assertEqual(entry.reclaim_at, self.env["lead.pool.handover.line"].search([]).reclaim_at)

    def test_a_full_colleague_gets_no_more_unless_an_admin_says_so(self):
        self._member(self.wang).capacity = 1
        leads = self._held(self.li, 3)
        first = self._run(self._handover())
        self.assertEqual((first.moved_count, first.refused_count), (1, 2))
        refused = first.line_ids.filtered(lambda line: line.state == "refused")
        self.assertEqual(set(refused.mapped("code")), {"target_full"})
        self.assertIn("Wang Wei", refused[0].message)
        second = self._run(self._handover(over_capacity=True))
        self.assertEqual((second.moved_count, second.refused_count), (2, 0))
        self.assertEqual(leads.user_id, self.wang)
        self.assertTrue(self._member(self.wang).over_capacity)
        self._balance()

    def test_leads_are_split_by_weight_given_back_or_kept_group_by_group(self):
        self._held(self.li, 6)
        opened = self._held(self.li, 2, self.open_pool)
        shares = [(0, 0, {"user_id": self.wang.id, "weight": 2}), (0, 0, {"user_id": self.zhao.id, "weight": 1})]
        handover = self._handover(mode="split", share_ids=shares)
        of_open = handover.group_ids.filtered(lambda group: group.pool_id == self.open_pool)
        of_open.mode = "pool"
        self._run(handover)
        self.assertEqual((self._member(self.wang).held, self._member(self.zhao).held), (4, 2))
        self.assertEqual(set(self._entries(opened).mapped("state")), {"waiting"})
        self.assertEqual(set(self._entries(opened).mapped("gone_back")), {"handed_over"})
        self._balance()

    def test_the_pools_own_distribution_passes_the_leaver_over(self):
        leads = self._held(self.li, 4)
        self._run(self._handover(mode="own"))
        self.assertNotIn(self.li, leads.user_id)
        self.assertEqual((self._member(self.wang).held, self._member(self.zhao).held), (2, 2))
        self._balance()

    def test_a_pool_admin_hands_over_in_his_pools_only_and_a_rep_nowhere(self):
        other = self._pool("Harbin")
        other.admin_ids.unlink()
        mine, foreign = self._held(self.li), self._held(self.li, 1, other)
        handover = self._handover(by=self.admin)
        self.assertEqual(handover.group_ids.pool_id, self.pool)
        self._run(handover)
        self.assertEqual((mine.user_id, foreign.user_id), (self.wang, self.li))
        with self.assertRaises(AccessError):
            self._handover(by=self.zhao)
        with self.assertRaises(AccessError):
            handover.with_user(self.zhao).action_undo()
        self.assertEqual(self._handover(by=self.sales_manager).group_ids.pool_id, other)

    def test_what_is_missing_is_asked_for(self):
        self._held(self.li)
        with self.assertRaisesRegex(UserError, "Choose the person"):
            self._handover(target_user_id=False).action_run()
        with self.assertRaisesRegex(UserError, "Choose the people"):
            self._handover(mode="split").action_run()
        with self.assertRaisesRegex(UserError, "holds nothing"):
            self._handover(user=self.zhao).action_run()
        with self.assertRaisesRegex(UserError, "his own leads"):
            self._handover(target_user_id=self.li.id)
        done = self._run(self._handover())
        with self.assertRaisesRegex(UserError, "nothing left"):
            done.with_user(self.manager).action_run()
        with self.assertRaisesRegex(UserError, "has begun"):
            done.with_user(self.manager).write({"target_user_id": self.zhao.id})

    def test_undo_gives_back_what_nobody_touched_and_lists_the_rest(self):
        leads = self._held(self.li, 4)
        entries = self._entries(leads)
        before = entries.mapped("reclaim_at")
        handover = self._run(self._handover())
        self._touch(leads[1])
        self._entries(leads[2]).with_user(self.admin).action_assign(self.zhao.id)
        self._undone(handover)
        self.assertEqual(leads.mapped("user_id.name"), ["Li Na", "Wang Wei", "Zhao Min"])
        self.assertEqual((leads[0] | leads[3]).user_id, self.li)
        kept = {line.lead_id: line.code for line in handover.line_ids if line.state == "kept"}
        self.assertEqual(kept, {leads[1]: "touched_since", leads[2]: "moved_since"})
        self.assertEqual((handover.state, handover.back_count, handover.kept_count), ("back", 2, 2))
        for number in (0, 3):
            self.assertAlmostEqual(entries[number].reclaim_at, before[number], delta=timedelta(seconds=5))
        self._balance()

    def test_undo_is_over_after_a_day(self):
        self._held(self.li)
        handover = self._run(self._handover())
        handover.done_at = fields.Datetime.now() - timedelta(hours=25)
        with self.assertRaisesRegex(UserError, "24 hours"):
            handover.with_user(self.manager).action_undo()

    def test_a_cut_off_run_goes_on_and_doubles_nothing(self):
        leads = self._held(self.li, 5)
        handover = self._handover().sudo()
        handover._begin(self.manager)
        self.assertEqual(handover._do_some(limit=2), (2, True))
        self.assertEqual(len(leads.filtered(lambda lead: lead.user_id == self.wang)), 2)
        [answer] = handover.with_user(self.manager).action_run()
        self.assertEqual((answer["state"], answer["moved"]), ("done", 5))
        self.assertEqual(len(leads.pool_event_ids.filtered(lambda event: event.kind == "handed_over")), 5)
        self._balance()

    def test_a_cover_ends_with_the_leave(self):
        leads = self._held(self.li, 3)
        until = fields.Datetime.now() + timedelta(days=7)
        handover = self._run(self._handover(kind="cover", cover_until=until))
        self.assertEqual(leads.user_id, self.wang)
        self._touch(leads[0])
        self.env["lead.pool.entry"].search([("lead_id", "=", leads[1].id)]).with_user(self.wang).action_return(
            self._reason("return").id, note="No interest at all"
        )
        planned = self._activity(leads[0], self.wang)
        Handover = self.env["lead.pool.handover"]
        with self.enter_registry_test_mode():
            self.env.ref("lead_pool.ir_cron_handover").method_direct_trigger()
        self.assertEqual(handover.state, "done")
        handover.cover_until = fields.Datetime.now() - timedelta(minutes=1)
        with self.enter_registry_test_mode():
            self.env.ref("lead_pool.ir_cron_handover").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(Handover.browse(handover.id).state, "back")
        self.assertEqual((leads[0] | leads[2]).user_id, self.li)
        self.assertFalse(leads[1].user_id)
        self.assertEqual(planned.user_id, self.li)
        self._balance()

    def test_leads_during_a_leave_go_to_people_only(self):
        self._held(self.li)
        until = fields.Datetime.now() + timedelta(days=7)
        with self.assertRaisesRegex(UserError, "go to people"):
            self._handover(kind="cover", cover_until=until, mode="pool").action_run()

    def test_the_certificate_names_every_lead(self):
        leads = self._held(self.li, 2)
        handover = self._run(self._handover())
        html = self.env["ir.actions.report"]._render_qweb_html("lead_pool.report_handover", handover.ids)[0].decode()
        for lead in leads:
            self.assertIn(f"#<span>{lead.id}</span>", html)
        self.assertIn("Wang Wei", html)


@tagged("post_install", "-at_install")
class TestArchivedUser(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.user_id = cls.wang

    def _job(self):
        job = self.env["lead.pool.handover"].search([("source", "=", "archived")]).job_id
        self._work(job)
        self.env.invalidate_all()

    def _of_every_kind(self, count):
        """Leads of Li Na, each with some of what a lead may have, by chance; and one of her own, in no pool."""
        chance = random.Random(20260301)
        self.pool.write({"extend_approval": "always", "extend_days": 7})
        leads = self._held(self.li, count)
        entries = self.env["lead.pool.entry"].search([("lead_id", "in", leads.ids)])

        def some(number):
            return leads.browse(chance.sample(leads.ids, number))

        entries.filtered(lambda entry: entry.lead_id in some(12)).with_user(self.li).action_extend(3, note="On Monday")
        self.env.cr.execute("UPDATE lead_pool_entry SET locked = true WHERE lead_id = ANY(%s)", [some(40).ids])
        self.env.invalidate_all()
        for lead in some(5):
            lead.with_user(self.li).action_convert({})
        quoted = some(20)
        quoted.write({"type": "opportunity"})
        partner = self.env["res.partner"].create({"name": "Customer"})
        self.env["sale.order"].create(
            [{"partner_id": partner.id, "opportunity_id": lead.id, "user_id": self.li.id} for lead in quoted]
        )
        for lead in some(20):
            self._activity(lead, self.li)
        for lead in some(5):
            self._meeting(lead, self.li)
        for lead in some(8).filtered(lambda lead: lead.pool_state == "held"):
            lead.with_user(self.li).action_follow_up({"note": "Wants a visit", "next_date": self._later(days=2).date()})
        for number, lead in enumerate(some(3).filtered(lambda lead: lead.pool_state == "held")):
            lead.phone = f"+86 139 7777 000{number}"
            self._held(self.zhao, phone=lead.phone)
            [answer] = self._entries(lead).with_user(self.li).action_dispute(note="Mine", phone=lead.phone)
            self.assertTrue(answer["done"], answer)
        own = self.env["crm.lead"].with_user(self.li).create({"name": "Own"}).sudo()
        self.env.invalidate_all()
        return leads, own

    def _what_she_has(self, leads):
        """``{lead: what is there of it}``, the deadline apart."""
        self.env.invalidate_all()
        found = {}
        for lead in leads:
            entry, everything = lead.pool_entry_ids, self.env["mail.activity"].sudo()
            planned = everything.search([("res_model", "=", "crm.lead"), ("res_id", "=", lead.id)])
            found[lead] = {
                "where": (lead.pool_state, lead.user_id, entry.state, entry.user_id),
                "locked": (entry.locked, bool(entry.frozen_since), bool(entry.asked_until), entry.open_requests),
                "planned": [(one.id, one.user_id) for one in planned.sorted("id")],
                "meetings": [(one.id, one.user_id, one.partner_ids) for one in lead.calendar_event_ids.sorted("id")],
                "history": (lead.follow_up_ids, lead.order_ids),
            }
        return found

    def test_archiving_500_leads_of_every_kind_loses_nothing_and_undo_restores_them(self):
        """ATK-73: archived."""
        leads, own = self._of_every_kind(500)
        owned = self.env["crm.lead"].search([("user_id", "=", self.li.id)])
        held = owned.pool_entry_ids.filtered(lambda entry: entry.state == "held")
        before, deadlines = self._what_she_has(leads | own), {entry.lead_id: entry.reclaim_at for entry in held}
        self.li.action_archive()
        self._job()
        self.assertFalse(self.li.active)
        self.assertFalse(self.env["crm.lead"].search([("user_id", "=", self.li.id), ("won_status", "=", "pending")]))
        self.assertEqual(set(held.mapped("state")), {"waiting"})
        self.assertEqual(own.user_id, own.team_id.user_id)
        for lead, there in self._what_she_has(leads | own).items():
            self.assertEqual([one for one, _who in there["planned"]], [one for one, _who in before[lead]["planned"]])
            self.assertEqual(there["history"], before[lead]["history"])
        self._balance()
        chance = random.Random(7)
        claimed, edited, lost = (held.lead_id.browse(chance.sample(held.lead_id.ids, 5)) for _n in range(3))
        self._claim(self.zhao, claimed)
        for lead in edited:
            self._touch(lead)
        lost.action_set_lost()
        touched = claimed | edited | lost
        self.li.action_unarchive()
        handover = self._undone(self.env["lead.pool.handover"].search([("source", "=", "archived")]))
        kept = handover.line_ids.filtered(lambda line: line.state == "kept")
        self.assertEqual(kept.lead_id, touched.sorted())
        self.assertEqual(set(kept.mapped("code")), {"moved_since", "touched_since"})
        self.assertTrue(all(kept.mapped("message")))
        self.assertEqual(handover.back_count, len(owned - touched))
        self.assertEqual((owned - touched).user_id, self.li)
        self.assertEqual(claimed.user_id, self.zhao)
        after = self._what_she_has(leads | own)
        for lead in (leads | own) - touched:
            self.assertEqual(after[lead], before[lead])
            if (was := deadlines.get(lead)) and not lead.pool_entry_ids.locked:  # a locked one has no deadline
                self.assertLess(abs(lead.pool_entry_ids.reclaim_at - was), timedelta(minutes=2))
        self._balance()

    def test_away_and_back_cost_the_same_for_ten_leads_and_for_fifty(self):
        def cost(work):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            work()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        costs = []
        for more in (5, 5, 40):  # the first ones warm up
            self._held(self.li, more)
            handover = self._handover()
            costs.append((cost(handover.action_run), cost(handover.action_undo)))
        for few, many in zip(costs[1], costs[2], strict=True):
            self.assertLessEqual(many, few + 10)

    def test_two_who_are_archived_by_one_write_leave_nothing(self):
        leads = self._held(self.li, 2) | self._held(self.wang, 2)
        self._held(self.zhao)
        self._member(self.zhao).capacity = 1
        entry = self._entries(self._leads())
        entry.with_user(self.zhao).action_ask_over_capacity("They asked for me")
        request = self.env["lead.pool.approval"].search([("kind", "=", "over_capacity")])
        self.assertEqual(request.state, "open")
        (self.li | self.wang | self.zhao).write({"active": False})
        for job in self.env["lead.pool.handover"].search([("source", "=", "archived")]).job_id:
            self._work(job)
        self.env.invalidate_all()
        self.assertFalse(leads.user_id)
        self.assertEqual(set(leads.mapped("pool_state")), {"waiting"})
        self.assertEqual((request.state, entry.open_requests), ("lapsed", 0))
        self._balance()

    def test_who_is_deleted_leaves_no_lead_without_an_owner(self):
        """ATK-73: deleted."""
        team = self.env["crm.team"].create({"name": "South", "user_id": self.zhao.id})
        lead = self.env["crm.lead"].with_user(self.stranger).create({"name": "Own"}).sudo()
        lead.team_id = team
        planned = self._activity(lead, self.stranger)
        self.stranger.unlink()
        self.env.invalidate_all()
        self.assertEqual((lead.user_id, planned.exists().user_id), (self.zhao, self.zhao))
        held = self._held(self.li)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.li.unlink()
        self.env.invalidate_all()
        self.assertEqual(held.user_id, self.li)
        self._balance()

    def test_archived_over_rpc_the_leads_go_to_the_leader_of_the_team(self):
        self.company.lead_pool_leaver = "leader"
        leads = self._held(self.li, 2)
        self.li.write({"active": False})
        self._job()
        self.assertEqual(leads.user_id, self.wang)

    def test_who_is_full_gets_none_of_an_archived_user_and_they_wait(self):
        self.company.write({"lead_pool_leaver": "person", "lead_pool_leaver_user_id": self.wang.id})
        self._member(self.wang).capacity = 1
        self._held(self.li, 3)
        self.li.write({"active": False})
        self._job()
        self.assertEqual((self._member(self.wang).held, self.pool.waiting_count), (1, 2))

    def test_nothing_moves_while_everything_is_stopped_nor_in_a_pool_that_observes(self):
        leads = self._held(self.li, 2)
        watched = self._held(self.li, 1, self.open_pool)
        self.open_pool.mode = "observe"
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", "True")
        self.li.write({"active": False})
        self._job()
        self.assertEqual(leads.user_id, self.li)
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", False)
        with self.enter_registry_test_mode():
            self.env.ref("lead_pool.ir_cron_handover").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(leads.user_id)
        self.assertEqual(watched.user_id, self.li)

    def _covered(self):
        """Wang covers for Li and is archived meanwhile; at the end of the leave, the leads and an opportunity of Li."""
        leads = self._held(self.li, 3)
        own = self.env["crm.lead"].with_user(self.li).create({"name": "Own"}).sudo()
        until = fields.Datetime.now() + timedelta(days=7)
        cover = self._run(self._handover(kind="cover", cover_until=until, outside_user_id=self.wang.id))
        self.assertEqual((leads | own).user_id, self.wang)
        self.wang.action_archive()
        self._job()
        return cover, leads, own

    def _leave_ends(self, cover):
        cover.cover_until = fields.Datetime.now() - timedelta(minutes=1)
        with self.enter_registry_test_mode():
            self.env.ref("lead_pool.ir_cron_handover").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(cover.state, "back")

    def test_who_covers_is_archived_and_the_leads_come_back_all_the_same(self):
        cover, leads, own = self._covered()
        self.assertEqual((set(leads.mapped("pool_state")), own.user_id), ({"waiting"}, own.team_id.user_id))
        self._claim(self.zhao, leads[2])
        self._leave_ends(cover)
        self.assertEqual((leads[:2] | own).user_id, self.li)
        self.assertEqual(leads[2].user_id, self.zhao, "who has claimed it since keeps it")
        self._balance()

    def test_from_whom_got_them_after_who_covered(self):
        self.company.write({"lead_pool_leaver": "person", "lead_pool_leaver_user_id": self.zhao.id})
        cover, leads, own = self._covered()
        self.assertEqual((leads | own).user_id, self.zhao)
        self._leave_ends(cover)
        self.assertEqual((leads | own).user_id, self.li)
        self._balance()

    @mute_logger("odoo.addons.lead_pool.models.handover.lead_pool_handover")
    def test_archiving_never_fails_for_us(self):
        leads = self._held(self.li)
        self.company.lead_pool_grace_days = -1  # refused by the database
        self.li.write({"active": False})
        self.assertFalse(self.li.active)
        self.assertEqual(leads.user_id, self.li)
