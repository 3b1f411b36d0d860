import json
from ast import literal_eval

from odoo.exceptions import AccessError, UserError

from .policy_io import PolicyCase


class TestPolicyExport(PolicyCase):
    def test_a_file_names_records_and_never_counts_on_their_numbers(self):
        file = self._file()
        self.assertEqual((file["format"], file["format_version"], file["name"]), ("lead_pool.policy", 1, "Beijing"))
        self.assertEqual(file["settings"]["team_id"], {"model": "crm.team", "xmlid": None, "name": "North"})
        self.assertEqual(file["admin_ids"], [{"user_id": "pooladmin"}])
        self.assertEqual([row["user_id"] for row in file["member_ids"]], ["li", "wang", "zhao"])
        self.assertIn("city", file["settings"]["open_field_ids"])
        industry = {"model": "res.partner.industry", "xmlid": None, "name": "Shipyards"}
        group = {"model": "res.partner", "xmlid": None, "name": "Yangtze Group"}
        self.assertEqual(
            file["assign_rule_ids"][0]["domain"],
            [
                "|",
                ["source_id", "=", {"model": "utm.source", "xmlid": None, "name": "Fair in Wuhan"}],
                "&",
                ["country_id", "in", [{"model": "res.country", "xmlid": "base.cn", "name": "China"}]],
                "!",
                ["partner_id", "any", [["industry_id", "=", industry], ["id", "child_of", group]]],
            ],
        )
        self.assertEqual(
            file["entry_rule_ids"][0]["domain"],
            [["partner_id.industry_id", "=", industry], ["city", "=", "Wuhan"]],
        )
        self.assertEqual(self._numbers(file), [])

    def _numbers(self, value, key=""):
        """Where in the file a number of a record could be: numbers besides limits, weights and days."""
        fields = {
            **self.env["lead.pool"]._fields,
            **{name: field for model in self._row_models() for name, field in self.env[model]._fields.items()},
        }
        if isinstance(value, dict):
            return [found for name, one in value.items() for found in self._numbers(one, name)]
        if isinstance(value, list):
            return [found for one in value for found in self._numbers(one, f"{key}, in a list")]
        number = type(value) in (int, float) and key != "format_version"
        return [key] if number and (key not in fields or fields[key].type not in ("integer", "float")) else []

    def _row_models(self):
        return [self.env["lead.pool"]._fields[name].comodel_name for name in self.env["lead.pool"]._policy_lists]

    def test_an_archived_rule_is_no_part_of_the_policy(self):
        self.rule.active = False
        self.assertEqual(self._file()["assign_rule_ids"], [])

    def test_only_who_may_change_the_pool_exports_it(self):
        for user in (self.admin, self.manager):
            self.assertEqual(self.pool.with_user(user).action_export_policy()["name"], "Beijing")
        for user in (self.li, self.marketing, self.stranger, self.all_docs):
            with self.subTest(user.name), self.assertRaises(AccessError):
                self.pool.with_user(user).action_export_policy()

    def test_a_condition_tells_no_name_that_its_reader_may_not_read(self):
        secret = self.env["crm.lead"].create({"name": "Secret of Zhao", "user_id": self.zhao.id, "type": "lead"})
        self.rule.domain = f"[('id', '=', {secret.id})]"
        self.assertIn("Secret", json.dumps(self.pool.action_export_policy()))
        self.env["lead.pool"].browse(self.pool.id).admin_ids.unlink()
        self.pool.write({"admin_ids": [(0, 0, {"user_id": self.admin.id})]})
        self.assertFalse(secret.with_user(self.admin).has_access("read"))
        file = self.pool.with_user(self.admin).action_export_policy()
        self.assertEqual(
            file["assign_rule_ids"][0]["domain"], [("id", "=", {"model": "crm.lead", "xmlid": None, "name": None})]
        )
        answer = self.pool.with_user(self.admin).action_import_policy(file)
        self.assertEqual(answer["diff"], [])
        self.assertIn("gone already", answer["problems"][0])


class TestPolicyImport(PolicyCase):
    def test_the_own_file_changes_nothing(self):
        for user in (self.admin, self.manager):
            pool = self.pool.with_user(user)
            before = self._state()
            answer = pool.action_import_policy(json.dumps(pool.action_export_policy()), dry_run=False)
            self.assertEqual(answer, {"diff": [], "problems": [], "pool_id": self.pool.id})
            self.assertEqual(self._state(), before)

    def test_a_second_pool_becomes_the_same_where_records_have_other_numbers(self):
        file = self._file()
        for record in (self.source, self.tag, self.industry, self.group):  # the same names in another database
            name, record.name = record.name, f"{record.name} (there)"
            record.flush_recordset()
            record.create({"name": name})
        rule = self.env["lead.pool.reclaim.rule"].create(
            {"name": "Only here", "pool_id": self.open_pool.id, "held_days": 3}
        )
        version = self.open_pool.policy_id.version
        file["settings"]["return_pool_ids"] = []

        answer = self.open_pool.with_user(self.manager).action_import_policy(file, dry_run=False)
        self.assertEqual(answer["problems"], [])
        self.assertIn("Visibility: Open to Members → Masked until claimed", answer["diff"])
        self.assertIn("Cooling-off: – → 5", answer["diff"])
        self.assertIn("Reclaim Rules: Only here removed", answer["diff"])
        self.assertIn("Distribution Rules: Big ones added", answer["diff"])
        self.assertFalse(rule.exists())
        self.assertEqual(self.open_pool.name, "Shanghai")
        self.assertEqual(self.open_pool.policy_id.version, version + 1)
        self.assertEqual(self.open_pool.policy_id.diff, "\n".join(answer["diff"]))
        self.assertEqual(self.open_pool.policy_id.create_uid, self.manager)
        source = self.env["utm.source"].search([("name", "=", "Fair in Wuhan")])
        self.assertIn(f"('source_id', '=', {source.id})", self.open_pool.assign_rule_ids.domain)
        self.assertNotEqual(source, self.source)

        self.assertEqual(self._file(self.open_pool, name="Beijing"), file)
        again = self.open_pool.with_user(self.manager).action_import_policy(file)
        self.assertEqual((again["diff"], again["problems"]), ([], []))

    def test_what_keeps_a_lead_goes_along(self):
        """The condition that exempts leads names its records, as those of the rules do."""
        self.pool.write(
            {
                "exempt_domain": f"[('tag_ids', 'in', [{self.tag.id}]), ('city', '=', 'Wuhan')]",
                "exempt_tag_ids": [(6, 0, self.tag.ids)],
                "exempt_order": True,
            }
        )
        file = self._file()
        tag = {"model": "crm.tag", "xmlid": None, "name": "Big"}
        self.assertEqual(file["settings"]["exempt_domain"], [["tag_ids", "in", [tag]], ["city", "=", "Wuhan"]])
        self.assertEqual(self.pool.with_user(self.manager).action_import_policy(file)["diff"], [])
        self.tag.name = "Big (there)"
        self.tag.flush_recordset()
        other = self.env["crm.tag"].create({"name": "Big"})  # the same name under another number
        copy = self._pool("Wuhan")
        answer = copy.with_user(self.manager).action_import_policy(file, dry_run=False)
        self.assertEqual(answer["problems"], [])
        self.assertEqual(literal_eval(copy.exempt_domain), [("tag_ids", "in", [other.id]), ("city", "=", "Wuhan")])
        self.assertEqual((copy.exempt_tag_ids, copy.exempt_order), (other, True))
        kept, goes = self._leads(pool=copy, city="Wuhan", tag_ids=[(6, 0, other.ids)]), self._leads(pool=copy)
        self._claim(self.li, kept + goes)
        self.assertEqual([bool(lead.reclaim_at) for lead in kept + goes], [False, True])

    def test_a_new_pool_is_made_by_managers(self):
        file = self._file(name="Nanjing")
        Pool = self.env["lead.pool"]
        with self.assertRaises(AccessError):
            Pool.with_user(self.admin).action_import_policy(file, dry_run=False)
        before = self._state()
        answer = Pool.with_user(self.manager).action_import_policy(file)
        self.assertEqual((answer["diff"][0], answer["pool_id"]), ("New pool “Nanjing”", False))
        self.assertEqual(self._state(), before)
        answer = Pool.with_user(self.manager).action_import_policy(file, dry_run=False)
        pool = Pool.browse(answer["pool_id"])
        self.assertEqual((pool.name, pool.team_id, answer["problems"]), ("Nanjing", self.team, []))
        self.assertEqual(pool.member_ids.user_id, self.reps)
        self.assertEqual(pool.policy_id.version, 1)
        self.assertEqual(self._file(pool), file)

    def test_a_dry_run_changes_nothing(self):
        self._held(self.li)
        file = self._file()
        file["settings"]["cooling_days"] = 9
        file["member_ids"] = [{"user_id": "stranger", "weight": 3}, {"user_id": "li", "weight": 1}]
        file["admin_ids"].append({"user_id": "zhao"})
        file["reclaim_rule_ids"].reverse()
        file["assign_rule_ids"] = []
        before = self._state()
        dry = self.pool.with_user(self.admin).action_import_policy(file, replace_members=True)
        self.assertEqual(self._state(), before)
        self.assertFalse(self.pool.with_user(self.zhao).is_admin)
        self.assertFalse(self.zhao.has_group("lead_pool.group_pool_admin"))

        done = self.pool.with_user(self.admin).action_import_policy(file, dry_run=False, replace_members=True)
        self.assertEqual(dry, done)
        self.assertEqual(
            done["diff"],
            [
                "Cooling-off: 5 → 9",
                "Members: Li Na, Weight: 2.5 → 1",
                "Members: Stranger added",
                "Members: Wang Wei removed",
                "Members: Zhao Min removed",
                "Admins: Zhao Min added",
                "Distribution Rules: Big ones removed",
                "Reclaim Rules: another order",
            ],
        )
        self.assertEqual(self.pool.policy_id.diff, "\n".join(done["diff"]))
        self.assertTrue(self.zhao.has_group("lead_pool.group_pool_admin"))

    def test_members_stay_and_leads_stay_with_their_holders(self):
        leads = self._held(self.wang, 2)
        file = self._file(member_ids=[{"user_id": "li", "weight": 4}], admin_ids=[])
        answer = self.pool.action_import_policy(file, dry_run=False)
        self.assertEqual(answer["diff"], ["Members: Li Na, Weight: 2.5 → 4"])
        self.assertEqual(self.pool.member_ids.user_id, self.reps)
        self.pool.action_import_policy(file, dry_run=False, replace_members=True)
        self.assertEqual(self.pool.member_ids.user_id, self.li)
        self.assertEqual(self.pool.admin_ids.user_id, self.admin, "Who runs the pool is decided where it is.")
        self.assertEqual(leads.user_id, self.wang)
        self._balance()

    def test_a_list_that_the_file_does_not_have_stays(self):
        file = self._file()
        del file["reclaim_rule_ids"], file["member_ids"], file["settings"]
        self.assertEqual(self.pool.action_import_policy(file)["diff"], [])
        self.assertEqual(
            self.pool.action_import_policy(file | {"reclaim_rule_ids": []})["diff"],
            ["Reclaim Rules: Fresh removed", "Reclaim Rules: Old removed"],
        )

    def test_rules_of_the_same_name_are_matched_in_their_order(self):
        self.pool.reclaim_rule_ids.write({"name": "Same"})
        file = self._file()
        self.assertEqual(self.pool.action_import_policy(file)["diff"], [])
        file["reclaim_rule_ids"][1]["held_days"] = 60
        self.assertEqual(
            self.pool.action_import_policy(file)["diff"], ["Reclaim Rules: Same (2), Held Longer Than: 90 → 60"]
        )

    def test_what_is_no_policy_file_is_refused_with_a_sentence(self):
        good = self._file()
        deep = "[" * 100_000 + "]" * 100_000
        for content, sentence in (
            ("", "no policy file"),
            ("nonsense", "no policy file"),
            (b"\xff\xfe\x00", "no policy file"),
            (b"PK\x03\x04", "no policy file"),
            ("[1, 2]", "no policy file"),
            ("null", "no policy file"),
            (None, "no policy file"),
            (5, "no policy file"),
            ({1, 2}, "no policy file"),
            (deep, "no policy file"),
            ({"format": "lead_pool.policy", "format_version": 1, "name": "x", "a": json.loads("[" * 90 + "]" * 90)},
             "no policy file"),
            (good | {"format": "other"}, "no policy file"),
            (good | {"format_version": "1"}, "no policy file"),
            (good | {"format_version": True}, "no policy file"),
            (good | {"format_version": 2}, "newer version"),
            (good | {"name": " "}, "“name” is missing"),
            (good | {"name": {"en_US": "x"}}, "“name” is missing"),
            (good | {"name": "half a \ud83d"}, "no policy file"),
            (good | {"name": "nothing \0 after"}, "no policy file"),
            (json.dumps(good | {"settings": {"cooling_days": float("nan")}}), "no policy file"),
            ('{"format": "lead_pool.policy", "format_version": ' + "9" * 9000 + "}", "no policy file"),
            (json.dumps(good | {"x": "y" * 1_000_001}), "larger than 1 MB"),
            (good | {"member_ids": [{}] * 1001}, "more than 1000 rows"),
        ):  # fmt: skip
            with self.subTest(str(content)[:60]), self.assertRaisesRegex(UserError, sentence):
                self.pool.action_import_policy(content, dry_run=False)
        with self.assertRaisesRegex(UserError, "one pool at a time"):
            (self.pool | self.open_pool).action_import_policy(good)

    def test_what_cannot_be_taken_over_is_told_and_the_rest_is_imported(self):
        """Part of the file, what is said, and nothing of it is here afterwards."""
        source = {"model": "utm.source", "xmlid": None}
        as_it_is = {"assign_rule_ids": self._file()["assign_rule_ids"]}
        for part, sentence in (
            ({"settings": {"cooling_days": -1}}, "“Cooling-off” stays as it is. “Cooling-off” cannot be “-1”."),
            ({"settings": {"cooling_days": "7"}}, "cannot be “7”"),
            ({"settings": {"cooling_days": True}}, "cannot be “True”"),
            ({"settings": {"cooling_days": 1.5}}, "cannot be “1.5”"),
            ({"settings": {"cooling_days": 2**40}}, "cannot be"),
            ({"settings": {"claimable": 1}}, "cannot be “1”"),
            ({"settings": {"visibility": "naked"}}, "“Visibility” cannot be “naked”"),
            ({"settings": {"visibility": None}}, "“Visibility” is empty"),
            ({"settings": {"visibility": ["open"]}}, "cannot be"),
            ({"settings": {"team_id": {"model": "crm.team", "xmlid": None, "name": "South"}}}, "“South”.*not found"),
            ({"settings": {"team_id": self.team.id}}, "in a way that is not understood"),
            ({"settings": {"team_id": {"model": "res.users", "name": "admin"}}}, "not understood"),
            ({"settings": {"team_id": {"name": ["x"]}}}, "not understood"),
            ({"settings": {"team_id": {"xmlid": "nonsense"}}}, "“nonsense”.*not found"),
            ({"settings": {"team_id": {"xmlid": "base.user_admin"}}}, "not found"),
            ({"settings": {"team_id": False}}, "“Sales Team” cannot be"),
            ({"settings": {"open_field_ids": ["phone"]}}, "“phone”.*not found"),
            ({"settings": {"open_field_ids": "city"}}, "cannot be"),
            ({"settings": {"policy_id": 1}}, "“policy_id” is no part of a policy"),
            ({"settings": {"active": False}}, "“active” is no part of a policy"),
            ({"settings": {"company_id": 1}}, "“company_id” is no part"),
            ({"settings": {"strategy": "default_assignee"}}, "Choose the default assignee"),
            ({"settings": []}, "another form"),
            ({"policy_ids": []}, "“policy_ids” is no part of a policy"),
            ({"member_ids": "li"}, "“Members” stays as it is. It has another form"),
            ({"member_ids": ["li"]}, "Members: “1” is left out. It has no name."),
            ({"member_ids": [{"weight": 1}]}, "It has no name"),
            ({"member_ids": [{"user_id": {"name": "li"}}]}, "It has no name"),
            ({"member_ids": [{"user_id": "nobody"}]}, "Members: “nobody” is left out. “nobody” .User. was not found"),
            ({"member_ids": [{"user_id": "li", "weight": -1}]}, "“Weight” cannot be “-1”"),
            ({"member_ids": [{"user_id": "li", "weight": 2000}]}, "between 0 .* and 1000"),
            ({"member_ids": [{"user_id": "li"}] * 2}, "“li” is left out. It is in the file twice"),
            ({"member_ids": [{"user_id": "li", "held": 0}]}, "“li: held” is no part of a policy"),
            ({"member_ids": [{"user_id": "li", "role": "admin"}]}, "“li: role” is no part of a policy"),
            ({"member_ids": [{"user_id": "li", "skill_domain": [["city", "="]]}]}, "a condition that is none"),
            ({"member_ids": [{"user_id": "li", "skill_domain": [["user_id.password", "=", "x"]]}]}, "cannot be used"),
            ({"assign_rule_ids": [{"name": "Big ones", "user_ids": ["stranger"]}]}, "not a member of “Beijing”"),
            ({"assign_rule_ids": [{"name": "Big ones", "user_ids": ["nobody"]}]}, "“nobody”.*not found"),
            ({"assign_rule_ids": [{"name": "Big ones", "domain": [["nonsense", "=", 1]]}]}, "cannot be used"),
            ({"assign_rule_ids": [{"name": "Big ones", "domain": [["source_id", "=", 7]]}]}, "by number"),
            ({"assign_rule_ids": [{"name": "Big ones", "domain": "[]"}]}, "a condition that is none"),
            ({"assign_rule_ids": [{"name": "Big ones", "domain": [["city", "=", {"name": "x"}]]}]}, "cannot be used"),
            ({"assign_rule_ids": [{"name": "Big ones", "domain": [["source_id", "=", source | {"name": "Gone"}]]}]},
             "Distribution Rules: “Big ones” is left out. “Gone” .*was not found"),
            ({"assign_rule_ids": [{"name": "Big ones", "domain": [["source_id", "=", source]]}]}, "gone already"),
            ({"assign_rule_ids": [{"name": "Big ones", "domain": [["partner_id", "any", "x"]]}]}, "that is none"),
        ):  # fmt: skip
            part = as_it_is | part
            file = {"format": "lead_pool.policy", "format_version": 1, "name": "Beijing", **part}
            file["reclaim_rule_ids"] = [{"name": "Fresh", "no_first_touch_days": 3}, {"name": "Old"}]
            with self.subTest(str(part)[:90]):
                answer = self.pool.with_user(self.manager).action_import_policy(file)
                self.assertEqual(len(answer["problems"]), 1, answer)
                self.assertRegex(answer["problems"][0], sentence)
                self.assertEqual(answer["diff"], ["Reclaim Rules: Fresh, Never Touched Within: 2 → 3"])

    def test_several_records_of_one_name_are_no_choice(self):
        self.env["utm.source"].flush_model()
        self.env["res.partner.industry"].create([{"name": "Shipyards"}])
        file = self._file()
        file["assign_rule_ids"][0]["domain"] = [
            ["industry_id", "=", {"model": "res.partner.industry", "xmlid": None, "name": "Shipyards"}]
        ]
        answer = self.pool.action_import_policy(file)
        self.assertIn("There are several “Shipyards” (Industry).", answer["problems"][0])
        self.assertEqual(answer["diff"], [])

    def test_one_bad_setting_does_not_hold_the_others(self):
        file = self._file(settings={"cooling_days": 8, "strategy": "default_assignee", "grace_hours": 48})
        answer = self.pool.action_import_policy(file, dry_run=False)
        self.assertEqual(answer["diff"], ["Cooling-off: 5 → 8", "Grace: 24 → 48"])
        self.assertEqual(len(answer["problems"]), 1)
        self.assertEqual((self.pool.cooling_days, self.pool.strategy), (8, "rotation"))


class TestPolicyRights(PolicyCase):
    def test_only_who_may_change_the_pool_imports_into_it(self):
        file = self._file()
        for user in (self.li, self.marketing, self.stranger, self.all_docs):
            for dry_run in (True, False):
                with self.subTest(user.name), self.assertRaises(AccessError):
                    self.pool.with_user(user).action_import_policy(file, dry_run=dry_run)
        other = self._pool("Other")
        other.admin_ids.unlink()
        with self.assertRaises(AccessError):
            other.with_user(self.admin).action_import_policy(file)

    def test_a_pool_admin_changes_no_entry_conditions_by_a_file(self):
        file = self._file(entry_rule_ids=[{"name": "From the fair", "domain": []}, {"name": "All", "domain": []}])
        answer = self.pool.with_user(self.admin).action_import_policy(file, dry_run=False)
        self.assertEqual(answer["diff"], [])
        self.assertEqual(
            answer["problems"],
            [
                "Entry Conditions: “From the fair” is left out. You may not change this.",
                "Entry Conditions: “All” is left out. You may not change this.",
            ],
        )
        file["entry_rule_ids"] = []
        answer = self.pool.with_user(self.admin).action_import_policy(file, dry_run=False)
        self.assertEqual(answer["diff"], [])
        self.assertIn("You may not change this.", answer["problems"][0])
        self.assertEqual(self.pool.with_user(self.manager).action_import_policy(file)["problems"], [])

    def test_no_record_is_found_that_the_caller_may_not_read(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = self._user("hidden", "base.group_portal", "Hidden")
        hidden.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        lead = self.env["crm.lead"].create({"name": "Of Zhao", "user_id": self.zhao.id})
        self.env["ir.model.data"].create({"module": "there", "name": "lead", "model": "crm.lead", "res_id": lead.id})
        for reference in ({"name": "Of Zhao"}, {"xmlid": "there.lead"}):
            file = self._file(
                assign_rule_ids=[{"name": "Probe", "domain": [["id", "=", {"model": "crm.lead", **reference}]]}],
                member_ids=[{"user_id": "hidden"}, {"user_id": "unknown"}],
            )
            answer = self.pool.with_user(self.admin).action_import_policy(file)
            self.assertEqual(answer["diff"], ["Distribution Rules: Big ones removed"])
            told = [problem.replace("hidden", "unknown") for problem in answer["problems"]]
            self.assertEqual(told[0], told[1], "Somebody hidden is as unknown as nobody.")
            self.assertIn("was not found", told[2])

    def test_counters_survive_whatever_the_file_says(self):
        self._held(self.li, 2)
        file = self._file(member_ids=[{"user_id": "li", "held": 0, "day_n": 0, "credit": 9, "weight": 3}])
        self.pool.with_user(self.admin).action_import_policy(file, dry_run=False)
        self.assertRecordValues(self._member(self.li), [{"held": 2, "day_n": 2, "weight": 3}])
        self._balance()
