import re
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..rules.facts import REFUSALS, Verdict
from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestRefusals(LeadPoolCase):
    """Why somebody could not take leads yesterday: refused claims are counted, by reason."""

    def _refused(self):
        self.env.invalidate_all()
        return self.env["lead.pool.refusal"].search([])

    def test_refused_claims_are_counted_by_day_and_reason(self):
        self._held(self.li)
        self._member(self.li).capacity = 1
        leads = self._leads(3)
        self._claim(self.li, leads)
        self._claim(self.li, leads[0])
        self._claim(self.wang, leads[0])
        [row] = self._refused()
        self.assertEqual(
            (row.user_id, row.pool_id, row.code, row.count), (self.li, self.pool, "capacity_full", 4), "one row a day"
        )
        self.assertEqual(row.last_lead_ref, leads[0].id)
        self.assertIn("at most 1 leads", row.last_message)
        self._claim(self.li, leads[0])  # Wang has it by now
        self.assertEqual(sorted(self._refused().mapped("code")), ["capacity_full", "taken"])

    def test_a_claim_in_which_nothing_is_refused_writes_nothing(self):
        locked = self._entries(self._leads(1)).sudo()._lock(users=self.li.ids)
        with self.assertQueryCount(0):
            self.env["lead.pool.refusal"]._keep([{"id": entry_id, "code": False} for entry_id in locked.rows], locked)
        self._held(self.li)
        self.assertFalse(self._refused())

    def test_a_lead_that_one_may_not_know_of_is_not_told_in_a_pool(self):
        self._claim(self.stranger, self._leads(1))
        self.assertFalse(self._refused())

    def test_the_member_reads_why_and_admins_see_the_list(self):
        self._member(self.li).paused = True
        self._claim(self.li, self._leads(2))
        message = self.pool.with_user(self.li).action_why_not_me()["message"]
        self.assertRegex(message, r"Refused to you on [\d-]+: 2, the last one #\d+\. ")
        self.assertIn("is paused. Ask the pool's admin", message)
        self.assertNotIn("refused", self.pool.with_user(self.wang).action_why_not_me()["message"])
        Refusal = self.env["lead.pool.refusal"]
        self.assertEqual(len(Refusal.with_user(self.admin).search([])), 1)
        self.assertEqual(len(Refusal.with_user(self.manager).search([])), 1)
        self.pool.admin_ids.unlink()
        self.assertFalse(Refusal.with_user(self.admin).search([]), "of their own pools")
        for user in (self.li, self.marketing):
            with self.assertRaises(AccessError):
                Refusal.with_user(user).search([])
        with self.assertRaises(AccessError):
            self._refused().with_user(self.manager).write({"count": 0})

    def test_they_are_forgotten_after_ninety_days(self):
        self._member(self.li).paused = True
        self._claim(self.li, self._leads(1))
        row = self._refused()
        row.day = row.day - timedelta(days=89)
        self.env["lead.pool.refusal"]._gc_refusals()
        self.assertTrue(self._refused())
        row.day = row.day - timedelta(days=3)  # a day of the pool's, which may be ahead of the server's
        self.env["lead.pool.refusal"]._gc_refusals()
        self.assertFalse(self._refused())


#: What a sentence tells to do: one of these words, or the moment from which it is possible.
TO_DO = re.compile(
    r"\b(Ask|Add|Choose|Claim|Convert|Decline|Fill|Follow|Give|Have|Look|Open|Press|press|Reload|Restore|Return|Say|"
    r"Try|Unlock|Use|Wait|write|has to|Assign|must be filled in|decide)\b"
)
#: Codes that say when it will be possible, where a moment is known.
TIMED = (
    "capacity_full",  # of a new member, whose capacity grows
    "card_limit",
    "cooling_off",
    "daily_limit",
    "daily_limit_all",
    "hourly_limit",
    "hourly_limit_all",
    "no_lead",  # the next one is protected or cools off
    "not_due",
    "protected",
    "undo_used",
)
#: There is nothing to do, and the sentence says so.
NOTHING_TO_DO = ("no_deadline", "observe_only")


@tagged("post_install", "-at_install")
class TestSentences(LeadPoolCase):
    """Every refusal says what to do, and when it will be possible."""

    def _say(self, verdict, user=None):
        Entry = self.env["lead.pool.entry"].with_user(user or self.li)
        names = {"pool": "Beijing", "user": "Wang Wei", "order": "oldest"}
        return Entry._sentence(verdict, names)

    def _verdict(self, code, **more):
        rule = self.env["lead.pool.claim.rule"].search([], limit=1)
        if code == "claim_rule":
            more["rule_id"] = rule.id
        return Verdict(code, missing=("City",), limit=3, count=5, **more)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["lead.pool.claim.rule"].create(
            {"name": "Wuhan", "pool_id": cls.pool.id, "user_ids": [Command.set(cls.zhao.ids)]}
        )

    def test_each_code_has_a_sentence_that_tells_what_to_do(self):
        soon = fields.Datetime.to_datetime("2026-03-03 01:00:00")
        for code in REFUSALS:
            with self.subTest(code):
                text = self._say(self._verdict(code))
                self.assertNotEqual(text, "This is not possible.")
                self.assertRegex(text, r"^\S.*\.$")
                self.assertNotRegex(text, r"None|False|%\(|“”|  ")
                if code in TIMED:
                    text = self._say(self._verdict(code, retry_at=soon))
                    self.assertTrue(text.endswith("Possible again from 2026-03-03 01:00."), text)
                elif code not in NOTHING_TO_DO:
                    self.assertRegex(text, TO_DO)

    def test_each_kind_of_a_code_has_its_own_sentence(self):
        names = {"pool": "Beijing", "user": "Wang Wei", "limit": 3, "count": 5, "missing": "City"}
        sentences = self.env["lead.pool.entry"]._refusal_sentences(names)
        for name in filter(lambda name: ":" in name, sentences):
            with self.subTest(name):
                code, about = name.split(":")
                self.assertIn(code, REFUSALS)
                text = self._say(self._verdict(code, about=about))
                self.assertNotEqual(text, self._say(self._verdict(code)))
                self.assertRegex(text, TO_DO)

    def test_the_moment_is_told_in_the_readers_time(self):
        self.li.tz = "Asia/Shanghai"
        text = self._say(self._verdict("protected", retry_at=fields.Datetime.to_datetime("2026-03-02 16:00:00")))
        self.assertTrue(text.endswith("Possible again from 2026-03-03 00:00."), text)

    def test_where_a_moment_is_known_the_answer_has_it(self):
        """Each of them met in a day at work; what is not met here is listed."""
        self.pool.claim_rule_ids.unlink()
        met = {}

        def meet(answers):
            for answer in answers:
                if not answer["done"]:
                    met.setdefault(answer["code"], answer)

        with freeze_time("2026-03-02 09:10:00"):
            leads = self._held(self.li, 2)
            self._member(self.wang).write({"capacity": 11, "ramp_days": 10, "joined_at": "2026-03-02"})
            self._held(self.wang)
            meet(self._claim(self.wang, self._leads()))
            for limit, code in (("daily_claim_limit", "daily_limit"), ("hourly_claim_limit", "hourly_limit")):
                self._member(self.li)[limit] = 1
                meet(self._claim(self.li, self._leads()))
                self._member(self.li)[limit] = 0
                self.company[f"lead_pool_{limit}"] = 1
                meet(self._claim(self.li, self._leads()))
                self.company[f"lead_pool_{limit}"] = 0
                self.assertIn(f"{code}_all", met)
            self.pool.card_limit = 1
            for lead in self._leads(2):
                answer = self._entries(lead).with_user(self.zhao).action_open_card()
                meet(answer if isinstance(answer, list) else [answer])
            self._entries(leads[0]).with_user(self.li).action_undo_claim()
            meet(self._entries(self._held(self.li)).with_user(self.li).action_undo_claim())
            self.pool.write({"cooling_days": 2, "protection_minutes": 30})
            self._entries(leads[1]).with_user(self.li).action_return(self._reason("return").id)
        with freeze_time("2026-03-02 10:00:00"):
            meet(self._claim(self.li, leads[1]))
            meet(self._claim(self.li, self._leads()))
            self.open_pool.write({"protection_minutes": 30})
            self._leads(pool=self.open_pool)
            meet(self.open_pool.with_user(self.zhao).action_pull_next())
        self.assertEqual(set(TIMED) - set(met), {"not_due"}, "asked by the scheduled action alone")
        for code in set(TIMED) & set(met):
            with self.subTest(code):
                answer = met[code]
                self.assertTrue(answer["retry_at"], answer)
                self.assertTrue(answer["message"].endswith(f"Possible again from {answer['retry_at'][:16]}."), answer)
