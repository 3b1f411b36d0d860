"""What the server does with a call that the client repeats, because its first answer was lost on the way."""

from odoo.http import SessionExpiredException
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestOutbox(LeadPoolCase):
    def setUp(self):
        super().setUp()
        self.lead = self._held(self.li).with_user(self.li)

    def _file(self):
        values = {"name": "offer.txt", "raw": b"offer", "res_model": "lead.pool.follow.up"}
        return self.env["ir.attachment"].with_user(self.li).create(values)

    def test_a_follow_up_from_the_dialog_and_again_from_the_outbox_is_one(self):
        values = {"lead_id": self.lead.id, "note": "Wants a trial", "request_uid": "from-the-lift"}
        self.env["lead.pool.follow.up"].with_user(self.li).create(values).action_save()
        again = self.lead.action_follow_up({"note": "Wants a trial"}, request_uid="from-the-lift")
        self.assertEqual(self.lead.follow_up_ids.ids, [again])

    def test_a_return_from_the_dialog_and_again_from_the_outbox_is_one(self):
        entries = self._entries(self._held(self.li, 2)).with_user(self.li)
        reason = self._reason("return")
        values = {"entry_ids": entries.ids[::-1], "reason_id": reason.id, "request_uid": "from-the-lift"}
        self.env["lead.pool.return"].with_user(self.li).create(values).action_confirm()
        answers = entries.sorted("id").action_return(reason.id, note=None, pool_id=None, request_uid="from-the-lift")
        self.assertEqual([answer["done"] for answer in answers], [True, True])
        events = self.env["lead.pool.event"].search_count(
            [("lead_ref", "in", entries.mapped("lead_ref")), ("kind", "=", "returned")]
        )
        self.assertEqual(events, 2)

    def test_what_another_user_left_on_the_device_is_not_done_in_my_name(self):
        """A tab that Wang opened is still there, and Li has logged in: nothing is done, and it is free for Wang."""
        waiting = self._entries(self._leads())
        entry = waiting.with_user(self.li).with_context(lead_pool_sender=self.wang.id)
        with self.assertRaises(SessionExpiredException):
            entry.action_claim(request_uid="of-wang")
        self.assertEqual(waiting.state, "waiting")
        mine = waiting.with_user(self.wang).with_context(lead_pool_sender=self.wang.id)
        [answer] = mine.action_claim(request_uid="of-wang")
        self.assertTrue(answer["done"])

    def test_files_go_along_with_a_follow_up_that_the_outbox_sends(self):
        file, other = self._file(), self._file()
        other.write({"res_model": "crm.lead", "res_id": self._held(self.li).id})
        self.lead.action_follow_up({"note": "Sent an offer", "attachment_ids": (file | other).ids})
        self.assertEqual((file.res_model, file.res_id), ("crm.lead", self.lead.id))
        self.assertNotEqual(other.res_id, self.lead.id, "a file of another lead stays there")
