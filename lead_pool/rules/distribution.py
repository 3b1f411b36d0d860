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

from dataclasses import dataclass

from .facts import OK, Entry, Member, Policy, Verdict

ROTATE = Policy(strategy="rotation")

TIE = 1e-6  # leads; credit is stored with nine digits, so equal ones may differ in the last of them

#: Why a distribution left a lead waiting or passed a member over, besides :data:`facts.REFUSALS`.
DISTRIBUTION_CODES = (
    "manual_pool",  # the pool's admins give its leads out by hand
    "no_eligible_member",  # no member may get a lead now
    "no_weight",  # the member's share of the rotation is 0
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets one lead (``user_id`` 0: nobody, see ``code``), and why."""

    entry_id: int
    user_id: int = 0
    code: str = ""  # why nobody got it
    rank: int = 0  # of the winner's credit among the candidates, 1 is the first
    tie_break: str = ""  # what decided between equal credits


def verdict_on(member):
    """Why a member is no candidate; ``''`` when he is one.

    >>> verdict_on(Member(1, paused=True))
    'paused'
    """
    if not member.active:
        return "user_inactive"
    if member.paused:
        return "paused"
    if member.weight <= 0:
        return "no_weight"
    if member.load.held.full:
        return "capacity_full"
    return ""


def allocate(entries, members, policy, *, overall=None):
    """Choose a holder for each lead, in the order given.

    :param entries: ``[Entry]``, the most urgent first
    :param members: ``[Member]`` of the pool; their ``credit`` and ``load`` are counted up in place
    :param Policy policy: ``strategy`` is ``manual``, ``default_assignee`` or ``rotation``
    :param overall: ``{user_id: Load}`` in all pools, counted up in place
    :returns: ``[Choice]``, one for each entry
    """
    chooser = _STRATEGIES[policy.strategy]
    return [chooser(entry, members, policy, overall or {}) for entry in entries]


def candidates(members, overall=None):
    """Everybody's verdict and credit at this moment, for the record of a decision.

    :returns: ``[(user_id, code, credit)]``; the code is empty for who may get leads
    """
    return [(member.user_id, _verdict_everywhere(member, overall or {}), round(member.credit, 6)) for member in members]


def _verdict_everywhere(member, overall):
    load = overall.get(member.user_id)
    return verdict_on(member) or ("capacity_all_full" if load and load.held.full else "")


def _free(members, overall):
    return [member for member in members if not _verdict_everywhere(member, overall)]


def _give(entry, member, overall, **words):
    member.load.held.used += 1
    if load := overall.get(member.user_id):
        load.held.used += 1
    return Choice(entry.id, member.user_id, **words)


def _manual(entry, members, policy, overall):
    return Choice(entry.id, code="manual_pool")


def _default_assignee(entry, members, policy, overall):
    for member in members:
        if member.user_id == policy.default_assignee_id:
            if code := _verdict_everywhere(member, overall):
                return Choice(entry.id, code=code)
            return _give(entry, member, overall, rank=1)
    return Choice(entry.id, code="not_member")


def _rotation(entry, members, policy, overall):
    free = _free(members, overall)
    if not free:
        return Choice(entry.id, code="no_eligible_member")
    total = sum(member.weight for member in free)
    for member in free:
        member.credit += member.weight / total
    most = max(member.credit for member in free)
    tied = [member for member in free if member.credit > most - TIE]
    # the order of the list must not matter: equal credit goes to the larger weight, then to the
    # older user
    winner, *others = sorted(tied, key=lambda member: (-member.weight, member.user_id))
    tie_break = ""
    if others:
        tie_break = "weight" if others[0].weight != winner.weight else "user_id"
    winner.credit -= 1
    return _give(entry, winner, overall, rank=1, tie_break=tie_break)


_STRATEGIES = {"manual": _manual, "default_assignee": _default_assignee, "rotation": _rotation}


def may_assign(entry, target, overall, *, over_capacity=False, actor_may=True):
    """May an admin give this lead to this user?

    :param Entry entry: waiting or held, ``None`` if the admin may not know of it
    :param Member target: the user's place in the pool, ``None`` if he is no member
    :param Load overall: what he holds in all pools
    :param over_capacity: the admin knowingly exceeds the capacity
    :param actor_may: the caller is an admin of the pool
    :rtype: Verdict
    """
    if entry is None:
        return Verdict("unknown")
    if not actor_may:
        return Verdict("not_admin")
    if entry.state == "closed":
        return Verdict("closed")
    if entry.archived:
        return Verdict("archived")
    if target is None:
        return Verdict("target_not_member")
    if not target.active:
        return Verdict("user_inactive")
    if entry.state == "held" and entry.user_id == target.user_id:
        return Verdict("taken")
    if not over_capacity and (target.load.held.full or overall.held.full):
        return Verdict("target_full")
    return OK


def assign_batch(entries, targets, overall, *, over_capacity=False, may=None):
    """Verdicts for several leads given to one user: each one allowed counts for the next.

    :param targets: ``{pool_id: Member}`` of the user who shall get them; counted up in place
    :param overall: his ``Load`` in all pools, counted up in place
    :param may: ``{pool_id: bool}``, whether the caller is an admin of the pool
    """
    answers, seen = [], set()
    for entry in entries:
        if entry and entry.id in seen:
            answers.append(Verdict("taken"))
            continue
        target = targets.get(entry.pool_id) if entry else None
        allowed = (may or {}).get(entry.pool_id, False) if entry else False
        verdict = may_assign(entry, target, overall, over_capacity=over_capacity, actor_may=allowed)
        if verdict:
            seen.add(entry.id)
            target.load.held.used += 1
            overall.held.used += 1
        answers.append(verdict)
    return answers


__all__ = [
    "DISTRIBUTION_CODES",
    "Choice",
    "Entry",
    "Member",
    "Policy",
    "allocate",
    "assign_batch",
    "candidates",
    "may_assign",
    "verdict_on",
]
