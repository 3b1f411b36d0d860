from .common import LeadPoolCase

OPTIONS = {"quoting": '"', "separator": ",", "has_headers": True, "encoding": "utf-8"}
HEADINGS = ["External ID", "Opportunity", "Lead Pool", "Salesperson", "Tags"]
FIELDS = ["id", "name", "pool_id", "user_id", "tag_ids"]


class TestImportScreen(LeadPoolCase):
    """Leads imported through Odoo's own screen: the pool is a column like any other."""

    def setUp(self):
        super().setUp()
        self.env["crm.tag"].create({"name": "Fair"})

    def _screen(self, user, *rows):
        lines = [",".join(HEADINGS), *(",".join(row) for row in rows)]
        return (
            self.env["base_import.import"]
            .with_user(user)
            .create(
                {
                    "res_model": "crm.lead",
                    "file": "\n".join(lines).encode(),
                    "file_type": "text/csv",
                    "file_name": "leads.csv",
                }
            )
        )

    def _import(self, user, *rows, dryrun=False):
        return self._screen(user, *rows).execute_import(FIELDS, HEADINGS, dict(OPTIONS), dryrun=dryrun)

    def test_the_screen_finds_the_column_of_the_pool_by_itself(self):
        preview = self._screen(self.marketing, ["a", "One", "Beijing", "", ""]).parse_preview(dict(OPTIONS))
        self.assertEqual(preview["matches"][HEADINGS.index("Lead Pool")], ["pool_id"])

    def test_leads_wait_in_the_pool_that_their_row_names(self):
        result = self._import(
            self.marketing,
            ["a", "One", "Beijing", "", "Fair"],
            ["b", "Two", "Shanghai", "", ""],
            ["c", "Three", "Beijing", "", ""],
        )
        self.assertFalse(result["messages"])
        leads = self.env["crm.lead"].browse(result["ids"])
        self.assertRecordValues(
            leads,
            [
                {"pool_id": self.pool.id, "pool_state": "waiting", "user_id": False, "team_id": self.team.id},
                {"pool_id": self.open_pool.id, "pool_state": "waiting", "user_id": False, "team_id": self.team.id},
                {"pool_id": self.pool.id, "pool_state": "waiting", "user_id": False, "team_id": self.team.id},
            ],
        )
        self.assertEqual(self._entries(leads)[0].tag_ids.name, "Fair")
        self._balance()

    def test_a_named_salesperson_holds_his_lead(self):
        result = self._import(self.admin, ["a", "One", "Beijing", "Li Na", ""])
        self.assertFalse(result["messages"])
        lead = self.env["crm.lead"].browse(result["ids"])
        self.assertRecordValues(lead, [{"pool_state": "held", "user_id": self.li.id}])
        self.assertEqual(lead.pool_holding_ids.origin, "imported")
        self._balance()

    def test_a_pool_that_does_not_exist_is_named_and_nothing_is_half_imported(self):
        before = self.env["crm.lead"].search_count([])
        result = self._import(self.marketing, ["a", "One", "Beijing", "", ""], ["b", "Two", "Peking", "", ""])
        self.assertFalse(result["ids"])
        [message] = result["messages"]
        self.assertIn("Peking", message["message"])
        self.assertEqual((message["type"], message["rows"]["from"]), ("error", 1))
        self.assertEqual(self.env["crm.lead"].search_count([]), before)
        self._balance()

    def test_a_rep_may_not_import_into_a_pool_and_is_told_why(self):
        before = self.env["crm.lead"].search_count([])
        result = self._import(self.li, ["a", "One", "Beijing", "", ""])
        self.assertFalse(result["ids"])
        self.assertIn("admins of “Beijing” put leads into it", result["messages"][0]["message"])
        self.assertEqual(self.env["crm.lead"].search_count([]), before)
        self._balance()

    def test_testing_the_import_leaves_nothing_behind(self):
        before = self.env["lead.pool.entry"].search_count([])
        result = self._import(self.marketing, ["a", "One", "Beijing", "", ""], dryrun=True)
        self.assertFalse(result["messages"])
        self.assertEqual(self.env["lead.pool.entry"].search_count([]), before)
        self._balance()

    def test_without_a_pool_the_entry_conditions_decide(self):
        self.env["lead.pool.entry.rule"].create(
            {"pool_id": self.open_pool.id, "domain": "[('tag_ids.name', '=', 'Fair')]"}
        )
        result = self._import(self.marketing, ["a", "One", "", "", "Fair"], ["b", "Two", "", "", ""])
        leads = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual(leads.mapped("pool_state"), ["waiting", "none"])
        self.assertEqual(leads[0].pool_id, self.open_pool)
        self._balance()

    def test_importing_again_changes_the_lead_and_neither_pool_nor_holder(self):
        """Without a column for the salesperson: an empty cell there means nobody, as everywhere in Odoo."""

        def load(name):
            Lead = self.env["crm.lead"].with_user(self.manager).with_context(import_file=True)
            return self.env["crm.lead"].browse(Lead.load(["id", "name", "pool_id"], [["a", name, "Beijing"]])["ids"])

        lead = load("One")
        self._claim(self.wang, lead)
        self.assertEqual(load("One again"), lead)
        self.assertRecordValues(
            lead, [{"name": "One again", "pool_id": self.pool.id, "pool_state": "held", "user_id": self.wang.id}]
        )
        self._balance()
