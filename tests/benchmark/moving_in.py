"""What comes after an installation on a database with leads: their keys are made, they enter a pool, all is checked.

Ours goes as the scheduled actions do, in as many processes as there are of them. Raw: the rows that cannot be avoided,
written by one statement a table and half of the leads, in two connections; for the check, reading the ledgers once.
"""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import market
import measure
from databases import connect
from department import transaction

import odoo.sql_db

MOST = 100_000  # leads
LEADS_A_SECOND = 5000
#: What is written of each lead: its place, what happened, who holds it, and both on the lead.
ENTER = (
    """INSERT INTO lead_pool_entry (lead_id, lead_ref, pool_id, company_id, state, user_id, epoch, entered_at,
                                    held_since, holders, recycled, priority, city, event_seq, event_hash, create_uid)
       SELECT l.id, l.id, p.id, 1, CASE WHEN l.user_id IS NULL THEN 'waiting' ELSE 'held' END, l.user_id, 1,
              now(), CASE WHEN l.user_id IS NOT NULL THEN now() END, (l.user_id IS NOT NULL)::int, 0, l.priority,
              l.city, 1, repeat('0', 64), 1
         FROM crm_lead l, lead_pool p WHERE l.id %% 2 = %s""",
    """INSERT INTO lead_pool_event (date, kind, lead_ref, seq, pool_ref, pool_name, user_ref, actor_ref, actor_name,
                                    company_ref, epoch, hash)
       SELECT now(), 'enrolled', l.id, 1, p.id, 'Inbound', l.user_id, 1, 'OdooBot', 1, 1, repeat('0', 64)
         FROM crm_lead l, lead_pool p WHERE l.id %% 2 = %s""",
    """INSERT INTO lead_pool_holding (lead_id, lead_ref, pool_id, user_id, company_id, epoch, ordinal, started_at,
                                      origin)
       SELECT l.id, l.id, p.id, l.user_id, 1, 1, 1, now(), 'enrolled'
         FROM crm_lead l, lead_pool p WHERE l.user_id IS NOT NULL AND l.id %% 2 = %s""",
    "UPDATE crm_lead l SET pool_id = p.id, write_date = now() FROM lead_pool p WHERE l.id %% 2 = %s",
)


def run(bench):
    """Rows ``install_keys``, ``install_enrol``, ``install_enrol_moved`` and ``install_check``."""
    number = min(bench.size, MOST)
    yield from keys(bench, number)
    yield from enrolling(bench, number, "install_enrol", prepare)
    yield from enrolling(bench, number, "install_enrol_moved", prepare_elsewhere)
    yield from checking(bench, number)


def keys(bench, number):
    with bench.snapshot(prepare, number) as made:
        with transaction(made.snapshot) as env:
            rows = [row for found in _keys(env) for row in found]
        sides = {
            "raw": measure.Side(lambda: write_rows(made.work, rows)),
            "ours": measure.Side(lambda: in_processes(make_keys, made.work, [None])),
        }
        costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
    yield row_of("install_keys", number, costs)


def enrolling(bench, number, name, prepared):
    with bench.snapshot(prepared, number) as made:
        sides = {
            "raw": measure.Side(lambda: enter_raw(made.work)),
            "ours": measure.Side(lambda: enrol(made.work)),
        }
        costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
        with transaction(made.work) as env:
            assert env["lead.pool.entry"].search_count([]) == number
            assert not env["lead.pool"]._health_problems()
    yield row_of(name, number, costs)


def checking(bench, number):
    with bench.snapshot(prepare_entered, number) as made:
        sides = {
            "raw": measure.Side(lambda: read_ledgers(made.work), writes=False),
            "ours": measure.Side(lambda: check_everything(made.work)),
        }
        costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
    yield row_of("install_check", number, costs)


def row_of(name, number, costs):
    return measure.row(
        name,
        number,
        costs["ours"],
        costs["raw"],
        target=f"{LEADS_A_SECOND} leads/s",
        meets=lambda row: row["size"] / row["ours_s"] >= LEADS_A_SECOND,
    )


def prepare(dbname, number, elsewhere=False):
    """Leads in no pool, every third one somebody's, of the pool's team and with a probability, as Odoo keeps them.

    :param elsewhere: they are of another team, so that CRM computes all anew that it derives from the team
    """
    with transaction(dbname) as env:
        rep = market.hire(env, 1)
        pool = env["lead.pool"].create({"name": "Inbound", "tz": "UTC"})
        team = pool.team_id
        assert team
        if elsewhere:
            team = team.copy()
        market.write_leads(
            env, number, columns={"probability": "50", "automated_probability": "50"}, team_id=team.id
        )  # fmt: skip
        env.cr.execute("UPDATE crm_lead SET user_id = %s, date_open = now() WHERE id %% 3 = 0", [rep.id])
        env["lead.pool.job"].search([]).unlink()  # the keys are made by what is measured


def prepare_elsewhere(dbname, number):
    prepare(dbname, number, elsewhere=True)


def prepare_entered(dbname, number):
    prepare(dbname, number)
    enrol(dbname)


# ── ours ──────────────────────────────────────────────────────────────────────────────────────────


def in_processes(work, dbname, arguments):
    """``work(dbname, argument)`` for each argument at once, as the workers of scheduled actions do; their queries are
    counted here."""
    fork = multiprocessing.get_context("fork")
    asked = fork.Value("i", 0)

    def counted(*arguments):
        before = odoo.sql_db.sql_counter
        work(*arguments)
        with asked.get_lock():
            asked.value += odoo.sql_db.sql_counter - before

    children = [fork.Process(target=counted, args=(dbname, one)) for one in arguments]
    odoo.sql_db.close_all()  # no connection survives a fork
    for child in children:
        child.start()
    for child in children:
        child.join()
        if child.exitcode:
            raise RuntimeError("the background work failed, see above")
    odoo.sql_db.sql_counter += asked.value


def make_keys(dbname, _nothing):
    with transaction(dbname) as env:
        last, many = 0, 1
        while many:
            last, many = env["lead.identity"]._backfill(last)
            env.cr.commit()


def enrol(dbname):
    with transaction(dbname) as env:
        [answer] = env["lead.pool"].search([]).action_enrol([], dry_run=False)
        job = env["lead.pool.job"].browse(answer["job_id"])
        parts = (job.part_ids or job).ids
    in_processes(work_job, dbname, parts)


def check_everything(dbname):
    with transaction(dbname) as env:
        job = env["lead.pool"].action_check_everything()
    in_processes(work_job, dbname, [job])


def work_job(dbname, job_id):
    from odoo.addons.lead_pool.isolation import read_committed

    with transaction(dbname) as env:
        job = env["lead.pool.job"].browse(job_id)
        read_committed(env.cr)
        while job.state in ("waiting", "running"):
            job._work()
            env.cr.commit()
            read_committed(env.cr)
        assert job.state == "done", job.problem


# ── raw ───────────────────────────────────────────────────────────────────────────────────────────


def _keys(env):
    ids = env["crm.lead"].search([], order="id").ids
    for start in range(0, len(ids), market.KEYS):
        of_leads = env["lead.identity"]._keys_of(ids[start : start + market.KEYS], "crm.lead")
        yield [(lead_id, kind, key) for lead_id, found in of_leads.items() for kind, key in found]


def write_rows(dbname, rows):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        for start in range(0, len(rows), 10_000):
            cursor.execute(
                """INSERT INTO lead_identity (lead_id, kind, key)
                   SELECT * FROM unnest(%s::int[], %s::varchar[], %s::varchar[])""",
                list(map(list, zip(*rows[start : start + 10_000], strict=True))),
            )
    connection.close()


def enter_raw(dbname):
    def half(number):
        connection = connect(dbname)
        with connection, connection.cursor() as cursor:
            for statement in ENTER:
                cursor.execute(statement, [number])
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(half, (0, 1)))


def read_ledgers(dbname):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        for table in ("lead_pool_entry", "lead_pool_holding", "lead_pool_event", "lead_identity"):
            cursor.execute(f"SELECT * FROM {table}")
            while cursor.fetchmany(10_000):
                pass
    connection.close()
