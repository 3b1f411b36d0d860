from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..isolation import contended


class LeadPoolDisputed(models.AbstractModel):
    """What a request about two leads has besides: mixed into ``lead.pool.approval``."""

    _name = "lead.pool.disputed"
    _description = "Both Sides of a Dispute"

    other_entry_id = fields.Many2one(
        "lead.pool.entry", index="btree_not_null", ondelete="cascade", readonly=True, groups=fields.NO_ACCESS
    )
    other_pool_id = fields.Many2one(
        "lead.pool", index="btree_not_null", ondelete="cascade", readonly=True, groups=fields.NO_ACCESS
    )
    outcome = fields.Selection(
        [
            ("asker", "Who asked keeps the customer"),
            ("other", "The other one keeps the customer"),
            ("both", "Both stay as they are"),
        ],
        readonly=True,
    )
    is_judge = fields.Boolean(
        compute="_compute_sides", compute_sudo=True, help="The reader runs the pools of both leads."
    )
    side = fields.Text("Who Asked", compute="_compute_sides", compute_sudo=True)
    other_side = fields.Text("The Other One", compute="_compute_sides", compute_sudo=True)
    other_event_ids = fields.Many2many(
        "lead.pool.event", compute="_compute_other_history", string="What Happened There"
    )
    other_follow_up_ids = fields.Many2many(
        "lead.follow.up", compute="_compute_other_history", string="Follow-ups There"
    )

    _one_dispute_a_pair = models.UniqueIndex(
        "(LEAST(entry_id, other_entry_id), GREATEST(entry_id, other_entry_id))"
        " WHERE state = 'open' AND other_entry_id IS NOT NULL"
    )

    def _pools_touched(self):
        """The pools of which one must be an admin to decide."""
        return self.pool_id | self.other_pool_id

    def _entries_touched(self):
        """The entries that are locked before a decision."""
        return self.entry_id | self.other_entry_id

    @api.depends_context("uid", "lang")
    def _compute_sides(self):
        for approval in self:
            pools = approval._pools_touched()
            approval.is_judge = bool(approval.other_entry_id) and self._pools_run(pools.ids) == set(pools.ids)
            approval.side = approval._side(approval.entry_id) if approval.is_judge else False
            approval.other_side = approval._side(approval.other_entry_id) if approval.is_judge else False

    def _side(self, entry):
        """One side in a few lines."""
        holding = self.env["lead.pool.holding"].search([("lead_ref", "=", entry.lead_ref)], limit=1)
        _ = self.env._

        def moment(value):
            if not value:
                return _("never")
            return fields.Datetime.context_timestamp(self, value).strftime("%Y-%m-%d %H:%M")

        return "\n".join(
            [
                f"{holding.user_id.name or entry.user_id.name} · {entry.pool_id.name}",
                self._name_of(entry),
                _("In the system since %(moment)s", moment=moment(entry.lead_id.create_date)),
                _("His since %(moment)s", moment=moment(holding.started_at)),
                _("Follow-ups: %(count)s", count=holding.follow_up_count or 0),
                _("The last one: %(moment)s", moment=moment(entry.last_follow_up_at)),
            ]
        )

    @api.depends_context("uid")
    def _compute_other_history(self):
        for approval in self:
            entry = approval.sudo().other_entry_id if approval.is_judge else self.env["lead.pool.entry"]
            approval.other_event_ids = self.env["lead.pool.event"].search([("lead_ref", "=", entry.lead_ref or -1)])
            approval.other_follow_up_ids = self.env["lead.follow.up"].search(
                [("lead_id", "in", entry.sudo().lead_id.ids)]
            )

    def _words_for_other(self):
        """For who runs only one of the two pools, and for who asked, the other side has no name."""
        if not self.is_judge:
            return {}
        return {"other_user": self.other_entry_id.user_id.name, "other": self._name_of(self.other_entry_id)}

    def _note_on_other(self, kind, now):
        """The history of the other lead tells of the dispute too; it names a colleague of the same pool only."""
        other = self.other_entry_id
        if self.other_pool_id != self.pool_id and self.env.uid == self.user_id.id:
            other = other.with_user(SUPERUSER_ID)
        kind = "disputed" if kind == "approval_asked" else kind
        detail = {"approval": self.id, "kind": self.kind}
        other._note_events(list(other._read_rows().values()), kind, now, detail=detail)

    # ------------------------------------------------------------
    # VERB
    # ------------------------------------------------------------

    @contended
    def action_settle(self, outcome, note=None, merge=False, request_uid=None):
        """Decide disputes; by who runs the pools of both leads.

        :param str outcome: ``asker`` or ``other``: who keeps the customer and gets both leads; ``both``: both stay
        :param bool merge: the winner gets one lead, merged of both
        :returns: as :meth:`action_approve`
        :raises UserError: there is no such outcome
        """
        if outcome not in dict(self._fields["outcome"].selection):
            raise UserError(self.env._("The outcome of a dispute is asker, other or both."))
        name = f"settle {outcome} {bool(merge)}"
        return self._answered(
            name, note, request_uid, lambda: self._decide("approved", note, outcome=outcome, merge=bool(merge))
        )

    def button_open(self):
        """Both sides, before one is chosen."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispute"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def button_settle(self):
        return self._ask_decision("approved", self.env._("Decide"))
