"""What a platform sends, and what of it goes where on a lead.

>>> data = read(b'{"id": 7, "answers": [{"q": "NAME", "a": "Li"}, {"q": "PHONE", "a": "138"}]}', "application/json")
>>> first(data, "answers[q=PHONE].a"), first(data, "id"), first(data, "nothing.there")
('138', '7', '')
>>> take(data, [Row(1, "phone", "answers[q=PHONE].a"), Row(2, "city", "town", required=True)])
Taken(texts={'phone': '138'}, missing=(2,))
"""

import codecs
import json
import re
from dataclasses import dataclass
from email.parser import BytesParser
from unicodedata import category
from urllib.parse import parse_qsl

MOST_NESTED = 32  # lists and objects within each other
MOST_FIELDS = 500  # of a form
MOST_STEPS = 16  # of a path
LONGEST_PATH = 200  # characters
LONGEST_TEXT = 10_000  # characters of one value
CHARSETS = ("utf-8", "ascii", "iso8859-1", "cp1252", "gbk", "gb2312", "gb18030", "big5")
MASK = "•••"
FORM = "application/x-www-form-urlencoded"
#: Names whose values are kept nowhere, whatever the endpoint is set up for.
SECRET_NAMES = frozenset(
    "google_key secret client_secret app_secret appsecret password passwd access_token refresh_token api_key "
    "authorization sign signature".split()
)


#: Why a body is not read.
CODES = ("not_text", "not_json", "nested", "fields", "file", "kind")


class Unreadable(ValueError):
    """``code`` is one of :data:`CODES`; ``at`` is the line and character where JSON goes wrong, if that is known."""

    def __init__(self, code, at=None):
        super().__init__(code)
        self.code = code
        self.at = at


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def read(body, content_type=""):
    """The data in a body: JSON, or a form as ``{name: text or list of texts}``.

    :param bytes body: as it was sent
    :param str content_type: its header; where it says nothing useful, the body is looked at
    :raises Unreadable: with the reason as a code

    >>> read(b"name=Li+Na&tag=a&tag=b", "application/x-www-form-urlencoded")
    {'name': 'Li Na', 'tag': ['a', 'b']}
    >>> read(b"[" * 100)
    Traceback (most recent call last):
    lead_pool.rules.payload.Unreadable: nested
    """
    mimetype, _semicolon, rest = content_type.partition(";")
    mimetype = mimetype.strip().lower()
    if mimetype == "multipart/form-data":
        return _together(_parts(body, content_type))
    text = _decoded(body, rest)
    if mimetype.endswith(("/json", "+json")) or (mimetype != FORM and text.lstrip()[:1] in ("{", "[")):
        return _json(text)
    if mimetype not in ("", FORM, "text/plain", "application/octet-stream"):
        raise Unreadable("kind")
    try:
        return _together(parse_qsl(text.strip(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Unreadable("fields") from None


def _decoded(body, parameters):
    named = re.search(r"charset\s*=\s*\"?([\w.:-]{1,20})", parameters, re.IGNORECASE)
    try:
        charset = codecs.lookup(named[1] if named else "utf-8").name
        if charset not in CHARSETS:
            raise Unreadable("not_text")
        return body.decode("utf-8-sig" if charset == "utf-8" else charset)
    except (UnicodeDecodeError, LookupError):
        raise Unreadable("not_text") from None


def _json(text):
    if nested(text) > MOST_NESTED:
        raise Unreadable("nested")
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Unreadable("not_json", at=(error.lineno, error.colno)) from None
    except (ValueError, RecursionError):
        raise Unreadable("not_json") from None
    if not isinstance(data, (dict, list)):
        raise Unreadable("not_json")
    return data


def _refuse_constant(name):
    raise ValueError(name)


def nested(text):
    """How deep lists and objects lie within each other in a JSON text, seen before it is parsed.

    >>> nested('{"a": [1, {"b": "]]]["}]}')
    3
    """
    deep = deepest = 0
    for sign in re.sub(r'"(?:[^"\\]|\\.)*"', "", text):
        if sign in "[{":
            deep += 1
            deepest = max(deepest, deep)
        elif sign in "]}":
            deep -= 1
    return deepest


def _parts(body, content_type):
    """``(name, text)`` of a multipart form; a file is refused."""
    header = content_type.replace("\r", "").replace("\n", "").encode("ascii", "replace")
    message = BytesParser().parsebytes(b"Content-Type: " + header + b"\r\n\r\n" + body)
    if not message.is_multipart():
        raise Unreadable("kind")
    parts = message.get_payload()
    if len(parts) > MOST_FIELDS:
        raise Unreadable("fields")
    pairs = []
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        if part.get_filename() is not None or part.is_multipart():
            raise Unreadable("file")
        if isinstance(name, str):
            pairs.append((name, _decoded(part.get_payload(decode=True) or b"", part.get("content-type", ""))))
    return pairs


def _together(pairs):
    data = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in data.items()}


# ── finding ───────────────────────────────────────────────────────────────────────────────────────

STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]]+)
      | \[(?P<index>\d{1,4})\]
      | \[(?P<every>\*)\]
      | \["(?P<quoted>[^"]+)"\]
      | \[(?P<key>[^\]=*"]+)=(?P<value>[^\]]*)\]""",
    re.VERBOSE,
)


def steps(path):
    """A path in its steps.

    :raises ValueError: it cannot be read

    >>> steps("$.a.b[0]")
    (('name', 'a'), ('name', 'b'), ('index', 0))
    >>> steps('x["y.z"][k=v].w')
    (('name', 'x'), ('name', 'y.z'), ('where', ('k', 'v')), ('name', 'w'))
    >>> steps("a[")
    Traceback (most recent call last):
    ValueError: a[
    """
    text = path.strip()
    if text[:1] == "$":
        text = text[1:]
    found, at = [], 0
    while at < len(text):
        match = STEP.match(text, at)
        if not match or len(found) >= MOST_STEPS or len(text) > LONGEST_PATH:
            raise ValueError(path)
        parts = match.groupdict()
        if parts["index"] is not None:
            found.append(("index", int(parts["index"])))
        elif parts["every"]:
            found.append(("every", None))
        elif parts["key"] is not None:
            found.append(("where", (parts["key"].strip(), parts["value"].strip().strip("\"'"))))
        else:
            found.append(("name", parts["name"] or parts["quoted"]))
        at = match.end()
    if not found:
        raise ValueError(path)
    return tuple(found)


def find(data, path):
    """All that a path leads to, as a list; ``[]`` where it leads nowhere.

    >>> find({"a": [{"b": 1}, {"b": 2}]}, "a[*].b"), find({"a[b]": "c"}, "a[b]")
    ([1, 2], ['c'])
    """
    if isinstance(data, dict) and path in data:
        return [data[path]]  # a form's field may be named like a path
    found = [data]
    for kind, about in steps(path):
        found = [value for here in found for value in _step(here, kind, about)]
    return found


def _step(here, kind, about):
    if kind == "name":
        if isinstance(here, dict):
            return [here[about]] if about in here else []
        return []
    if kind == "where":
        key, value = about
        rows = here if isinstance(here, list) else []
        return [row for row in rows if isinstance(row, dict) and text_of(row.get(key)) == value]
    if not isinstance(here, list):
        return []
    return here if kind == "every" else here[about : about + 1]


def first(data, path):
    """The first text that a path leads to; empty where there is none."""
    return next((text for text in map(text_of, find(data, path)) if text), "")


def text_of(value):
    """A value as the text that may stand on a lead: no control characters, no halves of characters.

    >>> text_of(" a\\x00b "), text_of(True), text_of(None), text_of([1, "b"]), text_of("\\ud800x"), text_of(7.0)
    ('ab', 'true', '', '1, b', 'x', '7')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value) if abs(value) < 1e18 else value
    if isinstance(value, list):
        return ", ".join(filter(None, map(text_of, value)))[:LONGEST_TEXT]
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    text = str(value)[:LONGEST_TEXT]
    return "".join(sign for sign in text if sign in "\n\t" or category(sign) not in ("Cc", "Cs")).strip()


# ── mapping ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a mapping. Without a ``path`` it is a constant. ``joiner``: what several texts for the same target
    are joined with; ``None``: the first one stands. ``values``: ``((from, to), …)``, ``*`` for whatever is not named.
    """

    id: int
    target: str
    path: str = ""
    constant: str = ""
    values: tuple = ()
    required: bool = False
    joiner: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """``texts`` by target, and the ids of the rows that are required and found nothing."""

    texts: dict
    missing: tuple = ()


def taken_by(data, row):
    """What one row takes out of the data, after its list of values.

    >>> taken_by({"sex": "1"}, Row(1, "title", "sex", values=(("1", "Mr"), ("*", "Ms"))))
    'Mr'
    """
    text = first(data, row.path) if row.path else row.constant
    for given, meant in row.values if text else ():
        if given == "*" or given.casefold() == text.casefold():
            return meant
    return text


def take(data, rows):
    """What the rows take, in their order."""
    texts, missing = {}, []
    for row in rows:
        text = taken_by(data, row)
        if not text:
            if row.required:
                missing.append(row.id)
        elif row.target not in texts:
            texts[row.target] = text
        elif row.joiner is not None and text not in texts[row.target]:
            texts[row.target] = f"{texts[row.target]}{row.joiner}{text}"
    return Taken(texts, tuple(missing))


def read_values(text):
    """A list of values as people type it, a line each.

    >>> read_values("1 = Mr\\n2=Ms\\n\\n* = ")
    (('1', 'Mr'), ('2', 'Ms'), ('*', ''))
    >>> read_values("Mr")
    Traceback (most recent call last):
    ValueError: Mr
    """
    pairs = []
    for line in filter(str.strip, text.splitlines()):
        given, equals, meant = line.partition("=")
        if not equals or not given.strip():
            raise ValueError(line.strip())
        pairs.append((given.strip(), meant.strip()))
    return tuple(pairs)


# ── keeping ───────────────────────────────────────────────────────────────────────────────────────


def masked(data, secrets=(), names=()):
    """A copy of the data without secrets: by their name, and by what they are.

    :param secrets: texts that may stand nowhere
    :param names: further names whose values are secret

    >>> masked({"google_key": "k", "a": [{"note": "my k3y!"}]}, secrets=["k3y"])
    {'google_key': '•••', 'a': [{'note': 'my •••!'}]}
    """
    names = SECRET_NAMES | {name.lower() for name in names if name}
    secrets = [secret for secret in secrets if secret]

    def clean(value):
        if isinstance(value, dict):
            return {clean(k): MASK if k.lower() in names and v else clean(v) for k, v in value.items()}
        if isinstance(value, list):
            return [clean(item) for item in value]
        if isinstance(value, str):
            for secret in secrets:
                value = value.replace(secret, MASK)
            return "".join(sign for sign in value if sign != "\0" and category(sign) != "Cs")
        return value

    return clean(data)


def params_of(data):
    """``(name, text)`` of what stands at the top of the data, as it is signed: no lists, no objects.

    >>> params_of({"b": 2, "a": "x", "list": [], "c": None})
    (('b', '2'), ('a', 'x'))
    """
    if not isinstance(data, dict):
        return ()
    plain = ((name, value) for name, value in data.items() if isinstance(value, (str, int, float)))
    return tuple((name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in plain)
