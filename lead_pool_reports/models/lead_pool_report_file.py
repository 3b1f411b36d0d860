from datetime import timezone

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from ..render import xlsx
from ..tables.table import TOTAL
from .lead_pool_report import FILTERS

#: Of the options, those that every report has; what one report alone has is not asked of the others.
COMMON = ("period", "date_from", "date_to", "compare", *FILTERS)


class LeadPoolReportFile(models.AbstractModel):
    """Reports as files: the same tables as on screen."""

    _inherit = "lead.pool.report"  # pylint: disable=consider-merging-classes-inherited

    def _workbook(self, name, options):
        """A report as a workbook.

        :returns: ``(file name, bytes)``
        """
        return self._book(self._tables([name], options))

    def _book(self, tables):
        """These tables, as of :meth:`_tables`, as a workbook.

        :returns: ``(file name, bytes)``
        """
        content = xlsx.render(
            [(table, self._sheet_words(name, asked, table)) for name, asked, table in tables],
            "" if len(tables) == 1 else self.env._("Lead Pool Reports"),
            (self.env._("Definitions"), self.env._("Report"), self.env._("Column"), self.env._("Meaning")),
        )
        return f"{self._stem(tables)}.xlsx", content

    def _pdf(self, tables):
        """The same as pages to print.

        :returns: ``(file name, bytes)``
        :raises UserError: the server has no wkhtmltopdf
        """
        Action = self.env["ir.actions.report"]
        if Action.get_wkhtmltopdf_state() in ("install", "broken"):
            raise UserError(
                self.env._(
                    "This server cannot make PDF files: wkhtmltopdf is not installed. Take the workbook instead."
                )
            )
        values = {"parts": [self._printed(*part) for part in tables]}
        html = self.env["ir.qweb"]._render("lead_pool_reports.report_pdf", values)
        bodies, _ids, header, footer, paper = Action._prepare_html(html)
        paper = {**paper, "data-report-margin-top": 10, "data-report-header-spacing": 0}  # there is no header
        content = Action._run_wkhtmltopdf(
            bodies, header=header, footer=footer, landscape=True, specific_paperformat_args=paper
        )
        return f"{self._stem(tables)}.pdf", content

    def _stem(self, tables):
        name, asked, _table = tables[0]
        return f"{name if len(tables) == 1 else 'lead_pool'}_{asked.period.first}_{asked.period.last}"

    def _printed(self, name, asked, table):
        """What the page of a report says: words, and rows of cells ``{text, change, verdict, number}``."""
        words = self._words(name)
        return {
            "name": name,
            "title": words["title"],
            "subtitle": self._subtitle(name, asked),
            "empty": words["empty"],
            "headings": [words["columns"][column.code][0] for column in table.columns],
            "rows": [self._printed_row(table, row, words) for row in table.rows],
            "total": self._printed_row(table, table.total, words) if table.rows else [],
        }

    def _printed_row(self, table, row, words):
        cells = []
        for number, column in enumerate(table.columns):
            change = table.change(row, column)
            named = not number and (row.key == TOTAL or row.key in words["rows"])
            cells.append(
                {
                    "text": self._heading(table, row, words) if named else self._text(table, row, column),
                    "change": self._change_text(column, change) if change else "",
                    "verdict": change.verdict if change else "",
                    "number": column.kind not in ("text", "date"),
                }
            )
        return cells

    def _text(self, table, row, column):
        """A cell in words, as the screen has it."""
        value = table.value(row, column)
        if value is None:
            return ""
        match column.kind:
            case "count":
                return formatLang(self.env, value, digits=0)
            case "number":
                return formatLang(self.env, value, digits=1)
            case "money":
                currency = self.env["res.currency"].sudo().browse(table.currency or self.env.company.currency_id.id)
                return formatLang(self.env, value, currency_obj=currency)
            case "ratio":
                return f"{formatLang(self.env, value * 100, digits=1)}%"
            case "duration":
                return self._span(value)
            case "date":
                return format_date(self.env, value)
        return str(value)

    def _span(self, seconds):
        """Minutes, hours up to two days, then days."""
        if seconds < 3600:
            return self.env._("%s min", round(seconds / 60))
        if seconds < 48 * 3600:
            return self.env._("%s h", formatLang(self.env, seconds / 3600, digits=1))
        return self.env._("%s d", formatLang(self.env, seconds / 86400, digits=1))

    def _change_text(self, column, change):
        if change.by is None:
            return ""
        sign = "+" if change.by > 0 else "−" if change.by < 0 else "±"
        digits = 1 if column.kind == "ratio" else 0
        number = f"{sign}{formatLang(self.env, abs(change.by) * 100, digits=digits)}"
        return self.env._("%s pts", number) if column.kind == "ratio" else f"{number}%"

    def _tables(self, names, options):
        """``[(name, Asked, Table)]`` of these reports on the same period and filters.

        A report that this reader may not see, or that refuses so long a period, is left out of several.

        :raises UserError: there is none to show
        """
        names = list(names) if names else list(self._reports())
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
            labels=self._label_words(table, words),
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
            chosen = [pool["name"] for pool in self._choices(name)["pools"] if pool["id"] in ids]
            parts.append(self.env._("Lead pools: %(names)s", names=", ".join(chosen)))
        if ids := asked.options["team_ids"]:
            chosen = [team["name"] for team in self._choices(name)["teams"] if team["id"] in ids]
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
