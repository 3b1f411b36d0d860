import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, ormcache

from ...isolation import in_batches
from ...notification import answered, notification
from ...outgoing import send
from ...rules import feed, outgoing
from ...rules import webhook as rules

FILLED = 2000  # numbers of events that are looked through in one batch
MOST_PER_MINUTE = 6000
SHORTEST_SECRET = 16  # characters
LISTENS = frozenset({"active", "paused", "kind_ids"})  # what decides whether an event wakes anybody


class LeadPoolWebhook(models.Model):
    """A program elsewhere that is told of events as they happen: signed, at least once, in order for each lead."""

    _name = "lead.pool.webhook"
    _inherit = "lead.pool.address.mixin"
    _description = "Webhook"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="Who receives it, e.g. “Data warehouse”.")
    active = fields.Boolean(
        default=True, help="Off: nothing is sent; what happens meanwhile is left out unless you replay it."
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, help="Whose leads it tells of."
    )
    pool_ids = fields.Many2many(
        "lead.pool",
        string="Lead Pools",
        domain="[('company_id', 'in', [company_id, False])]",
        help="Of whose leads it tells: in one of them, or leaving one. Empty: of all pools of the company.",
    )
    kind_ids = fields.Many2many(
        "lead.pool.event.kind", string="Events", help="What it tells of. Empty: of everything that happens."
    )
    url = fields.Char(help="Where the events are sent to by POST; it begins with https:// and is never shown again.")
    secret = fields.Char(
        help="What each event is signed with, at least 16 characters; the receiver checks it. Never shown again."
    )
    per_minute = fields.Integer(
        "Most per Minute", default=300, required=True, help="So that a large import does not flood the receiver."
    )

    cursor = fields.Integer(readonly=True, aggregator=None, help="The event up to which deliveries were made.")
    paused = fields.Boolean(
        readonly=True, copy=False, help="Nothing is sent; it goes on where it stopped, and nothing is lost."
    )
    outcome = fields.Char(readonly=True, copy=False, help="A code of the last failure; empty: the last one went well.")
    said = fields.Char("Receiver Said", readonly=True, copy=False)
    failures = fields.Integer("Failures in a Row", readonly=True, copy=False, aggregator=None)
    failing_since = fields.Datetime(readonly=True, copy=False)
    retry_at = fields.Datetime("Next Attempt", readonly=True, copy=False)
    minute = fields.Datetime(readonly=True, copy=False, help="In which so many were sent.")
    minute_n = fields.Integer("Sent in This Minute", readonly=True, copy=False, aggregator=None)
    answer = fields.Char("What Is Wrong", compute="_compute_answer")

    delivery_ids = fields.One2many("lead.pool.webhook.delivery", "webhook_id", "Deliveries", readonly=True)
    waiting_count = fields.Integer("To Be Sent", compute="_compute_counts")
    dead_count = fields.Integer("Given Up", compute="_compute_counts")

    _within_rate = models.Constraint(
        f"CHECK (per_minute BETWEEN 1 AND {MOST_PER_MINUTE})", "Send from 1 to 6,000 events a minute."
    )

    # ------------------------------------------------------------
    # COMPUTE AND CHECKS
    # ------------------------------------------------------------

    @api.depends("outcome", "said")
    @api.depends_context("lang")
    def _compute_answer(self):
        for hook in self:
            hook.answer = hook.outcome and hook._sentence(outgoing.Outcome(hook.outcome, said=hook.said or ""))

    @api.depends("delivery_ids.state")
    def _compute_counts(self):
        groups = self.env["lead.pool.webhook.delivery"]._read_group(
            [("webhook_id", "in", self.ids)], ["webhook_id", "state"], ["__count"]
        )
        counts = {(hook.id, state): count for hook, state, count in groups}
        for hook in self:
            hook.waiting_count = counts.get((hook.id, "waiting"), 0)
            hook.dead_count = counts.get((hook.id, "dead"), 0)

    def _inverse_secret(self):
        for hook in self.filtered("secret"):
            if len(hook.secret.strip()) < SHORTEST_SECRET:
                raise ValidationError(self.env._("A secret has at least %(count)s characters.", count=SHORTEST_SECRET))
        super()._inverse_secret()

    def _check_kept(self):
        super()._check_kept()
        if not all(hook.kept_secret for hook in self.sudo()):
            raise ValidationError(self.env._("A webhook needs a secret: without one its receiver believes anybody."))

    @api.constrains("pool_ids", "company_id")
    def _check_pools(self):
        for hook in self:
            for pool in hook.pool_ids.sudo():
                if pool.company_id and pool.company_id != hook.company_id:
                    raise ValidationError(
                        self.env._(
                            "“%(pool)s” takes leads of %(company)s only.", pool=pool.name, company=pool.company_id.name
                        )
                    )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        hooks = super().create([{**vals, "cursor": self._here()} for vals in vals_list])
        self.env.registry.clear_cache()
        return hooks

    def write(self, vals):
        begins = self.filtered(lambda hook: not hook.active) if vals.get("active") else self.browse()
        result = super().write(vals)
        if begins:
            begins.sudo().cursor = self._here()
        if not LISTENS.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    def _here(self):
        """The last event there is: a webhook begins behind it."""
        self.env.cr.execute("SELECT COALESCE(max(id), 0) FROM lead_pool_event")
        return self.env.cr.fetchone()[0]

    # ------------------------------------------------------------
    # NEWS
    # ------------------------------------------------------------

    @api.model
    @ormcache()
    def _listening(self):
        """The kinds that some webhook in use tells of, ``None``: all; so that events cost no query."""
        hooks = self.sudo().search([("paused", "=", False)])
        if any(not hook.kind_ids for hook in hooks):
            return None
        return frozenset(hooks.kind_ids.mapped("code"))

    @api.model
    def _wake(self, kinds):
        """Events of these kinds were written: once the transaction ends they are sent."""
        listening, data = self._listening(), self.env.cr.precommit.data
        if (listening is None or not listening.isdisjoint(kinds)) and "lead_pool.webhooks" not in data:
            data["lead_pool.webhooks"] = True
            self.env.cr.precommit.add(self.sudo().browse()._call_cron)

    def _call_cron(self):
        self.env.cr.precommit.data.pop("lead_pool.webhooks", None)
        self.env.ref("lead_pool.ir_cron_webhooks").sudo()._trigger()

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    @api.model
    def _cron_deliver(self):
        """Send what waits, a transaction for each delivery; killed at any point, the next run goes on, and the one that
        was on its way comes twice."""
        if self.env["lead.pool"]._stopped():
            return
        hooks = self.sudo().search([("paused", "=", False)])
        in_batches(self.env["ir.cron"], [hook._work for hook in hooks], in_turn=True)

    def _work(self):
        """The next delivery, or if none is due the next deliveries from the feed.

        :returns: ``(number done, whether there is more)``
        """
        self.ensure_one()
        this, now = self.sudo(), self.env["lead.pool"]._now()
        this.invalidate_recordset()
        if this.paused or this.retry_at and this.retry_at > now:
            return 0, False
        delivery = this.delivery_ids._next_of(this, now)
        if delivery:
            return this._deliver(delivery, now)
        made, more = this._make_deliveries(now)
        return made, bool(made) or more

    def _make_deliveries(self, now):
        """What happened since, as deliveries; what was sent before, in a replay, is to be sent again.

        :returns: ``(number made, whether there is more to look through)``
        """
        mark = self.env["lead.pool.feed.mark"]
        settled = mark._settled()
        upto = min(settled, self.cursor + FILLED)
        made = 0
        if upto > self.cursor:
            codes, pools = self.kind_ids.mapped("code"), self.pool_ids.ids
            self.env.cr.execute(
                SQL(
                    """INSERT INTO lead_pool_webhook_delivery AS d
                              (webhook_id, event_ref, lead_ref, kind, state, failures, retry_at)
                       SELECT %(hook)s, id, lead_ref, kind, 'waiting', 0, %(now)s
                         FROM lead_pool_event
                        WHERE id > %(after)s AND id <= %(upto)s
                          AND (company_ref IS NULL OR company_ref = %(company)s)
                          AND (%(all_kinds)s OR kind = ANY(%(codes)s))
                          AND (%(all_pools)s OR pool_ref = ANY(%(pools)s) OR from_pool_ref = ANY(%(pools)s))
                        ORDER BY id
                           ON CONFLICT (webhook_id, event_ref) DO UPDATE
                          SET state = 'waiting', failures = 0, retry_at = %(now)s, outcome = NULL, said = NULL
                        WHERE d.state <> 'waiting'""",
                    hook=self.id,
                    now=now,
                    after=self.cursor,
                    upto=upto,
                    company=self.company_id.id,
                    all_kinds=not codes,
                    codes=codes,
                    all_pools=not pools,
                    pools=pools,
                )
            )
            made = self.env.cr.rowcount
            self.delivery_ids.invalidate_model()
            self.invalidate_recordset(["delivery_ids", "waiting_count", "dead_count"])
            self.cursor = upto
        elif mark._is_behind():  # somebody was writing: what he wrote can be read in a moment
            self.env.ref("lead_pool.ir_cron_webhooks")._trigger(at=now + timedelta(seconds=5))
        return made, upto < settled

    def _deliver(self, delivery, now):
        """Bring one event, and note what came of it."""
        counted = rules.may_send(self.minute, self.minute_n, self.per_minute, now)
        if not counted:
            self.retry_at = self.minute + timedelta(minutes=1)
            self.env.ref("lead_pool.ir_cron_webhooks")._trigger(at=self.retry_at)
            return 0, False
        self.minute, self.minute_n = counted
        event = delivery._event()
        outcome = self._post(event, delivery.id) if event else outgoing.Outcome("gone")
        self._came_back(delivery, outcome, now)
        return 1, not self.retry_at and not self.paused

    def _came_back(self, delivery, outcome, now):
        """Note what came of an attempt: for the delivery, and for the receiver."""
        before = rules.Receiver(self.failures, self.failing_since or None, None, self.paused)
        then = rules.after(before, outcome, delivery.failures, now)
        delivery._note(outcome, then, now)
        values = {
            "failures": then.receiver.failures,
            "failing_since": then.receiver.failing_since or False,
            "retry_at": then.receiver.retry_at or False,
            "outcome": outcome.code or False,
            "said": outcome.said or False,
            "paused": then.receiver.paused,
        }
        self.write({name: value for name, value in values.items() if self[name] != value})
        if then.receiver.paused:
            self._tell_paused(outcome)
        elif again := then.receiver.retry_at or then.retry_at:
            self.env.ref("lead_pool.ir_cron_webhooks")._trigger(at=again)

    def _post(self, event, delivery_id):
        """Send an event, now.

        :rtype: rules.outgoing.Outcome
        """
        this = self.sudo()
        url, secret = this.kept_url or "", this.kept_secret or ""
        if problem := this._address_problem(url):
            return outgoing.Outcome(problem)
        request = rules.request(url, secret, event, delivery_id, time.time())
        return send(request, rules.answered, most=rules.MOST_READ, loopback=this._loopback())

    def _tell_paused(self, outcome):
        """Who can do something about it is told, once."""
        managers = self.env.ref("lead_pool.group_manager").sudo().all_user_ids
        for user in managers.filtered(lambda one: one.active and self.company_id in one.company_ids):
            told = self.with_env(self.env["lead.pool.entry"]._env_of(user))
            lines = [
                told._sentence(outcome),
                told.env._(
                    "For a day nothing reached it, so nothing is sent any more. Nothing is lost: once the receiver is "
                    "back, press “Go On” at the webhook."
                ),
            ]
            subject = told.env._("The webhook “%(name)s” is paused", name=self.name)
            self.env["lead.pool.notice"]._tell("trouble", user, subject, lines, about=self)

    def _sentences(self):
        _ = self.env._
        return super()._sentences() | {
            "": _("The receiver has it."),
            "too_fast": _("The receiver wants fewer events a minute. Lower “Most per Minute”."),
            "closed": _("The receiver refuses us. Compare address and secret with what it expects."),
            "gone": _("The event is not in the database any more."),
        }

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    def action_send_sample(self):
        """Send an event that never was, signed like the others, and say what came of it.

        :returns: ``{'done', 'message'}``, the message in the caller's language
        :raises AccessError: the caller may not change the webhook
        """
        self.ensure_one()
        self.check_access("write")
        if self.env["lead.pool"]._stopped():
            return {
                "done": False,
                "message": self.env._("The lead pools are stopped in the settings. Ask an administrator."),
            }
        this, now = self.sudo(), self.env["lead.pool"]._now()
        counted = rules.may_send(this.minute, this.minute_n, this.per_minute, now)
        if not counted:
            return {"done": False, "message": self.env._("Enough was sent in this minute. Try again in the next one.")}
        this.minute, this.minute_n = counted
        outcome = self._post(rules.sample(now), 0)
        return {"done": not outcome.code, "message": self._sentence(outcome)}

    def action_go_on(self):
        """Send again after a pause, at once, from where it stopped.

        :raises AccessError: the caller may not change the webhook
        """
        self.check_access("write")
        self.sudo().write(
            {"paused": False, "failures": 0, "failing_since": False, "retry_at": False, "outcome": False, "said": False}
        )
        self.env.ref("lead_pool.ir_cron_webhooks").sudo()._trigger()

    def action_pause(self):
        """Send nothing until somebody lets it go on.

        :raises AccessError: the caller may not change the webhook
        """
        self.check_access("write")
        self.sudo().paused = True

    def action_replay(self, after):
        """Send everything again that came after this point, also what was sent or given up.

        :param str after: the ``cursor`` of an event, ``next`` of an answer of the feed, or a moment
            (``YYYY-MM-DD HH:MM:SS``, UTC)
        :raises AccessError: the caller may not change the webhook
        :raises UserError: no such point
        """
        self.check_access("write")
        number = feed.number_of(after)
        if number is None:
            number = self._number_at(after)
        for hook in self.sudo():
            hook.cursor = min(hook.cursor, number)
        self.env.ref("lead_pool.ir_cron_webhooks").sudo()._trigger()

    def _number_at(self, moment):
        """The last event before all that happened from this moment on."""
        try:
            moment = fields.Datetime.to_datetime(moment) or None
        except (ValueError, TypeError):
            moment = None
        if not moment:
            raise UserError(self.env._("Name a point to replay from: a cursor of an event, or a moment."))
        self.env.cr.execute(
            "SELECT COALESCE((SELECT min(id) - 1 FROM lead_pool_event WHERE date >= %s), %s)", [moment, self._here()]
        )
        return self.env.cr.fetchone()[0]

    # ------------------------------------------------------------
    # BUTTONS
    # ------------------------------------------------------------

    def button_send_sample(self):
        answer = self.action_send_sample()
        return answered(answer)

    def button_go_on(self):
        self.action_go_on()
        return notification(self.env._("What waits is sent in a moment."))

    def button_pause(self):
        self.action_pause()
        return notification(self.env._("Nothing is sent until you press “Go On”."))
