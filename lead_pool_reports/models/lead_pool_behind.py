from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class LeadPoolBehind(models.AbstractModel):
    """A record that stands behind a figure: it knows the number of its lead, and by that what the lead came from.

    The lead itself may be out of the reader's sight, or gone; where it came from is told to who may see the record.
    """

    _name = "lead.pool.behind"
    _description = "Behind a Figure"

    lead_source_id = fields.Many2one(
        "utm.source", "Lead Source", compute="_compute_lead_origin", search="_search_source"
    )
    lead_campaign_id = fields.Many2one(
        "utm.campaign", "Lead Campaign", compute="_compute_lead_origin", search="_search_campaign"
    )

    def _compute_lead_origin(self):
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        found = {lead.id: lead for lead in leads.search([("id", "in", self.mapped("lead_ref"))])}
        for record in self:
            lead = found.get(record.lead_ref, leads)
            record.lead_source_id, record.lead_campaign_id = lead.source_id, lead.campaign_id

    def _search_source(self, operator, value):
        return self._search_origin("source_id", operator, value)

    def _search_campaign(self, operator, value):
        return self._search_origin("campaign_id", operator, value)

    def _search_origin(self, column, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["crm.lead"].flush_model([column])
        name = SQL.identifier(column)
        ids = [number for number in value if number]
        domain = Domain("lead_ref", "in", SQL("(SELECT id FROM crm_lead WHERE %s = ANY(%s))", name, ids))
        if False in value:  # also what is gone: nobody knows where it came from
            domain |= Domain("lead_ref", "not in", SQL("(SELECT id FROM crm_lead WHERE %s IS NOT NULL)", name))
        return domain

    def button_open_lead(self):
        """The lead behind a figure, if the user may read it now; else why not."""
        self.ensure_one()
        return self.env["lead.pool.report"]._open_lead(self.lead_ref)
