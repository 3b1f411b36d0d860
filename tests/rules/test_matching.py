"""Who is one person or company, measured by pairs that people have told apart by hand."""

import csv
from pathlib import Path

import phonenumbers

from lead_pool.rules import company, identity, matching

with Path(__file__).with_name("data").joinpath("pairs.csv").open(encoding="utf-8") as file:
    PAIRS = list(csv.DictReader(file, delimiter=";"))


def _facts(text):
    """As the models make them of ``company|contact|phone|email|registry``; numbers without country are Chinese, and
    French in the one pair of Dupont."""
    name, contact, phone, email, registry = (*text.split("|"), "", "", "", "")[:5]
    country = "FR" if "Dupont" in text else "DE" if "Hansa" in text else "CN"
    e164 = ""
    if phone:
        try:
            number = phonenumbers.parse(phone, country)
            if phonenumbers.is_possible_number(number):
                e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        except phonenumbers.NumberParseException:
            e164 = ""
    keys = {
        ("phone", identity.phone_key(phone, e164)),
        ("email", identity.email_key(email)),
        ("company", identity.company_key(name)),
        ("registry", identity.registry_key(registry)),
    }
    return matching.facts({key for key in keys if key[1]}, name, contact)


def _found(pair):
    """As a search finds it: the pair shares a key or a block, and is judged to be one."""
    left, right = _facts(pair["left"]), _facts(pair["right"])
    if not (left.keys & right.keys or company.blocks(left.company) & company.blocks(right.company)):
        return False, False
    by, _score, sure = matching.judge(left, right)
    assert matching.judge(right, left) == matching.judge(left, right), pair
    return bool(by), sure


def _measured(pairs):
    found = [(pair["same"] == "1", *_found(pair), pair) for pair in pairs]
    hits = sum(same and is_found for same, is_found, _sure, _pair in found)
    told = sum(is_found for _same, is_found, _sure, _pair in found)
    wrong = [pair for same, is_found, _sure, pair in found if same != is_found]
    wrongly_sure = [pair for same, _is_found, sure, pair in found if sure and not same]
    return hits / told, hits / sum(same for same, *_rest in found), wrong, wrongly_sure


def test_the_pairs_are_many_and_hard():
    assert len(PAIRS) >= 500
    assert len({(pair["left"], pair["right"]) for pair in PAIRS}) == len(PAIRS)
    assert sum(pair["same"] == "0" for pair in PAIRS) >= 0.4 * len(PAIRS)


def test_who_is_one_is_found_and_who_is_not_is_left_alone():
    precision, recall, wrong, _wrongly_sure = _measured(PAIRS)
    told = "\n".join(f"{pair['about']}: {pair['left']} ; {pair['right']}" for pair in wrong)
    assert precision >= 0.98, f"{precision:.4f}\n{told}"
    assert recall >= 0.90, f"{recall:.4f}\n{told}"


def test_nobody_acts_on_a_wrong_guess():
    *_rest, wrongly_sure = _measured(PAIRS)
    assert not wrongly_sure
