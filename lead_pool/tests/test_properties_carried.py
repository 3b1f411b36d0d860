from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_custom_fields import CustomFieldCase


@tagged("post_install", "-at_install")
class TestPropertiesCarried(CustomFieldCase):
    """What a sales team adds to its leads in Odoo's own form is carried like a field."""

    def setUp(self):
        super().setUp()
        self.adviser = self.env["res.partner"].create({"name": "Adviser"})
        self.team.lead_properties_definition = [
            {
                "name": "colour",
                "string": "Paint",
                "type": "selection",
                "selection": [["r", "Red"], ["b", "Blue"], ["g", "Green"]],
            },
            {"name": "seats", "string": "Seats", "type": "integer"},
            {"name": "wishes", "string": "Wishes", "type": "tags", "tags": [["f", "Fast", 1], ["c", "Cheap", 2]]},
            {"name": "start", "string": "First Day", "type": "date"},
            {"name": "adviser", "string": "Adviser", "type": "many2one", "comodel": "res.partner"},
            {"name": "notes_html", "string": "Thoughts", "type": "html"},
        ]
        of_customers = self.env["properties.base.definition"]._get_definition_for_property_field(
            "res.partner", "properties"
        )
        of_customers.properties_definition = [
            {"name": "rows", "string": "Seats", "type": "integer"},
            {"name": "wants", "string": "Wishes", "type": "tags", "tags": [["1", "Cheap", 3], ["2", "Fast", 4]]},
            {"name": "day", "string": "First Day", "type": "date"},
            {"name": "other", "string": "Other", "type": "char"},
        ]
        self.env["lead.pool.mapping"]._propose()

    def _lead(self, values, **more):
        lead = self._held(self.li, **{"partner_name": "Galaxy", **more})
        self.assertEqual(lead.team_id, self.team)
        lead.lead_properties = values
        return lead

    def _rows(self, lead):
        wizard = self.env["lead.pool.convert"].with_user(self.li).new({"lead_id": lead.id})
        return {row["field"]: row for place in wizard.sheet["places"] for row in place["rows"]}

    def test_each_goes_to_its_namesake_and_what_has_none_is_said(self):
        lead = self._lead(
            {
                "colour": "b",
                "seats": 12,
                "wishes": ["f", "c"],
                "start": "2026-05-01",
                "adviser": self.adviser.id,
                "notes_html": "<p>Wants <b>much</b></p>",
            }
        )
        rows = self._rows(lead)
        self.assertEqual(
            {name: (row["text"], row["target"], row["outcome"]) for name, row in rows.items() if "." in name},
            {
                "lead_properties.seats": ("12", "Seats", "new"),
                "lead_properties.wishes": ("Fast; Cheap", "Wishes", "new"),
                "lead_properties.start": ("2026-05-01", "First Day", "new"),
                "lead_properties.colour": ("Blue", "Paint", "stays"),
                "lead_properties.adviser": ("Adviser", "Adviser", "stays"),
                "lead_properties.notes_html": ("Wants *much*", "Thoughts", "stays"),
            },
        )
        self.assertTrue(rows["lead_properties.colour"]["can_mend"])
        self.assertTrue(rows["lead_properties.colour"]["remark"], "a property is gone when the sales team changes")
        for name in ("lead_properties.colour", "lead_properties.adviser"):
            self.env["lead.pool.mapping"].with_user(self.manager).make_twin_of(name)
        self.assertEqual(self._rows(lead)["lead_properties.colour"]["outcome"], "new")
        with self.assertRaisesRegex(UserError, "“Thoughts” is a list or a link"):
            self.env["lead.pool.mapping"].with_user(self.manager).make_twin_of("lead_properties.notes_html")
        lead.with_user(self.li).action_convert({})
        company = lead.partner_id.parent_id
        self.assertEqual(dict(company.properties), {"rows": 12, "wants": "Cheap, Fast", "day": "2026-05-01"})
        self.assertEqual(company.x_lp_adviser, self.adviser)
        paints = dict(company._fields["x_lp_paint"]._description_selection(self.env))
        self.assertEqual(paints[company.x_lp_paint], "Blue")

    def test_a_known_customer_keeps_his_own_and_an_undo_empties_what_was_filled(self):
        company = self.env["res.partner"].create({"name": "Galaxy", "is_company": True})
        company.properties = {"rows": 3, "other": "theirs"}
        lead = self._lead({"seats": 12, "start": "2026-05-01"})
        outcomes = {name: row["outcome"] for name, row in self._rows(lead).items()}
        self.assertEqual(outcomes["lead_properties.seats"], "keeps")
        self.assertEqual(outcomes["lead_properties.start"], "fills")
        lead.with_user(self.li).action_convert({})
        self.assertEqual(lead.partner_id.parent_id, company)
        self.assertEqual(dict(company.properties), {"rows": 3, "other": "theirs", "day": "2026-05-01"})
        lead.with_user(self.admin).action_undo_conversion()
        self.assertEqual(
            {key: value for key, value in company.properties.items() if value}, {"rows": 3, "other": "theirs"}
        )

    def test_two_teams_share_a_place_and_managers_are_told_of_what_came_and_went(self):
        Mapping = self.env["lead.pool.mapping"]
        Mapping._cron_guard()
        south = self.env["crm.team"].create(
            {
                "name": "South",
                "lead_properties_definition": [{"name": "chairs", "string": "Seats", "type": "integer"}],
            }
        )
        Mapping._cron_guard()
        seats = Mapping.search([("lead_field", "in", ("lead_properties.seats", "lead_properties.chairs"))])
        self.assertEqual(seats.mapped(lambda row: (row.goes_to, row.target_field, row.use)),
                         [("company", "properties.rows", True)] * 2)  # fmt: skip
        newest = self.env["mail.message"].search([("subject", "like", "Fields have changed")], limit=1)
        self.assertIn("New on leads: “Seats”", newest.body)
        row = seats.filtered(lambda row: row.lead_field == "lead_properties.seats").with_user(self.manager)
        row.button_agree()
        lead = self._lead({"seats": 12})
        self.team.lead_properties_definition = [
            one for one in self.team.lead_properties_definition if one["name"] != "seats"
        ]
        self.assertIn("not there any more", row.problem)
        Mapping._cron_guard()
        newest = self.env["mail.message"].search([("subject", "like", "Fields have changed")], limit=1)
        self.assertIn("not there any more", newest.body)
        lead.with_user(self.li).action_convert({})
        self.assertFalse(dict(lead.partner_id.parent_id.properties))
        self.assertTrue(south)
