from odoo import api, fields, models

#: What a row became, or would become. The first six are the gate's own words.
CODES = [
    ("created", "New"),
    ("repeat", "Repeat Inquiry"),
    ("same_owner", "To the Same Owner"),
    ("flagged", "New, Flagged"),
    ("duplicate", "Refused"),
    ("invalid", "Invalid"),
    ("in_file", "Twice in the File"),
    ("before", "Imported Before"),
]
#: Of which no lead or inquiry was made: they can be mended and imported again.
REST = ("duplicate", "invalid")
DUPLICATES = ("repeat", "same_owner", "flagged", "duplicate", "in_file")


class LeadPoolImportRow(models.Model):
    """A row of an imported file: its cells for 30 days, and what became of it."""

    _name = "lead.pool.import.row"
    _description = "Row of a Lead Import"
    _order = "number, id"
    _log_access = False

    import_id = fields.Many2one("lead.pool.import", required=True, index=True, ondelete="cascade")
    number = fields.Integer("Row", readonly=True, help="In the file, empty rows included.")
    cells = fields.Json(readonly=True)
    label = fields.Char("Contact", readonly=True, help="What the row is known by.")
    code = fields.Selection(CODES, "Becomes", readonly=True, help="What it becomes, or became.")
    fault = fields.Char(readonly=True, help="Why it is no row of its own, known from the file alone.")
    message = fields.Char("Why", readonly=True, help="In words.")
    doubt = fields.Char("Doubtful", readonly=True, help="What is kept as it is although it cannot be right.")
    lacks_words = fields.Boolean(
        readonly=True, help="It names something that Odoo does not know and the import may make."
    )
    is_done = fields.Boolean(readonly=True, help="It was imported, or refused for good.")
    lead_id = fields.Many2one("crm.lead", readonly=True, index="btree_not_null", ondelete="set null")
    of_model = fields.Char(readonly=True)
    of_ref = fields.Many2oneReference("Duplicate Of", model_field="of_model", readonly=True)
    of_words = fields.Char("Is Known As", compute="_compute_of_words", help="Of whom the row is a duplicate.")

    _to_do_idx = models.Index("(import_id, number, id) WHERE is_done IS NOT TRUE")

    @api.depends("of_model", "of_ref")
    @api.depends_context("uid", "lang")
    def _compute_of_words(self):
        """A lead or customer as the reader may see it: a number and a team, if he may not read it."""
        for row in self:
            row.of_words = False
        for model, rows in self.filtered("of_ref").grouped("of_model").items():
            records = self.env[model].browse({row.of_ref for row in rows}).exists()  # of some of them several rows are
            readable = records._filtered_access("read")
            there = set(records.ids)
            for row in rows:
                record = records.browse(row.of_ref if row.of_ref in there else [])
                if record and record in readable:
                    row.of_words = record.display_name
                elif record and model == "crm.lead":
                    words = {"number": record.id, "team": record.sudo().team_id.name}
                    row.of_words = (
                        self.env._("Lead #%(number)s of %(team)s", **words)
                        if words["team"]
                        else self.env._("Lead #%(number)s", number=record.id)
                    )
                elif record:
                    row.of_words = self.env._("A customer")
