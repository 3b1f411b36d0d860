"""Who is this? Leads and customers found by what somebody typed."""

from odoo.tests import tagged

from .test_identity import IdentityCase


@tagged("post_install", "-at_install")
class TestMatching(IdentityCase):
    def _found(self, **person):
        return self.Identity._matches([person])[0]

    def test_a_lead_is_found_by_any_of_its_keys_however_they_are_typed(self):
        lead = self._bare(
            phone="138 0013 8000", email_from="li@galaxy.example", wechat="wxid_77", partner_name="星河科技有限公司"
        )
        for person in (
            {"phone": "+86 138-0013-8000"},
            {"wechat": "13800138000"},
            {"email": "Li <LI@Galaxy.example>"},
            {"wechat": "微信:WXID_77"},
            {"company": "星河 科技 股份有限公司"},
        ):
            with self.subTest(person):
                [match] = self._found(**person)
                self.assertEqual((match.model, match.id, match.sure), ("crm.lead", lead.id, True))
        self.assertEqual(self._found(phone="13900139000", company="月亮科技"), [])
        self.assertEqual(self._found(), [])
