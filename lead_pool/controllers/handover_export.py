import io

import xlsxwriter

from odoo import fields, http
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    ("lead_ref", 10),
    ("pool_id", 20),
    ("from_user_id", 20),
    ("to_words", 20),
    ("moved_at", 18),
    ("reclaim_at", 18),
    ("activities", 10),
    ("meetings", 10),
    ("requests", 10),
    ("state", 18),
    ("back_at", 18),
    ("message", 60),
)


class HandoverExport(http.Controller):
    @http.route("/lead_pool/handover/<int:handover_id>", type="http", auth="user", readonly=True)
    def export_handover(self, handover_id):
        """The certificate of a hand-over as a workbook: a row for each lead; for who may read the hand-over."""
        handover = request.env["lead.pool.handover"].browse(handover_id).exists()
        if not handover or not handover.has_access("read"):
            raise request.not_found()
        name = handover.display_name
        headers = [
            ("Content-Type", XLSX),
            ("Content-Disposition", content_disposition(f"{name}.xlsx")),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(self._workbook(handover), headers)

    def _workbook(self, handover):
        """Texts are written as texts: a name like ``=1+1`` never becomes a formula."""
        lines, stream = handover.line_ids, io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(stream, options) as book:
            sheet = book.add_worksheet(handover.env._("Certificate")[:31])
            bold = book.add_format({"bold": True})
            moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
            sheet.write_string(0, 0, handover.display_name, bold)
            for row, (label, number) in enumerate(handover._totals(), 1):
                sheet.write_string(row, 0, label)
                sheet.write_number(row, 1, number)
            head = 6
            sheet.freeze_panes(head + 1, 0)
            for column, (field, width) in enumerate(COLUMNS):
                sheet.set_column(column, column, width)
                sheet.write_string(head, column, lines._fields[field]._description_string(handover.env), bold)
            for row, line in enumerate(lines, head + 1):
                for column, (field, _width) in enumerate(COLUMNS):
                    self._write(sheet, row, column, line, field, moment)
        return stream.getvalue()

    def _write(self, sheet, row, column, line, field, moment):
        value, kind = line[field], line._fields[field].type
        if kind == "many2one":
            sheet.write_string(row, column, value.sudo().display_name or "")
        elif kind == "datetime":
            if value:
                local = fields.Datetime.context_timestamp(line, value).replace(tzinfo=None)
                sheet.write_datetime(row, column, local, moment)
        elif kind == "integer":
            sheet.write_number(row, column, value)
        elif kind == "selection":
            sheet.write_string(row, column, dict(line._fields[field]._description_selection(line.env)).get(value, ""))
        else:
            sheet.write_string(row, column, value or "")
