"""What Meta is asked about a lead of which it sent the number only, and what its answer means.

The forms are those of the Graph API's documentation: of a lead (marketing-api/guides/lead-ads/retrieving), of its
errors (graph-api/guides/error-handling) and of its limits (graph-api/overview/rate-limiting).

>>> question("https://graph.facebook.com", "v23.0", "444", "EAAtoken").url.partition("?")[0]
'https://graph.facebook.com/v23.0/444'
>>> understood(200, b'{"id": "444", "field_data": [{"name": "email", "values": ["li@example.com"]}]}').data["id"]
'444'
>>> understood(400, b'{"error": {"code": 190, "message": "Session has expired"}}')
Outcome(code='token', again=False, said='190 Session has expired')
"""

import hashlib
import hmac
import json
import re
from urllib.parse import urlencode

from .outgoing import Outcome, Request
from .payload import MOST_NESTED, nested, text_of

HOST = "graph.facebook.com"
#: Of a lead; those of ads come only to who may read the ads, and are left out otherwise.
FIELDS = (
    "id,created_time,field_data,form_id,ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name,is_organic,platform"
)
MOST = 256 * 1024  # bytes of an answer
SECONDS = 10  # for an answer
LONGEST_WORDS = 200  # characters of what Meta says
#: What is wrong with the token, and not with one lead: nothing is got until somebody does something at Meta or here.
FOR_PEOPLE = ("no_token", "token", "permission", "proof")
#: Nobody needs to be asked any more while one of these holds.
FOR_ALL = ("no_token", "token")
#: The network, the platform's limits and its bad moments: it may go better later.
FOR_LATER = ("no_host", "private", "certificate", "no_answer", "redirect", "busy", "too_fast", "no_sense")
CODES = (*FOR_PEOPLE, *FOR_LATER, "gone", "other", "too_long", "no_number")

TOO_FAST = frozenset((4, 17, 32, 341, 613, *range(80000, 80015)))
BUSY = frozenset((1, 2))
PERMISSION = frozenset((3, 10, *range(200, 300)))
#: What Meta's tool for testing fills in.
DUMMY = "<test lead: dummy data for"


# ── asking ────────────────────────────────────────────────────────────────────────────────────────


def is_version(text):
    """
    >>> is_version("v23.0"), is_version("23"), is_version("v23.0/../x")
    (True, False, False)
    """
    return bool(re.fullmatch(r"v\d{1,3}\.\d{1,2}", text))


def is_number(text):
    """Whether it may be the number of a lead; nothing else comes into an address, and each is written in one way.

    >>> is_number("1234567890123456"), is_number("me"), is_number("1/../2"), is_number("１"), is_number("007")
    (True, False, False, False, False)
    """
    return bool(re.fullmatch(r"[1-9][0-9]{0,31}", text))


def is_token(text):
    """Whether it may be a token: a line break in it would end the header that it stands in.

    >>> is_token("EAAB4…"), is_token("EAAB4 x"), is_token("EAAB4"), is_token("")
    (False, False, True, False)
    """
    return text.isascii() and text.isprintable() and " " not in text and bool(text)


def question(base, version, path, token, secret="", fields=FIELDS):
    """A GET for ``path``. The token stands in a header: addresses are written into logs on the way.

    :param str base: scheme and host
    :param str secret: of the app, which proves that the token was not stolen; empty: it is not proved
    :rtype: Request
    """
    asked = {"fields": fields}
    if secret:
        asked["appsecret_proof"] = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    return Request(f"{base}/{version}/{path}?{urlencode(asked)}", None, {"Authorization": f"Bearer {token}"})


# ── the answer ────────────────────────────────────────────────────────────────────────────────────


def understood(status, content, secrets=(), wanted="field_data", number=""):
    """What an answer means.

    :param int status: of HTTP
    :param bytes content: at most :data:`MOST` and one more
    :param secrets: texts that are blacked out of Meta's words
    :param str wanted: what an answer must have; else it is none
    :param str number: of the lead that was asked for: the answer is about that one
    :rtype: Outcome

    >>> [understood(status, b"").code for status in (200, 302, 429, 503)]
    ['no_sense', 'redirect', 'too_fast', 'busy']
    >>> understood(400, b'{"error": {"code": 100, "error_subcode": 33, "message": "Unsupported get request"}}').code
    'gone'
    """
    if status in (301, 302, 303, 307, 308):
        return Outcome("redirect", True, f"HTTP {status}")
    if len(content) > MOST:
        return Outcome("too_long")
    answer = _read(content)
    error = answer.get("error")
    if isinstance(error, dict):
        return _error(status, error, secrets)
    if status == 200 and wanted in answer and number in ("", text_of(answer.get("id"))):
        return Outcome(data=answer)
    code = "too_fast" if status == 429 else "busy" if status >= 500 or status == 408 else "no_sense"
    return Outcome(code, True, f"HTTP {status}")


def _read(content):
    """The object in an answer; empty if there is none."""
    try:
        text = content.decode()
        answer = json.loads(text) if nested(text) <= MOST_NESTED else None
    except (ValueError, RecursionError):
        answer = None
    return answer if isinstance(answer, dict) else {}


def _error(status, error, secrets):
    words = " ".join(text_of(error.get("message")).split())
    for secret in filter(None, secrets):
        words = words.replace(secret, "…")
    try:
        number = int(error.get("code"))
    except (TypeError, ValueError):
        number = 0
    said = f"{number} {words}"[:LONGEST_WORDS].strip()
    code, again = "other", error.get("is_transient") is True or status >= 500
    if number in TOO_FAST or status == 429:
        code, again = "too_fast", True
    elif number in BUSY:
        code, again = "busy", True
    elif number in (102, 190):
        code, again = "token", False
    elif number in PERMISSION:
        code, again = "permission", False
    elif number == 100 and "appsecret_proof" in words:
        code, again = "proof", False
    elif number == 100 and "nonexisting field" not in words:
        code, again = "gone", False
    return Outcome(code, again, said)


# ── the lead ──────────────────────────────────────────────────────────────────────────────────────


def has_answers(data):
    """Whether a lead carries its answers, by whomever they were asked for.

    >>> has_answers({"leadgen_id": "1"}), has_answers({"id": "1", "field_data": []})
    (False, True)
    """
    return isinstance(data, dict) and isinstance(data.get("field_data"), list)


def with_answers(notified, answer):
    """A notification and the answers to it, as one: the number has the name that the notification gives it.

    >>> with_answers({"leadgen_id": 7, "page_id": 3}, {"id": "7", "field_data": []})
    {'leadgen_id': 7, 'page_id': 3, 'field_data': []}
    >>> with_answers({}, {"id": "7", "field_data": []})
    {'leadgen_id': '7', 'field_data': []}
    """
    more = {name: value for name, value in answer.items() if name != "id"}
    return {"leadgen_id": answer.get("id"), **notified, **more}


def is_test(data):
    """Whether Meta's tool for testing made it.

    >>> is_test({"field_data": [{"name": "full_name", "values": ["<test lead: dummy data for full_name>"]}]})
    True
    """
    rows = data.get("field_data") if has_answers(data) else ()
    return any(text_of(row.get("values")).startswith(DUMMY) for row in rows if isinstance(row, dict))
