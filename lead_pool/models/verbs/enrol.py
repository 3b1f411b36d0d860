"""Leads that were there before the add-on enter a pool when an admin says so; their clocks start then."""

from ast import literal_eval

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .enter import Arrival

CHUNK = 2000


class LeadPoolEnrol(models.AbstractModel):
    _name = "lead.pool.verb.enrol"
    _description = "Enrolling"

    def action_enrol(self, domain, dry_run=True, request_uid=None):
        """Take existing leads that are in no pool into this one: held by their owner, else waiting.

        :param domain: a condition on ``crm.lead``, as a list or its text
        :param dry_run: only count
        :returns: ``[{'id', 'done', 'code', 'message', 'retry_at', 'waiting', 'held', 'skipped'}]`` for the pool;
            ``skipped`` are leads that are won, lost, in a pool or in another company
        :raises AccessError: the caller is no admin of the pool
        """
        self.ensure_one()
        if not self.env["lead.pool.entry"]._is_pool_admin(self.id):
            raise AccessError(self.env._("Only an admin of “%(pool)s” may do this.", pool=self.sudo().name))
        try:
            if isinstance(domain, str):
                domain = literal_eval(domain or "[]")
            Domain(domain).validate(self.env["crm.lead"])
        except (ValueError, TypeError, SyntaxError) as error:
            raise UserError(self.env._("This condition cannot be used: %(error)s", error=error)) from error
        verb = f"lead.pool.action_enrol {self.id} {domain} {dry_run}"
        return self.env["lead.pool.request"]._once(verb, request_uid, lambda: self._enrol(domain, dry_run))

    def _enrol(self, domain, dry_run):
        Lead = self.env["crm.lead"].sudo()
        asked = Domain(domain)
        fit = asked & Domain("pool_id", "=", False) & Domain("won_status", "=", "pending")
        if self.company_id:
            fit &= Domain("company_id", "in", [self.company_id.id, False])
        count = Lead.search_count(asked)
        held = Lead.search_count(fit & Domain("user_id", "!=", False))
        waiting = Lead.search_count(fit & Domain("user_id", "=", False))
        if not dry_run:
            leads = Lead.search(fit, order="id")
            for start in range(0, len(leads), CHUNK):
                self.env["lead.pool.entry"]._enter(
                    [
                        Arrival(
                            lead,
                            self.sudo(),
                            user_id=lead.user_id.id,
                            kind="enrolled",
                            origin="enrolled",
                        )
                        for lead in leads[start : start + CHUNK]
                    ]
                )
            if waiting:
                self._wake_distribution()
        return [
            {
                "id": self.id,
                "done": not dry_run,
                "code": False,
                "message": False,
                "retry_at": False,
                "waiting": waiting,
                "held": held,
                "skipped": count - waiting - held,
            }
        ]
