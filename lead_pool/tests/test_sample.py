from contextlib import contextmanager

from psycopg2.errors import RaiseException

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tests.common import new_test_user
from odoo.tools import SQL, mute_logger

#: What any use of Odoo adds to, whatever it is about, and what of ours goes by itself after a day and after a week.
PASSING = {"bus_bus", "ir_cron_trigger", "ir_attachment", "res_users_log", "lead_pool_gate_key", "lead_pool_request"}


@tagged("post_install", "-at_install")
class TestSample(TransactionCase):
    """A manager looks at made-up leads, lets his people try them, and wants none of it in his figures afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})
        cls.manager = cls._user("sample_manager", "lead_pool.group_manager")
        cls.rep = cls._user("sample_rep", "sales_team.group_sale_salesman")
        cls.admin = cls._user("sample_admin", "sales_team.group_sale_salesman,lead_pool.group_pool_admin")
        cls.Sample = cls.env["lead.pool.sample"].with_user(cls.manager)
        cls.Entry = cls.env["lead.pool.entry"]

    @classmethod
    def _user(cls, login, groups):
        return new_test_user(cls.env, login=login, groups=groups, name=login)

    def _own_pool(self):
        """A pool of the company's own, with a lead that the rep claimed today."""
        team = self.env["crm.team"].create({"name": "Own", "company_id": self.env.company.id})
        pool = self.env["lead.pool"].create(
            {"name": "Own", "team_id": team.id, "member_ids": [(0, 0, {"user_id": self.rep.id})]}
        )
        lead = self.env["crm.lead"].create(
            {"name": "Own", "pool_id": pool.id, "user_id": False, "phone": "+861065551234"}
        )
        self.Entry.search([("lead_id", "=", lead.id)]).with_user(self.rep).action_claim()
        return pool, lead

    def _rows(self):
        """Rows of every table of the database."""
        self.env["lead.identity"]._settle()
        tables = self.env.execute_query(
            SQL(
                """SELECT table_name FROM information_schema.tables
                    WHERE table_schema = current_schema AND table_type = 'BASE TABLE'"""
            )
        )
        names = sorted({name for [name] in tables} - PASSING)
        counts = SQL(" UNION ALL ").join(
            SQL("SELECT %s, count(*) FROM %s", name, SQL.identifier(name)) for name in names
        )
        return dict(self.env.execute_query(counts))

    @contextmanager
    def _leaves_nothing(self):
        before = self._rows()
        yield
        after = self._rows()
        self.assertEqual({name: after[name] - count for name, count in before.items() if after[name] != count}, {})
        self.assertEqual(self.env["lead.pool"]._health_problems(), [])

    def _leads(self, state):
        entries = self.Entry.search([("lead_ref", "in", self.Sample._numbers("crm.lead")), ("state", "=", state)])
        return entries.lead_id

    def test_it_shows_waiting_and_held_leads_with_their_follow_ups(self):
        answer = self.Sample.action_load_sample()
        self.assertEqual(answer, {"pools": 3, "leads": 24})
        pools = self.env["lead.pool"].browse(self.Sample._numbers("lead.pool"))
        self.assertEqual(pools.member_ids.user_id, self.manager, "nobody else is in it")
        self.assertFalse(pools.entry_rule_ids, "no lead of the company's own comes in")
        waiting, held = self._leads("waiting"), self._leads("held")
        self.assertEqual((len(waiting), len(held)), (12, 12))
        self.assertEqual(held.user_id, self.manager)
        self.assertTrue(held.follow_up_ids)
        now = self.env["lead.pool"]._now()
        self.assertTrue(all(lead.reclaim_at > now for lead in held), "none goes back at once")
        self.assertTrue(all(lead.create_date < now for lead in waiting))
        self.assertEqual(self.env["lead.pool"]._health_problems(), [])

    def test_twice_is_once(self):
        first = self.Sample.action_load_sample()
        rows = self._rows()
        self.assertEqual(self.Sample.action_load_sample(), first)
        self.assertEqual(self._rows(), rows)

    def test_it_goes_without_a_trace_where_there_was_no_pool(self):
        with self._leaves_nothing():
            self.Sample.action_load_sample()
            self.assertEqual(self.Sample.action_remove_sample(dry_run=False)["kept"], [])
        self.assertFalse(self.env["lead.pool"]._in_use())

    def test_it_goes_without_a_trace_when_reps_have_worked_on_it(self):
        _pool, own = self._own_pool()
        member = self.env["lead.pool.rep"].search([("user_id", "=", self.rep.id)])
        with self._leaves_nothing():
            self.Sample.action_load_sample()
            pool = self._leads("waiting").filtered(lambda lead: lead.pool_id.claimable).pool_id
            pool.with_user(self.manager).member_ids = [(0, 0, {"user_id": self.rep.id})]
            mine = self._leads("waiting").filtered(lambda lead: lead.pool_id == pool)[:4]
            entries = self.Entry.search([("lead_id", "in", mine.ids)], order="id").with_user(self.rep)
            self.assertTrue(all(answer["done"] for answer in entries.action_claim(request_uid="sample")))
            called, converted, returned, deleted = mine.with_user(self.rep)
            called.action_follow_up({"note": "They want a visit in spring", "next_date": "2036-05-01"}, request_uid="f")
            converted.action_convert({"create_order": True})
            reason = self.env["lead.pool.reason"].search([("kind", "=", "return")], limit=1)
            returned._pool_entries().action_return(reason.id, note="Nobody answers")
            deleted.with_user(self.manager).unlink()
            asked = self.Sample.action_remove_sample()
            self.assertEqual((asked["leads"], asked["worked"]), (23, 4))
            self.assertEqual(len(self._leads("held") | self._leads("waiting")), 22, "asking removes nothing")
            self.assertEqual(self.Sample.action_remove_sample(dry_run=False)["kept"], [])
        self.assertEqual((own.user_id, member.held, member.day_n), (self.rep, 1, 1), "the rep's own claim still counts")
        self.assertEqual(self.env["lead.pool.event"]._broken_chains(), {})

    def _refuses(self, statement, *values):
        with mute_logger("odoo.sql_db"), self.assertRaises(RaiseException), self.env.cr.savepoint():
            self.env.cr.execute(statement, values)

    def test_the_ledger_of_a_lead_of_the_sample_stays_as_long_as_the_lead(self):
        """ATK-76: by SQL."""
        self.Sample.action_load_sample()
        lead = self._leads("held")[0]
        last = "DELETE FROM lead_pool_event WHERE lead_ref = %s AND seq > 1"
        self._refuses(last, lead.id)
        self._refuses("UPDATE lead_pool_event SET note = 'x' WHERE lead_ref = %s", lead.id)
        lead.with_user(self.manager).unlink()
        self._refuses("UPDATE lead_pool_event SET note = 'x' WHERE lead_ref = %s", lead.id)
        self._refuses("TRUNCATE lead_pool_event")
        self.env.cr.execute(last, [lead.id])
        self.assertGreater(self.env.cr.rowcount, 1)

    def test_the_ledger_of_an_own_lead_stays_whatever_became_of_it(self):
        """ATK-76: of a lead that is deleted, and of one that is called as the tables of the sample."""
        _pool, own = self._own_pool()
        self.Sample.action_load_sample()
        number = own.id
        self._refuses("DELETE FROM lead_pool_event WHERE lead_ref = %s", number)
        own.unlink()
        self._refuses("DELETE FROM lead_pool_event WHERE lead_ref = %s", number)
        self.env.cr.execute(
            "CREATE TEMP TABLE lead_pool_sample AS SELECT 'crm.lead'::varchar AS model, %s AS res_id", [number]
        )
        self._refuses("DELETE FROM lead_pool_event WHERE lead_ref = %s", number)
        self.env.cr.execute("DROP TABLE pg_temp.lead_pool_sample")
        self.Sample.action_remove_sample(dry_run=False)
        self._refuses("DELETE FROM lead_pool_event WHERE lead_ref = %s", number)
        self.assertEqual(self.env["lead.pool.event"]._broken_chains([number]), {})

    def test_the_record_of_the_sample_is_written_by_nobody_else(self):
        """ATK-76: by the ORM, with all rights, also by what is not meant to be called."""
        _pool, own = self._own_pool()
        self.Sample.action_load_sample()
        sample = self.env["lead.pool.sample"].sudo()
        values = {"model": "crm.lead", "res_id": own.id}
        for call in (
            lambda: sample.create(values),
            lambda: sample._create([{"stored": values}]),
            lambda: sample._mark(own, True),
            lambda: sample.with_user(self.manager).search([]),
            lambda: sample.with_user(self.manager).sudo(False).create(values),
        ):
            with self.assertRaises(AccessError):
                call()
        with mute_logger("odoo.sql_db"), self.assertRaises(RaiseException), self.env.cr.savepoint():
            sample.search([], limit=1).write(values)
            sample.flush_model()
        self.assertNotIn(own.id, self.Sample._numbers("crm.lead"))

    def test_a_lead_that_an_own_one_was_merged_into_is_no_sample_any_more(self):
        """ATK-76: real data in the hull of a made-up lead."""
        pool, own = self._own_pool()
        self.Sample.action_load_sample()
        made_up, other, third = self._leads("waiting").filtered(lambda lead: lead.pool_id.claimable)[:3]
        (other | third).with_user(self.manager).merge_opportunity()
        [kept] = (other | third).exists()
        self.assertIn(kept.id, self.Sample._numbers("crm.lead"), "both were made up")
        own.user_id = False
        own.pool_id = made_up.pool_id
        merged = (made_up | own).with_user(self.manager).merge_opportunity()
        number = merged.id
        self.assertNotIn(number, self.Sample._numbers("crm.lead") if merged == made_up else [])
        with self.assertRaisesRegex(UserError, "1 leads of your own"):
            self.Sample.action_remove_sample(dry_run=False)
        self.assertTrue(all(answer["done"] for answer in merged._pool_entries().action_transfer(pool.id)))
        self.Sample.action_remove_sample(dry_run=False)
        self.assertTrue(merged.exists())
        self._refuses("DELETE FROM lead_pool_event WHERE lead_ref = %s", number)

    def test_own_leads_in_a_pool_of_the_sample_stay(self):
        self.Sample.action_load_sample()
        sample = self.env["lead.pool"].browse(self.Sample._numbers("lead.pool"))[0]
        other = self.env["lead.pool"].browse(self.Sample._numbers("lead.pool"))[1]
        own, held = self.env["crm.lead"].create(
            [{"name": "Own", "pool_id": pool.id, "user_id": False} for pool in (sample, other)]
        )
        entries = self.Entry.search([("lead_id", "in", (own | held).ids)]).with_user(self.manager)
        held._pool_entries().with_user(self.manager).action_assign(self.manager.id)
        with self.assertRaisesRegex(UserError, "2 leads of your own"):
            self.Sample.action_remove_sample(dry_run=False)
        pool, _lead = self._own_pool()
        self.assertTrue(all(answer["done"] for answer in entries.action_transfer(pool.id)))
        kept = self.Sample.action_remove_sample(dry_run=False)["kept"]
        self.assertEqual((own | held).exists().pool_id, pool)
        self.assertFalse(sample.exists())
        self.assertEqual((kept, other.active), ([other.name], False), "the history of the one that was held there")
        self.assertEqual(self.Sample._counts(), {"pools": 0, "leads": 0})
        self.assertEqual(self.env["lead.pool"]._health_problems(), [])

    def test_an_ordered_customer_stays_and_is_named(self):
        self.Sample.action_load_sample()
        lead = self._leads("held").filtered("partner_name")[0].with_user(self.manager)
        made = lead.action_convert({"create_order": True})
        order = self.env["sale.order"].browse(made["order_id"])
        order.action_confirm()
        kept = self.Sample.action_remove_sample(dry_run=False)["kept"]
        self.assertIn(order.name, kept)
        self.assertTrue(order.partner_id.exists())
        self.assertFalse(lead.exists())

    def test_no_made_up_lead_stays_when_the_add_on_goes(self):
        self.Sample.action_load_sample()
        leads = self.env["crm.lead"].browse(self.Sample._numbers("crm.lead"))
        self.env["lead.pool.sample"]._leave()
        self.assertFalse(leads.exists())

    def test_only_managers_of_all_pools_may(self):
        for user in (self.rep, self.admin):
            sample = self.env["lead.pool.sample"].with_user(user)
            with self.assertRaises(AccessError):
                sample.action_load_sample()
            with self.assertRaises(AccessError):
                sample.action_remove_sample(dry_run=False)
            with self.assertRaises(AccessError):
                sample.action_keep_typed()
        with self.assertRaises(UserError):
            self.Sample.action_remove_sample(dry_run="no")

    def test_the_sample_ticks_no_step_off(self):
        self.Sample.action_load_sample()
        steps = self.env["lead.pool"].with_user(self.manager).action_first_steps()
        sample = {"pools": 3, "leads": 24, "may": True, "offered": True}
        self.assertEqual((steps["done"], steps["sample"]), (0, sample))

    def test_nobody_is_offered_made_up_leads_beside_real_ones(self):
        def offered(user):
            return self.env["lead.pool"].with_user(user).action_first_steps()["sample"]["offered"]

        administrator = self._user("sample_system", "base.group_system")
        self.assertEqual((offered(self.manager), offered(administrator)), (True, False))
        self._own_pool()
        self.assertFalse(offered(self.manager))
        self.Sample.action_load_sample()
        steps = self.env["lead.pool"].with_user(self.manager).action_first_steps()
        self.assertEqual(steps["sample"]["leads"], 24, "to be removed")

    def test_a_real_customer_typed_into_a_made_up_lead_is_named_and_can_be_kept(self):
        pool, _own = self._own_pool()
        self.Sample.action_load_sample()
        self.assertEqual(self.Sample.action_remove_sample()["typed"], [])
        moved, typed, noted = self._leads("waiting").filtered(lambda lead: lead.pool_id.claimable)[:3]
        moved._pool_entries().with_user(self.manager).action_claim()
        moved.with_user(self.manager).write({"priority": "3", "tag_ids": [(0, 0, {"name": "Sample"})]})
        typed.with_user(self.manager).write({"contact_name": "Zhao Min", "phone": "+86 10 6555 9999"})
        noted.with_user(self.manager).description = "Called at the fair, wants a quotation"
        named = [{"id": lead.id, "name": lead.name} for lead in typed | noted]
        self.assertEqual(self.Sample.action_remove_sample()["typed"], named)
        self.assertEqual(self.Sample.action_keep_typed(), (typed | noted).ids)
        self.assertEqual(self.Sample.action_remove_sample()["typed"], [])
        with self.assertRaisesRegex(UserError, "2 leads of your own"):
            self.Sample.action_remove_sample(dry_run=False)
        entries = (typed | noted)._pool_entries().with_user(self.manager)
        self.assertTrue(all(answer["done"] for answer in entries.action_transfer(pool.id)))
        self.Sample.action_remove_sample(dry_run=False)
        self.assertEqual(moved.exists() | typed.exists() | noted.exists(), typed | noted)
        self._refuses("DELETE FROM lead_pool_event WHERE lead_ref = %s", typed.id)
