from odoo import api, fields, models
from odoo.exceptions import UserError

from ..notification import notification


class LeadPoolEnrol(models.TransientModel):
    """Leads that are in no pool yet enter this one, after a look at how many that would be."""

    _name = "lead.pool.enrol"
    _description = "Enrol Existing Leads"

    pool_id = fields.Many2one("lead.pool", "Lead Pool", required=True, ondelete="cascade")
    domain = fields.Char("Which Leads", default="[]")
    waiting = fields.Integer("Will Wait", compute="_compute_counts")
    held = fields.Integer("Will Be Held", compute="_compute_counts")
    skipped = fields.Integer("Stay as They Are", compute="_compute_counts")
    problem = fields.Char(compute="_compute_counts")

    @api.depends("domain", "pool_id")
    def _compute_counts(self):
        for wizard in self:
            wizard.waiting = wizard.held = wizard.skipped = 0
            wizard.problem = False
            if not wizard.pool_id:
                continue
            try:
                [counts] = wizard.pool_id._origin.action_enrol(wizard.domain or "[]", dry_run=True)
            except UserError as error:
                wizard.problem = str(error)
                continue
            wizard.update({name: counts[name] for name in ("waiting", "held", "skipped")})

    def action_confirm(self):
        self.ensure_one()
        [counts] = self.pool_id.action_enrol(self.domain or "[]", dry_run=False)
        if counts["job_id"]:
            return self.env["lead.pool.job"].browse(counts["job_id"]).button_open()
        done = counts["waiting"] + counts["held"]
        refused = [
            self.env._("Lead #%(number)s: %(problem)s", number=answer["id"], problem=answer["message"])
            for answer in counts["refused"]
        ]
        enrolled = self.env._(
            "%(count)s leads enrolled in “%(pool)s”: %(waiting)s wait, %(held)s are held by their owners.",
            count=done,
            pool=self.pool_id.name,
            waiting=counts["waiting"],
            held=counts["held"],
        )
        return notification(
            "\n".join([enrolled, *refused[:3]]),
            "success" if done and not refused else "warning",
            sticky=bool(refused),
        )
