from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .reports.funnel import REACHED, converted_at, of_lead


class LeadPoolEvent(models.Model):
    _name = "lead.pool.event"
    _inherit = ["lead.pool.event", "lead.pool.behind"]

    reached = fields.Char(store=False, search="_search_reached", export_string_translation=False)
    follow_up_type_id = fields.Many2one(
        "lead.follow.up.type", store=False, search="_search_follow_up_type", export_string_translation=False
    )
    follow_up_level_id = fields.Many2one(
        "lead.follow.up.level", store=False, search="_search_follow_up_level", export_string_translation=False
    )

    led_to_conversion = fields.Boolean(store=False, search="_search_led_to_conversion", export_string_translation=False)
    once_each_lead = fields.Many2one(
        "lead.pool.event", store=False, search="_search_once_each_lead", export_string_translation=False
    )
    _entering_idx = models.Index("(lead_ref) WHERE kind IN ('entered', 'enrolled')")
    _follow_up_idx = models.Index("(date) INCLUDE (user_ref, pool_ref, company_ref, lead_ref) WHERE kind = 'follow_up'")
    _invalid_idx = models.Index("(date) WHERE kind = 'invalid' AND from_user_ref IS NULL")

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

    def _search_led_to_conversion(self, operator, value):
        """Events of leads that were converted afterwards, whenever that was."""
        if operator != "in" or True not in value:
            return NotImplemented
        self.env["lead.pool.conversion"].flush_model()

        def to_sql(_model, alias, _query):
            converted = converted_at(SQL.identifier(alias, "lead_ref"))
            return SQL("((%s) >= %s)", converted, SQL.identifier(alias, "date"))

        return Domain.custom(to_sql=to_sql)

    def _search_once_each_lead(self, operator, value):
        """Of the events of a domain the last one of each lead, so that leads are counted and not what they lived."""
        if operator != "any":
            return NotImplemented
        events = self._search(Domain(value)).subselect()
        return Domain(
            "id",
            "in",
            SQL(
                """(SELECT DISTINCT ON (lead_ref) id FROM lead_pool_event WHERE id IN %s
                    ORDER BY lead_ref, date DESC, id DESC)""",
                events,
            ),
        )

    def _search_follow_up_type(self, operator, value):
        return self._search_follow_up("type_id", operator, value)

    def _search_follow_up_level(self, operator, value):
        return self._search_follow_up("level_id", operator, value)

    def _search_follow_up(self, column, operator, value):
        """Events of follow-ups of these types or levels; of none: also those that were deleted with their lead."""
        if operator != "in":
            return NotImplemented
        ids = [number for number in value if number]
        column = SQL.identifier("f", column)

        def to_sql(_model, alias, _query):
            found = SQL(
                "SELECT %s FROM lead_follow_up f WHERE f.id = (%s->>'follow_up')::int",
                column,
                SQL.identifier(alias, "detail"),
            )
            none = SQL("(%s) IS NULL", found) if False in value else SQL("FALSE")
            return SQL("((%s) = ANY(%s) OR %s)", found, ids, none)

        return Domain("kind", "=", "follow_up") & Domain.custom(to_sql=to_sql)
