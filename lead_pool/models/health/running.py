"""What goes on around the pools: scheduled actions, jobs, Odoo's own assignment, sessions that hold the database up."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL, str2bool

OVERDUE_MINUTES = 60  # a scheduled action may be late so long, or three of its intervals if that is longer
STUCK_HOURS = 3  # a job without progress; the scheduled action for jobs comes each hour
OLD_SNAPSHOT_MINUTES = 10  # a session that keeps what was deleted since
DEAD_ROWS = 20_000  # of lead.pool.entry: below, a claim does not notice
DEAD_SHARE = 0.5  # dead rows for each living one


class LeadPoolHealthRunning(models.AbstractModel):
    _name = "lead.pool.health.running"
    _description = "Health Check: What Goes On"

    def _check_running(self):
        """:returns: ``[(code, values)]``"""
        return [
            *self._check_crons(),
            *self._check_jobs(),
            *self._check_own_assignment(),
            *self._check_sessions(),
            *self._check_bloat(),
            *self._check_rules(),
            *self._check_webhooks(),
            *self._check_readings(),
        ]

    def _check_crons(self):
        now = fields.Datetime.now()
        data = self.env["ir.model.data"].sudo()
        ours = data.search([("module", "=like", "lead_pool%"), ("model", "=", "ir.cron")])
        crons = self.env["ir.cron"].sudo().with_context(active_test=False).browse(ours.mapped("res_id")).exists()
        found, overdue = [], []
        for cron in crons:
            values = {"name": cron.name, "count": cron.failure_count}
            three_intervals = relativedelta(**{cron.interval_type: 3 * cron.interval_number})
            due_since = min(now - timedelta(minutes=OVERDUE_MINUTES), now - three_intervals)
            if not cron.active:
                found.append(("cron_off", values))
            elif cron.failure_count:
                found.append(("cron_fails", values))
            elif cron.nextcall < due_since:
                overdue.append(f"“{cron.name}”")
        if overdue:  # all of them, as a rule, where Odoo runs none: that is one thing to mend
            found.append(("cron_overdue", {"name": ", ".join(overdue), "count": len(overdue)}))
        return found

    def _check_jobs(self):
        since = fields.Datetime.now() - timedelta(hours=STUCK_HOURS)
        stuck = (
            self.env["lead.pool.job"]
            .sudo()
            .search([("state", "in", ("waiting", "running")), ("write_date", "<", since)])
        )
        return [("job_stuck", {"name": job.display_name, "count": STUCK_HOURS}) for job in stuck]

    def _check_own_assignment(self):
        """Odoo's rule-based assignment takes no lead of a pool, but fills the same hands."""
        if not str2bool(self.env["ir.config_parameter"].sudo().get_param("crm.lead.auto.assignment", "False"), False):
            return []
        pools = self.env["lead.pool"].sudo()._search([])
        teams = (
            self.env["crm.team.member"]
            .sudo()
            .search(
                [
                    ("assignment_optout", "=", False),
                    ("assignment_max", ">", 0),
                    ("crm_team_id.assignment_optout", "=", False),
                    ("crm_team_id", "in", pools.subselect("team_id")),
                ]
            )
            .crm_team_id
        )
        return [("own_assignment", {"name": ", ".join(teams.mapped("name"))})] if teams else []

    def _check_sessions(self):
        """Sessions that are so old that what was deleted since must be kept for them."""
        rows = self.env.execute_query(
            SQL(
                """SELECT COALESCE(NULLIF(application_name, ''), usename), pid,
                          extract(epoch FROM clock_timestamp() - xact_start) / 60
                     FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                      AND backend_type = 'client backend'
                      AND (backend_xmin IS NOT NULL OR state LIKE 'idle in transaction%%')
                      AND xact_start < clock_timestamp() - make_interval(mins => %s)
                    ORDER BY xact_start LIMIT 5""",
                OLD_SNAPSHOT_MINUTES,
            )
        )
        return [("old_snapshot", {"name": name, "pid": pid, "count": int(minutes)}) for name, pid, minutes in rows]

    def _check_bloat(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT n_dead_tup, n_live_tup FROM pg_stat_user_tables
                    WHERE relid = 'lead_pool_entry'::regclass AND n_dead_tup > %s AND n_dead_tup > %s * n_live_tup""",
                DEAD_ROWS,
                DEAD_SHARE,
            )
        )
        return [("bloat", {"count": dead, "most": live}) for dead, live in rows]

    def _check_rules(self):
        """Conditions that were right when they were saved and cannot be evaluated any more."""
        found = []
        for name, field in self._kept_problems():
            rows = self.env[name].sudo().search([(field, "!=", False)])
            found += [("broken_rule", {"name": row.display_name, "problem": row[field]}) for row in rows]
        return found

    def _check_webhooks(self):
        found = []
        for hook in self.env["lead.pool.webhook"].sudo().search([("active", "=", True)]):
            if hook.paused and hook.outcome:  # not by hand
                found.append(("webhook_paused", {"name": hook.name}))
            if hook.dead_count:
                found.append(("webhook_dead", {"name": hook.name, "count": hook.dead_count}))
        return found

    def _check_readings(self):
        """Of whom managers were told in the last day that he reads very many leads."""
        Reading = self.env["lead.pool.reading"].sudo()
        since = self._now() - timedelta(days=1)
        rows = Reading.search([("told_on", "!=", False), ("hour", ">", since)])
        most = Reading._setting("reads_an_hour")
        return [("mass_read", {"name": row.user_id.name, "count": row.lead_count, "most": most}) for row in rows]

    def _kept_problems(self):
        """``(model, field)`` where a condition's problem is kept."""
        rules = self.env.registry["lead.pool.domain.mixin"]._inherit_children
        return [
            *((name, "broken") for name in sorted(rules)),
            ("lead.pool.member", "skill_broken"),
            ("lead.pool", "exempt_broken"),
        ]
