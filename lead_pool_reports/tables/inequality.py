"""How unequal is a distribution, and can chance alone have made it?

Two measures of the same thing: leads that people got, against leads that were due to them by their weights.

>>> round(gini([(30, 10), (0, 10), (0, 10)]), 3)  # one got all of it
0.667
>>> gini([(20, 20), (10, 10)])  # twice the weight, twice the leads
0.0
>>> round(by_chance([(30, 10), (0, 10), (0, 10)]), 6)
0.0
"""

from math import erfc, exp, lgamma, log, sqrt

#: Leads that are due to a person at least, so that the test says something (the usual rule, after Cochran, 1954).
LEAST_EXPECTED = 5


def gini(shares):
    """Gini's coefficient of leads per weight: 0 where everybody got what was due to him, towards 1 where one got all.

    Half the mean difference between two people, each as often as his weight says, divided by the mean (C. Gini,
    *Variabilità e mutabilità*, 1912). Computed as the area between the Lorenz curve (M. O. Lorenz, 1905) and the
    diagonal: with people in the order of what they got for each unit due, ``1 - sum of due share x (former + present
    sum of got shares)``.

    :param shares: ``[(got, due)]``, numbers; who is due nothing is left out
    :returns: ``None`` where nothing was given, or nothing was due to anybody
    """
    shares = sorted(((got, due) for got, due in shares if due > 0), key=lambda share: share[0] / share[1])
    got, due = sum(got for got, _due in shares), sum(due for _got, due in shares)
    if not got:
        return None
    area = before = 0.0
    for mine, weight in shares:
        after = before + mine / got
        area += weight / due * (before + after)
        before = after
    return max(round(1 - area, 12), 0.0)


def by_chance(shares):
    """How often leads drawn by lot, each with the odds of the weights, would lie at least as far from what was due.

    Pearson's test of goodness of fit (K. Pearson, 1900): the sum of ``(got - due)**2 / due`` against the chi-square
    distribution with one degree of freedom fewer than there are people.

    :param shares: ``[(got, due)]``; who is due nothing is left out
    :returns: a probability; ``None`` where there are fewer than two people, or too few leads
        (:data:`LEAST_EXPECTED`)
    """
    return chi_square([shares])


def chi_square(groups):
    """The same over several groups, each with people of its own: sums and degrees of freedom add up.

    :param groups: ``[[(got, due)]]``; groups about which nothing can be said are left out
    """
    total = freedom = 0
    for shares in groups:
        shares = [(got, due) for got, due in shares if due > 0]
        if len(shares) < 2 or min(due for _got, due in shares) < LEAST_EXPECTED:
            continue
        total += sum((got - due) ** 2 / due for got, due in shares)
        freedom += len(shares) - 1
    return chi_square_tail(total, freedom) if freedom else None


def chi_square_tail(value, freedom):
    """The probability that a chi-square variable is ``value`` or more.

    Abramowitz and Stegun, *Handbook of Mathematical Functions*, 1964, 26.4.4 (odd) and 26.4.5 (even degrees of
    freedom), each term by its logarithm, so that none overflows.

    :param int freedom: degrees of freedom, 1 or more

    >>> [round(chi_square_tail(*pair), 3) for pair in ((3.841, 1), (5.991, 2), (7.815, 3), (18.307, 10))]
    [0.05, 0.05, 0.05, 0.05]
    """
    half = value / 2
    if not half:
        return 1.0
    even = freedom % 2 == 0
    # the terms (value / 2) ** k / gamma(k + 1) with k = 0, 1, 2 ... or k = 1/2, 3/2 ...
    powers = [number if even else number + 0.5 for number in range(freedom // 2)]
    tail = sum(exp(power * log(half) - half - lgamma(power + 1)) for power in powers)
    return min(tail if even else erfc(sqrt(half)) + tail, 1.0)
