"""Replay the last days of a pool under edited rules, by :mod:`rules.simulation`.

Edited rules become rules by the import of a policy, the same that would save them, inside a savepoint that is rolled
back: what cannot be saved cannot be simulated, and no second reading of the rules can differ from the first. Nothing of
it is committed: no version, no event, no message, no member. The replay itself is done in memory.
"""

import json
import time
from contextlib import contextmanager
from datetime import timedelta

from odoo import models
from odoo.exceptions import AccessError, UserError

from ...rules import outcome, simulation
from ..notice.lead_pool_notice import Quiet
from .policy import OneVersion
from .policy_export import FORMAT, FORMAT_VERSION
from .policy_import import PolicyImport
from .simulated_history import Reading
from .simulated_rules import Conditions

LONGEST = 365  # days
MOST = 50_000  # leads of one run: more would keep a scheduled action at work for minutes
AT_ONCE = 500  # so many leads are replayed while the caller waits
SLICE = 2.0  # seconds of a batch
STEP = 200  # events between two looks at the clock
READING = 0.2  # the part of the work that is done when the ledger is read
#: Work that goes on in the next batch: ``{(database, job): Work}``. A batch in another process begins again, with the
#: same result.
_at_work = {}


class Work:
    """One run on its way: the ledger and the conditions are read a slice of leads at a time, then the history is
    replayed under the present and under the edited rules."""

    def __init__(self, pool, run):
        conditions = Conditions()
        self.reading = Reading(pool, run.date_from, run.date_to, conditions)
        self.present = self.edited = pool._replayed_rules(run.date_from, conditions)
        if run.rules:
            self.edited = pool.sudo(False)._under(
                run.rules, lambda pool, _changes: pool._replayed_rules(run.date_from, conditions)
            )
        self.before = self.after = None

    def go_on(self, pool, seconds=None):
        """For so long, a little more at most; whether there is more.

        :param pool: in the transaction of this batch
        """
        until = time.monotonic() + seconds if seconds else None
        while self.reading.more:
            self.reading.go_on(pool)
            if until and time.monotonic() > until:
                return True
        if self.before is None:
            self._begin(pool)
        for replay in (self.before, self.after):
            while replay.step(STEP):
                if until and time.monotonic() > until:
                    return True
        return False

    def _begin(self, pool):
        history = self.reading.history(pool)
        former = pool._seats_of_former(history, self.present)
        self.present.seats.extend(former)
        if self.edited is not self.present:
            known = {seat.user_id for seat in self.edited.seats}
            self.edited.seats.extend(seat for seat in former if seat.user_id not in known)
        self.before = simulation.Replay(history, self.present)
        self.after = simulation.Replay(history, self.edited, self.present)

    @property
    def progress(self):
        if self.before is None:
            return self.reading.progress * READING
        return READING + (1 - READING) * (self.before.progress + self.after.progress) / 2

    @property
    def result(self):
        """What is kept of the run, as JSON."""
        before, after = outcome.figures(self.before), outcome.figures(self.after)
        same, given = outcome.agreement(self.before, self.reading.given)
        return {"before": before, "after": after, **outcome.compare(before, after), "same": same, "given": given}


class LeadPoolSimulate(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.verb.simulate"
    _description = "Simulating a Pool"

    def action_simulate(self, days, rules=None, request_uid=None):
        """Replay the last ``days`` days of this pool under edited rules, beside the present ones. Changes nothing.

        :param int days: 1 to 365
        :param dict rules: a part of what :meth:`action_export_policy` gives: ``settings`` and lists that differ;
            what is missing is as it is. A list says all its rows, but members that it does not name stay
        :returns: id of the ``lead.pool.simulation``; few leads are done at once, many in the background
        :raises AccessError: the caller is no admin of the pool
        :raises UserError: with a sentence for each rule that cannot be
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env["lead.pool.entry"]._is_pool_admin(self.id):
            raise AccessError(self.env._("Only an admin of “%(pool)s” may do this.", pool=self.sudo().name))
        if type(days) is not int or not 1 <= days <= LONGEST:
            raise UserError(self.env._("The days to replay must be a number between 1 and %(most)s.", most=LONGEST))
        if not isinstance(rules or {}, dict):
            raise UserError(self.env._("The rules must be a part of a policy, as “Export Policy” gives it."))
        rules = rules or {}
        self._read_policy_file(self._as_policy_file(rules))
        text = json.dumps(rules, sort_keys=True)
        verb = f"lead.pool.action_simulate {self.id} {days} {text}"
        return self.env["lead.pool.request"]._once(verb, request_uid, lambda: self._simulate(days, rules))

    def button_simulate(self, draft=None):
        """Choose the days, and edit the rules to try.

        :param dict draft: what is edited in the pool's form and not saved, as for ``write``: the dialog begins with it,
            and the pool stays as it is
        :raises UserError: the draft could not be saved either
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env["lead.pool.entry"]._is_pool_admin(self.id):
            raise AccessError(self.env._("Only an admin of “%(pool)s” may do this.", pool=self.sudo().name))
        Wizard = self.env["lead.pool.simulate"]
        wizard = Wizard.create(self._values_of_draft(draft) if draft else Wizard._prepare(self))
        wizard._say_draft()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulate “%(pool)s”", pool=self.name),
            "res_model": Wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _values_of_draft(self, draft):
        """Values of the dialog with what is edited in the form: as far as the dialog shows it, in its fields, the rest
        as a part of a policy file."""
        saved = self.action_export_policy()
        with self._tried() as pool:
            pool.write(draft)
            pool.invalidate_recordset()
            edited = pool.action_export_policy()
            values = self.env["lead.pool.simulate"]._prepare(pool)
        rules = {name: edited[name] for name in self._policy_lists if edited[name] != saved[name]}
        settings = {name: value for name, value in edited["settings"].items() if value != saved["settings"][name]}
        if settings:
            rules["settings"] = settings
        stay = {row[2]["user_id"] for row in values["member_ids"]}
        for row in self.env["lead.pool.simulate"]._prepare(self)["member_ids"]:
            if row[2]["user_id"] not in stay:  # rules that do not name a member leave him: who is taken out is paused
                values["member_ids"].append((0, 0, {**row[2], "paused": True}))
        return {**values, "draft": rules}

    def _simulate(self, days, rules):
        changes = self._under(rules, lambda pool, changes: changes)
        end = self._now()
        begin = end - timedelta(days=days)
        count = len(self.sudo()._replayed_leads(begin))
        if count > MOST:
            raise UserError(
                self.env._(
                    "%(count)s leads were in this pool in these days, more than can be replayed (%(most)s). Choose "
                    "fewer days.",
                    count=count,
                    most=MOST,
                )
            )
        run = self.env["lead.pool.simulation"].sudo().create(
            {
                "pool_id": self.id,
                "user_id": self.env.uid,
                "date_from": begin,
                "date_to": end,
                "rules": rules,
                "changes": "\n".join(changes) or False,
            }
        )  # fmt: skip
        if count <= AT_ONCE:
            work = Work(self.sudo(), run)
            work.go_on(self.sudo())
            run.result = work.result
        else:
            run.job_id = self.env["lead.pool.job"]._start("simulate", self, count, {"run": run.id})
        return run.id

    def _job_simulate(self, job):
        """Go on with a run for some seconds; what is at work is kept in this process until the next batch."""
        run = self.env["lead.pool.simulation"].sudo().browse(job.params["run"]).exists()
        if not run:
            return 0, False
        self._forget_ended_work()
        key = (self.env.cr.dbname, job.id)
        work = _at_work.get(key)
        if work is None:
            _at_work[key] = work = Work(self.sudo(), run)
        elif not work.go_on(self.sudo(), SLICE):
            run.result = work.result
            del _at_work[key]
            return max(job.total - job.done, 0), False
        return max(int(work.progress * job.total) - job.done, 0), True

    def _forget_ended_work(self):
        """Runs that were cancelled, or that another process has ended."""
        dbname = self.env.cr.dbname
        known = [job_id for name, job_id in _at_work if name == dbname]
        jobs = self.env["lead.pool.job"].sudo().search([("id", "in", known), ("state", "in", ("waiting", "running"))])
        for job_id in set(known) - set(jobs.ids):
            del _at_work[dbname, job_id]

    # ------------------------------------------------------------
    # EDITED RULES
    # ------------------------------------------------------------

    def _as_policy_file(self, rules):
        return {"format": FORMAT, "format_version": FORMAT_VERSION, "name": self.sudo().name, **rules}

    @contextmanager
    def _tried(self):
        """The pool to be changed for a moment: nobody is told, and all of it is taken back at the end."""
        with self.env.cr.savepoint() as savepoint:
            yield self.with_context(
                lead_pool_quiet=Quiet(), lead_pool_one_version=OneVersion(), tracking_disable=True
            )  # fmt: skip
            savepoint.rollback()
        self._forget_what_was_taken_back()

    def _under(self, rules, read):
        """What ``read(pool, changes)`` says while the edited rules hold.

        :raises UserError: a rule cannot be, with a sentence for each
        """
        file = self._read_policy_file(self._as_policy_file(rules))
        with self._tried() as pool:
            before = pool.sudo()._policy_content()
            process = PolicyImport(pool)
            process.apply(file, False)
            pool.invalidate_recordset()
            changes = self.env["lead.pool.policy"]._diff_in_words(before, pool.sudo()._policy_content())
            answer = None if process.problems else read(pool.sudo(), changes)
        if process.problems:
            raise UserError("\n".join(process.problems))
        return answer
