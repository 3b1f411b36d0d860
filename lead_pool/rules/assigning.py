"""May these leads be given to this colleague by hand?

>>> from .facts import Counter, Entry, Load, Member
>>> full = Member(7, load=Load(held=Counter(30, 30)))
>>> may_assign(Entry(1), full, Load()).code
'target_full'
>>> bool(may_assign(Entry(1), full, Load(), over_capacity=True))
True
"""

from .facts import OK, Verdict


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
