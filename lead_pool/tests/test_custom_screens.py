"""Custom fields on the screens: where they show, their options, and how they go."""

import json
from ast import literal_eval

from lxml import etree

from odoo import Command
from odoo.tests import Form, tagged

from ..hooks import uninstall_hook
from .test_custom_fields import CustomFieldCase


@tagged("post_install", "-at_install")
class TestScreens(CustomFieldCase):
    def test_a_field_shows_in_form_list_search_and_nowhere_twice(self):
        self._one_of_each()
        names = [
            "x_lp_model", "x_lp_remarks", "x_lp_rooms", "x_lp_area", "x_lp_budget", "x_lp_moving_in", "x_lp_visit",
            "x_lp_paid", "x_lp_referrer", "x_lp_intent", "x_lp_channels",
        ]  # fmt: skip
        self.assertEqual(self._shown("crm.lead", "form"), names)
        for view in (None, "lead_pool.crm_lead_view_list_mine", "crm.crm_case_tree_view_oppor"):
            self.assertEqual(self._shown("crm.lead", "list", view=view), names, view)
        for view in (None, "lead_pool.crm_lead_view_search_mine"):
            searched = [name for name in names if name != "x_lp_budget"]  # Odoo finds 0 for a word in an amount
            self.assertEqual(self._shown("crm.lead", "search", view=view), searched, view)
            groups = self._arch("crm.lead", "search", view=view).xpath("//filter[starts-with(@name, 'group_by_x_lp_')]")
            self.assertEqual(
                [literal_eval(node.get("context"))["group_by"] for node in groups],
                ["x_lp_moving_in", "x_lp_visit", "x_lp_paid", "x_lp_referrer", "x_lp_intent", "x_lp_channels"],
            )
        self.assertEqual(self._shown("res.partner", "form"), ["x_lp_budget", "x_lp_intent"])
        self.assertEqual(self._shown("sale.order", "form"), ["x_lp_budget"])
        self.assertFalse(self._shown("crm.lead", "kanban"))

    def test_cards_lists_and_search_show_what_was_chosen(self):
        self._intent(show_in_kanban=True, show_in_list="show", show_in_search=False)
        self._channels(show_in_kanban=True, show_in_list="no")
        self.assertEqual(self._shown("crm.lead", "kanban"), ["x_lp_intent", "x_lp_channels"])
        self.assertEqual(
            self._shown("crm.lead", "kanban", view="lead_pool.crm_lead_view_kanban_mine"),
            ["x_lp_intent", "x_lp_channels"],
        )
        [node] = self._arch("crm.lead", "list").xpath("//field[@name='x_lp_intent']")
        self.assertEqual(node.get("optional"), "show")
        self.assertEqual(self._shown("crm.lead", "list"), ["x_lp_intent"])
        self.assertEqual(self._shown("crm.lead", "search"), ["x_lp_channels"])

    def test_order_sections_and_archiving(self):
        tab, top = self.env["lead.custom.section"].create(
            [{"name": "House", "place": "tab"}, {"name": "Money", "place": "top", "sequence": 5}]
        )
        rooms, area, budget, model = self._make(
            {"name": "Rooms", "sequence": 3, "section_id": tab.id},
            {"name": "Area", "sequence": 2, "section_id": tab.id},
            {"name": "Budget", "field_type": "amount", "section_id": top.id},
            {"name": "Model", "sequence": 9},
        )
        arch = self._arch("crm.lead", "form")
        [page] = arch.xpath(f"//notebook/page[@name='lead_pool_section_{tab.id}'][@string='House']")
        self.assertEqual([n.get("name") for n in page.iter("field")], ["x_lp_area", "x_lp_rooms"])
        [group] = arch.xpath("//separator[@string='Money']/following-sibling::group[1]")
        self.assertEqual((group.get("name"), group.getnext().tag), (f"lead_pool_section_{top.id}", "notebook"))
        self.assertEqual(self._shown("crm.lead", "form"), ["x_lp_model", "x_lp_budget", "x_lp_area", "x_lp_rooms"])
        rooms.with_user(self.manager).sequence = 1
        area.with_user(self.manager).section_id = False
        model.with_user(self.manager).active = False
        self.assertEqual(self._shown("crm.lead", "form"), ["x_lp_area", "x_lp_budget", "x_lp_rooms"])
        self.assertIn("x_lp_model", self.env["crm.lead"]._fields)
        top.with_user(self.manager).name = "Finance"
        self.assertTrue(self._arch("crm.lead", "form").xpath("//separator[@string='Finance']"))
        self.assertEqual(budget.section_id, top)

    def test_a_field_of_one_pool_is_hidden_on_other_leads(self):
        self._intent(pool_ids=[Command.set(self.pool.ids)])
        for view_type in ("form", "list"):
            [node] = self._arch("crm.lead", view_type).xpath("//field[@name='x_lp_intent']")
            self.assertEqual(node.get("invisible"), f"pool_id not in {self.pool.ids}")
        lead = self._held(self.li, pool=self.open_pool)
        with Form(lead.with_user(self.li), self.env.ref("crm.crm_lead_view_form")) as form:
            self.assertTrue(form._get_modifier("x_lp_intent", "invisible"))
        mine = self._held(self.li)
        with Form(mine.with_user(self.li), self.env.ref("crm.crm_lead_view_form")) as form:
            self.assertFalse(form._get_modifier("x_lp_intent", "invisible"))
            form.x_lp_intent = "low"
        self.assertEqual(mine.x_lp_intent, "low")

    def test_what_another_view_shows_already_is_not_shown_twice(self):
        self._intent()
        self.env["ir.ui.view"].create(
            {
                "name": "by a developer",
                "model": "crm.lead",
                "inherit_id": self.env.ref("crm.crm_lead_view_form").id,
                "arch": "<field name='partner_id' position='after'><field name='x_lp_intent'/></field>",
            }
        )
        self.assertEqual(self._shown("crm.lead", "form"), ["x_lp_intent"])

    def test_no_view_is_stored(self):
        before = self.env["ir.ui.view"].search_count([])
        self._one_of_each()
        self._shown("crm.lead", "form")
        self.assertEqual(self.env["ir.ui.view"].search_count([]), before)
        self.assertFalse(self.env["ir.ui.view"].search([("arch_db", "like", r"x\_lp\_")]))

    def test_a_retired_option_is_kept_and_no_longer_offered(self):
        intent, channels = self._intent(), self._channels()
        intent.with_user(self.manager).option_ids[0].retired = True
        channels.with_user(self.manager).option_ids[0].retired = True
        arch = self._arch("crm.lead", "form")
        [node] = arch.xpath("//field[@name='x_lp_intent']")
        self.assertEqual(json.loads(node.get("options")), {"blacklisted_values": ["high"]})
        [node] = arch.xpath("//field[@name='x_lp_channels']")
        offered = self.env["lead.custom.option"].search(literal_eval(node.get("domain")))
        self.assertEqual(offered.mapped("name"), ["Expo", "Website"])
        lead = self.env["crm.lead"].create({"name": "Old", "x_lp_intent": "high"})
        lead.x_lp_channels = channels.option_ids
        self.env.invalidate_all()
        self.assertEqual(lead.x_lp_channels.mapped("name"), ["Douyin", "Expo", "Website"])

    def test_labels_of_groups_and_tabs_are_in_the_users_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.li.lang = "zh_CN"
        field = self._intent()
        field.with_context(lang="zh_CN").name = "意向程度"
        section = self.env["lead.custom.section"].create({"name": "House"})
        section.with_context(lang="zh_CN").name = "房屋"
        field.with_user(self.manager).section_id = section
        for view_type, path in (
            ("search", "//filter[@name='group_by_x_lp_intent']"),
            ("form", "//page[@string='房屋']"),
        ):
            view = self.env["crm.lead"].with_user(self.li).with_context(lang="zh_CN").get_view(view_type=view_type)
            [node] = etree.fromstring(view["arch"]).xpath(path)
            self.assertIn(node.get("string"), ("意向程度", "房屋"))


@tagged("post_install", "-at_install")
class TestOptions(CustomFieldCase):
    def setUp(self):
        super().setUp()
        self.intent, self.channels = self._intent(), self._channels()
        self.high, self.medium, self.low = self.intent.with_user(self.manager).option_ids
        self.leads = self.env["crm.lead"].create(
            [{"name": name, "x_lp_intent": value} for name, value in (("a", "high"), ("b", "medium"), ("c", False))]
        )

    def test_renaming_keeps_what_records_hold(self):
        self.high.name = "Very High"
        self.assertEqual(self.leads[0].x_lp_intent, "high")
        selection = self.env["crm.lead"].fields_get(["x_lp_intent"])["x_lp_intent"]["selection"]
        self.assertEqual(selection[0], ("high", "Very High"))
        self.assertEqual(self.high.value, "high")

    def test_a_renamed_option_is_imported_under_its_new_name(self):
        self.high.name = "Very High"
        result = self.env["crm.lead"].load(["name", "x_lp_intent"], [["d", "very high"]])
        self.assertEqual(self.env["crm.lead"].browse(result["ids"]).x_lp_intent, "high")

    def test_options_are_added_reordered_and_translated(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.intent.with_user(self.manager).write(
            {
                "option_ids": [
                    Command.create({"name": "None", "sequence": 1}),
                    Command.update(self.low.id, {"sequence": 2}),
                ]
            }
        )
        self.high.with_context(lang="zh_CN").name = "高"
        for lang, labels in (("en_US", ["None", "Low", "High", "Medium"]), ("zh_CN", ["None", "Low", "高", "Medium"])):
            for model in ("crm.lead", "res.partner"):
                about = self.env[model].with_context(lang=lang).fields_get(["x_lp_intent"])["x_lp_intent"]
                self.assertEqual([label for _value, label in about["selection"]], labels)

    def test_an_option_in_use_is_not_removed(self):
        self.assert_refused("Retire it", self.high.unlink)
        self.assert_refused(
            "Retire it",
            lambda: self.intent.with_user(self.manager).write({"option_ids": [Command.delete(self.medium.id)]}),
        )
        self.low.unlink()
        self.assertEqual(
            self.env["res.partner"]._fields["x_lp_intent"].selection, [("high", "High"), ("medium", "Medium")]
        )

    def test_merging_changes_the_records_that_hold_the_option(self):
        customer = self.env["res.partner"].create({"name": "C", "x_lp_intent": "high"})
        changed = self.high.action_merge(self.medium.id)
        self.env.invalidate_all()
        self.assertEqual(changed, {"crm.lead": 1, "res.partner": 1})
        self.assertEqual(self.leads.mapped("x_lp_intent"), ["medium", "medium", False])
        self.assertEqual(customer.x_lp_intent, "medium")
        self.assertEqual(self.intent.option_ids.mapped("value"), ["medium", "low"])

    def test_merging_options_of_several(self):
        douyin, expo, website = self.channels.with_user(self.manager).option_ids
        self.leads[0].x_lp_channels = douyin | website
        self.leads[1].x_lp_channels = douyin | expo
        douyin.action_merge(expo.id)
        self.env.invalidate_all()
        self.assertEqual(self.leads[0].x_lp_channels, (expo | website).with_env(self.env))
        self.assertEqual(self.leads[1].x_lp_channels, expo.with_env(self.env))
        self.assertFalse(douyin.exists())

    def test_an_archived_lead_counts(self):
        self.leads[0].active = False
        self.assert_refused("Retire it", self.high.unlink)

    def test_merging_into_another_field_or_into_itself_is_refused(self):
        for into in (self.channels.option_ids[0].id, self.high.id, 0, "x", None):
            self.assert_refused("another option of the same field", lambda into=into: self.high.action_merge(into))

    def test_an_option_that_a_rule_names_is_neither_merged_nor_removed(self):
        rule = self.env["lead.pool.entry.rule"].create(
            {"name": "Hot ones", "pool_id": self.pool.id, "domain": "[('x_lp_intent', 'in', ['low', 'high'])]"}
        )
        for do in (lambda: self.low.action_merge(self.high.id), self.low.unlink):
            self.assert_refused("Entry Condition “Hot ones” of “Beijing”", do)
        self.medium.action_merge(self.high.id)
        rule.domain = "[('x_lp_intent', '!=', 'high')]"
        self.low.unlink()
        self.assertEqual(self.intent.option_ids, self.high.with_env(self.env))

    def test_the_key_of_an_option_stays(self):
        self.assert_refused("never changes", lambda: self.high.write({"value": "x"}))

    def test_the_merge_dialog_says_how_many_records_change(self):
        wizard = (
            self.env["lead.custom.option.merge"]
            .with_user(self.manager)
            .create({"option_id": self.high.id, "into_id": self.low.id})
        )
        self.assertEqual(wizard.record_count, 1)
        wizard.action_merge()
        self.assertEqual(self.leads[0].x_lp_intent, "low")


@tagged("post_install", "-at_install")
class TestRemoval(CustomFieldCase):
    def setUp(self):
        super().setUp()
        self.field = self._intent()
        self.lead = self.env["crm.lead"].create({"name": "a", "x_lp_intent": "high"})

    def _dialog(self):
        return (
            self.env["lead.custom.field.remove"]
            .with_user(self.manager)
            .with_context(default_field_ids=self.field.ids)
            .create({})
        )

    def test_a_field_with_values_says_so_and_stays(self):
        self.assert_refused(r"holds values on leads \(1\)", self.field.with_user(self.manager).unlink)
        self.assertEqual(self.lead.x_lp_intent, "high")

    def test_the_dialog_tells_what_is_lost_and_offers_the_export(self):
        dialog = self._dialog()
        self.assertRecordValues(
            dialog.line_ids, [{"name": "Intent", "counts": "leads (1)", "rules": "", "filters": ""}]
        )
        self.assertFalse(dialog.is_blocked)
        self.assertRecordValues(dialog, [{"value_count": 1, "on_leads": 1, "on_customers": 0}])
        self.assert_refused("holds values", dialog.action_remove)
        dialog.discard_values = True
        dialog.action_remove()
        self.assertNotIn("x_lp_intent", self.env["crm.lead"]._fields)
        self.assertNotIn("x_lp_intent", self.env["res.partner"]._fields)
        self.assertFalse(self.field.exists())
        self.assertFalse(self.env["lead.custom.option"].search([]))
        self.env.cr.execute("SELECT 1 FROM information_schema.columns WHERE column_name = 'x_lp_intent'")
        self.assertFalse(self.env.cr.fetchall())
        self.assertFalse(self._shown("crm.lead", "form"))

    def test_who_may_not_export_is_told(self):
        self.env.ref("base.group_allow_export").user_ids -= self.manager
        self.assert_refused("may not export", self._dialog().action_export_leads)

    def test_a_field_in_a_rule_is_not_removed(self):
        self.env["lead.pool.reclaim.rule"].create(
            {"name": "Slow ones", "pool_id": self.pool.id, "domain": "[('x_lp_intent', '=', 'low')]", "held_days": 3}
        )
        dialog = self._dialog()
        self.assertTrue(dialog.is_blocked)
        self.assertIn("Slow ones", dialog.line_ids.rules)
        dialog.discard_values = True
        self.assert_refused("“Slow ones” of “Beijing”", dialog.action_remove)

    def test_a_longer_name_is_not_taken_for_this_field(self):
        self._make({"name": "Intent Score", "field_type": "integer"})
        self.env["lead.pool.entry.rule"].create(
            {"name": "Scored", "pool_id": self.pool.id, "domain": "[('x_lp_intent_score', '>', 3)]"}
        )
        self.field.with_user(self.manager).action_remove(discard_values=True)
        self.assertNotIn("x_lp_intent", self.env["crm.lead"]._fields)

    def test_saved_filters_on_the_field_go_with_it(self):
        mine = self.env["ir.filters"].create(
            {"name": "Hot", "model_id": "crm.lead", "domain": "[('x_lp_intent', '=', 'high')]", "user_ids": self.li.ids}
        )
        self.assertIn("Hot", self._dialog().line_ids.filters)
        self.field.with_user(self.manager).action_remove(discard_values=True)
        self.assertFalse(mine.exists())

    def test_leaving_a_model_asks_the_same(self):
        self.field.with_user(self.manager).on_customer = False
        self.assertNotIn("x_lp_intent", self.env["res.partner"]._fields)
        self.field.with_user(self.manager).on_customer = True
        self.env["res.partner"].create({"name": "C", "x_lp_intent": "low"})
        self.assert_refused(
            r"holds values on customers \(1\)", lambda: self.field.with_user(self.manager).write({"on_customer": False})
        )

    def test_uninstalling_keeps_what_holds_values_and_drops_the_rest(self):
        media = self._channels(name="Media", on_customer=True)
        self._make({"name": "Empty", "on_order": True})
        self.lead.x_lp_media = media.option_ids[:2]
        uninstall_hook(self.env)
        Lead = self.env["crm.lead"]
        self.env.invalidate_all()
        self.assertEqual((Lead._fields["x_lp_intent"].type, self.lead.x_lp_intent), ("selection", "high"))
        self.assertEqual((Lead._fields["x_lp_media"].type, self.lead.x_lp_media), ("char", "Douyin; Expo"))
        self.assertNotIn("x_lp_empty", Lead._fields)
        self.assertNotIn("x_lp_empty", self.env["sale.order"]._fields)
        self.assertNotIn("x_lp_intent", self.env["res.partner"]._fields)
        self.assertFalse(
            self.env["ir.model.fields"].search([("relation", "like", "lead.custom"), ("state", "=", "manual")])
        )

    def test_uninstalling_drops_all_where_that_was_asked(self):
        self.env["ir.config_parameter"].set_param("lead_pool.uninstall_drops_fields", "True")
        uninstall_hook(self.env)
        self.assertNotIn("x_lp_intent", self.env["crm.lead"]._fields)
