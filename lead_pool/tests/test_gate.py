"""Somebody who is known already comes again: by a form, a file, a program, a colleague."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import LeadPoolCase

PHONE = "+86 139 1234 5678"


@tagged("post_install", "-at_install")
class TestGate(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.cn")
        cls.robot = cls._user("robot", "lead_pool.group_integration", "Robot")
        cls.Lead = cls.env["crm.lead"]
        cls.company.lead_pool_default_id = cls.pool
        cls.known = cls._leads(phone=PHONE, email_from="chen@galaxy.example", partner_name="Galaxy Ltd")

    def _line(self, channel):
        return self.env["lead.pool.channel"].search([("channel", "=", channel), ("company_id", "=", False)])

    def _hand_in(self, *payloads, **kwargs):
        return self.env["lead.pool"].with_user(self.robot).action_take_in(list(payloads), **kwargs)

    def _inquiries(self, lead=None):
        return self.env["lead.pool.inquiry"].search([("lead_id", "=", (lead or self.known).id)])

    # ------------------------------------------------------------
    # BY A PROGRAM
    # ------------------------------------------------------------

    def test_a_program_hands_in_new_known_and_broken_leads(self):
        answers = self._hand_in(
            {"contact_name": "New", "phone": "+86 137 0000 1111"},
            {"contact_name": "Chen", "phone": "13912345678", "description": "Call <b>me</b>", "city": "Wuhan"},
            {"contact_name": "Broken", "nonsense": 1},
            {"contact_name": "New too", "phone": "0086 137-0000-1111"},
        )
        self.assertEqual([answer["code"] for answer in answers], ["created", "repeat", "invalid", "repeat"])
        self.assertEqual([answer["done"] for answer in answers], [True, True, False, True])
        self.assertEqual([answers[1]["id"], answers[3]["id"]], [self.known.id, answers[0]["id"]])
        self.assertIn("nonsense", answers[2]["message"])
        self.assertRecordValues(
            self.Lead.browse(answers[0]["id"]), [{"pool_id": self.pool.id, "pool_state": "waiting", "user_id": False}]
        )
        self.assertRecordValues(
            self._inquiries(), [{"channel": "integration", "message": "Call *me*", "after_end": False}]
        )
        self.assertEqual(self._inquiries().differing["contact_name"], "Chen")
        self.assertRecordValues(self.known, [{"inquiry_count": 1, "priority": "1", "contact_name": "Contact 0"}])
        event = self.env["lead.pool.event"].search([("lead_ref", "=", self.known.id)], limit=1, order="seq desc")
        self.assertEqual(event.kind, "inquiry")
        self._check_chain()

    def _check_chain(self):
        self.assertFalse(self.env["lead.pool.event"]._broken_chains())

    def test_the_same_request_is_answered_once(self):
        first = self._hand_in({"contact_name": "Once", "phone": PHONE}, request_uid="r-1")
        self.assertEqual(self._hand_in({"contact_name": "Once", "phone": PHONE}, request_uid="r-1"), first)
        self.assertEqual(self._inquiries().mapped("request_uid"), ["r-1"])

    def test_a_program_makes_leads_that_it_may_not_read(self):
        """Nobody's, in the company's default pool, which the program knows nothing of."""
        seller = self._user("selling_robot", "sales_team.group_sale_salesman", "Selling Robot")
        seller.group_ids = [Command.link(self.env.ref("lead_pool.group_integration").id)]
        for values in ({}, {"company_id": False}):
            self.env.invalidate_all()
            Lead = self.Lead.with_user(seller).with_context(tracking_disable=False, mail_create_nolog=False)
            lead = Lead.create({"name": "From a program", **values}).sudo()
            self.assertEqual((lead.pool_id, lead.user_id.id), (self.pool, False))
            self.assertTrue(lead.message_ids, "its first message is written")
            with self.assertRaises(AccessError):
                self.Lead.with_user(seller).browse(lead.id).read(["phone"])

    def test_who_is_no_program_of_ours_hands_in_nothing(self):
        with self.assertRaises(AccessError):
            self.env["lead.pool"].with_user(self.li).action_take_in([{"name": "X"}])
        with self.assertRaises(UserError):
            self._hand_in("no lead")

    def test_a_thousand_equal_rows_of_one_batch_are_one_lead(self):
        rows = [{"name": f"Row {number}", "phone": "+86 136 2222 3333"} for number in range(100)]
        self._hand_in(*[{"name": "Before", "phone": "+86 136 2222 4444"}] * 2)  # what Odoo keeps from then on
        before = self.env.cr.sql_log_count
        answers = self._hand_in(*rows)
        self.assertLess(self.env.cr.sql_log_count - before, 150, "one lead, and one message a row: no turn a row")
        self.assertEqual([answer["code"] for answer in answers], ["created"] + ["repeat"] * 99)
        self.assertEqual({answer["id"] for answer in answers}, {answers[0]["id"]})
        self.assertEqual(len(self._inquiries(self.Lead.browse(answers[0]["id"]))), 99)

    def test_queries_do_not_grow_with_the_leads(self):
        def hand_in(first, count):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Lead.with_user(self.manager)._look_before(
                [{"name": "x", "phone": f"+86 135 {first:04d} {number:04d}"} for number in range(count)], "intake"
            )
            return self.env.cr.sql_log_count - before

        hand_in(0, 2)
        self.assertEqual(hand_in(1, 5), hand_in(2, 50))

        def look_at_known(count):
            leads = self._leads(count, email_from=False)
            for number, lead in enumerate(leads):
                lead.phone = f"+86 135 7{count:03d} {number:04d}"
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            looked = self.Lead.with_user(self.li)._look_before(
                [{"name": "x", "phone": lead.phone} for lead in leads], "import"
            )
            self.assertEqual({one.code for one in looked}, {"flagged"})
            return self.env.cr.sql_log_count - before

        look_at_known(2)
        self.assertLessEqual(look_at_known(40), look_at_known(5) + 2)

        def inquire(count):
            leads = self._leads(count, phone=False, wechat=False)
            for number, lead in enumerate(leads):
                lead.email_from = f"q{count}-{number}@galaxy.example"
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            answers = self._hand_in(*[{"name": "again", "email_from": lead.email_from} for lead in leads])
            self.assertEqual({answer["code"] for answer in answers}, {"repeat"})
            return self.env.cr.sql_log_count - before

        inquire(2)
        self.assertLessEqual(inquire(40), inquire(4) + 3)

    # ------------------------------------------------------------
    # POLICIES
    # ------------------------------------------------------------

    def test_a_rep_is_never_held_up_and_told_no_more_than_the_team(self):
        self._line("ui").sure_lead = "repeat"
        lead = self.Lead.with_user(self.li).create({"name": "Mine", "phone": PHONE})
        self.assertNotEqual(lead, self.known)
        self.assertEqual(lead.duplicate_alert, "Known already: a lead taken by the team “North”.")
        self.assertFalse(lead.duplicate_of_id)
        self.assertIn(f"#{self.known.id}", self.Lead.with_user(self.manager).browse(lead.id).duplicate_alert)
        self.assertFalse(self._inquiries())

    def test_refused_with_a_sentence_that_leaks_nothing(self):
        self._line("ui").sure_lead = "refuse"
        with self.assertRaises(UserError) as refused, self.env.cr.savepoint():
            self.Lead.with_user(self.li).create({"name": "Mine", "phone": PHONE})
        text = str(refused.exception)
        self.assertIn("North", text)
        for secret in ("Lead 0", "Contact 0", "Galaxy", "chen", str(self.known.id)):
            self.assertNotIn(secret, text)
        taken = self.Lead.with_user(self.li)._take_in([{"name": "Mine", "phone": PHONE}, {"name": "Other"}], "ui")
        self.assertEqual([one.code for one in taken], ["duplicate", "created"])

    def test_given_to_the_same_owner(self):
        self._claim(self.wang, self.known)
        self._line("intake").sure_lead = "same_owner"
        [one] = self.Lead._take_in([{"name": "Again", "phone": PHONE}], "intake")
        self.assertEqual(one.code, "same_owner")
        self.assertRecordValues(one.lead, [{"user_id": self.wang.id, "pool_state": "held", "pool_id": self.pool.id}])
        self._balance()

    def test_the_website_gets_the_existing_lead_back(self):
        website = self.Lead.sudo().with_context(lead_pool_channel="website")
        again = website.create([{"name": "Form", "phone": PHONE}, {"name": "Form", "phone": "+86 137 9999 0000"}])
        self.assertEqual(again[0], self.known)
        self.assertEqual(len(again), 2)
        mail = self.env["mail.thread"].message_process(
            "crm.lead",
            "From: Chen <chen@galaxy.example>\nTo: sales@x.example\nSubject: Hello\nMessage-Id: <gate-1@x>\n\nAgain",
        )
        self.assertEqual(mail, self.known.id)
        self.assertIn("Again", self.known.message_ids[0].body)
        self.assertEqual(self._inquiries().mapped("channel"), ["mail", "website"])

    def test_code_that_knows_no_gate_gets_the_lead_that_it_made(self):
        lead = self.env["crm.lead"].sudo().create({"name": "By code", "phone": PHONE})
        self.assertNotEqual(lead, self.known)
        self.assertTrue(lead.duplicate_alert)

    def test_a_company_has_its_own_line(self):
        self.env["lead.pool.channel"].create(
            {"channel": "integration", "company_id": self.company.id, "sure_lead": "flag"}
        )
        [answer] = self._hand_in({"name": "Again", "phone": PHONE})
        self.assertEqual(answer["code"], "flagged")

    def test_observing_and_stopped_pools_hold_nothing_up(self):
        self.pool.mode = "observe"
        [answer] = self._hand_in({"name": "Again", "phone": PHONE})
        self.assertEqual(answer["code"], "flagged")
        flag = self.env["lead.pool.duplicate"].search([("lead_id", "=", answer["id"])])
        self.assertEqual(flag.would, "repeat")
        self.pool.mode = "active"
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", "True")
        [answer] = self._hand_in({"name": "Again", "phone": PHONE})
        self.assertEqual(answer["code"], "flagged")

    def test_looking_before_writes_nothing(self):
        before = self.Lead.search_count([])
        looked = self.Lead.with_user(self.manager)._look_before(
            [
                {"name": "A", "phone": PHONE},
                {"name": "B", "phone": "13711112222"},
                {"name": "C", "phone": "13711112222"},
            ],
            "import",
        )
        self.assertEqual([one.code for one in looked], ["flagged", "created", "flagged"])
        self.assertEqual(looked[0].of, self.known)
        self.assertIn("earlier row", looked[2].message)
        self.assertEqual(self.Lead.search_count([]), before)

    def test_the_look_before_says_what_then_becomes_of_each_row(self):
        Lead, line = self.Lead.with_user(self.manager), self._line("import")
        told = {
            "flag": [("flagged", None), ("flagged", 0), ("flagged", 0)],
            "repeat": [("repeat", None), ("created", None), ("repeat", 1)],
            "refuse": [("duplicate", None), ("created", None), ("duplicate", 1)],
        }
        for action, expected in told.items():
            with self.subTest(action):
                line.sure_lead = action
                mail = f"{action}@known.example"
                rows = [
                    {"name": "Known", "phone": PHONE, "email_from": mail},
                    {"name": "Of the first row, which may become no lead", "email_from": mail.upper()},
                    {"name": "Of both", "email_from": mail},
                ]
                looked = Lead._look_before(rows, "import")
                self.assertEqual([(one.code, one.twin) for one in looked], expected)
                taken = Lead._take_in(rows, "import")
                self.assertEqual([one.code for one in taken], [one.code for one in looked])
                for one, before in zip(taken, looked, strict=True):
                    self.assertEqual(one.of, before.of if before.twin is None else taken[before.twin].lead)

    def test_colleagues_behind_one_switchboard_are_told_apart(self):
        rows = [{"name": who, "contact_name": who, "phone": "010-65529988"} for who in ("Ann", "Bob", "Bob", "Ann")]
        Lead = self.Lead.with_user(self.manager)
        looked = Lead._look_before(rows, "import")
        self.assertEqual([one.twin for one in looked], [None, None, 1, 0])
        taken = Lead._take_in(rows, "import")
        self.assertEqual([one.of.name for one in taken], [False, False, "Bob", "Ann"])

    def test_rows_of_two_companies_are_no_twins(self):
        other = self.env["res.company"].create({"name": "Other"})
        rows = [{"name": "A", "phone": "13711113333", "company_id": one.id} for one in (self.company, other)]
        looked = self.Lead.with_user(self.manager)._look_before(rows, "import")
        self.assertEqual([one.code for one in looked], ["created", "created"])

    # ------------------------------------------------------------
    # REPEAT INQUIRIES
    # ------------------------------------------------------------

    def test_the_owner_is_told_once_in_a_while(self):
        with freeze_time("2026-03-02 09:00:00"):
            self._claim(self.li, self.known)
            for _time in range(3):
                self._hand_in({"name": "Again", "phone": PHONE})
        kind = self.env.ref("lead_pool.mail_activity_inquiry")
        activities = self.known.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)
        self.assertEqual(activities.user_id, self.li)
        self.assertEqual(len(activities), 1)
        with freeze_time("2026-03-02 10:00:00"):
            self._hand_in({"name": "Again", "phone": PHONE})
        activities = self.known.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)
        self.assertEqual(len(activities), 2)
        self.assertRecordValues(self.known, [{"priority": "3", "inquiry_count": 4, "user_id": self.li.id}])

    def test_lost_and_invalid_leads_wait_in_their_pool_again(self):
        self._claim(self.li, self.known)
        self.known.with_user(self.li).action_set_lost()
        self.assertEqual(self.known.pool_state, "lost")
        self._hand_in({"name": "Again", "phone": PHONE})
        self.env.invalidate_all()
        self.assertRecordValues(self.known, [{"pool_state": "waiting", "user_id": False, "active": True}])
        self._entries(self.known).with_user(self.admin).action_mark_invalid(self._reason("invalid").id)
        self.env.invalidate_all()
        self.assertEqual(self.known.pool_state, "invalid")
        self._hand_in({"name": "Again", "phone": PHONE})
        self.env.invalidate_all()
        self.assertRecordValues(self.known, [{"pool_state": "waiting", "user_id": False, "active": True}])
        self._balance()

    def test_of_a_won_lead_the_customers_salesperson_is_told(self):
        self._claim(self.li, self.known)
        partner = self.env["res.partner"].create({"name": "Chen", "user_id": self.wang.id})
        self.known.partner_id = partner
        self.known.phone = PHONE
        self.known.action_set_won()
        self._hand_in({"name": "Again", "phone": PHONE})
        self.assertTrue(self._inquiries().after_end)
        self.assertEqual(partner.activity_ids.user_id, self.wang)

    def test_an_inquiry_is_read_by_who_reads_the_lead(self):
        self._hand_in({"name": "Again", "phone": PHONE, "description": "secret words"})
        inquiries = self.env["lead.pool.inquiry"]
        self.assertTrue(inquiries.with_user(self.admin).search([("message", "like", "secret")]))
        self.assertFalse(inquiries.with_user(self.wang).search([("message", "like", "secret")]))
        self._claim(self.wang, self.known)
        self.assertTrue(inquiries.with_user(self.wang).search([("message", "like", "secret")]))
        self.assertFalse(inquiries.with_user(self.li).search([("message", "like", "secret")]))

    def test_a_message_is_plain_text_in_the_chatter(self):
        website = self.Lead.sudo().with_context(lead_pool_channel="website")
        website.create({"name": "<img src=x onerror=alert(1)>", "phone": PHONE, "description": "<script>x</script>hi"})
        body = self.known.message_ids[0].body
        self.assertNotIn("<script", body)
        self.assertNotIn("<img", body)

    # ------------------------------------------------------------
    # FLAGS AND MERGE
    # ------------------------------------------------------------

    def test_not_a_duplicate_is_remembered(self):
        lead = self.Lead.with_user(self.li).create({"name": "Mine", "phone": PHONE})
        lead.button_not_a_duplicate()
        self.assertFalse(lead.duplicate_alert)
        flag = self.env["lead.pool.duplicate"].search([("lead_id", "=", lead.id)])
        self.assertRecordValues(flag, [{"dismissed": True, "dismissed_by_id": self.li.id}])
        with self.assertRaises(UserError):
            lead.button_merge_duplicate()

    def test_a_merge_keeps_inquiries_and_ledgers(self):
        self._hand_in({"name": "Again", "phone": PHONE})
        self._line("integration").sure_lead = "flag"
        [answer] = self._hand_in({"name": "Second", "phone": PHONE})
        twin = self.Lead.browse(answer["id"])
        action = twin.with_user(self.admin).button_merge_duplicate()
        self.assertEqual(set(action["context"]["active_ids"]), {twin.id, self.known.id})
        merged = (twin | self.known).with_user(self.admin).merge_opportunity()
        self.assertEqual(len(self._inquiries(merged)), 1)
        gone = (twin | self.known).ids[1] if merged.id == (twin | self.known).ids[0] else (twin | self.known).ids[0]
        self.assertTrue(self.env["lead.pool.event"].search_count([("lead_ref", "=", gone), ("kind", "=", "merged")]))
        self.assertFalse(self.env["lead.pool.duplicate"].search([("other_lead_id", "=", gone)]))
        self._balance()

    # ------------------------------------------------------------
    # IS IT TAKEN?
    # ------------------------------------------------------------

    def test_taken_free_or_a_customer_and_no_more(self):
        Pool = self.env["lead.pool"].with_user(self.stranger)
        taken = Pool.is_taken(phone="139 1234 5678")
        self.assertEqual(taken, {"state": "taken", "team": "North", "message": "Taken, by the team “North”."})
        self.assertEqual(Pool.is_taken(email="nobody@nowhere.example")["state"], "free")
        self.known.action_set_won()
        self.assertEqual(Pool.is_taken(phone=PHONE)["state"], "customer")
        asked = self.env["lead.pool.question"].search([("user_id", "=", self.stranger.id)])
        self.assertEqual(sorted(asked.mapped("answer")), ["customer", "free", "taken"])
        self.assertEqual(set(asked.mapped("kinds")), {"phone", "email"})
        for slip in ({"phone": "  "}, {"phone": "abc"}, {"email": "li.na@"}, {"company": "Ltd"}):
            with self.subTest(slip), self.assertRaises(UserError):
                Pool.is_taken(**slip)
        self.env.company.country_id = self.env.ref("base.us")
        self.assertNotEqual(Pool.is_taken(phone="139 1234 5678")["state"], "free", "as it is dialled in China")
        with self.assertRaises(AccessError):
            self.env["lead.pool"].with_user(self.robot).is_taken(phone=PHONE)

    def test_zero_questions_in_the_settings_means_no_limit(self):
        settings = self.env["res.config.settings"].create({"lead_pool_questions_an_hour": 0})
        settings.execute()
        self.assertEqual(self.env["res.config.settings"].create({}).lead_pool_questions_an_hour, 0)
        self.assertEqual(self.env["lead.pool"]._questions_an_hour(), 0)

    def test_a_rep_asks_as_often_as_he_may(self):
        self.env["ir.config_parameter"].set_param("lead_pool.questions_an_hour", 2)
        Pool = self.env["lead.pool"].with_user(self.stranger)
        with freeze_time("2026-03-02 09:00:00"):
            states = [Pool.is_taken(phone=PHONE)["state"] for _time in range(3)]
        self.assertEqual(states, ["taken", "taken", "refused"])
        with freeze_time("2026-03-02 10:00:01"):
            self.assertEqual(Pool.is_taken(phone=PHONE)["state"], "taken")

    def test_the_dialog_answers(self):
        dialog = self.env["lead.pool.is.taken"].with_user(self.stranger).create({"phone": PHONE})
        self.assertEqual(dialog.action_ask()["res_id"], dialog.id)
        self.assertRecordValues(dialog, [{"state": "taken", "answer": "Taken, by the team “North”."}])
