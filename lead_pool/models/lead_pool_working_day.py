from odoo import api, fields, models


class LeadPoolWorkingDay(models.Model):
    """A date on which the week does not say whether people work: a Saturday worked in exchange, an extra day off."""

    _name = "lead.pool.working.day"
    _description = "Exceptional Day"
    _order = "date desc, company_id, id"

    date = fields.Date(required=True, help="In the time zone of each pool.")
    works = fields.Boolean(
        "Worked",
        default=True,
        help="On: worked although the week or a public holiday says otherwise, e.g. in exchange for another day. "
        "Off: a day off.",
    )
    name = fields.Char("Reason", help="Why, e.g. “Spring Festival, in exchange”.")
    hour_from = fields.Float("From", help="Hours of this day, if others than usual. Empty: the usual hours.")
    hour_to = fields.Float("To", help="Hours of this day, if others than usual. Empty: the usual hours.")
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="cascade",
        help="Empty: in all companies. A day of a company comes before one of all companies.",
    )

    _date_uniq = models.UniqueIndex(
        "(date, COALESCE(company_id, 0))", "This date is listed already. Change that line instead."
    )
    _hours_in_day = models.Constraint(
        """CHECK ((COALESCE(hour_from, 0) = 0 AND COALESCE(hour_to, 0) = 0)
                  OR (COALESCE(hour_from, 0) >= 0 AND COALESCE(hour_from, 0) < COALESCE(hour_to, 0)
                      AND COALESCE(hour_to, 0) <= 24))""",
        "Hours are between 0:00 and 24:00, and begin before they end. Leave both empty for the usual hours.",
    )
    _no_hours_off = models.Constraint(
        "CHECK (works OR COALESCE(hour_to, 0) = 0)", "A day off has no hours. Empty them, or tick Worked."
    )

    @api.depends("date", "name")
    def _compute_display_name(self):
        for day in self:
            date = fields.Date.to_string(day.date) if day.date else ""
            day.display_name = " ".join(filter(None, [date, day.name]))

    @api.onchange("works")
    def _onchange_works(self):
        if not self.works:
            self.hour_from = self.hour_to = 0

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        days = super().create(vals_list)
        self.env["lead.pool"]._calendar_changed(days._company_ids())
        return days

    def write(self, vals):
        before = self._company_ids()
        result = super().write(vals)
        self.env["lead.pool"]._calendar_changed(before | self._company_ids())
        return result

    def unlink(self):
        company_ids = self._company_ids()
        result = super().unlink()
        self.env["lead.pool"]._calendar_changed(company_ids)
        return result

    def _company_ids(self):
        """Ids of the companies of these days, ``False`` for all companies."""
        return {day.company_id.id for day in self}

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Exceptional Days"),
                "template": "/lead_pool/static/import/exceptional_days.csv",
            }
        ]

    # ------------------------------------------------------------
    # FACTS
    # ------------------------------------------------------------

    @api.model
    def _as_facts(self, company):
        """Exceptional days of a company as ``rules.working_time.WorkingTime`` takes them.

        :returns: ``{'holidays', 'extra_days', 'extra_hours'}``
        """
        days = self.sudo().search_fetch(
            [("company_id", "in", [company.id, False])], ["date", "works", "hour_from", "hour_to", "company_id"]
        )
        by_date = {day.date: day for day in days.sorted(lambda day: bool(day.company_id))}
        worked = {date: day for date, day in by_date.items() if day.works}
        return {
            "holidays": frozenset(by_date.keys() - worked.keys()),
            "extra_days": frozenset(worked),
            "extra_hours": {date: ((day.hour_from, day.hour_to),) for date, day in worked.items() if day.hour_to},
        }
