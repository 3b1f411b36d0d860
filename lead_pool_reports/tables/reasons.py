"""Why leads were returned or found to be none, by reason; beside it the source they came from, or the rep.

**Returned** and **invalid** are what ended the time of a rep with a lead in the period. **Invalid in the pool** was
marked while nobody held the lead, by an admin; it belongs to no rep. What was reclaimed by a rule or recalled has other
reasons and is not here. The share is that of all that is counted, of its source or rep where these have rows.

A reason is called as it is called now, also when it is no longer offered. Only what was marked in the pool is known by
the words of then: after a reason was renamed, that stands in a row of its own.

>>> facts = [Fact(reason_id=4, reason="Wrong number", returned=3), Fact(reason_id=9, reason="Advertisement", invalid=1)]
>>> table = build(facts)
>>> for row in table.rows:
...     print(*(table.value(row, column) for column in table.columns))
Wrong number 3 0 0 3 0.75
Advertisement 0 1 0 1 0.25
"""

from collections import defaultdict
from dataclasses import dataclass

from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "reasons"
FLOWS = ("returned", "invalid", "in_pool")
CHART_ROWS = 15


@dataclass(frozen=True, slots=True)
class Fact:
    """What was given up for one reason.

    :param group_id: of the source or rep; 0: none
    :param reason_id: 0: no reason, or one that is known by its text only
    :param text: the reason in the words of the ledger, by which the events are found
    """

    group_id: int = 0
    group: str = ""
    reason_id: int = 0
    reason: str = ""
    text: str = ""
    returned: int = 0
    invalid: int = 0
    in_pool: int = 0

    @property
    def key(self):
        return f"{self.group_id}/{self.reason_id or (self.text and f'={self.text}') or 0}"


def build(facts, *, by="", personal=False, scope=None, period=None):
    """The table.

    :param facts: ``[Fact]``, those of one source, rep and reason are added up
    :param by: ``source``, ``rep``; empty: a row for each reason
    :param personal: who runs no pool marks nothing in one
    :param scope: :class:`~.scope.Scope` of the drill-down; ``None``: there is none
    """
    flows = FLOWS[:2] if personal else FLOWS
    sums, known, whole, charted = defaultdict(int), {}, defaultdict(int), defaultdict(int)
    for fact in facts:
        known.setdefault(fact.key, fact)
        for code in flows:
            number = getattr(fact, code)
            sums[fact.key, code] += number
            whole[fact.group_id] += number
            charted[fact.reason, code] += number
            charted[fact.reason] += number
    rows = []
    for key, fact in known.items():
        numbers = {code: sums[key, code] for code in flows}
        values = {**numbers, "all": sum(numbers.values()), "whole": whole[fact.group_id], "reason": fact.reason}
        rows.append(Row(key, {**values, **({by: fact.group} if by else {})}))
    rows.sort(
        key=lambda row: (
            not known[row.key].group_id,
            known[row.key].group.casefold(),
            known[row.key].group_id,
            -row.values["all"],
            known[row.key].reason.casefold(),
            row.key,
        )
    )
    labels = sorted({fact.reason for fact in facts}, key=lambda reason: (-charted[reason], reason))[:CHART_ROWS]
    return Table(
        NAME,
        _columns(by, flows, known, scope, period),
        rows,
        chart=Chart(
            tuple(labels),
            tuple(Series(code, tuple(charted[label, code] for label in labels)) for code in flows),
        ),
    )


def _columns(by, flows, known, scope, period):
    group_field = {"source": "lead_source_id", "rep": "user_id"}.get(by)

    def holdings(end_reason):
        def drill(key):
            one = () if key == TOTAL else (("reason_id", "=", known[key].reason_id or False),)
            if key != TOTAL and by:
                one += ((group_field, "=", known[key].group_id or False),)
            base = scope.domain("user_id", "pool_id", "company_id")
            return Drill("lead.pool.holding", (*base, *period.terms("ended_at"), ("end_reason", "=", end_reason), *one))

        return drill if scope else None

    def in_pool(key):
        one = () if key == TOTAL else (("reason", "=", known[key].text or False),)
        if key != TOTAL and by == "source":
            one += ((group_field, "=", known[key].group_id or False),)
        pools = () if scope.whole_pools is None else (("pool_ref", "in", scope.whole_pools),)
        base = (("company_ref", "in", scope.companies), *scope.of_sources, *pools)
        terms = (("kind", "=", "invalid"), ("from_user_ref", "=", False))
        return Drill("lead.pool.event", (*base, *terms, *period.terms("date"), *one))

    drills = {
        "returned": holdings("returned"),
        "invalid": holdings("invalid"),
        "in_pool": in_pool if scope and scope.runs_all else None,
    }
    columns = [Column(by, "text", unit="", total="none")] if by else []
    columns.append(Column("reason", "text", unit="", total="none"))
    columns += [Column(code, drill=drills[code]) for code in flows]
    columns += [Column("all"), Column("share", "ratio", unit="", of=("all", "whole"))]
    return tuple(columns)
