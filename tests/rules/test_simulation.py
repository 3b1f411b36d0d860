"""A replay gives what really happened under the real rules, and something else under others."""

from collections import Counter as Tally
from dataclasses import replace
from datetime import datetime, timedelta

from lead_pool.rules import reclaim
from lead_pool.rules.facts import AssignRule, ClaimRule, Policy
from lead_pool.rules.history import Act, Destination, History, Lead, Rules, Seat, Start, Stay
from lead_pool.rules.outcome import compare, figures
from lead_pool.rules.recorded import Event, history_of
from lead_pool.rules.simulation import replay
from lead_pool.rules.working_time import WorkingTime

MONDAY = datetime(2026, 3, 2, 9)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROTATION = Policy(strategy="rotation")
THREE_DAYS = ((reclaim.Rule(1, no_follow_up_days=3), None),)


def arrive(number, at=MONDAY, **values):
    return Act(at, number, "arrive", number, **values)


def stay(user_id=0, known=None, **deeds):
    """``stay(7, follow_up=2, won=30)``: hours from the start of the holding; ``known`` in hours."""
    return Stay(
        user_id,
        tuple((hours * HOUR, what) for what, hours in deeds.items()),
        None if known is None else known * HOUR,
    )


def history(*acts, days=14, leads=None, **more):
    numbers = {act.lead_id for act in acts} | {start.lead_id for start in more.get("starts", ())}
    return History(
        MONDAY, MONDAY + days * DAY, leads=leads or {n: Lead(n, order=n) for n in numbers}, acts=list(acts), **more
    )


def rules(*seats, policy=ROTATION, **more):
    return Rules(policy, seats=list(seats), **more)


def told(run):
    return [(holding.lead_id, holding.user_id, holding.how, holding.why) for holding in run.holdings]


# One thing at a time


def test_a_lead_goes_back_when_its_holder_did_nothing_and_the_other_one_gets_it():
    was = history(arrive(1), given={1: (stay(7, known=14 * 24),)})
    run = replay(was, rules(Seat(7), Seat(8), reclaim=THREE_DAYS))
    assert told(run)[:2] == [(1, 7, "distribute", "reclaimed"), (1, 8, "distribute", "reclaimed")]
    assert run.holdings[0].until == MONDAY + 3 * DAY


def test_who_followed_up_in_time_keeps_the_lead():
    was = history(arrive(1), days=4, given={1: (stay(7, known=96, follow_up=48),)})
    assert told(replay(was, rules(Seat(7), reclaim=THREE_DAYS))) == [(1, 7, "distribute", "")]
    two_days = ((reclaim.Rule(1, no_follow_up_days=1.5), None),)
    assert told(replay(was, rules(Seat(7), reclaim=two_days)))[0] == (1, 7, "distribute", "reclaimed")


def test_a_claim_stays_a_claim_if_it_is_still_possible():
    was = history(arrive(1), arrive(2), *(Act(MONDAY + HOUR, 9, "claim", n, 7, stay=stay(7, 100)) for n in (1, 2)))
    by_hand = Policy(strategy="manual")
    assert told(replay(was, rules(Seat(7), policy=by_hand))) == [(1, 7, "claim", ""), (2, 7, "claim", "")]
    run = replay(was, rules(Seat(7, day_limit=1), policy=by_hand))
    assert (told(run), dict(run.refused)) == ([(1, 7, "claim", "")], {"daily_limit": 1})
    run = replay(was, rules(Seat(7), Seat(8)))  # the pool gives out what was claimed an hour later
    assert [holding.how for holding in run.holdings] == ["distribute"] * 2
    assert dict(run.refused) == {"taken": 2}
    run = replay(was, rules(Seat(8), policy=by_hand))
    assert dict(run.refused) == {"not_member": 2}


def test_claims_of_another_day_count_anew():
    was = history(
        *(arrive(n) for n in range(4)),
        *(Act(MONDAY + n * 12 * HOUR, 10 + n, "claim", n, 7, stay=stay(7, 999)) for n in range(4)),
    )
    run = replay(was, rules(Seat(7, day_limit=1), policy=Policy(strategy="manual")))
    assert [holding.lead_id for holding in run.holdings] == [0, 2]  # 9:00, 21:00, and so on, in UTC
    assert dict(run.refused) == {"daily_limit": 2}


def test_a_former_holder_waits_for_his_cooling_off():
    was = history(starts=[Start(1, MONDAY, former_holders=frozenset({(7, MONDAY)}))])
    was.acts = [Act(MONDAY + DAY, 1, "claim", 1, 7), Act(MONDAY + 3 * DAY, 2, "claim", 1, 7)]
    run = replay(was, rules(Seat(7), policy=Policy(strategy="manual", cooling_days=2)))
    assert [(holding.since, run.refused["cooling_off"]) for holding in run.holdings] == [(MONDAY + 3 * DAY, 1)]


def test_an_admin_gives_above_the_capacity_only_knowingly():
    acts = [arrive(1), arrive(2), Act(MONDAY, 3, "assign", 1, 7, stay=stay(7, 99))]
    for knowingly, refused in ((False, {"target_full": 1}), (True, {})):
        last = Act(MONDAY, 4, "assign", 2, 7, stay=stay(7, 99), over_capacity=knowingly)
        run = replay(history(*acts, last), rules(Seat(7, capacity=1), policy=Policy(strategy="manual")))
        assert dict(run.refused) == refused


def test_what_ends_a_lead_ends_it_whoever_has_it():
    was = history(
        arrive(1), arrive(2), Act(MONDAY + DAY, 3, "leave", 1), Act(MONDAY + DAY, 4, "close", 2, closed_as="merged")
    )
    run = replay(was, rules(Seat(7)))
    assert {n: place.state for n, place in run.places.items()} == {1: "left", 2: "merged"}
    assert {holding.why for holding in run.holdings} == {"left", "merged"}


def test_a_recalled_lead_waits_again_if_he_has_it_here_too():
    was = history(arrive(1), Act(MONDAY + DAY, 3, "recall", 1, from_id=7), days=2)
    assert [row[1:] for row in told(replay(was, rules(Seat(7))))] == [
        (7, "distribute", "recalled"),
        (7, "distribute", ""),
    ]
    assert [row[1:] for row in told(replay(was, rules(Seat(8))))] == [(8, "distribute", "")]


def test_a_lead_that_somebody_else_gets_is_dealt_with_as_he_deals_with_his():
    quick, slow = stay(7, follow_up=1, won=2), stay(8, known=300, follow_up=50)
    was = history(arrive(1), arrive(2), given={1: (quick,), 2: (slow,)}, days=3)
    first = {h.lead_id: h.first_follow_up_at - h.since for h in replay(was, rules(Seat(7), Seat(8))).holdings}
    assert first == {1: HOUR, 2: 50 * HOUR}
    only_quick = replay(was, rules(Seat(7), Seat(8, paused=True)))
    assert {h.lead_id: h.first_follow_up_at - h.since for h in only_quick.holdings} == {1: HOUR, 2: HOUR}


def test_where_reality_cut_a_holding_off_it_goes_on_as_a_longer_one():
    cut, long = stay(7, known=72), stay(7, follow_up=100, won=150)
    was = history(arrive(1), arrive(2, MONDAY), given={1: (cut,), 2: (long,)})
    assert told(replay(was, rules(Seat(7), reclaim=THREE_DAYS)))[0] == (1, 7, "distribute", "reclaimed")
    week = ((reclaim.Rule(1, no_follow_up_days=7), None),)
    assert told(replay(was, rules(Seat(7), reclaim=week)))[0] == (1, 7, "distribute", "converted")


def test_a_changed_rule_brings_no_running_deadline_nearer_than_the_grace():
    start = Start(1, MONDAY - 5 * DAY, 7, MONDAY - 5 * DAY, stay=stay(7, known=9999))
    present = rules(Seat(7), reclaim=((reclaim.Rule(1, held_days=30), None),), policy=Policy())
    edited = replace(present, reclaim=THREE_DAYS, grace=36 * HOUR)
    run = replay(history(starts=[start]), edited, present)
    assert [(holding.until, holding.why) for holding in run.holdings] == [(MONDAY + 36 * HOUR, "reclaimed")]
    assert told(replay(history(starts=[start]), present, present)) == [(1, 7, "start", "")]


def test_nobody_gets_leads_on_his_leave_and_the_lead_goes_when_it_ends():
    away = Seat(7, leaves=((MONDAY - DAY, MONDAY + 2 * DAY),))
    [holding] = replay(history(arrive(1)), rules(away)).holdings
    assert holding.since == MONDAY + 2 * DAY


def test_a_pool_that_rests_gives_out_when_it_opens():
    office = WorkingTime(hours=(((9, 17),),) * 5 + ((), ()))
    saturday = MONDAY + 5 * DAY
    run = replay(history(arrive(1, saturday)), rules(Seat(7), calendar=office, working_only=True))
    assert [holding.since for holding in run.holdings] == [MONDAY + 7 * DAY]


def test_a_member_gets_nothing_before_he_came_and_less_on_the_ramp():
    joined = Seat(7, since=MONDAY + DAY, capacity=10, joined_on=(MONDAY + DAY).date(), ramp_days=9)
    was = history(*(arrive(n) for n in range(3)))
    assert [(h.since - MONDAY).days for h in replay(was, rules(joined)).holdings] == [1, 1, 2]  # at 9, then at midnight


def test_affinity_follows_the_replay_and_not_what_really_was():
    tie = (("customer", "12"),)
    leads = {1: Lead(1, ties=tie), 2: Lead(2, ties=tie), 3: Lead(3)}
    was = history(arrive(1), arrive(3, MONDAY + HOUR), arrive(2, MONDAY + 2 * HOUR), leads=leads)
    run = replay(was, rules(Seat(8, weight=1), Seat(9, weight=2), policy=replace(ROTATION, affinity=True)))
    got = {holding.lead_id: holding.user_id for holding in run.holdings}
    assert got[1] == got[2] == 9


def test_conditions_of_rules_are_kept():
    policy = replace(ROTATION, rules=(AssignRule(5, "default_assignee", assignee_id=8, if_nobody="wait"),))
    was = history(*(arrive(n) for n in range(4)))
    run = replay(was, rules(Seat(7), Seat(8, capacity=1), policy=policy, matches={5: {0, 1}}))
    assert {h.lead_id: h.user_id for h in run.holdings} == {0: 8, 2: 7, 3: 7}
    assert run.places[1].state == "waiting"


def test_an_opportunity_ends_the_holding_or_not():
    was = history(arrive(1), given={1: (stay(7, converted=5),)})
    not_converted = ((reclaim.Rule(1, not_converted_days=1), None),)
    assert told(replay(was, rules(Seat(7), reclaim=not_converted)))[0][3] == "converted"
    run = replay(was, rules(Seat(7), reclaim=not_converted, opportunity_ends_holding=False))
    assert told(run) == [(1, 7, "distribute", "")]


# Deadlines as they really were put off


def reclaimed_at(run):
    return [holding.until for holding in run.holdings if holding.why == "reclaimed"]


def kept(kind, hours, user_id=7, number=1, **values):
    return Act(MONDAY + hours * HOUR, 90, kind, number, user_id, **values)


SEVEN, EIGHT = Seat(7), Seat(8)


def idle(*acts, seats=(SEVEN,), days=14, reclaim=THREE_DAYS, **more):
    """A lead that 7 gets on Monday and never touches; when it is taken back from him, and what became of it."""
    was = history(arrive(1), *acts, days=days, given={1: (stay(7, known=days * 24),)})
    return replay(was, rules(*seats, reclaim=reclaim, **more))


def test_the_clock_stands_still_while_the_holder_is_on_leave():
    leave = (MONDAY + DAY, MONDAY + 4 * DAY)
    assert reclaimed_at(idle())[0] == MONDAY + 3 * DAY
    assert reclaimed_at(idle(seats=[Seat(7, leaves=(leave,))]))[0] == MONDAY + 6 * DAY
    week = WorkingTime(frozenset(range(5)))
    working = ((reclaim.Rule(1, no_follow_up_days=3, working=True), None),)
    run = idle(seats=[Seat(7, leaves=(leave,))], reclaim=working, calendar=week)
    assert reclaimed_at(run)[0] == MONDAY + 7 * DAY  # at work on parts of Tuesday and Friday, and on Monday
    colleague = [Seat(7), Seat(8, leaves=(leave,), weight=0)]
    assert reclaimed_at(idle(seats=colleague))[0] == MONDAY + 3 * DAY


def test_an_extension_counts_as_long_as_the_same_rep_has_the_lead():
    assert reclaimed_at(idle(kept("extend", 24, days=2)))[0] == MONDAY + 5 * DAY
    assert reclaimed_at(idle(kept("extend", 24, user_id=8, days=2)))[0] == MONDAY + 3 * DAY
    again = idle(kept("extend", 24, days=2), seats=[Seat(7), Seat(8)])
    assert reclaimed_at(again)[:2] == [MONDAY + 5 * DAY, MONDAY + 8 * DAY]  # the next one has his three days
    long = idle(kept("extend", 24, days=2), reclaim=((reclaim.Rule(1, held_days=9), None),))
    assert reclaimed_at(long)[0] == MONDAY + 11 * DAY  # two days more than the edited rule gives


def test_who_asked_for_an_extension_keeps_the_lead_until_the_answer():
    asked = kept("ask", 70)
    assert reclaimed_at(idle(asked))[0] == MONDAY + 70 * HOUR + 3 * DAY
    assert reclaimed_at(idle(asked, kept("decline", 80), grace=5 * HOUR))[0] == MONDAY + 85 * HOUR
    granted = idle(asked, kept("extend", 80, days=5))
    assert reclaimed_at(granted)[0] == MONDAY + 80 * HOUR + 5 * DAY  # from the answer on, for the deadline was over
    a_little = idle(asked, kept("extend", 80, days=1))
    assert reclaimed_at(a_little)[0] == MONDAY + 70 * HOUR + 3 * DAY  # a yes brings nothing forward


def test_a_lock_holds_as_long_as_it_really_did_and_ends_with_the_holding():
    lock = kept("lock", 24)
    assert not reclaimed_at(idle(lock))
    assert reclaimed_at(idle(lock, kept("unlock", 100), grace=6 * HOUR))[0] == MONDAY + 106 * HOUR
    ends = replace(lock, until=MONDAY + 120 * HOUR)
    assert reclaimed_at(idle(ends, grace=6 * HOUR))[0] == MONDAY + 126 * HOUR
    recalled = idle(lock, Act(MONDAY + 2 * DAY, 91, "recall", 1, from_id=7))
    assert reclaimed_at(recalled)[0] == MONDAY + 5 * DAY


def test_the_time_of_a_dispute_does_not_count():
    assert reclaimed_at(idle(kept("freeze", 24, until=MONDAY + 5 * DAY)))[0] == MONDAY + 7 * DAY
    twice = (kept("freeze", 24, until=MONDAY + 5 * DAY), kept("freeze", 48, until=MONDAY + 6 * DAY))
    assert reclaimed_at(idle(*twice))[0] == MONDAY + 8 * DAY
    assert not reclaimed_at(idle(kept("freeze", 24)))


def test_what_was_promised_before_the_period_is_kept():
    def start(**values):
        begun = Start(1, MONDAY - DAY, 7, MONDAY - DAY, stay=stay(7, known=9999), **values)
        return reclaimed_at(replay(history(starts=[begun]), rules(Seat(7), reclaim=THREE_DAYS)))[:1]

    assert start() == [MONDAY + 2 * DAY]
    assert start(keep_until=MONDAY + 4 * DAY) == [MONDAY + 4 * DAY]
    assert start(locked=True) == []
    assert start(locked=True, lock_ends_at=MONDAY + 5 * DAY) == [MONDAY + 5 * DAY]
    assert start(frozen=((MONDAY - 12 * HOUR, MONDAY),)) == [MONDAY + 60 * HOUR]
    assert start(frozen=((MONDAY - 12 * HOUR, MONDAY + DAY),)) == [MONDAY + 84 * HOUR]


def test_what_the_pool_exempts_stays():
    assert not reclaimed_at(idle(exempt={"tag": {1}}))
    assert reclaimed_at(idle(exempt={"tag": {2}, "converted": set()}))
    was = history(arrive(1), given={1: (stay(7, converted=5),)})
    stays = rules(Seat(7), reclaim=THREE_DAYS, opportunity_ends_holding=False)
    assert reclaimed_at(replay(was, stays))
    assert not reclaimed_at(replay(was, replace(stays, exempt={"converted": set()})))


# Where leads go back to


def test_a_rule_sends_the_lead_to_another_pool_and_out_of_the_replay():
    run = idle(seats=[Seat(7), Seat(8)], destinations={1: Destination("other")})
    assert (told(run), run.places[1].state) == ([(1, 7, "distribute", "reclaimed")], "left")
    assert figures(run)["closed"] == 1
    abroad = idle(seats=[Seat(7), Seat(8)], destinations={1: Destination("other", company_id=5)})
    assert told(abroad)[1] == (1, 8, "distribute", "reclaimed")  # that pool does not take it


def test_a_rule_gives_the_lead_to_the_next_rep_at_once_and_not_to_its_last_holder():
    heavy = [Seat(7, weight=9), Seat(8)]
    run = idle(seats=heavy, days=5, destinations={1: Destination("next")})
    assert told(run) == [(1, 7, "distribute", "reclaimed"), (1, 8, "distribute", "")]
    assert run.holdings[1].since == MONDAY + 3 * DAY
    by_hand = rules(*heavy, policy=Policy(), reclaim=THREE_DAYS, destinations={1: Destination("next")})
    claimed = history(arrive(1), Act(MONDAY, 9, "claim", 1, 7, stay=stay(7, known=120)), days=5)
    assert told(replay(claimed, by_hand))[1] == (1, 8, "distribute", "")  # by turns where it is done by hand
    alone = replay(claimed, replace(by_hand, seats=[Seat(7)]))
    assert (len(alone.holdings), alone.places[1].state) == (1, "waiting")


def test_leads_that_are_due_together_go_to_the_next_reps_as_if_all_were_still_held():
    was = history(*(arrive(n) for n in range(4)), days=5, given={n: (stay(7 + n % 2, known=120),) for n in range(4)})
    seats = [Seat(7, capacity=2), Seat(8, capacity=2), Seat(9, weight=0.001, capacity=3)]
    run = replay(was, rules(*seats, reclaim=THREE_DAYS, destinations={1: Destination("next")}))
    then = Tally(holding.user_id for holding in run.holdings if holding.since == MONDAY + 3 * DAY)
    assert then[9] == 3


# In which order leads are claimed


def claims(*asked, order="free", seats=(SEVEN, EIGHT), leads=None, arrivals=4, kind="claim", rule=(), **policy):
    """Who gets what: 7 and 8 claim in turn, an hour each; four leads have come one by one before."""
    was = history(
        *(arrive(n, MONDAY + n * 60 * timedelta(seconds=1)) for n in range(arrivals)),
        *(
            Act(MONDAY + (1 + n) * HOUR, 90 + n, kind, number, user, stay=stay(user, known=999, follow_up=number + 1))
            for n, (user, number) in enumerate(asked)
        ),
        leads=leads or {n: Lead(n, order=n) for n in range(arrivals)},
    )
    run = replay(was, rules(*seats, policy=Policy(order=order, **policy), **dict(rule)))
    return [(holding.user_id, holding.lead_id) for holding in run.holdings], dict(run.refused), run


def test_in_a_pool_with_an_order_who_claims_gets_the_first_one_of_his_line():
    asked = [(7, 2), (8, 0), (7, 1)]
    assert claims(*asked)[0] == asked
    assert claims(*asked, order="oldest")[0] == [(7, 0), (8, 1), (7, 2)]
    assert claims(*asked, order="newest")[0] == [(7, 3), (8, 2), (7, 1)]
    scored = {n: Lead(n, order=n, stars=int(n == 1), score=10 * n) for n in range(4)}
    assert claims(*asked, order="score", leads=scored)[0] == [(7, 1), (8, 3), (7, 2)]


def test_who_gets_another_lead_than_he_really_took_deals_with_it_as_he_did_with_that_one():
    _got, _refused, run = claims((7, 2), (7, 0), order="oldest")
    first = {h.lead_id: (h.first_follow_up_at - h.since) / HOUR for h in run.holdings}
    assert first[0] == 1  # he really claimed it an hour later, and called after an hour
    assert first[2 if 2 in first else 1] in (1, 3)  # one of his own


def test_when_nothing_is_left_in_his_line_he_gets_nothing():
    got, refused, _run = claims((7, 0), (8, 0), (7, 0), order="oldest", arrivals=2)
    assert (got, refused) == ([(7, 0), (8, 1)], {"no_lead": 1})
    got, refused, _run = claims((7, 0), order="oldest", seats=[Seat(8)])
    assert (got, refused) == ([], {"not_member": 1})
    resting, refused, _run = claims((7, 0), order="newest", protection_minutes=600)
    assert (resting, refused) == ([], {"no_lead": 1})


def test_who_pulls_gets_what_he_knows_then_the_best_and_the_freshest():
    tie = (("customer", "12"),)
    leads = {
        0: Lead(0, order=0, score=50, ties=tie),
        1: Lead(1, order=1, score=90),
        2: Lead(2, order=2, score=10, ties=tie),
        3: Lead(3, order=3, score=20, stars=1),
    }
    for order, kind in (("pull", "claim"), ("pull", "pull"), ("free", "pull")):
        got, _refused, _run = claims((7, 1), (8, 1), (7, 1), (8, 1), order=order, kind=kind, leads=leads)
        assert got == [(7, 3), (8, 1), (7, 0), (8, 2)]
    known, _refused, _run = claims((7, 0), (7, 0), (7, 0), (7, 0), order="pull", leads=leads)
    assert [number for _user, number in known] == [3, 1, 0, 2]
    leads[1] = Lead(1, order=1, score=90, ties=tie)
    known, _refused, _run = claims((7, 0), (7, 0), (7, 0), (8, 0), order="pull", leads=leads)
    assert known == [(7, 3), (7, 1), (7, 0), (8, 2)]


def test_a_pull_chooses_among_so_many_leads_as_the_pool_looks_at():
    leads = {n: Lead(n, order=n, score=n) for n in range(4)}
    narrow = {"rule": {"pull_from": (1, 1, 0)}}
    assert claims((7, 0), order="pull", leads=leads, **narrow)[0] == [(7, 3)]
    old = {n: Lead(n, order=n, score=-n) for n in range(4)}
    assert claims((7, 3), (7, 3), order="pull", leads=old, **narrow)[0] == [(7, 0), (7, 1)]


def test_claim_rules_keep_leads_for_others():
    rule = {"rule": {"claim_matches": {5: {0, 1}}}, "claim_rules": (ClaimRule(5, frozenset({8})),)}
    assert claims((7, 0), (8, 0), (7, 2), **rule)[:2] == ([(8, 0), (7, 2)], {"claim_rule": 1})
    assert claims((7, 2), (8, 3), (7, 0), order="oldest", **rule)[0] == [(7, 2), (8, 0), (7, 3)]


def test_who_has_too_many_untouched_leads_claims_no_more():
    got, refused, _run = claims((7, 3), (7, 2), (7, 1), backlog_limit=1)
    assert (got, refused) == ([(7, 3), (7, 2)], {"backlog": 1})
    got, refused, _run = claims((7, 0), (7, 1), (7, 2), (7, 3), backlog_limit=1)
    assert len(got) == 4  # he calls after one, two, three hours
    was = history(arrive(1), Act(MONDAY + HOUR, 9, "claim", 1, 7), Act(MONDAY + 3 * HOUR, 10, "claim", 1, 7))
    was.untouched = [(MONDAY - DAY, 7, 1), (MONDAY - DAY, 7, 1), (MONDAY + 2 * HOUR, 7, -1)]
    run = replay(was, rules(Seat(7), policy=Policy(backlog_limit=1)))
    assert [(holding.since, run.refused["backlog"]) for holding in run.holdings] == [(MONDAY + 3 * HOUR, 1)]


def test_nobody_claims_in_a_company_that_is_not_his():
    leads = {n: Lead(n, company_id=1 + n % 2, order=n) for n in range(4)}
    seats = [Seat(7, companies=frozenset({2}))]
    assert claims((7, 0), (7, 1), seats=seats, leads=leads)[:2] == ([(7, 1)], {"wrong_company": 1})
    assert claims((7, 0), (7, 0), seats=seats, leads=leads, order="oldest")[0] == [(7, 1), (7, 3)]


# What the ledger says


def read(*events, begin=MONDAY, **more):
    told_ = [Event(n, at, kind, 1, **{"pool_id": 1, **values}) for n, (at, kind, values) in enumerate(events, 1)]
    return history_of(1, begin, MONDAY + 9 * DAY, {1: Lead(1)}, told_, **more)


def test_what_was_done_about_a_deadline_is_an_act_of_who_held_the_lead():
    was = read(
        (MONDAY, "entered", {}),
        (MONDAY, "claimed", {"user_id": 7}),
        (MONDAY + DAY, "extended", {"user_id": 7, "days": 3, "until": MONDAY + 6 * DAY}),
        (MONDAY + DAY, "locked", {"user_id": 7, "until": MONDAY + 2 * DAY}),
        (MONDAY + 3 * DAY, "unlocked", {"user_id": 7}),
        (MONDAY + 4 * DAY, "disputed", {"user_id": 7, "until": MONDAY + 5 * DAY}),
    )
    assert [(act.kind, act.user_id, act.days, act.until) for act in was.acts[2:]] == [
        ("extend", 7, 3, MONDAY + 6 * DAY),
        ("lock", 7, 0, None),  # it really ended a day later than it should
        ("unlock", 7, 0, None),
        ("freeze", 7, 0, MONDAY + 5 * DAY),
    ]


def test_what_was_done_before_the_period_is_where_it_begins():
    [start] = read(
        (MONDAY + DAY, "extended", {"user_id": 7, "days": 3, "until": MONDAY + 6 * DAY}),
        (MONDAY + DAY, "locked", {"user_id": 7, "until": MONDAY + 4 * DAY}),
        (MONDAY + 2 * DAY, "disputed", {"user_id": 7}),
        (MONDAY + 4 * DAY, "unlocked", {"user_id": 7}),
        begin=MONDAY + 3 * DAY,
        starts=[Start(1, MONDAY, 7, MONDAY)],
    ).starts
    assert (start.keep_until, start.locked, start.lock_ends_at) == (MONDAY + 6 * DAY, True, None)
    assert start.frozen == ((MONDAY + 2 * DAY, None),)


def test_a_claim_that_was_undone_was_none():
    was = read((MONDAY, "entered", {}), (MONDAY, "claimed", {"user_id": 7}), (MONDAY, "claim_undone", {"from_id": 7}))
    assert [act.kind for act in was.acts] == ["arrive"]


def test_leads_come_from_other_pools_and_go_there_by_rules():
    was = read(
        (MONDAY, "reclaimed", {"from_pool_id": 2, "from_id": 9}),
        (MONDAY, "distributed", {"user_id": 7}),
        (MONDAY + 3 * DAY, "reclaimed", {"pool_id": 2, "from_pool_id": 1, "from_id": 7}),
    )
    assert [act.kind for act in was.acts] == ["arrive"]  # that it left is for the rule to say
    assert [one.known for one in was.given[1]] == [3 * DAY]
    next_rep = read(
        (MONDAY, "entered", {}),
        (MONDAY, "distributed", {"user_id": 7}),
        (MONDAY + 3 * DAY, "reclaimed", {"from_id": 7, "user_id": 8}),
    )
    assert [(one.user_id, one.known) for one in next_rep.given[1]] == [(7, 3 * DAY), (8, 6 * DAY)]


# Figures


def test_figures_say_who_got_what_how_soon_and_how_fairly():
    given_ = {n: (stay(7 + n % 2, known=999, follow_up=2 + n % 2 * 4),) for n in range(4)}
    was = history(*(arrive(n) for n in range(4)), days=2, given=given_)
    shown = figures(replay(was, rules(Seat(7, capacity=5), Seat(8))))
    assert [shown[key] for key in ("arrived", "leads", "distributed", "held", "waiting")] == [4, 4, 4, 4, 0]
    assert (shown["deviation"], shown["wait_hours"], shown["first_hours"], shown["reclaimed"]) == (0, 0, 4, [])
    assert shown["steps"] == [0, 2, 2, 0, 0, 0, 0]
    seven = shown["members"][7]
    assert (seven["leads"], seven["peak"], seven["loads"], seven["first_hours"]) == (2, 2, [2, 2, 2], 2)
    assert (seven["share"], seven["fair_share"], shown["days"][0]) == (0.5, 0.5, "2026-03-02")
    unfair = figures(replay(was, rules(Seat(7, weight=3), Seat(8, weight=0))))
    assert unfair["deviation"] == 0  # who weighs nothing shall get nothing
    full = figures(replay(was, rules(Seat(7, capacity=1), Seat(8))))
    assert full["deviation"] == 0.25


def test_an_empty_period_has_figures_too():
    shown = figures(replay(history(), rules()))
    assert (shown["leads"], shown["first_hours"], shown["deviation"], shown["steps"]) == (0, None, 0.0, [0] * 7)
    assert compare(shown, shown) == {"caused": [], "avoided": []}
