"""Leads that were there before the add-on enter a pool when an admin says so; their clocks start then."""

from ast import literal_eval

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...isolation import as_many_as_go
from ...rules.facts import Verdict
from .enter import Arrival

CHUNK = 500  # leads a transaction
SHARED = 20_000  # leads from which on two scheduled actions share the work
LISTED = 200  # refused leads that the report of a job names


class LeadPoolEnrol(models.AbstractModel):
    _name = "lead.pool.verb.enrol"
    _description = "Enrolling"

    def action_enrol(self, domain, dry_run=True, request_uid=None):
        """Take existing leads that are in no pool into this one: held by their owner, else waiting.

        :param domain: a condition on ``crm.lead``, as a list or its text
        :param dry_run: only count
        :returns: ``[{'id', 'done', 'code', 'message', 'retry_at', 'waiting', 'held', 'skipped', 'refused',
            'job_id'}]`` for the pool; ``skipped`` are won, lost, in this or another pool that the caller runs;
            ``refused`` those that a check of another module keeps out, as ``[{'id', 'code', 'message'}]`` with the
            lead's id. More than a batch is enrolled in the background by the ``lead.pool.job`` ``job_id``, else
            ``False``; its report names what was refused
        :raises AccessError: the caller is no admin of the pool
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env["lead.pool.entry"]._is_pool_admin(self.id):
            raise AccessError(self.env._("Only an admin of “%(pool)s” may do this.", pool=self.sudo().name))
        try:
            if isinstance(domain, str):
                domain = literal_eval(domain or "[]")
            Domain(domain).validate(self.env["crm.lead"])
            self.env["lead.pool.domain.mixin"]._check_paths(domain)
            self.env["crm.lead"].search(Domain(domain), limit=1)  # as the caller: no condition on what he may not read
        except (ValueError, TypeError, SyntaxError, AccessError) as error:
            raise UserError(self.env._("This condition cannot be used: %(error)s", error=error)) from error
        verb = f"lead.pool.action_enrol {self.id} {domain} {dry_run}"
        return self.env["lead.pool.request"]._once(verb, request_uid, lambda: self._enrol(domain, dry_run))

    def _enrol(self, domain, dry_run):
        Lead = self.env["crm.lead"].sudo()
        fit = self._enrollable(domain)
        held = Lead.search_count(fit & Domain("user_id", "!=", False))
        waiting = Lead.search_count(fit & Domain("user_id", "=", False))
        job, refused = self.env["lead.pool.job"], []
        if not dry_run:
            if waiting + held > CHUNK:
                parts = self._halves(fit) if waiting + held >= SHARED else ()
                job = job._start("enrol", self, waiting + held, {"domain": list(Domain(domain))}, parts)
            else:
                refused = self._enrol_batch(Lead.search(fit, order="id"))
                out = Lead.browse(answer["id"] for answer in refused)
                waiting -= len(out.filtered(lambda lead: not lead.user_id))
                held -= len(out.filtered("user_id"))
        return [
            {
                "id": self.id,
                "done": not dry_run,
                "code": False,
                "message": False,
                "retry_at": False,
                "waiting": waiting,
                "held": held,
                "skipped": Lead.search_count(self._countable(domain) & ~fit),
                "refused": refused,
                "job_id": job.id,
            }
        ]

    def _countable(self, domain):
        """Those leads of a condition that the caller may count: in his companies, and in no pool but those he runs."""
        user = self.env.user
        runs = self.search([("is_admin", "=", True)]).ids
        companies = Domain("company_id", "in", [*user.company_ids.ids, False])
        return Domain(domain) & companies & Domain("pool_id", "in", [*runs, False])

    def _enrollable(self, domain):
        """Those leads of a condition that are in no pool and may enter this one."""
        fit = Domain(domain) & Domain("pool_id", "=", False) & Domain("won_status", "=", "pending")
        companies = self.company_id or self.env.user.company_ids
        return fit & Domain("company_id", "in", [*companies.ids, False])

    def _halves(self, fit):
        """``params`` of two jobs that enrol these leads: up to the one in the middle, and behind it.

        Each goes first through the leads of owners of its own, then through those that nobody holds: a batch locks the
        counters of its owners until it is committed, and one job would wait for the other with each.
        """
        Lead = self.env["crm.lead"].sudo()
        middle = Lead.search(fit, order="id", limit=1, offset=Lead.search_count(fit) // 2).id
        owned = Lead._read_group(fit & Domain("user_id", "!=", False), ["user_id"], ["__count"])
        shares = [0, 0], ([], [])
        for owner, count in sorted(owned, key=lambda one: (-one[1], one[0].id)):
            lighter = shares[0].index(min(shares[0]))
            shares[0][lighter] += count
            shares[1][lighter].append(owner.id)
        return {"until": middle, "first": shares[1][0]}, {"after": middle, "first": shares[1][1]}

    @staticmethod
    def _rounds(params):
        """Conditions on leads, one after the other; the last one is all that is left, so that nobody is passed over
        who gets or loses his owner meanwhile."""
        if "first" not in params:
            return [Domain.TRUE]
        return [Domain("user_id", "in", params["first"]), Domain("user_id", "=", False), Domain.TRUE]

    def _enrol_batch(self, leads):
        """Those leads enter that no check of another module keeps out.

        :returns: ``[{'id', 'code', 'message'}]`` of the others
        """
        refused = []
        while leads:
            _none, tried = as_many_as_go(
                self.env.cr,
                lambda number, leads=leads: self._enrol_together(leads[:number]),
                len(leads),
                lambda error, lead=leads[0]: refused.append(self._refused_to_enter(lead, error)),
            )
            leads = leads[tried:]
        return refused

    def _refused_to_enter(self, lead, error):
        Entry = self.env["lead.pool.entry"]
        verdict = Verdict("blocked")
        sentence = Entry._sentence(verdict, {"error": Entry._error_text(error)})
        return {"id": lead.id, "code": verdict.code, "message": sentence}

    def _enrol_together(self, leads):
        leads.fetch(["user_id"])  # and not every column of 500 leads
        pool, owners = self.sudo(), [lead.user_id.id for lead in leads]
        self.env["lead.pool.entry"]._enter(
            [
                Arrival(lead, pool, user_id=owner, kind="enrolled", origin="enrolled")
                for lead, owner in zip(leads, owners, strict=True)
            ]
        )
        if not all(owners):
            self._wake_distribution()

    def _check_still_runs(self, job):
        """Long work goes on only as long as who started it may do it, and its pool is there.

        :raises UserError: which ends the job
        """
        user = job.user_id
        if not self.active:
            raise UserError(self.env._("“%(pool)s” was archived meanwhile.", pool=self.name))
        at_work = user.active or user._is_superuser()
        if not at_work or not self.env["lead.pool.entry"].with_user(user)._is_pool_admin(self.id):
            raise UserError(
                self.env._(
                    "%(user)s, who started this, is no admin of “%(pool)s” any more. An admin has to start it again.",
                    user=user.name,
                    pool=self.name,
                )
            )

    def _job_enrol(self, job):
        """The next batch of leads, by their numbers in each round; who entered a pool meanwhile is passed over."""
        self._check_still_runs(job)
        position = {"round": 0, "after": 0, "refused": 0, "listed": [], **(job.position or {})}
        rounds = self._rounds(job.params)
        leads = self._next_of(job, rounds[position["round"]], position["after"])
        while not leads and position["round"] < len(rounds) - 1:
            position |= {"round": position["round"] + 1, "after": 0}
            leads = self._next_of(job, rounds[position["round"]], 0)
        is_last = position["round"] == len(rounds) - 1
        refused = self._enrol_batch(leads)
        done = len(leads)
        if is_last:
            position["refused"] += len(refused)
            told = [[answer["id"], answer["message"]] for answer in refused]
            position["listed"] = [*position["listed"], *told][:LISTED]
        else:
            done -= len(refused)  # they are tried again in the last round
        job.position = {**position, "after": leads[-1:].id or position["after"]}
        return done, len(leads) == CHUNK or not is_last

    def _next_of(self, job, condition, after):
        """The next batch of a job's leads behind this one."""
        params = job.params
        fit = self._enrollable(params["domain"]) & condition & Domain("id", ">", max(after, params.get("after", 0)))
        if "until" in params:
            fit &= Domain("id", "<=", params["until"])
        return self.env["crm.lead"].sudo().search_fetch(fit, ["user_id"], order="id", limit=CHUNK)

    def _enrol_report(self, job):
        """Markup: which leads stayed out, and why."""
        positions = [one.position or {} for one in job.part_ids or job]
        listed = [one for position in positions for one in position.get("listed", [])][:LISTED]
        refused = sum(position.get("refused", 0) for position in positions)
        lines = [
            self.env._("Lead #%(number)s: %(problem)s", number=lead_id, problem=message) for lead_id, message in listed
        ]
        if refused > len(lines):
            lines.append(self.env._("… and %(count)s more", count=refused - len(lines)))
        return self._as_list(lines)
