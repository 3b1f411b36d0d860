from .common import LeadPoolCase


class DistributeCase(LeadPoolCase):
    def _distribute(self):
        answers = self.pool.with_user(self.admin).action_distribute()
        self.env.invalidate_all()
        self._balance()
        return answers

    def _rule(self, **values):
        return self.env["lead.pool.assign.rule"].create({"name": "Rule", "pool_id": self.pool.id, **values})

    def _why(self, lead, user=None):
        return " ".join(self._entries(lead).with_user(user or lead.user_id).action_explain())
