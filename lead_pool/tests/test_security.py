from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import LeadPoolCase

CANARY = "Zyzzyva"


@tagged("post_install", "-at_install")
class TestOwnDialogs(LeadPoolCase):
    def test_a_wizard_belongs_to_who_opened_it(self):
        """Odoo leaves transient records open to each other: each of ours has a rule."""
        ours = [
            name
            for name, model in self.env.registry.items()
            if model._transient and not model._abstract and name.startswith(("lead.pool.", "lead.custom."))
        ]
        self.assertGreater(len(ours), 10)
        for name in ours:
            rules = self.env["ir.rule"].search([("model_id.model", "=", name), ("global", "=", True)])
            self.assertIn("[('create_uid', '=', user.id)]", rules.mapped("domain_force"), name)

    def test_nobody_reads_the_explanation_of_another(self):
        self.pool.strategy = "rotation"
        lead = self._leads()
        self.pool.with_user(self.admin).action_distribute()
        action = self._entries(lead).with_user(self.admin).button_explain()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        self.assertTrue(dialog.with_user(self.admin).line_ids)
        for user in (self.li, self.stranger):
            with self.assertRaises(AccessError):
                dialog.with_user(user).read(["text"])
            self.assertFalse(self.env["lead.pool.explanation.line"].with_user(user).search([]))


@tagged("post_install", "-at_install")
class TestWhoMaySee(LeadPoolCase):
    def test_who_reads_a_waiting_lead(self):
        masked, shown = self._leads(), self._leads(pool=self.open_pool)
        table = [
            # user, reads masked, reads open
            (self.li, False, True),
            (self.stranger, False, False),
            (self.all_docs, False, False),
            (self.admin, True, True),
            (self.manager, True, True),
            (self.marketing, False, False),
        ]
        for user, reads_masked, reads_open in table:
            with self.subTest(user=user.name):
                self.assertEqual(masked.with_user(user).has_access("read"), reads_masked)
                self.assertEqual(shown.with_user(user).has_access("read"), reads_open)
                found = self.env["crm.lead"].with_user(user).search([("id", "in", (masked + shown).ids)])
                self.assertEqual(masked in found, reads_masked)
                self.assertEqual(shown in found, reads_open)
                self.assertEqual(
                    self.env["crm.lead"]
                    .with_user(user)
                    .search_count([("phone", "like", "138 0000"), ("id", "=", masked.id)]),
                    int(reads_masked),
                )

    def test_both_forms_of_the_wall_are_the_same(self):
        """A rep in no open pool gets the semi-join, one in an open pool the plain form."""
        leads = self._leads(2) + self._held(self.li) + self._held(self.wang)
        leads += self.env["crm.lead"].create(
            [{"name": "Free", "user_id": False}, {"name": "Own", "user_id": self.li.id}]
        )
        in_both = self.env["crm.lead"].with_user(self.li)
        ids = Domain("id", "in", leads.ids)
        plain = in_both.search(in_both._visible_domain(readable=True) & ids)
        self.open_pool.visibility = "masked"
        self.assertIn("UNION ALL", str(in_both._visible_domain(readable=True)))
        self.assertEqual(in_both.search(in_both._visible_domain(readable=True) & ids), plain)
        self.assertEqual(len(plain), 3)

    def test_a_removed_member_stops_seeing_at_once(self):
        lead = self._leads(pool=self.open_pool)
        entry = self._entries(lead)
        self.assertTrue(lead.with_user(self.li).has_access("read"))
        self._member(self.li, self.open_pool).unlink()
        self.env.invalidate_all()
        self.assertFalse(lead.with_user(self.li).has_access("read"))
        self.assertFalse(entry.with_user(self.li).has_access("read"))

    def test_members_browse_cards_that_name_nobody(self):
        lead = self._leads(name=CANARY, contact_name=CANARY, partner_name=CANARY, city="Harbin", priority="2")
        card = self._entries(lead).with_user(self.li)
        text = str(card.read())
        self.assertNotIn(CANARY, text)
        self.assertIn("Harbin", text)
        self.assertIn(f"Lead #{lead.id}", text)
        self.assertNotIn("138", text)

    def test_a_pool_opens_what_it_chooses_and_nothing_that_identifies(self):
        """ATK-45: what may be shown of a masked lead names nobody, not even in part."""
        lead = self._leads(city="Harbin", lead_group_id=self.env["lead.group"].search([], limit=1).id)
        card = self._entries(lead)
        self.assertFalse(card.lead_group_id)
        self.pool.open_field_ids = self.env["lead.pool.open.field"].search([("field_name", "=", "lead_group_id")])
        self.env.invalidate_all()
        self.assertRecordValues(card, [{"city": False, "lead_group_id": lead.lead_group_id.id}])
        choices = set(self.env["lead.pool.open.field"].search([]).mapped("field_name"))
        self.assertFalse(
            choices
            & {"name", "contact_name", "partner_name", "phone", "email_from", "street", "partner_id", "description"}
        )

    def test_a_changed_lead_shows_on_its_card(self):
        lead = self._leads(city="Harbin")
        tag = self.env["crm.tag"].create({"name": "Fair"})
        lead.with_user(self.admin).write({"city": "Dalian", "tag_ids": [Command.link(tag.id)]})
        card = self._entries(lead)
        self.assertRecordValues(card, [{"city": "Dalian", "tag_ids": tag.ids}])
        self.assertEqual(card.open_values["tag_ids"], "Fair")

    def test_a_program_reads_a_lead_without_saying_which_fields(self):
        lead = self._held(self.li)
        for user in (self.li, self.admin, self.manager):
            [values] = lead.with_user(user).read()
            self.assertEqual(values["phone"], lead.phone)

    def test_a_name_is_a_number_for_who_may_not_read(self):
        lead = self._leads(name=CANARY)
        event = self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": "2026-03-02 09:00:00",
                "stop": "2026-03-02 10:00:00",
                "opportunity_id": lead.id,
                "partner_ids": [Command.link(self.li.partner_id.id)],
            }
        )
        self.env.invalidate_all()
        self.assertNotIn(CANARY, str(event.with_user(self.li).read(["opportunity_id"])))
        self.env.invalidate_all()
        self.assertIn(CANARY, str(event.with_user(self.manager).read(["opportunity_id"])))
        self.assertNotIn(CANARY, lead.with_user(self.li).sudo().display_name)

    def test_an_access_error_in_debug_mode_names_nobody(self):
        lead = self._leads(name=CANARY)
        Users = type(self.env["res.users"])
        plain = Users.has_group

        def has_group(user, xmlid):
            return xmlid == "base.group_no_one" or plain(user, xmlid)

        with patch.object(Users, "has_group", has_group), self.assertRaises(AccessError) as caught:
            lead.with_user(self.li).read(["name"])
        self.assertNotIn(CANARY, str(caught.exception))
        self.assertIn(str(lead.id), str(caught.exception))

    def test_the_former_holder_reads_nothing_any_more(self):
        lead = self._held(self.li, name=CANARY)
        lead.message_post(body=CANARY, partner_ids=self.li.partner_id.ids, subtype_xmlid="mail.mt_comment")
        lead.activity_schedule("mail.mail_activity_data_call", user_id=self.li.id, summary=CANARY)
        self._entries(lead).with_user(self.li).action_return(self._reason("return").id)
        self.env.invalidate_all()
        for model, domain in (
            ("mail.message", [("model", "=", "crm.lead"), ("res_id", "=", lead.id)]),
            ("mail.activity", [("res_model", "=", "crm.lead"), ("res_id", "=", lead.id)]),
            ("crm.activity.report", [("lead_id", "=", lead.id)]),
            ("lead.pool.event", [("lead_ref", "=", lead.id)]),
            ("crm.lead", [("id", "=", lead.id)]),
        ):
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(self.li).search(domain))
        self.assertNotIn(
            CANARY, str(self.env["lead.pool.holding"].with_user(self.li).search([("lead_ref", "=", lead.id)]).read())
        )

    def test_a_customers_answer_does_not_reach_the_former_holder(self):
        lead = self._held(self.li)
        self._entries(lead).with_user(self.li).action_return(self._reason("return").id)
        message = lead.message_post(body="Answer", partner_ids=self.li.partner_id.ids, message_type="email")
        self.assertNotIn(self.li.partner_id, message.partner_ids)

    def test_atk_37_a_follower_of_the_team_is_told_of_no_hidden_lead(self):
        """Who follows a sales team is told of its new leads by Odoo, each by its name: of those that he may read."""
        told = [self.env.ref("crm.mt_salesteam_lead").id, self.env.ref("mail.mt_comment").id]
        self.team.message_subscribe((self.li | self.manager).partner_id.ids, told)
        self.env["lead.pool.entry.rule"].create({"pool_id": self.pool.id, "domain": "[('city', '=', 'Beijing')]"})
        loud = self.env(context={**self.env.context, "tracking_disable": False, "mail_create_nolog": False})
        values = {"contact_name": CANARY, "team_id": self.team.id}
        put, routed, shown = (
            loud["crm.lead"]
            .with_user(self.admin)
            .sudo()
            .create(
                [
                    {**values, "name": f"{CANARY} 1", "pool_id": self.pool.id, "user_id": False},
                    {**values, "name": f"{CANARY} 2", "city": "Beijing", "user_id": False},
                    {**values, "name": f"{CANARY} 3", "pool_id": self.open_pool.id, "user_id": False},
                ]
            )
        )
        self.assertEqual((put | routed).pool_id, self.pool)
        told = {lead: lead.message_ids.notification_ids.res_partner_id for lead in (put, routed, shown)}
        self.assertEqual(told[put], self.manager.partner_id)
        self.assertEqual(told[routed], self.manager.partner_id, "when it was made it was in no pool")
        self.assertEqual(told[shown], (self.li | self.manager).partner_id)
        self.assertEqual([len(lead.message_ids) for lead in (put, routed, shown)], [1, 1, 1])
        answer = put.message_post(body="Answer", subtype_xmlid="mail.mt_comment", message_type="email")
        self.assertNotIn(self.li.partner_id, answer.notified_partner_ids)
        self._entries(put).with_user(self.li).action_claim()
        answer = put.message_post(body="Answer", subtype_xmlid="mail.mt_comment", message_type="email")
        self.assertIn(self.li.partner_id, answer.notified_partner_ids, "it is his now")

    def test_whose_pools_they_are_is_one_answer_however_it_is_asked(self):
        """A condition, a record rule and the field itself: an admin runs his own pools, a manager all, others none."""
        [lead] = self._leads(pool=self.open_pool)
        self.open_pool.admin_ids.unlink()
        nothing = self.env["lead.pool"]
        for user, runs in ((self.admin, self.pool), (self.manager, self.pool | self.open_pool), (self.li, nothing)):
            pools = (self.pool | self.open_pool).with_user(user)
            known = [("id", "in", pools.ids)]
            self.assertEqual(pools.filtered("is_admin").ids, runs.ids)
            self.assertEqual(pools.search([*known, ("is_admin", "=", True)]).ids, runs.ids)
            others = pools.search([*known, ("is_admin", "=", False)])
            self.assertEqual(others, pools.search(known).filtered(lambda pool: not pool.is_admin))
            self.assertEqual(set(self.env["lead.pool.entry"].with_user(user)._pools_run(pools.ids)), set(runs.ids))
        preview = self.pool.with_user(self.manager).action_enrol([("id", "in", lead.ids)], dry_run=True)
        self.assertEqual(preview[0]["skipped"], 1, "a manager is told of leads that are in a pool already")

    def test_companies_do_not_mix(self):
        other = self.env["res.company"].create({"name": "Other"})
        team = self.env["crm.team"].create({"name": "Other", "company_id": other.id})
        with self.assertRaisesRegex(Exception, "may not work"):
            self._pool("Other pool", company_id=other.id, team_id=team.id)
        pool = self._pool("Empty", members=self.env["res.users"])
        self.assertFalse(pool.with_user(self.li).has_access("read"))


@tagged("post_install", "-at_install")
class TestRoles(LeadPoolCase):
    def test_the_admin_group_comes_and_goes_with_the_role(self):
        group = self.env.ref("lead_pool.group_pool_admin")
        self.assertIn(group, self.admin.group_ids)
        self.assertNotIn(group, self.li.group_ids)
        self.env["lead.pool.member"].search([("user_id", "=", self.admin.id)]).unlink()
        self.assertNotIn(group, self.admin.group_ids)

    def test_what_each_role_may_change(self):
        with self.assertRaises(AccessError):
            self.pool.with_user(self.li).name = "Mine"
        with self.assertRaises(AccessError):
            self._member(self.li).with_user(self.li).capacity = 100
        self.pool.with_user(self.admin).name = "Peking"
        self._member(self.li).with_user(self.admin).capacity = 5
        foreign = self._pool("Foreign")
        foreign.admin_ids.unlink()
        with self.assertRaises(AccessError):
            foreign.with_user(self.admin).name = "Taken over"
        with self.assertRaises(AccessError):
            self.env["lead.pool.member"].with_user(self.admin).create(
                {"pool_id": foreign.id, "user_id": self.admin.id, "role": "admin"}
            )
        with self.assertRaises(AccessError):
            self.pool.with_user(self.li).action_enrol([])

    def test_counters_are_not_set_from_outside(self):
        member = (
            self.env["lead.pool.member"]
            .with_user(self.admin)
            .create({"pool_id": self.pool.id, "user_id": self.stranger.id, "held": 7, "day_n": 3})
        )
        self.assertRecordValues(member, [{"held": 0, "day_n": 0}])

    def test_a_pool_admin_does_not_reach_into_other_pools_by_moving_rows(self):
        foreign = self._pool("Foreign")
        foreign.admin_ids.unlink()
        mine = self._member(self.li)
        with self.assertRaises(AccessError):
            mine.with_user(self.admin).write({"pool_id": foreign.id, "role": "admin"})
        mine.with_user(self.admin).write({"held": 99, "weight": 3})
        self.assertRecordValues(mine, [{"held": 0, "weight": 3, "pool_id": self.pool.id}])

    def test_a_refusal_names_no_pool_to_who_may_not_read_it(self):
        portal = self._user("portal", "base.group_portal", "Portal")
        for user in (portal, self.stranger):
            pool = self.pool.with_user(user)
            for verb, arguments in (
                ("action_simulate", (1,)),
                ("button_simulate", ()),
                ("action_distribute", ()),
                ("action_enrol", ([],)),
                ("action_why_not_me", ()),
            ):
                with self.subTest(user=user.name, verb=verb):
                    with self.assertRaises(AccessError) as caught:
                        getattr(pool, verb)(*arguments)
                    self.assertNotIn(self.pool.name, str(caught.exception))

    def test_malformed_arguments_are_named(self):
        entry = self._entries(self._leads()).with_user(self.admin)
        for call in (
            lambda: entry.action_assign("x"),
            lambda: entry.action_return("x"),
            lambda: entry.action_transfer(self.open_pool.id, note={"a": 1}),
            lambda: entry.browse("x").action_claim(),
            lambda: self.pool.with_user(self.admin).action_distribute(limit=-1),
            lambda: entry.action_claim(request_uid=7),
        ):
            with self.assertRaises(UserError):
                call()
