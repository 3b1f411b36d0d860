"""The scheduled action against people, in every order of their steps."""

from cases import reclaim_against_follow_up
from office import verify

from odoo.exceptions import UserError

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
