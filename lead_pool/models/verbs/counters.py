"""How much everybody holds and took, counted on the rows of ``lead.pool.member`` and ``lead.pool.rep``."""

from collections import defaultdict
from dataclasses import dataclass

from odoo import models
from odoo.tools import SQL


class LeadPoolCounters(models.AbstractModel):
    _name = "lead.pool.counters"
    _description = "Counters of the Limits"

    def _counter_queries(self, moves, locked):
        """Guarded statements that count what the moves take and give: a limit holds whoever else is at work.

        :returns: ``({table: SQL}, {(table, user id, scope id)})``: each statement returns user and scope of the rows
            that it counted up; those named must be among them
        """
        members, reps = defaultdict(_Bump), defaultdict(_Bump)
        for move in moves:
            row = move.row
            if row.user_id and row.state == "held":
                members[row.user_id, row.pool_id].held -= 1
                reps[row.user_id, row.company_id].held -= 1
            if move.user_id and move.state == "held":
                for bump in (members[move.user_id, move.pool_id], reps[move.user_id, row.company_id]):
                    bump.held += 1
                    bump.claims += move.counts_as_claim
                    bump.over |= move.over_capacity
        queries, expected = {}, set()
        for table, scope, bumps in (("lead_pool_rep", "company_id", reps), ("lead_pool_member", "pool_id", members)):
            bumps = {key: bump for key, bump in bumps.items() if bump.held or bump.claims or bump.over}
            if bumps:
                queries[table] = self._bump(table, scope, bumps, locked)
                expected |= {(table, *key) for key in bumps if key in locked.loads[table]}
        return queries, expected

    def _bump(self, table, scope, bumps, locked):
        keys = sorted(bumps)
        days = {key: locked.window(table, key) for key in keys}
        role = SQL("AND t.role = 'member'") if table == "lead_pool_member" else SQL("")
        ramped = locked.ramped if table == "lead_pool_member" else {}
        return SQL(
            """UPDATE %(table)s t
                  SET held = t.held + b.held,
                      over_capacity = (t.over_capacity OR b.over) AND t.capacity > 0
                                      AND t.held + b.held > t.capacity,
                      day_n = CASE WHEN b.claims = 0 THEN t.day_n
                                   WHEN t.day = b.day THEN t.day_n + b.claims ELSE b.claims END,
                      day = CASE WHEN b.claims = 0 THEN t.day ELSE b.day END,
                      hour_n = CASE WHEN b.claims = 0 THEN t.hour_n
                                    WHEN t.hour = b.hour THEN t.hour_n + b.claims ELSE b.claims END,
                      hour = CASE WHEN b.claims = 0 THEN t.hour ELSE b.hour END
                 FROM unnest(%(users)s::int[], %(scopes)s::int[], %(held)s::int[], %(claims)s::int[],
                             %(over)s::bool[], %(days)s::date[], %(hours)s::int[], %(ramped)s::int[])
                      b(user_id, scope, held, claims, over, day, hour, ramped)
                WHERE t.user_id = b.user_id AND t.%(scope)s = b.scope %(role)s
                  AND %(guard)s
            RETURNING t.user_id, t.%(scope)s""",
            table=SQL.identifier(table),
            scope=SQL.identifier(scope),
            role=role,
            guard=self._limit_guard(),
            users=[user for user, _scope in keys],
            scopes=[scope_id for _user, scope_id in keys],
            held=[bumps[key].held for key in keys],
            claims=[bumps[key].claims for key in keys],
            over=[bumps[key].over for key in keys],
            days=[days[key][0] for key in keys],
            hours=[days[key][1] for key in keys],
            ramped=[ramped.get(key) for key in keys],
        )

    def _limit_guard(self):
        """The limits as the database checks them; gifts above a capacity and losses always pass.

        ``b.ramped`` is what a new member may hold today, NULL for all others: the smaller of the two holds.
        """
        return SQL(
            """(b.held <= 0 OR b.over OR t.capacity = 0 OR t.held + b.held <= LEAST(t.capacity, b.ramped))
           AND (b.claims = 0 OR t.daily_claim_limit = 0
                OR CASE WHEN t.day = b.day THEN t.day_n ELSE 0 END + b.claims <= t.daily_claim_limit)
           AND (b.claims = 0 OR t.hourly_claim_limit = 0
                OR CASE WHEN t.hour = b.hour THEN t.hour_n ELSE 0 END + b.claims <= t.hourly_claim_limit)"""
        )


@dataclass(slots=True)
class _Bump:
    held: int = 0
    claims: int = 0
    over: bool = False
