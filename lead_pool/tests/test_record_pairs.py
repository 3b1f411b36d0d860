from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..models.mapping import options
from .test_custom_fields import CustomFieldCase


@tagged("post_install", "-at_install")
class TestRecordPairs(CustomFieldCase):
    """Records that a lead names are paired with the options of a selection one by one, and the other way round."""

    def setUp(self):
        super().setUp()
        Source = self.env["utm.source"]
        self.fair, self.douyin, self.friend = Source.create([{"name": n} for n in ("Spring Fair", "Douyin", "Friend")])
        names = ("Exhibition", "douyin", "Word of Mouth")
        self._make(
            {
                "name": "Came By",
                "field_type": "selection",
                "option_ids": [Command.create({"name": name}) for name in names],
                "on_lead": False,
                "on_customer": True,
            }
        )
        self.came_by = self.Field.search([("name", "=", "Came By")])
        self.expo, self.video, self.word = self.came_by.option_ids.mapped("value")
        self.row = self._map("source_id", "x_lp_came_by")

    def _map(self, lead_field, target_field):
        Mapping = self.env["lead.pool.mapping"].with_user(self.manager)
        return Mapping.create({"lead_field": lead_field, "goes_to": "company", "target_field": target_field})

    def _sheet(self, lead):
        wizard = self.env["lead.pool.convert"].with_user(self.li).new({"lead_id": lead.id})
        return {row["field"]: row for place in wizard.sheet["places"] for row in place["rows"]}

    def _table(self, row):
        row.invalidate_recordset(["option_table", "unpaired"])
        return {one["key"]: one["twin"] for one in row.option_table["rows"]}

    def _choose(self, row, pairs):
        with Form(row) as form:
            table = form.option_table
            for one in table["rows"]:
                one["twin"] = pairs.get(one["key"], one["twin"])
            form.option_table = table

    def _converted(self, **values):
        lead = self._held(self.li, **{"partner_name": "Galaxy", **values})
        lead.with_user(self.li).action_convert({"create_anew": True})
        return lead.partner_id.parent_id

    # a link of the lead ---------------------------------------------------------------------------

    def test_records_are_paired_one_by_one_and_what_has_no_pair_is_lost(self):
        self.assertEqual(self.row.target_field, "x_lp_came_by")
        table = self._table(self.row)
        self.assertEqual([table[one.id] for one in (self.fair, self.douyin, self.friend)], [None, self.video, None])
        self.assertTrue(self.row.unpaired)
        self.assertEqual(self.row.may_lose, "an option that is not there")
        self._choose(self.row, {self.fair.id: self.expo, self.douyin.id: None})
        self.assertEqual((self.row.origin, self._table(self.row)[self.fair.id]), ("chosen", self.expo))
        lead = self._held(self.li, partner_name="Galaxy", source_id=self.fair.id)
        landed = self._sheet(lead)["source_id"]
        self.assertEqual((landed["outcome"], landed["text"], landed["there"]), ("new", "Spring Fair", "Exhibition"))
        lead.source_id = self.friend
        landed = self._sheet(lead)["source_id"]
        self.assertEqual((landed["outcome"], landed["loss"]), ("lost", "an option that is not there"))
        self.assertEqual(self._converted(source_id=self.fair.id).x_lp_came_by, self.expo)
        self.assertFalse(self._converted(source_id=self.friend.id).x_lp_came_by)
        self.assertFalse(self._converted(source_id=self.douyin.id).x_lp_came_by, "an admin left it out")

    def test_a_record_that_comes_later_goes_by_its_name_or_is_told(self):
        Mapping = self.env["lead.pool.mapping"]
        Mapping._cron_guard()
        told = self.env["mail.message"].search_count([("subject", "like", "Fields have changed")])
        self.env["utm.source"].create({"name": "EXHIBITION"})
        Mapping._cron_guard()
        self.assertEqual(self.env["mail.message"].search_count([("subject", "like", "Fields have changed")]), told)
        late = self.env["utm.source"].create({"name": "Radio"})
        Mapping._cron_guard()
        Mapping._cron_guard()
        messages = self.env["mail.message"].search([("subject", "like", "Fields have changed")])
        self.assertEqual(len(messages), told + len(self.env.ref("lead_pool.group_manager").all_user_ids), "once")
        self.assertIn("nothing takes “Radio”", messages[0].body)
        lead = self._held(self.li, partner_name="Galaxy", source_id=late.id)
        self.assertEqual(self._sheet(lead)["source_id"]["outcome"], "lost")

    def test_of_a_long_list_those_are_shown_that_leads_have_and_any_other_is_searched_for(self):
        self._held(self.li, source_id=self.friend.id)
        with patch.object(options, "SHORT", 2):
            self.row.options = False
            self.assertEqual(list(self._table(self.row)), self._had())
            self.assertNotIn(self.fair.id, self._had())
            with Form(self.row) as form:
                table = form.option_table
                self.assertEqual((table["source_model"], table["target_model"]), ("utm.source", ""))
                table["rows"].append({"key": self.fair.id, "label": "Spring Fair", "twin": self.expo, "proposed": None})
                form.option_table = table
            self.assertEqual(self._table(self.row)[self.fair.id], self.expo, "what was chosen stays on the page")
        self.assertEqual(self._converted(source_id=self.fair.id).x_lp_came_by, self.expo)

    def _had(self):
        return self.env["crm.lead"].search([("source_id", "!=", False)]).source_id.ids[:2]

    def test_several_records_go_to_several_options(self):
        self._channels(name="Ways", on_lead=False, on_customer=True)
        hot, expo, odd = self.env["crm.tag"].create([{"name": name} for name in ("Hot", "Expo", "Odd")])
        row = self._map("tag_ids", "x_lp_ways")
        douyin, fair, _website = self.Field.search([("technical_name", "=", "x_lp_ways")]).option_ids
        self._choose(row, {hot.id: douyin.id})
        lead = self._held(self.li, partner_name="Galaxy", tag_ids=[Command.set((hot | expo | odd).ids)])
        landed = self._sheet(lead)["tag_ids"]
        self.assertEqual((landed["outcome"], landed["there"]), ("new", "Douyin; Expo"))
        self.assertIn("an option that is not there", landed["remark"])
        lead.with_user(self.li).action_convert({})
        self.assertEqual(lead.partner_id.parent_id.x_lp_ways, douyin | fair)

    # a link of the customer -----------------------------------------------------------------------

    def test_options_go_to_records_by_name_or_as_chosen(self):
        retail, factory = self.env["res.partner.industry"].create([{"name": "Shops"}, {"name": "Factories"}])
        trade = [Command.create({"name": name}) for name in ("shops", "Makers", "Others")]
        self._make({"name": "Trade", "field_type": "selection", "option_ids": trade})
        shops, makers, others = self.Field.search([("name", "=", "Trade")]).option_ids.mapped("value")
        self.env["lead.pool.mapping"].search([("lead_field", "=", "industry_id")]).use = False
        row = self._map("x_lp_trade", "industry_id")
        self.assertEqual(self._table(row), {shops: retail.id, makers: None, others: None})
        self.assertEqual(row.option_table["target_model"], "res.partner.industry")
        self._choose(row, {makers: factory.id})
        self.assertEqual(row.unpaired, "Others")
        found = [self._converted(x_lp_trade=value).industry_id for value in (shops, makers, others)]
        self.assertEqual(found, [retail, factory, retail.browse()])
        factory.unlink()
        lead = self._held(self.li, partner_name="Galaxy", x_lp_trade=makers)
        landed = self._sheet(lead)["x_lp_trade"]
        self.assertEqual((landed["outcome"], landed["loss"]), ("lost", "a name that no record has"))

    # proposed, and what cannot be -----------------------------------------------------------------

    def test_a_link_and_a_selection_of_one_name_find_each_other(self):
        names = self.env["utm.source"].search([]).mapped("name")
        twins = [Command.create({"name": name}) for name in names]
        there = {"on_lead": False, "on_customer": True, "option_ids": twins}
        self.row.unlink()
        self._make({"name": "Source", "field_type": "selection", **there})
        found = self.env["lead.pool.mapping"].search([("lead_field", "=", "source_id")])
        self.assertEqual((found.target_field, found.use, found.origin), ("x_lp_source", True, "proposed"))
        self.assertIn("same options", found.why)
        self.assertFalse(found.unpaired)
        self.assertFalse(self.env["lead.pool.mapping"].search([("lead_field", "=", "medium_id")]), "nobody asked")

    def test_what_is_no_record_is_refused(self):
        for key, twin in ((self.fair.id, "gone"), (10**9, self.expo), ("x", self.expo), (None, self.expo)):
            with self.subTest(key=key, twin=twin), self.assertRaisesRegex(UserError, "not there any more"):
                rows = [{"key": key, "label": "", "twin": twin, "proposed": None}]
                self.row.option_table = {**self.row.option_table, "rows": rows}
