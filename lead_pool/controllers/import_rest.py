import io

import xlsxwriter

from odoo import http
from odoo.http import content_disposition, request

#: No cell is anything but the text that it is, whatever it begins with.
PLAIN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook_of(headings, lines, title):
    """An XLSX file of texts.

    :returns: bytes
    """
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, PLAIN)
    sheet = workbook.add_worksheet(title)
    bold = workbook.add_format({"bold": True, "bg_color": "#E7E9ED", "bottom": 1})
    sheet.freeze_panes(1, 0)
    for row, cells in enumerate([headings, *lines]):
        for column, text in enumerate(cells):
            if text:
                sheet.write_string(row, column, text, None if row else bold)
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, 1, 50)
    sheet.set_column(2, max(len(headings) - 1, 2), 18)
    workbook.close()
    return stream.getvalue()


class ImportRest(http.Controller):
    @http.route("/lead_pool/import/<int:import_id>/rest", type="http", auth="user")
    def import_rest(self, import_id):
        """The rows of an import that did not go in, with the reason; only for who may see the import.

        :returns: XLSX that can be mended and imported again
        """
        run = request.env["lead.pool.import"].search([("id", "=", import_id)])
        if not run:
            raise request.not_found()
        headings, lines = run._rest()
        stem = (run.file_name or "").rpartition(".")[0] or request.env._("Leads")
        return request.make_response(
            workbook_of(headings, lines, request.env._("Leads")),
            [
                ("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                (
                    "Content-Disposition",
                    content_disposition(request.env._("%(file)s - not imported.xlsx", file=stem)),
                ),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
