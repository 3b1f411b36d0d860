"""Follow-ups: how many, on how many leads, and how many of these were converted afterwards.

Counted are the follow-ups that **count**, which means that they reset the lead's clock: by the ledger, for the rep who
held the lead. Or **all** that were noted: by who noted them, with those that do not count and those on leads of no
pool; what was noted on a lead that was deleted since is gone with it. A lead is counted once in each row and once in
the total, so that rows of leads do not add up. A lead is **converted afterwards** if it was converted after a follow-up
of the row, whenever that was, and the conversion was not undone.

>>> rows = [Facts(7, "Li Na", follow_ups=6, leads=3, converted=1), Facts(8, "Wu", follow_ups=2, leads=2)]
>>> table = build(rows, Facts(follow_ups=8, leads=4, converted=1))
>>> [table.value(table.rows[0], column) for column in table.columns]
['Li Na', 6, 3, 2.0, 1, 0.3333333333333333]
>>> [table.value(table.total, column) for column in table.columns]
[None, 8, 4, 2.0, 1, 0.25]
"""

from dataclasses import dataclass
from datetime import date

from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "follow_ups"
#: What a row is about -> the field of the event, and of the follow-up, that says so.
GROUPS = {
    "rep": ("user_ref", "user_id"),
    "type": ("follow_up_type_id", "type_id"),
    "level": ("follow_up_level_id", "level_id"),
    "day": None,
}
NEVER = date.min  # in place of the day of the follow-up before
ANYBODY = -1  # in place of a rep, of the leads that anybody followed up
CHART_ROWS = 30  # bars beyond these cannot be told apart


@dataclass(slots=True)
class Facts:
    """The follow-ups of one rep, type, level or day.

    :param id: a number, 0 for none; of a day: the date
    :param counted: of them, those that count
    """

    id: int | date = 0
    name: str = ""
    follow_ups: int = 0
    counted: int = 0
    leads: int = 0
    converted: int = 0


def build(facts, overall, *, by="rep", everything=False, days=(), scope=None, period=None):
    """The table.

    :param facts: ``[Facts]``, a row for each
    :param Facts overall: all together: leads cannot be added up
    :param by: one of :data:`GROUPS`
    :param everything: also follow-ups that do not count
    :param days: of the period, in order; each has its row
    :param scope: :class:`~.scope.Scope` of the drill-down; ``None``: there is none
    """
    if by == "day" and overall.follow_ups:
        found = {one.id: one for one in facts}
        facts = [found.get(day) or Facts(day) for day in days]
    elif by != "day":
        facts = sorted(facts, key=lambda one: (not one.id, one.name.casefold(), one.id))
    rows = [
        Row(
            str(one.id),
            {
                by: one.id if by == "day" else one.name,
                **{code: getattr(one, code) for code in ("follow_ups", "counted", "leads", "converted")},
            },
        )
        for one in facts
    ]
    if by != "day":
        facts = sorted(facts, key=lambda one: -one.follow_ups)[:CHART_ROWS]
    drill = {
        "follow_ups": _drill(by, everything, scope, period),
        "counted": _drill(by, everything, scope, period, ("counts", "=", True)),
        "leads": _drill(by, everything, scope, period, of_leads=True),
        "converted": _drill(by, everything, scope, period, ("led_to_conversion", "=", True), of_leads=True),
    }
    columns = [
        Column(by, "date" if by == "day" else "text", unit="", total="none"),
        Column("follow_ups", unit="follow_ups", drill=drill["follow_ups"]),
    ]
    if everything:
        columns.append(Column("counted", unit="follow_ups", drill=drill["counted"]))
        columns.append(Column("counted_share", "ratio", unit="", of=("counted", "follow_ups")))
    columns += [
        Column("leads", total="given", drill=drill["leads"]),
        Column("per_lead", "number", unit="follow_ups", of=("follow_ups", "leads")),
        Column("converted", total="given", drill=drill["converted"]),
        Column("conversion", "ratio", unit="", of=("converted", "leads")),
    ]
    return Table(
        NAME,
        tuple(columns),
        rows,
        given={"leads": overall.leads, "converted": overall.converted},
        chart=Chart(
            tuple(one.id if by == "day" else one.name for one in facts),
            tuple(
                Series(code, tuple(getattr(one, code) for one in facts))
                for code in ("follow_ups", "leads", "converted")
            ),
            kind="date" if by == "day" else "text",
        ),
    )


def _drill(by, everything, scope, period, *more, of_leads=False):
    """Row key -> the events of the follow-ups; of all of them: the follow-ups, for who may see all.

    :param more: terms on the follow-ups
    :param of_leads: each lead once: its last such event; of all follow-ups: the leads
    """
    if scope is None or (everything and not scope.everything):
        return None
    whole, base = period.terms("date"), scope.domain("user_ref", "pool_ref", "company_ref")

    def drill(key):
        when, row = whole, ()
        if key != TOTAL and by == "day":
            when = period.only(date.fromisoformat(key)).terms("date")
        elif key != TOTAL:
            row = ((GROUPS[by][everything], "=", int(key) or False),)
        terms = (*when, *row, *more)
        if not everything:
            events = (*base, ("kind", "=", "follow_up"), *terms)
            return Drill("lead.pool.event", (("once_each_lead", "any", list(events)),) if of_leads else events)
        filters = (("pool_id", scope.pools), ("user_id", scope.reps), ("lead_id.source_id", scope.sources))
        asked = tuple((field, "in", ids) for field, ids in filters if ids is not None)
        follow_ups = (("lead_id.company_id", "in", (*scope.companies, False)), *asked, *terms)
        if of_leads:
            return Drill("crm.lead", (("follow_up_ids", "any", list(follow_ups)),))
        return Drill("lead.follow.up", follow_ups)

    return drill
