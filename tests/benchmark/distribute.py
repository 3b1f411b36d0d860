"""What waits in one pool is given out to 100 members by the scheduled action, to the last lead.

Raw: an UPDATE of owner, team and date for the same leads, so what it takes to give leads out without keeping a place,
a ledger or a limit. Of ``distribute_set_rows`` raw is all that has to be written for those: the same UPDATE, and the
place, the holding, the event with its hash, the follower, the counters; a statement a table. Peer: what Odoo's own
scheduled assignment takes from leads without team and owner to leads with an owner.
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
    """Rows ``distribute_set``, ``distribute_set_rows`` and ``distribute_faithful``."""
    sizes = {mode: min(bench.size, most) for mode, most in MOST.items()}
    for number in sorted(set(sizes.values()), reverse=True):
        modes = [mode for mode, size in sizes.items() if size == number]
        with bench.snapshot(prepare, bench.size, number) as made:
            warm_up(made.work)
            sides = {
                "raw": measure.Side(lambda: update(made.work)),
                "rows": measure.Side(lambda: write_rows(made.work)),
            }
            for mode in modes:
                sides[mode] = measure.Side(lambda: give_out(made.work), lambda mode=mode: choose(made.work, mode))
            costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
            check(made.work)
        peer_s = assignment_seconds(bench, number)
        for mode in modes:
            yield measure.row(
                f"distribute_{mode}", number, costs[mode], costs["raw"], peer_s=peer_s, **TARGETS[mode]
            )  # fmt: skip
        if "set" in modes:
            yield measure.row(
                "distribute_set_rows", number, costs["set"], costs["rows"], peer_s=peer_s, **TARGETS["rows"]
            )  # fmt: skip


TARGETS = {
    "set": {
        "target": "ratio_raw <= 1.5, ratio_peer >= 100",
        "meets": lambda row: row["ratio_raw"] <= 1.5 and (not row["peer_s"] or row["ratio_peer"] >= 100),
    },
    "rows": {"target": "ratio_raw <= 1.5", "meets": lambda row: row["ratio_raw"] <= 1.5},
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


UPDATE = """UPDATE crm_lead l SET user_id = m.user_id, team_id = p.team_id, date_open = now() AT TIME ZONE 'UTC'
              FROM lead_pool_entry e JOIN lead_pool p ON p.id = e.pool_id AND p.strategy <> 'manual',
                   (SELECT user_id, row_number() OVER (ORDER BY id) - 1 AS turn FROM lead_pool_member) m
             WHERE e.lead_id = l.id AND m.turn = e.id %% %(members)s"""
#: Who gets what, and the rows that follow from it.
WRITE = (
    UPDATE,
    """CREATE TEMP TABLE given ON COMMIT DROP AS
       SELECT e.id, e.lead_id, e.lead_ref, e.pool_id, e.company_id, m.user_id, u.partner_id, e.epoch + 1 AS epoch,
              e.holders + 1 AS holders, e.event_seq + 1 AS seq, e.event_hash AS prev_hash,
              encode(sha256(convert_to(concat_ws(',', e.event_hash, e.lead_ref, m.user_id), 'UTF8')), 'hex') AS hash,
              date_trunc('second', now() AT TIME ZONE 'UTC') AS at
         FROM lead_pool_entry e JOIN lead_pool p ON p.id = e.pool_id AND p.strategy <> 'manual'
         JOIN (SELECT user_id, row_number() OVER (ORDER BY id) - 1 AS turn FROM lead_pool_member) m
           ON m.turn = e.id %% %(members)s
         JOIN res_users u ON u.id = m.user_id""",
    """UPDATE lead_pool_rep t SET held = held + g.n FROM (SELECT user_id, count(*) AS n FROM given GROUP BY 1) g
        WHERE t.user_id = g.user_id""",
    """UPDATE lead_pool_member t SET held = held + g.n
         FROM (SELECT user_id, pool_id, count(*) AS n FROM given GROUP BY 1, 2) g
        WHERE t.user_id = g.user_id AND t.pool_id = g.pool_id""",
    """UPDATE lead_pool_entry e SET state = 'held', user_id = g.user_id, epoch = g.epoch, held_since = g.at,
              holders = g.holders, event_seq = g.seq, event_hash = g.hash
         FROM given g WHERE g.id = e.id""",
    """INSERT INTO lead_pool_holding (lead_id, lead_ref, pool_id, user_id, company_id, epoch, ordinal, started_at,
                                      origin)
       SELECT lead_id, lead_ref, pool_id, user_id, company_id, epoch, holders, at, 'distributed' FROM given""",
    """INSERT INTO lead_pool_event (date, kind, lead_ref, seq, pool_ref, pool_name, user_ref, user_name, actor_ref,
                                    actor_name, company_ref, epoch, detail, prev_hash, hash)
       SELECT at, 'distributed', lead_ref, seq, pool_id, 'Hot', user_id, 'Rep', 1, 'OdooBot', company_id, epoch,
              '{"rank": 1, "unit": "credit", "value": 0.5, "next": 1, "next_value": 0.5}', prev_hash, hash
         FROM given""",
    """WITH fresh AS (INSERT INTO mail_followers (res_model, res_id, partner_id)
                      SELECT 'crm.lead', lead_id, partner_id FROM given RETURNING id)
       INSERT INTO mail_followers_mail_message_subtype_rel (mail_followers_id, mail_message_subtype_id)
       SELECT fresh.id, s.id FROM fresh, mail_message_subtype s
        WHERE s."default" AND (s.res_model IS NULL OR s.res_model = 'crm.lead')""",
)


def update(dbname):
    execute(dbname, UPDATE)


def write_rows(dbname):
    execute(dbname, *WRITE)


def execute(dbname, *statements):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, {"members": MEMBERS})
    connection.close()


def check(dbname):
    """The last run did what it promises: all given out, evenly, and the books are right."""
    with transaction(dbname) as env:
        hot = env["lead.pool"].search([("name", "=", "Hot")])
        held = hot.member_ids.mapped("held")
        assert hot.waiting_count == 0, f"{hot.waiting_count} leads still wait"
        assert max(held) - min(held) <= 1, f"from {min(held)} to {max(held)} leads a member"
        assert not env["lead.pool"]._health_problems()
