"""Who is told of what, and how: the kinds of news, the ways to tell, and whose choice holds.

>>> ways_of("got", own={}, company={})
('live',)
>>> ways_of("got", own={}, company={"got": ["message"]})
('message',)
>>> ways_of("got", own={"got": []}, company={"got": ["message"]})
()
"""

from dataclasses import dataclass

#: How somebody is told. ``message`` is Odoo's own: in the inbox (with web push) or by mail, as each user has chosen.
WAYS = ("live", "activity", "message")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of news, and how people are told of it who have chosen nothing."""

    usual: tuple[str, ...]
    admins: bool = False  # told to who runs a pool, not to who holds leads
    reminder: bool = False  # told in the person's working time
    managers: bool = False  # of those who run pools, told to managers of all pools only


KINDS = {
    "got": Kind(("live",)),
    "going_back": Kind(("message",), reminder=True),
    "went_back": Kind(("message",)),
    "inquiry": Kind(("live", "activity")),
    "help": Kind(("activity",)),
    "answer": Kind(("message",)),
    "due": Kind(("message",), reminder=True),
    "no_plan": Kind(("message",), reminder=True),
    "forgotten": Kind(("message",), reminder=True),
    "untouched": Kind(("message",), reminder=True),
    "decision": Kind(("message",), admins=True),
    "trouble": Kind(("message",), admins=True),
    "waiting_long": Kind(("message",), admins=True, reminder=True),
    "handover": Kind(("message",), admins=True),
    "mass_read": Kind(("message",), admins=True, managers=True),
}

#: What the daily message of a rep tells of, in this order; ``going_back`` is told there once more.
DAILY = ("due", "untouched", "forgotten", "no_plan", "going_back")


def ways_of(kind, *, own, company):
    """How a person is told of this kind of news.

    :param dict own: ``{kind: [way]}`` of what the person chose; kinds that are missing: as the company has it
    :param dict company: the same of the company; missing: :data:`KINDS`
    """
    for choices in (own, company):
        if kind in choices:
            return tuple(way for way in WAYS if way in choices[kind])
    return KINDS[kind].usual


def cleaned(rows, usual):
    """What is kept of choices that a client sent: those that differ from what is usual.

    :param rows: ``[{'kind', 'ways': [way]}]``, other keys are for the screen
    :param usual: callable ``kind -> ways`` of who has chosen nothing
    :returns: ``(kept, kinds named)``
    :raises ValueError: no such kind or way, or another shape

    >>> cleaned([{"kind": "answer", "ways": []}], lambda kind: KINDS[kind].usual)
    ({'answer': []}, {'answer'})
    >>> cleaned([{"kind": "got", "ways": ["live"]}], lambda kind: KINDS[kind].usual)
    ({}, {'got'})
    >>> cleaned([{"kind": "got", "ways": ["fax"]}], lambda kind: KINDS[kind].usual)
    Traceback (most recent call last):
    ValueError: fax
    """
    kept, named = {}, set()
    if not isinstance(rows, list):
        raise ValueError(str(rows)[:40])
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("ways"), list):
            raise ValueError(str(row)[:40])
        kind = row.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise ValueError(str(kind)[:40])
        for way in row["ways"]:
            if way not in WAYS:
                raise ValueError(str(way)[:40])
        named.add(kind)
        ways = [way for way in WAYS if way in row["ways"]]
        if tuple(ways) != tuple(usual(kind)):
            kept[kind] = ways
    return kept, named
