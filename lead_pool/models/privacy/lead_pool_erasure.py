from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...isolation import in_batches
from ...rules import privacy

FORGOTTEN = 200  # leads a transaction


class LeadPoolErasure(models.Model):
    """That data of a person was erased, by whom, and of which leads; nothing of the person. Kept for good."""

    _name = "lead.pool.erasure"
    _inherit = "lead.pool.person"
    _description = "Erasure of Personal Data"
    _order = "id desc"
    _rec_name = "date"
    _log_access = False

    date = fields.Datetime("When", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Erased By", readonly=True, ondelete="restrict")
    cause = fields.Selection([("person", "Asked For"), ("retention", "Kept Long Enough")], required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    lead_refs = fields.Text("Lead Numbers", readonly=True)
    lead_count = fields.Integer("Leads", readonly=True)
    counts = fields.Json(readonly=True, help="Records erased, by model.")
    summary = fields.Text("Erased", compute="_compute_summary")

    @api.depends("counts")
    @api.depends_context("lang")
    def _compute_summary(self):
        for erasure in self:
            erasure.summary = "\n".join(
                f"{self._label_of(model)}: {count}" for model, count in (erasure.counts or {}).items()
            )

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @api.model
    def action_held(self, phone=None, email=None, wechat=None):
        """What is held on a person, and where.

        :param str phone, email, wechat: any of them, as typed
        :returns: ``{model: number}``; ``res.partner`` (customers), ``lead.pool.event`` (remarks in the history) and
            ``lead.pool.archive`` (files with such remarks) are counted and not erased
        :raises AccessError: the caller is neither a manager of all pools nor an administrator
        :raises UserError: nothing to look for
        """
        held = self._held(phone, email, wechat)
        return {model: len(records) for model, records in held.items() if records}

    @api.model
    def action_erase(self, phone=None, email=None, wechat=None, lead_ids=None, request_uid=None):
        """Take the data of a person out of all leads of the caller's companies, and of what hangs on them. It cannot be
        undone. Numbers, dates and ends of the leads stay, so that no figure changes.

        :param lead_ids: of the leads found, those that are his; ``None``: all
        :param str request_uid: chosen by the caller; the same uid gets the same answer for 7 days
        :returns: ``{'id', 'counts'}``: number of the entry in the protocol, and how many records were erased, by model
        :raises AccessError: as above
        :raises UserError: nothing to look for, or nothing is held
        """
        return self.env["lead.pool.request"]._once(
            "lead.pool.erasure.action_erase", request_uid, lambda: self._erase(phone, email, wechat, lead_ids)
        )

    def _erase(self, phone, email, wechat, lead_ids):
        person = {"phone": phone, "email": email, "wechat": wechat}
        held = self._held(phone, email, wechat)
        if lead_ids is not None:
            if not isinstance(lead_ids, list) or not all(type(number) is int for number in lead_ids):
                raise UserError(self.env._("%(argument)s must be a list of numbers.", argument="lead_ids"))
            held = self._held_of(held["crm.lead"].filtered(lambda lead: lead.id in lead_ids), person)
        if not any(records for model, records in held.items() if model in self._erased()):
            raise UserError(self.env._("Nothing is held that could be erased."))
        entry = self._note_erasure("person", held["crm.lead"], self._take_out(held))
        return {"id": entry.id, "counts": entry.counts}

    def _check_may_erase(self):
        user = self.env.user
        if not (self.env.su or user.has_group("lead_pool.group_manager") or user.has_group("base.group_system")):
            raise AccessError(self.env._("Only a manager of all pools or an administrator may do this."))

    def _held(self, phone, email, wechat):
        """``{model: recordset}`` of what is held on this person."""
        self._check_may_erase()
        person = {"phone": phone, "email": email, "wechat": wechat}
        if not all(value is None or value is False or isinstance(value, str) for value in person.values()):
            raise UserError(self.env._("Phone, mail and WeChat must be texts."))
        if not any((value or "").strip() for value in person.values()):
            raise UserError(self.env._("Enter a phone, a mail address or a WeChat ID."))
        leads, customers = self._leads_of(person)
        return {**self._held_of(leads, person), "res.partner": customers}

    def _note_erasure(self, cause, leads, counts):
        return self.sudo().create(
            {
                "date": self.env["lead.pool"]._now(),
                "user_id": self.env.uid,
                "cause": cause,
                "company_id": self.env.company.id if cause == "person" else False,
                "lead_refs": ", ".join(f"#{number}" for number in sorted(leads.ids)),
                "lead_count": len(leads),
                "counts": counts,
            }
        )

    # ------------------------------------------------------------
    # RETENTION
    # ------------------------------------------------------------

    @api.model
    def _months(self, end):
        """For how many months the data of leads that ended so is kept; 0: for good."""
        value = self.env["ir.config_parameter"].sudo().get_param(f"lead_pool.keep_{end}_months") or "0"
        return int(value) if value.isdecimal() else 0

    def _forgettable(self, months=None):
        """Condition on entries ``e`` whose lead was kept long enough; ``None``: all are kept for good.

        :param dict months: of each end; ``None``: as the settings say
        """
        now, months = self.env["lead.pool"]._now(), months or {end: self._months(end) for end in privacy.ENDED}
        ends = [
            SQL("e.closed_as = %s AND e.closed_at < %s", end, before)
            for end in privacy.ENDED
            if (before := privacy.forgotten_before(now, months[end]))
        ]
        if not ends:
            return None
        return SQL(
            "e.state = 'closed' AND e.erased_at IS NULL AND e.lead_id IS NOT NULL AND (%s)", SQL(" OR ").join(ends)
        )

    @api.model
    def _count_forgettable(self, months=None):
        """How many leads the next night forgets.

        :param dict months: as of :meth:`_forgettable`
        """
        condition = self._forgettable(months)
        if condition is None:
            return 0
        self.env.flush_all()
        [(count,)] = self.env.execute_query(SQL("SELECT count(*) FROM lead_pool_entry e WHERE %s", condition))
        return count

    @api.model
    def _cron_forget(self):
        """Take the data of persons out of leads that ended long enough ago; off unless the settings say so."""
        if self._forgettable() is not None:
            in_batches(self.env["ir.cron"], [self.sudo()._forget_some])

    def _forget_some(self):
        """One batch; ``(number done, whether there is more)``."""
        condition = self._forgettable()
        rows = self.env.execute_query(
            SQL(
                "SELECT e.lead_id FROM lead_pool_entry e WHERE %s ORDER BY e.closed_at, e.id LIMIT %s",
                condition,
                FORGOTTEN,
            )
        )
        leads = self.env["crm.lead"].with_context(active_test=False).browse([number for [number] in rows])
        if leads:
            self._note_erasure("retention", leads, self._take_out(self._held_of(leads)))
        return len(leads), len(leads) == FORGOTTEN
