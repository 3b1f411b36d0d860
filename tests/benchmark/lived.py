"""Two years of a sales department in the ledgers: what leads, reps and pools have lived through, written by SQL. Half
of the converted leads have an order (see paid.py); one customer in nine was brought by two leads.

About five events a lead: it came in, was taken, followed up, went back, was taken again, ended. The same from the same
seed, but for the day on which it ends (yesterday).
"""

import market
import paid
from department import GROUPS, transaction

DAYS = 730  # until yesterday
TEAMS = 5  # each has its part of the reps and of the pools
SOURCES, CAMPAIGNS = 30, 40
LEADS_OF_A_REP, FEWEST_REPS = 2000, 10


def prepare(dbname, size):
    """``size`` leads and their past; the users ``bench_manager`` and ``bench_leader`` read about them."""
    with transaction(dbname) as env:
        sources = env["utm.source"].create([{"name": f"Source {n}"} for n in range(SOURCES)])
        campaigns = env["utm.campaign"].create([{"name": f"Campaign {n}"} for n in range(CAMPAIGNS)])
        columns = {
            "source_id": one_of(sources.ids),
            "campaign_id": one_of(campaigns.ids),
            "expected_revenue": "1000 + floor(random() * 9000)",
            "probability": "floor(random() * 100)",
            "create_date": f"now() AT TIME ZONE 'UTC' - interval '{DAYS} days' * (1 - {{serial}} / {size}.0)",
        }
        env.cr.execute("SELECT setseed(0.2026)")
        market.write_leads(env, size, columns=columns)
        pools, reps = open_shops(env, max(FEWEST_REPS, size // LEADS_OF_A_REP), 50 if size >= 1_000_000 else 20)
        env["lead.pool.campaign.cost"].create(
            [{"campaign_id": campaign.id, "date": env.cr.now().date(), "amount": 1000} for campaign in campaigns]
        )
        env.flush_all()
        live(env, pools, reps)


def one_of(ids):
    """An SQL expression that is now this and now that id."""
    return f"('{{{','.join(map(str, ids))}}}'::int[])[1 + floor(random() * {len(ids)})::int]"


def open_shops(env, reps, pools):
    """``(pools, reps)``: the n-th belongs to team ``n % TEAMS``; a leader leads the second team."""
    users = env["res.users"].with_context(no_reset_password=True)
    manager, leader = (
        users.create(
            {
                "name": f"bench_{name}",
                "login": f"bench_{name}",
                "tz": "Asia/Shanghai",
                "group_ids": [(6, 0, [env.ref(group).id for group in ("base.group_user", *GROUPS[kind])])],
            }
        )
        for name, kind in (("manager", "manager"), ("leader", "rep"))
    )
    assert manager.has_group("lead_pool.group_manager")
    people = market.hire(env, reps)
    teams = env["crm.team"].create(
        [
            {
                "name": f"Team {n}",
                "user_id": leader.id if n == 1 else False,
                "member_ids": [(6, 0, people[n::TEAMS].ids)],
            }
            for n in range(TEAMS)
        ]
    )
    shops = env["lead.pool"].create(
        [
            {
                "name": f"Pool {n}",
                "team_id": teams[n % TEAMS].id,
                "tz": "Asia/Shanghai",
                "first_contact_days": 1,
                "member_capacity": 0,
                "member_daily_claim_limit": 0,
                "member_ids": [(0, 0, {"user_id": rep.id}) for rep in people[n % TEAMS :: TEAMS]],
            }
            for n in range(pools)
        ]
    )
    return shops, people


def live(env, pools, reps):
    """The ledgers, each in one statement, in the order of time."""
    types, levels = env["lead.follow.up.type"].search([]), env["lead.follow.up.level"].search([])
    values = {
        "pools": pools.ids,
        "names": pools.mapped("name"),
        "policies": [env["lead.pool.policy"].search([("pool_id", "=", pool.id)], limit=1).id for pool in pools],
        "reps": reps.ids,
        "teams": TEAMS,
        "days": DAYS,
        "company": env.company.id,
        "types": types.ids or [None],
        "levels": levels.ids or [None],
        "back": env["lead.pool.reason"].search([("kind", "=", "return")]).ids,
        "bad": env["lead.pool.reason"].search([("kind", "=", "invalid")]).ids,
    }
    tables = ("lead_pool_entry", "lead_pool_holding", "lead_pool_event", "lead_follow_up", "lead_pool_conversion")
    for statement in STATEMENTS:
        env.cr.execute(statement, values)
    env.cr.commit()
    for table, statement in zip(tables, LEDGERS, strict=True):
        with market.bare_table(env.cr.dbname, table):
            env.cr.execute("SELECT setseed(0.2026)")
            env.cr.execute(statement, values)
            env.cr.commit()
    paid.sell(env)
    env.cr.execute(INQUIRIES, {"campaigns": env["utm.campaign"].search([("name", "like", "Campaign %")]).ids})
    env.cr.execute("DROP TABLE past_lead, past_holding, past_follow_up")
    env.cr.execute("SELECT setval('res_partner_id_seq', max(id)) FROM res_partner")
    env.cr.execute("CREATE TABLE past_customer AS SELECT lead_ref, user_id, (SELECT last_value FROM res_partner_id_seq)"
                   " + row_number() OVER (ORDER BY lead_ref) * 9 / 10 + 1 AS id FROM lead_pool_conversion")  # fmt: skip
    market.copies(
        env,
        env.company.partner_id,
        "(SELECT DISTINCT id FROM past_customer)",
        {"id": "id", "name": "'Customer ' || id", "commercial_partner_id": "id"},
    )
    env.cr.execute("UPDATE crm_lead l SET user_id = c.user_id, partner_id = c.id FROM past_customer c"
                   " WHERE c.lead_ref = l.id")  # fmt: skip
    env.cr.execute("DROP TABLE past_customer")
    env.invalidate_all()


STATEMENTS = (
    "SELECT setseed(0.2026)",
    # where each lead came in, and how it stands: 60 % waiting, 30 % held, 10 % closed; the first pool has 30 %
    """CREATE TABLE past_lead AS
        SELECT id AS lead_ref, entered_at, now_at - entered_at AS age, now_at, source_id, campaign_id, city,
               CASE WHEN luck < 0.6 THEN 'waiting' WHEN luck < 0.9 THEN 'held' ELSE 'closed' END AS state,
               CASE WHEN luck < 0.9 THEN NULL WHEN luck < 0.95 THEN 'converted' WHEN luck < 0.98 THEN 'invalid'
                    ELSE 'lost' END AS closed_as,
               CASE WHEN luck < 0.6 THEN CASE WHEN more < 0.6 THEN 0 WHEN more < 0.87 THEN 1 ELSE 2 END
                    ELSE CASE WHEN more < 0.75 THEN 1 WHEN more < 0.93 THEN 2 ELSE 3 END END AS holdings,
               pool_no, (%(pools)s)[pool_no] AS pool_id, (%(names)s)[pool_no] AS pool_name,
               (%(policies)s)[pool_no] AS policy_ref
          FROM (SELECT *, LEAST(date_trunc('day', create_date) + interval '1 hour' * (1 + 10 * random()),
                                now_at - interval '1 hour') AS entered_at,
                       random() AS luck, random() AS more,
                       CASE WHEN random() < 0.3 THEN 1
                            ELSE 2 + floor((cardinality(%(pools)s) - 1) * random())::int END AS pool_no
                  FROM crm_lead, (SELECT now() AT TIME ZONE 'UTC' - interval '1 day' AS now_at) n
                 WHERE name LIKE 'Lead %%') l
         ORDER BY entered_at""",
    "ALTER TABLE past_lead ALTER entered_at TYPE timestamp(0)",
    # each time a rep had it; whom the lead waits for or who holds it now had it last
    """CREATE TABLE past_holding AS
        SELECT h.*, CASE WHEN touched THEN LEAST(started_at + LEAST(COALESCE(ended_at, now_at) - started_at,
                                                                     interval '3 days') * slow, now_at) END AS first_at
          FROM (SELECT l.*, random() < 0.7 AS touched, power(random(), 2) AS slow,
                       1 + floor(random() * 7)::int AS follow_ups,
                       (%(reps)s)[1 + (pool_no - 1) %% %(teams)s
                           + %(teams)s * floor(random() * (cardinality(%(reps)s) / %(teams)s))::int] AS user_id,
                       CASE WHEN way < 0.5 THEN 'claimed' WHEN way < 0.85 THEN 'distributed'
                            ELSE 'assigned' END AS origin,
                       CASE WHEN is_open THEN now_at - LEAST(age / (holdings + 1), interval '60 days') * early
                            ELSE entered_at + slot * (number - 1 + 0.3 * early) END AS started_at,
                       CASE WHEN NOT is_open THEN entered_at + slot * (number - 1 + 0.3 + 0.6 * late) END AS ended_at,
                       CASE WHEN is_open THEN NULL WHEN number = holdings AND closed_as IS NOT NULL THEN closed_as
                            WHEN late < 0.5 THEN 'returned' WHEN late < 0.9 THEN 'reclaimed'
                            ELSE 'recalled' END AS end_reason
                  FROM (SELECT l.*, number, LEAST(age / (holdings + 1), interval '20 days') AS slot,
                               state = 'held' AND number = holdings AS is_open, random() AS way, random() AS early,
                               random() AS late
                          FROM past_lead l, generate_series(1, holdings) number) l) h
         ORDER BY started_at""",
    """CREATE TABLE past_follow_up AS
        SELECT row_number() OVER (ORDER BY date) AS id, f.* FROM (
            SELECT lead_ref, pool_id, pool_name, policy_ref, user_id, number, turn,
                   first_at + (COALESCE(ended_at, now_at) - first_at) * (turn - 1) / follow_ups AS date,
                   (%(types)s::int[])[1 + floor(random() * cardinality(%(types)s::int[]))::int] AS type_id,
                   (%(levels)s::int[])[1 + floor(random() * cardinality(%(levels)s::int[]))::int] AS level_id
              FROM past_holding, generate_series(1, follow_ups) turn WHERE first_at IS NOT NULL) f""",
)
# one lead in thirty came again, by another campaign
INQUIRIES = """INSERT INTO lead_pool_inquiry (lead_id, channel, date, campaign_id)
               SELECT lead_ref, 'website', date_trunc('second', entered_at + age / 3),
                      (%(campaigns)s)[1 + lead_ref %% cardinality(%(campaigns)s)]
                 FROM past_lead WHERE lead_ref %% 30 = 0 ORDER BY lead_ref"""

LEDGERS = (
    """INSERT INTO lead_pool_entry
              (lead_id, lead_ref, pool_id, company_id, state, closed_as, closed_at, user_id, epoch, entered_at,
               held_since, last_holder_id, holders, source_id, campaign_id, city, priority, open_values, event_hash)
       SELECT l.lead_ref, l.lead_ref, l.pool_id, %(company)s, l.state, l.closed_as,
              CASE WHEN l.state = 'closed' THEN h.ended_at END, CASE WHEN l.state = 'held' THEN h.user_id END,
              2 * l.holdings, COALESCE(h.ended_at, l.entered_at), CASE WHEN l.state = 'held' THEN h.started_at END,
              h.user_id, l.holdings, l.source_id, l.campaign_id, l.city, '1',
              jsonb_build_object('city', l.city, 'source_id', l.source_id), repeat(md5(l.lead_ref::text), 2)
         FROM past_lead l LEFT JOIN past_holding h ON h.lead_ref = l.lead_ref AND h.number = l.holdings
        ORDER BY l.lead_ref""",
    """INSERT INTO lead_pool_holding
              (lead_id, lead_ref, pool_id, user_id, company_id, epoch, ordinal, started_at, ended_at, origin,
               end_reason, reason_id, first_follow_up_at, follow_up_count)
       SELECT lead_ref, lead_ref, pool_id, user_id, %(company)s, 2 * number - 1, number,
              date_trunc('second', started_at), date_trunc('second', ended_at), origin, end_reason,
              CASE end_reason WHEN 'returned' THEN (%(back)s::int[])[1 + lead_ref %% cardinality(%(back)s::int[])]
                              WHEN 'invalid' THEN (%(bad)s::int[])[1 + lead_ref %% cardinality(%(bad)s::int[])] END,
              date_trunc('second', first_at), CASE WHEN touched THEN follow_ups ELSE 0 END
         FROM past_holding ORDER BY started_at""",
    """INSERT INTO lead_pool_event
              (date, kind, lead_ref, seq, pool_ref, pool_name, user_ref, user_name, from_user_ref, from_user_name,
               actor_ref, actor_name, company_ref, epoch, policy_ref, detail, prev_hash, hash)
       SELECT date_trunc('second', date), kind, lead_ref, seq, pool_id, pool_name, user_id, 'Rep ' || user_id,
              from_user, 'Rep ' || from_user, COALESCE(user_id, from_user),
              'Rep ' || COALESCE(user_id, from_user), %(company)s,
              epoch, policy_ref, detail, repeat(md5((lead_ref + seq)::text), 2),
              repeat(md5((lead_ref * seq::bigint)::text), 2)
         FROM (SELECT entered_at AS date, 'entered' AS kind, lead_ref, 1 AS seq, pool_id, pool_name,
                      NULL::int AS user_id, NULL::int AS from_user, 0 AS epoch, policy_ref, NULL::jsonb AS detail
                 FROM past_lead
                UNION ALL
               SELECT started_at, origin, lead_ref, 100 * number, pool_id, pool_name, user_id, NULL, 2 * number - 1,
                      policy_ref, NULL
                 FROM past_holding
                UNION ALL
               SELECT ended_at, end_reason, lead_ref, 100 * number + 99, pool_id, pool_name, NULL, user_id, 2 * number,
                      policy_ref, NULL
                 FROM past_holding WHERE end_reason IS NOT NULL
                UNION ALL
               SELECT date, 'follow_up', lead_ref, 100 * number + turn, pool_id, pool_name, user_id, user_id,
                      2 * number - 1, policy_ref, jsonb_build_object('follow_up', id)
                 FROM past_follow_up) e
        ORDER BY date""",
    """INSERT INTO lead_follow_up (id, lead_id, pool_id, user_id, date, channel, type_id, level_id, counts)
       SELECT id, lead_ref, pool_id, user_id, date_trunc('second', date), 'manual', type_id, level_id, TRUE
         FROM past_follow_up ORDER BY id""",
    """INSERT INTO lead_pool_conversion (lead_id, lead_ref, company_id, user_id, date, holder_id)
       SELECT lead_ref, lead_ref, %(company)s, user_id, date_trunc('second', ended_at), user_id
         FROM past_holding WHERE end_reason = 'converted' ORDER BY ended_at""",
)
