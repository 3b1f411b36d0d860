from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.addons.lead_pool.models.verbs import enrol
from odoo.addons.lead_pool.tests.common import LeadPoolCase
from odoo.addons.queue_job.controllers.main import RunJobController
from odoo.addons.queue_job.job import ENQUEUED, PENDING, Job

from ..hooks import give_work_back, queue_open_work
from ..models import lead_pool_job


@tagged("post_install", "-at_install")
class TestQueue(LeadPoolCase, CronMixinCase):
    """Workers of the queue do long work; who started it sees, cancels and reads it as ever."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(enrol, "CHUNK", 3))

    def _enrol(self, count, context=None):
        leads = self.env["crm.lead"].create(
            [{"name": f"Plain {n}", "user_id": False, "team_id": self.team.id} for n in range(count)]
        )
        pool = self.pool.with_user(self.admin).with_context(**(context or {}))
        [answer] = pool.action_enrol([("id", "in", leads.ids)], dry_run=False)
        return leads, self.env["lead.pool.job"].browse(answer["job_id"])

    def _turns(self, jobs):
        """The jobs of the queue that are a turn at them, not done yet."""
        return jobs._turns([job._queue_key() for job in jobs]).sorted("id")

    def _work(self, turn):
        """What a worker does when the runner asks it to."""
        turn.state = ENQUEUED
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=SUPERUSER_ID, context={})
            RunJobController._runjob(env, RunJobController._acquire_job(env, turn.uuid))
        self.env.invalidate_all()

    def _run_scheduled_action(self):
        with self.enter_registry_test_mode():
            self.env.ref("lead_pool.ir_cron_jobs").method_direct_trigger()
        self.env.invalidate_all()

    def _nothing_for(self, job, minutes):
        """So long nobody did anything for it."""
        self.env.flush_all()
        since = datetime.now() - timedelta(minutes=minutes)
        self.env.cr.execute("UPDATE lead_pool_job SET write_date = %s WHERE id = ANY(%s)", [since, job.ids])
        self.env.invalidate_all()

    # -- the worker ------------------------------------------------------------------------------------------------

    def test_an_enrolment_waits_in_the_queue_on_a_channel_of_its_own(self):
        with self.capture_triggers("lead_pool.ir_cron_jobs") as capture:
            leads, job = self._enrol(8)
        self.assertEqual((job.state, job.total, job.user_id), ("waiting", 8, self.admin))
        turn = self._turns(job)
        self.assertRecordValues(
            turn,
            [
                {
                    "state": PENDING,
                    "channel": "root.lead_pool",
                    "name": f"Enrol leads: {self.pool.name}",
                    "records": job.with_user(SUPERUSER_ID),
                    "user_id": SUPERUSER_ID,
                }
            ],
        )
        self.assertTrue(turn.job_function_id.allow_commit)
        [trigger] = capture.records
        self.assertGreater(trigger.call_at, datetime.now() + timedelta(minutes=9), "only if no worker comes")
        self.assertFalse(leads.pool_id)

    def test_a_worker_does_it_batch_after_batch_to_the_end(self):
        leads, job = self._enrol(8)
        turn = self._turns(job)
        self._work(turn)
        self.assertEqual((job.state, job.done, job.progress, turn.state), ("done", 8, 100, "done"))
        self.assertEqual(leads.pool_id, self.pool)
        self.assertFalse(self._turns(job))
        self._balance()

    def test_the_worker_is_given_back_after_a_while_and_the_rest_is_queued(self):
        leads, job = self._enrol(8)
        with patch.object(lead_pool_job, "TURN", 0):
            for done in (3, 6):
                turn = self._turns(job)
                self._work(turn)
                self.assertEqual((job.state, job.done, turn.state), ("running", done, "done"))
                self.assertRecordValues(self._turns(job), [{"state": PENDING, "eta": False, "user_id": SUPERUSER_ID}])
            self._work(self._turns(job))
        self.assertEqual((job.state, job.done), ("done", 8))
        self.assertFalse(self._turns(job))
        self._balance()

    def test_a_turn_is_over_long_before_odoo_ends_the_worker(self):
        with patch.dict(config.options, {"limit_time_real": 20, "limit_time_cpu": 8}):
            self.assertLessEqual(lead_pool_job.Turn(self.env).left, 4)
        with patch.dict(config.options, {"limit_time_real": 1200, "limit_time_cpu": 600}):
            self.assertAlmostEqual(lead_pool_job.Turn(self.env).left, lead_pool_job.TURN, delta=5)

    def test_two_workers_share_very_many_leads(self):
        with patch.object(enrol, "SHARED", 8):
            leads, job = self._enrol(8)
        first, second = self._turns(job.part_ids)
        self.assertFalse(self._turns(job))
        self._work(second)
        self.assertEqual((job.state, job.done), ("running", 3))
        self._work(first)
        self.assertEqual((job.state, job.done, leads.pool_id), ("done", 8, self.pool))
        self._balance()

    def test_who_comes_while_somebody_is_at_work_comes_again_later(self):
        leads, job = self._enrol(8)
        turn = self._turns(job)
        nobody = job.browse()
        with patch.object(type(job), "try_lock_for_update", lambda jobs, **options: nobody):
            self._work(turn)
        self.assertEqual((job.state, job.done, turn.state), ("waiting", 0, "done"))
        [again] = self._turns(job)
        self.assertGreater(again.eta, datetime.now() + timedelta(seconds=50))

    def test_a_turn_that_was_killed_is_done_again_and_nothing_twice(self):
        """The runner finds its job dead and asks for it again; the batch that was committed stays done."""
        leads, job = self._enrol(8)
        turn = self._turns(job)
        job._work()
        self._work(turn)
        self.assertEqual((job.state, job.done), ("done", 8))
        self.assertEqual(self.env["lead.pool.event"].search_count([("kind", "=", "enrolled")]), 8)
        self._work(turn)  # once more, after the end
        self.assertEqual((job.state, job.done, turn.state), ("done", 8, "done"))
        self.assertFalse(self._turns(job))
        self._balance()

    # -- who started it --------------------------------------------------------------------------------------------

    def test_it_is_cancelled_where_it_was_started(self):
        leads, job = self._enrol(8)
        others, waiting = self._enrol(8)
        with patch.object(lead_pool_job, "TURN", 0):
            self._work(self._turns(job))
        (job + waiting).with_user(self.admin).action_cancel()
        self.assertEqual((waiting.state, job.state), ("cancelled", "running"))
        for turn in self._turns(job + waiting):
            self._work(turn)
        self.assertEqual((job.state, job.done, waiting.done), ("cancelled", 3, 0))
        self.assertFalse(self._turns(job + waiting))
        self.assertFalse(others.pool_id)
        self._balance()

    def test_he_reads_why_it_failed(self):
        _leads, job = self._enrol(8)
        job.params = {"domain": [("x_gone", "=", 1)]}
        turn = self._turns(job)
        with mute_logger("odoo.addons.lead_pool.models.lead_pool_job"):
            self._work(turn)
        self.assertEqual((job.state, turn.state), ("failed", "done"))
        self.assertIn("x_gone", job.problem)
        self.assertFalse(self._turns(job))

    def test_no_caller_has_it_done_at_once_in_his_own_transaction(self):
        """The queue knows a key of the context for that; whoever calls from outside may send one."""
        leads, job = self._enrol(8, {"queue_job__no_delay": True})
        self.assertEqual(job.state, "waiting")
        self.assertFalse(leads.pool_id)
        self._run_scheduled_action()
        self.assertEqual(job.state, "done")

    # -- the scheduled actions, should the queue not work ----------------------------------------------------------

    def test_scheduled_actions_leave_alone_what_is_in_the_queue(self):
        leads, job = self._enrol(8)
        self._run_scheduled_action()
        self.assertEqual((job.state, len(self._turns(job))), ("waiting", 1))
        self._nothing_for(job, 9)
        self._run_scheduled_action()
        self.assertEqual((job.state, len(self._turns(job))), ("waiting", 1))
        self.assertFalse(leads.pool_id)

    def test_they_do_what_the_queue_left_alone_for_ten_minutes(self):
        leads, job = self._enrol(8)
        turn = self._turns(job)
        self._nothing_for(job, 11)
        self._run_scheduled_action()
        self.assertEqual((job.state, job.done, turn.state), ("done", 8, "cancelled"))
        self.assertEqual(leads.pool_id, self.pool)
        self._balance()

    def test_they_do_what_somebody_took_out_of_the_queue(self):
        _leads, job = self._enrol(8)
        self._turns(job).button_cancelled()
        self._run_scheduled_action()
        self.assertEqual((job.state, job.done), ("done", 8))

    def test_a_turn_that_ended_in_a_way_nobody_foresaw_wakes_them(self):
        _leads, job = self._enrol(8)
        turn = Job.load(self.env, self._turns(job).uuid)
        turn.set_failed(exc_name="psycopg2.OperationalError", exc_message="server closed the connection unexpectedly")
        turn.store()
        with self.capture_triggers("lead_pool.ir_cron_jobs") as capture:
            turn.on_fail({"exc_name": turn.exc_name, "exc_message": turn.exc_message, "exc_info": "…"})
        self.assertEqual(len(capture.records), 1)
        self._run_scheduled_action()
        self.assertEqual((job.state, job.done), ("done", 8))

    # -- what has no job of its own: the weekly reports by mail ------------------------------------------------------

    def _some(self, numbers):
        """A step of a scheduled action: one of these numbers a batch."""

        def some(_model):
            done.append(numbers.pop())
            return 1, bool(numbers)

        done, cls = [], self.registry["lead.pool.job"]
        some.__name__ = "_some"
        self.startPatcher(patch.object(cls, "_some", some, create=True))
        return self.env["lead.pool.job"]._some, done

    def test_a_worker_does_what_a_scheduled_action_finds_to_do(self):
        step, done = self._some([1, 2, 3])
        Job = self.env["lead.pool.job"]
        Job._do_batches(step)
        Job._do_batches(step)  # at its next run, before a worker came
        [turn] = Job._turns(["lead.pool.job._some"])
        self.assertEqual((turn.channel, turn.user_id.id, done), ("root.lead_pool", SUPERUSER_ID, []))
        with patch.object(lead_pool_job, "TURN", 0):
            self._work(turn)
        self.assertEqual((turn.state, done), ("done", [3]))
        [again] = Job._turns(["lead.pool.job._some"])
        self._work(again)
        self.assertEqual(done, [3, 2, 1])
        self.assertFalse(Job._turns(["lead.pool.job._some"]))

    def test_the_scheduled_action_does_it_itself_when_no_worker_came(self):
        step, done = self._some([1, 2])
        Job = self.env["lead.pool.job"]
        Job._do_batches(step)
        [turn] = Job._turns(["lead.pool.job._some"])
        self.env.flush_all()
        since = datetime.now() - timedelta(minutes=11)
        self.env.cr.execute("UPDATE queue_job SET date_created = %s WHERE id = %s", [since, turn.id])
        self.env.invalidate_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            Job = self.env(cr=cr)["lead.pool.job"]
            Job._do_batches(Job._some)
        self.env.invalidate_all()
        self.assertEqual((turn.state, done), ("cancelled", [2, 1]))

    # -- the add-on comes and goes ---------------------------------------------------------------------------------

    def test_what_is_under_way_goes_on_when_the_add_on_comes_and_when_it_goes(self):
        _leads, job = self._enrol(8)
        self._turns(job).button_cancelled()
        queue_open_work(self.env)
        self.assertEqual(len(self._turns(job)), 1)
        queue_open_work(self.env)
        self.assertEqual(len(self._turns(job)), 1)
        with self.capture_triggers() as capture:
            give_work_back(self.env)
        self.assertEqual(capture.records.cron_id, job._crons())
        self.assertFalse(self.env["queue.job"].search([("model_name", "=", "lead.pool.job")]))
        self._run_scheduled_action()
        self.assertEqual((job.state, job.done), ("done", 8))
