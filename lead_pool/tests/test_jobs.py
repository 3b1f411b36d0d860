import contextlib
from ast import literal_eval
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..models.verbs import distribute, enrol
from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestJobs(LeadPoolCase, CronMixinCase):
    """Long work shows how far it is, can be ended, and goes on where it stopped."""

    def _plain(self, count, **values):
        return self.env["crm.lead"].create(
            [{"name": f"Plain {n}", "user_id": False, "team_id": self.team.id, **values} for n in range(count)]
        )

    def _enrol(self, leads):
        with patch.object(enrol, "CHUNK", 3):
            [answer] = self.pool.with_user(self.admin).action_enrol([("id", "in", leads.ids)], dry_run=False)
        return self.env["lead.pool.job"].browse(answer["job_id"])

    def _run(self):
        with self.enter_registry_test_mode(), patch.object(enrol, "CHUNK", 3), patch.object(distribute, "CHUNK", 3):
            self.env.ref("lead_pool.ir_cron_jobs").method_direct_trigger()
        self.env.invalidate_all()

    def test_many_leads_are_enrolled_in_the_background_with_progress(self):
        leads = self._plain(8)
        with self.capture_triggers("lead_pool.ir_cron_jobs") as capture:
            job = self._enrol(leads)
        self.assertEqual(len(capture.records), 1)
        self.assertEqual((job.state, job.total, job.done, job.user_id), ("waiting", 8, 0, self.admin))
        self.assertEqual(job.display_name, f"Enrol leads: {self.pool.name}")
        self.assertFalse(leads.pool_id)
        with patch.object(enrol, "CHUNK", 3):
            self.assertEqual(job._work(), (3, True))
        self.assertEqual((job.state, job.done, round(job.progress)), ("running", 3, 38))
        self.assertTrue(job.rate)
        self.assertTrue(job.remaining)
        self._run()
        self.assertEqual((job.state, job.done, job.progress), ("done", 8, 100))
        self.assertEqual(leads.pool_id, self.pool)
        self.assertFalse(job.remaining)
        self._balance()

    def _shared(self, leads):
        """Enrolled by two scheduled actions."""
        with patch.object(enrol, "SHARED", 8):
            return self._enrol(leads)

    def test_very_many_leads_are_enrolled_by_two_scheduled_actions_as_one_work(self):
        leads = self._plain(8)
        with self.capture_triggers() as capture:
            job = self._shared(leads)
        self.assertEqual(len(capture.records.cron_id), 2)
        self.assertEqual(
            self.env["lead.pool.job"].search(self._domain_of_list()) & (job + job.part_ids), job, "people see one"
        )
        first, second = job.part_ids.sorted("id")
        with patch.object(enrol, "CHUNK", 3):
            self.assertEqual(second._work(), (3, True))
            self.assertEqual((job.state, job.done, round(job.progress)), ("running", 3, 38))
            self.assertEqual(first._work(), (3, True))
        self.assertEqual((job.done, job.part_ids.mapped("done")), (6, [3, 3]))
        self.assertTrue(job.rate)
        self._run()
        self.assertEqual((job.state, job.done, job.progress), ("done", 8, 100))
        self.assertEqual(leads.pool_id, self.pool)
        self.assertEqual(self.env["lead.pool.event"].search_count([("kind", "=", "enrolled")]), 8)
        self._balance()

    def test_two_actions_begin_with_owners_of_their_own_and_pass_nobody_over(self):
        leads = self._plain(9)
        owners = [self.li, self.wang, self.li, None, None, self.li, self.wang, None, None]
        for lead, owner in zip(leads, owners, strict=True):
            lead.user_id = owner
        self.assertFalse(leads.pool_id)
        first, second = self._shared(leads).part_ids.sorted("id")
        with patch.object(enrol, "CHUNK", 2):
            first._work()
            second._work()
            self.assertEqual(leads.filtered("pool_id"), leads[0] + leads[2] + leads[6])
            first._work()  # has none of Li's any more, and goes on with those that nobody holds
            leads[1].user_id = self.li
            leads[5].user_id = self.wang
            leads[7].user_id = self.li
        self._run()
        self.assertEqual(leads.pool_id, self.pool)
        self.assertEqual(leads.mapped("pool_state").count("held"), 6)
        self.assertEqual(self.env["lead.pool.event"].search_count([("kind", "=", "enrolled")]), 9)
        self.assertEqual((first.state, second.state, first.part_of_id.done), ("done", "done", 9))
        self._balance()

    def test_who_is_kept_out_is_told_once_though_tried_again(self):
        leads = self._plain(8)
        leads[0].user_id = self.li
        job = self._shared(leads)
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE lead_pool_entry ADD CONSTRAINT of_another_module CHECK (lead_ref <> %s)", [leads[0].id]
        )
        with mute_logger("odoo.addons.lead_pool.isolation", "odoo.sql_db"):
            self._run()
        self.assertEqual((job.state, job.done, leads.filtered("pool_id")), ("done", 8, leads[1:]))
        self.assertEqual(str(job.report).count(f"#{leads[0].id}"), 1)
        self._balance()

    def _domain_of_list(self):
        return literal_eval(self.env.ref("lead_pool.lead_pool_job_action").domain)

    def test_a_shared_work_is_cancelled_as_one(self):
        job = self._shared(self._plain(8))
        with patch.object(enrol, "CHUNK", 3):
            job.part_ids[0]._work()
        job.with_user(self.admin).action_cancel()
        self._run()
        self.assertEqual((job.state, job.done, set(job.part_ids.mapped("state"))), ("cancelled", 3, {"cancelled"}))
        self._balance()

    def test_a_shared_work_fails_when_a_part_did_and_does_the_rest(self):
        job = self._shared(self._plain(8))
        bad = job.part_ids.sorted("id")[0]
        bad.params = {**bad.params, "domain": [("x_gone", "=", 1)]}
        with mute_logger("odoo.addons.lead_pool.models.lead_pool_job"):
            self._run()
        self.assertEqual((job.state, job.done), ("failed", 3))
        self.assertIn("x_gone", job.problem)

    def test_few_leads_are_enrolled_at_once(self):
        leads = self._plain(3)
        self.assertFalse(self._enrol(leads))
        self.assertEqual(leads.pool_id, self.pool)

    def test_a_job_goes_on_where_it_was_killed_and_does_nothing_twice(self):
        leads = self._plain(8)
        job = self._enrol(leads)
        with patch.object(enrol, "CHUNK", 3):
            job._work()
        leads[7].pool_id = self.open_pool  # by somebody else meanwhile
        self._run()
        self.assertEqual((job.state, job.done), ("done", 7))
        self.assertEqual(self.env["lead.pool.event"].search_count([("kind", "=", "enrolled")]), 7)
        self._balance()

    def test_a_cancelled_job_ends_before_its_next_batch(self):
        leads = self._plain(8)
        job, other = self._enrol(leads), self._enrol(leads)
        other.with_user(self.admin).action_cancel()
        self.assertEqual(other.state, "cancelled")
        with patch.object(enrol, "CHUNK", 3):
            job._work()
        job.with_user(self.admin).action_cancel()
        self.assertTrue(job.cancel_asked)
        self._run()
        self.assertEqual((job.state, job.done), ("cancelled", 3))
        self.assertEqual(self.pool.waiting_count, 3)
        self._balance()

    def test_a_job_that_fails_says_why_and_stops_no_other(self):
        bad, good = self._enrol(self._plain(5)), self._enrol(self._plain(4))
        bad.params = {"domain": [("x_gone", "=", 1)]}
        with mute_logger("odoo.addons.lead_pool.models.lead_pool_job"):
            self._run()
        self.assertEqual((bad.state, good.state), ("failed", "done"))
        self.assertIn("x_gone", bad.problem)

    def test_jobs_are_seen_and_cancelled_by_who_started_them_and_by_managers(self):
        job = self._enrol(self._plain(5))
        Job = self.env["lead.pool.job"]
        self.assertFalse(Job.with_user(self.li).search([("id", "=", job.id)]))
        self.assertTrue(Job.with_user(self.manager).search([("id", "=", job.id)]))
        with self.assertRaises(AccessError):
            job.with_user(self.li).action_cancel()
        with self.assertRaises(AccessError):
            Job.with_user(self.manager).create({"kind": "enrol", "user_id": self.manager.id})
        with self.assertRaises(AccessError):
            job.with_user(self.admin).write({"params": {"domain": []}})
        job.with_user(self.manager).action_cancel()
        self.assertEqual(job.state, "cancelled")

    def test_distribute_now_gives_a_batch_at_once_and_the_rest_as_a_job(self):
        self.pool.strategy = "rotation"
        self._leads(8)
        with patch.object(distribute, "CHUNK", 3), patch("odoo.addons.lead_pool.models.pool.distributing.CHUNK", 3):
            action = self.pool.with_user(self.admin).button_distribute()
        self.assertEqual(action["res_model"], "lead.pool.job")
        self._run()
        job = self.env["lead.pool.job"].browse(action["res_id"])
        self.assertEqual((job.state, job.done, self.pool.waiting_count), ("done", 5, 0))
        self._balance()

    def test_the_keys_of_older_leads_are_made_in_the_background_once(self):
        self.env["ir.config_parameter"].search([("key", "=", "lead_pool.identity_done_to")]).unlink()
        self.env.flush_all()
        leads = self._plain(4, phone="+86 139 0000 0001")
        self.env["lead.identity"].search([]).unlink()
        with patch("odoo.addons.lead_pool.models.verbs.known_by.KEYS_CHUNK", 3):
            self._run()
        job = self.env["lead.pool.job"].search([("kind", "=", "identity")])
        self.assertEqual((len(job), job.state), (1, "done"))
        self.assertEqual(self.env["lead.identity"].search([("kind", "=", "phone")]).lead_id & leads, leads)
        self._run()
        self.assertEqual(self.env["lead.pool.job"].search_count([("kind", "=", "identity")]), 1)

    def test_a_condition_that_cannot_be_used_starts_no_job(self):
        with self.assertRaises(UserError):
            self.pool.with_user(self.admin).action_enrol([("x_gone", "=", 1)], dry_run=False)

    def test_a_job_ends_when_who_started_it_may_not_do_it_any_more(self):
        def leave(job):
            self.pool.admin_ids.filtered(lambda row: row.user_id == self.admin).unlink()

        def archive(job):
            self.admin.active = False

        for change in (leave, archive):
            with self.subTest(change=change.__name__), contextlib.closing(self.cr.savepoint()):
                leads = self._plain(8)
                job = self._enrol(leads)
                with patch.object(enrol, "CHUNK", 3):
                    job._work()
                change(job)
                with mute_logger("odoo.addons.lead_pool.models.lead_pool_job"):
                    self._run()
                self.assertEqual((job.state, job.done), ("failed", 3))
                self.assertIn("is no admin of “Beijing” any more", job.problem)
                self.assertEqual(self.pool.waiting_count, 3)
                self._balance()

    def test_what_arrives_during_a_run_gets_its_turn(self):
        self.pool.strategy = "rotation"
        self._member(self.zhao).paused = True
        self.env["lead.pool.assign.rule"].create(
            {
                "name": "Zhao's",
                "pool_id": self.pool.id,
                "domain": "[('city', '=', 'Wuhan')]",
                "strategy": "default_assignee",
                "assignee_id": self.zhao.id,
                "if_nobody": "wait",
            }
        )
        self._leads(2, city="Wuhan")
        self._leads(4)
        with patch.object(distribute, "CHUNK", 3):
            step = self.pool._distribution_step()
            step()
            urgent = self._leads(2, priority="3")
            count, more = step()
        self.assertEqual(urgent.user_id & (self.li | self.wang), urgent.user_id)
        self.assertTrue(all(lead.user_id for lead in urgent), "before what was left and what waits less urgently")
