"""What would have happened under other rules?

A replay, in memory, of what really happened: leads arrive when they did, and the very rules of this package
(:func:`..distribution.allocate`, :func:`..claim.may_claim`, :func:`..assigning.may_assign`,
:func:`..reclaim.deadline`) say what becomes of them. Nothing is drawn by lot: the same history under the same rules
gives the same answer.

What people would have done under other rules is not known; it is assumed, and said here once:

- What people did whatever the rules (a claim, an assignment, a recall, a transfer, a deletion) they do at the same
  moment, if it is still possible: who finds the lead gone, or may not claim it under the new rules, takes none
  instead. In a pool with an order, and where somebody asks for the next lead, he gets the one that the rules give him
  then, be it the one that he really got or not.
- Who holds a lead deals with it as he really did: follow-ups, return, conversion come after the same time from the
  start of his holding. Who gets a lead that he did not really get deals with it as he dealt with his own ones, taken in
  turn; who had none as his colleagues did with theirs.
- Where reality cut a holding off (the lead was taken back, or the period ended), it goes on as the next of his
  holdings that lasted longer ("hot deck", as statisticians fill the gaps of a survey).
- Leaves stop the clock of deadlines, as they are known at the end of the period. Extensions, requests for them, locks
  and disputes come at their real moments, and count if who held the lead then holds it in the replay too; their limits
  are not asked again. A claim that was undone is as if it had never been.
- A lead that begins to wait is looked at by the next distribution that really ran, if one came as soon as they
  usually did; else at once. The same holds for deadlines and the scheduled action that takes leads back. At the same
  second first comes what holders do, then what was recorded in its order, then what was not.
- A lead that a rule sends to another pool leaves the replay; when it really came back, it comes back.

Not replayed: conditions, exemptions, priorities and scores as they were (they are as told, of today); entry conditions;
steps of what waits too long, but for what they really did; the brake on many reclaims; what a lead must have to be
claimed; claims that were refused or never tried.

>>> from datetime import datetime, timedelta
>>> from ..facts import Policy
>>> from ..history import Act, History, Lead, Rules, Seat
>>> monday = datetime(2026, 3, 2, 9)
>>> history = History(monday, monday + timedelta(days=7), leads={n: Lead(n) for n in range(4)}, acts=[
...     Act(monday + timedelta(hours=n), n, "arrive", n) for n in range(4)])
>>> rules = Rules(Policy(strategy="rotation"), seats=[Seat(1, weight=3), Seat(2)])
>>> [holding.user_id for holding in replay(history, rules).holdings]
[1, 1, 2, 1]
"""

from .places import RECORD
from .replay import Replay, replay

__all__ = ["RECORD", "Replay", "replay"]
