from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...rules import robot as rules

NAMED = 20  # leads of one pool and kind named in one message
KEPT_DAYS = 30  # afterwards what was sent is forgotten


class LeadPoolRobotMessage(models.Model):
    """A piece of news for a robot: what it says, and what came of it."""

    _name = "lead.pool.robot.message"
    _description = "Message of a Robot"
    _order = "id desc"
    _rec_name = "kind"

    robot_id = fields.Many2one("lead.pool.robot", required=True, readonly=True, ondelete="cascade")
    pool_id = fields.Many2one("lead.pool", "Lead Pool", readonly=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("arrived", "Leads wait"),
            ("got", "Leads were given out"),
            ("going_back", "Leads go back soon"),
            ("went_back", "Leads went back"),
            ("inquiry", "Inquired again"),
            ("decision", "A decision is needed"),
            ("trouble", "Something is wrong"),
            ("waiting_long", "Leads wait too long"),
            ("handover", "Somebody left"),
            ("test", "Test"),
        ],
        "News",
        required=True,
        readonly=True,
    )
    count = fields.Integer("Leads", readonly=True, aggregator=None)
    numbers = fields.Json(readonly=True, help="Of the leads, the first ones.")
    state = fields.Selection(
        [("waiting", "To Be Sent"), ("sent", "Sent"), ("failed", "Given Up")],
        required=True,
        default="waiting",
        readonly=True,
    )
    failures = fields.Integer("Attempts Failed", readonly=True, aggregator=None)
    retry_at = fields.Datetime("Next Attempt", readonly=True)
    attempted_at = fields.Datetime("Last Attempt", readonly=True)
    outcome = fields.Char(readonly=True, help="A code; empty: the robot has it.")
    said = fields.Char("Platform Said", readonly=True)
    answer = fields.Char("What Came of It", compute="_compute_answer")

    _due_idx = models.Index("(robot_id, retry_at, id) WHERE state = 'waiting'")
    _failed_idx = models.Index("(id) WHERE state = 'failed'")
    _attempted_idx = models.Index("(robot_id, attempted_at DESC)")

    @api.depends("outcome", "said", "state")
    def _compute_answer(self):
        for message in self:
            tried = message.attempted_at and (message.state == "sent" or message.outcome)
            message.answer = (
                message.robot_id._sentence(rules.Outcome(message.outcome or "", said=message.said or ""))
                if tried
                else False
            )

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _text(self, robot):
        """The words of these in the robot's language, with links; news of one kind and pool are told together."""
        told = self.with_context(lang=robot.lang).sorted("id")
        groups = told.grouped(lambda message: (message.pool_id, message.kind))
        return "\n\n".join(news._words() for news in groups.values())

    def _words(self):
        """Pieces of news of one kind and pool, told together."""
        _, robot, first = self.env._, self.robot_id, self[0]
        count = sum(self.mapped("count"))
        numbers = list(dict.fromkeys(number for message in self for number in message.numbers or []))
        words = {"pool": first.pool_id.name, "count": count}
        sentences = {
            "arrived": lambda: _("“%(pool)s”: %(count)s leads wait and can be claimed.", **words),
            "got": lambda: _("“%(pool)s”: %(count)s leads were given out.", **words),
            "going_back": lambda: _("“%(pool)s”: %(count)s leads go back soon.", **words),
            "went_back": lambda: _("“%(pool)s”: %(count)s leads went back.", **words),
            "inquiry": lambda: _("“%(pool)s”: %(count)s customers inquired again.", **words),
            "decision": lambda: _("“%(pool)s”: requests need a decision.", **words),
            "trouble": lambda: _("“%(pool)s”: something is wrong. The admins have a message that says what.", **words),
            "waiting_long": lambda: _("“%(pool)s”: leads wait too long.", **words),
            "handover": lambda: _("“%(pool)s”: somebody left, and his leads go to others.", **words),
            "test": lambda: _("“%(robot)s” of lead pools: this is a test message.", robot=robot.name),
        }
        path = "/odoo/lead-pool-approvals" if first.kind == "decision" else "/odoo/lead-pool"
        if len(numbers) == count == 1:
            path = f"/mail/view?model=crm.lead&res_id={numbers[0]}"
        shown = numbers[:NAMED]
        named = ", ".join(f"#{number}" for number in shown) + (" …" if count > len(shown) else "")
        return "\n".join(filter(None, [sentences[first.kind](), numbers and named, robot._link(path)]))

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    @api.model
    def _robots_with_news(self):
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT r.id FROM lead_pool_robot r
                    WHERE r.active AND EXISTS (
                        SELECT 1 FROM lead_pool_robot_message m
                         WHERE m.robot_id = r.id AND m.state = 'waiting' AND m.retry_at <= %s)
                    ORDER BY r.id""",
                self.env["lead.pool"]._now(),
            )
        )
        return self.env["lead.pool.robot"].sudo().browse(robot_id for [robot_id] in rows)

    @api.model
    def _due_of(self, robot, now, limit):
        """What waits for the robot, locked; what somebody sends this moment is left out."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM lead_pool_robot_message
                    WHERE robot_id = %s AND state = 'waiting' AND retry_at <= %s
                    ORDER BY retry_at, id LIMIT %s FOR UPDATE SKIP LOCKED""",
                robot.id,
                now,
                limit,
            )
        )
        return self.sudo().browse(message_id for [message_id] in rows)

    @api.model
    def _last_attempts(self, robot):
        """The moments of the last messages to this robot, the latest first; pieces of news that went together are
        one."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT attempted_at FROM lead_pool_robot_message
                    WHERE robot_id = %s AND attempted_at > %s ORDER BY attempted_at DESC LIMIT %s""",
                robot.id,
                self.env["lead.pool"]._now() - timedelta(minutes=2),
                rules.PER_MINUTE,
            )
        )
        return [moment for [moment] in rows]

    def _put_off(self, at):
        self.write({"retry_at": at})
        self.env.ref("lead_pool.ir_cron_robots")._trigger(at=at)

    def _came_back(self, outcome, now, last=False):
        """Note what came of an attempt, and when the next one is made.

        :param rules.outgoing.Outcome outcome: of the sending
        :param bool last: nobody tries again, whatever it is: somebody looks at the answer
        """
        values = {"attempted_at": now, "outcome": outcome.code or False, "said": outcome.said or False}
        if not outcome.code:
            self.write({**values, "state": "sent", "retry_at": False})
            return
        for failures, messages in self.grouped("failures").items():
            failures += outcome.code != "too_fast"
            wait = rules.again_in(failures, outcome.code) if outcome.again and not last else None
            at = now + wait if wait else False
            messages.write({**values, "failures": failures, "retry_at": at, "state": "waiting" if at else "failed"})
            if at:
                self.env.ref("lead_pool.ir_cron_robots")._trigger(at=at)

    def action_send_again(self):
        """Have what was given up sent again; by who may change the robot.

        :raises AccessError: somebody else
        """
        self.robot_id.check_access("write")
        given_up = self.sudo().filtered(lambda message: message.state == "failed" and message.kind != "test")
        given_up.write({"state": "waiting", "failures": 0, "retry_at": self.env["lead.pool"]._now()})
        self.env.ref("lead_pool.ir_cron_robots").sudo()._trigger()

    @api.autovacuum
    def _gc_old(self):
        limit = 1000
        old = self.sudo().search(
            [
                ("state", "!=", "waiting"),
                ("create_date", "<", fields.Datetime.subtract(self.env["lead.pool"]._now(), days=KEPT_DAYS)),
            ],
            limit=limit,
        )
        old.unlink()
        return len(old), len(old) == limit
