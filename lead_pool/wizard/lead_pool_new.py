from odoo import Command, api, fields, models


class LeadPoolNew(models.TransientModel):
    """A new pool from one of three ready-made policies; everything can be changed afterwards."""

    _name = "lead.pool.new"
    _description = "New Pool"

    template = fields.Selection(
        [
            ("claim", "Members claim: first come, first served, under fair limits"),
            ("inbound", "Fair rotation: inbound leads go to the members in turn, at once"),
            ("specialists", "Specialists: leads go to who has the skills and knows the company"),
        ],
        "How Are Leads Given Out?",
        required=True,
        default="claim",
        help="Sets the rules of the new pool. All of them can be changed afterwards.",
    )
    name = fields.Char(required=True, help="E.g. a region, an industry or a sales team.")
    team_id = fields.Many2one(
        "crm.team",
        "Sales Team",
        required=True,
        default=lambda self: self.env["crm.team"]._get_default_team_id(),
        help="Waiting leads belong to this team.",
    )
    member_ids = fields.Many2many(
        "res.users",
        "lead_pool_new_member_rel",
        string="Members",
        domain="[('share', '=', False)]",
        compute="_compute_member_ids",
        store=True,
        readonly=False,
        help="Who claims leads or gets them. The members of the sales team are proposed.",
    )
    admin_ids = fields.Many2many(
        "res.users",
        "lead_pool_new_admin_rel",
        string="Admins",
        domain="[('share', '=', False)]",
        default=lambda self: self.env.user,
        help="Who sees and gives out every lead of the pool and changes its rules.",
    )

    @api.depends("team_id")
    def _compute_member_ids(self):
        for wizard in self:
            wizard.member_ids = wizard.team_id.member_ids

    def action_confirm(self):
        """Make the pool and open it.

        :raises AccessError: the caller is no manager of all pools
        """
        self.ensure_one()
        pool = self.env["lead.pool"].create(
            {
                "name": self.name,
                "team_id": self.team_id.id,
                "company_id": self.team_id.company_id.id or self.env.company.id,
                "member_ids": [Command.create({"user_id": user.id}) for user in self.member_ids],
                "admin_ids": [Command.create({"user_id": user.id, "role": "admin"}) for user in self.admin_ids],
                **getattr(self, f"_prepare_{self.template}_values")(),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": pool.name,
            "res_model": "lead.pool",
            "res_id": pool.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def _prepare_claim_values(self):
        """Members help themselves: limits and a cooling-off keep it fair, what nobody works on goes back."""
        return {
            "member_capacity": 30,
            "member_daily_claim_limit": 10,
            "cooling_days": 7,
            "reclaim_rule_ids": [self._reclaim(self.env._("No follow-up"), no_first_touch_days=2, no_follow_up_days=7)],
        }

    def _prepare_inbound_values(self):
        """Leads that ask for an answer now: one for each in turn, to be contacted within a working day."""
        return {
            "claimable": False,
            "member_capacity": 50,
            "strategy": "rotation",
            "affinity": True,
            "first_contact_days": 1,
            "reclaim_rule_ids": [
                self._reclaim(self.env._("No follow-up"), no_first_touch_days=1, no_follow_up_days=5, working=True)
            ],
        }

    def _prepare_specialists_values(self):
        """Leads that need somebody who knows the matter; members read what waits, admins step in."""
        return {
            "claimable": False,
            "visibility": "open",
            "member_capacity": 20,
            "strategy": "skill",
            "affinity": True,
            "first_contact_days": 2,
            "reclaim_rule_ids": [self._reclaim(self.env._("Not converted"), not_converted_days=90, warn_days=7)],
        }

    def _reclaim(self, name, **values):
        return Command.create({"name": name, **values})
