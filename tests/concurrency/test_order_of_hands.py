"""Forms that are saved, and admins, against each other and against reps, in every order of their steps."""

import pytest
from cases import (
    a_lead_is_given_away_while_it_comes_into_a_pool,
    a_lead_is_given_away_while_it_moves_to_another_pool,
    two_leads_crosswise,
)
from office import REPEATABLE, errors_and_retries, verify

from odoo.exceptions import UserError

# ── people against a form that is saved ───────────────────────────────────────────────────────────


def test_claim_against_a_manager_who_writes_the_salesperson(office):
    """Whoever comes last has the lead: the manager, who is never sent away and never tried again."""

    def prepare():
        prepare.entry, prepare.lead = office.lead()
        return [
            office.claims("ann", prepare.entry),
            office.writes("chief", prepare.lead, {"user_id": "ben"}),
        ]

    def check(actors):
        wrong = errors_and_retries(actors)
        if office.now(prepare.entry)[:2] != ("held", "ben"):
            wrong.append(f"the form says ben, the books {office.now(prepare.entry)}")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


@pytest.mark.parametrize("to", ["ben", "ann"], ids=["to another", "to its holder"])
def test_reclaim_against_a_manager_who_writes_the_salesperson(office, to):
    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.writes("chief", prepare.lead, {"user_id": to})]

    def check(actors):
        wrong = errors_and_retries(actors)
        state, holder, _epoch = office.now(prepare.entry)
        late = to == "ann" and actors[0].answer == 1 and state == "waiting"  # written first, it changed nothing
        if not late and (state, holder) != ("held", to):
            wrong.append(f"the form says {to}, the books {state} by {holder}")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


def test_claims_of_other_leads_do_not_make_a_manager_try_again(office):
    """To whom he gives the lead claims all the time, and each claim changes his counters."""

    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        return [office.claims("ben", office.lead()[0]), office.writes("chief", prepare.lead, {"user_id": "ben"})]

    def check(actors):
        wrong = errors_and_retries(actors)
        if office.now(prepare.entry)[:2] != ("held", "ben"):
            wrong.append(f"the form says ben, the books {office.now(prepare.entry)}")
        return wrong

    verify(office, prepare, check, points=("counters",))


def test_a_lead_is_given_away_while_it_moves_to_another_pool(office):
    verify(office, *a_lead_is_given_away_while_it_moves_to_another_pool(office), points=("rows",))


def test_a_lead_is_given_away_while_it_comes_into_a_pool(office):
    verify(office, *a_lead_is_given_away_while_it_comes_into_a_pool(office), points=("counters", "bump"))


def claimed_or_busy(actors):
    """Nobody fails; the claim of the first is done, or another one is at work, and he is told so at once."""
    wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
    claim = actors[0]
    if not wrong and not claim.answer["done"] and claim.answer["code"] != "busy":
        wrong.append(f"{claim.name} was refused with {claim.answer['code']}")
    if claim.tries > 1:
        wrong.append(f"{claim.name} needed {claim.tries} tries")
    return wrong


@pytest.mark.parametrize(
    "values",
    [{"city": "Hangzhou"}, {"phone": "+86 571 1234", "name": "Edited"}, {"city": "Suzhou", "probability": 30.0}],
    ids=["open", "plain", "moving"],
)
def test_claim_against_a_form_that_changes_the_lead_itself(office, values):
    """No deadlock: both happen, one after the other."""

    def prepare():
        prepare.entry, prepare.lead = office.lead()
        return [office.claims("ann", prepare.entry), office.writes("chief", prepare.lead, values)]

    verify(office, prepare, claimed_or_busy, points=("rows", "write", "copy"))


def test_claim_against_the_job_that_guesses_where_numbers_come_from(office):
    """It waits for a claim, as a form does, and nobody waits in a circle."""

    def prepare():
        prepare.entry, prepare.lead = office.lead()
        office.sql(
            """UPDATE crm_lead SET phone_sanitized = '+861062820000', phone_region = NULL, phone_carrier = NULL,
                                   phone_state_id = NULL WHERE id = %s""",
            [prepare.lead],
        )

        def guess(env):
            return env["crm.lead"].sudo()._guess_origins(prepare.lead - 1, 1)

        return [office.claims("ann", prepare.entry), office.actor("boss", guess, REPEATABLE)]

    def check(actors):
        wrong = claimed_or_busy(actors)
        [[place]] = office.sql("SELECT phone_region FROM crm_lead WHERE id = %s", [prepare.lead])
        return wrong if place else [*wrong, "nobody knows where the number comes from"]

    verify(office, prepare, check, points=("rows", "write", "copy"))


# ── admins against each other and against reps ────────────────────────────────────────────────────


def test_two_leads_change_hands_crosswise(office):
    verify(office, *two_leads_crosswise(office), points=("counters", "reps"))


def test_transfer_against_a_claim(office):
    def prepare():
        prepare.entry, _lead = office.lead()
        return [office.transfers("chief", prepare.entry, to="Second"), office.claims("ann", prepare.entry)]

    def check(actors):
        chief, ann = actors
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        if not wrong and not (chief.answer["done"] or ann.answer["done"]):
            wrong.append(f"nobody got on: {chief.answer}, {ann.answer}")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


@pytest.mark.parametrize("between", [0, 1])
def test_two_admins_at_once_make_no_circle_of_pools(office, between):
    """Each saves a step that is right by itself: the second one is told of the first one's.

    :param between: pools of the circle whose step is there already
    """
    if "Third" not in office.pools:
        office.open_pool("Third")
    last = ("Second", "Third")[between]

    def moves(source, target):
        def save(env):
            values = {"action": "widen", "days": 5, "to_pool_id": office.pools[target]}
            env["lead.pool"].browse(office.pools[source]).write({"ageing_rule_ids": [(0, 0, values)]})

        return office.actor("chief", save, REPEATABLE, label=source)

    def prepare():
        office.sql("DELETE FROM lead_pool_ageing_rule")
        if between:
            with office.inside() as env:
                moves("Second", "Third").work(env)
        return [moves("Inbound", "Second"), moves(last, "Inbound")]

    def check(actors):
        refused = [actor for actor in actors if actor.error is not None]
        [[count]] = office.sql("SELECT count(*) FROM lead_pool_ageing_rule")
        wrong = [] if len(refused) == 1 else [f"refused: {[repr(actor.error) for actor in refused]}"]
        wrong += [repr(actor.error) for actor in refused if "in a circle" not in str(actor.error)]
        return wrong + ([] if count == 1 + between else [f"{count} steps"])

    verify(office, prepare, check, points=("ways",))
    office.sql("DELETE FROM lead_pool_ageing_rule")


@pytest.mark.parametrize("same", [False, True], ids=["two leads", "one lead"])
def test_transfers_between_two_pools_in_opposite_directions(office, same):
    """What ann held before is less by the leads that moved, in the one pool and in the other."""
    if "Third" not in office.pools:
        office.open_pool("Third")

    def prepare():
        prepare.first = office.lead(holder="ann")[0]
        prepare.second = prepare.first if same else office.lead(holder="ann", pool="Second")[0]
        prepare.before = office.holds("ann")
        return [
            office.transfers("chief", prepare.first, to="Second", label="away"),
            office.transfers("chief", prepare.second, to="Third" if same else "Inbound", label="back"),
        ]

    def check(actors):
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        done = [a.answer["done"] for a in actors]
        if done != [True, True] and not (same and any(done)):
            wrong.append(f"answers {[a.answer for a in actors]}")
        if office.holds("ann") != prepare.before - (1 if same else 2):
            wrong.append(f"ann holds {office.holds('ann')} after {prepare.before}")
        for entry in {prepare.first, prepare.second}:
            if office.now(entry)[:2] != ("waiting", None):
                wrong.append(f"{office.now(entry)}")
        return wrong

    verify(office, prepare, check, points=("counters", "rows"))


# ── what ends a lead in plain Odoo ────────────────────────────────────────────────────────────────

ENDS = {
    "archive": (lambda leads: leads[0].action_archive(), "lost"),
    "lose": (lambda leads: leads[0].action_set_lost(), "lost"),
    "delete": (lambda leads: leads[0].unlink(), "deleted"),
    "merge": (lambda leads: leads.merge_opportunity(), None),
}


@pytest.mark.parametrize("way", [pytest.param(way, marks=[pytest.mark.long] * (way != "archive")) for way in ENDS])
def test_a_lead_that_is_ended_by_its_manager_while_it_is_claimed(office, way):
    """The end comes: after the claim, which is then a holding that ended, or before it, and there is nothing to claim;
    what was refused to the manager has not happened."""
    end, closed_as = ENDS[way]

    def prepare():
        prepare.entry, prepare.lead = office.lead()
        _other_entry, other = office.lead(holder="chief")
        # the likelier one stays after a merge, of two alike the older one: the same one in each order that is played
        office.sql("UPDATE crm_lead SET probability = 90 WHERE id = %s", [other])
        leads = [prepare.lead, other]
        ends = office.actor("chief", lambda env: end(env["crm.lead"].browse(leads)) and True, REPEATABLE)
        return [office.claims("ann", prepare.entry), ends]

    def check(actors):
        ann, chief = actors
        wrong = [f"ann failed: {ann.error!r}"] if ann.error else []
        wrong += [f"ann needed {ann.tries} tries"] if ann.tries > 1 else []
        if chief.error is not None and not isinstance(chief.error, UserError):
            wrong.append(f"the manager failed: {chief.error!r}")
        if wrong:
            return wrong
        [(state, closed, holder)] = office.sql(
            "SELECT state, closed_as, user_id FROM lead_pool_entry WHERE id = %s", [prepare.entry]
        )
        had = office.sql(
            "SELECT end_reason FROM lead_pool_holding WHERE lead_ref = %s AND user_id = %s",
            [prepare.lead, office.users["ann"]],
        )
        if bool(had) != ann.answer["done"]:
            wrong.append(f"ann: {ann.answer}, holdings {had}")
        if not ann.answer["done"] and ann.answer["code"] not in ("busy", "closed", "archived", "unknown", "taken"):
            wrong.append(f"ann was refused with {ann.answer['code']}")
        if way == "merge":  # either lead may be the one that stays
            ended = closed == "merged" or state == "held"
        else:
            ended = (state, closed, holder) == ("closed", closed_as, None)
        if chief.error is None and not ended:
            wrong.append(f"ended, but {state} as {closed} by {holder}")
        if chief.error is not None and state == "closed":
            wrong.append(f"refused with {chief.error!r}, but closed")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


def test_a_lowered_capacity_against_a_claim(office):
    """The capacity is lowered to what he holds while he claims: he is above it, flagged, or he is refused.

    ATK-72: in every order.
    """

    def prepare():
        office.lift_limits()
        prepare.entry, _lead = office.lead()
        prepare.before = office.sql(*held_in(office, "ann"))[0][0]
        office.give_places("ann", 1)

        def lower(env):
            member = env["lead.pool.member"].search(
                [("user_id", "=", office.users["ann"]), ("pool_id", "=", office.pools["Inbound"])]
            )
            return member.write({"capacity": prepare.before})

        return [office.claims("ann", prepare.entry), office.actor("chief", lower, REPEATABLE)]

    def check(actors):
        ann, _chief = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        if ann.answer["code"] not in (False, "capacity_full"):
            wrong.append(f"refused with {ann.answer['code']}")
        held, capacity, over = office.sql(*held_in(office, "ann"))[0]
        claimed = int(ann.answer["done"])
        if (held, capacity, over) != (prepare.before + claimed, prepare.before, bool(claimed)):
            wrong.append(f"holds {held} of {capacity}, flagged: {over}; before {prepare.before}; {ann.answer}")
        return wrong

    office.lead(holder="ann")  # he holds some: a capacity of 0 would be none
    verify(office, prepare, check, points=("counters", "bump"))


def held_in(office, name, pool="Inbound"):
    return (
        """SELECT held, capacity, over_capacity FROM lead_pool_member
            WHERE user_id = %s AND pool_id = %s AND role = 'member'""",
        [office.users[name], office.pools[pool]],
    )
