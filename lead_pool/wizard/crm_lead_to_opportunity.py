from odoo import fields, models


class CrmLead2opportunityPartner(models.TransientModel):
    """Odoo's wizard shows two names of its lead; whoever may not read the lead gets an error instead."""

    _inherit = "crm.lead2opportunity.partner"

    lead_partner_name = fields.Char(related_sudo=False)
    lead_contact_name = fields.Char(related_sudo=False)
