"""What a member holds and what he has claimed: as he sees it on the board, and counted anew."""

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL


class LeadPoolMemberLoad(models.AbstractModel):
    _name = "lead.pool.member.load"
    _description = "What a Member Holds"

    @api.model
    @api.readonly
    def my_load(self):
        """What the caller holds and may still claim: pool by pool, then in all pools where that is limited.

        :returns: ``[{'pool_id', 'name', 'held', 'capacity', 'day_n', 'daily_claim_limit', 'hour_n',
            'hourly_claim_limit', 'claim_order', 'claims_left', 'paused', 'can_undo'}]``; limits of 0 are none,
            ``claims_left`` (of today's) is then ``False``; ``capacity`` of a member on the ramp is today's;
            ``claim_order`` is ``False`` where he claims nothing now; ``can_undo``: his undo of the day is left;
            ``pool_id`` is ``False`` in the rows over all pools of a company
        """
        now = self.env["lead.pool"]._now()
        members = self.sudo().search(
            [
                ("user_id", "=", self.env.uid),
                ("role", "=", "member"),
                ("pool_id.active", "=", True),
                ("pool_id.company_id", "in", [*self.env.companies.ids, False]),
            ]
        )
        reps = (
            self.env["lead.pool.rep"]
            .sudo()
            .search([("user_id", "=", self.env.uid), ("company_id", "in", self.env.companies.ids)])
        )
        used = reps._undo_used(now)
        loads = [
            {
                **self._load_of(member, member.pool_id._windows(now), member.pool_id),
                "can_undo": (member.pool_id.company_id or self.env.company) not in used,
            }
            for member in members.sorted(lambda member: (member.pool_id.sequence, member.pool_id.id))
        ]
        for rep in reps.filtered(lambda rep: members and (rep.capacity or rep.daily_claim_limit)):
            load = self._load_of(rep, rep.company_id._lead_pool_windows(now))
            loads.append({**load, "can_undo": rep.company_id not in used})
            if len(reps) > 1:
                loads[-1]["name"] = self.env._("All pools of %(company)s", company=rep.company_id.name)
        return loads

    def _load_of(self, row, windows, pool=None):
        """One line of :meth:`my_load`; ``row`` is a member or a rep, ``windows`` the present day and hour."""
        day_n = row.day_n if row.day == windows[0] else 0
        limit = row.daily_claim_limit
        return {
            "pool_id": pool.id if pool else False,
            "name": pool.name if pool else self.env._("All pools"),
            "held": row.held,
            "capacity": row.capacity_now if pool else row.capacity,
            "day_n": day_n,
            "daily_claim_limit": limit,
            "hour_n": row.hour_n if row.hour == windows[1] else 0,
            "hourly_claim_limit": row.hourly_claim_limit,
            "claim_order": pool.claim_order if pool and pool.claimable and not row.paused else False,
            "claims_left": max(limit - day_n, 0) if limit else False,
            "paused": bool(pool) and row.paused,
        }

    def _count_held(self):
        """A user who comes (back) into a pool brings what he holds there, and what he claimed today."""
        self.flush_recordset()
        self._count_claims()
        self.env.execute_query(
            SQL(
                """UPDATE lead_pool_member m
                      SET held = h.n, over_capacity = m.capacity > 0 AND h.n > m.capacity
                     FROM (SELECT m2.id, count(h.id) AS n FROM lead_pool_member m2
                             LEFT JOIN lead_pool_holding h ON h.user_id = m2.user_id
                                   AND h.pool_id = m2.pool_id AND h.ended_at IS NULL
                            WHERE m2.id = ANY(%s) AND m2.role = 'member' GROUP BY m2.id) h
                    WHERE m.id = h.id RETURNING m.id""",
                self.ids,
            )
        )
        self.invalidate_recordset(["held", "over_capacity"])

    def _recount_claims(self):
        """Another clock counts: what was claimed on its day and in its hour so far, while nobody claims."""
        self.flush_recordset()
        self.env.execute_query(
            SQL("SELECT id FROM lead_pool_member WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", self.ids)
        )
        self._count_claims()

    def _count_claims(self):
        """Leaving a pool and coming back does not refund the day's claims."""
        now = self.env["lead.pool"]._now()
        for pool, members in self.grouped("pool_id").items():
            day, hour, _next_day, next_hour = pool._windows(now)
            self.env.execute_query(
                SQL(
                    """UPDATE lead_pool_member m
                          SET day = %(day)s, day_n = c.day_n, hour = %(hour)s, hour_n = c.hour_n
                         FROM (SELECT m2.id,
                                      count(h.id) FILTER (WHERE (h.started_at AT TIME ZONE 'UTC'
                                                                 AT TIME ZONE %(tz)s)::date = %(day)s) AS day_n,
                                      count(h.id) FILTER (WHERE h.started_at >= %(hour_began)s) AS hour_n
                                 FROM lead_pool_member m2
                                 LEFT JOIN lead_pool_holding h ON h.user_id = m2.user_id AND h.pool_id = m2.pool_id
                                       AND h.origin IN ('claimed', 'pulled')
                                       AND h.started_at > %(now)s::timestamp - interval '2 days'
                                WHERE m2.id = ANY(%(ids)s) AND m2.role = 'member' GROUP BY m2.id) c
                        WHERE m.id = c.id RETURNING m.id""",
                    day=day,
                    hour=hour,
                    hour_began=next_hour - timedelta(hours=1),
                    tz=pool.tz or "UTC",
                    now=now,
                    ids=members.ids,
                )
            )
        self.invalidate_recordset(["day", "day_n", "hour", "hour_n"])
