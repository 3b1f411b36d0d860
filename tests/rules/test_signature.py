"""Who may send leads: signatures, secrets and time stamps, right and forged."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

import pytest

from lead_pool.rules.signature import LAYOUTS, METHODS, Lock, Sent, agrees, digest, laid_out, moment_of, refusal

NOON = datetime(2026, 3, 2, 12)
PARAMS = (("phone", "138"), ("clue_id", "9"), ("note", ""), ("time", "1772452800"))
BODY = b'{"clue_id": 9}'


def signed(lock, **changes):
    sent = Sent(body=BODY, params=PARAMS, stamp="1772452800")
    return Sent(**{**{n: getattr(sent, n) for n in sent.__slots__}, "signature": digest(lock, sent).hex(), **changes})


def test_hmac_of_the_body_is_what_openssl_makes():
    lock = Lock(method="hmac_body", secret="key")
    text = b"The quick brown fox jumps over the lazy dog"
    known = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"  # the usual example
    assert digest(lock, Sent(body=text)).hex() == known


@pytest.mark.parametrize("method", [method for method in METHODS if method != "none"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_signed_is_taken_and_nothing_else(method, layout):
    lock = Lock(method=method, secret="s3cret", layout=layout)
    assert refusal(lock, signed(lock), now=NOON) == ""
    other = Lock(method=method, secret="s3creT", layout=layout)
    assert refusal(other, signed(lock), now=NOON) == "signature"
    for forged in ("", "0" * 64, signed(lock).signature[:-1], signed(lock).signature + "0"):
        assert refusal(lock, signed(lock, signature=forged), now=NOON) == "signature"


@pytest.mark.parametrize("method", ["hmac_body", "hmac_stamp_body"])
def test_a_changed_body_is_not_what_was_signed(method):
    lock = Lock(method=method, secret="s3cret")
    assert refusal(lock, signed(lock, body=BODY + b" "), now=NOON) == "signature"


@pytest.mark.parametrize("method", ["hmac_params", "sha256_params", "md5_params"])
def test_a_changed_added_or_doubled_parameter_is_not_what_was_signed(method):
    lock = Lock(method=method, secret="s3cret")
    for params in (PARAMS[1:], (("phone", "139"), *PARAMS[1:]), (*PARAMS, ("more", "1"))):
        assert refusal(lock, signed(lock, params=params), now=NOON) == "signature"
    assert refusal(lock, signed(lock, params=PARAMS[::-1]), now=NOON) == "", "their order is no matter"
    assert refusal(lock, signed(lock, params=(*PARAMS, PARAMS[0])), now=NOON) == "ambiguous"


def test_the_time_stamp_may_be_a_part_of_what_is_signed():
    lock = Lock(method="hmac_stamp_body", secret="s3cret", max_age=300)
    assert refusal(lock, signed(lock), now=NOON) == ""
    assert refusal(lock, signed(lock, stamp="1772452801"), now=NOON) == "signature"


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("amp_key", b"clue_id=9&phone=138&time=1772452800&key=S"),
        ("amp", b"clue_id=9&phone=138&time=1772452800S"),
        ("plain", b"clue_id9phone138time1772452800S"),
        ("wrapped", b"Sclue_id9phone138time1772452800S"),
    ],
)
def test_parameters_are_put_together_in_order_and_without_empty_ones(layout, expected):
    assert laid_out(PARAMS, layout, "S") == expected
    lock = Lock(method="md5_params", secret="S", layout=layout)
    assert digest(lock, Sent(params=PARAMS)) == hashlib.md5(expected).digest()


def test_a_signature_in_hex_of_any_case_in_base64_and_with_its_prefix():
    expected = hmac.new(b"k", BODY, hashlib.sha256).digest()
    for given in (expected.hex(), expected.hex().upper(), base64.b64encode(expected).decode()):
        assert agrees(given, expected)
        assert agrees("sha256=" + given, expected, "sha256=")
        assert not agrees(given, expected, "sha256=")
    assert not agrees("", expected)
    assert not agrees("é" * 64, expected)
    assert not agrees("\ud800", expected)


@pytest.mark.parametrize(
    ("shift", "answer"),
    [
        (timedelta(0), ""),
        (timedelta(minutes=-10), ""),
        (timedelta(minutes=-10, seconds=-1), "old"),
        (timedelta(minutes=5), ""),
        (timedelta(minutes=5, seconds=1), "old"),
        (timedelta(days=365), "old"),
    ],
)
@pytest.mark.parametrize("unit", [1, 1000])
def test_a_time_stamp_holds_for_a_while(shift, answer, unit):
    lock = Lock(max_age=600)
    stamp = str(int((NOON + shift - datetime(1970, 1, 1)).total_seconds()) * unit)
    assert refusal(lock, Sent(stamp=stamp), now=NOON) == answer


@pytest.mark.parametrize("stamp", ["", "soon", "0x10", "9" * 19, "1e9", "-5", "2026-99-01", "１７７２４５２８００\0"])
def test_what_is_no_time_stamp_is_none(stamp):
    answer = refusal(Lock(max_age=600), Sent(stamp=stamp), now=NOON)
    assert answer in ("no_stamp", "old")
    assert moment_of(stamp) is None or answer == "old"


def test_the_secret_in_the_body_is_asked_for_only_where_there_is_one():
    assert refusal(Lock(), Sent(), now=NOON) == ""
    assert refusal(Lock(body_secret="k"), Sent(), now=NOON) == "secret"
    assert refusal(Lock(body_secret="k"), Sent(body_secret="k "), now=NOON) == "secret"
    assert refusal(Lock(body_secret="k"), Sent(body_secret="k"), now=NOON) == ""


def test_an_empty_secret_signs_nothing():
    lock = Lock(method="hmac_body", secret="", prefix="sha256=")
    assert refusal(lock, Sent(body=BODY, signature="sha256="), now=NOON) == "signature"
