"""The holder of a lead asks a colleague to help: he sees the lead from then on, and follows it up in his own name."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...isolation import contended
from ...logs import unlogged
from ...rules.facts import Verdict
from ...rules.help import Colleague, may_ask, may_stop

ABOUT_HELPER = ("user_inactive", "helper_no_rights", "target_foreign", "helping_already", "not_helping")


class LeadHelp(models.AbstractModel):
    _name = "lead.pool.lead.help"
    _description = "Help with a Lead"

    helper_ids = fields.One2many("lead.pool.helper", "lead_id", readonly=True, copy=False)
    helper_user_ids = fields.Many2many(
        "res.users",
        string="Helped By",
        compute="_compute_helper_user_ids",
        inverse="_inverse_helper_user_ids",
        compute_sudo=True,
        help="Colleagues who were asked to help: they read the lead and follow it up. Take somebody out, and he no "
        "longer sees it.",
    )
    lp_helped = fields.Boolean("I Help", compute="_compute_lp_helped", search="_search_lp_helped")
    help_question = fields.Text(
        "Question to Me", compute="_compute_help_question", help="What the holder asks me, until I have answered."
    )
    is_help_wanted = fields.Boolean(
        "Help Wanted",
        compute="_compute_is_help_wanted",
        search="_search_is_help_wanted",
        compute_sudo=True,
        help="The holder asked a colleague, who has not done anything yet.",
    )

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("helper_ids", "user_id", "pool_entry_ids.epoch")
    def _compute_helper_user_ids(self):
        helpers = self.env["lead.pool.helper"]._of_leads(self._origin.ids)
        for lead in self:
            lead.helper_user_ids = self.env["res.users"].browse(helpers.get(lead._origin.id, ()))

    def _inverse_helper_user_ids(self):
        """On the form: who was taken out is let go, who was put in is asked."""
        wanted = {lead: lead.helper_user_ids for lead in self}
        helpers = self.env["lead.pool.helper"]._of_leads(self.ids)
        for lead, users in wanted.items():
            present = self.env["res.users"].browse(helpers.get(lead.id, ()))
            for verb, those in (("action_stop_help", present - users), ("action_ask_help", users - present)):
                for user in those:
                    [answer] = getattr(lead.sudo(False), verb)(user.id)
                    if not answer["done"]:
                        raise unlogged(UserError(answer["message"]))

    @api.depends_context("uid")
    @api.depends("helper_ids", "user_id", "pool_entry_ids.epoch")
    def _compute_lp_helped(self):
        helped = set(self.env.user._helped_lead_ids())
        for lead in self:
            lead.lp_helped = lead._origin.id in helped

    def _search_lp_helped(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return Domain("id", "in", self.env.user._helped_lead_ids())

    @api.depends_context("uid", "lang")
    @api.depends("helper_ids.answered_at", "user_id", "pool_entry_ids.epoch")
    def _compute_help_question(self):
        helped = self.filtered("lp_helped")
        (self - helped).help_question = False
        for lead in helped:
            asked = lead.sudo().helper_ids.filtered(lambda one: one.user_id == self.env.user and not one.answered_at)
            words = {"user": asked.holder_id.name, "question": asked.note}
            lead.help_question = self.env._("%(user)s asks: %(question)s", **words) if asked.note else False

    @api.depends("helper_ids.answered_at", "user_id", "pool_entry_ids.epoch")
    def _compute_is_help_wanted(self):
        wanted = set(self.sudo().search([("id", "in", self._origin.ids), ("is_help_wanted", "=", True)])._ids)
        for lead in self:
            lead.is_help_wanted = lead._origin.id in wanted

    def _search_is_help_wanted(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        Helper = self.env["lead.pool.helper"]
        Helper._settle()
        return Domain(
            "id",
            "in",
            SQL(
                "(SELECT h.lead_id FROM lead_pool_helper h, crm_lead l WHERE h.answered_at IS NULL AND %s)",
                Helper._in_force(),
            ),
        )

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @contended
    def action_ask_help(self, user_id, note=None, epoch=None, request_uid=None):
        """Ask a colleague to help with leads that I hold.

        He is told as he chose, usually by an activity with the note, reads the lead and follows it up in his own name,
        until he is let go or the lead leaves the hands of who asked. When it is handed over he goes along.

        :param int user_id: who is asked: somebody with rights to leads, in the lead's company
        :param str note: what he should know
        :param int epoch: ``pool_epoch`` of the one lead, as the caller last saw it; if it changed hands since, nothing
            is done
        :returns: ``[{'id', 'done', 'code', 'message', 'retry_at'}]`` in the order asked, ``id`` of the lead
        """
        self._check_help_arguments(user_id, note, epoch)
        return self.env["lead.pool.request"]._once(
            f"crm.lead.action_ask_help {list(self._ids)} {user_id}",
            request_uid,
            lambda: self._answer_help(user_id, epoch, lambda facts: self._ask_help(facts, note)),
        )

    @contended
    def action_stop_help(self, user_id, epoch=None, request_uid=None):
        """Let a helper go: he no longer sees these leads. By their holder, the helper himself, or an admin of the pool.

        :param int user_id: who helps
        :returns: as :meth:`action_ask_help`
        """
        self._check_help_arguments(user_id, None, epoch)
        return self.env["lead.pool.request"]._once(
            f"crm.lead.action_stop_help {list(self._ids)} {user_id}",
            request_uid,
            lambda: self._answer_help(user_id, epoch, self._stop_help),
        )

    def _check_help_arguments(self, user_id, note, epoch):
        self.browse().check_access("read")
        self.env["lead.pool.entry"].browse(self._ids)._check_arguments(user_id=user_id, note=note, epoch=epoch)
        if epoch is not None and len(self._ids) > 1:
            raise UserError(self.env._("%(argument)s is for one lead at a time.", argument="epoch"))

    def _answer_help(self, user_id, epoch, do):
        """Lock, ask the rule, do, answer: of each lead that the caller reads.

        :param do: callable ``facts -> Verdict``; ``facts``: lead, user, row (``None``: in no pool), id of the holder,
            is_admin, helps
        """
        Entry = self.env["lead.pool.entry"]
        user = self.env["res.users"].sudo().browse(user_id or []).exists()
        in_use = self.env["lead.pool"]._in_use()
        readable = self.exists()._filtered_access("read") if in_use else self.browse()
        entries = Entry.sudo().search([("lead_id", "in", readable.ids), ("state", "!=", "closed")])
        rows = entries._read_rows(lock="wait").values() if entries else ()
        rows = {row.lead_id: row for row in rows if row.state != "closed"}
        owners = self._touch_owners(set(readable.ids) - rows.keys())
        runs = self._pools_run_of(rows)
        helpers = self.env["lead.pool.helper"]._of_leads(readable.ids)
        answers = []
        for lead_id in self._ids:
            verdict, names = Verdict("unknown"), {}
            if lead_id in readable._ids:
                lead, row = readable.browse(lead_id), rows.get(lead_id)
                is_admin = row.pool_id in runs if row else self.env.user.has_group("lead_pool.group_manager")
                holder = row.user_id if row else owners.get(lead_id)
                if row:
                    verdict = Entry._fence(row, epoch, is_admin=is_admin)
                else:
                    verdict = Verdict("" if lead_id in owners else "busy")
                if verdict:
                    verdict = do((lead, user, row, holder, is_admin, user.id in helpers.get(lead_id, ())))
                about = user if verdict.code in ABOUT_HELPER else user.browse(holder or [])
                names = {"user": about.name} if about else {}
                names["pool"] = lead.sudo().pool_id.name or ""
            answers.append(Entry._answer(lead_id, verdict, names))
        return answers

    def _touch_owners(self, lead_ids):
        """Of leads in no pool, which have no entry to lock: a form that gives one to somebody else at this moment
        waits, and is then done again with what we do now in sight.

        :returns: ``{lead id: owner's id}``, without those on which somebody else works
        """
        self.env["crm.lead"].flush_model(["user_id"])
        rows = self.env.execute_query(
            SQL(
                """UPDATE crm_lead SET user_id = user_id WHERE id IN (
                       SELECT id FROM crm_lead WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED)
                    RETURNING id, user_id""",
                list(lead_ids),
            )
        )
        return dict(rows)

    def _pools_run_of(self, rows):
        return self.env["lead.pool.entry"]._pools_run([row.pool_id for row in rows.values()])

    def _ask_help(self, facts, note):
        lead, user, row, holder, _is_admin, helps = facts
        company = lead.sudo().company_id
        colleague = Colleague(
            user.id,
            active=bool(user.active),
            has_rights=bool(user) and user.has_group("sales_team.group_sale_salesman"),
            in_company=not company or company in user.company_ids,
            helps=helps,
        )
        verdict = may_ask(colleague, holder_id=holder or 0, asker_id=self.env.uid, archived=not lead.active)
        if not verdict:
            return verdict
        Helper = self.env["lead.pool.helper"].sudo()
        Helper._end_stale(lead.ids)
        now = self.env["lead.pool"]._now()
        Helper._begin(lead, user, self.env.user, note=(note or "").strip(), asked_at=now)
        self._note_help(row, "help_asked", user, note, now)
        return verdict

    def _stop_help(self, facts):
        lead, user, row, holder, is_admin, helps = facts
        verdict = may_stop(user.id, helps=helps, holder_id=holder, asker_id=self.env.uid, is_admin=is_admin)
        if verdict:
            self.env["lead.pool.helper"].sudo()._let_go(lead, user)
            self._note_help(row, "help_ended", user, None, self.env["lead.pool"]._now())
        return verdict

    def _note_help(self, row, kind, user, note, now):
        """In the history of a lead that is in a pool: who helps."""
        if row:
            words = " · ".join(filter(None, [user.name, (note or "").strip()]))
            self.env["lead.pool.entry"].sudo()._note_events([row], kind, now, note=words, detail={"helper": user.id})

    # ------------------------------------------------------------
    # WHAT A HELPER DOES
    # ------------------------------------------------------------

    def _check_may_follow_up(self):
        """Who may change the lead follows it up, and who helps with it.

        :raises AccessError: neither
        """
        for lead in self:
            lead.check_access("read" if lead._is_helped_by(self.env.user) else "write")

    def _is_helped_by(self, user):
        """Whether this user helps with the lead; who holds it himself is not asked for."""
        return self.sudo().user_id != user and self.id in user._helped_lead_ids()

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Who helps with a lead also writes in its chatter."""
        operations = super()._mail_get_operation_for_mail_message_operation(message_operation)
        if message_operation == "create" and self.env["lead.pool"]._in_use():
            helped = set(self.env.user._helped_lead_ids())
            operations.update((lead, "read") for lead in self if lead.id in helped)
        return operations

    def button_ask_help(self):
        return self._wizard("lead.pool.ask.help", self.env._("Ask for Help"))
