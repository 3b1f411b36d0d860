"""Who decides a request, and what needs one.

>>> bool(may_decide("open", asker_id=7, user_id=9, is_admin=True, is_manager=False))
True
>>> may_decide("open", asker_id=7, user_id=7, is_admin=True, is_manager=False).code
'own_request'
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class InvalidPolicy:
    """What a pool asks before a holder's "invalid" holds."""

    evidence: str = "none"  # none; note: a note of that length; proof: a follow-up that counts, or an attachment
    note_length: int = 0  # characters, blanks not counted
    approval: str = "never"  # never, all, sample, share
    percent: int = 0  # sample: of the leads; share: of the leads a rep held this month


@dataclass(slots=True)
class Month:
    """A rep's month in a pool so far."""

    held: int = 0  # leads, each once
    invalid: int = 0  # of these, marked as invalid


def may_mark_invalid_now(policy, *, note="", proof=False, digest="", month=None):
    """Does a holder's "invalid" hold at once? The verdict ``approval_asked`` says that an admin has to agree.

    :param InvalidPolicy policy: of the lead's pool
    :param str note: why
    :param bool proof: he followed up the lead in this holding, or attached something
    :param str digest: of the lead's number, keyed with the database's secret: see :func:`sampled`
    :param Month month: without this lead

    >>> may_mark_invalid_now(InvalidPolicy("note", 10), note="bad").code
    'evidence_missing'
    >>> may_mark_invalid_now(InvalidPolicy(approval="share", percent=20), month=Month(held=10, invalid=1)).code
    ''
    >>> may_mark_invalid_now(InvalidPolicy(approval="share", percent=20), month=Month(held=10, invalid=2)).code
    'approval_asked'
    """
    if policy.evidence == "note" and len("".join(note.split())) < policy.note_length:
        return Verdict("evidence_missing", limit=policy.note_length)
    if policy.evidence == "proof" and not proof:
        return Verdict("evidence_missing")
    month = month or Month()
    asks = {
        "never": False,
        "all": True,
        "sample": sampled(digest, policy.percent),
        "share": (month.invalid + 1) * 100 > policy.percent * month.held,
    }
    return Verdict("approval_asked") if asks[policy.approval] else OK


def sampled(digest, percent):
    """Whether this lead is in the sample: always the same answer, and nobody without the secret knows it before.

    :param str digest: at least 8 hexadecimal digits that depend on the lead and a secret alone

    >>> sampled("00000000", 1), sampled("ffffffff", 99), sampled("ffffffff", 100), sampled("00000000", 0)
    (True, False, True, False)
    """
    return int(digest[:8] or "0", 16) * 100 < percent * 2**32


#: Disputes of one rep that may wait for a decision.
MOST_DISPUTES = 5


def may_dispute(entry, other, user_id, *, open_disputes=0, settled=False):
    """May this user say that another rep works the same customer?

    :param Entry entry: the lead that he holds
    :param Entry other: the lead of the other one, or ``None`` when nobody else holds one
    :param int open_disputes: of this user
    :param bool settled: the pair is before an admin, or was decided
    """
    if entry.state == "closed":
        return Verdict("closed")
    if entry.state == "waiting":
        return Verdict("waiting")
    if entry.user_id != user_id:
        return Verdict("not_holder")
    if other is None or other.state != "held" or other.user_id == user_id:
        return Verdict("no_rival")
    if settled:
        return Verdict("dispute_open")
    if open_disputes >= MOST_DISPUTES:
        return Verdict("dispute_limit", limit=MOST_DISPUTES)
    return OK
