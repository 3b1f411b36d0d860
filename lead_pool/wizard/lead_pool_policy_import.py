from base64 import b64decode
from contextlib import suppress

from odoo import fields, models

from ..notification import notification


class LeadPoolPolicyImport(models.TransientModel):
    """A policy file is read, what it would change is shown, and only then it is applied."""

    _name = "lead.pool.policy.import"
    _description = "Import Policy"

    pool_id = fields.Many2one(
        "lead.pool", "Into", readonly=True, ondelete="cascade", help="The pool that gets the policy. Empty: a new one."
    )
    file = fields.Binary("Policy File", required=True, attachment=False, help="Made by “Export Policy”. At most 1 MB.")
    file_name = fields.Char()
    replace_members = fields.Boolean(
        "Remove Other Members", help="Also remove members that the file does not name. What they hold stays with them."
    )
    shown = fields.Boolean(readonly=True, help="What the file would change is shown below.")
    diff = fields.Text("What Changes", readonly=True)
    problems = fields.Text("What Cannot Be Taken Over", readonly=True)

    def _run(self, dry_run):
        self.ensure_one()
        content = b""  # no policy file, which is what the import says then
        with suppress(ValueError):
            content = b64decode(self.file or b"")
        return self.pool_id.action_import_policy(content, dry_run=dry_run, replace_members=self.replace_members)

    def action_show(self):
        """Show what the file would change.

        :raises UserError: it is no policy file
        """
        answer = self._run(dry_run=True)
        self.write(
            {
                "shown": True,
                "diff": "\n".join(f"• {line}" for line in answer["diff"]),
                "problems": "\n".join(f"• {line}" for line in answer["problems"]),
            }
        )
        return self._reopened()

    def action_back(self):
        """Choose another file."""
        self.write({"shown": False, "diff": False, "problems": False})
        return self._reopened()

    def action_apply(self):
        """Import the file, and show the pool."""
        answer = self._run(dry_run=False)
        action = {"type": "ir.actions.client", "tag": "soft_reload"}
        if not self.pool_id:
            action = {
                "type": "ir.actions.act_window",
                "res_model": "lead.pool",
                "res_id": answer["pool_id"],
                "views": [(False, "form")],
            }
        return notification(self.env._("Policy imported: %(count)s changes.", count=len(answer["diff"])), then=action)

    def _reopened(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Policy"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
