"""What a distribution needs to know of its leads and members, a query for each kind of fact."""

from dataclasses import replace
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

#: Days of a member's record that count for "who converts such leads best".
RECORD_DAYS = 180


class LeadPoolDescribe(models.AbstractModel):
    _name = "lead.pool.describe"
    _inherit = ["lead.pool.known.by"]
    _description = "Facts of a Distribution"

    def _describe(self, rows, members, now):
        """The facts of these leads for the rules, and what members need besides their counters.

        :param rows: ``[Row]`` of one pool
        :param members: ``[Member]`` of that pool; completed in place
        :returns: ``[Entry]`` in the order of ``rows``
        """
        self.ensure_one()
        leads = self.env["crm.lead"].sudo().browse(row.lead_id for row in rows)
        matches = self.assign_rule_ids._matching(leads)
        skilled = self._skilled(leads, members)
        known_by = self._known_by(leads) if self.affinity else {}
        kinds = {}
        if self._uses("conversion"):
            kinds = {lead.id: lead.source_id.id or 0 for lead in leads}
            self._read_records(members, now)
        self._read_leaves(members, now)
        described = []
        for row in rows:
            lead_id, facts = row.lead_id, row.facts()
            more = {
                "matches": frozenset(rule for rule, ids in matches.items() if lead_id in ids),
                "skilled": frozenset(user for user, ids in skilled.items() if lead_id in ids),
                "known_by": tuple(user for user, _what in known_by.get(lead_id, ())),
                "known_by_what": tuple(what for _user, what in known_by.get(lead_id, ())),
                "kind": kinds.get(lead_id, 0),
            }
            described.append(replace(facts, **more) if any(more.values()) else facts)
        return described

    def _uses(self, strategy):
        rules = (*self.assign_rule_ids, *self.ageing_rule_ids)
        return strategy in {self.strategy, *(rule.strategy for rule in rules)}

    def _skilled(self, leads, members):
        """``{user id: {lead ids}}`` of members with a skills condition."""
        if not self._uses("skill"):
            return {}
        domains = {
            member.user_id.id: member.skill_domain
            for member in self.member_ids
            if member.skill_domain and member.skill_domain != "[]"
        }
        Mixin = self.env["lead.pool.domain.mixin"]
        found = {text: Mixin._matching_ids(leads, text) for text in set(domains.values())}
        for row in self.member_ids:
            _ids, problem = found.get(row.skill_domain, ((), ""))
            if problem != (row.skill_broken or ""):
                row._keep_skill_problem(problem)
        for member in members:
            member.skills = member.user_id in domains
        return {user: found[text][0] for user, text in domains.items()}

    def _read_records(self, members, now):
        """Each member's ended holdings by the lead's source, and how many of them ended as converted."""
        rows = self.env.execute_query(
            SQL(
                """SELECT h.user_id, COALESCE(l.source_id, 0), count(*) FILTER (WHERE h.end_reason = 'converted'),
                          count(*)
                     FROM lead_pool_holding h LEFT JOIN crm_lead l ON l.id = h.lead_id
                    WHERE h.pool_id = %s AND h.ended_at > %s::timestamp - make_interval(days => %s)
                      AND h.end_reason <> 'undone'
                    GROUP BY 1, 2""",
                self.id,
                now,
                RECORD_DAYS,
            )
        )
        by_user = {}
        for user_id, source_id, converted, ended in rows:
            by_user.setdefault(user_id, {})[source_id] = (converted, ended)
        for member in members:
            member.record = by_user.get(member.user_id, {})

    def _read_leaves(self, members, now):
        """Who is on leave now or within the pool's margin, by his row in the pool or by Odoo's time off, and until
        when; and whose own working hours are over."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT user_id, max(until) FROM (
                          SELECT r.user_id, l.date_to AS until
                            FROM resource_calendar_leaves l JOIN resource_resource r ON r.id = l.resource_id
                           WHERE l.date_from <= %(soon)s AND l.date_to > %(now)s AND l.time_type = 'leave'
                           UNION ALL
                          SELECT m.user_id, m.leave_until FROM lead_pool_member m
                           WHERE m.pool_id = %(pool)s AND m.role = 'member'
                             AND m.leave_from <= %(soon)s AND m.leave_until > %(now)s) away
                    WHERE user_id = ANY(%(users)s) GROUP BY user_id""",
                now=now,
                soon=now + timedelta(hours=self.leave_margin_hours),
                pool=self.id,
                users=[member.user_id for member in members],
            )
        )
        away = dict(rows)
        for member in members:
            member.away_until = away.get(member.user_id)
        self._read_own_hours(members, now)
