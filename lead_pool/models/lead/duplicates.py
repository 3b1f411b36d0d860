"""A lead that looks like another one says so, until somebody merges them or says that they are different."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class LeadDuplicates(models.AbstractModel):
    _name = "lead.pool.lead.duplicates"
    _description = "Flagged Duplicates"

    duplicate_flag_ids = fields.One2many(
        "lead.pool.duplicate", "lead_id", copy=False, readonly=True, groups="lead_pool.group_manager"
    )
    duplicate_alert = fields.Text(
        compute="_compute_duplicate_alert", help="Which lead or customer this one looks like, as far as you may see it."
    )
    duplicate_of_id = fields.Many2one(
        "crm.lead",
        "Looks Like",
        compute="_compute_duplicate_alert",
        help="The lead that it looks like, if you may read it.",
    )

    @api.depends_context("uid", "lang")
    def _compute_duplicate_alert(self):
        flags = self.env["lead.pool.duplicate"].sudo().search(
            [("lead_id", "in", self._origin.ids), ("dismissed", "=", False)]
        )  # fmt: skip
        by_lead = flags.grouped("lead_id")
        for lead in self:
            of_lead = by_lead.get(lead._origin.sudo(), flags.browse())
            others = of_lead.other_lead_id.sudo(False)._filtered_access("read")
            lead.duplicate_of_id = others[:1]
            lead.duplicate_alert = "\n".join(
                self._say_flag(flag, (flag.other_lead_id or flag.partner_id).with_env(self.env)) for flag in of_lead
            )

    def _say_flag(self, flag, other):
        is_readable = not self.env.su and not self.env.user.share and other.sudo(False).has_access("read")
        words = {"other": self._say_known(other, is_readable)}
        if flag.sure:
            return self.env._("Known already: %(other)s.", **words)
        return self.env._("Perhaps known already: %(other)s.", **words)

    def _flag_duplicates(self, pairs):
        """Note what new leads look like.

        :param pairs: ``[(lead, Decision)]``
        """
        self.env["lead.pool.duplicate"].sudo().create(
            [
                {
                    "lead_id": lead.id,
                    "other_lead_id": decision.of.id if decision.of.model == "crm.lead" else False,
                    "partner_id": decision.of.id if decision.of.model == "res.partner" else False,
                    "by": ", ".join(decision.of.by),
                    "sure": decision.of.sure,
                    "would": decision.would or False,
                }
                for lead, decision in pairs
            ]
        )
        self.browse(lead.id for lead, _decision in pairs).invalidate_recordset(["duplicate_alert", "duplicate_of_id"])

    def button_not_a_duplicate(self):
        """Somebody who may change the lead has looked: they are different. That is remembered."""
        self.check_access("write")
        flags = self.env["lead.pool.duplicate"].sudo().search([("lead_id", "in", self.ids), ("dismissed", "=", False)])
        flags.write({"dismissed": True, "dismissed_by_id": self.env.uid})
        self.invalidate_recordset(["duplicate_alert", "duplicate_of_id"])

    def button_merge_duplicate(self):
        """Merge with the lead that it looks like, in Odoo's own wizard."""
        self.ensure_one()
        other = self.duplicate_of_id
        if not other:
            raise UserError(self.env._("There is nothing to merge with that you may see."))
        if not all(self.env["lead.pool.entry"]._is_pool_admin(lead.pool_id.id) for lead in (self, other)):
            raise AccessError(self.env._("Leads of pools are merged by the pools' admins. Ask one of them."))
        action = self.env["ir.actions.actions"]._for_xml_id("crm.action_merge_opportunities")
        return {**action, "context": {"active_model": "crm.lead", "active_ids": (self | other).ids}}
