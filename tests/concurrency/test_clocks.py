"""Two servers on one database, whose clocks are ten minutes fast and ten minutes slow: the database's clock counts."""

import pathlib
import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests
from department import Department
from servers import ROOT

from odoo.tools import config

pytestmark = pytest.mark.long
ADDONS = pathlib.Path(__file__).parent / "addons"
OFF = timedelta(minutes=10)
#: What may pass between two looks at a clock.
CLOSE = timedelta(seconds=30)


@pytest.fixture(scope="module")
def office(make_database):
    office = Department(make_database(), "clock")
    office.hire("rep", "ann", "ben")
    office.hire("manager", "chief")
    office.hire("system", "robot")
    office.open_pool("Inbound", ["ann", "ben"], ["chief"], protection_minutes=0)
    return office


@pytest.fixture(scope="module")
def servers(office, make_server):
    """``(the fast one, the slow one)``"""
    folders = [folder for folder in config["addons_path"] if folder != str(ROOT)]
    path = ",".join([*folders, str(ROOT), str(ADDONS)])
    made = []
    with pytest.MonkeyPatch.context() as patch:
        for off in (OFF, -OFF):
            patch.setenv("LEAD_POOL_CLOCK_OFF", str(int(off.total_seconds())))
            options = [f"--addons-path={path}", "--load=base,web,clock_off"]
            made.append(make_server(dbname=office.dbname, options=options))
    return made


def now(office):
    with office.inside() as env:
        env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        return env.cr.fetchone()[0]


def verb(office, server, name, method, ids, **arguments):
    return server.call("lead.pool.entry", method, login=office.login(name), ids=ids, **arguments)


def events(office, lead):
    with office.inside() as env:
        rows = env["lead.pool.event"].search([("lead_ref", "=", lead)], order="seq")
        return [(row.kind, row.date) for row in rows]


def at(office, entry, **minutes):
    """These moments of the entry are so many minutes from now."""
    with office.inside() as env:
        for column, count in minutes.items():
            env.cr.execute(
                f"""UPDATE lead_pool_entry SET {column} = now() AT TIME ZONE 'UTC' + make_interval(mins => %s)
                     WHERE id = %s""",
                [count, entry],
            )
        env.cr.execute("UPDATE lead_pool SET deadlines_stale = false")


def takes_back(office, server, entry):
    """Whether the scheduled action on this server takes the lead back."""
    with office.inside() as env:
        cron = env.ref("lead_pool.ir_cron_reclaim").id
    server.call("ir.cron", "method_direct_trigger", login=office.login("robot"), ids=[cron])
    with office.inside() as env:
        return env["lead.pool.entry"].browse(entry).state == "waiting"


def test_the_clocks_of_the_servers_are_off(office, servers):
    for server, off in zip(servers, (OFF, -OFF), strict=True):
        told = parsedate_to_datetime(requests.get(f"{server.url}/web/health", timeout=20).headers["Date"])
        assert abs(told.replace(tzinfo=None) - now(office) - off) < CLOSE


def test_what_two_servers_write_is_in_one_order_on_the_databases_clock(office, servers):
    """A claim here, undone there, claimed again here, followed up there, returned here."""
    fast, slow = servers
    [(entry, lead)] = office.leads("Inbound", 1)
    began = now(office).replace(microsecond=0)
    assert verb(office, fast, "ann", "action_claim", [entry])[0]["done"]
    assert verb(office, slow, "ann", "action_undo_claim", [entry])[0]["done"], "within 30 seconds"
    assert verb(office, fast, "ben", "action_claim", [entry])[0]["done"]
    values = {"note": "Called, wants an offer"}
    assert slow.call("crm.lead", "action_follow_up", login=office.login("ben"), ids=[lead], values=values)
    with office.inside() as env:
        reason = env["lead.pool.reason"].search([("kind", "=", "return"), ("note_required", "=", False)], limit=1).id
    assert verb(office, fast, "ben", "action_return", [entry], reason_id=reason)[0]["done"]
    told = events(office, lead)
    assert [kind for kind, _date in told] == ["entered", "claimed", "claim_undone", "claimed", "follow_up", "returned"]
    dates = [date for _kind, date in told[1:]]
    assert dates == sorted(dates)
    assert began <= dates[0] and dates[-1] <= now(office)
    with office.inside() as env:
        follow_up = env["lead.follow.up"].search([("lead_id", "=", lead)])
        assert began <= follow_up.date <= now(office)
        for holding in env["lead.pool.holding"].search([("lead_ref", "=", lead)]):
            assert began <= holding.started_at <= holding.ended_at <= now(office)


def test_a_protected_lead_is_not_free_earlier_on_the_fast_server(office, servers):
    fast, slow = servers
    pool = office.open_pool("Fresh", ["ann"], ["chief"], protection_minutes=5)
    values = {"name": "Just arrived", "pool_id": pool, "user_id": False}
    [lead] = slow.call("crm.lead", "create", login=office.login("chief"), vals_list=[values])
    with office.inside() as env:
        entry = env["crm.lead"].browse(lead).pool_entry_ids
        entry_id, entered = entry.id, entry.entered_at
    assert abs(entered - now(office)) < CLOSE
    for server in servers:
        [answer] = verb(office, server, "ann", "action_claim", [entry_id])
        assert answer["code"] == "protected"
        again = datetime.fromisoformat(answer["retry_at"])
        assert again == entered + timedelta(minutes=5)
    at(office, entry_id, entered_at=-6)
    assert verb(office, slow, "ann", "action_claim", [entry_id])[0]["done"], "also on the slow one, once it is free"


def test_nothing_goes_back_before_its_time_on_the_fast_server_and_all_at_its_time_on_the_slow_one(office, servers):
    fast, slow = servers
    [(entry, lead)] = office.leads("Inbound", 1, holder="ann")
    at(office, entry, reclaim_at=5)
    assert not takes_back(office, fast, entry)
    at(office, entry, reclaim_at=-5)
    assert takes_back(office, slow, entry)
    assert abs(events(office, lead)[-1][1] - now(office)) < CLOSE


def test_the_hour_of_the_limits_is_the_same_on_both(office, servers):
    """Two claims an hour: one on each server, and the third is refused by either until the same moment."""
    while now(office).minute == 59:
        time.sleep(1)
    with office.inside() as env:
        place = [("user_id", "=", office.users["ann"]), ("pool_id", "=", office.pools["Inbound"])]
        member = env["lead.pool.member"].search(place)
        used = member.hour_n if member.hour else 0
        member.hourly_claim_limit = used + 2
    pairs = office.leads("Inbound", 3)
    done = [verb(office, server, "ann", "action_claim", [pairs[n][0]])[0] for n, server in enumerate(servers)]
    assert [answer["done"] for answer in done] == [True, True]
    refused = [verb(office, server, "ann", "action_claim", [pairs[2][0]])[0] for server in servers]
    assert {answer["code"] for answer in refused} == {"hourly_limit"}
    [again] = {answer["retry_at"] for answer in refused}
    assert timedelta() < datetime.fromisoformat(again) - now(office) <= timedelta(hours=1)


def test_the_books_are_true(office):
    assert office.problems() == []
