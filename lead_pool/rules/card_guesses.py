"""What an unlabelled line of a business card may be, told by its words: a title, an address, a company, a person.

>>> is_title("销售总监"), bool(company_score("星河机器人有限公司")), parts("王建国总经理")
(True, True, ['王建国', '总经理'])
"""

import re

from . import card_words as words
from .identity import CJK, CJK_CHARACTER

NOT_A_WORD = re.compile(r"\s+")
PIECES = re.compile(r"\s*[|丨¦]\s*|\s{3,}|\s+[/·•]\s+|\t+")
COURTESY = re.compile(
    r"^(?:mr|mrs|ms|dr|prof)\.?\s+(?=[A-Z])|(?:先生|女士|小姐)$|,?\s*(?:ph\.?\s?d|mba|esq)\.?$", re.IGNORECASE
)


def is_title(text):
    return bool(words.TITLE_CJK.search(text) or words.TITLE_LATIN.search(text))


def address_score(text):
    if words.COMPANY_CJK.search(text) and not re.search(r"\d", text) or words.LEGAL_LATIN.search(text):
        return 0
    chinese = len(words.ADDRESS_CJK.findall(text))
    if chinese:
        return chinese if re.search(r"\d", text) or chinese > 2 else min(chinese, 1)
    latin = len(words.ADDRESS_LATIN.findall(text))
    return latin + bool(re.search(r"\d", text)) if latin else 0


def company_score(text):
    """0: no company; the higher, the surer."""
    if words.COMPANY_CJK.search(text):
        return 60 + 20 * bool(words.LEGAL_CJK.search(text)) - 15 * bool(words.TITLE_CJK.search(text))
    if words.LEGAL_LATIN.search(text):
        return 50
    if words.COMPANY_LATIN.search(text) and not words.TITLE_LATIN.search(text):
        return 40
    return 0


def parts_of_company(text, score):
    """Both names of a company that is printed in two languages on one line."""
    found = re.match(rf"(?P<cjk>[{CJK}()\d\s]+?(?:公司|集团|事务所|研究院))\s+(?P<latin>[A-Za-z][^{CJK}]+)$", text)
    return [(found["cjk"], score), (found["latin"], 30)] if found else [(text, score)]


def parts(text):
    """A line that says several things: 张晓明 | 销售总监, 张晓明 Michael Zhang, John Smith - Sales Manager."""
    parts = [part.strip() for part in PIECES.split(text) if part and part.strip()]
    if len(parts) > 1:
        return parts
    spread = NOT_A_WORD.sub("", text)
    if re.fullmatch(f"[{CJK}]{{2,4}}", spread) and " " in text and chinese_name(spread) and not is_title(spread):
        return [spread]
    parts = re.split(rf"(?<=[{CJK})])\s+(?=[(A-Za-z])|(?<=[A-Za-z.)])\s+(?=[{CJK}])", text)
    if len(parts) > 1:
        return [part.strip(" ()") for part in parts]
    if found := re.fullmatch(rf"([{CJK}]{{2,4}})\s*[(]?([A-Za-z][A-Za-z .]+?)[)]?", text):
        return [found[1], found[2]]
    tokens = text.split()
    if CJK_CHARACTER.search(text) and len(tokens) > 1:
        for cut in range(1, len(tokens)):
            first, last = "".join(tokens[:cut]), "".join(tokens[cut:])
            if chinese_name(first) and not is_title(first) and is_title(last):
                return [first, " ".join(tokens[cut:])]
            if chinese_name(last) and not is_title(last) and is_title(first):
                return [" ".join(tokens[:cut]), last]
    for cut in () if words.TITLE_START.fullmatch(text) else (2, 3, 4):  # 王建国总经理, but not 高级经理
        if chinese_name(text[:cut]) and not is_title(text[:cut]) and words.TITLE_START.match(text[cut:]):
            return [text[:cut], text[cut:]]
    parts = re.split(r"\s*(?:,|\s-|/|:)\s+", text, maxsplit=1)
    if len(parts) > 1 and is_title(parts[0]) != is_title(parts[1]) and name_score(parts[is_title(parts[0])]):
        return parts
    return [text]


def chinese_name(text):
    text = NOT_A_WORD.sub("", text)
    if not re.fullmatch(f"[{CJK}]{{2,4}}", text):
        return False
    return text[:2] in words.SURNAMES_OF_TWO and len(text) > 2 or text[0] in words.SURNAMES and len(text) < 4


def tidy_name(text):
    text = COURTESY.sub("", text).strip(" ,")
    return NOT_A_WORD.sub("" if CJK_CHARACTER.search(text) else " ", text)


def name_score(text):
    """0: no name of a person; the higher, the surer."""
    text = COURTESY.sub("", text).strip(" ,")
    if re.fullmatch(f"[{CJK}\\s·]{{2,12}}", text):
        if chinese_name(text):
            return 60
        return 30 if "·" in text else 0
    tokens = re.sub(r"\([A-Za-z .]+\)|\"[A-Za-z]+\"", " ", text).split()
    if not 2 <= len(tokens) <= 4 or re.search(r"\d", text):
        return 0
    person = re.compile(r"(?:[A-Z][A-Za-zÀ-ÿ'’-]*\.?|de|van|von|der|bin|al|la|di|da)")
    if not all(person.fullmatch(token) for token in tokens) or not any(len(token) > 2 for token in tokens):
        return 0
    return 40 if not words.COMPANY_LATIN.search(text) else 0
