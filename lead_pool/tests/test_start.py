from unittest.mock import patch

from lxml import etree

from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tests.common import new_test_user
from odoo.tools import file_open

#: What core's own screens answer to with Alt: see web, mail and crm.
TAKEN = set("b c h i j l m n p r s u v w x".split()) | {f"shift+{key}" for key in "aimqux"}


@tagged("post_install", "-at_install")
class TestStart(TransactionCase):
    """The first day: what each one is told who has no pool, no lead, and has never been here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})
        cls.rep = cls._user("start_rep", "sales_team.group_sale_salesman")
        cls.outsider = cls._user("start_outsider", "sales_team.group_sale_salesman")
        cls.admin = cls._user("start_admin", "sales_team.group_sale_salesman")
        cls.marketing = cls._user("start_marketing", "lead_pool.group_marketing")
        cls.team = cls.env["crm.team"].create({"name": "Start", "company_id": cls.env.company.id})
        cls.pool = cls.env["lead.pool"].create(
            {
                "name": "Start",
                "team_id": cls.team.id,
                "member_ids": [(0, 0, {"user_id": cls.rep.id})],
                "admin_ids": [(0, 0, {"user_id": cls.admin.id, "role": "admin"})],
            }
        )

    @classmethod
    def _user(cls, login, group):
        return new_test_user(cls.env, login=login, groups=group)

    def _help(self, user, action):
        return self.env["ir.actions.act_window"].with_user(user)._for_xml_id(action)["help"]

    def test_an_empty_board_offers_the_next_step_of_whoever_looks(self):
        board = "lead_pool.lead_pool_entry_action_board"
        for user, title, path in (
            (self.rep, "No lead is waiting here", "my-leads"),
            (self.outsider, "You are in no pool yet", "my-leads"),
            (self.admin, "No lead is waiting here", "import-leads"),
            (self.marketing, "No lead is waiting here", "import-leads"),
        ):
            told = self._help(user, board)
            self.assertIn(title, told, user.login)
            self.assertEqual(told.count("<a "), 1, user.login)
            self.assertIn(f'href="{path}"', told, user.login)

    def test_who_has_not_set_up_everything_finds_the_way_back_to_it(self):
        manager = self._user("start_manager", "lead_pool.group_manager")
        told = self._help(manager, "lead_pool.lead_pool_entry_action_board")
        self.assertIn('href="import-leads" class="btn btn-primary"', told)
        self.assertIn('href="lead-pool-first-steps" class="btn btn-secondary"', told)
        done = dict.fromkeys(self.env["lead.pool"]._first_steps_done(self.env.company), True)
        with patch.object(type(self.env["lead.pool"]), "_first_steps_done", lambda *_: done):
            told = self._help(manager, "lead_pool.lead_pool_entry_action_board")
        self.assertNotIn("first-steps", told)

    def test_my_leads_lead_to_the_board_who_may_take_some(self):
        mine = "lead_pool.crm_lead_action_my_leads"
        self.assertIn('href="lead-pool"', self._help(self.rep, mine))
        self.assertNotIn("<a ", self._help(self.outsider, mine))
        self.assertIn("You are in no pool", self._help(self.outsider, mine))

    def test_a_new_member_is_welcomed_until_he_wrote_something_down(self):
        def welcomes(user):
            return self.env["web_tour.tour"].with_user(user)._welcomes_rep()

        self.assertTrue(welcomes(self.rep))
        self.assertFalse(welcomes(self.outsider))
        self.assertFalse(welcomes(self.admin))
        self.env["web_tour.tour"].with_user(self.rep).consume("lead_pool_rep_tour")
        self.assertFalse(welcomes(self.rep), "once for each user")

        newcomer = self._user("start_newcomer", "sales_team.group_sale_salesman")
        self.pool.member_ids = [(0, 0, {"user_id": newcomer.id})]
        self.pool.claimable = False
        self.assertFalse(welcomes(newcomer), "he takes none: there is nothing to be shown")
        self.pool.claimable = True
        self.assertTrue(welcomes(newcomer))
        lead = self.env["crm.lead"].create({"name": "His", "user_id": newcomer.id, "team_id": self.team.id})
        lead.with_user(newcomer).action_follow_up({"note": "They want a visit in spring"})
        self.assertFalse(welcomes(newcomer))

    def test_settings_tick_off_the_first_steps(self):
        company = self.env["res.company"].create({"name": "Beginners"})
        team = self.env["crm.team"].create({"name": "Beginners", "company_id": company.id})

        def done():
            settings = self.env["res.config.settings"].with_company(company).create({})
            steps = self.env["lead.pool"]._first_steps_done(company)
            return list(steps.values()), settings.lead_pool_is_set_up

        others = self.env["lead.pool"].search([("company_id", "=", False)])
        self.assertFalse(others, "a pool of all companies would be one of theirs too")
        self.assertEqual(done(), ([False] * 5, False))
        pool = self.env["lead.pool"].create({"name": "First", "team_id": team.id, "company_id": company.id})
        self.assertEqual(done(), ([True, False, False, False, False], False))
        self.rep.company_ids |= company
        pool.member_ids = [(0, 0, {"user_id": self.rep.id})]
        pool.reclaim_rule_ids = [(0, 0, {"name": "Idle", "no_follow_up_days": 7})]
        self.env["crm.lead"].create({"name": "First", "pool_id": pool.id, "user_id": False, "company_id": company.id})
        self.assertEqual(done(), ([True, True, True, True, False], False))
        self.env["res.users.log"].with_user(self.rep).sudo().create({})
        self.assertEqual(done(), ([True] * 5, True))

    def test_hot_keys_are_not_those_of_core(self):
        for view in self.env["ir.ui.view"].search([("key", "=", False), ("type", "in", ("form", "list", "kanban"))]):
            if not (view.xml_id or "").startswith("lead_pool."):
                continue
            arch = etree.fromstring(view.arch)
            keys = {button.get("data-hotkey") for button in arch.xpath("//button[@data-hotkey][not(ancestor::footer)]")}
            self.assertFalse(keys & TAKEN - {"s"} if view.type == "list" else keys & TAKEN, view.xml_id)

    def test_the_pages_in_the_list_of_apps_show_their_pictures(self):
        modules = self.env["ir.module.module"].search([("name", "in", ("lead_pool", "lead_pool_reports"))])
        for module in modules:
            with self.subTest(module=module.name):
                page = etree.HTML(module.description_html)
                self.assertIn("线索池", "".join(page.itertext()))
                for source in page.xpath("//img/@src"):
                    with file_open(source.removeprefix("/"), "rb") as picture:
                        self.assertTrue(picture.read(4))
                self.assertFalse(page.xpath("//div[contains(@class, 'oe_picture')]"), "lower than what is in it")
        self.assertIn("my_leads_zh.png", modules.filtered(lambda one: one.name == "lead_pool").description_html)


@tagged("post_install", "-at_install")
class TestAppOnThePhone(HttpCase):
    """What a phone reads before it installs Lead Pool."""

    def _manifest(self, app, path):
        return self.url_open(f"/web/manifest.scoped_app_manifest?app_id={app}&path={path}").json()

    def test_lead_pool_is_an_app_of_its_own(self):
        page = self.url_open("/scoped_app?app_id=lead_pool&path=scoped_app/my-leads").text
        self.assertIn("/web/manifest.scoped_app_manifest?app_id=lead_pool", page)
        manifest = self._manifest("lead_pool", "/scoped_app/my-leads")
        self.assertEqual(
            [manifest[key] for key in ("name", "start_url", "scope", "display")],
            ["Lead Pool", "/scoped_app/my-leads", "/scoped_app", "standalone"],
        )
        self.assertEqual([icon["sizes"] for icon in manifest["icons"]], ["192x192", "512x512"])
        self.assertEqual(
            [(shortcut["name"], shortcut["url"]) for shortcut in manifest["shortcuts"]],
            [("My Leads", "/scoped_app/my-leads"), ("Pool Board", "/scoped_app/lead-pool")],
        )
        icons = [icon for part in (manifest, *manifest["shortcuts"]) for icon in part["icons"]]
        for icon in icons:
            answer = self.url_open(icon["src"])
            self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (200, "image/png"), icon["src"])

    def test_its_screens_open_inside_the_app(self):
        new_test_user(self.env, login="app_rep", groups="sales_team.group_sale_salesman")
        self.authenticate("app_rep", "app_rep")
        for path in ("my-leads", "lead-pool"):
            answer = self.url_open(f"/scoped_app/{path}")
            self.assertEqual(answer.status_code, 200)
            self.assertIn('"lead_pool": {"sells": true, "markets": false, "welcome": false}', answer.text)

    def test_other_apps_are_as_they_were(self):
        manifest = self._manifest("crm", "/scoped_app/crm")
        self.assertEqual((manifest["scope"], manifest["shortcuts"]), ("/scoped_app/crm", []))
