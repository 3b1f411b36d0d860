"""The scheduled action that takes back what is due: a run that finds nothing, the look for what is due, and 1,000 leads
that go back.

Raw: of a run that finds nothing and of the look the probe of the index; of the leads that go back owner, place,
holding, event and counters, by SQL. Of ``reclaim_apply_rows`` also what follows from it and has to be written: the
former holder follows the lead no more, and is told in one message. Odoo takes no lead back.
"""

import market
import measure
from databases import connect
from department import transaction

from odoo.addons.lead_pool.models.verbs.reclaim import CHUNK

HOLDERS, DUE = 100, 1000
LOOKS = 20  # of one run: one alone is over too soon to be measured, and its connection to PostgreSQL costs more than it
PROBE = """SELECT pool_id, id FROM lead_pool_entry WHERE state = 'held' AND reclaim_at <= now() AT TIME ZONE 'UTC'
            ORDER BY reclaim_at, id LIMIT %s"""


def run(bench):
    """Rows ``reclaim_scan``, ``reclaim_apply``, ``reclaim_apply_rows`` and ``reclaim_idle``."""
    due = min(bench.size, DUE)
    with bench.snapshot(prepare, bench.size, due) as made:
        warm_up(made.work)
        sides = {
            "raw": measure.Side(lambda: [probe(made.work) for _look in range(LOOKS)], writes=False),
            "scan": measure.Side(lambda: scan(made.work), writes=False),
        }
        costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
        yield measure.row(
            "reclaim_scan",
            LOOKS * min(due, CHUNK),
            costs["scan"],
            costs["raw"],
            target="the same for any number of leads",
            meets=lambda row: row["queries"] == LOOKS + 1,  # the clock
        )
        sides = {
            "raw": measure.Side(lambda: write(made.work)),
            "rows": measure.Side(lambda: write(made.work, WHAT_FOLLOWS)),
            "ours": measure.Side(lambda: take_back(made.work)),
        }
        costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
        check(made.work, due)
        for name, side in (("reclaim_apply", "raw"), ("reclaim_apply_rows", "rows")):
            yield measure.row(
                name,
                due,
                costs["ours"],
                costs[side],
                target="ratio_raw <= 1.5",
                meets=lambda row: row["ratio_raw"] <= 1.5,
            )
        # nothing is due any more in the copy in which ours ran last
        sides = {
            "raw": measure.Side(lambda: [probe(made.work) for _run in range(LOOKS)], writes=False),
            "idle": measure.Side(lambda: [take_back(made.work) for _run in range(LOOKS)], writes=False),
        }
        costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
        yield measure.row(
            "reclaim_idle",
            LOOKS,
            costs["idle"],
            costs["raw"],
            target="5 ms a run, queries of each <= 10",
            meets=lambda row: row["ours_s"] <= 0.005 * LOOKS and row["queries"] <= 10 * LOOKS,
        )


def prepare(dbname, size, due):
    """A pool whose leads are all held, ``due`` of them due."""
    with transaction(dbname) as env:
        reps = market.hire(env, HOLDERS)
        pool = env["lead.pool"].create(
            {
                "name": "Held",
                "team_id": env["crm.team"].create({"name": "Held"}).id,
                "member_capacity": 0,
                "member_daily_claim_limit": 0,
                "reclaim_most": 0,
                "reclaim_rule_ids": [(0, 0, {"name": "Untouched", "no_first_touch_days": 30})],
                "member_ids": [(0, 0, {"user_id": rep.id}) for rep in reps],
            }
        )
        ids = market.write_leads(env, size, team_id=pool.team_id.id)
        market.fill(env, pool, ids, reps)
        env.cr.execute(
            """UPDATE lead_pool_entry SET reclaim_at = now() AT TIME ZONE 'UTC' - make_interval(hours => 1),
                      warn_at = NULL, warned = true
                WHERE id IN (SELECT id FROM lead_pool_entry WHERE state = 'held' ORDER BY hashint4(id) LIMIT %s)""",
            [due],
        )
        env.cr.execute("UPDATE lead_pool SET deadlines_stale = false")
        env.cr.execute("UPDATE lead_pool_rep SET deadlines_stale = false")


def warm_up(dbname):
    with transaction(dbname) as env:
        env["lead.pool.entry"]._reclaim_due(1)
        env.cr.rollback()


def scan(dbname):
    with transaction(dbname) as env:
        now = env["lead.pool"]._now()
        for _look in range(LOOKS):
            assert env["lead.pool.entry"]._due_ids(now, CHUNK)


def probe(dbname):
    with transaction(dbname) as env:
        env.cr.execute(PROBE, [CHUNK])
        env.cr.fetchall()


def take_back(dbname):
    with transaction(dbname) as env:
        env["lead.pool.entry"]._cron_reclaim()


#: Of the leads in ``due``: nobody follows what he may not read, and each former holder has a message to come.
WHAT_FOLLOWS = (
    """DELETE FROM mail_followers f USING due d, res_users u
        WHERE u.id = d.user_id AND f.res_model = 'crm.lead' AND f.res_id = d.lead_id AND f.partner_id = u.partner_id""",
    """WITH told AS (SELECT DISTINCT d.pool_id, u.partner_id FROM due d JOIN res_users u ON u.id = d.user_id),
            messages AS (
              INSERT INTO mail_message (model, res_id, message_type, subject, body, message_id, date, create_date,
                                        reply_to)
              SELECT 'lead.pool', pool_id, 'user_notification', '10 leads are no longer yours',
                     repeat('<p>Lead #1000 went back to “Held” on 2026-03-02 09:00: Never touched.</p>', 10),
                     '<' || partner_id || '@example.com>', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC',
                     partner_id::text
                FROM told RETURNING id, reply_to::int AS partner_id),
            recipients AS (
              INSERT INTO mail_message_res_partner_rel (mail_message_id, res_partner_id)
              SELECT id, partner_id FROM messages)
       INSERT INTO mail_message_schedule (mail_message_id, scheduled_datetime)
       SELECT id, now() AT TIME ZONE 'UTC' FROM messages""",
)


def write(dbname, more=()):
    """Owner, entry, holding, event and counters of what is due.

    :param more: further statements
    """
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """CREATE TEMP TABLE due ON COMMIT DROP AS
               SELECT id, lead_id, lead_ref, pool_id, user_id, event_seq, epoch FROM lead_pool_entry
                WHERE state = 'held' AND reclaim_at <= now() AT TIME ZONE 'UTC'"""
        )
        for table, scope in (("lead_pool_rep", ""), ("lead_pool_member", "AND t.pool_id = d.pool_id")):
            cursor.execute(
                f"""UPDATE {table} t SET held = held - d.n
                      FROM (SELECT user_id, pool_id, count(*) AS n FROM due GROUP BY 1, 2) d
                     WHERE t.user_id = d.user_id {scope}"""
            )
        cursor.execute(
            """UPDATE lead_pool_entry e SET state = 'waiting', user_id = NULL, held_since = NULL, reclaim_at = NULL,
                      last_holder_id = d.user_id, epoch = d.epoch + 1, event_seq = d.event_seq + 1
                 FROM due d WHERE d.id = e.id"""
        )
        cursor.execute(
            """UPDATE lead_pool_holding h SET ended_at = now() AT TIME ZONE 'UTC', end_reason = 'reclaimed' FROM due d
                WHERE h.lead_ref = d.lead_ref AND h.ended_at IS NULL"""
        )
        cursor.execute(
            """INSERT INTO lead_pool_event (date, kind, lead_ref, seq, pool_ref, from_user_ref, epoch, hash)
               SELECT now() AT TIME ZONE 'UTC', 'reclaimed', lead_ref, event_seq + 1, pool_id, user_id, epoch + 1,
                      md5(lead_ref::text) FROM due"""
        )
        cursor.execute("""UPDATE crm_lead l SET user_id = NULL, date_open = NULL FROM due d WHERE d.lead_id = l.id""")
        for statement in more:
            cursor.execute(statement)
    connection.close()


def check(dbname, due):
    """The last run did what it promises."""
    with transaction(dbname) as env:
        pool = env["lead.pool"].search([("name", "=", "Held")])
        assert pool.waiting_count == due, f"{pool.waiting_count} of {due} went back"
        assert not env["lead.pool"]._health_problems()
