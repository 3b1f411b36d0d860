"""What a finished replay shows."""

from bisect import bisect_left
from collections import Counter as Tally
from collections import defaultdict
from datetime import timedelta
from statistics import median

from .working_time import windows

DAY = timedelta(days=1)
#: Until the first follow-up, in hours: the steps of the distribution.
STEPS = (1, 4, 24, 72, 168)
#: How a member came by a lead that the pool, or one of its admins, gave him or that he took.
GOT = ("claim", "assign", "distribute")


def figures(run):
    """What a finished replay shows, as JSON: numbers of leads and ids of users, no names.

    ``members``: ``{user: {leads, distributed, claimed, assigned, peak, capacity, weight, reclaimed, converted,
    first_hours, share, fair_share, loads}}``; ``first_hours`` is the median from the start of a holding to its first
    follow-up, ``share`` the part of all leads that members got, ``fair_share`` the part of the weights, ``loads`` the
    most leads in hand on each day. ``deviation``: the largest distance between a member's share and his fair share;
    0 is perfectly fair. ``steps``: of the leads that came, how many had their first follow-up within each of
    :data:`STEPS` hours of coming, later, and not in the period. ``reclaimed``: numbers of the leads taken back, once
    for each time.
    """
    history, rules = run.history, run.rules
    days = _days(history, rules.tz)
    got = [holding for holding in run.holdings if holding.how in GOT]
    total = len(got)
    weights = {seat.user_id: seat.weight for seat in rules.seats if seat.active and not seat.paused}
    total_weight = sum(weights.values())
    members = {}
    seats = {seat.user_id: seat for seat in rules.seats}
    by_user = defaultdict(list)
    for holding in run.holdings:
        by_user[holding.user_id].append(holding)
    for user_id in sorted({*by_user, *seats}):
        own, seat = by_user[user_id], seats.get(user_id)
        how = Tally(holding.how for holding in own)
        leads = sum(how[name] for name in GOT)
        weight = weights.get(user_id, 0)
        members[user_id] = {
            "leads": leads,
            "distributed": how["distribute"],
            "claimed": how["claim"],
            "assigned": how["assign"],
            "peak": max((used for _at, used in run.loads[user_id]), default=0),
            "capacity": seat.capacity if seat else 0,
            "weight": weight,
            "reclaimed": sum(holding.why == "reclaimed" for holding in own),
            "converted": sum(holding.why == "converted" for holding in own),
            "first_hours": _median(
                _hours(holding.first_follow_up_at - holding.since)
                for holding in own
                if holding.how != "start" and holding.first_follow_up_at
            ),
            "share": round(leads / total, 4) if total else 0.0,
            "fair_share": round(weight / total_weight, 4) if total_weight else 0.0,
            "loads": _peaks(run.loads[user_id], days, rules.tz),
        }
    first = _first_touches(run)
    waits = _waits(run)
    states = Tally(place.state for place in run.places.values())
    return {
        "days": [str(day) for day in days],
        "members": members,
        "arrived": len(run.arrivals),
        "leads": total,
        "distributed": sum(holding.how == "distribute" for holding in got),
        "waiting": states["waiting"],
        "held": states["held"],
        "converted": states["converted"],
        "closed": sum(states.values()) - states["waiting"] - states["held"] - states["converted"],
        "queue": _peaks(run.queue_changes, days, rules.tz),
        "queue_peak": max((used for _at, used in run.queue_changes), default=0),
        "wait_hours": _median(waits),
        "first_hours": _median(hours for hours in first if hours is not None),
        "steps": _steps(first),
        "reclaimed": sorted(holding.lead_id for holding in run.holdings if holding.why == "reclaimed"),
        "deviation": round(
            max((abs(row["share"] - row["fair_share"]) for row in members.values() if row["weight"]), default=0.0)
            if total
            else 0.0,
            4,
        ),
        "refused": dict(sorted(run.refused.items())),
    }


def compare(before, after):
    """Which leads go back under the edited rules only, and which under the present ones only.

    :param before: :func:`figures` under the present rules
    :param after: those under the edited ones
    :returns: ``{'caused', 'avoided'}``: numbers of leads, each once

    >>> compare({"reclaimed": [3, 4, 4]}, {"reclaimed": [4, 9]})
    {'caused': [9], 'avoided': [3]}
    """
    old, new = set(before["reclaimed"]), set(after["reclaimed"])
    return {"caused": sorted(new - old), "avoided": sorted(old - new)}


def agreement(run, given):
    """How well a replay under the present rules meets what the pool really did.

    :param given: ``{number: (user, …)}`` of the leads that it really gave out, each in order
    :returns: ``(leads given to the same member, leads given)``
    """
    replayed = defaultdict(list)
    for holding in run.holdings:
        if holding.how == "distribute":
            replayed[holding.lead_id].append(holding.user_id)
    same = sum(
        mine == theirs
        for number, users in given.items()
        for mine, theirs in zip(replayed.get(number, ()), users, strict=False)
    )
    return same, sum(map(len, given.values()))


def _days(history, tz):
    day, last = windows(history.begin, tz)[0], windows(history.end, tz)[0]
    return [day + number * DAY for number in range((last - day).days + 1)]


def _peaks(changes, days, tz):
    """The largest value of each day; a day begins with the last value of the one before."""
    peaks, value, at = [], 0, 0
    dated = [(windows(moment, tz)[0], used) for moment, used in changes]
    for day in days:
        peak = value
        while at < len(dated) and dated[at][0] <= day:
            value = dated[at][1]
            peak = max(peak, value)
            at += 1
        peaks.append(peak)
    return peaks


def _first_touches(run):
    """Hours from the coming of each lead that came in the period to its first follow-up; ``None``: none yet."""
    touched = {}
    for holding in run.holdings:
        came = run.arrivals.get(holding.lead_id)
        if came and holding.first_follow_up_at and holding.first_follow_up_at >= came:
            touched[holding.lead_id] = min(
                holding.first_follow_up_at, touched.get(holding.lead_id, holding.first_follow_up_at)
            )
    return [
        _hours(touched[number] - came) if number in touched else None for number, came in sorted(run.arrivals.items())
    ]


def _waits(run):
    """Hours from the coming of each lead to its first holder, of those that found one."""
    began = {}
    for holding in run.holdings:
        came = run.arrivals.get(holding.lead_id)
        if came and holding.since >= came:
            began.setdefault(holding.lead_id, holding.since - came)
    return [_hours(wait) for wait in began.values()]


def _steps(hours):
    counts = [0] * (len(STEPS) + 2)
    for value in hours:
        counts[len(STEPS) + 1 if value is None else bisect_left(STEPS, value)] += 1
    return counts


def _hours(span):
    return round(span / timedelta(hours=1), 2)


def _median(values):
    values = list(values)
    return round(median(values), 2) if values else None
