"""What a group robot is sent, how it is signed, what its answer means, and when it is tried again.

The forms are those that the platforms document for custom robots of a group: WeCom (key in the address), DingTalk
(signature in the address), Feishu (signature in the body). A general one is signed in two headers.

>>> body("wecom", "3 leads wait")
{'msgtype': 'text', 'text': {'content': '3 leads wait'}}
>>> request("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=x", "SECabc", "Hello", 1700000000.5).url
'https://oapi.dingtalk.com/robot/send?access_token=x&timestamp=1700000000500&sign=59vZsOjkU%2BHGgaDE7l14G4I3K9U8HE8g2Vzn9FydvEM%3D'
>>> answered("wecom", 200, b'{"errcode": 93000, "errmsg": "invalid webhook url"}')
Outcome(code='unknown_robot', again=False, said='93000 invalid webhook url')
"""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

from . import outgoing, signature
from .outgoing import Outcome, Request

PLATFORMS = ("wecom", "dingtalk", "feishu", "webhook")
#: Hosts of the platforms; elsewhere their robots are not.
HOSTS = {
    "wecom": ("qyapi.weixin.qq.com",),
    "dingtalk": ("oapi.dingtalk.com",),
    "feishu": ("open.feishu.cn", "open.larksuite.com"),
}
#: Bytes of one text; WeCom takes 2,048.
LONGEST = 2000
#: Messages a minute to one robot; more are refused by the platforms, by DingTalk for ten minutes.
PER_MINUTE = 20

#: What the platforms' error codes mean: ``(code, whether it may go better later)``.
MEANINGS = {
    "wecom": {
        45009: ("too_fast", True),
        93000: ("unknown_robot", False),
        93008: ("unknown_robot", False),
        40058: ("refused", False),
        -1: ("busy", True),
    },
    "dingtalk": {
        310000: ("unproved", False),
        300001: ("unknown_robot", False),
        300005: ("unknown_robot", False),
        400013: ("unknown_robot", False),
        400101: ("unknown_robot", False),
        130101: ("too_fast", True),
        130103: ("too_fast", True),
        410100: ("too_fast", True),
        -1: ("busy", True),
    },
    "feishu": {
        9499: ("refused", False),
        11232: ("too_fast", True),
        11233: ("busy", True),
        19001: ("unknown_robot", False),
        19002: ("refused", False),
        19021: ("unproved", False),
        19022: ("unproved", False),
        19024: ("unproved", False),
    },
}


# ── what goes out ─────────────────────────────────────────────────────────────────────────────────


def shortened(text, limit=LONGEST):
    """As many whole lines as fit into ``limit`` bytes.

    >>> shortened("one\\ntwo\\nthree", 10)
    'one\\n…'
    """
    if len(text.encode()) <= limit:
        return text
    kept, length = [], len("…".encode())
    for line in text.split("\n"):
        length += len(line.encode()) + 1
        if length > limit:
            break
        kept.append(line)
    return "\n".join([*kept, "…"])


def body(platform, text):
    """The JSON of a text message."""
    text = shortened(text)
    if platform == "feishu":
        return {"msg_type": "text", "content": {"text": text}}
    if platform == "webhook":
        return {"text": text}
    return {"msgtype": "text", "text": {"content": text}}


def _hmac(key, message):
    return hmac.new(key.encode(), message, hashlib.sha256).digest()


def request(platform, url, secret, text, moment):
    """The POST that brings ``text`` to the robot.

    :param str secret: of the robot; empty: it is not signed (WeCom knows no signature)
    :param float moment: seconds since 1970, signed with the text so that nobody sends it a second time
    :rtype: Request
    """
    content, headers = body(platform, text), {"Content-Type": "application/json; charset=utf-8"}
    if secret and platform == "dingtalk":
        stamp = str(int(moment * 1000))
        sign = base64.b64encode(_hmac(secret, f"{stamp}\n{secret}".encode())).decode()
        url += ("&" if urlsplit(url).query else "?") + f"timestamp={stamp}&sign={quote_plus(sign)}"
    elif secret and platform == "feishu":
        stamp = str(int(moment))
        sign = base64.b64encode(_hmac(f"{stamp}\n{secret}", b"")).decode()
        content = {"timestamp": stamp, "sign": sign, **content}
    data = json.dumps(content, ensure_ascii=False).encode()
    if secret and platform == "webhook":
        headers |= signature.signed_headers(secret, data, moment)
    return Request(url, data, headers)


# ── where it may go ───────────────────────────────────────────────────────────────────────────────


def address_problem(platform, url, *, loopback=False):
    """Why nothing is sent to this address; empty: it may be tried.

    :param bool loopback: the server's own configuration allows this machine, for tests

    >>> address_problem("wecom", "https://example.com/hook")
    'other_host'
    """
    return outgoing.address_problem(url, HOSTS.get(platform, ()), loopback=loopback)


# ── what comes back ───────────────────────────────────────────────────────────────────────────────


def answered(platform, status, content, secrets=()):
    """What the answer of a robot means.

    :param int status: of HTTP
    :param bytes content: of which the beginning was read
    :param secrets: texts that are blacked out of the platform's words
    :rtype: Outcome

    >>> answered("feishu", 200, b'{"code": 0, "msg": "success"}')
    Outcome(code='', again=False, said='')
    >>> answered("feishu", 200, b'{"code": 19021, "msg": "sign match fail"}').code
    'unproved'
    >>> answered("webhook", 500, b"")
    Outcome(code='http', again=True, said='HTTP 500')
    """
    if status in (301, 302, 303, 307, 308):
        return Outcome("redirect", False, f"HTTP {status}")
    if status == 429:
        return Outcome("too_fast", True, f"HTTP {status}")
    if platform == "webhook":
        return Outcome() if 200 <= status < 300 else Outcome("http", status >= 500 or status == 408, f"HTTP {status}")
    try:
        answer = json.loads(content)
        number = answer.get("errcode", answer.get("code", answer.get("StatusCode")))
        number = int(number)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return Outcome("http", status >= 500 or 200 <= status < 300, f"HTTP {status}")
    if number == 0:
        return Outcome()
    words = " ".join(str(answer.get("errmsg") or answer.get("msg") or answer.get("StatusMessage") or "").split())
    for secret in filter(None, secrets):
        words = words.replace(secret, "…")
    code, again = MEANINGS[platform].get(number, ("refused", status >= 500))
    if code == "refused" and "too many" in words.lower():  # Feishu says 9499 for this too
        code, again = "too_fast", True
    return Outcome(code, again, f"{number} {words}"[:200].strip())


def again_in(failures, code):
    """How long to wait after so many failures; ``None``: it is given up.

    Where the platform is sent too much, it is no failure of the message: it waits ten minutes, as long as DingTalk
    refuses everything then.

    >>> again_in(1, "http"), again_in(6, "http"), again_in(7, "http")
    (datetime.timedelta(seconds=60), datetime.timedelta(seconds=43200), None)
    """
    return timedelta(minutes=10) if code == "too_fast" else outgoing.again_in(failures)


def may_send_at(sent, now):
    """When the next message may go to a robot that got messages at these moments, so that it gets no more than
    :data:`PER_MINUTE`.

    :param sent: moments, the latest first
    """
    if len(sent) < PER_MINUTE:
        return now
    return max(now, sent[PER_MINUTE - 1] + timedelta(minutes=1))


def without_signature(url):
    """The address as it was entered: what a copied example of a signed request carries is left out.

    >>> without_signature("https://oapi.dingtalk.com/robot/send?access_token=x&timestamp=1&sign=y")
    'https://oapi.dingtalk.com/robot/send?access_token=x'
    """
    parts = urlsplit(url.strip())
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if name not in ("timestamp", "sign")]
    return urlunsplit(parts._replace(query=urlencode(kept))) if len(kept) < len(query) else url.strip()
