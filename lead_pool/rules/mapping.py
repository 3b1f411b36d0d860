"""Where does each value of a lead go, when the lead becomes a customer and an order?

A field of the lead is compared with every field of the customer and the order: by name, label in any language, type,
what it links to, and options. The best pair is proposed with a confidence and its reasons; what would be lost on the
way is said.

>>> intent = Field("x_lp_intent", "selection", ("Intent", "意向"), options={"a": ("High", "高"), "b": ("Low", "低")})
>>> wish = Field("x_wish", "selection", ("意向",), options={"hot": ("High",), "cold": ("Low",)})
>>> best = propose_all([intent], [Field("x_budget", "float", ("Budget",)), wish])["x_lp_intent"]
>>> best.target.name, best.confidence, best.reasons, best.options
('x_wish', 90, ('label', 'type', 'options'), {'a': 'hot', 'b': 'cold'})
>>> carry(Value("a", ("High",)), intent, wish, best.options)
Carried(value='hot', loss='')
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import SequenceMatcher

from .columns import OPTION_MARKS, fold
from .receiving import as_number, as_yes

#: Types whose values are words or numbers that any text can hold.
TEXTS = ("char", "text", "html")
#: Types that choose from a list of options, and types that name records.
CHOICES = ("selection", "multi")
LINKS = ("many2one", "many2many")
#: Of these a field holds several.
SEVERAL = ("multi", "many2many")
NUMBERS = ("integer", "float", "monetary")
#: From this confidence on a pair is used although nobody has looked at it yet.
SURE = 80
#: Below this one it is not even shown.
LIKELY = 45
#: Beginnings and endings of technical names that say nothing about the meaning.
_AFFIXES = re.compile(r"^(x_studio_|x_lp_|x_)|(_ids?)$")
ALIKE = 0.85  # share of equal characters from which two labels mean the same


@dataclass(frozen=True, slots=True)
class Field:
    """A field as its pairs are found. ``labels`` in all languages; ``options``: ``{key: (labels)}`` of a ``selection``
    or ``multi``, and of the records of a link, by their ids, where somebody has looked them up; ``relation`` of a
    ``many2one`` or ``many2many``; ``size``: most characters, 0: any."""

    name: str
    type: str
    labels: tuple = ()
    relation: str = ""
    options: dict = field(default_factory=dict)
    size: int = 0
    teams: tuple = ()

    def meets(self, other):
        """Whether one lead may have both: those of two sales teams never meet."""
        return not (self.teams and other.teams) or bool(set(self.teams) & set(other.teams))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pair of fields. ``reasons``: name, label, alike, type, options; ``losses``: what may be lost, see :func:`fit`;
    ``options``: ``{key of the source: key of the target}``; ``unknown``: keys of the source that have no twin."""

    source: Field
    target: Field
    confidence: int
    reasons: tuple = ()
    losses: tuple = ()
    options: dict = field(default_factory=dict)
    unknown: tuple = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a lead: as the field holds it (id or list of ids of a link, key of a selection), and in words."""

    raw: object
    words: tuple = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """What the target gets, ``None`` for nothing, and what was lost on the way: a code of :data:`LOSSES`."""

    value: object
    loss: str = ""


LOSSES = (
    "no_number",  # a text that is no number
    "no_date",
    "no_yes",  # a text that is neither yes nor no
    "no_option",  # the target has no such option
    "no_record",  # no record of that name
    "rounds",  # digits behind the point
    "time",  # the time of the day
    "format",  # bold, links, pictures
    "lines",  # several lines become one
    "cut",  # the target is too short
    "several",  # the target takes one of them
    "currency",  # another currency: converted at the day's rate
    "no_right",  # the caller may not change who would get it
)
#: Those of them that no option has whose twin is known.
UNPAIRED = ("no_option", "no_record")


def fit(source, target):
    """What may be lost from one type to another: codes of :data:`LOSSES`; ``None`` where nothing can be carried.

    >>> fit(Field("a", "char"), Field("b", "integer")), fit(Field("a", "integer"), Field("b", "char"))
    (('no_number',), ())
    >>> fit(Field("a", "many2one", relation="res.users"), Field("b", "many2one", relation="res.partner")) is None
    True
    """
    if {source.type, target.type} & set(LINKS):
        return _fit_links(source, target)
    if target.type in TEXTS:
        losses = ["format"] if source.type == "html" and target.type != "html" else []
        if source.type in ("text", "html") and target.type == "char":
            losses.append("lines")
        if target.size and not 0 < source.size <= target.size and source.type in TEXTS:
            losses.append("cut")
        return tuple(losses)
    if target.type in NUMBERS:
        if source.type in NUMBERS:
            return ("rounds",) if target.type == "integer" and source.type != "integer" else ()
        return ("no_number",) if source.type in ("char", "text") else None
    if target.type in ("date", "datetime"):
        if source.type in ("date", "datetime"):
            return ("time",) if (source.type, target.type) == ("datetime", "date") else ()
        return ("no_date",) if source.type in ("char", "text") else None
    if target.type == "boolean":
        return {"boolean": (), "char": ("no_yes",), "selection": ("no_yes",)}.get(source.type)
    if target.type in CHOICES:
        if source.type in (*CHOICES, "char", "text"):
            several = source.type == "multi" and target.type == "selection"
            return ("no_option", "several") if several else ("no_option",)
    return None


def _fit_links(source, target):
    if target.type in TEXTS:
        return ("cut",) if target.size else ()
    if source.type == "char" and target.type == "many2one":
        return ("no_record",)
    several = ("several",) if source.type in SEVERAL and target.type not in SEVERAL else ()
    if has_pairs(source, target):
        return ("no_option" if target.type in CHOICES else "no_record", *several)
    if source.relation != target.relation or not {source.type, target.type} <= set(LINKS):
        return None
    return several


def has_pairs(source, target):
    """Whether the two hold options or records that are paired one by one.

    >>> wish = Field("b", "selection", options={"w": ("Web",)})
    >>> has_pairs(Field("a", "many2one", relation="utm.source"), wish), has_pairs(Field("a", "char"), wish)
    (True, False)
    """
    types = {source.type, target.type}
    return types <= {*CHOICES, *LINKS} and not types <= set(LINKS)


def pair(source, target):
    """How well two fields fit, as a :class:`Proposal`; ``None`` where nothing speaks for it or nothing can be carried.

    >>> pair(Field("industry_id", "many2one", relation="res.partner.industry"),
    ...      Field("industry_id", "many2one", relation="res.partner.industry")).confidence
    95
    >>> pair(Field("x_budget", "float", ("Budget",)), Field("x_room", "float", ("Room",)))
    """
    losses = fit(source, target)
    if losses is None:
        return None
    reasons, score = _names(source, target)
    if not score:
        return None
    options, unknown = {}, ()
    if has_pairs(source, target) and source.options:
        options = translate(source.options, target.options)
        unknown = tuple(key for key in source.options if key not in options)
        if not options:
            return None
        losses = tuple(loss for loss in losses if loss not in UNPAIRED or unknown)
        score += round(40 * len(options) / len(source.options))
        reasons += ("type", "options") if source.type == target.type else ("options",)
    elif source.type == target.type or {source.type, target.type} <= {"float", "monetary"}:
        score += 40
        reasons += ("type",)
    else:
        score += 5 if losses else 25
    return Proposal(source, target, score, reasons, losses, options, unknown)


def _names(source, target):
    """How much names and labels speak for a pair: ``(reasons, points)``."""
    reasons, score = [], 0
    if source.name == target.name or plain(source.name) == plain(target.name):
        reasons.append("name")
        score = 55 if source.name == target.name else 45
    labels, others = ({fold(label) for label in one.labels if fold(label)} for one in (source, target))
    if labels & others:
        reasons.append("label")
        score = score + 5 if score else 50
    elif not reasons and any(_alike(one, other) for one in labels for other in others):
        reasons.append("alike")
        score = 30
    return tuple(reasons), score


def alike(source, target):
    """Whether a name or a label speaks for a pair."""
    return bool(_names(source, target)[1])


def plain(name):
    """A technical name without what says nothing.

    >>> plain("x_studio_intent"), plain("industry_id")
    ('intent', 'industry')
    """
    return _AFFIXES.sub("", name)


def _alike(one, other):
    """Whether two folded labels mean the same; in short ones each character counts, so they never do."""
    if min(len(one), len(other)) < 4:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def translate(options, others):
    """The option of the target for each option of the source: by its key, else by a label in any language.

    :param dict options: ``{key: (labels)}`` of the source
    :param dict others: the same of the target
    :returns: ``{key: key of the target}``; those without a twin are left out

    >>> translate({"1": ("Hot", "高"), "2": ("Cold",)}, {"h": ("high", "高"), "2": ("Warm",)})
    {'1': 'h'}
    """
    by_label = {}
    for key, labels in others.items():
        for label in labels:
            by_label.setdefault(fold(label), key)
    found = {}
    for key, labels in options.items():
        twins = [by_label[fold(label)] for label in labels if fold(label) in by_label]
        if twins:
            found[key] = twins[0]
        elif key in others and not others[key]:
            found[key] = key
    return found


def pair_options(source, target, chosen=()):
    """The option of the target for each option of the source: as chosen, else as :func:`translate` finds it.

    :param chosen: ``[(key, key of the target or None)]``; what is not there any more is as if nobody had chosen it
    :returns: ``{key: key of the target}``; those without a twin are left out

    >>> intent = Field("x", "selection", options={"a": ("High",), "b": ("Low",), "c": ("None",)})
    >>> wish = Field("y", "selection", options={"h": ("High",), "l": ("Low",)})
    >>> pair_options(intent, wish, [("b", "h"), ("a", None), ("c", "gone")])
    {'b': 'h'}
    """
    pairs = {**translate(source.options, target.options), **chosen_pairs(source, target, chosen)}
    return {key: pairs[key] for key in source.options if pairs.get(key) is not None}


def chosen_pairs(source, target, chosen):
    """Of the chosen pairs those that still can be: ``{key: key of the target, or None}``. Whether a record is there
    is the caller's to see.

    >>> lead, wish = Field("x", "many2one", relation="utm.source"), Field("y", "selection", options={"w": ("Web",)})
    >>> chosen_pairs(lead, wish, [(7, "w"), (8, None), (9, "gone"), ("old", "w")])
    {7: 'w', 8: None}
    """
    return {key: twin for key, twin in chosen if _is_of(source, key) and (twin is None or _is_of(target, twin))}


def _is_of(one, key):
    return isinstance(key, int) if one.type in LINKS else key in one.options


def propose_all(sources, targets, taken=None):
    """The pairs of all fields of a lead; no target takes two that one lead may have, the better pair has it.

    :param dict taken: ``{name of a target: [Field]}`` that it takes already
    :returns: ``{name of the source: Proposal}``

    >>> [a, b] = Field("x_area", "char", ("Area",)), Field("x_lp_area", "char", ("Area",))
    >>> list(propose_all([a, b], [Field("x_lp_area", "char", ("Area",))]))
    ['x_lp_area']
    >>> [north, south] = (Field(f"p.{number}", "char", ("Area",), teams=(number,)) for number in (1, 2))
    >>> list(propose_all([north, south], [Field("x_lp_area", "char", ("Area",))]))
    ['p.1', 'p.2']
    """
    pairs = [one for source in sources for target in targets if (one := pair(source, target))]
    pairs = [one for one in pairs if one.confidence >= LIKELY]
    pairs.sort(key=lambda one: -one.confidence)
    taken = {name: list(fields) for name, fields in (taken or {}).items()}
    found = {}
    for one in pairs:
        others = taken.setdefault(one.target.name, [])
        if one.source.name not in found and not any(one.source.meets(other) for other in others):
            found[one.source.name] = one
            others.append(one.source)
    return {source.name: found[source.name] for source in sources if source.name in found}


# ── one value ─────────────────────────────────────────────────────────────────────────────────────


def carry(value, source, target, options=None):
    """A value as the target holds it.

    Links are carried as they are; whether a record of that name or id may be used is the caller's to see.

    :param Value value: not empty
    :param dict options: ``{key: key}`` as :func:`translate` or an admin has it; of records by their ids

    >>> carry(Value("about 5k"), Field("a", "char"), Field("b", "float"))
    Carried(value=None, loss='no_number')
    >>> carry(Value(2.5), Field("a", "float"), Field("b", "integer"))
    Carried(value=2, loss='rounds')
    >>> carry(Value([1, 2], ("Red", "Blue")), Field("a", "multi"), Field("b", "char"))
    Carried(value='Red; Blue', loss='')
    >>> carry(Value(7, ("Fair",)), Field("a", "many2one", relation="utm.source"), Field("b", "selection"), {7: "f"})
    Carried(value='f', loss='')
    """
    if fit(source, target) is None:
        return Carried(None, "no_option" if target.type in CHOICES else "no_record")
    if target.type in TEXTS:
        return _as_text(value, source, target)
    if target.type in NUMBERS:
        return _as_number(value, target)
    if target.type in ("date", "datetime"):
        return _as_moment(value, target)
    if target.type == "boolean":
        yes = value.raw if isinstance(value.raw, bool) else as_yes(value.words[0] if value.words else str(value.raw))
        return Carried(yes, "" if yes is not None else "no_yes")
    if target.type in CHOICES or has_pairs(source, target):
        return _as_option(value, source, target, options or {})
    return _as_link(value, source, target)


def _as_text(value, source, target):
    if source.type == "html" or (source.type in TEXTS and target.type == "html"):
        text = value.words[0] if target.type != "html" and value.words else str(value.raw)
        loss = "format" if source.type == "html" and target.type != "html" and text != str(value.raw) else ""
    elif value.words:
        text, loss = "; ".join(value.words), ""
    else:
        text, loss = str(value.raw), ""
    if target.type == "char" and "\n" in text.strip():
        text, loss = " ".join(text.split()), "lines"
    if target.size and len(text) > target.size:
        return Carried(text[: target.size].rstrip(), "cut")
    return Carried(text, loss)


def _as_number(value, target):
    number = value.raw if isinstance(value.raw, (int, float)) else as_number(str(value.raw))
    if number is None:
        return Carried(None, "no_number")
    if target.type == "integer" and number != int(number):
        return Carried(round(number), "rounds")
    return Carried(int(number) if target.type == "integer" else float(number))


def _as_moment(value, target):
    """
    >>> from datetime import datetime
    >>> carry(Value(datetime(2026, 3, 2, 9)), Field("a", "datetime"), Field("b", "date"))
    Carried(value=datetime.date(2026, 3, 2), loss='time')
    >>> carry(Value("2026/3/2"), Field("a", "char"), Field("b", "date")).value
    datetime.date(2026, 3, 2)
    """
    moment = value.raw
    if isinstance(moment, str):
        match = re.fullmatch(r"\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*", moment)
        try:
            moment = date(*map(int, match.groups())) if match else None
        except ValueError:
            moment = None
        if moment is None:
            return Carried(None, "no_date")
    if target.type == "date":
        if isinstance(moment, datetime):
            return Carried(moment.date(), "time")
        return Carried(moment)
    return Carried(moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day))


def _as_option(value, source, target, options):
    keys = list(value.raw) if isinstance(value.raw, (list, tuple)) else [value.raw]
    if source.type in TEXTS:
        by_label = {fold(label): key for key, labels in target.options.items() for label in labels}
        words = [fold(word) for word in re.split(f"[{re.escape(OPTION_MARKS)}]", str(value.raw)) if fold(word)]
        found = [by_label.get(word) for word in words]
        if None in found and fold(str(value.raw)) in by_label:
            found = [by_label[fold(str(value.raw))]]
    else:
        found = [options.get(key) for key in keys]
    known = [key for key in found if key is not None]
    unpaired = "no_option" if target.type in CHOICES else "no_record"
    if not known:
        return Carried(None, unpaired)
    loss = unpaired if len(known) < len(found) else ""
    if target.type in SEVERAL:
        return Carried(list(dict.fromkeys(known)), loss)
    return Carried(known[0], loss or ("several" if len(known) > 1 else ""))


def _as_link(value, source, target):
    if source.type == "char":
        return Carried(value.raw)  # a name: the caller looks the record up
    ids = list(value.raw) if isinstance(value.raw, (list, tuple)) else [value.raw]
    if target.type == "many2many":
        return Carried(ids)
    return Carried(ids[0], "several" if len(ids) > 1 else "")
