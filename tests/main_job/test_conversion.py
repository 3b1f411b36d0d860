"""A company converts the leads of its own file, whose columns all are fields of customers and orders, too.

Every value is found again at the customer and in the order, or was said to stay behind; counted over the tables, not by
the product.

Always with a generated file; with a thousand leads of the real one marked `long`.
"""

import concurrent.futures

import own_file
import pytest
from department import Department

REPS = ("ann", "ben", "cleo", "dan")


@pytest.fixture
def file(request, tmp_path):
    """A file in which each company sends two people, so that customers meet."""

    def change(number, row):
        row["Company Name"] = f"Sea Company {number // 2}"

    return own_file.write(request.param, tmp_path, 120, most=1000, change=change)


@pytest.fixture
def server(make_server):
    server = make_server(workers=4)
    yield server
    server.stop()


@pytest.mark.parametrize("file", own_file.FILES, indirect=True)
def test_every_value_reaches_customer_and_order_or_is_announced(file, server):
    company = Department(server.dbname, "conv")
    company.hire("manager", "boss")
    company.hire("rep", *REPS)
    boss = company.login("boss")
    rows_of_file, headings = own_file.read(file)
    names = list(own_file.make_fields(server, boss, file, headings).values())
    ids = server.call("lead.custom.field", "search", login=boss, domain=[])
    server.call("lead.custom.field", "write", login=boss, ids=ids, vals={"on_customer": True, "on_order": True})
    pool = company.open_pool("Own", members=REPS)
    own_file.take_in(server, file, "conv Own")
    leads = list(own_file.by_external_id(server).values())
    assert len(leads) == len(rows_of_file)
    rows = server.call(
        "lead.pool.entry", "search_read", login=boss, domain=[["pool_id", "=", pool], ["lead_id", "in", leads]],
        fields=["lead_id"],
    )  # fmt: skip
    assert len(rows) == len(leads)
    # neighbours in the file, who are of one company, go to different reps at the same moment
    shares = [[row for number, row in enumerate(rows) if number % len(REPS) == at] for at in range(len(REPS))]
    with concurrent.futures.ThreadPoolExecutor(len(REPS)) as pool_of_threads:
        answers = list(pool_of_threads.map(lambda rep, share: work(server, company.login(rep), share), REPS, shares))
    refused = [row for answer in answers for row in answer if not row["done"]]
    assert not refused, refused[:3]
    count_again(server, names, leads)


def work(server, rep, rows):
    """Claim and convert, in the lots that a rep chooses in a list."""
    answers = []
    for start in range(0, len(rows), 25):
        lot = rows[start : start + 25]
        claimed = server.call("lead.pool.entry", "action_claim", login=rep, ids=[row["id"] for row in lot], timeout=300)
        assert all(answer["done"] for answer in claimed), claimed
        ids = [row["lead_id"][0] for row in lot]
        answers += server.call(
            "crm.lead", "action_convert_many", login=rep, ids=ids, values={"create_order": True}, timeout=600
        )
    return answers


def count_again(server, names, leads):
    """Each value of each lead against what customer and order hold, in SQL."""
    connection = server.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT name) FROM res_partner WHERE name LIKE 'Sea Company %'")
        companies, different = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM sale_order WHERE opportunity_id = ANY(%s)", [leads])
        assert cursor.fetchone() == (len(leads),)
        cursor.execute("SELECT lead_ref, landings FROM lead_pool_conversion WHERE lead_ref = ANY(%s)", [leads])
        announced = {
            (lead_id, one["lead_field"], one["goes_to"])
            for lead_id, landings in cursor.fetchall()
            for one in landings
            if one["outcome"] in ("keeps", "lost")
        }
        missing, found = set(), 0
        for name in names:
            cursor.execute(
                f"""SELECT l.id, p."{name}" IS NOT DISTINCT FROM l."{name}", o."{name}" IS NOT DISTINCT FROM l."{name}"
                      FROM crm_lead l JOIN res_partner c ON c.id = l.partner_id
                      JOIN res_partner p ON p.id = c.commercial_partner_id
                      JOIN sale_order o ON o.opportunity_id = l.id
                     WHERE l.id = ANY(%s) AND l."{name}" IS NOT NULL AND l."{name}"::text NOT IN ('', '0', 'false')""",
                [leads],
            )
            for lead_id, at_customer, in_order in cursor.fetchall():
                found += at_customer + in_order
                missing |= {(lead_id, name, "company")} if not at_customer else set()
                missing |= {(lead_id, name, "order")} if not in_order else set()
    connection.close()
    assert companies == different == (len(leads) + 1) // 2, "a company that two reps converted is one customer"
    assert found > 10 * len(leads)
    assert missing == announced
