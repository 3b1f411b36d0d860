"""What holds for every deadline, not only for those we thought of."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from strategies import DAY, MOMENTS, calendars, leaves, proved, reclaim_rules, tenures

from lead_pool.rules.reclaim import REP, Rule, Tenure, deadline, next_warning

FAR = datetime.max  # stands for "never": later than any date


@proved
@given(reclaim_rules(), tenures(), calendars())
def test_a_warning_never_comes_after_the_reclaim_nor_before_the_holding(rule, tenure, time):
    answer = deadline(rule, tenure, time)
    if answer.reclaim_at is None:
        assert answer.warn_at is None
        return
    assert answer.reclaim_at > tenure.started_at
    assert bool(answer.warn_at) == bool(rule.warn_days)
    if answer.warn_at:
        assert tenure.started_at <= answer.warn_at <= answer.reclaim_at


@proved
@given(reclaim_rules(), MOMENTS, calendars(), st.lists(st.integers(0, 40 * 86400), max_size=6))
def test_each_further_follow_up_only_puts_the_deadline_off(rule, started, time, seconds):
    touches = [None, *(started + timedelta(seconds=n) for n in sorted(seconds))]
    holdings = [Tenure(started, last_follow_up_at=touch) for touch in touches]
    ends = [deadline(rule, tenure, time).reclaim_at or FAR for tenure in holdings]
    assert all(earlier <= later for earlier, later in pairwise(ends))


@proved
@given(reclaim_rules(), MOMENTS, calendars(), st.integers(1, 10**7))
def test_what_a_former_holder_did_does_not_help_the_present_one(rule, started, time, seconds):
    tenure = Tenure(started, last_follow_up_at=started - timedelta(seconds=seconds))
    assert deadline(rule, tenure, time) == deadline(rule, Tenure(started), time)


@proved
@given(reclaim_rules(), tenures(), calendars())
def test_asking_for_all_is_never_stricter_than_asking_for_any(rule, tenure, time):
    first = deadline(replace(rule, match="any"), tenure, time).reclaim_at or FAR
    last = deadline(replace(rule, match="all"), tenure, time).reclaim_at or FAR
    assert first <= last


@proved
@given(reclaim_rules(), tenures(), calendars(), MOMENTS)
def test_a_grace_only_puts_a_deadline_off_and_never_makes_one(rule, tenure, time, grace):
    plain = deadline(rule, tenure, time)
    answer = deadline(rule, tenure, time, not_before=grace)
    assert (answer.reclaim_at is None) == (plain.reclaim_at is None)
    if plain.reclaim_at:
        assert answer.reclaim_at == max(plain.reclaim_at, grace)
        assert answer.warn_at is None or answer.warn_at <= answer.reclaim_at
        assert (answer.reason, answer.rule_id) == (plain.reason, rule.id)


@proved
@given(reclaim_rules(), tenures(), calendars())
def test_the_reason_told_is_one_of_the_rule_and_its_own_date_is_the_deadline(rule, tenure, time):
    answer = deadline(rule, tenure, time)
    days = dict(rule.parts())
    assert (answer.reason in days) == (answer.reclaim_at is not None)
    if answer.reason:
        figure = {answer.reason + "_days": days[answer.reason]}
        alone = Rule(working=rule.working, **figure)
        assert deadline(alone, tenure, time).reclaim_at == answer.reclaim_at


@proved
@given(reclaim_rules(), tenures(), calendars())
def test_an_exempt_lead_never_goes_back(rule, tenure, time):
    assert deadline(rule, replace(tenure, exempt=True), time).reclaim_at is None


@proved
@given(reclaim_rules(), tenures(), calendars(), leaves())
def test_more_leave_never_brings_a_deadline_forward(rule, tenure, time, more):
    less = deadline(rule, tenure, time)
    answer = deadline(rule, replace(tenure, away=tenure.away + more), time)
    assert (answer.reclaim_at is None) == (less.reclaim_at is None)
    if less.reclaim_at:
        assert tenure.started_at < less.reclaim_at <= answer.reclaim_at


@proved
@given(reclaim_rules(), tenures(), calendars(), st.randoms(use_true_random=False), st.floats(0.01, 0.99))
def test_a_leave_told_in_two_parts_or_in_another_order_is_the_same_leave(rule, tenure, time, chance, part):
    split = []
    for start, end in tenure.away:
        middle = start + timedelta(seconds=int((end - start).total_seconds() * part))
        split += [(start, middle), (middle, end)]
    chance.shuffle(split)
    assert deadline(rule, replace(tenure, away=tuple(split)), time) == deadline(rule, tenure, time)


@proved
@given(reclaim_rules(), tenures(), calendars())
def test_a_leave_that_ends_before_the_holding_or_begins_after_the_deadline_changes_nothing(rule, tenure, time):
    tenure = replace(tenure, away=())
    answer = deadline(rule, tenure, time)
    end = answer.reclaim_at or tenure.started_at
    outside = ((tenure.started_at - 40 * DAY, tenure.started_at - 9 * DAY), (end + 2 * DAY, end + 60 * DAY))
    assert deadline(rule, replace(tenure, away=outside), time).reclaim_at == answer.reclaim_at


@proved
@given(reclaim_rules(), tenures(), calendars(), MOMENTS)
def test_the_ladder_is_climbed_once_in_order_and_ends(rule, tenure, time, since):
    answer = deadline(rule, tenure, time)
    moment, who, climbed = since, 0, []
    while True:
        moment, who = next_warning(answer.warnings, since=moment, warned=who)
        if not who:
            break
        climbed.append((moment, who))
    assert climbed == sorted(climbed)
    assert len({who for _moment, who in climbed}) == len(climbed) <= 3
    assert all(moment >= since for moment, _who in climbed)
    if answer.warn_at:
        assert climbed[0][1] == REP, "the holder is always told"
