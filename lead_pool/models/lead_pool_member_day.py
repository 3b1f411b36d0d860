"""How a member's day looks: what whoever runs the pool looks at in the morning."""

from odoo import api, fields, models
from odoo.tools import SQL

FIGURES = ("untouched_now", "due_today", "late_now", "unplanned_now", "help_now")


class LeadPoolMemberDay(models.AbstractModel):
    """Figures of now, counted in one statement for all members shown; each opens the leads that it counts."""

    _name = "lead.pool.member.day"
    _description = "A Member's Day"

    untouched_now = fields.Integer(
        "Untouched", compute="_compute_day", compute_sudo=True, help="Held and not followed up yet by their holder."
    )
    due_today = fields.Integer(
        compute="_compute_day", compute_sudo=True, help="They go back before the day is over, on the pool's clock."
    )
    late_now = fields.Integer(
        "Late Actions",
        compute="_compute_day",
        compute_sudo=True,
        help="Held, with a next action that is overdue.",
    )
    unplanned_now = fields.Integer(
        "No Next Action", compute="_compute_day", compute_sudo=True, help="Held, and nothing is planned."
    )
    help_now = fields.Integer(
        "Help Wanted",
        compute="_compute_day",
        compute_sudo=True,
        help="Held, and a colleague was asked who has not done anything yet.",
    )
    away_until = fields.Datetime(
        compute="_compute_away_until", compute_sudo=True, help="On leave now, by the pool or by time off."
    )

    @api.depends("user_id", "pool_id")
    def _compute_day(self):
        for name in FIGURES:
            self[name] = 0
        now = self.env["lead.pool"]._now()
        rows = self._count_day(now)
        for member in self.filtered(lambda member: member.role == "member"):
            figures = rows.get((member.pool_id.id, member.user_id.id), (0,) * len(FIGURES))
            for name, count in zip(FIGURES, figures, strict=True):
                member[name] = count

    def _count_day(self, now):
        """``{(pool id, user id): figures in the order of FIGURES}`` of who holds any lead."""
        pools = self.pool_id
        if not pools:
            return {}
        self.env.flush_all()
        ends = SQL(", ").join(
            SQL("(%s, %s::timestamp, %s::date)", pool.id, pool._windows(now)[2], pool._windows(now)[0])
            for pool in pools
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT e.pool_id, e.user_id,
                          count(*) FILTER (WHERE e.last_follow_up_at IS NULL OR e.last_follow_up_at < e.held_since),
                          count(*) FILTER (WHERE e.reclaim_at < day.ends_at),
                          count(*) FILTER (WHERE planned.first < day.today),
                          count(*) FILTER (WHERE planned.first IS NULL),
                          count(*) FILTER (WHERE e.lead_id IN (
                              SELECT h.lead_id FROM lead_pool_helper h, crm_lead l
                               WHERE h.answered_at IS NULL AND %(in_force)s))
                     FROM lead_pool_entry e
                     JOIN (VALUES %(ends)s) day(pool_id, ends_at, today) ON day.pool_id = e.pool_id
                LEFT JOIN LATERAL (SELECT min(date_deadline) AS first FROM mail_activity a
                                    WHERE a.res_model = 'crm.lead' AND a.res_id = e.lead_id AND a.active) planned
                       ON true
                    WHERE e.state = 'held' AND e.user_id = ANY(%(users)s)
                    GROUP BY e.pool_id, e.user_id""",
                ends=ends,
                in_force=self.env["lead.pool.helper"]._in_force(),
                users=self.user_id.ids,
            )
        )
        return {(pool_id, user_id): tuple(figures) for pool_id, user_id, *figures in rows}

    @api.depends("leave_from", "leave_until")
    def _compute_away_until(self):
        now = self.env["lead.pool"]._now()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT r.user_id, max(l.date_to)
                     FROM resource_calendar_leaves l JOIN resource_resource r ON r.id = l.resource_id
                    WHERE l.date_from <= %(now)s AND l.date_to > %(now)s AND l.time_type = 'leave'
                      AND r.user_id = ANY(%(users)s) GROUP BY r.user_id""",
                now=now,
                users=self.user_id.ids,
            )
        )
        time_off = dict(rows)
        for member in self:
            here = member.leave_until if member.leave_from and member.leave_from <= now < member.leave_until else False
            member.away_until = max(filter(None, [here, time_off.get(member.user_id.id)]), default=False)

    def button_open_day(self):
        """The leads behind a figure, which the button's context names (``lead_pool_figure``); without one, all."""
        self.ensure_one()
        today, _hour, ends_at, _next_hour = self.pool_id._windows(self.env["lead.pool"]._now())
        behind = {
            "untouched": ("lead_id.is_untouched", "=", True),
            "due": ("reclaim_at", "<", fields.Datetime.to_string(ends_at)),
            "late": ("lead_id.activity_ids.date_deadline", "<", fields.Date.to_string(today)),
            "help": ("lead_id.is_help_wanted", "=", True),
            "unplanned": ("lead_id.activity_ids", "=", False),
        }.get(str(self.env.context.get("lead_pool_figure")))
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.lead_pool_entry_action_held")
        held = [("pool_id", "=", self.pool_id.id), ("user_id", "=", self.user_id.id), ("state", "=", "held")]
        name = self.env._("%(user)s in %(pool)s", user=self.user_id.name, pool=self.pool_id.name)
        domain = held + [behind] if behind else held
        return {**action, "domain": domain, "context": {}, "name": name, "display_name": name}
