from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestIntake(LeadPoolCase):
    def test_without_any_pool_nothing_changes(self):
        self.env["lead.pool"].with_context(active_test=False).search([]).unlink()
        lead = self.env["crm.lead"].with_user(self.li).create({"name": "Plain"})
        self.assertRecordValues(lead, [{"user_id": self.li.id, "pool_id": False, "pool_state": "none"}])
        self.assertFalse(self.env["lead.pool.entry"].search([]))
        orphan = self.env["crm.lead"].create({"name": "Nobody's", "user_id": False})
        self.assertEqual(orphan.with_user(self.wang).name, "Nobody's")

    def test_marketing_drops_leads_into_a_pool_with_no_owner(self):
        lead = self.env["crm.lead"].with_user(self.marketing).create({"name": "Fair", "pool_id": self.pool.id})
        self.assertRecordValues(lead.sudo(), [{"user_id": False, "team_id": self.team.id, "pool_state": "waiting"}])
        self.assertEqual(lead.read(["name"])[0]["name"], "Fair")
        self._claim(self.li, lead)
        with self.assertRaises(AccessError):
            lead.with_user(self.marketing).read(["name"])
        self._balance()

    def test_a_form_default_owner_does_not_keep_the_lead_out_of_the_pool(self):
        form = Form(self.env["crm.lead"].with_user(self.manager))
        form.name = "From the form"
        form.pool_id = self.pool
        lead = form.save()
        self.assertRecordValues(lead.sudo(), [{"user_id": False, "pool_state": "waiting"}])

    def test_a_rep_makes_his_own_lead(self):
        Lead = self.env["crm.lead"].with_user(self.li)
        lead = Lead.create({"name": "Mine"})
        self.assertRecordValues(lead, [{"user_id": self.li.id, "pool_state": "none"}])
        self.env["lead.pool.rep"]._ensure({(self.li.id, self.company.id)})
        rep = self.env["lead.pool.rep"].search([("user_id", "=", self.li.id)])
        rep.default_pool_id = self.pool
        self._member(self.li).capacity = 1
        held = Lead.create([{"name": "Mine 2"}, {"name": "Mine 3"}])
        self.assertEqual(held.mapped("pool_state"), ["held", "held"])
        holdings = self.env["lead.pool.holding"].search([("lead_id", "in", held.ids)], order="id")
        self.assertEqual(holdings.mapped("over_capacity"), [False, True])
        self.assertTrue(self._member(self.li).over_capacity)
        self._balance()

    def test_a_rep_does_not_put_leads_into_a_pool(self):
        with self.assertRaises(AccessError):
            self.env["crm.lead"].with_user(self.li).create(
                {"name": "Into the pool", "pool_id": self.pool.id, "user_id": False}
            )

    def test_the_owner_given_with_a_pool_must_be_its_member_for_the_caller(self):
        lead = (
            self.env["crm.lead"]
            .with_user(self.manager)
            .create({"name": "Given", "pool_id": self.pool.id, "user_id": self.li.id})
        )
        self.assertRecordValues(lead, [{"pool_state": "held", "user_id": self.li.id}])

    def test_entry_conditions_route_in_order_and_the_event_says_so(self):
        south = self._pool("South")
        Rule = self.env["lead.pool.entry.rule"]
        Rule.create({"name": "Guangdong", "pool_id": south.id, "domain": "[('city', '=', 'Shenzhen')]", "sequence": 1})
        Rule.create({"name": "Rest", "pool_id": self.pool.id, "domain": "[]", "sequence": 2})
        leads = (
            self.env["crm.lead"]
            .with_user(self.marketing)
            .create([{"name": "A", "city": "Shenzhen"}, {"name": "B", "city": "Harbin"}])
        )
        self.assertEqual(leads.sudo().pool_id.mapped("name"), ["South", "Beijing"])
        event = self.env["lead.pool.event"].search([("lead_ref", "=", leads[1].id)])
        self.assertEqual(event.detail["tried"], ["Guangdong"])
        self.assertEqual(event.detail["rule"], "Rest")
        self._balance()

    def test_the_default_pool_takes_what_no_condition_wants(self):
        Lead = self.env["crm.lead"].with_user(self.marketing)
        self.assertEqual(Lead.create({"name": "Nowhere"}).sudo().pool_state, "none")
        self.company.lead_pool_default_id = self.pool
        self.assertEqual(Lead.create({"name": "Default"}).sudo().pool_id, self.pool)

    def test_odoos_import_with_the_pool_as_a_column(self):
        Lead = self.env["crm.lead"].with_user(self.marketing).with_context(import_file=True)
        result = Lead.load(
            ["name", "phone", "pool_id"], [["Row 1", "+86 13800001111", "Beijing"], ["Row 2", "not a phone", "Beijing"]]
        )
        self.assertFalse(result["messages"])
        leads = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual(leads.mapped("pool_state"), ["waiting", "waiting"])
        self.assertFalse(leads.user_id)
        self.assertEqual(leads[1].phone, "not a phone", "a bad phone is flagged, never dropped")
        self._balance()

    def test_an_import_is_all_or_nothing_with_a_sentence(self):
        Lead = self.env["crm.lead"].with_user(self.marketing).with_context(import_file=True)
        before = self.env["crm.lead"].search_count([])
        wrong_pool = Lead.load(["name", "pool_id"], [["Row 1", "Beijing"], ["Row 2", "Atlantis"]])
        self.assertIn("Atlantis", wrong_pool["messages"][0]["message"])
        no_name = Lead.load(["name", "pool_id"], [["Row 1", "Beijing"], ["", "Beijing"]])
        self.assertTrue(no_name["messages"][0]["message"])
        self.assertEqual(self.env["crm.lead"].search_count([]), before)
        self._balance()

    def test_a_mail_waits_in_the_pool_and_not_with_the_team_leader(self):
        self.team.user_id = self.zhao
        self.company.lead_pool_default_id = self.pool
        lead = self.env["crm.lead"].message_new(
            {"subject": "Question", "from": "customer@example.com", "author_id": False}, {"team_id": self.team.id}
        )
        self.assertRecordValues(lead, [{"user_id": False, "pool_state": "waiting", "pool_id": self.pool.id}])

    def test_bad_pools_are_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        Lead = self.env["crm.lead"].with_user(self.manager)
        with self.assertRaises(ValidationError):
            Lead.create({"name": "X", "pool_id": self.pool.id, "company_id": other.id})
        empty = self._pool("Empty")
        empty.active = False
        with self.assertRaises(UserError):
            Lead.create({"name": "X", "pool_id": empty.id})
