from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .reports.funnel import REACHED, of_lead


class LeadPoolEvent(models.Model):
    _name = "lead.pool.event"
    _inherit = ["lead.pool.event", "lead.pool.behind"]

    reached = fields.Char(
        store=False, search="_search_reached", export_string_translation=False, help="A step its lead got to."
    )

    def _search_lp_visible(self, operator, value):
        """A figure opens on its records: also the follow-ups by one's own people on leads they have left.

        Such an event tells when and by whom, nothing of the lead.
        """
        domain = super()._search_lp_visible(operator, value)
        if domain is NotImplemented:
            return domain
        people = self.env.user._lead_pool_people()
        return domain | (Domain("kind", "=", "follow_up") & Domain("user_ref", "in", people))

    def _search_reached(self, operator, value):
        """Events of leads that got to one of these steps of the funnel, or further."""
        if operator != "in" or not set(value) <= set(REACHED):
            return NotImplemented

        def to_sql(_model, alias, _query):
            steps = SQL(" OR ").join(REACHED[step] for step in value)
            return SQL("EXISTS (SELECT FROM (%s) s WHERE %s)", of_lead(SQL.identifier(alias, "lead_ref")), steps)

        return Domain.custom(to_sql=to_sql)
