import base64
import io
import json
from ast import literal_eval
from unittest.mock import patch

import openpyxl
from lxml import etree
from psycopg2.errors import LockNotAvailable

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from ..hooks import uninstall_hook
from ..models.custom.columns import MODELS
from .common import LeadPoolCase


class CustomFieldCase(LeadPoolCase):
    """Fields of a furniture shop: 意向程度, 到店时间, 产品型号, 是否付款, and more."""

    def setUp(self):
        self.addCleanup(self.registry.reset_changes)  # last of all: the columns are rolled back by then
        self.addCleanup(self.registry.clear_all_caches)
        super().setUp()
        self.Field = self.env["lead.custom.field"].with_user(self.manager)

    def _make(self, *vals_list):
        return self.Field.create(list(vals_list)).with_env(self.env)

    def _intent(self, **values):
        """意向程度: a selection on leads and customers."""
        options = [{"name": name} for name in ("High", "Medium", "Low")]
        return self._make(
            {
                "name": "Intent",
                "field_type": "selection",
                "option_ids": [Command.create(option) for option in options],
                "on_customer": True,
                **values,
            }
        )

    def _channels(self, **values):
        options = [{"name": name} for name in ("Douyin", "Expo", "Website")]
        return self._make(
            {
                "name": "Channels",
                "field_type": "multi",
                "option_ids": [Command.create(option) for option in options],
                **values,
            }
        )

    def _one_of_each(self):
        return self._make(
            {"name": "Model", "field_type": "text"},
            {"name": "Remarks", "field_type": "long_text"},
            {"name": "Rooms", "field_type": "integer"},
            {"name": "Area", "field_type": "decimal"},
            {"name": "Budget", "field_type": "amount", "on_customer": True, "on_order": True},
            {"name": "Moving In", "field_type": "date"},
            {"name": "Visit", "field_type": "datetime"},
            {"name": "Paid", "field_type": "boolean"},
            {"name": "Referrer", "field_type": "link", "link_model": "res.partner"},
        ) + (self._intent() + self._channels())

    def _arch(self, model, view_type, user=None, view=None):
        view = self.env.ref(view).id if view else None
        return etree.fromstring(self.env[model].with_user(user or self.li).get_view(view, view_type)["arch"])

    def _shown(self, model, view_type, **kwargs):
        return [
            node.get("name")
            for node in self._arch(model, view_type, **kwargs).iter("field")
            if (node.get("name") or "").startswith("x_lp_")
        ]

    def _forget_rolled_back(self):
        """Odoo's service layer does this when a request fails; within a test only the savepoint is gone."""
        self.registry.clear_all_caches()
        self.registry._setup_models__(self.env.cr, list(MODELS.values()))
        self.env.invalidate_all()

    def assert_refused(self, words, do, error=UserError):
        """Refused with a sentence that has these words, and nothing is half done."""
        before = set(self.env["crm.lead"]._fields)
        with self.assertRaisesRegex(error, words), self.cr.savepoint():
            do()
        self._forget_rolled_back()
        self.assertFalse(set(self.env["crm.lead"]._fields) - before)


@tagged("post_install", "-at_install")
class TestMaking(CustomFieldCase):
    def test_each_type_is_a_real_column_that_holds_what_it_is_given(self):
        fields = self._one_of_each()
        [intent] = fields.filtered(lambda f: f.name == "Intent")
        [channels] = fields.filtered(lambda f: f.name == "Channels")
        lead = self.env["crm.lead"].create({"name": "Sofa"})
        values = {
            "x_lp_model": "KLIPPAN",
            "x_lp_remarks": "Third floor\nno lift",
            "x_lp_rooms": 3,
            "x_lp_area": 88.5,
            "x_lp_budget": 1200.0,
            "x_lp_moving_in": "2026-05-01",
            "x_lp_visit": "2026-03-02 10:00:00",
            "x_lp_paid": True,
            "x_lp_referrer": self.li.partner_id.id,
            "x_lp_intent": "high",
            "x_lp_channels": channels.option_ids[:2].ids,
        }
        lead.write(values)
        self.env.invalidate_all()
        [read] = lead.read(list(values), load="")
        self.assertEqual(json.loads(json.dumps(read, default=str)), {"id": lead.id, **values})
        self.assertEqual(lead.x_lp_budget, 1200.0)
        self.assertEqual(self.env["crm.lead"]._fields["x_lp_intent"].type, "selection")
        self.assertEqual(intent.option_ids.mapped("value"), ["high", "medium", "low"])
        self.env.cr.execute(
            """SELECT column_name FROM information_schema.columns
                WHERE table_name = 'crm_lead' AND column_name LIKE 'x_lp_%'"""
        )
        self.assertEqual({name for [name] in self.env.cr.fetchall()}, values.keys() - {"x_lp_channels"})

    def test_a_field_may_be_on_leads_customers_and_orders_under_one_name(self):
        self._make({"name": "Budget", "field_type": "amount", "on_customer": True, "on_order": True})
        for model in ("crm.lead", "res.partner", "sale.order"):
            self.assertEqual(self.env[model]._fields["x_lp_budget"].type, "monetary", model)

    def test_a_twin_can_be_added_later(self):
        field = self._make({"name": "Model", "field_type": "text"})
        self.assertNotIn("x_lp_model", self.env["res.partner"]._fields)
        field.with_user(self.manager).on_customer = True
        self.assertEqual(self.env["res.partner"]._fields["x_lp_model"].type, "char")

    def test_several_fields_reload_the_registry_once(self):
        with patch.object(type(self.registry), "init_models", autospec=True, side_effect=self._counted(calls := [])):
            self._one_of_each_in_one_save()
        self.assertEqual(len(calls), 1)

    def _counted(self, calls):
        init_models = type(self.registry).init_models

        def call(registry, *args, **kwargs):
            calls.append(args)
            return init_models(registry, *args, **kwargs)

        return call

    def _one_of_each_in_one_save(self):
        self._make(*({"name": f"Field {n}", "on_customer": True, "on_order": True} for n in range(30)))

    def test_a_field_made_over_rpc_is_made_as_in_the_dialog(self):
        made = self.Field.create({"name": "意向", "field_type": "text"})
        self.assertEqual(made.technical_name, "x_lp_field_1")
        self.assertIn("x_lp_field_1", self.env["crm.lead"]._fields)

    def test_a_managers_own_request_makes_every_type(self):
        """Odoo looks at who began the transaction where a field comes with its options."""
        default = self.env.transaction.default_env
        self.addCleanup(setattr, self.env.transaction, "default_env", default)
        self.env.transaction.default_env = self.env(user=self.manager)
        fields = self._one_of_each()
        self.assertEqual(len(fields), 11)
        fields.filtered(lambda f: f.name == "Intent").with_user(self.manager).option_ids[0].unlink()
        self.assertEqual(self.env["crm.lead"]._fields["x_lp_intent"].selection, [("medium", "Medium"), ("low", "Low")])
        fields.with_user(self.manager).action_remove()

    def test_labels_are_in_both_languages(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        wizard = self._wizard([{"name": "Intent", "name_chinese": "意向程度", "field_type": "text"}])
        wizard.action_create()
        self.assertIn("x_lp_intent", self.env["crm.lead"]._fields)
        for lang, label in (("en_US", "Intent"), ("zh_CN", "意向程度")):
            about = self.env["crm.lead"].with_context(lang=lang).fields_get(["x_lp_intent"], ["string"])
            self.assertEqual(about["x_lp_intent"]["string"], label)

    def _wizard(self, lines):
        return (
            self.env["lead.custom.field.new"]
            .with_user(self.manager)
            .create({"line_ids": [Command.create(line) for line in lines]})
        )

    def test_the_dialog_makes_fields_in_one_save(self):
        with Form(self.env["lead.custom.field.new"].with_user(self.manager)) as form:
            for name, type_ in (("Model", "text"), ("Rooms", "integer")):
                with form.line_ids.new() as line:
                    line.name, line.field_type = name, type_
            with form.line_ids.new() as line:
                line.name, line.field_type, line.options = "Intent", "selection", "High, Low, None"
        form.record.action_create()
        self.assertEqual(
            self.env["crm.lead"]._fields["x_lp_intent"].selection, [("high", "High"), ("low", "Low"), ("none", "None")]
        )
        self.assertIn("x_lp_rooms", self.env["crm.lead"]._fields)

    def test_the_dialog_without_a_field_says_what_to_do(self):
        self.assert_refused("Add a field", self._wizard([]).action_create)


@tagged("post_install", "-at_install")
class TestBadInput(CustomFieldCase):
    def test_two_fields_with_one_label(self):
        self._make({"name": "Intent"})
        self.assert_refused("custom field “ intent”|“intent”", lambda: self._make({"name": " intent"}), ValidationError)
        self.assert_refused(
            "“Ｉntent” on leads already", lambda: self._make({"name": "A"}, {"name": "Ｉntent"}), ValidationError
        )

    def test_two_fields_with_one_label_in_one_save(self):
        self.assert_refused("“Model”", lambda: self._make({"name": "Model"}, {"name": "Model"}), ValidationError)

    def test_the_label_of_an_archived_field_is_taken(self):
        self._make({"name": "Intent"}).active = False
        self.assert_refused("archived custom field", lambda: self._make({"name": "Intent"}), ValidationError)

    def test_the_same_label_on_another_model_is_no_clash(self):
        self._make({"name": "Model"}, {"name": "Model", "on_lead": False, "on_customer": True})
        self.assertIn("x_lp_model", self.env["crm.lead"]._fields)
        self.assertIn("x_lp_model_2", self.env["res.partner"]._fields)

    def test_a_label_of_odoo(self):
        self.assert_refused("Odoo has a field “City”", lambda: self._make({"name": "City"}), ValidationError)

    def test_a_label_that_an_import_takes_for_something_else(self):
        self.assert_refused("something else in an import", lambda: self._make({"name": "External ID"}), ValidationError)

    def test_no_label(self):
        self.assert_refused("needs a label", lambda: self._make({"name": "　 "}))
        self.assert_refused("needs a label", lambda: self._make({"field_type": "text"}))

    def test_reserved_technical_names(self):
        for name in ("user_id", "x_name", "x_lp_", "x_lp_a; DROP TABLE crm_lead", "id", 7):
            self.assert_refused(
                "cannot be a technical name", lambda name=name: self._make({"name": "A", "technical_name": name})
            )
        self._make({"name": "A", "technical_name": "x_lp_mine"})
        self.assert_refused("already", lambda: self._make({"name": "B", "technical_name": "x_lp_mine"}))

    def test_a_name_that_a_field_of_odoo_has_is_not_given_again(self):
        self.env["ir.model.fields"].create(
            {"name": "x_lp_area", "field_description": "By a developer", "ttype": "char",
             "model_id": self.env["ir.model"]._get_id("crm.lead")}
        )  # fmt: skip
        self.assertEqual(self._make({"name": "Area"}).technical_name, "x_lp_area_2")

    def test_a_type_never_changes(self):
        field = self._make({"name": "Model"})
        self.assert_refused("cannot change", lambda: field.write({"field_type": "integer"}))
        self.assert_refused("cannot change", lambda: field.write({"technical_name": "x_lp_other"}))
        field.write({"field_type": "text", "name": "Product Model"})  # the same type is no change
        self.assertEqual(field.name, "Product Model")

    def test_a_selection_without_options(self):
        self.assert_refused("at least one option", lambda: self._make({"name": "A", "field_type": "selection"}))
        field = self._intent()
        self.assert_refused("at least one option", lambda: field.write({"option_ids": [Command.clear()]}))

    def test_a_link_to_nowhere_or_to_what_salespeople_may_not_read(self):
        self.assert_refused("what “A” links to", lambda: self._make({"name": "A", "field_type": "link"}))
        for model in ("crm.lead", "ir.config_parameter", "no.such.model"):
            self.assert_refused(
                "what “A” links to",
                lambda model=model: self._make({"name": "A", "field_type": "link", "link_model": model}),
            )

    def test_nowhere(self):
        self.assert_refused("leads, customers or orders", lambda: self._make({"name": "A", "on_lead": False}))

    def test_what_concerns_pools_concerns_leads(self):
        self.assert_refused(
            "put “A” on leads",
            lambda: self._make({"name": "A", "on_lead": False, "on_order": True, "required_to_convert": True}),
        )

    def test_yes_or_no_cannot_be_required(self):
        self.assert_refused(
            "always yes or no", lambda: self._make({"name": "A", "field_type": "boolean", "required_to_claim": True})
        )

    def test_two_hundred_at_once_are_made_and_more_are_refused(self):
        self._make(*({"name": f"Field {n}"} for n in range(200)))
        self.assertIn("x_lp_field_199", self.env["crm.lead"]._fields)
        self.assert_refused("at most 200", lambda: self._make(*({"name": f"More {n}"} for n in range(201))))

    def test_a_table_that_is_full_is_told_before_anything_is_made(self):
        with patch("odoo.addons.lead_pool.models.custom.columns.MOST_COLUMNS", 10):
            self.assert_refused("room for 0 more fields", lambda: self._make({"name": "A"}))

    def test_a_busy_table_is_told_and_nothing_is_made(self):
        def busy(*args, **kwargs):
            raise LockNotAvailable("canceling statement due to lock timeout")

        with patch.object(type(self.registry), "init_models", busy):
            self.assert_refused("Try again in a minute", lambda: self._make({"name": "A"}))
        self.assertFalse(self.env["lead.custom.field"].search([]))

    def test_two_options_of_one_name(self):
        field = self._intent()
        self.assert_refused(
            "two options named “HIGH”",
            lambda: field.write({"option_ids": [Command.create({"name": "HIGH"})]}),
            ValidationError,
        )

    def test_users_without_the_right(self):
        field, section = self._intent(), self.env["lead.custom.section"].create({"name": "S"})
        for user in (self.li, self.admin, self.marketing):
            mine = field.with_user(user)
            for do in (
                lambda mine=mine: mine.create({"name": "Mine"}),
                lambda mine=mine: mine.write({"name": "Mine"}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.action_remove(True),
                lambda mine=mine: mine.option_ids[:1].action_merge(mine.option_ids[1].id),
                lambda mine=mine: mine.option_ids[:1].write({"name": "x"}),
                lambda mine=mine, user=user: section.with_user(user).write({"name": "x"}),
                lambda user=user: self.env["lead.custom.field.new"].with_user(user).create({}),
                lambda user=user: self.env["lead.custom.field.remove"].with_user(user).create({}),
            ):
                self.assert_refused("not allowed", do, AccessError)

    def test_a_client_cannot_send_what_makes_the_column(self):
        """Whatever is sent, the column is what the type says; and the switch of a batch is no flag."""
        with self.assertRaises(ValueError), self.cr.savepoint():
            self.Field.create({"name": "A", "compute": "env['res.users']", "related": "user_id.password"})
        self._forget_rolled_back()
        self.Field.with_context(lead_custom_batch=True).create({"name": "B"})
        column = self.env["ir.model.fields"]._get("crm.lead", "x_lp_b")
        self.assertRecordValues(column, [{"ttype": "char", "compute": False, "related": False, "state": "manual"}])


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
        self.assertIn("“Intent”, “Rooms” must be filled in before", answer["message"])
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
class TestImport(CustomFieldCase):
    FILE = """Name,City,意向程度,Rooms,Budget,到店时间,Channels,是否付款,Remarks
Sofa,Beijing,高,3,"¥1,200.00",2026-03-02,Douyin;Expo,是,"Third floor, no lift"
Table,Shanghai,低,2,¥300,2026-03-05,Expo,否,
Lamp,Wuhan,高,,,,,是,
Chair,Wuhan,中,1,¥80.5,2026-03-07,,否,Two
"""

    def _read(self, text=FILE, name="shop.csv"):
        Wizard = self.env["lead.custom.field.new"].with_user(self.manager)
        form = Form(Wizard.with_context(default_file_name=name))
        form.file = base64.b64encode(text.encode() if isinstance(text, str) else text)
        return form

    def test_the_columns_of_a_file_become_fields_and_take_its_values(self):
        wizard = self._read().save()
        self.assertEqual(
            [(line.heading, line.make, line.field_type) for line in wizard.line_ids],
            [
                ("Name", False, "text"),
                ("City", False, "selection"),
                ("意向程度", True, "selection"),
                ("Rooms", True, "integer"),
                ("Budget", True, "amount"),
                ("到店时间", True, "date"),
                ("Channels", True, "multi"),
                ("是否付款", True, "boolean"),
                ("Remarks", True, "text"),
            ],
        )
        self.assertEqual(wizard.line_ids[1].known_as, "City")
        wizard.line_ids[8].field_type = "long_text"
        wizard.action_create()
        result = self._import_file()
        leads = self.env["crm.lead"].browse(result["ids"])
        names = dict(self.env["lead.custom.field"].search([]).mapped(lambda f: (f.name, f.technical_name)))
        self.assertEqual(leads.mapped("city"), ["Beijing", "Shanghai", "Wuhan", "Wuhan"])
        intent = dict(self.env["crm.lead"]._fields[names["意向程度"]].selection)
        self.assertEqual([intent[lead[names["意向程度"]]] for lead in leads], ["高", "低", "高", "中"])
        self.assertEqual(leads.mapped(names["Budget"]), [1200, 300, 0, 80.5])
        self.assertEqual(leads.mapped(names["是否付款"]), [True, False, True, False])
        self.assertEqual(leads[0][names["Channels"]].mapped("name"), ["Douyin", "Expo"])
        self.assertEqual(leads[3][names["Remarks"]], "Two")

    def _import_file(self):
        screen = (
            self.env["base_import.import"]
            .with_user(self.marketing)
            .create(
                {"res_model": "crm.lead", "file": self.FILE.encode(), "file_type": "text/csv", "file_name": "shop.csv"}
            )
        )
        options = {"quoting": '"', "separator": ",", "has_headers": True, "encoding": "utf-8"}
        preview = screen.parse_preview(dict(options))
        found = [preview["matches"].get(number, [False])[0] for number in range(len(preview["headers"]))]
        found[0] = "name"
        self.assertNotIn(False, found, "the screen finds each column by its heading")
        options = {**preview["options"], **options, "float_thousand_separator": ",", "float_decimal_separator": "."}
        result = screen.execute_import(found, preview["headers"], options)
        self.assertFalse(result["messages"])
        return result

    def test_a_column_of_odoos_own_name_can_be_a_field_of_its_own(self):
        wizard = self._read().save()
        wizard.line_ids.make = False
        wizard.line_ids[1].make = True
        self.assertEqual(wizard.line_ids[1].name, "City (shop)")
        wizard.action_create()
        self.assertIn("x_lp_city_shop", self.env["crm.lead"]._fields)
        mapping = self.env["base_import.mapping"].search([("res_model", "=", "crm.lead"), ("column_name", "=", "City")])
        self.assertEqual(mapping.field_name, "x_lp_city_shop")

    def test_a_second_file_finds_the_fields_of_the_first(self):
        wizard = self._read().save()
        wizard.action_create()
        again = self._read().save()
        self.assertFalse(again.new_count)

    def test_a_chinese_spreadsheet_in_gb18030(self):
        wizard = self._read("意向程度,备注\n高,一\n低,二\n高,三\n".encode("gb18030")).save()
        self.assertEqual(wizard.line_ids.mapped("heading"), ["意向程度", "备注"])
        self.assertEqual(wizard.line_ids[0].options, "高; 低")

    def test_what_is_no_table_is_told(self):
        wizard = (
            self.env["lead.custom.field.new"]
            .with_user(self.manager)
            .new({"file": base64.b64encode(b"\x89PNG\r\n\x1a\n\x00\x00"), "file_name": "photo.png"})
        )
        warning = wizard._onchange_file()["warning"]
        self.assertIn("Save it as CSV", warning["message"])
        self.assertFalse(wizard.line_ids)

    def test_cells_of_one_field_do_not_take_the_options_of_another(self):
        self._channels()
        other = self._channels(name="Media")
        result = self.env["crm.lead"].load(["name", "x_lp_media"], [["a", "Expo；Douyin"]])
        lead = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual(lead.x_lp_media, other.option_ids[:2])

    def test_amounts_have_a_symbol_also_of_a_currency_that_is_not_active(self):
        self._make({"name": "Fee", "field_type": "amount"})
        result = self.env["crm.lead"].load(["name", "x_lp_fee"], [["a", "￥1,200.50"], ["b", "€3"]])
        self.assertEqual(self.env["crm.lead"].browse(result["ids"]).mapped("x_lp_fee"), [1200.5, 3])

    def test_an_unknown_option_is_an_error_of_its_row(self):
        self._intent()
        result = self.env["crm.lead"].load(["name", "x_lp_intent"], [["a", "Low"], ["b", "Sky-high"]])
        self.assertFalse(result["ids"])
        self.assertIn("Sky-high", result["messages"][0]["message"])


@tagged("post_install", "-at_install")
class TestLists(CustomFieldCase):
    def test_every_list_has_default_values(self):
        for model in (
            "lead.group",
            "lead.follow.up.type",
            "lead.follow.up.level",
            "res.partner.industry",
            "utm.source",
        ):
            self.assertTrue(self.env[model].search_count([]), model)
        for kind in ("return", "invalid", "transfer", "reclaim"):
            self.assertTrue(self.env["lead.pool.reason"].search_count([("kind", "=", kind)]), kind)

    def test_import_templates_offer_ours(self):
        templates = self.env["crm.lead"].get_import_templates()
        self.assertIn("/lead_pool/import_template", [template["template"] for template in templates])


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


@tagged("post_install", "-at_install")
class TestDownloads(HttpCase):
    def setUp(self):
        self.addCleanup(self.registry.reset_changes)
        self.addCleanup(self.registry.clear_all_caches)
        super().setUp()
        self.env["lead.custom.field"].create(
            [
                {
                    "name": "Mood",
                    "field_type": "selection",
                    "option_ids": [Command.create({"name": name}) for name in ("Hot", "Cold", "Old")],
                },
                {"name": "Quoted", "field_type": "selection", "option_ids": [Command.create({"name": 'A, "B"'})]},
            ]
        )
        self.field = self.env["lead.custom.field"].search([("name", "=", "Mood")])
        self.field.option_ids[2].retired = True
        self.env["crm.lead"].create({"name": "Warm one", "x_lp_mood": "hot"})
        new_test_user(self.env, login="plain", groups="base.group_user")

    def _sheet(self, response):
        self.assertEqual(response.status_code, 200)
        return openpyxl.load_workbook(io.BytesIO(response.content)).active

    def test_the_template_has_the_custom_fields_and_their_options(self):
        self.authenticate("admin", "admin")
        sheet = self._sheet(self.url_open("/lead_pool/import_template"))
        headings = [cell.value for cell in sheet[1]]
        self.assertTrue({"Mood", "WeChat", "Company Registry Code", "Phone"} <= set(headings))
        lists = [rule.formula1 for rule in sheet.data_validations.dataValidation]
        self.assertIn('"Hot,Cold"', lists)
        self.assertFalse([text for text in lists if "B" in text and "A" in text])

    def test_who_may_not_create_leads_gets_no_template(self):
        self.authenticate("plain", "plain")
        self.assertEqual(self.url_open("/lead_pool/import_template").status_code, 403)

    def test_the_values_are_exported_before_a_field_goes(self):
        self.authenticate("admin", "admin")
        url = f"/lead_pool/custom_fields/export?model=crm.lead&ids={self.field.id}"
        rows = list(self._sheet(self.url_open(url)).values)
        self.assertEqual(rows[0], ("id", "name", "x_lp_mood"))
        self.assertEqual([row[1:] for row in rows[1:]], [("Warm one", "Hot")])
        for bad in ("model=res.users&ids=1", f"model=res.users&ids={self.field.id}", "model=crm.lead&ids=x"):
            self.assertEqual(self.url_open(f"/lead_pool/custom_fields/export?{bad}").status_code, 404)
