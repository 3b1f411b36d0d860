import time
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from odoo.addons.base.models.res_partner import _lang_get

from ...isolation import in_batches
from ...notification import answered
from ...outgoing import send
from ...rules import robot as rules

#: What a robot may tell of: kinds of news, and that leads wait which everybody may claim.
KINDS = ("arrived", "got", "going_back", "went_back", "inquiry", "decision", "trouble", "waiting_long", "handover")
NAMED = 20  # leads named in one piece of news
AT_ONCE = 20  # pieces of news in one message


class LeadPoolRobot(models.Model):
    """A robot of a chat group, to which the news of a pool go: numbers of leads and links, nothing of a customer."""

    _name = "lead.pool.robot"
    _inherit = "lead.pool.address.mixin"
    _description = "Group Robot"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="The group as people call it, e.g. “Sales North”.")
    active = fields.Boolean(default=True, help="Off: nothing is sent.")
    platform = fields.Selection(
        [("wecom", "WeCom"), ("dingtalk", "DingTalk"), ("feishu", "Feishu"), ("webhook", "Another (Webhook)")],
        required=True,
        default="wecom",
        help="Where the group is. Another: JSON with a text goes to any HTTPS address.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, help="Whose news it tells."
    )
    pool_id = fields.Many2one(
        "lead.pool",
        "Lead Pool",
        ondelete="cascade",
        index="btree_not_null",
        domain="[('company_id', 'in', [company_id, False])]",
        help="Whose news it tells. Empty: of all pools of the company.",
    )
    lang = fields.Selection(_lang_get, "Language", required=True, default=lambda self: self.env.lang or "en_US")

    url = fields.Char(help="The webhook address that the platform shows for the robot. It is never shown again.")
    secret = fields.Char(
        help="What messages are signed with, where the robot asks for a signature. It is never shown again."
    )

    tells_arrived = fields.Boolean("Leads wait that can be claimed", default=True)
    tells_got = fields.Boolean("Leads were given out")
    tells_going_back = fields.Boolean("Leads go back soon", default=True)
    tells_went_back = fields.Boolean("Leads went back", default=True)
    tells_inquiry = fields.Boolean("A customer inquired again")
    tells_decision = fields.Boolean("A request needs a decision")
    tells_trouble = fields.Boolean("Something is wrong", default=True)
    tells_waiting_long = fields.Boolean("Leads wait too long", default=True)
    tells_handover = fields.Boolean("Somebody left")

    message_ids = fields.One2many("lead.pool.robot.message", "robot_id", "Sent", readonly=True)
    waiting_count = fields.Integer("To Be Sent", compute="_compute_counts")
    failed_count = fields.Integer("Given Up", compute="_compute_counts")

    # ------------------------------------------------------------
    # COMPUTE AND CHECKS
    # ------------------------------------------------------------

    @api.depends("platform")
    def _compute_shown(self):
        super()._compute_shown()

    def _signs(self):
        return super()._signs() and self.platform != "wecom"

    def _cleaned(self, url):
        return rules.without_signature(url)

    def _address_problem(self, url):
        return rules.address_problem(self.platform, url, loopback=self._loopback())

    @api.depends("message_ids.state")
    def _compute_counts(self):
        groups = self.env["lead.pool.robot.message"]._read_group(
            [("robot_id", "in", self.ids)], ["robot_id", "state"], ["__count"]
        )
        counts = {(robot.id, state): count for robot, state, count in groups}
        for robot in self:
            robot.waiting_count = counts.get((robot.id, "waiting"), 0)
            robot.failed_count = counts.get((robot.id, "failed"), 0)

    @api.constrains("pool_id", "company_id")
    def _check_pool(self):
        for robot in self:
            company = robot.pool_id.sudo().company_id
            if company and company != robot.company_id:
                raise ValidationError(
                    self.env._(
                        "“%(pool)s” takes leads of %(company)s only.",
                        pool=robot.pool_id.sudo().name,
                        company=company.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        robots = super().create(vals_list)
        self.env.registry.clear_cache()
        return robots

    def write(self, vals):
        result = super().write(vals)
        if "platform" in vals:
            self._check_kept()
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # ------------------------------------------------------------
    # NEWS
    # ------------------------------------------------------------

    @api.model
    @ormcache()
    def _listeners(self):
        """``((robot id, pool id, company id, (kind)))`` of the robots in use, so that news cost no query."""
        return tuple(
            (robot.id, robot.pool_id.id, robot.company_id.id, tuple(k for k in KINDS if robot[f"tells_{k}"]))
            for robot in self.sudo().search([])
        )

    @api.model
    def _collect(self, kind, pool_id, numbers=()):
        """News of a pool: at the end of the transaction each robot that tells of such gets one piece of them.

        :param numbers: of the leads
        """
        if not pool_id or not any(kind in kinds for _robot, _pool, _company, kinds in self._listeners()):
            return
        data = self.env.cr.precommit.data
        news = data.get("lead_pool.robots")
        if news is None:
            news = data["lead_pool.robots"] = {}
            self.env.cr.precommit.add(self.sudo().browse()._keep_news)
        news.setdefault((pool_id, kind), {}).update(dict.fromkeys(numbers))

    def _keep_news(self):
        news = self.env.cr.precommit.data.pop("lead_pool.robots", {})
        if self.env["lead.pool"]._stopped():
            return
        pools = self.env["lead.pool"].sudo().browse({pool_id for pool_id, _kind in news}).exists()
        companies = {pool.id: pool.company_id.id for pool in pools if pool.mode == "active"}
        now = self.env["lead.pool"]._now()
        messages = [
            {
                "robot_id": robot_id,
                "pool_id": pool_id,
                "kind": kind,
                "count": len(numbers),
                "numbers": list(numbers)[:NAMED],
                "retry_at": now,
            }
            for (pool_id, kind), numbers in news.items()
            if pool_id in companies
            for robot_id, only, company_id, kinds in self._listeners()
            if kind in kinds and (only == pool_id if only else companies[pool_id] in (company_id, False))
        ]
        if messages:
            self.env["lead.pool.robot.message"].create(messages)
            self.env.ref("lead_pool.ir_cron_robots")._trigger()

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Send what waits, a message for each robot and batch; killed at any point, the next run goes on, and the
        message that was on its way may come twice."""
        if self.env["lead.pool"]._stopped():
            return
        robots = self.env["lead.pool.robot.message"]._robots_with_news()
        in_batches(self.env["ir.cron"], [robot._send_some for robot in robots], in_turn=True)

    def _send_some(self):
        """One message with what waits for this robot.

        :returns: how many pieces of news were handled, and whether there are more
        """
        self.ensure_one()
        this, now = self.sudo(), self.env["lead.pool"]._now()
        news = this.message_ids._due_of(this, now, AT_ONCE)
        if not news:
            return 0, False
        at = rules.may_send_at(this.message_ids._last_attempts(this), now)
        if at > now:
            news._put_off(at)
            return len(news), False
        outcome = this._post(news._text(this))
        news._came_back(outcome, now)
        return len(news), not outcome.code and len(news) == AT_ONCE

    def _post(self, text):
        """Bring ``text`` to the robot, now.

        :rtype: rules.outgoing.Outcome
        """
        this = self.sudo()
        loopback, url, secret = self._loopback(), this.kept_url or "", this.kept_secret or ""
        if problem := this._address_problem(url):
            return rules.Outcome(problem)
        request = rules.request(this.platform, url, secret, text, time.time())
        secrets = (secret, url.rsplit("=", 1)[-1], url)
        return send(request, partial(rules.answered, this.platform, secrets=secrets), loopback=loopback)

    def action_test(self):
        """Send a test message, and say what came of it.

        :returns: ``{'done', 'message'}``, the message in the caller's language
        :raises AccessError: the caller may not change the robot
        """
        self.ensure_one()
        self.check_access("write")
        if self.env["lead.pool"]._stopped():
            return {
                "done": False,
                "message": self.env._("The lead pools are stopped in the settings. Ask an administrator."),
            }
        now = self.env["lead.pool"]._now()
        Message = self.env["lead.pool.robot.message"].sudo()
        at = rules.may_send_at(Message._last_attempts(self), now)
        if at > now:
            outcome = rules.Outcome("too_fast", True)
        else:
            message = Message.create({"robot_id": self.id, "kind": "test", "retry_at": now})
            outcome = self._post(message._text(self))
            message._came_back(outcome, now, last=True)
        return {"done": not outcome.code, "message": self._sentence(outcome)}

    def button_test(self):
        answer = self.action_test()
        return answered(answer)

    def _sentences(self):
        _ = self.env._
        return super()._sentences() | {
            "": _("The message is in the group."),
            "no_address": _("Paste the whole webhook address of the robot, as its platform shows it."),
            "other_host": _("This is no robot address of this platform. Choose the right platform, or “Another”."),
            "busy": _("The platform is busy."),
            "too_fast": _("The robot got more messages than its platform allows (20 a minute). Wait ten minutes."),
            "unknown_robot": _(
                "The platform does not know this robot: it was removed from the group, or the address is wrong. Add it "
                "again, and paste its new address."
            ),
            "unproved": _(
                "The robot refuses our proof. Paste its secret again if it asks for a signature; or let it accept our "
                "words and our server's address."
            ),
            "refused": _("The platform refused the message."),
        }

    def _link(self, path):
        return f"{self.get_base_url()}{path}"
