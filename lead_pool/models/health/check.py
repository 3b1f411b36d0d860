"""The health check: the cheap part at once, the costly one as a job, which mends what it finds if it is asked to."""

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError

from ..identity.keys import OWNERS
from .sentences import UNDECIDED, WARNINGS

#: What a job goes through, in this order. Counters come last: what a missing entry brings back is counted then.
PHASES = ("missing", "entries", "counters", "keys", "customers", "chains")
NAMED = 5  # leads or people that a sentence names
LISTED = 200  # differences that the report of a job lists
STALE_DAYS = 30  # after which a full check is due again
NIGHT = (time(2), time(5))  # on the company's clock: when everything is checked by itself


class LeadPoolHealth(models.AbstractModel):
    _name = "lead.pool.health"
    _inherit = [
        "lead.pool.health.sentences",
        "lead.pool.health.promises",
        "lead.pool.health.running",
        "lead.pool.health.monitor",
        "lead.pool.health.ledgers",
        "lead.pool.repair",
    ]
    _description = "Health Check"

    # ------------------------------------------------------------
    # AT ONCE
    # ------------------------------------------------------------

    @api.model
    def action_check_health(self):
        """What is wrong: the cheap part of the check now, and what the last full one found.

        :returns: ``[{'code', 'level', 'message'}]``, ``level`` is ``error`` or ``warning``; empty when all is well
        :raises AccessError: the caller is neither a manager of all pools nor an administrator
        """
        self._check_may_check()
        return self._health_answers([*self._check_quickly(), *self._last_found()])

    def _check_may_check(self):
        user = self.env.user
        if not (self.env.su or user.has_group("lead_pool.group_manager") or user.has_group("base.group_system")):
            raise AccessError(self.env._("Only a manager of all pools or an administrator may do this."))

    def _check_quickly(self):
        """What costs a few queries whatever the number of leads.

        :returns: ``[(code, values)]``
        """
        return [
            *self._check_promises(),
            *self._check_columns(),
            *self._check_search(),
            *self._check_libraries(),
            *self._check_running(),
        ]

    @api.model
    def _health_problems(self):
        """What is wrong in the database itself, a sentence each; goes through all leads."""
        self.env.flush_all()
        found = [*self._check_promises(), *self._check_columns(), *self._check_search()]
        differences = {}
        for phase in ("missing", "entries", "counters"):
            after = 0
            while after is not None:
                after, _count, some = self._compare(phase, after, mend=False)
                self._add_up(differences, some)
        found += self._summed_up(differences)
        return [answer["message"] for answer in self._health_answers(found)]

    # ------------------------------------------------------------
    # EVERYTHING, AS A JOB
    # ------------------------------------------------------------

    @api.model
    def action_check_everything(self):
        """Compare counters, entries, owners, keys and events with the ledgers, in the background.

        :returns: id of the ``lead.pool.job``
        """
        self._check_may_check()
        return self._start_health("health").id

    @api.model
    def action_repair(self):
        """Make counters, entries, owners and keys again from the ledgers, in the background.

        :returns: id of the ``lead.pool.job``
        """
        self._check_may_check()
        return self._start_health("repair").id

    def _start_health(self, kind):
        """A job that goes through everything; the one that is at it already, if there is one."""
        if open_job := self._open_health_job((kind,)):
            return open_job.sudo(False)
        total = self.env["lead.pool.entry"].sudo().search_count([])
        if not self.env["lead.identity"].sudo()._never_made():
            for model in OWNERS:
                total += self.env[model].sudo().with_context(active_test=False).search_count([])
        return self.env["lead.pool.job"]._start(kind, total=total)

    def _open_health_job(self, kinds=("health", "repair")):
        """The check or repair that is at work; may be empty."""
        Job = self.env["lead.pool.job"].sudo()
        return Job.search([("kind", "in", kinds), ("state", "in", ("waiting", "running"))], limit=1)

    @api.model
    def _cron_check_everything(self):
        """Once a day, at night; by day it only sees to it that it is called when night falls."""
        if not self._in_use():
            return
        tz = ZoneInfo(self.env.company._lead_pool_tz())
        local = self._now().replace(tzinfo=timezone.utc).astimezone(tz)
        begins, ends = NIGHT
        if begins <= local.time() < ends:
            self._start_health("health")
            return
        night = datetime.combine(local.date() + timedelta(days=local.time() >= ends), begins, tz)
        at = night.astimezone(timezone.utc).replace(tzinfo=None)
        cron = self.env.ref("lead_pool.ir_cron_health").sudo()
        if not self.env["ir.cron.trigger"].sudo().search_count([("cron_id", "=", cron.id), ("call_at", "=", at)]):
            cron._trigger(at=at)

    def _job_health(self, job):
        return self._health_batch(job, mend=False)

    def _job_repair(self, job):
        return self._health_batch(job, mend=True)

    def _health_batch(self, job, mend):
        """The next batch; what it finds is kept in the job's position."""
        position = job.position or {"phase": 0, "after": 0, "found": {}, "listed": []}
        self.env.flush_all()
        phases = self._health_phases()
        after, count, found = self._compare(phases[position["phase"]], position["after"], mend)
        self._add_up(position["found"], found)
        position["listed"] = [*position["listed"], *map(list, found)][:LISTED]
        if after is None:
            position |= {"phase": position["phase"] + 1, "after": 0}
        else:
            position["after"] = after
        job.position = dict(position)
        more = position["phase"] < len(phases)
        if not more:
            self._tell_managers(job)
        return count, more

    def _health_phases(self):
        """What a job goes through. Override to compare more: ``_compare_<phase>``."""
        return PHASES

    def _compare(self, phase, after, mend):
        """One batch of a phase: ``_compare_<phase>(after, mend)``.

        :returns: ``(where the next batch begins or None, number of rows, [(code, values)])``
        """
        return getattr(self, f"_compare_{phase}")(after, mend)

    @staticmethod
    def _add_up(sums, found):
        """Count what was found by code; of each some are named.

        :param dict sums: ``{code: {"count", "names"}}``, completed in place
        """
        for code, values in found:
            one = sums.setdefault(code, {"count": 0, "names": []})
            name = f"#{values['lead']}" if values.get("lead") else values["name"]
            one["count"] += 1
            if len(one["names"]) < NAMED:
                one["names"].append(name)

    @staticmethod
    def _summed_up(sums):
        """``[(code, values)]`` of these sums, for sentences."""
        return [
            (
                code,
                {
                    "count": one["count"],
                    "leads": ", ".join(one["names"]) + (" …" if one["count"] > len(one["names"]) else ""),
                },
            )
            for code, one in sums.items()
        ]

    # ------------------------------------------------------------
    # WHAT THE LAST ONE FOUND
    # ------------------------------------------------------------

    def _last_full_check(self):
        """The last check or repair that came to its end; may be empty."""
        Job = self.env["lead.pool.job"].sudo()
        return Job.search([("kind", "in", ("health", "repair")), ("state", "=", "done")], limit=1)

    @staticmethod
    def _left_wrong(job):
        """``{code: sums}`` of what this check found, or this repair could not mend."""
        sums = (job.position or {}).get("found", {})
        if job.kind == "repair":
            sums = {code: one for code, one in sums.items() if code in UNDECIDED}
        return sums

    def _tell_managers(self, job):
        """Managers of all pools are told once of errors; when a check or a repair ends without, the message is gone.

        :param job: a check or a repair that has just come to its end
        """
        found = [*self._check_quickly(), *self._summed_up(self._left_wrong(job))]
        wrong = [(code, values) for code, values in found if code not in WARNINGS]
        codes = {code for code, _values in wrong}
        before = (self._last_full_check().position or {}).get("told", [])
        job.position = {**job.position, "told": sorted(codes)}
        if codes and codes <= set(before):
            return
        self.env["mail.message"].sudo().search([("model", "=", job._name)]).unlink()
        if not codes:
            return
        for user in self.env.ref("lead_pool.group_manager").sudo().all_user_ids.filtered("active"):
            env = self.env["lead.pool.entry"]._env_of(user)
            answers = env["lead.pool"]._health_answers(wrong)
            lines = [answer["message"] for answer in answers]
            subject = env._("The health check found what is wrong")
            self.env["lead.pool.notice"]._tell("trouble", user, subject, lines, about=job)

    def _last_found(self):
        """What the last full check found and nobody has mended; that it was long ago."""
        job = self._last_full_check()
        if not job:
            return []
        found = self._summed_up(self._left_wrong(job))
        days = (self._now() - job.ended_at) // timedelta(days=1)
        return [*found, ("old_check", {"count": days})] if days >= STALE_DAYS else found

    def _may_mend(self):
        """Whether the last full check found what a repair mends."""
        job = self._last_full_check()
        return job.kind == "health" and not set(self._mendable()).isdisjoint((job.position or {}).get("found", {}))

    def _health_report(self, job):
        """Markup: what a check found; what a repair mended, and apart from it what it left to people. A line for each
        difference."""
        _ = self.env._
        if job.kind == "health":
            return self._report_part(job, _("What differs"), lambda code: True)
        mended = self._report_part(job, _("Mended, as the ledgers have it"), lambda code: code not in UNDECIDED)
        left = _("Not mended: this is for people to decide")
        return mended + self._report_part(job, left, lambda code: code in UNDECIDED)

    def _report_part(self, job, title, is_part):
        """Markup of the differences whose code belongs to this part; empty if there are none."""
        position = job.position or {}
        count = sum(one["count"] for code, one in position.get("found", {}).items() if is_part(code))
        listed = [(code, values) for code, values in position.get("listed", []) if is_part(code)]
        lines = [self._difference_sentence(code, values) for code, values in listed]
        if count > len(lines):
            lines.append(self.env._("… and %(count)s more", count=count - len(lines)))
        return Markup("<div class='fw-bold'>%s</div>%s") % (title, self._as_list(lines)) if lines else Markup()

    def _health_list(self, answers):
        """Markup of the answers of :meth:`action_check_health`, for the settings."""
        colours = {"error": "text-danger", "warning": "text-warning-emphasis"}
        items = [
            Markup("<span class='%s'>%s</span>") % (colours[answer["level"]], answer["message"]) for answer in answers
        ]
        return self._as_list(items)
