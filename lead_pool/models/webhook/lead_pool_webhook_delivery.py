from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...rules import feed, outgoing

KEPT_DAYS = 30  # afterwards what was sent is forgotten; it can be replayed from the events
DEAD_DAYS = 180  # so long what was given up is kept


class LeadPoolWebhookDelivery(models.Model):
    """An event on its way to a receiver. What it says is read from the event when it is sent: nothing is kept twice."""

    _name = "lead.pool.webhook.delivery"
    _description = "Delivery of a Webhook"
    _order = "event_ref desc, id desc"
    _rec_name = "event_ref"
    _log_access = False

    webhook_id = fields.Many2one("lead.pool.webhook", required=True, readonly=True, ondelete="cascade")
    event_ref = fields.Integer("Event No.", required=True, readonly=True, aggregator=None)
    lead_ref = fields.Integer("Lead Number", required=True, readonly=True, aggregator=None)
    kind = fields.Selection("_kinds", "What", required=True, readonly=True)
    state = fields.Selection(
        [("waiting", "To Be Sent"), ("sent", "Sent"), ("dead", "Given Up")], required=True, readonly=True
    )
    failures = fields.Integer("Attempts Failed", readonly=True, aggregator=None)
    retry_at = fields.Datetime("Next Attempt", readonly=True)
    attempted_at = fields.Datetime("Last Attempt", readonly=True)
    outcome = fields.Char(readonly=True, help="A code; empty: the receiver has it.")
    said = fields.Char("Receiver Said", readonly=True)
    answer = fields.Char("What Came of It", compute="_compute_answer")

    _event_uniq = models.UniqueIndex("(webhook_id, event_ref)")
    _due_idx = models.Index("(webhook_id, event_ref) WHERE state = 'waiting'")
    _lead_idx = models.Index("(webhook_id, lead_ref, event_ref) WHERE state = 'waiting'")
    _dead_idx = models.Index("(webhook_id) WHERE state = 'dead'")
    _old_idx = models.Index("(attempted_at) WHERE state <> 'waiting'")

    @api.model
    def _kinds(self):
        return self.env["lead.pool.event"]._fields["kind"]._description_selection(self.env)

    @api.depends("outcome", "said", "attempted_at")
    @api.depends_context("lang")
    def _compute_answer(self):
        for one in self:
            outcome = outgoing.Outcome(one.outcome or "", said=one.said or "")
            tried = one.attempted_at and (one.state == "sent" or one.outcome)
            one.answer = tried and one.webhook_id._sentence(outcome)

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    @api.model
    def _next_of(self, hook, now):
        """The oldest one that is due at this webhook and has none of the same lead before it, locked; may be empty."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM lead_pool_webhook_delivery d
                    WHERE webhook_id = %s AND state = 'waiting' AND retry_at <= %s
                      AND NOT EXISTS (SELECT FROM lead_pool_webhook_delivery b
                                       WHERE b.webhook_id = d.webhook_id AND b.lead_ref = d.lead_ref
                                         AND b.state = 'waiting' AND b.event_ref < d.event_ref)
                    ORDER BY event_ref LIMIT 1 FOR UPDATE SKIP LOCKED""",
                hook.id,
                now,
            )
        )
        found = self.sudo().browse([number for [number] in rows])
        found.invalidate_recordset()
        return found

    def _event(self):
        """The event as programs read it; ``None``: it is gone."""
        Event = self.env["lead.pool.event"].sudo()
        rows = Event._told(SQL("id = %s", self.event_ref), self.webhook_id.company_id.ids)
        return feed.said(rows[0]) if rows else None

    def _note(self, outcome, then, now):
        """What came of an attempt.

        :param rules.outgoing.Outcome outcome: of the sending
        :param rules.webhook.After then: what follows from it
        """
        self.write(
            {
                "state": then.state,
                "failures": then.failures,
                "retry_at": then.retry_at or False,
                "attempted_at": now,
                "outcome": outcome.code or False,
                "said": outcome.said or False,
            }
        )

    def action_send_again(self):
        """Have these sent once more, whether they were sent or given up; by who may change the webhook.

        :raises AccessError: somebody else
        """
        self.webhook_id.check_access("write")
        again = self.sudo().filtered(lambda one: one.state != "waiting")
        now = self.env["lead.pool"]._now()
        again.write({"state": "waiting", "failures": 0, "retry_at": now, "outcome": False, "said": False})
        self.env.ref("lead_pool.ir_cron_webhooks").sudo()._trigger()

    @api.autovacuum
    def _gc_old(self):
        limit = 10_000
        now = self.env["lead.pool"]._now()
        self.env.cr.execute(
            SQL(
                """DELETE FROM lead_pool_webhook_delivery
                    WHERE id IN (SELECT id FROM lead_pool_webhook_delivery
                                  WHERE state = 'sent' AND attempted_at < %s OR state = 'dead' AND attempted_at < %s
                                  LIMIT %s)""",
                now - timedelta(days=KEPT_DAYS),
                now - timedelta(days=DEAD_DAYS),
                limit,
            )
        )
        done = self.env.cr.rowcount
        self.invalidate_model()
        return done, done == limit
