from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..rules.facts import OK, Verdict


class LeadPoolReason(models.Model):
    _name = "lead.pool.reason"
    _description = "Reason for a Lead's Move"
    _order = "kind, sequence, id"

    name = fields.Char(required=True, translate=True, help="What people choose.")
    kind = fields.Selection(
        [
            ("return", "Return"),
            ("invalid", "Invalid"),
            ("transfer", "Transfer"),
            ("reclaim", "Recall"),
        ],
        required=True,
        default="return",
        index=True,
        help="Where the reason is offered.",
    )
    sequence = fields.Integer(default=10, help="Order in which reasons are offered.")
    active = fields.Boolean(default=True, help="Off: no longer offered. What was done for it keeps its name.")
    pool_ids = fields.Many2many(
        "lead.pool",
        "lead_pool_reason_pool_rel",
        "reason_id",
        "pool_id",
        "Only In",
        help="Lead pools in which the reason is offered. Empty: in all.",
    )
    note_required = fields.Boolean(help="Who chooses this reason has to write a note as well.")
    to_pool_id = fields.Many2one(
        "lead.pool",
        "Send To",
        ondelete="set null",
        index="btree_not_null",
        help="Where a lead returned for this reason goes, if its pool lets leads go there. Empty: to its own pool.",
    )

    _name_kind_uniq = models.Constraint("UNIQUE (kind, name)", "There is a reason of this name for this already.")

    @api.constrains("to_pool_id", "kind")
    def _check_destination(self):
        for reason in self:
            if reason.to_pool_id and reason.kind != "return":
                raise ValidationError(
                    self.env._(
                        "“%(reason)s” is no reason to return a lead, so it sends none anywhere. Empty “Send To”.",
                        reason=reason.name,
                    )
                )

    def _is_for(self, pool_id):
        """Whether there is such a reason, and it is offered in this pool; ``self`` may be empty."""
        return bool(self) and (not self.pool_ids or pool_id in self.pool_ids.ids)

    def _check_note(self, note):
        """Refuse where the reason needs a note and there is none; ``self`` may be empty."""
        return Verdict("note_required") if self.note_required and not (note or "").strip() else OK
