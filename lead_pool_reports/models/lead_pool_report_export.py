from odoo import fields, models
from odoo.exceptions import UserError

LIMIT = "lead_pool_reports.export_rows"
USUAL_LIMIT = 5000  # rows


class ReasonNeeded(UserError):
    """The export is large: it goes on once the reader says what it is for."""


class LeadPoolReportExport(models.Model):
    """Who took how much out, when and what for: large exports of reports."""

    _name = "lead.pool.report.export"
    _description = "Large Export"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "reports"

    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Who", ondelete="set null", readonly=True, index="btree_not_null")
    user_name = fields.Char("Name", required=True, readonly=True)
    reports = fields.Char(required=True, readonly=True)
    options = fields.Char("Period and Filters", readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    reason = fields.Char(required=True, readonly=True)


class LeadPoolReportExports(models.AbstractModel):
    _inherit = "lead.pool.report"  # pylint: disable=consider-merging-classes-inherited

    def _export(self, names, options, reason="", pdf=False):
        """Reports as a file for somebody at the screen; a large one needs a reason and is written down.

        Large is what has more rows than the settings allow, and all reports at once of more than one's own figures.

        :param names: of reports; none: all of them
        :returns: ``(file name, bytes)``
        :raises ReasonNeeded: it is large, and no reason is given
        """
        tables = self._tables(names, options)
        rows = sum(len(table.rows) for _name, _asked, table in tables)
        limit = int(self.env["ir.config_parameter"].sudo().get_param(LIMIT, USUAL_LIMIT))
        of_others = any(not asked.scope.personal or len(asked.scope.people) > 1 for _name, asked, _table in tables)
        whole = len(names or ()) != 1 and of_others
        if whole or 0 < limit < rows:
            reason = (reason or "").strip()
            if not reason:
                raise ReasonNeeded(
                    self.env._("This export has %(rows)s rows. Say what it is for; it is written down.", rows=rows)
                )
            self.env["lead.pool.report.export"].sudo().create(
                {
                    "date": self.env["lead.pool"]._now(),
                    "user_id": self.env.uid,
                    "user_name": self.env.user.name,
                    "reports": ", ".join(self._words(name)["title"] for name, _asked, _table in tables),
                    "options": self._subtitle(tables[0][0], tables[0][1]),
                    "row_count": rows,
                    "reason": reason[:500],
                }
            )
        return self._pdf(tables) if pdf else self._book(tables)
