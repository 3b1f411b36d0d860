from odoo import http
from odoo.http import content_disposition, request

from .import_rest import workbook_of


class ConversionResults(http.Controller):
    @http.route("/lead_pool/job/<int:job_id>/conversions", type="http", auth="user")
    def conversions(self, job_id):
        """What became of each lead of a conversion in the background; only for who may see the job.

        :returns: XLSX
        """
        job = request.env["lead.pool.job"].search([("id", "=", job_id), ("kind", "=", "convert")])
        if not job:
            raise request.not_found()
        headings, rows = request.env["lead.pool.conversion.line"]._rows(job)
        return request.make_response(
            workbook_of(headings, rows, request.env._("Leads")),
            [
                ("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                (
                    "Content-Disposition",
                    content_disposition(request.env._("Converted leads %(number)s.xlsx", number=job.id)),
                ),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
