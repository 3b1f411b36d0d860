"""Custom fields out of a file and into one."""

import base64
import io

import openpyxl

from odoo import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .test_custom_fields import CustomFieldCase


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
