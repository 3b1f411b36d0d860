import logging
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.lead_pool.logs import log_failure

_logger = logging.getLogger(__name__)

ALL = "all"
CHUNK = 10  # people a transaction: each costs all the reports he wants
AGAIN = timedelta(hours=6)  # after a mail that could not be made
SELLS = "sales_team.group_sale_salesman"
#: Of which days the mail tells, beside those before.
OPTIONS = {"period": "last_week", "compare": "previous"}


class LeadPoolReportMail(models.Model):
    """Somebody gets a report, or all of them, by mail every week: his own figures, as he would see them himself."""

    _name = "lead.pool.report.mail"
    _description = "Weekly Report by Mail"
    _order = "user_id, report"
    _rec_name = "report"

    user_id = fields.Many2one(
        "res.users",
        "For",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    report = fields.Selection(selection="_select_report", required=True, default=ALL)
    weekday = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        "Day",
        required=True,
        default="0",
    )
    hour = fields.Integer(required=True, default=8, help="0 to 23, on the clock of whom it is for.")
    active = fields.Boolean(default=True)
    sent_on = fields.Date("Last Sent For", readonly=True, copy=False, help="The day on which it was due.")
    failed_at = fields.Datetime("Failed", readonly=True, copy=False)

    _user_report_uniq = models.UniqueIndex("(user_id, report)", "This person gets this report already.")
    _hour_check = models.Constraint("CHECK (hour BETWEEN 0 AND 23)", "The hour is a number from 0 to 23.")

    @api.model
    def _select_report(self):
        Report = self.env["lead.pool.report"]
        return [(ALL, self.env._("All Reports")), *((name, Report._words(name)["title"]) for name in Report._reports())]

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        mails._begin()
        return mails

    def write(self, vals):
        result = super().write(vals)
        if "user_id" in vals:
            self.check_access("write")  # Odoo looks at the rules before: what is his now may be given away
        if {"weekday", "hour", "user_id", "active"} & vals.keys():
            self._begin()
        return result

    def _begin(self):
        """The first one comes at the next time of the week, not at once for the one that has passed."""
        now = self.env["lead.pool"]._now()
        for mail in self.sudo():
            super(LeadPoolReportMail, mail).write({"sent_on": mail._last_due(now), "failed_at": False})

    # ------------------------------------------------------------
    # ON THE SCREEN
    # ------------------------------------------------------------

    @api.model
    def action_mine(self, report):
        """The window in which the caller chooses to get this report every week, or no more.

        :param str report: one of the reports, or ``all``
        """
        if report not in (ALL, *self.env["lead.pool.report"]._reports()):
            raise UserError(self.env._("There is no report “%(name)s”.", name=report))
        mine = self.with_context(active_test=False).search(
            [("user_id", "=", self.env.uid), ("report", "=", report)], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Every Week by Mail"),
            "res_model": self._name,
            "res_id": mine.id,
            "views": [(self.env.ref("lead_pool_reports.lead_pool_report_mail_view_form").id, "form")],
            "target": "new",
            "context": {"default_report": report},
        }

    # ------------------------------------------------------------
    # EVERY WEEK
    # ------------------------------------------------------------

    @api.model
    def _cron_send(self):
        if self._due(self.env["lead.pool"]._now()):
            self.env["lead.pool.job"]._do_batches(self._send_some)

    def _due(self, now):
        """Those whose time has come."""
        return self.sudo().search([("user_id.active", "=", True)]).filtered(lambda mail: mail._is_due(now))

    @api.model
    def _send_some(self):
        """Mail to some of those whose time has come.

        :returns: number of people looked at, and whether there are more
        """
        now = self.env["lead.pool"]._now()
        people = list(self._due(now).grouped("user_id").items())
        for user, mails in people[:CHUNK]:
            try:
                with self.env.cr.savepoint():
                    mails._send(user, now)
            except psycopg2.OperationalError:
                raise  # a matter of this moment: Odoo runs the scheduled action again
            except Exception as error:  # whatever it is, it must not stop the others
                text = "The weekly mail for user %s could not be made"
                log_failure(_logger, logging.ERROR, text, user.id, error=error)
                super(LeadPoolReportMail, mails).write({"failed_at": now})
        return len(people[:CHUNK]), len(people) > CHUNK

    def _clock(self):
        try:
            return ZoneInfo(self.user_id.tz or "UTC")
        except (ZoneInfoNotFoundError, ValueError):  # a name that this machine does not know
            return ZoneInfo("UTC")

    def _last_due(self, now):
        """The last day, up to now, on which this was due, on the clock of whom it is for."""
        local = now.replace(tzinfo=timezone.utc).astimezone(self._clock())
        day = local.date() - timedelta(days=(local.weekday() - int(self.weekday)) % 7)
        if datetime.combine(day, time(self.hour), tzinfo=local.tzinfo) > local:
            day -= timedelta(days=7)
        return day

    def _is_due(self, now):
        if self.failed_at and self.failed_at > now - AGAIN:
            return False
        return not self.sent_on or self.sent_on < self._last_due(now)

    def _send(self, user, now):
        """One mail with all these reports for one person; noted in the transaction that makes it, so that nobody gets
        two for a week. Who lost the right gets none."""
        mails = self._claim(now)
        if not mails or not user.has_group(SELLS):
            return
        names, wanted = [], set(mails.mapped("report"))
        if ALL not in wanted:  # one may have gone with its add-on
            names = [name for name in self.env["lead.pool.report"]._reports() if name in wanted]
            if not names:
                return
        env = self.env(
            user=user.id,
            su=False,
            context={"lang": user.lang, "tz": user.tz, "allowed_company_ids": user.company_ids.ids},
        )
        report = env["lead.pool.report"]
        tables = report._tables(names, OPTIONS)
        filename, content = report._book(tables)
        asked = tables[0][1]
        subject = env._("Lead pools from %(first)s to %(last)s", first=asked.period.first, last=asked.period.last)
        body = (
            env["ir.qweb"]
            .sudo()
            ._render(
                "lead_pool_reports.weekly_mail",
                {
                    "subject": subject,
                    "parts": [report._summary(*part) for part in tables],
                    "url": self.browse().get_base_url(),
                },
            )
        )
        self.env["mail.mail"].sudo().create(
            {
                "subject": subject,
                "body_html": body,
                "email_from": user.company_id.email_formatted or self.env.user.email_formatted,
                "recipient_ids": [(4, user.partner_id.id)],
                "auto_delete": True,
                "attachment_ids": [(0, 0, {"name": filename, "raw": content})],
            }
        )

    def _claim(self, now):
        """Those that nobody has sent meanwhile, noted as sent."""
        days = {mail.id: mail._last_due(now) for mail in self}
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """UPDATE lead_pool_report_mail m SET sent_on = d.day, failed_at = NULL
                     FROM unnest(%s::int[], %s::date[]) d(id, day)
                    WHERE m.id = d.id AND (m.sent_on IS NULL OR m.sent_on < d.day)
                RETURNING m.id""",
                list(days),
                list(days.values()),
            )
        )
        self.invalidate_recordset()
        return self.browse(row[0] for row in rows)


class LeadPoolReportSummary(models.AbstractModel):
    _inherit = "lead.pool.report"  # pylint: disable=consider-merging-classes-inherited

    def _summary(self, name, asked, table):
        """The totals of a report for the mail: ``{name, title, empty, lines: [{label, text, change, verdict}]}``."""
        words = self._words(name)
        lines = []
        for column in table.columns:
            text = self._text(table, table.total, column)
            if column.kind in ("text", "date") or text == "":
                continue
            change = table.change(table.total, column)
            lines.append(
                {
                    "label": words["columns"][column.code][0],
                    "text": text,
                    "change": self._change_text(column, change) if change else "",
                    "verdict": change.verdict if change else "",
                }
            )
        action = self.env.ref(self.env["lead.pool.report"]._action_of(name)).sudo()
        return {"name": name, "title": words["title"], "path": action.path, "empty": words["empty"], "lines": lines}
