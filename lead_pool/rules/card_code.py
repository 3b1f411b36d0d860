"""What a QR code or a .vcf file says of its owner: vCard 2.1, 3.0, 4.0, MECARD, BIZCARD, a link, or plain text.

Files of old phones and address books break the standard in many ways (no VERSION, a foreign character set, folded
quoted-printable), so that everything which can be understood is taken and nothing makes the reading fail.

>>> card = read_code("BEGIN:VCARD\\nN:Zhang;Wei;;;\\nTEL;TYPE=CELL:13800138000\\nORG:Star;Sales\\nEND:VCARD")
>>> card.name, card.phones, card.company
('Wei Zhang', ('13800138000',), 'Star')
>>> read_code("MECARD:N:Smith,John;TEL:+14155552671;EMAIL:john@acme.com;;").name
'John Smith'
>>> read_code("https://u.wechat.com/abc").rest
('WeChat: https://u.wechat.com/abc',)
"""

import quopri
import re

from .card import Card, read_lines
from .identity import CJK_CHARACTER, is_phone_like

LONGEST_CODE = 200_000  # characters: an address book with pictures; of several cards the first is read
WECHAT_LINK = re.compile(
    r"(?:https?://)?(?:u\.wechat\.com|weixin\.qq\.com|work\.weixin\.qq\.com|wxp?://)|weixin:", re.I
)
LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
PROPERTY = re.compile(
    r"(?:[\w-]+\.)?(?P<name>[A-Za-z][\w-]*)(?P<params>(?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(?P<value>.*)", re.S
)
ESCAPED = re.compile(r"\\([\\;,:nN])")
NOT_ESCAPED_SEMICOLON = re.compile(r"(?<!\\);")
PLACE = ("address", "city", "state", "zip", "country")
CHARSETS = ("utf-8-sig", "gb18030", "cp1252")


def decoded(data):
    """The text of a file, whatever it was written in: UTF-8, UTF-16 with its mark, GBK, else Western.

    >>> decoded("张伟".encode("gbk")), decoded("\\ufeff张伟".encode("utf-16-le"))
    ('张伟', '张伟')
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    for charset in CHARSETS:
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def read_code(text):
    """Read the text of a QR code or of a file.

    :returns: :class:`~.card.Card`, falsy when nothing was found
    """
    text = (text or "")[:LONGEST_CODE].strip("\ufeff \r\n\t\0")
    head = text[:200].upper()
    if "BEGIN:VCARD" in head:
        return _read_vcard(text)
    if head.startswith(("MECARD:", "BIZCARD:")):
        return _read_mecard(text)
    if WECHAT_LINK.match(text):
        return Card(rest=(f"WeChat: {text.split()[0]}",))
    if head.startswith("TEL:") and is_phone_like(text[4:]):
        return Card(phones=(text[4:].strip(),))
    if head.startswith(("MAILTO:", "MATMSG:TO:", "SMTP:")):
        return read_lines([re.split(r"[?;]", text.split(":", 2 if head.startswith("MATMSG") else 1)[-1])[0]])
    if LINK.fullmatch(text):
        return Card(website=text)
    return read_lines(text.splitlines())


# ------------------------------------------------------------
# VCARD
# ------------------------------------------------------------


def _properties(text):
    """``[(name, {parameter words in capitals}, value)]`` of the first card, unfolded and decoded."""
    lines, quoted = [], False
    for line in re.split(r"\r\n|\n|\r", text):
        if lines and quoted and lines[-1].endswith("="):
            lines[-1] = lines[-1][:-1] + line.lstrip("\t ")  # a soft line break
            continue
        if lines and line[:1] in (" ", "\t"):
            lines[-1] += line[1:]
            continue
        quoted = "QUOTED-PRINTABLE" in line.split(":", 1)[0].upper()
        lines.append(line)
    found = []
    for line in lines:
        if line.upper().startswith("END:VCARD"):
            break
        if match := PROPERTY.fullmatch(line.strip()):
            params = match["params"].upper().replace('"', "")
            value = match["value"]
            if "QUOTED-PRINTABLE" in params:
                charset = re.search(r"CHARSET=([\w-]+)", params)
                value = _unquoted(value, charset[1] if charset else "")
            kinds = set(re.split(r"[;,=]", params)) - {""}
            found.append((match["name"].upper(), kinds, value))
    return found


def _unquoted(value, charset):
    data = quopri.decodestring(value.encode("utf-8", "replace"))
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decoded(data)


def _plain(value):
    return ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _parts_of(value, count):
    parts = [_plain(part) for part in NOT_ESCAPED_SEMICOLON.split(value)]
    return [*parts, *[""] * count][:count]


def _person(family, given, other=""):
    """A name as it is spoken: Chinese family name first, without a blank."""
    if CJK_CHARACTER.search(family + given):
        return family + other + given
    return " ".join(filter(None, (given, other, family)))


def _read_vcard(text):
    found, mobiles, phones, rest = {}, [], [], []
    for name, kinds, value in _properties(text):
        if name == "TEL":
            number = _plain(value).removeprefix("tel:")
            if "FAX" in kinds:
                rest.append(f"Fax: {number}")
            elif number:
                (mobiles if kinds & {"CELL", "MOBILE", "IPHONE"} else phones).append(number)
        elif name == "N":
            family, given, other, *_titles = _parts_of(value, 5)
            found.setdefault("n", _person(family, given, other))
        elif name == "ADR":
            _box, extra, street, city, state, code, country = _parts_of(value, 7)
            street = ", ".join(filter(None, (street, extra))).replace("\n", ", ")
            for key, part in zip(PLACE, (street, city, state, code, country), strict=True):
                if part:
                    found.setdefault(key, part)
        elif name == "ORG":
            company, department, *_more = _parts_of(value, 3)
            found.setdefault("company", company)
            if department:
                rest.append(department)
        elif name in ("X-WECHAT", "X-WEIXIN") or kinds & {"WECHAT", "WEIXIN", "X-WECHAT"}:
            found.setdefault("wechat", _plain(value).rsplit(":", 1)[-1])
        elif name == "NOTE":
            rest.append(_plain(value))
        elif name in ("FN", "TITLE", "ROLE", "EMAIL", "URL") and (plain := _plain(value)):
            if name.lower() in found:
                rest.append(plain)
            else:
                found[name.lower()] = plain
    return Card(
        name=found.get("fn") or found.get("n", ""),
        title=found.get("title") or found.get("role", ""),
        email=found.get("email", "").removeprefix("mailto:").lower(),
        website=found.get("url", ""),
        phones=tuple(dict.fromkeys(mobiles + phones)),
        rest=tuple(filter(None, rest)),
        **{key: found.get(key, "") for key in ("company", "wechat", *PLACE)},
    )


# ------------------------------------------------------------
# MECARD
# ------------------------------------------------------------


def _read_mecard(text):
    business = text[:8].upper() == "BIZCARD:"
    found, phones, rest = {}, [], []
    for part in NOT_ESCAPED_SEMICOLON.split(text.split(":", 1)[1]):
        key, _colon, value = part.strip().partition(":")
        key, value = key.upper(), _plain(value)
        if not value:
            continue
        if key == ("B" if business else "TEL"):
            phones.append(value)
        elif key in found:
            rest.append(value)
        else:
            found[key] = value
    family, _comma, given = found.get("N", "").partition(",")
    name = _person(family.strip(), given.strip())
    if business:
        name = _person(found.get("X", ""), found.get("N", ""))
    mail = found.get("E" if business else "EMAIL", "")
    return Card(
        name=name,
        title=found.get("T" if business else "TITLE", ""),
        company=found.get("C" if business else "ORG", ""),
        phones=tuple(dict.fromkeys(phones)),
        email=mail.lower(),
        website=found.get("URL", ""),
        address=found.get("A" if business else "ADR", ""),
        wechat=found.get("WECHAT", ""),
        rest=tuple([*rest, *filter(None, [found.get("NOTE", "")])]),
    )
