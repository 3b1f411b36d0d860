"""Who gets these leads?

The rotation is *smooth weighted round robin* (the scheme of nginx's upstream balancer, 2012; a
deficit round robin after Shreedhar and Varghese, 1995, with a quantum of one lead): for each lead
every eligible member earns his share of it as credit, the one with most credit gets the lead and
pays one. The credits stay with the members, so the rotation goes on where it stopped, also after a
restart. Who is away earns nothing and owes nothing: on his return he is neither flooded nor passed
over.

>>> members = [Member(1, weight=2), Member(2, weight=1)]
>>> [choice.user_id for choice in allocate([Entry(n) for n in range(6)], members, ROTATE)]
[1, 2, 1, 1, 2, 1]
"""

from copy import deepcopy
from dataclasses import replace
from typing import NamedTuple

from .facts import AssignRule, Entry, Member, Policy
from .strategies import STRATEGIES, Bench, Choice, affinity, compared, conversion_rates, verdict_on

ROTATE = Policy(strategy="rotation")

#: Why a distribution left a lead waiting or passed a member over, besides :data:`facts.REFUSALS`.
DISTRIBUTION_CODES = (
    "manual_pool",  # the pool's admins give its leads out by hand
    "no_eligible_member",  # no member may get a lead now
    "no_weight",  # the member's share of the rotation is 0
    "away",  # the member is on leave
    "off_hours",  # the pool gives out leads in its working hours only
    "not_in_rule",  # the rule gives its leads to others
    "not_assignee",  # the rule or pool gives its leads to one person
    "not_skilled",  # others have the skills for this lead
    "not_next",  # another member's turn, or a better record, or fuller hands
)


class Candidate(NamedTuple):
    """How one member stood when a decision was made."""

    user_id: int
    code: str  # why he cannot take leads; empty: he can
    credit: float  # leads
    held: int
    limit: int  # of ``held``; 0: none
    weight: float


def verdict_on_pool(now, opens):
    """Why a pool that rests outside its working hours gives out nothing now; ``''`` when it is open.

    :param datetime now: naive UTC
    :param opens: the first open moment from ``now`` on, ``None`` if it never opens

    >>> from datetime import datetime
    >>> verdict_on_pool(datetime(2026, 3, 7, 10), datetime(2026, 3, 9, 9))
    'off_hours'
    """
    return "" if opens == now else "off_hours"


def allocate(entries, members, policy, *, overall=None):
    """Choose a holder for each lead, in the order given.

    Each lead goes to who knows its company, if the pool wants that; else by the first distribution
    rule whose condition holds and that has an eligible member; else by the pool's own strategy.

    :param entries: ``[Entry]``, the most urgent first
    :param members: ``[Member]`` of the pool; their ``credit`` and ``load`` are counted up in place
    :param Policy policy: ``strategy`` is one of :data:`STRATEGIES`
    :param overall: ``{user_id: Load}`` in all pools, counted up in place
    :returns: ``[Choice]``, one for each entry
    """
    bench = Bench(members, overall or {})
    return [_allocate_one(entry, bench, policy) for entry in entries]


def _own_rule(policy):
    return AssignRule(0, policy.strategy, policy.default_assignee_id)


def _allocate_one(entry, bench, policy):
    differs = bench.differs  # before this lead
    bench.barred = entry.barred
    if policy.affinity and (choice := affinity(entry, bench)):
        return replace(choice, differs=differs)
    passed = []
    for rule in (*(rule for rule in policy.rules if rule.id in entry.matches), _own_rule(policy)):
        choice = STRATEGIES[rule.strategy](entry, bench, rule)
        if choice.user_id or rule.if_nobody == "wait":
            break
        if rule.id:
            passed.append((rule.id, choice.code))
    return replace(choice, differs=differs, passed=tuple(passed)) if differs or passed else choice


def candidates(members, overall=None):
    """Everybody as he stands at this moment, for the record of a decision.

    :returns: ``[Candidate]``
    """
    bench = Bench(members, overall or {})
    return [
        Candidate(
            member.user_id,
            bench.out.get(member.user_id, ""),
            round(member.credit, 6),
            member.load.held.used,
            member.load.held.limit,
            member.weight,
        )
        for member in members
    ]


def standings(entry, members, policy, *, overall=None):
    """How each member stood for this lead, before anybody gets it: the answer to "why not me?".

    :returns: ``{user_id: (code, value)}``; the code is ``''`` for who gets it, and ``value`` what the
        strategy compares: credit in leads, load as a part of the capacity or a number, expected
        conversion; ``None`` for who was no candidate
    """
    bench = Bench(members, overall or {})
    trial = Bench(deepcopy(members), deepcopy(bench.overall))
    choice = _allocate_one(entry, trial, policy)
    rule = next((rule for rule in policy.rules if rule.id == choice.rule_id), _own_rule(policy))
    values = compared(choice.strategy, entry, bench)
    return {
        member.user_id: (
            "" if member.user_id == choice.user_id else _passed_over(entry, member, bench, rule, choice),
            values.get(member.user_id),
        )
        for member in members
    }


def _passed_over(entry, member, bench, rule, choice):
    """Why this member did not get the lead that was, or was not, given."""
    if code := bench.out.get(member.user_id):
        return code
    if rule.user_ids and member.user_id not in rule.user_ids:
        return "not_in_rule"
    if choice.strategy == "default_assignee":
        return "not_assignee"
    if choice.strategy == "skill":
        skilled = {other.user_id for other in bench.free(rule)} & entry.skilled
        if (skilled and member.user_id not in skilled) or (not skilled and member.skills):
            return "not_skilled"
    return "manual_pool" if choice.strategy == "manual" else "not_next"


__all__ = [
    "DISTRIBUTION_CODES",
    "STRATEGIES",
    "AssignRule",
    "Candidate",
    "Choice",
    "Entry",
    "Member",
    "Policy",
    "allocate",
    "candidates",
    "conversion_rates",
    "standings",
    "verdict_on",
    "verdict_on_pool",
]
