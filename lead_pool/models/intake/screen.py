"""What the page of an endpoint shows: its address, a request to try it with, what is weak about it, what came."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .lead_pool_received import STATES

RECENT = 10


class LeadPoolIntakeScreen(models.AbstractModel):
    _name = "lead.pool.intake.screen"
    _description = "Page of an Intake"

    url = fields.Char(
        "Address", compute="_compute_url", groups="lead_pool.group_manager,base.group_system",
        help="Enter it at the platform. Whoever knows it can send leads.",
    )  # fmt: skip
    curl = fields.Text("Try It", compute="_compute_url", groups="lead_pool.group_manager,base.group_system")
    weakness = fields.Text(compute="_compute_weakness")
    recent_ids = fields.Many2many("lead.pool.received", compute="_compute_recent", string="Last 10 Received")
    last_seen = fields.Datetime(compute="_compute_recent", help="When something came the last time.")
    done_count = fields.Integer("Leads", compute="_compute_recent", help="Of the last 30 days.")
    duplicate_count = fields.Integer("Duplicates", compute="_compute_recent", help="Of the last 30 days.")
    refused_count = fields.Integer("Refused", compute="_compute_recent", help="Of the last 30 days.")
    failed_count = fields.Integer("Failed", compute="_compute_recent", help="That wait for somebody to look at them.")

    @api.depends("token", "kind", "body_secret_path", "signature_method")
    def _compute_url(self):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        for intake in self:
            intake.url = f"{base}/lead_pool/in/{intake.token}"
            intake.curl = intake._curl()

    def _curl(self):
        """A command that sends one lead, for who has no platform at hand."""
        if self.kind == "form":
            return f"curl {self.url} \\\n  -d 'name=Li Na' -d 'phone=+86 138 0000 0001'"
        body = {
            "google": '{"lead_id": "test-1", "google_key": "SECRET", "is_test": true, "user_column_data": '
            '[{"column_id": "FULL_NAME", "string_value": "Li Na"}, '
            '{"column_id": "PHONE_NUMBER", "string_value": "+8613800000001"}]}',
            "meta": '{"object": "page", "entry": [{"changes": [{"field": "leadgen", '
            '"value": {"leadgen_id": "1", "form_id": "2", "page_id": "3"}}]}]}',
        }.get(self.kind, '{"id": "test-1", "name": "Li Na", "phone": "+86 138 0000 0001"}')
        lines = [f"BODY='{body}'"] if self.signature_method == "hmac_body" else []
        header = ""
        if self.signature_method == "hmac_body" and self.signature_place == "header":
            lines.append(
                f"SIGNATURE={self.signature_prefix or ''}"
                "$(printf %s \"$BODY\" | openssl dgst -sha256 -hmac SECRET | sed 's/.* //')"
            )
            header = f' \\\n  -H "{self.signature_name}: $SIGNATURE"'
        data = '"$BODY"' if lines else f"'{body}'"
        lines.append(f"curl {self.url} \\\n  -H 'Content-Type: application/json'{header} \\\n  -d {data}")
        return "\n".join(lines)

    @api.depends(
        "signature_method",
        "body_secret",
        "external_id_path",
        "max_age_minutes",
        "stamp_place",
        "per_minute",
        "lead_path",
        "kind",
        "page_token",
        "graph_problem",
    )
    @api.depends_context("lang")
    def _compute_weakness(self):
        _ = self.env._
        for intake in self:
            words, full = [], intake.sudo()
            if full.signature_method == "none" and not full.body_secret:
                words.append(
                    _("Whoever knows the address can send leads. Ask for a signature or a secret under Proof.")
                )
            if full.signature_method in ("md5_params", "sha256_params"):
                words.append(_("This way of signing is weaker than HMAC; take HMAC where the platform offers it."))
            if full.max_age_minutes and full.signature_method == "none":
                words.append(_("The time stamp is not signed: anybody can write a new one."))
            if full.max_age_minutes and full.signature_method == "hmac_body" and full.stamp_place != "body":
                words.append(_("The signature does not cover the time stamp: anybody can write a new one."))
            if full.signature_method == "none" and not full.external_id_path:
                words.append(
                    _("Requests have no number: one that comes twice is known only by phone, e-mail and the like.")
                )
            if full.kind == "meta" and not full.page_token:
                words.append(_("Meta sends numbers only: without a page access token it cannot be asked who it is."))
            elif full.graph_problem:
                words.append(intake._graph_sentence(full.graph_problem))
            intake.weakness = "\n".join(words)

    def _compute_recent(self):
        Received = self.env["lead.pool.received"]
        since = self.env["lead.pool"]._now() - timedelta(days=30)
        may_read = Received.has_access("read")  # not an administrator of Odoo who runs no pools
        domain = Domain("intake_id", "in", self._origin.ids if may_read else [])
        domain &= Domain("received_at", ">=", since) | Domain("state", "in", ("failed", "dead"))
        groups = Received._read_group(domain, ["intake_id", "state"], ["__count"]) if may_read else ()
        counts = {(intake.id, state): count for intake, state, count in groups}
        for intake in self:
            number = may_read and intake._origin.id
            recent = Received.search([("intake_id", "=", number)], limit=RECENT) if number else Received
            intake.recent_ids = recent
            intake.last_seen = recent[:1].received_at
            by_state = {state: counts.get((number, state), 0) for state, _label in STATES}
            intake.done_count = by_state["done"]
            intake.duplicate_count = by_state["duplicate"]
            intake.refused_count = by_state["refused"]
            intake.failed_count = by_state["failed"] + by_state["dead"]

    def _in_words(self, lead, taken):
        """The lead that would be made, as a person reads it.

        :param Lead lead: from :meth:`_leads`
        :param taken: the gate's verdict, of ``crm.lead._look_before``
        """
        Lead = self.env["crm.lead"]
        labels = Lead.fields_get(list(lead.vals), ["string"])
        shown = []
        for name, value in lead.vals.items():
            if name in ("company_id", "user_id", "description") or value in (None, False, ""):
                continue
            shown.append(f"{labels[name]['string']}: {self._shown(Lead._fields[name], value)}")
        return "; ".join([*shown, *filter(None, [taken.message])])

    def _shown(self, field, value):
        if field.type == "many2one":
            return self.env[field.comodel_name].sudo().browse(value).display_name
        if field.type == "many2many":
            return ", ".join(self.env[field.comodel_name].sudo().browse(value[0][2]).mapped("display_name"))
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return field.convert_to_export(value, self.env["crm.lead"]) if field.type in ("date", "datetime") else value
