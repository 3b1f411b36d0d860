from freezegun import freeze_time

from .common import LeadPoolCase

NINE = "2026-03-02 09:00:00"


class OrderCase(LeadPoolCase):
    def _at(self, moment, count=1, **values):
        """Leads that entered at this moment."""
        with freeze_time(moment):
            return self._leads(count, **values)

    def _pull(self, user, pool=None, **words):
        [answer] = (self.pool if pool is None else pool).with_user(user).action_pull_next(**words)
        self.env.invalidate_all()
        return answer

    def _pulled(self, user, pool=None):
        """The lead that he gets, empty if none."""
        answer = self._pull(user, pool)
        return self.env["lead.pool.entry"].browse(answer["id"] or []).lead_id

    def _last_event(self, lead):
        return self.env["lead.pool.event"].search([("lead_ref", "=", lead.id)], order="seq desc", limit=1)
