"""QR codes and .vcf files, as phones, address books and card printers write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool.rules.card_code import decoded, read_code

proved = settings(max_examples=150, deadline=None, derandomize=True, database=None)

VCARD_3 = """BEGIN:VCARD
VERSION:3.0
N:张;晓明;;;
FN:张晓明
ORG:星河机器人有限公司;销售部
TITLE:销售总监
item1.TEL;type=WORK;type=FAX:010-65529989
TEL;type=WORK,VOICE:010-65529988
TEL;type=CELL:+86 138 0013 8000
EMAIL;type=INTERNET:Zhang@Xinghe.com
URL:https://www.xinghe.com
ADR;type=WORK:;;建国路88号\\, A座1201;北京市;北京;100022;中国
NOTE:在展会上认识\\n要报价
X-WECHAT:zhangxm_88
END:VCARD
BEGIN:VCARD
FN:Somebody Else
END:VCARD"""


def test_a_card_of_version_3():
    card = read_code(VCARD_3.replace("\n", "\r\n"))
    assert (card.name, card.title, card.company) == ("张晓明", "销售总监", "星河机器人有限公司")
    assert card.phones == ("+86 138 0013 8000", "010-65529988")
    assert (card.email, card.website, card.wechat) == ("zhang@xinghe.com", "https://www.xinghe.com", "zhangxm_88")
    assert (card.address, card.city, card.state, card.zip, card.country) == (
        "建国路88号, A座1201", "北京市", "北京", "100022", "中国",
    )  # fmt: skip
    assert card.rest == ("销售部", "Fax: 010-65529989", "在展会上认识\n要报价")


@pytest.mark.parametrize("charset", ["UTF-8", "GBK", "GB2312"])
def test_a_card_of_version_2_1_in_quoted_printable(charset):
    quoted = "".join(f"={byte:02X}" for byte in "王建国".encode(charset))
    text = (
        f"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{quoted[:6]}=\n {quoted[6:]};;;;\n"
        "TEL;CELL;VOICE:13800138000\nTEL;WORK;FAX:02112345678\nEND:VCARD"
    )
    card = read_code(text)
    assert (card.name, card.phones) == ("王建国", ("13800138000",))


def test_a_card_of_version_4():
    card = read_code(
        'BEGIN:VCARD\nVERSION:4.0\nFN:Anna Mül\n ler\nTEL;VALUE=uri;TYPE="cell,voice":tel:+49-171-9876543\n'
        "EMAIL:mailto:anna@werk.de\nIMPP;X-SERVICE-TYPE=WeChat:x-apple:anna_m\nEND:VCARD"
    )
    assert (card.name, card.phones, card.email, card.wechat) == (
        "Anna Müller", ("+49-171-9876543",), "anna@werk.de", "anna_m",
    )  # fmt: skip


def test_a_file_in_gbk_or_utf_16_is_read_like_one_in_utf_8():
    for charset in ("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"):
        assert read_code(decoded(VCARD_3.encode(charset))).name == "张晓明", charset


@pytest.mark.parametrize(
    ("text", "name", "phone"),
    [
        ("MECARD:N:张,晓明;TEL:13800138000;ORG:星河;EMAIL:z@x.cn;ADR:建国路;NOTE:a\\;b;;", "张晓明", "13800138000"),
        ("mecard:N:Smith,John;TEL:+1 415 555 2671;;", "John Smith", "+1 415 555 2671"),
        ("BIZCARD:N:Sean;X:Owen;T:Engineer;C:Google;A:76 9th Avenue;B:+12125551212;E:srowen@google.com;;", "Sean Owen",
         "+12125551212"),
        ("tel:+8613800138000", "", "+8613800138000"),
        ("星河公司\n张晓明\n手机 13800138000", "张晓明", "13800138000"),
        ("BEGIN:VCARD\nN:Lee;David\nTEL:85291234567", "David Lee", "85291234567"),
    ],
)  # fmt: skip
def test_other_codes(text, name, phone):
    card = read_code(text)
    assert (card.name, card.phones) == (name, (phone,))


def test_links():
    assert read_code("https://www.xinghe.com/team?id=7").website == "https://www.xinghe.com/team?id=7"
    for link in ("https://u.wechat.com/MBn", "http://weixin.qq.com/r/abc", "weixin://contacts/profile/zhang"):
        card = read_code(link)
        assert card.rest == (f"WeChat: {link}",)
    assert read_code("mailto:li@xinghe.com?subject=Hi").email == "li@xinghe.com"
    assert not read_code("")


@proved
@given(
    st.one_of(
        st.text(max_size=80),
        st.text('BEGIN:VCARD\nTEL;N=,\\"Q0:;=\r \t张', max_size=80).map(lambda text: f"BEGIN:VCARD\n{text}"),
        st.text("MECARDNTEL:;,\\ 0+", max_size=60).map(lambda text: f"MECARD:{text}"),
    ),
    st.binary(max_size=60),
)
def test_nothing_makes_it_fail(text, data):
    read_code(text)
    read_code(decoded(data))
    read_code("BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=X:" + text)
