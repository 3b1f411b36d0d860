"""Forms that are saved, and admins, against each other and against reps, in every order of their steps."""

import pytest
from office import REPEATABLE, verify

from odoo.exceptions import UserError

# ── people against a form that is saved ───────────────────────────────────────────────────────────


def test_claim_against_a_manager_who_writes_the_salesperson(office):
    """The form runs in REPEATABLE READ with Odoo's retry; whoever comes last has the lead."""

    def prepare():
        prepare.entry, prepare.lead = office.lead()
        return [
            office.claims("ann", prepare.entry),
            office.writes("chief", prepare.lead, {"user_id": "ben"}),
        ]

    def check(actors):
        ann, chief = actors
        wrong = [f"ann failed: {ann.error!r}"] if ann.error else []
        if chief.error is not None and not isinstance(chief.error, UserError):
            wrong.append(f"the form failed: {chief.error!r}")
        state, holder, _epoch = office.now(prepare.entry)
        if chief.error is None and holder != "ben":
            wrong.append(f"the form says ben, the books {state} by {holder}")
        if chief.error is not None and holder != "ann":
            wrong.append(f"the form was refused, but {state} by {holder}")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


def test_reclaim_against_a_manager_who_writes_the_salesperson(office):
    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.writes("chief", prepare.lead, {"user_id": "ben"})]

    def check(actors):
        cron, chief = actors
        wrong = [f"cron failed: {cron.error!r}"] if cron.error else []
        if chief.error is not None and not isinstance(chief.error, UserError):
            wrong.append(f"the form failed: {chief.error!r}")
        if chief.error is None and office.now(prepare.entry)[1] != "ben":
            wrong.append(f"the form says ben, the books {office.now(prepare.entry)}")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


@pytest.mark.parametrize(
    "values", [{"city": "Hangzhou"}, {"phone": "+86 571 1234", "name": "Edited"}], ids=["open", "plain"]
)
def test_claim_against_a_form_that_changes_the_lead_itself(office, values):
    """No deadlock: both happen, one after the other."""

    def prepare():
        prepare.entry, prepare.lead = office.lead()
        return [office.claims("ann", prepare.entry), office.writes("chief", prepare.lead, values)]

    def check(actors):
        ann, chief = actors
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        if not wrong and not ann.answer["done"] and ann.answer["code"] != "busy":
            wrong.append(f"ann was refused with {ann.answer['code']}")
        if ann.tries > 1:
            wrong.append(f"ann needed {ann.tries} tries")
        return wrong

    verify(office, prepare, check, points=("rows", "write", "copy"))


# ── admins against each other and against reps ────────────────────────────────────────────────────


def test_two_leads_change_hands_crosswise(office):
    """Ann's lead goes to Ben while Ben's goes to Ann: the counters are locked in one order."""

    def prepare():
        prepare.first, prepare.second = office.lead(holder="ann")[0], office.lead(holder="ben")[0]
        return [
            office.assigns("chief", prepare.first, to="ben", label="to ben"),
            office.assigns("chief", prepare.second, to="ann", label="to ann"),
        ]

    def check(actors):
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        wrong += [f"{a.name} needed {a.tries} tries" for a in actors if a.tries > 1]
        holders = [office.now(prepare.first)[1], office.now(prepare.second)[1]]
        if holders != ["ben", "ann"]:
            wrong.append(f"held by {holders}")
        return wrong

    verify(office, prepare, check, points=("counters",))


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


def test_a_lowered_capacity_against_a_claim(office):
    """The member's capacity is lowered to what he holds while he claims: counted or flagged."""

    def prepare():
        office.lift_limits()
        office.give_places("ann", 1)
        entry, _lead = office.lead()
        capacity = max(office.holds("ann"), 1)

        def lower(env):
            member = env["lead.pool.member"].search(
                [("user_id", "=", office.users["ann"]), ("pool_id", "=", office.pools["Inbound"])]
            )
            return member.write({"capacity": capacity})

        return [office.claims("ann", entry), office.actor("chief", lower, REPEATABLE)]

    def check(actors):
        return [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]

    verify(office, prepare, check, points=("counters", "bump"))
    office.lift_limits()
