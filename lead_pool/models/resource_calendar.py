"""Odoo's calendars and leaves: whoever changes them changes deadlines."""

from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    """A leave stops the clocks of who is away; a public holiday is no working day of the pools."""

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._tell_lead_pools()
        return leaves

    def write(self, vals):
        if vals.keys().isdisjoint({"date_from", "date_to", "resource_id", "calendar_id", "company_id", "time_type"}):
            return super().write(vals)
        self._tell_lead_pools()
        result = super().write(vals)
        self._tell_lead_pools()
        return result

    def unlink(self):
        self._tell_lead_pools()
        return super().unlink()

    def _tell_lead_pools(self):
        if not self.env["lead.pool"]._in_use():
            return
        leaves = self.sudo()
        self.env["lead.pool.rep"]._leaves_changed(leaves.resource_id.user_id.ids)
        if public := leaves.filtered(lambda leave: not leave.resource_id):
            self.env["lead.pool"]._calendar_changed({leave.company_id.id for leave in public})


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._tell_lead_pools()
        return lines

    def write(self, vals):
        self._tell_lead_pools()
        result = super().write(vals)
        self._tell_lead_pools()
        return result

    def unlink(self):
        self._tell_lead_pools()
        return super().unlink()

    def _tell_lead_pools(self):
        """Working days of pools with these hours are others now; hours of one person are none of the pools."""
        if self and self.env["lead.pool"]._in_use():
            self.env["lead.pool"]._calendar_changed(set(self.sudo().calendar_id.mapped("company_id.id") or [False]))
