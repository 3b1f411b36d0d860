import io

from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .test_handover import HandoverCase


@tagged("post_install", "-at_install")
class TestWhoSeesAHandover(HandoverCase):
    """A pool of Pool Admin, one of Other Admin, both with leads of Li Na, whose leads a manager hands over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_admin = cls._user("otheradmin", "sales_team.group_sale_salesman", "Other Admin")
        cls.other = cls._pool("Harbin")
        cls.other.admin_ids = [(5, 0, 0), (0, 0, {"user_id": cls.other_admin.id, "role": "admin"})]

    def setUp(self):
        super().setUp()
        self.mine, self.foreign = self._held(self.li, 2), self._held(self.li, 3, self.other)
        self.handover = self._run(self._handover(note="Li leaves"))

    def _seen(self, user):
        self.env.invalidate_all()
        return self.env["lead.pool.handover"].with_user(user).search([]), user

    def test_an_admin_sees_the_leads_of_his_pools_of_any_handover(self):
        handover = self.handover.with_user(self.admin)
        self.env.invalidate_all()
        self.assertEqual(self.env["lead.pool.handover"].with_user(self.admin).search([]), handover)
        self.assertEqual(handover.line_ids.lead_id, self.mine)
        self.assertEqual(handover.group_ids.pool_id, self.pool)
        self.assertEqual((handover.moved_count, handover.refused_count), (2, 0))
        Line = self.env["lead.pool.handover.line"].with_user(self.admin)
        self.assertEqual(Line.search_count([]), 2)
        self.assertEqual(sum(count for _pool, count in Line._read_group([], ["pool_id"], ["__count"])), 2)
        self.env.invalidate_all()
        [line] = self.handover.line_ids.filtered(lambda line: line.lead_id == self.foreign[0])
        with self.assertRaises(AccessError):
            line.with_user(self.admin).read(["lead_ref", "to_words"])
        html = self.env["ir.actions.report"].with_user(self.admin)
        html = html._render_qweb_html("lead_pool.report_handover", self.handover.ids)[0].decode()
        self.assertIn(f"#<span>{self.mine[0].id}</span>", html)
        self.assertNotIn("Harbin", html)

    def test_but_changes_nothing_of_what_others_did(self):
        handover = self.handover.with_user(self.admin)
        self.env.invalidate_all()
        self.assertFalse(handover.may_undo or handover.may_run)
        for work in (
            handover.action_undo,
            handover.action_run,
            handover.unlink,
            lambda: handover.write({"cover_until": "2030-01-01"}),
            lambda: handover.group_ids.unlink(),
            lambda: handover.line_ids.write({"note": "x"}),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                work()
        self.assertEqual((self.mine | self.foreign).user_id, self.wang)

    def test_managers_see_all_and_nobody_else_anything(self):
        for user in self.manager, self.sales_manager:
            handover, _user = self._seen(user)
            self.assertEqual(len(handover.line_ids), 5)
            self.assertTrue(handover.may_undo)
        for user in self.li, self.wang, self.marketing, self.all_docs:
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self._seen(user)

    def test_what_an_archived_user_left_is_seen_by_the_admins_of_the_pools(self):
        self._held(self.zhao, 1, self.other)
        self.zhao.write({"active": False})
        handover = self.env["lead.pool.handover"].search([("source", "=", "archived")])
        self._work(handover.job_id)
        self.env.invalidate_all()
        self.assertEqual(handover.with_user(self.other_admin).line_ids.from_user_id, self.zhao)
        self.assertFalse(handover.with_user(self.admin).has_access("read"))

    def test_a_draft_of_a_manager_is_his_own(self):
        self._held(self.wang)
        draft = self._handover(user=self.wang, target_user_id=self.zhao.id)
        self.env.invalidate_all()
        self.assertFalse(draft.with_user(self.admin).has_access("read"))
        Group = self.env["lead.pool.handover.group"].with_user(self.admin)
        self.assertFalse(Group.search([("id", "in", draft.group_ids.ids)]))

    def test_nothing_crosses_companies(self):
        north = self.env["res.company"].create({"name": "North"})
        boss = self._user("northboss", "sales_team.group_sale_manager", "North Boss")
        boss.write({"company_ids": [(6, 0, north.ids)], "company_id": north.id})
        self.env.invalidate_all()
        for model in "lead.pool.handover", "lead.pool.handover.line":
            self.assertFalse(self.env[model].with_user(boss).search([]))


@tagged("post_install", "-at_install")
class TestWorkbook(HttpCase, HandoverCase):
    """The certificate as a file of Excel."""

    def _sheet(self, login, handover):
        self.authenticate(login, login)
        response = self.url_open(f"/lead_pool/handover/{handover.id}")
        if response.status_code != 200:
            return response.status_code
        self.assertIn("spreadsheetml", response.headers["Content-Type"])
        self.assertIn(".xlsx", response.headers["Content-Disposition"])
        return load_workbook(io.BytesIO(response.content)).active

    def test_the_workbook_has_every_lead_and_no_formula(self):
        self.wang.name, self.li.name = '=HYPERLINK("http://evil.test";"Wang")', "@SUM(1)"
        self.pool.name = "+Beijing"
        self._member(self.wang).capacity = 2
        leads = self._held(self.li, 3)
        self._activity(leads[0], self.li)
        self._meeting(leads[1], self.li)
        handover = self._run(self._handover())
        self._touch(leads[0])
        self._undone(handover)
        sheet = self._sheet("poolmanager", handover)
        rows = list(sheet.iter_rows(values_only=True))
        self.assertEqual(rows[0][0], handover.with_user(self.manager).display_name)
        self.assertEqual([tuple(row[:2]) for row in rows[1:5]], [tuple(total) for total in handover._totals()])
        self.assertEqual([row[1] for row in rows[1:5]], [2, 1, 1, 1])
        head, body = rows[6], rows[7:]
        self.assertEqual(head[:4], ("Lead Number", "Pool", "Former Rep", "Went To"))
        self.assertEqual(sheet.freeze_panes, "A8")
        self.assertEqual([row[0] for row in body], sorted(leads.ids))
        self.assertEqual([row[1:4] for row in body[:2]], [("+Beijing", "@SUM(1)", self.wang.name)] * 2)
        by_name = [dict(zip(head, row, strict=True)) for row in body]
        self.assertEqual([row["Activities"] for row in by_name], [1, 0, 0])
        self.assertEqual([row["Meetings"] for row in by_name], [0, 1, 0])
        self.assertEqual([row["State"] for row in by_name], ["Not Given Back", "Given Back", "Not Handed Over"])
        self.assertTrue(by_name[0]["Why"] and by_name[2]["Why"])
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
        self.assertEqual(kinds, {"s", "n", "d"})
        self.assertEqual([sheet.cell(8, column).data_type for column in (1, 4, 5)], ["n", "s", "d"])
        self.assertFalse([cell for row in sheet.iter_rows() for cell in row if cell.hyperlink])

    def test_who_may_read_it_gets_it(self):
        leads = self._held(self.li, 2)
        handover = self._run(self._handover())
        self.assertEqual([row[0].value for row in self._sheet("pooladmin", handover).iter_rows(min_row=8)], leads.ids)
        self.assertEqual(self._sheet("li", handover), 404)
