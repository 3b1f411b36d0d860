"""What custom fields do to the leads: rules, claims, copies, merges, and what must not break."""

import base64

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_custom_fields import CustomFieldCase


@tagged("post_install", "-at_install")
class TestLife(CustomFieldCase):
    """Custom fields on a lead's way: in conditions, when claimed, masked, merged, copied and converted."""

    def test_a_condition_on_a_custom_field_routes_a_new_lead(self):
        self._intent()
        self.env["lead.pool.entry.rule"].create(
            {"name": "Hot", "pool_id": self.open_pool.id, "domain": "[('x_lp_intent', '=', 'high')]"}
        )
        leads = (
            self.env["crm.lead"]
            .with_user(self.marketing)
            .create([{"name": "a", "x_lp_intent": "high"}, {"name": "b", "x_lp_intent": "low"}])
        )
        self.assertEqual(leads.mapped("pool_state"), ["waiting", "none"])
        self._balance()

    def test_a_lead_without_a_required_field_is_not_claimed(self):
        self._intent(required_to_claim=True)
        self._make({"name": "Rooms", "field_type": "integer", "required_to_claim": True})
        lead = self._leads()
        entry = self._entries(lead).with_user(self.li)
        [answer] = entry.action_claim()
        self.assertEqual((answer["done"], answer["code"]), (False, "incomplete"))
        self.assertIn("“Intent” and “Rooms” must be filled in before", answer["message"])
        self.assertIn("“Intent”", entry.claim_refusal)
        self.env.invalidate_all()
        lead.with_user(self.admin).write({"x_lp_intent": "low", "x_lp_rooms": 2})
        self.assertTrue(self._claim(self.li, lead)[0]["done"])
        self._balance()

    def test_it_is_required_in_its_pools_only(self):
        self._intent(required_to_claim=True, pool_ids=[Command.set(self.pool.ids)])
        here, there = self._leads(), self._leads(pool=self.open_pool)
        self.assertEqual(self._codes(self._claim(self.li, here | there)), ["incomplete", False])

    def test_a_required_field_costs_claims_no_query_when_there_is_none(self):
        self.env["lead.custom.field"]._missing(self.env["crm.lead"], "to_claim")
        with self.assertQueryCount(0):
            self.env["lead.custom.field"]._missing(self.env["crm.lead"].browse([1, 2]), "to_claim")

    def test_a_lead_without_a_required_field_is_not_converted(self):
        self._intent(required_to_convert=True)
        lead = self._held(self.li)
        self.assert_refused("Fill in “Intent” before", lambda: lead.with_user(self.li).action_convert())
        self.assert_refused("Fill in “Intent” before", lambda: lead.with_user(self.li).convert_opportunity(False))
        lead.with_user(self.li).x_lp_intent = "high"
        lead.with_user(self.li).action_convert()
        self.assertEqual(lead.pool_state, "converted")

    def test_a_masked_card_shows_an_open_custom_field_and_no_other(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        intent = self._intent(is_open=True)
        intent.option_ids[0].with_context(lang="zh_CN").name = "高"
        self._make(
            {"name": "Model", "field_type": "text"},
            {"name": "Rooms", "field_type": "integer", "is_open": True},
            {"name": "QQ", "field_type": "integer", "is_open": True},
            {"name": "Paid", "field_type": "boolean", "is_open": True},
            {"name": "Budget", "field_type": "amount", "is_open": True},
            {"name": "Moving In", "field_type": "date", "is_open": True},
            {"name": "Secret", "field_type": "selection", "option_ids": [Command.create({"name": "S"})]},
        )
        choice = self.env["lead.pool.open.field"].search([("field_name", "=like", "x_lp_%")])
        self.assertEqual(set(choice.mapped("name")), {"Intent", "Rooms", "QQ", "Paid", "Budget", "Moving In"})
        self.pool.open_field_ids = choice
        lead = self._leads(
            x_lp_intent="high", x_lp_model="Zhang's sofa", x_lp_rooms=3, x_lp_qq=123456789, x_lp_paid=True,
            x_lp_budget=50_000, x_lp_moving_in="2026-05-01", x_lp_secret="s",
        )  # fmt: skip
        entry = self._entries(lead)
        [answer] = entry.with_user(self.li).action_open_card()
        self.assertEqual(
            {name: text for name, text in answer["open_values"].items() if name.startswith("x_lp_")},
            {
                "x_lp_intent": "High",
                "x_lp_rooms": "3",
                "x_lp_paid": "Yes",
                "x_lp_budget": "$\xa050,000.00",
                "x_lp_moving_in": "05/01/2026",
            },
        )
        self.assertEqual(entry.open_values["x_lp_intent"], "high")
        [answer] = entry.with_user(self.li).with_context(lang="zh_CN").action_open_card()
        self.assertEqual(answer["open_values"]["x_lp_intent"], "高")

    def test_open_values_follow_the_lead_the_option_and_the_choice(self):
        field = self._intent(is_open=True).with_user(self.manager)
        self.pool.open_field_ids = self.env["lead.pool.open.field"].search([("field_name", "=", "x_lp_intent")])
        lead = self._leads(x_lp_intent="high")
        entry = self._entries(lead)
        self.assertEqual(entry.open_values, {"x_lp_intent": "high"})
        lead.with_user(self.admin).x_lp_intent = "low"
        self.assertEqual(entry.open_values, {"x_lp_intent": "low"})
        self.assertFalse(entry.open_facts)
        field.show_in_kanban = True
        field.write({"option_ids": [Command.update(field.option_ids[2].id, {"name": "Lowest"})]})
        self.assertEqual(entry.with_user(self.li).open_facts, "Intent: Lowest")
        field.is_open = False
        entry.invalidate_recordset()
        self.assertEqual(entry.open_values, {})
        self.assertFalse(self.pool.open_field_ids)

    def test_only_types_that_cannot_identify_anybody_may_be_open(self):
        for type_ in ("text", "long_text"):
            self.assert_refused(
                "may identify", lambda type_=type_: self._make({"name": "A", "field_type": type_, "is_open": True})
            )
        self.assert_refused(
            "may identify",
            lambda: self._make({"name": "A", "field_type": "link", "link_model": "res.partner", "is_open": True}),
        )

    def test_members_of_a_masked_pool_cannot_reach_the_field(self):
        self._intent()
        lead = self._leads(x_lp_intent="high")
        with self.assertRaises(AccessError):
            lead.with_user(self.li).read(["x_lp_intent"])
        Lead = self.env["crm.lead"].with_user(self.li)
        self.assertFalse(Lead.search([("x_lp_intent", "=", "high")]))
        self.assertFalse(Lead.formatted_read_group([("x_lp_intent", "!=", False)], ["x_lp_intent"], ["__count"]))

    def test_a_copy_has_the_values(self):
        channels = self._channels()
        self._intent()
        lead = self.env["crm.lead"].create(
            {"name": "a", "x_lp_intent": "high", "x_lp_channels": channels.option_ids[:2].ids}
        )
        copy = lead.copy()
        self.assertEqual((copy.x_lp_intent, copy.x_lp_channels), ("high", channels.option_ids[:2]))

    def test_a_merge_fills_what_is_empty_and_unites_lists(self):
        channels = self._channels()
        self._intent()
        self._make({"name": "Rooms", "field_type": "integer"})
        first, second = self.env["crm.lead"].create(
            [
                {"name": "a", "x_lp_intent": "high", "x_lp_channels": channels.option_ids[0].ids, "probability": 90},
                {"name": "b", "x_lp_intent": "low", "x_lp_rooms": 4, "x_lp_channels": channels.option_ids[1].ids,
                 "wechat": "li-na", "company_registry_code": "91310000MA1FL0AB3C"},
            ]
        )  # fmt: skip
        merged = (first | second).merge_opportunity()
        keeper_intent = first.x_lp_intent if merged == first else "low"
        self.assertEqual(merged.x_lp_intent, keeper_intent)
        self.assertEqual(merged.x_lp_rooms, 4)
        self.assertEqual(merged.x_lp_channels, channels.option_ids[:2])
        self.assertEqual((merged.wechat, merged.company_registry_code), ("li-na", "91310000MA1FL0AB3C"))

    def test_group_by_and_export_find_the_values(self):
        channels = self._channels()
        self._intent()
        Lead = self.env["crm.lead"]
        Lead.create([{"name": n, "x_lp_intent": v} for n, v in (("a", "high"), ("b", "high"), ("c", "low"))])
        groups = Lead.formatted_read_group([("x_lp_intent", "!=", False)], ["x_lp_intent"], ["__count"])
        self.assertEqual([(g["x_lp_intent"], g["__count"]) for g in groups], [("high", 2), ("low", 1)])
        lead = Lead.search([("x_lp_intent", "=", "low")])
        lead.x_lp_channels = channels.option_ids[1:]
        self.assertEqual(lead.export_data(["x_lp_intent"])["datas"], [["Low"]])
        again = Lead.load(["name", "x_lp_intent", "x_lp_channels"], [["d", "Low", "Expo,Website"]])
        self.assertEqual(Lead.browse(again["ids"]).x_lp_channels, lead.x_lp_channels)


@tagged("post_install", "-at_install")
class TestNothingBreaks(CustomFieldCase):
    """What a careless or hostile user did to the first version."""

    def test_several_options_alone_are_counted_and_removed(self):
        """On a model without another custom field, with and without records."""
        field = self._channels(name="Media", on_lead=False, on_order=True)
        self.assertEqual(field._count_values(), {field: {"sale.order": 0}})
        partner = self.env["res.partner"].create({"name": "C"})
        order = self.env["sale.order"].create({"partner_id": partner.id, "x_lp_media": field.option_ids.ids})
        self.env["sale.order"].create([{"partner_id": partner.id}] * 2)
        self.assertEqual(field._count_values(), {field: {"sale.order": 1}})
        self.assert_refused("holds values", field.with_user(self.manager).unlink)
        order.x_lp_media = False
        field.with_user(self.manager).unlink()
        self.assertNotIn("x_lp_media", self.env["sale.order"]._fields)

    def test_a_clients_context_changes_nothing_for_others(self):
        field = self._intent(required_to_claim=True).with_user(self.manager)
        field.active = False
        lead = self._leads()
        self.registry.clear_all_caches()
        entry = self._entries(lead).with_user(self.li).with_context(active_test=False)
        self.assertTrue(entry.can_claim)
        arch = (
            self.env["crm.lead"].with_user(self.li).with_context(active_test=False).get_view(view_type="form")["arch"]
        )
        self.assertNotIn("x_lp_intent", arch)
        self.assertFalse(self._shown("crm.lead", "form", user=self.wang))

    def test_what_no_screen_can_show_is_left_out_of_labels(self):
        field = self._make({"name": "Bud\x0bget\ufffe \x00now", "field_type": "boolean", "show_in_kanban": True})
        self.assertEqual(field.name, "Bud get now")
        section = self.env["lead.custom.section"].create({"name": "A\x07 \uffffB" + "x" * 500})
        self.assertTrue(section.name.startswith("A B"))
        field.with_user(self.manager).section_id = section
        for view_type in ("form", "list", "search", "kanban"):
            self._arch("crm.lead", view_type)
        self.assert_refused("at most 120 characters", lambda: self._make({"name": "x" * 121}))

    def test_labels_are_words_and_nothing_else(self):
        label = """<t t-esc="1"/> {{ 1 }} % ' " & \\"""
        self._make({"name": label, "field_type": "boolean", "show_in_kanban": True})
        [node] = self._arch("crm.lead", "kanban").xpath("//div[hasclass('o_lead_custom')]//span") or [None]
        self.assertEqual(node.text, f"{label}: ")

    def test_a_rule_on_customers_keeps_the_field_on_customers(self):
        field = self._intent().with_user(self.manager)
        rule = self.env["ir.rule"].create(
            {
                "name": "Hidden",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": "[('x_lp_intent', '!=', 'low')]",
            }
        )
        self.assert_refused("Hidden", lambda: field.write({"on_customer": False}))
        rule.unlink()
        self.env["lead.pool.entry.rule"].create(
            {"name": "Hot", "pool_id": self.pool.id, "domain": "[('x_lp_intent', '=', 'high')]"}
        )
        field.on_customer = False  # the rule on leads does not mind

    def test_a_rule_over_a_link_minds(self):
        field = self._intent().with_user(self.manager)
        self.env["lead.pool.entry.rule"].create(
            {"name": "Hot", "pool_id": self.pool.id, "domain": "[('partner_id.x_lp_intent', '=', 'high')]"}
        )
        self.assert_refused("“Hot”", lambda: field.write({"on_customer": False}))

    def test_odoos_own_assignment_keeps_its_condition(self):
        field = self._intent().with_user(self.manager)
        self.team.assignment_domain = "[('x_lp_intent', '=', 'high')]"
        self.assert_refused("North", lambda: field.action_remove(discard_values=True))

    def test_default_values_follow_a_merge_and_go_with_an_option(self):
        intent, channels = self._intent().with_user(self.manager), self._channels().with_user(self.manager)
        Default = self.env["ir.default"]
        Default.set("crm.lead", "x_lp_intent", "high")
        Default.set("crm.lead", "x_lp_channels", channels.option_ids[:2].ids)
        intent.option_ids[0].action_merge(intent.option_ids[1].id)
        channels.option_ids[0].unlink()
        lead = self.env["crm.lead"].create({"name": "a"})
        self.assertEqual(lead.x_lp_intent, "medium")
        self.assertEqual(lead.x_lp_channels.mapped("name"), ["Expo"])
        lead.x_lp_intent = False
        intent.option_ids[0].unlink()
        self.assertFalse(self.env["crm.lead"].create({"name": "b"}).x_lp_intent)

    def test_an_archived_pool_is_not_all_pools(self):
        empty = self._pool("Empty")
        field = self._intent(pool_ids=[Command.set(empty.ids)], required_to_claim=True)
        empty.active = False
        self.registry.clear_all_caches()
        field.invalidate_recordset()
        self.assertTrue(self._claim(self.li, self._leads())[0]["done"])
        [node] = self._arch("crm.lead", "form").xpath("//field[@name='x_lp_intent']")
        self.assertEqual(node.get("invisible"), f"pool_id not in {empty.ids}")
        self.assert_refused("“Intent” shows in this pool only", empty.unlink)

    def test_the_options_of_another_field_are_out_of_reach(self):
        intent, channels = self._intent().with_user(self.manager), self._channels().with_user(self.manager)
        foreign = intent.option_ids[0].id
        for command in ([1, foreign, {"name": "x"}], [2, foreign, 0], [4, foreign, 0], [6, 0, [foreign]]):
            self.assert_refused("belongs to one field", lambda c=command: channels.write({"option_ids": [c]}))
        self.assertEqual(intent.option_ids.mapped("name"), ["High", "Medium", "Low"])
        (intent.option_ids - intent.option_ids[0]).unlink()
        self.assert_refused("at least one option", intent.option_ids.unlink)

    def test_a_rule_that_names_an_option_by_its_words_keeps_it(self):
        channels = self._channels().with_user(self.manager)
        douyin, expo, _website = channels.option_ids
        self.env["lead.pool.entry.rule"].create(
            {"name": "By name", "pool_id": self.pool.id, "domain": "[('x_lp_channels', 'ilike', 'douy')]"}
        )
        self.assert_refused("“By name”", lambda: douyin.action_merge(expo.id))
        expo.unlink()

    def test_an_option_that_a_file_would_split_is_refused(self):
        self.assert_refused("separates several", lambda: self._channels().option_ids[0].write({"name": "Red, dark"}))
        self._intent().option_ids[0].with_user(self.manager).name = "Red, dark"

    def test_making_a_lead_an_opportunity_by_hand_is_converting_it(self):
        self._intent(required_to_convert=True)
        lead = self.env["crm.lead"].create({"name": "a", "type": "lead"})
        self.assert_refused("Fill in “Intent”", lambda: lead.write({"type": "opportunity"}))
        lead.write({"x_lp_intent": "low"})
        lead.write({"type": "opportunity"})

    def test_a_column_removed_in_developer_mode_is_told_and_breaks_no_screen(self):
        field = self._intent(required_to_claim=True).with_user(self.manager)
        self.env["ir.model.fields"]._get("crm.lead", "x_lp_intent").unlink()
        for view_type in ("form", "list", "search", "kanban"):
            self.assertFalse(self._shown("crm.lead", view_type))
        self.assertTrue(self._claim(self.li, self._leads())[0]["done"])
        field.option_ids[0].unlink()
        field.option_ids[0].action_merge(field.option_ids[1].id)
        self.assertIn("x_lp_intent", "".join(self.env["lead.pool"]._health_problems()))
        field.unlink()
        self.assertFalse(self.env["lead.pool"]._health_problems())

    def test_a_copy_of_a_field_is_another_field(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        field = self._intent()
        field.with_context(lang="zh_CN").name = "意向程度"
        copy = field.with_user(self.manager).copy()
        self.assertEqual((copy.name, copy.technical_name), ("Intent (copy)", "x_lp_intent_copy"))
        self.assertEqual(copy.option_ids.mapped("name"), ["High", "Medium", "Low"])
        self.assertIn("x_lp_intent_copy", self.env["crm.lead"]._fields)

    def test_columns_of_one_heading_and_too_many_columns(self):
        text = ",".join(["Note", "Note", *(f"C{n}" for n in range(300))]) + "\n" + "x," * 301 + "x\n"
        wizard = (
            self.env["lead.custom.field.new"]
            .with_user(self.manager)
            .new({"file": base64.b64encode(text.encode()), "file_name": "wide.csv"})
        )
        wizard._onchange_file()
        self.assertEqual(wizard.line_ids[:2].mapped("name"), ["Note", "Note 2"])
        self.assertEqual(wizard.new_count, 200)
        self.assertEqual(wizard.section_name, "wide")
        self.assertFalse(self.env["lead.custom.section"].search([]), "made with the fields, not before")

    def test_odd_cells_are_empty_or_an_error_of_their_row(self):
        self._channels()
        self._make({"name": "Paid", "field_type": "boolean"})
        result = self.env["crm.lead"].load(["name", "x_lp_channels", "x_lp_paid"], [["a", " ", "1"], ["b", ";", "0"]])
        self.assertFalse(self.env["crm.lead"].browse(result["ids"]).x_lp_channels)
        result = self.env["crm.lead"].load(["name", "x_lp_channels"], [["a", "Radio"]])
        self.assertIn("Radio", result["messages"][0]["message"])
