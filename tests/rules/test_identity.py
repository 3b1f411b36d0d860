"""Which texts name the same person or company."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool.rules.identity import (
    LONGEST_KEY,
    company_key,
    email_key,
    is_phone_like,
    phone_key,
    wechat_key,
)

# The same examples in each run, so that a red build is red again; nothing is kept on the disk.
proved = settings(max_examples=150, deadline=None, derandomize=True, database=None)

FUNCTIONS = [company_key, email_key, wechat_key, phone_key]
TEXTS = st.one_of(
    st.none(),
    st.text(max_size=60),
    st.text("aAzZ0.9@-_+ ()（）株㈱ｌＬtd有限公司集团北京,;<>\"'\u200b\ufe0f\u0301é🚀", max_size=40),
)


# Companies


@pytest.mark.parametrize(
    "text",
    [
        "星河科技",
        "星河科技有限公司",
        "星河科技有限责任公司",
        "星河科技股份有限公司",
        "星河科技集团",
        "星河科技集团有限公司",
        "星河科技集团股份有限公司",
        "星河科技公司",
        " 星河　科技 有限公司 ",
        "【星河科技】有限公司。",
        "星河科技有限責任公司",
        "星河科技有限公司 Co., Ltd.",
    ],
)
def test_a_chinese_company_is_the_same_with_any_legal_form(text):
    assert company_key(text) == "星河科技"


@pytest.mark.parametrize(
    "text",
    [
        "Galaxy Trading",
        "GALAXY TRADING LTD",
        "Galaxy Trading Co., Ltd.",
        "Galaxy Trading Co.,Ltd",
        "Galaxy Trading CO.LTD.",
        "Galaxy-Trading, Inc.",
        "The Galaxy Trading Company",
        "Galaxy Trading GmbH & Co. KG",
        "Galaxy Trading G.m.b.H.",
        "S.A.R.L. Galaxy Trading",
        "Galaxy Trading S.A.",
        "Galaxy Trading Pty. Ltd.",
        "Galaxy Trading B.V.",
        "Galaxy Trading AG",
        "Galaxy Trading PLC",
        "Galaxy Trading Corp.",
        "Galaxy Trading (LLC)",
        "Ｇａｌａｘｙ　Ｔｒａｄｉｎｇ　Ｌｔｄ．",
        "Galaxy Trading Ltd 🚀",
        "Galaxy\u200b Trading 有限公司",
    ],
)
def test_a_latin_company_is_the_same_with_any_legal_form_case_and_width(text):
    assert company_key(text) == "galaxytrading"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("星河科技（北京）有限公司", "星河科技北京"),
        ("星河科技有限公司北京分公司", "星河科技有限公司北京分公司"),
        ("集团星河有限公司", "集团星河"),
        ("株式会社トヨタ", "トヨタ"),
        ("トヨタ㈱", "トヨタ"),
        ("주식회사 삼성", "삼성"),
        ("Zinc", "zinc"),
        ("Texaco", "texaco"),
        ("AG Barr plc", "agbarr"),
        ("Müller GmbH", "müller"),
        ("L'Oréal", "loréal"),
        ("ООО Ромашка", "ромашка"),
        ("3M中国有限公司", "3m中国"),
    ],
)
def test_what_belongs_to_the_name_stays(text, key):
    assert company_key(text) == key


@pytest.mark.parametrize(
    "text",
    [
        None, "", "  ", "-", "。", "🚀", "❤️", "1️⃣", "有限公司", "集团", "集团有限公司", "Ltd", "Co., Ltd", "星", "A Ltd",
        "3M", "AB", "n/a", "N.A.", "none", "个人", "暂无", "未知", "测试", "无",
    ],
)  # fmt: skip
def test_what_names_no_company_has_no_key(text):
    assert company_key(text) == ""


def test_a_very_long_name_is_cut():
    assert company_key("星" * 10_000) == "星" * LONGEST_KEY
    assert company_key("\ufdfa" * 1000) == company_key("\ufdfa" * 10_000)
    assert len(company_key("\ufdfa" * 1000)) == LONGEST_KEY


# Addresses


@pytest.mark.parametrize(
    "text",
    [
        "li.na@example.com",
        " Li.Na@Example.COM ",
        '"Li Na" <li.na@example.com>',
        "李娜<li.na@example.com>",
        "ｌｉ．ｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "li.na@example.com, boss@example.com",
        "li.na@example.com；boss@example.com",
        "mailto:li.na@example.com",
        "no address; li.na@example.com.",
    ],
)
def test_an_address_is_the_same_however_it_is_written(text):
    assert email_key(text) == "li.na@example.com"


@pytest.mark.parametrize(
    "text",
    [None, "", "li.na", "li.na@", "@example.com", "li@na@example.com", "a@b", "a@b..com", "a@" + "b" * 300 + ".c"],
)
def test_what_is_no_address_has_no_key(text):
    assert email_key(text) == ""


# WeChat and phones


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Wxid_Ab12", "wxid_ab12"),
        (" ｗｘｉｄ＿ａｂ１２ ", "wxid_ab12"),
        ("微信号：wxid_ab12", "wxid_ab12"),
        ("WeChat ID: wxid_ab12", "wxid_ab12"),
        ("138 0013-8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("小王", ""),
        ("wang wei", ""),
        ("ab", ""),
        ("无", ""),
        ("同手机", ""),
        ("🚀🚀🚀🚀🚀", ""),
        ("a" * 65, ""),
        (None, ""),
    ],
)
def test_a_wechat_account_is_known_by_its_id_and_not_by_a_nickname(text, key):
    assert wechat_key(text) == key


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("13800138000", True), ("+86 (138) 0013-8000", True), ("１３８００１３８０００", True), ("wx13800138000", False),
     ("123456", False), ("1" * 21, False), ("", False), (None, False), ("+", False)],
)  # fmt: skip
def test_a_number_typed_as_wechat_account(text, is_one):
    assert is_phone_like(text) is is_one


@pytest.mark.parametrize(
    ("text", "e164", "key"),
    [
        ("138 0013 8000", "+8613800138000", "+8613800138000"),
        ("６５５２－９９８８", "", "#65529988"),
        ("ext. 6552 9988", "", "#65529988"),
        ("+65529988", "", "#65529988"),
        ("110", "", ""),
        ("1" * 21, "", ""),
        ("no phone", "", ""),
        (None, "", ""),
        ("", False, ""),
    ],
)
def test_a_phone_is_known_by_its_number_or_else_by_its_digits(text, e164, key):
    assert phone_key(text, e164) == key


# For every text


@proved
@given(TEXTS)
def test_no_text_makes_a_key_fail_and_no_key_is_longer_than_an_index_takes(text):
    for function in FUNCTIONS:
        assert len(function(text).encode()) < 2000, function


@proved
@given(TEXTS)
def test_a_key_is_its_own_key(text):
    for function in (company_key, email_key, wechat_key):
        assert function(function(text)) == function(text)


@proved
@given(st.text(max_size=30))
def test_digits_that_could_not_be_parsed_never_equal_a_number_that_could(text):
    assert not phone_key(text).startswith("+")


def _full_width(text):
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


LATIN = st.lists(st.text("bdfhjmrxyz", min_size=4, max_size=8), min_size=1, max_size=3).map(" ".join)
CHINESE = st.text("星河云海山川天地", min_size=2, max_size=6)


@proved
@given(
    st.one_of(LATIN, CHINESE), st.sampled_from(["Ltd", "Co., Ltd.", "INC", "GmbH", "s.a.", "有限公司", "股份有限公司"])
)
def test_case_width_spaces_and_legal_form_make_no_difference(name, form):
    key = company_key(name)
    assert key == name.replace(" ", "")
    for same in (name.upper(), name.title(), _full_width(name), f"  {name.replace(' ', '   ')}. ", f"{name} {form}"):
        assert company_key(same) == key


@proved
@given(CHINESE, st.integers(1, 5))
def test_spaces_within_a_chinese_name_make_no_difference(name, place):
    assert company_key(f"{name[:place]} {name[place:]}有限 公司") == name
