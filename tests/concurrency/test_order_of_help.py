"""A holder asks for help at the moment in which the lead leaves his hands, in every order of their steps: nobody helps
with a lead that its holder has not asked him to, and nobody is left with a task on it."""

import pytest
from office import errors_and_retries, verify

POINTS = ("rows", "write", "events")


def asks(office, name, lead, whom="ben"):
    def work(env):
        [answer] = env["crm.lead"].browse(lead).action_ask_help(office.users[whom], note="Can you go?")
        return answer

    return office.actor(name, work, label=f"{name} asks")


def traces(office, lead, whom="ben"):
    """``(rows, activities, follows)`` of who was asked."""
    [found] = office.sql(
        """SELECT (SELECT count(*) FROM lead_pool_helper WHERE lead_id = l.id AND user_id = u.id),
                  (SELECT count(*) FROM mail_activity WHERE res_model = 'crm.lead' AND res_id = l.id
                      AND user_id = u.id AND active),
                  (SELECT count(*) FROM mail_followers WHERE res_model = 'crm.lead' AND res_id = l.id
                      AND partner_id = u.partner_id)
             FROM crm_lead l, res_users u WHERE l.id = %s AND u.id = %s""",
        [lead, office.users[whom]],
    )
    return found


def sees(office, lead, whom="ben"):
    with office.inside(whom) as env:
        return bool(env["crm.lead"].search_count([("id", "=", lead)]))


WAYS = {
    "return": lambda office, entry, lead: office.returns("ann", entry),
    "transfer": lambda office, entry, lead: office.transfers("chief", entry, to="Second"),
    "reclaim": lambda office, entry, lead: office.reclaims(),
    "assign": lambda office, entry, lead: office.assigns("chief", entry, to="cleo"),
    "form": lambda office, entry, lead: office.writes("chief", lead, {"user_id": "cleo"}),
}


@pytest.mark.parametrize("way", [pytest.param(way, marks=[pytest.mark.long] * (way == "assign")) for way in WAYS])
def test_a_lead_that_leaves_the_hands_of_who_asks(office, way):
    """Who was asked before sees it no more, who comes too late is refused; a lead that the scheduled action passed
    over, as somebody was asked about it this moment, is helped with."""

    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        if way == "reclaim":
            office.make_due(prepare.entry)
        return [WAYS[way](office, prepare.entry, prepare.lead), asks(office, "ann", prepare.lead)]

    def check(actors):
        mover, ann = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        state, holder, _epoch = office.now(prepare.entry)
        if way == "reclaim" and mover.answer == 0:
            office.sql("UPDATE lead_pool_entry SET reclaim_at = NULL WHERE id = %s", [prepare.entry])
            expected, helps = ("held", "ann"), ann.answer["done"]
        else:
            expected, helps = ("held", "cleo") if way in ("assign", "form") else ("waiting", None), False
        if (state, holder) != expected:
            wrong.append(f"{state} by {holder}")
        if not ann.answer["done"] and ann.answer["code"] not in ("waiting", "not_holder", "unknown"):
            wrong.append(f"refused with {ann.answer['code']}")
        if traces(office, prepare.lead) != ((1, 1, 1) if helps else (0, 0, 0)):
            wrong.append(f"left behind: {traces(office, prepare.lead)}")
        return wrong

    verify(office, prepare, check, points=POINTS)


def test_a_hand_over_takes_along_who_was_asked_at_the_same_moment(office):
    """Asked before: he helps who got it. Asked too late: refused, and nothing of it is left."""
    if "dora" not in office.users:
        office.hire("rep", "dora")
        office.open_pool("Desk", members=["dora", "cleo"])

    def prepare():
        [(prepare.entry, prepare.lead)] = office.leads("Desk", 1, holder="dora")

        def hands_over(env):
            values = {"user_id": office.users["dora"], "mode": "person", "target_user_id": office.users["cleo"]}
            [answer] = env["lead.pool.handover"].create(values).action_run()
            return answer

        return [office.actor("boss", hands_over), asks(office, "dora", prepare.lead)]

    def check(actors):
        boss, dora = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        if (boss.answer["moved"], office.now(prepare.entry)[:2]) != (1, ("held", "cleo")):
            wrong.append(f"{boss.answer}, {office.now(prepare.entry)}")
        done = dora.answer["done"]
        if not done and dora.answer["code"] not in ("not_holder", "unknown"):
            wrong.append(f"refused with {dora.answer['code']}")
        if traces(office, prepare.lead) != ((1, 1, 1) if done else (0, 0, 0)) or sees(office, prepare.lead) != done:
            wrong.append(f"asked: {done}, left: {traces(office, prepare.lead)}")
        return wrong

    verify(office, prepare, check, points=POINTS)


def test_a_lead_in_no_pool_that_gets_another_owner(office):
    """There is no entry to lock: the form is saved again, and knows who was asked meanwhile."""

    def prepare():
        with office.inside("ann") as env:
            values = {"name": "Own", "user_id": office.users["ann"], "pool_id": False}
            prepare.lead = env["crm.lead"].create(values).id
        return [office.writes("chief", prepare.lead, {"user_id": "cleo"}), asks(office, "ann", prepare.lead)]

    def check(actors):
        chief, ann = actors
        wrong = errors_and_retries(actors)
        [(owner,)] = office.sql("SELECT user_id FROM crm_lead WHERE id = %s", [prepare.lead])
        if owner != office.users["cleo"]:
            wrong.append(f"owned by {owner}")
        if not wrong and not ann.answer["done"] and ann.answer["code"] not in ("busy", "not_holder", "unknown"):
            wrong.append(f"refused with {ann.answer['code']}")
        if traces(office, prepare.lead) != (0, 0, 0):
            wrong.append(f"left behind: {traces(office, prepare.lead)}")
        return wrong

    verify(office, prepare, check, points=("events",))
