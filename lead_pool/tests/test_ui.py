from odoo.tests import HttpCase, tagged
from odoo.tests.common import new_test_user


class PageCase(HttpCase):
    """Pages that are compiled, and people to look at them."""

    has_pages = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})
        cls._compile_pages()

    @classmethod
    def _compile_pages(cls):
        """Scripts and styles, or the first page takes a minute; looked at once where the database has them for good."""

        def count():
            return cls.env["ir.attachment"].search_count([("url", "=like", "/web/assets/%")])

        if not PageCase.has_pages:
            before = count()
            cls.env["ir.qweb"]._pregenerate_assets_bundles()
            PageCase.has_pages = count() == before

    @classmethod
    def _user(cls, login, name):
        user = new_test_user(cls.env, login=login, groups="sales_team.group_sale_salesman", name=name)
        user.odoobot_state = "disabled"
        return user


class UiCase(PageCase):
    """A masked pool with three waiting leads, one to a city; a rep who may hold two; an admin who is no member."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep = cls._user("tour_rep", "Tour Rep")
        cls.admin = cls._user("tour_admin", "Tour Admin")
        cls.team = cls.env["crm.team"].create({"name": "Tours", "company_id": cls.env.company.id})
        cls.pool = cls.env["lead.pool"].create(
            {
                "name": "Tour Pool",
                "team_id": cls.team.id,
                "member_capacity": 2,
                "member_daily_claim_limit": 2,
                "member_ids": [(0, 0, {"user_id": cls.rep.id})],
                "admin_ids": [(0, 0, {"user_id": cls.admin.id, "role": "admin"})],
                "reclaim_rule_ids": [(0, 0, {"name": "Three days", "no_follow_up_days": 3})],
            }
        )
        cls.leads = cls.env["crm.lead"].create(
            [
                {
                    "name": f"Robot for {city}",
                    "contact_name": f"Zhang {number}",
                    "phone": f"+86 138 0000 000{number}",
                    "city": city,
                    "pool_id": cls.pool.id,
                    "user_id": False,
                }
                for number, city in enumerate(("Beijing", "Tianjin", "Wuhan"))
            ]
        )

    def _pulls(self):
        self.pool.claim_order = "pull"
        self.start_tour("/odoo/lead-pool", "lead_pool_rep_pulls", login="tour_rep")
        self.env.invalidate_all()
        self.assertEqual(len(self.leads.filtered("user_id")), 1)
        holdings = self.env["lead.pool.holding"].search([("lead_id", "in", self.leads.ids)], order="id")
        self.assertEqual(holdings.mapped("origin"), ["pulled", "pulled"])
        self.assertEqual(holdings.mapped("end_reason"), ["undone", False])

    def _lead(self, city):
        self.env.invalidate_all()
        return self.leads.filtered(lambda lead: lead.city == city)


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestDesktop(UiCase):
    def test_rep_claims_from_the_board_until_the_limit(self):
        self.start_tour("/odoo/lead-pool", "lead_pool_rep_claims", login="tour_rep")
        self.assertEqual((self._lead("Beijing") | self._lead("Tianjin")).user_id, self.rep)
        self.assertFalse(self._lead("Wuhan").user_id)

    def test_rep_claims_in_order_and_undoes_it(self):
        self.pool.claim_order = "oldest"
        self.start_tour("/odoo/lead-pool", "lead_pool_rep_undoes_a_claim", login="tour_rep")
        self.assertFalse(self._lead("Beijing").user_id)
        self.assertEqual(
            self._lead("Beijing").pool_event_ids.sorted("seq").mapped("kind"), ["entered", "claimed", "claim_undone"]
        )

    def test_rep_pulls(self):
        self._pulls()

    def test_admin_hands_over_and_undoes_it(self):
        heir = self._user("tour_heir", "Tour Heir")
        self.pool.member_ids = [(0, 0, {"user_id": heir.id})]
        lead = self._lead("Beijing")
        self.env["lead.pool.entry"].search([("lead_id", "=", lead.id)]).with_user(self.rep).action_claim()
        self.start_tour("/odoo/lead-pool-hand-over", "lead_pool_admin_hands_over", login="tour_admin")
        self.env.invalidate_all()
        self.assertEqual(lead.user_id, self.rep)
        handover = self.env["lead.pool.handover"].search([])
        self.assertRecordValues(handover, [{"state": "back", "moved_count": 1, "back_count": 1}])

    def test_admin_assigns_from_the_board(self):
        self.start_tour("/odoo/lead-pool", "lead_pool_admin_assigns", login="tour_admin")
        self.assertEqual(self._lead("Beijing").user_id, self.rep)
        self.assertFalse(self._lead("Tianjin").user_id)


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestFirstDay(UiCase):
    """A manager is shown how to make a pool; a rep takes a lead and writes it down without a mouse."""

    def test_manager_is_shown_how_to_make_a_pool(self):
        manager = self._user("tour_pools", "Tour Pools")
        manager.group_ids |= self.env.ref("lead_pool.group_manager")
        self.start_tour("/odoo/action-lead_pool.lead_pool_action_config", "lead_pool_admin_tour", login="tour_pools")
        self.assertEqual(self.env["lead.pool"].search([("name", "=", "First Pool")]).strategy, "skill")

    def test_rep_uses_the_keys(self):
        self.pool.claim_order = "pull"
        self.start_tour("/odoo/my-leads", "lead_pool_rep_uses_the_keys", login="tour_rep")
        self.env.invalidate_all()
        self.assertEqual(self.leads.user_id, self.rep)


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestFirstDayOnThePhone(UiCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_rep_is_shown_round(self):
        self.start_tour("/odoo/lead-pool", "lead_pool_rep_tour", login="tour_rep")
        self.env.invalidate_all()
        lead = self.leads.filtered("user_id")
        self.assertEqual(lead.user_id, self.rep)
        self.assertIn("Friday", lead.follow_up_ids.note)


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestKeeping(UiCase):
    """A rep has a deadline put off, locks the lead and unlocks it."""

    def test_rep_keeps_a_lead(self):
        self.pool.write({"lock_limit": 1, "extend_approval": "above", "extend_free_days": 3})
        lead = self._lead("Beijing")
        self.env["lead.pool.entry"].search([("lead_id", "=", lead.id)]).with_user(self.rep).action_claim()
        self.start_tour("/odoo/my-leads", "lead_pool_rep_keeps_a_lead", login="tour_rep")
        self.env.invalidate_all()
        self.assertEqual(
            lead.pool_event_ids.sorted("seq").mapped("kind"), ["entered", "claimed", "extended", "locked", "unlocked"]
        )


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestKeepingOnThePhone(TestKeeping):
    browser_size = "375x667"
    touch_enabled = True


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestDistribution(UiCase):
    """A manager makes a pool from a template and reads what its rules say; an admin asks why."""

    def test_manager_makes_a_pool_from_a_template(self):
        manager = self._user("tour_pools", "Tour Pools")
        manager.group_ids |= self.env.ref("lead_pool.group_manager")
        self.start_tour(
            "/odoo/action-lead_pool.lead_pool_action_config", "lead_pool_manager_makes_a_pool", login="tour_pools"
        )
        pool = self.env["lead.pool"].search([("name", "=", "Fairs")])
        self.assertEqual((pool.strategy, pool.first_contact_days), ("least_loaded", 1))

    def test_admin_asks_why(self):
        self.pool.strategy = "rotation"
        self.pool.with_user(self.admin).action_distribute(limit=1)
        self.env.invalidate_all()
        lead = self.leads.filtered("user_id")
        self.start_tour(f"/odoo/crm/{lead.id}", "lead_pool_admin_asks_why", login="tour_admin")


class SimulationUiCase(UiCase):
    """Two members, four leads that the pool gave out a moment ago."""

    def setUp(self):
        super().setUp()
        other = self._user("tour_other", "Tour Other")
        self.pool.write({"strategy": "rotation", "member_ids": [(0, 0, {"user_id": other.id})]})
        self.pool.with_user(self.admin).action_distribute()
        self.env.invalidate_all()


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestSimulation(SimulationUiCase):
    """An admin tries rules, reads what they would have done, and looks at what saving them would change."""

    def test_admin_simulates(self):
        self.start_tour(f"/odoo/lead.pool/{self.pool.id}", "lead_pool_admin_simulates", login="tour_admin")
        run = self.env["lead.pool.simulation"].search([("pool_id", "=", self.pool.id)])
        other = str(self.pool.member_ids.user_id.filtered(lambda user: user.login == "tour_other").id)
        before, after = (run.result[part]["members"][other]["leads"] for part in ("before", "after"))
        self.assertTrue(before)
        self.assertFalse(after)
        self.assertEqual(self.pool.member_ids.mapped("weight"), [1, 1])

    def test_admin_simulates_what_is_not_saved(self):
        version = self.pool.policy_id
        self.start_tour(f"/odoo/lead.pool/{self.pool.id}", "lead_pool_admin_simulates_unsaved", login="tour_admin")
        run = self.env["lead.pool.simulation"].search([("pool_id", "=", self.pool.id)])
        self.assertEqual(run.rules, {"settings": {"cooling_days": 4}})
        self.assertEqual((self.pool.cooling_days, self.pool.policy_id, self.pool.name), (0, version, "Tour Pool"))


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestSimulationOnThePhone(SimulationUiCase):
    """Its page can be read on the phone."""

    browser_size = "375x667"
    touch_enabled = True

    def test_admin_reads_a_simulation(self):
        self.pool.with_user(self.admin).action_simulate(7, {"member_ids": [{"user_id": "tour_other", "weight": 0}]})
        self.start_tour(
            "/odoo/action-lead_pool.lead_pool_simulation_action", "lead_pool_admin_reads_simulation", login="tour_admin"
        )


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestCustomFields(UiCase):
    """A manager makes three fields on the desktop."""

    def setUp(self):
        self.addCleanup(self.registry.reset_changes)
        self.addCleanup(self.registry.clear_all_caches)
        super().setUp()
        self.manager = self._user("tour_manager", "Tour Manager")
        self.manager.group_ids |= self.env.ref("lead_pool.group_manager")

    def test_manager_makes_three_fields_in_one_save(self):
        self.start_tour("/odoo/custom-fields", "lead_pool_manager_makes_fields", login="tour_manager")
        Lead, Order = self.env["crm.lead"], self.env["sale.order"]
        self.assertEqual(
            [value for value, _l in Lead._fields["x_lp_purchase_intent"].selection], ["high", "medium", "low"]
        )
        self.assertEqual(Lead._fields["x_lp_showroom_visit"].type, "date")
        self.assertEqual(
            (Lead._fields["x_lp_paid_in_full"].type, Order._fields["x_lp_paid_in_full"].type), ("boolean",) * 2
        )
        field = self.env["lead.custom.field"].search([("name", "=", "Paid in Full")])
        self.assertEqual(field.help_text, "The last instalment, too.")


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestCustomFieldsOnThePhone(UiCase):
    """A rep fills them on the phone."""

    browser_size = "375x667"
    touch_enabled = True

    def setUp(self):
        self.addCleanup(self.registry.reset_changes)
        self.addCleanup(self.registry.clear_all_caches)
        super().setUp()

    def test_rep_fills_what_the_manager_made(self):
        self.env["lead.custom.field"].create(
            [
                {
                    "name": "Purchase Intent",
                    "field_type": "selection",
                    "option_ids": [(0, 0, {"name": name}) for name in ("High", "Medium", "Low")],
                },
                {"name": "Paid in Full", "field_type": "boolean"},
            ]
        )
        lead = self._lead("Beijing")
        self.env["lead.pool.entry"].search([("lead_id", "=", lead.id)]).with_user(self.rep).action_claim()
        self.start_tour("/odoo/my-leads", "lead_pool_rep_fills_custom_fields", login="tour_rep")
        self.env.invalidate_all()
        self.assertEqual((lead.x_lp_purchase_intent, lead.x_lp_paid_in_full), ("high", True))


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestPhone(UiCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_rep_pulls_with_one_hand(self):
        self._pulls()

    def test_rep_claims_follows_up_and_returns(self):
        """ATK-46: after the return the back button shows nothing of the lead."""
        self.start_tour("/odoo/lead-pool", "lead_pool_rep_on_the_phone", login="tour_rep")
        lead = self._lead("Beijing")
        self.assertFalse(lead.user_id)
        self.assertEqual(lead.pool_state, "waiting")
        self.assertEqual(lead.follow_up_ids.note, "Wants the price list by Friday.")
        self.assertTrue(lead.follow_up_ids.counts)
        self.assertEqual(
            lead.pool_event_ids.sorted("seq").mapped("kind"), ["entered", "claimed", "follow_up", "returned"]
        )

    def test_rep_is_told_what_a_follow_up_still_needs(self):
        self.pool.write({"follow_up_min_length": 20, "follow_up_result_required": True})
        lead = self._lead("Beijing")
        self.env["lead.pool.entry"].search([("lead_id", "=", lead.id)]).with_user(self.rep).action_claim()
        self.start_tour("/odoo/my-leads", "lead_pool_rep_says_enough", login="tour_rep")
        self.env.invalidate_all()
        self.assertRecordValues(lead.follow_up_ids, [{"note": "Called him, wants a trial.", "counts": True}])


class ApprovalUiCase(UiCase):
    """The rep holds as many as he may, and finds one of them invalid."""

    def setUp(self):
        super().setUp()
        self.pool.invalid_approval = "all"
        held = (self._lead("Beijing") | self._lead("Tianjin")).pool_entry_ids.with_user(self.rep)
        held.action_claim()
        reason = self.env["lead.pool.reason"].search([("kind", "=", "invalid")], limit=1)
        self._lead("Beijing").pool_entry_ids.with_user(self.rep).action_mark_invalid(reason.id, note="A fax")

    def _ask_for_wuhan(self):
        self._lead("Wuhan").pool_entry_ids.with_user(self.rep).action_ask_over_capacity("They called me")


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestApprovals(ApprovalUiCase):
    def test_admin_approves_and_declines(self):
        self._ask_for_wuhan()
        self.start_tour("/odoo/lead-pool-approvals", "lead_pool_admin_decides", login="tour_admin")
        self.assertEqual(self._lead("Wuhan").user_id, self.rep)
        self.assertEqual(self._lead("Beijing").pool_state, "held")
        request = self.env["lead.pool.approval"].search([("kind", "=", "invalid")])
        self.assertEqual((request.state, request.decision_note), ("declined", "I reached them today"))


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestApprovalsOnThePhone(ApprovalUiCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_admin_approves(self):
        self._ask_for_wuhan()
        self.start_tour("/odoo/lead-pool-approvals", "lead_pool_admin_decides_on_the_phone", login="tour_admin")
        self.assertEqual(self._lead("Beijing").pool_state, "invalid")
        self.assertEqual(self._lead("Wuhan").pool_state, "waiting")

    def test_rep_asks_for_one_more_lead(self):
        self.start_tour("/odoo/lead-pool", "lead_pool_rep_asks_on_the_phone", login="tour_rep")
        request = self.env["lead.pool.approval"].search([("kind", "=", "over_capacity")])
        self.assertEqual((request.state, request.note, request.user_id), ("open", "They called me", self.rep))


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestComponents(HttpCase):
    """The Hoot tests of our own components, and of nobody else's."""

    suite = "@lead_pool"

    def test_components_on_the_desktop(self):
        self._hoot("desktop")

    def _hoot(self, preset):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset={preset}&timeout=15000&id={self._job(self.suite)}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )

    @staticmethod
    def _job(name):
        """Hoot's id of a suite: a 32-bit hash of its name."""
        number = 0
        for character in name:
            number = ((number << 5) - number + ord(character)) & 0xFFFFFFFF
        return f"{number:08x}"


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestComponentsOnThePhone(TestComponents):
    browser_size = "375x667"
    touch_enabled = True

    def test_components_on_the_desktop(self):
        """The same suite on the phone's preset."""
        self._hoot("mobile")


class ReclaimUiCase(UiCase):
    def _edit_a_rule(self):
        entry = self.env["lead.pool.entry"].search([("lead_id", "=", self.leads[0].id)])
        entry.with_user(self.rep).action_claim()
        self.start_tour(f"/odoo/lead-pools/{self.pool.id}", "lead_pool_admin_edits_a_reclaim_rule", login="tour_admin")
        self.env.invalidate_all()
        self.assertRecordValues(self.pool.reclaim_rule_ids, [{"no_follow_up_days": 1, "destination": "next"}])
        self.assertTrue(self.pool.deadlines_stale)


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestReclaim(ReclaimUiCase):
    def test_an_admin_reads_what_a_rule_would_do_before_he_saves_it(self):
        self._edit_a_rule()

    def test_an_admin_decides_about_many_leads_on_the_form_of_the_pool(self):
        entries = self.env["lead.pool.entry"].search([("lead_id", "in", self.leads[:2].ids)])
        entries.with_user(self.rep).action_claim()
        self.pool.reclaim_most = 1
        self.env.flush_all()
        self.env.cr.execute("UPDATE lead_pool_entry SET reclaim_at = '2020-01-01' WHERE id = ANY(%s)", [entries.ids])
        self.env.invalidate_all()
        self.env["lead.pool.entry"]._reclaim_due()
        self.start_tour(f"/odoo/lead-pools/{self.pool.id}", "lead_pool_admin_decides_a_storm", login="tour_admin")
        self.env.invalidate_all()
        self.assertEqual(self.pool.held_count, 1)


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestReclaimOnThePhone(ReclaimUiCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_an_admin_reads_what_a_rule_would_do_before_he_saves_it(self):
        self._edit_a_rule()


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestImporting(UiCase):
    """Marketing brings a file: looks before, imports, takes the rest home."""

    def test_marketing_imports_a_file(self):
        marketing = self._user("tour_marketing", "Tour Marketing")
        marketing.group_ids = self.env.ref("lead_pool.group_marketing")
        self.start_tour("/odoo/import-leads", "lead_pool_marketing_imports", login="tour_marketing")
        self.env.invalidate_all()
        run = self.env["lead.pool.import"].search([("user_id", "=", marketing.id)])
        self.assertEqual((run.file_name, run.state), ("fair.csv", "waiting"))
        while run.job_id.state in ("waiting", "running"):
            run.job_id._work()
            self.env.flush_all()
        self.start_tour(f"/odoo/import-leads/{run.id}", "lead_pool_marketing_reads_the_result", login="tour_marketing")
        response = self.url_open(f"/lead_pool/import/{run.id}/rest")
        self.assertEqual(response.status_code, 200)
        self.assertIn("spreadsheetml", response.headers["Content-Type"])
