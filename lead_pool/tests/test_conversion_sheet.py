from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .test_custom_fields import CustomFieldCase


@tagged("post_install", "-at_install")
class TestConversionSheet(CustomFieldCase):
    """What the sheet says is what is done, for the rep who does it."""

    def _dialog(self, lead):
        return Form(self.env["lead.pool.convert"].with_user(self.li).with_context(default_lead_id=lead.id))

    @staticmethod
    def _outcomes(sheet):
        return {(place["place"], row["field"]): row for place in sheet["places"] for row in place["rows"]}

    def _row(self, field, goes_to="company"):
        return self.env["lead.pool.mapping"].search([("lead_field", "=", field), ("goes_to", "=", goes_to)])

    # who the customer is --------------------------------------------------------------------------

    def test_a_known_company_is_chosen_and_the_dialog_says_why(self):
        company = self.env["res.partner"].create({"name": "Blue Sea Trading Ltd", "is_company": True})
        lead = self._held(self.li, contact_name="Wu", partner_name="Blue Sea Trading", city="Ningbo")
        with self._dialog(lead) as dialog:
            self.assertEqual((dialog.customer, dialog.partner_id), ("contact", company))
            self.assertEqual(
                dialog.found_words,
                "“Blue Sea Trading Ltd” is a customer already, with the same company name. “Wu” becomes its contact.",
            )
            rows = self._outcomes(dialog.sheet)
            self.assertEqual(rows["company", "city"]["outcome"], "fills")
            self.assertEqual(rows["contact", "contact_name"]["outcome"], "new")
        dialog.record.action_convert()
        self.assertEqual((lead.partner_id.name, lead.partner_id.parent_id), ("Wu", company))
        self.assertEqual(company.city, "Ningbo")

    def test_who_wants_a_second_customer_gets_one(self):
        company = self.env["res.partner"].create({"name": "Blue Sea Trading Ltd", "is_company": True})
        lead = self._held(self.li, contact_name="Wu", partner_name="Blue Sea Trading", city="Ningbo")
        with self._dialog(lead) as dialog:
            dialog.customer = "create"
            self.assertIn("A second one will be made", dialog.found_words)
            self.assertEqual(self._outcomes(dialog.sheet)["company", "city"]["outcome"], "new")
        dialog.record.action_convert()
        self.assertNotEqual(lead.partner_id.parent_id, company)
        self.assertEqual(lead.partner_id.parent_id.name, "Blue Sea Trading")
        self.assertFalse(company.city)

    def test_a_contact_is_added_to_another_company_that_is_chosen(self):
        other = self.env["res.partner"].create({"name": "Holding", "is_company": True})
        lead = self._held(self.li, contact_name="Wu", partner_name="Daughter")
        with self.assertRaisesRegex(UserError, "“Adam” is a person"):
            lead.with_user(self.li).action_convert({"parent_id": self.env["res.partner"].create({"name": "Adam"}).id})
        lead.with_user(self.li).action_convert({"parent_id": other.id})
        self.assertEqual((lead.partner_id.name, lead.partner_id.parent_id), ("Wu", other))
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Daughter")]))

    def test_a_customer_whom_the_rep_may_not_change_is_not_said_to_be_filled(self):
        self.env["ir.rule"].create(
            {
                "name": "Key accounts are changed by their managers",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": "[('ref', '!=', 'KEY')]",
                "perm_read": False,
                "perm_create": False,
                "perm_unlink": False,
            }
        )
        person = self.env["res.partner"].create({"name": "Chen", "phone": "+86 139 1111 2222", "ref": "KEY"})
        lead = self._held(self.li, contact_name="Chen", phone="+86 139 1111 2222", function="Buyer")
        with self._dialog(lead) as dialog:
            self.assertEqual((dialog.customer, dialog.partner_id), ("existing", person))
            row = self._outcomes(dialog.sheet)["contact", "function"]
            self.assertEqual((row["outcome"], row["loss"]), ("lost", "you may not change this customer"))
        dialog.record.action_convert()
        self.assertEqual((lead.partner_id, person.function), (person, False))
        written = self.env["lead.pool.conversion"].search([("lead_ref", "=", lead.id)])
        self.assertEqual((written.filled, written.lost_count > 0), (False, True))

    # options --------------------------------------------------------------------------------------

    def test_an_admin_pairs_options_one_by_one(self):
        self._intent(on_customer=False)
        options = [Command.create({"name": name}) for name in ("high", "Cold")]
        there = {"on_lead": False, "on_customer": True}
        self._make({"name": "Intention", "field_type": "selection", "option_ids": options, **there})
        row = self._row("x_lp_intent", "opportunity").with_user(self.manager)
        row.write({"goes_to": "company", "target_field": "x_lp_intention"})
        high, medium, low = self.Field.search([("name", "=", "Intent")]).option_ids.mapped("value")
        hot, cold = self.Field.search([("name", "=", "Intention")]).option_ids.mapped("value")
        self.assertEqual([one["twin"] for one in row.option_table["rows"]], [hot, None, None])
        self.assertEqual((row.unpaired, row.may_lose), ("Medium, Low", "an option that is not there"))
        with Form(row) as form:
            table = form.option_table
            table["rows"][2]["twin"] = cold
            form.option_table = table
        self.assertEqual((row.origin, row.unpaired), ("chosen", "Medium"))
        table = row.option_table
        table["rows"][1]["twin"] = "lukewarm"
        with self.assertRaisesRegex(UserError, "not there any more"):
            row.option_table = table
        leads = self._held(self.li, 3, partner_name=False)
        for number, (lead, value) in enumerate(zip(leads, (high, medium, low), strict=True)):
            lead.write({"x_lp_intent": value, "partner_name": f"Firm {number}"})
            lead.with_user(self.li).action_convert({})
        self.assertEqual([lead.partner_id.parent_id.x_lp_intention for lead in leads], [hot, False, cold])
        losses = self.env["lead.pool.conversion"].search([("lead_ref", "in", leads.ids)], order="lead_ref")
        self.assertEqual(losses.mapped("lost_count"), [0, 1, 0])
        self.env["lead.pool.mapping"]._propose()
        self.assertEqual([one["twin"] for one in row.option_table["rows"]], [hot, None, cold], "a choice stays")

    # what cannot be done --------------------------------------------------------------------------

    def test_a_required_field_that_stays_empty_is_said_before_anything_is_made(self):
        self._make({"name": "Model", "field_type": "text", "on_customer": True})
        with mute_logger("odoo.schema"):
            self.env["ir.model.fields"]._get("res.partner", "x_lp_model").required = True
        lead, other = self._held(self.li, 2)
        with self._dialog(lead) as dialog:
            self.assertEqual(dialog.lacking, "Fill in “Model” of the lead: “Model” is required there (Contact).")
        lead.partner_name = "Galaxy"
        with self._dialog(lead) as dialog:
            of_company, of_contact = dialog.lacking.split("\n")
        self.assertEqual(of_company, "Fill in “Model” of the lead: “Model” is required there (Customer).")
        self.assertIn("“Model” is required there (Contact), and no field of the lead goes to it.", of_contact)
        count = self.env["res.partner"].search_count([])
        with self.assertRaisesRegex(UserError, "Fill in “Model” of the lead"):
            lead.with_user(self.li).action_convert({"create_order": True})
        self.assertEqual((lead.pool_state, lead.partner_id.ids), ("held", []))
        [answer, *_rest] = (lead + other).with_user(self.li).action_convert_many({})
        self.assertIn("Fill in “Model”", answer["message"])
        self.assertEqual(self.env["res.partner"].search_count([]), count, "nothing half done")
        self._balance()

    def test_an_amount_lands_in_the_currency_of_the_order_at_the_rate_of_today(self):
        self._make({"name": "Budget", "field_type": "amount", "on_order": True})
        self.env.ref("base.group_user")._apply_group(self.env.ref("product.group_product_pricelist"))
        foreign = self.env["res.currency"].create({"name": "LPX", "symbol": "Lp"})
        self.env["res.currency.rate"].create({"currency_id": foreign.id, "rate": 4, "company_id": self.company.id})
        prices = self.env["product.pricelist"].create({"name": "Abroad", "currency_id": foreign.id})
        person = self.env["res.partner"].create(
            {"name": "Chen", "phone": "+86 139 1111 2222", "property_product_pricelist": prices.id}
        )
        lead = self._held(self.li, contact_name="Chen", phone="+86 139 1111 2222", x_lp_budget=100)
        with self._dialog(lead) as dialog:
            dialog.create_order = True
            self.assertEqual(dialog.partner_id, person)
            remark = self._outcomes(dialog.sheet)["order", "x_lp_budget"]["remark"]
            self.assertRegex(remark, r"exchanged at the rate of today: (Lp\W*)?400\.00(\W*Lp)?")
            self.assertEqual(dialog.sheet["counts"]["partly"], 0)
        dialog.record.action_convert()
        order = lead.order_ids
        self.assertEqual((order.currency_id, order.x_lp_budget), (foreign, 400))

    def test_mappings_to_what_is_gone_lose_nothing_and_stop_nothing(self):
        self._intent()
        self._make({"name": "Model", "field_type": "text", "on_customer": True})
        row, model = self._row("x_lp_intent"), self._row("x_lp_model").with_user(self.manager)
        high = self.Field.search([("name", "=", "Intent")]).option_ids[0].value
        row.write({"options": [[high, "option_of_yesterday"]], "origin": "chosen"})
        model.button_agree()
        self.Field.search([("technical_name", "=", "x_lp_model")]).on_customer = False
        lead = self._held(self.li, partner_name="Galaxy", x_lp_intent=high, x_lp_model="A1")
        with self._dialog(lead) as dialog:
            rows = self._outcomes(dialog.sheet)
            self.assertEqual(rows["company", "x_lp_intent"]["outcome"], "new", "its namesake is as good")
            self.assertEqual(rows["opportunity", "x_lp_model"]["outcome"], "stays")
        dialog.record.action_convert()
        self.assertEqual((lead.partner_id.parent_id.x_lp_intent, lead.x_lp_model), (high, "A1"))

    def test_converted_twice_is_converted_once(self):
        lead = self._held(self.li, partner_name="Galaxy")
        seen = lead.with_user(self.li)
        first = seen.action_convert({"create_order": True}, request_uid="a-click")
        self.assertEqual(seen.action_convert({"create_order": True}, request_uid="a-click"), first)
        with self.assertRaisesRegex(UserError, "converted"):
            seen.action_convert({"create_order": True}, request_uid="another-click")
        self.assertEqual(len(lead.order_ids), 1)
