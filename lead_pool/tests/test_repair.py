from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html

from odoo.tests import Form, tagged

from ..models.health import ledgers
from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestRepair(LeadPoolCase):
    """Somebody wrote into the tables by SQL: what differs is found, shown, and mended to what the ledgers say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crons_ran()
        cls.env["lead.identity"]._backfill(0, 1_000_000)

    def setUp(self):
        super().setUp()
        self.mine = self._held(self.li, 3)
        self.waiting = self._leads(2)
        self.lost = self._held(self.wang)
        self.lost.with_user(self.wang).action_set_lost()
        self.env["lead.identity"]._settle()
        self.true = self._tables()
        self.day = datetime.combine(date.today() + timedelta(days=3), time())

    def _sql(self, query, *values):
        self.env.flush_all()
        self.env.cr.execute(query, values)
        self.env.invalidate_all()

    def _tables(self):
        """All that a repair may write, but for the number and hash of its own events."""
        self.env.flush_all()
        tables = {}
        for name, query in {
            "entries": "SELECT lead_ref, state, closed_as, user_id, pool_id, epoch, held_since, closed_at, reclaim_at, "
            "holders, recycled FROM lead_pool_entry ORDER BY lead_ref",
            "owners": "SELECT id, user_id, pool_id, team_id FROM crm_lead WHERE pool_id IS NOT NULL ORDER BY id",
            "members": "SELECT pool_id, user_id, held, over_capacity FROM lead_pool_member ORDER BY id",
            "reps": "SELECT user_id, company_id, held, over_capacity FROM lead_pool_rep ORDER BY 1, 2",
            "keys": "SELECT lead_id, kind, key FROM lead_identity ORDER BY 1, 2, 3",
            "holdings": "SELECT * FROM lead_pool_holding ORDER BY id",
        }.items():
            self.env.cr.execute(query)
            tables[name] = self.env.cr.fetchall()
        return tables

    def _run(self, verb):
        job = self.env["lead.pool.job"].browse(getattr(self.env["lead.pool"], verb)()).sudo()
        self._work(job)
        self.assertEqual(job.state, "done", job.problem)
        self.env.invalidate_all()
        return job

    def _titles(self, job):
        return [title.text for title in html.fromstring(job.report).iter("div") if title.get("class") == "fw-bold"]

    def _lines(self, job):
        return [item.text for item in html.fromstring(job.report).iter("li")]

    def _events(self):
        self.env.cr.execute("SELECT count(*) FROM lead_pool_event")
        return self.env.cr.fetchone()[0]

    def _finds_and_mends(self, *codes):
        """The check shows what differs and changes nothing; the repair mends it; a second one finds nothing."""
        damaged, events = self._tables(), self._events()
        check = self._run("action_check_everything")
        self.assertEqual(set(check.position["found"]), set(codes))
        self.assertEqual((self._tables(), self._events()), (damaged, events), "a check changes nothing")
        self.assertTrue(Form(self.env["res.config.settings"]).lead_pool_may_mend)
        repair = self._run("action_repair")
        self.assertEqual(repair.position["found"], check.position["found"])
        self.assertEqual(self._titles(check), ["What differs"])
        self.assertEqual(self._titles(repair), ["Mended, as the ledgers have it"])
        self.assertEqual(self._lines(repair), self._lines(check))
        self.assertEqual(self._tables(), self.true)
        self._balance()
        events = self._events()
        self.assertEqual(self._run("action_repair").position["found"], {})
        self.assertEqual((self._tables(), self._events()), (self.true, events), "the second time nothing is changed")
        self.assertEqual(self.env["lead.pool"].action_check_health(), [])
        return check

    def test_wrong_counters(self):
        self._sql("UPDATE lead_pool_member SET held = held + 4 WHERE user_id = %s", self.li.id)
        self._sql("UPDATE lead_pool_rep SET held = 0 WHERE user_id = %s", self.li.id)
        check = self._finds_and_mends("member_counter", "rep_counter")
        self.assertIn("Li Na, all pools: counter 0, holds 3", check.report)
        self.assertIn("Li Na – Beijing: counter 7, holds 3", check.report)

    def _clocks_written(self, moment):
        for table in ("res_company", "res_partner", "resource_calendar"):
            self._sql(f"UPDATE {table} SET write_date = %s", moment)

    def _claim_counters(self):
        self.env.invalidate_all()
        rep = self.env["lead.pool.rep"].search([("user_id", "=", self.li.id)])
        return [(row.day_n, row.hour_n) for row in (self._member(self.li), rep)]

    def test_claims_of_today_and_this_hour_that_were_counted_wrong(self):
        """As far as the ledger tells them: what is counted of an earlier day counts no more, whatever it says."""
        self._clocks_written(date(2020, 1, 1))
        self.assertEqual(self._claim_counters(), [(3, 3), (3, 3)])
        self._sql("UPDATE lead_pool_member SET day_n = 7 WHERE user_id = %s", self.li.id)
        self._sql("UPDATE lead_pool_rep SET day = NULL, day_n = 0, hour_n = 1 WHERE user_id = %s", self.li.id)
        self._sql(
            "UPDATE lead_pool_member SET day = '2020-01-01', day_n = 9 WHERE user_id = %s AND held = 0", self.li.id
        )
        check = self._finds_and_mends("day_claims", "hour_claims")
        self.assertEqual(check.position["found"]["day_claims"]["count"], 2)
        self.assertIn("Li Na – Beijing: counter of today's claims 7, claimed 3", check.report)
        self.assertIn("Li Na, all pools: counter of this hour's claims 1, claimed 3", check.report)
        self.assertEqual(self._claim_counters(), [(3, 3), (3, 3)])

    def test_claims_of_a_pool_are_counted_again_when_its_clock_is_changed(self):
        """In Shanghai midnight has passed between the two, by UTC not."""
        self.pool.tz = "Asia/Shanghai"
        for lead, hour in zip(self.waiting, (15, 16), strict=True):
            with freeze_time(self.day + timedelta(hours=hour)):
                lead._pool_entries().with_user(self.li).action_claim()
        self.assertEqual(self._member(self.li).day_n, 1)
        with freeze_time(self.day + timedelta(hours=16, minutes=10)):
            self.pool.tz = "UTC"
            self.env.invalidate_all()
            self.assertEqual((self._member(self.li).day_n, self._member(self.li).hour_n), (2, 1))
            self.assertEqual(self._run("action_check_everything").position["found"], {})

    def test_claims_over_all_pools_are_not_compared_on_the_day_of_a_new_clock(self):
        """By the old clock the claim was of this day, by the new one of the day before."""
        self._clocks_written(date(2020, 1, 1))
        with freeze_time(self.day - timedelta(hours=4)):
            self.waiting[0]._pool_entries().with_user(self.li).action_claim()
        with freeze_time(self.day + timedelta(hours=6)):
            self._sql("UPDATE resource_calendar SET tz = 'UTC'")
            found = self._run("action_check_everything").position["found"]
            self.assertEqual(
                found["day_claims"]["names"], ["Li Na, all pools"], "on a clock of long ago the counter would be wrong"
            )
            self._clocks_written(self.day + timedelta(hours=5))
            self.assertEqual(self._run("action_check_everything").position["found"], {})

    def test_what_held_a_deadline_off_goes_with_the_holder(self):
        """Locks, extensions and the time of a dispute were the holder's: nobody inherits them by a repair."""
        entry = self._entries(self.waiting[0])
        promises = {"locked": True, "extension_count": 2, "frozen_spans": [["2026-03-02 09:00:00", "2026-03-03"]]}
        query = """UPDATE lead_pool_entry SET state = 'held', user_id = %s, locked = true, extension_count = 2,
                          keep_until = now(), frozen_spans = '[["2026-03-02 09:00:00", "2026-03-03 09:00:00"]]'
                    WHERE id = %s"""
        self._sql(query, self.wang.id, entry.id)  # by the ledgers it waits
        mine = self._entries(self.mine[0])
        self._sql(query, self.wang.id, mine.id)  # by the ledgers it is Li Na's, who extended it once
        self._sql("UPDATE lead_pool_holding SET extension_count = 1 WHERE lead_ref = %s", mine.lead_ref)
        self.true = self._tables()
        self._run("action_repair")
        for one, count in ((entry, 0), (mine, 1)):
            self.assertRecordValues(
                one,
                [{**dict.fromkeys(promises, False), "extension_count": count, "keep_until": False}],
            )
        self.assertEqual((entry.state, mine.user_id), ("waiting", self.li))

    def test_a_rep_without_a_row_of_counters(self):
        self._sql("DELETE FROM lead_pool_rep WHERE user_id = %s", self.li.id)
        self._finds_and_mends("rep_counter")

    def test_an_entry_that_waits_although_somebody_holds_the_lead(self):
        self._sql(
            "UPDATE lead_pool_entry SET state = 'waiting', user_id = NULL, held_since = NULL WHERE lead_id = %s",
            self.mine[0].id,
        )
        check = self._finds_and_mends("place")
        self.assertIn(f"Lead #{self.mine[0].id}: Waiting, Beijing; by the ledgers Held, Li Na, Beijing", check.report)
        event = self.env["lead.pool.event"].search([("lead_ref", "=", self.mine[0].id)], order="seq desc", limit=1)
        self.assertEqual(
            (event.kind, event.user_ref, event.detail["was"]["state"]), ("repaired", self.li.id, "waiting")
        )

    def test_an_entry_that_is_held_although_nobody_has_the_lead(self):
        self._sql(
            "UPDATE lead_pool_entry SET state = 'held', user_id = %s WHERE lead_id = %s",
            self.wang.id,
            self.waiting[0].id,
        )
        self._finds_and_mends("place")

    def test_an_entry_in_another_pool_and_one_that_is_open_again(self):
        self._sql("UPDATE lead_pool_entry SET pool_id = %s WHERE lead_id = %s", self.open_pool.id, self.waiting[1].id)
        self._sql(
            "UPDATE lead_pool_entry SET state = 'waiting', closed_as = NULL, closed_at = NULL WHERE lead_id = %s",
            self.lost.id,
        )
        self._finds_and_mends("place")

    def test_an_owner_written_by_sql_and_one_that_was_lost(self):
        self._sql("UPDATE crm_lead SET user_id = %s WHERE id = %s", self.zhao.id, self.mine[0].id)
        self._sql("UPDATE crm_lead SET user_id = NULL WHERE id = %s", self.mine[1].id)
        self._sql("UPDATE crm_lead SET user_id = %s WHERE id = %s", self.zhao.id, self.waiting[0].id)
        check = self._finds_and_mends("owner")
        self.assertEqual(check.position["found"]["owner"]["count"], 3)
        self.assertIn(f"Lead #{self.mine[0].id} in CRM: Zhao Min, Beijing; by the ledgers Held, Li Na", check.report)
        self.assertIn(f"Lead #{self.mine[1].id} in CRM: nobody, Beijing", check.report)

    def test_an_entry_that_forgot_its_last_event_can_be_moved_again(self):
        entry = self._entries(self.mine[0])
        self._sql("UPDATE lead_pool_entry SET event_seq = 1, event_hash = 'x', epoch = 1 WHERE id = %s", entry.id)
        self._finds_and_mends("chain_end")
        self.assertTrue(entry.with_user(self.li).action_return(self._reason("return").id)[0]["done"])
        self._balance()

    def test_an_entry_that_was_deleted(self):
        deleted = self.mine[:2] | self.waiting[0]
        self._sql("DELETE FROM lead_pool_entry WHERE lead_id = ANY(%s)", deleted.ids)
        check = self._run("action_check_everything")
        self.assertEqual(check.position["found"]["no_entry"]["count"], 3)
        self._run("action_repair")
        self.assertEqual(self._tables(), self.true)
        self._balance()
        self.assertEqual(self._run("action_repair").position["found"], {})

    def test_keys_that_are_missing_or_wrong(self):
        self._sql("DELETE FROM lead_identity WHERE lead_id = %s AND kind = 'phone'", self.mine[0].id)
        self._sql("UPDATE lead_identity SET key = 'x' WHERE lead_id = %s AND kind = 'email'", self.mine[1].id)
        check = self._finds_and_mends("keys")
        self.assertIn(f"Lead #{self.mine[0].id}: 0 keys wrong, 1 missing", check.report)
        self.assertIn(f"Lead #{self.mine[1].id}: 1 keys wrong, 1 missing", check.report)

    def test_two_open_holdings_are_reported_and_not_guessed(self):
        self._sql("DROP INDEX lead_pool_holding_one_open")
        lead = self.mine[0]
        self._sql(
            """INSERT INTO lead_pool_holding
                      (lead_id, lead_ref, pool_id, user_id, company_id, epoch, started_at, origin)
               SELECT lead_id, lead_ref, pool_id, %s, company_id, epoch + 1, started_at, origin
                 FROM lead_pool_holding WHERE lead_ref = %s""",
            self.wang.id,
            lead.id,
        )
        self._sql("UPDATE crm_lead SET user_id = %s WHERE id = %s", self.wang.id, lead.id)
        job = self._run("action_repair")
        self.assertEqual(job.position["found"]["two_holders"], {"count": 1, "names": [f"#{lead.id}"]})
        self.assertEqual(lead.user_id, self.wang, "left as it was")
        self.assertEqual(self._titles(job)[-1], "Not mended: this is for people to decide")
        sentences = {answer["code"]: answer["message"] for answer in self.env["lead.pool"].action_check_health()}
        self.assertIn(f"(#{lead.id})", sentences["two_holders"])
        self.assertIn("ask both", sentences["two_holders"])
        self.assertFalse(Form(self.env["res.config.settings"]).lead_pool_may_mend)

    def test_ledgers_that_contradict_each_other_are_reported(self):
        self._sql("UPDATE lead_pool_holding SET user_id = %s WHERE lead_ref = %s", self.wang.id, self.mine[0].id)
        before = self._tables()["entries"]
        job = self._run("action_repair")
        self.assertEqual(job.position["found"]["ledgers_differ"]["names"], [f"#{self.mine[0].id}"])
        self.assertEqual(self._tables()["entries"], before)

    def test_changed_events_mend_nothing(self):
        """ATK-68: the check names the lead, and a repair does not build on its history."""
        lead = self.mine[0]
        self._sql("ALTER TABLE lead_pool_event DISABLE TRIGGER lead_pool_event_append_only")
        self._sql("UPDATE lead_pool_event SET user_name = 'x' WHERE lead_ref = %s AND seq = 2", lead.id)
        self._sql("ALTER TABLE lead_pool_event ENABLE TRIGGER lead_pool_event_append_only")
        self._sql("UPDATE crm_lead SET user_id = NULL WHERE id = %s", lead.id)
        job = self._run("action_repair")
        self.assertEqual(job.position["found"], {"broken_chain": {"count": 1, "names": [f"#{lead.id}"]}})
        self.assertFalse(lead.user_id)
        sentences = {answer["code"]: answer["message"] for answer in self.env["lead.pool"].action_check_health()}
        self.assertIn("their history cannot be trusted", sentences["broken_chain"])

    def test_an_entry_without_events_is_reported(self):
        self._sql("UPDATE lead_pool_entry SET lead_ref = 999999999 WHERE lead_id = %s", self.waiting[0].id)
        found = self._run("action_check_everything").position["found"]
        self.assertEqual(found["no_event"]["names"], ["#999999999"])
        self.assertEqual(found["no_entry"]["names"], [f"#{self.waiting[0].id}"])

    def test_it_goes_on_in_batches_where_it_was_killed(self):
        self._sql("UPDATE crm_lead SET user_id = NULL WHERE id = ANY(%s)", self.mine.ids)
        job = self.env["lead.pool.job"].browse(self.env["lead.pool"].action_repair()).sudo()
        batches = 0
        with patch.object(ledgers, "CHUNK", 2):
            while job.state in ("waiting", "running"):
                job._work()
                batches += 1
                self.env.flush_all()
                self.env.invalidate_all()
        self.assertGreater(batches, 8)
        self.assertEqual(job.position["found"]["owner"]["count"], 3)
        self.assertEqual(self.mine.user_id, self.li)
        self._balance()

    def test_the_buttons_of_the_settings(self):
        settings = self.env["res.config.settings"].create({})
        self._sql("UPDATE lead_pool_member SET held = 9 WHERE user_id = %s", self.li.id)
        action = settings.button_check_everything()
        job = self.env["lead.pool.job"].browse(action["res_id"]).sudo()
        self.assertTrue(Form(self.env["res.config.settings"]).lead_pool_checking)
        self._work(job)
        form = Form(self.env["res.config.settings"])
        self.assertIn(
            "counters differ from the leads they hold (Li Na – Beijing, Li Na – Shanghai)", form.lead_pool_health
        )
        self.assertTrue(form.lead_pool_may_mend)
        self.assertEqual(settings.button_health_report()["res_id"], job.id)
        repair = self.env["lead.pool.job"].browse(settings.button_repair()["res_id"]).sudo()
        self._work(repair)
        self.assertFalse(Form(self.env["res.config.settings"]).lead_pool_health)
        self.assertEqual(self._member(self.li).held, 3)
