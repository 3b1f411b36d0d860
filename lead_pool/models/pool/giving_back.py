"""When held leads go back to a pool, and where else they may go."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...rules import keep


class LeadPoolGivingBack(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.giving.back"
    _description = "Giving Back in a Pool"

    reclaim_rule_ids = fields.One2many(
        "lead.pool.reclaim.rule",
        "pool_id",
        "Reclaim Rules",
        help="When a held lead goes back by itself. The first one whose condition holds counts.",
    )
    grace_hours = fields.Integer(
        "Grace", default=24, help="Hours that a holder keeps at least when a changed rule brings his deadline forward."
    )
    opportunity_ends_holding = fields.Boolean(
        "Opportunity Ends the Holding", default=True, help="Off: a converted lead stays held until it is won or lost."
    )
    return_pool_ids = fields.Many2many(
        "lead.pool",
        "lead_pool_return_rel",
        "pool_id",
        "return_pool_id",
        "Return Also To",
        help="Pools to which a holder may return a lead besides this one.",
    )
    lock_limit = fields.Integer(
        "Locked Leads",
        help="Leads that a member may lock at the same time, so that they do not go back by themselves. 0: none.",
    )
    lock_days = fields.Integer(
        "Longest Lock",
        help="Days for which a holder may lock a lead; then its clock goes on. 0: as long as he holds it.",
    )
    extend_days = fields.Integer(
        "Longest Extension", default=7, help="Days by which a holder may put a deadline off at once. 0: not at all."
    )
    extend_limit = fields.Integer(
        "Most Extensions", default=2, help="Extensions of a lead while one member holds it. 0: no limit."
    )
    extend_approval = fields.Selection(
        [("never", "Never"), ("above", "Above so many days"), ("always", "Always")],
        "Extensions Need an Admin",
        required=True,
        default="always",
        help="Whether an admin of the pool has to approve an extension.",
    )
    extend_free_days = fields.Integer(
        "Free Days", default=3, help="An extension of so many days or fewer needs no approval."
    )
    tell_admins_of_reclaims = fields.Boolean(
        "Tell Admins What Went Back",
        default=True,
        help="One message to the admins after each run that took leads back: whose, how many, and why.",
    )
    reclaims_told_ref = fields.Integer(
        copy=False,
        readonly=True,
        default=lambda self: self._last_event_id(),
        help="Event up to which the admins were told.",
    )
    deadlines_stale = fields.Boolean(
        copy=False, readonly=True, help="The rules changed: deadlines of held leads are being computed again."
    )
    stale_from = fields.Integer(copy=False, readonly=True, help="Entry up to which deadlines were computed again.")

    def write(self, vals):
        if vals.get("tell_admins_of_reclaims"):  # from now on, not of what went back while nobody wanted to know
            quiet = self.filtered(lambda pool: not pool.tell_admins_of_reclaims)
            super(LeadPoolGivingBack, quiet.sudo()).write({"reclaims_told_ref": self._last_event_id()})
        return super().write(vals)

    @api.model
    def _last_event_id(self):
        [[last]] = self.env.execute_query(SQL("SELECT max(id) FROM lead_pool_event"))
        return last or 0

    def _terms(self):
        """``{pool id: Terms}``: what the holders of these pools' leads may do about a deadline."""
        return {
            pool.id: keep.Terms(
                lock_limit=pool.lock_limit,
                lock_days=pool.lock_days,
                extend_days=pool.extend_days,
                extend_limit=pool.extend_limit,
                approval=pool.extend_approval,
                free_days=pool.extend_free_days,
            )
            for pool in self.sudo()
        }
