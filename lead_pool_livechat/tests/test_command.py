from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.lead_pool.tests.common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestCommand(LeadPoolCase):
    def chat(self, user):
        member = {"partner_id": user.partner_id.id}
        return self.env["discuss.channel"].create(
            {
                "name": "Visitor",
                "channel_type": "livechat",
                "livechat_operator_id": user.partner_id.id,
                "channel_member_ids": [(0, 0, member)],
            }
        )

    def test_the_lead_of_a_chat_waits_and_its_maker_sees_a_number(self):
        self.company.lead_pool_default_id = self.pool
        chat = self.chat(self.li).with_user(self.li)
        lead = chat._convert_visitor_to_lead(self.li.partner_id, "/lead Fleet of 20")
        self.assertRecordValues(lead, [{"name": "Fleet of 20", "user_id": False, "pool_state": "waiting"}])
        self.assertEqual(lead.display_name, f"Lead #{lead.id}")
        with self.assertRaises(AccessError):
            lead.sudo(False).read(["name"])

    def test_who_makes_no_leads_makes_none_by_a_chat(self):
        user = self.li.copy({"login": "chatter", "group_ids": [(6, 0, self.env.ref("base.group_user").ids)]})
        with self.assertRaises(AccessError):
            self.chat(user).with_user(user)._convert_visitor_to_lead(user.partner_id, "/lead Mine")
        with self.assertRaises(AccessError):
            self.chat(user).with_user(self.li)._convert_visitor_to_lead(self.li.partner_id, "/lead Somebody else's")
