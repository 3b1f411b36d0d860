"""What platforms send: read, found, mapped and masked, whatever they send."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from lead_pool.rules.payload import (
    MASK,
    MOST_NESTED,
    Row,
    Unreadable,
    find,
    first,
    masked,
    nested,
    params_of,
    read,
    read_values,
    steps,
    take,
    text_of,
)
from lead_pool.rules.proposal import propose, target_of
from lead_pool.rules.receiving import as_moment, as_number, as_yes, next_try

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = 'multipart/form-data; boundary="b"'
#: As Google documents it for lead form assets.
GOOGLE = {
    "lead_id": "TeSter-123",
    "user_column_data": [
        {"column_name": "Full Name", "string_value": "FirstName LastName", "column_id": "FULL_NAME"},
        {"column_name": "User Phone", "string_value": "1-650-555-0123", "column_id": "PHONE_NUMBER"},
        {"column_name": "User Email", "string_value": "test@example.com", "column_id": "EMAIL"},
    ],
    "api_version": "1.0",
    "form_id": 0,
    "campaign_id": 0,
    "google_key": "k3y",
    "is_test": True,
}


def part(name, value, more=""):
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'


# Reading


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b'{"a": 1}', JSON, {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', JSON + "; charset=utf-8", {"a": 1}),
        (b'{"a": 1}', "application/vnd.platform+json", {"a": 1}),
        (b' [{"a": 1}]', "text/plain", [{"a": 1}]),
        (b'{"a": 1}', "", {"a": 1}),
        ("名=李娜".encode(), FORM, {"名": "李娜"}),
        ("name=李娜".encode("gbk"), FORM + "; charset=GBK", {"name": "李娜"}),
        (b"a=1&a=2&b=", FORM, {"a": ["1", "2"], "b": ""}),
        (b"a=%E6%9D%8E+Na", "text/plain", {"a": "李 Na"}),
        (b"", FORM, {}),
        ((part("a", "1") + part("b", "李") + "--b--\r\n").encode(), MULTIPART, {"a": "1", "b": "李"}),
    ],
)
def test_json_and_forms_are_read(body, content_type, expected):
    assert read(body, content_type) == expected


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{", JSON, "not_json"),
        (b'"text"', JSON, "not_json"),
        (b"", JSON, "not_json"),
        (b"name=Li", JSON, "not_json"),
        (b'{"a": NaN}', JSON, "not_json"),
        (b'{"a": ' + b"9" * 5000 + b"}", JSON, "not_json"),
        (b"\xff\xfe{", JSON, "not_text"),
        (b"\x1f\x8b\x08\x00 zip bomb \xff", JSON, "not_text"),
        (b"{}", JSON + "; charset=utf-7", "not_text"),
        (b"{}", JSON + "; charset=zip", "not_text"),
        (b"[" * (MOST_NESTED + 1), JSON, "nested"),
        (b'{"a":' * 100_000, JSON, "nested"),
        (b"&".join(b"a=1" for _ in range(501)), FORM, "fields"),
        (b"<lead/>", "application/xml", "kind"),
        (b"PK\x03\x04\xff", "application/zip", "not_text"),
        ((part("f", "x", '; filename="a.exe"') + "--b--\r\n").encode(), MULTIPART, "file"),
        (b"no parts at all", MULTIPART, "kind"),
        (b"a=1", "multipart/form-data", "kind"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_code(body, content_type, code):
    with pytest.raises(Unreadable) as refused:
        read(body, content_type)
    assert refused.value.code == code


def test_depth_is_that_of_lists_and_objects_not_of_texts():
    assert nested(json.dumps({"a": "[[[[[[", "b": ['\\"]', {"c": 1}]})) == 3
    deep = json.loads("[" * MOST_NESTED + "]" * MOST_NESTED)
    assert read(json.dumps(deep).encode(), JSON) == deep


# Finding


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("lead_id", ["TeSter-123"]),
        ("$.lead_id", ["TeSter-123"]),
        ("user_column_data[1].string_value", ["1-650-555-0123"]),
        ("user_column_data[column_id=EMAIL].string_value", ["test@example.com"]),
        ('user_column_data[column_name="User Email"].string_value', ["test@example.com"]),
        ('["form_id"]', [0]),
        ("user_column_data[9].string_value", []),
        ("lead_id.deeper", []),
        ("lead_id[0]", []),
        ("nothing", []),
        ("user_column_data[*].column_id", ["FULL_NAME", "PHONE_NUMBER", "EMAIL"]),
    ],
)
def test_a_path_leads_to_what_it_says(path, found):
    assert find(GOOGLE, path) == found


@pytest.mark.parametrize("path", ["", "$", "a[", "a]", "a[b", "[]", "a..b", "x" * 300, "a" + ".b" * 20, "a[=1]"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValueError):
        steps(path)


def test_a_field_of_a_form_may_be_named_like_a_path():
    assert first({"fields[phone]": "138", "a.b": "c"}, "fields[phone]") == "138"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (False, "false"),
        (0, "0"),
        (7.0, "7"),
        (1e300, "1e+300"),
        (["a", None, 1], "a, 1"),
        ({"a": "李"}, '{"a": "李"}'),
        ("a\0b\r\nBcc: x", "ab\nBcc: x"),
        ("\ud83d", ""),
        ("😀‍👩", "😀‍👩"),
        ("x" * 20_000, "x" * 10_000),
    ],
)
def test_a_value_is_a_text_that_a_database_takes(value, text):
    assert text_of(value) == text
    text_of(value).encode()


# Mapping


def test_rows_take_join_translate_and_miss():
    rows = [
        Row(1, "contact_name", "first", joiner=" "),
        Row(2, "contact_name", "last", joiner=" "),
        Row(3, "phone", "mobile"),
        Row(4, "phone", "phone"),
        Row(5, "title", "sex", values=read_values("1=Mr\n2=Ms\n*=")),
        Row(6, "city", constant="Hangzhou"),
        Row(7, "zip", "zip", required=True),
    ]
    data = {"first": "Na", "last": "Li", "phone": "138", "mobile": "139", "sex": 2}
    taken = take(data, rows)
    assert taken.texts == {"contact_name": "Na Li", "phone": "139", "title": "Ms", "city": "Hangzhou"}
    assert taken.missing == (7,)
    assert take({**data, "sex": 9, "mobile": ""}, rows).texts.get("title") is None
    assert take({**data, "mobile": " "}, rows).texts["phone"] == "138"


def test_the_documented_lead_of_google_is_proposed_and_taken():
    proposed = {target: path for path, _text, target in propose(GOOGLE) if target}
    taken = take(GOOGLE, [Row(number, target, path) for number, (target, path) in enumerate(proposed.items())])
    assert taken.texts == {
        "contact_name": "FirstName LastName",
        "phone": "1-650-555-0123",
        "email_from": "test@example.com",
    }


@pytest.mark.parametrize(
    "sample",
    [
        {"data": {"clue": [{"name": "Li", "telphone": "1"}], "手机号": "138"}},
        {"field_data": [{"name": "email", "values": ["a@b.c"]}, {"name": "full_name", "values": ["Li"]}]},
        {"a.b": {"c[d": 1}, 'quo"te': 2, "list": [1, 2], "empty": [], "deep": [[{"x": 1}]]},
        [{"phone": "1"}],
    ],
)
def test_every_proposed_path_leads_to_the_value_beside_it(sample):
    proposed = propose(sample)
    assert proposed
    for path, text, _target in proposed:
        assert text_of(find(sample, path)[0]) == text


def test_names_in_two_languages_tell_what_a_value_is():
    for name, target in {
        "手机": "phone",
        "Full Name": "contact_name",
        "e-mail": "email_from",
        "utmSource": "source_id",
    }.items():
        assert target_of(name) == target
    assert target_of("user_id") == target_of("stage_id") == ""


# Masking


def test_no_secret_is_kept_wherever_it_stands():
    kept = masked({**GOOGLE, "note": "my k3y is k3y", "list": [{"Password": "p", "k3y": 1}]}, secrets=["k3y"])
    assert "k3y" not in json.dumps(kept)
    assert kept["google_key"] == MASK
    assert kept["list"][0]["Password"] == MASK
    assert kept["lead_id"] == GOOGLE["lead_id"]
    assert masked({"a": "x\0\ud800"}) == {"a": "x"}
    assert masked({"Sig": "abc"}, names=["sig"]) == {"Sig": MASK}


def test_only_plain_values_at_the_top_are_signed():
    assert params_of({"b": True, "a": 1.5, "n": None, "l": [1], "o": {}}) == (("b", "true"), ("a", "1.5"))
    assert params_of([1]) == ()


# Values and tries


def test_numbers_and_moments_as_platforms_write_them():
    shanghai = ZoneInfo("Asia/Shanghai")
    noon = datetime(2026, 3, 2, 12)
    for text in ("1772452800", "1772452800000", "2026-03-02T12:00:00Z", "2026-03-02 20:00:00"):
        assert as_moment(text, "", shanghai) == noon, text
    assert as_moment("2026年03月02日 20:00", "%Y年%m月%d日 %H:%M", shanghai) == noon
    for text, form in (
        ("9999-12-31T23:59:59-12:00", ""),
        ("0001-01-01", ""),
        ("x", "%Y"),
        ("1", "%Q%"),
        ("9" * 18, ""),
    ):
        assert as_moment(text, form, shanghai) is None, text
    assert [as_number(text) for text in ("3", "-1.5", "1e9", "", "inf", "9" * 16)] == [3, -1.5, None, None, None, None]
    assert [as_yes(text) for text in ("Yes", "0", "2")] == [True, False, None]


def test_a_failure_is_tried_again_a_few_times_and_later_each_time():
    pauses = [next_try(tries) for tries in range(1, 6)]
    assert pauses[-1] is None
    assert pauses[:-1] == sorted(pauses[:-1])
