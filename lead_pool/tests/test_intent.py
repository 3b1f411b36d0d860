"""What a rep thinks of a customer's intent, its history, and what Odoo predicts."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestIntent(LeadPoolCase):
    def _assess(self, lead, user=None, **values):
        record = self.env["lead.assessment"].browse(lead.with_user(user or self.li).action_assess(values))
        self.env.invalidate_all()
        return record

    def test_each_assessment_is_kept_and_the_last_one_counts(self):
        lead = self._held(self.li)
        first = self._assess(lead, budget="weak", need="strong", note="Small shop")
        second = self._assess(lead, budget="fair", decision="go", reason="Has money now")
        self.assertRecordValues(
            lead.assessment_ids,
            [
                {"user_id": self.li.id, "budget": "fair", "need": "strong", "decision": "go", "is_current": True},
                {"user_id": self.li.id, "budget": "weak", "need": "strong", "decision": False, "is_current": False},
            ],
        )
        self.assertEqual(second.changes, "Budget: Weak → Fair · Go or No-Go: Go · Has money now")
        self.assertEqual(first.changes, "Budget: Weak · Need: Strong")
        self.assertEqual((lead.intent_budget, lead.intent_timing, lead.intent_decision), ("fair", False, "go"))
        self.assertEqual(lead.intent_words, "Budget: fair · Need: strong · Has money now")
        self.assertIn("Weak → Fair", lead.message_ids[0].body)
        self.assertEqual(lead.message_ids[0].author_id, self.li.partner_id)
        third = self._assess(lead, decision="no_go", reason="Bought elsewhere")
        self.assertEqual((third.reason, third.previous_id), ("Bought elsewhere", second))

    def test_what_is_refused(self):
        lead = self._held(self.li)
        for values in (
            {},
            {"budget": "much"},
            {"budget": 1},
            {"colour": "red"},
            {"decision": "no_go"},
            {"decision": "no_go", "reason": "  "},
            {"reason": ["x"]},
            "weak",
            None,
        ):
            with self.subTest(values), self.assertRaises(UserError):
                lead.with_user(self.li).action_assess(values)
        with self.assertRaises(UserError):
            lead.with_user(self.li).action_assess({"need": "fair"}, epoch=lead.pool_epoch - 1)
        for user in (self.wang, self.stranger, self.marketing):
            with self.assertRaises(AccessError):
                lead.with_user(user).action_assess({"need": "fair"})
        self.assertFalse(lead.assessment_ids)
        uid = lead.with_user(self.li).action_assess({"need": "fair"}, request_uid="n")
        self.assertEqual(lead.with_user(self.li).action_assess({"need": "fair"}, request_uid="n"), uid)
        for user in (self.li, self.manager):
            record = lead.assessment_ids.with_user(user)
            for attack in (
                lambda record=record: record.write({"need": "strong"}),
                lambda record=record: record.unlink(),
                lambda record=record, user=user: record.create({"lead_id": lead.id, "user_id": user.id}),
            ):
                with self.assertRaises(AccessError):
                    attack()

    def test_search_group_and_sort_by_it(self):
        strong, weak, none = self._held(self.li, 3)
        self._assess(strong, budget="strong", decision="go")
        self._assess(weak, budget="weak", decision="no_go", reason="Peer")
        Lead = self.env["crm.lead"].with_user(self.li)
        mine = [("id", "in", (strong | weak | none).ids)]
        self.assertEqual(Lead.search([*mine, ("intent_budget", "=", "strong")]), strong)
        self.assertEqual(Lead.search([*mine, ("intent_budget", "!=", "strong")]), weak | none)
        self.assertEqual(Lead.search([*mine, ("intent_budget", "=", False)]), none)
        self.assertEqual(Lead.search([*mine, ("intent_decision", "in", ("go", "no_go"))]), strong | weak)
        groups = dict(Lead._read_group(mine, ["intent_budget"], ["__count"]))
        self.assertEqual(groups, {"strong": 1, "weak": 1, False: 1})
        self.assertTrue(Lead.fields_get(["intent_budget"])["intent_budget"]["groupable"])
        self.assertEqual(Lead.search(mine, order="intent_budget, id"), strong | weak | none)

    def test_it_stays_with_the_lead_whoever_gets_it(self):
        lead = self._held(self.li)
        self._assess(lead, budget="strong")
        entry = self._entries(lead)
        entry.with_user(self.li).action_return(self._reason("return").id)
        self.env.invalidate_all()
        self.assertFalse(self.env["lead.assessment"].with_user(self.li).search([("lead_id", "=", lead.id)]))
        self.assertFalse(
            self.env["lead.assessment"].with_user(self.wang)._read_group([("lead_id", "=", lead.id)], ["reason"])
        )
        far = self._pool("Far", self.wang)
        entry.with_user(self.admin).action_transfer(far.id)
        entry.with_user(self.admin).action_assign(self.wang.id)
        self.env.invalidate_all()
        self.assertEqual(lead.with_user(self.wang).intent_budget, "strong")
        self._assess(lead, self.wang, need="fair")
        lead.with_user(self.wang).action_convert()
        self.env.invalidate_all()
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.with_user(self.wang).intent_words, "Budget: strong · Need: fair")
        self.assertEqual(len(lead.assessment_ids), 2)

    def test_a_merge_keeps_both_histories_and_the_latest_counts(self):
        one, two, three = self._held(self.li, 3)
        self._assess(one, budget="weak")
        self._assess(two, budget="strong")
        merged = (one | two | three).with_user(self.li).merge_opportunity()
        self.env.invalidate_all()
        self.assertEqual(len(merged.assessment_ids), 2)
        self.assertEqual(merged.assessment_ids.filtered("is_current").budget, "strong")

    def test_the_dialogs(self):
        lead = self._held(self.li)
        self._assess(lead, budget="weak", decision="go", reason="Regular customer")
        action = lead.with_user(self.li).button_assess()
        wizard = Form(self.env[action["res_model"]].with_user(self.li).with_context(**action["context"]))
        self.assertEqual((wizard.budget, wizard.decision), ("weak", "go"))
        wizard.timing = "strong"
        wizard.save().action_save()
        action = lead.with_user(self.li).button_follow_up()
        form = Form(self.env[action["res_model"]].with_user(self.li).with_context(**action["context"]))
        form.note = "Wants it in May"
        form.save().action_save()
        self.env.invalidate_all()
        self.assertEqual(len(lead.assessment_ids), 2, "nothing was said of the intent")
        form = Form(self.env[action["res_model"]].with_user(self.li).with_context(**action["context"]))
        form.note = "His boss says no"
        form.decision = "no_go"
        form.reason = "The boss"
        form.save().action_save()
        self.env.invalidate_all()
        self.assertEqual((lead.intent_decision, lead.assessment_ids[0].reason), ("no_go", "The boss"))
        self.assertEqual(len(lead.follow_up_ids), 2)

    def test_what_odoo_predicts_comes_with_its_reasons_in_words(self):
        lead = self._held(self.li, city="Wuhan")
        self.env["ir.config_parameter"].sudo().set_param("crm.pls_fields", "country_id,state_id,source_id")
        self.env["ir.config_parameter"].sudo().set_param("crm.pls_start_date", "2020-01-01")
        fair, mailing = self.env["utm.source"].create([{"name": "Trade fair"}, {"name": "Mailing"}])
        old = {"team_id": lead.team_id.id, "user_id": False}
        won = self.env["crm.lead"].create([{**old, "name": f"Won {n}", "source_id": fair.id} for n in range(5)])
        lost = self.env["crm.lead"].create([{**old, "name": f"Lost {n}", "source_id": mailing.id} for n in range(5)])
        won.action_set_won()
        lost.action_set_lost()
        self.env["crm.lead"]._cron_update_automated_probabilities()
        lead.source_id = fair
        self.env.invalidate_all()
        action = lead.with_user(self.li).button_assess()
        wizard = self.env[action["res_model"]].with_user(self.li).with_context(**action["context"]).create({})
        self.assertGreater(wizard.probability, 0)
        self.assertIn("Source: Trade fair", wizard.speaks_for)
        with self.assertRaises(AccessError):
            self.env[action["res_model"]].with_user(self.wang).create({"lead_id": lead.id}).action_save()
        nosy = self.env[action["res_model"]].with_user(self.wang).create({"lead_id": lead.id})
        self.assertFalse(nosy.probability or nosy.speaks_for)
