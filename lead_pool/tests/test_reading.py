from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import lead_pool_reading
from ..models.lead import reading
from ..rules.reading import Memory
from .test_custom_fields import CustomFieldCase
from .test_notices import NoticeCase

MONDAY = datetime(2026, 3, 2, 9, 5)
LIST = ["name", "phone", "stage_id"]
SCREEN, PROGRAM = "/web/dataset/call_kw/crm.lead/web_search_read", "/json/2/crm.lead/search_read"


class ReadingCase(NoticeCase):
    def setUp(self):
        super().setUp()
        self._begin_process()
        self._set("reads_an_hour", 6)
        self._at(MONDAY)

    def _begin_process(self):
        self.patch(lead_pool_reading, "MEMORY", Memory())

    def _set(self, name, number):
        self.env["ir.config_parameter"].set_param(f"lead_pool.{name}", str(number))

    def _at(self, moment):
        frozen = freeze_time(moment)
        frozen.start()
        self.addCleanup(frozen.stop)

    @contextmanager
    def _request(self, path=SCREEN, fails=False):
        """What happens within is one request; after it the log is told, which is not to fail."""
        with patch.object(reading, "request", SimpleNamespace(httprequest=SimpleNamespace(path=path))):
            yield
        self.env.flush_all()
        watch = self.assertLogs if fails else self.assertNoLogs
        with self.enter_registry_test_mode(), watch(lead_pool_reading._logger, "WARNING"):
            self.env.cr.postcommit.run()
        self.env.invalidate_all()

    def _rows(self, user=None):
        domain = [("user_id", "=", user.id)] if user else []
        return self.env["lead.pool.reading"].search(domain, order="user_id, hour")

    def _counts(self, user):
        names = ("lead_count", "screen_count", "program_count", "export_count", "print_count")
        return [tuple(row[name] for name in names) for row in self._rows(user)]

    def _read(self, user, leads, path=SCREEN, fails=False):
        with self._request(path, fails):
            leads.with_user(user).read(LIST)


@tagged("post_install", "-at_install")
class TestWhatIsRead(ReadingCase):
    """A morning's reading: which ways count, and which do not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leads = cls._leads(3, user_id=cls.li.id)
        customer = cls.env["res.partner"].create({"name": "A customer"})
        cls.li.group_ids = [Command.link(cls.env.ref("base.group_allow_export").id)]
        orders = cls.env["sale.order"].create(
            [{"partner_id": customer.id, "opportunity_id": lead.id, "user_id": cls.li.id} for lead in cls.leads]
        )
        cls.lines = cls.env["sale.order.line"].create(
            [{"order_id": order.id, "display_type": "line_note", "name": "On Monday"} for order in orders]
        )

    def _of(self, call, path=SCREEN):
        """``(leads, on screens, by programs, exported, printed)`` of this call alone."""
        self._rows().unlink()
        self._begin_process()
        with self._request(path):
            call(self.leads.with_user(self.li))
        return (self._counts(self.li) or [None])[0]

    def test_each_way_to_read_counts(self):
        mine = [("id", "in", self.leads.ids)]
        spec = {name: {} for name in LIST}
        unfolded = {"auto_unfold": True, "unfold_read_specification": spec}
        bars, to_lead = {"field": "type", "colors": {"opportunity": "success"}}, "order_id.opportunity_id"
        ways = {
            "read": lambda leads: leads.read(LIST),
            "search_read": lambda leads: leads.search_read(mine, LIST),
            "web_read": lambda leads: leads.web_read(spec),
            "web_search_read": lambda leads: leads.web_search_read(mine, spec),
            "web_name_search": lambda leads: leads.web_name_search("Lead", {"display_name": {}}, mine),
            "cards one after another": lambda leads: [lead.web_read(spec) for lead in leads],
            "saving": lambda leads: [lead.web_save({"city": "Wuhan"}, spec) for lead in leads],
            "onchange": lambda leads: [lead.onchange({}, [], {"phone": {}}) for lead in leads],
            "copying": lambda leads: leads.copy_data(),
            "open groups": lambda leads: leads.web_read_group(mine, ["stage_id"], **unfolded),
            "groups by phone": lambda leads: leads.formatted_read_group(mine, ["phone"]),
            "a list of mails in a group": lambda leads: leads.formatted_read_group(mine, [], ["email_from:array_agg"]),
            "sets of groups": lambda leads: leads.formatted_read_grouping_sets(mine, [["stage_id"], ["phone"]]),
            "elder groups": lambda leads: leads.read_group(mine, ["phone:array_agg"], ["stage_id"]),
            "elder groups by phone": lambda leads: leads.read_group(mine, [], ["phone"]),
            "groups of what names them": lambda leads: leads.pool_entry_ids.formatted_read_group([], ["lead_id.phone"]),
            "groups with the numbers in them": lambda leads: leads.formatted_read_group(mine, ["phone"], ["id:min"]),
            "groups with all numbers in them": lambda leads: leads.formatted_read_group(
                mine, ["phone"], ["phone:array_agg", "id:recordset"]
            ),
            "bars of groups": lambda leads: leads.read_progress_bar(mine, "phone", bars),
            "groups two records away": lambda leads: self._lines(leads).formatted_read_group([], [f"{to_lead}.phone"]),
            "nested in what names them": lambda leads: leads.pool_entry_ids.web_read({"lead_id": {"fields": spec}}),
            "nested two records away": lambda leads: self._lines(leads).web_read(
                {"order_id": {"fields": {"opportunity_id": {"fields": spec}}}}
            ),
            "a dialog that names one after another": lambda leads: [
                leads.env["lead.pool.follow.up"]
                .with_context(default_lead_id=lead.id)
                .onchange({}, [], {"lead_id": {"fields": {"phone": {}}}})
                for lead in leads
            ],
            "to whom one writes": lambda leads: [
                lead._message_get_suggested_recipients(reply_discussion=True) for lead in leads
            ],
        }
        for name, call in ways.items():
            with self.subTest(way=name):
                self.assertEqual(self._of(call), (3, 3, 0, 0, 0))

    def _lines(self, leads):
        """Lines of orders that come from these leads."""
        return self.lines.with_env(leads.env)

    def test_each_lead_of_a_group_counts_and_nobody_where_it_is_not_known(self):
        self.leads[1:].phone = self.leads[0].phone
        self.leads[2].email_from = False
        self._leads(1)  # waits, hidden
        mine = [("id", "in", self.leads.ids)]
        calls = {
            "one number, one lead of it": (lambda leads: leads.formatted_read_group(mine, ["phone"]), 1),
            "the mails of that number": (lambda leads: leads.read_group(mine, ["email_from:array_agg"], ["phone"]), 3),
            "by mail": (lambda leads: leads.formatted_read_group(mine, ["email_from"]), 2),
            "by mail, of what one does not read, too": (
                lambda leads: leads.env["lead.pool.entry"].formatted_read_group([], ["lead_id.email_from"]),
                2,
            ),
        }
        for name, (call, count) in calls.items():
            with self.subTest(what=name):
                self.assertEqual(self._of(call), (count, count, 0, 0, 0))

    def test_what_came_in_about_a_lead_counts_as_the_lead(self):
        now = datetime(2026, 3, 2, 9)
        intake = self.env["lead.pool.intake"].create({"name": "Page", "pool_id": self.pool.id})
        received = self.env["lead.pool.received"].create(
            [{"intake_id": intake.id, "state": "done", "received_at": now, "lead_id": lead.id, "body": '{"tel": "1"}'}
             for lead in self.leads]
        )  # fmt: skip
        for name, count in (("body", 3), ("state", None)):
            with self._request():
                received.with_user(self.manager).search_read([("id", "in", received.ids)], [name])
            self.assertEqual([row[0] for row in self._counts(self.manager)], [count] if count else [])
            self._rows().unlink()
            self._begin_process()

    def test_files_of_ours_that_name_leads_are_exports(self):
        job = self.env["lead.pool.job"].sudo().create({"kind": "convert", "user_id": self.li.id})
        self.env["lead.pool.conversion.line"].sudo().create(
            [{"job_id": job.id, "lead_id": lead.id, "lead_ref": lead.id} for lead in self.leads]
        )
        rows = self._of(lambda leads: leads.env["lead.pool.conversion.line"]._rows(job))
        self.assertEqual(rows, (3, 0, 0, 3, 0))
        person = self.env["lead.pool.forget"].with_user(self.manager).create({"phone": self.leads[0].phone})
        with self._request("/lead_pool/person/1"):
            person._file()
        self.assertEqual(self._counts(self.manager), [(1, 0, 0, 1, 0)])

    def test_exports_prints_and_programs_are_told_apart(self):
        export = self._of(lambda leads: leads.export_data(["name", "phone"]))
        self.assertEqual(export, (3, 0, 0, 3, 0))
        nested = self._of(lambda leads: leads.pool_entry_ids.export_data(["lead_id/phone"]))
        self.assertEqual(nested, (3, 0, 0, 3, 0))
        deeper = self._of(lambda leads: self._lines(leads).export_data(["order_id/opportunity_id/phone"]))
        self.assertEqual(deeper, (3, 0, 0, 3, 0))
        report = self.env["ir.actions.report"].with_user(self.li)
        printed = self._of(lambda leads: report._render_qweb_html("lead_pool.lead_sheet", leads.ids))
        self.assertEqual(printed, (3, 0, 0, 0, 3))
        for path in (PROGRAM, "/xmlrpc/2/object", "/jsonrpc", "/json/1/crm"):
            self.assertEqual(self._of(lambda leads: leads.read(LIST), path), (3, 0, 3, 0, 0), path)

    def test_what_says_who_it_is_counts_and_nothing_else(self):
        counted = {
            "figures": lambda leads: leads.read(["stage_id", "expected_revenue", "city", "pool_state"]),
            "groups": lambda leads: leads.formatted_read_group([], ["stage_id"], ["__count", "expected_revenue:sum"]),
            "how many phones": lambda leads: leads.formatted_read_group([], ["stage_id"], ["phone:count_distinct"]),
            "numbers": lambda leads: leads.web_read({}),
            "an empty list": lambda leads: leads.search_read([("id", "=", 0)], LIST),
        }
        for name, call in counted.items():
            with self.subTest(what=name):
                self.assertIsNone(self._of(call))
        for field in ("phone", "email_from", "wechat", "street", "partner_id", "contact_name", "partner_name", "name"):
            with self.subTest(field=field):
                self.assertEqual(self._of(lambda leads, field=field: leads.read([field])), (3, 3, 0, 0, 0))

    def test_what_was_asked_for_is_all_that_is_answered(self):
        with self._request():
            Lead = self.env["crm.lead"].with_user(self.li)
            [group] = Lead.formatted_read_group([("id", "=", self.leads[0].id)], ["phone"], ["__count"])
            [elder] = Lead.read_group([("id", "=", self.leads[0].id)], [], ["phone"])
        self.assertEqual(set(group), {"phone", "__count", "__extra_domain"})
        self.assertEqual(set(elder), {"phone", "phone_count", "__domain"})

    def test_what_the_server_reads_for_itself_is_no_reading(self):
        self.assertIsNone(self._of(lambda leads: leads.sudo().read(LIST)))
        self.assertIsNone(self._of(lambda leads: leads.mapped("phone")))
        self.assertIsNone(self._of(lambda leads: leads.pool_entry_ids.action_extend(1)))
        self.leads.with_user(self.li).read(LIST)  # in a scheduled action, say: without a request
        self.assertFalse(self.env.cr.postcommit.data.get(reading.NOTED))

    def test_what_failed_was_not_read(self):
        with self._request():
            self.leads.with_user(self.li).read(LIST)
            self.env.cr.postcommit.clear()  # as a rollback does
        self.assertFalse(self._rows())

    def test_a_waiting_lead_that_is_refused_is_not_read(self):
        with self._request(), self.assertRaises(AccessError):
            self._leads(1).with_user(self.li).read(LIST)
        self.assertFalse(self._rows(self.li))

    def test_a_page_asks_the_database_no_more_than_without(self):
        Lead, spec = self.env["crm.lead"].with_user(self.li), {name: {} for name in LIST}

        def queries():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Lead.web_search_read([("user_id", "=", self.li.id)], spec)
            Lead.formatted_read_group([("user_id", "=", self.li.id)], ["partner_id"])
            return self.env.cr.sql_log_count - before

        queries()  # warm
        without = queries()
        with self._request():
            self.assertEqual(queries(), without)
        self.assertEqual(self._counts(self.li), [(3, 3, 0, 0, 0)])

    def test_without_a_pool_there_is_no_log(self):
        with patch.object(type(self.env["lead.pool"]), "_in_use", lambda self: False):
            self._read(self.li, self.leads)
        self.assertFalse(self._rows())


@tagged("post_install", "-at_install")
class TestCustomTexts(CustomFieldCase, ReadingCase):
    def test_a_custom_field_with_a_text_may_say_who_it_is(self):
        fields = self._make(*({"name": kind, "field_type": kind} for kind in ("text", "integer")))
        text, number = fields.mapped("technical_name")
        leads = self._leads(2, user_id=self.li.id).with_user(self.li)
        with self._request():
            leads.read([number])
        self.assertFalse(self._rows())
        with self._request():
            leads.read([text])
        self.assertEqual(self._counts(self.li), [(2, 2, 0, 0, 0)])

    def test_a_field_of_another_record_that_shows_the_phone_counts_as_the_lead(self):
        """An administrator makes one; it is read with all rights, past the lead itself."""
        model = self.env["ir.model"]._get("lead.follow.up").id
        made = {"model_id": model, "ttype": "char", "state": "manual", "store": False, "readonly": True}
        self.env["ir.model.fields"].create(
            [
                {**made, "name": "x_phone", "field_description": "Phone", "related": "lead_id.phone"},
                {**made, "name": "x_city", "field_description": "City", "related": "lead_id.city"},
            ]
        )
        leads = self._leads(2, user_id=self.li.id)
        for lead in leads.with_user(self.li):
            lead.action_follow_up({"note": "Called"})
        notes = self.env["lead.follow.up"].with_user(self.li).search([("lead_id", "in", leads.ids)])
        notes.invalidate_recordset()
        with self._request():
            notes.read(["x_city"])
        self.assertFalse(self._rows())
        with self._request():
            self.assertEqual({row["x_phone"] for row in notes.read(["x_phone"])}, set(leads.mapped("phone")))
        self.assertEqual(self._counts(self.li), [(2, 2, 0, 0, 0)])
        self._begin_process()
        with self._request():
            notes.formatted_read_group([], ["x_phone"])
            notes.read_group([], [], ["x_phone"])
        self.assertEqual(self._counts(self.li), [(2, 2, 0, 0, 0)])


@tagged("post_install", "-at_install")
class TestReadingLog(ReadingCase):
    """How often managers are told, whom they are told of, and what is kept."""

    def test_a_lead_counts_once_an_hour_however_often_it_is_read(self):
        leads = self._leads(4, user_id=self.li.id)
        self._read(self.li, leads[:3])
        self._read(self.li, leads[:3])
        self._begin_process()  # another worker, which knows nothing of the first one
        self._read(self.li, leads[1:], PROGRAM)
        self.assertEqual(self._counts(self.li), [(4, 3, 3, 0, 0)])
        self._at(MONDAY + timedelta(hours=1))
        self._read(self.li, leads)
        self.assertEqual(self._counts(self.li), [(4, 3, 3, 0, 0), (4, 4, 0, 0, 0)])

    def test_a_page_that_is_read_again_writes_nothing(self):
        leads = self._leads(3, user_id=self.li.id)
        self._read(self.li, leads)
        with patch.object(type(self.env["lead.pool.reading"]), "_keep") as kept:
            self._read(self.li, leads[:2])
        kept.assert_not_called()

    def test_whoever_reads_more_than_the_limit_is_reported_once_a_day(self):
        leads = self._leads(9, user_id=self.li.id)
        self._read(self.li, leads[:6])
        self.assertFalse(self._inbox(self.manager), "six are as many as he may")
        self._read(self.li, leads[6:7], PROGRAM)
        [told] = self._inbox(self.manager)
        self.assertEqual(told.subject, "Li Na has read 7 leads in an hour")
        self.assertIn("On screens 6, by programs 1, exported 0, printed 0", told.body)
        self.assertNotIn(leads[0].phone, told.body)
        self.assertFalse(self._inbox(self.admin), "managers of all pools only")
        self._read(self.li, leads)
        for hours in (1, 2):
            self._at(MONDAY + timedelta(hours=hours))
            self._read(self.li, leads)
        self.assertEqual(len(self._inbox(self.manager)), 1)
        self._at(MONDAY + timedelta(days=1))
        self._read(self.li, leads)
        self.assertEqual(len(self._inbox(self.manager)), 2)
        self._read(self.wang, self._leads(7, user_id=self.wang.id))
        self.assertEqual(len(self._inbox(self.manager)), 3, "each user for himself")

    def test_atk_69_a_manager_who_exports_all_leads_is_reported_to_the_others(self):
        """ATK-69: as the only manager, to the administrators."""
        self.manager.group_ids = [Command.link(self.env.ref("base.group_allow_export").id)]
        other = self._user("mona", "lead_pool.group_manager", "Mona")
        leads = self._leads(5) + self._leads(5, user_id=self.li.id)
        with self._request("/web/export/xlsx"):
            leads.with_user(self.manager).export_data(["name", "phone", "email_from"])
        self.assertEqual(self._counts(self.manager), [(10, 0, 0, 10, 0)])
        [told] = self._inbox(other)
        self.assertEqual(told.subject, "Manager has read 10 leads in an hour")
        self.assertFalse(self._inbox(self.manager))
        self.env.ref("lead_pool.group_manager").all_user_ids.filtered(lambda user: user != self.manager).active = False
        self._at(MONDAY + timedelta(days=1))
        self._read(self.manager, leads)
        self.assertTrue(self._inbox(self.env.ref("base.user_admin")))

    def test_an_export_above_the_limit_is_refused_and_read_none(self):
        """ATK-69: to managers, too."""
        self.manager.group_ids = [Command.link(self.env.ref("base.group_allow_export").id)]
        self._set("export_limit", 4)
        leads = self._leads(5)
        with self._request():
            leads[:4].with_user(self.manager).export_data(["phone"])
        for records, path in ((leads, "phone"), (leads.pool_entry_ids, "lead_id/phone")):
            with self._request(), self.assertRaisesRegex(UserError, "At most 4 leads may be exported at once"):
                try:
                    records.with_user(self.manager).export_data([path])
                finally:
                    self.env.cr.postcommit.clear()  # the rollback
        self.assertEqual(self._counts(self.manager), [(4, 0, 0, 4, 0)])

    def test_switched_off_nothing_is_counted(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.lead_pool_reads_an_hour, 6)
        settings.lead_pool_reads_an_hour = 0
        settings.execute()
        self.assertEqual(self.env["res.config.settings"].create({}).lead_pool_reads_an_hour, 0, "0 is kept")
        self._read(self.li, self._leads(9, user_id=self.li.id))
        self.assertFalse(self._rows())
        self.assertFalse(self._inbox(self.manager))

    def test_five_hundred_unless_the_settings_say_otherwise(self):
        self.env["ir.config_parameter"].set_param("lead_pool.reads_an_hour", False)
        self.assertEqual(self.env["lead.pool.reading"]._setting("reads_an_hour"), 500)
        self._set("reads_an_hour", "many")
        self.assertEqual(self.env["lead.pool.reading"]._setting("reads_an_hour"), 500)

    def test_only_managers_read_the_log_and_nobody_changes_it(self):
        self._read(self.li, self._leads(2, user_id=self.li.id))
        Reading = self.env["lead.pool.reading"]
        for user in (self.li, self.admin, self.marketing, self.all_docs, self.stranger):
            with self.assertRaises(AccessError):
                Reading.with_user(user).search_read([])
        [row] = Reading.with_user(self.manager).search([])
        self.assertEqual(row.lead_count, 2)
        with self.assertRaises(AccessError):
            row.read(["refs"])
        for change in (lambda: row.write({"lead_count": 0}), row.unlink, lambda: row.create({"user_id": 1})):
            with self.assertRaises(AccessError):
                change()

    def test_managers_of_companies_in_which_he_may_work_are_told(self):
        branch = self.env["res.company"].create({"name": "Branch"})
        far = self._user("far", "lead_pool.group_manager", "Far Manager")
        far.write({"company_ids": [Command.set(branch.ids)], "company_id": branch.id})
        self._read(self.li, self._leads(7, user_id=self.li.id))
        self.assertEqual(len(self._inbox(self.manager)), 1)
        self.assertFalse(self._inbox(far))
        Reading = self.env["lead.pool.reading"]
        self.assertFalse(Reading.with_user(far).search([]))
        self.wang.company_ids = [Command.link(branch.id)]
        self._read(self.wang, self._leads(7, user_id=self.wang.id))
        self.assertEqual(len(self._inbox(far)), 1)
        self.assertEqual(Reading.with_user(far).search([]).user_id, self.wang)

    def test_how_to_be_told_is_chosen_by_managers(self):
        kinds = {user: user._lead_pool_kinds() for user in (self.li, self.admin, self.manager)}
        self.assertEqual([user for user, shown in kinds.items() if "mass_read" in shown], [self.manager])
        self._choose(self.manager, mass_read=["activity"])
        self._read(self.li, self._leads(7, user_id=self.li.id))
        self.assertFalse(self._inbox(self.manager))
        self.assertEqual(self._activities(self.manager).summary, "Li Na has read 7 leads in an hour")

    def test_the_health_check_says_so_for_a_day(self):
        self._crons_ran()

        def said():
            return [a for a in self.env["lead.pool"].action_check_health() if a["code"] == "mass_read"]

        self._read(self.li, self._leads(6, user_id=self.li.id))
        self.assertFalse(said())
        self._read(self.li, self._leads(1, user_id=self.li.id))
        [answer] = said()
        self.assertEqual(answer["level"], "warning")
        self.assertIn("Li Na read 7 leads in an hour, more than the 6", answer["message"])
        self._at(MONDAY + timedelta(days=2))
        self.assertFalse(said())

    def test_which_leads_they_were_is_forgotten_and_old_rows_go(self):
        leads = self._leads(3, user_id=self.li.id)
        self._read(self.li, leads)
        Reading = self.env["lead.pool.reading"]
        Reading._gc_readings()
        self.assertEqual(self._rows(self.li).refs, {"screen": leads.ids}, "while the hour lasts")
        self._at(MONDAY + timedelta(hours=1))
        self._read(self.li, leads[:1])
        first, second = self._rows(self.li)
        self.assertEqual((first.refs, first.lead_count), (False, 3))
        self.assertEqual(second.refs, {"screen": leads[:1].ids})
        self._at(MONDAY + timedelta(days=1))
        Reading._gc_readings()
        self.env.invalidate_all()
        self.assertFalse(second.refs)
        self.assertEqual(second.lead_count, 1)
        self._at(MONDAY + timedelta(days=92))
        Reading._gc_readings()
        self.assertFalse(self._rows(self.li))

    def test_a_log_that_cannot_be_written_costs_the_reader_nothing_and_is_made_up_for(self):
        leads = self._leads(4, user_id=self.li.id)
        model = type(self.env["lead.pool.reading"])
        with patch.object(model, "_keep", side_effect=psycopg2.OperationalError("no primary")) as kept:
            self._read(self.li, leads[:2], fails=True)
            self._read(self.li, leads[2:3])
            self.assertEqual(kept.call_count, 1, "for a minute it is left in peace")
        self._at(MONDAY + timedelta(minutes=2))
        self._read(self.li, leads[3:])
        self.assertEqual(self._counts(self.li), [(4, 4, 0, 0, 0)])
