from dataclasses import asdict, replace
from datetime import date, timezone
from zoneinfo import ZoneInfo

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from odoo.addons.lead_pool.arguments import refuse_unknown
from odoo.addons.lead_pool.notification import notification

from ..tables.period import COMPARISONS, PRESETS, Period, preset
from ..tables.scope import Scope
from ..tables.table import TOTAL
from .reports.asked import Asked

#: What a caller may ask for in every report; lists of ids, empty for all, are the filters.
FILTERS = ("pool_ids", "team_ids", "source_ids")
OPTIONS = {"period", "date_from", "date_to", "compare", *FILTERS}
#: Our reports, in the order of the menu; which there are says :meth:`LeadPoolReport._reports`.
REPORTS = (
    "rep_status",
    "pool_dynamics",
    "funnel",
    "first_touch",
    "arrival_heat",
    "follow_ups",
    "reasons",
    "fairness",
    "afterlife",
    "campaign_cash",
    "sources",
    "forecast",
)
#: Reports on whole pools: teams asked for are those of the pools.
OF_POOLS = ("pool_dynamics", "funnel", "arrival_heat")
#: Of these, what marketing sees of all leads: figures, not records.
FOR_MARKETING = ("campaign_cash", "sources")
#: Models whose records stand behind figures -> their list view.
DRILL_VIEWS = {
    "lead.pool.holding": "lead_pool_reports.lead_pool_holding_view_list_behind",
    "lead.pool.event": "lead_pool_reports.lead_pool_event_view_list_behind",
    "lead.pool.entry": "lead_pool_reports.lead_pool_entry_view_list_behind",
    "lead.follow.up": "lead_pool.lead_follow_up_view_list",
    "lead.pool.campaign.cost": "lead_pool_reports.lead_pool_campaign_cost_view_list",
    "lead.pool.target": "lead_pool_reports.lead_pool_target_view_list",
    "crm.lead": "crm.crm_case_tree_view_oppor",
    "sale.order": "sale.view_order_tree",
    "account.move": "account.view_out_invoice_tree",
    "account.move.line": "account.view_move_line_tree",
    "account.payment": "account.view_account_payment_tree",
}


class LeadPoolReport(models.AbstractModel):
    """The reports: one computed table behind screen, workbook and drill-down.

    A report ``x`` is what ``_table_x`` computes (from the plain rows of ``_rows_x``) and ``_words_x`` names;
    ``_further_x``, if it is there, lists the options that it alone has. Who may see what is decided here, for all of
    them: a rep his own figures, a leader those of his sales teams, an admin his pools, a manager all.
    """

    _name = "lead.pool.report"
    _inherit = [
        "lead.pool.report.rep.status",
        "lead.pool.report.pool.dynamics",
        "lead.pool.report.funnel",
        "lead.pool.report.first.touch",
        "lead.pool.report.arrival.heat",
        "lead.pool.report.follow.ups",
        "lead.pool.report.reasons",
        "lead.pool.report.fairness",
        "lead.pool.report.afterlife",
        "lead.pool.report.campaign.cash",
        "lead.pool.report.sources",
        "lead.pool.report.forecast",
    ]
    _description = "Lead Pool Report"

    # ------------------------------------------------------------
    # RPC
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def table(self, name, options=None):
        """A report as the screen shows it.

        :param str name: one of :meth:`_reports`
        :param dict options: ``period`` (one of :data:`~..tables.period.PRESETS`, or ``custom``), for ``custom``
            ``date_from`` and ``date_to`` (ISO dates, both included), ``compare`` (``previous``: with the period before,
            ``last_year``; empty: with nothing), ``pool_ids``, ``team_ids``, ``source_ids`` (lists; empty: all), and
            those of the report itself, as ``by_pool`` (a row for each pool)
        :returns: ``{name, title, help, empty, options, compared, choices, groups, columns, rows, total, chart,
            currency_id}``; each cell of a row is a value, ``drill`` holds the codes of those that :meth:`drill_down`
            opens, ``changes`` of each cell what it was and how it changed, or nothing
        :raises UserError: an unknown report, option or period
        :raises AccessError: the caller does not sell
        """
        asked = self._asked(name, options)
        table = self._build(name, asked)
        words = self._words(name)
        return {
            "name": name,
            "title": words["title"],
            "help": words["help"],
            "empty": words["empty"],
            "options": asked.options,
            "compared": asked.earlier and {"from": str(asked.earlier.first), "to": str(asked.earlier.last)},
            "choices": self._choices(name),
            "groups": [{"label": words["groups"].get(code, ""), "span": span} for code, span in table.groups],
            "columns": [
                {
                    "code": column.code,
                    "kind": column.kind,
                    "label": words["columns"][column.code][0],
                    "help": words["columns"][column.code][1],
                }
                for column in table.columns
            ],
            "rows": [self._row(table, row, words) for row in table.rows],
            "total": self._row(table, table.total, words),
            "currency_id": table.currency,
            "chart": self._chart(table, words),
        }

    @api.model
    @api.readonly
    def drill_down(self, name, row, column, options=None):
        """The action that lists the records behind one figure.

        :param str row: key of the row, as in :meth:`table`; ``total``
        :param str column: code of the column
        :raises UserError: there is no such figure, or nothing behind it
        """
        table = self._build(name, self._asked(name, {**(options or {}), "compare": ""}))
        try:
            drill = table.drill(row, column)
        except KeyError:
            drill = None
        if drill is None:
            raise UserError(self.env._("There are no records to show behind this figure."))
        words, view = self._words(name), DRILL_VIEWS.get(drill.model, False)
        label = words["columns"][column][0]
        heading = self._heading(table, table.row(row), words)
        return {
            "type": "ir.actions.act_window",
            "name": f"{label}: {heading}" if heading else label,
            "res_model": drill.model,
            "domain": [list(term) if isinstance(term, tuple) else term for term in drill.domain],
            "views": [(view and self.env.ref(view).id, "list"), (False, "form")],
            "context": {"active_test": False},
            "target": "current",
        }

    @api.model
    def _open_lead(self, lead_ref):
        """The action that opens a lead behind a figure, or says why the user may not read it now."""
        lead = self.env["crm.lead"].with_context(active_test=False).search([("id", "=", lead_ref)])
        if lead:
            return {
                "type": "ir.actions.act_window",
                "res_model": "crm.lead",
                "res_id": lead.id,
                "views": [(False, "form")],
            }
        return notification(
            self.env._("Lead #%(number)s waits in a pool, is in other hands or was deleted.", number=lead_ref),
            "info",
            then=False,
        )

    # ------------------------------------------------------------
    # ONE TABLE, ITS WORDS
    # ------------------------------------------------------------

    def _build(self, name, asked):
        """The :class:`~..tables.table.Table` of a report, beside that of the period it is compared with."""
        # compiling these statements takes longer than running them; what they sort is more than Odoo's usual few rows;
        # facts and sums are in memory, and a part of them is found by an index
        self.env.cr.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL random_page_cost = 2")
        compute = getattr(self.sudo(), f"_table_{name}")
        table = compute(asked)
        if asked.earlier:
            table.compare(compute(asked.at(asked.earlier)), asked.period.first - asked.earlier.first)
        return table

    def _words(self, name):
        """Title, headings, help and row names of a report, in the user's language."""
        return getattr(self, f"_words_{name}")()

    def _heading(self, table, row, words):
        """The name of a row, for people."""
        if row.key == TOTAL:
            return self.env._("Total")
        if row.key in words["rows"]:
            return words["rows"][row.key]
        values = [row.values.get(column.code) for column in table.columns if column.kind in ("text", "date")]
        return ", ".join(
            format_date(self.env, value) if isinstance(value, date) else str(value) for value in values if value
        )

    def _row(self, table, row, words, *, drill=True):
        """One row for the screen; without ``drill`` nobody asks what opens which records."""
        cells = [
            str(value) if isinstance(value := table.value(row, column), date) else value for column in table.columns
        ]
        named = row.key == TOTAL or row.key in words["rows"]
        changes = [table.change(row, column) for column in table.columns] if table.earlier else []
        return {
            "key": row.key,
            "heading": self._heading(table, row, words) if named else "",
            "cells": cells,
            "drill": table.opens(row) if drill else [],
            "changes": [change and asdict(change) for change in changes],
        }

    def _labels(self, table, words):
        """The labels of the chart: days, names, or codes that the report has words for."""
        named = self._label_words(table, words)
        return [named.get(label, str(label)) for label in table.chart.labels] if table.chart else []

    def _label_words(self, table, words):
        """``{code: word}`` of the chart's labels: often the rows, but of a map of heat the rows are its series."""
        of_rows = words["rows"] if table.chart and table.chart.shape != "heat" else {}
        return {**of_rows, **words.get("labels", {})}

    def _chart(self, table, words):
        """The chart for the screen; ``None`` where there is nothing to draw."""
        chart = table.chart
        return chart and {
            "kind": chart.kind,
            "shape": chart.shape,
            "unit": chart.unit,
            "labels": self._labels(table, words),
            "series": [
                {
                    "label": words["series"].get(series.code, series.code),
                    "style": series.style,
                    "values": series.values,
                    "low": series.low,
                    "high": series.high,
                }
                for series in chart.series
            ],
        }

    # ------------------------------------------------------------
    # WHAT IS ASKED
    # ------------------------------------------------------------

    @api.model
    def _reports(self):
        """The names of the reports, in the order of the menu. An add-on adds its own."""
        return REPORTS

    @api.model
    def _action_of(self, name):
        """The XML id of the client action that opens this report."""
        return f"lead_pool_reports.{name}_action"

    def _asked(self, name, options):
        """The options checked and brought together with what the caller may see."""
        if name not in self._reports():
            raise UserError(self.env._("There is no report “%(name)s”.", name=name))
        options = dict(options or {})
        further = self._further(name)
        refuse_unknown(self.env, options, OPTIONS | {choice.key for choice in further})
        tz = ZoneInfo(str(self.env.tz))
        today = self.env["lead.pool"]._now().replace(tzinfo=timezone.utc).astimezone(tz).date()
        period = self._period(options, today, tz)
        compare = options.get("compare") or ""
        if compare and compare not in COMPARISONS:
            raise UserError(self.env._("There is nothing to compare with called “%(name)s”.", name=compare))
        filters = {key: self._numbers(options, key) for key in FILTERS}
        own = {choice.key: self._chosen(options, choice) for choice in further}
        asked = {
            "period": options.get("period") or ("custom" if options.get("date_from") else "last_30_days"),
            "date_from": str(period.first),
            "date_to": str(period.last),
            "compare": compare,
            **filters,
            **own,
        }
        earlier = getattr(period, compare)() if compare else None
        period = replace(period, until_now=period.last >= today)
        return Asked(self._scope(name, **filters), period, today, further=own, options=asked, earlier=earlier)

    def _further(self, name):
        """The options that this report alone has: ``[Choice]``."""
        further = getattr(self, f"_further_{name}", None)
        return further() if further else []

    def _chosen(self, options, choice):
        """The value asked for of a report's own option."""
        value = options.get(choice.key, choice.codes[0])
        if value not in choice.codes:
            raise UserError(
                self.env._(
                    "“%(value)s” is no choice for “%(option)s”. Take one of: %(values)s.",
                    value=value,
                    option=choice.label,
                    values=", ".join(map(str, choice.codes)),
                )
            )
        return value

    def _period(self, options, today, tz):
        name = options.get("period") or ("custom" if options.get("date_from") else "last_30_days")
        if name != "custom":
            week_start = int(self.env["res.lang"]._get_data(code=self.env.lang or "en_US").week_start or 1)
            period = preset(name, today, tz, week_start)
            if period is None:
                there = ", ".join([*PRESETS, "custom"])
                raise UserError(
                    self.env._("There is no period “%(name)s”. Take one of: %(there)s.", name=name, there=there)
                )
            return period
        try:
            first, last = (date.fromisoformat(options.get(key) or "") for key in ("date_from", "date_to"))
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("Say from which day to which, as in 2026-03-31.")) from error
        if first > last:
            raise UserError(self.env._("The period ends before it begins. Exchange the two days."))
        if not 1990 <= first.year <= last.year <= 2200:
            raise UserError(self.env._("This period is out of reach. Choose years between 1990 and 2200."))
        return Period(first, last, tz)

    def _numbers(self, options, key):
        ids = options.get(key) or []
        if not isinstance(ids, list | tuple) or not all(type(value) is int for value in ids):
            raise UserError(self.env._("“%(key)s” is a list of numbers.", key=key))
        return sorted(set(ids))

    def _scope(self, name, pool_ids, team_ids, source_ids):
        """Whose figures: what the caller may see, narrowed to what he asked for.

        Teams are those of the reps; where a report is about pools, those of the pools.
        """
        user = self.env.user
        everything = self._sees_all(name)
        if not self._may_read(name):
            raise AccessError(self.env._("These reports are for people who sell. Ask for a role in Sales."))
        pools, sources = tuple(pool_ids) or None, tuple(source_ids) or None
        reps = None
        if team_ids:
            teams = self.env["crm.team"].sudo().with_context(active_test=False).browse(team_ids).exists()
            if name in OF_POOLS:
                of_teams = self._pools_of(teams)
                pools = tuple(sorted(of_teams if pools is None else of_teams & set(pools)))
            else:
                members = self.env["crm.team.member"].sudo().search([("crm_team_id", "in", teams.ids)])
                reps = tuple(sorted({*members.user_id.ids, *teams.user_id.ids}))
        if everything:
            return Scope(
                tuple(self.env.companies.ids),
                everything=True,
                pools=pools,
                reps=reps,
                sources=sources,
                numbers_only=not self._sees_all(),
            )
        led = user._lead_pool_teams_led()
        return Scope(
            tuple(self.env.companies.ids),
            people=tuple(user._lead_pool_people()),
            pools_run=tuple(sorted(user._lead_pool_ids("admin"))),
            pools_led=tuple(sorted(self._pools_of(led))),
            pools=pools,
            reps=reps,
            sources=sources,
        )

    def _may_read(self, name):
        """Whether the caller gets this report at all."""
        return self._sees_all(name) or self.env.user.has_group("sales_team.group_sale_salesman")

    def _sees_all(self, name=None):
        """Whether the caller sees the figures of everybody: managers in each report, marketing in its own.

        :param name: of the report; without one, whether he sees all records behind them as well
        """
        user = self.env.user
        if self.env.su or user.has_group("lead_pool.group_manager"):
            return True
        return name in FOR_MARKETING and user.has_group("lead_pool.group_marketing")

    def _pools_of(self, teams):
        """Ids of the pools of these sales teams, archived ones included."""
        Pool = self.env["lead.pool"].sudo().with_context(active_test=False)
        return set(Pool.search([("team_id", "in", teams.ids)]).ids)

    def _sources_in_use(self):
        """Ids of the sources that leads have; a loose walk along the index of leads by source."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE used AS (
                    (SELECT min(source_id) AS id FROM crm_lead WHERE source_id IS NOT NULL)
                     UNION ALL
                    SELECT (SELECT min(source_id) FROM crm_lead WHERE source_id > used.id) FROM used
                     WHERE used.id IS NOT NULL
                )
                SELECT id FROM used WHERE id IS NOT NULL
                """
            )
        )
        return [source for (source,) in rows]

    def _choices(self, name):
        """What the caller may filter by, and the report's own options.

        :returns: ``{pools, teams, sources: [{id, name}], further: [{key, label, values: [{code, label}]}]}``
        """
        user = self.env.user
        everything = self._sees_all(name)
        companies = [("company_id", "in", [*self.env.companies.ids, False])]
        Pool = self.env["lead.pool"].sudo().with_context(active_test=False)
        Team = self.env["crm.team"].sudo()
        pools = Pool.search(companies)
        if everything:
            teams = Team.search(companies)
        else:
            led = user._lead_pool_teams_led()
            mine = set(user._lead_pool_ids()) | self._pools_of(led)
            pools = pools.filtered(lambda pool: pool.id in mine)
            run = pools.filtered(lambda pool: pool.is_admin)
            teams = (led | run.team_id).filtered("active")
        return {
            "pools": [
                {
                    "id": pool.id,
                    "name": pool.name if pool.active else self.env._("%(pool)s (archived)", pool=pool.name),
                }
                for pool in pools
            ],
            "teams": [{"id": team.id, "name": team.name} for team in teams],
            "sources": [
                {"id": source.id, "name": source.name}
                for source in self.env["utm.source"].sudo().search([("id", "in", self._sources_in_use())])
            ],
            "further": [
                {
                    "key": choice.key,
                    "label": choice.label,
                    "values": [{"code": code, "label": label} for code, label in choice.values],
                }
                for choice in (self._further(name) if name else [])
            ],
        }
