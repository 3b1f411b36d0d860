"""Old histories go into files while somebody comes back to one of these leads: no event is lost, no chain breaks."""

import base64
from datetime import datetime

import pytest
from office import COMMITTED, REPEATABLE, errors_and_retries, verify

from odoo.addons.lead_pool.models.pool.clock import LeadPoolClock

LONG_AGO = {"lead_pool_clock": LeadPoolClock(datetime(2019, 3, 1, 9)), "tracking_disable": True}


@pytest.fixture
def ended(office):
    """Callable ``() -> (entry id, lead id)`` of a lead that was lost years ago."""
    stock = []

    def one():
        if not stock:
            with office.inside(context=LONG_AGO) as env:
                values = {"name": "Lost", "pool_id": office.pools["Inbound"], "user_id": office.users["ann"]}
                leads = env["crm.lead"].create([values] * 50)
                leads.action_set_lost()
                stock.extend((lead.pool_entry_ids.id, lead.id) for lead in leads)
        return stock.pop()

    return one


def archives(office, entry, label="archive"):
    """The batch of the job that comes to this lead."""

    def work(env):
        Pool = env["lead.pool"]
        return Pool._archive([entry], Pool._archivable(Pool._archived_before(5), env.companies.ids))

    return office.actor(None, work, COMMITTED, label)


def files_are_unchanged(office):
    """Each archive made so far is verified against its own file."""
    with office.inside("chief") as env:
        made = env["lead.pool.archive"].search([])
        answers = [made.action_verify(base64.b64encode(one.sudo().attachment_id.raw).decode()) for one in made]
        return [f"{answer}" for answer in answers if not answer["unchanged"]]


def comes_back(lead):
    return lambda env: env["crm.lead"].browse(lead).action_unarchive()


def is_deleted(lead):
    return lambda env: env["crm.lead"].browse(lead).unlink()


@pytest.mark.parametrize("act", [comes_back, is_deleted])
@pytest.mark.parametrize(
    "points",
    [("rows", "events"), pytest.param(("counters", "rows", "write", "events"), marks=pytest.mark.long)],
    ids=len,
)
def test_a_lead_comes_back_or_goes_while_its_history_is_archived(office, ended, act, points):
    """It is archived and its history goes on behind the checkpoint, or it is left whole; nobody waits in vain."""

    def prepare():
        prepare.entry, lead = ended()
        return [archives(office, prepare.entry), office.actor("chief", act(lead), REPEATABLE)]

    def check(actors):
        archive, chief = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        leads, events, broken = archive.answer
        [(whole, thin)] = office.sql(
            """SELECT count(*) FILTER (WHERE v.hash IS NOT NULL), count(*) FILTER (WHERE v.hash IS NULL)
                 FROM lead_pool_event v JOIN lead_pool_entry e ON e.lead_ref = v.lead_ref WHERE e.id = %s""",
            [prepare.entry],
        )
        if broken or leads not in (0, 1) or thin != max(events - 1, 0) or not whole:
            wrong.append(f"{archive.answer}: {whole} whole events, {thin} thin ones")
        state, _holder, _epoch = office.now(prepare.entry)
        if act is comes_back and state == "closed":
            wrong.append(f"{state} after {chief.answer!r}")
        return wrong

    verify(office, prepare, check, points)
    assert files_are_unchanged(office) == []


def test_two_jobs_archive_the_same_history_once(office, ended):
    def prepare():
        entry, _lead = ended()
        return [archives(office, entry, f"job {number}") for number in range(2)]

    def check(actors):
        wrong = errors_and_retries(actors)
        if not wrong and sorted(actor.answer[0] for actor in actors) != [0, 1]:
            wrong.append(f"{[actor.answer for actor in actors]}")
        return wrong

    verify(office, prepare, check, points=("rows",))
    assert files_are_unchanged(office) == []
