from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.mail import plaintext2html

from .notice.lead_pool_notice import Letter


class LeadPoolHelper(models.Model):
    """A colleague whom the holder of a lead asked to help: he reads the lead and follows it up, until the holder lets
    him go or no longer holds it. When the lead is handed over he goes on, and helps who gets it."""

    _name = "lead.pool.helper"
    _description = "Colleague Who Helps with a Lead"
    _order = "asked_at, id"
    _rec_name = "user_id"

    lead_id = fields.Many2one("crm.lead", "Lead", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Colleague", required=True, readonly=True, index=True, ondelete="cascade")
    holder_id = fields.Many2one("res.users", "Asked By", required=True, readonly=True, ondelete="cascade")
    holding_id = fields.Many2one(
        "lead.pool.holding", readonly=True, ondelete="cascade", help="Under which he was asked; empty: in no pool."
    )
    note = fields.Text("Question", readonly=True)
    asked_at = fields.Datetime("Asked", required=True, readonly=True)
    answered_at = fields.Datetime("Answered", readonly=True, help="By a follow-up, or by marking the activity done.")

    _lead_user_uniq = models.UniqueIndex("(lead_id, user_id)")
    _unanswered_idx = models.Index("(lead_id) WHERE answered_at IS NULL")

    def _in_force(self):
        """Condition on ``h`` (helpers) and ``l`` (their leads): the lead is still in the hands in which it was when
        its holder asked. Holds by itself, whichever way the lead went elsewhere."""
        return SQL(
            """l.id = h.lead_id AND l.user_id = h.holder_id AND h.holding_id IS NOT DISTINCT FROM (
                   SELECT o.id FROM lead_pool_holding o WHERE o.lead_id = h.lead_id AND o.ended_at IS NULL)"""
        )

    def _of_leads(self, lead_ids):
        """``{lead id: [user id]}`` of who helps with these leads now."""
        self._settle()
        rows = self.env.execute_query(
            SQL(
                """SELECT h.lead_id, h.user_id FROM lead_pool_helper h, crm_lead l
                    WHERE h.lead_id = ANY(%s) AND %s ORDER BY h.asked_at, h.id""",
                list(lead_ids),
                self._in_force(),
            )
        )
        helpers = {}
        for lead_id, user_id in rows:
            helpers.setdefault(lead_id, []).append(user_id)
        return helpers

    # ------------------------------------------------------------
    # BEGIN AND END
    # ------------------------------------------------------------

    def _begin(self, lead, user, holder, *, note, asked_at, answered_at=False):
        """From now on this user helps the holder with his lead: he follows it, and is told unless he has answered."""
        holding = self.env["lead.pool.holding"].sudo().search([("lead_id", "=", lead.id), ("ended_at", "=", False)])
        self.create(
            {
                "lead_id": lead.id,
                "user_id": user.id,
                "holder_id": holder.id,
                "holding_id": holding.id,
                "note": note,
                "asked_at": asked_at,
                "answered_at": answered_at,
            }
        )
        self._changed()
        lead.sudo().message_subscribe(partner_ids=user.partner_id.ids)
        if not answered_at:
            env = self.env["lead.pool.entry"]._env_of(user)
            subject = env._("%(user)s asks for your help with “%(lead)s”", user=holder.name, lead=lead.sudo().name)
            lines = [plaintext2html(note)] if note else []
            self.env["lead.pool.notice"]._tell("help", user, subject, lines, about=lead, on=lead)

    def _settle(self):
        self.flush_model()
        self.env["crm.lead"].flush_model(["user_id"])

    def _answered(self, lead_ids, user, said=""):
        """This user did something on these leads: nobody waits for his help any more, who asked reads what he said, and
        the task to help is done; a follow-up says what he did, so nothing more is written in the chatter.

        :returns: the leads (``crm.lead``) whose holder was told
        """
        waiting = self.sudo().search(
            [("lead_id", "in", list(lead_ids)), ("user_id", "=", user.id), ("answered_at", "=", False)]
        )
        waiting.answered_at = self.env["lead.pool"]._now()
        self.env["lead.pool.entry"]._forget_help_activities({(helper.lead_id.id, user.id) for helper in waiting})
        in_force = waiting.filtered(lambda helper: helper.holder_id == helper.lead_id.user_id)
        for helper in in_force:
            helper._tell_answer(said)
        return in_force.lead_id

    def _tell_answer(self, said):
        """Who asked may be at lunch: the answer waits in his inbox, or comes by mail, as he prefers."""
        Notice = self.env["lead.pool.notice"]
        if Notice._is_quiet():
            return
        env = self.env["lead.pool.entry"]._env_of(self.holder_id)
        subject = env._("%(user)s has helped with “%(lead)s”", user=self.user_id.name, lead=self.lead_id.name)
        lines = [plaintext2html(said)] if said else []
        Notice._tell_in(("message",), "help", [Letter(self.holder_id, subject, lines, about=self.lead_id)])

    def _end(self, lead_ids, user_ids=None):
        """Nobody (of these users) helps with these leads any more.

        :returns: ``{(lead id, user id)}`` of who did
        """
        if not lead_ids:
            return set()
        return self._delete(
            SQL(
                "h.lead_id = ANY(%s) AND (%s::int[] IS NULL OR h.user_id = ANY(%s::int[]))",
                list(lead_ids),
                user_ids,
                user_ids,
            )
        )

    def _end_stale(self, lead_ids):
        """Whoever was asked by somebody who does not hold the lead any more."""
        self._settle()
        gone = self._delete(
            SQL(
                "h.lead_id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM crm_lead l WHERE %s)",
                list(lead_ids),
                self._in_force(),
            )
        )
        self._forget(gone)

    def _end_of_users(self, users):
        """These users leave: they help nobody any more, and who still waits for their answer is told."""
        if not users:
            return
        self._settle()
        rows = self.env.execute_query(
            SQL(
                """SELECT h.holder_id, h.user_id, h.lead_id FROM lead_pool_helper h, crm_lead l
                    WHERE h.user_id = ANY(%s) AND h.answered_at IS NULL AND %s ORDER BY h.lead_id""",
                users.ids,
                self._in_force(),
            )
        )
        self._forget(self._delete(SQL("h.user_id = ANY(%s)", users.ids)))
        waiting = defaultdict(list)
        for holder_id, user_id, lead_id in rows:
            waiting[holder_id, user_id].append(lead_id)
        for (holder_id, user_id), lead_ids in waiting.items():
            env = self.env["lead.pool.entry"]._env_of(self.env["res.users"].browse(holder_id))
            name = users.browse(user_id).sudo().name
            subject = env._("%(user)s cannot help you any more: ask somebody else", user=name)
            leads = env["crm.lead"].sudo().browse(lead_ids)
            lines = [f"#{lead.id} {lead.name}" for lead in leads]
            self.env["lead.pool.notice"]._tell("help", env["res.users"].browse(holder_id), subject, lines)

    def _let_go(self, lead, user):
        """This user helps with this lead no longer."""
        self._forget(self._end(lead.ids, user.ids))

    # ------------------------------------------------------------
    # ALONG WITH A HAND-OVER
    # ------------------------------------------------------------

    def _set_out(self, to):
        """These leads are about to be handed over. Who helps goes on, and helps who gets the lead; the help ends of who
        gets it himself, and of all where it goes to its pool.

        :param to: ``{lead id: user id, 0: its pool}``
        :returns: ``{lead id: [[user id, question, asked, answered]]}`` of those whose help ends, see :meth:`_resume`
        """
        self._settle()
        rows = self.env.execute_query(
            SQL(
                """SELECT h.id, h.lead_id, h.user_id, h.note, h.asked_at, h.answered_at
                     FROM lead_pool_helper h, crm_lead l WHERE h.lead_id = ANY(%s) AND %s ORDER BY h.asked_at, h.id""",
                list(to),
                self._in_force(),
            )
        )
        go, ending, text = {}, defaultdict(list), fields.Datetime.to_string
        for helper_id, lead_id, user_id, note, asked_at, answered_at in rows:
            if to[lead_id] and to[lead_id] != user_id:
                go[helper_id] = to[lead_id]
            else:
                ending[lead_id].append([user_id, note, text(asked_at), text(answered_at) or None])
        if go:
            self.env.cr.execute(
                SQL(
                    """UPDATE lead_pool_helper h SET holder_id = n.holder_id, holding_id = NULL
                         FROM unnest(%s::int[], %s::int[]) n(id, holder_id) WHERE h.id = n.id""",
                    list(go),
                    list(go.values()),
                )
            )
            self._changed()
        return ending

    def _arrive(self, to):
        """These pooled leads were handed over: who set out helps under the new holdings, and nobody else.

        :param to: ``{lead id: user id}``
        :returns: ``{(lead id, user id)}`` of who helps no more
        """
        if not to:
            return set()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_helper h SET holding_id = o.id
                     FROM unnest(%s::int[], %s::int[]) n(lead_id, user_id)
                     JOIN lead_pool_holding o ON o.lead_id = n.lead_id AND o.ended_at IS NULL
                    WHERE h.lead_id = n.lead_id AND h.holder_id = n.user_id AND h.holding_id IS NULL""",
                list(to),
                list(to.values()),
            )
        )
        if self.env.cr.rowcount:
            self._changed()
        return self._delete(
            SQL(
                """h.lead_id = ANY(%s) AND NOT EXISTS (
                       SELECT FROM lead_pool_holding o WHERE o.id = h.holding_id AND o.ended_at IS NULL)""",
                list(to),
            )
        )

    def _resume(self, ended):
        """These leads are back with who had handed them over: help that had ended by that goes on.

        :param ended: ``{lead id: [...]}`` of :meth:`_set_out`
        """
        if not ended:
            return
        helps, moment = self._of_leads(ended), fields.Datetime.to_datetime
        for lead_id, rows in ended.items():
            lead = self.env["crm.lead"].sudo().browse(lead_id)
            for user_id, note, asked_at, answered_at in rows:
                user = self.env["res.users"].sudo().browse(user_id).exists()
                if user.active and user != lead.user_id and user_id not in helps.get(lead_id, ()):
                    self._begin(
                        lead, user, lead.user_id, note=note, asked_at=moment(asked_at), answered_at=moment(answered_at)
                    )

    # ------------------------------------------------------------
    # FORGET
    # ------------------------------------------------------------

    def _forget(self, gone):
        """Nobody who helped keeps the task, and who no longer reads the lead nothing else of it."""
        Entry = self.env["lead.pool.entry"].sudo()
        Entry._forget_help_activities(gone)
        Lead, User = self.env["crm.lead"].sudo(), self.env["res.users"].sudo()
        Entry._forget_pairs(
            {(lead, user) for lead, user in gone if not Lead.browse(lead)._is_readable_for(User.browse(user))}
        )

    def _delete(self, condition):
        self.flush_model()
        gone = set(
            self.env.execute_query(
                SQL("DELETE FROM lead_pool_helper h WHERE %s RETURNING h.lead_id, h.user_id", condition)
            )
        )
        if gone:
            self._changed()
        return gone

    def _changed(self):
        self.invalidate_model()
        self.env["res.users"]._forget_helped_lead_ids()
        self.env["crm.lead"].invalidate_model(["helper_ids", "helper_user_ids", "lp_helped", "is_help_wanted"])
