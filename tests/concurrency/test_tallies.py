"""The tallies of the reports follow events that are committed in another order than they were numbered."""

import datetime

import pytest
from department import Department


@pytest.fixture
def company(make_database, quiet):
    company = Department(make_database(), "tally")
    company.hire("rep", "ann", "ben")
    company.open_pool("Inbound", members=["ann", "ben"])
    return company


def count(company, turns=4):
    """What the scheduled action does; the number of events that it has counted."""
    done = 0
    for _turn in range(turns):
        with company.inside() as env:
            done += env["lead.pool.tally"]._count()[0]
    return done


def claimed(company):
    """``(claims by the tallies, claims by the report, differences that the check finds)``"""
    with company.inside() as env:
        tallies = env["lead.pool.tally"].search([("kind", "=", "claimed")])
        table = env["lead.pool.report"].table("pool_dynamics", {"period": "this_month"})
        column = [one["code"] for one in table["columns"]].index("claimed")
        day = datetime.timedelta(days=1)
        now = datetime.datetime.combine(datetime.date.today(), datetime.time.min)
        differences = env["lead.pool.tally"]._differences(now - day, now + 2 * day)
        return sum(tallies.mapped("count")), table["total"]["cells"][column], differences


def test_an_event_that_is_committed_after_later_ones_is_counted_once(company):
    entries = [entry for entry, _lead in company.leads("Inbound", 3)]
    assert count(company) > 0
    with company.inside("ann") as slow:
        [answer] = slow["lead.pool.entry"].browse(entries[0]).action_claim()
        assert answer["done"]
        slow.flush_all()
        with company.inside("ben") as quick:
            assert all(one["done"] for one in quick["lead.pool.entry"].browse(entries[1:]).action_claim())
        assert count(company) == 0, "the number of the slow one is lower: nothing behind it is settled"
        assert claimed(company) == (0, 2, []), "the report does not wait"
    assert count(company) >= 3
    assert claimed(company) == (3, 3, [])
    assert count(company) == 0
    assert claimed(company) == (3, 3, [])


def test_an_event_that_never_comes_does_not_stop_the_counting(company):
    entries = [entry for entry, _lead in company.leads("Inbound", 2)]
    count(company)
    with pytest.raises(ZeroDivisionError), company.inside("ann") as env:
        env["lead.pool.entry"].browse(entries[0]).action_claim()
        env.flush_all()
        raise ZeroDivisionError
    with company.inside("ben") as env:
        assert env["lead.pool.entry"].browse(entries[1]).action_claim()[0]["done"]
    assert count(company) >= 1
    assert claimed(company) == (1, 1, [])
