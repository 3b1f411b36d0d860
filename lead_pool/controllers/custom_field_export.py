import json

from odoo import http
from odoo.http import request

from odoo.addons.web.controllers.export import ExcelExport


class CustomFieldExport(ExcelExport):
    @http.route("/lead_pool/custom_fields/export", type="http", auth="user")
    def export_custom_fields(self, model, ids):
        """The records of ``model`` that hold a value of these custom fields, as Odoo's own export writes them.

        :param str model: ``crm.lead``, ``res.partner`` or ``sale.order``
        :param str ids: numbers of ``lead.custom.field``, separated by commas
        :returns: XLSX that can be imported again; Odoo checks the rights to read and to export
        """
        numbers = [int(number) for number in ids.split(",") if number.isdecimal()]
        fields = request.env["lead.custom.field"].with_context(active_test=False).search([("id", "in", numbers)])
        fields = fields.filtered(lambda field: model in field._models_there())
        if not fields:
            raise request.not_found()
        names = ["id", "name", *fields.mapped("technical_name")]
        data = {
            "model": model,
            "fields": [{"name": name, "label": name, "type": request.env[model]._fields[name].type} for name in names],
            "ids": False,
            "domain": ["|"] * (len(fields) - 1) + [(name, "!=", False) for name in names[2:]],
            "groupby": [],
            "context": {"active_test": False},
            "import_compat": True,
        }
        return self.web_export_xlsx(json.dumps(data))
