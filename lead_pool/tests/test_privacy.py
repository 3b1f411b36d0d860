import io
import json
import zipfile
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from .common import LeadPoolCase

PHONE, MAIL = "+86 139 1234 5678", "zhangsan@example.com"
TRACES = ("张三", "13912345678", "139 1234 5678", "zhangsan", "wx_zhangsan", "Chaoyang Road")


@tagged("post_install", "-at_install")
class TestPrivacy(LeadPoolCase, HttpCase):
    """Zhang San wants to know what is held on him, and then to be forgotten."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        his = {
            "name": "张三 wants a machine",
            "contact_name": "张三",
            "phone": PHONE,
            "email_from": MAIL,
            "wechat": "wx_zhangsan",
            "street": "8 Chaoyang Road",
            "city": "Beijing",
            "description": "<p>张三, call 13912345678</p>",
        }
        cls.lost, cls.held = cls._leads(2, **his)
        cls.other = cls._leads(1, contact_name="李四", phone="+86 137 0000 0001", email_from="lisi@example.com")
        entries = cls._entries(cls.lost | cls.held)
        entries.with_user(cls.li).action_claim()
        lead = cls.held.with_user(cls.li)
        file = cls.env["ir.attachment"].create(
            {"name": "张三.jpg", "raw": b"a card", "res_model": "crm.lead", "res_id": lead.id}
        )
        lead.action_follow_up({"note": "张三 asked for the price", "attachment_ids": file.ids})
        lead.message_post(body="Mail of zhangsan@example.com")
        lead.activity_schedule("mail.mail_activity_data_todo", summary="Ask 张三", user_id=cls.li.id)
        cls.lost.with_user(cls.li).action_set_lost()
        intake = cls.env["lead.pool.intake"].create({"name": "Page", "pool_id": cls.pool.id})
        cls.received, cls.of_other = cls.env["lead.pool.received"].create(
            [
                {"intake_id": intake.id, "state": state, "received_at": fields.Datetime.now(), "body": json.dumps(body)}
                for state, body in (("failed", {"tel": "+86 139-1234-5678"}), ("done", {"tel": "13700000001"}))
            ]
        )
        cls.env.flush_all()

    def _erasure(self, user=None):
        return self.env["lead.pool.erasure"].with_user(user or self.manager)

    def _texts(self):
        """Everything that the database says in the tables of leads and what hangs on them."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                  AND (relname LIKE 'lead%' OR relname IN ('crm_lead', 'mail_message', 'mail_activity',
                       'mail_tracking_value', 'ir_attachment', 'calendar_event'))"""
        )
        tables = [name for (name,) in self.env.cr.fetchall()]
        texts = []
        for table in tables:
            self.env.cr.execute(f"SELECT t::text FROM {table} t")
            texts += [f"{table} {row}" for (row,) in self.env.cr.fetchall()]
        return "\n".join(texts)

    def _figures(self):
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT (SELECT count(*) FROM crm_lead), (SELECT count(*) FROM lead_pool_holding),
                      (SELECT count(*) FROM lead_pool_entry), (SELECT count(*) FROM lead_follow_up),
                      (SELECT array_agg((id, create_date, team_id, city)::text ORDER BY id) FROM crm_lead),
                      (SELECT array_agg((id, user_id, origin)::text ORDER BY id) FROM lead_pool_holding),
                      (SELECT array_agg((id, type_id, date, counts)::text ORDER BY id) FROM lead_follow_up)"""
        )
        return self.env.cr.fetchone()

    def test_what_is_held_is_found_by_phone_or_mail_and_handed_out_as_one_file(self):
        for asked in ({"phone": "139 1234 5678"}, {"email": "ZhangSan@example.com"}, {"wechat": "wx_zhangsan"}):
            with self.subTest(asked=asked):
                counts = self._erasure().action_held(**asked)
                self.assertEqual((counts["crm.lead"], counts["lead.follow.up"]), (2, 1))
        form = Form(self.env["lead.pool.forget"].with_user(self.manager))
        form.phone = "13912345678"
        self.assertIn("Follow-up: 1", form.held)
        wizard = form.save()
        again = wizard.button_search()
        self.assertEqual((again["res_model"], again["res_id"]), (wizard._name, wizard.id), "shown with its finds")
        self.env.flush_all()
        self.authenticate("poolmanager", "poolmanager")
        answer = self.url_open(f"/lead_pool/person/{wizard.id}")
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        told = json.loads(archive.read("person.json"))
        self.assertEqual({row["contact_name"] for row in told["crm.lead"]}, {"张三"})
        self.assertEqual([row["note"] for row in told["lead.follow.up"]], ["张三 asked for the price"])
        self.assertIn("139-1234-5678", told["lead.pool.received"][0]["body"])
        self.assertNotIn("李四", archive.read("person.json").decode())
        self.assertTrue(archive.read("person.xlsx").startswith(b"PK"))
        self.assertEqual([archive.read(name) for name in archive.namelist() if "files/" in name], [b"a card"])
        self.authenticate("li", "li")
        self.assertEqual(self.url_open(f"/lead_pool/person/{wizard.id}").status_code, 404)

    def test_after_the_erasure_there_is_no_trace_and_no_figure_changed(self):
        self.assertTrue(all(trace in self._texts() for trace in ("张三", "zhangsan", "Chaoyang Road")))
        before = self._figures()
        answer = self._erasure().action_erase(phone=PHONE, email=MAIL, wechat="wx_zhangsan", request_uid="one")
        texts = self._texts()
        for trace in TRACES:
            self.assertNotIn(trace, texts)
        self.assertIn("李四", texts)
        self.assertEqual(self._figures(), before)
        self._balance()
        entry = self._erasure().browse(answer["id"])
        self.assertEqual((entry.user_id, entry.cause, entry.lead_count), (self.manager, "person", 2))
        self.assertEqual(entry.lead_refs, f"#{self.lost.id}, #{self.held.id}")
        self.assertFalse(self.held.active, "nobody works on it any more")
        self.assertEqual(self._entries(self.lost | self.held).mapped("closed_as"), ["lost", "lost"])
        self.assertEqual((self.received.state, self.received.code), ("dead", "purged"), "it becomes no lead again")
        self.assertTrue(self.of_other.body)
        again = self._erasure().action_erase(phone=PHONE, email=MAIL, wechat="wx_zhangsan", request_uid="one")
        self.assertEqual(again, answer)
        with self.assertRaises(UserError):
            self._erasure().action_erase(phone=PHONE)

    def test_of_a_converted_lead_it_is_forgotten_what_landed_where(self):
        self.held.with_user(self.li).action_convert({})
        conversion = self.env["lead.pool.conversion"].search([("lead_id", "=", self.held.id)])
        self.assertIn("8 Chaoyang Road", json.dumps(conversion.landings))
        self._erasure().action_erase(phone=PHONE, email=MAIL)
        self.env.cr.execute("SELECT c::text FROM lead_pool_conversion c")
        told = str(self.env.cr.fetchall())
        for trace in TRACES:
            self.assertNotIn(trace, told)
        self.assertEqual(conversion.partner_id.street, "8 Chaoyang Road", "a customer stays one")
        self.assertEqual(self.held.partner_id, conversion.partner_id)

    def test_of_two_who_share_a_number_one_is_erased(self):
        self.other.phone = PHONE
        self._erasure().action_erase(phone=PHONE, lead_ids=self.other.ids)
        self.assertEqual((self.other.name, self.other.contact_name, self.other.phone), ("Erased", False, False))
        self.assertEqual(self.held.contact_name, "张三")

    def test_only_managers_look_and_erase_and_in_their_companies_only(self):
        portal = self._user("portal", "base.group_portal", "Portal")
        for user in (self.li, self.admin, self.marketing, self.all_docs, portal):
            with self.subTest(user=user.name):
                for verb in ("action_held", "action_erase"):
                    with self.assertRaises(AccessError):
                        getattr(self._erasure(user), verb)(phone=PHONE)
                with self.assertRaises(AccessError):
                    self.env["lead.pool.forget"].with_user(user).create({"phone": PHONE})
        self.env.flush_all()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.cr.execute("UPDATE crm_lead SET company_id = %s WHERE id = %s", [other.id, self.lost.id])
        self.env.invalidate_all()
        self.assertEqual(self._erasure().action_held(phone=PHONE)["crm.lead"], 1)
        entry = self._erasure().browse(self._erasure().action_erase(phone=PHONE)["id"])
        with self.assertRaises(AccessError):
            entry.unlink()
        with self.assertRaises(AccessError):
            entry.lead_refs = "#1"
        for wrong in ({}, {"phone": " "}, {"phone": 7}, {"email": MAIL, "lead_ids": "all"}):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                self._erasure().action_erase(**wrong)

    def test_what_ended_long_enough_ago_is_forgotten_at_night_if_the_settings_say_so(self):
        self.env.cr.execute(
            "UPDATE lead_pool_entry SET closed_at = %s WHERE lead_id = %s",
            [fields.Datetime.now() - timedelta(days=200), self.lost.id],
        )
        Erasure = self.env["lead.pool.erasure"]
        self.assertIsNone(Erasure._forgettable(), "off, if nobody says otherwise")
        form = Form(self.env["res.config.settings"])
        form.lead_pool_keep_lost_months = 12
        self.assertEqual(form.lead_pool_forgettable, 0)
        form.lead_pool_keep_lost_months = 6
        self.assertEqual(form.lead_pool_forgettable, 1, "said before it is saved")
        form.save().execute()
        before = self._figures()
        self.assertEqual(Erasure._forget_some(), (1, False))
        self.env.invalidate_all()
        self.assertEqual((self.lost.contact_name, self.held.contact_name), (False, "张三"))
        self.assertEqual(self._figures(), before)
        self.assertEqual(Erasure._forget_some(), (0, False), "once")
        self.assertEqual(Erasure.search([], limit=1).cause, "retention")
        self._balance()
