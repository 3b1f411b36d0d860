"""Does a request come from whom it says, and now?

>>> from datetime import datetime
>>> noon = datetime(2026, 3, 2, 12)
>>> lock = Lock(method="hmac_body", secret="s3cret", prefix="sha256=")
>>> sent = Sent(body=b'{"id": 1}', signature="sha256=" + digest(lock, Sent(body=b'{"id": 1}')).hex())
>>> refusal(lock, sent, now=noon)
''
>>> refusal(lock, Sent(body=b'{"id": 2}', signature=sent.signature), now=noon)
'signature'
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

#: What is signed, and how.
METHODS = (
    "none",
    "hmac_body",  # HMAC-SHA256 of the body as it was sent
    "hmac_stamp_body",  # HMAC-SHA256 of time stamp, a dot, and the body
    "hmac_params",  # HMAC-SHA256 of the sorted parameters
    "sha256_params",  # SHA-256 of the sorted parameters with the secret
    "md5_params",  # MD5 of the same
)
#: How sorted parameters are put together; those of HMAC leave the secret out.
LAYOUTS = (
    "amp_key",  # a=1&b=2&key=SECRET
    "amp",  # a=1&b=2SECRET
    "plain",  # a1b2SECRET
    "wrapped",  # SECRETa1b2SECRET
)
#: A clock of a platform may be ahead of ours by so much.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Lock:
    """What an endpoint asks for. ``max_age`` in seconds, 0: no time stamp is asked for; ``body_secret``: what must
    stand in the body, empty: nothing."""

    method: str = "none"
    secret: str = ""
    layout: str = "amp_key"
    prefix: str = ""
    max_age: int = 0
    body_secret: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came: ``params`` are ``(name, value)`` of query and body without the signature."""

    body: bytes = b""
    params: tuple = ()
    signature: str = ""
    stamp: str = ""
    body_secret: str = ""


def refusal(lock, sent, *, now):
    """Why the request is not taken: ``signature``, ``ambiguous``, ``secret``, ``no_stamp``, ``old``; empty if it is.

    :param datetime now: UTC

    >>> noon = datetime(2026, 3, 2, 12)
    >>> refusal(Lock(body_secret="k"), Sent(body_secret="K"), now=noon)
    'secret'
    >>> refusal(Lock(max_age=300), Sent(stamp="1772452000"), now=noon)
    'old'
    >>> refusal(Lock(max_age=300), Sent(stamp="1772452800000"), now=noon)
    ''
    """
    if lock.method != "none":
        names = [name for name, _value in sent.params]
        if lock.method.endswith("_params") and len(names) != len(set(names)):
            return "ambiguous"  # the same name twice: which one was signed?
        if not agrees(sent.signature, digest(lock, sent), lock.prefix):
            return "signature"
    if lock.body_secret and not same(sent.body_secret, lock.body_secret):
        return "secret"
    if lock.max_age:
        moment = moment_of(sent.stamp)
        if not moment:
            return "no_stamp"
        if not now - timedelta(seconds=lock.max_age) <= moment <= now + AHEAD:
            return "old"
    return ""


def digest(lock, sent):
    """The bytes that the signature must stand for.

    >>> lock = Lock(method="md5_params", secret="S", layout="wrapped")
    >>> digest(lock, Sent(params=(("b", "2"), ("a", "1"), ("c", "")))) == hashlib.md5(b"Sa1b2S").digest()
    True
    """
    key = lock.secret.encode()
    if lock.method == "hmac_body":
        return hmac.new(key, sent.body, hashlib.sha256).digest()
    if lock.method == "hmac_stamp_body":
        return hmac.new(key, sent.stamp.encode() + b"." + sent.body, hashlib.sha256).digest()
    if lock.method == "hmac_params":
        return hmac.new(key, laid_out(sent.params, lock.layout), hashlib.sha256).digest()
    function = hashlib.md5 if lock.method == "md5_params" else hashlib.sha256
    return function(laid_out(sent.params, lock.layout, lock.secret)).digest()


def signed_headers(secret, content, moment):
    """What we send with a signed body, so that an intake that asks for ``hmac_stamp_body`` takes it.

    :param bytes content: the body
    :param float moment: seconds since 1970

    >>> headers = signed_headers("s3cret", b"{}", 1772452800.5)
    >>> sent = Sent(body=b"{}", signature=headers["X-Lead-Pool-Signature"], stamp=headers["X-Lead-Pool-Timestamp"])
    >>> lock = Lock("hmac_stamp_body", "s3cret", prefix="sha256=", max_age=300)
    >>> refusal(lock, sent, now=datetime(2026, 3, 2, 12, 4)), refusal(lock, sent, now=datetime(2026, 3, 2, 13))
    ('', 'old')
    """
    stamp = str(int(moment))
    signed = digest(Lock("hmac_stamp_body", secret), Sent(body=content, stamp=stamp))
    return {"X-Lead-Pool-Timestamp": stamp, "X-Lead-Pool-Signature": f"sha256={signed.hex()}"}


def laid_out(params, layout, secret=None):
    """Sorted parameters as one text; empty ones are left out, as platforms do.

    :param secret: ``None`` where it is the key and not a part of the text

    >>> laid_out((("b", "2"), ("a", "1")), "amp_key", "S"), laid_out((("b", "2"), ("a", "1")), "plain")
    (b'a=1&b=2&key=S', b'a1b2')
    """
    pairs = sorted((name, value) for name, value in params if value != "")
    ampersand = layout.startswith("amp")
    text = "&".join(f"{n}={v}" for n, v in pairs) if ampersand else "".join(f"{n}{v}" for n, v in pairs)
    if secret is not None:
        before = {"wrapped": secret}.get(layout, "")
        after = {"amp_key": f"&key={secret}"}.get(layout, secret)
        text = f"{before}{text}{after}"
    return text.encode("utf-8", "replace")


def agrees(given, expected, prefix=""):
    """Whether a signature, in hex or Base64, stands for these bytes; takes the same time however wrong it is.

    >>> expected = bytes([0, 255])
    >>> agrees("sha256=00FF", expected, "sha256="), agrees("AP8=", expected), agrees("00", expected)
    (True, True, False)
    >>> agrees("00ff", expected, "sha256="), agrees("", b"")
    (False, False)
    """
    if not expected or not given.startswith(prefix):
        return False
    given = given[len(prefix) :].strip()
    in_hex = same(given.lower(), expected.hex())
    return same(given, base64.b64encode(expected).decode()) or in_hex


def same(one, other):
    """Two texts compared in a time that does not tell where they differ.

    >>> same("é", "é"), same("a", "b")
    (True, False)
    """
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def moment_of(text):
    """A time stamp (seconds, milliseconds, or ISO 8601 with a zone; without one it is UTC) as naive UTC, or ``None``.

    >>> moment_of("1772452800"), moment_of("1772452800000"), moment_of("2026-03-02T20:00:00+08:00")
    (datetime.datetime(2026, 3, 2, 12, 0), datetime.datetime(2026, 3, 2, 12, 0), datetime.datetime(2026, 3, 2, 12, 0))
    >>> moment_of("yesterday"), moment_of("9" * 40), moment_of("")
    (None, None, None)
    """
    text = text.strip()
    try:
        if text.replace(".", "", 1).isdecimal() and len(text) < 20:
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, timezone.utc).replace(
                tzinfo=None
            )
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError, OSError):
        return None
