"""How long until it happens, when not all have been watched to the end.

The estimator of Kaplan and Meier (E. L. Kaplan, P. Meier, *Nonparametric Estimation from Incomplete Observations*,
Journal of the American Statistical Association 53, 1958) with the variance of Greenwood (M. Greenwood, *The Natural
Duration of Cancer*, 1926). Of ten leads, two convert on day 3, four are taken back on day 5 (*censored*: nobody knows
what would have become of them), and one of the other four converts on day 8:

>>> curve = KaplanMeier([(3, True, 2), (5, False, 4), (8, True, 1), (9, False, 3)])
>>> [round(curve.survival(day), 3) for day in (2, 3, 7, 8)]
[1.0, 0.8, 0.8, 0.6]
>>> round(curve.deviation(3), 4)  # as a binomial share: nobody was lost before
0.1265
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from math import sqrt

NORMAL = 1.96  # standard deviations on either side that hold 95 % of a normal distribution


@dataclass(frozen=True, slots=True)
class Step:
    """A moment at which it happened.

    :param at_risk: those of whom it was known right before that it had not happened yet
    :param survival: the estimated share of those to whom it has not happened by then
    :param spread: Greenwood's sum ``events / (at risk * (at risk - events))`` so far
    """

    time: float
    at_risk: int
    events: int
    survival: float
    spread: float


class KaplanMeier:
    """The estimated curve of one group.

    :param observations: ``[(time, happened, how many)]``; who was lost at a moment at which it happened to others was
        still at risk then; a time of ``inf`` for those to whom it can never happen
    """

    def __init__(self, observations):
        counts = defaultdict(lambda: [0, 0])
        for time, happened, number in observations:
            counts[time][not happened] += number
        self.steps = []
        at_risk = sum(map(sum, counts.values()))
        survival, spread = 1.0, 0.0
        for time in sorted(counts):
            events, lost = counts[time]
            if events:
                survival *= 1 - events / at_risk
                spread += events / (at_risk * (at_risk - events)) if at_risk > events else 0.0
                self.steps.append(Step(time, at_risk, events, survival, spread))
            at_risk -= events + lost
        self._times = [step.time for step in self.steps]

    def _step(self, time):
        number = bisect_right(self._times, time)
        return self.steps[number - 1] if number else None

    def survival(self, time):
        """The share of those to whom it has not happened by then."""
        step = self._step(time)
        return step.survival if step else 1.0

    def happened(self, time):
        """The share of those to whom it has."""
        return 1 - self.survival(time)

    def deviation(self, time):
        """The standard error of both, after Greenwood."""
        step = self._step(time)
        return step.survival * sqrt(step.spread) if step else 0.0

    def interval(self, time):
        """``(from, to)`` of :meth:`happened`, 95 %, on the plain scale."""
        share, error = self.happened(time), NORMAL * self.deviation(time)
        return max(share - error, 0.0), min(share + error, 1.0)

    def events(self, until):
        """To how many it happened by then."""
        return sum(step.events for step in self.steps if step.time <= until)


def seen_until(observations, least, most):
    """The last moment, up to ``most``, right before which at least so many were at risk; 0 if there is none.

    :param observations: ``[(time, how many)]`` were watched so long

    >>> seen_until([(3, 2), (5, 4), (8, 1), (9, 3)], least=4, most=90)
    8
    """
    counts = defaultdict(int)
    for time, number in observations:
        counts[min(time, most)] += number
    at_risk = 0
    for time in sorted(counts, reverse=True):
        at_risk += counts[time]
        if at_risk >= least:
            return time
    return 0


@dataclass(frozen=True, slots=True)
class Enough:
    """How long is long enough: see :func:`enough`; ``low`` and ``high`` are its 95 % interval."""

    time: float
    low: float
    high: float


def enough(curve, share, horizon):
    """The time by which a ``share`` of all that happens within ``horizon`` has happened.

    With F the share to whom it has happened, the first time ``t`` with ``F(t) >= share * F(horizon)``. Its interval are
    the times at which the two sides do not differ by more than 1.96 standard errors of their difference, as R.
    Brookmeyer and J. Crowley do for a median (*A Confidence Interval for the Median Survival Time*, Biometrics 38,
    1982). The variance of the difference follows from Greenwood's: with S = 1 - F, G his sum, and t before the horizon,
    ``cov(S(t), S(horizon)) = S(t) * S(horizon) * G(t)``.

    :param KaplanMeier curve: the estimate
    :returns: :class:`Enough`; ``None`` where nothing happens within the horizon

    >>> enough(KaplanMeier([(day, True, 10) for day in range(1, 11)] + [(40, False, 100)]), 0.9, 30)
    Enough(time=9, low=9, high=9)
    """
    steps = [step for step in curve.steps if step.time <= horizon]
    if not steps:
        return None
    last = steps[-1]
    goal = share * (1 - last.survival)
    time = next(step.time for step in steps if 1 - step.survival >= goal - 1e-12)
    within = [step.time for step in steps if _is_no_different(step, last, share)]
    return Enough(time, min([time, *within]), max([time, *within]))


def _is_no_different(step, last, share):
    difference = (1 - step.survival) - share * (1 - last.survival)
    variance = (
        step.survival**2 * step.spread
        + (share * last.survival) ** 2 * last.spread
        - 2 * share * step.survival * last.survival * step.spread
    )
    return abs(difference) <= NORMAL * sqrt(max(variance, 0.0))
