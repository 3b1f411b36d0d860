from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestBrokenRules(LeadPoolCase):
    """A rule that was right when it was saved breaks later: it is skipped, said once, and stops nobody."""

    def setUp(self):
        super().setUp()
        self.pool.strategy = "rotation"
        self.good = self._rule(
            "Wuhan", domain="[('city', '=', 'Wuhan')]", sequence=20, strategy="default_assignee", assignee_id=self.li.id
        )
        self.bad = self._rule("Gone", sequence=10, strategy="default_assignee", assignee_id=self.zhao.id)

    def _rule(self, name, **values):
        return self.env["lead.pool.assign.rule"].create({"name": name, "pool_id": self.pool.id, **values})

    def _break(self, record, column="domain", text="[('x_gone', '=', 1)]"):
        """As when the field is removed by another module, or in developer mode."""
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s RETURNING id",
                SQL.identifier(record._table), SQL.identifier(column), text, record.id,
            )
        )  # fmt: skip
        self.env.invalidate_all()

    def _told(self):
        return self.env["mail.message"].search_count(
            [("partner_ids", "in", self.admin.partner_id.ids), ("subject", "ilike", "out of use")]
        )

    def _distribute(self):
        answers = self.pool.with_user(self.admin).action_distribute()
        self.env.invalidate_all()
        return answers

    def test_a_broken_distribution_rule_is_skipped_and_the_admins_are_told_once(self):
        self._break(self.bad)
        leads = self._leads(2, city="Wuhan")
        before, version = self._told(), self.pool.policy_id
        self._distribute()
        self.assertEqual(leads.user_id, self.li, "the next rule goes on")
        self.assertIn("x_gone", self.bad.broken)
        self._leads(city="Wuhan")
        self._distribute()
        self.assertEqual(self._told(), before + 1)
        self.assertEqual(self.pool.policy_id, version, "nobody changed the rules")
        self.bad.domain = "[('city', '=', 'Xian')]"
        self.assertFalse(self.bad.broken)
        self._balance()

    def test_an_error_of_the_database_breaks_the_rule_and_not_the_transaction(self):
        self._break(self.bad, text="[('name', '=like', '\\\\')]")  # a pattern that ends in its escape
        lead = self._leads(city="Wuhan")
        self._distribute()
        self.assertEqual(lead.user_id, self.li)
        self.assertTrue(self.bad.broken)
        self._break(self.bad, text="[('name', '=like', 'x')]")
        self._leads(city="Wuhan")
        self._distribute()
        self.assertFalse(self.bad.broken, "it can be evaluated again")

    def test_a_broken_entry_condition_lets_the_next_one_decide(self):
        Rule = self.env["lead.pool.entry.rule"]
        first = Rule.create({"name": "First", "pool_id": self.open_pool.id, "domain": "[('city', '=', 'Wuhan')]"})
        Rule.create({"name": "Second", "pool_id": self.pool.id, "domain": "[('city', '=', 'Wuhan')]", "sequence": 20})
        self._break(first)
        lead = self.env["crm.lead"].create({"name": "New", "city": "Wuhan", "user_id": False})
        self.assertEqual(lead.pool_id, self.pool)
        self.assertTrue(first.broken)

    def test_a_broken_reclaim_rule_takes_nothing_back_and_the_others_do(self):
        Rule = self.env["lead.pool.reclaim.rule"]
        first = Rule.create({"name": "First", "pool_id": self.pool.id, "held_days": 1})
        Rule.create({"name": "Second", "pool_id": self.pool.id, "held_days": 5, "sequence": 20})
        self._break(first)
        lead = self._held(self.li)
        self.assertEqual((lead.reclaim_at - lead.held_since).days, 5)
        self.assertTrue(first.broken)

    def test_broken_skills_make_nobody_skilled(self):
        self.pool.strategy = "skill"
        self.bad.active = False
        self.good.active = False
        member = self._member(self.li)
        member.skill_domain = "[('city', '=', 'Wuhan')]"
        self._break(member, column="skill_domain")
        before = self._told()
        lead = self._leads(city="Wuhan")
        self._distribute()
        self.assertIn(lead.user_id, self.wang | self.zhao)
        self.assertIn("x_gone", member.skill_broken)
        self.assertEqual(self._told(), before + 1)
        member.skill_domain = False
        self.assertFalse(member.skill_broken)

    def test_conditions_that_chase_their_own_tail_are_refused(self):
        for domain in (
            "[('pool_id', '=', 1)]",
            "[('pool_state', '=', 'waiting')]",
            "['!', ('pool_id.name', '=', 'x')]",
        ):
            with self.assertRaisesRegex(ValidationError, "cannot decide on them"):
                self.bad.domain = domain
        with self.assertRaisesRegex(ValidationError, "cannot decide on them"):
            self.env["lead.pool.reclaim.rule"].create(
                {"name": "x", "pool_id": self.pool.id, "domain": "[('reclaim_at', '<', 'today')]"}
            )

    def test_a_condition_asks_only_what_its_author_may_read(self):
        order = "order_ids.amount_total" if "order_ids" in self.env["crm.lead"]._fields else "user_id.api_key_ids.name"
        for path, value, message in (
            ("create_uid.api_key_ids.name", "x", "create_uid.api_key_ids.* of which you see only a part"),
            ("partner_id.user_ids.api_key_ids", "x", "partner_id.user_ids.api_key_ids|You may not read|only a part"),
            ("user_id.partner_id.message_ids.body", "x", "user_id.partner_id.message_ids.* only a part"),
            (order, 5, "of which you see only a part"),
        ):
            domain = repr([(path, "=", value)])
            with self.subTest(path=path), self.assertRaisesRegex(ValidationError, message), self.cr.savepoint():
                self.bad.with_user(self.admin).domain = domain
            with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
                self.pool.with_user(self.admin).action_enrol(domain)
        nested = "[('create_uid', 'any', [('api_key_ids', 'any', [('name', 'like', 'x')])])]"
        with self.assertRaisesRegex(ValidationError, "create_uid.api_key_ids"), self.cr.savepoint():
            self.bad.with_user(self.admin).domain = nested
        with self.assertRaisesRegex(ValidationError, "create_uid.api_key_ids"), self.cr.savepoint():
            self._member(self.li).with_user(self.admin).skill_domain = nested
        file = self.pool.with_user(self.admin).action_export_policy()
        file["assign_rule_ids"] = [{"name": "Gone", "domain": [["create_uid.api_key_ids.name", "=", "x"]]}]
        answer = self.pool.with_user(self.admin).action_import_policy(file, dry_run=False)
        self.assertIn("create_uid.api_key_ids", " ".join(answer["problems"]))

    def test_conditions_over_relations_that_one_may_read_are_kept(self):
        for domain in (
            "[('partner_id.country_id.code', '=', 'CN')]",
            "[('partner_id.category_id.name', '=', 'Fair')]",
            "[('tag_ids.name', 'ilike', 'fair'), ('team_id.name', '=', 'North')]",
            "[('user_id.name', 'ilike', 'li'), ('company_id.name', '!=', 'x')]",
            "[('activity_ids.summary', 'ilike', 'call')]",
            "[('partner_id', 'any', [('is_company', '=', True)])]",
            "[('create_date', '>', '-7d'), ('priority', 'in', ['2', '3'])]",
            "[('source_id', 'ilike', 'web')]",
        ):
            with self.subTest(domain=domain):
                self.bad.with_user(self.admin).domain = domain
        self.bad.with_user(self.manager).domain = "[('partner_id.user_ids.login', '=', 'x')]"

    def test_what_waits_to_be_written_outlives_a_condition_that_breaks(self):
        lead = self._leads(city="Wuhan")
        lead.description = "kept"
        found, problem = self.env["lead.pool.domain.mixin"]._matching_ids(lead, "[('name', '=like', '\\\\')]")
        self.assertEqual((found, bool(problem)), (set(), True))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertIn("kept", lead.description)
