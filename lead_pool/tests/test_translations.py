from odoo.tests.common import TransactionCase

from .common import LeadPoolCase
from .translations import CHINESE, LANG, TranslationsMixin


class TestTranslations(TranslationsMixin, TransactionCase):
    module = "lead_pool"
    labels = {
        "Lead": "线索",
        "Leads": "线索",
        "Lead Pool": "线索池",
        "Rep": "销售",
        "Pool Admin": "线索池管理员",
        "Member": "成员",
        "Waiting": "待领取",
        "Held": "持有",
        "Holdings": "持有记录",
        "Events": "流转记录",
        "Claim": "领取",
        "Assign": "分配",
        "Transfer": "转移",
        "Return": "退回",
        "Take Back": "收回",
        "Reclaim": "收回",
        "Follow-up": "跟进",
        "Convert": "转换",
        "My Leads": "我的线索",
        "Pool Board": "线索池看板",
        "Entry Conditions": "进入条件",
    }


class TestChinese(LeadPoolCase):
    """A user whose language is Chinese meets no English."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang(LANG)
        cls.env["ir.module.module"]._load_module_terms(["lead_pool"], [LANG], overwrite=True)
        cls.env.invalidate_all()
        cls.li.lang = LANG

    def _in_chinese(self, user, records):
        return records.with_user(user).with_context(lang=LANG)

    def assert_chinese(self, texts):
        self.assertTrue(texts)
        self.assertEqual([text for text in texts if not CHINESE.search(text)], [])

    def test_rep_is_refused_in_chinese(self):
        lead = self._held(self.wang)
        answer = self._in_chinese(self.li, self._entries(lead)).action_claim()[0]
        self.assertEqual(answer["code"], "taken")
        self.assertEqual(answer["message"], "这条线索已被 Wang Wei 领取，请选择其他线索。")

    def test_rep_is_asked_for_the_result_in_chinese(self):
        for model, field in (("lead.pool.follow.up", "result"), ("lead.pool.decide", "outcome")):
            about = self.env[model].with_user(self.li).with_context(lang=LANG).fields_get([field])
            self.assert_chinese([label for _value, label in about[field]["selection"]])

    def test_sentence_with_the_moment_of_the_next_try_is_chinese(self):
        self._member(self.li).daily_claim_limit = 1
        self._held(self.li)
        answer = self._in_chinese(self.li, self._entries(self._leads())).action_claim()[0]
        self.assertEqual(answer["code"], "daily_limit")
        self.assertRegex(
            answer["message"], r"^您今天在“Beijing”的领取次数已用完。\d{4}-\d\d-\d\d \d\d:\d\d 之后可以再试。$"
        )

    def test_former_holder_is_told_in_his_own_language(self):
        lead = self._held(self.li)
        reason = self._reason("reclaim")
        self._entries(lead).with_user(self.admin).action_reclaim(reason.id)
        message = self.env["mail.message"].search(
            [("model", "=", "lead.pool"), ("partner_ids", "in", self.li.partner_id.ids)], limit=1
        )
        self.assertEqual(message.subject, "1 条线索已不归您持有")
        why = reason.with_context(lang=LANG).name
        self.assertRegex(
            message.body,
            rf"线索 #{lead.id} 已于 \d{{4}}-\d\d-\d\d \d\d:\d\d 由 Pool Admin 收回至“Beijing”：{why}。",
        )

    def test_lists_come_in_chinese(self):
        for model in (
            "lead.pool.reason",
            "lead.follow.up.type",
            "lead.follow.up.level",
            "lead.group",
            "lead.pool.open.field",
        ):
            with self.subTest(model=model):
                records = self.env[model].with_context(lang=LANG).search([])
                data = records.filtered(lambda record: record.get_external_id()[record.id].startswith("lead_pool."))
                self.assert_chinese(data.mapped("name"))
        calls = self.env.ref("lead_pool.follow_up_type_call").with_context(lang=LANG)
        self.assertEqual(calls.name, "电话")

    def test_choices_of_every_selection_are_chinese(self):
        env = self.env(context={"lang": LANG})
        for name, model in self.env.registry.items():
            for field in model._fields.values():
                if field.type == "selection" and field._module == "lead_pool" and isinstance(field.selection, list):
                    with self.subTest(field=str(field)):
                        choices = dict(env[name]._fields[field.name]._description_selection(env))
                        self.assert_chinese(list(choices.values()))

    def test_menus_actions_groups_and_scheduled_actions_are_chinese(self):
        for model in ("ir.ui.menu", "ir.actions.act_window", "res.groups", "ir.actions.server"):
            with self.subTest(model=model):
                ids = self.env["ir.model.data"].search([("module", "=", "lead_pool"), ("model", "=", model)])
                self.assert_chinese(self.env[model].with_context(lang=LANG).browse(ids.mapped("res_id")).mapped("name"))

    def test_forms_and_cards_are_chinese(self):
        pools = self._in_chinese(self.admin, self.env["lead.pool"])
        form = pools.get_view(view_type="form")["arch"]
        for text in ("新成员的初始限额", "可见范围", "纳入已有线索"):
            self.assertIn(text, form)
        fields = pools.fields_get(["visibility", "claimable"], ["string", "selection"])
        self.assertEqual(fields["claimable"]["string"], "允许成员领取")
        self.assertEqual(dict(fields["visibility"]["selection"]), {"masked": "领取前隐藏", "open": "对成员开放"})
        board = self._in_chinese(self.li, self.env["lead.pool.entry"]).get_view(view_type="kanban")["arch"]
        self.assertIn('string="领取"', board)
