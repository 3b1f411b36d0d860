from odoo import api, fields, models

from ..isolation import contended
from ..notification import notification
from ..rules import keep


class LeadPoolExtend(models.TransientModel):
    """A rep wants more time for a lead: how many days, and whether somebody has to say yes."""

    _name = "lead.pool.extend"
    _inherit = ["lead.pool.move.mixin"]
    _description = "More Time for a Lead"

    days = fields.Integer(
        default=lambda self: self._default_days(), required=True, help="By how many days the deadline is put off."
    )
    left = fields.Char("What Is Left", compute="_compute_terms", compute_sudo=True)
    needs_approval = fields.Boolean(compute="_compute_terms", compute_sudo=True)
    new_deadline = fields.Datetime(
        "Goes Back Then", compute="_compute_terms", compute_sudo=True, help="If it is extended now."
    )

    def _default_days(self):
        """As many as are free, else as many as the pool allows."""
        entries = self.env["lead.pool.entry"].browse((self.env.context.get("default_entry_ids") or [[0, 0, []]])[0][2])
        days = []
        for pool in entries.sudo().pool_id:
            free = min(pool.extend_free_days, pool.extend_days) if pool.extend_approval == "above" else 0
            days.append(free or pool.extend_days)
        return min(filter(None, days), default=1)

    @api.depends("entry_ids", "days")
    def _compute_terms(self):
        now = self.env["lead.pool"]._now()
        for wizard in self:
            entries = wizard.entry_ids._origin.sudo()
            terms = entries.pool_id._terms()
            runs = self.env["lead.pool.entry"].sudo(False)._pools_run(entries.pool_id.ids)
            free_of = {entry: entry.pool_id.id in runs and entry.user_id != self.env.user for entry in entries}
            wizard.needs_approval = any(
                keep.needs_approval(wizard.days, terms[entry.pool_id.id], is_admin=free_of[entry]) for entry in entries
            )
            one = entries if len(entries) == 1 else entries.browse()
            wizard.left = one and not free_of[one] and self._left(one, terms[one.pool_id.id])
            wizard.new_deadline = one and self._new_deadline(one, wizard.days, now)

    def _left(self, entry, terms):
        """What the pool still allows for this lead, in words."""
        parts = []
        if terms.extend_limit:
            left = max(terms.extend_limit - entry.extension_count, 0)
            parts.append(self.env._("%(left)s of %(most)s extensions left", left=left, most=terms.extend_limit))
        if terms.extend_days:
            parts.append(self.env._("at most %(count)s days at once", count=terms.extend_days))
        return " · ".join(parts)

    def _new_deadline(self, entry, days, now):
        rows = entry._read_rows()
        due_at = entry._extensible_from(list(rows.values()))[entry.id]
        if not due_at or not 0 < days <= 365:
            return False
        rule, time = entry._reclaim_rules([entry.pool_id.id], [entry.lead_id.id])(entry.pool_id.id, entry.lead_id.id)
        return keep.extended_until(due_at, now, days, time, working=bool(rule and rule.working))

    @contended
    def action_confirm(self):
        self.ensure_one()
        entries = self.entry_ids
        answers = entries.action_extend(self.days, note=self.note or None, epoch=self.epoch or None)
        asked = [answer for answer in answers if answer["code"] == "approval_asked"]
        if len(asked) < len(answers):
            return self._show(
                entries,
                answers,
                lambda n: self.env._("%(count)s deadlines were put off.", count=n)
                if n != 1
                else self.env._("The deadline was put off."),
            )
        return notification(asked[0]["message"], "info")
