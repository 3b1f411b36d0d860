from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .distribution import DistributeCase


@tagged("post_install", "-at_install")
class TestDistributionTold(DistributeCase):
    """Why somebody got a lead, why it waits, and why not I."""

    def test_why_the_holder_got_it(self):
        self.pool.strategy = "rotation"
        self._member(self.zhao).paused = True
        self._held(self.wang, 2)
        lead = self._leads()
        self._distribute()
        self.assertRegex(self._why(lead), "The pool gave this lead to Li Na .* by their weight.* Passed over: Zhao Min")
        claimed = self._held(self.wang)
        self.assertIn("Wang Wei claimed this lead", self._why(claimed))
        given = self._leads()
        self._entries(given).with_user(self.admin).action_assign(self.li.id)
        self.assertIn("Pool Admin gave this lead to Li Na", self._why(given))
        with self.assertRaises(AccessError):
            self._why(given, self.stranger)
        waiting = self._leads()
        self.assertIn("It is given out when", self._why(waiting, self.admin))
        self._entries(waiting).with_user(self.admin).action_mark_invalid(self._reason("invalid").id)
        with self.assertRaisesRegex(UserError, "in no pool any more"):
            self._why(waiting, self.admin)

    def test_the_figures_that_were_compared_are_told(self):
        self.pool.strategy = "least_loaded"
        self.pool.member_ids.write({"capacity": 10})
        self._held(self.li)
        self._held(self.wang, 2)
        lead = self._leads()
        self._distribute()
        self.assertNotIn("who comes next", self._why(lead), "a rep is told no colleague's figures")
        why = self._why(lead, self.admin)
        self.assertIn("Zhao Min held 0 % of what he may hold; Li Na, who comes next, 10 %.", why)
        self.assertIn(f"Version {self.pool.policy_id.version} of the pool's rules.", why)

    def test_a_rule_that_had_nobody_is_told(self):
        self.pool.strategy = "rotation"
        self._member(self.zhao).paused = True
        self._rule(name="Key accounts", strategy="default_assignee", assignee_id=self.zhao.id)
        lead = self._leads()
        self._distribute()
        self.assertIn("“Key accounts” holds for this lead, but had nobody", self._why(lead))

    def test_why_a_lead_waits_is_written_once_for_each_reason(self):
        self.pool.strategy = "rotation"
        self.pool.member_ids.write({"paused": True})
        lead = self._leads()

        def events():
            return self.env["lead.pool.event"].search_count(
                [("lead_ref", "=", lead.id), ("kind", "=", "not_distributed")]
            )

        self._distribute()
        self._distribute()
        self.assertEqual(events(), 1)
        self.assertIn(
            "Passed over: Li Na (paused), Wang Wei (paused), and Zhao Min (paused).", self._why(lead, self.admin)
        )
        rule = self._rule(strategy="default_assignee", assignee_id=self.zhao.id, if_nobody="wait")
        self._distribute()
        self.assertEqual(events(), 2, "another reason")
        rule.active = False
        self.pool.member_ids.write({"paused": False})
        self._distribute()
        self.assertTrue(lead.user_id)
        self.assertFalse(self._entries(lead).left_code)

    def test_which_condition_brought_a_waiting_lead_and_which_did_not_hold(self):
        Rule = self.env["lead.pool.entry.rule"]
        Rule.create({"name": "Wuhan first", "pool_id": self.open_pool.id, "domain": "[('city', '=', 'Wuhan')]"})
        Rule.create(
            {"name": "Beijing", "pool_id": self.pool.id, "domain": "[('city', '=', 'Beijing')]", "sequence": 20}
        )
        lead = self.env["crm.lead"].create({"name": "New", "city": "Beijing", "user_id": False})
        why = self._why(lead, self.admin)
        self.assertIn("The entry condition “Beijing” holds for it.", why)
        self.assertIn("do not hold: “Wuhan first”.", why)

    def test_the_dialog_shows_admins_the_figures_and_reps_the_reasons(self):
        self.pool.strategy = "rotation"
        self._member(self.zhao).paused = True
        lead = self._leads()
        self._distribute()
        for user, figures in ((self.admin, True), (lead.user_id, False)):
            action = self._entries(lead).with_user(user).button_explain()
            dialog = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
            self.assertEqual(dialog.line_ids.mapped("verdict"), ["Got the lead", "Could take leads", "Paused"])
            self.assertEqual(any(dialog.line_ids.mapped("weight")), figures, user.name)
        with self.assertRaises(AccessError):
            self._entries(lead).with_user(self.stranger).button_explain()

    def test_why_not_me_while_everything_is_stopped(self):
        self.pool.strategy = "rotation"
        self._leads()
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", "True")
        self.assertEqual(self.pool.with_user(self.li).action_why_not_me()["code"], "stopped")

    def test_why_not_me_looks_back_a_week(self):
        self.pool.strategy = "rotation"
        self._leads(4)
        self._distribute()
        self._leads()
        answer = self.pool.with_user(self.li).action_why_not_me()
        self.assertIn("In the last 7 days this pool gave out 4 leads, 2 of them to you.", answer["message"])

    def test_why_not_me(self):
        self.pool.strategy = "rotation"
        self._leads()

        def ask(user):
            answer = self.pool.with_user(user).action_why_not_me()
            self.env.invalidate_all()
            return answer

        self.assertEqual(ask(self.li)["code"], "")
        self.assertEqual(ask(self.wang)["code"], "not_next")
        self.assertIn("goes to Li Na", ask(self.wang)["message"])
        self._member(self.wang).paused = True
        self.assertIn("paused", ask(self.wang)["message"])
        self._member(self.zhao).capacity = 1
        self._held(self.zhao)
        self._leads()
        self.assertIn("1 of 1", ask(self.zhao)["message"])
        self.pool.strategy = "manual"
        self.assertIn("by hand", ask(self.li)["message"])
        with self.assertRaises(AccessError):
            ask(self.stranger)

    # ------------------------------------------------------------
    # FIRST CONTACT
    # ------------------------------------------------------------
