"""Three people, or two and the scheduled action, at one lead, in every order of their steps."""

import pytest
from office import REPEATABLE, errors_and_retries, verify

from odoo.exceptions import UserError

#: Who waits for whom, and who comes last; in the long form also what each has read before it locks.
STOPS = pytest.mark.parametrize(
    "points", [(), pytest.param(("rows",), marks=pytest.mark.long)], ids=["commits", "locks"]
)


def refused_or_done(actors):
    """What is shown to nobody: another error than a sentence, or, to who asked for one verb, a second try."""
    wrong = [f"{a.name}: {a.error!r}" for a in actors if a.error is not None and not isinstance(a.error, UserError)]
    return wrong + [f"{a.name} needed {a.tries} tries" for a in actors if a.committed and a.tries > 1]


@pytest.mark.long
@STOPS
def test_a_due_lead_is_claimed_while_it_goes_back_and_a_manager_writes_another_owner(office, points):
    """Whom the form names has it, whatever came before; else who claimed what had gone back."""
    seen = set()

    def prepare():
        prepare.entry, lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [
            office.claims("ben", prepare.entry),
            office.reclaims(),
            office.writes("chief", lead, {"user_id": "cleo"}),
        ]

    def check(actors):
        ben, cron, chief = actors
        wrong = refused_or_done(actors) + errors_and_retries([ben, cron])
        if wrong:
            return wrong
        written, claimed = chief.error is None, ben.answer["done"]
        if ben.answer["code"] not in (False, "taken", "busy"):
            wrong.append(f"ben was refused with {ben.answer['code']}")
        if claimed and not cron.answer:
            wrong.append("claimed although it never went back")
        expected = ("held", "cleo") if written else ("held", "ben") if claimed else ("held", "ann")
        if not written and not claimed and cron.answer:
            expected = ("waiting", None)
        if office.now(prepare.entry)[:2] != expected:
            wrong.append(f"{office.now(prepare.entry)} instead of {expected}")
        seen.add((written, claimed))
        return wrong

    verify(office, prepare, check, points)
    assert {(True, False), (True, True)} <= seen


@pytest.mark.long
@STOPS
def test_a_lead_is_transferred_while_it_is_claimed_by_a_member_who_is_removed(office, points):
    """It is where the last of them left it: in her hands, or waiting in the other pool."""
    if "Guild" not in office.pools:
        office.open_pool("Guild", members=["ben", "chief"])
    guild = office.pools["Guild"]
    seen = set()

    def leaves(env):
        place = [("user_id", "=", office.users["ann"]), ("pool_id", "=", guild), ("role", "=", "member")]
        return env["lead.pool.member"].search(place).unlink()

    def prepare():
        with office.inside() as env:
            env["lead.pool.member"].create({"pool_id": guild, "user_id": office.users["ann"]})
        prepare.entry, _lead = office.lead(pool="Guild")
        return [
            office.transfers("chief", prepare.entry, to="Second"),
            office.claims("ann", prepare.entry),
            office.actor("boss", leaves, REPEATABLE),
        ]

    def check(actors):
        chief, ann, _boss = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        moved, claimed = chief.answer["done"], ann.answer["done"]
        seen.add((moved, claimed))
        [(state, holder, pool)] = office.sql(
            "SELECT state, user_id, pool_id FROM lead_pool_entry WHERE id = %s", [prepare.entry]
        )
        if pool != (office.pools["Second"] if moved else guild):
            wrong.append(f"in pool {pool}: {chief.answer}")
        if not moved and (state, holder) != (("held", office.users["ann"]) if claimed else ("waiting", None)):
            wrong.append(f"{state} by {holder}: {ann.answer}")
        if moved and not claimed and state != "waiting":
            wrong.append(f"{state} by {holder}, and nobody claimed it")
        if ann.answer["code"] not in (False, "busy", "unknown", "not_member"):
            wrong.append(f"ann was refused with {ann.answer['code']}")
        [(members,)] = office.sql(
            "SELECT count(*) FROM lead_pool_member WHERE user_id = %s AND pool_id = %s", [office.users["ann"], guild]
        )
        return wrong + (["she is still a member"] if members else [])

    verify(office, prepare, check, points)
    assert {(True, False), (True, True)} <= seen


@STOPS
def test_a_due_lead_is_converted_in_one_tab_and_followed_up_in_another_while_it_goes_back(office, points):
    """Converted, or back in the pool: what was followed up first stays until it is converted."""
    seen = set()

    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.converts("ann", prepare.lead), office.reclaims(), office.follows_up("ann", prepare.lead)]

    def check(actors):
        convert, cron, follow_up = actors
        wrong = refused_or_done(actors) + errors_and_retries([cron])
        if wrong:
            return wrong
        converted, recorded = convert.error is None, follow_up.error is None
        [(state, closed_as)] = office.sql("SELECT state, closed_as FROM lead_pool_entry WHERE id = %s", [prepare.entry])
        expected = ("closed", "converted", 0) if converted else ("waiting", None, 1)
        if (state, closed_as, cron.answer) != expected:
            wrong.append(f"{(state, closed_as, cron.answer)} instead of {expected}")
        if recorded and not converted:
            wrong.append("followed up, and gone back all the same")
        [(records,)] = office.sql("SELECT count(*) FROM lead_follow_up WHERE lead_id = %s", [prepare.lead])
        if records != int(recorded):
            wrong.append(f"{records} follow-ups in the books")
        seen.add((converted, recorded))
        return wrong

    verify(office, prepare, check, points)
    assert {(True, True), (False, False)} <= seen
