"""Odoo's own modules that bring leads, react to them or know who is away, installed before the add-ons or after them:
the modules install, a lead waits masked in its pool however it comes, and claims stay exact."""

import contextlib
import datetime
import pathlib

import pytest
import requests
from department import Department
from life import Life, core_folders, plain_crm
from servers import OdooServer

from odoo.exceptions import AccessError

pytestmark = pytest.mark.long

NEIGHBOURS = (
    "website_crm", "crm_livechat", "survey_crm", "event_crm", "mass_mailing_crm", "base_automation", "hr_holidays",
)  # fmt: skip
OURS = "lead_pool,lead_pool_reports"


@contextlib.contextmanager
def neighbours_first(make_database):
    with plain_crm(f"{make_database()}_plain") as life:
        life.odoo("-i", ",".join(NEIGHBOURS))
        life.odoo("-i", OURS)
        yield life


@contextlib.contextmanager
def neighbours_last(make_database):
    life = Life(make_database())
    life.odoo("-i", ",".join(NEIGHBOURS))
    yield life


@pytest.fixture(scope="module", params=[neighbours_first, neighbours_last])
def shop(request, make_database):
    """Ann and Ben are members of Inbound, which takes whatever comes in; the website would give it to its team's
    leader."""
    with request.param(make_database) as life:
        shop = Department(life.dbname, "near")
        shop.life = life
        shop.hire("rep", "ann", "ben", "leader")
        shop.hire("manager", "boss")
        shop.open_pool("Inbound", ["ann", "ben"], ["boss"], strategy="manual")
        with shop.inside() as env:
            env["lead.pool.entry.rule"].create({"name": "All", "pool_id": shop.pools["Inbound"], "domain": "[]"})
            website_team = env.ref("sales_team.salesteam_website_sales")
            website_team.write({"active": True, "user_id": shop.users["leader"]})
            env["website"].search([]).write({"crm_default_team_id": website_team.id})
            shop.website_team = website_team.id
        yield shop


@pytest.fixture(autouse=True)
def peace(shop):
    yield
    assert shop.problems() == []


def check_waits_masked(shop, lead_id, channel):
    """It waits in Inbound, of nobody, in the pool's team; Ann sees a number; she claims it, and reads it."""
    with shop.inside() as env:
        lead = env["crm.lead"].browse(lead_id)
        pool = env["lead.pool"].browse(shop.pools["Inbound"])
        assert (lead.pool_state, lead.pool_id, lead.team_id, lead.user_id.id) == ("waiting", pool, pool.team_id, False)
        event = env["lead.pool.event"].search([("lead_ref", "=", lead_id)])
        assert event.detail["channel"] == channel
        entry = lead.pool_entry_ids.id
    with shop.inside("ann") as env:
        [card] = env["lead.pool.entry"].browse(entry).read(["lead_id"])
        assert card["lead_id"] == (lead_id, f"Lead #{lead_id}")
        assert not env["crm.lead"].search([("id", "=", lead_id)])
        with pytest.raises(AccessError):
            env["crm.lead"].browse(lead_id).read(["name"])
    with shop.inside("ann") as env:
        [answer] = env["lead.pool.entry"].browse(entry).action_claim()
        assert answer["done"]
        assert env["crm.lead"].browse(lead_id).user_id.id == shop.users["ann"]


def test_none_is_left_out(shop):
    """Each of them is in the Odoo at hand, and installed beside the add-ons."""
    there = {path.parent.name for folder in core_folders() for path in pathlib.Path(folder).glob("*/__manifest__.py")}
    assert set(NEIGHBOURS) <= there
    with shop.inside() as env:
        wanted = [*NEIGHBOURS, *OURS.split(",")]
        installed = env["ir.module.module"].search([("name", "in", wanted), ("state", "=", "installed")])
        assert sorted(installed.mapped("name")) == sorted(wanted)


def test_a_form_of_the_website_does_not_choose_its_owner_or_team(shop):
    """Whatever the visitor sends: owner, team and pool are named in the form's own fields, and none of them counts."""
    server = OdooServer(shop.dbname).start()
    try:
        for number, extra in enumerate((
            {},
            {"user_id": shop.users["ben"], "team_id": shop.website_team},
            {"user_id": shop.users["ben"], "pool_id": 999, "lead_pool_channel": "ui"},
        )):  # fmt: skip
            answer = requests.post(
                f"{server.url}/website/form/crm.lead",
                data={"name": "Offer", "contact_name": "Wang Wei", "email_from": f"wang@w{number}.test",
                      "phone": f"+86 138 0013 800{number}", "description": "Call me", **extra},
                timeout=60,
            )  # fmt: skip
            check_waits_masked(shop, answer.json()["id"], "website")
    finally:
        server.stop()


def test_a_visitor_of_the_chat(shop):
    with shop.inside("ben") as env:
        channel = env["discuss.channel"].sudo().create(
            {"name": "Visitor", "channel_type": "livechat", "livechat_operator_id": env.user.partner_id.id,
             "channel_member_ids": [(0, 0, {"partner_id": env.user.partner_id.id})]}
        ).with_env(env)  # fmt: skip
        lead = channel._convert_visitor_to_lead(env.user.partner_id, "/lead Fleet of 20")
    check_waits_masked(shop, lead.id, "livechat")


def test_an_answer_to_a_survey(shop):
    """The survey's own choice, its team's leader, is not kept."""
    with shop.inside() as env:
        survey = env["survey.survey"].create(
            {"title": "Fair", "team_id": shop.website_team, "access_mode": "public",
             "question_and_page_ids": [(0, 0, {
                 "title": "Interested?", "question_type": "simple_choice",
                 "suggested_answer_ids": [(0, 0, {"value": "Yes", "generate_lead": True}), (0, 0, {"value": "No"})]})]}
        )  # fmt: skip
        question = survey.question_ids
        answer = env["survey.user_input"].create({"survey_id": survey.id, "email": "visitor@example.com"})
        env["survey.user_input.line"].create(
            {"user_input_id": answer.id, "question_id": question.id, "answer_type": "suggestion",
             "suggested_answer_id": question.suggested_answer_ids[0].id}
        )  # fmt: skip
    with shop.inside() as env:
        visitor = env.ref("base.public_user")
        mine = env["survey.user_input"].with_user(visitor).sudo().browse(answer.id)
        mine._mark_done()
        lead = mine.lead_id
    check_waits_masked(shop, lead.id, "survey")


def test_a_registration_for_an_event(shop):
    """A rule without a salesperson has its leads wait; one with a salesperson means him."""
    with shop.inside() as env:
        tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
        event = env["event.event"].create(
            {"name": "Open Day", "date_begin": tomorrow, "date_end": tomorrow + datetime.timedelta(hours=4)}
        )
        rule = env["event.lead.rule"].create(
            {"name": "Attendees", "lead_creation_basis": "attendee", "lead_creation_trigger": "create",
             "event_id": event.id}
        )  # fmt: skip

    def register():
        with shop.inside() as env:
            visitor = env["event.registration"].with_user(env.ref("base.public_user")).sudo()
            who = visitor.create({"event_id": event.id, "name": "Li Na", "email": "li@example.com"})
            return who.lead_ids.id

    check_waits_masked(shop, register(), "event")
    with shop.inside() as env:
        env["event.lead.rule"].browse(rule.id).lead_user_id = shop.users["ben"]
    lead = register()
    with shop.inside() as env:
        assert env["crm.lead"].browse(lead).user_id.id == shop.users["ben"]


def test_a_mass_mail_to_leads(shop):
    """Odoo writes to leads, those in pools as well, and a waiting one waits on."""
    [(_entry, lead)] = shop.leads("Inbound", 1, email_from="someone@example.com")
    with shop.inside() as env:
        mailing = env["mailing.mailing"].create(
            {"subject": "News", "body_html": "<p>Hello</p>", "mailing_model_id": env["ir.model"]._get_id("crm.lead"),
             "mailing_domain": f"[('id', '=', {lead})]"}
        )  # fmt: skip
        assert mailing._get_remaining_recipients() == [lead]
        mailing.action_put_in_queue()
        mailing._process_mass_mailing_queue()
        assert env["crm.lead"].browse(lead).pool_state == "waiting"


@contextlib.contextmanager
def automation(shop, trigger, code, fields=("user_id",), **values):
    """A rule on leads, as long as the block lasts."""
    with shop.inside() as env:
        names = env["ir.model.fields"].search([("model", "=", "crm.lead"), ("name", "in", fields)])
        rule = env["base.automation"].create(
            {"name": "Rule", "model_id": env["ir.model"]._get_id("crm.lead"), "trigger": trigger,
             "trigger_field_ids": [(6, 0, names.ids)] if trigger.endswith("write") else False,
             "action_server_ids": [(0, 0, {"name": "Rule", "model_id": env["ir.model"]._get_id("crm.lead"),
                                           "usage": "base_automation", "state": "code", "code": code})], **values}
        )  # fmt: skip
    try:
        yield
    finally:
        with shop.inside() as env:
            env["base.automation"].browse(rule.id).unlink()


def claim(shop, name, pairs):
    with shop.inside(name) as env:
        return env["lead.pool.entry"].browse(entry for entry, _lead in pairs).action_claim()


def test_a_rule_that_watches_the_owner_sees_every_claim(shop):
    pairs = shop.leads("Inbound", 3)
    with automation(shop, "on_create_or_write", "record.write({'city': 'Seen ' + (record.user_id.name or '')})"):
        with shop.inside() as env:
            assert "Rule" in env["crm.lead"]._pool_write_obstacle()
        assert all(answer["done"] for answer in claim(shop, "ann", pairs))
        with shop.inside() as env:
            leads = env["crm.lead"].browse(lead for _entry, lead in pairs)
            assert set(leads.mapped("city")) == {"Seen near_ann"}
            assert set(leads.mapped("pool_state")) == {"held"}


def test_a_rule_on_the_stage_leaves_the_fast_way_alone_and_works(shop):
    pairs = shop.leads("Inbound", 1)
    with automation(shop, "on_create_or_write", "record.write({'city': record.stage_id.name})", ["stage_id"]):
        assert claim(shop, "ann", pairs)[0]["done"]
        with shop.inside("ann") as env:
            lead = env["crm.lead"].browse(pairs[0][1])
            stage = env["crm.stage"].search([("is_won", "=", False), ("id", "!=", lead.stage_id.id)], limit=1)
            lead.stage_id = stage
            assert (lead.city, lead.pool_state) == (stage.name, "held")


def test_a_rule_that_gives_each_claimed_lead_to_somebody_else_is_in_the_ledger(shop):
    """The claim is one event, what the rule does another; counters and holder follow the rule."""
    pairs = shop.leads("Inbound", 2)
    ann, ben = shop.users["ann"], shop.users["ben"]
    before = {name: shop.held(name, "Inbound")[0] for name in ("ann", "ben")}
    with automation(shop, "on_write", f"record.user_id.id == {ann} and record.write({{'user_id': {ben}}})"):
        assert all(answer["done"] for answer in claim(shop, "ann", pairs))
    with shop.inside() as env:
        for entry, lead in pairs:
            assert env["lead.pool.entry"].browse(entry).user_id.id == env["crm.lead"].browse(lead).user_id.id == ben
            events = env["lead.pool.event"].search([("lead_ref", "=", lead)], order="seq")
            assert events.mapped("kind") == ["entered", "claimed", "reassigned"]
    assert shop.held("ann", "Inbound") == (before["ann"],) * 2
    assert shop.held("ben", "Inbound") == (before["ben"] + 2,) * 2


def test_a_rule_that_makes_a_lead_has_it_routed(shop):
    pairs = shop.leads("Inbound", 1)
    with automation(
        shop, "on_write", "env['crm.lead'].sudo().create({'name': 'Cross-selling', 'user_id': False})", ["user_id"]
    ):
        assert claim(shop, "ann", pairs)[0]["done"]
    with shop.inside() as env:
        made = env["crm.lead"].search([("name", "=", "Cross-selling")])
        assert made.mapped("pool_state") == ["waiting"]


def test_a_rule_that_fails_for_one_lead(shop):
    pairs = shop.leads("Inbound", 3)
    bad = pairs[1][1]
    with automation(shop, "on_write", f"if record.id == {bad} and record.user_id: raise UserError('Not this one')"):
        answers = claim(shop, "ann", pairs)
    assert [answer["code"] for answer in answers] == [False, "blocked", False]
    assert "Not this one" in answers[1]["message"]


def test_who_is_on_leave_gets_nothing(shop):
    """An approved absence of Time Off; the other one gets all."""
    with shop.inside() as env:
        people = env["hr.employee"].create(
            [{"name": name, "user_id": shop.users[name], "tz": "UTC"} for name in ("ann", "ben")]
        )
        kind = env["hr.leave.type"].create(
            {"name": "Holiday", "requires_allocation": False, "leave_validation_type": "no_validation"}
        )
        day = datetime.date.today()
        leave = env["hr.leave"].create(
            {"employee_id": people[0].id, "holiday_status_id": kind.id,
             "request_date_from": day - datetime.timedelta(days=4), "request_date_to": day + datetime.timedelta(days=4)}
        )  # fmt: skip
        if leave.state != "validate":
            leave.action_approve()
        assert leave.state == "validate"
    pairs = shop.leads("Inbound", 4)
    with shop.inside() as env:
        pool = env["lead.pool"].browse(shop.pools["Inbound"])
        pool.strategy = "rotation"
        pool._distribute_next([])
        owners = {env["crm.lead"].browse(lead).user_id.id for _entry, lead in pairs}
        assert owners == {shop.users["ben"]}
        pool.strategy = "manual"


def leaves(shop, name, user_too):
    """An officer works through the departure of Employees, as its form's menu opens it."""
    with shop.inside() as env:
        officer = env["res.users"].browse(shop.users["officer"])
        officer.group_ids += env.ref("hr.group_hr_manager") + env.ref("base.group_erp_manager")
        employee = env["hr.employee"].create({"name": name, "user_id": shop.users[name]})
    with shop.inside("officer") as env:
        departure = env["hr.departure.wizard"].with_context(active_ids=employee.ids, employee_termination=True)
        departure.create({"remove_related_user": user_too}).action_register_departure()
    with shop.inside() as env:
        assert not env["hr.employee"].browse(employee.id).active
        user = env["res.users"].browse(shop.users[name])
        assert user.active != user_too
        [handover] = env["lead.pool.handover"].search([("user_id", "=", user.id)])
        while handover.job_id.state in ("waiting", "running"):
            handover.job_id._work()
        assert handover.state == "done"


@pytest.mark.parametrize("user_too", [True, False], ids=["with his user", "his user stays"])
def test_who_leaves_by_employees_leaves_no_lead(shop, user_too):
    """What he held waits in its pool, his own leads are his leader's; if his user stays he gets and claims no more."""
    name = "carl" if user_too else "dora"
    shop.hire("rep", name)
    if "officer" not in shop.users:
        shop.hire("outsider", "officer")
    with shop.inside() as env:
        env["lead.pool.member"].create({"pool_id": shop.pools["Inbound"], "user_id": shop.users[name]})
    pairs = shop.leads("Inbound", 3, holder=name)
    with shop.inside(name) as env:
        own = env["crm.lead"].create({"name": "Own", "user_id": env.uid, "team_id": shop.website_team}).id
    leaves(shop, name, user_too)
    with shop.inside() as env:
        left = env["crm.lead"].search([("user_id", "=", shop.users[name])])
        assert not left
        assert env["crm.lead"].browse(own).user_id.id == shop.users["leader"]
        assert set(env["crm.lead"].browse(lead for _entry, lead in pairs).mapped("pool_state")) == {"waiting"}
    if not user_too:
        assert {answer["code"] for answer in claim(shop, name, pairs)} == {"paused"}
    assert all(answer["done"] for answer in claim(shop, "ann", pairs))
