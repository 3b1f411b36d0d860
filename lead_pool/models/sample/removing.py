"""The sample goes: leads first, by Odoo's own way, then their ledgers, then its pools."""

from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..identity.backfill import DONE_TO

#: Table -> its column with the number of the lead: what stays there when the lead is gone.
LEFT = {
    "lead_pool_conversion": "lead_ref",
    "lead_pool_conversion_line": "lead_ref",
    "lead_pool_handover_line": "lead_ref",
    "lead_pool_webhook_delivery": "lead_ref",
    "lead_pool_holding": "lead_ref",
    "lead_pool_entry": "lead_ref",
}


class LeadPoolSample(models.Model):
    _inherit = "lead.pool.sample"  # pylint: disable=consider-merging-classes-inherited

    def _remove(self):
        """:returns: names of what stays"""
        env = self.env(su=True, context={**self.env.context, "active_test": False})
        numbers = self._numbers("crm.lead")
        leads = env["crm.lead"].browse(numbers).exists()
        pools = env["lead.pool"].browse(self._numbers("lead.pool")).exists()
        self._check_no_others(pools, numbers)
        users = self._users_of(numbers)
        conversions = env["lead.pool.conversion"].search([("lead_ref", "in", numbers), ("undone_at", "=", False)])
        orders = leads.order_ids | conversions.order_id
        meetings = leads.calendar_event_ids
        customers = env["res.partner"].browse(
            {one for conversion in conversions for one in conversion.made_partner_ids or []}
        )
        meetings.unlink()
        self._take_back_claims(numbers)
        leads.unlink()
        kept = self._remove_made(orders, customers.exists(), conversions)
        self._forget_leads(numbers)
        kept += self._remove_pools(pools)
        self._settle_limits(users)
        env["lead.pool.sample"].search(Domain.TRUE).unlink()
        self._forget_inert()
        env.invalidate_all()
        return kept

    def _leave(self):
        """The add-on goes, and its pools with it: no made-up lead stays among the company's own."""
        self.env["crm.lead"].sudo().browse(self._numbers("crm.lead")).exists().unlink()

    def _check_no_others(self, pools, numbers):
        """:raises UserError: leads that are none of the sample's are in its pools"""
        others = self.env["lead.pool.entry"].sudo().search_count(
            [("pool_id", "in", pools.ids), ("lead_ref", "not in", numbers), ("state", "!=", "closed")]
        )  # fmt: skip
        if others:
            raise UserError(
                self.env._(
                    "%(count)s leads of your own are in the pools of the sample. Transfer them to another pool first: "
                    "open the pool's leads, select them, Transfer.",
                    count=others,
                )
            )

    def _users_of(self, numbers):
        """Who ever held one of these leads: their claims are counted anew."""
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT user_id FROM lead_pool_holding WHERE lead_ref = ANY(%s)", numbers)
        )
        return {user_id for [user_id] in rows}

    def _remove_made(self, orders, customers, conversions):
        """Quotations and customers that came of the leads, unless something else needs them.

        :returns: names of those that stay
        """
        nobody, kept = self.env["crm.lead"].sudo(), []
        for order in orders.exists():
            may = order.state in ("draft", "sent", "cancel") and not order.order_line.filtered("invoice_lines")
            kept += nobody._remove_made(order, may)
        for customer in customers.sorted("parent_id", reverse=True):
            [made_by] = [one for one in conversions if customer.id in (one.made_partner_ids or [])][:1]
            kept += nobody._remove_made(customer, not nobody._is_used(customer, made_by))
        return kept

    def _forget_leads(self, numbers):
        """Whatever the ledgers keep of leads that are gone. Extend for what else is counted from the ledgers, before
        they are cut.

        :param numbers: ids of leads that do not exist any more
        """
        self.env.flush_all()
        decisions = self._decisions_of(numbers)
        for table, column in LEFT.items():
            self._delete(table, SQL("%s = ANY(%s)", SQL.identifier(column), numbers))
        self._delete("lead_pool_event", SQL("lead_ref = ANY(%s)", numbers))  # its guard knows them
        self._delete(
            "lead_pool_decision",
            SQL("id = ANY(%s) AND NOT EXISTS (SELECT FROM lead_pool_event WHERE decision_ref = lead_pool_decision.id)",
                decisions),
        )  # fmt: skip

    def _decisions_of(self, numbers):
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT decision_ref FROM lead_pool_event WHERE lead_ref = ANY(%s)", numbers)
        )
        return [decision for [decision] in rows if decision]

    def _delete(self, table, where):
        self.env.cr.execute(SQL("DELETE FROM %s WHERE %s", SQL.identifier(table), where))
        self.env[table.replace("_", ".")].invalidate_model(flush=False)

    def _remove_pools(self, pools):
        """The pools, with what is theirs; one in which another lead once was is archived, for that lead's history.

        :returns: names of those that stay
        """
        kept = []
        for pool in pools:
            used = [
                self.env[model].sudo().search_count([("pool_id", "=", pool.id)], limit=1)
                for model in ("lead.pool.holding", "lead.pool.entry", "lead.pool.intake")
            ]
            if any(used):
                pool.active = False
                kept.append(pool.name)
                continue
            self._delete("lead_pool_decision", SQL("pool_id = %s", pool.id))
            pool._is_default_no_more()
            (pool.member_ids | pool.admin_ids).unlink()
            pool.unlink()
        return kept

    def _take_back_claims(self, numbers):
        """Take the claims of these leads off the limits of the present day and hour, over all pools."""
        rows = self.env.execute_query(
            SQL(
                """SELECT user_id, company_id, array_agg(started_at) FROM lead_pool_holding
                    WHERE lead_ref = ANY(%s) AND origin IN ('claimed', 'pulled') GROUP BY 1, 2""",
                numbers,
            )
        )
        now = self.env["lead.pool"]._now()
        for user_id, company_id, moments in rows:
            company = self.env["res.company"].sudo().browse(company_id)
            day, hour, next_day, next_hour = company._lead_pool_windows(now)
            self.env.cr.execute(
                SQL(
                    """UPDATE lead_pool_rep
                          SET day_n = CASE WHEN day = %(day)s THEN GREATEST(day_n - %(of_day)s, 0) ELSE day_n END,
                              hour_n = CASE WHEN day = %(day)s AND hour = %(hour)s
                                            THEN GREATEST(hour_n - %(of_hour)s, 0) ELSE hour_n END
                        WHERE user_id = %(user)s AND company_id = %(company)s""",
                    day=day,
                    hour=hour,
                    of_day=sum(moment >= next_day - timedelta(days=1) for moment in moments),
                    of_hour=sum(moment >= next_hour - timedelta(hours=1) for moment in moments),
                    user=user_id,
                    company=company_id,
                )
            )
        self.env["lead.pool.rep"].invalidate_model(["day_n", "hour_n"], flush=False)

    def _settle_limits(self, users):
        """The members' counters without the sample; rows of reps that only the sample needed go."""
        members = self.env["lead.pool.member"].sudo().search([("user_id", "in", list(users)), ("role", "=", "member")])
        members._recount_claims()
        self._delete(
            "lead_pool_rep",
            SQL(
                """id = ANY(%s) AND held = 0 AND NOT EXISTS (
                       SELECT FROM lead_pool_member m WHERE m.user_id = lead_pool_rep.user_id)""",
                self._numbers("lead.pool.rep"),
            ),
        )

    def _forget_inert(self):
        """Without a pool there are no keys of leads, and no job that makes them: as if there had never been one."""
        if self.env["lead.pool"]._in_use():
            return
        self._delete("lead_identity", SQL("TRUE"))
        self._delete("lead_pool_job", SQL("kind = 'identity'"))
        self.env["ir.config_parameter"].sudo().search([("key", "=", DONE_TO)]).unlink()
