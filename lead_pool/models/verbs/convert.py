"""A lead becomes a customer, an opportunity, an order."""

from odoo import models
from odoo.tools import SQL

from ...rules import conversion
from ...rules.facts import Verdict


class LeadPoolConvert(models.AbstractModel):
    _name = "lead.pool.verb.convert"
    _description = "Converting"

    def _check_may_convert(self, lead, epoch=None):
        """Lock the lead in its pool, and raise the sentence if the caller may not convert it.

        ``self`` is the entry of ``lead``, or empty.

        :param int epoch: of the entry as the caller saw it; see :meth:`_fence`
        :returns: :class:`.locks.Locked`, ``None`` for a lead in no pool
        """
        self._check_arguments(epoch=epoch)
        locked = self.sudo()._lock(wait=True) if self else None
        row = locked and locked.rows.get(self.id)
        if self and row is None:
            self._raise_refused(Verdict("busy"))
        is_admin = bool(row) and self._is_pool_admin(row.pool_id)
        verdict = conversion.may_convert(
            row and row.facts(), self.env.uid, won_status=lead.won_status, active=lead.active, is_admin=is_admin
        )
        if verdict and row:
            verdict = self._fence(row, epoch, is_admin=is_admin)
        if not verdict:
            self._raise_refused(verdict, row and self._told({self.id: verdict}, {self.id: row}).get(self.id))
        return locked

    def _converted(self, order_confirmed=False, locked=None):
        """These leads were converted: their holding ends, unless the pool keeps opportunities held.

        :param locked: their :class:`.locks.Locked`, where they are locked already
        """
        ending = self.filtered(
            lambda entry: entry.state != "closed"
            and conversion.ends_holding(
                opportunity_ends_holding=entry.pool_id.opportunity_ends_holding, order_confirmed=order_confirmed
            )
        )
        ending._close("converted", locked=locked)
        staying = (self - ending).filtered(lambda entry: entry.state == "held")
        if staying:
            self.env.cr.execute(
                SQL(
                    "UPDATE lead_pool_entry SET converted_at = %s WHERE id = ANY(%s) AND converted_at IS NULL",
                    self.env["lead.pool"]._now(),
                    staying.ids,
                )
            )
            staying.invalidate_recordset(["converted_at"])
            staying._refresh_deadlines()
