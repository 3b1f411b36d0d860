"""A rep follows up a lead that he holds."""

from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from .rows import Row


class Touch(NamedTuple):
    """A follow-up that counts, on a lead whose entry is locked."""

    row: Row
    holding_id: int


class LeadPoolTouch(models.AbstractModel):
    """A follow-up on a held lead: its clock starts again."""

    _name = "lead.pool.verb.touch"
    _description = "Following Up"

    def _begin_touch(self, now, holder):
        """Note the moment of a follow-up that counts: on the entry, which stays locked, its deadline and its holding.

        :param holder: who held the lead when it was judged: he himself, or whom he helps
        :returns: :class:`Touch`, for :meth:`_note_touch`; ``None`` when the lead changed hands this very moment, and
            nothing was noted
        """
        self.ensure_one()
        row = self._read_rows(lock="wait").get(self.id)
        if row is None or row.state != "held" or row.user_id != holder.id:
            return None
        row.last_follow_up_at, row.due_from = now, None
        [[holding_id]] = self.env.execute_query(
            SQL(
                """WITH entry AS (
                       UPDATE lead_pool_entry SET last_follow_up_at = %(now)s, due_from = NULL WHERE id = %(entry)s)
                   UPDATE lead_pool_holding
                      SET follow_up_count = COALESCE(follow_up_count, 0) + 1,
                          first_follow_up_at = COALESCE(first_follow_up_at, %(now)s)
                    WHERE lead_id = %(lead)s AND ended_at IS NULL RETURNING id""",
                now=now,
                entry=self.id,
                lead=row.lead_id,
            )
        )
        self._compute_deadlines([row], now)
        self.env["lead.pool.holding"].invalidate_model(["follow_up_count", "first_follow_up_at"])
        self.env["lead.pool.entry"].invalidate_model()
        return Touch(row, holding_id)

    def _note_touch(self, touch, record, now):
        """The event of a follow-up that counts.

        :param Touch touch: from :meth:`_begin_touch`
        :param lead.follow.up record: the follow-up
        """
        detail = {"follow_up": record.id, "channel": record.channel}
        self._note_events([touch.row], "follow_up", now, detail=detail)
