"""Medians from numbers of waits of each length are those of the waits themselves."""

import random
from math import ceil, floor

import pytest

from lead_pool_reports.tables.waits import EDGES, WAITS, between, length, places


def _wait(dice):
    return dice.choice((dice.uniform(0, 90), dice.expovariate(1e-4), dice.choice(EDGES)))


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_share_found_by_length_is_that_of_all_waits_in_order(share):
    dice = random.Random(5)
    for number in range(300):
        waits = sorted(_wait(dice) for _lead in range(1 + number % 40))
        counts = [0] * len(WAITS)
        for wait in waits:
            counts[length(wait)] += 1
        found = []
        for place in places(counts, share):
            of_length = [wait for wait in waits if place.low <= wait < place.high]
            found += of_length[place.skip : place.skip + place.take]
        exact = share * (len(waits) - 1)
        below, above = waits[floor(exact)], waits[ceil(exact)]
        assert between(counts, share, found) == below + (exact - floor(exact)) * (above - below)
