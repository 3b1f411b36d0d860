"""Who of the people that come in is known already: one at a time, as from a form, and all at once, as from a file.

Raw: the probe of the index of keys that cannot be avoided, for the same keys. Peer: core's search for duplicates of one
lead, which goes by the mail and the contact alone. Half of the people are in the database already. What is promised is
the time in the database; what Python adds is in ``ours_s``.
"""

import itertools
import statistics
import threading
import time

import market
import measure
from databases import connect
from department import transaction

ONE_BY_ONE = 200  # people
AT_ONCE = 10_000  # people
SQL_MS_ONE, SQL_MS_BATCH = 0.5, 200.0
PEER_LEADS = 20


def run(bench):
    """Rows ``duplicates_one`` and ``duplicates_batch``."""
    with bench.snapshot(market.open_shop, bench.size) as made:
        peer_s = core_seconds(made.work)
        for name, number, promised in (
            ("one", min(ONE_BY_ONE, bench.size), SQL_MS_ONE),
            ("batch", min(AT_ONCE, bench.size), SQL_MS_BATCH),
        ):
            people, sql_ms = comers(number, bench.size), []
            step = 1 if name == "one" else number
            costs = measure.by_turns(
                made.snapshot,
                made.work,
                {
                    "raw": measure.Side(lambda people=people, step=step: probe(made.work, people, step), writes=False),
                    "ours": measure.Side(
                        lambda people=people, step=step, ms=sql_ms: ms.append(match(made.work, people, step)),
                        writes=False,
                    ),
                },
                bench.rounds,
            )
            if name == "one":
                tell_floor(made.work, people)
            asked = statistics.median(sql_ms) / (number / step)
            print(f"duplicates_{name}: {asked:.2f} ms in the database a question")
            yield measure.row(
                f"duplicates_{name}",
                number,
                costs["ours"],
                costs["raw"],
                peer_s=peer_s * number,
                target=f"{promised:g} ms of SQL a question",
                meets=lambda row, asked=asked, promised=promised: asked <= promised,
            )


def comers(number, size):
    """As many that are there already as that are not."""
    known = itertools.islice(market.people(size), number - number // 2)
    new = market.people(number // 2, seed=market.SEED + 1)
    return [
        {"contact": contact, "email": email, "phone": phone, "company": company}
        for contact, email, phone, company, *_rest in itertools.chain(known, new)
    ]


def match(dbname, people, step):
    """Milliseconds in the database."""
    with transaction(dbname) as env:
        Identity = env["lead.identity"]
        Identity._matches(people[:1])  # what a server that has run a while has in its caches
        thread = threading.current_thread()
        thread.query_count, thread.query_time = 0, 0.0
        for start in range(0, len(people), step):
            Identity._matches(people[start : start + step])
        return thread.query_time * 1000


def tell_floor(dbname, people):
    """What one question costs of PostgreSQL's processor, and what an empty one costs the client that waits for it."""
    from odoo.addons.lead_pool.arrays import as_array
    from odoo.addons.lead_pool.models.identity.matching import KNOWN

    with transaction(dbname) as env:
        keys = [sorted(one.keys) for one in env["lead.identity"]._asked(people)]
    asked = [list(map(as_array, zip(*some, strict=True))) for some in keys]
    ways = {
        "the question": (f"SELECT * FROM {KNOWN}(%s, %s, 21)", asked),
        "an empty one": ("SELECT 1", [[]] * len(asked)),
    }
    connection = connect(dbname)
    if measure.backend_ms(connection) is None:
        return
    told = []
    with connection, connection.cursor() as cursor:
        for way, (question, arguments) in ways.items():
            costs = []
            for _round in range(measure.ROUNDS):
                began, cpu = time.perf_counter(), measure.backend_ms(connection)
                for some in arguments:
                    cursor.execute(question, some)
                waited = (time.perf_counter() - began) * 1000
                costs.append((measure.backend_ms(connection) - cpu, waited))
            cpu, waited = (statistics.median(one) / len(asked) for one in zip(*costs, strict=True))
            told.append(f"{way} {cpu:.2f} ms of PostgreSQL's processor, {waited:.2f} ms for who waits")
    connection.close()
    print(f"duplicates_one: {'; '.join(told)}", flush=True)


def probe(dbname, people, step):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        for start in range(0, len(people), step):
            some = people[start : start + step]
            cursor.execute(
                """SELECT k.lead_id FROM unnest(%s::varchar[], %s::varchar[]) n(kind, key)
                     JOIN lead_identity k ON k.kind = n.kind AND k.key = n.key""",
                [
                    ["phone", "email"] * len(some),
                    [key for one in some for key in (one["phone"].replace(" ", "").replace("-", ""), one["email"])],
                ],
            )
            cursor.fetchall()
    connection.close()


def core_seconds(dbname):
    """Seconds that core looks for duplicates of one lead."""
    with transaction(dbname) as env:
        leads = env["crm.lead"].search([("email_from", "!=", False)], limit=PEER_LEADS)
        began = time.perf_counter()
        for lead in leads:
            lead._get_lead_duplicates(email=lead.email_from, include_lost=True)
        return (time.perf_counter() - began) / len(leads)
