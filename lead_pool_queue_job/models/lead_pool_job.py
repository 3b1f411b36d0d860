import time
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import config

from odoo.addons.lead_pool.isolation import in_batches
from odoo.addons.queue_job.job import CANCELLED, ENQUEUED, PENDING, STARTED
from odoo.addons.queue_job.utils import must_run_without_delay

TURN = 30  # seconds; meanwhile queue_job keeps a transaction open, behind whose snapshot dead rows pile up
BUSY = 60  # seconds until a job is looked at again at which somebody else is at work
LEFT_ALONE = 10  # minutes without a batch, after which the scheduled actions do themselves what is in the queue


class Turn:
    """A worker's turn at some work: for :func:`in_batches` what the run of a scheduled action is to it elsewhere."""

    def __init__(self, env):
        """It ends long before Odoo would end the worker (``limit_time_real``, ``limit_time_cpu``)."""
        limits = [config[name] / 2 for name in ("limit_time_real", "limit_time_cpu") if config[name]]
        self.env, self.ends = env, time.monotonic() + min(TURN, *limits)

    @property
    def left(self):
        """Seconds, 0 if it is over."""
        return max(self.ends - time.monotonic(), 0)

    def _commit_progress(self, processed=0, *, remaining=None):
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return self.left


class LeadPoolJob(models.Model):
    """Long work is done by the workers of the queue, a turn after the other, each a job of the queue.

    What a job is stays as it was: its state, progress, parts and report, and who may cancel it. The scheduled actions
    do only what the queue leaves alone.
    """

    _inherit = "lead.pool.job"

    def _wake(self):
        if must_run_without_delay(self.env):
            return super()._wake()
        for job in self:
            job._queue()
        # should no runner be there
        self._crons()[:1]._trigger(at=fields.Datetime.now() + timedelta(minutes=LEFT_ALONE, seconds=1))

    @api.model
    def _to_do(self):
        """Jobs that are not in the queue, or at which it does nothing: those are taken out of it for good."""
        jobs = super()._to_do()
        since = fields.Datetime.now() - timedelta(minutes=LEFT_ALONE)
        alone = jobs.filtered(lambda job: job.write_date < since).try_lock_for_update()
        turns = self._turns([job._queue_key() for job in jobs])
        given_up = turns & self._turns([job._queue_key() for job in alone])
        given_up._change_job_state(CANCELLED)
        queued = set((turns - given_up).mapped("identity_key"))
        return jobs.filtered(lambda job: job._queue_key() not in queued)

    @api.model
    def _do_batches(self, step):
        name = f"{step.__self__._name}.{step.__name__}"
        turns = self._turns([name])
        since = fields.Datetime.now() - timedelta(minutes=LEFT_ALONE)
        given_up = turns.filtered(lambda turn: turn.date_created < since)
        given_up._change_job_state(CANCELLED)
        if given_up or must_run_without_delay(self.env):
            return super()._do_batches(step)
        self._queue_batches(step.__self__._name, step.__name__)

    # ------------------------------------------------------------
    # THE QUEUE
    # ------------------------------------------------------------

    def _queue_key(self):
        return f"{self._name} {self.id}"

    def _turns(self, keys):
        """What is in the queue under these keys."""
        domain = [("identity_key", "in", keys), ("state", "in", (PENDING, ENQUEUED, STARTED))]
        return self.env["queue.job"].sudo().search(domain)

    def _in_queue(self, key, description, seconds=0):
        """These jobs, whose next private call is made by a worker; nothing if a call waits under this key already.

        It is nobody's call: what the caller's context says – ``queue_job__no_delay``, say – does not go with it.

        :param int seconds: until it may be made
        """
        jobs = self.with_env(self.env(user=SUPERUSER_ID, su=True, context={}))
        return jobs.with_delay(identity_key=key, description=description, eta=seconds or None)

    def _queue(self, seconds=0):
        """One more turn at this job."""
        name = self.with_context(lang=None).display_name
        self._in_queue(self._queue_key(), name, seconds)._work_in_queue()

    def _work_in_queue(self):
        """A turn: batch after batch, each in a transaction of its own; what is left after it is queued again."""
        if not self.exists():
            return
        turn = Turn(self.env)
        in_batches(turn, [self._work])
        if self.state in ("waiting", "running"):
            self._queue(BUSY if turn.left else 0)

    def _queue_failed(self, **_failure):
        """The turn came to an end that nobody foresaw, such as the end of PostgreSQL."""
        self._crons()[:1]._trigger()

    @api.model
    def _queue_batches(self, model, method):
        name = f"{model}.{method}"
        self._in_queue(name, name)._batches_in_queue(model, method)

    @api.model
    def _batches_in_queue(self, model, method):
        """A turn at what a scheduled action has to do."""
        turn = Turn(self.env)
        in_batches(turn, [getattr(self.env[model], method)])
        if not turn.left:
            self._queue_batches(model, method)
