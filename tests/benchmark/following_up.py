"""A holder notes down what was said: without and with a date for the next talk.

Raw: the follow-up inserted by SQL. Peer: what a salesperson of Odoo does instead, by turns with ours and on the same
leads: a note in the chatter and, with a date, an activity; its times are those of as many leads.
"""

import market
import measure
from databases import connect
from department import transaction

LEADS = 100  # each followed up in a transaction of its own
KNOWN = 10_000  # leads that are there besides
NOTE = "Called back. They want an offer for twenty seats until Friday, and a talk with our engineer."
NEXT = "2099-01-15"


def run(bench):
    """Rows ``follow_up`` and ``follow_up_next``."""
    number = min(bench.size, LEADS)
    with bench.snapshot(prepare, min(bench.size, KNOWN), number) as made:
        for name, next_date, most in (("follow_up", None, 20), ("follow_up_next", NEXT, 32)):
            sides = {
                "raw": measure.Side(lambda: insert(made.work)),
                "peer": measure.Side(lambda on=next_date: note_as_odoo(made.work, on)),
                "ours": measure.Side(lambda on=next_date: follow_up(made.work, on)),
            }
            costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
            check(made.work, number)
            for one in costs["ours"].runs:
                one.queries /= number
            yield measure.row(
                name,
                number,
                costs["ours"],
                costs["raw"],
                peer_s=costs["peer"].median("seconds"),
                target=f"queries of each <= {most}",
                meets=lambda row, most=most: row["queries"] <= most,
            )


def prepare(dbname, known, number):
    """A rep holds ``number`` leads that he followed up once; others wait."""
    with transaction(dbname) as env:
        rep = market.hire(env, 1)
        pool = env["lead.pool"].create(
            {
                "name": "Mine",
                "team_id": env["crm.team"].create({"name": "Mine"}).id,
                "follow_up_min_length": 10,
                "member_capacity": 0,
                "member_ids": [(0, 0, {"user_id": rep.id})],
            }
        )
        ids = market.write_leads(env, max(known, number), team_id=pool.team_id.id)
        market.fill(env, pool, ids[:number], rep)
        market.fill(env, pool, ids[number:])
    _each(dbname, lambda lead: lead.action_follow_up({"note": "A first talk about what they do."}))


def _each(dbname, work):
    """``work`` for each lead of the rep, in a transaction of its own."""
    with transaction(dbname) as env:
        rep = env["res.users"].search([("login", "=", "rep1")]).id
        ids = env["crm.lead"].search([("user_id", "=", rep)], order="id").ids
    for lead_id in ids:
        with transaction(dbname, rep) as env:
            work(env["crm.lead"].browse(lead_id))


def follow_up(dbname, next_date):
    values = {"note": NOTE} | ({"next_date": next_date} if next_date else {})
    _each(dbname, lambda lead: lead.action_follow_up(values))


def note_as_odoo(dbname, next_date):
    def work(lead):
        lead.message_post(body=NOTE)
        if next_date:
            lead.activity_schedule("mail.mail_activity_data_call", next_date, NOTE, user_id=lead.env.uid)

    _each(dbname, work)


def insert(dbname):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'lead_follow_up'::regclass AND attnum > 0"
            " AND NOT attisdropped AND attname NOT IN ('id', 'note')"
        )
        columns = ", ".join(name for [name] in cursor.fetchall())
        cursor.execute("SELECT id FROM lead_follow_up ORDER BY id")
        ids = cursor.fetchall()
    for one in ids:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO lead_follow_up ({columns}, note) SELECT {columns}, %s FROM lead_follow_up WHERE id = %s",
                [NOTE, one],
            )
    connection.close()


def check(dbname, number):
    """The last run did what it promises: two of each lead."""
    with transaction(dbname) as env:
        assert env["lead.follow.up"].search_count([("note", "=", NOTE)]) == number
        assert not env["lead.pool"]._health_problems()
