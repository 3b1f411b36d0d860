"""How long leads waited, counted by length: enough to know between which two lengths a median lies, and how far in.

A wait of ``EDGES[i - 1]`` to under ``EDGES[i]`` seconds is counted in ``WAITS[i]``. What the median is exactly is then
read among the few waits of that one length.

>>> WAITS[length(59)], WAITS[length(60)], WAITS[length(90 * 86400)]
('w00', 'w01', 'w41')
>>> counts = [0] * len(WAITS)
>>> counts[0], counts[3] = 2, 2  # two waits of less than a minute, two of three minutes
>>> half = places(counts, 0.5)
>>> [(place.low, place.high, place.skip, place.take) for place in half]
[(-inf, 60.0, 1, 1), (180.0, 240.0, 0, 1)]
>>> between(counts, 0.5, [50.0, 200.0])
125.0
>>> places(counts, 0.9)
[Place(low=180.0, high=240.0, skip=0, take=2)]
>>> places([0] * len(WAITS), 0.5)
[]
"""

from bisect import bisect_right
from math import ceil, floor, inf
from typing import NamedTuple

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
EDGES = (
    *(MINUTE * n for n in (1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 40, 50)),
    *(HOUR * n for n in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22)),
    *(DAY * n for n in (1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 7, 10, 15, 30)),
)
#: Waits of each length.
WAITS = tuple(f"w{number:02}" for number in range(len(EDGES) + 1))

MOST = 15  # days that are told apart
#: Touched, or gone untouched, so many days after the day on which the rep received it; the last one: or later.
TOUCHED = tuple(f"t{days:02}" for days in range(MOST + 1))
GONE = tuple(f"g{days:02}" for days in range(MOST + 1))
ANY = -1  # whoever the rep is, or whatever the pool
HALF, NINETY = 0.5, 0.9


class Place(NamedTuple):
    """Where to look: of the waits of ``low`` to under ``high`` seconds, in order, ``skip`` some and ``take`` some."""

    low: float
    high: float
    skip: int
    take: int


def length(seconds):
    """The number of the length of this wait."""
    return bisect_right(EDGES, seconds)


def places(counts, share):
    """Where the one or two waits are from which this share of all is found.

    :param counts: how many waits there are of each length
    """
    total, found = sum(counts), []
    if not total:
        return found
    for rank in sorted({floor(share * (total - 1)), ceil(share * (total - 1))}):
        number, before = 0, 0
        while before + counts[number] <= rank:
            before += counts[number]
            number += 1
        low, high = (-inf, *EDGES)[number], (*EDGES, inf)[number]
        if found and found[-1].low == low:
            found[-1] = found[-1]._replace(take=2)
        else:
            found.append(Place(low, high, rank - before, 1))
    return found


def between(counts, share, waits):
    """The seconds within which this share of the waits was over, as ``percentile_cont`` of PostgreSQL has it.

    :param waits: those at the :func:`places`, in order
    """
    exact = share * (sum(counts) - 1)
    return waits[0] + (exact - floor(exact)) * (waits[-1] - waits[0])
