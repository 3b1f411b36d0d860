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

from .facts import OK, ClaimRule, Counter, Entry, Load, Member, Policy, Verdict

__all__ = [
    "ClaimRule",
    "Counter",
    "Entry",
    "Load",
    "Member",
    "Policy",
    "best_first",
    "claim_batch",
    "first_in_line",
    "lead_verdict",
    "may_claim",
    "may_take_any",
    "may_undo",
    "points",
]

#: How long a claim can be undone.
UNDO = timedelta(seconds=30)
#: What a lead that has just entered is worth more than an old one, in points of its score (0 to 100).
FRESH = 20
#: The time in which that is halved.
FRESH_HALVES = timedelta(days=1)


def may_claim(entry, member, overall, policy, *, now, backlog=0, windows=None, first_ids=None):
    """Whether ``member`` may take the lead of ``entry``.

    :param Entry entry: the lead, or ``None`` for one that he may not know of
    :param Member member: his place in the lead's pool, or ``None``
    :param Load overall: what he holds and took in all pools of the company
    :param Policy policy: the pool's rules
    :param datetime now: UTC
    :param int backlog: leads in his hands that he has not followed up
    :param windows: ``{'hour': …, 'day': …}``, UTC moments at which the counters start again; ``day_all`` and
        ``hour_all`` where those of all pools start at other moments than the pool's; ``held`` when a new member may
        hold more
    :param first_ids: ids of the entries that are next in an ordered pool, or that a pull has chosen; else ``None``
    :rtype: Verdict
    """
    if entry is None or member is None:
        return Verdict("unknown" if entry is None else "not_member")
    verdict = _state_verdict(entry) and _member_verdict(member, policy)
    if verdict and policy.order == "pull" and entry.id not in (first_ids or ()):
        return Verdict("out_of_order")
    verdict = verdict and _own_verdict(entry, member.user_id, policy, now)
    if verdict and first_ids is not None and entry.id not in first_ids:
        return Verdict("out_of_order")
    return verdict and _load_verdict(member.load, overall, policy, backlog, windows or {})


def may_take_any(member, overall, policy, *, backlog=0, windows=None):
    """Whether ``member`` may take any lead of the pool at all; see :func:`may_claim`.

    >>> may_take_any(Member(7, paused=True), Load(), Policy()).code
    'paused'
    """
    if member is None:
        return Verdict("not_member")
    return _member_verdict(member, policy) and _load_verdict(member.load, overall, policy, backlog, windows or {})


def lead_verdict(entry, user_id, policy, now):
    """Whether nothing about the lead itself keeps this user from it: only such leads stand in his line.

    >>> lead_verdict(Entry(1, archived=True), 7, Policy(), None).code
    'archived'
    """
    return _state_verdict(entry) and _own_verdict(entry, user_id, policy, now)


def _state_verdict(entry):
    if entry.state == "closed":
        return Verdict("closed")
    if entry.archived:
        return Verdict("archived")
    if entry.state == "held":
        return Verdict("taken")
    return OK


def _member_verdict(member, policy):
    if not member.active:
        return Verdict("user_inactive")
    if not policy.claimable:
        return Verdict("claim_off")
    if member.paused:
        return Verdict("paused")
    return OK


def _own_verdict(entry, user_id, policy, now):
    if not may_by_rule(entry, user_id, policy):
        return Verdict("claim_rule", rule_id=deciding_rule(entry, policy).id)
    if entry.missing:
        return Verdict("incomplete", missing=entry.missing)
    if until := protected_until(entry, policy, now):
        return Verdict("protected", until)
    if until := cooling_until(entry, user_id, policy, now):
        return Verdict("cooling_off", until)
    return OK


def _load_verdict(load, overall, policy, backlog, windows):
    if policy.backlog_limit and backlog > policy.backlog_limit:
        return Verdict("backlog", limit=policy.backlog_limit, count=backlog)
    return limit_verdict(load, overall, windows)


def deciding_rule(entry, policy):
    """The claim rule that decides on this lead, ``None`` where none does."""
    return next((rule for rule in policy.claim_rules if rule.id in entry.claim_matches), None)


def may_by_rule(entry, user_id, policy):
    """Whether the pool's claim rules let this user have the lead.

    >>> policy = Policy(claim_rules=(ClaimRule(1, frozenset({7})), ClaimRule(2)))
    >>> [may_by_rule(Entry(1, claim_matches=frozenset({1, 2})), user, policy) for user in (7, 8)]
    [True, False]
    """
    rule = deciding_rule(entry, policy)
    return rule is None or rule.user_ids is None or user_id in rule.user_ids


def first_in_line(line, asked):
    """Those of the leads asked that may be taken without passing another one: the line as far as it was asked.

    :param line: ids of leads in the pool's order, only those that stand in this user's line
    :param asked: ids of leads
    :returns: a list, in the pool's order

    >>> first_in_line([1, 2, 3, 4], {4, 2, 1}), first_in_line([1, 2], {2})
    ([1, 2], [])
    """
    first = []
    for entry_id in line:
        if entry_id not in asked:
            break
        first.append(entry_id)
    return first


def points(entry, now):
    """What a waiting lead is worth to whoever pulls: its score, and up to :data:`FRESH` more while it is fresh.

    :returns: points of the score, 0 to 120

    >>> from datetime import datetime
    >>> noon = datetime(2026, 3, 2, 12)
    >>> points(Entry(1, score=50, entered_at=noon), noon)
    70.0
    >>> points(Entry(1, score=50, entered_at=noon - timedelta(days=2)), noon)
    55.0
    """
    waited = max((now - entry.entered_at) / FRESH_HALVES, 0.0) if entry.entered_at else 0.0
    return round(entry.score + FRESH * 0.5**waited, 2)  # of two that waited for weeks the longer one is first


def best_first(entries, user_id, now):
    """These leads in the order in which a user who pulls gets them.

    First leads of customers that he knows (he holds or has converted others of them), of these and of the rest the
    ones with more stars, then with more :func:`points`, then who has waited longest. Age costs a lead at most the
    points of its freshness, so no lead sinks without end.

    >>> from datetime import datetime
    >>> noon = datetime(2026, 3, 2, 12)
    >>> leads = [Entry(1, score=90), Entry(2, score=10, known_by=(7,)), Entry(3, score=20, priority=2)]
    >>> [lead.id for lead in best_first(leads, 7, noon)]
    [2, 3, 1]
    """

    def key(entry):
        waits_since = entry.entered_at or now
        return user_id not in entry.known_by, -entry.priority, -points(entry, now), waits_since, entry.id

    return sorted(entries, key=key)


def may_undo(entry, user_id, *, claimed_at, touched, used_on, today, tomorrow, now):
    """Whether this user may undo his claim of this lead.

    :param claimed_at: when he claimed it, ``None`` if he did not get it by a claim or pull
    :param bool touched: something was done with the lead since
    :param used_on: the day on which he last undid a claim, on the company's clock
    :param today: the present day there
    :param datetime tomorrow: when the next day begins there, UTC

    >>> from datetime import datetime
    >>> noon = datetime(2026, 3, 2, 12)
    >>> mine = Entry(1, state="held", user_id=7)
    >>> facts = dict(claimed_at=noon, touched=False, used_on=None, today=noon.date(), tomorrow=None)
    >>> [may_undo(mine, 7, now=noon + timedelta(seconds=n), **facts).code for n in (0, 30, 31)]
    ['', '', 'undo_over']
    """
    if entry.state != "held":
        return Verdict("closed" if entry.state == "closed" else "waiting")
    if entry.user_id != user_id:
        return Verdict("not_holder")
    if claimed_at is None or now > claimed_at + UNDO:
        return Verdict("undo_over")
    if touched:
        return Verdict("undo_touched")
    if used_on == today:
        return Verdict("undo_used", tomorrow)
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
        return Verdict("capacity_full", windows.get("held"), limit=load.held.limit)
    if overall.held.full:
        return Verdict("capacity_all_full", limit=overall.held.limit)
    if load.day.full:
        return Verdict("daily_limit", windows.get("day"))
    if overall.day.full:
        return Verdict("daily_limit_all", windows.get("day_all", windows.get("day")))
    if load.hour.full:
        return Verdict("hourly_limit", windows.get("hour"))
    if overall.hour.full:
        return Verdict("hourly_limit_all", windows.get("hour_all", windows.get("hour")))
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
