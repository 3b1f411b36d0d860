from odoo import fields, models


class LeadPoolArchiveCheck(models.TransientModel):
    """A file that was archived is handed in: is it still what it was?"""

    _name = "lead.pool.archive.check"
    _description = "Verify an Archive"

    file = fields.Binary("Archive File", required=True, attachment=False, help="As it was downloaded: .jsonl.gz")
    file_name = fields.Char()
    unchanged = fields.Boolean(readonly=True)
    result = fields.Text(readonly=True, help="Whether the file and what stayed of its events are unchanged.")

    def _file(self):
        return self.with_context(bin_size=False).file.decode()

    def action_verify(self):
        """Say whether the file is what was archived."""
        self.ensure_one()
        answer = self.env["lead.pool.archive"].action_verify(self._file())
        self.write({"unchanged": answer["unchanged"], "result": self._sentence(answer)})
        return self._reopened()

    def action_take_out(self):
        """Remove the file from the database, for whoever handed it in has it."""
        self.ensure_one()
        answer = self.env["lead.pool.archive"].action_take_out(self._file())
        return {
            "type": "ir.actions.act_window",
            "res_model": "lead.pool.archive",
            "res_id": answer["archive_id"],
            "views": [(False, "form")],
        }

    def _sentence(self, answer):
        if answer["unchanged"]:
            return self.env._(
                "This is what was archived, unchanged: %(events)s events of %(leads)s leads. What stayed of them in "
                "the database is unchanged, too.",
                events=answer["events"],
                leads=answer["leads"],
            )
        if not answer["archive_id"]:
            return self.env._("This is no archive of this database, or the file was changed.")
        return self.env._(
            "The file is what was archived, but the history in the database does not fit it any more, of the leads "
            "%(leads)s.",
            leads=", ".join(f"#{number}" for number in answer["differing"][:20]),
        )

    def _reopened(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verify an Archive"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
