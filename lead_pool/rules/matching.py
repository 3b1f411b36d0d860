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
from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import NamedTuple

from . import company
from .identity import KINDS, LOOKED_UP, SHARED_BY_MANY, folded

#: A match with less is not told: more often it is a stranger.
LIKELY = 0.5
SURE = 0.85

#: So many leads and customers a key are looked at; of more, one cannot say who is meant.
LOOKED_AT = SHARED_BY_MANY + 1
#: Rows of a batch are matched as leads of numbers that no lead has: this is the first row.
FIRST_ROW = 2**31

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

    @cached_property
    def company_key(self):
        return next((key for kind, key in self.keys if kind == "company"), "")

    @cached_property
    def is_registered(self):
        return any(kind == "registry" for kind, _key in self.keys)

    @cached_property
    def domains(self):
        """Domains of its mail that are a company's."""
        return {key.partition("@")[2] for kind, key in self.keys if kind == "email"} - FREE_MAIL


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
    if firm != DIFFERENT and asked.is_registered and known.is_registered and "registry" not in kinds:
        firm = DIFFERENT
    if not agreed and firm in (DIFFERENT, UNKNOWN):
        return (), 0.0, False
    who = people(asked.contact, known.contact)
    score = _by_company(asked, known, firm, who)
    if "registry" in kinds:
        score = 1.0
    if any(is_personal(kind, key) for kind, key in agreed):
        score = max(score, _by_person(firm, who))
    if any(kind in ("phone", "email") and not is_personal(kind, key) for kind, key in agreed):
        score = max(score, _by_desk(firm, who))
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
    together = who == SAME or not asked.domains.isdisjoint(known.domains)
    if firm == company.SAME:
        is_equal = ("company", asked.company_key) in known.keys
        return 0.9 if together else 0.85 if is_equal and says_much(asked.company_key) else 0.75
    if firm == company.LIKE:
        return 0.85 if together else 0.7
    if asked.domains.isdisjoint(known.domains):
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
    left, right = _person(left), _person(right)
    if not left or not right or left.is_ascii != right.is_ascii:
        return UNKNOWN  # also 王伟, Wang Wei
    a, b = sorted((left.joined, right.joined), key=len)
    if not a:
        return UNKNOWN
    titled = left.is_titled or right.is_titled
    if sorted(left.words) == sorted(right.words) or a == b or (titled and b.startswith(a) and len(a) == 1):
        return SAME
    left, right = left.words, right.words
    initials = [word for word in (*left, *right) if len(word) == 1 and word.isascii()]
    if initials and left and right and left[-1] == right[-1] and left[0][0] == right[0][0]:
        return SAME
    return DIFFERENT


class Person(NamedTuple):
    """A contact's name as it is compared."""

    is_ascii: bool
    is_titled: bool
    words: tuple
    joined: str


@lru_cache(maxsize=20_000)
def _person(text):
    """``None`` for no name."""
    name = folded(text)
    if not name:
        return None
    found = tuple(re.findall(r"[^\W\d_]+", TITLES.sub("", name)))
    return Person(name.isascii(), bool(HONORIFIC.search(name)), found, "".join(found))


def best_first(matches):
    """Sorted: the sure ones, then by score, the customers before the leads, the oldest first.

    >>> [match.id for match in best_first([Match("crm.lead", 2, score=0.8), Match("crm.lead", 1, score=0.8),
    ...                                    Match("crm.lead", 3, score=0.7, sure=True)])]
    [3, 1, 2]
    """
    return sorted(matches, key=lambda match: (not match.sure, -match.score, match.model != "res.partner", match.id))


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who is asked for."""

    facts: Facts
    keys: frozenset  # ``{(kind, key)}`` by which he is looked up: his own, and those of names that may be alike
    company_id: int = 0  # found is what belongs to it or to none; 0: everything


class Crowd:
    """All who may be somebody that is asked for: known ones, and rows of his batch that come before him.

    Of a key :data:`LOOKED_AT` are looked at, the known ones first, then the rows as they come: that is how they are
    found once they are leads.

    >>> li = Asked(facts([("phone", "+8613800138000")], contact="李娜"), frozenset([("phone", "+8613800138000")]))
    >>> crowd = Crowd({}, {})
    >>> crowd.add(0, li)
    >>> [match.id - FIRST_ROW for match in crowd.matches(li)], crowd.matches(li, before=0)
    ([0], [])
    """

    def __init__(self, owners, known):
        """
        :param owners: ``{(kind, key): [(model, id)]}``
        :param known: ``{(model, id): (company id, Facts)}`` of all of these
        """
        self._owners = owners
        self._known = dict(known)
        self._rows_with = defaultdict(list)  # {(kind, key): [(model, id)]}, in their order

    def add(self, row, asked):
        """A row that becomes a lead is one of those who may be a later one."""
        owner = _of_row(row)
        self._known[owner] = asked.company_id, asked.facts
        for key in asked.keys:
            insort(self._rows_with[key], owner)

    def remove(self, row, asked):
        """It is not certain yet that this row becomes a lead."""
        owner = _of_row(row)
        for key in asked.keys:
            rows = self._rows_with[key]
            del rows[bisect_left(rows, owner)]

    def known_leads(self):
        """Ids of the leads that were there before."""
        return [one for model, one in self._known if model == "crm.lead" and one < FIRST_ROW]

    def matches(self, asked, before=None, without=frozenset()):
        """Who it is or may be, the best first.

        :param before: a row: of the batch only those before it are asked
        :param without: rows that are not asked either
        """
        found, shared = set(), set()
        for key in asked.keys:
            owners = self._with_key(key, before, without)
            found.update(owners)
            if len(owners) >= LOOKED_AT and key[0] not in (LOOKED_UP, "company"):
                if is_shared([self._known[owner][1].company_key for owner in owners]):
                    shared.add(key)
        matches = []
        for owner in found:
            company_id, known = self._known[owner]
            if asked.company_id and company_id not in (None, asked.company_id):
                continue
            by, score, sure = judge(asked.facts, known, shared)
            if score:
                matches.append(Match(*owner, by, score, sure))
        return best_first(matches)

    def _with_key(self, key, before, without):
        owners = self._owners.get(key, [])
        rows = self._rows_with.get(key)
        if not rows:
            return owners
        end = len(rows) if before is None else bisect_left(rows, _of_row(before))
        asked = (owner for owner in islice(rows, end) if owner[1] - FIRST_ROW not in without)
        return owners + list(islice(asked, LOOKED_AT - len(owners)))


def _of_row(row):
    return "crm.lead", FIRST_ROW + row
