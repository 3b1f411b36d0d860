"""Where a reader of the events is, and up to where he can read.

Numbers of events are handed out before they are committed: a number above all that are seen says nothing of those
below. But who has been given a number is writing to the table of events, and holds its lock until he commits. Of the
last number seen, those who write at that moment are kept; once they have ended, no event up to it can come any more.

>>> mark = Mark()
>>> mark = moved(mark, 7, ["3/12"]); mark  # somebody writes: his events may be below
Mark(settled_to=0, next_to=7, waits_for=('3/12',))
>>> mark = moved(mark, 9, ["3/12", "4/1"]); mark.settled_to
0
>>> mark = moved(mark, 9, ["4/1"]); mark  # what was waited for has ended, the next aim is what is there now
Mark(settled_to=7, next_to=9, waits_for=('4/1',))
"""

import base64
import binascii
import re
from dataclasses import dataclass

#: Events of one answer.
MOST = 1000
#: Numbers of events that one call looks through, however few of them are asked for.
SCANNED = 20_000


@dataclass(frozen=True, slots=True)
class Mark:
    """No event up to ``settled_to`` can come any more, nor one up to ``next_to`` once those of ``waits_for`` (virtual
    transactions of PostgreSQL) have ended."""

    settled_to: int = 0
    next_to: int = 0
    waits_for: tuple = ()


def moved(mark, last, writers):
    """The mark now.

    :param int last: the last event that is seen, looked up *before* the writers
    :param writers: the transactions that write events now
    """
    settled = mark.next_to > mark.settled_to and not set(mark.waits_for) & set(writers)
    settled_to = mark.next_to if settled else mark.settled_to
    if settled or mark.next_to <= mark.settled_to:
        return Mark(settled_to, last, tuple(writers))
    return Mark(settled_to, mark.next_to, tuple(mark.waits_for))


def cursor(number):
    """What a reader keeps: opaque, so that nobody counts with it.

    >>> number_of(cursor(1234567))
    1234567
    """
    return base64.urlsafe_b64encode(f"1.{number}".encode()).decode().rstrip("=")


def number_of(text):
    """The number of the event after which a reader goes on; ``None``: this is no cursor.

    >>> number_of("yesterday"), number_of(""), number_of(cursor(0)), number_of(7)
    (None, None, 0, None)
    """
    if not isinstance(text, str) or len(text) > 64 or not text.isascii():
        return None
    try:
        found = re.fullmatch(r"1\.(\d{1,15})", base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    except (binascii.Error, UnicodeDecodeError):
        return None
    return int(found[1]) if found else None


def said(row):
    """An event as programs read it: what happened to which lead, where, by whom of the house. Nothing of a customer,
    and no words that somebody wrote.

    :param dict row: columns of ``lead.pool.event``
    :returns: a dict for JSON
    """
    return {
        "id": row["id"],
        "cursor": cursor(row["id"]),
        "kind": row["kind"],
        "date": row["date"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lead": row["lead_ref"],
        "seq": row["seq"],
        "pool": _named(row, "pool"),
        "from_pool": _named(row, "from_pool"),
        "rep": _named(row, "user"),
        "from_rep": _named(row, "from_user"),
        "actor": _named(row, "actor"),
        "company": row["company_ref"],
        "reason": row["reason"],
        "rules_version": row["policy_ref"],
    }


def _named(row, who):
    return {"id": row[f"{who}_ref"], "name": row[f"{who}_name"]} if row[f"{who}_ref"] else None
