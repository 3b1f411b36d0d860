from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .test_custom_fields import CustomFieldCase


@tagged("post_install", "-at_install")
class TestMapping(CustomFieldCase):
    """An admin's fields find their place by themselves, and a rep converts."""

    def _propose(self):
        return self.env["lead.pool.mapping"]._propose()

    def _row(self, field, goes_to="company"):
        return self.env["lead.pool.mapping"].search([("lead_field", "=", field), ("goes_to", "=", goes_to)])

    # proposed -------------------------------------------------------------------------------------

    def test_a_field_on_leads_and_customers_is_mapped_without_anybodys_work(self):
        self._intent(on_order=True)
        rows = self.env["lead.pool.mapping"].search([("lead_field", "=", "x_lp_intent")])
        self.assertEqual(
            rows.mapped(lambda row: (row.goes_to, row.target_field, row.use, row.may_lose)),
            [("company", "x_lp_intent", True, False), ("order", "x_lp_intent", True, False)],
        )
        self.assertIn("same technical name", rows[0].why)
        self.assertFalse(self._row("x_lp_intent", "opportunity"))

    def test_options_are_translated_by_their_labels_and_losses_are_named(self):
        self._intent(on_customer=False)
        self._make(
            {
                "name": "Intention",
                "field_type": "selection",
                "option_ids": [Command.create({"name": name}) for name in ("high", "LOW")],
                "on_lead": False,
                "on_customer": True,
            }
        )
        row = self._row("x_lp_intent", "opportunity")
        row.with_user(self.manager).write({"goes_to": "company", "target_field": "x_lp_intention"})
        self.assertEqual((row.origin, row.may_lose), ("chosen", "an option that is not there"))
        lead = self._held(self.li, partner_name="Galaxy")
        options = {option.name: option.value for option in self.Field.search([("name", "=", "Intent")]).option_ids}
        twins = {option.name: option.value for option in self.Field.search([("name", "=", "Intention")]).option_ids}
        lead.x_lp_intent = options["Low"]
        lead.with_user(self.li).action_convert({})
        self.assertEqual(lead.partner_id.parent_id.x_lp_intention, twins["LOW"])

    def test_a_missing_field_is_made_on_request(self):
        self._make({"name": "Model", "field_type": "text"})
        for name, target in (("x_lp_model", "x_lp_model"), ("wechat", "x_lp_wechat")):
            self._row(name, "opportunity").with_user(self.manager).button_make_twin()
            self.assertEqual(self._row(name).target_field, target)
            self.assertFalse(self._row(name, "opportunity"))

    def test_what_an_admin_chose_stays_when_fields_come_and_go(self):
        self._intent()
        row = self._row("x_lp_intent")
        row.with_user(self.manager).use = False
        self._make({"name": "Budget", "field_type": "amount", "on_customer": True})
        self.assertFalse(row.use)
        self.assertTrue(self._row("x_lp_budget").use)
        self.Field.search([("technical_name", "=", "x_lp_intent")]).on_customer = False
        self.assertIn("not there any more", row.problem)
        self.assertEqual(row.why, row.problem, "the list says it, too")
        with self.assertRaises(ValidationError):
            row.with_user(self.manager).write({"target_field": "vat", "goes_to": "order"})

    def test_a_proposal_that_changes_is_still_a_proposal(self):
        self._make({"name": "Model", "field_type": "text", "on_customer": True})
        row = self._row("x_lp_model")
        self.env["lead.pool.mapping"].browse(row.id).write({"use": False, "origin": "proposed"})
        self._propose()
        self.assertEqual((row.use, row.origin, row.checked), (True, "proposed", False))

    def test_two_values_cannot_go_to_one_place(self):
        self._make({"name": "Model", "field_type": "text"}, {"name": "Code", "field_type": "text", "on_customer": True})
        row = self._row("x_lp_model", "opportunity").with_user(self.manager)
        with self.assertRaisesRegex(ValidationError, "gets “Code” already"):
            row.write({"goes_to": "company", "target_field": "x_lp_code", "use": True})
        with self.assertRaisesRegex(ValidationError, "different things"):
            row.write({"goes_to": "order", "target_field": "tag_ids"})

    def test_a_pool_has_its_own_mapping_that_its_admin_changes(self):
        self._make({"name": "Model", "field_type": "text", "on_customer": True})
        with self.assertRaises(AccessError):
            self._row("x_lp_model").with_user(self.admin).use = False
        self.env["lead.pool.mapping"].with_user(self.admin).create(
            {
                "lead_field": "x_lp_model",
                "goes_to": "company",
                "target_field": "x_lp_model",
                "pool_id": self.pool.id,
                "use": False,
            }
        )
        here = self._held(self.li, x_lp_model="A1", partner_name="Here")
        there = self._held(
            self.li,
            x_lp_model="A2",
            partner_name="There",
            pool=self.open_pool,
            phone=False,
            email_from="a@there.example",
        )
        for lead in here + there:
            lead.with_user(self.li).action_convert({})
        self.assertEqual([lead.partner_id.parent_id.x_lp_model for lead in here + there], [False, "A2"])
        with self.assertRaises(AccessError):
            self.env["lead.pool.mapping"].with_user(self.li).search([])

    def test_managers_are_told_once_of_fields_that_changed(self):
        Mapping = self.env["lead.pool.mapping"]
        Mapping._cron_guard()
        self._make({"name": "Model", "field_type": "text", "on_customer": True})
        row = self._row("x_lp_model").with_user(self.manager)
        row.button_agree()
        self.Field.search([("technical_name", "=", "x_lp_model")]).on_customer = False
        told = self.env["mail.message"].search_count([("subject", "like", "Fields have changed")])
        Mapping._cron_guard()
        Mapping._cron_guard()
        messages = self.env["mail.message"].search([("subject", "like", "Fields have changed")])
        self.assertEqual(len(messages), told + len(self.env.ref("lead_pool.group_manager").all_user_ids))
        self.assertIn("not there any more", messages[0].body)

    # carried --------------------------------------------------------------------------------------

    def test_every_value_of_a_lead_lands_where_the_sheet_says(self):
        fields_ = self._one_of_each()
        fields_[-1].name = "Ways"  # Odoo has channels of customers
        for field in fields_:
            field.write({"on_customer": True, "on_order": True})
        intent, channels = fields_[-2], fields_[-1]
        values = {
            "x_lp_model": "X-1",
            "x_lp_remarks": "two\nlines",
            "x_lp_rooms": 3,
            "x_lp_area": 88.5,
            "x_lp_budget": 120000.0,
            "x_lp_moving_in": "2026-05-01",
            "x_lp_visit": "2026-04-01 10:00:00",
            "x_lp_paid": True,
            "x_lp_referrer": self.env["res.partner"].create({"name": "Referrer"}).id,
            "x_lp_intent": intent.option_ids[0].value,
            "x_lp_channels": [Command.set(channels.option_ids[:2].ids)],
        }
        lead = self._held(self.li, partner_name="Galaxy", company_registry_code="91310000MA1FL1AB3C", **values)
        seen = lead.with_user(self.li)
        Partner = self.env["res.partner"]
        landings = seen._landings(Partner, Partner, with_order=True)
        answer = seen.action_convert({"create_order": True})
        company, order = lead.partner_id.parent_id, self.env["sale.order"].browse(answer["order_id"])
        for name in values:
            for record in (company, order):
                self.assertEqual(record[name], lead[name], name)
        self.assertEqual(company.vat, "91310000MA1FL1AB3C")
        announced = {(one.lead_field, one.goes_to) for one in landings if one.outcome == "new"}
        self.assertLessEqual({(name, place) for name in values for place in ("company", "order")}, announced)
        self.assertFalse([one for one in landings if one.outcome == "lost"])
        self._balance()

    def test_an_existing_customer_is_found_and_only_filled(self):
        self._make({"name": "Model", "field_type": "text", "on_customer": True})
        company = self.env["res.partner"].create(
            {"name": "北京星河科技有限公司", "is_company": True, "city": "Beijing", "x_lp_model": "Theirs"}
        )
        person = self.env["res.partner"].create({"name": "Chen", "parent_id": company.id, "phone": "+86 139 1111 2222"})
        lead = self._held(
            self.li, contact_name="Chen", partner_name="北京星河科技", phone="+86 139 1111 2222",
            email_from="chen@xinghe.example", function="Buyer", street="Street 1", city="Shanghai",
            website="https://xinghe.example", x_lp_model="Ours",
        )  # fmt: skip
        seen = lead.with_user(self.li)
        landings = {(one.goes_to, one.target_field): one for one in seen._landings(*seen._existing_customer())}
        self.assertEqual(landings["company", "x_lp_model"].outcome, "keeps")
        self.assertEqual(landings["company", "x_lp_model"].there, "Theirs")
        self.assertEqual(landings["contact", "function"].outcome, "fills")
        count = self.env["res.partner"].search_count([])
        seen.action_convert({})
        self.assertEqual(lead.partner_id, person)
        self.assertEqual(self.env["res.partner"].search_count([]), count)
        self.assertRecordValues(
            person, [{"function": "Buyer", "email": "chen@xinghe.example", "phone": "+86 139 1111 2222"}]
        )
        self.assertRecordValues(
            company,
            [
                {
                    "x_lp_model": "Theirs",
                    "city": "Beijing",
                    "street": False,
                    "website": "https://xinghe.example",
                    "function": False,
                    "phone": False,
                }
            ],
        )
        self.assertNotIn(("company", "phone"), landings)

    def test_a_new_contact_at_a_known_company(self):
        company = self.env["res.partner"].create({"name": "Blue Sea Trading Ltd", "is_company": True})
        lead = self._held(self.li, contact_name="Wu", partner_name="Blue Sea Trading", phone="+86 137 3333 4444",
                          email_from="wu@bluesea.example")  # fmt: skip
        lead.with_user(self.li).action_convert({})
        self.assertEqual((lead.partner_id.name, lead.partner_id.parent_id), ("Wu", company))

    def test_products_of_interest_become_lines_of_the_quotation(self):
        course = self.env["product.template"].create({"name": "Course", "list_price": 100, "sale_ok": True})
        gone = self.env["product.template"].create({"name": "Gone", "sale_ok": False})
        lead = self._held(self.li, partner_name="School", product_interest_ids=[Command.set((course | gone).ids)])
        order = self.env["sale.order"].browse(
            lead.with_user(self.li).action_convert({"create_order": True})["order_id"]
        )
        self.assertEqual(order.order_line.product_id.product_tmpl_id, course)
        self.assertEqual(order.amount_untaxed, 100)

    # bad input ------------------------------------------------------------------------------------

    def test_a_customer_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.env["res.partner"].create({"name": "Theirs", "company_id": other.id})
        lead = self._held(self.li, company_id=self.company.id)
        with self.assertRaisesRegex(UserError, "is a customer of Elsewhere"):
            lead._check_customer(stranger)
        with self.assertRaises(AccessError):
            lead.with_user(self.li).action_convert({"partner_id": stranger.id})
        self.assertFalse(lead.partner_id)
        stranger.write({"phone": lead.phone, "email": lead.email_from})
        seen = lead.with_user(self.manager)
        self.manager.write({"company_ids": [Command.link(other.id)]})
        seen = seen.with_context(allowed_company_ids=(self.company + other).ids)
        self.assertEqual(
            seen._existing_customer(), (stranger.browse(), stranger.browse()), "he reads both, and it is none"
        )

    def test_odoos_own_ways_carry_the_same(self):
        self._make({"name": "Model", "field_type": "text", "on_customer": True, "on_order": True})
        lead = self._held(self.li, type="lead", partner_name="Wizard", x_lp_model="W")
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.li)
            .with_context(active_model="crm.lead", active_id=lead.id, active_ids=lead.ids)
            .create({"name": "convert", "action": "create"})
        )
        wizard.action_apply()
        self.assertEqual(lead.partner_id.parent_id.x_lp_model, "W")
        action = lead.with_user(self.li).action_new_quotation()
        self.assertEqual(action["context"]["default_x_lp_model"], "W")
        alone = self.env["res.partner"].create({"name": "Alone"})
        ordered = self._held(self.li, partner_id=alone.id, partner_name="Firm", x_lp_model="O")
        self.env["sale.order"].with_user(self.li).create(
            {"partner_id": alone.id, "opportunity_id": ordered.id}
        ).action_confirm()  # fmt: skip
        self.assertEqual((alone.x_lp_model, ordered.partner_name), ("O", "Firm"))
        partner = self.env["res.partner"].create({"name": "Empty"})
        other = self._held(self.li, type="lead", partner_name=False, partner_id=partner.id, x_lp_model="K")
        other.with_user(self.li).convert_opportunity(partner)
        self.assertEqual(partner.x_lp_model, "K")

    def test_what_was_talked_about_is_reached_from_customer_and_order(self):
        lead = self._held(self.li, partner_name="Galaxy")
        call = self.env.ref("lead_pool.follow_up_type_call").id
        said = {"type_id": call, "result": "reached", "note": "Wants an offer for twenty seats"}
        lead.with_user(self.li).action_follow_up(said)
        answer = lead.with_user(self.li).action_convert({"create_order": True})
        order = self.env["sale.order"].browse(answer["order_id"])
        for record in (lead.partner_id, lead.partner_id.parent_id, order):
            seen = record.with_user(self.li)
            self.assertEqual(seen.follow_up_count, 1)
            self.assertEqual(self.env["lead.follow.up"].search(seen.button_follow_ups()["domain"]).lead_id, lead)

    # undone ---------------------------------------------------------------------------------------

    def test_an_admin_undoes_a_conversion_and_nothing_of_it_stays(self):
        lead = self._held(self.li, type="lead", partner_name="Galaxy")
        seen = lead.with_user(self.li)
        answer = seen.action_convert({"create_order": True})
        order, company = self.env["sale.order"].browse(answer["order_id"]), lead.partner_id.parent_id
        person = lead.partner_id
        with self.assertRaisesRegex(AccessError, "admin"):
            seen.action_undo_conversion()
        lead.with_user(self.admin).action_undo_conversion()
        self.env.invalidate_all()
        self.assertFalse([record for record in (order, person, company) if record.exists()])
        self.assertRecordValues(
            lead,
            [
                {
                    "type": "lead",
                    "partner_id": False,
                    "pool_state": "held",
                    "user_id": self.li.id,
                    "date_conversion": False,
                }
            ],
        )
        self._balance()
        seen.action_convert({})
        self.env.invalidate_all()
        self.assertEqual(lead.pool_state, "converted")
        self._balance()

    def test_an_undo_keeps_what_somebody_worked_on(self):
        partner = self.env["res.partner"].create({"name": "Chen", "phone": "+86 139 1111 2222"})
        lead = self._held(self.li, contact_name="Chen", phone="+86 139 1111 2222", function="Buyer", city="Xi'an")
        lead.with_user(self.li).action_convert({"create_order": True})
        self.assertEqual(lead.partner_id, partner)
        partner.function = "Head of Purchasing"
        answer = lead.with_user(self.admin).action_undo_conversion()
        self.assertEqual(answer["kept"], ["Chen (Job Position)"])
        self.assertRecordValues(
            partner, [{"function": "Head of Purchasing", "city": False, "phone": "+86 139 1111 2222"}]
        )

    def test_a_confirmed_order_or_another_way_cannot_be_undone(self):
        lead, other = self._held(self.li, 2)
        answer = lead.with_user(self.li).action_convert({"create_order": True})
        self.env["sale.order"].browse(answer["order_id"]).action_confirm()
        with self.assertRaisesRegex(UserError, "confirmed|won"):
            lead.with_user(self.admin).action_undo_conversion()
        with self.assertRaisesRegex(UserError, "no conversion"):
            other.with_user(self.admin).action_undo_conversion()

    # many -----------------------------------------------------------------------------------------

    def test_many_at_once_each_with_its_result(self):
        good, won, other = self._held(self.li, 3)
        for number, lead in enumerate(good + won + other):
            lead.write({"phone": f"+86 136 0000 000{number}", "email_from": f"n{number}@many.example"})
        won.with_user(self.li).action_set_won()
        wizard = (
            self.env["lead.pool.convert.many"]
            .with_user(self.li)
            .create({"lead_ids": [Command.set((good + won + other).ids)], "create_order": True})
        )
        wizard.action_convert()
        self.assertEqual(wizard.done_text, "2 of 3 leads are converted.")
        by_lead = {result.lead_id: result for result in wizard.result_ids}
        self.assertEqual([by_lead[lead].done for lead in (good, won, other)], [True, False, True])
        self.assertTrue(by_lead[won].message)
        self.assertEqual(by_lead[good].order_id.opportunity_id, good)
        self.assertFalse(won.partner_id)
        self._balance()
        with self.assertRaisesRegex(UserError, "too many"):
            self.env["crm.lead"].browse(range(1, 500)).action_convert_many({})

    def test_two_leads_of_one_company_in_one_go_are_one_customer(self):
        leads = self._held(self.li, 2, partner_name="Same Company Ltd", phone=False)
        for number, lead in enumerate(leads):
            lead.write({"contact_name": f"Person {number}", "email_from": f"p{number}@same.example"})
        leads.with_user(self.li).action_convert_many({})
        self.assertEqual(len(leads.partner_id), 2)
        self.assertEqual(leads.partner_id.parent_id.mapped("name"), ["Same Company Ltd"])
