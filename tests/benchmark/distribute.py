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
    sizes = {mode: min(bench.size, most) for mode, most in MOST.items()}
    for number in sorted(set(sizes.values()), reverse=True):
        modes = [mode for mode, size in sizes.items() if size == number]
        with bench.snapshot(prepare, bench.size, number) as made:
            warm_up(made.work)
            sides = {"raw": measure.Side(lambda: update(made.work))}
            for mode in modes:
                sides[mode] = measure.Side(lambda: give_out(made.work), lambda mode=mode: choose(made.work, mode))
            costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
            check(made.work)
        peer_s = assignment_seconds(bench, number)
        for mode in modes:
            yield measure.row(
                f"distribute_{mode}", number, costs[mode], costs["raw"], peer_s=peer_s, **TARGETS[mode]
            )  # fmt: skip


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


def prepare(dbname, size, number):
    """A pool of ``MEMBERS`` in which ``number`` of ``size`` leads wait."""
    with transaction(dbname) as env:
        reps = market.hire(env, MEMBERS)
        team = env["crm.team"].create({"name": "Hot"})
        values = {"team_id": team.id, "member_capacity": 0, "member_daily_claim_limit": 0}
        cold = env["lead.pool"].create({"name": "Cold", **values})
        hot = env["lead.pool"].create(
            {
                "name": "Hot",
                "strategy": "rotation",
                **values,
                "member_ids": [(0, 0, {"user_id": rep.id}) for rep in reps],
            }
        )
        ids = market.write_leads(env, size, team_id=team.id)
        market.fill(env, hot, ids[:number])
        market.fill(env, cold, ids[number:])


def choose(dbname, mode):
    """Have owners written in this way, for the reason for which a company's database would."""
    with transaction(dbname) as env:
        if mode == "faithful":
            other = env["crm.team"].create({"name": "Other"})
            env["crm.stage"].create({"name": "Only Others", "sequence": 99, "team_ids": [(6, 0, other.ids)]})
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
