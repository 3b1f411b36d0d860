"""Somebody copies leads out, over HTTP from a server of two processes: it is counted exactly and told once."""

import concurrent.futures
import contextlib
import json
import re
import time
import xmlrpc.client

import pytest
from databases import connect
from department import Department
from servers import RefusedCall

LIMIT = 50
SPEC = {"name": {}, "phone": {}, "partner_id": {"fields": {"display_name": {}}}}


#: By the database's clock an hour has begun a minute ago: all that is read here is read in one.
CLOCK = """
    CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
        AS 'SELECT pg_catalog.clock_timestamp() - make_interval(secs => {seconds})';
    ALTER DATABASE "{dbname}" SET search_path = public, pg_catalog;
"""


@pytest.fixture(scope="module")
def office(make_database, make_server):
    dbname = make_database()
    with contextlib.closing(connect(dbname)) as connection, connection, connection.cursor() as cr:
        cr.execute(CLOCK.format(dbname=dbname, seconds=time.time() % 3600 - 60))
    server = make_server(workers=2, dbname=dbname)
    office = Department(dbname, "copy")
    office.server = server
    office.hire("rep", "rita", "ron", "rosa")
    office.hire("manager", "mona", "max")
    office.open_pool("Web", members=["rita", "ron", "rosa"])
    with office.inside() as env:
        env["ir.config_parameter"].set_param("lead_pool.reads_an_hour", str(LIMIT))
        may_export = env.ref("base.group_allow_export")
        env["res.users"].browse(office.users.values()).group_ids = [(4, may_export.id)]
        minutes = env["lead.pool"]._now().minute
    assert minutes == 1, "the clock is not the one of these tests"
    yield office
    complaints = re.findall(
        r"^.* (?:WARNING|ERROR|CRITICAL) .*odoo\.addons\.lead_pool.*$", server.log.read_text("utf-8"), re.MULTILINE
    )
    assert complaints == []


def held(office, name, count):
    return [lead for _entry, lead in office.leads("Web", count, holder=name, phone="+86 138 0000 0000")]


def counted(office, name):
    """Leads, on screens, by programs, exported."""
    with office.inside() as env:
        [row] = env["lead.pool.reading"].search([("user_id", "=", office.users[name])])
        return row.lead_count, row.screen_count, row.program_count, row.export_count


def told(office, manager, about):
    with office.inside() as env:
        partner = env["res.users"].browse(office.users[manager]).partner_id
        messages = env["mail.message"].search([("subject", "=like", f"{office.login(about)} has read %")])
        return len(messages.filtered(lambda message: partner in message.notified_partner_ids))


def pids(office):
    """The processes that answered so far."""
    lines = office.server.log.read_text("utf-8").splitlines()
    return {line.split()[2] for line in lines if '"POST ' in line}


def test_pages_that_two_processes_serve_add_up_exactly(office):
    """Forty pages of leads that overlap, eight at once, over all doors."""
    leads, call = held(office, "rita", LIMIT + 10), office.server.call
    key, browser = office.server.api_key(office.login("rita")), office.browser(office.server, "rita")

    def page(number):
        some = [leads[(7 * number + place) % LIMIT] for place in range(20)]
        if number % 4 == 0:
            browser.call("crm.lead", "web_search_read", [[("id", "in", some)], SPEC])
        elif number % 4 == 1:
            call("crm.lead", "read", login=office.login("rita"), ids=some, fields=["email_from", "phone"])
        elif number % 4 == 2:
            with xmlrpc.client.ServerProxy(f"{office.server.url}/xmlrpc/2/object") as proxy:
                proxy.execute_kw(office.server.dbname, office.users["rita"], key, "crm.lead", "read", [some, ["phone"]])
        else:
            for lead in some:
                browser.call("crm.lead", "web_read", [[lead], SPEC])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(page, range(40)))
    assert len(pids(office)) > 1, "one process answered all"
    total, screens, programs, exported = counted(office, "rita")
    assert (total, exported) == (LIMIT, 0)
    assert 0 < screens <= LIMIT
    assert 0 < programs <= LIMIT
    assert told(office, "mona", "rita") == told(office, "max", "rita") == 0, "as many as she may"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ask = [pool.submit(call, "crm.lead", "read", login=office.login("rita"), ids=[lead], fields=["phone"])
               for lead in leads[LIMIT:]]  # fmt: skip
        assert all(one.result() for one in ask)
    assert counted(office, "rita")[0] == LIMIT + 10
    assert told(office, "mona", "rita") == told(office, "max", "rita") == 1, "once, by whichever process"


def export(office, name, ids, kind="csv"):
    browser = office.browser(office.server, name)
    token = re.search(r'csrf_token: "([^"]+)"', browser.get("/odoo").text).group(1)
    data = {"model": "crm.lead", "ids": ids, "domain": [], "groupby": [], "import_compat": False}
    data["fields"] = [{"name": name, "label": name, "type": "char"} for name in ("name", "phone")]
    return browser.post(f"/web/export/{kind}", data={"data": json.dumps(data), "csrf_token": token})


def test_atk_69_a_manager_exports_what_he_may_and_the_other_manager_is_told(office):
    """ATK-69: the weakest who could try it are managers, and holders with their own leads."""
    leads = held(office, "ron", LIMIT + 1)
    assert export(office, "max", leads).text.count("+86 138") == LIMIT + 1
    assert counted(office, "max") == (LIMIT + 1, 0, 0, LIMIT + 1)
    assert (told(office, "mona", "max"), told(office, "max", "max")) == (1, 0)
    assert export(office, "ron", leads, "xlsx").content[:2] == b"PK"
    assert counted(office, "ron")[3] == LIMIT + 1
    assert told(office, "mona", "ron") == told(office, "max", "ron") == 1
    log = office.server.call("lead.pool.reading", "search_read", login=office.login("mona"), domain=[], fields=[])
    assert {office.users["max"], office.users["ron"]} <= {row["user_id"][0] for row in log}
    assert all("refs" not in row for row in log), "not which leads they were"
    for method, arguments in (("unlink", {}), ("write", {"vals": {"lead_count": 0}})):
        with pytest.raises(RefusedCall):
            mine = [row["id"] for row in log if row["user_id"][0] == office.users["max"]]
            office.server.call("lead.pool.reading", method, login=office.login("max"), ids=mine, **arguments)
    with pytest.raises(RefusedCall):
        office.server.call("lead.pool.reading", "search_read", login=office.login("ron"), domain=[])
    with pytest.raises(RefusedCall):
        office.server.call(
            "ir.config_parameter", "set_param", login=office.login("max"), key="lead_pool.reads_an_hour", value="0"
        )


def test_atk_69_where_exports_are_limited_a_manager_is_refused_with_a_sentence(office):
    leads = held(office, "rosa", 12)
    with office.inside() as env:
        env["ir.config_parameter"].set_param("lead_pool.export_limit", "10")
    try:
        call, login = office.server.call, office.login("mona")
        assert (
            len(call("crm.lead", "export_data", login=login, ids=leads[:10], fields_to_export=["phone"])["datas"]) == 10
        )
        with pytest.raises(RefusedCall, match="At most 10 leads may be exported at once"):
            call("crm.lead", "export_data", login=login, ids=leads, fields_to_export=["phone"])
        assert counted(office, "mona")[3] == 10
    finally:
        with office.inside() as env:
            env["ir.config_parameter"].set_param("lead_pool.export_limit", "0")
