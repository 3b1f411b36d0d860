"""New leads come in by the hundreds: out of a file, and handed in by a program. Each passes the gate into a pool.

Raw: the same leads inserted by SQL, without anything that Odoo computes. Peer: ``crm.lead.create`` without tracking in
an Odoo without our add-ons, by turns with the others; of it the import may cost so much more. A lead that is made by
Odoo at all costs what the peer costs: by the ORM nothing comes nearer to raw than ``raw_s / peer_s``. And before any
lead is made the gate has to know its keys: ``intake_keys`` is that alone, in memory.
"""

import base64
import csv
import io
import itertools

import market
import measure
from databases import connect
from department import transaction

ROWS = 2000
BATCH = 500  # leads of one transaction, as the import has it
HEADINGS = ["External ID", "Name", "Contact Name", "Email", "Phone", "Company Name", "City"]


def run(bench):
    """Rows ``import``, ``intake_bulk`` and ``intake_keys``."""
    number = min(bench.size, ROWS)
    people = comers(number)
    with bench.snapshot(market.open_shop, bench.size) as made, bench.database(bench.plain) as plain:
        run_ids = []
        sides = {
            "raw": measure.Side(lambda: insert(made.work, number)),
            "peer": measure.Side(lambda: create(plain, people), lambda: measure.fresh(bench.plain, plain)),
            "import": measure.Side(
                lambda: import_file(made.work, run_ids[-1]), lambda: run_ids.append(store(made.work, people))
            ),
            "intake": measure.Side(lambda: hand_in(made.work, people)),
            "keys": measure.Side(lambda: make_keys(made.work, people), writes=False),
        }
        create(plain, people[:2])
        hand_in(made.work, people[:2])
        costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
    peer_s = costs["peer"].median("seconds")
    for name, target, meets in (
        ("import", "ratio_peer >= 0.7", lambda row: row["ratio_peer"] >= 0.7),
        ("intake", "ratio_raw <= 2", lambda row: row["ratio_raw"] <= 2),
        ("keys", "the least that intake costs", lambda row: True),
    ):
        operation = {"import": "import", "intake": "intake_bulk", "keys": "intake_keys"}[name]
        yield measure.row(operation, number, costs[name], costs["raw"], peer_s=peer_s, target=target, meets=meets)


def comers(number):
    """Each of a company of his own, so that most of them become leads; 7 % come twice."""
    return [
        (contact, email, phone, f"{email.partition('@')[0]} {company}", city, priority)
        for contact, email, phone, company, city, priority in market.people(number, seed=market.SEED + 1)
    ]


def _values(person):
    contact, email, phone, company, city, _priority = person
    return {
        "name": contact,
        "contact_name": contact,
        "email_from": email,
        "phone": phone,
        "partner_name": company,
        "city": city,
    }


def store(dbname, people):
    """The file is uploaded and its rows are kept; the number of the import."""
    with transaction(dbname) as env:
        pool = env["lead.pool"].search([], limit=1)
        user = env["res.users"].search([("login", "=", "bench_marketing")])
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(HEADINGS)
        writer.writerows([f"bench-{n}", *_values(person).values()] for n, person in enumerate(people))
        run = env(user=user)["lead.pool.import"].create(
            {
                "file": base64.b64encode(text.getvalue().encode()),
                "file_name": "bench.csv",
                "destination": "pool",
                "pool_id": pool.id,
            }
        )
        run._store_rows()
        return run.id


def import_file(dbname, run_id):
    done = 1
    while done:
        with transaction(dbname) as env:
            run = env["lead.pool.import"].browse(run_id)
            done = run.with_user(run.user_id)._take_in_batch(BATCH)


def hand_in(dbname, people):
    for some in _batches(people):
        with transaction(dbname) as env:
            user = env["res.users"].search([("login", "=", "bench_program")])
            pool = env["lead.pool"].search([], limit=1)
            answers = env(user=user)["lead.pool"].action_take_in([{**_values(one), "pool_id": pool.id} for one in some])
            assert all(answer["done"] for answer in answers), answers


def make_keys(dbname, people):
    """What identifies the leads, normalised as the gate has it; nothing is looked for."""
    with transaction(dbname) as env:
        env["lead.identity"]._asked(env["crm.lead"]._people([_values(one) for one in people]))


def create(dbname, people):
    for some in _batches(people):
        with transaction(dbname) as env:
            Lead = env["crm.lead"].with_context(tracking_disable=True)
            Lead.create([{**_values(one), "user_id": False} for one in some])


def insert(dbname, number):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'crm_lead'::regclass AND attnum > 0"
            " AND NOT attisdropped AND attname NOT IN ('id', 'email_from', 'phone')"
        )
        columns = ", ".join(name for [name] in cursor.fetchall())
        for start in range(0, number, BATCH):
            cursor.execute(
                f"""INSERT INTO crm_lead ({columns}, email_from, phone)
                    SELECT {columns}, n || '@raw.example', '+86 139 ' || n
                      FROM (SELECT * FROM crm_lead ORDER BY id LIMIT 1) l, generate_series(%s, %s) n""",
                [start + 1, min(start + BATCH, number)],
            )
            connection.commit()
    connection.close()


def _batches(people):
    people = iter(people)
    return iter(lambda: list(itertools.islice(people, BATCH)), [])
