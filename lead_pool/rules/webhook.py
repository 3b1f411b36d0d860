"""What a webhook is sent, what its answer means, whose failure it is, and when it is tried again.

A delivery that the receiver refuses waits alone, with what comes after it of the same lead; the other leads go on. A
receiver that is not there, or that has failed ten times in a row, waits as a whole, and nothing is counted against the
deliveries; after a day without one success it is paused.

>>> noon = datetime(2026, 3, 2, 12)
>>> after(Receiver(), Outcome("http", True), 0, noon)
After(receiver=Receiver(failures=1, failing_since=datetime.datetime(2026, 3, 2, 12, 0), retry_at=None, paused=False), \
failures=1, retry_at=datetime.datetime(2026, 3, 2, 12, 1), state='waiting')
>>> after(Receiver(), Outcome("no_answer", True), 3, noon).failures  # nothing is counted against the delivery
3
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from . import outgoing, signature
from .outgoing import Outcome, Request

#: Failures in a row after which it is the receiver's, whatever it answers.
IN_A_ROW = 10
#: So long without one success, and it is paused.
PAUSED_AFTER = timedelta(days=1)
#: A receiver that is not there is asked at least so often.
LONGEST_WAIT = timedelta(hours=1)
#: Answers that are none of this one delivery: the door is closed, or nobody lives there.
CLOSED = (401, 403, 404, 405, 410)
#: Codes of outcomes that are of the receiver as a whole.
OF_RECEIVER = frozenset(
    {"no_answer", "no_host", "private", "certificate", "redirect", "no_https", "no_address", "too_fast", "closed"}
)
#: Bytes of an answer that are read: its words are not kept, they may repeat what is secret.
MOST_READ = 256


@dataclass(frozen=True, slots=True)
class Receiver:
    """``failures``: in a row, since ``failing_since``; ``retry_at``: nothing is sent before."""

    failures: int = 0
    failing_since: datetime = None
    retry_at: datetime = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class After:
    """What becomes of the receiver, and of the delivery: ``state`` is waiting, sent or dead."""

    receiver: Receiver
    failures: int = 0
    retry_at: datetime = None
    state: str = "sent"


def request(url, secret, event, delivery, moment):
    """The POST that brings an event.

    :param dict event: from :func:`rules.feed.said`
    :param int delivery: number of the delivery, the same whenever it is repeated; 0: a sample
    :param float moment: seconds since 1970
    :rtype: Request

    >>> sent = request("https://example.com/in", "s3cret", {"id": 5, "kind": "claimed"}, 7, 1772452800.5)
    >>> sent.content
    b'{"delivery": 7, "event": {"id": 5, "kind": "claimed"}}'
    >>> sent.headers["X-Lead-Pool-Event"], sent.headers["X-Lead-Pool-Delivery"]
    ('claimed', '7')
    """
    content = json.dumps({"delivery": delivery, "event": event}, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "lead_pool",
        "X-Lead-Pool-Event": event["kind"],
        "X-Lead-Pool-Delivery": str(delivery),
        **signature.signed_headers(secret, content, moment),
    }
    return Request(url, content, headers)


def answered(status, _content):
    """What an answer means.

    >>> answered(204, b""), answered(500, b"trouble").code, answered(410, b"").code, answered(302, b"").again
    (Outcome(code='', again=False, said=''), 'http', 'closed', False)
    """
    said = f"HTTP {status}"
    if 200 <= status < 300:
        return Outcome()
    if status in (301, 302, 303, 307, 308):
        return Outcome("redirect", False, said)
    if status == 429:
        return Outcome("too_fast", True, said)
    return Outcome("closed" if status in CLOSED else "http", True, said)


def after(receiver, outcome, failures, now):
    """What follows from an attempt.

    :param Receiver receiver: as it was
    :param Outcome outcome: of the attempt
    :param int failures: of the delivery, before
    :rtype: After

    >>> noon, day = datetime(2026, 3, 2, 12), timedelta(days=1)
    >>> after(Receiver(9, noon), Outcome(), 3, noon).receiver
    Receiver(failures=0, failing_since=None, retry_at=None, paused=False)
    >>> after(Receiver(3, noon - day), Outcome("no_answer", True), 0, noon).receiver.paused
    True
    >>> after(Receiver(), Outcome("http", True), 6, noon).state, after(Receiver(), Outcome("gone"), 0, noon).state
    ('dead', 'dead')
    """
    if not outcome.code:
        return After(Receiver())
    if outcome.code not in OF_RECEIVER and not outcome.again:  # it never was on its way
        return After(receiver, failures, None, "dead")
    since = receiver.failing_since or now
    receiver = Receiver(receiver.failures + 1, since, None, now - since >= PAUSED_AFTER)
    if outcome.code in OF_RECEIVER or receiver.failures >= IN_A_ROW:
        wait = min(outgoing.again_in(receiver.failures) or LONGEST_WAIT, LONGEST_WAIT)
        receiver = replace(receiver, retry_at=now + wait)
    if outcome.code in OF_RECEIVER:
        return After(receiver, failures, now, "waiting")
    wait = outgoing.again_in(failures + 1)
    return After(receiver, failures + 1, now + wait if wait else None, "waiting" if wait else "dead")


def may_send(minute, count, per_minute, now):
    """Whether one more may go out, and the counter with it.

    :param datetime minute: in which ``count`` were sent
    :returns: ``(minute, count)`` with this one; ``None``: not in this minute

    >>> noon = datetime(2026, 3, 2, 12)
    >>> may_send(noon, 2, 2, noon + timedelta(seconds=59)), may_send(noon, 2, 2, noon + timedelta(seconds=60))[1]
    (None, 1)
    """
    this = now.replace(second=0, microsecond=0)
    if minute != this:
        return this, 1
    return (this, count + 1) if count < per_minute else None


def sample(now):
    """An event that never was, to try the receiver with.

    :returns: as :func:`rules.feed.said` tells one, with ``sample``
    """
    pool = {"id": 1, "name": "Sample"}
    return {
        "sample": True,
        "id": 0,
        "cursor": None,
        "kind": "claimed",
        "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lead": 0,
        "seq": 1,
        "pool": pool,
        "from_pool": None,
        "rep": {"id": 1, "name": "Sample"},
        "from_rep": None,
        "actor": {"id": 1, "name": "Sample"},
        "company": None,
        "reason": None,
        "rules_version": None,
    }
