"""May this rep take this lead now?

>>> from datetime import datetime
>>> noon = datetime(2026, 3, 2, 12)
>>> me = Member(7, load=Load(held=Counter(30, 30)))
>>> may_claim(Entry(1), me, Load(), Policy(), now=noon).code
'capacity_full'
>>> may_claim(Entry(1, state="held", user_id=9), me, Load(), Policy(), now=noon).code
'taken'
"""

from datetime import timedelta

from .facts import OK, Counter, Entry, Load, Member, Policy, Verdict

__all__ = ["Counter", "Entry", "Load", "Member", "Policy", "claim_batch", "may_claim"]


def may_claim(entry, member, overall, policy, *, now, backlog=0, windows=None, first_ids=None):
    """Whether ``member`` may take the lead of ``entry``.

    :param Entry entry: the lead, or ``None`` for one that he may not know of
    :param Member member: his place in the lead's pool, or ``None``
    :param Load overall: what he holds and took in all pools of the company
    :param Policy policy: the pool's rules
    :param datetime now: UTC
    :param int backlog: leads in his hands that he has not followed up
    :param windows: ``{'hour': …, 'day': …}``, UTC moments at which the counters start again;
        ``day_all`` where the day of all pools ends at another moment than the pool's
    :param first_ids: ids of the entries that are next in an ordered pool, else ``None``
    :rtype: Verdict
    """
    if entry is None or member is None:
        return Verdict("unknown" if entry is None else "not_member")
    verdict = _state_verdict(entry, member.user_id)
    if not verdict:
        return verdict
    if not member.active:
        return Verdict("user_inactive")
    if not policy.claimable:
        return Verdict("claim_off")
    if member.paused:
        return Verdict("paused")
    if entry.missing:
        return Verdict("incomplete", missing=entry.missing)
    if until := protected_until(entry, policy, now):
        return Verdict("protected", until)
    if until := cooling_until(entry, member.user_id, policy, now):
        return Verdict("cooling_off", until)
    if first_ids is not None and entry.id not in first_ids:
        return Verdict("out_of_order")
    if policy.backlog_limit and backlog > policy.backlog_limit:
        return Verdict("backlog")
    return limit_verdict(member.load, overall, windows or {})


def _state_verdict(entry, user_id):
    if entry.state == "closed":
        return Verdict("closed")
    if entry.archived:
        return Verdict("archived")
    if entry.state == "held":
        return Verdict("taken")
    return OK


def limit_verdict(load, overall, windows):
    """Capacity first, for it is what the rep can do something about; then the day, then the hour:
    who is told "again at three" must not be told "again tomorrow" at three.

    >>> limit_verdict(Load(day=Counter(5, 5)), Load(), {}).code
    'daily_limit'
    >>> limit_verdict(Load(held=Counter(3, 3)), Load(), {}).limit
    3
    """
    if load.held.full:
        return Verdict("capacity_full", limit=load.held.limit)
    if overall.held.full:
        return Verdict("capacity_all_full")
    if load.day.full:
        return Verdict("daily_limit", windows.get("day"))
    if overall.day.full:
        return Verdict("daily_limit_all", windows.get("day_all", windows.get("day")))
    if load.hour.full:
        return Verdict("hourly_limit", windows.get("hour"))
    if overall.hour.full:
        return Verdict("hourly_limit_all", windows.get("hour"))
    return OK


def protected_until(entry, policy, now):
    """Until when a new lead rests, counted from its *entry*; ``None`` when it is over."""
    if not policy.protection_minutes or not entry.entered_at:
        return None
    until = entry.entered_at + timedelta(minutes=policy.protection_minutes)
    return until if now < until else None


def cooling_until(entry, user_id, policy, now):
    """Until when a former holder may not take the lead again; ``None`` when he may.

    >>> from datetime import datetime
    >>> monday = datetime(2026, 3, 2)
    >>> entry = Entry(1, last_holder_id=7, last_held_until=monday)
    >>> cooling_until(entry, 7, Policy(cooling_days=2), monday + timedelta(days=1))
    datetime.datetime(2026, 3, 4, 0, 0)
    >>> cooling_until(entry, 8, Policy(cooling_days=2), monday) is None
    True
    """
    if not policy.cooling_days:
        return None
    ends = [until for holder, until in entry.former_holders if holder == user_id and until]
    if policy.cooling_of == "last":
        ends = []
    if entry.last_holder_id == user_id and entry.last_held_until:
        ends.append(entry.last_held_until)
    if not ends:
        return None
    until = max(ends) + timedelta(days=policy.cooling_days)
    return until if now < until else None


def claim_batch(entries, members, overall, policies, *, now, backlog=0, windows=None, first_ids=None):
    """Verdicts for several leads asked at once, in the order asked: each one allowed counts for
    the next.

    Five leads asked with two places left gives two yes and three reasons.

    :param entries: ``[Entry or None]``
    :param members: ``{pool_id: Member}`` of the rep who asks; counted up in place
    :param Load overall: counted up in place
    :param policies: ``{pool_id: Policy}``
    :param windows: ``{pool_id: {'hour': …, 'day': …}}``, see :func:`may_claim`
    :param first_ids: ``{pool_id: {entry ids that are next}}`` of ordered pools
    :returns: ``[Verdict]``

    >>> from datetime import datetime
    >>> me = Member(7, load=Load(held=Counter(28, 30)))
    >>> asked = [Entry(n, pool_id=1) for n in range(5)]
    >>> answers = claim_batch(asked, {1: me}, Load(), {1: Policy()}, now=datetime(2026, 3, 2))
    >>> [a.code for a in answers]
    ['', '', 'capacity_full', 'capacity_full', 'capacity_full']
    """
    answers, seen = [], set()
    for entry in entries:
        member = members.get(entry.pool_id) if entry else None
        policy = policies.get(entry.pool_id) if entry else None
        if entry and entry.id in seen:
            answers.append(Verdict("taken"))
            continue
        verdict = may_claim(
            entry,
            member,
            overall,
            policy,
            now=now,
            backlog=backlog,
            windows=(windows or {}).get(entry.pool_id) if entry else None,
            first_ids=(first_ids or {}).get(entry.pool_id) if entry else None,
        )
        if verdict:
            seen.add(entry.id)
            member.load.take()
            overall.take()
            backlog += 1
        answers.append(verdict)
    return answers
