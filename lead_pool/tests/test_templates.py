from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged
from odoo.tests.common import new_test_user


@tagged("post_install", "-at_install")
class TestTemplates(TransactionCase):
    """A manager makes the first pools of a company from a template, reads before what he gets, and takes it back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})
        cls.company = cls.env["res.company"].create({"name": "Beginners", "country_id": cls.env.ref("base.cn").id})
        cls.manager = cls._user("template_manager", "lead_pool.group_manager")
        cls.rep = cls._user("template_rep", "sales_team.group_sale_salesman")
        cls.team, cls.other_team = cls.env["crm.team"].create(
            [{"name": name, "company_id": cls.company.id} for name in ("Field Sales", "Inside Sales")]
        )
        cls.team.member_ids = cls.rep
        cls.Pool = cls.env["lead.pool"].with_user(cls.manager).with_company(cls.company)

    @classmethod
    def _user(cls, login, groups):
        user = new_test_user(cls.env, login=login, groups=groups, name=login)
        user.company_ids |= cls.company
        user.company_id = cls.company
        return user

    def _make(self, split="region", **arguments):
        return self.Pool.browse(answer["id"] for answer in self.Pool.action_make_pools(split, **arguments))

    def _arrives(self, **values):
        """The pool that a new lead without an owner enters."""
        lead = self.env["crm.lead"].with_company(self.company).create(
            {"name": "New", "company_id": self.company.id, "user_id": False, **values}
        )  # fmt: skip
        return lead.pool_id

    def test_regions_take_their_leads_and_the_rest_goes_to_the_default_pool(self):
        plan = self.Pool.action_plan_pools("region")
        self.assertEqual([row["name"] for row in plan][-2:], ["Northwest China", "Other Regions"])
        self.assertEqual({row["pool_id"] for row in plan}, {False})
        self.assertFalse(self.Pool.search([("company_id", "=", self.company.id)]), "a plan makes nothing")
        pools = self._make(team_id=self.team.id)
        self.assertEqual(pools.mapped("name"), [row["name"] for row in plan])
        self.assertEqual(pools.member_ids.user_id, self.rep)
        self.assertEqual(pools.admin_ids.user_id, self.manager)
        self.assertFalse("".join(pool.warnings or "" for pool in pools))
        south, rest = pools.filtered(lambda pool: pool.name == "South China"), pools[-1]
        self.assertEqual(self._arrives(state_id=self.env.ref("base.state_cn_GD").id), south)
        self.assertEqual(self._arrives(city="Berlin"), rest)
        self.assertIn("at most 10 a day", south.summary)
        self.assertIn("goes back", south.summary)
        self.assertIn("Region is", south.summary, "which leads enter, and not what the rule is called")

    def test_every_province_is_in_one_region(self):
        plan = self.Pool._template_parts("region")
        states = [state for part in plan if part["domain"] for state in part["domain"][0][2]]
        self.assertEqual(len(states), len(set(states)))
        missing = self.env.ref("base.cn").state_ids - self.env["res.country.state"].browse(states)
        self.assertLessEqual(set(missing.mapped("code")), {"台", "TW"})

    def test_regions_are_those_of_the_company_s_country(self):
        self.company.country_id = self.env.ref("base.us")
        plan = self.Pool.with_context(lang="en_US").action_plan_pools("region")
        self.assertEqual([row["name"] for row in plan], ["Northeast", "Midwest", "South", "West", "Other Regions"])

    def test_days_begin_where_who_makes_the_pools_lives_if_the_company_does_not_say(self):
        """Odoo gives a company the clock of UTC when nobody has signed in yet."""
        self.company.resource_calendar_id.tz = "UTC"
        self.manager.tz = "Asia/Shanghai"
        self.assertEqual(set(self._make().mapped("tz")), {"Asia/Shanghai"})
        step = {step["code"]: step for step in self.Pool.action_first_steps()["steps"]}["rules"]
        self.assertIn("on the clock of UTC, and yours is Asia/Shanghai", step["text"])
        self.company.resource_calendar_id.tz = "Europe/Berlin"
        step = {step["code"]: step for step in self.Pool.action_first_steps()["steps"]}["rules"]
        self.assertNotIn("UTC", step["text"])
        self.assertEqual(self.Pool.new().tz, "Europe/Berlin")

    def test_a_small_country_has_one_pool_and_one_for_abroad(self):
        self.company.country_id = self.env.ref("base.de")
        home, abroad = self._make()
        self.assertEqual(self._arrives(country_id=self.env.ref("base.de").id), home)
        self.assertEqual(self._arrives(country_id=self.env.ref("base.fr").id), abroad)

    def test_industries_are_those_that_leads_have(self):
        farms, trade = self.env["res.partner.industry"].create([{"name": "Farms"}, {"name": "Shops"}])
        for industry in (trade, farms, trade):
            self._arrives(industry_id=industry.id)
        names = [row["name"] for row in self.Pool.action_plan_pools("industry")]
        self.assertEqual(names[:2] + names[-1:], ["Shops", "Farms", "Other Industries"])
        pools = self._make("industry", keys=[f"industry:{farms.id}"], names={f"industry:{farms.id}": "Agriculture"})
        self.assertEqual(pools.name, "Agriculture")
        self.assertEqual(self._arrives(industry_id=farms.id), pools)
        self.assertFalse(self._arrives(industry_id=trade.id))

    def test_each_sales_team_gets_its_pool_and_its_people(self):
        pools = self._make("team", policy="inbound")
        own = pools.filtered(lambda pool: pool.team_id == self.team)
        self.assertEqual((own.member_ids.user_id, own.strategy), (self.rep, "rotation"))
        self.assertEqual(self._arrives(team_id=self.team.id), own)

    def test_again_makes_nothing_and_what_was_undone_comes_back(self):
        pools = self._make()
        again = self.Pool.action_make_pools("region")
        self.assertEqual({answer["code"] for answer in again}, {"already_there"})
        self.assertEqual([answer["id"] for answer in again], pools.ids)
        lead = self.env["crm.lead"].create({"name": "In", "pool_id": pools[0].id, "user_id": False})
        undone = pools.action_undo_template()
        self.assertEqual([answer["done"] for answer in undone], [False] + [True] * (len(pools) - 1))
        self.assertEqual(undone[0]["code"], "not_empty")
        self.assertEqual(pools.filtered("active"), pools[0])
        self.assertFalse(self.company.lead_pool_default_id)
        self.assertEqual(lead.pool_id, pools[0])
        self.assertEqual(self._make(), pools, "the same ones come back")
        self.assertEqual(self.company.lead_pool_default_id, pools[-1])
        lead.unlink()
        self.assertEqual(pools[0].action_undo_template()[0]["code"], "not_empty", "its history is there")
        by_hand = self.Pool.create({"name": "By hand", "team_id": self.team.id, "company_id": self.company.id})
        self.assertEqual(by_hand.action_undo_template()[0]["code"], "not_from_template")

    def test_the_same_call_has_the_same_answer(self):
        first = self.Pool.action_make_pools("region", request_uid="first")
        self.assertEqual(self.Pool.action_make_pools("region", request_uid="first"), first)

    def test_the_wizard_shows_what_it_makes(self):
        with Form(self.env["lead.pool.new"].with_user(self.manager).with_company(self.company)) as form:
            form.split = "region"
            form.team_id = self.team
            self.assertEqual(len(form.line_ids), 8)
            form.line_ids.remove(7)
            with form.line_ids.edit(0) as line:
                line.name = "Capital"
        action = form.record.action_confirm()
        pools = self.Pool.search(action["domain"])
        self.assertEqual((len(pools), pools[0].name), (7, "Capital"))
        self.assertEqual(pools.member_ids.user_id, self.rep)
        with Form(self.env["lead.pool.new"].with_user(self.manager).with_company(self.company)) as form:
            form.split = "region"
        self.assertEqual(len(form.record.line_ids.filtered("pool_id")), 7)
        form.record.line_ids.filtered(lambda line: not line.pool_id).unlink()
        with self.assertRaisesRegex(UserError, "there already"):
            form.record.action_confirm()

    def test_the_checklist_follows_what_is_there(self):
        def steps():
            answer = self.Pool.action_first_steps()
            done = [step["code"] for step in answer["steps"] if step["done"]]
            self.assertEqual(answer["done"], len(done))
            return done, len(answer["undo"])

        self.assertEqual(steps(), ([], 0))
        pools = self._make(team_id=self.team.id)
        self.assertEqual(steps(), (["pool", "members", "rules"], 8))
        self._arrives(city="Berlin")
        self.assertEqual(steps(), (["pool", "members", "rules", "leads"], 7))
        pools[0].member_ids = [Command.create({"user_id": self.manager.id})]
        self.env["res.users.log"].with_user(self.manager).sudo().create({})
        self.assertEqual(len(steps()[0]), 4, "the manager himself was here before")
        self.env["res.users.log"].with_user(self.rep).sudo().create({})
        self.assertEqual(steps()[0], ["pool", "members", "rules", "leads", "reps"])
        pools[:-1].action_undo_template()
        self.assertEqual(steps()[1], 0)
        for step in self.Pool.action_first_steps()["steps"]:
            for button in step["buttons"]:
                self.assertTrue(self.env.ref(button["action"]).exists(), button)

    def test_members_are_added_where_the_checklist_leads(self):
        """Who was invited becomes a member in the list that the step opens."""
        pool = self._make()[0]
        [button] = self.Pool.action_first_steps()["steps"][1]["buttons"]
        action = self.env.ref(button["action"])
        Member = self.env[action.res_model].with_user(self.manager)
        self.assertEqual(action.view_mode, "list")
        arch = etree.fromstring(Member.get_views([(False, "list")])["views"]["list"]["arch"])
        self.assertNotIn("create", arch.attrib)
        with Form(Member.with_context(default_pool_id=pool.id), "lead_pool.lead_pool_member_view_list") as line:
            line.user_id = self._user("template_new", "sales_team.group_sale_salesman")
        member = line.record
        self.assertEqual((member.role, member.capacity, member.daily_claim_limit), ("member", 30, 10))

    def test_leads_from_before_are_offered_to_be_enrolled(self):
        """Into the only pool; where there are several, the dialog asks which."""

        def offered():
            steps = {step["code"]: step for step in self.Pool.action_first_steps()["steps"]}
            contexts = [button["context"] for button in steps["leads"]["buttons"] if "enrol" in button["action"]]
            self.assertEqual("when you enrol them" in steps["leads"]["text"], bool(contexts))
            return contexts

        self.assertEqual(self._arrives(name="Old"), self.env["lead.pool"])
        self.assertEqual(offered(), [], "without a pool there is nowhere to go")
        pool = self.Pool.create({"name": "By hand", "team_id": self.team.id, "company_id": self.company.id})
        self.assertEqual(offered(), [{"active_id": pool.id}])
        others = self._make()
        self.assertEqual(offered(), [{"active_id": False}])
        others.action_undo_template()
        pool.action_enrol([], dry_run=False)
        self.assertEqual(offered(), [])

    def test_only_managers_of_all_pools_may(self):
        pools = self._make()
        pool_admin = self._user("template_admin", "sales_team.group_sale_salesman")
        pools[0].admin_ids = [Command.create({"user_id": pool_admin.id, "role": "admin"})]
        for user in (self.rep, pool_admin):
            Pool = self.env["lead.pool"].with_user(user).with_company(self.company)
            for call in (
                lambda Pool=Pool: Pool.action_plan_pools("region"),
                lambda Pool=Pool: Pool.action_make_pools("industry"),
                lambda Pool=Pool: Pool.browse(pools.ids).action_undo_template(),
                lambda Pool=Pool: Pool.action_first_steps(),
            ):
                with self.assertRaises(AccessError):
                    call()
        self.assertTrue(all(pools.mapped("active")))

    def test_bad_arguments_get_a_sentence(self):
        for arguments in (
            {"split": "planet"},
            {"split": "__class__"},
            {"policy": "generous"},
            {"policy": "__class__"},
            {"keys": ["region:CN:moon"]},
            {"keys": "region:CN:north"},
            {"keys": [["region:CN:north"]]},
            {"names": ["North"]},
            {"team_id": "1"},
            {"member_ids": self.rep.id},
            {"admin_ids": [str(self.rep.id)]},
        ):
            with self.subTest(arguments), self.assertRaises(UserError):
                self.Pool.action_make_pools(**{"split": "region", **arguments})
        self.assertFalse(self.Pool.search([("company_id", "=", self.company.id)]))
        self.Pool.create({"name": "Own", "team_id": self.team.id, "company_id": self.company.id}).template_key = "x"
        self.assertFalse(self.Pool.search([("template_key", "=", "x")]), "no client writes the key")
