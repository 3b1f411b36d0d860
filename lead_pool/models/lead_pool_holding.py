from odoo import fields, models

ORIGINS = [
    ("claimed", "Claimed"),
    ("pulled", "Pulled"),
    ("assigned", "Assigned"),
    ("distributed", "Distributed"),
    ("created", "Created"),
    ("imported", "Imported"),
    ("enrolled", "Enrolled"),
    ("reopened", "Reopened"),
    ("handed_over", "Handed Over"),
]
END_REASONS = [
    ("returned", "Returned"),
    ("undone", "Claim Undone"),
    ("reclaimed", "Reclaimed"),
    ("recalled", "Recalled"),
    ("reassigned", "Given to Another Rep"),
    ("handed_over", "Handed Over"),
    ("transferred", "Transferred"),
    ("converted", "Converted"),
    ("invalid", "Invalid"),
    ("lost", "Lost"),
    ("merged", "Merged"),
    ("deleted", "Deleted"),
]


class LeadPoolHolding(models.Model):
    """The ledger of who had which lead, from when until when, why it began and why it ended."""

    _name = "lead.pool.holding"
    _description = "Holding of a Lead"
    _order = "started_at desc, id desc"
    _rec_name = "lead_ref"

    lead_id = fields.Many2one("crm.lead", "Lead", index="btree_not_null", ondelete="restrict", readonly=True)
    lead_ref = fields.Integer(
        "Lead Number", required=True, readonly=True, aggregator=None, help="Stays when the lead is deleted."
    )
    pool_id = fields.Many2one("lead.pool", "Lead Pool", required=True, index=True, ondelete="restrict", readonly=True)
    user_id = fields.Many2one("res.users", "Rep", required=True, ondelete="restrict", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    epoch = fields.Integer(required=True, readonly=True, aggregator=None)
    ordinal = fields.Integer(
        "Holder No.", default=1, readonly=True, aggregator="avg", help="1 for the first rep who had the lead."
    )
    started_at = fields.Datetime("From", required=True, index=True, readonly=True)
    ended_at = fields.Datetime("Until", readonly=True, index="btree_not_null")
    origin = fields.Selection(ORIGINS, required=True, readonly=True)
    end_reason = fields.Selection(END_REASONS, "Ended", readonly=True)
    reason_id = fields.Many2one("lead.pool.reason", "Reason", ondelete="restrict", readonly=True)
    over_capacity = fields.Boolean(readonly=True, help="Given although the rep held as many as he may.")
    first_follow_up_at = fields.Datetime("First Follow-up", readonly=True)
    follow_up_count = fields.Integer("Follow-ups", readonly=True)
    extension_count = fields.Integer("Extensions", readonly=True)
    extended_days = fields.Integer(readonly=True, help="Days by which its deadlines were moved, added up.")

    _one_open = models.UniqueIndex("(lead_id) WHERE ended_at IS NULL")
    _epoch_uniq = models.UniqueIndex("(lead_ref, epoch)")
    _reclaimed_idx = models.Index("(pool_id, ended_at) WHERE end_reason = 'reclaimed'")
    _open_by_user = models.Index("(user_id, pool_id) WHERE ended_at IS NULL")
    _ends_after_start = models.Constraint(
        "CHECK (ended_at IS NULL OR ended_at >= started_at)", "A holding cannot end before it began."
    )
    _ended_with_reason = models.Constraint(
        "CHECK ((ended_at IS NULL) = (end_reason IS NULL))", "An ended holding says why it ended."
    )

    def _compute_display_name(self):
        for holding in self:
            holding.display_name = f"#{holding.lead_ref}"
