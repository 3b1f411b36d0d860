from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class LeadPoolAnalysis(models.AbstractModel):
    """What all these views have in common: whose rows one sees, and where a lead came from.

    A column that is not asked for costs nothing: each join is one by a primary key, which the database leaves out.
    """

    _name = "lead.pool.analysis"
    _description = "Analysis of Lead Pools"
    _rec_name = "lead_ref"

    #: Fields with the people whose row it is.
    _people_fields = ("user_id",)
    #: Fields with the pools whose row it is.
    _pool_fields = ("pool_id",)

    lead_ref = fields.Integer("Lead Number", readonly=True, aggregator=None)
    pool_id = fields.Many2one("lead.pool", "Lead Pool", readonly=True)
    user_id = fields.Many2one("res.users", "Rep", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    source_id = fields.Many2one("utm.source", "Source", readonly=True)
    campaign_id = fields.Many2one("utm.campaign", "Campaign", readonly=True)
    medium_id = fields.Many2one("utm.medium", "Marketing Medium", readonly=True)
    in_scope = fields.Boolean(compute="_compute_in_scope", search="_search_in_scope", export_string_translation=False)

    @api.depends_context("uid")
    def _compute_in_scope(self):
        seen = self.search([("id", "in", self.ids), ("in_scope", "=", True)])
        for row in self:
            row.in_scope = row in seen

    def _search_in_scope(self, operator, value):
        """The scope of the reports, for each query anew: see :meth:`lead.pool.report._scope`."""
        if operator != "in" or True not in value:
            return NotImplemented
        user = self.env.user
        if user._runs_all_pools():
            return Domain.TRUE
        people, run = user._lead_pool_people(), user._lead_pool_ids("admin")
        return Domain.OR(
            [Domain(name, "in", people) for name in self._people_fields]
            + [Domain(name, "in", run) for name in self._pool_fields]
        )

    def button_open_lead(self):
        """The lead of this row, if the user may read it now; else why not."""
        self.ensure_one()
        return self.env["lead.pool.report"]._open_lead(self.lead_ref)

    def _view(self):
        """The SELECT of the view. Override."""
        raise NotImplementedError

    def init(self):
        if self._abstract:
            return
        self.env.cr.execute(SQL("DROP VIEW IF EXISTS %s", SQL.identifier(self._table)))
        self.env.cr.execute(SQL("CREATE VIEW %s AS (%s)", SQL.identifier(self._table), self._view()))
