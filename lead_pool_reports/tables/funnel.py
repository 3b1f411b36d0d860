"""Funnel: how far the leads that entered in the period have got by now, and how long each step took.

- **entered** the pools in the period, for the first time: created, imported, enrolled
- **valid**: not marked as invalid, not merged away, not deleted since; a lead that is none has got no further
- **taken**: a rep has held it; a claim that was undone is none
- **touched**: its holder has followed it up, and the follow-up counts
- **converted**, and the conversion was not undone
- **ordered**: it has a confirmed order

Who got further got through the steps before: a lead that was converted without a follow-up counts as touched. So no
step has more leads than the one before. The time of a step is measured from the step before (being valid takes none),
on the leads that went through both, in this order: who skipped one of them has no time there.

Who looks after people and runs no pool reads the funnel of what they **received** in the period: there a lead counts
once for each time somebody received it, and each step is what became of it in his hands.

>>> names = {code: code.title() for code in STEPS}
>>> overall = Facts(leads=dict(zip(STEPS, (10, 8, 6, 6, 2, 1))), times={"taken": (3600, 7200)})
>>> table = build(overall, [], STEPS, names)
>>> for row in table.rows[:3]:
...     print(*(table.value(row, column) for column in table.columns))
Entered 10 1.0 None None None
Valid 8 0.8 0.8 None None
Taken 6 0.6 0.75 3600 7200
"""

from dataclasses import dataclass, field

from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "funnel"
STEPS = ("entered", "valid", "taken", "touched", "converted", "ordered")
#: Of the leads that one's people received.
OWN_STEPS = ("received", "valid", "touched", "converted", "ordered")
#: Steps that take time.
TIMED = ("taken", "touched", "converted", "ordered")
#: The time from the first step to the last one.
WHOLE = "whole"
ENTERING = ("entered", "enrolled")
#: The key of the row of leads without a source.
NONE = "0"
CHART_GROUPS = 12


@dataclass(slots=True)
class Facts:
    """The leads of one source or pool, or all of them.

    :param id: of the source or pool; 0: none
    :param leads: ``{step: number}``
    :param times: ``{step: (median, time within which 90 % did it)}`` in seconds; :data:`WHOLE` for all steps together
    """

    id: int = 0
    name: str = ""
    leads: dict = field(default_factory=dict)
    times: dict = field(default_factory=dict)


def build(overall, groups, steps, names, *, by="step", scope=None, period=None):
    """The table.

    :param Facts overall: all leads
    :param groups: ``[Facts]``, a row for each; without ``by`` there are none
    :param steps: :data:`STEPS`, or :data:`OWN_STEPS` for who reads what his people received
    :param names: ``{step: name}``
    :param by: ``step``: a row for each step; ``source``, ``pool``
    :param scope: :class:`~.scope.Scope` of the drill-down; ``None``: there is none
    """
    drill = _drill(steps, by, scope, period)
    if by == "step":
        return _by_step(overall, steps, names, drill)
    return _by_group(overall, groups, steps, by, names, drill)


def _by_step(overall, steps, names, drill):
    first, rows = steps[0], []
    for step, before in zip(steps, (None, *steps), strict=False):
        median, ninety = overall.times.get(step, (None, None))
        rows.append(
            Row(
                step,
                {
                    "step": names[step],
                    "leads": overall.leads.get(step, 0),
                    "first": overall.leads.get(first, 0),
                    "before": before and overall.leads.get(before, 0),
                    "median": median,
                    "ninety": ninety,
                },
            )
        )
    median, ninety = overall.times.get(WHOLE, (None, None))
    return Table(
        NAME,
        (
            Column("step", "text", unit="", total="none"),
            Column("leads", total="given", drill=drill and (lambda key: drill(first if key == TOTAL else key, None))),
            Column("of_first", "ratio", unit="", of=("leads", "first")),
            Column("of_before", "ratio", unit="", of=("leads", "before")),
            Column("median", "duration", unit="seconds", group="time", total="given"),
            Column("ninety", "duration", unit="seconds", group="time", total="given"),
        ),
        rows if overall.leads.get(first) else [],
        given={"leads": overall.leads.get(first, 0), "median": median, "ninety": ninety},
        chart=Chart(
            tuple(names[step] for step in steps),
            (Series("leads", tuple(overall.leads.get(step, 0) for step in steps)),),
            shape="funnel",
        ),
    )


def _by_group(overall, groups, steps, by, names, drill):
    timed = [step for step in steps if step in TIMED]
    groups = sorted(groups, key=lambda facts: (not facts.id, facts.name.casefold(), facts.id))
    columns = [Column(by, "text", unit="", total="none")]
    columns += [
        Column(step, group="leads", drill=drill and (lambda key, step=step: drill(step, key))) for step in steps
    ]
    columns += [
        Column(f"{step}_of_first", "ratio", unit="", group="of_first", of=(step, steps[0])) for step in steps[1:]
    ]
    columns += [
        Column(f"{step}_of_before", "ratio", unit="", group="of_before", of=(step, before))
        for before, step in zip(steps[1:], steps[2:], strict=False)
    ]
    for group in ("median", "ninety"):
        columns += [Column(f"{step}_{group}", "duration", unit="seconds", group=group, total="given") for step in timed]

    def times(facts):
        return {
            f"{step}_{group}": facts.times.get(step, (None, None))[part]
            for group, part in (("median", 0), ("ninety", 1))
            for step in timed
        }

    rows = [
        Row(str(facts.id), {by: facts.name, **{s: facts.leads.get(s, 0) for s in steps}, **times(facts)})
        for facts in groups
    ]
    charted = sorted(groups, key=lambda facts: -facts.leads.get(steps[0], 0))[:CHART_GROUPS]
    chart = Chart(
        tuple(facts.name for facts in charted),
        tuple(Series(step, tuple(facts.leads.get(step, 0) for facts in charted)) for step in steps),
    )
    return Table(NAME, tuple(columns), rows, given=times(overall), chart=chart)


def _drill(steps, by, scope, period):
    """``(step, row key or None) -> Drill``: the events by which leads entered, or the holdings of one's people."""
    if scope is None:
        return None
    if steps == OWN_STEPS:
        model, group = "lead.pool.holding", "pool_id"
        base = (
            *scope.domain("user_id", "pool_id", "company_id"),
            *period.terms("started_at"),
            ("end_reason", "!=", "undone"),
        )
    elif scope.runs_all:
        model, group = "lead.pool.event", "pool_ref"
        pools = () if scope.whole_pools is None else (("pool_ref", "in", scope.whole_pools),)
        base = (
            ("company_ref", "in", scope.companies),
            *scope.of_sources,
            *pools,
            ("kind", "in", ENTERING),
            *period.terms("date"),
        )
    else:
        return None  # numbers only: the records are for the pool's admins

    def drill(step, key):
        of_group = ()
        if key not in (None, TOTAL):
            of_group = ((group if by == "pool" else "lead_source_id", "=", int(key) or False),)
        reached = () if step == steps[0] else (("reached", "=", step),)
        return Drill(model, (*base, *of_group, *reached))

    return drill
