from odoo import http
from odoo.http import content_disposition, request


class PersonExport(http.Controller):
    @http.route("/lead_pool/person/<int:wizard_id>", type="http", auth="user", readonly=True)
    def export_person(self, wizard_id):
        """All that is held on the person whom the caller entered in his dialog, as a ZIP."""
        wizard = request.env["lead.pool.forget"].browse(wizard_id).exists()
        if not wizard or not wizard.has_access("read"):
            raise request.not_found()
        headers = [
            ("Content-Type", "application/zip"),
            ("Content-Disposition", content_disposition("person.zip")),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(wizard._file(), headers)
