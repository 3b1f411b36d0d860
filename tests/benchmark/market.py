"""Leads, reps and pools in any number, the same from the same seed: written by SQL where the ORM would take hours, and
brought into their pools by the product itself."""

import contextlib
import multiprocessing
import os
import random
from itertools import accumulate, islice

from databases import connect
from department import GROUPS, transaction

import odoo.sql_db

SEED = 20260302
CHUNK = 1000  # leads of one transaction
KEYS = 2000  # leads whose keys are made in one transaction
EXACT, FUZZY = 0.05, 0.02  # duplicates: the same phone and e-mail; the same person typed otherwise
CHINESE = ("王 李 张 刘 陈 杨 赵 黄 周 吴".split(), "伟 芳 娜 秀英 敏 静 丽 强 磊 军 洋 艳".split())
LATIN = (
    "Sharma Iyer Patel Nair Smith Müller García Rossi Novák Larsen".split(),
    "Aarav Diya Isha Kabir Meera Anna Peter Lucía Marco Eva".split(),
)
CITIES = "Beijing Shanghai Guangzhou Shenzhen Chengdu Wuhan Hangzhou Xi'an".split()
DOMAINS = 500  # of e-mail addresses; the n-th is 1/n as frequent as the first (Zipf)


def people(number, seed=SEED, duplicates=True):
    """``(contact, e-mail, phone, company, city, priority)`` of ``number`` leads."""
    dice = random.Random(seed)
    domains = [f"company{n}.example.com" for n in range(1, DOMAINS + 1)]
    weights = list(accumulate(1 / n for n in range(1, DOMAINS + 1)))
    recent = []
    for serial in range(number):
        luck = dice.random()
        if duplicates and recent and luck < EXACT + FUZZY:
            contact, email, phone, company, city, priority = dice.choice(recent)
            if luck >= EXACT:  # spaced and cased otherwise
                contact, phone = contact.upper(), phone.replace(" ", "-")
        else:
            last, first = (dice.choice(names) for names in (CHINESE if dice.random() < 0.7 else LATIN))
            contact = f"{last}{first}" if last in CHINESE[0] else f"{first} {last}"
            [domain] = dice.choices(domains, cum_weights=weights)
            email = f"{dice.choice('abcdefghijklmnop')}.{serial}@{domain}"
            phone = f"+86 1{dice.randrange(30, 99)} {dice.randrange(10_000):04} {dice.randrange(10_000):04}"
            company = domain.split(".")[0].title() + (" 有限公司" if dice.random() < 0.5 else " Ltd")
            city, priority = dice.choice(CITIES), dice.choice("0000112")
            recent = [*recent[-99:], (contact, email, phone, company, city, priority)]
        yield contact, email, phone, company, city, priority


def hire(env, number):
    """``number`` reps: ``res.users``."""
    groups = [env.ref("base.group_user").id, env.ref("sales_team.group_sale_salesman").id]
    return (
        env["res.users"]
        .with_context(no_reset_password=True, tracking_disable=True)
        .create(
            [
                {"name": f"Rep {n}", "login": f"rep{n}", "email": f"rep{n}@example.com", "group_ids": [(6, 0, groups)]}
                for n in range(1, number + 1)
            ]
        )
    )


def open_shop(dbname, number):
    """A pool, ``number`` leads that are known, who imports, and a program that hands in."""
    with transaction(dbname) as env:
        env["lead.pool"].create({"name": "Hot"})
        env.company.country_id = env.ref("base.cn")
        for kind in ("marketing", "program"):
            groups = [env.ref(name).id for name in ("base.group_user", *GROUPS[kind])]
            env["res.users"].with_context(no_reset_password=True).create(
                {"name": kind, "login": f"bench_{kind}", "group_ids": [(6, 0, groups)]}
            )
        ids = write_leads(env, number)
    write_keys(dbname, ids)


def write_leads(env, number, seed=SEED, duplicates=True, columns=None, **values):
    """Insert ``number`` leads without an owner, each a copy of one that the ORM made; their ids.

    :param columns: ``{column: SQL expression}`` of what differs from lead to lead; ``{serial}`` is the lead's number
    """
    pattern = env["crm.lead"].with_context(tracking_disable=True).create(
        {"name": "Pattern", "user_id": False, "type": "opportunity", **values}
    )  # fmt: skip
    env.flush_all()
    own = {
        "name": "'Lead ' || n.contact",
        "contact_name": "n.contact",
        "partner_name": "n.company",
        "email_from": "n.email",
        "email_normalized": "lower(n.email)",
        "phone": "n.phone",
        "phone_sanitized": "regexp_replace(n.phone, '[ -]', '', 'g')",
        "city": "n.city",
        "priority": "n.priority",
        **(columns or {}),
    }
    env.cr.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'crm_lead'::regclass AND attnum > 0"
                   " AND NOT attisdropped AND attname <> 'id'")  # fmt: skip
    names = [name for [name] in env.cr.fetchall()]
    cells = ", ".join(own.get(name, "p." + name) for name in names)
    ids = []
    crowd = people(number, seed, duplicates)
    env.cr.commit()
    with bare_table(env.cr.dbname, "crm_lead"):
        while rows := list(islice(crowd, CHUNK)):
            env.cr.execute(
                f"""INSERT INTO crm_lead ({", ".join(names)})
                    SELECT {cells.replace("{serial}", f"({len(ids)} + n.serial)")} FROM crm_lead p,
                           unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
                           WITH ORDINALITY n(contact, email, phone, company, city, priority, serial)
                     WHERE p.id = %s ORDER BY n.serial RETURNING id""",
                [*map(list, zip(*rows, strict=True)), pattern.id],
            )
            ids += [lead_id for [lead_id] in env.cr.fetchall()]
        env.cr.commit()
    pattern.unlink()
    return ids


def copies(env, pattern, source, values):
    """Insert a copy of a record for each row ``r`` of a relation.

    :param pattern: the record, as the ORM made it
    :param source: SQL of the relation
    :param values: ``{column: SQL expression}`` of what differs, on the columns of the relation; an ``id`` that is not
        given is the next one
    """
    env.flush_all()
    table = pattern._table
    env.cr.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attname <> 'id' AND attname <> ALL(%s)",
        [table, list(values)],
    )
    same = [f'"{name}"' for [name] in env.cr.fetchall()]
    env.cr.execute(
        f"""INSERT INTO {table} ({", ".join([*same, *values])})
            SELECT {", ".join([*(f"pattern.{name}" for name in same), *(f"r.{name}" for name in values)])}
              FROM (SELECT {", ".join(f"{value} AS {name}" for name, value in values.items())} FROM {source} r) r,
                   {table} pattern WHERE pattern.id = %s""",
        [pattern.id],
    )
    env.cr.execute(f"SELECT setval('{table}_id_seq', max(id)) FROM {table}")
    env.cr.execute(f"ANALYZE {table}")  # or what refers to it is checked row by row as if it were still small


def write_keys(dbname, lead_ids):
    """Their keys, as the background job makes them; by as many processes as there are cores."""
    cores = os.cpu_count() or 1
    fork = multiprocessing.get_context("fork")
    with bare_table(dbname, "lead_identity", keep="key_uniq"):
        shares = [lead_ids[n * len(lead_ids) // cores : (n + 1) * len(lead_ids) // cores] for n in range(cores)]
        children = [fork.Process(target=_write_share, args=(dbname, share)) for share in shares]
        odoo.sql_db.close_all()  # no connection survives a fork
        for child in children:
            child.start()
        for child in children:
            child.join()
            assert not child.exitcode, "the keys could not be made, see above"
    with transaction(dbname) as env:
        env["lead.identity"]._backfill(lead_ids[-1])  # there are no more: that is noted


def _write_share(dbname, lead_ids):
    with transaction(dbname) as env:
        for start in range(0, len(lead_ids), KEYS):
            env["lead.identity"]._write_keys(lead_ids[start : start + KEYS])
            env.cr.commit()


@contextlib.contextmanager
def bare_table(dbname, table, keep="pkey"):
    """The rows that are committed meanwhile are not indexed one by one, and what they refer to is not looked up.

    :param keep: indexes stay whose names end like this
    """
    with contextlib.closing(connect(dbname)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
                WHERE i.indrelid = %s::regclass AND NOT i.indisprimary
                  AND NOT i.indexrelid::regclass::text LIKE %s
                  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)""",
            [table, "%" + keep],
        )
        indexes = dict(cursor.fetchall())
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        [[is_super]] = cursor.fetchall()  # who is not may not switch off what looks up
        for name in indexes:
            cursor.execute(f"DROP INDEX {name}")
        if is_super:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    yield
    with contextlib.closing(connect(dbname)) as connection, connection, connection.cursor() as cursor:
        for definition in indexes.values():
            cursor.execute(definition)
        if is_super:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")


def fill(env, pool, lead_ids, holders=()):
    """Bring leads into ``pool``, waiting or held by ``holders`` in turn; commits by the chunk."""
    from odoo.addons.lead_pool.models.verbs.enter import Arrival  # not there where core is measured alone

    for start in range(0, len(lead_ids), CHUNK):
        leads = env["crm.lead"].browse(lead_ids[start : start + CHUNK])
        env["lead.pool.entry"]._enter(
            [
                Arrival(lead, pool, user_id=holders[n % len(holders)].id if holders else 0, kind="enrolled")
                for n, lead in enumerate(leads, start)
            ]
        )
        env.cr.commit()
        env.invalidate_all()
