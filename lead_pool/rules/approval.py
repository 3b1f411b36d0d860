"""Who decides a request, and what needs one.

>>> bool(may_decide("open", asker_id=7, user_id=9, is_admin=True, is_manager=False))
True
>>> may_decide("open", asker_id=7, user_id=7, is_admin=True, is_manager=False).code
'own_request'
"""

from .facts import OK, Verdict


def may_decide(state, *, asker_id, user_id, is_admin, is_manager):
    """May this user say yes or no to a request?

    :param str state: of the request
    :param bool is_admin: of every pool that the request touches
    :param bool is_manager: of all pools; only they decide what they asked for themselves
    """
    if not (is_admin or is_manager):
        return Verdict("not_admin")
    verdict = still_open(state)
    if verdict and asker_id == user_id and not is_manager:
        return Verdict("own_request")
    return verdict


def may_withdraw(state, *, asker_id, user_id):
    """May this user take the request back?"""
    return still_open(state) if asker_id == user_id else Verdict("not_asker")


def still_open(state):
    """Whether the request waits for an answer.

    >>> [still_open(state).code for state in ("open", "approved", "declined", "withdrawn", "lapsed")]
    ['', 'decided', 'decided', 'request_over', 'request_over']
    """
    if state == "open":
        return OK
    return Verdict("decided" if state in ("approved", "declined") else "request_over")
