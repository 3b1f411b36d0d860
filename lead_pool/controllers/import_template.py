import io

import xlsxwriter

from odoo import http
from odoo.http import content_disposition, request

#: Columns of the template besides the custom fields, in order.
COLUMNS = (
    "name",
    "contact_name",
    "partner_name",
    "phone",
    "email_from",
    "wechat",
    "company_registry_code",
    "city",
    "state_id",
    "country_id",
    "source_id",
    "campaign_id",
    "tag_ids",
    "lead_group_id",
    "industry_id",
    "product_interest_ids",
    "priority",
    "description",
    "pool_id",
)
LONGEST_LIST = 255  # characters of a list of choices in a cell, Excel's own limit
ROWS = 5000  # that get the list of choices


class ImportTemplate(http.Controller):
    @http.route("/lead_pool/import_template", type="http", auth="user", readonly=True)
    def import_template(self):
        """An empty workbook with a column for each field of a lead that people fill in, custom fields included.

        :returns: XLSX; its headings are the labels in the user's language, which Odoo's import finds by themselves
        """
        Lead = request.env["crm.lead"]
        Lead.check_access("create")
        own = request.env["lead.custom.field"]._shown_on("crm.lead")
        custom = own.mapped("technical_name")
        retired = {field.technical_name: field.option_ids.filtered("retired").mapped("value") for field in own}
        names = [name for name in (*COLUMNS, *custom) if Lead._has_field_access(Lead._fields[name], "write")]
        about = Lead.fields_get(names, ["string", "type", "selection", "help", "required"])
        stream = io.BytesIO()
        workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
        sheet = workbook.add_worksheet(request.env._("Leads"))
        heading = workbook.add_format({"bold": True, "bg_color": "#E7E9ED", "bottom": 1})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(names):
            field = about[name]
            sheet.write_string(0, column, field["string"], heading)
            sheet.set_column(column, column, max(14, min(len(field["string"]) * 1.4, 40)))
            choices = [label for value, label in field.get("selection", ()) if value not in retired.get(name, ())]
            written = ",".join(choices)
            if choices and len(written) <= LONGEST_LIST and not {",", '"'} & set("".join(choices)):
                sheet.data_validation(1, column, ROWS, column, {"validate": "list", "source": choices})
            if field.get("help"):
                sheet.write_comment(0, column, field["help"])
        workbook.close()
        return request.make_response(
            stream.getvalue(),
            [
                ("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                ("Content-Disposition", content_disposition(f"{request.env._('Leads')}.xlsx")),
            ],
        )
