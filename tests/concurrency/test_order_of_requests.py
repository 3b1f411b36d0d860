"""Requests and their decisions against each other, and against claims, in every order of their steps."""

import pytest
from office import errors_and_retries, verify


@pytest.fixture(autouse=True)
def extensions(office):
    """What is held too long goes back, and an admin grants more time."""
    with office.terms(extend_days=7, extend_approval="always"):
        yield


@pytest.mark.parametrize("against", ["approve", "decline", "withdraw"])
def test_a_request_is_approved_while_somebody_else_ends_it(office, against):
    """One of them decides it; the other one is told that it is decided."""
    states = {"approve": "approved", "decline": "declined", "withdraw": "withdrawn"}

    def prepare():
        entry, _lead = office.lead(holder="ann")
        office.sql("UPDATE lead_pool_entry SET reclaim_at = now() + interval '1 day' WHERE id = %s", [entry])
        prepare.entry, prepare.request = entry, office.request("ann", entry, "action_extend", days=3)
        other = "ann" if against == "withdraw" else "boss"
        return [
            office.decides("chief", prepare.request, "approve"),
            office.decides(other, prepare.request, against),
        ]

    def check(actors):
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        first, second = (a.answer["done"] for a in actors)
        expected = "approved" if first else states[against]
        if first == second or office.asked(prepare.request) != expected:
            wrong.append(f"{office.asked(prepare.request)}: {[a.answer for a in actors]}")
        codes = (False, "decided", "request_over")
        wrong += [f"refused with {a.answer['code']}" for a in actors if a.answer["code"] not in codes]
        [(count,)] = office.sql("SELECT extension_count FROM lead_pool_entry WHERE id = %s", [prepare.entry])
        if (count or 0) != int(expected == "approved"):
            wrong.append(f"extended {count} times")
        return wrong

    verify(office, prepare, check, points=("rows",))


@pytest.mark.parametrize("points", [("bump",), pytest.param(("rows",), marks=pytest.mark.long)], ids=str)
def test_a_lead_above_the_capacity_is_approved_while_a_colleague_claims_it(office, points):
    """Ann gets it on top, or ben has it and her request has lapsed."""

    def prepare():
        office.lift_limits()
        prepare.entry, _lead = office.lead()
        office.sql(
            """UPDATE lead_pool_member SET capacity = greatest(held, 1) WHERE user_id = %s AND pool_id = %s
                  AND role = 'member'""",
            [office.users["ann"], office.pools["Inbound"]],
        )
        prepare.request = office.request("ann", prepare.entry, "action_ask_over_capacity")
        return [office.decides("chief", prepare.request, "approve"), office.claims("ben", prepare.entry)]

    def check(actors):
        chief, ben = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        expected = ("ben", "lapsed") if ben.answer["done"] else ("ann", "approved")
        if (office.now(prepare.entry)[1], office.asked(prepare.request)) != expected:
            wrong.append(f"{office.now(prepare.entry)}, {office.asked(prepare.request)} instead of {expected}")
        if chief.answer["done"] == ben.answer["done"] or ben.answer["code"] not in (False, "taken", "busy"):
            wrong.append(f"{chief.answer}, {ben.answer}")
        return wrong

    office.lead(holder="ann")
    verify(office, prepare, check, points)


def test_two_tabs_ask_for_the_same_lead_above_the_capacity(office):
    """One request waits, and both tabs are told so."""

    def prepare():
        office.lift_limits()
        prepare.entry, _lead = office.lead()
        office.sql(
            """UPDATE lead_pool_member SET capacity = greatest(held, 1) WHERE user_id = %s AND pool_id = %s
                  AND role = 'member'""",
            [office.users["ann"], office.pools["Inbound"]],
        )

        def ask(env):
            [answer] = env["lead.pool.entry"].browse(prepare.entry).action_ask_over_capacity()
            return answer

        return [office.actor("ann", ask, label=f"tab {number}") for number in range(2)]

    def check(actors):
        wrong = errors_and_retries(actors)
        if not wrong and not all(a.answer["done"] for a in actors):
            wrong.append(f"{[a.answer for a in actors]}")
        [(count,)] = office.sql("SELECT count(*) FROM lead_pool_approval WHERE entry_id = %s", [prepare.entry])
        if count != 1:
            wrong.append(f"{count} requests")
        return wrong

    office.lead(holder="ann")
    verify(office, prepare, check, points=("counters", "rows"))
