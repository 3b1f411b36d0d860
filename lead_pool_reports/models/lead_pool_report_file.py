from datetime import timezone

from odoo import models
from odoo.exceptions import UserError

from ..render import xlsx
from .lead_pool_report import FILTERS, REPORTS

#: Of the options, those that every report has; what one report alone has is not asked of the others.
COMMON = ("period", "date_from", "date_to", "compare", *FILTERS)


class LeadPoolReportFile(models.AbstractModel):
    """Reports as files: the same tables as on screen."""

    _inherit = "lead.pool.report"

    def _workbook(self, name, options):
        """A report as a workbook.

        :returns: ``(file name, bytes)``
        """
        file, content, _rows = self._workbook_of([name], options)
        return file, content

    def _workbook_of(self, names, options):
        """Several reports in one workbook; with one of them, its own options count, too.

        :returns: ``(file name, bytes, number of rows)``
        """
        parts, period = [], None
        for name, asked, table in self._tables(names, options):
            period = asked.period
            parts.append((table, self._sheet_words(name, asked, table)))
        title = self.env._("Lead Pool Reports")
        content = xlsx.render(
            parts,
            "" if len(parts) == 1 else title,
            (self.env._("Definitions"), self.env._("Report"), self.env._("Column"), self.env._("Meaning")),
        )
        stem = names[0] if len(names) == 1 else "lead_pool"
        return f"{stem}_{period.first}_{period.last}.xlsx", content, sum(len(table.rows) for table, _words in parts)

    def _tables(self, names, options):
        """``[(name, Asked, Table)]`` of these reports on the same period and filters.

        A report that this reader may not see, or that refuses so long a period, is left out of several.

        :raises UserError: there is none to show
        """
        names = list(names) if names else list(REPORTS)
        if len(names) > 1:
            options = {key: value for key, value in (options or {}).items() if key in COMMON}
        found, refused = [], None
        for name in names:
            try:
                asked = self._asked(name, options)
                found.append((name, asked, self._build(name, asked)))
            except UserError as error:  # also of rights
                if len(names) == 1:
                    raise
                refused = error
        if not found:
            raise refused
        return found

    def _sheet_words(self, name, asked, table):
        """What the sheet of a report says, in the user's language."""
        words = self._words(name)
        currency = self.env["res.currency"].sudo().browse(table.currency or [])
        return xlsx.Words(
            title=words["title"],
            subtitle=self._subtitle(name, asked),
            sheet=words["title"],
            chart=self.env._("Chart"),
            total=self.env._("Total"),
            columns={code: label for code, (label, _help) in words["columns"].items()},
            groups=words["groups"],
            rows=words["rows"],
            series=words["series"],
            labels={**words["rows"], **words.get("labels", {})},
            help={code: help_ for code, (_label, help_) in words["columns"].items()},
            before=self.env._("%(column)s before", column="{}"),
            change=self.env._("Change"),
            currency=(currency.symbol, currency.position == "before", currency.decimal_places)
            if currency
            else ("", False, 2),
        )

    def _subtitle(self, name, asked):
        """Period, filters and the moment of computing, in words."""
        parts = [f"{asked.period.first} – {asked.period.last} ({asked.period.tz})"]
        if asked.earlier:
            days = f"{asked.earlier.first} – {asked.earlier.last}"
            parts.append(self.env._("Compared with %(days)s", days=days))
        if ids := asked.options["pool_ids"]:
            chosen = [pool["name"] for pool in self._choices(None)["pools"] if pool["id"] in ids]
            parts.append(self.env._("Lead pools: %(names)s", names=", ".join(chosen)))
        if ids := asked.options["team_ids"]:
            chosen = [team["name"] for team in self._choices(None)["teams"] if team["id"] in ids]
            parts.append(self.env._("Sales teams: %(names)s", names=", ".join(chosen)))
        if ids := asked.options["source_ids"]:
            sources = self.env["utm.source"].sudo().browse(ids).exists()
            parts.append(self.env._("Sources: %(names)s", names=", ".join(sources.mapped("name"))))
        for choice in self._further(name):
            value = asked.further[choice.key]
            if choice.values:
                parts.append(f"{choice.label}: {dict(choice.values)[value]}")
            elif value:
                parts.append(choice.label)
        now = self.env["lead.pool"]._now().replace(tzinfo=timezone.utc).astimezone(asked.period.tz)
        parts.append(self.env._("Computed %(moment)s", moment=now.strftime("%Y-%m-%d %H:%M")))
        return " · ".join(parts)
