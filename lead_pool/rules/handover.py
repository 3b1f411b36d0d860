"""Who gets the leads of somebody who leaves, and which of them go back when that is undone."""

from .facts import OK, Verdict

UNDO_HOURS = 24  # in which a hand-over can be undone
GRACE_DAYS = 3  # before which no lead that was handed over goes back by itself, unless another number is chosen


def deal(entries, shares, judge, take):
    """Deal leads out by weight; who cannot take one is passed over for it.

    The next lead goes to whoever is furthest behind his share (largest deficit first; equal ones by number).

    :param shares: ``{user_id: weight}``, weights above 0
    :param judge: ``(entry, user_id) -> Verdict``
    :param take: ``(entry, user_id)``, called for each lead that was dealt, so that the next is judged after it
    :returns: ``[(entry, user_id or 0, Verdict)]``; the verdict of who came first, where nobody can take the lead

    >>> def yes(entry, user):
    ...     return OK
    >>> dealt = deal(range(6), {7: 2, 8: 1}, yes, lambda entry, user: None)
    >>> [user for _entry, user, _verdict in dealt]
    [7, 7, 8, 7, 7, 8]
    >>> full = deal("a", {7: 1}, lambda entry, user: Verdict("target_full"), None)
    >>> [(user, verdict.code) for _entry, user, verdict in full]
    [(0, 'target_full')]
    """
    given, dealt = dict.fromkeys(shares, 0), []
    for entry in entries:
        chosen, refusal = 0, Verdict("no_taker")
        for user in sorted(shares, key=lambda user: ((given[user] + 1) / shares[user], user)):
            verdict = judge(entry, user)
            if verdict:
                chosen = user
                break
            refusal = verdict if refusal.code == "no_taker" else refusal
        if chosen:
            given[chosen] += 1
            take(entry, chosen)
        dealt.append((entry, chosen, OK if chosen else refusal))
    return dealt


def may_go_back(state, user_id, epoch, *, moved_to, moved_epoch, touched, cover):
    """Does a lead that was handed over go back to its former holder?

    :param state: of the lead now, with ``user_id`` who holds it and its ``epoch``
    :param moved_to: who got it by the hand-over, 0: the pool
    :param moved_epoch: the epoch that it had then
    :param touched: something was done with the lead since
    :param cover: a colleague had it for a while: what he did with it keeps it from nothing
    :rtype: Verdict

    >>> may_go_back("held", 8, 3, moved_to=8, moved_epoch=3, touched=True, cover=True).code
    ''
    >>> may_go_back("held", 8, 3, moved_to=8, moved_epoch=3, touched=True, cover=False).code
    'touched_since'
    >>> may_go_back("closed", 8, 4, moved_to=8, moved_epoch=3, touched=True, cover=True).code
    'moved_since'
    >>> may_go_back("waiting", 0, 3, moved_to=0, moved_epoch=3, touched=False, cover=False).code
    ''

    The colleague was archived, and it waits where his leads went:

    >>> may_go_back("waiting", 0, 4, moved_to=0, moved_epoch=4, touched=True, cover=True).code
    ''
    """
    if cover and moved_to:
        return OK if state == "held" and user_id == moved_to else Verdict("moved_since")
    if epoch != moved_epoch or state == "closed":
        return Verdict("moved_since")
    return Verdict("touched_since") if touched and not cover else OK
