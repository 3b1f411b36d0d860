"""Is this the person or company that we know already?

What is equal is weighed with what is not. A mobile number is a person's; a switchboard, a 400-number, info@… are a
company's, or of a building, an agency and a form's placeholder: behind these, names that differ are strangers.

>>> galaxy = facts(company="星河科技（北京）有限公司", contact="李娜", keys={("phone", "+864008001234")})
>>> judge(galaxy, facts(company="北京星河科技", contact="王强", keys={("phone", "+864008001234")}))
(('phone', 'company'), 0.9, True)
>>> judge(galaxy, facts(company="蓝海电子", contact="王强", keys={("phone", "+864008001234")}))
((), 0.0, False)
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from . import company
from .identity import KINDS, SHARED_BY_MANY, folded

#: A match with less is not told: more often it is a stranger.
LIKELY = 0.5
SURE = 0.85

#: Numbers of service desks and of the fixed network; of other countries only what everybody knows to be free of charge.
OF_A_DESK = re.compile(r"#.*|\+86(?!1[3-9]\d{9}$).*|\+1(?:800|888|877|866|855|844|833)\d+|\+(?:44|49|33|39|34)80\d+")
ROLES = frozenset(
    "info sales contact office admin service support hello mail email hr jobs marketing noreply no-reply donotreply "
    "enquiries enquiry inquiry webmaster postmaster help billing accounts accounting finance purchase purchasing order "
    "orders export import business cs kefu shouhou xiaoshou team reception".split()
)
FREE_MAIL = frozenset(
    "qq.com foxmail.com 163.com 126.com yeah.net vip.163.com vip.qq.com sina.com sina.cn vip.sina.com sohu.com "
    "tom.com 21cn.com 139.com 189.cn wo.cn aliyun.com gmail.com googlemail.com outlook.com hotmail.com live.com "
    "live.cn msn.com yahoo.com yahoo.cn yahoo.com.cn yahoo.co.jp icloud.com me.com mac.com aol.com gmx.de "
    "gmx.net gmx.com web.de t-online.de freenet.de mail.ru yandex.ru bk.ru proton.me protonmail.com zoho.com "
    "naver.com daum.net hanmail.net orange.fr wanadoo.fr free.fr laposte.net libero.it wp.pl o2.pl".split()
)
TITLES = re.compile(
    r"^(?:mr|mrs|ms|dr|herr|frau)\.?\s+|(?:先生|女士|小姐|太太|总经理|总监|经理|主任|老师|董事长|总|工|\(.*\))$"
)
HONORIFIC = re.compile(r"(?:先生|女士|小姐|太太|总经理|总监|经理|主任|老师|董事长|总|工)$")

SAME, DIFFERENT, UNKNOWN = company.SAME, company.DIFFERENT, company.UNKNOWN


@dataclass(frozen=True)
class Match:
    """A lead or customer that somebody is, or may be."""

    model: str  # "crm.lead" or "res.partner"
    id: int
    by: tuple = ()  # the kinds of keys that agree, what says most first; "company" also when it is only alike
    score: float = 0.0  # 0 to 1
    sure: bool = False  # the same person or company: good enough to act on without a human


@dataclass(frozen=True)
class Facts:
    """What is known of a person or company."""

    keys: frozenset  # {(kind, key)}, see :data:`.identity.KINDS`
    company: str = ""  # as typed
    contact: str = ""  # as typed

    @property
    def company_key(self):
        return next((key for kind, key in self.keys if kind == "company"), "")


def facts(keys=(), company="", contact=""):
    return Facts(frozenset(keys), company or "", contact or "")


def judge(asked, known, shared=frozenset()):
    """What speaks for two being one: ``(kinds that agree, score, whether that is sure)``.

    :param Facts asked: the one
    :param Facts known: the other
    :param shared: keys that are known to be of many strangers, see :func:`is_shared`

    >>> judge(facts(company="Galaxy Trading"), facts(company="Galaxy Travel"))
    ((), 0.0, False)
    >>> judge(facts(company="Brightwater Systems"), facts(company="Brigthwater Systems", contact="Ann"))
    (('company',), 0.7, False)
    """
    agreed = (asked.keys & known.keys) - shared
    kinds = {kind for kind, _key in agreed}
    firm = company.relation(asked.company, known.company)
    if firm != DIFFERENT and "registry" not in kinds and _is_registered(asked) and _is_registered(known):
        firm = DIFFERENT
    if not agreed and firm in (DIFFERENT, UNKNOWN):
        return (), 0.0, False
    who = people(asked.contact, known.contact)
    personal = any(is_personal(kind, key) for kind, key in agreed)
    of_desk = any(not is_personal(kind, key) and kind in ("phone", "email") for kind, key in agreed)
    score = max(
        1.0 if "registry" in kinds else 0.0,
        _by_person(firm, who) if personal else 0.0,
        _by_desk(firm, who) if of_desk else 0.0,
        _by_company(asked, known, firm, who),
    )
    if score < LIKELY:
        return (), 0.0, False
    if firm in (company.SAME, company.LIKE):
        kinds.add("company")
    else:
        kinds.discard("company")
    return tuple(kind for kind in KINDS if kind in kinds), score, score >= SURE


def _by_person(firm, who):
    """A mobile number, a WeChat account or an address of a person is equal."""
    if firm != DIFFERENT or who == SAME:
        return 0.95 if who != DIFFERENT else 0.9
    return 0.6 if who == UNKNOWN else 0.3  # he works elsewhere by now, or the number is another one's


def _by_desk(firm, who):
    """A switchboard's number or an address of a role is equal."""
    if firm in (company.SAME, company.LIKE, company.RELATED):
        return 0.9
    if who == SAME:
        return 0.85 if firm == UNKNOWN else 0.6
    return 0.6 if firm == UNKNOWN and who == UNKNOWN else 0.3


def _by_company(asked, known, firm, who):
    """Nothing but the name of the company; with its contact or its mail it is sure."""
    if firm not in (company.SAME, company.LIKE, company.RELATED):
        return 0.0
    together = who == SAME or bool(_domains(asked) & _domains(known))
    if firm == company.SAME:
        is_equal = ("company", asked.company_key) in known.keys
        return 0.9 if together else 0.85 if is_equal and says_much(asked.company_key) else 0.75
    if firm == company.LIKE:
        return 0.85 if together else 0.7
    if not _domains(asked) & _domains(known):
        return 0.0
    return 0.85 if who == SAME else 0.6


def says_much(key):
    """Whether a company's key is so long that hardly another one has it.

    >>> says_much("星河"), says_much("星河科技"), says_much("galaxy"), says_much("galaxytrading"), says_much("")
    (False, True, False, True, False)
    """
    return len(key) >= (8 if key.isascii() else 4)


@lru_cache(maxsize=20_000)
def is_personal(kind, key):
    """Whether a key is of one person: not of a desk, a role or a company.

    >>> [is_personal("phone", key) for key in ("+8613800138000", "+864008001234", "+861065529988", "#65529988")]
    [True, False, False, False]
    >>> is_personal("email", "info@galaxy.example"), is_personal("email", "li@galaxy.example")
    (False, True)
    """
    if kind == "phone":
        return not OF_A_DESK.fullmatch(key)
    if kind == "email":
        return key.partition("@")[0].split("+")[0] not in ROLES
    return kind == "wechat"


def _is_registered(one):
    return any(kind == "registry" for kind, _key in one.keys)


def _domains(one):
    """Domains of its mail that are a company's."""
    domains = {key.partition("@")[2] for kind, key in one.keys if kind == "email"}
    return domains - FREE_MAIL


def is_shared(companies):
    """Whether a key is of strangers, by the companies of those who have it.

    :param companies: the companies' keys, ``""`` for unknown; at most so many are looked at as say enough

    >>> is_shared(["a", "b"]), is_shared(["galaxy"] * 30), is_shared([f"company {n}" for n in range(30)])
    (False, False, True)
    >>> is_shared([""] * 30)
    True
    """
    if len(companies) <= SHARED_BY_MANY:
        return False
    return len(set(companies) - {""}) > 3 or not any(companies)


@lru_cache(maxsize=20_000)
def people(left, right):
    """Whether two contacts' names are of one person: SAME, DIFFERENT or UNKNOWN.

    >>> people("李娜 女士", "李娜"), people("李女士", "李娜"), people("Smith, John", "John Smith")
    ('same', 'same', 'same')
    >>> people("J. Smith", "John Smith"), people("Ann", "Bob"), people("", "Ann"), people("李总", "王总")
    ('same', 'different', 'unknown', 'different')
    """
    left, right = folded(left), folded(right)
    if not left or not right:
        return UNKNOWN
    if left.isascii() != right.isascii():
        return UNKNOWN  # 王伟, Wang Wei
    titled = any(HONORIFIC.search(name) for name in (left, right))
    left, right = (re.findall(r"[^\W\d_]+", TITLES.sub("", name)) for name in (left, right))
    a, b = sorted(("".join(left), "".join(right)), key=len)
    if not a:
        return UNKNOWN
    if sorted(left) == sorted(right) or a == b or (titled and b.startswith(a) and len(a) == 1):
        return SAME
    initials = [word for word in (*left, *right) if len(word) == 1 and word.isascii()]
    if initials and left and right and left[-1] == right[-1] and left[0][0] == right[0][0]:
        return SAME
    return DIFFERENT


def best_first(matches):
    """Sorted: the sure ones, then by score, the customers before the leads, the oldest first.

    >>> [match.id for match in best_first([Match("crm.lead", 2, score=0.8), Match("crm.lead", 1, score=0.8),
    ...                                    Match("crm.lead", 3, score=0.7, sure=True)])]
    [3, 1, 2]
    """
    return sorted(matches, key=lambda match: (not match.sure, -match.score, match.model != "res.partner", match.id))
