"""What a rep has to know of his leads before he opens any screen."""

from odoo import api, models

TOLD = 50  # leads at most, the next deadlines first


class LeadDay(models.AbstractModel):
    _name = "lead.pool.lead.day"
    _description = "A Rep's Day"

    @api.model
    @api.readonly
    def my_deadlines(self):
        """The next deadlines of what the caller holds, for the menu that counts them down.

        :returns: ``[{'id', 'name', 'reclaim_at', 'reason'}]``, the next one first, at most :data:`TOLD`;
            ``reclaim_at`` in UTC as text, ``reason`` in the caller's language; leads that do not go back are left out
        """
        Entry = self.env["lead.pool.entry"]
        entries = Entry.sudo().search(
            [
                ("state", "=", "held"),
                ("user_id", "=", self.env.uid),
                ("reclaim_at", "!=", False),
                ("company_id", "in", self.env.companies.ids),
            ],
            order="reclaim_at, id",
            limit=TOLD,
        )
        readable = self.browse(entries.lead_id.ids)._filtered_access("read")
        names = {lead.id: lead.display_name for lead in readable}
        reasons = dict(Entry._fields["deadline_reason"]._description_selection(self.env))
        return [
            {
                "id": entry.lead_id.id,
                "name": names[entry.lead_id.id],
                "reclaim_at": entry.reclaim_at,
                "reason": reasons.get(entry.deadline_reason, ""),
            }
            for entry in entries
            if entry.lead_id.id in names
        ]
