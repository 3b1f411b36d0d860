"""What the holder of a lead is told when it is his no longer, and what a lead has been through."""

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .keep import KeepCase


@tagged("post_install", "-at_install")
class TestFormerHolder(KeepCase):
    """Told by a message, and on every screen that still shows the lead as his."""

    def _taken_back(self):
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
        with freeze_time("2026-03-05 14:02:00"):
            self._run_cron()
        return lead

    def _inbox(self, user):
        return self.env["mail.message"].search(
            [("model", "=", "lead.pool"), ("res_id", "=", self.pool.id), ("partner_ids", "in", user.partner_id.ids)],
            order="id desc",
            limit=1,
        )

    STORY = "This lead went back to “Beijing” on 2026-03-05 14:02: No follow-up"

    def test_he_is_told_when_why_and_when_again(self):
        self.pool.cooling_days = 7
        lead = self._taken_back()
        body = self._inbox(self.li).body
        self.assertIn(
            f"Lead #{lead.id} went back to “Beijing” on 2026-03-05 14:02: No follow-up · rule “Three days”.", body
        )
        self.assertIn("may claim again from 2026-03-12 14:02 on", body)
        self.assertNotIn("Lead 0", body)

    def test_a_rule_that_is_called_like_its_reason_is_told_once(self):
        self.pool.reclaim_rule_ids.name = " No follow-Up"
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
            words = lead.with_user(self.li).deadline_words
        self.assertEqual(words, "Goes back on 2026-03-05 09:00: No follow-up.")
        self.pool.reclaim_rule_ids.name = "Three days"
        lead.invalidate_recordset(["deadline_words"])
        words = lead.with_user(self.li).deadline_words
        self.assertEqual(words, "Goes back on 2026-03-05 09:00: No follow-up (Three days).")
        self.pool.reclaim_rule_ids.name = "No follow-up"
        lead = self._taken_back()
        self.assertIn(
            f"Lead #{lead.id} went back to “Beijing” on 2026-03-05 14:02: No follow-up.", self._inbox(self.li).body
        )

    def test_a_rule_that_was_named_in_another_language_is_told_once_too(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search([("name", "=", "lead_pool")])._update_translations(["zh_CN"])
        field, chinese = self.env["lead.pool.entry"]._fields["deadline_reason"], self.env(context={"lang": "zh_CN"})
        same = dict(field._description_selection(chinese))["no_follow_up"]
        self.assertNotEqual(same, "No follow-up")
        beside = self.env["lead.pool.entry"]._rule_beside
        self.assertEqual(
            [beside("no_follow_up", name) for name in (same, "No follow-up", "Three days", False)],
            ["", "", "Three days", ""],
        )

    def test_in_his_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.li.lang = "fr_FR"
        reason = self._reason("reclaim")
        reason.with_context(lang="fr_FR").name = "En congé"
        lead = self._held(self.li)
        self._verb(self.admin, lead, "reclaim", reason.id, note="Until May")
        self.assertIn("En congé · Until May", self._inbox(self.li).body)
        [answer] = self._verb(self.li.with_context(lang="fr_FR"), lead, "lock")
        self.assertEqual(answer["code"], "waiting")

    def test_admins_get_one_message_a_run_where_the_pool_wants_it(self):
        with freeze_time("2026-03-02 09:00:00"):
            self._held(self.li, 2)
            self._held(self.wang)
        with freeze_time("2026-03-05 14:02:00"):
            self._run_cron()
            told = self._inbox(self.admin)
            self.assertIn("3 leads went back", told.subject)
            self.assertIn("Li Na: 2", told.body)
            self.assertIn("No follow-up", told.body)
            self._run_cron()
            self.assertEqual(self._inbox(self.admin), told, "once")
        self.pool.tell_admins_of_reclaims = False
        self._taken_back()
        self.assertEqual(self._inbox(self.admin), told)
        self.pool.tell_admins_of_reclaims = True
        self.env["lead.pool"]._tell_what_went_back()
        self.assertEqual(self._inbox(self.admin), told, "not of what went back while nobody wanted to know")

    def test_each_verb_says_what_happened(self):
        lead = self._taken_back()
        reason = self._reason("return").id
        for name, args in (
            ("return", [reason]),
            ("extend", [1]),
            ("lock", []),
            ("unlock", []),
        ):
            [answer] = self._verb(self.li, lead, name, *args)
            self.assertEqual(answer["code"], "waiting", name)
            self.assertTrue(answer["message"].startswith(self.STORY), answer["message"])

    def test_each_button_and_form_says_what_happened(self):
        lead = self._taken_back().with_user(self.li)
        calls = {
            "follow up": lambda: lead.action_follow_up({"note": "Spoke to her"}),
            "convert": lambda: lead.action_convert({}),
            "save": lambda: lead.web_save({"name": "Mine"}, {"name": {}}),
            "read": lambda: lead.web_read({"name": {}}),
            "return": lead.button_return,
            "extend": lead.button_extend,
            "lock": lead.button_lock,
            "invalid": lead.button_mark_invalid,
        }
        for name, call in calls.items():
            with self.subTest(name), self.assertRaises(AccessError) as raised, self.cr.savepoint():
                self.env.invalidate_all()
                call()
            self.assertTrue(str(raised.exception).startswith(self.STORY), raised.exception)
        with self.assertRaisesRegex(AccessError, "Nothing was saved"), self.cr.savepoint():
            lead.write({"name": "Mine"})

    def test_others_learn_nothing(self):
        lead = self._taken_back()
        with self.assertRaises(AccessError) as raised, self.cr.savepoint():
            lead.with_user(self.wang).read(["name"])
        self.assertNotIn("went back", str(raised.exception))

    def test_who_has_it_now_is_said_as_well(self):
        lead = self._held(self.li)
        self._verb(self.admin, lead, "assign", self.wang.id)
        [answer] = self._verb(self.li, lead, "return", self._reason("return").id)
        self.assertEqual(answer["code"], "not_holder")
        self.assertRegex(answer["message"], "^This lead was given to Wang Wei by Pool Admin on .*Wang Wei holds this")


@tagged("post_install", "-at_install")
class TestLife(KeepCase):
    """What a lead has been through: readable, searchable, sortable, groupable on the lead."""

    def test_counters_on_the_lead(self):
        fresh, once, twice = self._held(self.li, 3)
        self._verb(self.li, once + twice, "return", self._reason("return").id)
        self._claim(self.wang, twice)
        self._verb(self.admin, twice, "reclaim")
        self._claim(self.zhao, twice)
        leads = fresh + once + twice
        self.assertRecordValues(
            leads,
            [
                {"pool_recycled": 0, "pool_gone_back": False, "pool_holder_no": 1},
                {"pool_recycled": 1, "pool_gone_back": "returned", "pool_holder_no": 0},
                {"pool_recycled": 2, "pool_gone_back": "recalled", "pool_holder_no": 3},
            ],
        )
        Lead = self.env["crm.lead"]
        mine = [("id", "in", leads.ids)]
        for domain, expected in (
            ([("pool_recycled", ">", 0)], once + twice),
            ([("pool_recycled", "=", 0)], fresh),
            ([("pool_recycled", "!=", 2)], fresh + once),
            ([("pool_gone_back", "=", "recalled")], twice),
            ([("pool_gone_back", "=", False)], fresh),
            ([("pool_gone_back", "!=", False)], once + twice),
            ([("pool_gone_back", "in", ["returned", "recalled"])], once + twice),
            ([("pool_holder_no", ">=", 1)], fresh + twice),
            ([("pool_locked", "=", False)], leads),
        ):
            self.assertEqual(Lead.search([*mine, *domain]).sorted("id"), expected.sorted("id"), domain)
        self.assertEqual(Lead.search(mine, order="pool_recycled desc, id").ids, (twice + once + fresh).ids)
        self.assertEqual(
            Lead._read_group(mine, ["pool_gone_back"], ["__count"]), [("recalled", 1), ("returned", 1), (False, 1)]
        )
        self.assertTrue(Lead.fields_get(["pool_gone_back"])["pool_gone_back"]["groupable"])
        self.assertEqual(
            Lead.with_user(self.zhao).search([*mine, ("pool_recycled", ">", 0)]), twice, "as far as he reads"
        )
        groups = Lead.formatted_read_group(mine, ["pool_holder_no"], ["__count"])
        self.assertEqual([(g["pool_holder_no"], g["__count"]) for g in groups], [(0, 1), (1, 1), (3, 1)])

    def test_a_lead_in_no_pool_has_been_through_nothing(self):
        lead = self.env["crm.lead"].create({"name": "Free", "user_id": self.stranger.id})
        self.assertFalse(lead.pool_recycled or lead.pool_gone_back or lead.pool_holder_no or lead.pool_locked)
        self.assertIn(lead, self.env["crm.lead"].search([("pool_recycled", "=", 0), ("pool_locked", "!=", True)]))
