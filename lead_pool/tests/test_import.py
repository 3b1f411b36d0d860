"""Leads out of a file, by our own import: looked at before, the good rows go in, the rest comes back."""

import base64
import io
import re
from datetime import timedelta

import openpyxl
import xlsxwriter

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from ..models.imports import lead_pool_import, taking_in
from .common import LeadPoolCase

FILE = """\
姓名,Phone,E-mail,Company Name,Tags,Lead Pool,Expected Closing,Shoe Size
Zhang San,+86 138 0000 0001,zhang@example.com,Galaxy Ltd,Fair,,2026-03-02,42
Li Si,abc,"li@example.com, si@example.com",,Unheard of,,,43
Wang Wu,１３８００００００２,"wang@example.com\r\nBcc: all@example.com",,,Atlantis,,
Zhao Liu,+86 138 0000 0003,,,,,soon,
<b>Sun</b> Qi,+86 138 0000 0004,,"Galaxy, Ltd.",,,0001-01-01,
Zhou Ba,+86 138-0000-0001,,,,,,41
"""


class ImportCase(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.cn")
        cls.env["crm.tag"].create({"name": "Fair"})

    def _import(self, user, content, name="fair.csv", **values):
        data = content.encode() if isinstance(content, str) else content
        return (
            self.env["lead.pool.import"]
            .with_user(user)
            .create({"file": base64.b64encode(data), "file_name": name, **values})
        )

    def _into_pool(self, content, name="fair.csv", **values):
        return self._import(self.marketing, content, name, destination="pool", pool_id=self.pool.id, **values)

    def _do(self, run):
        run.action_import()
        self._work(run.sudo().job_id)
        return run

    def _rows(self, run):
        return [(row.number, row.code, row.message or "") for row in run.row_ids]


@tagged("post_install", "-at_install")
class TestImport(ImportCase):
    def test_the_only_pool_is_chosen_beforehand_where_no_condition_chooses(self):
        def proposed(user):
            run = self.env["lead.pool.import"].with_user(user).new()
            return run.destination, run.pool_id._origin

        none = self.env["lead.pool"]
        self.assertEqual(proposed(self.marketing), ("rules", none), "there are several")
        (self.env["lead.pool"].search([]) - self.pool).active = False
        self.env["lead.pool.entry.rule"].search([]).active = False
        self.assertEqual(proposed(self.marketing), ("pool", self.pool))
        self.assertEqual(proposed(self.li), ("mine", none), "a rep's leads are his own")
        self.env["lead.pool.entry.rule"].create({"name": "All", "pool_id": self.pool.id})
        self.assertEqual(proposed(self.marketing), ("rules", none))

    def test_columns_are_found_by_label_name_and_in_chinese(self):
        run = self._into_pool(FILE)
        self.assertEqual(
            run.column_ids.mapped("field_name"),
            ["contact_name", "phone", "email_from", "partner_name", "tag_ids", "pool_id", "date_deadline", False],
        )
        self.assertEqual(run.ignored, "Shoe Size")
        form = Form(self.env["lead.pool.import"].with_user(self.marketing).with_context(default_file_name="a.csv"))
        form.file = base64.b64encode(b"contact_name;Phone;x\nA;1;2\n")
        self.assertEqual(form.save().column_ids.mapped("field_name"), ["contact_name", "phone", False])

    def test_the_check_tells_of_each_row_what_is_wrong_and_writes_no_lead(self):
        before = [self.env[model].search_count([]) for model in ("crm.lead", "crm.tag", "lead.pool.event")]
        run = self._into_pool(FILE)
        run.action_check()
        after = [self.env[model].search_count([]) for model in ("crm.lead", "crm.tag", "lead.pool.event")]
        self.assertEqual(before, after)
        self.assertEqual(run.state, "checked")
        told = {row.number: row for row in run.row_ids}
        self.assertEqual(told[2].code, "created")
        self.assertEqual(
            {number: row.code for number, row in told.items()},
            {2: "created", 3: "invalid", 4: "invalid", 5: "invalid", 6: "invalid", 7: "in_file"},
        )
        words = [row.message or "" for row in run.row_ids]
        self.assertIn("there is no “Unheard of”", words[1])
        self.assertIn("Atlantis", words[2])
        self.assertIn("“soon” is no date", words[3])
        self.assertIn("Expected Closing", words[4])
        self.assertIn("Row 2 of the file", words[5])
        self.assertIn("1 New", run.summary)
        self.assertIn("4 Invalid", run.summary)

    def test_of_a_row_that_lacks_several_names_it_is_said_once_what_to_do(self):
        run = self._into_pool("Contact Name,Tags,Source\nZhang San,Unheard of,A fair\n")
        run.action_check()
        self.assertEqual(
            run.row_ids.message,
            "Tags: there is no “Unheard of”. Source: there is no “A fair”. "
            "Correct it, or choose “Make What Is Missing”.",
        )

    def test_good_rows_go_in_and_a_bad_one_blocks_nothing(self):
        """ATK-66: the others of the file are leads, and the bad one comes back with its reason."""
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        run = self._do(self._into_pool(FILE, campaign_id=campaign.id))
        self.assertEqual((run.state, run.invalid_count), ("done", 4))
        leads = run.sudo().row_ids.lead_id
        self.assertTrue(leads)
        self.assertEqual(leads.pool_id, self.pool)
        self.assertEqual(leads.campaign_id, campaign)
        self.assertEqual(set(leads.mapped("pool_state")), {"waiting"})
        self.assertFalse(leads.user_id)
        self.assertEqual(leads[0].tag_ids.name, "Fair")
        self.assertEqual(leads[0].contact_name, "Zhang San")
        self.assertEqual(run.button_open_leads()["domain"][0][2], leads.ids)
        with self.assertRaisesRegex(UserError, "imported already"):
            run.action_import()
        self._balance()

    def test_a_date_that_nobody_means_is_refused(self):
        run = self._into_pool("Contact Name,Expected Closing\nA,9999-12-31\nB,2026-12-31\n")
        run.action_check()
        self.assertEqual(run.row_ids.mapped("code"), ["invalid", "created"])
        self.assertIn("nobody means the year", run.row_ids[0].message)

    def test_what_is_known_already_is_told_and_flagged(self):
        known = self._leads(1, phone="+86 138 0000 0081", email_from=False)
        run = self._into_pool("Contact Name,Phone\nA,138-0000-0081\nB,+86 138 0000 0082\nC,+8613800000081\n")
        run.action_check()
        self.assertEqual(run.row_ids.mapped("code"), ["flagged", "created", "flagged"])
        self.assertEqual(run.row_ids[2].of_words, run.row_ids[0].of_words, "two rows are of one lead")
        self.assertEqual((run.row_ids[0].of_model, run.row_ids[0].of_ref), ("crm.lead", known.id))
        self.assertTrue(run.row_ids[0].of_words)
        self.assertNotIn(known.name, run.row_ids[0].of_words, "marketing may not read what waits in a masked pool")
        self._do(run)
        self.assertEqual(run.row_ids.mapped("code"), ["flagged", "created", "flagged"])
        self._balance()

    def test_the_import_does_of_each_row_what_the_check_said_also_behind_a_number_of_many_strangers(self):
        """Three know the number already; of the 21st on nobody can say who is meant, in whichever batch it comes."""
        firms = [f"{chr(0x5000 + 37 * n)}{chr(0x6000 + 53 * n)}贸易有限公司" for n in range(33)]
        known = self._leads(3, phone="+86 138 0000 0091", email_from=False)
        for lead, firm in zip(known, firms, strict=False):
            lead.partner_name = firm
        run = self._into_pool("Company Name,Phone\n" + "".join(f"{firm},13800000091\n" for firm in firms[3:]))
        run.action_check()
        told = [(row.code, row.of_ref or row.message) for row in run.row_ids]
        self.assertEqual([code for code, _of in told], ["flagged"] * 18 + ["created"] * 12)
        run.action_import()
        while run._take_in_batch(7):
            self.env.flush_all()
        self.assertEqual([(row.code, row.of_ref or row.message) for row in run.row_ids], told)

    def test_twins_in_a_file_are_what_the_check_said_in_whichever_batch_they_come(self):
        rows = [("Li", 1), ("Wang", 2), ("Li", 1), ("Zhao", 3), ("Wang", 2), ("Li", 1), ("Sun", 4), ("Zhao", 3)]
        run = self._into_pool("Contact Name,Phone\n" + "".join(f"{who},1380000007{n}\n" for who, n in rows))
        run.action_check()
        told = [row.code for row in run.row_ids]
        self.assertEqual([n for n, code in enumerate(told) if code == "in_file"], [2, 4, 5, 7])
        firsts = [re.search(r"\d+", row.message)[0] for row in run.row_ids if row.code == "in_file"]
        run.action_import()
        while run._take_in_batch(3):
            self.env.flush_all()
        flagged = run.row_ids.filtered(lambda row: row.code == "flagged")
        self.assertEqual(flagged.mapped("number"), [4, 6, 7, 9])
        by_lead = {row.lead_id.id: str(row.number) for row in run.row_ids}
        self.assertEqual([by_lead[row.of_ref] for row in flagged], firsts)

    def test_countries_are_known_in_chinese_and_english(self):
        """Whatever languages the database speaks."""
        run = self._do(self._into_pool("姓名,国家\nA,中国\nB,Germany\nC,英国\nD,us\nE,某国\n"))
        leads = run.sudo().row_ids.lead_id
        self.assertEqual(leads.mapped("country_id.code"), ["CN", "DE", "GB", "US"])
        self.assertIn("某国", run.doubt_ids.doubt)

    def test_wrong_phones_and_mails_are_kept_and_told(self):
        rows = [
            ("letters", "call me", ""),
            ("wide", "＋８６ １３８ ００００ ００１１", ""),
            ("long", "1" * 60, ""),
            ("two", "", "a@example.com; b@example.com"),
            ("split", "", "a1@example.com\nBcc: x@example.com"),
            ("endless", "", "x" * 320 + "@example.com"),
        ]
        text = "Contact Name,Phone,Email\n" + "".join(f'{a},{b},"{c}"\n' for a, b, c in rows)
        run = self._do(self._into_pool(text))
        self.assertEqual(run.row_ids.mapped("code"), ["created"] * 6)
        leads = run.sudo().row_ids.lead_id
        self.assertEqual(leads[0].phone, "call me")
        self.assertEqual(leads[0].phone_state, "incorrect")
        self.assertEqual(leads[1].phone_sanitized, "+8613800000011")
        self.assertNotIn("\n", leads[4].email_from)
        doubtful = [row.label for row in run.doubt_ids]
        self.assertEqual([name for name in ("letters", "long", "two", "split") if name not in doubtful], [])
        self.assertNotIn("wide", doubtful)
        self._balance()

    def test_a_killed_import_goes_on_and_doubles_nothing(self):
        text = "Contact Name,Email\n" + "".join(f"P{n},p{n}@example.com\n" for n in range(7))
        run = self._into_pool(text)
        run.action_import()
        job = run.sudo().job_id
        by_three = taking_in.LeadPoolImportTakingIn._take_in_batch
        self.patch(type(run), "_take_in_batch", lambda self: by_three(self, 3))
        job._work()
        self.assertEqual((job.done, job.state, run.new_count), (3, "running", 3))
        job.with_user(self.marketing).action_cancel()
        job._work()
        self.assertEqual(run.state, "cancelled")
        self._do(run)
        self.assertEqual((run.state, run.new_count), ("done", 7))
        self.assertEqual(self.env["crm.lead"].search_count([("email_from", "like", "p_@example.com")]), 7)
        self._balance()

    def test_a_row_costs_no_question_of_its_own(self):
        def cost(first, count):
            rows = "".join(
                f"fair.{n},P{n},p{n}@fair.example,+86 138 {n:04d} 0000\n" for n in range(first, first + count)
            )
            run = self._into_pool("External ID,Contact Name,Email,Phone\n" + rows)
            run.action_import()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run._take_in_batch()
            self.env.flush_all()
            self.assertEqual(run.new_count, count)
            return self.env.cr.sql_log_count - before

        cost(0, 2)  # what Odoo keeps from then on
        few = cost(100, 10)
        self.assertLessEqual(cost(1000, 100), few + 2)
        self.assertLess(few, 100)

    def test_a_second_import_of_the_same_external_ids_makes_nothing(self):
        text = "External ID,Name\nfair.1,One\nfair.1,Twice\n,Nameless\nbase.x,Foreign\n"
        run = self._do(self._into_pool(text))
        self.assertEqual(run.row_ids.mapped("code"), ["created", "invalid", "invalid", "invalid"])
        self.assertIn("that of row 2", run.row_ids[1].message)
        again = self._into_pool(text)
        again.action_check()
        self.assertEqual(again.row_ids[0].code, "before")
        self.assertEqual(again.row_ids[0].lead_id, run.sudo().row_ids[0].lead_id)

    def test_files_as_people_have_them(self):
        text = "姓名;手机\n张三;13800000021\n"
        for number, encoding in enumerate(("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le")):
            with self.subTest(encoding):
                run = self._into_pool(text.replace("21", f"2{number}").encode(encoding))
                run.action_check()
                self.assertEqual(run.column_ids.mapped("field_name"), ["contact_name", "phone"])
                self.assertEqual((run.row_ids.label, run.row_ids.code), ("张三", "created"))
        for content in (b"", b"\x89PNG\r\n\x1a\n\x00\x00"):
            with self.assertRaises(UserError):
                self._into_pool(content or b" ", "photo.png")

    def test_a_workbook_with_an_empty_row_keeps_its_numbers(self):
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Contact Name", "Phone"])
        sheet.write_row(1, 0, ["A", "+86 138 0000 0031"])
        sheet.write_row(3, 0, ["B", 13800000032])
        book.close()
        run = self._into_pool(stream.getvalue(), "a.xlsx")
        run.action_check()
        self.assertEqual(run.row_ids.mapped("number"), [2, 4])
        self.assertEqual(run.row_ids[1].cells, ["B", "13800000032"])

    def test_a_ragged_row_is_refused_alone(self):
        run = self._into_pool("Contact Name,Phone\nA,+86 138 0000 0041\nB\n")
        run.action_check()
        self.assertEqual(run.row_ids.mapped("code"), ["created", "invalid"])
        self.assertIn("1 cells, but there are 2 headings", run.row_ids[1].message)

    def test_missing_names_are_made_when_asked_and_only_by_the_import(self):
        run = self._into_pool("Contact Name,Tags\nA,Brand new\n", make_missing=True)
        run.action_check()
        self.assertEqual(run.row_ids.code, "created")
        self.assertFalse(self.env["crm.tag"].search([("name", "=", "Brand new")]))
        self._do(run)
        self.assertEqual(run.sudo().row_ids.lead_id.tag_ids.name, "Brand new")

    def test_words_that_odoo_does_not_know_are_made_from_the_check_on(self):
        run = self._into_pool("Contact Name,Tags,Phone\nA,Brand new,+86 138 0000 0061\nB,,+86 138 0000 0062\nC,,\n,,\n")
        run.action_check()
        self.assertEqual((run.invalid_count, run.missing_count), (1, 1))
        self.assertEqual(run.missing_words, "Tags: Brand new")
        run.action_make_missing()
        self.assertEqual(run.missing_words, "Tags: Brand new", "what will be made")
        self.assertEqual((run.stage, run.invalid_count, run.missing_count), ("checked", 0, 0))
        self.assertFalse(self.env["crm.tag"].search([("name", "=", "Brand new")]), "by the import itself")
        self._do(run)
        self.assertEqual(self.env["crm.tag"].search_count([("name", "=", "Brand new")]), 1)
        with self.assertRaisesRegex(UserError, "has begun already"):
            run.action_make_missing()

    def test_the_check_names_what_is_missing_each_once_and_not_all_of_it(self):
        tags = [f"New {number}" for number in range(11)]
        rows = "".join(f"A{number},{tag},{tag.upper()}\n" for number, tag in enumerate(tags))
        run = self._into_pool(f"Contact Name,Tags,Source\n{rows}")
        run.action_check()
        names = ", ".join(tags[:8])
        self.assertEqual(run.missing_words, f"Tags: {names} and 3 more\nSource: {names.upper()} and 3 more")

    def test_who_may_not_make_what_is_missing_is_told_so(self):
        run = self._import(self.li, "Contact Name,Lead Group\nA,Brand new\n", make_missing=True)
        run.action_check()
        self.assertEqual(run.row_ids.code, "invalid")
        message = "Lead Group: there is no “Brand new”, and you may not make one. Correct it, or leave the column out."
        self.assertEqual(run.row_ids.message, message)
        run.action_change()
        run.make_missing = False
        run.action_check()
        self.assertEqual(run.row_ids.message, message, "what would not help is not advised")
        self.assertFalse(run.missing_count)
        self.assertFalse(run.missing_words)

    def test_a_corrected_column_is_remembered(self):
        run = self._into_pool("Caller,Phone\nA,+86 138 0000 0051\n")
        run.column_ids[0].field_name = "contact_name"
        self._do(run)
        self.assertEqual(self._into_pool("Caller,Phone\nB,1\n").column_ids[0].field_name, "contact_name")

    def test_two_columns_for_one_field_are_refused(self):
        run = self._into_pool("Phone,Other\n1,2\n")
        run.column_ids[1].field_name = "phone"
        with self.assertRaisesRegex(UserError, "Other"):
            run.action_check()

    def test_the_file_is_forgotten_and_the_figures_are_kept(self):
        run = self._into_pool("Contact Name,Pool,Tags\nA,x,\n,,\nB,y,Written by hand\n")
        run.action_check()
        self.assertEqual(run.missing_words, "Tags: Written by hand")
        self._do(run)
        summary, lead = run.summary, run.sudo().row_ids.lead_id
        with self.subTest("young"):
            run._gc_files()
            self.assertTrue(run.file)
        self.env.cr.execute(
            "UPDATE lead_pool_import SET create_date = create_date - %s WHERE id = %s",
            [timedelta(days=lead_pool_import.KEEP_DAYS + 1), run.id],
        )
        run.invalidate_recordset()
        run._gc_files()
        self.assertFalse(run.file)
        self.assertFalse(run.missing_words)
        self.assertEqual((run.summary, run.file_name, run.user_id), (summary, "fair.csv", self.marketing))
        self.assertEqual(run.sudo().row_ids.lead_id, lead)
        self.assertFalse(any(run.sudo().row_ids.mapped("cells")))


@tagged("post_install", "-at_install")
class TestImportRights(ImportCase):
    FILE = "Contact Name,Phone\nA,+86 138 0000 0061\n"

    def test_a_rep_imports_into_my_leads_and_nowhere_else(self):
        run = self._import(self.li, self.FILE)
        self.assertEqual(run.destination, "mine")
        self._do(run)
        self.assertEqual(run.sudo().row_ids.lead_id.user_id, self.li)
        for values in ({"destination": "rules"}, {"destination": "pool", "pool_id": self.pool.id}):
            with self.assertRaises(AccessError):
                self._import(self.li, self.FILE, **values).action_check()

    def test_a_pool_admin_imports_into_his_pools_only(self):
        foreign = self.env["lead.pool"].create({"name": "Foreign", "team_id": self.team.id})
        run = self._import(self.admin, self.FILE, destination="pool", pool_id=self.pool.id)
        self.assertEqual(run.allowed_pool_ids, self.pool | self.open_pool)
        run.action_check()
        self.assertEqual(run.row_ids.code, "created")
        run = self._import(self.admin, self.FILE, destination="pool", pool_id=foreign.id)
        run.action_check()
        self.assertEqual(run.row_ids.code, "invalid")
        self.assertIn("admins of “Foreign” put leads into it", run.row_ids.message)

    def test_the_pool_of_another_company_is_refused_in_words(self):
        other = self.env["res.company"].create({"name": "Other"})
        team = self.env["crm.team"].create({"name": "South", "company_id": other.id})
        pool = self.env["lead.pool"].create({"name": "Abroad", "team_id": team.id, "company_id": other.id})
        run = self._import(self.marketing, self.FILE, destination="pool", pool_id=pool.id)
        run.action_check()
        self.assertEqual(run.row_ids.code, "invalid")
        self.assertIn("company in which you may not work", run.row_ids.message)

    def test_the_entry_conditions_choose_the_pool(self):
        self.env["lead.pool.entry.rule"].create({"pool_id": self.open_pool.id, "domain": "[('city', '=', 'Shanghai')]"})
        run = self._do(self._import(self.marketing, "Contact Name,City\nA,Shanghai\n", destination="rules"))
        self.assertEqual(run.sudo().row_ids.lead_id.pool_id, self.open_pool)

    def test_nobody_sees_the_import_of_another_but_managers(self):
        run = self._import(self.marketing, self.FILE)
        run.action_check()
        self.assertFalse(self.env["lead.pool.import"].with_user(self.li).search([("id", "=", run.id)]))
        self.assertFalse(self.env["lead.pool.import.row"].with_user(self.li).search([("import_id", "=", run.id)]))
        self.assertEqual(run.with_user(self.manager).row_ids.code, "created")
        with self.assertRaises(AccessError):
            run.with_user(self.manager).action_import()

    def test_a_masked_lead_is_named_by_number_and_team(self):
        lead = self._leads(1, contact_name="Secret Customer")
        run = self._import(self.li, self.FILE)
        run.action_check()
        row = run.sudo().row_ids
        row.write({"of_model": "crm.lead", "of_ref": lead.id})
        self.assertEqual(row.with_user(self.li).of_words, f"Lead #{lead.id} of North")
        self.assertIn(lead.name, row.with_user(self.manager).of_words)


@tagged("post_install", "-at_install")
class TestRest(HttpCase):
    def test_the_rest_is_a_workbook_of_texts_that_can_be_imported_again(self):
        marketing = new_test_user(self.env, login="rest", groups="lead_pool.group_marketing")
        new_test_user(self.env, login="other", groups="lead_pool.group_marketing")
        texts = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "\tx"]
        content = "Name,Notes\n" + "".join(f',"{text}"\n' for text in texts)
        run = (
            self.env["lead.pool.import"]
            .with_user(marketing)
            .create({"file": base64.b64encode(content.encode()), "file_name": "a.csv", "destination": "rules"})
        )
        run.action_check()
        self.authenticate("rest", "rest")
        response = self.url_open(f"/lead_pool/import/{run.id}/rest")
        self.assertEqual(response.status_code, 200)
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        self.assertEqual([cell.value for cell in sheet[1]], ["Row", "Reason", "Name", "Notes"])
        self.assertEqual([cell.value for cell in sheet["D"]][1:], [*texts[:-1], "x"])
        self.assertEqual({cell.data_type for row in sheet.rows for cell in row if cell.value}, {"s"})
        again = (
            self.env["lead.pool.import"]
            .with_user(marketing)
            .create({"file": base64.b64encode(response.content), "file_name": "b.xlsx", "destination": "rules"})
        )
        self.assertEqual(again.column_ids.mapped("field_name"), [False, False, "name", "description"])
        self.assertFalse(again.ignored)
        self.authenticate("other", "other")
        self.assertEqual(self.url_open(f"/lead_pool/import/{run.id}/rest").status_code, 404)
