from odoo import api, fields, models

from ..notification import notification
from .lead_pool_reading import DEFAULTS as READING_DEFAULTS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lead_pool_stopped = fields.Boolean(
        "Stop Everything",
        config_parameter="lead_pool.stopped",
        help="Kill switch: no distribution and no reclaim until it is off again. Claims and returns go on.",
    )
    lead_pool_uninstall_drops_fields = fields.Boolean(
        "Uninstalling Removes Custom Fields",
        config_parameter="lead_pool.uninstall_drops_fields",
        help="Off: custom fields that hold values stay in the database when Lead Pool is uninstalled.",
    )
    lead_pool_questions_an_hour = fields.Integer(
        "Questions per Hour",
        config_parameter="lead_pool.questions_an_hour",
        default=30,
        help="How often a rep may ask whether a customer is taken. 0: no limit.",
    )
    lead_pool_reads_an_hour = fields.Integer(
        "Leads Read per Hour",
        config_parameter="lead_pool.reads_an_hour",
        default=READING_DEFAULTS["reads_an_hour"],
        help="Of whoever reads more leads in an hour, on screens, by programs, exported or printed, managers are told "
        "once a day. 0: nothing is counted.",
    )
    lead_pool_export_limit = fields.Integer(
        "Leads in an Export",
        config_parameter="lead_pool.export_limit",
        help="An export of more leads at once is refused, to managers and administrators too. 0: no limit.",
    )
    lead_pool_card_python = fields.Char(
        "Python of the Card Reader",
        config_parameter="lead_pool.card_python",
        help="Path of a Python that has rapidocr-onnxruntime. Empty: the server's own.",
    )
    lead_pool_card_obstacle = fields.Char("Photos of Business Cards", compute="_compute_lead_pool_card_obstacle")
    lead_pool_health_token = fields.Char(
        "Token of the Health Address",
        config_parameter="lead_pool.health_token",
        help="What a monitor sends to /lead_pool/health as Authorization: Bearer. Empty: the address answers nobody.",
    )
    lead_pool_keep_invalid_months = fields.Integer(
        "Months for Invalid Leads",
        config_parameter="lead_pool.keep_invalid_months",
        help="So long after they were marked invalid the data of the persons is kept. 0: for good.",
    )
    lead_pool_keep_lost_months = fields.Integer(
        "Months for Lost Leads",
        config_parameter="lead_pool.keep_lost_months",
        help="So long after they were lost the data of the persons is kept. 0: for good.",
    )
    lead_pool_archive_years = fields.Integer(
        "Years of Whole History",
        config_parameter="lead_pool.archive_years",
        help="So long after leads ended remarks and details of their history are in the database. 0: for good.",
    )
    lead_pool_forgettable = fields.Integer("To Be Erased", compute="_compute_lead_pool_forgettable")
    lead_pool_default_id = fields.Many2one(related="company_id.lead_pool_default_id", readonly=False)
    lead_pool_capacity = fields.Integer(related="company_id.lead_pool_capacity", readonly=False)
    lead_pool_daily_claim_limit = fields.Integer(related="company_id.lead_pool_daily_claim_limit", readonly=False)
    lead_pool_hourly_claim_limit = fields.Integer(related="company_id.lead_pool_hourly_claim_limit", readonly=False)
    lead_pool_leaver = fields.Selection(related="company_id.lead_pool_leaver", readonly=False, required=True)
    lead_pool_leaver_user_id = fields.Many2one(related="company_id.lead_pool_leaver_user_id", readonly=False)
    lead_pool_grace_days = fields.Integer(related="company_id.lead_pool_grace_days", readonly=False)
    lead_pool_is_set_up = fields.Boolean("Set Up", compute="_compute_lead_pool_steps")
    lead_pool_notices = fields.Json(related="company_id.lead_pool_notices", readonly=False)
    lead_pool_remind_working = fields.Boolean(related="company_id.lead_pool_remind_working", readonly=False)
    lead_pool_ids = fields.Many2many("lead.pool", string="Lead Pools", compute="_compute_lead_pool_ids")
    lead_pool_health = fields.Html("Health", compute="_compute_lead_pool_health")
    lead_pool_looked_at = fields.Datetime("Looked At", compute="_compute_lead_pool_health")
    lead_pool_checked_at = fields.Datetime("Everything Checked", compute="_compute_lead_pool_health")
    lead_pool_checking = fields.Boolean(compute="_compute_lead_pool_health")
    lead_pool_may_mend = fields.Boolean(compute="_compute_lead_pool_health")
    lead_pool_write_obstacle = fields.Char("Fast Writing", compute="_compute_lead_pool_health")

    def set_values(self):
        """Odoo forgets a number that is 0, and what is usual would be back: here 0 means off."""
        result = super().set_values()
        for name in ("questions_an_hour", "reads_an_hour"):
            if not self[f"lead_pool_{name}"]:
                self.env["ir.config_parameter"].set_param(f"lead_pool.{name}", "0")
        return result

    @api.depends("company_id")
    def _compute_lead_pool_ids(self):
        for settings in self:
            settings.lead_pool_ids = self.env["lead.pool"].search(
                [("company_id", "in", [settings.company_id.id, False])]
            )

    @api.depends("company_id")
    def _compute_lead_pool_steps(self):
        """Whether the first set-up is done in the company that is shown, and no sample is left."""
        for settings in self:
            settings.lead_pool_is_set_up = self.env["lead.pool"]._is_set_up(settings.company_id)

    @api.depends("lead_pool_card_python")
    def _compute_lead_pool_card_obstacle(self):
        self.lead_pool_card_obstacle = self.env["crm.lead"]._card_reader_obstacle()

    @api.depends("lead_pool_keep_invalid_months", "lead_pool_keep_lost_months")
    def _compute_lead_pool_forgettable(self):
        """What the months that are entered would erase, before they are saved."""
        for settings in self:
            settings.lead_pool_forgettable = self.env["lead.pool.erasure"]._count_forgettable(
                {"invalid": settings.lead_pool_keep_invalid_months, "lost": settings.lead_pool_keep_lost_months}
            )

    @api.depends("company_id")
    def _compute_lead_pool_health(self):
        Pool = self.env["lead.pool"]
        answers = Pool.action_check_health()
        for settings in self:
            settings.lead_pool_health = Pool._health_list(answers)
            settings.lead_pool_looked_at = Pool._now()
            settings.lead_pool_checked_at = Pool._last_full_check().ended_at
            settings.lead_pool_checking = bool(Pool._open_health_job())
            settings.lead_pool_may_mend = Pool._may_mend()
            settings.lead_pool_write_obstacle = self.env["crm.lead"]._pool_write_obstacle()

    def button_check_everything(self):
        """Start the costly part of the health check, and show how far it is."""
        return self._show_health_job(self.env["lead.pool"].action_check_everything())

    def button_repair(self):
        """Mend what the last full check found, and show how far it is."""
        return self._show_health_job(self.env["lead.pool"].action_repair())

    def button_guess_regions(self):
        """Guess regions and carriers for leads that are there already, and show how far it is."""
        return self._show_health_job(self.env["lead.pool"].action_guess_regions())

    def button_archive_events(self):
        """Archive what is as old as the years that are entered, and show how far it is."""
        answer = self.env["lead.pool"].action_archive_events(self.lead_pool_archive_years, dry_run=False)
        if not answer["job_id"]:
            return notification(self.env._("No lead ended so long ago."))
        return self._show_health_job(answer["job_id"])

    def button_health_report(self):
        """The job that is at work, else the last one that came to its end."""
        Pool = self.env["lead.pool"]
        return self._show_health_job((Pool._open_health_job() or Pool._last_full_check()).id)

    def _show_health_job(self, job_id):
        return self.env["lead.pool.job"].browse(job_id).button_open()
