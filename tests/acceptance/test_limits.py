"""A rep tries to get more leads than he may have, or to keep them longer: ATK-18 to ATK-28.

What docs/security.md names besides is proven where it happens: races in tests/concurrency, clocks with the add-on.
"""

import pytest
from attacks import FORGED
from town import refused, town_at


@pytest.fixture(scope="module")
def town(odoo_server):
    return town_at(odoo_server)


@pytest.mark.parametrize("context", FORGED, ids=str)
def test_atk_13_no_context_lifts_a_limit(town, context):
    town.limit("mallory", "Harbour", capacity=1)
    with town.inside() as env:
        held = env["lead.pool.entry"].search_count([("user_id", "=", town.me)])
        if not held:
            entry = town.entries[town.waiting[4]]
            [answer] = env["lead.pool.entry"].with_user(town.me).browse(entry).action_claim()
            assert answer["done"]
    before = town.books()
    status, answer = town.send("lead.pool.entry", "action_claim", ids=[town.entries[town.waiting[1]]], context=context)
    assert not refused(status, answer), answer
    assert answer[0]["code"] == "capacity_full"
    assert town.books() == before


def test_atk_19_a_repeated_request_has_one_effect_and_another_one_under_its_name_is_refused(town):
    town.limit("mallory", "Harbour", capacity=0)
    first, second = (town.entries[lead] for lead in town.waiting[2:4])
    status, answer = town.send("lead.pool.entry", "action_claim", ids=[first], request_uid="r-19")
    assert status == 200 and answer[0]["done"]
    before = town.books()
    for _n in range(10):
        assert town.send("lead.pool.entry", "action_claim", ids=[first], request_uid="r-19")[1] == answer
    status, other = town.send("lead.pool.entry", "action_claim", ids=[second], request_uid="r-19")
    assert not refused(status, other), other
    assert town.books() == before
    # another user's requests are his own
    status, anns = town.send("lead.pool.entry", "action_claim", login="ann", ids=[first], request_uid="r-19")
    assert anns[0]["code"] == "taken"


@pytest.mark.parametrize("value", [-1, 2**31, 2**63, 1e308, "NaN", "many", [1]], ids=str)
@pytest.mark.parametrize("field", ["capacity", "daily_claim_limit", "weight"])
def test_atk_23_atk_24_an_admin_cannot_set_a_limit_that_means_nothing(town, field, value):
    before = town.books()
    status, answer = town.send("lead.pool.member", "write", login="boss", ids=town.own_row(), vals={field: value})
    problem = refused(status, answer)
    assert not problem, problem
    assert town.books() == before


def test_atk_25_a_member_who_leaves_and_comes_back_has_his_claims_counted(town):
    town.limit("mallory", "Market", daily_claim_limit=2)
    entries = [entry for entry, _lead in town.leads("Market", 3)]
    _status, answers = town.send("lead.pool.entry", "action_claim", ids=entries)
    assert [answer["done"] for answer in answers] == [True, True, False]
    with town.inside("boss") as env:
        market = [("user_id", "=", town.me), ("pool_id", "=", town.pools["Market"])]
        env["lead.pool.member"].search(market).unlink()
        env["lead.pool.member"].create({"pool_id": town.pools["Market"], "user_id": town.me, "daily_claim_limit": 2})
    _status, [answer] = town.send("lead.pool.entry", "action_claim", ids=entries[2:])
    assert answer["code"] == "daily_limit"
    assert town.held("mallory", "Market") == (2, 2)
    assert town.problems() == []


def test_atk_26_a_limit_over_all_pools_holds_in_each(town):
    town.limit("mallory", "Market", daily_claim_limit=0)

    def my_rep(env):
        company = env["lead.pool"].browse(town.pools["Market"]).company_id
        return env["lead.pool.rep"].search([("user_id", "=", town.me), ("company_id", "=", company.id)])

    with town.inside() as env:
        rep = my_rep(env)
        rep.write({"own_limits": True, "capacity": rep.held + 1})
    one, two = (town.leads(pool, 1)[0][0] for pool in ("Harbour", "Market"))
    _status, answers = town.send("lead.pool.entry", "action_claim", ids=[one, two])
    assert [answer["done"] for answer in answers] == [True, False]
    assert answers[1]["code"] == "capacity_all_full"
    _status, [answer] = town.send("lead.pool.entry", "action_claim", ids=[two])
    assert answer["code"] == "capacity_all_full"
    with town.inside() as env:
        my_rep(env).capacity = 0


def test_atk_27_a_stale_screen_learns_that_the_lead_went_back(town):
    [(entry, lead)] = town.leads("Harbour", 1, holder="mallory")
    with town.inside("boss") as env:
        [answer] = env["lead.pool.entry"].browse(entry).action_reclaim()
        assert answer["done"]
    before = town.books()
    for status, answer in (
        town.send("lead.pool.entry", "action_return", ids=[entry], reason_id=town.reasons["return"]),
        town.send("lead.pool.entry", "action_mark_invalid", ids=[entry], reason_id=town.reasons["invalid"]),
        town.send("crm.lead", "action_follow_up", ids=[lead], values={"note": "Still mine, I think"}),
        town.send("crm.lead", "action_convert", ids=[lead], values={}),
        town.send("crm.lead", "write", ids=[lead], vals={"stage_id": town.stage}),
    ):
        problem = refused(status, answer)
        assert not problem, problem
    assert town.books() == before


def test_atk_27_a_stale_screen_does_nothing_to_the_next_holding(town):
    """Mallory's screen is from before the lead went back: she has claimed it again, or Ann has it now."""
    for holder in ("mallory", "ann"):
        town.limit(holder, "Harbour", capacity=0)
        [(entry, lead)] = town.leads("Harbour", 1, holder="mallory")
        with town.inside() as env:
            seen = env["lead.pool.entry"].browse(entry).epoch
        for login, verb in (("boss", "action_reclaim"), (holder, "action_claim")):
            _status, [answer] = town.send("lead.pool.entry", verb, login=login, ids=[entry])
            assert answer["done"], answer
        before = town.books()
        code = "changed_hands" if holder == "mallory" else "not_holder"
        for verb, arguments in (
            ("action_return", {"reason_id": town.reasons["return"]}),
            ("action_mark_invalid", {"reason_id": town.reasons["invalid"]}),
            ("action_extend", {"days": 1}),
            ("action_lock", {}),
            ("action_unlock", {}),
            ("action_dispute", {"note": "I know them"}),
        ):
            status, answer = town.send("lead.pool.entry", verb, ids=[entry], epoch=seen, **arguments)
            assert not refused(status, answer), (verb, answer)
            assert answer[0]["code"] == code, (verb, answer)
        for verb, values in (("action_follow_up", {"note": "Still mine, I think"}), ("action_convert", {})):
            status, answer = town.send("crm.lead", verb, ids=[lead], values=values, epoch=seen)
            assert not refused(status, answer), (verb, answer)
            assert "taken back" in answer["message"], (verb, answer)
        assert town.books() == before


def test_atk_20_claiming_and_returning_in_turns_shows_no_more_than_a_day_allows(town):
    """Who takes leads only to read them has used up his day like everybody else, and the ledger names each of them."""
    town.open_pool("Quay", members=["mallory"], admins=["boss"], cooling_days=7)
    town.limit("mallory", "Quay", daily_claim_limit=3)
    leads = town.leads("Quay", 6, phone="+86 571 5550 8642")
    seen = []
    for entry, lead in leads:
        _status, [answer] = town.send("lead.pool.entry", "action_claim", ids=[entry])
        if answer["done"]:
            seen.append(lead)
            _status, [row] = town.send("crm.lead", "read", ids=[lead], fields=["phone"])
            assert row["phone"]
            reason = town.reasons["return"]
            _status, [back] = town.send("lead.pool.entry", "action_return", ids=[entry], reason_id=reason)
            assert back["done"]
        else:
            assert answer["code"] == "daily_limit"
        status, refusal = town.send("crm.lead", "read", ids=[lead], fields=["phone"])
        assert not refused(status, refusal), refusal
    assert seen == [lead for _entry, lead in leads[:3]]
    # nor does she get one of them again, were the day over
    town.limit("mallory", "Quay", daily_claim_limit=0)
    _status, [again] = town.send("lead.pool.entry", "action_claim", ids=[leads[0][0]])
    assert again["code"] == "cooling_off"
    with town.inside() as env:
        holdings = env["lead.pool.holding"].search([("pool_id", "=", town.pools["Quay"])])
        assert sorted(holdings.mapped("lead_ref")) == seen
        assert set(holdings.mapped("end_reason")) == {"returned"}


def test_atk_28_a_loop_of_notes_puts_no_deadline_off(town):
    """A script logs a note each minute, plans and cancels activities, and says the same follow-up again and again."""
    town.open_pool(
        "Dock",
        members=["mallory"],
        admins=["boss"],
        reclaim_rule_ids=[(0, 0, {"name": "Five days", "no_follow_up_days": 5, "warn_days": 0})],
    )
    [(entry, lead)] = town.leads("Dock", 1, holder="mallory")

    def due():
        with town.inside() as env:
            record = env["lead.pool.entry"].browse(entry)
            return record.reclaim_at, record.last_follow_up_at

    begin = due()
    assert begin[0]
    for number in range(5):
        assert town.send("crm.lead", "message_post", ids=[lead], body=f"still on it {number}")[0] == 200
        assert town.send("crm.lead", "write", ids=[lead], vals={"priority": str(number % 3)})[0] == 200
    assert due() == begin
    for vals in ({"last_follow_up_at": "2040-01-01 00:00:00"}, {"reclaim_at": "2040-01-01 00:00:00"}):
        status, answer = town.send("lead.pool.entry", "write", ids=[entry], vals=vals)
        assert not refused(status, answer), answer
    for _number in range(5):
        values = {"note": "Called them, they think it over", "result": "reached"}
        assert town.send("crm.lead", "action_follow_up", ids=[lead], values=values)[0] == 200
    with town.inside() as env:
        follow_ups = env["lead.follow.up"].search([("lead_id", "=", lead)])
        assert sorted(follow_ups.mapped("counts")) == [False] * 4 + [True]
        assert set(follow_ups.filtered(lambda one: not one.counts).mapped("doubt")) == {"repeated"}
