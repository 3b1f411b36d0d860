import logging
from datetime import timedelta
from itertools import product

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...isolation import contended, in_batches
from ...logs import log_failure
from ...rules import handover
from .lead_pool_handover_group import CHOICES

_logger = logging.getLogger(__name__)

STATES = [
    ("draft", "Preview"),
    ("planned", "Planned"),
    ("working", "At Work"),
    ("done", "Handed Over"),
    ("going_back", "Going Back"),
    ("back", "Given Back"),
]


class LeadPoolHandover(models.Model):
    """The leads of one who leaves, or is on leave, go to others.

    Each lead has a line: where it went, with what, and what it had before. A run, killed at any point, goes on with the
    leads that have no line yet. Undone within a day, or at the end of a leave, the lines say what comes back.
    """

    _name = "lead.pool.handover"
    _inherit = [
        "lead.pool.handover.preview",
        "lead.pool.handover.belongings",
        "lead.pool.handover.working",
        "lead.pool.handover.screen",
    ]
    _description = "Hand-over of Leads"
    _order = "id desc"

    user_id = fields.Many2one(
        "res.users",
        "Whose Leads",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False)]",
        context={"active_test": False},
        help="Who leaves, or is away for a while.",
    )
    kind = fields.Selection(
        [("leaves", "Leaves for good"), ("cover", "Is on leave: comes back")],
        required=True,
        default="leaves",
        help="Of who is on leave, what is still open comes back by itself when the leave ends.",
    )
    source = fields.Selection([("hand", "By hand"), ("archived", "User archived")], default="hand", readonly=True)
    mode = fields.Selection(
        [*(one for one in CHOICES if one[0] != "keep"), ("leader", "To the team leader")],
        "Hand Over",
        required=True,
        default="person",
        help="For all groups, unless a group says something else.",
    )
    target_user_id = fields.Many2one("res.users", "New Holder", domain="[('share', '=', False)]", ondelete="set null")
    outside_user_id = fields.Many2one(
        "res.users",
        "Outside the Pools To",
        domain="[('share', '=', False)]",
        ondelete="set null",
        help="Who gets leads that are in no pool, where the others go to the pool. Empty: the leader of their team.",
    )
    share_ids = fields.One2many("lead.pool.handover.share", "handover_id", "Split Over")
    grace_days = fields.Integer(
        "Grace (Days)", default=handover.GRACE_DAYS, help="Days before which no handed-over lead goes back by itself."
    )
    over_capacity = fields.Boolean("Above the Capacity", help="Also to who holds as many as he may. Recorded.")
    note = fields.Char(help="Kept with each lead's history.")
    cover_from = fields.Datetime("From", help="Empty: at once.")
    cover_until = fields.Datetime("Until", help="When the leads come back.")
    state = fields.Selection(STATES, required=True, readonly=True, default="draft", index=True, copy=False)
    group_ids = fields.One2many(
        "lead.pool.handover.group",
        "handover_id",
        "Preview",
        compute="_compute_group_ids",
        store=True,
        readonly=False,
        copy=False,
    )
    line_ids = fields.One2many("lead.pool.handover.line", "handover_id", "Leads", readonly=True, copy=False)
    total = fields.Integer("Leads in All", compute="_compute_total")
    attention = fields.Char("Needs a Look", compute="_compute_total")
    moved_count = fields.Integer("Handed Over", compute="_compute_counts")
    refused_count = fields.Integer("Not Handed Over", compute="_compute_counts")
    back_count = fields.Integer("Given Back", compute="_compute_counts")
    kept_count = fields.Integer("Not Given Back", compute="_compute_counts")
    run_by_id = fields.Many2one("res.users", "Done By", readonly=True, ondelete="set null", copy=False)
    done_at = fields.Datetime("Done", readonly=True, copy=False)
    back_at = fields.Datetime("Gone Back", readonly=True, copy=False)
    back_as = fields.Selection([("undo", "Undone"), ("cover", "Leave over")], readonly=True, copy=False)
    job_id = fields.Many2one("lead.pool.job", readonly=True, ondelete="set null", copy=False)
    job_at_work = fields.Boolean(compute="_compute_may", export_string_translation=False)
    touches_my_pools = fields.Boolean(
        compute="_compute_touches_my_pools",
        search="_search_touches_my_pools",
        compute_sudo=True,
        export_string_translation=False,
    )
    may_run = fields.Boolean(compute="_compute_may", export_string_translation=False)
    may_undo = fields.Boolean(compute="_compute_may", export_string_translation=False)
    undo_until = fields.Datetime("Can Be Undone Until", compute="_compute_may")
    parked = fields.Json(readonly=True, copy=False, groups="base.group_system", export_string_translation=False)

    _grace_positive = models.Constraint("CHECK (grace_days >= 0)", "The grace is 0 days or more.")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("user_id.name", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for one in self:
            words = {"user": one.sudo().user_id.name or ""}
            if not one.user_id:
                one.display_name = self.env._("New Hand-over")
            elif one.kind == "cover":
                one.display_name = self.env._("Cover for %(user)s", **words)
            else:
                one.display_name = self.env._("Hand-over of %(user)s", **words)

    @api.depends("user_id")
    def _compute_group_ids(self):
        """The preview: counted when the person is chosen, for the pools that the caller runs."""
        for one in self:
            if one.state != "draft":
                continue
            values = one._preview() if one.user_id else []
            one.group_ids = [(5,), *((0, 0, group) for group in values)]

    @api.depends("group_ids.count", "group_ids.mode")
    @api.depends_context("lang")
    def _compute_total(self):
        _ = self.env._
        for one in self:
            groups = one.group_ids.filtered(lambda group: group.mode != "keep")
            one.total = sum(groups.mapped("count"))
            told = (
                (
                    _("open requests that lapse: %(count)s; decide them first", count=n)
                    if (n := sum(groups.mapped("requests")))
                    else ""
                ),
                (_("in dispute: %(count)s", count=n) if (n := sum(groups.mapped("disputed"))) else ""),
                (_("locked: %(count)s", count=n) if (n := sum(groups.mapped("locked"))) else ""),
                (_("go back within seven days: %(count)s", count=n) if (n := sum(groups.mapped("soon"))) else ""),
            )
            one.attention = " · ".join(filter(None, told))

    @api.depends_context("uid")
    def _compute_counts(self):
        """Of the lines that the reader may see."""
        counts = {
            (one.id, state): count
            for one, state, count in self.env["lead.pool.handover.line"]._read_group(
                [("handover_id", "in", self.ids)], ["handover_id", "state"], ["__count"]
            )
        }
        for one in self:
            back, kept = counts.get((one.id, "back"), 0), counts.get((one.id, "kept"), 0)
            one.moved_count = counts.get((one.id, "moved"), 0) + back + kept
            one.refused_count = counts.get((one.id, "refused"), 0)
            one.back_count, one.kept_count = back, kept

    @api.depends("state", "done_at", "job_id.state")
    @api.depends_context("uid")
    def _compute_may(self):
        """What the reader may do: who only sees it, as it touched his pools, does nothing with it."""
        now = self.env["lead.pool"]._now()
        seen = self.browse() if self.env.su else self.filtered("id") - self._filtered_access("write")
        for one in self:
            job = one.sudo().job_id
            at_work = job.state in ("waiting", "running")
            until = one.done_at and one.done_at + timedelta(hours=handover.UNDO_HOURS)
            one.job_at_work = at_work
            reads = one in seen
            one.may_run = one.state in ("draft", "working", "going_back") and not at_work and not reads
            one.undo_until = until if one.state == "done" else False
            one.may_undo = one.state == "done" and not reads and (one.kind == "cover" or bool(until and until > now))

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        later = {"cover_until"}  # a leave may end at another time
        if not self.env.su and vals.keys() - later and any(one.state != "draft" for one in self):
            raise UserError(self.env._("This hand-over has begun. Make a new one for what is left."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        if any(one.state != "draft" for one in self):
            raise UserError(self.env._("What was handed over stays in the books."))

    @api.constrains("mode", "kind", "target_user_id", "user_id", "cover_from", "cover_until")
    def _check_choice(self):
        for one in self:
            if one.user_id in (one.target_user_id | one.share_ids.user_id | one.outside_user_id):
                raise ValidationError(self.env._("%(user)s cannot take over his own leads.", user=one.user_id.name))
            if one.cover_from and one.cover_until and one.cover_from >= one.cover_until:
                raise ValidationError(self.env._("The leave ends before it begins."))

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @contended
    def action_run(self):
        """Hand over what is chosen: at once, or in the background where it is much; a run that was cut off goes on.

        :returns: ``[{'id', 'state', 'moved', 'refused', 'job_id'}]``
        :raises AccessError: the caller runs no pool
        :raises UserError: something is not chosen yet
        """
        self.check_access("write")
        answers = []
        for one in self:
            one._check_runs()
            if one.state == "draft":
                one._check_complete()
                one.sudo()._begin(self.env.user)
            elif one.state not in ("working", "going_back") or one.job_at_work:
                raise UserError(self.env._("There is nothing left to do here. Make a new hand-over."))
            if one.state != "planned":
                one.sudo()._go_on()
            answers.append(one._told())
        return answers

    @contended
    def action_undo(self):
        """Give back all that was handed over in the last 24 hours and not touched since; the rest is listed, and why.

        :returns: as :meth:`action_run`, with ``back`` and ``kept``
        :raises UserError: it is too late, or who had the leads is archived
        """
        return self._back("undo")

    @contended
    def action_give_back(self):
        """End a cover now: what the colleague still holds goes back."""
        return self._back("cover")

    def _back(self, how):
        self.check_access("write")
        answers = []
        for one in self:
            one._check_runs()
            if one.state != "done" or (how == "cover" and one.kind != "cover"):
                raise UserError(self.env._("Only what was handed over can go back."))
            if how == "undo" and one.done_at + timedelta(hours=handover.UNDO_HOURS) <= self.env["lead.pool"]._now():
                raise UserError(
                    self.env._(
                        "A hand-over can be undone for %(hours)s hours, and these are over. Hand the leads over again.",
                        hours=handover.UNDO_HOURS,
                    )
                )
            one._check_has_user()
            one.sudo().write({"state": "going_back", "back_as": how})
            one.sudo()._go_on()
            answers.append(one._told())
        return answers

    def _check_has_user(self):
        if not self.sudo().user_id.active:
            raise UserError(
                self.env._(
                    "%(user)s is archived and cannot hold leads. Restore the user first, then try again.",
                    user=self.sudo().user_id.name,
                )
            )

    def _told(self):
        self.invalidate_recordset()
        return {
            "id": self.id,
            "state": self.state,
            "moved": self.moved_count,
            "refused": self.refused_count,
            "back": self.back_count,
            "kept": self.kept_count,
            "job_id": self.sudo().job_id.id,
        }

    def _check_complete(self):
        """:raises UserError: what is still to be chosen"""
        _ = self.env._
        groups = self.group_ids.filtered(lambda group: group.mode != "keep")
        modes = {group.mode or self.mode for group in groups}
        if not groups:
            raise UserError(_("%(user)s holds nothing that you could hand over.", user=self.user_id.name))
        if any((g.mode or self.mode) == "person" and not (g.mode and g.user_id or self.target_user_id) for g in groups):
            raise UserError(_("Choose the person who gets the leads."))
        if "split" in modes and not self.share_ids:
            raise UserError(_("Choose the people over whom the leads are split."))
        if self.kind == "cover":
            if not self.cover_until:
                raise UserError(_("Say until when the leave lasts; then the leads come back."))
            if self.cover_until <= self.env["lead.pool"]._now():
                raise UserError(_("This leave is over already."))
            if modes & {"pool", "own"}:
                raise UserError(_("During a leave leads go to people, so that they can come back. Choose a person."))

    def _begin(self, user):
        now = self.env["lead.pool"]._now()
        later = self.kind == "cover" and self.cover_from and self.cover_from > now
        self.write({"state": "planned" if later else "working", "run_by_id": user.id})
        if later:
            self.env.ref("lead_pool.ir_cron_handover")._trigger(at=self.cover_from)

    # ------------------------------------------------------------
    # BY ITSELF
    # ------------------------------------------------------------

    @api.model
    def _user_archived(self, users):
        """These users are about to be archived: what they hold goes where the company says, right after it.

        Archiving never fails for it.
        """
        self._leave_nothing(users)

    @api.model
    def _user_left(self, users):
        """These people have left while their users stay: as if they were archived. They get no leads from now on, until
        an admin ends the pause."""
        self._leave_nothing(users)
        self.env["lead.pool.member"].sudo().search(
            [("user_id", "in", users.ids), ("role", "=", "member"), ("paused", "=", False)]
        ).paused = True

    @api.model
    def _user_deleted(self, users):
        """These users are about to be deleted, which Odoo refuses for who ever held a lead of a pool: what they own
        outside of pools goes where the company says, before it has no owner."""
        self._leave_nothing(users, at_once=True)

    def _leave_nothing(self, users, at_once=False):
        if not self.env["lead.pool"]._in_use():
            return
        as_system = self.with_user(self.env.ref("base.user_root")).sudo()
        steps = (
            as_system.env["lead.pool.helper"]._end_of_users,
            lambda user: as_system._start_for(user.id, at_once),
            as_system.env["lead.pool.entry"]._lapse_asked_by,
        )
        for user, step in product(users, steps):
            try:
                with self.env.cr.savepoint():
                    step(user)
            except Exception as error:  # the hand-over can be done by hand
                log_failure(_logger, logging.ERROR, "What an archived user held was not handed over", error=error)

    def _start_for(self, user_id, at_once=False):
        user = self.env["res.users"].browse(user_id)
        open_ones = [("user_id", "=", user_id), ("source", "=", "archived"), ("state", "=", "working")]
        if self.search_count(open_ones, limit=1) or not self._group_rows(user_id, None, self.env["lead.pool"]._now()):
            return
        company = user.company_id
        named = company.lead_pool_leaver_user_id
        mode = company.lead_pool_leaver or "pool"
        if mode == "person" and (not named.active or named == user):
            mode = "pool"
        one = self.create(
            {
                "user_id": user_id,
                "source": "archived",
                "mode": mode,
                "target_user_id": named.id if mode == "person" else False,
                "outside_user_id": named.id if mode == "person" else False,
                "grace_days": company.lead_pool_grace_days,
                "state": "working",
            }
        )
        one._park(user)
        if at_once:
            while one._do_some()[1]:
                pass
        else:
            one._go_on()

    def _tell_admins(self):
        """The admins of the pools, of what an archived user left."""
        counts = dict(
            self.env["lead.pool.handover.line"]._read_group(
                [("handover_id", "=", self.id), ("pool_id", "!=", False)], ["pool_id"], ["__count"]
            )
        )
        for pool, count in counts.items():
            pool._tell_admins(
                "handover",
                lambda env, pool, count=count: (
                    env._("%(user)s has left: %(count)s leads of “%(pool)s” were handed over",
                          user=self.user_id.name, count=count, pool=pool.name),
                    [env._("Where each of them went, and how to undo it, is told under Hand Over.")],
                ),
            )  # fmt: skip

    @api.model
    def _cron_hand_over(self):
        """Covers begin and end; what was cut off goes on."""
        if not self.env["lead.pool"]._in_use() or self.env["lead.pool"]._stopped():
            return
        now = self.env["lead.pool"]._now()
        planned = self.search([("state", "=", "planned"), ("cover_from", "<=", now)])
        planned.write({"state": "working"})
        over = [
            ("kind", "=", "cover"),
            ("state", "=", "done"),
            ("cover_until", "<=", now),
            ("user_id.active", "=", True),
        ]
        self.search(over).write({"state": "going_back", "back_as": "cover"})
        work = self.search([("state", "in", ("working", "going_back"))], order="id")
        work = work.filtered(lambda one: not one.job_at_work and one.job_id.state != "cancelled")
        in_batches(self.env["ir.cron"], [one._do_some for one in work], in_turn=True)

    @api.onchange("user_id", "kind")
    def _onchange_leave(self):
        """The leave that is known of the user: it ends the cover."""
        if self.kind == "cover" and self.user_id and not self.cover_until:
            now = self.env["lead.pool"]._now()
            pools = self.env["lead.pool.member"].sudo().search([("user_id", "=", self.user_id._origin.id)]).pool_id
            away = self.env["lead.pool.entry"].sudo()._leaves({(self.user_id._origin.id, p.id): now for p in pools})
            spans = [span for some in away.values() for span in some]
            if spans:
                self.cover_from = min(span[0] for span in spans)
                self.cover_until = max(span[1] for span in spans)
