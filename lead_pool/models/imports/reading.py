"""A file becomes a table of texts, by Odoo's own reader."""

import base64
import csv
import io

from odoo import api, models
from odoo.exceptions import UserError

from ...rules import table_file

LARGEST_FILE = 20 * 2**20  # bytes
LOOKED_AT = 200  # rows that tell how dates and numbers are written


class LeadPoolImportReading(models.AbstractModel):
    _name = "lead.pool.import.reading"
    _description = "Reading a File of Leads"

    @api.model
    def _read_table(self, data, file_name):
        """All rows of a file, read as Odoo's import reads them, the encoding and the separator of a text guessed.

        :param bytes data: CSV, XLSX, XLS or ODS
        :returns: ``(rows, numbers, options)``: the first row has the headings; dates are what the file has them as;
            ``numbers`` count the rows as a spreadsheet does, empty ones included
        :raises UserError: no table, or too large
        """
        if len(data) > LARGEST_FILE:
            raise UserError(self.env._("The file is larger than 20 MB. Divide it into several files."))
        reader = self._reader(data, file_name)
        options = {"quoting": '"', "separator": "", "encoding": "", "has_headers": True}
        if not data.startswith(b"PK"):
            options["encoding"] = table_file.encoding(data)
            if options["encoding"]:
                options["separator"] = table_file.separator(data.decode(options["encoding"]))
        try:
            length, rows = reader._read_file(options)
        except Exception as error:
            raise UserError(
                self.env._(
                    "Save it as CSV (UTF-8) or as XLSX, with headings in its first row. What went wrong: %(error)s",
                    error=error,
                )
            ) from error
        if not rows:
            raise UserError(self.env._("The file is empty. It needs headings in its first row."))
        return rows, self._row_numbers(data, options, length, len(rows)), options

    def _reader(self, data, file_name):
        return self.env["base_import.import"].create(
            {"res_model": "crm.lead", "file": data, "file_name": file_name, "file_type": False}
        )

    @staticmethod
    def _row_numbers(data, options, length, count):
        """Which rows of the file they are: Odoo's reader leaves out the empty ones."""
        if "sheet" in options:
            if length == count:
                return range(1, count + 1)
            import openpyxl  # noqa: PLC0415  # only for a workbook with empty rows

            try:
                book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            except Exception:  # an old XLS or an ODS, of which the order is all that is known
                return range(1, count + 1)
            lines = book[options["sheet"]].iter_rows(values_only=True)
        else:
            text = io.StringIO(data.decode(options["encoding"]))
            lines = csv.reader(text, quotechar=options["quoting"], delimiter=options["separator"])
        numbers = [n for n, line in enumerate(lines, 1) if any(str(cell or "").strip() for cell in line)]
        return numbers if len(numbers) == count else range(1, count + 1)

    @api.model
    def _file_content(self, file):
        return base64.b64decode(file or b"")
