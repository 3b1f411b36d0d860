"""What is in the columns of a file, and how a field of one's own is named.

>>> guess(["Yes", "No", "", "No"]).type
'boolean'
>>> guess(["12", "7", ""]).type, guess(["1.5", "7"]).type, guess(["2026-03-02", ""]).type
('integer', 'decimal', 'date')
>>> guess(["High", "Low", "Low", "High", "High"]).options
('High', 'Low')
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

#: Types of a custom field, in the order in which they are offered.
TYPES = (
    "text",
    "long_text",
    "integer",
    "decimal",
    "amount",
    "date",
    "datetime",
    "boolean",
    "selection",
    "multi",
    "link",
)
#: Types whose values cannot name or reach anybody; only these may be open in a masked pool.
ANONYMOUS = frozenset(TYPES) - {"text", "long_text", "link"}
PREFIX = "x_lp_"
LONGEST_NAME = 50  # characters; PostgreSQL takes 63, and a table of links is named after the field
MOST_OPTIONS = 60  # more different values than this are no list to choose from
LONGEST_OPTION = 60  # characters
LONGEST_LABEL = 120  # characters
LONGEST_TEXT = 120  # characters of a text in one line
#: A number of as many digits may be a phone, an account or a messenger's number.
TELLING_DIGITS = 7
TELLING_DIGITS_OF_AMOUNTS = 9

#: Headings that Odoo's import takes for the record itself, as :func:`fold` writes them.
RESERVED_HEADINGS = frozenset(("id", ".id", "external id", "database id", "外部 id", "数据库 id"))
YES = frozenset("yes true y 是 对 有".split())
NO = frozenset("no false n 否 错 无 没有".split())
CURRENCY = "¥￥$€£"
SEPARATORS = ";；|、"


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column seems to hold."""

    type: str
    options: tuple = ()  # of selection and multi, in order of their number
    filled: int = 0  # cells that are not empty


def fold(label):
    """A label as it is compared with others: width, case and spaces do not matter.

    >>> fold(" Lead　Source ") == fold("lead source")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", label or "").casefold().split())


#: What no XML document, and so no view, may contain.
_UNSHOWABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What separates several options in a cell of a file.
OPTION_MARKS = ",，\n" + SEPARATORS


def clean(label):
    r"""A label as it is kept: without what no screen can show, single spaces.

    >>> clean(" Lead\x00\tSource\n\ufffe")
    'Lead Source'
    """
    return " ".join(_UNSHOWABLE.sub(" ", label or "").split())


def slug(text):
    """Small ASCII letters, digits and underscores; empty when nothing of that is left.

    >>> slug("Budget (k€)"), slug("意向程度")
    ('budget_k', '')
    """
    ascii_text = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", ascii_text).strip("_")


def technical_name(labels, taken):
    """A column's name for a field with these labels, of which the first that has ASCII letters counts.

    :param labels: the labels in several languages, the preferred one first
    :param taken: names in use; a number is added until the name is free

    >>> technical_name(["意向程度", "Intent"], {"x_lp_intent"})
    'x_lp_intent_2'
    >>> technical_name(["意向程度"], set())
    'x_lp_field_1'
    """
    words = next(filter(None, map(slug, labels)), "")
    base = PREFIX + (words if words[:1].isalpha() else f"field_{words}" if words else "field")
    base = base[: LONGEST_NAME - 4].rstrip("_")
    if words and base not in taken:
        return base
    number = 2 if words else 1
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"


def is_technical_name(name):
    """Whether ``name`` may be the name of a column of ours.

    >>> is_technical_name("x_lp_intent"), is_technical_name("user_id"), is_technical_name("x_lp_")
    (True, False, False)
    """
    return len(name) <= LONGEST_NAME and re.fullmatch(PREFIX + "[a-z][a-z0-9_]*", name) is not None


def option_keys(labels, taken=()):
    """Values for options with these labels: short, ASCII, each one once.

    :param taken: values in use already

    >>> option_keys(["Very High", "很高", "very high!"])
    ['very_high', 'option_1', 'very_high_2']
    """
    taken, keys = set(taken), []
    for label in labels:
        words = slug(label)[:40].rstrip("_")
        base, number = words or "option", 2 if words else 1
        key = words
        while not key or key in taken:
            key, number = f"{base}_{number}", number + 1
        taken.add(key)
        keys.append(key)
    return keys


def split_options(text):
    """Option names as people type them into one line: by semicolons or lines, else by commas.

    >>> split_options("High; Medium, rather; Low"), split_options("CRM, ERP, HR"), split_options("高、低")
    (['High', 'Medium, rather', 'Low'], ['CRM', 'ERP', 'HR'], ['高', '低'])
    """
    marks = ";；\n" if re.search("[;；\n]", text or "") else ",，、|"
    return [part for part in map(clean, re.split(f"[{marks}]", text or "")) if part]


def tells_too_much(value, *, amount=False):
    """Whether a number has so many digits that it may identify somebody.

    :param amount: money, which may be large; an eleven-digit one is a phone all the same

    >>> tells_too_much(999_999), tells_too_much(13800138000.0), tells_too_much(0.1234567)
    (False, True, True)
    >>> tells_too_much(8_888_888, amount=True), tells_too_much(13800138000, amount=True)
    (False, True)
    """
    most = TELLING_DIGITS_OF_AMOUNTS if amount else TELLING_DIGITS
    digits = re.sub(r"\D", "", f"{value:.15g}".partition("e")[0]).strip("0")
    return abs(value) >= 10 ** (most - 1) or len(digits) >= most


def truth(text):
    """Yes, no, or ``None`` for what is neither.

    >>> truth("Yes"), truth("否"), truth("1"), truth("perhaps")
    (True, False, True, None)
    """
    word = text.strip().casefold()
    return True if word in YES or word == "1" else False if word in NO or word == "0" else None


def guess(values):
    """The type that a column of texts seems to have.

    Careful where a wrong guess loses something: numbers with leading zeros, and long ones, are texts.

    :param values: ``[str]``, empty ones included
    :rtype: Guess
    """
    filled = [value.strip() for value in values if value and value.strip()]
    if not filled:
        return Guess("text")
    different = Counter(filled)
    if set(different) == {"0", "1"}:
        return Guess("boolean", filled=len(filled))
    for type_, fits in _PATTERNS:
        if all(map(fits, different)):
            return Guess(type_, filled=len(filled))
    if parts := _parts(filled, different):
        return Guess("multi", parts, len(filled))
    few = len(different) <= MOST_OPTIONS and len(different) < len(filled)
    if few and (len(different) * 2 <= len(filled) or len(different) <= 5) and all(map(_is_option, different)):
        return Guess("selection", _once(value for value, _n in different.most_common()), len(filled))
    long = any(len(value) > LONGEST_TEXT or "\n" in value for value in different)
    return Guess("long_text" if long else "text", filled=len(filled))


def _is_option(text):
    return len(text) <= LONGEST_OPTION and not any(mark in text for mark in "\n;；")


def _once(labels):
    """The labels without those that differ in case or spaces alone from an earlier one."""
    once = {}
    for label in labels:
        once.setdefault(fold(label), label)
    return tuple(once.values())


def _parts(filled, different):
    """The options of a column in which several are written in one cell, the most frequent first."""
    separator = next((s for s in SEPARATORS if any(s in value for value in different)), None)
    if not separator:
        return ()
    parts = Counter(part.strip() for value in filled for part in value.split(separator) if part.strip())
    fits = len(parts) <= MOST_OPTIONS and all(len(part) <= LONGEST_OPTION for part in parts)
    return _once(part for part, _n in parts.most_common()) if fits and len(parts) < sum(parts.values()) else ()


def _is_integer(text):
    return re.fullmatch(r"-?(0|[1-9]\d{0,8})", text) is not None


def _is_decimal(text):
    return _is_integer(text) or re.fullmatch(r"-?(\d{1,3}(,\d{3})+|\d{1,9}(?=\.))(\.\d+)?", text) is not None


def _is_amount(text):
    bare = text.strip(CURRENCY + " ")
    return bare != text and _is_decimal(bare)


_DATE = r"(19|20)\d\d[-/.](0?[1-9]|1[0-2])[-/.](0?[1-9]|[12]\d|3[01])"
_TIME = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"
_PATTERNS = (
    ("boolean", lambda text: text.casefold() in YES | NO),
    ("integer", _is_integer),
    ("decimal", _is_decimal),
    ("amount", _is_amount),
    ("date", lambda text: re.fullmatch(_DATE, text) is not None),
    ("datetime", lambda text: re.fullmatch(f"{_DATE}([ T]{_TIME})?", text) is not None),
)
