from contextlib import closing
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.sql_db import db_connect
from odoo.tests import Form, tagged

from ..models.health import running
from .common import LeadPoolCase

QUICK = 40  # queries of the cheap part, whatever the number of leads


@tagged("post_install", "-at_install")
class TestHealth(LeadPoolCase):
    """Whatever can be wrong is found, and said in a sentence that tells what it means and what to do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crons_ran()

    def _sentences(self):
        """``{code: sentence}`` of the cheap part."""
        self.env.flush_all()
        self.env.invalidate_all()
        return {answer["code"]: answer["message"] for answer in self.env["lead.pool"].action_check_health()}

    def _check_everything(self):
        job = self.env["lead.pool.job"].browse(self.env["lead.pool"].action_check_everything()).sudo()
        self._work(job)
        return job

    def _sql(self, query, *values):
        self.env.flush_all()
        self.env.cr.execute(query, values)
        self.env.invalidate_all()

    # ------------------------------------------------------------
    # THE DATABASE
    # ------------------------------------------------------------

    def test_a_healthy_database_has_one_calm_line_with_the_time(self):
        self._held(self.li, 2)
        self._leads(3)
        self.assertEqual(self.env["lead.pool"].action_check_health(), [])
        job = self._check_everything()
        self.assertEqual((job.state, job.report), ("done", False))
        form = Form(self.env["res.config.settings"])
        self.assertFalse(form.lead_pool_health)
        self.assertTrue(form.lead_pool_looked_at)
        self.assertEqual(form.lead_pool_checked_at, job.ended_at)
        self.assertFalse(form.lead_pool_may_mend)

    def test_a_missing_unique_index_is_an_error(self):
        self._sql("DROP INDEX lead_pool_holding_one_open")
        [answer] = self.env["lead.pool"].action_check_health()
        self.assertEqual((answer["code"], answer["level"]), ("lost_guard", "error"))
        self.assertIn("lead_pool_holding_one_open is missing or not valid", answer["message"])
        self.assertIn("Update the module Lead Pool", answer["message"])
        self.assertIn("lead_pool_holding_one_open", Form(self.env["res.config.settings"]).lead_pool_health)

    def test_an_invalid_index_is_as_bad_as_none(self):
        self._sql(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'lead_pool_entry_lead_uniq'::regclass",
        )
        self.assertIn("lead_pool_entry_lead_uniq", self._sentences()["lost_guard"])

    def test_an_index_by_the_same_name_that_promises_less_is_found(self):
        self._sql("DROP INDEX lead_pool_entry_due_idx")
        self._sql("CREATE INDEX lead_pool_entry_due_idx ON lead_pool_entry (reclaim_at, id)")
        self.assertIn("lead_pool_entry_due_idx", self._sentences()["lost_object"])

    def test_a_missing_constraint_is_found(self):
        self._sql("ALTER TABLE lead_pool_entry DROP CONSTRAINT lead_pool_entry_waiting_for_nobody")
        self.assertIn("lead_pool_entry_waiting_for_nobody", self._sentences()["lost_object"])

    def test_a_trigger_that_is_switched_off_or_gone_is_found(self):
        self._sql("ALTER TABLE lead_pool_event DISABLE TRIGGER lead_pool_event_append_only")
        self.assertIn("the history of leads can be rewritten", self._sentences()["lost_trigger"])
        self._sql("ALTER TABLE lead_pool_event ENABLE TRIGGER lead_pool_event_append_only")
        self.assertEqual(self._sentences(), {})
        for name, table in (
            ("lead_pool_event_kept", "lead_pool_event"),
            ("lead_pool_sample_only_new", "lead_pool_sample"),
        ):
            with self.subTest(name):
                self._sql(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
                self.assertIn("lost_trigger", self._sentences())
                self._sql(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
                self.assertEqual(self._sentences(), {})
        self._sql("DROP TRIGGER lead_pool_event_append_only ON lead_pool_event")
        self.assertIn("Update the module", self._sentences()["lost_trigger"])

    def test_letters_of_the_c_locale_are_found(self):
        Health = self.env["lead.pool"]
        self.assertEqual(Health._check_search(), [])
        self.env.cr.execute("SELECT datctype FROM pg_database WHERE datname = current_database()")
        [ctype] = self.env.cr.fetchone()
        found = Health._check_search("C")
        self.assertEqual(found, [("c_locale", {"name": ctype})])
        [answer] = Health._health_answers(found)
        self.assertEqual(answer["level"], "warning")
        self.assertIn("which lack accents and Chinese", answer["message"])

    def test_a_missing_library_is_found(self):
        Health = self.env["lead.pool"]
        self.assertEqual(Health._check_libraries(), [])
        [answer] = Health._health_answers(Health._check_libraries("no_such_library"))
        self.assertIn("no_such_library is missing: one phone number written in two ways", answer["message"])

    # ------------------------------------------------------------
    # WHAT GOES ON
    # ------------------------------------------------------------

    def test_scheduled_actions_that_are_off_or_late_or_fail(self):
        cron = self.env.ref("lead_pool.ir_cron_reclaim")
        for values, code in (
            ("active = false", "cron_off"),
            ("failure_count = 3", "cron_fails"),
            ("nextcall = now() AT TIME ZONE 'UTC' - interval '2 hours'", "cron_overdue"),
        ):
            with self.subTest(code=code), closing(self.env.cr.savepoint()):
                self._sql(f"UPDATE ir_cron SET {values} WHERE id = %s", cron.id)
                self.assertEqual(list(self._sentences()), [code])
                self.assertIn(cron.name, self._sentences()[code])
        self.env.invalidate_all()
        self.assertEqual(self._sentences(), {})

    def test_where_no_scheduled_action_runs_that_is_one_sentence(self):
        crons = self.env.ref("lead_pool.ir_cron_reclaim") | self.env.ref("lead_pool.ir_cron_distribute")
        self._sql(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '9 hours' WHERE id = ANY(%s)", crons.ids
        )
        answers = self.env["lead.pool"].action_check_health()
        self.assertEqual([answer["code"] for answer in answers], ["cron_overdue"])
        for cron in crons:
            self.assertIn(f"“{cron.name}”", answers[0]["message"])

    def test_a_scheduled_action_that_comes_once_a_day_may_be_two_hours_late(self):
        self._sql(
            "UPDATE ir_cron SET interval_type = 'days', nextcall = now() AT TIME ZONE 'UTC' - interval '2 hours' "
            "WHERE id = %s",
            self.env.ref("lead_pool.ir_cron_age").id,
        )
        self.assertEqual(self._sentences(), {})

    def test_a_job_that_does_not_go_on(self):
        job = self.env["lead.pool.job"]._start("distribute", self.pool)
        self.assertEqual(self._sentences(), {})
        self._sql(
            "UPDATE lead_pool_job SET write_date = now() AT TIME ZONE 'UTC' - interval '4 hours' WHERE id = %s", job.id
        )
        self.assertIn("“Distribute what waits: Beijing” has made no progress", self._sentences()["job_stuck"])

    def test_odoos_own_assignment_to_the_same_people(self):
        self.env["ir.config_parameter"].set_param("crm.lead.auto.assignment", True)
        self.assertEqual(self._sentences(), {}, "nobody gets leads that way")
        self.env["crm.team.member"].create({"crm_team_id": self.team.id, "user_id": self.li.id, "assignment_max": 30})
        self.assertIn("rule-based assignment is on for North", self._sentences()["own_assignment"])
        self.team.assignment_optout = True
        self.assertEqual(self._sentences(), {})

    def test_an_old_session_that_keeps_dead_rows(self):
        with closing(db_connect(self.env.cr.dbname).cursor()) as other:
            other.execute("SELECT pg_backend_pid()")
            [pid] = other.fetchone()
            self._sql("SELECT pg_stat_clear_snapshot()")
            self.assertNotIn("old_snapshot", self._sentences())
            with patch.object(running, "OLD_SNAPSHOT_MINUTES", 0):
                found = {values["pid"] for code, values in self.env["lead.pool"]._check_sessions()}
                self.assertIn(pid, found)
                self.assertIn("has been in one transaction for", self._sentences()["old_snapshot"])

    def test_conditions_that_are_out_of_use(self):
        rule = self.env["lead.pool.assign.rule"].create(
            {
                "name": "Big ones",
                "pool_id": self.pool.id,
                "strategy": "default_assignee",
                "assignee_id": self.li.id,
            }
        )
        for table, column, row, name in (
            ("lead_pool_assign_rule", "broken", rule, "Big ones"),
            ("lead_pool_member", "skill_broken", self._member(self.li), "Li Na"),
            ("lead_pool", "exempt_broken", self.pool, "Beijing"),
        ):
            with self.subTest(table=table), closing(self.env.cr.savepoint()):
                self._sql(f"UPDATE {table} SET {column} = 'no field x_gone' WHERE id = %s", row.id)
                sentence = self._sentences()["broken_rule"]
                self.assertIn(f"{name}” is out of use", sentence)
                self.assertIn("no field x_gone", sentence)
            self.env.invalidate_all()

    # ------------------------------------------------------------
    # WHO MAY, WHAT IT COSTS
    # ------------------------------------------------------------

    def test_managers_and_administrators_ask_and_nobody_else(self):
        system = self._user("it", "base.group_system", "IT")
        for user in (self.manager, system):
            self.assertEqual(self.env["lead.pool"].with_user(user).action_check_health(), [])
            job = self.env["lead.pool.job"].browse(self.env["lead.pool"].with_user(user).action_check_everything())
            self.assertEqual(job.with_user(user).state, "waiting")
            job.sudo().unlink()
        for user in (self.li, self.admin, self.marketing):
            for verb in ("action_check_health", "action_check_everything", "action_repair"):
                with self.assertRaises(AccessError):
                    getattr(self.env["lead.pool"].with_user(user), verb)()

    def test_the_cheap_part_costs_the_same_for_any_number_of_leads(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["lead.pool"].action_check_health()
            return self.env.cr.sql_log_count - before

        self._held(self.li)
        first = cost()
        self.assertLessEqual(first, QUICK)
        self._held(self.wang, 40)
        self._leads(40)
        self.assertLessEqual(cost(), first)

    def test_two_who_check_at_once_share_one_job(self):
        Pool = self.env["lead.pool"]
        self.assertEqual(Pool.action_check_everything(), Pool.with_user(self.manager).action_check_everything())

    def test_a_check_of_long_ago_is_due_again(self):
        job = self._check_everything()
        self.assertEqual(self._sentences(), {})
        job.ended_at = fields.Datetime.now() - timedelta(days=31)
        self.assertIn("last compared 31 days ago", self._sentences()["old_check"])

    def test_everything_is_checked_at_night(self):
        """By day the scheduled action only asks to be called at night, once; at night it starts one job."""
        cron, Job = self.env.ref("lead_pool.ir_cron_health"), self.env["lead.pool.job"].sudo()
        checks = [("kind", "=", "health"), ("state", "=", "waiting")]
        with freeze_time("2026-03-02 06:00"):  # 14:00 in Shanghai
            self.env["lead.pool"].sudo()._cron_check_everything()
            self.env["lead.pool"].sudo()._cron_check_everything()
        self.assertFalse(Job.search(checks))
        calls = self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)]).mapped("call_at")
        self.assertEqual(calls, [datetime(2026, 3, 2, 18)])  # 2:00 of the next day there
        with freeze_time("2026-03-02 18:00:30"):
            self.env["lead.pool"].sudo()._cron_check_everything()
            self.env["lead.pool"].sudo()._cron_check_everything()
        self.assertEqual(len(Job.search(checks)), 1)

    def test_managers_are_told_once_of_what_is_wrong_until_it_is_mended(self):
        self._held(self.li, 2)

        def told():
            partner = self.manager.partner_id
            return self.env["mail.message"].search([("partner_ids", "in", partner.ids)]).mapped("body")

        before = told()
        self._check_everything()
        self.assertEqual(told(), before)
        self._sql("UPDATE lead_pool_member SET held = 9 WHERE user_id = %s", self.li.id)
        self._check_everything()
        [message] = set(told()) - set(before)
        self.assertIn("counters differ from the leads they hold", message)
        self._check_everything()  # the next night
        self.assertEqual(len(told()), len(before) + 1)
        repair = self.env["lead.pool.job"].browse(self.env["lead.pool"].action_repair()).sudo()
        self._work(repair)
        self.assertEqual(told(), before)

    # ------------------------------------------------------------
    # WITHOUT A SAFEGUARD NOTHING IS GIVEN OUT
    # ------------------------------------------------------------

    def test_without_its_index_nothing_is_distributed_and_the_admins_are_told_once(self):
        """ATK-71: distribution."""
        self.pool.strategy = "rotation"
        leads = self._leads(2)
        self._sql("DROP INDEX lead_pool_holding_one_open")
        answers = self.pool.action_distribute()
        self.assertEqual(self._codes(answers), ["unguarded", "unguarded"])
        self.assertIn("The database has lost a safeguard", answers[0]["message"])
        self.pool.action_distribute()
        self.assertFalse(leads.user_id)
        told = self.env["mail.message"].search([("partner_ids", "in", self.admin.partner_id.ids)])
        self.assertEqual(len(told.filtered(lambda message: "lost a safeguard" in (message.subject or ""))), 1)

    def test_without_its_index_nobody_claims_but_admins_assign_and_reps_return(self):
        """ATK-71: claims."""
        self.open_pool.claim_order = "pull"
        leads, held, pulled = self._leads(2), self._held(self.wang), self._leads(pool=self.open_pool)
        self._sql("DROP INDEX lead_pool_member_user_uniq")
        answers = self._claim(self.li, leads)
        self.assertEqual(self._codes(answers), ["unguarded", "unguarded"])
        [answer] = self.open_pool.with_user(self.li).action_pull_next()
        self.assertEqual((answer["done"], answer["code"]), (False, "unguarded"))
        entry = self._entries(leads[0]).with_user(self.li)
        self.assertIn("nobody claims", entry.claim_refusal)
        self.assertFalse((leads | pulled).user_id)
        self.assertTrue(self._entries(leads[0]).with_user(self.admin).action_assign(self.li.id)[0]["done"])
        reason = self._reason("return")
        self.assertTrue(self._entries(held).with_user(self.wang).action_return(reason.id)[0]["done"])

    def test_with_the_index_back_all_goes_on(self):
        lead = self._leads()
        self._sql("DROP INDEX lead_pool_rep_user_company_uniq")
        self.assertEqual(self._codes(self._claim(self.li, lead)), ["unguarded"])
        self._sql("CREATE UNIQUE INDEX lead_pool_rep_user_company_uniq ON lead_pool_rep (user_id, company_id)")
        self.assertTrue(self._claim(self.li, lead)[0]["done"])
        self._balance()
