from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.lead_pool.models.lead_assessment import DECISIONS
from odoo.addons.lead_pool.models.lead_pool_holding import END_REASONS

from .reports.cohort import FINAL
from .reports.funnel import REACHED, of_holding
from .reports.rep_status import is_opportunity


class LeadPoolHolding(models.Model):
    """What stands behind figures is found by what is said here of a lead when somebody took it, and of what became of
    it: each is an SQL expression on the row, the same one in reports and in the search."""

    _name = "lead.pool.holding"
    _inherit = ["lead.pool.holding", "lead.pool.behind"]

    reached = fields.Char(store=False, search="_search_reached", export_string_translation=False)
    promise = fields.Char(store=False, search="_search_promise", export_string_translation=False)
    is_opportunity = fields.Boolean(store=False, search="_search_is_opportunity", export_string_translation=False)
    of_my_people = fields.Boolean(
        compute="_compute_of_my_people", search="_search_of_my_people", export_string_translation=False
    )
    lead_priority = fields.Selection(
        [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")],
        compute="_compute_of_lead",
        search="_search_lead_priority",
        help="As it is now.",
    )
    lead_decision = fields.Selection(
        DECISIONS, "Lead Assessed", compute="_compute_of_lead", search="_search_lead_decision", help="As it is now."
    )
    lead_age = fields.Float(
        "Age of the Lead",
        compute="_compute_of_lead",
        search="_search_lead_age",
        help="Days from the lead's creation until it was taken.",
    )
    previous_end = fields.Selection(
        END_REASONS,
        "Former Holder",
        compute="_compute_of_lead",
        search="_search_previous_end",
        help="How the holding before this one ended. Empty: nobody had the lead before.",
    )
    previous_reason_id = fields.Many2one(
        "lead.pool.reason", "Why It Went Back", compute="_compute_of_lead", search="_search_previous_reason_id"
    )
    led_to_conversion = fields.Boolean(
        compute="_compute_of_lead", search="_search_led_to_conversion", export_string_translation=False
    )

    is_final = fields.Boolean(
        "Last Holder", compute="_compute_is_final", search="_search_is_final", export_string_translation=False
    )

    _given_back_idx = models.Index(
        """(ended_at) INCLUDE (end_reason, reason_id, user_id, pool_id, company_id, lead_ref)
            WHERE end_reason IN ('returned', 'invalid')"""
    )

    def _compute_is_final(self):
        final = set(self.search([("id", "in", self.ids), ("is_final", "=", True)]).ids)
        for holding in self:
            holding.is_final = holding.id in final

    def _search_is_final(self, operator, value):
        """The holdings in which leads are, or were closed."""
        if operator != "in" or True not in value:
            return NotImplemented
        return Domain("id", "in", SQL("(SELECT h.id FROM lead_pool_holding h JOIN lead_pool_entry e ON %s)", FINAL))

    @api.depends_context("uid")
    def _compute_of_my_people(self):
        people = set(self.env.user._lead_pool_people())
        for holding in self:
            holding.of_my_people = holding.user_id.id in people

    def _search_of_my_people(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return Domain("user_id", "in", self.env.user._lead_pool_people())

    # ------------------------------------------------------------
    # OF THE LEAD
    # ------------------------------------------------------------

    @api.model
    def _sql_of_lead(self, name, holding):
        """What is said of a holding's lead, as an SQL expression.

        :param str name: of one of the fields of :meth:`_compute_of_lead`, or ``converted_at``: when this holder
            converted the lead, a conversion that was undone being none
        :param str holding: alias of ``lead_pool_holding``
        """
        h = SQL.identifier(holding)
        if name == "led_to_conversion":
            return SQL("(%s IS NOT NULL)", self._sql_of_lead("converted_at", holding))
        if name in ("previous_end", "previous_reason_id"):
            return SQL(
                """(SELECT p.%(column)s FROM lead_pool_holding p
                     WHERE p.lead_ref = %(h)s.lead_ref AND p.epoch < %(h)s.epoch AND p.end_reason <> 'undone'
                     ORDER BY p.epoch DESC LIMIT 1)""",
                column=SQL("end_reason" if name == "previous_end" else "reason_id"),
                h=h,
            )
        return SQL(
            {
                "lead_priority": "(SELECT l.priority FROM crm_lead l WHERE l.id = %(h)s.lead_ref)",
                "lead_decision": """(SELECT a.decision FROM lead_assessment a
                                      WHERE a.lead_id = %(h)s.lead_ref AND a.is_current)""",
                "lead_age": """(SELECT GREATEST(EXTRACT(epoch FROM %(h)s.started_at - l.create_date) / 86400, 0)
                                  FROM crm_lead l WHERE l.id = %(h)s.lead_ref)""",
                "converted_at": """
                    (SELECT LEAST(min(c.date) FILTER (WHERE c.undone_at IS NULL),
                                  CASE WHEN %(h)s.end_reason = 'converted' AND count(c.undone_at) = 0
                                       THEN %(h)s.ended_at END,
                                  CASE WHEN %(h)s.ended_at IS NULL THEN (
                                      SELECT e.converted_at FROM lead_pool_entry e
                                       WHERE e.lead_id = %(h)s.lead_id AND e.converted_at >= %(h)s.started_at) END)
                       FROM lead_pool_conversion c
                      WHERE c.lead_ref = %(h)s.lead_ref AND c.date >= %(h)s.started_at
                        AND (%(h)s.ended_at IS NULL OR c.date <= %(h)s.ended_at))""",
            }[name],
            h=h,
        )

    def _compute_of_lead(self):
        names = (
            "lead_priority", "lead_decision", "lead_age", "previous_end", "previous_reason_id", "led_to_conversion",
        )  # fmt: skip
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT h.id, %s FROM lead_pool_holding h WHERE h.id = ANY(%s)",
                SQL(", ").join(self._sql_of_lead(name, "h") for name in names),
                self.ids,
            )
        )
        found = {number: values for number, *values in rows}
        for holding in self:
            for name, value in zip(names, found.get(holding.id, [False] * len(names)), strict=True):
                holding[name] = value

    def _search_of_lead(self, name, operator, value):
        """The domain on one of these, in the rows of the query itself."""

        def to_sql(model, alias, _query):
            column = model._sql_of_lead(name, alias)
            if operator != "in":
                return SQL("(%s %s %s) IS TRUE", column, SQL(operator), value)
            wanted = [one for one in value if one is not False]
            parts = [SQL("%s = ANY(%s)", column, wanted)] if wanted else []
            if False in value:
                parts.append(SQL("%s IS NULL", column))
            return SQL("(%s) IS TRUE", SQL(" OR ").join(parts or [SQL("FALSE")]))

        if operator not in ("in", "<", ">=", "<=", ">"):
            return NotImplemented
        self.env.flush_all()
        return Domain.custom(to_sql=to_sql)

    def _search_lead_priority(self, operator, value):
        return self._search_of_lead("lead_priority", operator, value)

    def _search_lead_decision(self, operator, value):
        return self._search_of_lead("lead_decision", operator, value)

    def _search_lead_age(self, operator, value):
        return self._search_of_lead("lead_age", operator, value)

    def _search_previous_end(self, operator, value):
        return self._search_of_lead("previous_end", operator, value)

    def _search_previous_reason_id(self, operator, value):
        return self._search_of_lead("previous_reason_id", operator, value)

    def _search_led_to_conversion(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return self._search_of_lead("led_to_conversion", operator, [True])

    def _search_reached(self, operator, value):
        """Holdings that got to one of these steps of the funnel, or further."""
        if operator != "in" or not set(value) <= set(REACHED):
            return NotImplemented

        def to_sql(_model, alias, _query):
            steps = SQL(" OR ").join(REACHED[step] for step in value)
            return SQL("EXISTS (SELECT FROM (%s) s WHERE %s)", of_holding(SQL.identifier(alias)), steps)

        return Domain.custom(to_sql=to_sql)

    def _search_promise(self, operator, value):
        """Holdings of which the first follow-up was ``due``, or ``kept`` what the pool promises."""
        if operator != "in" or not set(value) <= {"due", "kept"}:
            return NotImplemented
        report = self.env["lead.pool.report"].sudo()
        judged = report._judged(report._first_day_on_record(date.min), SQL("TRUE"))
        wanted = SQL(" OR ").join(map(SQL.identifier, value))
        return Domain("id", "in", SQL("(WITH %s SELECT id FROM holding WHERE %s)", judged, wanted))

    def _search_is_opportunity(self, operator, value):
        """Leads that were converted and are still held."""
        if operator != "in" or True not in value:
            return NotImplemented
        return Domain.custom(to_sql=lambda _model, alias, _query: is_opportunity(SQL.identifier(alias)))
