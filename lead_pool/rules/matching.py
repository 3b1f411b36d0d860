"""Is this the person or company that we know already?

>>> judge({("phone", "+8613800138000"), ("company", "星河")}, {("phone", "+8613800138000")}, frozenset())
(('phone',), 0.95, True)
>>> judge({("company", "星河")}, {("company", "星河")}, frozenset({("company", "星河")}))
((), 0.0, False)
"""

from dataclasses import dataclass

from .identity import KINDS

#: How much an equal key says.
WEIGHT = {"phone": 0.95, "email": 0.95, "wechat": 0.95, "company": 0.85}


@dataclass(frozen=True)
class Match:
    """A lead or customer that somebody is, or may be."""

    model: str  # "crm.lead" or "res.partner"
    id: int
    by: tuple = ()  # the kinds of keys that agree, what says most first
    score: float = 0.0  # 0 to 1
    sure: bool = False  # the same person or company: good enough to act on without a human


def judge(keys, others, shared):
    """What speaks for two being one: ``(kinds that agree, score, whether that is sure)``.

    :param keys: ``{(kind, key)}`` of the one
    :param others: ``{(kind, key)}`` of the other
    :param shared: keys that too many have to say anything
    """
    agreed = {kind for kind, _key in (keys & others) - shared}
    by = tuple(kind for kind in KINDS if kind in agreed)
    return by, max((WEIGHT[kind] for kind in by), default=0.0), bool(by)


def best_first(matches):
    """Sorted: the sure ones, then by score, the customers before the leads, the oldest first.

    >>> [match.id for match in best_first([Match("crm.lead", 2, score=0.8), Match("crm.lead", 1, score=0.8),
    ...                                    Match("crm.lead", 3, score=0.7, sure=True)])]
    [3, 1, 2]
    """
    return sorted(matches, key=lambda match: (not match.sure, -match.score, match.model != "res.partner", match.id))
