from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class LeadPoolNew(models.TransientModel):
    """New pools under one of three ready-made policies: one, or one for each region, industry or sales team.
    Everything can be changed afterwards."""

    _name = "lead.pool.new"
    _description = "New Pool"

    split = fields.Selection(
        [
            ("none", "One pool"),
            ("region", "One for each region"),
            ("industry", "One for each industry"),
            ("team", "One for each sales team"),
        ],
        "Which Pools?",
        required=True,
        default="none",
        help="Several pools come with entry conditions: each new lead without an owner enters the one that fits.",
    )
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
    name = fields.Char(help="E.g. a region, an industry or a sales team.")
    line_ids = fields.One2many(
        "lead.pool.new.line",
        "wizard_id",
        "Pools",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        help="What will be made. Call them as you like, and remove those that you do not need.",
    )
    country_id = fields.Many2one(
        "res.country",
        "Regions Of",
        default=lambda self: self.env["lead.pool"]._country_of_regions(),
        readonly=True,
        help="The country of your company, whose regions are proposed. It is changed in the company's settings.",
    )
    are_there = fields.Boolean(
        "Some Are There",
        compute="_compute_are_there",
        help="Whether some of these pools were made before: they are left as they are.",
    )
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

    @api.depends("split")
    def _compute_line_ids(self):
        for wizard in self:
            parts = self.env["lead.pool"].action_plan_pools(wizard.split) if wizard.split != "none" else []
            wizard.line_ids = [Command.clear(), *(Command.create(part) for part in parts)]

    @api.depends("line_ids.pool_id")
    def _compute_are_there(self):
        for wizard in self:
            wizard.are_there = bool(wizard.line_ids.pool_id)

    def action_confirm(self):
        """Make the pool and open it; several ones: open their list.

        :raises AccessError: the caller is no manager of all pools
        :raises UserError: the pool has no name, or there is nothing to make
        """
        self.ensure_one()
        if self.split != "none":
            return self._make_several()
        if not self.name:
            raise UserError(self.env._("Give the pool a name."))
        Pool = self.env["lead.pool"]
        pool = Pool.create(
            {
                "name": self.name,
                "team_id": self.team_id.id,
                "company_id": self.team_id.company_id.id or self.env.company.id,
                "member_ids": [Command.create({"user_id": user.id}) for user in self.member_ids],
                "admin_ids": [Command.create({"user_id": user.id, "role": "admin"}) for user in self.admin_ids],
                **Pool._prepare_policy_values(self.template),
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

    def _make_several(self):
        new = self.line_ids.filtered(lambda line: not line.pool_id)
        if not new:
            raise UserError(self.env._("All of these pools are there already. Keep a line that is new, or close this."))
        answers = self.env["lead.pool"].action_make_pools(
            self.split,
            self.template,
            keys=new.mapped("key"),
            names={line.key: line.name for line in new},
            team_id=self.team_id.id,
            member_ids=self.member_ids.ids,
            admin_ids=self.admin_ids.ids,
        )
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.lead_pool_action_config")
        return {**action, "domain": [("id", "in", [answer["id"] for answer in answers])], "target": "current"}


class LeadPoolNewLine(models.TransientModel):
    """A pool that is going to be made."""

    _name = "lead.pool.new.line"
    _description = "New Pool of a Template"

    wizard_id = fields.Many2one("lead.pool.new", required=True, ondelete="cascade")
    key = fields.Char(required=True)
    name = fields.Char("Pool", required=True)
    condition = fields.Char("New Leads Enter If")
    pool_id = fields.Many2one("lead.pool", "There Already", ondelete="cascade")
