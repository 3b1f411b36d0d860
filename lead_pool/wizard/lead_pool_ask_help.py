from odoo import api, fields, models

from ..isolation import contended


class LeadPoolAskHelp(models.TransientModel):
    """Whom to ask for help with a lead, and what he should know."""

    _name = "lead.pool.ask.help"
    _description = "Ask for Help"

    lead_id = fields.Many2one("crm.lead", "Lead", required=True, readonly=True, ondelete="cascade")
    epoch = fields.Integer(help="Of the lead, as the screen showed it; 0: it is in no pool, or nobody said.")
    user_id = fields.Many2one(
        "res.users", "Whom", ondelete="cascade", domain="[('id', 'in', candidate_ids)]",
        help="Somebody with rights to leads who does not help yet.",
    )  # fmt: skip
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids", compute_sudo=True)
    note = fields.Text("Question")

    @api.depends("lead_id")
    def _compute_candidate_ids(self):
        group = self.env.ref("sales_team.group_sale_salesman")
        for wizard in self:
            lead = wizard.lead_id
            company = lead.company_id
            wizard.candidate_ids = group.all_user_ids.filtered(
                lambda user, lead=lead, company=company: not user.share
                and user not in lead.helper_user_ids | self.env.user
                and (not company or company in user.company_ids)
            )

    @contended
    def action_ask(self):
        self.ensure_one()
        [answer] = self.lead_id.action_ask_help(
            self.user_id.id, note=self.note, epoch=self.epoch or None, request_uid=f"lead.pool.ask.help,{self.id}"
        )
        return self.env["lead.pool.entry"]._notification(
            [answer],
            lambda _n: self.env._("%(user)s was asked, and sees the lead from now on.", user=self.user_id.name),
        )
