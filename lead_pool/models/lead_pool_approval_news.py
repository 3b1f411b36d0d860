"""Who is told of a request: the admins of its pool, who decide, and whoever asked, when they have."""

from collections import defaultdict

from odoo import fields, models

#: Hours in which the admins of a pool are not told again, while requests that they were told of are open.
QUIET_HOURS = 1


class LeadPoolApprovalNews(models.AbstractModel):
    _name = "lead.pool.approval.news"
    _description = "News of Requests"

    def _tell_admins_later(self):
        """One message for each pool at the end of the transaction, however many leads were asked for."""
        data = self.env.cr.precommit.data
        ids = data.get("lead_pool.asked")
        if ids is None:
            ids = data["lead_pool.asked"] = []
            self.env.cr.precommit.add(self.sudo().browse()._tell_admins)
        ids += self.ids

    def _tell_admins(self):
        ids = self.env.cr.precommit.data.pop("lead_pool.asked", [])
        asked = self.browse(ids).exists().filtered(lambda approval: approval.state == "open")
        now = self.env["lead.pool"]._now()
        for pool, requests in asked.grouped("pool_id").items():
            recent = [
                ("pool_id", "=", pool.id),
                ("state", "=", "open"),
                ("told", "=", True),
                ("asked_at", ">", fields.Datetime.subtract(now, hours=QUIET_HOURS)),
            ]
            if self.search_count(recent, limit=1):
                continue
            requests.write({"told": True})
            refs = [ref for ref in requests.mapped("lead_ref") if ref]
            pool._tell_admins("decision", requests._words_for_admins, refs)

    def _words_for_admins(self, env, pool):
        """Subject and lines of the message, in the language of ``env``."""
        subject = env._("“%(pool)s”: %(count)s requests need your decision", pool=pool.name, count=len(self))
        kinds = dict(self._fields["kind"]._description_selection(env))
        lines = [
            env._(
                "%(user)s: %(what)s, lead #%(number)s. %(why)s",
                user=approval.user_id.name,
                what=kinds[approval.kind],
                number=approval.lead_ref,
                why=approval.note or "",
            )
            if approval.entry_id
            else kinds[approval.kind]
            for approval in self[:20]
        ]
        return subject, [*lines, env._("They wait in Lead Pool ▸ Approvals.")]

    def _tell_askers(self):
        """Who asked is told the outcome, in his language: one message for each asker and pool."""
        told = defaultdict(lambda: self.browse())
        for approval in self.filtered(lambda a: a.user_id.id != self.env.uid and a.state != "withdrawn"):
            told[approval.user_id, approval.pool_id] |= approval
        Entry = self.env["lead.pool.entry"].sudo()
        for (user, pool), approvals in told.items():
            env = Entry._env_of(user)
            kinds = dict(self._fields["kind"]._description_selection(env))
            states = dict(self._fields["state"]._description_selection(env))
            lines = [
                env._(
                    "Lead #%(number)s, %(what)s: %(outcome)s. %(why)s",
                    number=approval.lead_ref,
                    what=kinds[approval.kind],
                    outcome=states[approval.state],
                    why=approval.decision_note or "",
                )
                for approval in approvals[:20]
            ]
            subject = env._("%(count)s of your requests were answered", count=len(approvals))
            refs = [ref for ref in approvals.mapped("lead_ref") if ref]
            Entry._tell_one("answer", pool.id, user.id, subject, lines, refs)
