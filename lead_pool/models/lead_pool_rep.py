from odoo import api, fields, models
from odoo.tools import SQL

from ..storage import COUNTED, keep_as

#: Written by the ledgers alone, whatever a client sends.
COUNTERS = ("held", "over_capacity", "day", "day_n", "hour", "hour_n", "undo_day", "deadlines_stale")


class LeadPoolRep(models.Model):
    """What a user holds and took in all pools of a company: the row on which those limits are counted."""

    _name = "lead.pool.rep"
    _inherit = ["lead.pool.limits.mixin"]
    _description = "Rep"
    _rec_name = "user_id"
    _order = "company_id, user_id"

    user_id = fields.Many2one("res.users", "Rep", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade", index=True)
    default_pool_id = fields.Many2one(
        "lead.pool",
        "Own Leads Go To",
        ondelete="set null",
        index="btree_not_null",
        domain="[('member_ids.user_id', '=', user_id), ('company_id', 'in', [company_id, False])]",
        help="Leads that the rep makes for himself are held in this pool; in none, they have no limit and no deadline.",
    )
    own_limits = fields.Boolean(help="Limits of this rep instead of the company's.")
    capacity = fields.Integer("Most Leads Held", help="In all pools together. 0: no limit.")
    daily_claim_limit = fields.Integer("Claims per Day", help="In all pools together. 0: no limit.")
    hourly_claim_limit = fields.Integer("Claims per Hour", help="In all pools together. 0: no limit.")
    held = fields.Integer(default=0, readonly=True)
    over_capacity = fields.Boolean(readonly=True)
    day = fields.Date(readonly=True)
    day_n = fields.Integer("Claims Today", default=0, readonly=True)
    hour = fields.Integer(default=0, readonly=True, aggregator=None)
    hour_n = fields.Integer("Claims This Hour", default=0, readonly=True)
    undo_day = fields.Date("Undid a Claim On", readonly=True)
    deadlines_stale = fields.Boolean(
        readonly=True, help="The leaves of this user changed: deadlines of what he holds are to be computed again."
    )

    _user_company_uniq = models.UniqueIndex("(user_id, company_id)")
    _limits_positive = models.Constraint(
        "CHECK (capacity >= 0 AND daily_claim_limit >= 0 AND hourly_claim_limit >= 0)",
        "A limit is 0 (no limit) or more.",
    )
    _held_positive = models.Constraint("CHECK (held >= 0)", "Nobody holds less than nothing.")
    _within_capacity = models.Constraint(
        "CHECK (capacity = 0 OR held <= capacity OR over_capacity)",
        "This rep would hold more leads than he may in all pools.",
    )

    def init(self):
        keep_as(self.env.cr, self._table, COUNTED)

    def write(self, vals):
        vals = {name: value for name, value in vals.items() if name not in COUNTERS}
        self._check_limits(vals)
        result = True
        if vals.get("own_limits") is False:
            for company, reps in self.grouped("company_id").items():
                result = super(LeadPoolRep, reps).write({**vals, **company._lead_pool_rep_limits()})
        else:
            if vals.get("capacity"):
                self._flag_over(vals["capacity"])
            result = super().write(vals)
        return result

    def _flag_over(self, capacity):
        """A capacity below what is held now is allowed, and flagged."""
        self.env.execute_query(SQL("SELECT id FROM lead_pool_rep WHERE id = ANY(%s) FOR NO KEY UPDATE", self.ids))
        self.invalidate_recordset(["held"])
        over = self.filtered(lambda rep: rep.held > capacity)
        super(LeadPoolRep, over).write({"over_capacity": True})

    def _undo_used(self, now):
        """The companies in which the user has undone a claim today."""
        return self.filtered(lambda rep: rep.undo_day == rep.company_id._lead_pool_windows(now)[0]).company_id

    @api.model
    def _hold(self, user_ids):
        """Nobody moves a lead of these users until this transaction ends: their holdings can be counted."""
        self.env.execute_query(
            SQL("SELECT id FROM lead_pool_rep WHERE user_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", list(user_ids))
        )

    @api.model
    def _leaves_changed(self, user_ids):
        """What these users hold goes back at another time: computed again in the background."""
        if not user_ids or not self.env["lead.pool"]._in_use():
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE lead_pool_rep SET deadlines_stale = true WHERE held > 0 AND user_id = ANY(%s)", list(user_ids))
        )
        self.invalidate_model(["deadlines_stale"])
        if self.env.cr.rowcount:
            self.env.ref("lead_pool.ir_cron_reclaim").sudo()._trigger()

    @api.model
    def _ensure(self, pairs):
        """Rows for these ``{(user_id, company_id)}``; what is missing is made with the company's limits."""
        if not pairs:
            return
        users, companies = zip(*sorted(pairs), strict=True)
        self.env.cr.execute(
            SQL(
                """INSERT INTO lead_pool_rep
                     (user_id, company_id, capacity, daily_claim_limit, hourly_claim_limit, own_limits,
                      held, over_capacity, day_n, hour, hour_n)
                   SELECT p.user_id, p.company_id, COALESCE(c.lead_pool_capacity, 0),
                          COALESCE(c.lead_pool_daily_claim_limit, 0), COALESCE(c.lead_pool_hourly_claim_limit, 0),
                          false, 0, false, 0, 0, 0
                     FROM unnest(%s::int[], %s::int[]) p(user_id, company_id)
                     JOIN res_company c ON c.id = p.company_id
                    WHERE NOT EXISTS (SELECT 1 FROM lead_pool_rep r
                                       WHERE r.user_id = p.user_id AND r.company_id = p.company_id)
                   ON CONFLICT DO NOTHING""",
                list(users),
                list(companies),
            )
        )
