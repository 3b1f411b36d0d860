"""Nobody gets rid of a lead's history by way of the sample: ATK-76."""

import contextlib

import psycopg2
import pytest
from department import Department
from servers import RefusedCall

#: What a server action may run without a statement of SQL, to have a lead taken for one of the sample's.
CODE = (
    "env['lead.pool.sample'].create({{'model': 'crm.lead', 'res_id': {lead}}})",
    "env['lead.pool.sample'].sudo()._create([{{'stored': {{'model': 'crm.lead', 'res_id': {lead}}}}}])",
    "env['lead.pool.sample'].sudo()._mark(env['crm.lead'].browse({lead}), True)",
    "env['lead.pool.sample'].sudo().search([('model', '=', 'crm.lead')], limit=1).write({{'res_id': {lead}}})\n"
    "env.flush_all()",
)
MARK = "INSERT INTO lead_pool_sample (model, res_id) VALUES ('crm.lead', %(lead)s)"
#: The same by whoever may write statements, though not change tables; the last one under other names.
STATEMENTS = (
    MARK,
    "INSERT INTO lead_pool_sample (model, res_id) VALUES ('res.users', %(lead)s + 1000000000);"
    "UPDATE lead_pool_sample SET model = 'crm.lead', res_id = %(lead)s WHERE res_id = %(lead)s + 1000000000",
    "UPDATE lead_pool_sample SET res_id = %(lead)s WHERE id = (SELECT max(id) FROM lead_pool_sample)",
    # with a new event, so that one of this transaction is there
    "INSERT INTO lead_pool_event (date, kind, lead_ref, seq) VALUES (now(), 'entered', %(lead)s, 1000);" + MARK,
    "SAVEPOINT one; UPDATE crm_lead SET create_date = now() WHERE id = %(lead)s; RELEASE one;" + MARK,
    "DELETE FROM lead_pool_event WHERE lead_ref = %(lead)s",
    """CREATE TEMP TABLE lead_pool_sample AS SELECT 'crm.lead'::varchar AS model, %(lead)s AS res_id;
       CREATE TEMP TABLE crm_lead (id int);
       DELETE FROM lead_pool_event WHERE lead_ref = %(lead)s""",
)


@pytest.fixture(scope="module")
def store(odoo_server):
    """A company's own leads, each with a history, beside a sample that its manager has loaded."""
    store = Department(odoo_server.dbname, "sample")
    store.server = odoo_server
    store.hire("manager", "mona")
    store.hire("system", "sam")
    store.hire("rep", "rita")
    store.open_pool("Own", members=["rita"])
    [(_entry, store.lead)] = store.leads("Own", 1, holder="rita")
    assert odoo_server.call("lead.pool.sample", "action_load_sample", login=store.login("mona"))["leads"] == 24
    yield store
    odoo_server.call("lead.pool.sample", "action_remove_sample", login=store.login("mona"), dry_run=False)
    with store.inside() as env:
        assert env["lead.pool.sample"].search_count([]) == 0


def history(store):
    with store.inside() as env:
        events = env["lead.pool.event"].search([("lead_ref", "=", store.lead)], order="id")
        assert env["lead.pool.event"]._broken_chains([store.lead]) == {}
        return events.mapped("hash")


@pytest.mark.parametrize("login", ["mona", "sam"])
def test_atk_76_no_program_takes_a_lead_for_one_of_the_sample(store, login):
    before = history(store)
    values = {"model": "crm.lead", "res_id": store.lead}
    with store.inside() as env:
        mark = env["lead.pool.sample"].search([("model", "=", "crm.lead")], limit=1).id
    for method, arguments in (
        ("create", {"vals_list": [values]}),
        ("load", {"fields": ["model", "res_id"], "data": [["crm.lead", str(store.lead)]]}),
        ("write", {"ids": [mark], "vals": values}),
        ("unlink", {"ids": [mark]}),
        ("_mark", {"records": [store.lead], "loading": True}),
    ):
        try:
            assert not store.server.call("lead.pool.sample", method, login=store.login(login), **arguments)["ids"]
        except RefusedCall:
            pass
    with store.inside() as env:
        assert store.lead not in env["lead.pool.sample"]._numbers("crm.lead")
    assert history(store) == before


@pytest.mark.parametrize("code", CODE)
def test_atk_76_no_server_action_takes_a_lead_for_one_of_the_sample(store, code):
    before = history(store)
    with pytest.raises(Exception, match="sample"):
        store.run_code(code.format(lead=store.lead))
    assert history(store) == before


@pytest.mark.parametrize("statement", STATEMENTS)
def test_atk_76_the_database_knows_which_leads_the_sample_made(store, statement):
    """In a later transaction than that of its first event no lead becomes one of the sample's."""
    before = history(store)
    with contextlib.closing(store.server.connect()) as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.RaiseException, match="refused"):
            cursor.execute(statement, {"lead": store.lead})
    assert history(store) == before


def test_atk_76_removing_the_sample_removes_no_other_history(store):
    before = history(store)
    server, login = store.server, store.login("mona")
    assert server.call("lead.pool.sample", "action_remove_sample", login=login, dry_run=False)["kept"] == []
    assert history(store) == before
    assert server.call("lead.pool.sample", "action_load_sample", login=login)["leads"] == 24
