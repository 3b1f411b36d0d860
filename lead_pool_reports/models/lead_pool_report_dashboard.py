from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.lead_pool.arguments import refuse_unknown

from .lead_pool_report_file import COMMON


@dataclass(frozen=True, slots=True)
class Shown:
    """What the dashboard shows of a report.

    :param tiles: codes of the columns whose totals are told
    :param chart: whether its chart is drawn
    """

    report: str
    tiles: tuple = ()
    chart: bool = True


#: In the order of the screen; what is no report (yet), and a column that the reader has not, is left out.
DASHBOARD = (
    Shown("rep_status", ("received", "follow_ups", "converted", "conversion_rate", "first_follow_up")),
    Shown("pool_dynamics", ("entered", "returned", "waiting")),
    Shown("funnel"),
    Shown("first_touch", ("kept_share",)),
    Shown("arrival_heat"),
    Shown("follow_ups"),
    Shown("reasons"),
    Shown("fairness"),
    Shown("afterlife"),
    Shown("campaign_cash", ("leads", "cost_per_lead", "collected", "roi")),
    Shown("sources", ("valid_rate", "won")),
    Shown("forecast", ("expected", "attainment")),
)


class LeadPoolReportDashboard(models.AbstractModel):
    """The most telling totals and the charts of the reports, on one screen."""

    _inherit = "lead.pool.report"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    @api.readonly
    def dashboard(self, options=None):
        """What the dashboard shows, in one answer.

        :param dict options: as of :meth:`table`, without those of single reports
        :returns: as of :meth:`dashboard_frame`, with the ``reports`` as of :meth:`dashboard_panel`
        :raises UserError: an unknown option or period
        :raises AccessError: the caller does not sell
        """
        frame = self.dashboard_frame(options)
        return {**frame, "reports": [self.dashboard_panel(report["name"], options) for report in frame["reports"]]}

    @api.model
    @api.readonly
    def dashboard_frame(self, options=None):
        """What the dashboard shows around its reports, and which these are; the screen asks for them one by one.

        :param dict options: as of :meth:`dashboard`
        :returns: ``{options, compared, choices, reports}``; of each report ``{name, title, action, tiles}``: the
            XML id of what opens it, and a number of tiles to leave room for
        :raises: as :meth:`dashboard`
        """
        shown = self._shown_to_reader()
        asked = self._asked_of_dashboard(shown[0].report, options)
        return {
            "options": {key: asked.options[key] for key in COMMON},
            "compared": asked.earlier and {"from": str(asked.earlier.first), "to": str(asked.earlier.last)},
            "choices": self._choices(None),
            "reports": [
                {
                    "name": one.report,
                    "title": self._words(one.report)["title"],
                    "action": self._action_of(one.report),
                    "tiles": len(one.tiles),
                }
                for one in shown
            ],
        }

    @api.model
    @api.readonly
    def dashboard_panel(self, name, options=None):
        """What the dashboard shows of one report.

        :param str name: of a report of :meth:`dashboard_frame`
        :param dict options: as of :meth:`dashboard`
        :returns: ``{name, title, sentence, tiles, chart, currency_id}``, where a sentence stands instead of figures
            that are not there, and a tile is ``{code, label, help, kind, value, change}``
        :raises: as :meth:`dashboard`; UserError also for a report that is not shown to the caller
        """
        for shown in self._shown_to_reader():
            if shown.report == name:
                return self._shown(shown, self._asked_of_dashboard(name, options))
        raise UserError(self.env._("There is no report “%(name)s”.", name=name))

    @api.model
    def _dashboard(self):
        """What is shown of which report, in the order of the screen: :class:`Shown`. An add-on adds its own."""
        return DASHBOARD

    def _shown_to_reader(self):
        """The reports that the caller may read; if none, the first one, which refuses him."""
        reports = [one for one in self._dashboard() if one.report in self._reports()]
        return [one for one in reports if self._may_read(one.report)] or reports[:1]

    def _asked_of_dashboard(self, name, options):
        refuse_unknown(self.env, options or {}, COMMON)
        return self._asked(name, options)

    def _shown(self, shown, asked):
        words = self._words(shown.report)
        part = {"name": shown.report, "title": words["title"], "sentence": "", "tiles": [], "chart": None}
        try:
            table = self._build(shown.report, asked)
        except UserError as error:  # also of rights
            return {**part, "sentence": str(error)}
        if not table.rows:
            return {**part, "sentence": words["empty"]}
        row = self._row(table, table.total, words, drill=False)
        for number, column in enumerate(table.columns):
            if column.code in shown.tiles:
                part["tiles"].append(
                    {
                        "code": column.code,
                        "kind": column.kind,
                        "label": words["columns"][column.code][0],
                        "help": words["columns"][column.code][1],
                        "value": row["cells"][number],
                        "change": row["changes"][number] if row["changes"] else None,
                    }
                )
        part["tiles"].sort(key=lambda tile: shown.tiles.index(tile["code"]))
        if shown.chart:
            part["chart"] = self._chart(table, words)
        if not part["tiles"] and not part["chart"]:
            part["sentence"] = words["empty"]
        return {**part, "currency_id": table.currency}
