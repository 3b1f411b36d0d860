"""What does a business card say: whose it is, of which company, and how he is reached?

A card is read line by line: labels (手机, Tel, 传真, E-mail …) and shapes (an address with @, digits) tell
most of it, what remains is told by its words: a legal form makes a company, 经理 or Manager a job title, a
family name with one or two characters a person. Where a card is printed in two languages, the Chinese one is
taken. A fax is no phone. What nobody understood is kept in ``rest``, so that nothing is lost.

>>> card = read_lines(["星河机器人有限公司", "张晓明 销售总监", "手机：138 0013 8000  传真：010-65529988"])
>>> card.name, card.title, card.company, card.phones
('张晓明', '销售总监', '星河机器人有限公司', ('138 0013 8000',))
>>> read_lines(["John Smith", "Sales Manager", "ACME Inc.", "M: +1 415 555 2671", "john@acme.com"]).name
'John Smith'
"""

import re
import unicodedata
from dataclasses import dataclass, replace

from . import card_guesses as guesses
from . import card_words as words
from .identity import CJK_CHARACTER

MOST_LINES = 100
LONGEST_LINE = 300  # characters


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, and where it stands when it was read from a picture (in pixels)."""

    text: str
    left: float = 0
    top: float = 0
    right: float = 0
    height: float = 0


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of the owner of a card; ``""`` where the card says nothing. ``phones``: mobile first."""

    name: str = ""
    title: str = ""
    company: str = ""
    phones: tuple = ()
    email: str = ""
    website: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    wechat: str = ""
    rest: tuple = ()

    def __bool__(self):
        return any((self.name, self.company, self.phones, self.email, self.wechat, self.website))


# ------------------------------------------------------------
# FROM LINES TO LABELLED PIECES
# ------------------------------------------------------------


def _label_pattern():
    chinese, latin = [], []
    for kind, (cjk, roman) in words.LABELS.items():
        chinese += [(word, kind) for word in cjk.split()]
        latin += [(word, kind) for word in roman.split()]
    kinds = {}
    for word, kind in chinese + latin:
        kinds[word] = kind
    cjk = "|".join(r"\s*".join(word) for word, _kind in sorted(chinese, key=lambda pair: -len(pair[0])))
    roman = "|".join(re.escape(word) for word, _kind in sorted(latin, key=lambda pair: -len(pair[0])))
    any_label = rf"(?:(?:{cjk})|(?<![a-z])(?:{roman})(?![a-z]))"
    bracketed = r"\s*(?:\([^)\d]{1,8}\))?"
    followed = r"\s*(?:no|id)?\s*\.?\s*(?:[:;.]\s*|(?=[+(\d])|(?<=[^\x00-\x7f])\s+)"
    letter = r"(?<![\w.@-])[mtpdfewa]\s*(?:[:|]\s*|\.?\s*(?=[+(]?\d{2})(?<![ew]))"
    several = rf"{any_label}{bracketed}(?:\s*[/&、,+和]\s*{any_label}{bracketed})*{followed}"
    return re.compile(rf"(?P<words>{several})|(?P<letter>{letter})", re.IGNORECASE), re.compile(any_label, re.I), kinds


LABEL, ONE_LABEL, KIND_OF_LABEL = _label_pattern()
EMAIL = re.compile(r"[a-z0-9][\w.+%-]*@[a-z0-9][\w-]*(?:\.[a-z0-9][\w-]*)+", re.IGNORECASE)
DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,12}(?::\d+)?"
URL = re.compile(rf"https?://[^\s,;]+|www\.{DOMAIN}(?:/[^\s,;]*)?", re.IGNORECASE)
BARE_URL = re.compile(
    r"(?<![@\w.-])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|io|tech|ai|cc|info|biz|de|uk|us|hk|tw|jp|kr|sg|eu|fr|ca|au|co)\b"
    r"(?:/[^\s,;]*)?",
    re.IGNORECASE,
)
MOBILE = re.compile(
    r"(?<![\d+])(?:\(?\+?\s*(?:00)?86\)?[\s-]*)?1[3-9]\d[\s-]?(?:\d{4}[\s-]?\d{4}|\d{3}[\s-]?\d{5}|\d{2}[\s-]\d{3}[\s-]\d{3})(?!\d)"
)
EXTENSION = r"(?:\s*(?:ext\.?|转|#|x)\s*:?\s*\d{1,6})?"
NUMBER = re.compile(rf"(?<![\w.])(?:\+\s?|00)?\(?\d[\d\s().\-–—]{{4,22}}\d{EXTENSION}(?!\w)", re.IGNORECASE)
SAME_AS_WECHAT = re.compile(
    r"\(?\s*(?:同?微信同号|微信同步|同微信(?:号)?|微信同手机号?|same as wechat|wechat same)\s*\)?", re.IGNORECASE
)
WECHAT_ID = re.compile(r"[a-z0-9][\w-]{4,63}", re.IGNORECASE)
MISREAD_NUMBER = re.compile(r"(?<![A-Za-z])[\dOolI|]*\d[\dOolI|]*(?![A-Za-z])")
MISREAD_DIGITS = str.maketrans("OolI|", "00111")


def _clean(text):
    text = unicodedata.normalize("NFKC", (text or "")[:LONGEST_LINE])
    text = "".join(" " if char in "\r\n\x0b\x0c" else char for char in text if unicodedata.category(char) != "Cf")
    return text.replace("–", "-").replace("—", "-").strip(" *·•_~`'\"")


def in_reading_order(lines):
    """Lines as they are read: those at one height from left to right, a label joined with the value beside it.

    >>> [line.text for line in in_reading_order([Line("b", 50, 11, 60, 10), Line("a", 0, 10, 20, 10)])]
    ['a', 'b']
    """
    rows = []
    for line in sorted(lines, key=lambda line: line.top + line.height / 2):
        middle = line.top + line.height / 2
        if (
            rows
            and line.height
            and abs(rows[-1][0] - middle) < 0.5 * min(line.height, rows[-1][1][-1].height or line.height)
        ):
            rows[-1][1].append(line)
        else:
            rows.append((middle, [line]))
    ordered = []
    for _middle, row in rows:
        label = None
        for line in sorted(row, key=lambda line: line.left):
            if label:
                line, label = replace(line, text=f"{label.text}: {line.text}"), None
            if ONE_LABEL.fullmatch(_clean(line.text).strip(" :.")):
                label = line
            else:
                ordered.append(line)
        if label:
            ordered.append(label)
    return ordered


def _segments(line):
    """``[(kinds, text)]``: a line cut at its labels; ``kinds`` is empty for what stands before the first."""
    text = _mended(_clean(line))
    found = []
    for match in LABEL.finditer(text):
        if match["letter"]:
            kinds = {words.LETTERS[match["letter"].strip()[0].lower()]}
        else:
            kinds = {KIND_OF_LABEL[_key(one[0])] for one in ONE_LABEL.finditer(match["words"])}
        if kinds <= {"company", "name", "title"} and match.start():
            continue  # a word of the company's name
        found.append((match.start(), match.end(), kinds))
    if not found:
        return [(frozenset(), text)]
    pieces = [(frozenset(), text[: found[0][0]])]
    for (_start, end, kinds), following in zip(found, [*found[1:], (len(text),)], strict=True):
        pieces.append((frozenset(kinds), text[end : following[0]]))
    return [(kinds, piece.strip(" ,;|/")) for kinds, piece in pieces if piece.strip(" ,;|/") or kinds]


def _key(label):
    label = guesses.NOT_A_WORD.sub("", label).lower()
    return (
        label
        if label in KIND_OF_LABEL
        else next(word for word in KIND_OF_LABEL if guesses.NOT_A_WORD.sub("", word) == label)
    )


def _mended(text):
    """What readers of pictures get wrong about addresses: blanks around @ and dots, a comma for a dot."""
    text = re.sub(r"\s*@\s*", "@", text)
    text = re.sub(r"(?<=\w)[©®](?=\w)", "@", text)
    text = re.sub(r"(@[\w.-]*?)\s*[.,]\s*(?=(?:com|cn|net|org|io|co|de)\b)", r"\1.", text, flags=re.IGNORECASE)
    text = re.sub(r"(\.com)\s*[.,]?\s*(?=cn\b)", r"\1.", text, flags=re.IGNORECASE)
    text = re.sub(r"\bwww\s*[.,]\s*|\bwww(?=[a-z0-9-]+\.[a-z])", "www.", text, flags=re.IGNORECASE)
    text = re.sub(r"(www\.[\w.-]*?)\s*[.,]\s*(?=(?:com|cn|net|org)\b)", r"\1.", text, flags=re.IGNORECASE)
    return re.sub(
        r"https?\s*:\s*//\s*", lambda found: guesses.NOT_A_WORD.sub("", found[0].lower()), text, flags=re.IGNORECASE
    )


# ------------------------------------------------------------
# THE CARD
# ------------------------------------------------------------


class _Reading:
    """A card while it is read."""

    def __init__(self):
        self.mobiles, self.phones = [], []
        self.emails, self.websites, self.wechats, self.zips = [], [], [], []
        self.names, self.titles, self.companies, self.addresses = [], [], [], []  # (score, text)
        self.rest = []
        self.address_open = False  # the line before was an address, so that this one may go on with it


def read_lines(lines):
    """Read a card.

    :param lines: texts, or :class:`Line` with their places, in any order then
    :returns: :class:`Card`; falsy when nothing was found by which somebody is reached or known
    """
    lines = [line if isinstance(line, Line) else Line(line) for line in lines][:MOST_LINES]
    if any(line.height for line in lines):
        lines = in_reading_order(lines)
    reading = _Reading()
    tallest = max((line.height for line in lines), default=0)
    asked = frozenset()  # a label that stands alone: its value is in the next line
    for number, line in enumerate(lines):
        size = line.height / tallest if tallest else 0
        for kinds, text in _segments(line.text):
            kinds = kinds or asked
            asked = frozenset() if text else kinds
            if text:
                _read_piece(reading, kinds, text, size, number)
    return _card(reading)


def _read_piece(reading, kinds, text, size, number):
    if kinds & {"company", "name", "title"}:
        kind = next(kind for kind in ("name", "title", "company") if kind in kinds)
        target = {"name": reading.names, "title": reading.titles, "company": reading.companies}[kind]
        target.append((90, guesses.tidy_name(text) if kind == "name" else text))
        reading.address_open = False
        return
    same = bool(SAME_AS_WECHAT.search(text))
    text = SAME_AS_WECHAT.sub(" ", text).strip()
    if "address" in kinds:
        reading.addresses.append([90, _take_zip(reading, text)])
        reading.address_open = True
        return
    if "zip" in kinds and (found := re.search(r"\d{5,6}", text)):
        reading.zips.append(found[0])
        return
    if kinds == {"fax"} or kinds and kinds <= {"other", "fax", "zip"}:
        reading.rest.append(f"{_shown(kinds)}{text}")
        return
    if "email" in kinds and "@" not in text:
        text = re.sub(r"\s+", "", text)
    text = _take(reading.emails, EMAIL, text)
    text = _take(reading.websites, URL, text)
    text = _take(reading.websites, BARE_URL, text)
    if "website" in kinds or "email" in kinds:
        if text.strip(" ,;"):
            reading.rest.append(text.strip(" ,;"))
        return
    numbers = []
    if kinds & {"mobile", "phone"}:
        text = MISREAD_NUMBER.sub(lambda found: found[0].translate(MISREAD_DIGITS), text)
    text = _take_numbers(numbers, kinds, text)
    for kind, phone in numbers:
        (reading.mobiles if kind == "mobile" else reading.phones).append(phone)
    if same and numbers:
        reading.wechats.append(numbers[0][1])
    if "wechat" in kinds:
        if found := WECHAT_ID.search(text):
            reading.wechats.append(found[0])
            text = text[: found.start()] + text[found.end() :]
        elif numbers:
            reading.wechats.append(numbers[0][1])
    text = text.strip(" ,;:/")
    if not text.strip("() "):
        return
    if kinds:
        reading.rest.append(text)
    else:
        _read_words(reading, text, size, number)


def _shown(kinds):
    return "Fax: " if "fax" in kinds else ""


def _take(target, pattern, text):
    """Move what the pattern finds from the text to the target."""
    for match in pattern.finditer(text):
        target.append(match[0].rstrip("."))
    return pattern.sub(" ", text)


def _take_zip(reading, text):
    if found := re.search(r"\(?(?<!\d)(\d{6})(?!\d)\)?\s*$", text):
        reading.zips.append(found[1])
        text = text[: found.start()]
    return text.strip(" ,;")


def _take_numbers(numbers, kinds, text):
    """Move phone numbers from the text to ``numbers``: mobiles by their shape, the others if they are long enough."""
    mobiles = [match[0].strip() for match in MOBILE.finditer(text)]
    numbers += [("mobile", mobile) for mobile in mobiles]
    text = MOBILE.sub(" ", text)
    if not kinds and len(words.ADDRESS_CJK.findall(text)) > 1:
        return text

    def taken(match):
        digits = re.sub(r"\D", "", match[0])
        looks = match[0].lstrip().startswith(("+", "0", "(", "4", "8")) or re.search(r"\d[-\s.]\d", match[0])
        if not 7 <= len(digits) <= 21 or not kinds and (not looks or len(digits) > 15):
            return match[0]
        if not kinds and re.search(r"[A-Za-z]{3}", text):
            return match[0]  # a number in a sentence or in an address
        numbers.append(("mobile" if "mobile" in kinds else "phone", match[0].strip(" .-")))
        return " "

    return NUMBER.sub(taken, text)


# ------------------------------------------------------------
# WHAT HAS NO LABEL
# ------------------------------------------------------------


def _read_words(reading, text, size, number):
    """A text without a label: company, address, job title or name, by its words."""
    if (score := guesses.address_score(text)) >= 2:
        if reading.address_open and reading.addresses:
            reading.addresses[-1][1] += _glue(reading.addresses[-1][1], text) + _take_zip(reading, text)
        else:
            reading.addresses.append([score * 10, _take_zip(reading, text)])
            reading.address_open = True
        return
    if score and reading.address_open and not guesses.company_score(text) and not guesses.is_title(text):
        reading.addresses[-1][1] += _glue(reading.addresses[-1][1], text) + _take_zip(reading, text)
        return
    reading.address_open = False
    if score := guesses.company_score(text):
        for part, points in guesses.parts_of_company(text, score):
            reading.companies.append((points, part))
        return
    parts = guesses.parts(text)
    if len(parts) > 1:
        for part in parts:
            _read_words(reading, part, size, number)
        return
    text = text.strip(" ,;:/-")
    if not guesses.is_title(text) and guesses.is_title(spaced := _spaced(text)):
        text = spaced
    if guesses.is_title(text):
        reading.titles.append((80 if CJK_CHARACTER.search(text) else 70, text))
    elif words.DEPARTMENT.search(text):
        reading.titles.append((20, text))
    elif score := guesses.name_score(text):
        reading.names.append((score + 20 * size - number, guesses.tidy_name(text)))
    elif text:
        reading.rest.append(text)


def _glue(before, after):
    return "" if CJK_CHARACTER.search(before[-1:]) or CJK_CHARACTER.match(after[:1]) else ", "


def _spaced(text):
    """Readers of pictures lose blanks: VicePresidentofSales."""
    text = re.sub(r"(?<=[a-z])(of|and|for)(?=[A-Z])", r" \1 ", text)
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=&)(?=[A-Za-z])|(?<=[A-Za-z])(?=&)", " ", text)


# ------------------------------------------------------------
# THE ANSWER
# ------------------------------------------------------------


def _card(reading):
    names = _best(reading.names)
    if names and not CJK_CHARACTER.search(names[0]):
        names = _by_email(names, reading.emails)
    titles, companies = _best(reading.titles), _best(reading.companies)
    addresses = _best([tuple(pair) for pair in reading.addresses])
    phones = tuple(_distinct(reading.mobiles + reading.phones))
    address = addresses[0] if addresses else ""
    city = words.CITY.search(address)
    return Card(
        name=names[0] if names else "",
        title=titles[0] if titles else "",
        company=companies[0] if companies else "",
        phones=phones,
        email=reading.emails[0].lower() if reading.emails else "",
        website=reading.websites[0].lower() if reading.websites else "",
        address=address,
        city=city["city"] if city else "",
        zip=reading.zips[0] if reading.zips else "",
        wechat=reading.wechats[0] if reading.wechats else "",
        rest=tuple(
            _distinct(
                [*names[1:], *titles[1:], *companies[1:], *addresses[1:]]
                + [*reading.emails[1:], *reading.websites[1:], *reading.rest]
            )
        ),
    )


def _best(scored):
    """Texts, the surest first; of equals the one that stands first."""
    return _distinct(text for _score, text in sorted(scored, key=lambda pair: -pair[0]) if text)


def _by_email(names, emails):
    """Of several possible names the one that the e-mail address repeats."""
    local = "".join(emails[:1]).split("@")[0].lower()
    return sorted(names, key=lambda name: not any(len(part) > 2 and part.lower() in local for part in name.split()))


def _distinct(texts):
    return list(dict.fromkeys(texts))
