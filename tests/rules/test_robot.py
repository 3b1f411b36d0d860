"""What group robots are sent, and what their answers mean."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from lead_pool.rules.outgoing import shown
from lead_pool.rules.robot import (
    LONGEST,
    PER_MINUTE,
    PLATFORMS,
    again_in,
    answered,
    may_send_at,
    request,
    shortened,
)

NOON = datetime(2026, 3, 2, 12)
AT = 1772452800.25


def test_dingtalk_finds_the_signature_in_the_address():
    sent = request("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=t", "SEC1", "Hello", AT)
    query = {name: values[0] for name, values in parse_qs(urlsplit(sent.url).query).items()}
    expected = hmac.new(b"SEC1", b"1772452800250\nSEC1", hashlib.sha256).digest()
    assert query["timestamp"] == "1772452800250" and base64.b64decode(query["sign"]) == expected
    assert json.loads(sent.content) == {"msgtype": "text", "text": {"content": "Hello"}}


def test_feishu_finds_the_signature_in_the_body_and_the_address_as_it_was():
    sent = request("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/x", "key", "Hello", AT)
    content = json.loads(sent.content)
    expected = hmac.new(b"1772452800\nkey", b"", hashlib.sha256).digest()
    assert base64.b64decode(content["sign"]) == expected
    assert content["timestamp"] == "1772452800" and content["msg_type"] == "text"
    assert sent.url == "https://open.feishu.cn/open-apis/bot/v2/hook/x"


def test_a_webhook_is_signed_over_time_stamp_and_body_in_headers():
    sent = request("webhook", "https://example.com/in", "key", "你好", AT)
    expected = hmac.new(b"key", b"1772452800." + sent.content, hashlib.sha256).hexdigest()
    assert sent.headers["X-Lead-Pool-Signature"] == f"sha256={expected}"
    assert sent.headers["X-Lead-Pool-Timestamp"] == "1772452800"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_without_a_secret_nothing_is_signed(platform):
    sent = request(platform, "https://example.com/in?key=k", "", "Hello", AT)
    assert sent.url == "https://example.com/in?key=k" and b"sign" not in sent.content
    assert list(sent.headers) == ["Content-Type"]


def test_a_long_text_is_cut_at_a_line_and_in_bytes():
    text = "\n".join("线索" * 20 for _line in range(100))
    short = shortened(text)
    assert len(short.encode()) <= LONGEST and short.endswith("\n…") and short[:-2] in text


@pytest.mark.parametrize(
    ("platform", "number", "words", "code", "again"),
    [
        ("wecom", 45009, "api freq out of limit", "too_fast", True),
        ("wecom", 93000, "invalid webhook url", "unknown_robot", False),
        ("dingtalk", 310000, "sign not match", "unproved", False),
        ("dingtalk", 130101, "send too fast", "too_fast", True),
        ("dingtalk", 300005, "token is not exist", "unknown_robot", False),
        ("feishu", 9499, "Bad Request", "refused", False),
        ("feishu", 9499, "too many request", "too_fast", True),
        ("feishu", 19021, "sign match fail", "unproved", False),
        ("feishu", 424242, "something new", "refused", False),
    ],
)
def test_what_the_platforms_say(platform, number, words, code, again):
    names = ("code", "msg") if platform == "feishu" else ("errcode", "errmsg")
    outcome = answered(platform, 200, json.dumps(dict(zip(names, (number, words), strict=True))).encode())
    assert (outcome.code, outcome.again, outcome.said) == (code, again, f"{number} {words}")


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"null", b'{"errcode": "x"}', b"[" * 100_000, b"\xff"])
def test_an_answer_that_is_none_is_tried_again(content):
    outcome = answered("wecom", 200, content)
    assert outcome.code == "http" and outcome.again


def test_a_redirect_is_not_followed_and_a_secret_is_not_repeated():
    assert answered("webhook", 302, b"").code == "redirect"
    said = answered("wecom", 200, b'{"errcode": 93000, "errmsg": "no key hush-hush"}', ["hush-hush"]).said
    assert said == "93000 no key …"
    assert "hush" not in shown("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hush-hush-1234")


def test_waits_grow_and_end_and_a_platform_in_a_hurry_gives_ten_minutes():
    waits = [again_in(failures, "http") for failures in range(1, 7)]
    assert waits == sorted(waits) and waits[0] == timedelta(minutes=1) and again_in(7, "http") is None
    assert again_in(50, "too_fast") == timedelta(minutes=10)


def test_no_robot_gets_more_than_its_platform_takes_in_a_minute():
    sent = [NOON - timedelta(seconds=2 * number) for number in range(PER_MINUTE)]
    assert may_send_at(sent[1:], NOON) == NOON
    assert may_send_at(sent, NOON) == sent[-1] + timedelta(minutes=1)
    assert may_send_at(sent, NOON + timedelta(minutes=5)) == NOON + timedelta(minutes=5)
