"""What counts as a follow-up, and what is odd about one that does?

>>> counts(Touch("manual", text="Called, wants the price list"), Evidence(min_length=10))
True
>>> counts(Touch("manual", text="ok"), Evidence(min_length=10))
False

A verdict says exactly what is missing:

>>> verdict = judge(Touch("manual", text="ok"), Evidence(min_length=10))
>>> verdict.code, verdict.missing, verdict.limit
('evidence_missing', ('short_note',), 8)

What somebody else does does not count, unless the holder asked him to help:

>>> counts(Touch("manual", by_holder=False, text="Called"), Evidence())
False
>>> counts(Touch("manual", by_holder=False, by_helper=True, text="Called"), Evidence())
True

The same note does not count again, a short one ("no answer") now and then:

>>> note = "Sent the offer by mail, he asks his boss"
>>> judge(Touch("manual", text=note), Evidence(), [Earlier(text=note + "!")]).missing
('repeated',)
>>> counts(Touch("manual", text="No answer"), Evidence(), [Earlier(text="no answer 2")])
True
"""

from dataclasses import dataclass

from .facts import OK, Verdict
from .note import is_short, length, same

#: Channels that count by themselves when the holder is the one who acts.
BY_THE_HOLDER = ("manual", "activity", "mail_out", "sms_out", "meeting", "call")
#: What never counts, whoever does it.
NEVER = ("mail_in", "mass_mail", "tracking", "note")
#: Channels that a pool may let count without anything being typed.
BY_ITSELF = frozenset(BY_THE_HOLDER) - {"manual"}

#: Why a follow-up does not count, in the order in which it is asked.
MISSING = (
    "never",  # nothing the holder did: what came in, a mass mail, a note by the system
    "not_holder",  # somebody else than the holder did it
    "channel_off",  # the pool wants it typed
    "not_sent",  # the mail or SMS did not leave
    "not_to_customer",  # the mail or SMS went to somebody else
    "wrong_type",  # of a type that does not count in the pool
    "short_call",  # the call was too short
    "empty",  # neither a note nor a result
    "short_note",  # fewer characters than the pool asks for
    "no_result",  # the pool asks what came of it
    "repeated",  # said before on this lead
    "copied",  # said on many other leads
)
#: What a manager may want to look at, whether it counts or not.
ODD = ("repeated", "copied", "burst", "empty", "short_note", "short_call", "not_to_customer", "not_sent")

LOOK_BACK = 15  # of the rep's last follow-ups on the lead are compared
REPEATS = 3  # times a short note may be among them: LOOK_BACK / 5, so that five of them do not take turns for ever
BURST = 5  # typed follow-ups a minute are more than a person writes
MINUTE = 60  # seconds
DAY = 24 * 3600  # seconds in which a note on many leads is one that was pasted


@dataclass(frozen=True, slots=True)
class Touch:
    """Something that happened on a lead."""

    channel: str  # one of BY_THE_HOLDER or NEVER
    by_holder: bool = True
    text: str = ""
    type_id: int = 0
    result: str = ""  # what the rep says came of it
    seconds: int = 0  # of a call
    is_call: bool = False  # the type is one of calls
    afterwards: bool = False  # entered when it was over: it is worth what its note is worth
    to_customer: bool = True  # of a mail, SMS or meeting: he is among those it goes to
    sent: bool = True  # of a mail or SMS
    by_helper: bool = False  # a colleague whom the holder asked


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a pool asks of a follow-up (0: nothing)."""

    min_length: int = 0  # characters, see note.length
    type_ids: frozenset[int] = frozenset()  # empty: any
    min_seconds: int = 0  # of a call
    result: bool = False  # a result must be chosen
    by_itself: frozenset[str] = BY_ITSELF  # channels
    copies: int = 0  # leads a day on which the same note counts
    by_helper: bool = True  # what a colleague types whom the holder asked


@dataclass(frozen=True, slots=True)
class Earlier:
    """A follow-up of the same rep that counted."""

    text: str = ""
    result: str = ""
    seconds: int = 0  # of a call
    lead_id: int = 0  # 0: the lead that is followed up now
    age: int = DAY  # seconds
    same_day: bool = False  # on the pool's clock
    typed: bool = True  # by hand


def judge(touch, evidence, past=()):
    """Whether the touch resets the clock.

    What a rep types by hand says what happened: by a note as long as the pool asks, or, where it asks for none, by
    a result. An activity planned and done within the same minute, a meeting entered when it was over or to which the
    customer was not asked, and a call where calls do not count by themselves are worth what a note by hand is worth.

    :param Touch touch: what happened
    :param Evidence evidence: what the pool asks
    :param past: ``[Earlier]`` of the same rep, the latest first: on this lead, and of the last day on others
    :returns: a :class:`Verdict`; ``missing`` names one of :data:`MISSING`, ``limit`` the characters to go of a note,
        the seconds of a call

    >>> judge(Touch("mail_in"), Evidence()).code
    'evidence_missing'
    """
    if touch.channel not in BY_THE_HOLDER:
        return _missing("never")
    if not touch.by_holder and not _helps(touch, evidence):
        return _missing("not_holder")
    if touch.channel not in ("manual", "call") and touch.channel not in evidence.by_itself:
        return _missing("channel_off")
    if touch.channel in ("mail_out", "sms_out"):
        if not touch.sent:
            return _missing("not_sent")
        if not touch.to_customer:
            return _missing("not_to_customer")
    verdict = _judge_words(touch, evidence)
    if not verdict or _stands_alone(touch, evidence):
        return verdict
    if _is_worn(touch, past):
        return _missing("repeated")
    if evidence.copies and len(_leads_with(touch, past)) >= evidence.copies:
        return _missing("copied", evidence.copies)
    return OK


def counts(touch, evidence, past=()):
    """``judge`` as yes or no."""
    return bool(judge(touch, evidence, past))


def oddity(touch, past=()):
    """What is worth a look about a touch that counts; empty: nothing.

    >>> oddity(Touch("manual", text="ok"), [Earlier(lead_id=n, age=20) for n in range(1, 6)])
    'burst'
    """
    if touch.channel != "meeting" and any(_repeats(touch, earlier) for earlier in _on_lead(past)):
        return "repeated"
    if touch.channel in ("manual", "call") and sum(e.typed and e.age < MINUTE for e in past) >= BURST:
        return "burst"
    return ""


def _missing(what, limit=0):
    return Verdict("evidence_missing", missing=(what,), limit=limit)


def _helps(touch, evidence):
    """Whether the touch is what a colleague typed whom the holder asked, in a pool where that counts."""
    return touch.by_helper and evidence.by_helper and touch.channel in ("manual", "call")


def _is_typed(touch, evidence):
    """Whether the touch is worth what a note by hand is worth."""
    if touch.channel == "manual" or touch.afterwards:
        return True
    if touch.channel == "call":
        return "call" not in evidence.by_itself
    return touch.channel == "meeting" and not touch.to_customer


def _stands_alone(touch, evidence):
    """A meeting with the customer, planned before: that one is as good as the other is no reason to doubt it."""
    return touch.channel == "meeting" and not _is_typed(touch, evidence)


def _judge_words(touch, evidence):
    typed = _is_typed(touch, evidence)
    if typed and evidence.type_ids and touch.type_id not in evidence.type_ids:
        return _missing("wrong_type")
    if (touch.is_call or touch.channel == "call") and touch.seconds < evidence.min_seconds:
        return _missing("short_call", evidence.min_seconds)
    if not typed:
        return OK
    said = length(touch.text)
    if not said and not touch.result and not evidence.min_length:
        return _missing("empty")
    if said < evidence.min_length:
        return _missing("short_note", evidence.min_length - said)
    if evidence.result and not touch.result:
        return _missing("no_result")
    return OK


def _on_lead(past):
    return [earlier for earlier in past if not earlier.lead_id][:LOOK_BACK]


def _repeats(touch, earlier):
    """Whether the touch says what an earlier one on the lead said.

    Nobody writes a long note twice, whatever he chooses besides. A short one says something else with another result
    or, of a call, another duration.
    """
    if not same(touch.text, earlier.text):
        return False
    return not is_short(touch.text) or (touch.result, touch.seconds) == (earlier.result, earlier.seconds)


def _is_worn(touch, past):
    """Whether what the touch says was said too often on this lead: a long note once, a short one more than once a day
    or :data:`REPEATS` times."""
    before = [earlier for earlier in _on_lead(past) if _repeats(touch, earlier)]
    if not is_short(touch.text):
        return bool(before)
    return len(before) >= REPEATS or any(earlier.same_day for earlier in before)


def _leads_with(touch, past):
    """Other leads on which a long note was left within a day."""
    if is_short(touch.text):
        return set()
    return {
        earlier.lead_id for earlier in past if earlier.lead_id and earlier.age <= DAY and same(touch.text, earlier.text)
    }
