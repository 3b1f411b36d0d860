import logging
import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..isolation import in_batches
from ..logs import log_failure

_logger = logging.getLogger(__name__)

KINDS = [
    ("enrol", "Enrol leads"),
    ("distribute", "Distribute what waits"),
    ("identity", "Make the keys of leads"),
    ("phone_origin", "Guess the regions of phones"),
    ("simulate", "Replay the last days under edited rules"),
    ("hand_over", "Hand leads over"),
    ("health", "Check everything"),
    ("repair", "Repair what differs from the ledgers"),
    ("import_check", "Check a file of leads"),
    ("import", "Import leads"),
    ("convert", "Convert leads"),
    ("archive", "Archive old events"),
]
STATES = [
    ("waiting", "Queued"),
    ("running", "Running"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
    ("failed", "Failed"),
]
KEEP_DAYS = 90  # finished jobs


class LeadPoolJob(models.Model):
    """Long work: done in batches by a scheduled action, with progress, rate, remaining time, and cancel.

    A kind of work is a method ``_job_<kind>(job)`` of ``lead.pool``: it does one batch for ``job.pool_id`` in a
    transaction of its own, keeps in ``job.position`` what it needs to go on, and returns
    ``(number done, whether there is more)``.
    Killed at any point, the next run goes on behind the last batch that was committed.

    Very long work is split into parts, jobs themselves, which several scheduled actions do at the same time; the job
    that people see adds up what its parts have done.
    """

    _name = "lead.pool.job"
    _description = "Lead Pool Job"
    _order = "id desc"

    kind = fields.Selection(KINDS, "Work", required=True, readonly=True, help="The work that is done.")
    pool_id = fields.Many2one(
        "lead.pool", readonly=True, index="btree_not_null", ondelete="cascade", help="The pool it is done for."
    )
    user_id = fields.Many2one(
        "res.users", "Started By", required=True, readonly=True, ondelete="cascade", help="Who started it, and is told."
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="waiting", index=True, help="Whether it still runs."
    )
    total = fields.Integer(readonly=True, help="Leads to look at, counted when the job began; 0: not known.")
    done = fields.Integer(readonly=True, help="Leads done so far.")
    part_of_id = fields.Many2one(
        "lead.pool.job",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The work of which this is a part; people see the whole.",
    )
    part_ids = fields.One2many(
        "lead.pool.job",
        "part_of_id",
        "Parts",
        readonly=True,
        help="Done at the same time by several scheduled actions.",
    )
    params = fields.Json(readonly=True, help="What the work was asked to do.")
    position = fields.Json(readonly=True, help="Where the next batch begins.")
    cancel_asked = fields.Boolean(readonly=True, help="It ends before its next batch.")
    started_at = fields.Datetime("Started", readonly=True, help="When its first batch began.")
    ended_at = fields.Datetime(readonly=True, help="When it was done, cancelled or failed.")
    worked_seconds = fields.Float(readonly=True, help="Time spent in batches, in seconds.")
    problem = fields.Char(readonly=True, help="Why it failed; what was done before stays done.")
    report = fields.Html(
        compute="_compute_report",
        help="What a check found, what a repair mended, which leads could not be enrolled, or what was archived.",
    )
    converted_count = fields.Integer("Converted", compute="_compute_converted", help="Leads converted so far.")
    refused_count = fields.Integer(
        "Not Converted", compute="_compute_converted", help="Leads that stay as they are; the results say why."
    )
    progress = fields.Float(compute="_compute_progress", help="Done, in percent of the total.")
    rate = fields.Float("Leads per Second", compute="_compute_progress", help="While its batches are at work.")
    remaining = fields.Char("Time Left", compute="_compute_progress", help="At the present rate.")

    @api.depends("kind", "pool_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for job in self:
            job.display_name = ": ".join(filter(None, [kinds.get(job.kind), job.sudo().pool_id.name]))

    @api.depends("state", "done", "total", "worked_seconds")
    def _compute_progress(self):
        for job in self:
            job.rate = round(job.done / job.worked_seconds, 1) if job.worked_seconds else 0.0
            job.progress = 100.0 if job.state == "done" else min(100 * job.done / job.total, 100) if job.total else 0.0
            left = max(job.total - job.done, 0) if job.state in ("waiting", "running") else 0
            job.remaining = self._duration(left / job.rate) if left and job.rate else False

    @api.depends("kind", "position")
    @api.depends_context("lang")
    def _compute_report(self):
        Pool = self.env["lead.pool"]
        reports = {
            "health": Pool._health_report,
            "repair": Pool._health_report,
            "enrol": Pool._enrol_report,
            "archive": Pool._archive_report,
        }
        for job in self:
            job.report = (job.kind in reports and reports[job.kind](job)) or False

    @api.depends("kind", "done")
    def _compute_converted(self):
        lines = (
            self.env["lead.pool.conversion.line"]
            .sudo()
            ._read_group([("job_id", "in", self.ids)], ["job_id", "state"], ["__count"])
        )
        counts = {(job.id, state): count for job, state, count in lines}
        for job in self:
            job.converted_count = counts.get((job.id, "converted"), 0)
            job.refused_count = counts.get((job.id, "refused"), 0)

    def _duration(self, seconds):
        """A time span in words, coarse as estimates are."""
        if seconds < 60:
            return self.env._("%(count)s s", count=max(round(seconds), 1))
        if seconds < 3600:
            return self.env._("%(count)s min", count=round(seconds / 60))
        return self.env._("%(count)s h", count=round(seconds / 3600, 1))

    # ------------------------------------------------------------
    # START AND CANCEL
    # ------------------------------------------------------------

    @api.model
    def _start(self, kind, pool=None, total=0, params=None, parts=()):
        """Begin long work in the background; who asks was checked by the caller.

        :param kind: of :data:`KINDS`
        :param int total: leads to do, 0 if not known
        :param dict params: for ``_job_<kind>``, as JSON
        :param parts: of each part what its ``params`` have besides; none: the work is done in one piece
        :returns: the job
        """
        values = {"kind": kind, "pool_id": pool.id if pool else False, "user_id": self.env.uid}
        job = self.sudo().create({**values, "total": total, "params": params})
        to_do = job
        if parts:
            job.write({"state": "running", "started_at": self.env["lead.pool"]._now()})
            to_do = job.create([{**values, "part_of_id": job.id, "params": {**(params or {}), **one}} for one in parts])
        to_do._wake()
        return job.sudo(False)

    def _wake(self):
        """Let the work at these jobs begin soon after the commit; ``lead_pool_queue_job`` overrides it."""
        for cron in self._crons()[: len(self)]:
            cron._trigger()

    @api.model
    def _crons(self):
        """The scheduled actions that do long work, at the same time if the server has as many threads for them."""
        return self.env.ref("lead_pool.ir_cron_jobs").sudo() + self.env.ref("lead_pool.ir_cron_jobs_beside").sudo()

    def action_cancel(self):
        """End these jobs before their next batch; what is done stays done.

        :raises AccessError: a job of somebody else, unless the caller is a manager of all pools
        """
        self.check_access("read")
        for job in self.sudo():
            if job.user_id != self.env.user and not self.env.user.has_group("lead_pool.group_manager"):
                raise AccessError(self.env._("Only %(user)s or a manager may cancel this.", user=job.user_id.name))
            if job.state == "waiting":
                job._end("cancelled")
            elif job.state == "running":
                job.cancel_asked = True

    def button_open(self):
        """The job's page, from a verb that started it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["kind"]._description_selection(self.env))[self.kind],
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def button_results(self):
        """What became of each lead of a conversion, those that could not be converted first."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Results"),
            "res_model": "lead.pool.conversion.line",
            "views": [(False, "list"), (False, "kanban")],
            "domain": [("job_id", "=", self.id)],
        }

    def button_download_results(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/lead_pool/job/{self.id}/conversions", "target": "download"}

    # ------------------------------------------------------------
    # WORK
    # ------------------------------------------------------------

    @api.model
    def _cron_work(self):
        """A batch of each open job after the other, the oldest first, until none has more."""
        if self.env["lead.pool"]._in_use() and self.env["lead.identity"]._never_made():
            self._start_identity()
        in_batches(self.env["ir.cron"], [job._work for job in self._to_do()], in_turn=True)

    @api.model
    def _to_do(self):
        """What the scheduled actions have to do, the oldest first; ``lead_pool_queue_job`` leaves them less of it."""
        return self.sudo().search([("state", "in", ("waiting", "running")), ("part_ids", "=", False)], order="id")

    @api.model
    def _do_batches(self, step):
        """All that a scheduled action of little haste has to do now; ``lead_pool_queue_job`` has the queue do it.

        :param step: method of a model, without arguments, that does one batch, see :func:`isolation.in_batches`
        """
        in_batches(self.env["ir.cron"], [step])

    def _start_identity(self):
        """The keys of leads and customers that were there before the first pool."""
        if not self.sudo().search_count([("kind", "=", "identity"), ("state", "in", ("waiting", "running"))], limit=1):
            customers = self.env["res.partner"].sudo().with_context(active_test=False).search_count([])
            self._start("identity", total=self.env["lead.identity"].sudo()._missing_count() + customers)

    def _work(self):
        """One batch; ``(number done, whether there is more)``."""
        self.ensure_one()
        if not self.try_lock_for_update() or self.state not in ("waiting", "running"):
            return 0, False  # at work elsewhere, or ended meanwhile
        if self.cancel_asked or self.part_of_id.cancel_asked:
            self._end("cancelled")
            return 0, False
        if self.state == "waiting":
            self.write({"state": "running", "started_at": self.env["lead.pool"]._now()})
        began = time.monotonic()
        target = self.env["lead.pool"].with_user(self.user_id).sudo().browse(self.pool_id.id or [])
        try:
            with self.env.cr.savepoint():
                count, more = getattr(target, f"_job_{self.kind}")(self)
        except psycopg2.OperationalError:
            raise  # a matter of this moment: Odoo runs the scheduled action again
        except Exception as error:  # whatever it is, it must not stop the jobs behind this one
            log_failure(_logger, logging.INFO, "Job %s failed", self.id, error=error)
            self._end("failed", " ".join(str(error).split()) or type(error).__name__)
            return 0, False
        self._advance(count, time.monotonic() - began)
        if more:
            self._tell()
        else:
            self._end("done")
        return count, more

    def _advance(self, count, seconds):
        """So much was done in this time; the work as a whole is as many times faster as it has parts at work."""
        self.write({"done": self.done + count, "worked_seconds": self.worked_seconds + seconds})
        whole = self.part_of_id
        if whole:
            at_work = len(whole.part_ids.filtered(lambda part: part.state == "running"))
            self.env.cr.execute(
                SQL(
                    """UPDATE lead_pool_job
                          SET done = COALESCE(done, 0) + %s, write_date = %s,
                              worked_seconds = COALESCE(worked_seconds, 0) + %s
                        WHERE id = %s""",
                    count,
                    fields.Datetime.now(),
                    seconds / max(at_work, 1),
                    whole.id,
                )
            )
            whole.invalidate_recordset(["done", "worked_seconds"])

    def _end(self, state, problem=False):
        self.write({"state": state, "ended_at": self.env["lead.pool"]._now(), "problem": problem})
        if whole := self.part_of_id:
            whole.lock_for_update()  # of two parts that end at the same moment, one sees the other
            whole.part_ids.invalidate_recordset(["state", "problem"])
            states = set(whole.part_ids.mapped("state"))
            if states.isdisjoint(("waiting", "running")):
                how = next(one for one in ("failed", "cancelled", "done") if one in states)
                whole._end(how, next(filter(None, whole.part_ids.mapped("problem")), False))
                return
        self._tell()

    def _tell(self):
        """Whoever looks at the job sees how far it is; its number is all that is sent."""
        job = self.part_of_id or self
        job.user_id._bus_send("lead_pool/job", {"id": job.id, "state": job.state})

    @api.autovacuum
    def _gc_ended(self):
        """Jobs that ended long ago are forgotten; what they did is in the events."""
        limit = 1000
        old = self.sudo().search(
            [("ended_at", "<", self.env["lead.pool"]._now() - timedelta(days=KEEP_DAYS))], limit=limit
        )
        old.unlink()
        return len(old), len(old) == limit
