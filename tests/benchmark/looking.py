"""What the pool board and My Leads ask the server for: opened, filtered, the tenth page, and how many there are of each
group.

Raw: the statement that reads the same rows. Peer: Odoo's pipeline list and its groups, by turns with ours, of the same
leads in the same database. No count goes beyond 10,000: the web client asks for one more row than it needs to know.
"""

import market
import measure
from department import transaction

PAGE, COUNTED = 80, 10_001
TIMES = 10  # of one run: one alone is over too soon
BOARD = "lead_ref city source_id tag_ids can_claim claim_refusal entered_at".split()
MINE = "name partner_name phone city stage_id reclaim_at user_id".split()
CORE = "name partner_name phone city stage_id expected_revenue user_id".split()
#: ``screen: (model, fields, domain, what it is grouped by)``
SCREENS = {
    "board": ("lead.pool.entry", BOARD, [("state", "=", "waiting")], "pool_id"),
    "mine": ("crm.lead", MINE, [("user_id", "=", "me"), ("pool_state", "=", "held")], "stage_id"),
}
PIPELINE = ("crm.lead", CORE, [("type", "=", "opportunity")], "stage_id")
STEPS = ("open", "filter", "page", "groups")


def run(bench):
    """Rows ``<screen>_<step>``."""
    dbname = bench.filled(prepare, bench.size)
    for screen in SCREENS:
        for step in STEPS:
            sides = {
                "raw": measure.Side(lambda screen=screen: raw(dbname, screen), writes=False),
                "peer": measure.Side(lambda step=step: look(dbname, "bench_boss", PIPELINE, step), writes=False),
                "ours": measure.Side(
                    lambda screen=screen, step=step: look(dbname, "rep1", SCREENS[screen], step), writes=False
                ),
            }
            look(dbname, "rep1", SCREENS[screen], step)  # a server that is awake
            costs = measure.by_turns(dbname, dbname, sides, bench.rounds)
            for one in costs["ours"].runs:
                one.queries = (one.queries - OUTSIDE) / TIMES
            yield measure.row(
                f"{screen}_{step}",
                TIMES,
                costs["ours"],
                costs["raw"],
                peer_s=costs["peer"].median("seconds"),
                target="at most 1.5 times the peer, queries <= 10",
                meets=lambda row, peer=costs["peer"]: (
                    row["ours_s"] <= 1.5 * peer.median("seconds") and row["queries"] <= 10
                ),
            )


OUTSIDE = 1  # queries: who looks


def prepare(dbname, size):
    """A pool in which most leads wait; a rep holds a fifth of them, at most 2,000."""
    with transaction(dbname) as env:
        rep = market.hire(env, 1)
        boss = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": "Boss",
                    "login": "bench_boss",
                    "group_ids": [(6, 0, [env.ref("base.group_user").id, env.ref("lead_pool.group_manager").id])],
                }
            )
        )
        pool = env["lead.pool"].create(
            {
                "name": "Seen",
                "team_id": env["crm.team"].create({"name": "Seen"}).id,
                "member_capacity": 0,
                "member_ids": [(0, 0, {"user_id": rep.id}), (0, 0, {"user_id": boss.id, "role": "admin"})],
            }
        )
        ids = market.write_leads(env, size, team_id=pool.team_id.id)
        held = min(2000, size // 5)
        market.fill(env, pool, ids[:held], rep)
        market.fill(env, pool, ids[held:])


def look(dbname, login, screen, step):
    """What the web client asks for, ``TIMES`` times."""
    model, names, domain, group = screen
    with transaction(dbname) as env:
        user_id = env["res.users"].search([("login", "=", login)]).id
    domain = [(name, operator, user_id if value == "me" else value) for name, operator, value in domain]
    if step == "filter":
        domain = [*domain, ("city", "=", "Wuhan")]
    for _time in range(TIMES):
        with transaction(dbname, user_id) as env:
            records = env[model]
            if step == "groups":
                records.web_read_group(domain, [group], ["__count"])
                continue
            answer = records.web_search_read(
                domain, {name: {} for name in names}, offset=9 * PAGE if step == "page" else 0, limit=PAGE,
                count_limit=COUNTED,
            )  # fmt: skip
            assert answer["length"] <= COUNTED


def raw(dbname, screen):
    with transaction(dbname) as env:
        for _time in range(TIMES):
            if screen == "board":
                env.cr.execute(
                    """SELECT lead_ref, city, source_id, entered_at FROM lead_pool_entry WHERE state = 'waiting'
                        ORDER BY priority DESC, score DESC, id LIMIT %s""",
                    [PAGE],
                )
            else:
                env.cr.execute(
                    """SELECT l.name, l.partner_name, l.phone, l.city, l.stage_id, e.reclaim_at FROM lead_pool_entry e
                         JOIN crm_lead l ON l.id = e.lead_id JOIN res_users u ON u.id = e.user_id
                        WHERE e.state = 'held' AND u.login = 'rep1' ORDER BY l.priority DESC, l.id DESC LIMIT %s""",
                    [PAGE],
                )
            env.cr.fetchall()
