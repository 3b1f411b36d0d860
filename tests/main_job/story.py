"""Run in `odoo shell` after the import: three weeks of work, the books balanced after every step.

Reads `STORY`, a JSON object: `leads` (how many the file has), `expected` ({pool: how many of them enter it}),
`values` ({field: {value: how many}}). Prints a line `@@ {"step", "seconds", …}` for each step.
"""

import collections
import json
import os
import random
import time
from datetime import timedelta

from odoo.addons.lead_pool.models.pool.clock import LeadPoolClock

STORY = json.loads(os.environ["STORY"])
env = globals()["env"]
clock = LeadPoolClock(env["lead.pool"]._now())
env = env(context={**env.context, "lead_pool_clock": clock})
dice = random.Random(7)
pools = {pool.name: pool for pool in env["lead.pool"].search([])}
Entry = env["lead.pool.entry"]
reps = env["lead.pool.member"].search([("role", "=", "member")], order="id").user_id
reason = {kind: env["lead.pool.reason"].search([("kind", "=", kind)], limit=1).id for kind in ("return", "invalid")}

#: What an event makes of a lead.
HELD = {"claimed", "assigned", "distributed", "reassigned"}
WAITING = {"entered", "returned", "reclaimed", "recalled", "transferred"}
CLOSED = {"converted", "invalid", "lost", "merged", "deleted"}
SILENT = {"follow_up", "warned", "card_opened", "not_distributed", "locked", "unlocked", "extended"}


def rows(query):
    env.flush_all()
    env.cr.execute(query)
    return env.cr.fetchall()


def same(what, left, right):
    assert left == right, f"{what}: {left} != {right}"


def balance(step):
    """The books: entry, events and holdings tell the same, and no lead is lost."""
    entries = rows(
        "SELECT lead_ref, pool_id, state, COALESCE(closed_as, ''), COALESCE(user_id, 0) FROM lead_pool_entry"
    )
    now = collections.Counter((pool, state, closed_as) for _lead, pool, state, closed_as, _user in entries)
    for pool in {pool for pool, _state, _closed_as in now}:
        entered = sum(1 for row in entries if row[1] == pool)
        counts = collections.Counter(row[2] for row in entries if row[1] == pool)
        same(f"{step}: entered = waiting + held + closed", entered, sum(counts.values()))
        assert set(counts) <= {"waiting", "held", "closed"}, counts

    # the same, told by the events alone, one after the other
    place, entered = {}, collections.Counter()
    events = rows(
        "SELECT lead_ref, kind, pool_ref, from_pool_ref, user_ref FROM lead_pool_event ORDER BY lead_ref, seq"
    )
    for lead, kind, pool, from_pool, user in events:
        if kind in SILENT:
            continue
        if kind == "entered":
            assert lead not in place, f"{step}: lead {lead} entered twice"
        if kind == "entered" or from_pool:
            entered[pool] += 1
            entered[from_pool] -= bool(from_pool)
        if kind in CLOSED:
            place[lead] = (pool, "closed", kind, user or 0)
        else:
            assert kind in HELD | WAITING, f"{step}: unknown event {kind}"
            place[lead] = (pool, "held", "", user) if kind in HELD else (pool, "waiting", "", 0)
    told = {lead: (pool, state, closed_as, user) for lead, pool, state, closed_as, user in entries}
    for lead, (pool, state, closed_as, user) in told.items():
        same(f"{step}: lead {lead}, entry and events", (pool, state, closed_as), place[lead][:3])
        if state == "held":
            same(f"{step}: holder of lead {lead}", user, place[lead][3])
    same(f"{step}: leads with events", len(place), len(told))
    by_pool = collections.Counter(pool for pool, *_rest in told.values())
    same(f"{step}: entered, less transferred away, by events", +entered, +by_pool)

    # and by the holdings
    open_now = dict(rows("SELECT lead_ref, user_id FROM lead_pool_holding WHERE ended_at IS NULL"))
    same(
        f"{step}: open holdings",
        open_now,
        {lead: user for lead, (_pool, state, _as, user) in told.items() if state == "held"},
    )
    [[holdings]] = rows("SELECT count(*) FROM lead_pool_holding")
    same(f"{step}: holdings begun", holdings, sum(1 for event in events if event[1] in HELD))
    ended = dict(rows("SELECT end_reason, count(*) FROM lead_pool_holding WHERE ended_at IS NOT NULL GROUP BY 1"))
    kinds = collections.Counter(event[1] for event in events)
    for why in ("returned", "reclaimed", "reassigned"):
        same(f"{step}: holdings {why}", ended.get(why, 0), kinds[why])

    # no lead lost, nobody above his limit, nothing that a check finds
    [[leads, in_pool]] = rows("SELECT count(*), count(*) FILTER (WHERE pool_id IS NOT NULL) FROM crm_lead")
    same(f"{step}: leads", (leads, in_pool), (STORY["leads"] + STORY["before"], STORY["leads"]))
    same(f"{step}: over capacity", rows("SELECT user_id FROM lead_pool_member WHERE held > capacity"), [])
    same(f"{step}: health", env["lead.pool"]._health_problems(), [])
    same(f"{step}: chains", env["lead.pool.event"]._broken_chains(), {})
    states = collections.Counter(closed_as or state for _lead, _pool, state, closed_as, _user in entries)
    return dict(states)


def step(work):
    """Do it, commit, balance the books, tell how long it took."""
    began = time.monotonic()
    count = work()
    env.cr.commit()
    worked = time.monotonic()
    states = balance(work.__name__)
    env.invalidate_all()
    told = {
        "step": work.__name__.replace("_", " "),
        "count": count,
        "seconds": round(worked - began, 1),
        "balancing": round(time.monotonic() - worked, 1),
        **states,
    }
    print("@@ " + json.dumps(told), flush=True)


def acting(rep, model, ids=()):
    return env(user=rep.id, su=False)[model].browse(ids)


def done(answers):
    return sum(answer["done"] for answer in answers)


def held_by(rep, limit=None):
    return Entry.search([("state", "=", "held"), ("user_id", "=", rep.id)], order="id", limit=limit)


# ── the story ─────────────────────────────────────────────────────────────────────────────────────────────────────


def imported():
    """Each lead is in the pool that the entry conditions say, with the values of the file."""
    entered = {name: Entry.search_count([("pool_id", "=", pool.id)]) for name, pool in pools.items()}
    same("leads by pool", entered, {name: STORY["expected"].get(name, 0) for name in pools})
    for name, expected in STORY["values"].items():
        groups = env["crm.lead"]._read_group([("pool_id", "!=", False)], [name], ["__count"])
        got = {(group.display_name if hasattr(group, "display_name") else group) or "": n for group, n in groups}
        got.pop("", None)
        same(f"values of {name}", got, expected)
    shown = Entry._read_group([("tag_ids", "!=", False)], ["tag_ids"], ["__count"])
    same("tags that members see", {tag.name: count for tag, count in shown}, STORY["values"]["tag_ids"])
    return sum(entered.values())


def distributed():
    env["lead.pool"]._cron_distribute()
    held = Entry.search([("state", "=", "held")])
    same("only rotation distributes", set(held.pool_id.mapped("strategy")), {"rotation"})
    for name in ("Chat", "Search"):
        members = pools[name].member_ids
        room, arrived = sum(members.mapped("capacity")), STORY["expected"].get(name, 0)
        same(f"{name}: given out", sum(members.mapped("held")), min(room, arrived))
    return len(held)


def claimed():
    """Every rep of the other pools claims 45 at a go, of 40 a day; a colleague wants the same ones."""
    count = 0
    for pool in pools.values():
        if pool.strategy != "manual":
            continue
        for rep, colleague in zip(pool.member_ids[::2].user_id, pool.member_ids[1::2].user_id, strict=True):
            board = acting(rep, "lead.pool.entry").search(
                [("state", "=", "waiting"), ("pool_id", "=", pool.id)], limit=45
            )
            answers = board.action_claim()
            same("claims a day", done(answers), min(40, len(board)))
            same("the rest", {a["code"] for a in answers if not a["done"]} - {"daily_limit"}, set())
            late = acting(colleague, "lead.pool.entry", [a["id"] for a in answers if a["done"]]).action_claim()
            same("the same leads again", {a["code"] for a in late}, {"taken"})
            board = acting(colleague, "lead.pool.entry").search(
                [("state", "=", "waiting"), ("pool_id", "=", pool.id)], limit=30
            )
            count += done(answers) + done(board.action_claim())
    return count


def followed_up():
    clock.now += timedelta(days=2)
    kind = env.ref("lead_pool.follow_up_type_call").id
    level = env.ref("lead_pool.follow_up_level_interested").id
    count = 0
    for rep in reps:
        for entry in held_by(rep, 12):
            lead = acting(rep, "crm.lead", [entry.lead_id.id])
            lead.action_follow_up({"type_id": kind, "level_id": level, "note": f"Talked about the course, {count}."})
            count += 1
    same("follow-ups", env["lead.follow.up"].search_count([("counts", "=", True)]), count)
    return count


def reclaimed():
    """Two days later all that were never touched go back, the others stay."""
    clock.now += timedelta(days=2)
    held = Entry.search([("state", "=", "held")])
    due = held.filtered(lambda entry: not entry.last_follow_up_at)
    Entry._cron_reclaim()
    env.invalidate_all()
    same("went back", set(due.mapped("state")), {"waiting"})
    same("stayed", set((held - due).mapped("state")), {"held"})
    assert all(entry.reclaim_at > clock.now for entry in held - due)
    return len(due)


def returned():
    count = 0
    for rep in reps:
        mine = held_by(rep)
        chosen = dice.sample(mine.ids, min(3, len(mine)))
        count += done(acting(rep, "lead.pool.entry", chosen).action_return(reason["return"], note="Nobody answers"))
        again = acting(rep, "lead.pool.entry", chosen).action_return(reason["return"])
        same("no longer his", {answer["done"] for answer in again}, {False} if chosen else set())
    return count


def marked_invalid():
    count = 0
    for rep in reps:
        mine = held_by(rep)
        chosen = dice.sample(mine.ids, min(2, len(mine)))
        count += done(acting(rep, "lead.pool.entry", chosen).action_mark_invalid(reason["invalid"]))
    same("invalid", Entry.search_count([("closed_as", "=", "invalid")]), count)
    return count


def converted():
    count = 0
    for number, rep in enumerate(reps):
        for entry in held_by(rep, 3):
            lead = acting(rep, "crm.lead", [entry.lead_id.id])
            made = lead.action_convert({"create_order": number % 3 == 0})
            same("opportunity", made["opportunity_id"], lead.id)
            assert made["partner_id"] and bool(made["order_id"]) == (number % 3 == 0), made
            count += 1
    same("converted", Entry.search_count([("closed_as", "=", "converted")]), count)
    return count


def lost():
    count = 0
    for rep in reps[::3]:
        for entry in held_by(rep, 2):
            acting(rep, "crm.lead", [entry.lead_id.id]).action_set_lost()
            count += 1
    same("lost", Entry.search_count([("closed_as", "=", "lost")]), count)
    return count


def transferred_and_assigned():
    """The manager moves what waits too long, and fills the desks of one team."""
    waiting = Entry.search([("state", "=", "waiting"), ("pool_id", "=", pools["Search"].id)], limit=200)
    count = done(waiting.action_transfer(pools["Management"].id))
    same("transferred", count, len(waiting))
    waiting = Entry.search([("state", "=", "waiting"), ("pool_id", "=", pools["Management"].id)], limit=60)
    for member in pools["Management"].member_ids:
        room = max(min(10, member.capacity - member.held), 0)
        chosen, waiting = waiting[:room], waiting[room:]
        given = done(chosen.action_assign(member.user_id.id))
        same("assigned", given, len(chosen))
        count += given
    return count


def distributed_again():
    before = Entry.search_count([("state", "=", "held")])
    env["lead.pool"]._cron_distribute()
    return Entry.search_count([("state", "=", "held")]) - before


def a_week_later():
    """Nobody does anything: everything that is held goes back."""
    clock.now += timedelta(days=8)
    held = Entry.search_count([("state", "=", "held")])
    Entry._cron_reclaim()
    same("still held", Entry.search_count([("state", "=", "held")]), 0)
    return held


for work in (
    imported,
    distributed,
    claimed,
    followed_up,
    reclaimed,
    returned,
    marked_invalid,
    converted,
    lost,
    transferred_and_assigned,
    distributed_again,
    a_week_later,
):
    step(work)
