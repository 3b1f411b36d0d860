"""A screen that was loaded before the lead changed hands does nothing to who has it now."""

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .keep import KeepCase

RELOAD = "changed hands since you opened it"


@tagged("post_install", "-at_install")
class TestStaleScreens(KeepCase):
    """Li Na's screen shows a lead as hers; it went back, and she or Wang Wei claimed it again."""

    def setUp(self):
        super().setUp()
        self.lead = self._held(self.li, phone="+86 139 1111 2222")
        self._held(self.wang, phone="+86 139 1111 2222")  # a customer to dispute about
        self.seen = self.lead.pool_epoch
        self.reason = self._reason("return").id
        self.invalid = self._reason("invalid").id

    def _goes_to(self, user):
        self._verb(self.admin, self.lead, "reclaim")
        self._claim(user, self.lead)
        self.before = self._books()

    def _books(self):
        """All that an old screen could have changed."""
        self.env.flush_all()
        entry = self._entries(self.lead)
        return (
            entry.read(["state", "user_id", "epoch", "locked", "reclaim_at", "last_follow_up_at", "frozen_since"]),
            self._kinds(self.lead),
            self.lead.follow_up_ids.ids,
            self.lead.read(["type", "partner_id", "stage_id"]),
            self.env["lead.pool.approval"].search_count([]),
        )

    def _verbs(self, epoch):
        """What the entry answers to each verb that takes an epoch."""
        calls = {
            "return": [self.reason],
            "lock": [],
            "unlock": [],
            "extend": [1],
            "mark_invalid": [self.invalid],
            "dispute": ["I know them"],
        }
        return {name: self._verb(self.li, self.lead, name, *args, epoch=epoch)[0] for name, args in calls.items()}

    def _of_the_lead(self, user, epoch):
        lead = self.lead.with_user(user)
        return {
            "follow up": lambda: lead.action_follow_up({"note": "Spoke to her at length"}, epoch=epoch),
            "convert": lambda: lead.action_convert({}, epoch=epoch),
        }

    def test_who_holds_it_again_is_told_to_reload(self):
        self._goes_to(self.li)
        for name, answer in self._verbs(self.seen).items():
            with self.subTest(name):
                self.assertEqual(answer["code"], "changed_hands")
                self.assertRegex(answer["message"], f"^This lead was taken back into “Beijing” by.*{RELOAD}, and is yo")
        for name, call in self._of_the_lead(self.li, self.seen).items():
            with self.subTest(name), self.assertRaisesRegex(UserError, f"taken back.*{RELOAD}"), self.cr.savepoint():
                call()
        self.assertEqual(self._books(), self.before)

    def test_with_the_epoch_of_today_each_verb_does_it(self):
        self._goes_to(self.li)
        self.lead.with_user(self.li).action_follow_up({"note": "Spoke to her"}, epoch=self.lead.pool_epoch)
        for name, args in (
            ("lock", []),
            ("unlock", []),
            ("extend", [1]),
            ("dispute", []),
            ("mark_invalid", [self.invalid]),
        ):
            [answer] = self._verb(self.li, self.lead, name, *args, epoch=self.lead.pool_epoch)
            self.assertTrue(answer["done"], (name, answer))
        other = self._held(self.li)
        other.with_user(self.li).action_convert({}, epoch=other.pool_epoch)
        self.env.invalidate_all()
        self.assertEqual((self.lead + other).mapped("pool_state"), ["invalid", "converted"])

    def test_what_another_one_has_now_is_his(self):
        self._goes_to(self.wang)
        for name, answer in self._verbs(self.seen).items():
            with self.subTest(name):
                self.assertEqual(answer["code"], "not_holder")
                self.assertRegex(answer["message"], "^This lead was taken back.*Wang Wei holds this lead now")
        for name, call in self._of_the_lead(self.li, self.seen).items():
            with self.subTest(name), self.assertRaisesRegex(AccessError, "was taken back"), self.cr.savepoint():
                call()
        self.assertEqual(self._books(), self.before)

    def test_an_admin_does_not_close_what_somebody_has_just_claimed(self):
        self._goes_to(self.wang)
        [answer] = self._verb(self.admin, self.lead, "mark_invalid", self.invalid, epoch=self.seen)
        self.assertEqual(answer["code"], "changed_hands")
        self.assertEqual(answer["message"], "This lead changed hands since you opened it. Reload it first.")
        for name, call in self._of_the_lead(self.manager, self.seen).items():
            with self.subTest(name), self.assertRaisesRegex(UserError, f"{RELOAD}. Reload"), self.cr.savepoint():
                call()
        self.assertEqual(self._books(), self.before)

    def test_the_buttons_of_an_old_screen(self):
        """The form passes what it shows; what the dialog was opened for is what it does."""
        self._goes_to(self.li)
        shown = self.lead.with_user(self.li).with_context(lead_pool_epoch=self.seen)
        self.assertIn("Reload it", shown.button_lock()["params"]["message"])
        for button, values in (
            ("button_return", {"reason_id": self.reason}),
            ("button_mark_invalid", {"reason_id": self.invalid}),
            ("button_extend", {}),
            ("button_dispute", {}),
        ):
            with self.subTest(button):
                self.assertIn("Reload it", self._confirm(getattr(shown, button)(), values)["params"]["message"])
        for button, confirm, values in (
            ("button_follow_up", "action_save", {"note": "Spoke to her at length"}),
            ("button_convert", "action_convert", {}),
        ):
            with self.subTest(button), self.assertRaisesRegex(UserError, RELOAD), self.cr.savepoint():
                self._confirm(getattr(shown, button)(), values, confirm)
        self.assertEqual(self._books(), self.before)

    def test_a_dialog_that_was_left_open(self):
        """Opened while the lead was hers, and confirmed after it came back to her."""
        lead = self.lead.with_user(self.li)
        left_open = [
            (button, values, getattr(lead, button)())
            for button, values in (
                ("button_return", {"reason_id": self.reason}),
                ("button_mark_invalid", {"reason_id": self.invalid}),
                ("button_dispute", {}),
            )
        ]
        follow_up, convert = lead.button_follow_up(), lead.button_convert()
        self._goes_to(self.li)
        for button, values, action in left_open:
            with self.subTest(button):
                self.assertIn("Reload it", self._confirm(action, values)["params"]["message"])
        for action, confirm in ((follow_up, "action_save"), (convert, "action_convert")):
            values = {"note": "Spoke to her"} if confirm == "action_save" else {}
            with self.subTest(confirm), self.assertRaisesRegex(UserError, RELOAD), self.cr.savepoint():
                self._confirm(action, values, confirm)
        self.assertEqual(self._books(), self.before)

    def _confirm(self, action, values, confirm="action_confirm"):
        wizard = self.env[action["res_model"]].with_user(self.li).with_context(**action["context"])
        with Form(wizard) as form:
            for name, value in values.items():
                setattr(form, name, self.env["lead.pool.reason"].browse(value) if name == "reason_id" else value)
        return getattr(form.record, confirm)()

    def test_every_button_of_the_lead_that_acts_for_its_holder_says_what_it_shows(self):
        fenced = {"follow_up", "convert", "extend", "lock", "unlock", "return", "mark_invalid", "dispute"}
        for xmlid in ("crm_lead_view_form", "crm_lead_view_kanban_mine", "crm_lead_view_list_mine"):
            with self.subTest(xmlid):
                buttons = [
                    node
                    for node in etree.fromstring(self.env.ref(f"lead_pool.{xmlid}").arch).iter("button")
                    if node.get("name", "").removeprefix("button_") in fenced
                    and node.getparent().tag != "header"  # those are for a selection
                ]
                self.assertTrue(buttons)
                self.assertEqual({button.get("context") for button in buttons}, {"{'lead_pool_epoch': pool_epoch}"})

    def test_an_epoch_is_a_number_and_of_one_lead(self):
        with self.assertRaisesRegex(UserError, "one lead at a time"):
            self._entries(self.lead + self._held(self.li)).with_user(self.li).action_lock(epoch=1)
        lead = self.lead.with_user(self.li)
        for call in (
            lambda: lead.action_follow_up({"note": "Spoke to her"}, epoch="1"),
            lambda: lead.action_convert({}, epoch=[1]),
            lambda: self._verb(self.li, self.lead, "mark_invalid", self.invalid, epoch="x"),
            lambda: self._verb(self.li, self.lead, "dispute", epoch=1.5),
        ):
            with self.assertRaisesRegex(UserError, "epoch must be a number"):
                call()

    def test_a_lead_in_no_pool_changes_no_hands(self):
        lead = self.env["crm.lead"].create({"name": "Free", "user_id": self.stranger.id}).with_user(self.stranger)
        self.assertTrue(lead.action_follow_up({"note": "Spoke to her"}, epoch=7))
        self.assertEqual(lead.action_convert({"create_partner": False}, epoch=7)["opportunity_id"], lead.id)

    def test_who_repeats_a_request_after_the_lead_has_left_him_gets_its_answer(self):
        """The phone lost the first answer, and asks again when the admin has given the lead to another rep."""
        done = {}
        values = {"follow up": {"note": "Spoke to her at length"}, "convert": {"create_partner": True}}
        for name, verb in (("follow up", "action_follow_up"), ("convert", "action_convert")):
            self.pool.opportunity_ends_holding = False

            def call(verb=verb, name=name):
                lead = self.lead.with_user(self.li).with_context(lang="en_US")
                return getattr(lead, verb)(values[name], request_uid=f"phone {name}")

            done[name] = call()
            self._entries(self.lead).with_user(self.admin).action_assign(self.wang.id)
            self.assertEqual(call(), done[name])
            with self.assertRaises(AccessError):
                getattr(self.lead.with_user(self.li), verb)(values[name], request_uid="another")
            self._entries(self.lead).with_user(self.admin).action_assign(self.li.id)
        self.assertEqual(len(self.lead.follow_up_ids.filtered("note")), 1)
