"""A rep follows up a lead that he holds."""

from odoo import models
from odoo.tools import SQL


class LeadPoolTouch(models.AbstractModel):
    """A follow-up on a held lead: its clock starts again."""

    _name = "lead.pool.verb.touch"
    _description = "Following Up"

    def _touch(self, record, now, holder):
        """Note a follow-up that counts: date, deadline, holding and event.

        :param lead.follow.up record: the follow-up
        :param holder: who held the lead when it was judged: he himself, or whom he helps
        :returns: ``False`` when the lead changed hands this very moment, and nothing was noted
        """
        self.ensure_one()
        row = self._read_rows(lock="wait").get(self.id)
        if row is None or row.state != "held" or row.user_id != holder.id:
            return False
        row.last_follow_up_at, row.due_from = now, None
        self.env.cr.execute(
            SQL("UPDATE lead_pool_entry SET last_follow_up_at = %s, due_from = NULL WHERE id = %s", now, self.id)
        )
        self._compute_deadlines([row], now)
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_holding
                      SET follow_up_count = COALESCE(follow_up_count, 0) + 1,
                          first_follow_up_at = COALESCE(first_follow_up_at, %s)
                    WHERE lead_id = %s AND ended_at IS NULL RETURNING id""",
                now,
                row.lead_id,
            )
        )
        record.holding_id = self.env.cr.fetchone()[0]
        self.env["lead.pool.holding"].invalidate_model(["follow_up_count", "first_follow_up_at"])
        self._note_events([row], "follow_up", now, detail={"follow_up": record.id, "channel": record.channel})
        self.env["lead.pool.entry"].invalidate_model()
        return True
