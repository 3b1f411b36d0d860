import hashlib
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...rules import payload
from .presets import KINDS, PRESETS

MANAGERS = "lead_pool.group_manager,base.group_system"
MOST_KB = 1024  # more is not even read


class LeadPoolIntake(models.Model):
    """One endpoint for one source of leads: its address, how a request proves itself, and what goes where."""

    _name = "lead.pool.intake"
    _inherit = [
        "lead.pool.intake.receive",
        "lead.pool.intake.graph",
        "lead.pool.intake.mapping",
        "lead.pool.intake.screen",
    ]
    _description = "Intake"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="The source as people call it, e.g. “Google Ads, spring campaign”.")
    active = fields.Boolean(default=True, help="An archived intake answers as if its address did not exist.")
    kind = fields.Selection(
        KINDS, required=True, default="json", help="Sets up what is known of the platform; all of it can be changed."
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, help="Whose leads they become."
    )
    token = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        groups=MANAGERS,
        default=lambda self: secrets.token_urlsafe(24),
        help="The secret part of the address.",
    )
    token_digest = fields.Char(compute="_compute_token_digest", store=True, compute_sudo=True, groups=MANAGERS)

    # where the leads go
    pool_id = fields.Many2one(
        "lead.pool",
        "Lead Pool",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('company_id', 'in', [company_id, False])]",
        help="Where its leads wait. Empty: the entry conditions decide.",
    )
    team_id = fields.Many2one(
        "crm.team", "Sales Team", ondelete="set null", check_company=True, help="Of leads that enter no pool."
    )
    country_id = fields.Many2one(
        "res.country", ondelete="set null", help="Where the request names none; numbers are read as of this country."
    )
    campaign_id = fields.Many2one("utm.campaign", ondelete="set null", help="Where the request names none.")
    source_id = fields.Many2one("utm.source", ondelete="set null", help="Where the request names none.")
    medium_id = fields.Many2one(
        "utm.medium", "Marketing Medium", ondelete="set null", help="Where the request names none."
    )
    create_utm = fields.Boolean(
        "Make Unknown Campaigns",
        help="A campaign, source or medium that is named for the first time is made. Off: its name goes to the notes.",
    )

    # how a request proves itself
    signature_method = fields.Selection(
        [
            ("none", "None"),
            ("hmac_body", "HMAC-SHA256 of the body"),
            ("hmac_stamp_body", "HMAC-SHA256 of time stamp, dot and body"),
            ("hmac_params", "HMAC-SHA256 of the sorted parameters"),
            ("sha256_params", "SHA-256 of the sorted parameters and the secret"),
            ("md5_params", "MD5 of the sorted parameters and the secret"),
        ],
        "Signature",
        required=True,
        default="none",
        help="How the platform signs what it sends, by its documentation.",
    )
    secret = fields.Char(groups=MANAGERS, help="The key that the platform signs with.")
    params_layout = fields.Selection(
        [
            ("amp_key", "a=1&b=2&key=SECRET"),
            ("amp", "a=1&b=2SECRET"),
            ("plain", "a1b2SECRET"),
            ("wrapped", "SECRETa1b2SECRET"),
        ],
        "Put Together as",
        required=True,
        default="amp_key",
        help="Names in alphabetical order, empty values left out. HMAC: the same without the secret.",
    )
    signature_place = fields.Selection(
        [("header", "Header"), ("query", "Address (query)"), ("body", "Body")],
        "Signature Is in",
        required=True,
        default="header",
        help="Where the signature stands.",
    )
    signature_name = fields.Char("Name of the Signature", default="X-Signature", help="Of the header or parameter.")
    signature_prefix = fields.Char("Begins with", help="What stands before the signature itself, e.g. sha256=")
    stamp_place = fields.Selection(
        [("header", "Header"), ("query", "Address (query)"), ("body", "Body")],
        "Time Stamp Is in",
        required=True,
        default="body",
        help="Where the platform says when it sent this.",
    )
    stamp_name = fields.Char("Name of the Time Stamp", help="Of the header, parameter, or the path in the body.")
    max_age_minutes = fields.Integer(
        "Oldest Request (Minutes)", help="A request with an older time stamp is refused. 0: none is asked for."
    )
    body_secret_path = fields.Char("Secret in the Body", help="Path to it, e.g. google_key.")
    body_secret = fields.Char("Its Value", groups=MANAGERS, help="Must stand there, letter by letter.")
    verify_token = fields.Char(groups=MANAGERS, help="Meta asks for it once, when the address is entered there.")

    # what a request says
    external_id_path = fields.Char("Platform's Number", help="Path to the number under which the platform knows it.")
    test_path = fields.Char("Mark of a Test", help="Path to the mark of a test lead, which becomes no lead.")
    lead_path = fields.Char("List of Leads", help="Where one request carries several leads: path to each, with [*].")
    mapping_ids = fields.One2many("lead.pool.intake.field", "intake_id", "Mapping", copy=True)

    # how much, and what is kept
    dry_run = fields.Boolean(help="Everything is received, checked and logged; no lead is made.")
    max_kb = fields.Integer("Largest Request (kB)", default=256, required=True, help="A larger one is refused unread.")
    per_minute = fields.Integer(
        "Requests per Minute", default=120, required=True, help="More are refused for now, whoever sends them."
    )
    keep_body_days = fields.Integer(
        "Keep What Came (Days)", default=30, required=True, help="Afterwards only what became of it is kept."
    )

    _token_uniq = models.UniqueIndex("(token_digest)")
    _positive = models.Constraint(
        f"""CHECK (max_kb BETWEEN 1 AND {MOST_KB} AND per_minute BETWEEN 1 AND 100000
                   AND keep_body_days BETWEEN 1 AND 3650 AND COALESCE(max_age_minutes, 0) BETWEEN 0 AND 10080)""",
        "Largest request: 1 to 1024 kB. Requests per minute: 1 to 100000. Days: 1 to 3650. Age: 0 to 10080 minutes.",
    )

    # ------------------------------------------------------------
    # COMPUTE AND CHECKS
    # ------------------------------------------------------------

    @api.depends("token")
    def _compute_token_digest(self):
        for intake in self:
            intake.token_digest = self._digest(intake.token)

    @api.model
    def _digest(self, token):
        """Addresses are looked up by this, so that no answer takes longer where more of a token is right."""
        return hashlib.sha256((token or "").encode("utf-8", "replace")).hexdigest()

    @api.constrains("body_secret_path", "external_id_path", "test_path", "lead_path", "stamp_name", "stamp_place")
    def _check_paths(self):
        for intake in self:
            paths = [intake.body_secret_path, intake.external_id_path, intake.test_path, intake.lead_path]
            if intake.stamp_place == "body":
                paths.append(intake.stamp_name)
            for path in filter(None, paths):
                self._check_path(path)

    def _check_path(self, path):
        try:
            payload.steps(path)
        except ValueError:
            raise ValidationError(
                self.env._("“%(path)s” is no path. Write it like this: customer.phone or answers[0].text", path=path)
            ) from None

    @api.constrains(
        "signature_method",
        "secret",
        "signature_name",
        "max_age_minutes",
        "stamp_name",
        "body_secret",
        "body_secret_path",
    )
    def _check_proof(self):
        for intake in self.sudo():
            if intake.signature_method != "none" and not (intake.secret and intake.signature_name):
                raise ValidationError(
                    self.env._("A signature needs the secret, and the name of the header or parameter it stands in.")
                )
            if (intake.max_age_minutes or intake.signature_method == "hmac_stamp_body") and not intake.stamp_name:
                raise ValidationError(self.env._("Name the header, parameter or path that carries the time stamp."))
            if intake.body_secret and not intake.body_secret_path:
                raise ValidationError(self.env._("Say where in the body the secret stands."))

    @api.constrains("pool_id", "company_id")
    def _check_pool(self):
        for intake in self:
            company = intake.pool_id.sudo().company_id
            if company and company != intake.company_id:
                raise ValidationError(
                    self.env._(
                        "“%(pool)s” takes leads of %(company)s only.",
                        pool=intake.pool_id.sudo().name,
                        company=company.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """A new intake knows what its kind of platform sends, where the caller says nothing else."""
        for vals in vals_list:
            preset = PRESETS[vals.get("kind") or "json"]
            if vals.get("signature_method", "none") == "none" and not vals.get("secret"):
                settings = {k: v for k, v in preset["settings"].items() if not k.startswith("signature")}
            else:
                settings = preset["settings"]
            for name, value in settings.items():
                vals.setdefault(name, value)
            if not vals.get("mapping_ids"):
                vals["mapping_ids"] = self._preset_rows(preset["rows"])
        return super().create(vals_list)

    @api.model
    def _preset_rows(self, rows):
        return [
            (0, 0, {"path": path, "target": target, "values": "\n".join(values) or False, "sequence": number * 10})
            for number, (path, target, *values) in enumerate(rows, 1)
        ]

    @api.onchange("kind")
    def _onchange_kind(self):
        if self._origin:
            return
        self.mapping_ids = [(5, 0, 0), *self._preset_rows(PRESETS[self.kind]["rows"])]
        for preset in PRESETS.values():
            for name in preset["settings"]:
                self[name] = self.default_get([name]).get(name, False)
        self.update(PRESETS[self.kind]["settings"])

    def copy_data(self, default=None):
        rows = super().copy_data(default)
        return [
            dict(vals, name=self.env._("%(name)s (copy)", name=intake.name))
            for intake, vals in zip(self, rows, strict=True)
        ]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_renew_token(self):
        """Another address; the old one is unknown from now on.

        :raises AccessError: the caller is no manager of all pools
        """
        self.check_access("write")
        for intake in self:
            intake.token = secrets.token_urlsafe(24)

    def button_received(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.lead_pool_received_action")
        action["domain"] = [("intake_id", "=", self.id)]
        action["context"] = {}
        return action

    def button_try(self):
        """The dialog in which a sample is tried."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try a Sample"),
            "res_model": "lead.pool.intake.try",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_intake_id": self.id},
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_if_nothing_came(self):
        if self.env["lead.pool.received"].sudo().search_count([("intake_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("Archive an intake that has received something: its log stays readable."))
