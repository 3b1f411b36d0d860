from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .claim_orders import NINE, OrderCase


@tagged("post_install", "-at_install")
class TestUndo(OrderCase):
    """A claim can be undone for 30 seconds."""

    def _undo(self, user, leads, **words):
        answers = self._entries(leads).with_user(user).action_undo_claim(**words)
        self.env.invalidate_all()
        return answers

    def test_it_is_as_if_he_had_never_had_it(self):
        self.pool.write({"cooling_days": 7, "cooling_of": "any", "protection_minutes": 30})
        lead = self._at("2026-03-02 08:30:00")
        with freeze_time(NINE) as clock:
            self.assertEqual(self._codes(self._claim(self.li, lead)), [False])
            clock.tick(timedelta(seconds=30))
            [answer] = self._undo(self.li, lead)
            self.assertEqual((answer["done"], answer["code"]), (True, False))
            entry = self._entries(lead)
            self.assertRecordValues(
                entry,
                [
                    {
                        "state": "waiting",
                        "user_id": False,
                        "last_holder_id": False,
                        "last_held_until": False,
                        "recycled": 0,
                        "holders": 0,
                        "held_since": False,
                    }
                ],
            )
            self.assertEqual(str(entry.entered_at), "2026-03-02 08:30:00")
            self.assertFalse(lead.user_id)
            self.assertNotIn(self.li.partner_id, lead.message_partner_ids)
            holding = self.env["lead.pool.holding"].search([("lead_id", "=", lead.id)])
            self.assertEqual(holding.end_reason, "undone")
            self.assertEqual(self._last_event(lead).kind, "claim_undone")
            member = self._member(self.li)
            self.assertEqual((member.held, member.day_n), (0, 1), "the day is not refunded")
            self.assertEqual(self._codes(self._claim(self.li, lead)), [False], "nothing cools off")
            self.assertEqual(self._entries(lead).holders, 1)
        self._balance()

    def test_the_holder_before_stays_the_last_one(self):
        self.pool.cooling_days = 7
        with freeze_time(NINE) as clock:
            lead = self._held(self.wang)
            self._entries(lead).with_user(self.wang).action_return(self._reason("return").id)
            clock.tick(timedelta(hours=1))
            self._claim(self.li, lead)
            self._undo(self.li, lead)
            entry = self._entries(lead)
            self.assertEqual((entry.last_holder_id, str(entry.last_held_until)), (self.wang, NINE))
            self.assertEqual(entry.recycled, 1)
            self.assertEqual(self._codes(self._claim(self.wang, lead)), ["cooling_off"])

    def test_not_after_thirty_seconds_nor_twice_a_day(self):
        with freeze_time("2026-03-02 15:58:00") as clock:  # 23:58 in Shanghai
            first, second = self._held(self.li), self._held(self.li)
            clock.tick(timedelta(seconds=31))
            [answer] = self._undo(self.li, first)
            self.assertEqual(answer["code"], "undo_over")
            self.assertIn("Return", answer["message"])
            third = self._held(self.li)
            self.assertEqual(self._codes(self._undo(self.li, third)), [False])
            fourth = self._held(self.li)
            [answer] = self._undo(self.li, fourth)
            self.assertEqual((answer["code"], answer["retry_at"]), ("undo_used", "2026-03-02 16:00:00"))
            clock.move_to("2026-03-02 16:00:05")
            fifth = self._held(self.li)
            self.assertEqual(self._codes(self._undo(self.li, fifth)), [False])
            self.assertTrue(second)
        self._balance()

    def test_the_leads_of_one_claim_are_undone_together(self):
        with freeze_time(NINE) as clock:
            earlier = self._held(self.li)
            clock.tick(timedelta(seconds=5))
            leads = self._held(self.li, 3)
            self.assertEqual(self._codes(self._undo(self.li, earlier + leads)), ["undo_used", False, False, False])
        self._balance()

    def test_a_pull_can_be_undone_and_an_assignment_cannot(self):
        pulled, given = self._leads(), self._leads()
        self._entries(given).with_user(self.admin).action_assign(self.li.id)
        self.env.invalidate_all()
        self.assertEqual(self._codes(self._undo(self.li, given)), ["undo_over"])
        self.assertEqual(self._pulled(self.li), pulled)
        self.assertEqual(self._codes(self._undo(self.li, pulled)), [False])

    def test_not_when_something_was_done(self):
        with freeze_time(NINE) as clock:
            called, written, noted = self._held(self.li), self._held(self.li), self._held(self.li)
            clock.tick(timedelta(seconds=3))
            called.with_user(self.li).action_follow_up({"note": "Called, wants an offer"})
            written.with_user(self.li).write({"city": "Wuhan"})
            noted.with_user(self.li).message_post(body="Who is this?")
            for what, lead in (("called", called), ("written", written), ("noted", noted)):
                self.assertEqual(self._codes(self._undo(self.li, lead)), ["undo_touched"], what)
            untouched = self._held(self.li)
            self.assertEqual(self._codes(self._undo(self.li, untouched)), [False])

    def test_who_does_not_hold_it_undoes_nothing(self):
        lead = self._held(self.li)
        self.assertEqual(self._codes(self._undo(self.wang, lead)), ["not_holder"])
        self.assertEqual(self._codes(self._undo(self.stranger, lead)), ["unknown"])
        self.assertEqual(self._codes(self._undo(self.wang, self._leads())), ["waiting"])

    def test_the_same_request_undoes_once(self):
        lead = self._held(self.li)
        first = self._undo(self.li, lead, request_uid="undo-1")
        self.assertTrue(first[0]["done"])
        self._claim(self.li, lead)
        self.assertEqual(self._undo(self.li, lead, request_uid="undo-1"), first)
        self.assertEqual(self._entries(lead).state, "held")

    def test_a_removed_member_may_still_undo(self):
        lead = self._held(self.li)
        self._member(self.li).unlink()
        self.assertEqual(self._codes(self._undo(self.li, lead)), [False])
        self.assertEqual(self._codes(self._claim(self.li, lead)), ["unknown"])
        self._balance()

    def test_a_client_does_not_reset_his_day(self):
        self._undo(self.li, self._held(self.li))
        rep = self.env["lead.pool.rep"].search([("user_id", "=", self.li.id)])
        self.assertTrue(rep.undo_day)
        rep.with_user(self.manager).write({"undo_day": False})
        self.assertTrue(rep.undo_day)
        self.assertEqual(self._codes(self._undo(self.li, self._held(self.li))), ["undo_used"])
