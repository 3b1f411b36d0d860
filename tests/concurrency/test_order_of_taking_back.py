"""The scheduled action against people, in every order of their steps."""

import pytest
from cases import reclaim_against_conversion, reclaim_against_follow_up, reclaim_against_return_to_the_pool
from office import errors_and_retries, verify

# ── the scheduled action against people ───────────────────────────────────────────────────────────


def test_reclaim_against_a_claim_of_the_same_lead(office):
    """Ben may have it once it went back, never before."""

    def prepare():
        prepare.entry, _lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.claims("ben", prepare.entry)]

    def check(actors):
        cron, ben = actors
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        if wrong:
            return wrong
        expected = ("held", "ben") if ben.answer["done"] else ("waiting", None)
        if office.now(prepare.entry)[:2] != expected:
            wrong.append(f"{office.now(prepare.entry)} instead of {expected}")
        if cron.answer != 1:
            wrong.append(f"the scheduled action did {cron.answer}")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


def test_reclaim_against_a_follow_up(office):
    verify(office, *reclaim_against_follow_up(office), points=("rows", "write", "events"))


def test_reclaim_against_a_return_by_the_holder(office):
    def prepare():
        prepare.entry, _lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.returns("ann", prepare.entry)]

    def check(actors):
        cron, ann = actors
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        state, _holder, epoch = office.now(prepare.entry)
        if wrong or (state, epoch) != ("waiting", 2) or cron.answer + ann.answer["done"] != 1:
            wrong.append(f"{state} at epoch {epoch}: {cron.answer}, {ann.answer}")
        return wrong

    verify(office, prepare, check, points=("counters", "write"))


def test_reclaim_against_the_admin_who_assigns(office):
    def prepare():
        prepare.entry, _lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.assigns("chief", prepare.entry, to="ben")]

    def check(actors):
        chief = actors[1]
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        state, holder, _epoch = office.now(prepare.entry)
        if not wrong and chief.answer["done"] and holder != "ben":
            wrong.append(f"assigned to ben, but {state} by {holder}")
        if not wrong and not chief.answer["done"] and chief.answer["code"] not in ("busy", "taken"):
            wrong.append(f"refused with {chief.answer['code']}")
        return wrong

    verify(office, prepare, check, points=("counters", "write"))


def test_the_next_rep_against_his_own_claim(office):
    """Ben has one place left: he gets it filled once, by the lead that goes to the next rep or by his own claim."""
    with office.inside() as env:
        rule = env["lead.pool.reclaim.rule"].create(
            {"name": "Next", "pool_id": office.pools["Inbound"], "held_days": 30, "destination": "next"}
        )
        rule_id = rule.id
    others = [office.users["cleo"], office.users["chief"]]
    office.sql("UPDATE lead_pool_member SET paused = true WHERE user_id = ANY(%s)", [others])

    def prepare():
        prepare.entry, _lead = office.lead(holder="ann")
        prepare.other, _lead = office.lead()
        office.make_due(prepare.entry)
        office.sql("UPDATE lead_pool_entry SET reclaim_rule_id = %s WHERE id = %s", [rule_id, prepare.entry])
        prepare.before = office.holds("ben")
        office.give_places("ben", 1)
        return [office.reclaims(), office.claims("ben", prepare.other)]

    def check(actors):
        cron, ben = actors
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        if wrong:
            return wrong
        state, holder, _epoch = office.now(prepare.entry)
        if (state, holder) != (("waiting", None) if ben.answer["done"] else ("held", "ben")):
            wrong.append(f"ben's claim: {ben.answer}, the reclaimed lead: {state} by {holder}")
        if office.holds("ben") != prepare.before + 1 or cron.answer != 1:
            wrong.append(
                f"ben holds {office.holds('ben')} after {prepare.before}, the scheduled action did {cron.answer}"
            )
        return wrong

    try:
        verify(office, prepare, check, points=("rows", "write"))
    finally:
        office.sql("UPDATE lead_pool_member SET paused = false WHERE user_id = ANY(%s)", [others])
        office.lift_limits()
        with office.inside() as env:
            env["lead.pool.reclaim.rule"].browse(rule_id).unlink()


@pytest.mark.parametrize(
    "points", [("rows",), pytest.param(("counters", "rows", "write"), marks=pytest.mark.long)], ids=len
)
def test_reclaim_against_a_conversion_by_the_holder(office, points):
    verify(office, *reclaim_against_conversion(office), points)


@pytest.mark.parametrize("asks", [False, True], ids=["extended", "asked for"])
def test_reclaim_against_an_extension(office, asks):
    """What the holder extends stays; what he asks for stays until an admin could answer; what went back is refused."""

    def prepare():
        prepare.entry, _lead = office.lead(holder="ann")
        office.make_due(prepare.entry)

        def extend(env):
            [answer] = env["lead.pool.entry"].browse(prepare.entry).action_extend(3)
            return answer

        return [office.reclaims(), office.actor("ann", extend)]

    def check(actors):
        cron, ann = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        kept = ann.answer["code"] == "approval_asked" if asks else ann.answer["done"]
        if office.now(prepare.entry)[1] != ("ann" if kept else None) or cron.answer != int(not kept):
            wrong.append(f"{office.now(prepare.entry)}: {ann.answer}, reclaimed {cron.answer}")
        return wrong

    with office.terms(extend_days=7, extend_approval="always" if asks else "never"):
        verify(office, prepare, check, points=("rows", "write", "events"))


def test_reclaim_against_the_admin_who_grants_more_time(office):
    """Granted first, the lead stays; taken back first, the request has lapsed."""
    seen = set()

    def prepare():
        prepare.entry, _lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        prepare.request = office.request("ann", prepare.entry, "action_extend", days=3)
        office.make_due(prepare.entry)  # nobody answered in three days
        return [office.reclaims(), office.decides("chief", prepare.request, "approve")]

    def check(actors):
        cron, chief = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        granted = chief.answer["done"]
        seen.add(granted)
        expected = ("ann", "approved", 0) if granted else (None, "lapsed", 1)
        found = (office.now(prepare.entry)[1], office.asked(prepare.request), cron.answer)
        if found != expected:
            wrong.append(f"{found} instead of {expected}: {chief.answer}")
        return wrong

    with office.terms(extend_days=7, extend_approval="always"):
        verify(office, prepare, check, points=("rows", "write"))
    assert seen == {True, False}


def test_reclaim_against_the_admin_who_lets_many_go_back(office):
    """A brake of one an hour and two that are due: the second one goes back in this run or in the next one, never
    before the yes.

    ATK-75: the scheduled action and the button at once.
    """

    def prepare():
        office.sql("DELETE FROM lead_pool_approval WHERE kind = 'storm'")
        office.sql("UPDATE lead_pool SET brake_off_until = NULL")
        office.sql("UPDATE lead_pool_holding SET end_reason = 'recalled' WHERE end_reason = 'reclaimed'")
        prepare.entries = [office.lead(holder="ann")[0] for _n in range(2)]
        for entry in prepare.entries:
            office.make_due(entry)
        with office.inside() as env:
            env["lead.pool.entry"]._reclaim_due()  # one goes back, and the admins are asked
        [(request,)] = office.sql("SELECT id FROM lead_pool_approval WHERE kind = 'storm' AND state = 'open'")
        return [office.reclaims(), office.decides("chief", request, "approve")]

    def check(actors):
        cron, chief = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        waiting = sum(office.now(entry)[0] == "waiting" for entry in prepare.entries)
        if not chief.answer["done"] or waiting != 1 + cron.answer:
            wrong.append(f"{chief.answer}, {waiting} went back, {cron.answer} in this run")
        with office.inside() as env:
            env["lead.pool.entry"]._reclaim_due()
        if any(office.now(entry)[0] != "waiting" for entry in prepare.entries):
            wrong.append("approved, and held all the same")
        return wrong

    with office.terms(reclaim_most=1):
        verify(office, prepare, check, points=("rows", "write"))


def test_reclaim_against_the_holder_who_disputes(office):
    """Disputed first, both clocks stand still; taken back first, there is nothing to dispute."""

    def prepare():
        office.sql("UPDATE lead_pool_approval SET state = 'withdrawn' WHERE kind = 'dispute' AND state = 'open'")
        prepare.entry, _lead = office.lead(holder="ann")
        prepare.other, number = office.lead(holder="ben")
        office.make_due(prepare.entry)

        def dispute(env):
            [answer] = env["lead.pool.entry"].browse(prepare.entry).action_dispute(number=number)
            return answer

        return [office.reclaims(), office.actor("ann", dispute)]

    def check(actors):
        cron, ann = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        disputed = ann.answer["done"]
        if office.now(prepare.entry)[1] != ("ann" if disputed else None) or cron.answer != int(not disputed):
            wrong.append(f"{office.now(prepare.entry)}: {ann.answer}, reclaimed {cron.answer}")
        [(frozen,)] = office.sql(
            "SELECT count(*) FROM lead_pool_entry WHERE id = ANY(%s) AND frozen_since IS NOT NULL",
            [[prepare.entry, prepare.other]],
        )
        if frozen != 2 * disputed:
            wrong.append(f"{frozen} clocks stand still")
        return wrong

    verify(office, prepare, check, points=("rows", "write", "events"))


@pytest.mark.parametrize(
    "points", [("rows", "count"), pytest.param(("counters", "rows", "write", "count"), marks=pytest.mark.long)], ids=len
)
def test_reclaim_while_the_holder_comes_back_into_the_pool(office, points):
    verify(office, *reclaim_against_return_to_the_pool(office), points)
