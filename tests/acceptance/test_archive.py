"""Nobody gets rid of remarks in a lead's history but by the archive, which keeps them: ATK-77."""

import contextlib
from datetime import datetime

import psycopg2
import pytest
from department import Department
from servers import RefusedCall

from odoo.tools import SQL

from odoo.addons.lead_pool.models.pool.clock import LeadPoolClock

#: What a server action may run, by whoever may write one, to be rid of a remark or of the file that has it.
CODE = (
    "env['lead.pool.event'].sudo().search([('lead_ref', '=', {lead})]).write({{'note': False}})",
    "env['lead.pool.event'].sudo().search([('lead_ref', '=', {lead})]).unlink()",
    "env['lead.pool.archive'].sudo().search([]).unlink()",
    "env['lead.pool.archive'].sudo().search([]).write({{'attachment_id': False}})",
    "env['lead.pool.archive'].sudo()._create([{{'stored': {{'name': 'x', 'sha256': 'x'}}}}])",
    "env['lead.pool.archive'].sudo().search([]).attachment_id.unlink()",
)
SLIM = """UPDATE lead_pool_event SET note = NULL, prev_hash = NULL, hash = NULL, detail = NULL
           WHERE lead_ref = %({lead})s AND seq = 1"""
END = """UPDATE lead_pool_event v SET note = NULL, prev_hash = NULL, detail = '{{"archive": {number}, "proof": "x"}}'
          WHERE lead_ref = %({lead})s AND seq = (SELECT max(seq) FROM lead_pool_event WHERE lead_ref = v.lead_ref)"""
#: The same by whoever may write statements, though not change tables; in a later transaction than the archive's.
STATEMENTS = (
    SLIM.format(lead="whole"),
    SLIM.format(lead="young"),
    END.format(lead="whole", number=0),
    END.format(lead="whole", number="NUMBER"),
    END.format(lead="young", number="NUMBER"),
    "UPDATE lead_pool_event SET user_ref = 1 WHERE lead_ref = %(lead)s",
    "DELETE FROM lead_pool_event WHERE lead_ref = %(lead)s",
    "INSERT INTO lead_pool_sample (model, res_id) VALUES ('crm.lead', %(lead)s)",
    "DELETE FROM ir_attachment WHERE res_model = 'lead.pool.archive'",
)


@pytest.fixture(scope="module")
def store(odoo_server):
    """One lead that ended years ago and is archived, one that is not, and one that ended today."""
    store = Department(odoo_server.dbname, "archive")
    store.server = odoo_server
    store.hire("manager", "mona")
    store.hire("system", "sam")
    store.hire("rep", "rita")
    store.open_pool("Own", members=["rita"])
    past = {"lead_pool_clock": LeadPoolClock(datetime(2019, 3, 1, 9)), "tracking_disable": True}
    store.lead, store.whole = (end(store, past) for _turn in range(2))
    store.young = end(store, {})
    with store.inside() as env:
        entry = env["lead.pool.entry"].search([("lead_ref", "=", store.lead)])
        pool = env["lead.pool"]
        before = pool._archived_before(5)
        leads, events, broken = pool._archive(entry.ids, pool._archivable(before, entry.company_id.ids))
        assert (leads, broken) == (1, [])
        assert events > 1
        store.archive = env["lead.pool.archive"].search([], limit=1).id
    assert store.problems() == []
    return store


def end(store, context):
    """A lead that ends at once."""
    with store.inside(context=context) as env:
        lead = env["crm.lead"].create({"name": "Ended", "pool_id": store.pools["Own"], "user_id": False})
        reason = env["lead.pool.reason"].search([("kind", "=", "invalid")], limit=1)
        entry = env["lead.pool.entry"].search([("lead_id", "=", lead.id)])
        assert entry.action_mark_invalid(reason.id, note="A remark")[0]["done"]
        return lead.id


def history(store):
    refs = [store.lead, store.whole, store.young]
    with store.inside() as env:
        assert env["lead.pool.event"]._broken_chains(refs) == {}
        file = env["lead.pool.archive"].search([]).attachment_id
        return env["lead.pool.event"]._rows(SQL("lead_ref = ANY(%s)", refs)), file.mapped("checksum")


@pytest.mark.parametrize("login", ["mona", "sam", "rita"])
def test_atk_77_no_program_reaches_into_the_archive(store, login):
    before = history(store)
    with store.inside() as env:
        one = env["lead.pool.archive"].search([], limit=1)
        archive, file = one.id, one.attachment_id.id
    for model, method, arguments in (
        ("lead.pool", "_archive", {"entry_ids": [1], "condition": "TRUE"}),
        ("lead.pool", "_job_archive", {"job": 1}),
        ("lead.pool.archive", "create", {"vals_list": [{"name": "x", "date": "2020-01-01", "sha256": "x"}]}),
        ("lead.pool.archive", "write", {"ids": [archive], "vals": {"sha256": "x"}}),
        ("lead.pool.archive", "unlink", {"ids": [archive]}),
        ("ir.attachment", "write", {"ids": [file], "vals": {"datas": "eA=="}}),
        ("ir.attachment", "unlink", {"ids": [file]}),
        ("lead.pool.archive", "action_take_out", {"file": "eA=="}),
    ):
        with pytest.raises(RefusedCall):
            store.server.call(model, method, login=store.login(login), **arguments)
    if login == "rita":
        for model, method, arguments in (
            ("lead.pool", "action_archive_events", {"years": 1, "dry_run": False}),
            ("lead.pool.archive", "action_verify", {"file": "eA=="}),
            ("lead.pool.archive", "read", {"ids": [archive]}),
            ("ir.attachment", "read", {"ids": [file], "fields": ["datas"]}),
        ):
            with pytest.raises(RefusedCall):
                store.server.call(model, method, login=store.login(login), **arguments)
    assert history(store) == before


@pytest.mark.parametrize("code", CODE)
def test_atk_77_no_server_action_takes_remarks_or_files_away(store, code):
    before = history(store)
    with pytest.raises(Exception, match="Events cannot|Archives|still referenced"):
        store.run_code(code.format(lead=store.whole))
    assert history(store) == before


@pytest.mark.parametrize("statement", STATEMENTS)
def test_atk_77_the_database_lets_go_only_what_a_checkpoint_covers(store, statement):
    before = history(store)
    with contextlib.closing(store.server.connect()) as connection, connection.cursor() as cursor:
        with pytest.raises((psycopg2.errors.RaiseException, psycopg2.errors.ForeignKeyViolation)):
            cursor.execute(statement.replace("NUMBER", str(store.archive)), vars(store))
    assert history(store) == before
