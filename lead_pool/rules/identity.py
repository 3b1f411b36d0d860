"""By which keys are two leads known to be of one person or one company?

A key is a normalised text: equal keys of one kind mean the same phone, address, WeChat account or
company, however it was typed (case, full-width letters, spaces, punctuation, legal form). Text
that identifies nobody ("n/a", "个人", an address without a domain) has no key: ``""``. What a
function returns is its own key again, and no input makes it fail.

There is no key of an e-mail's domain: half of all leads share a free mail provider.

>>> company_key("星河科技（北京）有限公司") == company_key("星河科技(北京)股份有限公司")
True
>>> company_key("ACME Trading Co., Ltd."), email_key("Li Na <Li.Na@Example.COM>")
('acmetrading', 'li.na@example.com')
"""

import re
import unicodedata
from functools import lru_cache

from .regions import SIMPLIFIED

#: The kinds of keys, the one that says most of a lead's contact first.
KINDS = ("registry", "phone", "email", "wechat", "company")
#: By these names are looked up that may be the same company; they bind nobody (see :func:`.company.blocks`).
LOOKED_UP = "name"

#: A key that more leads have than this binds nobody: it is a switchboard, info@… of an agency or a
#: form's placeholder, not a customer. Real customers have one to five leads, a busy one a dozen.
SHARED_BY_MANY = 20  # leads

LONGEST_TEXT = 1000  # characters read of a text; NFKC makes up to 18 of one
LONGEST_KEY = 128  # characters, far below the 2,704 bytes that an index entry may have
LONGEST_EMAIL = 254  # characters (RFC 5321)
PHONE_DIGITS = range(7, 21)  # a local number to the 15 digits of E.164 with prefix and extension

REGISTRY_LENGTH = range(7, 31)  # characters; 18 in China

UNPARSED = "#"  # before digits that are no number of a known country; E.164 begins with "+"

BETWEEN_EMAILS = re.compile(r"[\s,;:、<>()\[\]\"\\]+")
EMAIL = re.compile(r"[^@]+@(?:[\w-]+\.)+[^\W\d_][\w-]+")
PHONE_LIKE = re.compile(r"\+?[\d\s().-]+")
WECHAT_LABEL = re.compile(r"^(?:微信号?|wechat|weixin|wx|v信)\s*(?:id)?\s*[:=]\s*")
#: An account's ID, or the number of the phone or QQ account it was registered with; no nickname.
WECHAT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{4,63}")

CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
CJK_CHARACTER = re.compile(f"[{CJK}]")
WORDS = re.compile(f"[{CJK}]+|[^\\s{CJK}]+")
ASCII_WORDS = re.compile("[A-Za-z0-9]+")
INVISIBLE = frozenset(("Cc", "Cf", "Cs"))  # control and format characters, halves of a pair
WORD_CATEGORIES = frozenset("Lu Ll Lt Lm Lo Nd Nl No Mn Mc".split())  # letters, digits, accents and vowel signs
LOOKS_OF_EMOJI = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))  # variation selectors
ABBREVIATION = re.compile(r"(?<!\w)(?:[^\W\d_]\.)+(?:[^\W\d_](?!\w))?")

#: Legal forms at the end of a Chinese, Japanese or Korean name; a branch (分公司) keeps its own name.
CJK_END = re.compile(
    "(?:有限[责責]任公司|股份有限公司|有限公司|集团公司|集團公司|(?<![分子])公司|集团|集團|有限合伙|特殊普通合伙|普通合伙|"
    "个体工商户|株式会社|有限会社|合同会社|合資会社|주식회사|유한회사)$"
)
CJK_START = re.compile("^(?:株式会社|有限会社|合同会社|주식회사|유한회사)")
#: Legal forms in Latin and Cyrillic letters, dots left out, as words of their own at the end of a name.
FORMS_AT_END = frozenset(
    "ab ag aps as asa bhd bv bvba co company coltd corp corporation cv eurl ev gmbh gesmbh group holding holdings inc "
    "incorporated kft kg kgaa kk limited llc llp lp ltd ltda mbh nv oao ohg ooo oy oyj plc pllc pte pty pvt sa sab "
    "sarl sas sdn se sl spa srl sro uab ug zao 株 有 주 유 ооо оао зао пао ао".split()
)
FORMS_AT_START = frozenset("the pt ooo sarl ооо оао зао пао ао 株 주".split())
#: What people type where a company has to be named and there is none.
NO_COMPANY = frozenset(
    "个人 個人 个体 个体户 私人 自己 无 無 暂无 没有 未知 不详 未填 未填写 保密 公司 测试 company individual none null "
    "nil private person personal self test unknown na tbd xxx".split()
)


def email_key(text):
    """The first address in ``text`` (``Name <a@b.c>`` or a list), as it is compared; ``""`` for none.

    >>> email_key("  INFO@例子.中国 "), email_key("no address"), email_key(None)
    ('info@例子.中国', '', '')
    """
    for part in BETWEEN_EMAILS.split(folded(text)):
        address = part.strip("'.")
        if len(address) <= LONGEST_EMAIL and EMAIL.fullmatch(address):
            return address
    return ""


def wechat_key(text):
    """A WeChat ID as it is compared; ``""`` for a nickname, which several people may share.

    A number is also the phone's: see :func:`is_phone_like`.

    >>> wechat_key("微信：Wxid_ＡＢ12 "), wechat_key("小王")
    ('wxid_ab12', '')
    """
    text = WECHAT_LABEL.sub("", folded(text)).strip()
    if is_phone_like(text):
        text = _digits(text)
    return text if WECHAT_ID.fullmatch(text) else ""


def registry_key(text):
    """A company's number in its register, or for its taxes: letters and digits; ``""`` for too few of them.

    >>> registry_key(" 9131 0115-ｍａ1k35qx7g"), registry_key("DE 123 456 789"), registry_key("unknown")
    ('91310115MA1K35QX7G', 'DE123456789', '')
    """
    key = "".join(char for char in folded(text).upper() if char.isascii() and char.isalnum())
    return key if len(key) in REGISTRY_LENGTH and len(_digits(key)) >= 5 else ""


def is_phone_like(text):
    """Whether a text is nothing but a phone number.

    >>> is_phone_like("138 0013 8000"), is_phone_like("wx13800138000")
    (True, False)
    """
    text = folded(text)
    return bool(PHONE_LIKE.fullmatch(text)) and len(_digits(text)) in PHONE_DIGITS


def phone_key(text, e164=""):
    """A phone number as it is compared; ``""`` when there are too few or too many digits.

    :param text: as it was typed
    :param e164: the number in E.164 when it could be parsed, then that is the key; else empty

    >>> phone_key("138 0013 8000", "+8613800138000"), phone_key("(010) 6552-9988"), phone_key("110")
    ('+8613800138000', '#01065529988', '')
    """
    if e164:
        return e164[:LONGEST_KEY]
    digits = _digits(folded(text))
    return UNPARSED + digits if len(digits) in PHONE_DIGITS else ""


@lru_cache(maxsize=20_000)  # a new lead is asked for by it, and kept by it
def company_key(text):
    """A company's name without case, width, spaces, punctuation and legal form; ``""`` when too
    little is left to tell one company from another.

    >>> company_key("ＧＡＬＡＸＹ　GmbH & Co. KG"), company_key("华为集团有限公司"), company_key("Zinc Inc")
    ('galaxy', '华为', 'zinc')
    >>> company_key("有限公司"), company_key("个人"), company_key("AB Ltd")
    ('', '', '')
    """
    key, before = text or "", None
    while key != before:  # of "华为集团 Ltd 有限公司" each pass takes what the one before laid bare
        key, before = _without_form(folded(key).translate(SIMPLIFIED))[:LONGEST_KEY], key
    return key if _says_enough(key) else ""


def _without_form(text):
    """The words of a name joined, less one layer of legal form; never less than one word."""
    parts = words(text)
    while len(parts) > 1 and parts[-1] in FORMS_AT_END:
        parts.pop()
    while len(parts) > 1 and parts[0] in FORMS_AT_START:
        parts.pop(0)
    name = "".join(parts)
    bare = CJK_START.sub("", CJK_END.sub("", name))
    return bare or name


def words(text):
    """A name's words: what punctuation, spaces or the change of script part; "S.A." is one."""
    if "." in text:
        text = ABBREVIATION.sub(lambda found: found[0].replace(".", ""), text)
    if text.isascii():
        return ASCII_WORDS.findall(text)
    return WORDS.findall("".join(char if _is_of_a_word(char) else " " for char in text))


@lru_cache(maxsize=20_000)
def _is_of_a_word(char):
    """Letters, digits and the accents and vowel signs that belong to them."""
    return unicodedata.category(char) in WORD_CATEGORIES and char not in LOOKS_OF_EMOJI


def _says_enough(key):
    """Two Chinese characters or three Latin ones, and no mere legal form or placeholder."""
    if key in FORMS_AT_END or key in NO_COMPANY or CJK_END.fullmatch(key):
        return False
    return sum(3 if CJK_CHARACTER.match(char) else 2 for char in key) >= 6


def _digits(text):
    return "".join(char for char in text if char in "0123456789")


def folded(text):
    """Compatibility form without case and without invisible characters, as Unicode compares texts."""
    text = (text or "")[:LONGEST_TEXT]
    if text.isascii() and text.isprintable():  # nothing to fold but the case
        return text.lower().strip()
    before = None
    while text != before:  # folding the case may make a new compatibility form, once or twice
        before = text
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        if not text.isprintable():  # else nothing is invisible
            text = "".join(char for char in text if unicodedata.category(char) not in INVISIBLE or char.isspace())
    return text.strip()
