"""What the columns of a file are taken for, and its rows as they are kept until they go in."""

from odoo import models

from ...rules import columns, table_file


class LeadPoolImportProposing(models.AbstractModel):
    _name = "lead.pool.import.proposing"
    _description = "Columns and Rows of a File of Leads"

    def _propose_columns(self):
        """``[values of a column]``.

        :raises UserError: the file cannot be read
        """
        rows, _numbers, _options = self._table_of_file()
        headings, rows = [columns.clean(str(cell)) for cell in rows[0]], rows[1 : 1 + 200]
        Columns = self.env["lead.pool.import.column"]
        allowed = {name for name, _label in Columns._selection_field_name()}
        known = {
            label: name for label, name in self.env["lead.custom.field.new"]._known_labels().items() if name in allowed
        }
        known |= self._remembered(headings, allowed)
        return [
            {
                "sequence": number,
                "heading": heading,
                "field_name": name if name in allowed else False,
                "examples": self._examples(number, rows),
            }
            for number, (heading, name) in enumerate(zip(headings, table_file.match(headings, known), strict=True))
        ]

    def _remembered(self, headings, allowed):
        """Headings that somebody gave a field once, in Odoo's import or in ours."""
        mappings = self.env["base_import.mapping"].search(
            [("res_model", "=", "crm.lead"), ("column_name", "in", headings)]
        )
        return {columns.fold(m.column_name): m.field_name for m in mappings if m.field_name in allowed}

    @staticmethod
    def _examples(number, rows):
        cells = (str(row[number]).strip() for row in rows if number < len(row))
        return " · ".join(text[:30] for text in list(dict.fromkeys(filter(None, cells)))[:3])

    def _store_rows(self):
        """Keep the rows of the file as texts; where two say that they are the same lead, the later one is at fault."""
        rows, numbers, options = self._table_of_file()
        reader = self._reader(b"", self.file_name)
        some = [row for row in rows[1:201] if len(row) == len(rows[0])]
        reader._extract_headers_types(rows[0], some, options)
        texts = [
            [table_file.harmless(str(reader._stringify_date_like_objects(cell, options))) for cell in row]
            for row in rows[1:]
        ]
        faults = self._external_id_faults(texts, numbers[1:])
        position = {column.field_name: n for n, column in enumerate(self.column_ids) if column.field_name}
        shown = [position[name] for name in ("contact_name", "name", "partner_name", "phone") if name in position]
        Row = self.env["lead.pool.import.row"].sudo()
        Row.search([("import_id", "=", self.id)]).unlink()
        Row.create(
            [
                {
                    "import_id": self.id,
                    "number": number,
                    "cells": cells,
                    "fault": fault,
                    "label": next((cells[n][:60] for n in shown if n < len(cells) and cells[n]), False),
                }
                for cells, number, fault in zip(texts, numbers[1:], faults, strict=True)
            ]
        )
        kept = ("date_format", "datetime_format", "float_thousand_separator", "float_decimal_separator")
        self.sudo().write(
            {"row_count": len(texts), "options": {name: options[name] for name in kept if options.get(name)}}
        )

    def _external_id_faults(self, texts, numbers):
        """Why the External ID of a row cannot be, else ``False``."""
        position = next((n for n, column in enumerate(self.column_ids) if column.field_name == "id"), None)
        if position is None:
            return [False] * len(texts)
        modules = set(self.env["ir.module.module"].sudo().search([("name", "!=", False)]).mapped("name"))
        seen, faults = {}, []
        for cells, number in zip(texts, numbers, strict=True):
            name = cells[position] if position < len(cells) else ""
            module, dot, _rest = name.partition(".")
            if len(cells) != len(self.column_ids):
                faults.append(False)
            elif not name:
                faults.append(self.env._("The External ID is empty: a second import would make the lead again."))
            elif name in seen:
                faults.append(self.env._("The External ID is that of row %(number)s.", number=seen[name]))
            elif dot and module in modules:
                faults.append(self.env._("The part of the External ID before the dot is the name of an Odoo module."))
            else:
                seen[name] = number
                faults.append(False)
        return faults

    def _remember_columns(self):
        """The next file with the same headings finds the fields that somebody chose for them."""
        Mapping = self.env["base_import.mapping"].sudo()
        known = self.env["lead.custom.field.new"]._known_labels()
        chosen = self.column_ids.filtered("heading")
        meant = table_file.match(chosen.mapped("heading"), known)
        for column, proposed in zip(chosen, meant, strict=True):
            if column.field_name and column.field_name != proposed:
                values = {"res_model": "crm.lead", "column_name": column.heading, "field_name": column.field_name}
                mapping = Mapping.search(
                    [("res_model", "=", "crm.lead"), ("column_name", "=", column.heading)], limit=1
                )
                if mapping:
                    mapping.write(values)
                else:
                    Mapping.create(values)
