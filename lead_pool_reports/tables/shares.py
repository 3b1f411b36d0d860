"""Amounts that are divided and must add up again.

>>> str(rounded(Fraction(2, 3), 2)), str(rounded(Fraction(-5, 2), 0)), str(rounded(Fraction(1250), 2))
('0.67', '-3', '1250.00')

Rounded one by one, three thirds would make 99.99:

>>> thirds = dict.fromkeys("abc", Fraction(100, 3))
>>> [str(part) for part in apportion(thirds, 2).values()]
['33.34', '33.33', '33.33']
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor


def rounded(amount, digits):
    """An exact amount with so many decimals, halves away from zero; a Decimal."""
    unit = Decimal(1).scaleb(-digits)
    exact = Fraction(amount)
    sign = -1 if exact < 0 else 1
    units = floor(abs(exact) * 10**digits + Fraction(1, 2))
    return (sign * units * unit).quantize(unit, ROUND_HALF_UP)


def apportion(amounts, digits):
    """The amounts with so many decimals, none off by a whole unit, and their sum is the rounded sum.

    :param amounts: ``{key: Fraction}``; who has the largest remainder gets the unit that is over, the first of equals
    :returns: ``{key: Decimal}``
    """
    unit = Decimal(1).scaleb(-digits)
    scaled = {key: Fraction(amount) * 10**digits for key, amount in amounts.items()}
    units = {key: floor(amount) for key, amount in scaled.items()}
    whole = int(rounded(sum(amounts.values(), Fraction()), digits) / unit)
    over = whole - sum(units.values())
    nearest = sorted(scaled, key=lambda key: units[key] - scaled[key])  # stable: the first of equals
    for key in nearest[:over]:
        units[key] += 1
    return {key: (number * unit).quantize(unit) for key, number in units.items()}
