"""What counts as a follow-up?

>>> counts(Touch("manual", text="Called, wants the price list"), Evidence(min_length=10))
True
>>> counts(Touch("manual", text="ok"), Evidence(min_length=10))
False
"""

from dataclasses import dataclass

from .facts import OK, Verdict

#: Channels that count by themselves when the holder is the one who acts.
BY_THE_HOLDER = ("manual", "activity", "mail_out", "sms_out", "meeting", "call")
#: What never counts, whoever does it.
NEVER = ("mail_in", "mass_mail", "tracking", "note")


@dataclass(frozen=True, slots=True)
class Touch:
    """Something that happened on a lead."""

    channel: str  # one of BY_THE_HOLDER or NEVER
    by_holder: bool = True
    text: str = ""
    type_id: int = 0
    result: bool = False  # the rep chose what came of it
    seconds: int = 0  # of a call


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a pool asks of a follow-up (0: nothing)."""

    min_length: int = 0  # characters, white space at the ends not counted
    type_ids: frozenset[int] = frozenset()  # empty: any
    min_seconds: int = 0  # of a call


def judge(touch, evidence):
    """Whether the touch resets the clock; the code says why not.

    What a rep types by hand says what happened: by a note as long as the pool asks, or, where it asks for none, by
    a result.

    >>> judge(Touch("mail_in"), Evidence()).code
    'evidence_missing'
    """
    if touch.channel not in BY_THE_HOLDER or not touch.by_holder:
        return Verdict("evidence_missing")
    if touch.channel == "manual":
        if evidence.type_ids and touch.type_id not in evidence.type_ids:
            return Verdict("evidence_missing")
        if len(touch.text.strip()) < evidence.min_length:
            return Verdict("evidence_missing")
        if not touch.text.strip() and not touch.result:
            return Verdict("evidence_missing")
    if touch.channel == "call" and touch.seconds < evidence.min_seconds:
        return Verdict("evidence_missing")
    return OK


def counts(touch, evidence):
    """``judge`` as yes or no."""
    return bool(judge(touch, evidence))
