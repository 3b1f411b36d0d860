"""Each report and the dashboard, as the screen asks for them: of the last 90 days and of all time, as a manager and as
the leader of a sales team with a fifth of the reps.

Raw: the plain GROUP BY on the ledgers of which such a report is made, for the same period and everybody. What is
promised is a time, so that somebody who looks at a report does not wait for it.

``ONLY=reports_cpu`` measures what of it PostgreSQL does, on both sides in seconds of one processor, which others who
use the machine do not change; each report also with the options that cost more. It needs Linux.

    make bench SIZE=300k ONLY=reports_cpu

``ONLY=reports_busy``: the same work of PostgreSQL for a manager's reports of 90 days while something has just happened
to a hundred leads that the scheduled action has not told yet; raw is the same report when it has.

``ONLY=telling``: what PostgreSQL's processor does when the scheduled action tells the facts of leads of which something
has happened, and adds up what they tell; raw is the same without what is added up. It needs Linux, too.
"""

import contextlib
from datetime import date, timedelta
from unittest.mock import patch

import lived
import measure
from databases import connect
from department import registry_of, transaction

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.tools import SQL

PROMISED = 0.1  # seconds
READERS = ("manager", "leader")
PERIODS = {
    "90": {"period": "last_90_days"},
    "all": {"period": "custom", "date_from": "2020-01-01", "date_to": "2035-12-31"},
}
#: Refused for longer periods than a year and a bit; the dashboard says so in its place.
BY_DAY = ("pool_dynamics",)
_ENTERED = "kind IN ('entered', 'enrolled') AND date >= %(start)s"
RAW = {
    "rep_status": """SELECT user_id, end_reason, count(*) FROM lead_pool_holding
                      WHERE started_at >= %(start)s GROUP BY 1, 2""",
    "pool_dynamics": """SELECT date::date, kind, pool_ref, count(*) FROM lead_pool_event
                         WHERE date >= %(start)s GROUP BY 1, 2, 3""",
    "funnel": f"""SELECT x.state, x.closed_as, count(*) FROM lead_pool_event e JOIN lead_pool_entry x USING (lead_ref)
                   WHERE {_ENTERED} GROUP BY 1, 2""",
    "first_touch": """SELECT user_id, count(*), count(first_follow_up_at) FROM lead_pool_holding
                       WHERE started_at >= %(start)s GROUP BY 1""",
    "arrival_heat": f"""SELECT extract(isodow FROM date), extract(hour FROM date), count(*) FROM lead_pool_event
                         WHERE {_ENTERED} GROUP BY 1, 2""",
    "follow_ups": """SELECT user_ref, count(*) FROM lead_pool_event
                      WHERE kind = 'follow_up' AND date >= %(start)s GROUP BY 1""",
    "reasons": """SELECT end_reason, reason_id, count(*) FROM lead_pool_holding
                   WHERE end_reason IN ('returned', 'invalid') AND ended_at >= %(start)s GROUP BY 1, 2""",
    "fairness": """SELECT pool_id, user_id, origin, count(*) FROM lead_pool_holding
                    WHERE started_at >= %(start)s GROUP BY 1, 2, 3""",
    "afterlife": """SELECT ordinal, end_reason, count(*) FROM lead_pool_holding
                     WHERE started_at >= %(start)s GROUP BY 1, 2""",
    "campaign_cash": f"""SELECT x.campaign_id, count(*) FROM lead_pool_event e JOIN lead_pool_entry x USING (lead_ref)
                          WHERE {_ENTERED} GROUP BY 1""",
    "sources": f"""SELECT x.source_id, count(*) FROM lead_pool_event e JOIN lead_pool_entry x USING (lead_ref)
                    WHERE {_ENTERED} GROUP BY 1""",
    "forecast": "SELECT user_id, pool_id, count(*) FROM lead_pool_holding WHERE ended_at IS NULL GROUP BY 1, 2",
}


def run(bench):
    """Rows ``report_<report>_<days>_<reader>``."""
    dbname = bench.filled(prepare, bench.size)
    for name in (*RAW, "dashboard"):
        for days, options in PERIODS.items():
            if name in BY_DAY and days == "all":
                continue
            costs = measure.by_turns(
                dbname,
                dbname,
                {
                    "raw": measure.Side(lambda name=name, days=days: group_by(dbname, name, days), writes=False),
                    **{
                        reader: measure.Side(
                            lambda name=name, reader=reader, options=options: read(dbname, reader, name, options),
                            writes=False,
                        )
                        for reader in READERS
                    },
                },
                bench.rounds,
            )
            for reader in READERS:
                yield measure.row(
                    f"report_{name}_{days}_{reader}",
                    bench.size,
                    costs[reader],
                    costs["raw"],
                    target=f"{PROMISED * 1000:.0f} ms",
                    meets=lambda row: row["ours_s"] <= PROMISED,
                )


#: Reports as :func:`run_cpu` asks for them: name of the row -> (report, its options).
VARIANTS = {
    **{name: (name, {}) for name in RAW},
    "funnel_pool": ("funnel", {"by": "pool"}),
    "funnel_source": ("funnel", {"by": "source"}),
    "first_touch_pool": ("first_touch", {"by": "pool"}),
    "follow_ups_day": ("follow_ups", {"by": "day"}),
    "follow_ups_type": ("follow_ups", {"by": "type"}),
    "afterlife_before": ("afterlife", {"rows": "before"}),
    "fairness_pool": ("fairness", {"rows": "pool"}),
    "forecast_pool": ("forecast", {"subject": "pool"}),
}


def run_cpu(bench):
    """Rows ``cpu_<variant>_<days>_<reader>``."""
    dbname = bench.filled(prepare, bench.size)
    for variant, (name, further) in VARIANTS.items():
        for days, options in PERIODS.items():
            if days == "all" and (name in BY_DAY or further.get("by") == "day"):
                continue
            works = {"raw": lambda name=name, days=days: cpu_of_raw(dbname, name, days)}
            for reader in READERS:
                works[reader] = lambda reader=reader, name=name, options={**options, **further}: cpu_of_ours(
                    dbname, reader, name, options
                )
            sides = {key: measure.Side(work, writes=False, tells=True) for key, work in works.items()}
            costs = measure.by_turns(dbname, dbname, sides, bench.rounds)
            for reader in READERS:
                yield measure.row(
                    f"cpu_{variant}_{days}_{reader}",
                    bench.size,
                    costs[reader],
                    costs["raw"],
                    target=f"{PROMISED * 1000:.0f} ms",
                    meets=lambda row: row["ours_s"] <= PROMISED,
                )


BUSY = 100  # leads to which something has happened in the last minute


def run_busy(bench):
    """Rows ``busy_<report>``."""
    dbname = bench.filled(prepare, bench.size)
    for name in RAW:
        works = {
            side: lambda name=name, busy=busy: cpu_of_ours(dbname, "manager", name, PERIODS["90"], busy)
            for side, busy in (("raw", 0), ("ours", BUSY))
        }
        sides = {side: measure.Side(work, writes=False, tells=True) for side, work in works.items()}
        costs = measure.by_turns(dbname, dbname, sides, bench.rounds)
        yield measure.row(
            f"busy_{name}",
            bench.size,
            costs["ours"],
            costs["raw"],
            target=f"{PROMISED * 1000:.0f} ms",
            meets=lambda row: row["ours_s"] <= PROMISED,
        )


TOLD = 2_000  # leads, told together; the scheduled action tells those of the last minute


def run_telling(bench):
    """Row ``tell_facts``."""
    dbname = bench.filled(prepare, bench.size)
    sides = {
        name: measure.Side(lambda sums=name == "ours": cpu_of_telling(dbname, sums), writes=False, tells=True)
        for name in ("raw", "ours")
    }
    costs = measure.by_turns(dbname, dbname, sides, bench.rounds)
    told = min(TOLD, bench.size)
    yield measure.row("tell_facts", told, costs["ours"], costs["raw"], target="no target", meets=lambda row: True)


def cpu_of_telling(dbname, sums):
    """Seconds of a processor for leads that were never told before; nothing of it stays.

    :param sums: also add up what they tell
    """
    with registry_of(dbname).cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        cr.execute("SELECT lead_ref FROM lead_pool_entry ORDER BY md5(lead_ref::text) LIMIT %s", [TOLD])
        leads = [lead for [lead] in cr.fetchall()]
        models = [env[facts] for facts in FACTS]
        for model in models:
            cr.execute(SQL("DELETE FROM %s WHERE lead_ref = ANY(%s)", SQL.identifier(model._table), leads))

        def tell():
            for model in models:
                with contextlib.nullcontext() if sums else patch.object(type(model), "_sums", {}):
                    model._tell(leads)

        seconds = _cpu(cr._cnx, cr, tell)
        cr.rollback()
    return seconds


def cpu_of_raw(dbname, name, days):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        seconds = _cpu(connection, cursor, lambda: _group_by(cursor, name, days))
    connection.close()
    return seconds


def cpu_of_ours(dbname, reader, name, options, busy=0):
    """
    :param busy: leads that wait to be told; nothing of it stays
    """
    with transaction(dbname) as env:
        report = _report(env, reader)
        some = "SELECT lead_ref FROM lead_pool_entry ORDER BY md5(lead_ref::text) LIMIT %s"
        env.cr.execute(f"INSERT INTO lead_pool_fact_change (lead_ref) {some}", [busy])
        seconds = _cpu(env.cr._cnx, env.cr, lambda: report.table(name, options))
        env.cr.rollback()
        return seconds


def _cpu(connection, cursor, work):
    """Seconds of a processor that PostgreSQL takes for this work: it is not shared with others, whose share nobody
    would know."""
    cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    before = measure.backend_ms(connection)
    if before is None:
        raise RuntimeError("what PostgreSQL's processor took is told on Linux alone")
    work()
    return (measure.backend_ms(connection) - before) / 1000


def prepare(dbname, size):
    """The past, counted and told as the scheduled action does it."""
    lived.prepare(dbname, size)
    _maintain(dbname, "ANALYZE")
    for _turn in range(3):  # numbers of events are settled first
        _step(dbname, "lead.pool.tally", "_count")
    for model, step in STEPS:
        while _step(dbname, model, step):
            pass
    _maintain(dbname, "VACUUM (ANALYZE)")
    with transaction(dbname) as env:
        for facts in FACTS:
            assert env[facts]._changed() == [], "something was not told"
        assert env["lead.pool.tally.zone"].search_count([("by_rep", "=", True)]), "days of reps are not kept"


def _maintain(dbname, statement):
    """What PostgreSQL does by itself in the minutes after."""
    connection = connect(dbname)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


STEPS = (
    ("lead.pool.tally", "_open_zone"),
    ("lead.pool.tally", "_count"),
    ("lead.pool.fact.change", "_tell_events"),
    ("lead.pool.fact.change", "_tell_changes"),
)
FACTS = ("lead.pool.fact.lead", "lead.pool.fact.holding", "lead.pool.fact.talk", "lead.pool.fact.follow.up")


def _step(dbname, model, step):
    """Whether there is more."""
    with transaction(dbname) as env:
        return getattr(env[model], step)()[1]


def read(dbname, reader, name, options):
    with transaction(dbname) as env:
        report = _report(env, reader)
        if name == "dashboard":
            return report.dashboard(options)
        return report.table(name, options)


def _report(env, reader):
    user = env["res.users"].search([("login", "=", f"bench_{reader}")])
    return env["lead.pool.report"].with_user(user).with_context(tz="Asia/Shanghai")


def group_by(dbname, name, days):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        _group_by(cursor, name, days)
    connection.close()


def _group_by(cursor, name, days):
    """The raw statements of a report; the dashboard shows all of them."""
    for statement in [RAW[name]] if name in RAW else RAW.values():
        cursor.execute(statement, {"start": date.today() - timedelta(days=89) if days == "90" else "2000-01-01"})
        cursor.fetchall()
