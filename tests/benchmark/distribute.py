"""What waits in one pool is given out to 100 members by the scheduled action, to the last lead.

Raw: the one statement that cannot be avoided, an UPDATE of owner, team and date for the same leads. Peer: what Odoo's
own scheduled assignment takes from leads without team and owner to leads with an owner.
"""

import market
import measure
from databases import connect
from department import transaction
from peer import assignment_seconds

MEMBERS = 100
MOST = {"set": 100_000, "faithful": 10_000}  # leads to give out; the others wait in a pool without distribution
LEADS_A_SECOND = 450  # by the ORM's own write


def run(bench):
    """Rows ``distribute_set`` and ``distribute_faithful``."""
    peers = {}
    for mode, most in MOST.items():
        number = min(bench.size, most)
        with bench.snapshot(lambda dbname, number=number, mode=mode: prepare(dbname, bench.size, number, mode)) as made:
            warm_up(made.work)
            costs = measure.by_turns(
                made.snapshot,
                made.work,
                {"raw": lambda: update(made.work), "ours": lambda: give_out(made.work)},
                bench.rounds,
            )
            check(made.work)
        if number not in peers:
            peers[number] = assignment_seconds(bench, number)
        yield measure.row(
            f"distribute_{mode}", number, costs["ours"], costs["raw"], peer_s=peers[number], **TARGETS[mode]
        )


TARGETS = {
    "set": {
        "target": "ratio_raw <= 1.5, ratio_peer >= 100",
        "meets": lambda row: row["ratio_raw"] <= 1.5 and (not row["peer_s"] or row["ratio_peer"] >= 100),
    },
    "faithful": {
        "target": f"{LEADS_A_SECOND} leads/s",
        "meets": lambda row: row["size"] / row["ours_s"] >= LEADS_A_SECOND,
    },
}


def prepare(dbname, size, number, mode):
    """A pool of ``MEMBERS`` in which ``number`` of ``size`` leads wait; the mode is chosen as a database chooses it."""
    with transaction(dbname) as env:
        reps = market.hire(env, MEMBERS)
        team = env["crm.team"].create({"name": "Hot"})
        values = {"team_id": team.id, "member_capacity": 0, "member_daily_claim_limit": 0}
        cold = env["lead.pool"].create({"name": "Cold", **values})
        hot = env["lead.pool"].create(
            {"name": "Hot", "strategy": "rotation", **values, "member_ids": [(0, 0, {"user_id": rep.id}) for rep in reps]}
        )
        if mode == "faithful":
            other = env["crm.team"].create({"name": "Other"})
            env["crm.stage"].create({"name": "Only Others", "sequence": 99, "team_ids": [(6, 0, other.ids)]})
        ids = market.write_leads(env, size, team_id=team.id)
        market.fill(env, hot, ids[:number])
        market.fill(env, cold, ids[number:])
        assert env["crm.lead"]._pool_write_mode() == mode, env["crm.lead"]._pool_write_obstacle()


def warm_up(dbname):
    """What a server that has run a while has in its caches."""
    with transaction(dbname) as env:
        env["lead.pool"].search([("name", "=", "Hot")])._distribute(20)
        env.cr.rollback()


def give_out(dbname):
    with transaction(dbname) as env:
        env["lead.pool"]._cron_distribute()


def update(dbname):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """UPDATE crm_lead l SET user_id = m.user_id, team_id = p.team_id, date_open = now() AT TIME ZONE 'UTC'
                 FROM lead_pool_entry e JOIN lead_pool p ON p.id = e.pool_id AND p.strategy <> 'manual',
                      (SELECT user_id, row_number() OVER (ORDER BY id) - 1 AS turn FROM lead_pool_member) m
                WHERE e.lead_id = l.id AND m.turn = e.id %% %s""",
            [MEMBERS],
        )
    connection.close()


def check(dbname):
    """The last run did what it promises: all given out, evenly, and the books are right."""
    with transaction(dbname) as env:
        hot = env["lead.pool"].search([("name", "=", "Hot")])
        held = hot.member_ids.mapped("held")
        assert hot.waiting_count == 0, f"{hot.waiting_count} leads still wait"
        assert max(held) - min(held) <= 1, f"from {min(held)} to {max(held)} leads a member"
        assert not env["lead.pool"]._health_problems()
