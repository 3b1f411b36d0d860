"""The leads that wait in a pool, in every order in which they may be given out or claimed.

>>> from types import SimpleNamespace
>>> def lead(number, hour, priority=0, score=0.0):
...     told = SimpleNamespace(id=number, order=number, company_id=1, priority=priority, stars=priority, score=score)
...     return SimpleNamespace(lead=told, entered_at=hour)
>>> waiting = Waiting()
>>> for place in (lead(1, hour=9), lead(2, hour=8, priority=1), lead(3, hour=10, score=40)):
...     waiting.add(place)
>>> [list(waiting.ordered(order)) for order in ("oldest", "newest", "score")]
[[2, 1, 3], [3, 1, 2], [2, 3, 1]]
>>> [number for _urgency, number in waiting.by_company[1]]
[2, 1, 3]
"""

from bisect import bisect_left, insort
from collections import defaultdict


class Waiting:
    """Sorted lists that are kept up as leads come and go."""

    def __init__(self):
        self.by_company = defaultdict(list)  # {company: [(urgency, number)]}, as they are distributed
        self.count = 0
        self._by_age, self._by_score = [], []  # [(key, number)]

    def add(self, place):
        for queue, key in self._keys(place):
            insort(queue, (key, place.lead.id))
        self.count += 1

    def remove(self, place):
        """:returns: whether it waited"""
        found = False
        for queue, key in self._keys(place):
            at = bisect_left(queue, (key, place.lead.id))
            if found := at < len(queue) and queue[at] == (key, place.lead.id):
                del queue[at]
        self.count -= found
        return found

    def _keys(self, place):
        """Each list with the key of this lead in it."""
        lead = place.lead
        return (
            (self.by_company[lead.company_id], (-lead.priority, place.entered_at, lead.order)),
            (self._by_age, (place.entered_at, lead.order)),
            (self._by_score, (-lead.stars, -lead.score, lead.order)),
        )

    def ordered(self, order):
        """Numbers of the leads in the order ``oldest``, ``newest`` or ``score``."""
        if order == "newest":
            return (number for _key, number in reversed(self._by_age))
        return (number for _key, number in (self._by_age if order == "oldest" else self._by_score))
