"""Claims by people: one alone, thirty-two on one lead and on the next one, and with an old snapshot in the way.

Raw: of one claim over JSON-2 a call that does nothing, and a message over Odoo's bus in its transaction; of thirty-two
at once thirty-two such calls; of the claims beside an old snapshot the same claims before it. Peer: leads without an
owner that thirty-two salespeople of an Odoo without our add-ons write their own name on.
"""

import concurrent.futures
import contextlib
import re
import threading
import time

import market
import measure
from databases import connect
from department import transaction
from servers import OdooServer, RefusedCall

from odoo.addons.lead_pool.isolation import read_committed

CLERKS, CLAIMS, WORKERS = 32, 60, 4
OLD = 30_000  # claims that an open snapshot makes PostgreSQL keep
IN_LINE = 20  # claims that are measured before and after
LOGGED = re.compile(r'"POST /json/2/(\S+) HTTP/1\.1" 200 - (\d+) ')


def run(bench):
    """Rows ``claim_alone``, ``claim_one_lead``, ``claim_next_lead`` and ``claim_old_snapshot``."""
    with bench.snapshot(prepare, bench.size) as made:
        server = OdooServer(made.work, workers=WORKERS)
        with at_work(server):
            yield from alone(server)
            peer_s = write_own_name(bench)
            yield together(server, "claim_one_lead", one_lead, peer_s, bench.rounds)
            yield together(server, "claim_next_lead", next_lead, peer_s, bench.rounds)
        left = len(waiting(made.work, "In Line", bench.size)) - 2 * IN_LINE
        yield beside_an_old_snapshot(made.work, min(OLD, left))


def prepare(dbname, size):
    """A pool that gives its leads in order of time, another whose leads anybody may choose; all may take all."""
    with transaction(dbname) as env:
        reps = market.hire(env, CLERKS)
        values = {"member_capacity": 0, "member_daily_claim_limit": 0, "reclaim_most": 0}
        pools = [
            env["lead.pool"].create(
                {
                    "name": name,
                    "team_id": env["crm.team"].create({"name": name}).id,
                    "claim_order": order,
                    "member_ids": [(0, 0, {"user_id": rep.id}) for rep in reps],
                    **values,
                }
            )
            for name, order in (("Chosen", "free"), ("In Line", "oldest"))
        ]
        ids = market.write_leads(env, size)
        market.fill(env, pools[0], ids[: size // 4])
        market.fill(env, pools[1], ids[size // 4 :])


@contextlib.contextmanager
def at_work(server):
    """A server whose processes are awake."""
    for number in range(1, CLERKS + 1):
        server.api_key(f"rep{number}")
    server.start()
    try:
        at_once(lambda number: nothing(server, number))
        yield
    finally:
        server.stop()


# ── over HTTP ─────────────────────────────────────────────────────────────────────────────────────


def nothing(server, number):
    return server.call("res.users", "context_get", login=f"rep{number}")


def waiting(dbname, pool, most):
    """Ids of entries that wait in the pool of this name."""
    with transaction(dbname) as env:
        asked = [("pool_id.name", "=", pool), ("state", "=", "waiting")]
        return env["lead.pool.entry"].search(asked, order="id", limit=most).ids


def timed(work):
    began = time.perf_counter()
    answer = work()
    return time.perf_counter() - began, answer


def alone(server):
    """Claims of one rep, each after the other."""
    calls, messages, claims = measure.Costs(), measure.Costs(), measure.Costs()
    for entry in waiting(server.dbname, "Chosen", CLAIMS):
        calls.runs.append(measure.Cost(timed(lambda: nothing(server, 1))[0]))
        messages.runs.append(measure.Cost(timed(lambda: send(server.dbname))[0]))
        seconds, [answer] = timed(
            lambda entry=entry: server.call("lead.pool.entry", "action_claim", login="rep1", ids=[entry])
        )
        assert answer["done"], answer
        claims.runs.append(measure.Cost(seconds))
    logged = [
        int(queries)
        for path, queries in LOGGED.findall(server.log.read_text(encoding="utf-8"))
        if path == "lead.pool.entry/action_claim"
    ]
    for cost, queries in zip(claims.runs, logged[-len(claims.runs) :], strict=True):
        cost.queries = queries
    for call, message in zip(calls.runs, messages.runs, strict=True):
        call.seconds += message.seconds
    yield measure.row(
        "claim_alone",
        1,
        claims,
        calls,
        target="ratio_raw <= 2, queries <= 15",
        meets=lambda row: row["ratio_raw"] <= 2 and row["queries"] <= 15,
    )


def send(dbname):
    with transaction(dbname) as env:
        env["lead.pool"].search([], limit=1)._bus_send("lead_pool/changed", {"pool": 0, "gone": [], "come": 0})


def at_once(work):
    """``work(number)`` of all clerks at the same moment: ``[(seconds, answer)]``."""
    barrier = threading.Barrier(CLERKS)

    def one(number):
        barrier.wait()
        return timed(lambda: work(number))

    with concurrent.futures.ThreadPoolExecutor(CLERKS) as pool:
        return list(pool.map(one, range(1, CLERKS + 1)))


def one_lead(server):
    """All claim the same lead; one gets it."""
    [entry] = waiting(server.dbname, "Chosen", 1)
    results = at_once(lambda n: server.call("lead.pool.entry", "action_claim", login=f"rep{n}", ids=[entry]))
    assert sum(answer["done"] for _seconds, [answer] in results) == 1
    return results


def next_lead(server):
    """Each gets one of the leads that wait longest, no two the same."""
    with transaction(server.dbname) as env:
        pool = env["lead.pool"].search([("name", "=", "In Line")]).id
    results = at_once(lambda n: server.call("lead.pool", "action_pull_next", login=f"rep{n}", ids=[pool]))
    answers = [answer for _seconds, [answer] in results]
    assert all(answer["done"] for answer in answers), answers
    assert len({answer["id"] for answer in answers}) == CLERKS
    return results


def together(server, name, work, peer_s, rounds):
    """The slowest of thirty-two, of several rounds in the middle."""
    ours, raw = measure.Costs(), measure.Costs()
    for _round in range(rounds):
        raw.runs.append(slowest(at_once(lambda number: nothing(server, number))))
        ours.runs.append(slowest(work(server)))
    log = server.log.read_text(encoding="utf-8")
    ours.runs[-1].retries = len(re.findall("SERIALIZATION_FAILURE|could not serialize|deadlock", log))
    return measure.row(
        name,
        CLERKS,
        ours,
        raw,
        peer_s=peer_s,
        target="ratio_peer >= 15, no retry",
        meets=lambda row: not row["retries"] and (row["peer_s"] is None or row["ratio_peer"] >= 15),
    )


def slowest(results):
    return measure.Cost(max(seconds for seconds, _answer in results))


def write_own_name(bench):
    """Seconds of the slowest of thirty-two who write their own name on one lead, as Odoo has it done."""
    with bench.database(bench.plain) as dbname:
        measure.in_child(prepare_plain, dbname)
        server = OdooServer(dbname, workers=WORKERS)
        with at_work(server):
            with transaction(dbname) as env:
                users = {user.login: user.id for user in env["res.users"].search([("login", "=like", "rep%")])}
                leads = env["crm.lead"].search([("name", "=like", "Lead %")], limit=3).ids
            took = []
            for lead in leads:
                results = at_once(lambda n, lead=lead: own(server, n, users[f"rep{n}"], lead))
                took.append(max(seconds for seconds, _answer in results))
    print(f"peer: the slowest of {CLERKS} who write their name on one lead: {', '.join(f'{s:.2f}' for s in took)} s")
    return sorted(took)[len(took) // 2]


def own(server, number, user_id, lead):
    with contextlib.suppress(RefusedCall):  # tried again and again, in vain
        server.call("crm.lead", "write", login=f"rep{number}", ids=[lead], vals={"user_id": user_id})


def prepare_plain(dbname):
    with transaction(dbname) as env:
        reps = market.hire(env, CLERKS)
        reps.group_ids |= env.ref("sales_team.group_sale_salesman_all_leads")
        market.write_leads(env, 10, duplicates=False)


# ── an old snapshot ───────────────────────────────────────────────────────────────────────────────


def beside_an_old_snapshot(dbname, number):
    """The next lead of an ordered pool, before and after so many claims that a report still sees as waiting."""
    before, after = measure.Costs(), measure.Costs()
    with transaction(dbname) as env:
        pool = env["lead.pool"].search([("name", "=", "In Line")])
        rep = pool.member_ids.user_id[:1]
        pool_id, rep_id = pool.id, rep.id
    for _claim in range(IN_LINE):
        before.runs.append(measure.Cost(timed(lambda: pull(dbname, pool_id, rep_id))[0]))
    old = connect(dbname)
    old.set_session(isolation_level="REPEATABLE READ", readonly=True)
    with old.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM lead_pool_entry")
        began = time.perf_counter()
        give_out(dbname, pool_id, rep_id, number)
        print(f"old snapshot: {number} claims in {time.perf_counter() - began:.0f} s")
        for _claim in range(IN_LINE):
            after.runs.append(measure.Cost(timed(lambda: pull(dbname, pool_id, rep_id))[0]))
        cursor.execute("SELECT count(*) FROM lead_pool_entry WHERE state = 'waiting'")
    old.close()
    return measure.row(
        "claim_old_snapshot",
        number,
        after,
        before,
        target="ratio_raw <= 3",
        meets=lambda row: row["ratio_raw"] <= 3,
    )


def pull(dbname, pool_id, user_id):
    with transaction(dbname, user_id) as env:
        read_committed(env.cr)
        [answer] = env["lead.pool"].browse(pool_id).action_pull_next()
        assert answer["done"], answer


def give_out(dbname, pool_id, user_id, number):
    """The first of the line, by the hundred."""
    while number > 0:
        with transaction(dbname) as env:
            read_committed(env.cr)
            asked = [("pool_id", "=", pool_id), ("state", "=", "waiting")]
            entries = env["lead.pool.entry"].search(asked, order="entered_at, id", limit=min(100, number))
            answers = entries.action_assign(user_id)
            assert all(answer["done"] for answer in answers), answers
            number -= len(answers)
