from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestPhoneOrigin(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hebei = cls.env.ref("base.state_cn_HE")

    def test_a_new_lead_says_where_its_number_comes_from(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": phone, "phone": phone}
                for phone in ("+86 138 3251 2345", "+1 415 555 2671", "+86 199 1234 5678", "n/a")
            ]
        )
        self.assertRecordValues(
            leads,
            [
                {"phone_region": "河北省唐山市", "phone_carrier": "中国移动", "phone_state_id": self.hebei.id},
                {"phone_region": "San Francisco, CA", "phone_carrier": False,
                 "phone_state_id": self.env.ref("base.state_us_5").id},
                {"phone_region": False, "phone_carrier": "中国电信", "phone_state_id": False},
                {"phone_region": False, "phone_carrier": False, "phone_state_id": False},
            ],
        )  # fmt: skip
        self.assertFalse(any(leads.mapped("state_id")), "an address is never guessed")
        leads[0].phone = "+86 10 6552 9988"
        self.assertEqual((leads[0].phone_region, leads[0].phone_carrier), ("北京市", False))

    def test_it_routes_a_lead_and_a_masked_pool_may_show_it(self):
        rule = {"pool_id": self.pool.id, "domain": [("phone_state_id", "=", self.hebei.id)]}
        self.env["lead.pool.entry.rule"].create({**rule, "domain": repr(rule["domain"]), "active": True})
        names = ("phone_state_id", "phone_region", "phone_carrier")
        self.pool.open_field_ids |= self.env["lead.pool.open.field"].search([("field_name", "in", names)])
        values = {"name": "From a form", "phone": "+86 138 3251 2345"}
        lead = self.env["crm.lead"].with_context(lead_pool_channel="website").create({**values, "user_id": False})
        entry = lead.pool_entry_ids
        self.assertEqual(entry.pool_id, self.pool)
        self.assertEqual(entry.open_values["phone_region"], "河北省唐山市")
        self.assertEqual(entry.open_values["phone_carrier"], "中国移动")
        self.assertNotIn("3251", str(entry.open_values))
        lead.phone = "+86 10 6552 9988"
        entry.invalidate_recordset()
        self.assertEqual(entry.open_values["phone_region"], "北京市")

    def test_many_leads_cost_no_query_each(self):
        leads = self.env["crm.lead"].create(
            [{"name": str(number), "phone": f"+86 138 3251 {number:04d}"} for number in range(20)]
        )
        self.env.flush_all()
        numbers = leads.mapped("phone_sanitized")
        self.env["crm.lead"]._states_of("CN")
        with self.assertQueryCount(0):
            origins = [leads._phone_origin(number) for number in numbers]
        self.assertEqual(origins, [("河北省唐山市", "中国移动", self.hebei.id)] * 20)

    def test_existing_leads_are_gone_through_when_a_manager_asks(self):
        leads = self._leads(3) | self._leads(1, phone="n/a")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET phone_region = NULL, phone_carrier = NULL, phone_state_id = NULL, "
            "write_date = '2026-01-01'"
        )
        leads.invalidate_recordset()
        with self.assertRaises(AccessError):
            self.env["lead.pool"].with_user(self.li).action_guess_regions()
        Pool = self.env["lead.pool"].with_user(self.manager)
        job = self.env["lead.pool.job"].browse(Pool.action_guess_regions())
        self.assertEqual(Pool.action_guess_regions(), job.id, "one at a time")
        self._work(job)
        leads.invalidate_recordset()
        self.assertEqual(leads[:3].mapped("phone_carrier"), ["中国移动"] * 3)
        self.assertFalse(leads[3].phone_carrier)
        self.assertEqual(set(leads.mapped("write_date")), {leads[0].write_date}, "nothing else of a lead changed")

    def test_a_wrong_number_is_flagged_found_and_routed(self):
        domain = "[('phone_state', '=', 'incorrect')]"
        self.env["lead.pool.entry.rule"].create({"pool_id": self.pool.id, "domain": domain, "active": True})
        Lead = self.env["crm.lead"].with_context(lead_pool_channel="website")
        wrong, right = Lead.create(
            [{"name": phone, "phone": phone, "user_id": False} for phone in ("+86 123", "+86 138 3251 2345")]
        )
        self.assertEqual((wrong.phone, wrong.pool_id), ("+86 123", self.pool))
        self.assertFalse(right.pool_id)
