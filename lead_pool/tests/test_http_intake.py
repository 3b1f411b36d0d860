import json
from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.lead_pool.models.intake.receive import Request

from .common import LeadPoolCase
from .test_custom_fields import CustomFieldCase


class IntakeCase(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.intake = cls._intake(name="Landing page")
        cls.received = cls.env["lead.pool.received"]

    @classmethod
    def _intake(cls, **values):
        values = {"name": "Platform", "pool_id": cls.pool.id, "company_id": cls.company.id, **values}
        return cls.env["lead.pool.intake"].with_user(cls.manager).create(values).sudo()

    def _send(self, body, intake=None, method="POST", query=(), **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        asked = Request(method, data, {"Content-Type": "application/json", **headers}, tuple(query), "192.0.2.1")
        return (self.intake if intake is None else intake)._answer(asked)

    def _row(self, answer):
        return self.received.browse(answer.body["id"])

    def _work(self):
        self.received._work()
        self.env.invalidate_all()

    def _map(self, intake, **rows):
        intake.mapping_ids = [(5, 0, 0)] + [
            (0, 0, {"target": target, "path": target, **(row if isinstance(row, dict) else {"path": row})})
            for target, row in rows.items()
        ]


@tagged("post_install", "-at_install")
class TestHttpIntake(IntakeCase):
    # answers and states ---------------------------------------------------------------------------

    def test_a_request_is_a_row_and_later_a_lead(self):
        answer = self._send({"id": 1, "name": "Li Na", "phone": "+86 139 0000 0001", "email": "li@example.com"})
        row = self._row(answer)
        self.assertRecordValues(row, [{"state": "received", "external_key": "id:1", "remote_addr": "192.0.2.1"}])
        self.assertFalse(self.env["crm.lead"].search([("contact_name", "=", "Li Na")]))
        self._work()
        self.assertEqual(row.state, "done")
        self.assertRecordValues(
            row.lead_id,
            [{"contact_name": "Li Na", "name": "Li Na", "pool_id": self.pool.id, "user_id": False}],
        )
        self.assertEqual(row.lead_id.pool_state, "waiting")
        self._work()
        self.assertEqual(self.env["crm.lead"].search_count([("contact_name", "=", "Li Na")]), 1)
        self._balance()

    def test_a_test_and_a_dry_run_say_what_would_be_made(self):
        self.intake.write({"test_path": "is_test", "external_id_path": "id"})
        rows = self._row(self._send({"id": 1, "name": "Robot", "phone": "+86 139 0000 0002", "is_test": True}))
        self.intake.dry_run = True
        rows += self._row(self._send({"id": 2, "name": "Robot", "phone": "+86 139 0000 0003"}))
        self._work()
        self.assertEqual(rows.mapped("state"), ["done", "done"])
        self.assertFalse(rows.lead_id)
        self.assertFalse(self.env["crm.lead"].search([("contact_name", "=", "Robot")]))
        for row in rows:
            self.assertIn("Robot", row.what)
            self.assertIn(self.pool.name, row.what)

    def test_what_fails_is_tried_again_later_and_given_up_in_the_end(self):
        row = self._row(self._send({"id": 1, "unknown": "x"}))
        moments = []
        while row.state in ("received", "failed"):
            with freeze_time(row.next_try_at):
                self._work()
            moments.append(row.next_try_at)
        self.assertEqual(row.state, "dead")
        self.assertEqual(row.tries, 5)
        self.assertIn("phone", row.what)
        self.assertEqual(moments[:-1], sorted(moments[:-1]))
        with self.assertRaises(AccessError):
            row.with_user(self.li).action_try_again()
        self.env["lead.pool.intake.field"].create(
            {"intake_id": self.intake.id, "path": "unknown", "target": "contact_name"}
        )
        row.with_user(self.admin).button_try_again()
        self._work()
        self.assertEqual(row.state, "done")
        with self.assertRaises(UserError):
            row.with_user(self.manager).button_try_again()

    def test_one_that_breaks_does_not_hold_up_those_behind_it(self):
        broken = self._row(self._send({"id": 1, "name": "Broken", "phone": "1"}))
        self.env.cr.execute("UPDATE lead_pool_received SET body = '{' WHERE id = %s", [broken.id])
        fine = self._row(self._send({"id": 2, "name": "Fine", "phone": "+86 139 0000 0004"}))
        self.env.invalidate_all()
        with self.assertLogs("odoo.addons.lead_pool.isolation", "ERROR"):
            for _round in range(3):
                self._work()
        self.assertEqual(broken.state, "failed")
        self.assertNotIn("JSON", broken.message, "no trace for people")
        self.assertEqual(fine.state, "done")

    def test_the_same_number_again_points_to_the_first(self):
        first = self._send({"id": 7, "name": "Once", "phone": "+86 139 0000 0005"})
        again = self._send({"id": 7, "name": "Twice", "phone": "+86 139 0000 0006"})
        self.assertEqual(again.body, {"status": "duplicate", "id": first.body["id"]})
        other = self._send({"id": 7, "name": "Once", "phone": "+86 139 0000 0005"}, self._intake(name="Other"))
        self.assertEqual(other.body["status"], "received", "numbers are those of one source")
        repeat = self.received.search([("repeat_of_id", "=", first.body["id"])])
        self.assertRecordValues(repeat, [{"state": "duplicate", "body": False, "code": "again"}])

    def test_a_minute_has_its_limit_and_the_next_one_its_own(self):
        self.intake.per_minute = 2
        with freeze_time("2026-03-02 09:00:10"):
            answers = [self._send({"id": number, "name": "x"}) for number in range(3)]
        self.assertEqual([answer.status for answer in answers], [200, 200, 429])
        self.assertEqual(answers[2].retry_after, 50)
        with freeze_time("2026-03-02 09:01:00"):
            self.assertEqual(self._send({"id": 3, "name": "x"}).status, 200)

    def test_an_address_is_known_by_its_whole_token(self):
        Intake = self.env["lead.pool.intake"]
        old = self.intake.token
        self.assertEqual(Intake._by_token(old), self.intake)
        for wrong in ("", old[:-1], old + "x", self.intake.token_digest, "\ud800\0"):
            self.assertFalse(Intake._by_token(wrong))
        self.intake.with_user(self.manager).action_renew_token()
        self.assertFalse(Intake._by_token(old))
        self.intake.active = False
        self.assertFalse(Intake._by_token(self.intake.token))

    # mapping --------------------------------------------------------------------------------------

    def test_values_find_their_records_and_what_fits_nowhere_stays_in_the_notes(self):
        china = self.env.ref("base.cn")
        known = self.env["utm.source"].create({"name": "Search 100%"})
        tag = self.env["crm.tag"].create({"name": "Hot"})
        intake = self._intake(country_id=china.id)
        self._map(
            intake,
            contact_name="name",
            state_id="province",
            source_id="source",
            campaign_id="plan",
            tag_ids="tags",
            priority={"path": "rank", "values": "A = 3\n* = 0"},
            expected_revenue="money",
            website="web",
            city={"path": False, "constant": "Hangzhou"},
        )
        data = {
            "name": "Li Na",
            "province": "zhejiang",
            "source": "search 100%",
            "plan": "Spring",
            "tags": "hot",
            "rank": "a",
            "money": "¥ 1,200",
            "web": "javascript:alert(1)",
        }
        self.env["res.country.state"].create({"name": "Zhejiang", "code": "Z1", "country_id": china.id})
        [lead] = intake._leads([data])
        self.assertEqual(lead.vals["source_id"], known.id)
        self.assertEqual(lead.vals["tag_ids"], [(6, 0, tag.ids)])
        self.assertEqual(
            (lead.vals["priority"], lead.vals["expected_revenue"], lead.vals["city"]), ("3", 1200, "Hangzhou")
        )
        self.assertEqual(self.env["res.country.state"].browse(lead.vals["state_id"]).name, "Zhejiang")
        self.assertEqual([text for _label, text in lead.odd], ["Spring", "javascript:alert(1)"])
        self.assertIn("Spring", lead.vals["description"])
        self.assertFalse(self.env["utm.campaign"].search([("title", "=", "Spring")]))
        [wild] = intake._leads([{**data, "source": "search 10%_"}])
        self.assertNotIn("source_id", wild.vals)
        intake.create_utm = True
        [looked], [lead] = intake._leads([data], writes=False), intake._leads([data])
        self.assertNotIn("campaign_id", looked.vals, "a look makes nothing")
        self.assertEqual(self.env["utm.campaign"].browse(lead.vals["campaign_id"]).title, "Spring")

    def test_the_number_of_queries_does_not_grow_with_the_requests(self):
        self._map(self.intake, contact_name="name", source_id="source", country_id="country", tag_ids="tags")

        def count(number):
            datas = [{"name": f"n{i}", "source": f"s{i}", "country": "CN", "tags": f"a{i},b{i}"} for i in range(number)]
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.intake._leads(datas)
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(40))

    def test_a_request_says_nothing_about_whose_lead_it_is(self):
        targets = dict(self.env["lead.pool.intake.field"]._select_targets())
        for name in ("user_id", "team_id", "pool_id", "company_id", "stage_id", "active", "type", "partner_id"):
            self.assertNotIn(name, targets)
            with self.assertRaises(ValidationError):
                self._map(self.intake, **{name: "x"})

    # settings -------------------------------------------------------------------------------------

    def test_settings_that_cannot_be_are_refused_with_a_sentence(self):
        for values in (
            {"external_id_path": "a["},
            {"signature_method": "hmac_body"},
            {"max_age_minutes": 5},
            {"body_secret": "k"},
            {"signature_method": "hmac_stamp_body", "secret": "s"},
            {"company_id": self.env["res.company"].create({"name": "Away"}).id},
        ):
            with self.assertRaises(ValidationError, msg=values):
                self.intake.write(values)
        for row in (
            {"path": False},
            {"path": "a", "constant": "b"},
            {"path": "a["},
            {"path": "a", "values": "nonsense"},
        ):
            with self.assertRaises(ValidationError, msg=row):
                self._map(self.intake, name=row)

    def test_a_new_intake_knows_its_platform(self):
        form = Form(self.env["lead.pool.intake"].with_user(self.manager))
        form.name = "Google"
        form.kind = "google"
        form.body_secret = "k3y"
        google = form.save().sudo()
        self.assertEqual((google.body_secret_path, google.external_id_path), ("google_key", "lead_id"))
        self.assertIn("user_column_data[column_id=PHONE_NUMBER].string_value", google.mapping_ids.mapped("path"))
        self.assertFalse(google.weakness)
        self.assertIn("a signature or a secret under Proof", self.intake.weakness)
        self.assertIn(google.url, google.curl)

    def test_an_intake_that_received_something_is_kept(self):
        self._send({"id": 1, "name": "x"})
        with self.assertRaises(UserError):
            self.intake.with_user(self.manager).unlink()
        self._intake().with_user(self.manager).unlink()

    # the sample -----------------------------------------------------------------------------------

    def test_a_sample_shows_what_is_taken_and_proposes_the_rest(self):
        with Form(
            self.env["lead.pool.intake.try"].with_user(self.manager).with_context(default_intake_id=self.intake.id)
        ) as form:
            form.sample = '{"id": 1, "name": "Li <b>Na</b>", "wechat_id": "lina", "gcl_id": "xyz"}'
            self.assertIn("Li &lt;b&gt;Na", form.result)
            self.assertIn("would be made", form.result)
            proposed = [(line["path"], line["target"]) for line in form.line_ids._records]
            self.assertEqual(proposed, [("wechat_id", "wechat"), ("gcl_id", False)])
        self.assertFalse(self.env["crm.lead"].search([("contact_name", "ilike", "Li <b>")]))
        trial = form.record
        trial.action_add()
        self.assertIn("wechat", self.intake.mapping_ids.mapped("target"))
        for line in trial.line_ids:
            line.target = False
        with self.assertRaisesRegex(UserError, "Goes Into"):
            trial.action_add()
        for sample, word in (("{", "JSON"), ('{"gcl_id": 1}', "Missing"), ("[" * 50, "deep")):
            trial.sample = sample
            self.assertIn(word, trial.result)

    # rights and keeping ---------------------------------------------------------------------------

    def test_what_came_is_for_managers_and_for_admins_of_its_pool(self):
        row = self._row(self._send({"id": 1, "name": "x"}))
        program = new_test_user(self.env, "program", groups="lead_pool.group_integration")
        elsewhere = self._row(self._send({"id": 1, "name": "x"}, self._intake(pool_id=False)))
        for user in (self.li, self.marketing, program):
            with self.assertRaises(AccessError):
                row.with_user(user).read(["body"])
        self.assertTrue(row.with_user(self.admin).read(["body"]))
        with self.assertRaises(AccessError):
            elsewhere.with_user(self.admin).read(["body"])
        self.assertTrue(elsewhere.with_user(self.manager).read(["body"]))
        for user in (self.admin, self.manager):
            with self.assertRaises(AccessError):
                row.with_user(user).write({"state": "done"})
        for secret in ("token", "secret", "body_secret", "verify_token", "url", "curl"):
            with self.assertRaises(AccessError):
                self.intake.with_user(self.admin).read([secret])
        with self.assertRaises(AccessError):
            self.intake.with_user(self.admin).write({"per_minute": 1})

    def test_no_secret_is_kept_and_what_came_is_emptied(self):
        intake = self._intake(body_secret_path="auth.k", body_secret="s3cret", keep_body_days=10)
        with freeze_time("2026-03-02 09:00:00"):
            row = self._row(self._send({"id": 1, "name": "x s3cret", "auth": {"k": "s3cret"}, "password": "p"}, intake))
            waiting = self._row(self._send({"id": 2, "name": "x", "auth": {"k": "s3cret"}}, intake))
        self.assertNotIn("s3cret", row.body)
        self._send(b'{"auth": {"k": "s3cret"}, "id": ', intake)
        unreadable = self.received.search([("intake_id", "=", intake.id), ("state", "=", "refused")])
        self.assertEqual(unreadable.body, '{"auth": {"k": "•••"}, "id":')
        self.assertEqual(json.loads(row.body)["password"], "•••")
        row.state = "done"
        self.env.flush_all()
        with freeze_time("2026-03-13 09:00:01"):
            self.received._gc_received()
        self.assertFalse(row.body or row.remote_addr or row.headers)
        self.assertTrue(waiting.body, "what no lead was made of yet is kept")
        with freeze_time("2027-06-01 09:00:00"):
            self.received._gc_received()
        self.assertFalse(row.exists())
        self.assertTrue(waiting.exists())

    def test_the_page_shows_the_last_ten_and_counts(self):
        for number in range(12):
            self._send({"id": number, "name": f"n{number}", "phone": f"+86 139 0000 1{number:03d}"})
        self._send(b"{")
        self._work()
        intake = self.intake.with_user(self.manager)
        self.assertEqual(len(intake.recent_ids), 10)
        self.assertEqual((intake.done_count, intake.refused_count, intake.failed_count), (12, 1, 0))
        self.assertAlmostEqual(intake.last_seen, datetime.now(), delta=self._later(hours=1) - self._later())
        self.assertEqual(intake.button_received()["domain"], [("intake_id", "=", intake.id)])


@tagged("post_install", "-at_install")
class TestHttpIntakeCustomFields(IntakeCase, CustomFieldCase):
    def test_custom_fields_are_filled_and_options_are_those_of_their_field(self):
        one_of_each = self._one_of_each()
        other = self._channels(name="Elsewhere")
        channels = one_of_each.filtered(lambda field: field.name == "Channels")
        names = {field.name: field.technical_name for field in one_of_each | other}
        values = {"Model": "S", "Rooms": "3", "Moving In": "1772452800000", "Paid": "是", "Channels": "Expo、douyin"}
        values["Intent"] = "high"
        self._map(self.intake, contact_name="name", **{names[label]: label for label in values})
        row = self._row(self._send({"id": 1, "name": "Li", "phone": "+86 139 0000 7777", **values}))
        self._work()
        lead = row.lead_id
        self.assertEqual((lead[names["Model"]], lead[names["Rooms"]], lead[names["Paid"]]), ("S", 3, True))
        self.assertEqual(str(lead[names["Moving In"]]), "2026-03-02")
        self.assertEqual(lead[names["Channels"]].mapped("name"), ["Douyin", "Expo"])
        self.assertEqual(lead[names["Channels"]].custom_field_id, channels)
        self.assertEqual(lead[names["Intent"]], self._intent_key(names["Intent"]))

    def _intent_key(self, name):
        [key] = [value for value, label in self.env["crm.lead"]._fields[name].selection if label == "High"]
        return key
