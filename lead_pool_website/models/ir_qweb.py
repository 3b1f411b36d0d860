from lxml import etree
from markupsafe import Markup

from odoo import api, models

from ..forms import prepare_forms


class IrQweb(models.AbstractModel):
    _inherit = "ir.qweb"

    def _get_template(self, template):
        element, document, ref = super()._get_template(template)
        if self.env.context.get("website_id"):
            prepare_forms(element, self.sudo().env)
        return element, document, ref


class IrQwebFieldHtml(models.AbstractModel):
    _inherit = "ir.qweb.field.html"

    @api.model
    def value_to_html(self, value, options):
        html = super().value_to_html(value, options)
        if html and 'data-model_name="crm.lead"' in html:  # taken apart and put together as Odoo does it for its forms
            body = etree.fromstring(f"<body>{html}</body>", etree.HTMLParser())[0]
            prepare_forms(body, self.sudo().env)
            html = Markup(etree.tostring(body, encoding="unicode", method="html")[6:-7])  # nosec: what super() gave
        return html
