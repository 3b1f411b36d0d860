"""A lead becomes a customer, an opportunity, an order."""

from odoo import models
from odoo.tools import SQL

from ...rules import conversion


class LeadPoolConvert(models.AbstractModel):
    _name = "lead.pool.verb.convert"
    _description = "Converting"

    def _check_may_convert(self, lead):
        """Raise the sentence if the caller may not convert ``lead``; ``self`` is its entry, or empty."""
        rows = self.sudo()._read_rows()
        row = rows.get(self.id)
        verdict = conversion.may_convert(
            row and row.facts(),
            self.env.uid,
            won_status=lead.won_status,
            active=lead.active,
            is_admin=bool(row) and self._is_pool_admin(row.pool_id),
        )
        names = self._with_stories({self.id: verdict}, self.sudo()._names(rows)) if row else {}
        self._raise_refused(verdict, names.get(self.id))

    def _converted(self, order_confirmed=False):
        """These leads were converted: their holding ends, unless the pool keeps opportunities held."""
        ending = self.filtered(
            lambda entry: entry.state != "closed"
            and conversion.ends_holding(
                opportunity_ends_holding=entry.pool_id.opportunity_ends_holding, order_confirmed=order_confirmed
            )
        )
        ending._close("converted")
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
