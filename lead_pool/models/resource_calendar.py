"""Odoo's calendars and leaves: whoever changes them changes deadlines."""

from odoo import api, models


class LeadPoolCalendarMixin(models.AbstractModel):
    """What was, and what is from now on: both are told, before and after each change."""

    _name = "lead.pool.calendar.mixin"
    _description = "Working Time on Which Deadlines Depend"
    _told_fields = None  # names of the fields that matter; None: all

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._tell_lead_pools()
        return records

    def write(self, vals):
        if self._told_fields is not None and self._told_fields.isdisjoint(vals):
            return super().write(vals)
        self._tell_lead_pools()
        result = super().write(vals)
        self._tell_lead_pools()
        return result

    def unlink(self):
        self._tell_lead_pools()
        return super().unlink()

    def _tell_lead_pools(self):
        """Have the deadlines that depend on these records computed again."""
        raise NotImplementedError


class ResourceCalendarLeaves(models.Model):
    """A leave stops the clocks of who is away; a public holiday is no working day of the pools."""

    _name = "resource.calendar.leaves"
    _inherit = ["lead.pool.calendar.mixin", "resource.calendar.leaves"]
    _told_fields = frozenset(("date_from", "date_to", "resource_id", "calendar_id", "company_id", "time_type"))

    def _tell_lead_pools(self):
        if not self.env["lead.pool"]._in_use():
            return
        leaves = self.sudo()
        self.env["lead.pool.rep"]._leaves_changed(leaves.resource_id.user_id.ids)
        if public := leaves.filtered(lambda leave: not leave.resource_id):
            self.env["lead.pool"]._calendar_changed({leave.company_id.id for leave in public})


class ResourceCalendarAttendance(models.Model):
    _name = "resource.calendar.attendance"
    _inherit = ["lead.pool.calendar.mixin", "resource.calendar.attendance"]

    def _tell_lead_pools(self):
        """Working days of pools with these hours are others now; hours of one person are none of the pools."""
        if self and self.env["lead.pool"]._in_use():
            self.env["lead.pool"]._calendar_changed(set(self.sudo().calendar_id.mapped("company_id.id") or [False]))
