"""What holds at every commit, whatever happens at the same moment: the invariants INV-1 to INV-14 as queries.

Each query finds what breaks its invariant, so a true database answers nothing. It takes a cursor and no Odoo: any test,
a program that loads a server, or a person with ``psql`` can ask.

    with connect(dbname) as connection, connection.cursor() as cursor:
        assert found(cursor) == []

What a database alone does not know is checked where it is known: INV-7 (an answer that was given is true) and INV-13
(who reads what) by the workload. INV-11 (a transfer conserves what is held) and INV-12 (no half batch) follow from
INV-2 at every commit, and INV-12 besides from the transaction that wrote the events of one decision.
"""

#: Events that move a lead, and so raise its epoch by one.
MOVES = (
    "entered enrolled claimed pulled claim_undone assigned distributed reassigned handed_over transferred returned "
    "recalled reclaimed converted invalid lost merged deleted reopened"
).split()
_MOVES = "(" + ", ".join(f"'{kind}'" for kind in MOVES) + ")"


def _miscounted(table, scope, role):
    return f"""
        SELECT t.user_id, t.{scope}, t.held, count(h.id) FROM {table} t LEFT JOIN public.lead_pool_holding h
            ON h.user_id = t.user_id AND h.{scope} = t.{scope} AND h.ended_at IS NULL
         WHERE {role} GROUP BY t.id HAVING t.held <> count(h.id)"""


def _beyond(table, scope, role):
    return f"""
        SELECT t.user_id, t.{scope}, t.capacity, t.held, count(h.id) FROM {table} t LEFT JOIN public.lead_pool_holding h
            ON h.user_id = t.user_id AND h.{scope} = t.{scope} AND h.ended_at IS NULL
         WHERE {role} AND t.capacity > 0 AND NOT t.over_capacity
         GROUP BY t.id HAVING greatest(t.held, count(h.id)) > t.capacity"""


def _claims(table, scope, tz, role, having):
    """Claims and pulls of the day that the counter is of, on the clock that counts."""
    return f"""
        SELECT t.user_id, t.{scope}, t.day, t.day_n, t.daily_claim_limit, count(h.id)
          FROM {table} t {tz}
          LEFT JOIN lead_pool_holding h ON h.user_id = t.user_id AND h.{scope} = t.{scope}
               AND h.origin IN ('claimed', 'pulled')
               AND (h.started_at AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(c.tz, 'UTC'))::date = t.day
         WHERE {role} AND t.day IS NOT NULL
         GROUP BY t.id HAVING {having}"""


_MEMBER, _REP = ("lead_pool_member", "pool_id", "t.role = 'member'"), ("lead_pool_rep", "company_id", "true")
_POOL_CLOCK = "JOIN lead_pool c ON c.id = t.pool_id"

#: ``{invariant: {what is wrong: query that finds it}}``; true on any database, also where a test writes limits by SQL.
INVARIANTS = {
    "INV-1": {
        "a lead in two hands": """
            SELECT lead_ref, count(*) FROM lead_pool_holding WHERE ended_at IS NULL
             GROUP BY lead_ref HAVING count(*) > 1""",
        "holdings that overlap": """
            SELECT a.lead_ref, a.id, b.id FROM lead_pool_holding a JOIN lead_pool_holding b
                ON a.lead_ref = b.lead_ref AND a.epoch < b.epoch
             WHERE a.ended_at IS NULL OR a.ended_at > b.started_at""",
    },
    "INV-2": {
        "a miscounted member": _miscounted(*_MEMBER),
        "a miscounted rep": _miscounted(*_REP),
        "held without a holding": """
            SELECT e.lead_ref, e.user_id FROM lead_pool_entry e WHERE e.state = 'held' AND NOT EXISTS (
                SELECT 1 FROM lead_pool_holding h WHERE h.lead_ref = e.lead_ref
                   AND h.user_id = e.user_id AND h.pool_id = e.pool_id AND h.ended_at IS NULL)""",
        "a holding of what is not held": """
            SELECT h.lead_ref, h.user_id FROM lead_pool_holding h WHERE h.ended_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM lead_pool_entry e WHERE e.lead_ref = h.lead_ref
                   AND e.user_id = h.user_id AND e.state = 'held')""",
        "an owner in CRM who is not the holder": """
            SELECT e.lead_ref, e.user_id, l.user_id FROM lead_pool_entry e JOIN crm_lead l ON l.id = e.lead_id
             WHERE e.state <> 'closed' AND l.user_id IS DISTINCT FROM e.user_id""",
    },
    "INV-3": {
        "a member beyond his capacity": _beyond(*_MEMBER),
        "a rep beyond his capacity": _beyond(*_REP),
    },
    "INV-4": {
        "more claims counted than a day allows": """
            SELECT user_id, pool_id, day_n, daily_claim_limit FROM lead_pool_member
             WHERE role = 'member' AND daily_claim_limit > 0 AND day IS NOT NULL
               AND day_n > daily_claim_limit""",
    },
    "INV-5": {
        "an epoch of two holdings": """
            SELECT lead_ref, epoch FROM lead_pool_holding
             GROUP BY lead_ref, epoch HAVING count(*) > 1""",
        "an epoch behind that of its holding": """
            SELECT e.lead_ref, e.epoch, h.epoch FROM lead_pool_entry e
              JOIN lead_pool_holding h ON h.lead_ref = e.lead_ref AND h.epoch > e.epoch""",
        "two moves of one epoch": f"""
            SELECT lead_ref, epoch, array_agg(kind) FROM lead_pool_event WHERE kind IN {_MOVES}
             GROUP BY lead_ref, epoch HAVING count(*) > 1""",
        "epochs with a gap": """
            SELECT lead_ref, seq, epoch, before FROM (
                SELECT lead_ref, seq, epoch, lag(epoch) OVER (PARTITION BY lead_ref ORDER BY seq) AS before
                  FROM lead_pool_event) v WHERE epoch NOT IN (before, before + 1)""",
        "an entry of another epoch than its last event": """
            SELECT e.lead_ref, e.epoch, v.epoch FROM lead_pool_entry e JOIN lead_pool_event v
                ON v.lead_ref = e.lead_ref AND v.seq = e.event_seq WHERE v.epoch <> e.epoch""",
    },
    "INV-6": {
        "a holding without the one event that began it": f"""
            SELECT h.lead_ref, h.epoch, count(v.seq) FROM lead_pool_holding h LEFT JOIN lead_pool_event v
                ON v.lead_ref = h.lead_ref AND v.epoch = h.epoch AND v.user_ref = h.user_id
               AND v.kind IN {_MOVES}
             GROUP BY h.id, h.lead_ref, h.epoch HAVING count(v.seq) <> 1""",
        "a holding that ended without the one event that ended it": """
            SELECT h.lead_ref, h.epoch, h.end_reason, count(v.seq) FROM lead_pool_holding h LEFT JOIN lead_pool_event v
                ON v.lead_ref = h.lead_ref AND v.epoch = h.epoch + 1 AND v.from_user_ref = h.user_id
             GROUP BY h.id, h.lead_ref, h.epoch, h.end_reason, h.ended_at
            HAVING count(v.seq) <> (h.ended_at IS NOT NULL)::int""",
        "an entry whose last event is another one": """
            SELECT e.lead_ref, e.event_seq, max(v.seq), count(v.seq) FROM lead_pool_entry e
              LEFT JOIN lead_pool_event v ON v.lead_ref = e.lead_ref
             GROUP BY e.id, e.lead_ref, e.event_seq
            HAVING e.event_seq IS DISTINCT FROM max(v.seq) OR max(v.seq) <> count(v.seq)""",
        "an event that does not follow the one before it": """
            SELECT lead_ref, seq FROM (
                SELECT lead_ref, seq, prev_hash, lag(hash) OVER (PARTITION BY lead_ref ORDER BY seq) AS before
                  FROM lead_pool_event) v WHERE prev_hash IS DISTINCT FROM before""",
        "an entry that ends in another hash than its events": """
            SELECT e.lead_ref FROM lead_pool_entry e JOIN lead_pool_event v
                ON v.lead_ref = e.lead_ref AND v.seq = e.event_seq WHERE v.hash IS DISTINCT FROM e.event_hash""",
    },
    "INV-8": {
        "a lead given to who may not work in its company": """
            SELECT h.lead_ref, h.user_id FROM lead_pool_holding h WHERE h.ended_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM res_company_users_rel r WHERE r.user_id = h.user_id AND r.cid = h.company_id)""",
        "a lead in a pool of another company": """
            SELECT e.lead_ref, e.company_id, p.company_id FROM lead_pool_entry e JOIN lead_pool p ON p.id = e.pool_id
             WHERE p.company_id <> e.company_id AND e.state <> 'closed'""",
    },
    "INV-9": {
        "a pooled lead without an entry": """
            SELECT l.id FROM crm_lead l WHERE l.pool_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM lead_pool_entry e WHERE e.lead_id = l.id)""",
        "a lead whose pool is another one than that of its entry": """
            SELECT l.id, l.pool_id, e.pool_id FROM crm_lead l JOIN lead_pool_entry e ON e.lead_id = l.id
             WHERE e.state <> 'closed' AND l.pool_id IS DISTINCT FROM e.pool_id""",
        "a lead that is neither waiting nor held nor closed": """
            SELECT lead_ref, state, user_id, closed_as FROM lead_pool_entry
             WHERE state NOT IN ('waiting', 'held', 'closed') OR (state = 'held') <> (user_id IS NOT NULL)
                OR (state = 'closed') <> (closed_as IS NOT NULL)""",
        "events of a lead without an entry": """
            SELECT DISTINCT v.lead_ref FROM lead_pool_event v WHERE NOT EXISTS (
                SELECT 1 FROM lead_pool_entry e WHERE e.lead_ref = v.lead_ref)""",
    },
    "INV-10": {
        "taken back before it was due": """
            SELECT lead_ref, seq, date, detail->>'due' FROM lead_pool_event
             WHERE kind = 'reclaimed' AND COALESCE(NULLIF(detail->>'due', 'None')::timestamp, 'infinity') > date""",
        "taken back although its holder had locked it": """
            SELECT r.lead_ref, r.seq FROM lead_pool_event r WHERE r.kind = 'reclaimed' AND (
                SELECT v.kind FROM lead_pool_event v WHERE v.lead_ref = r.lead_ref AND v.epoch = r.epoch - 1
                   AND v.kind IN ('locked', 'unlocked') ORDER BY v.seq DESC LIMIT 1) = 'locked'""",
    },
    "INV-12": {
        "a batch that was committed in parts": """
            SELECT decision_ref, count(DISTINCT xmin::text) FROM lead_pool_event
             WHERE kind = 'distributed' AND hash IS NOT NULL
             GROUP BY decision_ref HAVING count(DISTINCT xmin::text) > 1""",
    },
    "INV-14": {
        "requests about a lead miscounted": """
            SELECT e.lead_ref, e.open_requests, count(a.id) FROM lead_pool_entry e
              LEFT JOIN lead_pool_approval a ON a.entry_id = e.id AND a.state = 'open'
             GROUP BY e.id, e.lead_ref, e.open_requests HAVING COALESCE(e.open_requests, 0) < count(a.id)""",
        "an open request about a lead that moved on": """
            SELECT a.id, a.kind, a.lead_ref FROM lead_pool_approval a JOIN lead_pool_entry e ON e.id = a.entry_id
             WHERE a.state = 'open' AND (e.state = 'closed'
                OR a.kind = 'over_capacity' AND e.state <> 'waiting'
                OR a.kind IN ('extension', 'dispute') AND e.user_id IS DISTINCT FROM a.user_id)""",
        "holders miscounted": """
            SELECT e.lead_ref, e.holders, count(h.id) FROM lead_pool_entry e LEFT JOIN lead_pool_holding h
                ON h.lead_ref = e.lead_ref AND h.end_reason IS DISTINCT FROM 'undone'
             GROUP BY e.id, e.lead_ref, e.holders HAVING COALESCE(e.holders, 0) <> count(h.id)""",
        "follow-ups miscounted": """
            SELECT h.lead_ref, h.follow_up_count, count(f.id) FROM lead_pool_holding h
              LEFT JOIN lead_follow_up f ON f.holding_id = h.id
             GROUP BY h.id, h.lead_ref, h.follow_up_count HAVING COALESCE(h.follow_up_count, 0) <> count(f.id)""",
    },
}

#: What holds besides where nobody writes the counters of a day by SQL.
OF_DAYS = {
    "INV-4": {
        "claims of a day miscounted": _claims(
            "lead_pool_member", "pool_id", _POOL_CLOCK, "t.role = 'member'", "t.day_n <> count(h.id)"
        ),
        "more claims than a day allows": _claims(
            "lead_pool_member",
            "pool_id",
            _POOL_CLOCK,
            "t.role = 'member' AND t.daily_claim_limit > 0",
            "count(h.id) > t.daily_claim_limit",
        ),
    },
}


def _as_one(*groups):
    parts = []
    for invariants in groups:
        for name, queries in invariants.items():
            for text, query in queries.items():
                label = f"{name}: {text}".replace("'", "''")
                parts.append(f"SELECT '{label}', row::text FROM ({query}) row")
    return " UNION ALL ".join(parts)


_ALL, _ALL_WITH_DAYS = _as_one(INVARIANTS), _as_one(INVARIANTS, OF_DAYS)

#: The same tables with some leads alone; for the session they stand before the real ones.
_WATCHED = "".join(
    f"""CREATE TEMP VIEW {table} AS SELECT {columns} FROM public.{table}
         WHERE {lead} >= current_setting('watched.from')::int;"""
    for table, lead, columns in (
        ("crm_lead", "id", "*"),
        ("lead_pool_entry", "lead_ref", "*"),
        ("lead_pool_holding", "lead_ref", "*"),
        ("lead_pool_event", "lead_ref", "*, xmin"),
    )
)


def found(cursor, days=False):
    """What is wrong, in one statement and so in one snapshot: ``["INV-1: a lead in two hands: (17,2)"]``.

    :param days: also what holds only where no test writes the counters of a day by SQL
    """
    cursor.execute(_ALL_WITH_DAYS if days else _ALL)
    return [f"{text}: {row}" for text, row in cursor.fetchall()]


def found_lately(number, cursor):
    """What is wrong with the counters or with leads that something happened to lately, by so many events and holdings:
    as :func:`found`, as quick among a hundred thousand leads as among a few. The cursor's session is in autocommit; in
    it PostgreSQL plans once.
    """
    cursor.execute("SELECT to_regclass('pg_temp.lead_pool_event') IS NULL")
    if cursor.fetchone()[0]:
        cursor.execute(f"{_WATCHED} SET plan_cache_mode TO force_generic_plan; PREPARE found_lately AS {_ALL}")
    cursor.execute(
        """SELECT set_config('watched.from', coalesce(min(lead_ref), 0)::text, false) FROM (
               (SELECT lead_ref FROM public.lead_pool_event ORDER BY id DESC LIMIT %(number)s) UNION ALL
               (SELECT lead_ref FROM public.lead_pool_holding ORDER BY id DESC LIMIT %(number)s)) lately;
           SET search_path TO DEFAULT""",
        {"number": number},
    )
    try:
        cursor.execute("EXECUTE found_lately")
        return [f"{text}: {row}" for text, row in cursor.fetchall()]
    finally:
        cursor.execute("SET search_path TO public, pg_temp")
