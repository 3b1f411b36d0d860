"""What the ledgers of a pool say of the last days, for :mod:`rules.recorded`, read a slice of leads at a time."""

from collections import defaultdict
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ...rules import recorded, simulation
from ...rules.history import Lead, Start

SLICE = 1000  # leads
MOVES = (
    "entered enrolled claimed pulled claim_undone assigned distributed reassigned handed_over transferred returned "
    "recalled reclaimed converted invalid lost merged deleted reopened"
).split()
#: Events of requests to admins that a replay knows, by ``(kind of event, kind of request)``.
REQUESTS = {
    ("approval_asked", "extension"): "extension_asked",
    ("approval_declined", "extension"): "extension_declined",
    ("approval_withdrawn", "extension"): "extension_declined",
    ("approval_asked", "dispute"): "disputed",
    ("approval_reopened", "extension"): "extension_asked",
    ("approval_reopened", "dispute"): "disputed",
}
#: What the holder of a lead does with it, and what is done about its deadline.
HELD = ["follow_up", "extended", "locked", "unlocked", "disputed", *sorted({kind for kind, _request in REQUESTS})]


class Reading:
    """The ledger of one pool on its way to be a history.

    :param Conditions conditions: looked at together with the leads
    """

    def __init__(self, pool, begin, end, conditions):
        self.begin, self.end, self.conditions = begin, end, conditions
        self.numbers = pool._replayed_leads(begin)
        self.at = 0
        self.leads, self.converters = {}, {}
        self.given = defaultdict(list)  # {number: [user]}: to whom the pool really gave it
        self.reader = recorded.Reader(pool.id, begin, end, self.leads, timedelta(hours=pool.grace_hours))

    @property
    def more(self):
        return self.at < len(self.numbers)

    @property
    def progress(self):
        return self.at / len(self.numbers) if self.numbers else 1.0

    def go_on(self, pool):
        """Read the next slice."""
        numbers = self.numbers[self.at : self.at + SLICE]
        self.at += SLICE
        leads, converted = pool._read_leads(numbers)
        self.leads.update(leads)
        self.reader.converted.update(converted)
        self.converters.update(pool._converters_before(self.begin, leads))
        starts, older = pool._read_starts(self.begin, converted, list(leads))
        events = pool._read_events(self.begin, self.end, list(leads))
        for start in starts:
            self.reader.begin_with(start)
        for event in [*older, *events]:
            self.reader.take(event)
            if event.at >= self.begin and event.pool_id == pool.id and event.gives:
                self.given[event.lead_id].append(event.user_id)
        self.conditions.look_at(pool, pool.env["crm.lead"].browse(numbers))

    def history(self, pool):
        """When all is read.

        :rtype: rules.history.History
        """
        return self.reader.history(
            pool._read_runs(self.begin, self.end),
            credits=pool._credits_at(self.begin),
            ended=pool._ended_before(self.begin),
            converters=self.converters,
            elsewhere=pool._held_elsewhere(self.begin, self.end),
            untouched=pool._untouched_elsewhere(self.begin, self.end),
        )


class LeadPoolSimulatedHistory(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.simulated.history"
    _description = "History of a Simulation"

    def _replayed_leads(self, begin):
        """Numbers of the leads that were in this pool at any time since ``begin``."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT lead_ref FROM lead_pool_entry
                    WHERE pool_id = %(pool)s AND (state <> 'closed' OR closed_at >= %(begin)s)
                    UNION
                   SELECT lead_ref FROM lead_pool_event
                    WHERE (pool_ref = %(pool)s OR from_pool_ref = %(pool)s) AND date >= %(begin)s
                      AND kind = ANY(%(kinds)s)""",
                pool=self.id,
                begin=begin,
                kinds=MOVES,
            )
        )
        return sorted(number for (number,) in rows)

    def _read_leads(self, numbers):
        """``({number: Lead}, {number: when it was converted})``"""
        rows = self.env.execute_query(
            SQL(
                """SELECT e.lead_ref, e.id, e.company_id, COALESCE(l.priority, '0')::int,
                          COALESCE(e.priority, '0')::int, COALESCE(e.score, 0), COALESCE(l.source_id, 0), e.converted_at
                     FROM lead_pool_entry e LEFT JOIN crm_lead l ON l.id = e.lead_id WHERE e.lead_ref = ANY(%s)""",
                numbers,
            )
        )
        ties = self._ties(self.env["crm.lead"].browse(numbers))
        leads, converted = {}, {}
        for number, order, company_id, priority, stars, score, source, converted_at in rows:
            leads[number] = Lead(
                number,
                company_id=company_id,
                priority=priority,
                stars=stars,
                score=score,
                order=order,
                kind=source,
                ties=tuple(ties.get(number, ())),
            )
            if converted_at:
                converted[number] = converted_at
        return leads, converted

    def _read_events(self, begin, end, numbers, kinds=(*MOVES, *HELD)):
        """``[recorded.Event]`` of these leads, in their order."""
        rows = self.env.execute_query(
            SQL(
                """SELECT e.id, e.date, e.kind, e.lead_ref, COALESCE(e.pool_ref, 0), COALESCE(e.from_pool_ref, 0),
                          COALESCE(e.user_ref, 0), COALESCE(e.from_user_ref, 0), e.detail->>'kind',
                          e.detail->>'won' = 'true', p.content->>'strategy' = 'manual',
                          e.detail->>'over_capacity' = 'true', (e.detail->>'due')::timestamp,
                          COALESCE((e.detail->>'days')::int, 0),
                          COALESCE(a.decided_at, NULLIF(e.detail->>'to', '')::timestamp,
                                   NULLIF(e.detail->>'until', '')::timestamp)
                     FROM lead_pool_event e
                     LEFT JOIN lead_pool_policy p ON p.id = e.policy_ref AND e.kind = 'distributed'
                     LEFT JOIN lead_pool_approval a
                            ON a.id = (e.detail->>'approval')::int AND e.kind IN ('approval_asked', 'disputed')
                    WHERE e.lead_ref = ANY(%s) AND e.date BETWEEN %s AND %s AND e.kind = ANY(%s) ORDER BY e.id""",
                list(numbers),
                begin,
                end,
                list(kinds),
            )
        )
        events = []
        for row in rows:
            event_id, at, kind, number, pool_id, from_pool_id, user_id, from_id, request, *more = row
            kind = REQUESTS.get((kind, request), kind)
            if kind.startswith("approval"):
                continue  # a request of another kind
            won, by_hand, over, due_at, days, until = more
            events.append(
                recorded.Event(
                    *(event_id, at, kind, number, pool_id, from_pool_id, user_id, from_id),
                    won=bool(won),
                    by_hand=bool(by_hand),
                    over_capacity=bool(over),
                    due_at=due_at,
                    days=days,
                    until=until,
                )
            )
        return events

    def _read_starts(self, begin, converted, numbers):
        """Where leads of this pool were when the period began, and what was done before by who held them then.

        :param converted: ``{number: when it was converted}``
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (e.lead_ref) e.lead_ref, e.kind, e.date, e.pool_ref, COALESCE(e.user_ref, 0)
                     FROM lead_pool_event e WHERE e.lead_ref = ANY(%s) AND e.date < %s AND e.kind = ANY(%s)
                    ORDER BY e.lead_ref, e.seq DESC""",
                numbers,
                begin,
                MOVES,
            )
        )
        inside = {
            number: (user_id, at)
            for number, kind, at, pool_id, user_id in rows
            if pool_id == self.id and (user_id or kind not in recorded.CLOSED)
        }
        if not inside:
            return [], []
        entered = dict(
            self.env.execute_query(
                SQL(
                    """SELECT lead_ref, max(date) FROM lead_pool_event
                        WHERE lead_ref = ANY(%s) AND date < %s AND pool_ref = %s
                          AND (kind = ANY(%s) OR from_pool_ref IS NOT NULL) GROUP BY 1""",
                    list(inside),
                    begin,
                    self.id,
                    list(recorded.ARRIVALS),
                )
            )
        )
        since = min(at for _user_id, at in inside.values())
        older = self._read_events(since, begin - timedelta(seconds=1), inside, HELD)
        former = defaultdict(set)
        for number, user_id, until in self.env.execute_query(
            SQL(
                """SELECT lead_ref, user_id, max(ended_at) FROM lead_pool_holding
                    WHERE lead_ref = ANY(%s) AND ended_at < %s AND end_reason <> 'undone'
                    GROUP BY 1, 2""",
                list(inside),
                begin,
            )
        ):
            former[number].add((user_id, until))
        last, first = {}, {}
        for event in older:
            number, at = event.lead_id, event.at
            if event.kind == "follow_up":
                last[number] = at
                if inside[number][0] == event.user_id and at >= inside[number][1]:
                    first.setdefault(number, at)
        starts = [
            Start(
                number,
                entered.get(number, at),
                user_id,
                at if user_id else None,
                last_follow_up_at=last.get(number),
                first_follow_up_at=first.get(number),
                converted_at=converted[number] if user_id and at <= converted.get(number, begin) < begin else None,
                former_holders=frozenset(former[number]),
            )
            for number, (user_id, at) in sorted(inside.items())
        ]
        return starts, older

    def _read_runs(self, begin, end):
        """``[(moment, id of its first event)]`` of the distributions that ran."""
        first = dict(
            self.env.execute_query(
                SQL(
                    """SELECT decision_ref, min(id) FROM lead_pool_event
                        WHERE pool_ref = %s AND date BETWEEN %s AND %s
                          AND kind IN ('distributed', 'not_distributed', 'would_distribute') GROUP BY 1""",
                    self.id,
                    begin,
                    end,
                )
            )
        )
        to_next = {
            decision_id
            for (decision_id,) in self.env.execute_query(
                SQL(
                    """SELECT decision_ref FROM lead_pool_event
                        WHERE pool_ref = %s AND date BETWEEN %s AND %s AND kind = 'reclaimed'
                          AND decision_ref IS NOT NULL""",
                    self.id,
                    begin,
                    end,
                )
            )
        }
        decisions = self.env["lead.pool.decision"].search_fetch(
            [("pool_id", "=", self.id), ("kind", "=", "distribute"), ("date", ">=", begin), ("date", "<=", end)],
            ["date"],
        )
        latest = max(first.values(), default=0) + 1  # of a run that wrote no event: after those that did
        return [(decision.date, first.get(decision.id, latest)) for decision in decisions if decision.id not in to_next]

    def _credits_at(self, begin):
        """``{user id: credit}`` when the period began: as the first decision since then found it."""
        decision = self.env["lead.pool.decision"].search(
            [("pool_id", "=", self.id), ("kind", "=", "distribute"), ("date", ">=", begin)], order="id", limit=1
        )
        if decision:
            return {user_id: credit for user_id, _code, credit, *_rest in decision.candidates or ()}
        return {member.user_id.id: member.credit for member in self.member_ids}

    def _ended_before(self, begin):
        """Ended holdings that count for who converts best."""
        return self.env.execute_query(
            SQL(
                """SELECT h.ended_at, h.user_id, COALESCE(l.source_id, 0), h.end_reason = 'converted'
                     FROM lead_pool_holding h LEFT JOIN crm_lead l ON l.id = h.lead_id
                    WHERE h.pool_id = %s AND h.ended_at > %s AND h.ended_at < %s AND h.end_reason <> 'undone'""",
                self.id,
                begin - simulation.RECORD,
                begin,
            )
        )

    def _converters_before(self, begin, leads):
        """``{tie: [(user, since)]}`` of who converted leads of the same customer or company before."""
        ties = {tie for lead in leads.values() for tie in lead.ties}
        _holders, converters = self._who_is_tied(ties) if ties else ({}, {})
        return {tie: older for tie, rows in converters.items() if (older := [row for row in rows if row[1] < begin])}

    def _held_elsewhere(self, begin, end):
        """``[(moment, user, company, ±1)]`` of leads that members with a limit over all pools hold in other pools."""
        limited = [user_id for user_id, limits in self._reps_of(self.member_ids.user_id).items() if limits[0]]
        if not limited:
            return []
        rows = self.env.execute_query(
            SQL(
                """SELECT user_id, company_id, started_at, ended_at FROM lead_pool_holding
                    WHERE user_id = ANY(%s) AND pool_id <> %s AND started_at <= %s
                      AND (ended_at IS NULL OR ended_at >= %s)""",
                limited,
                self.id,
                end,
                begin,
            )
        )
        changes = [(started, user_id, company_id, 1) for user_id, company_id, started, _ended in rows]
        changes += [
            (ended, user_id, company_id, -1) for user_id, company_id, _s, ended in rows if ended and ended <= end
        ]
        return sorted(changes)

    def _untouched_elsewhere(self, begin, end):
        """``[(moment, user, ±1)]`` of leads that members hold in other pools and have not followed up."""
        rows = self.env.execute_query(
            SQL(
                """SELECT h.user_id, h.started_at,
                          LEAST(h.first_follow_up_at, h.ended_at,
                                CASE WHEN e.converted_at >= h.started_at THEN e.converted_at END)
                     FROM lead_pool_holding h LEFT JOIN lead_pool_entry e ON e.lead_ref = h.lead_ref
                    WHERE h.user_id = ANY(%s) AND h.pool_id <> %s AND h.started_at <= %s
                      AND COALESCE(h.first_follow_up_at, h.ended_at, %s) >= %s""",
                self.member_ids.user_id.ids,
                self.id,
                end,
                begin,
                begin,
            )
        )
        changes = [(started, user_id, 1) for user_id, started, _until in rows]
        changes += [(until, user_id, -1) for user_id, _started, until in rows if until and until <= end]
        return sorted(changes)
