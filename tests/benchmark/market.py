"""Leads, reps and pools in any number, the same from the same seed: written by SQL where the ORM would take hours, and
brought into their pools by the product itself."""

import random
from itertools import accumulate, islice

SEED = 20260302
CHUNK = 1000  # leads of one transaction
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


def write_leads(env, number, seed=SEED, duplicates=True, **values):
    """Insert ``number`` leads without an owner, each a copy of one that the ORM made; their ids."""
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
    }
    env.cr.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'crm_lead'::regclass AND attnum > 0"
                   " AND NOT attisdropped AND attname <> 'id'")  # fmt: skip
    columns = [name for [name] in env.cr.fetchall()]
    ids = []
    crowd = people(number, seed, duplicates)
    while rows := list(islice(crowd, CHUNK)):
        env.cr.execute(
            f"""INSERT INTO crm_lead ({", ".join(columns)})
                SELECT {", ".join(own.get(name, "p." + name) for name in columns)} FROM crm_lead p,
                       unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
                       WITH ORDINALITY n(contact, email, phone, company, city, priority, serial)
                 WHERE p.id = %s ORDER BY n.serial RETURNING id""",
            [*map(list, zip(*rows, strict=True)), pattern.id],
        )
        ids += [lead_id for [lead_id] in env.cr.fetchall()]
    pattern.unlink()
    return ids


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
