from odoo import Command, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestPoolForm(LeadPoolCase):
    """The form of a pool reads like its policy."""

    def _summary(self, pool=None):
        pool = pool or self.pool
        return str(pool.with_user(self.admin).summary)

    def test_the_summary_tells_the_rules_in_sentences(self):
        self.pool.member_ids.write({"capacity": 30, "daily_claim_limit": 10})
        self._member(self.li).daily_claim_limit = 5
        self.pool.write(
            {
                "cooling_days": 7,
                "strategy": "rotation",
                "first_contact_days": 1,
                "assign_rule_ids": [
                    Command.create(
                        {"name": "Key accounts", "strategy": "default_assignee", "assignee_id": self.zhao.id}
                    )
                ],
                "entry_rule_ids": [Command.create({"name": "North"}), Command.create({"name": "Fairs"})],
                "reclaim_rule_ids": [
                    Command.create({"name": "Standard", "no_first_touch_days": 1.5, "no_follow_up_days": 7})
                ],
            }
        )
        summary = self._summary()
        for sentence in (
            "New leads without an owner enter if “North” or “Fairs” holds.",
            "Members claim leads, at most 5–10 a day and holding at most 30 at a time.",
            "Its last holder cannot claim a lead again for 7 days.",
            "“Key accounts”: to Zhao Min.",
            "All other leads are given out as soon as they come: to the members in turn, by their weight.",
            "Who gets one is to contact it within 1 working day.",
            "“Standard”: a held lead goes back if not touched within 1.5 days or 7 days after the last follow-up.",
        ):
            self.assertIn(sentence, summary)

    def test_members_read_what_concerns_them(self):
        self.pool.write(
            {
                "strategy": "rotation",
                "entry_rule_ids": [Command.create({"name": "Secret campaign"})],
                "assign_rule_ids": [Command.create({"name": "Key accounts"})],
            }
        )
        summary = str(self.pool.with_user(self.li).summary)
        self.assertIn("in turn, by their weight", summary)
        self.assertNotIn("Secret campaign", summary)
        self.assertNotIn("Key accounts", summary)
        self.assertFalse(self.pool.with_user(self.li).warnings)

    def test_the_summary_changes_while_the_form_is_edited(self):
        with Form(self.pool.with_user(self.admin)) as form:
            self.assertIn("Nothing is distributed by itself", form.summary)
            form.strategy = "round_robin"
            self.assertIn("equally many to each", form.summary)
            form.mode = "observe"
            self.assertIn("only observes", form.summary)

    def test_a_pool_with_a_name_a_team_and_members_works(self):
        form = Form(self.env["lead.pool"].with_user(self.manager))
        form.name = "New"
        form.team_id = self.team
        self.assertIn("Nobody is a member yet", form.warnings)
        with form.member_ids.new() as member:
            member.user_id = self.li
        pool = form.save()
        lead = self._leads(pool=pool)
        self.assertTrue(self._claim(self.li, lead)[0]["done"])

    def test_what_is_wrong_is_said_on_the_form(self):
        self.pool.write({"strategy": "rotation"})
        self.assertFalse(self.pool.with_user(self.admin).warnings)
        self.pool.member_ids.write({"paused": True})
        self.assertIn("Nobody can get leads now", self.pool.with_user(self.admin).warnings)
        self.pool.write({"strategy": "manual", "claimable": False})
        self.assertIn("only when an admin assigns them", self.pool.with_user(self.admin).warnings)

    def test_weights_that_are_all_zero_are_refused(self):
        self.pool.member_ids.write({"weight": 0})
        with self.assertRaisesRegex(ValidationError, "have the weight 0"):
            self.pool.strategy = "rotation"
        self.pool.write(
            {"strategy": "rotation", "member_ids": [Command.update(self._member(self.li).id, {"weight": 1})]}
        )
        with self.assertRaisesRegex(ValidationError, "have the weight 0"):
            self._member(self.li).weight = 0

    def test_every_field_of_a_pool_and_of_its_rules_has_help(self):
        for model in (
            "lead.pool",
            "lead.pool.member",
            "lead.pool.member.rule",
            "lead.pool.ageing.rule",
            "lead.pool.assign.rule",
            "lead.pool.claim.rule",
            "lead.pool.entry.rule",
            "lead.pool.reclaim.rule",
            "lead.pool.working.day",
            "lead.pool.job",
            "lead.pool.new",
        ):
            inherited = {*self.env["mail.thread"]._fields, *models.MAGIC_COLUMNS, "display_name"}
            mute = [name for name, field in self.env[model]._fields.items() if not field.help and name not in inherited]
            self.assertEqual(mute, [], model)

    def test_three_templates_make_pools_that_work(self):
        for template, strategy in (("claim", "manual"), ("inbound", "rotation"), ("specialists", "skill")):
            wizard = (
                self.env["lead.pool.new"]
                .with_user(self.manager)
                .create(
                    {
                        "name": template,
                        "template": template,
                        "team_id": self.team.id,
                        "member_ids": [Command.set(self.reps.ids)],
                    }
                )
            )
            pool = self.env["lead.pool"].browse(wizard.action_confirm()["res_id"])
            self.assertEqual((pool.strategy, pool.member_ids.user_id), (strategy, self.reps))
            self.assertEqual(pool.admin_ids.user_id, self.manager)
            self.assertFalse(pool.with_user(self.manager).warnings)
            self.assertIn("goes back", pool.with_user(self.manager).summary)
            lead = self._leads(pool=pool)
            if strategy == "manual":
                self.assertTrue(self._claim(self.li, lead)[0]["done"])
            else:
                pool.with_user(self.manager).action_distribute()
                self.assertTrue(lead.user_id)
            self.assertTrue(lead.reclaim_at)
        self._balance()

    def test_only_managers_make_pools_from_templates(self):
        with self.assertRaises(AccessError):
            self.env["lead.pool.new"].with_user(self.admin).create({"name": "x", "team_id": self.team.id})
