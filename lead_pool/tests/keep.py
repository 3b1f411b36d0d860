"""A pool whose holders lock leads and put deadlines off."""

from odoo import Command, fields

from .common import LeadPoolCase


class KeepCase(LeadPoolCase):
    """Three days without a follow-up, a day of grace; two locks, two extensions of up to seven days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.write(
            {
                "reclaim_rule_ids": [Command.create({"name": "Three days", "no_follow_up_days": 3, "warn_days": 1})],
                "grace_hours": 24,
                "lock_limit": 2,
                "extend_days": 7,
                "extend_limit": 2,
                "extend_approval": "never",
            }
        )

    def _at(self, text):
        return fields.Datetime.to_datetime(text)

    def _run_cron(self):
        entries = self.env["lead.pool.entry"]
        entries._unlock_due(100)
        done = entries._reclaim_due(100)
        self.env["lead.pool"]._tell_what_went_back()
        self.env.invalidate_all()
        return done

    def _verb(self, user, leads, name, *args, **kwargs):
        answers = getattr(self._entries(leads).with_user(user), "action_" + name)(*args, **kwargs)
        self.env.invalidate_all()
        return answers

    def _kinds(self, lead):
        return lead.pool_event_ids.sorted("seq").mapped("kind")
