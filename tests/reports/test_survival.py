"""Survival: a curve worked out by hand, one that is widely printed, and what no data may break."""

from math import inf, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables.survival import KaplanMeier, enough, seen_until

#: Weeks in remission of 21 children with acute leukaemia who were given 6-mercaptopurine; False: still in remission
#: when last seen (E. J. Freireich et al., Blood 21, 1963; as in D. R. Cox and D. Oakes, Analysis of Survival Data,
#: 1984, and in most textbooks since).
SIX_MP = [
    (6, True, 3), (6, False, 1), (7, True, 1), (9, False, 1), (10, True, 1), (10, False, 1), (11, False, 1),
    (13, True, 1), (16, True, 1), (17, False, 1), (19, False, 1), (20, False, 1), (22, True, 1), (23, True, 1),
    (25, False, 1), (32, False, 2), (34, False, 1), (35, False, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("week", "at_risk", "survival", "error"),
    [
        (6, 21, 0.857, 0.0764),
        (7, 17, 0.807, 0.0869),
        (10, 15, 0.753, 0.0963),
        (13, 12, 0.690, 0.1068),
        (16, 11, 0.627, 0.1141),
        (22, 7, 0.538, 0.1282),
        (23, 6, 0.448, 0.1346),
    ],
)
def test_the_remissions_under_6_mp_are_as_they_are_printed(week, at_risk, survival, error):
    curve = KaplanMeier(SIX_MP)
    step = next(step for step in curve.steps if step.time == week)
    assert step.at_risk == at_risk
    assert curve.survival(week) == pytest.approx(survival, abs=6e-4)
    assert curve.deviation(week) == pytest.approx(error, abs=6e-5)
    assert len(curve.steps) == 7
    assert curve.events(inf) == 9


def test_the_other_arm_lost_nobody_and_is_a_plain_share():
    """Placebo: 1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23."""
    weeks = (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
    curve = KaplanMeier([(week, True, 1) for week in weeks])
    assert curve.survival(8) == pytest.approx(8 / 21)
    assert curve.deviation(8) == pytest.approx(sqrt(8 / 21 * 13 / 21 / 21)), "the binomial error"
    assert curve.survival(23) == 0
    assert curve.deviation(23) == 0
    assert curve.interval(8) == pytest.approx((13 / 21 - 0.2077, 13 / 21 + 0.2077), abs=1e-4)


def test_who_is_lost_at_that_moment_was_still_at_risk():
    assert KaplanMeier([(1, True, 1), (1, False, 1)]).survival(1) == 0.5


def test_to_whom_it_never_happens_stays_in_the_count():
    curve = KaplanMeier([(1, True, 1), (inf, False, 3)])
    assert curve.happened(1000) == 0.25
    assert seen_until([(1, 1), (inf, 3)], least=3, most=90) == 90


def test_without_observations_nothing_happens():
    curve = KaplanMeier([])
    assert (curve.survival(5), curve.deviation(5), curve.events(5)) == (1, 0, 0)
    assert seen_until([], least=1, most=90) == 0
    assert enough(curve, 0.9, 30) is None
    assert enough(KaplanMeier([(40, True, 3)]), 0.9, 30) is None


def test_enough_is_enough_of_what_comes_within_the_horizon():
    """Of 200 leads 90 convert on day 2, 10 on day 20 and 50 on day 80: within 30 days 90 % have come on day 2."""
    curve = KaplanMeier([(2, True, 90), (20, True, 10), (80, True, 50), (100, False, 50)])
    assert enough(curve, 0.9, 30).time == 2
    assert enough(curve, 0.9, 90).time == 80
    assert enough(curve, 0.5, 90).time == 2


def test_fewer_leads_tell_less():
    few, many = (
        enough(KaplanMeier([(day, True, times) for day in range(1, 31)] + [(60, False, 30 * times)]), 0.9, 30)
        for times in (1, 20)
    )
    assert few.time == many.time == 27
    assert many.high - many.low < few.high - few.low
    # by hand, nobody lost: on day t, of 60 t have converted, S = 1 - t/60 and var(F(t) - 0.9 F(30)) is that of shares
    # p = t/60, q = 1/2 of the same 60: (p(1-p) + 0.81 q(1-q) - 2 * 0.9 p(1-q)) / 60
    assert [few.low, few.high] == [
        min(days := [t for t in range(1, 31) if _differs_by_hand(t / 60, 60)]), max(days)
    ]  # fmt: skip


def _differs_by_hand(p, n, q=0.5, share=0.9):
    variance = (p * (1 - p) + share**2 * q * (1 - q) - 2 * share * p * (1 - q)) / n
    return abs(p - share * q) <= 1.96 * sqrt(variance)


OBSERVATIONS = st.lists(
    st.tuples(st.one_of(st.integers(0, 60), st.just(inf)), st.booleans(), st.integers(1, 20)).map(
        lambda one: (one[0], one[1] and one[0] < inf, one[2])
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(OBSERVATIONS, st.integers(1, 60))
def test_a_curve_falls_from_one_and_enough_lies_within_the_horizon(observations, horizon):
    curve = KaplanMeier(observations)
    values = [curve.survival(time) for time in range(-1, 62)]
    assert values[0] == 1
    assert all(0 <= after <= before <= 1 for before, after in zip(values, values[1:], strict=False))
    assert curve.events(inf) == sum(number for _time, happened, number in observations if happened)
    low, high = curve.interval(horizon)
    assert 0 <= low <= curve.happened(horizon) <= high <= 1
    answer = enough(curve, 0.9, horizon)
    if answer:
        assert 0 <= answer.low <= answer.time <= answer.high <= horizon
        assert curve.happened(answer.time) >= 0.9 * curve.happened(horizon) - 1e-9
    else:
        assert not curve.events(horizon)


@settings(max_examples=100, deadline=None)
@given(OBSERVATIONS)
def test_when_nobody_is_lost_the_curve_is_the_share_of_those_left(observations):
    observed = [(time, True, number) for time, _happened, number in observations if time < inf]
    curve = KaplanMeier(observed)
    everybody = sum(number for _time, _happened, number in observed)
    for time in range(61):
        left = sum(number for at, _happened, number in observed if at > time)
        assert curve.survival(time) == pytest.approx(left / everybody if everybody else 1)
