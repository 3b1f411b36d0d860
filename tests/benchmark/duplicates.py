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
                tell_planning(made.work, people)
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


def tell_planning(dbname, people):
    """What it costs to plan the two questions about somebody: anew each time, once a connection by the functions that
    we ask, and once by hand, to which nothing is added (prepared statements do not live behind a pooler)."""
    from odoo.addons.lead_pool.models.identity.matching import FUNCTIONS

    def question(name, marks):
        text = FUNCTIONS[name][2].replace("LIMIT most", "LIMIT 21")
        for argument, mark in marks.items():
            text = text.replace(f"({argument}", f"({mark}").replace(f" {argument})", f" {mark})")
        return text

    with transaction(dbname) as env:
        keys = [sorted(one.keys) for one in env["lead.identity"]._asked(people)]
    owners, leads = "lead_identity_owners", "lead_identity_leads"
    by_hand = {"kinds": "$1", "texts": "$2", "ids": "$1"}
    anew = {"kinds": "%s::varchar[]", "texts": "%s::varchar[]", "ids": "%s"}
    ways = {
        "planned anew": (question(owners, anew), question(leads, anew)),
        "by the functions": (f"SELECT * FROM {owners}(%s::varchar[], %s::varchar[], 21)", f"SELECT * FROM {leads}(%s)"),
        "prepared": ("EXECUTE owners(%s, %s)", "EXECUTE leads(%s)"),
    }
    connection = connect(dbname)
    if measure.backend_ms(connection) is None:
        return
    with connection, connection.cursor() as cursor:
        cursor.execute(f"PREPARE owners(varchar[], varchar[]) AS {question(owners, by_hand)}")
        cursor.execute(f"PREPARE leads(int[]) AS {question(leads, by_hand)}")
        costs = {way: [] for way in ways}
        for _round in range(measure.ROUNDS):
            for way, questions in ways.items():
                began = measure.backend_ms(connection)
                for some in keys:
                    cursor.execute(questions[0], list(map(list, zip(*some, strict=True))))
                    if ids := sorted({lead_id for _kind, _key, lead_id, _partner in cursor.fetchall() if lead_id}):
                        cursor.execute(questions[1], [ids])
                costs[way].append((measure.backend_ms(connection) - began) / len(keys))
    connection.close()
    told = ", ".join(f"{way} {statistics.median(ms):.2f} ms" for way, ms in costs.items())
    print(f"duplicates_one: of PostgreSQL's processor the two questions take {told}", flush=True)


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
