"""Where is a lead, by what the two ledgers say alone?

The ledger of holdings says who has it, the ledger of events where its last move brought it. Where both agree that is
the truth, whatever any other table says; where they do not, nobody guesses.

>>> place(Told("claimed", pool_id=3, user_id=7, holdings=((7, 3),)))
Place(state='held', closed_as='', user_id=7, pool_id=3, doubt='')
>>> place(Told("returned", pool_id=3)).state
'waiting'
>>> place(Told("lost", pool_id=3)).closed_as
'lost'
>>> place(Told("claimed", pool_id=3, user_id=7, holdings=((7, 3), (8, 3)))).doubt
'two_holders'
>>> place(Told("returned", pool_id=3, holdings=((7, 3),))).doubt
'ledgers_differ'
"""

from dataclasses import dataclass

__all__ = ["DOUBTS", "ENDS", "Place", "Told", "place"]

#: Moves after which a lead is closed, unless it is held.
ENDS = frozenset({"converted", "invalid", "lost", "merged", "deleted"})

#: Why the place of a lead cannot be told.
DOUBTS = (
    "no_event",  # the ledger of events knows nothing of the lead
    "two_holders",  # the ledger of holdings names more than one holder
    "ledgers_differ",  # the last event names another holder or pool than the open holding
    "broken_chain",  # an event was changed, inserted or removed
    "lead_gone",  # the ledgers say that the lead is open, and it does not exist any more
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledgers say of one lead."""

    kind: str = ""  # of the last event that moved it; empty: there is none
    pool_id: int = 0  # where that event brought it
    user_id: int = 0  # to whom; 0: nobody
    holdings: tuple = ()  # (user id, pool id) of each open holding
    broken: bool = False  # the chain of its events does not hold
    lead_exists: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lead is, or why that cannot be told."""

    state: str = ""
    closed_as: str = ""
    user_id: int = 0
    pool_id: int = 0
    doubt: str = ""


def place(told: Told) -> Place:
    """Where the lead is; with a ``doubt`` of :data:`DOUBTS` where the ledgers do not tell.

    >>> place(Told()).doubt
    'no_event'
    >>> place(Told("claimed", pool_id=3, user_id=7, holdings=((7, 4),))).doubt
    'ledgers_differ'
    >>> place(Told("returned", pool_id=3, broken=True)).doubt
    'broken_chain'
    >>> place(Told("returned", pool_id=3, lead_exists=False)).doubt
    'lead_gone'
    >>> place(Told("deleted", pool_id=3, lead_exists=False)).state
    'closed'
    """
    if not told.kind:
        return Place(doubt="no_event")
    if len(told.holdings) > 1:
        return Place(doubt="two_holders")
    if told.broken:
        return Place(doubt="broken_chain")
    by_event = ((told.user_id, told.pool_id),) if told.user_id else ()
    if told.holdings != by_event:
        return Place(doubt="ledgers_differ")
    if told.user_id:
        found = Place("held", "", told.user_id, told.pool_id)
    elif told.kind in ENDS:
        found = Place("closed", told.kind, 0, told.pool_id)
    else:
        found = Place("waiting", "", 0, told.pool_id)
    if found.state != "closed" and not told.lead_exists:
        return Place(doubt="lead_gone")
    return found
