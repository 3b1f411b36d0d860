"""Are two names those of one company, though they are not typed alike?

Compared are the parts that tell companies apart: the name proper, its region, its numbers, its branch. A Chinese name
is ``region + brand + trade + legal form``; the region may stand in front, in brackets, or be left out. What decides in
the end is the brand, so that a brand must be equal: 华为 and 华维 are two companies. A Latin name is a bag of words.

>>> relation("星河科技（北京）有限公司", "北京市星河科技股份有限公司"), relation("华为技术", "华维技术")
('same', 'different')
>>> relation("Brigthwater Systems Ltd", "Systems Brightwater"), relation("Galaxy Trading", "Galaxy Travel")
('like', 'different')
>>> relation("大疆", "深圳市大疆创新科技有限公司"), relation("大疆", "")
('related', 'unknown')
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from .identity import CJK_CHARACTER, CJK_END, FORMS_AT_END, FORMS_AT_START, company_key, folded, words
from .regions import CITIES, PROVINCES

#: How two names relate: one name in two spellings; alike but for a typo; one may be the other's short name (only with
#: something else that agrees); two companies; nothing is known of one of them.
SAME, LIKE, RELATED, DIFFERENT, UNKNOWN = "same", "like", "related", "different", "unknown"

#: What a company does: it follows the brand and is no brand.
TRADES = sorted(
    "科技 技术 网络 信息 软件 电子 电器 电气 贸易 商贸 实业 工业 投资 控股 咨询 管理 服务 物流 运输 速运 速递 "
    "快递 货运 餐饮 食品 乳业 饮料 酒店 旅游 文化 传媒 传播 广告 影业 电影 教育 培训 医药 医疗 器械 生物 制药 "
    "药业 新药 化工 化学 材料 新材料 机械 设备 机电 装备 智能 机器人 汽车 客车 家具 家居 装饰 装修 建材 建筑 "
    "工程 建设 房地产 地产 置业 置地 物业 服饰 服装 纺织 珠宝 五金 模具 塑胶 包装 印刷 能源 电力 燃气 新能源 "
    "环保 农业 农机 水产 证券 银行 保险 财务 金融 基金 资产 财产 租赁 通讯 通信 移动 数字 数码 数据 计算 互联网 "
    "电商 电子商务 国际 发展 开发 企业 创新 产业 系统 集成 制造 销售 工贸 进出口 供应链 体育 用品 会计师事务所 "
    "律师事务所 事务所 大学 学院 学校 医院 幼儿园 中学 小学 研究所 研究院 设计 电网 高速 煤炭 啤酒 能源 航空 "
    "水泥 广播 电视台 地铁 集团 中国".split(),
    key=len,
    reverse=True,
)
TRADE = "|".join(TRADES)
TRADES_AT_END = re.compile(f"(?:{TRADE})+$")
ONLY_TRADES = re.compile(f"(?:{TRADE})*")
BRANCH = re.compile(
    "(?:分公司|分行|支行|分校|分院|分店|营业部|办事处|营业厅|分部|供电公司|店)$|\\b(?:branch|niederlassung|filiale|store)\\b"
)
#: What is left of a legal form that was typed badly.
FORM_LEFT = re.compile("(?:股份?有限公?\\w?司*|股份|有限责任公?司*|有限公?\\w?|公司*|集团|控股集团|(?<!控)股)+$")
REPEATED = re.compile("(..)\\1+")
REGION = re.compile(
    f"({'|'.join(sorted(PROVINCES, key=len, reverse=True))})"
    "(?:壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区|省|市)?"
)
CITY = re.compile(f"({'|'.join(sorted(CITIES, key=len, reverse=True))})(?:市|县|地区)?")
#: A district after its city; never the first characters of the name proper ("小区物业").
DISTRICT = re.compile("([\u4e00-\u9fff]{2,3}?)(?:工业园区|开发区|高新区|新区|园区|区|县|镇|街道)(?=[\u4e00-\u9fff]{4})")
PARK = re.compile("^(?:经济技术开发区|工业园区|开发区|高新区)")
IN_BRACKETS = re.compile("[(\\[【]([\u4e00-\u9fff]+)[)\\]】]")
NUMERALS = str.maketrans("零〇一二三四五六七八九", "00123456789")
NUMBER = re.compile("\\d+|[十百千]+")
NUMERAL_RUN = re.compile("[零〇一二三四五六七八九]+")
LATIN_TAIL = re.compile("(?<=[\u4e00-\u9fff]{2})[a-z]{3,}$")  # behind a name of two characters or more

SMALL_WORDS = frozenset("and und et y of the de du la le les for & private".split())
#: Words of one meaning, by the shortest; what is here is never the brand.
SHORTER = {
    long: short
    for short, longs in {
        "tech": "technology technologies technical",
        "intl": "international int", "mfg": "manufacturing manufacturer manuf",
        "eng": "engineering engineers", "ind": "industry industries industrial",
        "pharma": "pharmaceutical pharmaceuticals",
        "svc": "service services svcs", "elec": "electronic electronics electrical electric", "st": "saint",
        "equip": "equipment", "univ": "university", "agri": "agricultural agriculture", "log": "logistics logistic",
        "auto": "automotive automobile", "bros": "brothers bro", "mach": "machinery",
        "lab": "laboratories laboratory labs",
        "dev": "development developments", "natl": "national nat", "imp": "import imports", "exp": "export exports",
        "sys": "system systems", "mgmt": "management", "cons": "construction constructions",
        "assoc": "associates association",
        "ctr": "center centre", "dept": "department", "fin": "finance financial",
    }.items()
    for long in longs.split()
}  # fmt: skip
#: Electric is not electronic: here the short word may be either, the long ones are not each other.
TELL_APART = frozenset("electronic electronics electrical electric industrial".split())
LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "a", "œ": "o", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
UMLAUTS = re.compile("([aou])e")

SHORT_WORD = 6  # letters; a shorter one must be equal
SHORT_NAME = 5  # letters; a shorter name is nobody's short name for sure
SUBSTITUTED = 9  # letters; in a shorter word another letter makes another word: shipping, shopping
HEAD = 4  # Chinese characters of brand and trade that must be equal
BLOCK = 3  # the first Chinese characters by which names are looked up


@dataclass(frozen=True)
class Name:
    """A company's name in the parts by which it is compared."""

    key: str  # see :func:`.identity.company_key`
    core: str = ""  # Chinese: brand and trade
    brand: str = ""  # Chinese: the core without its trade
    regions: frozenset = frozenset()
    numbers: tuple = ()
    is_branch: bool = False
    words: tuple = ()  # Latin: sorted


@lru_cache(maxsize=20_000)
def relation(left, right):
    """:data:`SAME`, :data:`LIKE`, :data:`RELATED`, :data:`DIFFERENT` or :data:`UNKNOWN`; of two texts as typed."""
    left, right = parse(left or ""), parse(right or "")
    if not left.key or not right.key:
        return UNKNOWN
    if left.key == right.key:
        return SAME
    if left.is_branch != right.is_branch or left.numbers != right.numbers:
        return DIFFERENT
    if bool(left.core) != bool(right.core):
        return UNKNOWN  # one in Chinese, one in English: nobody can tell
    if left.core:
        return _chinese(left, right)
    return _latin(left, right)


def blocks(text):
    """Keys by which names that may be related are looked up: alike names have one of them in common.

    >>> sorted(blocks("北京星河网络科技有限公司")), blocks("Brigthwater Systems") == blocks("Systems Brightwater")
    (['星河网', '星河网络科技'], True)
    """
    name = parse(text or "")
    if not name.key:
        return set()
    if name.core:
        return {name.core, name.core[:BLOCK]}
    spelled = ["".join(name.words), "".join(SHORTER.get(word, word) for word in name.words)]
    return {"=" + "".join(sorted(letters)) for letters in map(set, spelled) if len(letters) > SHORT_NAME - 2}


@lru_cache(maxsize=20_000)
def parse(text):
    """The parts of a name."""
    key = company_key(text)
    if not key:
        return Name("")
    plain = folded(text)
    branch = bool(BRANCH.search(plain))
    numbers = tuple(sorted(NUMBER.findall(NUMERAL_RUN.sub(lambda run: run[0].translate(NUMERALS), plain))))
    chinese = "".join(CJK_CHARACTER.findall(key))
    if len(chinese) >= 2:
        return _parse_chinese(key, branch, numbers, frozenset(IN_BRACKETS.findall(plain)))
    return Name(key, numbers=numbers, is_branch=branch, words=_latin_words(text))


def _parse_chinese(key, branch, numbers, bracketed):
    tail = LATIN_TAIL.search(key)
    name = company_key(key[: tail.start()]) if tail else key  # "海尔集团 Haier Group"
    text, regions = _without_regions(FORM_LEFT.sub("", name) or name, bracketed)
    text = REPEATED.sub("\\1", FORM_LEFT.sub("", text) or text)
    text = NUMERAL_RUN.sub(lambda run: run[0].translate(NUMERALS) if len(run[0]) > 2 else run[0], text)
    return Name(key, text, TRADES_AT_END.sub("", text), regions, numbers, branch)


def _without_regions(text, bracketed):
    """The name without province, city and district, and these; a name that is nothing else keeps them.

    Within a name only a region in brackets is one: 绿地香港 is not 绿地 of Hong Kong.
    """
    regions, rest = [], text
    for place in (REGION, CITY):
        found = place.match(rest)
        if found:
            regions.append(found[1])
            rest = rest[found.end() :]
    if regions:
        rest = PARK.sub("", rest)
        found = DISTRICT.match(rest)
        if found:
            regions.append(found[1])
            rest = rest[found.end() :]
    for inside in bracketed if not regions else ():
        found = REGION.fullmatch(inside) or CITY.fullmatch(inside)
        if found and inside in rest:
            regions.append(found[1])
            rest = rest.replace(inside, "", 1)
    if len(rest) < 2 or ONLY_TRADES.fullmatch(rest):
        return text, frozenset(regions)
    return rest, frozenset(regions)


def _chinese(left, right):
    if not (left.regions <= right.regions or right.regions <= left.regions):
        return DIFFERENT
    if left.core == right.core:
        return SAME if len(left.core) > 2 or left.regions == right.regions else RELATED
    if left.is_branch:
        return DIFFERENT
    if _one_slip(left.core, right.core):
        return LIKE
    if left.brand and left.brand == right.brand and _either_is_short(left, right):
        return RELATED
    short, long = sorted((left.core, right.core), key=len)
    if len(short) >= 2 and (long.startswith(short) or long.endswith(short)):
        return RELATED
    return DIFFERENT


def _either_is_short(left, right):
    """One of them names no trade, or both have a trade in common."""
    trades = [set(re.findall(TRADE, name.core[len(name.brand) :])) for name in (left, right)]
    return not trades[0] or not trades[1] or bool(trades[0] & trades[1])


def _one_slip(left, right):
    """One character is wrong, missing or too much, behind the brand, and makes no other word of a trade."""
    if min(len(left), len(right)) <= HEAD or abs(len(left) - len(right)) > 1 or left[:HEAD] != right[:HEAD]:
        return False
    start = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    end = 0
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    if max(len(left), len(right)) - start - end > 1:
        return False
    around = [set(re.findall(TRADE, name[HEAD - 2 :])) for name in (left, right)]
    return not (around[0] - around[1] and around[1] - around[0])


def _latin_words(text):
    found = [word for word in words(folded(text)) if word not in SMALL_WORDS and not CJK_END.fullmatch(word)]
    while len(found) > 1 and found[-1] in FORMS_AT_END:
        found.pop()
    while len(found) > 1 and found[0] in FORMS_AT_START:
        found.pop(0)
    return tuple(sorted(filter(None, map(_plain_word, found))))


def _plain_word(word):
    """Without accents; ü is u and ue, a plural its singular."""
    word = word.translate(LETTERS)
    word = "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
    if word in TELL_APART:
        return word
    word = SHORTER.get(word, word)
    word = UMLAUTS.sub(r"\1", word)
    return word[:-1] if len(word) > SHORT_WORD and word.endswith("s") else word


def _latin(left, right):
    a, b = list(left.words), list(right.words)
    for word in left.words:  # what is equal goes
        if word in b:
            a.remove(word)
            b.remove(word)
    if not a and not b:
        return SAME
    if len(a) == len(b) == 1 and (len(left.words) > 1 or len(a[0]) > SHORT_WORD + 2):
        if _same_word(a[0], b[0]):
            return LIKE
    if left.is_branch or (a and b):
        return DIFFERENT
    return RELATED if len("".join(min(left.words, right.words, key=len))) >= SHORT_NAME else DIFFERENT


def _same_word(a, b):
    """A slip of the keyboard, or a word and its abbreviation."""
    if {a, b} & {SHORTER.get(a), SHORTER.get(b)}:
        return True
    if min(len(a), len(b)) < SHORT_WORD or a[0] != b[0] or abs(len(a) - len(b)) > 1:
        return False
    single = [re.sub(r"(.)\1", r"\1", word) for word in (a, b)]
    if single[0] == single[1]:
        return True
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    x, y = a[start:], b[start:]
    if len(a) == len(b):
        return (x[:2] == y[1::-1] and x[2:] == y[2:]) or (len(a) >= SUBSTITUTED and x[1:] == y[1:])
    return x[1:] == y if len(a) > len(b) else y[1:] == x
