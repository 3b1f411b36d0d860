"""The rules of a pool as :mod:`rules.simulation` asks them."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from odoo import models
from odoo.tools import SQL

from ...rules.history import Destination, Rules, Seat
from ..verbs import line


class Conditions:
    """For which leads the conditions of rules hold, as the leads are now; the sets grow while slices of leads are
    looked at."""

    def __init__(self):
        self._by_text = {}  # {condition: {ids of leads}}
        self._exemptions = []  # [(values of the pool, {kind: {ids of leads}})]

    def matching(self, text):
        """The set of the leads for which ``text`` holds."""
        return self._by_text.setdefault(text, set())

    def exempt(self, pool):
        """``{kind: the set of leads that have it}`` of the exemptions that this pool grants."""
        names = ("exempt_order", "exempt_converted", "exempt_domain")
        values = {name: pool[name] for name in names} | {"exempt_tag_ids": [(6, 0, pool.exempt_tag_ids.ids)]}
        found = {kind: set() for kind in pool._exempts()}
        self._exemptions.append((values, found))
        return found

    def look_at(self, pool, leads):
        """A query for each condition.

        A lead that went to another pool meanwhile answers no condition of somebody who may not read it any more: the
        numbers of the leads that go back would tell him its phone digit by digit.
        """
        readable = leads.sudo(False)._filtered_access("read").with_env(leads.env)
        for text, found in self._by_text.items():
            asked = readable if text and text != "[]" else leads
            found |= pool.env["lead.pool.domain.mixin"]._matching_ids(asked, text)[0]
        for values, found in self._exemptions:
            for kind, ids in pool.new(values, origin=pool)._exempt_leads(readable, keep_problems=False).items():
                found[kind] |= ids


class LeadPoolSimulatedRules(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.simulated.rules"
    _description = "Rules of a Simulation"

    def _replayed_rules(self, begin, conditions):
        """The present rules of this pool.

        :param datetime begin: of the period that is replayed
        :param Conditions conditions: told which conditions have to be looked at
        :rtype: Rules
        """
        members = self.member_ids
        skilled = {}
        if self._uses("skill"):
            skilled = {
                member.user_id.id: conditions.matching(member.skill_domain)
                for member in members
                if member.skill_domain and member.skill_domain != "[]"
            }
        claim_rules = self.claim_rule_ids.filtered("active")
        reclaim_rules = self.reclaim_rule_ids.filtered("active").sorted("sequence")
        policy = self._policy()[self.id]
        return Rules(
            replace(policy, claim_rules=tuple(rule._as_rule(members.user_id) for rule in claim_rules)),
            seats=self._seats(members, begin, skilled),
            reclaim=tuple(
                (rule._as_rule(), None if rule._lead_domain().is_true() else conditions.matching(rule.domain))
                for rule in reclaim_rules
            ),
            destinations={rule.id: self._replayed_destination(rule) for rule in reclaim_rules},
            exempt=conditions.exempt(self),
            matches={rule.id: conditions.matching(rule.domain) for rule in self.assign_rule_ids.filtered("active")},
            claim_matches={rule.id: conditions.matching(rule.domain) for rule in claim_rules},
            pull_from=(line.BEST, line.FRESHEST, line.KIN),
            skilled=skilled,
            calendar=self._working_time(),
            working_only=self.distribute_when == "working",
            leave_margin=timedelta(hours=self.leave_margin_hours),
            opportunity_ends_holding=self.opportunity_ends_holding,
            grace=timedelta(hours=self.grace_hours),
            tz=ZoneInfo(self.tz or "UTC"),
        )

    @staticmethod
    def _replayed_destination(rule):
        """Where the rule sends what goes back; ``None``: to its own pool, also where the other one takes no more."""
        target = rule.destination_pool_id
        if rule.destination == "next":
            return Destination("next")
        if rule.destination == "other" and target.active:
            return Destination("other", target.company_id.id or 0)
        return None

    def _seats(self, members, begin, skilled):
        """``[Seat]`` of these members."""
        users = members.user_id
        leaves = self._leaves_since(users.ids, begin)
        hours = self._own_times(users.ids) if self.distribute_when == "working" else {}
        since = self._members_since(begin)
        reps = self._reps_of(users)
        return [
            Seat(
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
                leaves=leaves[member.user_id.id],
                hours=hours.get(member.user_id.id),
                companies=frozenset(member.user_id.company_ids.ids),
                overall=reps.get(member.user_id.id, (0, 0, 0)),
            )
            for member in members.sorted("user_id")
        ]

    def _seats_of_former(self, history, rules):
        """``[Seat]`` of who had leads and is no member under these rules: he gets none, and his leaves count."""
        users = {
            *(act.user_id for act in history.acts if act.user_id),
            *(start.user_id for start in history.starts if start.user_id),
            *(stay.user_id for stays in history.given.values() for stay in stays),
        } - {seat.user_id for seat in rules.seats}
        leaves = self._leaves_since(users, history.begin)
        return [Seat(user_id, weight=0.0, leaves=leaves[user_id]) for user_id in sorted(users)]

    def _reps_of(self, users):
        """``{user id: limits}`` over all pools of the pool's company."""
        company = self._company_at_work()
        domain = [("user_id", "in", users.ids), ("company_id", "=", company.id)]
        return {
            rep.user_id.id: (rep.capacity, rep.daily_claim_limit, rep.hourly_claim_limit)
            for rep in self.env["lead.pool.rep"].search(domain)
        }

    def _leaves_since(self, user_ids, begin):
        """``{user id: ((from, until))}`` by their rows in the pool and by Odoo's time off, as they are known today,
        since the first of the leads was held that were in hand when the period began."""
        [[since]] = self.env.execute_query(
            SQL(
                """SELECT min(started_at) FROM lead_pool_holding
                    WHERE pool_id = %s AND (ended_at IS NULL OR ended_at >= %s)""",
                self.id,
                begin,
            )
        )
        asked = {(user_id, self.id): min(since or begin, begin) for user_id in user_ids}
        leaves = self.env["lead.pool.entry"]._leaves(asked)
        return {user_id: leaves[user_id, pool_id] for user_id, pool_id in asked}

    def _members_since(self, begin):
        """``{login: moment}`` of members whom the rules first named in this period."""
        ids = {user.display_name: user.id for user in self.member_ids.user_id}  # for versions that know names alone
        since, before = {}, set()
        Policy = self.env["lead.pool.policy"]
        for number, version in enumerate(Policy.search([("pool_id", "=", self.id)], order="version")):
            rows = map(Policy._flat, (version.content or {}).get("member_ids", ()))
            members = {row.get("user_ref") or ids.get(row.get("user_id")) for row in rows}
            if number and version.create_date > begin:
                since.update(dict.fromkeys(members - before - since.keys(), version.create_date))
            before |= members
        logins = {user.id: user.login for user in self.member_ids.user_id}
        return {logins[user_id]: moment for user_id, moment in since.items() if user_id in logins}
