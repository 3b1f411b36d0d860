import base64
import gzip
import io
import json
import zipfile
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import RaiseException

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.archive import archiving
from ..rules.archive import KEPT
from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestArchive(LeadPoolCase):
    """A history of years: what ended long ago goes into files, and nobody's figures change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._alone()
        cls.system = cls._user("archivist", "base.group_system", "Archivist")
        with freeze_time("2021-03-01 02:00:00"):
            cls.old, cls.bad, cls.gone = cls._leads(3)
            cls._entries(cls.old | cls.bad | cls.gone).with_user(cls.li).action_claim()
        with freeze_time("2021-03-02 02:00:00"):
            cls.old.with_user(cls.li).action_follow_up({"note": "Called Mrs Zhang, she buys elsewhere"})
            cls.bad_entry, entry_of_gone = cls._entries(cls.bad), cls._entries(cls.gone)
            cls.bad_entry.with_user(cls.li).action_mark_invalid(cls._reason("invalid").id, note="Number of Mr Zhang")
            entry_of_gone.with_user(cls.li).action_return(cls._reason("return").id, note="Not my region")
        with freeze_time("2021-03-03 02:00:00"):
            cls.old.with_user(cls.li).action_set_lost()
            cls.number = cls.gone.id
            cls.gone.with_user(cls.manager).unlink()
        cls.refs = [cls.old.id, cls.bad.id, cls.number]
        cls.young, cls.held = cls._leads(2)
        cls._entries(cls.young | cls.held).with_user(cls.wang).action_claim()
        cls.young.with_user(cls.wang).action_set_lost()
        cls.env.flush_all()
        cls.env.invalidate_all()
        cls.Archive = cls.env["lead.pool.archive"].with_user(cls.manager)

    def _archive(self, years=3, user=None, failed=False):
        answer = self.env["lead.pool"].with_user(user or self.manager).action_archive_events(years, dry_run=False)
        job = self.env["lead.pool.job"].sudo().browse(answer["job_id"])
        self._work(job)
        self.env.invalidate_all()
        self.assertEqual(job.state, "failed" if failed else "done", job.problem)
        return job

    def _events(self, refs=None):
        return self.env["lead.pool.event"]._rows(SQL("lead_ref = ANY(%s)", refs or self.refs))

    def _file(self, one):
        return base64.b64encode(one.sudo().attachment_id.raw).decode()

    def _refused(self, statement, *args):
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(RaiseException, "refused"), self.env.cr.savepoint():
            self.env.cr.execute(statement, args)

    # ------------------------------------------------------------
    # WHAT GOES, WHAT STAYS
    # ------------------------------------------------------------

    def test_old_chains_go_into_a_file_behind_a_checkpoint(self):
        before, others = self._events(), self._events([self.young.id, self.held.id])
        answer = self.env["lead.pool"].with_user(self.manager).action_archive_events(3)
        self.assertEqual(answer, {"leads": 3, "events": len(before), "job_id": False})
        self.assertEqual(self._events(), before, "it was only asked")
        job = self._archive()
        self.assertEqual(job.done, 3)
        one = self.Archive.search([])
        self.assertRecordValues(one, [{"lead_count": 3, "event_count": len(before), "is_here": True}])
        self.assertIn(f"{len(before)} events of 3 leads", job.report)
        after = self._events()
        lines = [json.loads(line) for line in gzip.decompress(one.sudo().attachment_id.raw).splitlines()]
        self.assertEqual(
            [(line["lead_ref"], line["seq"], line["note"], line["detail"], line["hash"]) for line in lines[1:]],
            [(row["lead_ref"], row["seq"], row["note"], row["detail"], row["hash"]) for row in before],
        )
        facts = [{name: row[name] for name in KEPT} for row in before]
        self.assertEqual([{name: row[name] for name in KEPT} for row in after], facts, "who, what and when stays")
        self.assertFalse([row for row in after if row["note"] or row["prev_hash"]])
        ends = {row["lead_ref"]: row["hash"] for row in before}
        checkpoints = {row["lead_ref"]: row for row in after if row["hash"]}
        self.assertEqual({ref: row["hash"] for ref, row in checkpoints.items()}, ends)
        self.assertEqual({row["detail"]["archive"] for row in checkpoints.values()}, set(one.ids))
        self.assertEqual(checkpoints[self.bad.id]["detail"]["notes"], 1)
        self.assertEqual(self._events([self.young.id, self.held.id]), others)
        entry = self.env["lead.pool.entry"].search([("lead_ref", "=", self.old.id)])
        self.assertRecordValues(entry, [{"state": "closed", "closed_as": "lost"}])
        self._balance()

    def test_who_comes_back_goes_on_behind_the_checkpoint_and_is_archived_again(self):
        with freeze_time("2023-01-01 02:00:00"):
            self._archive(1)
        with freeze_time("2023-02-01 02:00:00"):
            self.old.with_user(self.manager).action_unarchive()
            self.env.invalidate_all()
            self.assertIn(self.old.pool_state, ("held", "waiting"))
            self.assertTrue(self._entries(self.old).with_user(self.manager).action_explain())
            self._balance()
        with freeze_time("2023-03-01 02:00:00"):
            self.old.with_user(self.manager).action_set_lost()
        self._archive()
        first, second = self.Archive.search([], order="id")
        self.assertRecordValues(second, [{"lead_count": 1}])
        for one, leads in ((first, 3), (second, 1)):
            answer = self.Archive.action_verify(self._file(one))
            self.assertEqual((answer["unchanged"], answer["leads"]), (True, leads))
        checkpoints = [row["detail"]["archive"] for row in self._events([self.old.id]) if row["hash"]]
        self.assertEqual(checkpoints, [first.id, second.id])
        self._balance()

    def test_what_is_open_young_or_of_the_sample_stays_whole(self):
        with freeze_time("2021-04-01 02:00:00"):
            [row] = self._entries(self.bad)._read_rows().values()
            self.env["lead.pool.entry"].sudo()._note_events([row], "inquiry", self.env["lead.pool"]._now())
        self.env.cr.execute("ALTER TABLE lead_pool_sample DISABLE TRIGGER lead_pool_sample_only_new")
        self.env.cr.execute("INSERT INTO lead_pool_sample (model, res_id) VALUES ('crm.lead', %s)", [self.old.id])
        with freeze_time("2024-03-20 02:00:00"):  # three years after the others ended, not after the inquiry
            self._archive()
        self.assertEqual(self.Archive.search([]).lead_count, 1, "that of the deleted one")

    def test_several_files_and_a_cancelled_job_that_goes_on_later(self):
        with patch.object(archiving, "CHUNK", 1):
            answer = self.env["lead.pool"].with_user(self.system).action_archive_events(3, dry_run=False)
            again = self.env["lead.pool"].with_user(self.manager).action_archive_events(3, dry_run=False)
            self.assertEqual(again["job_id"], answer["job_id"], "one at a time")
            job = self.env["lead.pool.job"].sudo().browse(answer["job_id"])
            job._work()
            job.action_cancel()
            self._work(job)
            self.assertEqual(len(self.Archive.search([])), 1)
            self._archive()
        self.assertEqual(self.Archive.search([]).mapped("lead_count"), [1, 1, 1])
        self._balance()

    def test_the_scheduled_action_is_off_until_years_are_set(self):
        Pool, Job = self.env["lead.pool"], self.env["lead.pool.job"].sudo()
        Pool._cron_archive()
        self.assertFalse(Job.search([("kind", "=", "archive")]))
        for wrong in ("-1", "x", "0"):
            self.env["ir.config_parameter"].sudo().set_param("lead_pool.archive_years", wrong)
            self.assertEqual(Pool._archive_years(), 0)
        settings = self.env["res.config.settings"].with_user(self.system).create({"lead_pool_archive_years": 3})
        settings.execute()
        Pool._cron_archive()
        job = Job.search([("kind", "=", "archive")])
        self._work(job)
        self.assertEqual(job.done, 3)
        Pool._cron_archive()
        self.assertEqual(Job.search([("kind", "=", "archive")]), job, "nothing is left to do")
        self.assertEqual(settings.button_archive_events()["params"]["message"], "No lead ended so long ago.")

    def test_what_was_tampered_with_is_not_hidden_behind_a_checkpoint(self):
        self.env.cr.execute("ALTER TABLE lead_pool_event DISABLE TRIGGER lead_pool_event_append_only")
        self.env.cr.execute("UPDATE lead_pool_event SET user_name = 'x' WHERE lead_ref = %s AND seq = 2", [self.bad.id])
        self.env.cr.execute("ALTER TABLE lead_pool_event ENABLE TRIGGER lead_pool_event_append_only")
        job = self._archive()
        self.assertEqual(self.Archive.search([]).lead_count, 2)
        self.assertIn(f"#{self.bad.id}", job.report)
        self.assertEqual(self.env["lead.pool.event"]._broken_chains(), {self.bad.id: 2})

    # ------------------------------------------------------------
    # VERIFYING
    # ------------------------------------------------------------

    def test_a_file_is_verified_and_may_then_leave_the_database(self):
        self._archive()
        one, events = self.Archive.search([]), self.Archive.search([]).event_count
        file = self._file(one)
        good = {"unchanged": True, "archive_id": one.id, "leads": 3, "events": events, "differing": []}
        self.assertEqual(self.Archive.action_verify(file), good)
        content = gzip.decompress(base64.b64decode(file))
        for other in (content, gzip.compress(content.replace(b"elsewhere", b"somewhere"))):
            other = base64.b64encode(other).decode()
            self.assertFalse(self.Archive.action_verify(other)["unchanged"])
            with self.assertRaisesRegex(UserError, "stays in the database"):
                self.Archive.action_take_out(other)
        for none in (None, 5, "ä", ["x"]):
            with self.assertRaises(UserError):
                self.Archive.action_verify(none)
        attachment = one.sudo().attachment_id
        check = self.env["lead.pool.archive.check"].with_user(self.system).create({"file": file})
        check.action_verify()
        self.assertTrue(check.unchanged)
        self.assertEqual(check.action_take_out()["res_id"], one.id)
        self.env.invalidate_all()
        self.assertFalse(attachment.exists())
        self.assertFalse(one.is_here)
        self.assertEqual(self.Archive.action_verify(file), good, "whoever keeps it can show it any time")
        self._balance()

    def test_the_files_stay_when_the_add_on_goes(self):
        self._archive()
        file = self.Archive.search([]).sudo().attachment_id
        self.env["lead.pool.archive"]._leave()
        self.assertRecordValues(file, [{"res_model": False, "res_id": 0}])
        self.assertTrue(file.with_user(self.system).raw)

    def test_a_history_that_was_changed_after_it_was_archived_is_found(self):
        self._archive()
        one = self.Archive.search([])
        self.env.cr.execute("ALTER TABLE lead_pool_event DISABLE TRIGGER ALL")
        for change in (
            "UPDATE lead_pool_event SET user_ref = 1 WHERE lead_ref = %s AND seq = 2",
            "UPDATE lead_pool_event SET note = 'x' WHERE lead_ref = %s AND seq = 2",
            "UPDATE lead_pool_event SET date = date + interval '1 day' WHERE lead_ref = %s AND seq = 1",
            "DELETE FROM lead_pool_event WHERE lead_ref = %s AND seq = 2",
            "UPDATE lead_pool_event SET hash = 'x' WHERE lead_ref = %s AND hash IS NOT NULL",
            "UPDATE lead_pool_event SET detail = detail - 'archive' WHERE lead_ref = %s AND hash IS NOT NULL",
            "UPDATE lead_pool_event SET detail = detail || '{\"proof\": \"0\"}' WHERE lead_ref = %s AND hash <> ''",
        ):
            with self.subTest(change=change):
                savepoint = self.env.cr.savepoint()
                self.env.cr.execute(change, [self.old.id])
                self.assertEqual(set(self.env["lead.pool.event"]._broken_chains()), {self.old.id})
                answer = self.Archive.action_verify(self._file(one))
                self.assertEqual((answer["unchanged"], answer["differing"]), (False, [self.old.id]))
                savepoint.rollback()
        self.assertEqual(self.env["lead.pool.event"]._broken_chains(), {})

    # ------------------------------------------------------------
    # WHO MAY, AND WHAT THE DATABASE REFUSES
    # ------------------------------------------------------------

    def test_atk_77_only_managers_and_administrators_archive_and_read_archives(self):
        self._archive(user=self.system)
        one, file = self.Archive.search([]), self._file(self.Archive.search([]))
        for user in (self.li, self.admin, self.marketing, self.stranger):
            for verb, args in (
                (self.env["lead.pool"].action_archive_events, (3,)),
                (self.env["lead.pool"].action_archive_events, (3, False)),
                (self.Archive.action_verify, (file,)),
                (self.Archive.action_take_out, (file,)),
            ):
                with self.assertRaises(AccessError):
                    getattr(verb.__self__.with_user(user), verb.__name__)(*args)
            for record in (one, one.sudo().attachment_id):
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                    record.with_user(user).read(["name"])
        for years in (0, -1, 101, "3", 1.5, True, None):
            with self.assertRaises(UserError):
                self.env["lead.pool"].with_user(self.manager).action_archive_events(years)
        with self.assertRaises(UserError):
            self.env["lead.pool"].with_user(self.manager).action_archive_events(3, dry_run="no")

    def test_atk_77_nobody_changes_an_archive_or_its_file(self):
        self._archive()
        one = self.Archive.search([])
        for user in (self.manager, self.system):
            mine, file = one.with_user(user), one.sudo().attachment_id.with_user(user)
            self.assertTrue(file.raw)
            for change, *args in (
                (mine.write, {"sha256": "0"}),
                (mine.unlink,),
                (mine.create, {"name": "x", "date": "2021-01-01", "sha256": "0"}),
                (file.write, {"raw": b"x"}),
                (file.unlink,),
            ):
                with self.assertRaises(AccessError):
                    change(*args)
        other = self.env["res.company"].create({"name": "Other"})
        boss = self._user("other_boss", "lead_pool.group_manager", "Boss of another company")
        boss.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(self.env["lead.pool.archive"].with_user(boss).search([]))
        answer = self.env["lead.pool.archive"].with_user(boss).action_verify(self._file(one))
        self.assertFalse(answer["unchanged"])
        self.assertEqual(self.env["lead.pool"].with_user(boss).action_archive_events(1)["leads"], 0)

    def test_atk_77_the_database_lets_go_only_what_a_checkpoint_covers(self):
        slim = """UPDATE lead_pool_event SET note = NULL, prev_hash = NULL, hash = NULL, detail = NULL
                   WHERE lead_ref = %s AND seq < %s"""
        self._refused(slim, self.old.id, 9)
        self._refused(slim, self.held.id, 9)
        self._archive()
        end = "UPDATE lead_pool_event SET %s WHERE lead_ref = %%s AND hash IS NOT NULL"
        for change in ("hash = NULL", "note = NULL", "detail = NULL", """detail = '{"archive": 1}'"""):
            self._refused(end % change, self.old.id)
        self._refused("UPDATE lead_pool_event SET user_ref = 1 WHERE lead_ref = %s AND seq = 2", self.old.id)
        self._refused("UPDATE lead_pool_event SET note = 'back' WHERE lead_ref = %s AND seq = 2", self.old.id)
        self._refused("DELETE FROM lead_pool_event WHERE lead_ref = %s", self.old.id)
        self._refused("DELETE FROM lead_pool_event WHERE lead_ref = %s", self.number)
        self._refused("TRUNCATE lead_pool_event")
        # what was archived in this transaction is not taken for new: the sample is none of the doors
        self._refused("INSERT INTO lead_pool_sample (model, res_id) VALUES ('crm.lead', %s)", self.old.id)
        # a checkpoint by hand: of what is younger than a year, without an archive, of other facts, without a file
        with freeze_time("2021-03-01 02:00:00"):
            waiting = self._leads()
            self._claim(self.li, waiting)
        self.env.flush_all()
        forged = """UPDATE lead_pool_event SET note = NULL, prev_hash = NULL, detail = %s::jsonb, user_ref = %s
                     WHERE lead_ref = %s AND seq = 2"""
        one = self.Archive.search([])
        said = json.dumps({"archive": one.id, "proof": "x"})
        self._refused(forged, said, self.wang.id, self.held.id)
        self._refused(forged, json.dumps({"archive": 0, "proof": "x"}), self.li.id, waiting.id)
        self._refused(forged, said, self.wang.id, waiting.id)
        savepoint = self.env.cr.savepoint()
        self.env.cr.execute(forged, [said, self.li.id, waiting.id])  # as if the archive were of this transaction
        self.assertEqual(self.env["lead.pool.event"]._broken_chains(), {waiting.id: 1}, "and it is found")
        savepoint.rollback()
        self.Archive.action_take_out(self._file(one))
        self._refused(forged, said, self.li.id, waiting.id)

    def test_atk_77_the_database_has_a_clock_of_its_own(self):
        with freeze_time("2040-01-01 02:00:00"), mute_logger("odoo.sql_db"):
            job = self._archive(3, failed=True)
        self.assertEqual(job.state, "failed")
        self.assertFalse(self.Archive.search([]))
        self._balance()

    # ------------------------------------------------------------
    # WHO READS EVENTS
    # ------------------------------------------------------------

    def test_followers_read_the_same_events(self):
        Event = self.env["lead.pool.event"].sudo()
        before = Event._told(SQL("lead_ref = ANY(%s)", self.refs), self.company.ids)
        self._archive()
        self.assertEqual(Event._told(SQL("lead_ref = ANY(%s)", self.refs), self.company.ids), before)

    def test_the_data_of_a_person_has_the_remarks_that_are_in_files(self):
        self._archive()
        Erasure = self.env["lead.pool.erasure"].with_user(self.manager)
        held = Erasure.action_held(phone=self.bad.phone)
        self.assertEqual(held["lead.pool.archive"], 1)
        file = zipfile.ZipFile(io.BytesIO(Erasure._file_of(Erasure._held(self.bad.phone, None, None))))
        told = json.loads(file.read("person.json"))
        self.assertIn("Number of Mr Zhang", [row["note"] for row in told["lead.pool.event"]])
        self.assertNotIn("Not my region", str(told), "another lead, in the same file")
        self.assertIn("person.xlsx", file.namelist())
        answer = Erasure.action_erase(phone=self.bad.phone)
        self.assertNotIn("lead.pool.archive", answer["counts"])
        self.assertTrue(self.Archive.action_verify(self._file(self.Archive.search([])))["unchanged"])
        self._balance()

    def test_the_timeline_says_where_the_rest_is(self):
        lived = self.old.with_user(self.manager).pool_event_ids.mapped("kind")
        self._archive()
        events = self.old.with_user(self.manager).pool_event_ids
        self.assertEqual(events.mapped("kind"), lived)
        self.assertEqual(events.archive_id, self.Archive.search([]))
        self.assertEqual(len(events.filtered("archive_id")), len(events))
        self.assertFalse(self.held.with_user(self.manager).pool_event_ids.archive_id)

    def test_a_repair_has_nothing_to_mend_and_finds_a_lost_entry_again(self):
        self._archive()
        job = self.env["lead.pool"]._start_health("repair").sudo()
        self._work(job)
        self.assertEqual((job.state, (job.position or {}).get("found")), ("done", {}))
