from odoo import fields, models
from odoo.tools import SQL


class LeadPoolHelper(models.Model):
    """A colleague whom the holder of a lead asked to help: he reads the lead and follows it up, until the holder lets
    him go or no longer holds it."""

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

    def _settle(self):
        self.flush_model()
        self.env["crm.lead"].flush_model(["user_id"])

    def _answered(self, lead_ids, user):
        """This user did something on these leads: nobody waits for his help any more."""
        self.sudo().search(
            [("lead_id", "in", list(lead_ids)), ("user_id", "=", user.id), ("answered_at", "=", False)]
        ).answered_at = self.env["lead.pool"]._now()

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
        """These users are archived."""
        if users:
            self._forget(self._delete(SQL("h.user_id = ANY(%s)", users.ids)))

    def _let_go(self, lead, user):
        """This user helps with this lead no longer."""
        self._forget(self._end(lead.ids, user.ids))

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
