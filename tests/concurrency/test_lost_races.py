"""Somebody else is quicker each time that Odoo tries: what the caller is told, over HTTP.

scripts/exec pytest -p no:odoo -m long tests/concurrency/test_lost_races.py
"""

import pytest
import requests
from department import Department

pytestmark = pytest.mark.long  # Odoo sleeps for up to half a minute between its tries

QUICKER = """
    CREATE OR REPLACE FUNCTION somebody_is_quicker() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE 'could not serialize access due to concurrent update' USING ERRCODE = 'serialization_failure';
    END $$;
    CREATE OR REPLACE TRIGGER somebody_is_quicker BEFORE UPDATE ON {table}
       FOR EACH ROW WHEN (NEW.name = '{name}') EXECUTE FUNCTION somebody_is_quicker()
"""


@pytest.fixture(scope="module")
def office(make_server):
    office = Department("", "lost")
    office.server = make_server()
    office.dbname = office.server.dbname
    office.hire("manager", "chief")
    office.open_pool("Inbound")
    return office


def make_somebody_quicker(office, table, name):
    """At the record of this name, when it is written next."""
    with office.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(QUICKER.format(table=table, name=name))
    connection.close()


def error(office, table, name, model, method, *arguments):
    """What the chief is told when somebody is quicker at this table."""
    make_somebody_quicker(office, table, name)
    params = {"model": model, "method": method, "args": arguments, "kwargs": {}}
    answer = office.browser(office.server, "chief").json(f"/web/dataset/call_kw/{model}/{method}", params)
    return answer["error"]["data"]


def test_a_sentence_says_that_nothing_was_done(office):
    [(_entry, lead)] = office.leads("Inbound", 1, name="Wanted")
    told = error(office, "crm_lead", "Wanted", "crm.lead", "action_archive", [lead])
    assert told["name"] == "odoo.exceptions.UserError"
    assert told["message"].startswith("Others kept changing these leads at the same moment, so nothing was done.")
    assert "serialize" not in told["debug"]
    with office.inside() as env:
        record = env["crm.lead"].browse(lead)
        assert (record.active, record.pool_state) == (True, "waiting")
    assert office.problems() == []


def test_a_program_of_older_days_is_told_the_same(office):
    [(_entry, lead)] = office.leads("Inbound", 1, name="Wanted by a program")
    make_somebody_quicker(office, "crm_lead", "Wanted by a program")
    key = office.server.api_key(office.login("chief"))
    call = [office.dbname, office.users["chief"], key, "crm.lead", "action_archive", [[lead]]]
    params = {"service": "object", "method": "execute_kw", "args": call}
    answer = requests.post(f"{office.server.url}/jsonrpc", json={"jsonrpc": "2.0", "params": params}, timeout=60)
    told = answer.json()["error"]["data"]
    assert told["name"] == "odoo.exceptions.UserError"
    assert told["message"].startswith("Others kept changing these leads at the same moment, so nothing was done.")
    assert "serialize" not in told["debug"]


def test_what_has_to_do_with_no_lead_is_said_by_odoo(office):
    with office.inside() as env:
        customer = env["res.partner"].create({"name": "Wanted, too"}).id
    told = error(office, "res_partner", "Wanted, too", "res.partner", "write", [customer], {"function": "Buyer"})
    assert told["name"] == "psycopg2.errors.SerializationFailure"
