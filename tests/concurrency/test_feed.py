"""Who follows the events passes none over, in whatever order they are committed."""

import random
import threading
import time

import pytest
from department import Department

from odoo.addons.lead_pool.isolation import read_committed


@pytest.fixture
def company(make_database, quiet):
    company = Department(make_database(), "feed")
    company.hire("rep", "ann", "ben", "cat", "dan")
    company.hire("program", "warehouse")
    company.open_pool("Inbound", members=["ann", "ben", "cat", "dan"])
    return company


def follow(company, after, **arguments):
    """One call of the feed, as a request makes it."""
    with company.inside("warehouse") as env:
        read_committed(env.cr)
        return env["lead.pool.event"].feed(after=after, **arguments)


def test_an_event_that_is_committed_late_is_told_before_later_ones(company):
    entries = [entry for entry, _lead in company.leads("Inbound", 3)]
    start = follow(company, "now")["next"]
    with company.inside("ann") as slow:
        assert slow["lead.pool.entry"].browse(entries[0]).action_claim()[0]["done"]
        slow.flush_all()
        with company.inside("ben") as quick:
            assert all(one["done"] for one in quick["lead.pool.entry"].browse(entries[1:]).action_claim())
        waits = follow(company, start)
        assert waits["events"] == [], "the number of the slow one is lower"
        assert follow(company, waits["next"])["events"] == []
    told = follow(company, waits["next"])["events"] + follow(company, waits["next"])["events"]
    reps = [event["rep"]["id"] for event in told[:3]]
    assert reps == [company.users["ann"], company.users["ben"], company.users["ben"]]


def test_an_event_that_never_comes_holds_nobody_up(company):
    entries = [entry for entry, _lead in company.leads("Inbound", 2)]
    start = follow(company, "now")["next"]
    with pytest.raises(ZeroDivisionError), company.inside("ann") as env:
        env["lead.pool.entry"].browse(entries[0]).action_claim()
        env.flush_all()
        raise ZeroDivisionError
    with company.inside("ben") as env:
        assert env["lead.pool.entry"].browse(entries[1]).action_claim()[0]["done"]
    assert [event["kind"] for event in follow(company, start)["events"]] == ["claimed"]


def test_a_transaction_of_one_snapshot_goes_no_further_than_others_have_come(company):
    [(entry, _lead)] = company.leads("Inbound", 1)
    start = follow(company, "now")["next"]
    with company.inside("warehouse") as env:
        env.cr.execute("SELECT 1")  # its snapshot
        with company.inside("ann") as other:
            assert other["lead.pool.entry"].browse(entry).action_claim()[0]["done"]
        nothing = env["lead.pool.event"].feed(after=start)
        assert nothing == {"events": [], "next": start, "more": False}
    assert len(follow(company, start)["events"]) == 1


def test_two_followers_see_all_of_what_four_reps_do_at_once(company):
    """Each rep claims his leads one by one, and commits early or late; both followers read all the while."""
    shares = {name: [entry for entry, _lead in company.leads("Inbound", 8)] for name in ("ann", "ben", "cat", "dan")}
    start = follow(company, "now")["next"]
    dice, over, seen = random.Random(7), threading.Event(), {"one": [], "two": []}
    pauses = {name: [dice.random() / 20 for _entry in entries] for name, entries in shares.items()}

    def work(name):
        for entry, pause in zip(shares[name], pauses[name], strict=True):
            with company.inside(name) as env:
                read_committed(env.cr)
                assert env["lead.pool.entry"].browse(entry).action_claim()[0]["done"]
                env.flush_all()
                time.sleep(pause)

    def read(events):
        after, quiet_turns = start, 0
        while quiet_turns < 10:  # nobody writes any more; the other follower may be moving the mark this moment
            last_turn = over.is_set()
            answer = follow(company, after, limit=5)
            after = answer["next"]
            events += answer["events"]
            quiet_turns = quiet_turns + 1 if last_turn and not answer["events"] else 0
            time.sleep(0.05 if quiet_turns else 0)

    reps = [threading.Thread(target=work, args=[name]) for name in shares]
    readers = [threading.Thread(target=read, args=[events]) for events in seen.values()]
    for thread in (*readers, *reps):
        thread.start()
    for thread in reps:
        thread.join()
    over.set()
    for thread in readers:
        thread.join()
    for events in seen.values():
        numbers = [event["id"] for event in events]
        assert numbers == sorted(set(numbers)), "in order, none twice"
        assert sum(event["kind"] == "claimed" for event in events) == 32, "none is missing"
