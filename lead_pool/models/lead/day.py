"""What a rep has to know of his leads before he opens any screen, and takes along on paper."""

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

TOLD = 50  # leads at most, the next deadlines first

#: What a lead sheet tells, in this order, and then the custom fields.
SHEET_FIELDS = (
    "contact_name function partner_name phone email_from wechat website street street2 zip city state_id country_id "
    "company_registry_code industry_id product_interest_ids lead_group_id tag_ids source_id campaign_id medium_id "
    "follow_up_level_id expected_revenue"
).split()


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
                ("pool_id.mode", "=", "active"),  # one that observes takes nothing back
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

    # ------------------------------------------------------------
    # THE LEAD SHEET
    # ------------------------------------------------------------

    def _sheet_facts(self):
        """What the printed sheet says of the lead: what is filled of its fields, custom ones included.

        :returns: ``[(label, value)]``, both as text in the caller's language
        """
        self.ensure_one()
        custom = self.env["lead.custom.field"]._shown_on("crm.lead").mapped("technical_name")
        facts = []
        for name in [*SHEET_FIELDS, *custom]:
            field = self._fields[name]
            if not self._has_field_access(field, "read"):
                continue
            value = self[name]
            if field.type == "boolean":
                value = self.env._("Yes") if value else ""
            elif field.type == "monetary":
                value = value and formatLang(self.env, value, currency_obj=self[field.get_currency_field(self)])
            elif field.type in ("many2many", "one2many"):
                value = ", ".join(value.mapped("display_name"))
            elif value or field.type in ("integer", "float"):
                value = field.convert_to_export(value, self)
            if value:
                facts.append((field._description_string(self.env), str(value)))
        return facts

    # ------------------------------------------------------------
    # REMINDERS
    # ------------------------------------------------------------

    is_forgotten = fields.Boolean(
        "Forgotten",
        compute="_compute_is_forgotten",
        search="_search_is_forgotten",
        compute_sudo=True,
        help="Held, followed up once, and not any more for as long as its pool calls forgotten.",
    )
    is_late = fields.Boolean(
        "Not Contacted in Time",
        compute="_compute_is_forgotten",
        search="_search_is_late",
        compute_sudo=True,
        help="Held, and not followed up within the time that its pool has for the first contact.",
    )

    @api.model
    def _my_leads(self, *filters):
        """My Leads with these filters on; a line of the daily reminder leads here."""
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.crm_lead_action_my_leads")
        action["context"] = {f"search_default_{name}": 1 for name in filters}
        return action

    def _compute_is_forgotten(self):
        forgotten, late = (
            set(self.search([("id", "in", self.ids), (name, "=", True)]).ids) for name in ("is_forgotten", "is_late")
        )
        for lead in self:
            lead.is_forgotten, lead.is_late = lead.id in forgotten, lead.id in late

    def _search_is_forgotten(self, operator, value):
        followed = SQL("CASE WHEN last_follow_up_at >= held_since THEN last_follow_up_at END")
        return self._search_term(0, followed, operator, value)

    def _search_is_late(self, operator, value):
        untouched = SQL("CASE WHEN last_follow_up_at >= held_since THEN NULL ELSE held_since END")
        return self._search_term(1, untouched, operator, value)

    def _search_term(self, which, since, operator, value):
        """Held leads of which ``since`` is before the term of their pool, as the daily reminder has it."""
        if operator != "in" or True not in value:
            return NotImplemented
        now = self.env["lead.pool"]._now()
        pools = self.env["lead.pool"].sudo().search([("active", "=", True)])
        terms = {pool.id: pool._forgotten_before(now)[which] for pool in pools}
        parts = [SQL("(pool_id = %s AND %s < %s)", pool_id, since, term) for pool_id, term in terms.items() if term]
        return self._search_entry(SQL("state = 'held' AND (%s)", SQL(" OR ").join([SQL("FALSE"), *parts])))
