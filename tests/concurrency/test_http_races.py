"""Many reps, tabs and programs at the same moment, over HTTP, on a server of several processes."""

import concurrent.futures
import itertools
import threading
import time
import xmlrpc.client

import pytest
import requests
from department import Department

REPS = 20
SECONDS = 5  # for twenty answers on a busy machine; a single retry of Odoo's may sleep for longer


@pytest.fixture(scope="module")
def server(odoo_server):
    return odoo_server


@pytest.fixture(scope="module")
def team(server):
    team = Department(server.dbname, "race")
    team.hire("rep", *(f"rep{number}" for number in range(REPS)))
    team.hire("rep", "boss")
    team.hire("manager", "chief")
    team.open_pool("Inbound", members=[*team.users], admins=["boss"])
    for name in team.users:
        server.api_key(team.login(name))
    parallel(lambda name: claim(server, team, name, []), team.users)  # every process is awake
    return team


@pytest.fixture(autouse=True)
def books(server, team):
    """After each test the books are true, and nothing in the server's log speaks of a retry."""
    before = len(server.log.read_text(encoding="utf-8"))
    yield
    assert team.problems() == []
    log = server.log.read_text(encoding="utf-8")[before:]
    for word in ("could not serialize", "SERIALIZATION_FAILURE", "deadlock", "tries left", "Traceback"):
        assert word not in log, log[log.index(word) - 2000 :]


def parallel(work, arguments):
    """``work`` for all arguments at the same moment: ``[(answer, seconds)]``."""
    arguments = list(arguments)
    barrier = threading.Barrier(len(arguments))

    def timed(argument):
        barrier.wait()
        began = time.monotonic()
        return work(argument), time.monotonic() - began

    with concurrent.futures.ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(timed, arguments))


def claim(server, team, name, entries, **arguments):
    return server.call("lead.pool.entry", "action_claim", login=team.login(name), ids=entries, **arguments)


def by_xmlrpc(server, user_id, key, *call):
    try:
        with xmlrpc.client.ServerProxy(f"{server.url}/xmlrpc/2/object") as proxy:
            return proxy.execute_kw(server.dbname, user_id, key, *call)
    except xmlrpc.client.Fault as fault:
        return fault.faultString


def by_jsonrpc(server, user_id, key, *call):
    params = {"service": "object", "method": "execute_kw", "args": [server.dbname, user_id, key, *call]}
    answer = requests.post(f"{server.url}/jsonrpc", json={"jsonrpc": "2.0", "params": params}, timeout=60).json()
    return answer["result"] if "result" in answer else answer["error"]["data"]["message"]


def fast_enough(results):
    slowest = max(seconds for _answer, seconds in results)
    assert slowest < SECONDS, f"the slowest answer took {slowest:.1f} s"
    return [answer for answer, _seconds in results]


def test_twenty_reps_claim_one_lead_and_one_gets_it(server, team):
    [(entry, lead)] = team.leads("Inbound", 1)
    reps = [f"rep{number}" for number in range(REPS)]
    answers = fast_enough(parallel(lambda name: claim(server, team, name, [entry]), reps))
    winners = [name for name, [answer] in zip(reps, answers, strict=True) if answer["done"]]
    assert len(winners) == 1
    for [answer] in answers:
        if not answer["done"]:
            assert answer["code"] in ("taken", "busy")
            assert len(answer["message"]) > 20
    with team.inside() as env:
        holding = env["lead.pool.holding"].search([("lead_ref", "=", lead)])
        assert holding.user_id.login == team.login(winners[0])
        assert env["crm.lead"].browse(lead).user_id == holding.user_id
    # who comes later learns who has it
    [late] = claim(server, team, "boss", [entry])
    assert late["code"] == "taken"
    assert team.login(winners[0]) in late["message"]


def test_a_rep_with_one_place_left_gets_one_of_many_leads(server, team):
    """ATK-18: 32 claims at the same moment, one below the capacity."""
    entries = [entry for entry, _lead in team.leads("Inbound", 32)]
    team.limit("rep1", "Inbound", places=1)
    before = team.held("rep1", "Inbound")[0]
    results = parallel(lambda entry: claim(server, team, "rep1", [entry]), entries)
    answers = [answer for [answer] in fast_enough(results)]
    assert [answer["done"] for answer in answers].count(True) == 1
    assert {answer["code"] for answer in answers if not answer["done"]} == {"capacity_full"}
    assert team.held("rep1", "Inbound") == (before + 1, before + 1)


def test_a_rep_with_two_claims_left_today_gets_two_of_twenty_leads(server, team):
    entries = [entry for entry, _lead in team.leads("Inbound", 20)]
    with team.inside() as env:
        member = env["lead.pool.member"].search([("user_id", "=", team.users["rep2"])])
        claimed = member.day_n or 0  # he may have won a lead of another test
    team.limit("rep2", "Inbound", daily_claim_limit=claimed + 2)
    results = parallel(lambda entry: claim(server, team, "rep2", [entry]), entries)
    answers = [answer for [answer] in fast_enough(results)]
    assert [answer["done"] for answer in answers].count(True) == 2
    assert {answer["code"] for answer in answers if not answer["done"]} == {"daily_limit"}
    assert all(answer["retry_at"] for answer in answers if not answer["done"])
    # what is given back is not refunded
    taken = [answer["id"] for answer in answers if answer["done"]]
    with team.inside() as env:
        reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1).id
    server.call("lead.pool.entry", "action_return", login=team.login("rep2"), ids=taken, reason_id=reason)
    [again] = claim(server, team, "rep2", [entries[0] if entries[0] not in taken else entries[1]])
    assert again["code"] == "daily_limit"


def test_the_same_request_ten_times_has_one_effect_and_one_answer(server, team):
    entries = [entry for entry, _lead in team.leads("Inbound", 3)]
    before = team.held("rep3", "Inbound")[0]  # he may have won the lead of an earlier test
    results = parallel(lambda _n: claim(server, team, "rep3", entries, request_uid="tab-3-click-1"), range(10))
    answers = fast_enough(results)
    assert all(answer == answers[0] for answer in answers)
    assert [answer["done"] for answer in answers[0]] == [True] * 3
    assert team.held("rep3", "Inbound") == (before + 3, before + 3)
    assert claim(server, team, "rep3", entries, request_uid="tab-3-click-1") == answers[0]


def test_a_bulk_claim_takes_what_it_may_and_gives_reasons_for_the_rest(server, team):
    entries = [entry for entry, _lead in team.leads("Inbound", 10)]
    team.limit("rep4", "Inbound", places=3)
    answers = claim(server, team, "rep4", entries)
    assert [answer["id"] for answer in answers] == entries
    assert [answer["done"] for answer in answers] == [True] * 3 + [False] * 7
    assert {answer["code"] for answer in answers[3:]} == {"capacity_full"}


def test_bulk_claims_of_the_same_leads_share_them_without_a_deadlock(server, team):
    entries = [entry for entry, _lead in team.leads("Inbound", 10)]
    orders = [entries, entries[::-1]] * 5
    reps = [f"rep{number}" for number in range(5, 15)]
    results = parallel(lambda job: claim(server, team, *job), zip(reps, orders, strict=True))
    answers = list(itertools.chain.from_iterable(fast_enough(results)))
    done = [answer["id"] for answer in answers if answer["done"]]
    assert sorted(done) == sorted(entries)
    assert {answer["code"] for answer in answers if not answer["done"]} <= {"taken", "busy"}


def test_browsers_claim_one_lead_and_one_gets_it(server, team):
    """By the verb, by the card's button, by the button of several cards."""
    browsers = [team.browser(server, f"rep{number}") for number in range(5, 11)]
    for path, method in (
        ("call_kw", "action_claim"),
        ("call_button", "button_claim"),
        ("call_kw", "button_claim"),
    ):
        [(entry, lead)] = team.leads("Inbound", 1)

        def click(browser, path=path, method=method, entry=entry):
            return browser.call("lead.pool.entry", method, [[entry]], path=path)

        answers = fast_enough(parallel(click, browsers * 2))
        if method == "action_claim":
            assert [answer[0]["done"] for answer in answers].count(True) == 1
        else:
            claimed = [answer["params"] for answer in answers if answer["tag"] == "lead_pool_claimed"]
            assert [params["entry_ids"] for params in claimed] == [[entry]]
            assert [params["next"]["res_id"] for params in claimed] == [lead]
        with team.inside() as env:
            assert env["lead.pool.holding"].search_count([("lead_ref", "=", lead)]) == 1


def test_claim_and_return_and_claim_again_in_many_hands(server, team):
    """Ten reps take and give back the same three leads as fast as they can."""
    entries = [entry for entry, _lead in team.leads("Inbound", 3)]
    with team.inside() as env:
        reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1).id
    reps = [f"rep{number}" for number in range(5, 15)]

    def churn(name):
        for entry in entries:
            [answer] = claim(server, team, name, [entry])
            if answer["done"]:
                [answer] = server.call(
                    "lead.pool.entry",
                    "action_return",
                    login=team.login(name),
                    ids=[entry],
                    reason_id=reason,
                )
                assert answer["done"], answer

    parallel(churn, reps)
    with team.inside() as env:
        env.cr.execute("SELECT DISTINCT state FROM lead_pool_entry WHERE id = ANY(%s)", [entries])
        assert env.cr.fetchall() == [("waiting",)]


def test_a_manager_gives_away_what_reps_take_and_give_back(server, team):
    """By a form, by a list and by a program, while everybody takes and gives back the same leads: he is never refused,
    and the log does not speak of a second try."""
    entries = team.leads("Inbound", 2)
    with team.inside() as env:
        reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1).id
    reps = [f"rep{number}" for number in range(5, 11)]
    chief, over = team.browser(server, "chief"), threading.Event()

    def churn(name):
        while not over.is_set():
            for entry, _lead in entries:
                [answer] = claim(server, team, name, [entry])
                if answer["done"]:
                    server.call(
                        "lead.pool.entry", "action_return", login=team.login(name), ids=[entry], reason_id=reason
                    )

    def give_away(_name):
        try:
            for (_entry, lead), name in itertools.product(entries, reps):
                values = {"user_id": team.users[name]}
                chief.call("crm.lead", "web_save", [[lead], values], {"specification": {"user_id": {}}})
                chief.call("crm.lead", "write", [[lead], {"user_id": team.users["boss"]}])
                server.call("crm.lead", "write", login=team.login("chief"), ids=[lead], vals={"user_id": False})
        finally:
            over.set()

    parallel(lambda job: job[0](job[1]), [(give_away, "chief"), *((churn, name) for name in reps)])


@pytest.mark.parametrize("way", [by_xmlrpc, by_jsonrpc])
def test_programs_of_older_days_claim_one_lead_and_one_gets_it(server, team, way):
    """They open their own transaction, which ``ir.http`` does not see."""
    reps = [f"rep{number}" for number in range(5, 20)]  # whom no other test has limited
    chief = team.users["chief"], server.api_key(team.login("chief"))

    def call(name, method, entries):
        key = server.api_key(team.login(name))
        return way(server, team.users[name], key, "lead.pool.entry", method, [entries])

    for _round in range(2):
        [(entry, lead)] = team.leads("Inbound", 1)
        results = parallel(lambda name, entry=entry: call(name, "action_claim", [entry]), reps)
        answers = [answer for answer, _seconds in results]
        assert all(isinstance(answer, list) for answer in answers), answers
        winners = [name for name, [answer] in zip(reps, answers, strict=True) if answer["done"]]
        assert len(winners) == 1
        for [answer] in answers:
            assert answer["done"] or answer["code"] == "busy" or team.login(winners[0]) in answer["message"]
        [late] = call("boss", "action_claim", [entry])
        assert (late["done"], late["code"]) == (False, "taken")
        assert team.login(winners[0]) in late["message"]

        def hand_over(name, lead=lead):
            return way(server, *chief, "crm.lead", "write", [[lead], {"user_id": team.users[name]}])

        for answer, _seconds in parallel(hand_over, reps[8:14]):
            assert answer is True or "this very moment" in answer, answer


def test_pools_are_stopped_and_only_observe_while_everybody_works(server, team):
    """Fourteen people claim and return, leads come in and are distributed; the switches are turned under their hands:
    each answer is a sentence, and no lead is lost."""
    reps, over, said, given = [f"rep{number}" for number in range(5, 19)], threading.Event(), [], []
    team.open_pool("Given", members=["rep0", "rep1"], admins=["boss"], strategy="rotation")
    entries = [entry for entry, _lead in team.leads("Inbound", 20)]
    with team.inside() as env:
        reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1).id

    def until_it_is_over(work):
        for turn in itertools.count():
            if over.is_set():
                return turn
            work(turn)

    def claim_and_return(name, turn):
        [answer] = claim(server, team, name, [entries[(7 * int(name[3:]) + turn) % len(entries)]])
        if answer["done"]:
            given_back = {"ids": [answer["id"]], "reason_id": reason}
            [answer] = server.call("lead.pool.entry", "action_return", login=team.login(name), **given_back)
        said.append(answer)

    def hand_in_and_distribute(turn):
        values = {"name": f"Handed in {turn}", "pool_id": team.pools["Given"], "user_id": False}
        server.call("crm.lead", "create", login=team.login("chief"), vals_list=[values])
        pool = [team.pools["Given"]]
        given.extend(server.call("lead.pool", "action_distribute", login=team.login("boss"), ids=pool, limit=1))

    def switch():
        pools = [team.pools["Inbound"], team.pools["Given"]]
        try:
            for stopped, mode in (("True", "active"), ("False", "observe"), ("False", "active")):
                server.call("ir.config_parameter", "set_param", key="lead_pool.stopped", value=stopped)
                server.call("lead.pool", "write", login=team.login("chief"), ids=pools, vals={"mode": mode})
                told = len(given)
                while len(given) < told + 2:  # whoever is slow sees each state, too
                    time.sleep(0.05)
        finally:
            over.set()

    workers = [lambda name=name: until_it_is_over(lambda turn: claim_and_return(name, turn)) for name in reps]
    results = parallel(lambda work: work(), [switch, lambda: until_it_is_over(hand_in_and_distribute), *workers])
    handed_in = results[1][0]
    assert {answer["code"] for answer in said if not answer["done"]} <= {"taken", "busy", "changed_hands"}
    assert any(answer["done"] for answer in said), "claims go on"
    assert {"stopped", "observe_only"} <= {answer["code"] for answer in given if not answer["done"]}
    assert any(answer["done"] for answer in given)
    assert all(answer["done"] or len(answer["message"]) > 20 for answer in [*said, *given])
    with team.inside() as env:
        leads = env["crm.lead"].search([("pool_id", "=", team.pools["Given"])])
        assert len(leads) == handed_in
        assert len(leads.filtered("user_id")) == sum(answer["done"] for answer in given)
