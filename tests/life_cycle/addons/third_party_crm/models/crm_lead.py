from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmLead(models.Model):
    _inherit = "crm.lead"

    owner_code = fields.Char(compute="_compute_owner_code", store=True, help="Stored, and depends on the owner.")
    no_change_of_owner = fields.Boolean(help="A check refuses any other owner than the present one.")
    stays_a_lead = fields.Boolean(help="A check refuses to make it an opportunity.")
    written_count = fields.Integer(copy=False, help="How often this module's write was called.")

    @api.depends("user_id")
    def _compute_owner_code(self):
        for lead in self:
            lead.owner_code = f"U{lead.user_id.id}" if lead.user_id else "free"

    @api.constrains("user_id")
    def _check_owner_stays(self):
        for lead in self:
            if lead.no_change_of_owner:
                raise ValidationError(f"The credit department keeps lead {lead.id}.")

    @api.constrains("type", "stays_a_lead")
    def _check_stays_a_lead(self):
        for lead in self:
            if lead.stays_a_lead and lead.type == "opportunity":
                raise ValidationError(f"The tax office looks at lead {lead.id}.")

    def write(self, vals):
        """Gives its own copy of the values to super, and forgets to return what that returns."""
        super().write(dict(vals))
        if "written_count" not in vals:
            for lead in self:
                super(CrmLead, lead).write({"written_count": lead.written_count + 1})

    def action_import_for(self, user_id, names):
        """Leads with an owner, made in the name of the system."""
        return self.sudo().create([{"name": name, "user_id": user_id} for name in names])

    def action_merge_quietly(self):
        """A nightly clean-up of duplicates, with all rights."""
        return self.sudo()._merge_opportunity(max_length=0).id

    def action_take_by_sql(self, user_id):
        """What a hasty script does."""
        self.env.cr.execute("UPDATE crm_lead SET user_id = %s WHERE id = ANY(%s)", [user_id, self.ids])
        self.invalidate_recordset(["user_id"])
