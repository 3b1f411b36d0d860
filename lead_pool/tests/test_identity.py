import contextlib

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..rules.identity import LOOKED_UP, SHARED_BY_MANY
from .common import LeadPoolCase


class IdentityCase(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.cn")
        cls.Identity = cls.env["lead.identity"]

    def _keys(self, lead):
        """``{(kind, key)}`` that bind, as the database has them when the transaction ends."""
        return {key for key in self._all_keys(lead) if key[0] != LOOKED_UP}

    def _all_keys(self, record):
        self.env.cr.flush()
        owner = "lead_id" if record._name == "crm.lead" else "partner_id"
        return {(row.kind, row.key) for row in self.Identity.search([(owner, "=", record.id)])}

    def _bare(self, count=1, pool=None, **values):
        """Leads of which nothing is known but what is given."""
        return self._leads(count, pool, **{"phone": False, "email_from": False, "contact_name": False, **values})

    def _count(self, work):
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestIdentity(IdentityCase):
    """The keys of a lead follow whatever writes it."""

    def test_a_new_lead_has_its_keys(self):
        lead = self._leads(
            phone="138 0013 8000",
            email_from="Li <LI@Example.com>",
            wechat="Wxid_7",
            partner_name="星河（北京）有限公司",
        )
        self.assertEqual(
            self._keys(lead),
            {
                ("phone", "+8613800138000"),
                ("email", "li@example.com"),
                ("wechat", "wxid_7"),
                ("company", "星河北京"),
            },
        )

    def test_what_is_taken_back_takes_no_other_keys_with_it(self):
        before = self._bare(phone="+8613800138001")
        with contextlib.closing(self.cr.savepoint()):
            inside = self._bare(phone="+8613800138002")
            before.wechat = "wxid_inside"
            with contextlib.suppress(ValueError), self.cr.savepoint():
                before.wechat = "wxid_deeper"
                raise ValueError
        after = self._bare(phone="+8613800138003")
        self.assertEqual(self._keys(before), {("phone", "+8613800138001")})
        self.assertEqual(self._keys(after), {("phone", "+8613800138003")})
        self.assertFalse(inside.exists() or self._keys(inside))

    def test_an_imported_lead_has_its_keys(self):
        self.env["crm.lead"].with_user(self.manager).with_context(import_file=True).load(
            ["name", "phone", "partner_name", "pool_id"], [["Import", "+8613800138001", "Galaxy Ltd", "Beijing"]]
        )
        lead = self.env["crm.lead"].search([("name", "=", "Import")])
        self.assertEqual(self._keys(lead), {("phone", "+8613800138001"), ("company", "galaxy")})

    def test_a_phone_that_cannot_be_parsed_is_known_by_its_digits(self):
        self.assertEqual(self._keys(self._bare(phone="ext 5566778")), {("phone", "#5566778")})

    def test_a_wechat_account_that_is_a_number_is_also_a_phone(self):
        lead = self._bare(wechat="138-0013-8000")
        self.assertEqual(self._keys(lead), {("phone", "+8613800138000"), ("wechat", "13800138000")})

    def test_a_number_is_of_the_country_of_the_leads_company(self):
        self.company.country_id = self.env.ref("base.de")
        china = self.env["res.company"].create({"name": "China", "country_id": self.env.ref("base.cn").id})
        lead = self.env["crm.lead"].create(
            {"name": "There", "user_id": False, "team_id": False, "company_id": china.id}
        )
        lead.wechat = "138 0013 8000"
        self.assertEqual(lead.company_id, china)
        self.assertIn(("phone", "+8613800138000"), self._keys(lead))

    def test_a_changed_lead_loses_its_old_keys(self):
        lead = self._bare(phone="13800138000", partner_name="Galaxy Ltd")
        self._keys(lead)
        lead.write({"phone": "13800138002", "partner_name": False, "wechat": "wxid_8"})
        self.assertEqual(self._keys(lead), {("phone", "+8613800138002"), ("wechat", "wxid_8")})

    def test_a_key_that_stays_is_not_written_again(self):
        lead = self._bare(phone="13800138000", partner_name="Galaxy Ltd")
        self._keys(lead)
        row = self.Identity.search([("lead_id", "=", lead.id), ("kind", "=", "phone")])
        lead.partner_name = "Comet Ltd"
        self._keys(lead)
        self.assertTrue(row.exists())

    def test_another_country_makes_another_number(self):
        lead = self._bare(phone="020 7946 0000")
        self.assertEqual(self._keys(lead), {("phone", "+862079460000")})
        lead.country_id = self.env.ref("base.uk")
        self.assertEqual(self._keys(lead), {("phone", "+442079460000")})

    def test_a_change_of_the_contact_reaches_the_lead(self):
        partner = self.env["res.partner"].create({"name": "Li", "email": "li@example.com"})
        lead = self._bare(partner_id=partner.id, email_from="li@example.com")
        partner.write({"email": "li.na@example.com", "phone": "13800138003"})
        self.assertEqual(self._keys(lead), {("email", "li.na@example.com"), ("phone", "+8613800138003")})

    def test_a_lead_without_company_goes_by_its_contacts_company(self):
        company = self.env["res.partner"].create({"name": "Galaxy Ltd", "is_company": True})
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": company.id})
        lead = self._bare(partner_id=contact.id)
        lead.partner_name = False
        self.assertEqual(self._keys(lead), {("company", "galaxy")})
        company.name = "Comet Ltd"
        self.assertEqual(self._keys(lead), {("company", "comet")})
        lead.partner_name = "Meteor Ltd"
        company.name = "Galaxy Ltd"
        self.assertEqual(self._keys(lead), {("company", "meteor")})

    def test_a_merged_lead_has_the_keys_of_what_it_became(self):
        first = self._bare(phone="13800138000")
        second = self._bare(partner_name="Galaxy Ltd", email_from="li@example.com")
        leads = first | second
        self.env.cr.flush()
        merged = leads.with_user(self.manager).merge_opportunity(auto_unlink=True)
        self.assertEqual(
            self._keys(merged), {("phone", "+8613800138000"), ("company", "galaxy"), ("email", "li@example.com")}
        )
        self.assertFalse(self.Identity.search([("lead_id", "in", (leads - merged).ids)]))

    def test_the_keys_of_a_deleted_lead_are_gone(self):
        lead = self._leads()
        self.assertTrue(self._keys(lead))
        lead.unlink()
        self.env.cr.flush()
        self.assertFalse(self._keys(lead))
        self._balance()

    def test_a_lead_that_is_deleted_before_its_keys_are_made(self):
        self._leads().unlink()
        self.env.cr.flush()
        self._balance()

    def test_a_text_that_is_no_key_harms_nothing(self):
        lead = self._bare(phone="call me", email_from="none", wechat="🚀", partner_name="有限公司")
        self.assertEqual(self._keys(lead), set())
        self.assertEqual(self._keys(self._bare(partner_name="星" * 5000)), {("company", "星" * 128)})

    def test_leads_in_no_pool_have_keys_too(self):
        lead = self.env["crm.lead"].create({"name": "Own", "phone": "13800138000"})
        self.assertEqual(self._keys(lead), {("phone", "+8613800138000")})

    def test_a_form_shows_no_key_and_writes_them(self):
        lead = self._bare(phone="13800138000")
        with Form(lead.with_user(self.admin)) as form:
            form.phone = "13800138009"
        self.assertEqual(self._keys(lead), {("phone", "+8613800138009")})

    # ------------------------------------------------------------
    # COST
    # ------------------------------------------------------------

    def test_the_keys_of_many_leads_cost_what_those_of_one_cost(self):
        one, many = self._bare(wechat="13800138000"), self._bare(40, wechat="13800138000")
        self.env.cr.flush()

        def change(leads, text):
            leads.write({"partner_name": text})
            self.env.cr.flush()

        change(one, "Warm Ltd")
        cost = self._count(lambda: change(one, "Galaxy Ltd"))
        self.assertLessEqual(self._count(lambda: change(many, "Galaxy Ltd")), cost + 1)

    def test_other_values_cost_nothing(self):
        lead = self._leads()
        self.env.cr.flush()
        lead.write({"description": "Nothing that identifies anybody", "expected_revenue": 5, "user_id": self.li.id})
        self.env.flush_all()
        self.assertNotIn("lead_pool.identity", self.env.cr.precommit.data)

    def test_several_changes_in_a_transaction_make_the_keys_once(self):
        lead = self._leads()
        self.env.cr.flush()
        for number in range(5):
            lead.wechat = f"wxid_{number}"
            self.env.flush_all()
        self.assertLessEqual(self._count_of(self.env.cr.flush), 4)
        self.assertIn(("wechat", "wxid_4"), self._keys(lead))

    def _count_of(self, work):
        before = self.env.cr.sql_log_count
        work()
        return self.env.cr.sql_log_count - before

    # ------------------------------------------------------------
    # WHO MAY READ THEM
    # ------------------------------------------------------------

    def test_nobody_but_managers_reads_keys(self):
        self._keys(self._leads(phone="13800138000"))
        domain = [("key", "=", "+8613800138000")]
        for user in (self.li, self.admin, self.marketing, self.all_docs, self.stranger):
            Identity = self.Identity.with_user(user)
            for call in (
                lambda Identity=Identity: Identity.search_count(domain),
                lambda Identity=Identity: Identity.search_read(domain, ["lead_id"]),
                lambda Identity=Identity: Identity.name_search("phone"),
                lambda Identity=Identity: Identity._read_group(domain, ["key"]),
                lambda Identity=Identity: self.Identity.search(domain).with_env(Identity.env).read(["key"]),
                lambda Identity=Identity: Identity.create({"lead_id": 1, "kind": "phone", "key": "x"}),
            ):
                with self.assertRaises(AccessError, msg=user.name):
                    call()
        self.assertEqual(self.Identity.with_user(self.manager).search_count(domain), 1)
        for change in ({"key": "x"}, None):
            row = self.Identity.search(domain).with_user(self.manager)
            with self.assertRaises(AccessError):
                row.write(change) if change else row.unlink()

    def test_no_model_that_a_rep_reads_leads_to_the_keys(self):
        links = self.env["ir.model.fields"].search([("relation", "=", "lead.identity")])
        self.assertFalse(links, "a search through such a field would find a masked lead by its phone")

    def test_a_manager_reads_the_keys_of_his_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        team = self.env["crm.team"].create({"name": "There", "company_id": other.id})
        lead = self.env["crm.lead"].create(
            {"name": "There", "phone": "13800138000", "user_id": False, "team_id": team.id}
        )
        self.assertTrue(self._keys(lead))
        self.assertEqual(lead.company_id, other)
        self.assertFalse(self.Identity.with_user(self.manager).search([("lead_id", "=", lead.id)]))

    # ------------------------------------------------------------
    # LEADS THAT WERE THERE BEFORE
    # ------------------------------------------------------------

    def _forget(self):
        self.env.cr.flush()
        self.env.cr.execute("DELETE FROM lead_identity")

    def test_a_backfill_goes_on_where_it_stopped_and_may_be_repeated(self):
        leads = self._bare(5, phone="13800138000")
        first = leads[0].id - 1
        self._forget()
        self.assertGreaterEqual(self.Identity._missing_count(), 5)
        self.assertEqual(self.Identity._backfill(first, 2), (leads[1].id, 2))
        self.assertEqual(self.Identity._backfill(leads[1].id, 2), (leads[3].id, 2))
        self.assertEqual(self.Identity._backfill(leads[1].id, 2), (leads[3].id, 2), "the same again")
        self.assertEqual(self.Identity._backfill(leads[3].id, 2), (leads[4].id, 1))
        self.assertEqual(self.Identity._backfill(leads[4].id, 2), (leads[4].id, 0))
        self.assertEqual(len(self.Identity.search([("lead_id", "in", leads.ids)])), 5)
        self.assertEqual(self.Identity._missing_count(), 0)

    def test_a_backfill_mends_what_is_wrong(self):
        lead = self._bare(phone="13800138000")
        self.env.cr.flush()
        self.env.cr.execute("UPDATE lead_identity SET key = 'wrong' WHERE lead_id = %s", [lead.id])
        self.Identity.invalidate_model()
        self.Identity._backfill(lead.id - 1, 1)
        self.assertEqual(self._keys(lead), {("phone", "+8613800138000")})

    def test_leads_whose_values_make_no_key_are_not_missing_for_ever(self):
        self._bare(phone="call me")
        self._forget()
        self.assertGreaterEqual(self.Identity._missing_count(), 1)
        while self.Identity._backfill(0, 10**6)[1] == 10**6:
            pass
        self.assertEqual(self.Identity._missing_count(), 0)

    def test_a_backfill_of_many_leads_costs_what_one_of_few_costs(self):
        leads = self._bare(40, phone="13800138000")
        self._forget()
        cost = self._count(lambda: self.Identity._backfill(leads[0].id - 1, 2))
        self.assertLessEqual(self._count(lambda: self.Identity._backfill(leads[1].id, 30)), cost)


@tagged("post_install", "-at_install")
class TestWithoutPools(IdentityCase):
    def test_without_any_pool_nothing_is_written(self):
        self.env["lead.pool"].search([]).unlink()
        lead = self.env["crm.lead"].create({"name": "Plain", "phone": "13800138000"})
        lead.partner_name = "Galaxy Ltd"
        self.assertEqual(self._keys(lead), set())


@tagged("post_install", "-at_install")
class TestAffinity(IdentityCase):
    """The same customer goes to the same rep, however his name or number was typed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.write({"strategy": "rotation", "affinity": True})

    def _distribute(self):
        self.pool.with_user(self.admin).action_distribute()
        self.env.invalidate_all()
        self._balance()

    def _bare_held(self, user, **values):
        lead = self._bare(**values)
        self.assertTrue(self._claim(user, lead)[0]["done"])
        return lead

    def _known_as(self, lead):
        event = self.env["lead.pool.event"].search([("lead_ref", "=", lead.id), ("kind", "=", "distributed")])
        return event.detail.get("known_as")

    def _why(self, lead):
        return " ".join(self._entries(lead).with_user(lead.user_id).action_explain())

    def test_each_key_binds_and_is_said_without_its_value(self):
        for what, theirs, ours, sentence in (
            ("phone", {"phone": "138 0013 8000"}, {"phone": "+8613800138000"}, "with the same phone number"),
            ("phone", {"phone": "138 0013 8111"}, {"wechat": "13800138111"}, "with the same phone number"),
            ("email", {"email_from": "LI@x.cn"}, {"email_from": "Li <li@x.cn>"}, "with the same e-mail address"),
            ("wechat", {"wechat": "Wxid_1"}, {"wechat": "wxid_1"}, "with the same WeChat account"),
            ("company", {"partner_name": "星河公司"}, {"partner_name": "星河有限公司"}, "of the same company"),
        ):
            with self.subTest(theirs=theirs, ours=ours):
                self._bare_held(self.zhao, **theirs)
                lead = self._bare(**ours)
                self._distribute()
                self.assertEqual((lead.user_id, self._known_as(lead)), (self.zhao, what))
                why = self._why(lead)
                self.assertIn(f"Zhao Min has leads {sentence}.", why)
                for value in ours.values():
                    self.assertNotIn(value, why)

    def test_the_customer_binds_by_its_company(self):
        company = self.env["res.partner"].create({"name": "Galaxy Ltd", "is_company": True})
        li, wang = self.env["res.partner"].create(
            [{"name": "Li", "parent_id": company.id}, {"name": "Wang", "parent_id": company.id}]
        )
        self._bare_held(self.zhao, partner_id=li.id)
        lead = self._bare(partner_id=wang.id)
        self._distribute()
        self.assertEqual((lead.user_id, self._known_as(lead)), (self.zhao, "customer"))
        self.assertIn("of the same customer", self._why(lead))

    def test_the_latest_holder_comes_first(self):
        for user in (self.zhao, self.wang):
            self._bare_held(user, phone="13800138000")
        self.env.cr.execute(
            "UPDATE lead_pool_entry SET held_since = held_since - interval '1 hour' WHERE user_id = %s", [self.zhao.id]
        )
        self.env.invalidate_all()
        first, second = self._bare(2, phone="13800138000")
        known = self.pool._known_by(first | second)
        self.assertEqual(known[first.id], ((self.wang.id, "phone"), (self.zhao.id, "phone")))
        self._member(self.wang).paused = True
        self._distribute()
        self.assertEqual((first | second).user_id, self.zhao)

    def test_of_several_ties_the_strongest_is_said(self):
        self._bare_held(self.zhao, phone="13800138000", email_from="li@x.cn", partner_name="Galaxy Ltd")
        lead = self._bare(partner_name="Galaxy Inc", email_from="li@x.cn")
        self.assertEqual(self.pool._known_by(lead)[lead.id], ((self.zhao.id, "email"),))

    def test_a_key_that_many_leads_share_binds_nobody(self):
        self._bare_held(self.zhao, phone="010 6552 9988")
        leads = self._bare(SHARED_BY_MANY - 1, phone="010 6552 9988")
        self.assertTrue(all(self.pool._known_by(leads)[lead.id] for lead in leads))
        leads |= self._bare(phone="010 6552 9988")
        self.assertFalse(any(self.pool._known_by(leads)[lead.id] for lead in leads))

    def test_who_holds_one_in_another_pool_does_not_count(self):
        self._bare_held(self.zhao, pool=self.open_pool, phone="13800138000")
        lead = self._bare(phone="13800138000")
        self.assertEqual(self.pool._known_by(lead)[lead.id], ())

    def test_who_held_one_and_gave_it_back_does_not_count(self):
        former = self._bare_held(self.zhao, phone="13800138000", partner_name="Galaxy Ltd")
        self._entries(former).with_user(self.zhao).action_return(self._reason("return").id)
        lead = self._bare(phone="13800138000", partner_name="Galaxy Ltd")
        self.assertEqual(self.pool._known_by(lead)[lead.id], ())

    def test_where_nobody_holds_one_who_converted_the_last_one_of_the_company_comes_first(self):
        for user in (self.wang, self.zhao):
            lead = self._bare_held(user, phone="13800138000", partner_name="Galaxy Ltd")
            lead.with_user(user).action_convert()
        self.env.cr.execute(
            """UPDATE lead_pool_entry SET closed_at = closed_at - interval '1 hour',
                      last_held_until = last_held_until - interval '1 hour' WHERE last_holder_id = %s""",
            [self.wang.id],
        )
        self.env.invalidate_all()
        same_phone, same_company = self._bare(phone="13800138000"), self._bare(partner_name="Galaxy GmbH")
        known = self.pool._known_by(same_phone | same_company)
        self.assertEqual(known[same_phone.id], (), "the number may be somebody else's by now")
        self.assertEqual(known[same_company.id], ((self.zhao.id, "converted_company"),))
        same_phone.unlink()
        self._distribute()
        self.assertEqual(same_company.user_id, self.zhao)
        self.assertIn("Zhao Min converted the last lead of the same company.", self._why(same_company))
        self._bare_held(self.li, partner_name="Galaxy")
        another = self._bare(partner_name="Galaxy Ltd")
        known = self.pool._known_by(another)[another.id]
        self.assertEqual({user for user, _what in known}, {self.li.id, self.zhao.id}, "who holds one comes first")
        self.assertEqual({what for _user, what in known}, {"company"})

    def test_who_once_gave_a_lead_back_has_not_converted_it(self):
        lead = self._bare_held(self.zhao, partner_name="Galaxy Ltd")
        self._entries(lead).with_user(self.zhao).action_return(self._reason("return").id)
        self.env.cr.execute("UPDATE lead_pool_entry SET last_held_until = last_held_until - interval '1 hour'")
        self.env.invalidate_all()
        lead.with_user(self.manager).action_set_won()
        self.assertEqual(self._entries(lead).closed_as, "converted")
        other = self._bare(partner_name="Galaxy Ltd")
        self.assertEqual(self.pool._known_by(other)[other.id], ())

    def test_why_not_me_says_that_a_colleague_knows_the_customer_and_not_who(self):
        self._bare_held(self.zhao, phone="13800138000")
        self._bare(phone="13800138000")
        message = self.pool.with_user(self.li).action_why_not_me()["message"]
        self.assertIn("a colleague who knows its customer already", message)
        self.assertNotIn("138", message)
        self.assertNotIn("Zhao", message)

    def test_a_pool_without_affinity_asks_nobody(self):
        self.pool.affinity = False
        self._bare_held(self.zhao, phone="13800138000")
        lead = self._bare(phone="13800138000")
        self._distribute()
        self.assertNotEqual(lead.user_id, self.zhao)

    def test_the_question_costs_the_same_for_one_lead_and_for_forty(self):
        self._bare_held(self.zhao, phone="13800138000")
        one, many = self._bare(phone="13800138000"), self._bare(40, partner_name="Galaxy Ltd")
        self.env.cr.flush()
        self.assertEqual(self._count(lambda: self.pool._known_by(one)), 2)
        self.assertEqual(self._count(lambda: self.pool._known_by(many)), 2)
