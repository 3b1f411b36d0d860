import json

from odoo import http
from odoo.http import request
from odoo.tools import plaintext2html

from odoo.addons.website_crm.controllers import website_form

from ..forms import HONEYPOT, SIGNATURE, STAMP, decides, fixed_values


class WebsiteForm(website_form.WebsiteForm):
    @http.route("/lead_pool/website/stamp", type="jsonrpc", auth="public", website=True)
    def lead_pool_stamp(self):
        """When this visitor got his form, signed; nothing while no website asks for it."""
        return request.website.lead_pool_form_seconds > 0 and request.env["lead.pool.website.tally"].sudo()._stamp()

    @http.route()
    def website_form(self, model_name, **kwargs):
        if model_name != "crm.lead":
            return super().website_form(model_name, **kwargs)
        bait, stamp, signature = (request.params.pop(name, "") for name in (HONEYPOT, STAMP, SIGNATURE))
        if not request.env["lead.pool"]._in_use():
            return super().website_form(model_name, **kwargs)
        if bait and request.website.lead_pool_honeypot:
            return json.dumps({"id": self._lead_number()})
        Tally = request.env["lead.pool.website.tally"].sudo()
        if refusal := Tally._refusal(request.website, request.httprequest.remote_addr, str(stamp)):
            return json.dumps({"error": refusal})
        self._keep_what_a_visitor_says(str(signature))
        return super().website_form(model_name, **kwargs)

    def _keep_what_a_visitor_says(self, signature):
        """Whose the lead is and how far it got are not his to say, but the form's own fixed values stand."""
        fields = request.env["crm.lead"]._fields
        fixed = fixed_values(request.env(su=True), signature)
        for name, value in list(request.params.items()):
            field_name = name.split("[", 1)[0]
            if hasattr(value, "filename"):
                # Odoo writes the number of a file into the field that the file is named after
                if field_name in fields and fields[field_name].type != "binary":
                    request.params[f"file_{name}"] = request.params.pop(name)
            elif field_name in fields and decides(field_name) and value not in fixed.get(name, ()):
                del request.params[name]

    def _handle_website_form(self, model_name, **kwargs):
        answer = super()._handle_website_form(model_name, **kwargs)
        if model_name == "crm.lead" and getattr(request, "lead_pool_known", False):
            # who writes again gets the answer that everybody gets: a number that none has had yet
            request.session["form_builder_id"] = self._lead_number()
            answer = json.dumps({"id": request.session["form_builder_id"]})
        return answer

    def _lead_number(self):
        request.env.cr.execute("SELECT nextval('crm_lead_id_seq')")
        return request.env.cr.fetchone()[0]

    def insert_record(self, request, model_sudo, values, custom, meta=None):
        if model_sudo.model != "crm.lead" or not request.env["lead.pool"]._in_use():
            return super().insert_record(request, model_sudo, values, custom, meta=meta)
        # whoever is logged in: this came from the website
        request.update_context(lead_pool_channel="website")
        if pool := self._pool_of_the_form(request):
            values["pool_id"] = pool.id
        if not values.get("country_id"):
            values["country_id"] = request.env["website.visitor"]._get_visitor_from_request().sudo().country_id.id
        # all at once: what is written afterwards would overwrite the text of the lead that a repeat inquiry goes to
        values["description"] = self._whole_text(values.get("description"), custom, meta)
        newest = self._lead_number()
        lead_id = super().insert_record(request, model_sudo, values, "")
        request.lead_pool_known = lead_id <= newest
        return lead_id

    def _pool_of_the_form(self, request):
        """The pool of the team that the form was made for (a team that nobody signed is gone by now)."""
        if not request.params.get("team_id") or request.params.get("pool_id"):
            return None
        domain = [
            ("team_id", "=", int(request.params["team_id"])),
            ("company_id", "in", [False, request.website.company_id.id]),
        ]
        return request.env["lead.pool"].sudo().search(domain, limit=1)

    def _whole_text(self, text, custom, meta):
        parts = [text or ""]
        if custom:
            parts.append(plaintext2html(request.env._("Other Information:") + f"\n\n{custom}"))
        if meta:
            parts.append(plaintext2html(f"{self._meta_label}\n\n{meta}"))
        return "".join(str(part) for part in parts if part) or False
