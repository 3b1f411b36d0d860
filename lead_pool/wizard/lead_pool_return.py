from odoo import api, fields, models

from ..isolation import contended


class LeadPoolReturn(models.TransientModel):
    """A rep sends leads back: why, and where to."""

    _name = "lead.pool.return"
    _inherit = ["lead.pool.move.mixin"]
    _description = "Return to the Pool"

    reason_id = fields.Many2one("lead.pool.reason", "Why", domain=[("kind", "=", "return")], required=True)
    note_required = fields.Boolean(related="reason_id.note_required")
    pool_id = fields.Many2one(
        "lead.pool",
        "Return To",
        compute="_compute_pool_id",
        store=True,
        readonly=False,
        help="Empty: each lead goes where the reason sends it, else back to its own pool.",
    )
    allowed_pool_ids = fields.Many2many("lead.pool", compute="_compute_allowed_pool_ids", compute_sudo=True)
    request_uid = fields.Char(help="Of the client, which repeats the call without this dialog if the network fails.")

    @api.depends("entry_ids")
    def _compute_allowed_pool_ids(self):
        for wizard in self:
            pools = wizard.entry_ids.sudo().pool_id
            wizard.allowed_pool_ids = pools.return_pool_ids.filtered("active") and (
                pools | pools.return_pool_ids.filtered("active")
            )

    @api.depends("reason_id")
    def _compute_pool_id(self):
        """Where the reason sends leads, shown where all of them may go there."""
        for wizard in self:
            target = wizard.sudo().reason_id.to_pool_id
            pools = wizard.entry_ids._origin.sudo().pool_id
            wizard.pool_id = target if all(target in (pool | pool.return_pool_ids) for pool in pools) else False

    @contended
    def action_confirm(self):
        self.ensure_one()
        entries = self.entry_ids.sorted("id")
        answers = entries.action_return(
            self.reason_id.id,
            note=self.note or None,
            pool_id=self.pool_id.id or None,
            epoch=self.epoch or None,
            request_uid=self.request_uid or None,
        )
        return self._show(
            entries,
            answers,
            lambda n: self.env._("%(count)s leads returned.", count=n)
            if n != 1
            else self.env._("The lead was returned."),
        )
