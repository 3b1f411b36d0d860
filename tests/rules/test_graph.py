"""What Meta is asked about a lead, and what its answers mean."""

import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from lead_pool.rules.graph import (
    CODES,
    FOR_ALL,
    FOR_LATER,
    FOR_PEOPLE,
    MOST,
    has_answers,
    is_number,
    is_test,
    is_token,
    question,
    understood,
    with_answers,
)

TOKEN = "EAABsbCS1iHgBAKZC"


def test_the_token_stands_in_a_header_and_its_proof_in_the_address():
    asked = question("https://graph.facebook.com", "v23.0", "444", TOKEN, "app secret")
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked.url).query).items()}
    assert asked.content is None and asked.headers == {"Authorization": f"Bearer {TOKEN}"}
    assert TOKEN not in asked.url and "app secret" not in asked.url
    assert query["appsecret_proof"] == hmac.new(b"app secret", TOKEN.encode(), hashlib.sha256).hexdigest()
    assert {"field_data", "campaign_name", "platform", "created_time"} <= set(query["fields"].split(","))
    assert "appsecret_proof" not in question("https://graph.facebook.com", "v23.0", "444", TOKEN).url


@pytest.mark.parametrize(
    "text", ["", "me", "1/../2", "1?x", "-1", "1.0", "१", "1" * 33, "1\n", "0", "01", "1%2F..%2Fme", "1#", " 1"]
)
def test_only_a_number_comes_into_an_address(text):
    assert not is_number(text)


@pytest.mark.parametrize("text", ["", "a b", "a\r\nHost: x", "a\x00", "é", "a\n"])
def test_what_is_no_token_comes_into_no_header(text):
    assert not is_token(text)


@pytest.mark.parametrize(
    ("status", "error", "code", "again"),
    [
        (400, {"code": 190, "error_subcode": 463, "type": "OAuthException"}, "token", False),
        (401, {"code": "190"}, "token", False),
        (400, {"code": 102}, "token", False),
        (403, {"code": 200}, "permission", False),
        (403, {"code": 10}, "permission", False),
        (400, {"code": 100, "error_subcode": 33}, "gone", False),
        (400, {"code": 100, "message": "Invalid appsecret_proof provided"}, "proof", False),
        (400, {"code": 100, "message": "(#100) Tried accessing nonexisting field (platform)"}, "other", False),
        (400, {"code": 4}, "too_fast", True),
        (400, {"code": 17}, "too_fast", True),
        (400, {"code": 32}, "too_fast", True),
        (400, {"code": 613}, "too_fast", True),
        (400, {"code": 80005}, "too_fast", True),
        (429, {"code": 0}, "too_fast", True),
        (500, {"code": 1}, "busy", True),
        (503, {"code": 2}, "busy", True),
        (500, {"code": 424242}, "other", True),
        (400, {"code": 424242}, "other", False),
        (400, {"code": 424242, "is_transient": True}, "other", True),
        (400, {}, "other", False),
    ],
)
def test_what_meta_says(status, error, code, again):
    outcome = understood(status, json.dumps({"error": error}).encode())
    assert (outcome.code, outcome.again) == (code, again)
    assert outcome.code in CODES


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"null", b"{}", b"[" * 100_000, b"\xff", b'{"error": 1}'])
def test_an_answer_that_is_none_is_asked_for_again(content):
    outcome = understood(200, content)
    assert outcome.code == "no_sense" and outcome.again


def test_an_answer_has_an_end():
    assert understood(200, b'{"field_data": []}' + b" " * MOST).code == "too_long"


def test_no_secret_is_repeated():
    content = json.dumps({"error": {"code": 190, "message": f"Malformed access token {TOKEN}\n x"}}).encode()
    assert understood(400, content, [TOKEN]).said == "190 Malformed access token … x"
    assert TOKEN not in repr(understood(200, b'{"field_data": "EAABsbCS1iHgBAKZC"}'))


def test_each_way_to_go_wrong_is_of_one_kind():
    assert set(FOR_ALL) < set(FOR_PEOPLE)
    assert not set(FOR_PEOPLE) & set(FOR_LATER)
    assert len(CODES) == len(set(CODES))


def test_a_lead_of_the_testing_tool_is_known():
    dummy = {"field_data": [{"name": "city", "values": ["<test lead: dummy data for city>"]}]}
    real = {"field_data": [{"name": "city", "values": ["Hangzhou"]}, "odd", {"values": None}]}
    assert is_test(dummy) and not is_test(real) and not is_test({"field_data": "x"}) and not is_test({})


def test_answers_are_added_to_what_was_notified():
    lead = with_answers({"leadgen_id": 7, "created_time": 1, "page_id": 3}, {"id": "7", "field_data": []})
    assert lead == {"leadgen_id": 7, "created_time": 1, "page_id": 3, "field_data": []}
    assert has_answers(lead) and not has_answers([]) and not has_answers("field_data")
