from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.custom.columns import MODELS
from ..models.custom.lead_custom_field import MOST_AT_ONCE
from ..rules import columns

CHINESE = "zh_CN"
MOST_ABOVE_THE_TABS = 8  # fields of a file; more get a tab
MOST_ROWS = 20_000  # rows of a file that are looked at


class LeadCustomFieldNew(models.TransientModel):
    """Makes several custom fields in one save, typed in or proposed from the columns of a file."""

    _name = "lead.custom.field.new"
    _description = "New Custom Fields"
    _inherit = ["lead.pool.import.reading"]

    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    section_id = fields.Many2one("lead.custom.section", "Section", ondelete="set null")
    section_name = fields.Char("New Section", help="A tab of its own for these fields.")
    line_ids = fields.One2many(
        "lead.custom.field.new.line", "wizard_id", "Fields", default=lambda self: [fields.Command.create({"name": ""})]
    )
    asks_chinese = fields.Boolean(compute="_compute_languages")
    asks_english = fields.Boolean(compute="_compute_languages")
    column_count = fields.Integer(compute="_compute_counts")
    new_count = fields.Integer(compute="_compute_counts")
    has_link = fields.Boolean(compute="_compute_counts")

    @api.depends_context("lang")
    def _compute_languages(self):
        """The label is asked in the user's language, and in the other of the two where it is installed."""
        installed = dict(self.env["res.lang"].get_installed())
        chinese = (self.env.lang or "").startswith("zh")
        for wizard in self:
            wizard.asks_chinese = CHINESE in installed and not chinese
            wizard.asks_english = chinese

    @api.depends("line_ids.make", "line_ids.heading", "line_ids.field_type")
    def _compute_counts(self):
        for wizard in self:
            wizard.column_count = len(wizard.line_ids.filtered("heading"))
            wizard.new_count = len(wizard.line_ids.filtered("make"))
            wizard.has_link = "link" in wizard.line_ids.mapped("field_type")

    @api.onchange("file")
    def _onchange_file(self):
        """Propose a field for each column of the file that no field is known for."""
        self.line_ids = self.line_ids.filtered(lambda line: not line.heading and (line.name or not self.file))
        if not self.file:
            return None
        try:
            lines = self._read_columns()
        except UserError as error:
            self.file = self.file_name = False
            return {"warning": {"title": self.env._("This file cannot be read"), "message": str(error)}}
        self.line_ids = [fields.Command.create(values) for values in lines]
        if self.new_count > MOST_ABOVE_THE_TABS:
            self.section_name = (self.file_name or "").rpartition(".")[0] or self.env._("More")
        return None

    def _section(self):
        """The section that was chosen, or the one that was named: made now, so that cancelling leaves nothing."""
        Section = self.env["lead.custom.section"]
        name = columns.clean(self.section_name)
        if self.section_id or not name:
            return self.section_id
        return Section.search([("name", "=", name)], limit=1) or Section.create({"name": name})

    def _read_columns(self):
        """``[values of a line]``: heading, label, guessed type and options, examples.

        :raises UserError: no table that Odoo's import can read, or nothing in it
        """
        rows = self._read_rows()
        if not rows:
            raise UserError(self.env._("The file is empty. It needs headings in its first row."))
        headings, rows = [columns.clean(str(cell)) for cell in rows[0]], rows[1 : MOST_ROWS + 1]
        known, seen = self._known_labels(), set()
        lines = []
        for number, heading in enumerate(headings):
            if not heading:
                continue
            cells = [str(row[number]).strip() for row in rows if number < len(row)]
            guess = columns.guess(cells)
            field = known.get(columns.fold(heading))
            label = self._free_label(heading) if field else columns.clean(heading)[: columns.LONGEST_LABEL]
            while columns.fold(label) in seen:
                label = f"{label} {number + 1}"
            seen.add(columns.fold(label))
            lines.append(
                {
                    "sequence": number,
                    "heading": heading,
                    "make": not field and sum(line["make"] for line in lines) < MOST_AT_ONCE,
                    "known_as": field and self.env["crm.lead"]._fields[field]._description_string(self.env),
                    "name": label,
                    "field_type": guess.type,
                    "options": "; ".join(guess.options),
                    "examples": self._examples(cells, guess),
                }
            )
        return lines

    def _read_rows(self):
        """All rows of the file as texts, read as Odoo's import reads them."""
        data = self._file_content(self.with_context(bin_size=False).file)
        rows, _numbers, _options = self._read_table(data, self.file_name)
        return rows

    def _known_labels(self):
        """``{folded label or name: field}`` of the lead, of Odoo and of our own."""
        Field = self.env["lead.custom.field"]
        known = dict.fromkeys(columns.RESERVED_HEADINGS, "id")
        for name, field in self.env["crm.lead"]._fields.items():
            if field.exportable:
                known[columns.fold(name)] = name
        known.update(Field._standard_labels("crm.lead"))
        for field in Field.sudo().with_context(active_test=False).search([("on_lead", "=", True)]):
            for label in field._labels():
                known[columns.fold(label)] = field.technical_name
        return {label: name for label, name in known.items() if name in self.env["crm.lead"]._fields}

    def _free_label(self, heading):
        """A label for a column whose heading is that of another field."""
        stem = (self.file_name or "").rpartition(".")[0]
        return f"{heading} ({stem})" if stem else self.env._("%(label)s (own)", label=heading)

    def _examples(self, cells, guess):
        different = list(dict.fromkeys(cell for cell in cells if cell))
        return self.env._(
            "%(filled)s filled: %(examples)s",
            filled=guess.filled,
            examples=" · ".join(text[:30] for text in different[:4]) or "–",
        )

    def action_create(self):
        """Make the chosen fields in one go and open the list of fields.

        :raises UserError: nothing is chosen, or why a field cannot be made; nothing is made then
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.make and (line.name or line.heading))
        if not lines:
            raise UserError(self.env._("Add a field, or tick a column of the file."))
        Field = self.env["lead.custom.field"]
        Field.check_access("create")
        self.section_id = self._section()
        last = Field.sudo().with_context(active_test=False).search([], order="sequence desc", limit=1).sequence
        made = Field._create_translated(
            [line._prepare_field_values(last + number) for number, line in enumerate(lines, 1)],
            [line._translations() for line in lines],
        )
        self._remember_headings(lines, made)
        return {"type": "ir.actions.act_url", "url": "/odoo/custom-fields", "target": "self"}

    def _remember_headings(self, lines, made):
        """Odoo's import finds the field of a heading that is not the field's label."""
        Mapping = self.env["base_import.mapping"].sudo()
        for line, field in zip(lines, made, strict=True):
            if line.heading and columns.fold(line.heading) != columns.fold(field.name) and field.on_lead:
                mapping = Mapping.search([("res_model", "=", "crm.lead"), ("column_name", "=", line.heading)])
                values = {"res_model": "crm.lead", "column_name": line.heading, "field_name": field.technical_name}
                if mapping:
                    mapping.write(values)
                else:
                    Mapping.create(values)


class LeadCustomFieldNewLine(models.TransientModel):
    _name = "lead.custom.field.new.line"
    _description = "New Custom Field"
    _order = "sequence, id"

    wizard_id = fields.Many2one("lead.custom.field.new", required=True, ondelete="cascade")
    sequence = fields.Integer(default=1000)
    make = fields.Boolean("New", default=True)
    heading = fields.Char("Column", readonly=True)
    known_as = fields.Char("Is Already", readonly=True)
    examples = fields.Char(readonly=True)
    name = fields.Char("Label")
    name_chinese = fields.Char("Label (Chinese)")
    name_english = fields.Char("Label (English)")
    field_type = fields.Selection(
        lambda self: self.env["lead.custom.field"]._fields["field_type"]._description_selection(self.env),
        required=True,
        default="text",
    )
    options = fields.Char(help="Separated by semicolons.")
    link_model = fields.Selection(lambda self: self.env["lead.custom.field"]._selection_link_model(), "Links To")
    on_lead = fields.Boolean("Leads", default=True)
    on_customer = fields.Boolean("Customers")
    on_order = fields.Boolean("Orders")

    def _prepare_field_values(self, sequence):
        self.ensure_one()
        values = {
            "name": self.name,
            "field_type": self.field_type,
            "sequence": sequence,
            "section_id": self.wizard_id.section_id.id,
            **{flag: self[flag] for flag in MODELS},
        }
        if self.field_type in ("selection", "multi"):
            labels = columns.split_options(self.options)
            values["option_ids"] = [
                fields.Command.create({"name": label, "sequence": number}) for number, label in enumerate(labels, 1)
            ]
        if self.field_type == "link":
            values["link_model"] = self.link_model
        return values

    def _translations(self):
        """``{language: label}`` besides the user's own."""
        self.ensure_one()
        asked = {
            CHINESE: self.wizard_id.asks_chinese and self.name_chinese,
            "en_US": self.wizard_id.asks_english and self.name_english,
        }
        return {lang: label.strip() for lang, label in asked.items() if label and label.strip()}
