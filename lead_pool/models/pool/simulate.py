"""Replay the last days of a pool under edited rules: what the rules and the ledger tell :mod:`rules.simulation`.

Edited rules become rules by the import of a policy, the same that would save them, inside a savepoint that is rolled
back: what cannot be saved cannot be simulated, and no second reading of the rules can differ from the first. Nothing of
it is committed: no version, no event, no message, no member. The replay itself is done in memory.
"""

import json
import time
from collections import defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...rules import recorded, simulation
from ..verbs.tell import Quiet
from .policy import OneVersion
from .policy_export import FORMAT, FORMAT_VERSION
from .policy_import import PolicyImport

LONGEST = 365  # days
MOST = 50_000  # leads of one run: more would keep a scheduled action at work for minutes
AT_ONCE = 500  # so many leads are replayed while the caller waits
SLICE = 2.0  # seconds of a batch
STEP = 200  # events between two looks at the clock
MOVES = (
    "entered enrolled claimed pulled assigned distributed reassigned transferred returned recalled reclaimed converted "
    "invalid lost merged deleted reopened"
).split()
#: Replays that go on in the next batch: ``{(database, job): Work}``. A batch in another process begins again, with the
#: same result.
_at_work = {}


class Work:
    """The two replays of one run, on their way."""

    def __init__(self, history, present, edited, given):
        self.history, self.given = history, given
        self.before = simulation.Replay(history, present)
        self.after = simulation.Replay(history, edited, present)

    def go_on(self, seconds=None):
        """For so long; whether there is more."""
        until = time.monotonic() + seconds if seconds else None
        for replay in (self.before, self.after):
            while replay.step(STEP):
                if until and time.monotonic() > until:
                    return True
        return False

    @property
    def progress(self):
        return (self.before.progress + self.after.progress) / 2

    @property
    def result(self):
        """What is kept of the run, as JSON."""
        before, after = simulation.figures(self.before), simulation.figures(self.after)
        same, given = simulation.agreement(self.before, self.given)
        outcome = simulation.compare(before, after)
        return {"before": before, "after": after, **outcome, "same": same, "given": given}


class LeadPoolSimulate(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.verb.simulate"
    _description = "Simulating a Pool"

    def action_simulate(self, days, rules=None, request_uid=None):
        """Replay the last ``days`` days of this pool under edited rules, beside the present ones. Changes nothing.

        :param int days: 1 to 365
        :param dict rules: a part of what :meth:`action_export_policy` gives: ``settings`` and lists that differ;
            what is missing is as it is. A list says all its rows, but members that it does not name stay
        :returns: id of the ``lead.pool.simulation``; few leads are done at once, many in the background
        :raises AccessError: the caller is no admin of the pool
        :raises UserError: with a sentence for each rule that cannot be
        """
        self.ensure_one()
        if not self.env["lead.pool.entry"]._is_pool_admin(self.id):
            raise AccessError(self.env._("Only an admin of “%(pool)s” may do this.", pool=self.sudo().name))
        if type(days) is not int or not 1 <= days <= LONGEST:
            raise UserError(self.env._("The days to replay must be a number between 1 and %(most)s.", most=LONGEST))
        if not isinstance(rules or {}, dict):
            raise UserError(self.env._("The rules must be a part of a policy, as “Export Policy” gives it."))
        rules = rules or {}
        self._read_policy_file(self._as_policy_file(rules))
        text = json.dumps(rules, sort_keys=True)
        verb = f"lead.pool.action_simulate {self.id} {days} {text}"
        return self.env["lead.pool.request"]._once(verb, request_uid, lambda: self._simulate(days, rules))

    def button_simulate(self):
        """Choose the days, and edit the rules to try."""
        self.ensure_one()
        if not self.env["lead.pool.entry"]._is_pool_admin(self.id):
            raise AccessError(self.env._("Only an admin of “%(pool)s” may do this.", pool=self.sudo().name))
        Wizard = self.env["lead.pool.simulate"]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulate “%(pool)s”", pool=self.name),
            "res_model": Wizard._name,
            "res_id": Wizard.create(Wizard._prepare(self)).id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _simulate(self, days, rules):
        changes = self._under(rules, lambda pool, changes: changes)
        end = self._now()
        begin = end - timedelta(days=days)
        count = len(self.sudo()._replayed_leads(begin))
        if count > MOST:
            raise UserError(
                self.env._(
                    "%(count)s leads were in this pool in these days, more than can be replayed (%(most)s). Choose "
                    "fewer days.",
                    count=count,
                    most=MOST,
                )
            )
        run = self.env["lead.pool.simulation"].sudo().create(
            {
                "pool_id": self.id,
                "user_id": self.env.uid,
                "date_from": begin,
                "date_to": end,
                "rules": rules,
                "changes": "\n".join(changes) or False,
            }
        )  # fmt: skip
        if count <= AT_ONCE:
            work = self._prepare_work(run)
            work.go_on()
            run.result = work.result
        else:
            run.job_id = self.env["lead.pool.job"]._start("simulate", self, count, {"run": run.id})
        return run.id

    def _job_simulate(self, job):
        """Go on with a run for some seconds; what is at work is kept in this process until the next batch."""
        run = self.env["lead.pool.simulation"].sudo().browse(job.params["run"]).exists()
        if not run:
            return 0, False
        key = (self.env.cr.dbname, job.id)
        work = _at_work.get(key)
        if work is None:
            _at_work.clear()  # runs that were cancelled, or go on elsewhere
            _at_work[key] = work = self.sudo(False)._prepare_work(run)
        elif not work.go_on(SLICE):
            run.result = work.result
            del _at_work[key]
            return max(job.total - job.done, 0), False
        return max(int(work.progress * job.total) - job.done, 0), True

    def _prepare_work(self, run):
        """Read history and rules of a run."""
        pool = self.sudo()
        history, given = pool._read_history(run.date_from, run.date_to)
        present = pool._replayed_rules(history)
        former = [
            simulation.Seat(user_id, weight=0.0)
            for user_id in self._users_of(history) - {seat.user_id for seat in present.seats}
        ]
        present.seats.extend(former)
        edited = present
        if run.rules:
            edited = self._under(run.rules, lambda pool, _changes: pool._replayed_rules(history))
            known = {seat.user_id for seat in edited.seats}
            edited.seats.extend(seat for seat in former if seat.user_id not in known)
        return Work(history, present, edited, given)

    @staticmethod
    def _users_of(history):
        return {
            *(act.user_id for act in history.acts if act.user_id),
            *(start.user_id for start in history.starts if start.user_id),
            *(stay.user_id for stays in history.given.values() for stay in stays),
        }

    # ------------------------------------------------------------
    # RULES
    # ------------------------------------------------------------

    def _as_policy_file(self, rules):
        return {"format": FORMAT, "format_version": FORMAT_VERSION, "name": self.sudo().name, **rules}

    def _under(self, rules, read):
        """What ``read(pool, changes)`` says while the edited rules hold; then all of it is taken back.

        :raises UserError: a rule cannot be, with a sentence for each
        """
        file = self._read_policy_file(self._as_policy_file(rules))
        with self.env.cr.savepoint() as savepoint:
            pool = self.with_context(lead_pool_quiet=Quiet(), lead_pool_one_version=OneVersion(), tracking_disable=True)
            before = pool.sudo()._policy_content()
            process = PolicyImport(pool)
            process.apply(file, False)
            pool.invalidate_recordset()
            changes = self.env["lead.pool.policy"]._diff_in_words(before, pool.sudo()._policy_content())
            answer = None if process.problems else read(pool.sudo(), changes)
            savepoint.rollback()
        self._forget_what_was_taken_back()
        if process.problems:
            raise UserError("\n".join(process.problems))
        return answer

    def _replayed_rules(self, history):
        """The rules of this pool as a replay asks them; each condition is evaluated once, on the leads as they are now.

        :param History history: whose leads are asked about
        :rtype: simulation.Rules
        """
        leads = self.env["crm.lead"].browse(history.leads)
        Mixin = self.env["lead.pool.domain.mixin"]
        found = {}

        def matching(text):
            if text not in found:
                found[text] = frozenset(Mixin._matching_ids(leads, text)[0])
            return found[text]

        policy = self._policy()[self.id]
        members = self.member_ids
        skilled = {}
        if self._uses("skill"):
            skilled = {
                member.user_id.id: matching(member.skill_domain)
                for member in members
                if member.skill_domain and member.skill_domain != "[]"
            }
        return simulation.Rules(
            policy,
            seats=self._seats(members, history, skilled),
            reclaim=tuple(
                (rule._as_rule(), None if rule._lead_domain().is_true() else matching(rule.domain))
                for rule in self.reclaim_rule_ids.filtered("active")
            ),
            matches={rule.id: matching(rule.domain) for rule in self.assign_rule_ids.filtered("active")},
            skilled=skilled,
            calendar=self._working_time(),
            working_only=self.distribute_when == "working",
            leave_margin=timedelta(hours=self.leave_margin_hours),
            opportunity_ends_holding=self.opportunity_ends_holding,
            grace=timedelta(hours=self.grace_hours),
            tz=ZoneInfo(self.tz or "UTC"),
        )

    def _seats(self, members, history, skilled):
        """``[Seat]`` of these members."""
        users = members.user_id
        leaves = self._leaves_between(members, history)
        hours = self._own_times(users.ids) if self.distribute_when == "working" else {}
        since = self._members_since(history.begin)
        reps = self._reps_of(users)
        return [
            simulation.Seat(
                member.user_id.id,
                weight=member.weight,
                capacity=member.capacity,
                day_limit=member.daily_claim_limit,
                hour_limit=member.hourly_claim_limit,
                paused=member.paused,
                active=member.user_id.active,
                joined_on=member.joined_at or None,
                ramp_days=member.ramp_days,
                skills=member.user_id.id in skilled,
                since=since.get(member.user_id.login),
                leaves=tuple(leaves.get(member.user_id.id, ())),
                hours=hours.get(member.user_id.id),
                companies=frozenset(member.user_id.company_ids.ids),
                overall=reps.get(member.user_id.id, (0, 0, 0)),
            )
            for member in members.sorted("user_id")
        ]

    def _reps_of(self, users):
        """``{user id: limits}`` over all pools of the pool's company."""
        company = self._company_at_work()
        domain = [("user_id", "in", users.ids), ("company_id", "=", company.id)]
        return {
            rep.user_id.id: (rep.capacity, rep.daily_claim_limit, rep.hourly_claim_limit)
            for rep in self.env["lead.pool.rep"].search(domain)
        }

    def _leaves_between(self, members, history):
        """``{user id: [(from, until)]}`` by their rows in the pool and by Odoo's time off."""
        found = defaultdict(list)
        for member in members.filtered("leave_from"):
            found[member.user_id.id].append((member.leave_from, member.leave_until))
        rows = self.env.execute_query(
            SQL(
                """SELECT r.user_id, l.date_from, l.date_to
                     FROM resource_calendar_leaves l JOIN resource_resource r ON r.id = l.resource_id
                    WHERE r.user_id = ANY(%s) AND l.time_type = 'leave' AND l.date_to > %s AND l.date_from < %s""",
                members.user_id.ids,
                history.begin,
                history.end + timedelta(hours=self.leave_margin_hours),
            )
        )
        for user_id, start, until in rows:
            found[user_id].append((start, until))
        return found

    def _members_since(self, begin):
        """``{name in the versions: moment}`` of members whom the rules first named in this period."""
        since, before = {}, set()
        versions = self.env["lead.pool.policy"].search([("pool_id", "=", self.id)], order="version")
        for number, version in enumerate(versions):
            names = {
                row if isinstance(row, str) else row.get("user_id")
                for row in (version.content or {}).get("member_ids", ())
            }
            if number and version.create_date > begin:
                since.update(dict.fromkeys(names - before - since.keys(), version.create_date))
            before |= names
        logins = {user.display_name: user.login for user in self.member_ids.user_id}
        return {logins[name]: moment for name, moment in since.items() if name in logins}

    # ------------------------------------------------------------
    # HISTORY
    # ------------------------------------------------------------

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

    def _read_history(self, begin, end):
        """What the ledgers say of this pool in the period, a query for each kind of fact.

        :returns: ``(History, {number: (user, …)})``: the second one tells to whom the pool really gave its leads
        """
        numbers = self._replayed_leads(begin)
        entries = self.env["lead.pool.entry"].search([("lead_ref", "in", numbers)])
        sources = {lead.id: lead.source_id.id or 0 for lead in entries.lead_id}
        priorities = {lead.id: int(lead.priority or 0) for lead in entries.lead_id}
        ties = self._ties(entries.lead_id)
        leads = {
            entry.lead_ref: simulation.Lead(
                entry.lead_ref,
                company_id=entry.company_id.id,
                priority=priorities.get(entry.lead_ref, 0),
                order=entry.id,
                kind=sources.get(entry.lead_ref, 0),
                ties=tuple(ties.get(entry.lead_ref, ())),
            )
            for entry in entries
        }
        events = self._read_events(begin, end, list(leads))
        starts, older = self._read_starts(begin, list(leads))
        given = defaultdict(list)
        for event in events:
            if event.kind == "distributed" and event.pool_id == self.id and not event.by_hand:
                given[event.lead_id].append(event.user_id)
        history = recorded.history_of(
            self.id,
            begin,
            end,
            leads,
            [*older, *events],
            runs=self._read_runs(begin, end),
            starts=starts,
            converted={entry.lead_ref: entry.converted_at for entry in entries if entry.converted_at},
            exempt=[entry.lead_ref for entry in entries if entry.locked],
            credits=self._credits_at(begin),
            ended=self._ended_before(begin),
            converters=self._converters_before(begin, leads),
            elsewhere=self._held_elsewhere(begin, end),
        )
        return history, dict(given)

    def _read_events(self, begin, end, numbers):
        by_hand = {
            row[0]
            for row in self.env.execute_query(
                SQL("SELECT id FROM lead_pool_policy WHERE pool_id = %s AND content->>'strategy' = 'manual'", self.id)
            )
        }
        rows = self.env.execute_query(
            SQL(
                """SELECT id, date, kind, lead_ref, COALESCE(pool_ref, 0), COALESCE(from_pool_ref, 0),
                          COALESCE(user_ref, 0), COALESCE(from_user_ref, 0), policy_ref,
                          detail->>'won' = 'true', detail->>'over_capacity' = 'true', (detail->>'due')::timestamp
                     FROM lead_pool_event
                    WHERE lead_ref = ANY(%s) AND date BETWEEN %s AND %s AND kind = ANY(%s) ORDER BY id""",
                numbers,
                begin,
                end,
                [*MOVES, "follow_up"],
            )
        )
        return [
            recorded.Event(
                *(event_id, at, kind, number, pool_id, from_pool_id, user_id, from_id),
                won=bool(won),
                by_hand=version in by_hand,
                over_capacity=bool(over),
                due_at=due_at,
            )
            for event_id, at, kind, number, pool_id, from_pool_id, user_id, from_id, version, won, over, due_at in rows
        ]

    def _read_starts(self, begin, numbers):
        """Where leads of this pool were when the period began, and older follow-ups by who held them then."""
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
                        WHERE lead_ref = ANY(%s) AND date < %s AND pool_ref = %s AND kind = ANY(%s) GROUP BY 1""",
                    list(inside),
                    begin,
                    self.id,
                    list(recorded.ARRIVALS),
                )
            )
        )
        touches = self.env.execute_query(
            SQL(
                """SELECT lead_ref, date, user_ref FROM lead_pool_event
                    WHERE lead_ref = ANY(%s) AND date < %s AND kind = 'follow_up' ORDER BY id""",
                list(inside),
                begin,
            )
        )
        former = defaultdict(set)
        for number, user_id, until in self.env.execute_query(
            SQL(
                """SELECT lead_ref, user_id, max(ended_at) FROM lead_pool_holding
                    WHERE lead_ref = ANY(%s) AND ended_at < %s GROUP BY 1, 2""",
                list(inside),
                begin,
            )
        ):
            former[number].add((user_id, until))
        last, first = {}, {}
        for number, at, user_id in touches:
            last[number] = at
            if inside[number][0] == user_id and at >= inside[number][1]:
                first.setdefault(number, at)
        starts = [
            simulation.Start(
                number,
                entered.get(number, at),
                user_id,
                at if user_id else None,
                last_follow_up_at=last.get(number),
                first_follow_up_at=first.get(number),
                former_holders=frozenset(former[number]),
            )
            for number, (user_id, at) in sorted(inside.items())
        ]
        older = [
            recorded.Event(0, at, "follow_up", number, pool_id=self.id, user_id=user_id)
            for number, at, user_id in touches
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
        decisions = self.env["lead.pool.decision"].search_fetch(
            [("pool_id", "=", self.id), ("kind", "=", "distribute"), ("date", ">=", begin), ("date", "<=", end)],
            ["date"],
        )
        latest = max(first.values(), default=0) + 1  # of a run that wrote no event: after those that did
        return [(decision.date, first.get(decision.id, latest)) for decision in decisions]

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
                    WHERE h.pool_id = %s AND h.ended_at > %s AND h.ended_at < %s""",
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
