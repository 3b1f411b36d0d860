import base64
import io

from PIL import Image

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import LeadPoolCase

VCARD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN:张;晓明;;;\r\nORG:星河机器人有限公司\r\nTITLE:销售总监\r\n"
    "TEL;CELL:138 0013 8000\r\n"
    "TEL;WORK:010-65529988\r\nTEL;FAX:010-65529989\r\nEMAIL:zhang@xinghe.com\r\n"
    "ADR;WORK:;;建国路88号;北京市;北京;100022;CN\r\n"
    "END:VCARD\r\n"
)


def picture(size=(40, 30), kind="PNG"):
    stream = io.BytesIO()
    Image.new("RGB", size, "white").save(stream, kind)
    return base64.b64encode(stream.getvalue()).decode()


@tagged("post_install", "-at_install")
class TestCard(LeadPoolCase):
    def _read(self, user, **card):
        return self.env["crm.lead"].with_user(user).read_card(**card)["values"]

    def test_a_vcf_file_of_an_old_phone_fills_a_lead(self):
        before = self.env["crm.lead"].search_count([])
        values = self._read(self.li, file=base64.b64encode(VCARD.encode("gbk")).decode())
        china = self.env.ref("base.cn")
        self.assertEqual(
            values,
            {
                "name": "星河机器人有限公司 · 张晓明",
                "contact_name": "张晓明",
                "function": "销售总监",
                "partner_name": "星河机器人有限公司",
                "phone": "138 0013 8000",
                "email_from": "zhang@xinghe.com",
                "street": "建国路88号",
                "city": "北京市",
                "zip": "100022",
                "country_id": china.id,
                "state_id": self.env.ref("base.state_cn_BJ").id,
                "description": "010-65529988\nFax: 010-65529989",
            },
        )
        self.assertEqual(self.env["crm.lead"].search_count([]), before, "nothing is saved")

    def test_the_rep_saves_it_as_his_own_by_the_channel_card(self):
        values = self._read(self.li, text="MECARD:N:Smith,John;TEL:+14155552671;ORG:ACME;;")
        lead = self.env["crm.lead"].with_user(self.li).with_context(lead_pool_channel="card").create(values)
        self.assertEqual((lead.user_id, lead.contact_name, lead.type), (self.li, "John Smith", "opportunity"))
        self.assertFalse(lead.pool_id)

    def test_marketing_lets_it_wait_in_a_pool_and_keeps_the_photo(self):
        values = self._read(self.marketing, text="王建国总经理\n手机：13701234567\n苏州精密机械厂")
        Lead = self.env["crm.lead"].with_user(self.marketing).with_context(lead_pool_channel="card")
        lead = Lead.create({**values, "user_id": False, "pool_id": self.pool.id})
        self.assertEqual((lead.pool_state, lead.partner_name), ("waiting", "苏州精密机械厂"))
        entered = lead.sudo().pool_event_ids.filtered(lambda event: event.kind == "entered")
        self.assertEqual(entered.detail["channel"], "card")
        attachment = self.env["ir.attachment"].browse(lead.keep_card(picture(kind="JPEG")))
        self.assertEqual((attachment.res_id, attachment.mimetype), (lead.id, "image/jpeg"))
        self.assertTrue(attachment.with_user(self.marketing).has_access("read"))
        with self.assertRaises(AccessError):
            attachment.with_user(self.li).check_access("read")
        with self.assertRaises(AccessError):
            lead.with_user(self.li).keep_card(picture())

    def test_what_is_no_card_is_said(self):
        for card in (
            {},
            {"text": ""},
            {"text": "  "},
            {"text": 7},
            {"file": "%%%"},
            {"file": base64.b64encode(b"\0").decode()},
        ):
            with self.subTest(card=card), self.assertRaises(UserError):
                self._read(self.li, **card)

    def test_a_picture_is_looked_at_before_it_is_decoded(self):
        Lead = self.env["crm.lead"].with_user(self.li)
        bomb = base64.b64decode(picture())
        bomb = bomb[:16] + (60_000).to_bytes(4, "big") * 2 + bomb[24:]  # a head that claims 3,600 megapixels
        with self.assertRaisesRegex(UserError, "megapixels|no JPEG"):
            Lead.read_card(photo=base64.b64encode(bomb).decode())
        with self.assertRaisesRegex(UserError, "no JPEG"):
            Lead.read_card(photo=base64.b64encode(b"<svg onload='x'/>").decode())
        with self.assertRaisesRegex(UserError, "no JPEG"):
            Lead.read_card(photo=picture(kind="GIF"))
        with self.assertRaisesRegex(UserError, "larger than 12 MB"):
            Lead.read_card(photo="A" * (17 << 20))

    def test_without_the_package_a_sentence_says_how_to_add_it(self):
        self.env["ir.config_parameter"].set_param("lead_pool.card_python", "/nonexistent/python")
        answer = self.env["crm.lead"].with_user(self.li).card_reader()
        self.assertFalse(answer["photo"])
        self.assertIn("your administrator", answer["message"])
        self.assertNotIn("/nonexistent", answer["message"], "nobody else learns where things lie on the server")
        answer = self.env["crm.lead"].with_user(self.env.ref("base.user_admin")).card_reader()
        self.assertIn("/nonexistent/python -m pip install rapidocr-onnxruntime", answer["message"])
        with self.assertRaisesRegex(UserError, "QR code"):
            self._read(self.li, photo=picture())

    def test_who_makes_no_leads_reads_no_cards(self):
        visitor = new_test_user(self.env, "visitor", groups="base.group_user")
        with self.assertRaises(AccessError):
            self._read(visitor, text="13800138000")
        with self.assertRaises(AccessError):
            self.env["crm.lead"].with_user(visitor).card_reader()
