"""A rep converts leads with twenty custom fields: customer and contact are made, each value lands where it belongs.

Raw: the same contacts and the changed leads written by SQL. Peer: what Odoo's own dialog does, in an Odoo without our
add-ons, of leads with as many columns, by turns with ours. Odoo looks for no known customer, carries no custom field
over, and writes nothing down that could be undone: that is what ours costs more.
"""

import market
import measure
from databases import connect
from department import transaction

LEADS, FIELDS, BATCH = 200, 20, 20  # of one transaction
KNOWN = 10_000  # leads that are there besides
KINDS = ("text", "integer", "decimal", "date", "boolean")
TYPES = {"text": "char", "integer": "integer", "decimal": "float", "date": "date", "boolean": "boolean"}
VALUES = {"text": "as typed", "integer": 7, "decimal": 1.5, "date": "2026-03-02", "boolean": True}


def run(bench):
    """Row ``conversion``."""
    number = min(bench.size, LEADS)
    with (
        bench.snapshot(prepare, min(bench.size, KNOWN), number) as made,
        bench.database(bench.plain) as plain_snapshot,
    ):
        measure.in_child(prepare_plain, plain_snapshot, number)
        with bench.database(plain_snapshot) as plain:
            sides = {
                "raw": measure.Side(lambda: write(made.work)),
                "peer": measure.Side(lambda: convert_as_odoo(plain), lambda: measure.fresh(plain_snapshot, plain)),
                "ours": measure.Side(lambda: convert(made.work)),
            }
            costs = measure.by_turns(made.snapshot, made.work, sides, bench.rounds)
        check(made.work, number)
    yield measure.row(
        "conversion",
        number,
        costs["ours"],
        costs["raw"],
        peer_s=costs["peer"].median("seconds"),
        target="ratio_peer >= 0.5",
        meets=lambda row: row["ratio_peer"] >= 0.5,
    )


def prepare(dbname, known, number):
    market.open_shop(dbname, known)
    with transaction(dbname) as env:
        kinds = [KINDS[n % len(KINDS)] for n in range(FIELDS)]
        made = env["lead.custom.field"].create(
            [
                {"name": f"Bench {n}", "field_type": kind, "on_lead": True, "on_customer": True}
                for n, kind in enumerate(kinds)
            ]
        )
        values = {one.technical_name: VALUES[one.field_type] for one in made}
    with transaction(dbname) as env:
        rep = market.hire(env, 1)
        pool = env["lead.pool"].create({"name": "Mine", "member_ids": [(0, 0, {"user_id": rep.id})]})
        pool.member_ids.capacity = 0
        write_leads(env, number, {**values, "pool_id": pool.id, "user_id": rep.id})


def prepare_plain(dbname, number):
    kinds = {f"x_bench_{n}": KINDS[n % len(KINDS)] for n in range(FIELDS)}
    with transaction(dbname) as env:
        env["ir.model.fields"].create(
            [
                {
                    "name": name,
                    "field_description": name,
                    "model_id": env["ir.model"]._get(model).id,
                    "ttype": TYPES[kind],
                }
                for model in ("crm.lead", "res.partner")
                for name, kind in kinds.items()
            ]
        )
    with transaction(dbname) as env:
        values = {name: VALUES[kind] for name, kind in kinds.items()}
        write_leads(env, number, {**values, "user_id": market.hire(env, 1).id})


def write_leads(env, number, values):
    """``number`` leads of companies that nobody knows."""
    env["crm.lead"].with_context(tracking_disable=True).create(
        [
            {
                "name": f"To convert {serial}",
                "type": "lead",
                "contact_name": contact,
                "email_from": f"new.{email}",
                "phone": phone,
                "partner_name": f"{email.partition('@')[0]} {company}",
                "city": city,
                **values,
            }
            for serial, (contact, email, phone, company, city, _priority) in enumerate(
                market.people(number, seed=market.SEED + 2, duplicates=False)
            )
        ]
    )


def _batches(dbname):
    """The leads in the rep's environment, some of them in each transaction."""
    with transaction(dbname) as env:
        ids = env["crm.lead"].search([("name", "like", "To convert %")], order="id").ids
        rep = env["res.users"].search([("login", "=", "rep1")]).id
    for start in range(0, len(ids), BATCH):
        with transaction(dbname) as env:
            yield from env(user=rep)["crm.lead"].browse(ids[start : start + BATCH])


def convert(dbname):
    for lead in _batches(dbname):
        lead.action_convert()


def convert_as_odoo(dbname):
    for lead in _batches(dbname):
        lead._handle_partner_assignment(create_missing=True)
        lead.convert_opportunity(lead.partner_id)


def check(dbname, number):
    """The last run did what it promises."""
    with transaction(dbname) as env:
        leads = env["crm.lead"].search([("name", "like", "To convert %")])
        assert set(leads.mapped("type")) == {"opportunity"} and len(leads.partner_id) == number
        names = env["lead.custom.field"].search([]).mapped("technical_name")
        assert all(leads.partner_id.commercial_partner_id[:1][name] for name in names), "a value was not carried"


def write(dbname):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'res_partner'::regclass AND attnum > 0"
            " AND NOT attisdropped AND attname NOT IN ('id', 'name', 'email', 'phone', 'parent_id')"
        )
        columns = ", ".join(name for [name] in cursor.fetchall())
        cursor.execute(
            f"""WITH lead AS (SELECT id, partner_name, contact_name, email_from, phone FROM crm_lead
                               WHERE name LIKE 'To convert %'),
                     pattern AS (SELECT * FROM res_partner ORDER BY id LIMIT 1),
                     company AS (INSERT INTO res_partner ({columns}, name)
                                 SELECT {columns}, lead.partner_name FROM pattern, lead RETURNING id, name),
                     contact AS (INSERT INTO res_partner ({columns}, name, email, phone, parent_id)
                                 SELECT {columns}, lead.contact_name, lead.email_from, lead.phone, company.id
                                   FROM pattern, lead JOIN company ON company.name = lead.partner_name
                                 RETURNING id, parent_id)
                UPDATE crm_lead l SET partner_id = contact.id, type = 'opportunity', date_conversion = now()
                  FROM lead JOIN company ON company.name = lead.partner_name
                       JOIN contact ON contact.parent_id = company.id
                 WHERE l.id = lead.id"""
        )
    connection.close()
