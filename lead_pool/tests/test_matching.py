"""Who is this? Leads and customers found by what somebody typed."""

import json

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..arrays import as_array, as_columns
from ..rules.identity import SHARED_BY_MANY
from .test_identity import IdentityCase

DESK = "400-800-1234"


class MatchingCase(IdentityCase):
    def _found(self, **person):
        return self.Identity._matches([person])[0]

    def _ids(self, **person):
        return [(match.model, match.id) for match in self._found(**person)]

    def _customer(self, **values):
        return self.env["res.partner"].create({"name": "星河科技有限公司", "is_company": True, **values})


@tagged("post_install", "-at_install")
class TestMatching(MatchingCase):
    def test_a_lead_is_found_by_any_of_its_keys_however_they_are_typed(self):
        lead = self._bare(
            phone="138 0013 8000",
            email_from="li@galaxy.example",
            wechat="wxid_77",
            partner_name="星河科技有限公司",
            company_registry_code="91110108MA01ABCD2X",
        )
        for person in (
            {"phone": "+86 138-0013-8000"},
            {"wechat": "13800138000"},
            {"email": "Li <LI@Galaxy.example>"},
            {"wechat": "微信:WXID_77"},
            {"company": "星河 科技 股份有限公司"},
            {"company": "星河網絡", "registry": "９１１１ 0108 ma01 abcd 2x"},
        ):
            with self.subTest(person):
                [match] = self._found(**person)
                self.assertEqual((match.model, match.id, match.sure), ("crm.lead", lead.id, True))
        self.assertEqual(self._found(phone="13900139000", company="月亮科技"), [])
        self.assertEqual(self._found(), [])
        self.assertEqual(self.Identity._matches([]), [])

    def test_each_person_of_a_batch_gets_his_own_answer(self):
        li, wang = self._bare(phone="13800138000"), self._bare(phone="13800138001")
        people = [{"phone": "13800138001"}, {}, {"phone": "13800138000"}, {"phone": "13800138001"}]
        found = [[match.id for match in matches] for matches in self.Identity._matches(people)]
        self.assertEqual(found, [[wang.id], [], [li.id], [wang.id]])

    def test_signs_that_mean_something_to_the_database_are_of_the_text(self):
        lead = self._bare(email_from="o{x}@a.example")
        self.assertEqual(self._ids(email="O{x}@a.example"), [("crm.lead", lead.id)])
        texts = ["", "NULL", None, 'say "{no}"', "a\\b", "\\", "1,2", " x ", "星河\n", "'"]
        self.assertEqual(self.env.execute_query(SQL("SELECT %s::varchar[]", as_array(texts))), [(texts,)])

    def test_columns_of_a_statement_are_the_rows_that_were_given(self):
        now = fields.Datetime.now()
        rows = [
            (7, "Li", None, True, 1.5, now, now, {"a": 'x"\\'}, False),
            (7, 'say "no"', None, False, 1e-7, now, None, None, False),
        ]
        kinds = ("int", "varchar", "int", "bool", "float8", "timestamp", "timestamp", "jsonb", "bool")
        columns = [list(values) for values in zip(*rows, strict=True)]
        columns[7] = [value and json.dumps(value) for value in columns[7]]
        columns = [(f"c{n}", kind, values) for n, (kind, values) in enumerate(zip(kinds, columns, strict=True))]
        query = as_columns(columns)
        self.assertEqual(self.env.execute_query(SQL("SELECT %s", query)), rows)
        self.assertEqual(query.code.count("unnest"), 6, "what is the same in all rows is said once, but for the first")

    def test_lost_archived_and_won_leads_are_found_too(self):
        leads = self._bare(3, phone="13800138000")
        leads[0].action_set_lost()
        leads[1].active = False
        leads[2].with_user(self.manager).action_set_won()
        self.assertEqual({match.id for match in self._found(phone="13800138000")}, set(leads.ids))

    def test_what_is_of_another_company_is_not_found(self):
        other = self.env["res.company"].create({"name": "Other", "country_id": self.env.ref("base.cn").id})
        lead = self.env["crm.lead"].create(
            {"name": "There", "phone": "13800138000", "user_id": False, "team_id": False, "company_id": other.id}
        )
        partner = self._customer(phone="13800138000", company_id=other.id)
        self.assertEqual(self._found(phone="13800138000", company_id=self.company.id), [])
        there = [("res.partner", partner.id), ("crm.lead", lead.id)]
        self.assertEqual(self._ids(phone="13800138000", company_id=other.id), there)

    def test_a_number_is_of_the_country_that_is_given(self):
        lead = self._bare(phone="+44 20 7946 0000")
        uk = self.env.ref("base.uk").id
        self.assertEqual(self._ids(phone="020 7946 0000", country_id=uk), [("crm.lead", lead.id)])
        self.assertEqual(self._ids(phone="020 7946 0000"), [])

    def test_a_name_that_is_alike_is_found_and_sure_only_with_something_else(self):
        lead = self._bare(
            partner_name="北京市星河网络科技有限公司", contact_name="李娜", email_from="li@xinghe.example"
        )
        typo = "星河网络科枝"
        [match] = self._found(company=typo)
        self.assertEqual((match.id, match.by, match.sure), (lead.id, ("company",), False))
        self.assertTrue(self._found(company=typo, contact="李女士")[0].sure)
        self.assertTrue(self._found(company=typo, email="wang@xinghe.example")[0].sure)
        self.assertEqual(self._found(company="上海星河网络科技有限公司"), [])
        lead.partner_name = "Brightwater Systems Ltd"
        self.assertEqual(self._ids(company="Systems Brigthwater"), [("crm.lead", lead.id)])
        self.assertEqual(self._ids(company=typo), [], "the name that it had")


@tagged("post_install", "-at_install")
class TestCustomers(MatchingCase):
    """Contacts are known by their keys as leads are."""

    def test_a_customer_is_found_and_comes_before_its_leads(self):
        customer = self._customer(phone="13800138000", email="li@galaxy.example", vat="91110108MA01ABCD2X")
        lead = self._bare(phone="13800138000")
        both = [("res.partner", customer.id), ("crm.lead", lead.id)]
        self.assertEqual(self._ids(phone="13800138000"), both)
        for person in ({"email": "li@galaxy.example"}, {"company": "星河科技"}, {"registry": "91110108ma01abcd2x"}):
            self.assertEqual(self._ids(**person), both[:1], person)

    def test_the_keys_of_a_customer_follow_what_is_written_and_go_with_it(self):
        customer = self._customer(phone="13800138000")
        self._keys(customer)
        customer.write({"phone": "13800138001", "vat": "91110108MA01ABCD2X", "name": "Galaxy Ltd"})
        self.assertEqual(
            self._keys(customer),
            {("phone", "+8613800138001"), ("registry", "91110108MA01ABCD2X"), ("company", "galaxy")},
        )
        customer.unlink()
        self.assertEqual(self._found(phone="13800138001"), [])

    def test_a_contact_of_a_company_is_known_by_its_own_phone_and_by_the_companys_name(self):
        company = self._customer(vat="91110108MA01ABCD2X")
        contact = self.env["res.partner"].create({"name": "李娜", "parent_id": company.id, "phone": "13800138000"})
        self.assertEqual(self._keys(contact), {("phone", "+8613800138000")})
        found = self._found(phone="13800138000", company="北京星河科技")
        self.assertEqual(
            [(match.id, match.by) for match in found], [(contact.id, ("phone", "company")), (company.id, ("company",))]
        )

    def test_a_user_and_the_company_itself_are_no_customers(self):
        user = new_test_user(self.env, "colleague", email="colleague@galaxy.example", phone="13800138000")
        self.company.partner_id.phone = "13800138001"
        self.assertEqual(self._found(phone="13800138000", email="colleague@galaxy.example"), [])
        self.assertEqual(self._found(phone="13800138001"), [])
        user.unlink()

    def test_a_contact_that_becomes_a_user_is_no_customer_any_more(self):
        contact = self.env["res.partner"].create({"name": "Li", "phone": "13800138000"})
        self.assertTrue(self._found(phone="13800138000"))
        new_test_user(self.env, "li_of_us", partner_id=contact.id)
        self.assertEqual(self._found(phone="13800138000"), [])

    def test_a_key_has_one_owner(self):
        lead, customer = self._bare(), self._customer()
        for owners in ({}, {"lead_id": lead.id, "partner_id": customer.id}):
            with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.Identity.create({"kind": "phone", "key": "x", **owners})

    def test_other_values_of_a_contact_cost_nothing(self):
        customer = self._customer(phone="13800138000")
        self.env.cr.flush()
        customer.write({"comment": "Nothing that identifies anybody", "function": "CEO"})
        self.env.flush_all()
        self.assertNotIn("lead_pool.identity", self.env.cr.precommit.data)

    def test_customers_that_were_there_before_get_their_keys(self):
        customers = self._customer(phone="13800138000") | self._customer(phone="13800138001")
        self.env.cr.flush()
        self.env.cr.execute("DELETE FROM lead_identity")
        self.Identity.invalidate_model()
        first = customers[0].id - 1
        self.assertEqual(self.Identity._backfill(first, 1, "res.partner"), (customers[0].id, 1))
        self.assertEqual(self._ids(phone="13800138000"), [("res.partner", customers[0].id)])
        self.assertEqual(self._found(phone="13800138001"), [])
        self.Identity._backfill(customers[0].id, 10, "res.partner")
        self.assertEqual(self._ids(phone="13800138001"), [("res.partner", customers[1].id)])

    def test_a_repair_finds_and_mends_the_keys_of_customers(self):
        for model in ("res.partner", "crm.lead"):
            self.Identity._backfill(0, 10**6, model)
        customer = self._customer(phone="13800138000")
        right = self._all_keys(customer)
        self.env.cr.execute("DELETE FROM lead_identity WHERE partner_id = %s AND kind = 'phone'", [customer.id])
        _after, _count, found = self.env["lead.pool"].sudo()._compare_customers(customer.id - 1, mend=True)
        self.assertEqual(found, [("customer_keys", {"name": f"#{customer.id}", "was": 0, "now": 1})])
        self.assertEqual(self._all_keys(customer), right)
        self.assertFalse(self.env["lead.pool"].sudo()._compare_customers(customer.id - 1, mend=True)[2])

    def test_a_manager_reads_the_keys_of_customers_of_his_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        ours, theirs = self._customer(), self._customer(company_id=other.id)
        self.assertTrue(self._keys(ours) and self._keys(theirs))
        read = self.Identity.with_user(self.manager).search([("partner_id", "in", (ours | theirs).ids)])
        self.assertEqual(read.partner_id, ours)


@tagged("post_install", "-at_install")
class TestSharedKeys(MatchingCase):
    """What many have binds no strangers."""

    COMPANIES = [f"{name}{trade}有限公司" for name in "星河 云帆 蓝海 大禹 麦田 灵犀 远山 金桥 天宇 华艺".split()
                 for trade in "电子 餐饮 传媒 物流 家具".split()]  # fmt: skip

    def test_fifty_companies_behind_one_number_are_fifty_companies(self):
        self.assertEqual(len(set(self.COMPANIES)), 50)
        for number, name in enumerate(self.COMPANIES):
            contact = f"{'王李张刘陈杨赵黄周吴'[number % 10]}{'伟娜敏静强'[number // 10]}"
            with self.subTest(name):
                self.assertEqual(self._found(phone=DESK, company=name, contact=contact), [])
            self._bare(phone=DESK, partner_name=name, contact_name=contact)
        self.assertEqual(self._found(phone=DESK), [], "nobody can say who it is")

    def test_the_desk_of_a_company_is_the_companys_however_often_it_called(self):
        leads = self._bare(SHARED_BY_MANY + 10, phone=DESK, partner_name="海底捞餐饮股份有限公司")
        found = self._found(phone=DESK, company="海底捞餐饮")
        self.assertEqual(len(found), SHARED_BY_MANY + 1)
        self.assertTrue(all(match.sure and match.id in leads.ids for match in found))

    def test_an_address_of_an_agency_makes_no_company_of_two(self):
        self._bare(email_from="info@agency.example", partner_name="Galaxy Trading")
        self.assertEqual(self._found(email="info@agency.example", company="Meridian Foods"), [])
        self.assertTrue(self._found(email="info@agency.example", company="Galaxy Trading Ltd")[0].sure)

    def test_a_mobile_number_is_a_persons_who_may_work_elsewhere_by_now(self):
        lead = self._bare(phone="13800138000", partner_name="星河科技", contact_name="李娜")
        [moved] = self._found(phone="13800138000", company="蓝海电子", contact="李娜")
        self.assertEqual((moved.id, moved.sure), (lead.id, True))
        self.assertFalse(self._found(phone="13800138000", company="蓝海电子")[0].sure)
        self.assertEqual(self._found(phone="13800138000", company="蓝海电子", contact="王强"), [])


@tagged("post_install", "-at_install")
class TestCost(MatchingCase):
    def test_the_question_costs_the_same_for_one_and_for_forty(self):
        # our company, its country; who has the keys
        self._bare(40, phone="13800138000", partner_name="星河网络科技")
        self._customer(phone="13800138000")
        people = [
            {"phone": f"138001380{n:02}", "company": "星河网络科枝", "email": f"{n}@a.example"} for n in range(40)
        ]
        self._count(lambda: self.Identity._matches(people))  # what Odoo keeps from then on
        self.assertEqual(self._count(lambda: self.Identity._matches(people[:1])), 3)
        self.assertEqual(self._count(lambda: self.Identity._matches(people)), 3)

    def test_one_person_among_twenty_thousand_leads(self):
        self.env.cr.flush()
        self.env.cr.execute(
            """WITH made AS (INSERT INTO crm_lead (name, type, active, phone, partner_name)
                             SELECT 'Lead', 'lead', true, '1390000' || lpad(n::varchar, 4, '0'), 'Company ' || n
                               FROM generate_series(1, 20000) n RETURNING id)
               INSERT INTO lead_identity (lead_id, kind, key)
               SELECT id, k.kind, k.key FROM made,
                      LATERAL (VALUES ('phone', '+861390' || id), ('company', 'company' || id),
                                      ('name', '=acmnopy')) k(kind, key)"""
        )
        self.env.cr.execute("ANALYZE lead_identity")
        lead = self._bare(phone="13800138000", partner_name="Company 7")
        asked = {"phone": "13800138000", "company": "Pany com"}
        self._count(lambda: self.assertEqual(self._ids(**asked), [("crm.lead", lead.id)]))
        self.assertLessEqual(self._count(lambda: self._found(**asked)), 3)
