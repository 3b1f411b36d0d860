"""What nobody means, and what somebody tries: each has its exact outcome."""

import os
import re
from pathlib import Path

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LeadPoolCase

ADDON = Path(__file__).parent.parent
NINE = "2026-03-02 09:00:00"

#: Every key of ours that the server reads in a context, with what a client would send under it besides `VALUES`.
CONTEXTS = {
    "lead_pool_pass": ["Pass", "MERGE"],
    "lead_pool_channel": ["import", "integration", "website", "mail"],
    "lead_pool_screen": ["board", "mine"],
    "lead_pool_clock": ["2020-01-01 00:00:00"],
    "lead_pool_conversion": [],
    "lead_pool_quiet": [],
    "lead_pool_one_version": [],
    "lead_pool_not_pooled": [],
    "lead_pool_anonymous": [],
    "lead_pool_destinations": [],
    "lead_pool_epoch": [],
    "lead_custom_batch": [],
    "lead_custom_discard": [],
    "lead_custom_field": ["x_city"],
    "lead_pool_owners": [],
    "lead_pool_unfollowed": [],
    "tracking_disable": [],
    "mail_create_nolog": [],
    "lead_pool_request_uid": [],
    "lead_pool_sender": [],
    "lead_pool_figure": ["due"],
    "ask_first": [],
}
VALUES = [True, 1, "x", {"now": "2020-01-01 00:00:00"}, [1]]
EACH = "LEAD_POOL_EXAMPLES" in os.environ  # in `make test-all` each value under each key


@tagged("post_install", "-at_install")
class TestForgedContexts(LeadPoolCase):
    """A rep who holds as much as she may sends keys that only the server sets, and gains nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.lock_limit = 1
        cls.mine, cls.waiting, cls.his = cls._leads(2), cls._leads(), cls._leads()
        cls._entries(cls.mine).with_user(cls.li).action_claim()
        cls._entries(cls.his).with_user(cls.wang).action_claim()
        cls._entries(cls.mine)[0].with_user(cls.li).action_lock()
        cls._member(cls.li).capacity = 2
        cls.env["lead.pool.claim.rule"].create(
            {
                "name": "Wuhan",
                "pool_id": cls.pool.id,
                "domain": "[('city', '=', 'Wuhan')]",
                "user_ids": [Command.set(cls.zhao.ids)],
            }
        )
        cls.of_zhao = cls._leads(city="Wuhan")
        cls.env.flush_all()
        cls.env.invalidate_all()

    def test_every_key_that_is_read_is_tried(self):
        read = {
            key
            for path in ADDON.rglob("*.py")
            if path.parent.name not in ("tests", "demo")
            for key in re.findall(r'context\.get\(\s*"((?!default_|active_|import_)\w+)"', path.read_text())
        }
        self.assertEqual(read - set(CONTEXTS), set(), "add each to CONTEXTS")
        self.assertEqual(set(CONTEXTS) - read, set(), "nobody reads these")

    def test_no_key_opens_anything(self):
        before = self._books()
        for number, (key, more) in enumerate(CONTEXTS.items()):
            for value in [*(VALUES if EACH else VALUES[:1] + VALUES[1 + number % 4 :][:1]), *more]:
                if key == "lead_pool_anonymous" and isinstance(value, dict):
                    continue  # fields depend on it: Odoo itself refuses what cannot be a key
                with self.subTest(key=key, value=value):
                    self._tries({key: value})
                    self.env.invalidate_all()
                    self.assertEqual(self._books(), before)

    def _books(self):
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT array(SELECT (id, state, user_id, pool_id, epoch, locked, reclaim_at)::text
                              FROM lead_pool_entry ORDER BY id),
                      array(SELECT (id, user_id, ended_at)::text FROM lead_pool_holding ORDER BY id),
                      array(SELECT (id, held, capacity, day_n, hour_n)::text FROM lead_pool_member ORDER BY id),
                      array(SELECT (id, user_id, name, active)::text FROM crm_lead ORDER BY id),
                      (SELECT count(*) FROM lead_pool_event)"""
        )
        return self.env.cr.fetchone()

    def _tries(self, context):
        """What is refused without the context is refused with it, in the same way."""
        env = self.env(user=self.li, context={"lang": "en_US", **context})
        entries, leads = env["lead.pool.entry"], env["crm.lead"]
        waiting, his = leads.browse(self.waiting.id), leads.browse(self.his.id)
        entry = self._entries(self.waiting).with_env(env)
        for verb, args, code in (
            ("action_claim", [], "capacity_full"),
            ("action_return", [self._reason("return").id], "waiting"),
            ("action_assign", [self.li.id], "not_admin"),
            ("action_transfer", [self.open_pool.id], "not_admin"),
            ("action_reclaim", [], "not_admin"),
            ("action_mark_invalid", [self._reason("invalid").id], "not_admin"),
        ):
            self.assertEqual(self._codes(getattr(entry, verb)(*args)), [code], verb)
        of_zhao = self._entries(self.of_zhao).with_env(env)
        self.assertEqual(self._codes(of_zhao.action_claim()), ["claim_rule"])
        self.assertEqual(self._codes(self._entries(self.mine)[1].with_env(env).action_lock()), ["limit_reached"])
        for refused in (
            lambda: waiting.write({"user_id": self.li.id}),
            lambda: waiting.write({"name": "x"}),
            lambda: waiting.read(["name", "phone"]),
            lambda: waiting.unlink(),
            lambda: waiting.action_convert({}),
            lambda: waiting.action_follow_up({"note": "Spoke to her"}),
            lambda: his.write({"user_id": self.li.id}),
            lambda: (waiting + leads.browse(self.mine[0].id)).merge_opportunity(),
            lambda: entry.write({"user_id": self.li.id}),
            lambda: entries.create({"lead_ref": 1}),
            lambda: leads.create({"name": "x", "pool_id": self.pool.id, "user_id": self.wang.id}),
            lambda: env["lead.pool.member"].browse(self._member(self.li).id).write({"capacity": 9}),
            lambda: env["lead.pool"].browse(self.pool.id).write({"claimable": False}),
            lambda: env["lead.pool"].browse(self.pool.id).action_distribute(),
            lambda: env["lead.custom.field"].create({"name": "x"}),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():  # AccessError and ValidationError are such
                refused()
                env.flush_all()
        self.assertFalse(leads.search([("id", "in", [waiting.id, his.id])]))
        self.assertEqual(
            waiting.sudo().display_name, f"Lead #{waiting.id}", "as Odoo labels many2one fields and groups"
        )
        self.assertFalse(env["lead.pool.event"].search([("lead_ref", "=", his.id)]))

    def test_the_names_of_pools_answer_no_other_question(self):
        """Where leads may be sent is no secret; what is in those pools is."""
        foreign = self._pool("Guangzhou", members=self.stranger)
        foreign.description = "Sold next year"
        pools = self.env["lead.pool"].with_user(self.li).with_context(lead_pool_destinations=True)
        self.assertEqual(pools.name_search("Guang"), [(foreign.id, "Guangzhou")])
        self.assertEqual(pools.name_search("", [("id", "=", foreign.id)]), [(foreign.id, "Guangzhou")])
        for domain in (
            [("member_ids.user_id.login", "=", "stranger")],
            [("description", "ilike", "sold")],
            [("company_id", "any", [("id", "!=", 0)])],
            [("company_id.name", "!=", False)],
            ["|", ("id", "=", 0), ("admin_ids", "!=", False)],
        ):
            with self.subTest(domain=domain):
                self.assertNotIn(foreign.id, dict(pools.name_search("", domain)))


@tagged("post_install", "-at_install")
class TestValuesOfCalls(LeadPoolCase):
    """A program sends JSON of another shape than the verbs take."""

    def test_a_verb_says_that_its_values_must_have_names(self):
        lead = self._held(self.li).with_user(self.li)
        for said in ("Called him", 5, [1], ["note", "Called him"], [["note", "Called him"]], True):
            for verb in (
                lead.action_follow_up,
                lead.action_assess,
                lead.action_convert,
                lead.action_convert_many,
                lead.action_convert_in_background,
            ):
                with self.subTest(said=said, verb=verb.__name__), self.assertRaisesRegex(UserError, "^values must be"):
                    verb(said)
        self.assertFalse(lead.follow_up_ids)
        self.assertEqual(lead.pool_state, "held")


@tagged("post_install", "-at_install")
class TestRulesForEverybody(LeadPoolCase):
    """A condition holds or does not, whoever asks, and where he says that he is."""

    def _for_zhao(self, domain):
        """Leads for which this holds are claimed by Zhao Min alone."""
        self.pool.claim_rule_ids = [
            Command.clear(),
            Command.create({"name": "Zhao's", "domain": domain, "user_ids": [Command.set(self.zhao.ids)]}),
        ]

    def test_today_is_the_pools_day(self):
        self._for_zhao("[('create_date', '>=', 'today')]")
        with freeze_time("2026-03-02 15:50:00"):  # 23:50 in Shanghai
            lead = self._leads()
            self.env.cr.execute("UPDATE crm_lead SET create_date = %s WHERE id = %s", ["2026-03-02 15:00:00", lead.id])
            lead.invalidate_recordset()
            for tz in ("UTC", "Pacific/Kiritimati", "Pacific/Honolulu", "Asia/Shanghai"):
                with self.subTest(tz):
                    self.li.tz = tz
                    entry = self._entries(lead).with_user(self.li)
                    self.assertEqual(self._codes(entry.action_claim()), ["claim_rule"])
                    self.assertEqual(self._codes(entry.with_context(tz=tz).action_claim()), ["claim_rule"])
        with freeze_time("2026-03-02 16:00:00"):  # tomorrow in Shanghai, today in London
            self.li.tz = "UTC"
            self.assertEqual(self._codes(self._claim(self.li, lead)), [False])

    def test_a_name_is_the_same_in_every_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        tag = self.env["crm.tag"].create({"name": "Important"})
        tag.with_context(lang="fr_FR").name = "Grave"
        self._for_zhao("[('tag_ids.name', '=', 'Important')]")
        lead = self._leads(tag_ids=[Command.set(tag.ids)])
        self.li.lang = "fr_FR"
        entry = self._entries(lead).with_user(self.li)
        for context in ({}, {"lang": "fr_FR"}):
            self.assertEqual(self._codes(entry.with_context(**context).action_claim()), ["claim_rule"])


@tagged("post_install", "-at_install")
class TestLoweredLimits(LeadPoolCase):
    """A limit below what is held takes nothing away and gives nothing more; the refusal tells the figure."""

    def test_the_capacity_of_a_pool(self):
        leads = self._held(self.li, 3)
        self._member(self.li).capacity = 2
        [answer] = self._claim(self.li, self._leads())
        self.assertEqual(answer["code"], "capacity_full")
        self.assertTrue(answer["message"].startswith("You may hold at most 2 leads of “Beijing”. Return or convert"))
        self.assertEqual(leads.mapped("user_id"), self.li)
        self._entries(leads[:2]).with_user(self.li).action_return(self._reason("return").id)
        self.assertEqual(self._codes(self._claim(self.li, self._leads(2))), [False, "capacity_full"])
        self._balance()

    def test_the_capacity_of_all_pools(self):
        leads = self._held(self.li, 2) + self._held(self.li, 1, self.open_pool)
        self.company.lead_pool_capacity = 2
        [answer] = self._claim(self.li, self._leads())
        self.assertEqual(answer["code"], "capacity_all_full")
        self.assertTrue(answer["message"].startswith("You may hold at most 2 leads of all pools together. Return or"))
        self.assertEqual(self._pull_code(), "capacity_all_full")
        self.assertEqual(leads.mapped("user_id"), self.li)
        self._balance()

    def _pull_code(self):
        [answer] = self.pool.with_user(self.li).action_pull_next()
        return answer["code"]

    def test_a_member_who_is_removed_keeps_what_he_holds_and_gets_no_more(self):
        leads = self._held(self.li, 2)
        waiting = self._leads()
        self._member(self.li).unlink()
        [answer] = self._claim(self.li, waiting)
        self.assertEqual(answer["code"], "unknown", "of a masked pool he knows nothing any more")
        self.assertEqual(leads.mapped("user_id"), self.li)
        leads[0].with_user(self.li).action_follow_up({"note": "Spoke to her at length"})
        done = self._entries(leads[0]).with_user(self.li).action_return(self._reason("return").id)
        self.assertTrue(done[0]["done"], "what is his he may still give back")
        self._balance()


@tagged("post_install", "-at_install")
class TestHoursOfTheClock(LeadPoolCase):
    """The limit of an hour over the change of the clock: the hour that comes twice are two, the missing one is none."""

    def test_the_hour_that_comes_twice_and_the_one_that_is_missing(self):
        self.pool.tz = "Europe/Berlin"
        self.pool.member_ids.hourly_claim_limit = 1
        self.reps.tz = "Europe/Berlin"
        for user, before, after, wall_clock in (
            (self.li, "2026-03-29 00:40:00", "2026-03-29 01:00:00", "03:00"),  # 01:40, and 2 o'clock is missing
            (self.wang, "2026-10-25 00:40:00", "2026-10-25 01:00:00", "02:00"),  # 02:40, and 2 o'clock comes again
            (self.zhao, "2026-10-25 01:40:00", "2026-10-25 02:00:00", "03:00"),  # the second 02:40
        ):
            with self.subTest(before):
                with freeze_time(before):
                    self._held(user)
                    [answer] = self._claim(user, self._leads())
                    self.assertEqual((answer["code"], answer["retry_at"]), ("hourly_limit", after))
                    self.assertIn(f"{wall_clock}.", answer["message"], "on his clock")
                with freeze_time(after):
                    self.assertEqual(self._codes(self._claim(user, self._leads())), [False])


@tagged("post_install", "-at_install")
class TestLoops(LeadPoolCase):
    """Who says the same each day keeps no lead by it."""

    def test_the_same_follow_up_each_day_does_not_keep_a_lead(self):
        self.pool.reclaim_rule_ids = [
            Command.create({"name": "Three days", "no_follow_up_days": 3, "warn_days": 0}),
        ]
        call = self.env.ref("lead_pool.follow_up_type_call")
        kept = {}
        for name, values in {
            "a long note": {"note": "Sent the offer by mail, he will ask his boss"},
            "a tap": {"type_id": call.id, "result": "not_reached"},
            "an empty note": {"type_id": call.id, "note": "..."},
        }.items():
            with freeze_time(NINE):
                lead = self._held(self.li)
            for day in range(2, 31):
                with freeze_time(f"2026-03-{day:02d} 10:00:00"):
                    self.env["lead.pool.entry"]._reclaim_due()
                    self.env.invalidate_all()
                    if lead.user_id != self.li:
                        kept[name] = day
                        break
                    lead.with_user(self.li).action_follow_up(values)
        self.assertEqual(kept, {"a long note": 5, "a tap": 7, "an empty note": 5}, "the day it went")

    def test_however_much_is_said_the_longest_time_is_the_longest(self):
        self.pool.reclaim_rule_ids = [
            Command.create({"name": "Ten days", "no_follow_up_days": 3, "held_days": 10, "warn_days": 0}),
        ]
        with freeze_time(NINE):
            lead = self._held(self.li)
        for day in range(2, 13):
            with freeze_time(f"2026-03-{day:02d} 08:00:00"):
                lead.with_user(self.li).action_follow_up({"note": f"On the {day}th she wanted {day * 7} pieces of it"})
                self.env.invalidate_all()
                self.assertLessEqual(str(lead.reclaim_at), "2026-03-12 09:00:00")
        with freeze_time("2026-03-12 09:00:00"):
            self.env["lead.pool.entry"]._reclaim_due()
            self.env.invalidate_all()
        self.assertEqual(lead.pool_state, "waiting")

    def test_given_back_and_claimed_again_is_a_claim_of_the_day(self):
        self._member(self.li).daily_claim_limit = 2
        lead = self._held(self.li)
        for _again in range(2):
            self._entries(lead).with_user(self.li).action_return(self._reason("return").id)
            [answer] = self._claim(self.li, lead)
        self.assertEqual(answer["code"], "daily_limit")
