"""Ninety days of a pool of 100 members are replayed under its rules and under edited ones, as the simulator does.

Ours: all batches of one run, from the reading of the ledger to the figures. Raw: reading the rows of the ledger that a
replay needs, without looking at them. There is no peer: Odoo has nothing like it. The history is written by the product
itself, day by day, with its clock turned back; only follow-ups are noted without their records.
"""

import contextlib
import random
import time
from datetime import timedelta

import market
import measure
from databases import connect
from department import transaction

MEMBERS, DAYS = 100, 90
MOST = 50_000  # leads of one run
LONGEST_BATCH = 5.0  # seconds; somebody who cancels waits so long
SECONDS = 20.0  # for all of it
MEMORY = 300  # MB


def run(bench):
    """One row, ``simulate``."""
    number = min(bench.size, MOST)
    with bench.snapshot(prepare, number) as made:
        batches = []
        sides = {
            "raw": measure.Side(lambda: read(made.work)),
            "ours": measure.Side(lambda: batches.append(simulate(made.work))),
        }
        costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
    longest = max(map(max, batches))
    print(f"simulate: {len(batches[-1])} batches, the longest {longest:.1f} s")
    yield measure.row(
        "simulate",
        number,
        costs["ours"],
        costs["raw"],
        target=f"{SECONDS:.0f} s, {MEMORY} MB, batches of {LONGEST_BATCH:.0f} s",
        meets=lambda row: row["ours_s"] <= SECONDS and row["rss_mb"] <= MEMORY and longest <= LONGEST_BATCH,
    )


def prepare(dbname, number):
    """``number`` leads came within ``DAYS`` days, were given out, worked on, given back and taken back."""
    dice = random.Random(market.SEED)
    with transaction(dbname) as env:
        reps = market.hire(env, MEMBERS)
        team = env["crm.team"].create({"name": "Hot"})
        pool = env["lead.pool"].create(
            {
                "name": "Hot",
                "team_id": team.id,
                "strategy": "rotation",
                "member_daily_claim_limit": 0,
                "member_capacity": max(number // MEMBERS, 10),
                "reclaim_most": 0,
                "reclaim_rule_ids": [
                    (0, 0, {"name": "Urgent", "domain": "[('priority', '=', '2')]", "no_follow_up_days": 3}),
                    (0, 0, {"name": "Five days", "no_follow_up_days": 5, "working": True}),
                ],
                "member_ids": [(0, 0, {"user_id": rep.id, "weight": 1 + n % 3}) for n, rep in enumerate(reps)],
            }
        )
        ids = market.write_leads(env, number, team_id=team.id)
        begin = pool._now() - timedelta(days=DAYS) + timedelta(hours=2)
        for day in range(DAYS):
            arrived = ids[number * day // DAYS : number * (day + 1) // DAYS]
            with clock(env, begin + timedelta(days=day)):
                give_out(env, pool, arrived)
            with clock(env, begin + timedelta(days=day, hours=6)):
                work(env, pool, dice)


@contextlib.contextmanager
def clock(env, moment):
    """It is ``moment`` for the product."""
    Pool = env.registry["lead.pool"]
    now, Pool._now = Pool._now, lambda *_args: moment
    try:
        yield
    finally:
        Pool._now = now


def give_out(env, pool, arrived):
    """In the morning: what is due goes back, leads come and are given out."""
    while env["lead.pool.entry"].sudo()._reclaim_due():
        env.cr.commit()
    market.fill(env, pool, arrived)
    while pool.waiting_count and any(answer["done"] for answer in pool._distribute()):
        env.invalidate_all()
    env.cr.commit()


def work(env, pool, dice):
    """In the afternoon: some of what is held is worked on, given back or converted."""
    from odoo.addons.lead_pool.models.verbs.ledger import Move

    env.invalidate_all()
    Entry = env["lead.pool.entry"].sudo()
    held = Entry.search([("pool_id", "=", pool.id), ("state", "=", "held")])
    locked = held._lock(wait=True)
    fates = {row.id: dice.random() for row in locked.rows.values()}
    touched = [row for row in locked.rows.values() if fates[row.id] < 0.3]
    Entry._note_events(touched, "follow_up", locked.now)
    env.cr.execute(
        "UPDATE lead_pool_entry SET last_follow_up_at = %s WHERE id = ANY(%s)", [locked.now, [r.id for r in touched]]
    )
    env.invalidate_all()
    Entry.browse(row.id for row in touched)._refresh_deadlines()
    back = [row for row in locked.rows.values() if fates[row.id] > 0.98]
    done = [row for row in locked.rows.values() if 0.94 < fates[row.id] <= 0.98]
    moves = [Move(row, "returned", "waiting", end_reason="returned") for row in back]
    moves += [
        Move(row, "converted", "closed", closed_as="converted", end_reason="converted", detail={"won": True})
        for row in done
    ]
    Entry._apply(moves, locked)
    env.cr.commit()
    env.invalidate_all()


def simulate(dbname):
    """Seconds of each batch of one run in the background."""
    seconds = []
    with transaction(dbname) as env:
        pool = env["lead.pool"].search([("name", "=", "Hot")])
        pool_rules = {
            "member_ids": [{"user_id": "rep1", "weight": 5}],
            "reclaim_rule_ids": [{"name": "Four days", "no_follow_up_days": 4, "working": True}],
        }
        run_id = pool.action_simulate(DAYS, pool_rules)
        record = env["lead.pool.simulation"].browse(run_id)
        seconds += [0.0]
        while record.state in ("waiting", "running"):
            began = time.perf_counter()
            record.job_id._work()
            seconds.append(time.perf_counter() - began)
        result = record.result
        assert result, record.job_id.problem
        assert result["before"]["distributed"] > len(result["before"]["members"])
        same, given = result["same"], result["given"]
        print(f"simulate: {same} of {given} given to the same rep under the present rules")
    return seconds


def read(dbname):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.id, e.date, e.kind, e.lead_ref, e.pool_ref, e.from_pool_ref, e.user_ref, e.from_user_ref,
                      e.detail
                 FROM lead_pool_event e JOIN lead_pool p ON p.id = e.pool_ref WHERE e.date > now() - interval '90 days'
                ORDER BY e.id"""
        )
        cursor.fetchall()
    connection.close()
