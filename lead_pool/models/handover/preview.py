"""Who may hand over what, and what somebody holds before it is handed over."""

from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

SOON = timedelta(days=7)


class LeadPoolHandoverPreview(models.AbstractModel):
    """Mixed into ``lead.pool.handover``."""

    _name = "lead.pool.handover.preview"
    _description = "Preview of a Hand-over"

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def _runs(self):
        """The pools whose leads the caller may hand over; ``None``: all, and what is outside the pools."""
        user = self.env.user
        if user._is_superuser() or user.has_group("sales_team.group_sale_manager"):
            return None
        return user._lead_pool_ids("admin")

    def _check_runs(self):
        pools = self._runs()
        if pools is not None and not pools:
            raise AccessError(self.env._("Only admins of a pool and sales managers hand over the leads of others."))
        return pools

    @api.depends_context("uid")
    def _compute_touches_my_pools(self):
        mine = [("handover_id", "in", self.ids), ("pool_id", "in", self.env.user._lead_pool_ids("admin"))]
        touched = self.env["lead.pool.handover.line"]._read_group(mine, ["handover_id"])
        touched = {handover.id for [handover] in touched}
        for one in self:
            one.touches_my_pools = one.id in touched

    def _search_touches_my_pools(self, operator, value):
        """For the record rule, which by way of the lines would leave all of them in the cache."""
        if operator != "in" or True not in value:
            return NotImplemented
        Line = self.env["lead.pool.handover.line"].sudo()
        lines = Line._search([("pool_id", "in", self.env.user._lead_pool_ids("admin"))])
        return Domain("id", "in", lines.subselect("handover_id"))

    # ------------------------------------------------------------
    # PREVIEW
    # ------------------------------------------------------------

    def _preview(self):
        """The groups of what the user holds now."""
        self.ensure_one()
        pools, user_id = self._runs(), self.user_id._origin.id or self.user_id.id
        now = self.env["lead.pool"]._now()
        self.env.flush_all()
        rows = self._group_rows(user_id, pools, now)
        names = "pool_id kind stage_id count first_deadline soon requests disputed locked activities meetings".split()
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _group_rows(self, user_id, pools, now):
        return self.env.execute_query(
            SQL(
                """SELECT m.pool_id, m.kind, m.stage_id, count(*), min(m.reclaim_at),
                          count(*) FILTER (WHERE m.reclaim_at < %(soon)s),
                          COALESCE(sum(m.open_requests), 0)::int, count(*) FILTER (WHERE m.frozen_since IS NOT NULL),
                          count(*) FILTER (WHERE m.locked),
                          COALESCE(sum((SELECT count(*) FROM mail_activity a WHERE a.res_model = 'crm.lead'
                                           AND a.res_id = m.id AND a.active AND a.user_id = %(user)s)), 0)::int,
                          COALESCE(sum((SELECT count(*) FROM calendar_event c WHERE c.opportunity_id = m.id
                                           AND c.active AND c.user_id = %(user)s AND c.start >= %(now)s)), 0)::int
                     FROM (%(mine)s) m
                    GROUP BY 1, 2, 3 ORDER BY 1 NULLS LAST, 2, 3""",
                user=user_id,
                now=now,
                soon=now + SOON,
                mine=self._mine(user_id, pools),
            )
        )

    def _mine(self, user_id, pools):
        """A query of the leads of this user that may be handed over: held in these pools (``None``: in all), and then
        what he owns outside of pools and is still open."""
        return SQL(
            """SELECT l.id, l.stage_id, e.id AS entry_id,
                      CASE WHEN e.state = 'held' THEN e.pool_id END AS pool_id,
                      CASE WHEN e.state IS DISTINCT FROM 'held' THEN 'outside'
                           WHEN l.type = 'opportunity' THEN 'opportunity' ELSE 'lead' END AS kind,
                      e.reclaim_at, e.locked, e.frozen_since, e.open_requests
                 FROM crm_lead l LEFT JOIN lead_pool_entry e ON e.lead_id = l.id
                WHERE l.user_id = %(user)s
                  AND (l.company_id IS NULL OR l.company_id = ANY(%(companies)s))
                  AND CASE WHEN e.state = 'held' THEN %(all)s OR e.pool_id = ANY(%(pools)s)
                           ELSE %(all)s AND l.active AND l.won_status = 'pending' END""",
            user=user_id,
            companies=list(self._companies()),
            all=pools is None,
            pools=list(pools or ()),
        )

    def _companies(self):
        user = self.env.user
        if user._is_superuser():
            return [company_id for [company_id] in self.env.execute_query(SQL("SELECT id FROM res_company"))]
        return user._get_company_ids()
