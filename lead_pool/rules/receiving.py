"""What becomes of a request that was received: when it is tried again, and what its values mean.

>>> [next_try(tries) for tries in (1, 2, 3, 4, 5)]
[1, 5, 30, 120, None]
"""

import re
from datetime import datetime

from .signature import moment_of

#: Minutes between the tries; afterwards somebody has to look at it.
PAUSES = (1, 5, 30, 120)
YES = frozenset("yes true y 1 on 是 对 有".split())
NO = frozenset("no false n 0 off 否 错 无 没有".split())


def next_try(tries):
    """Minutes until a lead that failed so many times is tried again; ``None``: no more by itself."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


def as_number(text):
    """A number as people and platforms write it, or ``None``.

    >>> as_number("1,234.50"), as_number("¥ 300"), as_number("1 200"), as_number("many"), as_number("nan")
    (1234.5, 300.0, 1200.0, None, None)
    """
    text = re.sub(r"[\s,'¥￥$€£]", "", text)
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,10})?", text):
        return None
    return float(text)


def as_yes(text):
    """Yes, no, or ``None``.

    >>> as_yes("TRUE"), as_yes("否"), as_yes("perhaps")
    (True, False, None)
    """
    text = text.strip().casefold()
    return True if text in YES else False if text in NO else None


def as_moment(text, form, zone):
    """A moment as naive UTC, or ``None``.

    :param form: as ``strptime`` has it; empty: a time stamp in seconds or milliseconds, or ISO 8601
    :param zone: ``tzinfo`` of a text that names none

    >>> from zoneinfo import ZoneInfo
    >>> as_moment("02/03/2026 20:00", "%d/%m/%Y %H:%M", ZoneInfo("Asia/Shanghai"))
    datetime.datetime(2026, 3, 2, 12, 0)
    >>> as_moment("2026-03-02 20:00:00", "", ZoneInfo("Asia/Shanghai")), as_moment("1772452800000", "", None)
    (datetime.datetime(2026, 3, 2, 12, 0), datetime.datetime(2026, 3, 2, 12, 0))
    >>> as_moment("0001-01-01", "", ZoneInfo("Asia/Shanghai")), as_moment("soon", "", None)
    (None, None)
    """
    try:
        if form:
            moment = datetime.strptime(text, form)
        elif text.replace(".", "", 1).isdecimal():
            return moment_of(text)
        else:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if not 1900 <= moment.year <= 2999:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return (moment - moment.utcoffset()).replace(tzinfo=None)
    except (ValueError, OverflowError, TypeError):
        return None
