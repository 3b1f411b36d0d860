import json
from unittest.mock import patch

from lxml import etree
from psycopg2.errors import LockNotAvailable

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

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
