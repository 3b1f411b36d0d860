from odoo import fields, models

from ..isolation import contended


class LeadPoolTransfer(models.TransientModel):
    """An admin moves leads to another pool."""

    _name = "lead.pool.transfer"
    _inherit = ["lead.pool.move.mixin"]
    _description = "Transfer to Another Pool"

    pool_id = fields.Many2one("lead.pool", "Transfer To", required=True)
    reason_id = fields.Many2one("lead.pool.reason", "Why", domain=[("kind", "=", "transfer")])

    @contended
    def action_confirm(self):
        self.ensure_one()
        entries = self.entry_ids
        pool = self.pool_id
        answers = entries.action_transfer(pool.id, reason_id=self.reason_id.id or None, note=self.note or None)
        names = {"pool": pool.sudo().name}
        return self._show(
            entries,
            answers,
            lambda n: self.env._("%(count)s leads now wait in “%(pool)s”.", count=n, **names)
            if n != 1
            else self.env._("The lead now waits in “%(pool)s”.", **names),
        )
