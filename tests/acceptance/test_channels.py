"""Leads that Odoo itself makes, each through its real way in: they wait in their pool, are nobody's, and the event
names the channel. And what visitors try in order to get more than that: ATK-49 to ATK-52, ATK-55, ATK-56."""

import itertools
import re
import time
from datetime import datetime, timedelta

import pytest
import requests
from shop import GLUE, check_waits, newest

SAID = {"name": "Offer", "description": "Call me"}
visitors = itertools.count(1)  # who was there before is known


# ── website ──────────────────────────────────────────────────────────────────────────────────────────────────────


def send(shop, data=None, by=requests, **arguments):
    """A form of the website, as the page sends it."""
    number = next(visitors)
    who = {"contact_name": f"Visitor {number}", "email_from": f"visitor.{number}@v{number}.test"}
    data = {**SAID, **who, **(data or {})}
    return by.post(f"{shop.server.url}/website/form/crm.lead", data=data, timeout=60, **arguments)


def test_the_glue_came_by_itself_and_its_own_tests_pass(shop):
    with shop.inside() as env:
        wanted = [("name", "in", GLUE), ("state", "=", "installed")]
        assert sorted(env["ir.module.module"].search(wanted).mapped("name")) == sorted(GLUE)
    assert re.search(r"0 failed, 0 error\(s\) of [1-9]\d* tests", shop.log)


def test_a_form_with_its_utm_and_language(shop):
    """Campaign, source and medium come from the visitor's cookies, as Odoo keeps them."""
    visitor = requests.Session()
    visitor.get(f"{shop.server.url}/contactus?utm_campaign=Spring&utm_source=Poster&utm_medium=Paper", timeout=60)
    answer = send(
        shop, by=visitor, files={"Plan": ("plan.txt", b"two halls")}, data={"Halls": "2", "contact_name": "Wang Wei"}
    )
    lead_id = answer.json()["id"]
    check_waits(shop, lead_id, "website", contact_name="Wang Wei")
    with shop.inside() as env:
        lead = env["crm.lead"].browse(lead_id)
        assert (lead.campaign_id.name, lead.source_id.name, lead.medium_id.name) == ("Spring", "Poster", "Paper")
        assert lead.lang_id.code == "en_US"
        assert "Call me" in lead.description
        assert "Halls : 2" in lead.description
        assert (
            env["ir.attachment"].search([("res_model", "=", "crm.lead"), ("res_id", "=", lead_id)]).raw == b"two halls"
        )


def tries(shop):
    """What a visitor adds to the form in order to decide more than he may."""
    ben, online = str(shop.users["ben"]), str(shop.pools["Online"])
    with shop.inside() as env:
        won = str(env["crm.stage"].search([("is_won", "=", True)], limit=1).id)
        lost = str(env["crm.lost.reason"].search([], limit=1).id)
    return [
        {"user_id": ben, "team_id": str(shop.teams["Online"])},
        {"user_id": ben, "pool_id": online, "lead_pool_channel": "ui", "context": f'{{"default_pool_id": {online}}}'},
        {"user_id[0]": ben, "vals[user_id]": ben, "record.user_id": ben, "team_id[]": ben, "&quot;user_id&quot;": ben},
        {"stage_id": won, "probability": "100", "won_status": "won", "date_closed": "2020-01-01 00:00:00"},
        {"active": "", "lost_reason_id": lost, "date_open": "2020-01-01", "create_date": "2020-01-01"},
        {"priority": "3", "company_id": "99", "type": "lead", "expected_revenue": "1e9", "tag_ids": "1,2"},
        {"campaign_id": "1", "source_id": "1", "medium_id": "1", "lead_group_id": "1", "partner_id": "3"},
        {"website_form_signature": "x", "lead_pool_signature": f"user_id={ben}:x"},
        {"website_form_signature": "x", "lead_pool_signature": f"user_id={ben}", "user_id": ben},
    ]  # fmt: skip


def open_to_forms(shop, *names):
    """As when a designer once put these fields into some form: Odoo then takes them from every form."""
    with shop.inside() as env:
        env["ir.model.fields"].formbuilder_whitelist("crm.lead", list(names))


def check_nothing_decided(shop, lead_id):
    check_waits(shop, lead_id, "website", priority="0", expected_revenue=0.0)
    with shop.inside() as env:
        lead = env["crm.lead"].browse(lead_id)
        assert not lead.stage_id.is_won
        assert not lead.campaign_id
        assert not lead.tag_ids
        assert lead.date_closed is False
        assert lead.create_date > datetime.now() - timedelta(hours=1)


def test_atk_49_a_visitor_decides_nothing(shop):
    """ATK-49: owner, team, pool, stage, end, dates, company and campaign are not his to say, not even where a
    designer once used the field in another form; nor is a file named after a field."""
    for extra in tries(shop):
        check_nothing_decided(shop, send(shop, extra).json()["id"])
    open_to_forms(shop, "pool_id", "stage_id", "priority", "active", "campaign_id", "date_closed", "expected_revenue")
    for extra in tries(shop):
        check_nothing_decided(shop, send(shop, extra).json()["id"])
    ben = shop.users["ben"]
    with shop.inside() as env:
        env.cr.execute("SELECT setval('ir_attachment_id_seq', GREATEST(nextval('ir_attachment_id_seq'), %s))", [ben])
    for name in ("user_id", "team_id[0][0]", "pool_id"):
        check_nothing_decided(shop, send(shop, files={name: ("x.txt", b"x")}).json()["id"])


def test_atk_52_whoever_is_logged_in_sends_as_a_visitor(shop):
    """ATK-52: a rep, a manager and a customer fill in the public form; and another site cannot send it for them."""
    for name in ("ben", "boss", "paula"):
        browser = shop.browser(shop.server, name)
        page = browser.get("/contactus").text
        token = re.search(r'csrf_token: "([^"]+)"', page)[1]
        mine = {"user_id": str(shop.users[name]), "csrf_token": token}
        answer = send(shop, mine, by=browser.session)
        check_nothing_decided(shop, answer.json()["id"])
        before = newest(shop)
        assert send(shop, {"user_id": str(shop.users[name])}, by=browser.session).status_code == 400
        assert newest(shop) == before


def page_with_form(shop, url, **hidden):
    inputs = "".join(f'<input type="hidden" name="{name}" value="{value}"/>' for name, value in hidden.items())
    with shop.inside() as env:
        view = env["ir.ui.view"].create(
            {
                "name": url,
                "type": "qweb",
                "key": f"website.{url}",
                "arch": f"""<t t-name="website.{url}"><t t-call="website.layout"><section class="s_website_form">
                    <form action="/website/form/" method="post" data-model_name="crm.lead"><div class="rows">
                    <input type="text" name="contact_name" class="s_website_form_input"/>{inputs}</div></form></section>
                    </t></t>""",
            }
        )
        env["website.page"].create({"url": f"/{url}", "view_id": view.id, "is_published": True})
    page = requests.get(f"{shop.server.url}/{url}", timeout=60).text
    return dict(re.findall(r'<input[^>]* name="(lead_pool_\w+)" value="([^"]*)"', page)), page


def test_the_forms_own_team_means_its_pool(shop):
    """The designer fixed it; the page's signature says so, for this team alone."""
    online, website = str(shop.teams["Online"]), str(shop.website_team)
    signed, page = page_with_form(shop, "online", team_id=online)
    assert "lead_pool_homepage" in page
    signed = {name: value.replace("&amp;", "&") for name, value in signed.items()}
    check_waits(shop, send(shop, {**signed, "team_id": online}).json()["id"], "website", pool="Online")
    check_waits(shop, send(shop, {**signed, "team_id": str(shop.teams["Help"])}).json()["id"], "website")
    check_waits(shop, send(shop, {"team_id": online}).json()["id"], "website")
    signed, _page = page_with_form(shop, "poolless", team_id=website)
    check_waits(shop, send(shop, {**signed, "team_id": website}).json()["id"], "website")


@pytest.fixture
def website(shop):
    """Change the guard of the website for a test."""

    def change(**values):
        with shop.inside() as env:
            env["website"].search([]).write({f"lead_pool_{name}": value for name, value in values.items()})

    yield change
    change(honeypot=True, form_seconds=0, forms_per_minute=0)


def test_atk_50_robots_meet_a_bait_a_clock_and_a_limit(shop, website):
    """ATK-50: what fills in the hidden field is thanked and makes nothing; too fast, twice, or too many: a sentence."""
    before = newest(shop)
    assert send(shop, {"lead_pool_homepage": "http://spam.example"}).json()["id"] > before
    assert newest(shop) == before
    website(form_seconds=1)
    answer = requests.post(f"{shop.server.url}/lead_pool/website/stamp", json={"params": {}}, timeout=60)
    stamp = answer.json()["result"]
    late = "This page is out of date. Please reload it and send the form again."
    assert send(shop).json() == {"error": late}
    assert send(shop, {"lead_pool_stamp": stamp + "0"}).json() == {"error": late}
    assert newest(shop) == before
    time.sleep(2)
    check_waits(shop, send(shop, {"lead_pool_stamp": stamp}).json()["id"], "website")
    assert send(shop, {"lead_pool_stamp": stamp}).json() == {"error": late}
    website(form_seconds=0, forms_per_minute=2)
    answers = [send(shop).json() for _form in range(6)]  # perhaps over two minutes
    assert 2 <= len([answer for answer in answers if "id" in answer]) <= 4
    assert "wait a minute" in answers[-1].get("error", "wait a minute")


# ── mail ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def mail(shop, text, to="office@elsewhere.test", **headers):
    """A raw mail into the gateway, as the server fetches it; the lead that it made or went to."""
    number = next(visitors)
    lines = {
        "From": f"Writer {number} <writer@v{number}.test>",
        "To": to,
        "Subject": "Offer",
        "Message-ID": f"<{number}.{time.time()}@customer.test>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    raw = "\r\n".join([*(f"{name}: {value}" for name, value in lines.items()), "", text])
    with shop.inside() as env:
        return env["mail.thread"].message_process("crm.lead", raw.encode())


def test_atk_56_a_mail_and_what_its_headers_try(shop):
    """ATK-56: no owner, no other addressee, no second line in a name, which a form could send as well."""
    lead_id = mail(shop, "Call me", From="Li Lei <lilei@customer.test>")
    check_waits(shop, lead_id, "mail", email_from='"Li Lei" <lilei@customer.test>')
    crlf = "=?utf-8?q?Offer=0D=0ABcc:_spy@evil.test=0D=0AX-Odoo-User:_2?="
    lead_id = mail(shop, "Call me", From="li@customer.test, zhou@customer.test", Subject=crlf, Cc="a@b.test, c@d.test",
                   X_Odoo_Objects="crm.lead-1", Priority="urgent")  # fmt: skip
    check_waits(shop, lead_id, "mail")
    sent = send(shop, {"name": "Offer\r\nBcc: spy@evil.test"}).json()
    with shop.inside() as env:
        lead = env["crm.lead"].browse(lead_id)
        assert "\n" not in lead.name
        assert "\r" not in lead.name
        assert not env["mail.mail"].search([("email_to", "ilike", "evil.test")])
        assert env["crm.lead"].browse(sent["id"]).name == "Offer Bcc: spy@evil.test"
        assert not env["res.partner"].search([("email", "ilike", "evil.test")]).filtered("user_ids")


def test_the_address_of_a_team(shop):
    """Its alias names the team, and an entry condition may ask for it; the leader gets nothing."""
    with shop.inside() as env:
        domain = env["mail.alias.domain"].search([], limit=1) or env["mail.alias.domain"].create({"name": "shop.test"})
        team = env["crm.team"].browse(shop.teams["Help"])
        team.write({"alias_name": "help", "use_opportunities": True})
        team.alias_id.alias_domain_id = domain
        to = f"help@{domain.name}"
    check_waits(shop, mail(shop, "Call me", to=to), "mail", pool="Help")


def test_the_customers_answer_goes_to_who_holds_the_lead_now(shop):
    wu = "Wu <wu@hall.test>"
    lead_id = mail(shop, "Call me", Subject="Hall", From=wu)
    with shop.inside() as env:
        entry = env["crm.lead"].browse(lead_id).pool_entry_ids.id
    with shop.inside("ben") as env:
        assert env["lead.pool.entry"].browse(entry).action_claim()[0]["done"]
        letter = (
            env["crm.lead"]
            .browse(lead_id)
            .message_post(body="Which size?", message_type="comment", subtype_xmlid="mail.mt_comment")
        )
        reply_to = letter.message_id
    with shop.inside("boss") as env:
        assert env["lead.pool.entry"].browse(entry).action_assign(shop.users["ann"])[0]["done"]
    assert mail(shop, "Two halls", Subject="Re: Hall", From=wu, In_Reply_To=reply_to) == lead_id
    with shop.inside() as env:
        lead = env["crm.lead"].browse(lead_id)
        assert lead.user_id.id == shop.users["ann"]
        told = lead.message_ids.filtered(lambda message: "Two halls" in (message.body or "")).notified_partner_ids
        users = env["res.users"].browse([shop.users["ann"], shop.users["ben"]]).partner_id
        assert told & users == users[0]


# ── chat ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def chat_channel(env, **values):
    """A visitor's conversation with the operator, as the website opens it."""
    visitor = env["website.visitor"].sudo().create({"access_token": f"{time.time():.6f}".ljust(32, "0")[:32]})
    return env["discuss.channel"].sudo().create(
        {"name": "Visitor", "channel_type": "livechat", "livechat_operator_id": env.user.partner_id.id,
         "livechat_visitor_id": visitor.id, "channel_member_ids": [(0, 0, {"partner_id": env.user.partner_id.id})],
         **values}
    )  # fmt: skip


def test_the_operators_command(shop):
    """/lead by a rep, who then sees a number where Odoo shows the name; by somebody who may make no leads, nothing."""
    with shop.inside("ben") as env:
        channel = chat_channel(env)
    browser = shop.browser(shop.server, "ben")
    path = "/web/dataset/call_kw/discuss.channel/execute_command_lead"
    command = {"model": "discuss.channel", "method": "execute_command_lead", "args": [[channel.id]]}
    answer = browser.json(path, {**command, "kwargs": {"body": "/lead Fleet of 20"}})
    assert "error" not in answer
    lead_id = newest(shop)
    check_waits(shop, lead_id, "livechat", name="Fleet of 20")
    with shop.inside() as env:
        lead = env["crm.lead"].browse(lead_id)
        assert (lead.origin_channel_id.id, lead.source_id.name) == (channel.id, "Livechat")
    paula = shop.browser(shop.server, "paula")
    assert "error" in paula.json(path, {**command, "kwargs": {"body": "/lead Mine"}})
    assert newest(shop) == lead_id


def talk_to_bot(shop, step_type, email):
    """A visitor tells a chatbot his mail. The step's team has a leader, and an operator is there for the chat."""
    with shop.inside() as env:
        ben = env["res.users"].browse(shop.users["ben"])
        room = env["im_livechat.channel"].create({"name": "Web", "user_ids": [(6, 0, ben.ids)]})
        team = env["crm.team"].create(
            {"name": "Chat", "user_id": shop.leader.id, "member_ids": [(6, 0, ben.ids)], "assignment_domain": "[]"}
        )
        team.crm_team_member_ids.assignment_max = 3000
        env["mail.presence"]._update_presence(ben)
        script = env["chatbot.script"].create({"title": f"Bot {email}", "script_step_ids": [
            (0, 0, {"step_type": "question_email", "message": "Your mail?", "sequence": 1}),
            (0, 0, {"step_type": step_type, "message": "Thanks", "sequence": 2, "crm_team_id": team.id}),
        ]})  # fmt: skip
        room.rule_ids = [(0, 0, {"action": "auto_popup", "regex_url": "/", "chatbot_script_id": script.id})]
    visitor = requests.Session()

    def call(path, **params):
        answer = visitor.post(f"{shop.server.url}{path}", json={"jsonrpc": "2.0", "params": params}, timeout=60).json()
        assert "error" not in answer, answer["error"]["data"]["debug"]
        return answer.get("result")

    channel = call("/im_livechat/get_session", channel_id=room.id, chatbot_script_id=script.id, persisted=True)
    said = {"body": email, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
    call("/mail/message/post", thread_model="discuss.channel", thread_id=channel["channel_id"], post_data=said)
    call("/chatbot/step/trigger", channel_id=channel["channel_id"], chatbot_script_id=script.id)
    return channel["channel_id"], script.id


@pytest.mark.parametrize("step_type", ["create_lead", "create_lead_and_forward"])
def test_the_chatbot(shop, step_type):
    """Neither the team's leader nor the operator to whom it forwards gets the lead."""
    channel, script = talk_to_bot(shop, step_type, f"{step_type}@chat.test")
    with shop.inside() as env:
        [lead] = env["crm.lead"].search([("origin_channel_id", "=", channel)])
        assert lead.email_from == f"{step_type}@chat.test"
        assert lead.source_id == env["chatbot.script"].browse(script).source_id
        forwarded = lead.origin_channel_id.livechat_operator_id == env["res.users"].browse(shop.users["ben"]).partner_id
        assert forwarded == (step_type == "create_lead_and_forward")
    check_waits(shop, lead.id, "livechat")


# ── once more ────────────────────────────────────────────────────────────────────────────────────────────────────


def known(shop, email, holder="ann"):
    """Somebody whom we know, in Ann's hands: the lead, and a look at what must not change."""
    [(_entry, lead_id)] = shop.leads("Inbound", 1, holder=holder, email_from=email, description="<p>First words</p>")

    def look(env):
        lead = env["crm.lead"].browse(lead_id)
        return (lead.user_id.id, lead.team_id.id, lead.pool_state, lead.description, lead.email_from, lead.name)

    return lead_id, look


def test_atk_51_who_writes_a_known_name_into_a_form_learns_nothing(shop):
    """ATK-51: the answer of a stranger, a number of no lead; message and file reach who has the lead."""
    lead_id, look = known(shop, "zhao@known.test")
    with shop.inside() as env:
        before = look(env)
    stranger = send(shop)
    again = send(shop, {"email_from": "zhao@known.test", "Halls": "7"}, files={"Plan": ("p.txt", b"seven halls")})
    assert (again.status_code, again.headers["Content-Type"], list(again.json())) == (
        stranger.status_code, stranger.headers["Content-Type"], ["id"],
    )  # fmt: skip
    assert again.json()["id"] > stranger.json()["id"]
    with shop.inside() as env:
        assert not env["crm.lead"].with_context(active_test=False).search([("id", ">", stranger.json()["id"])])
        assert look(env) == before
        [inquiry] = env["lead.pool.inquiry"].search([("lead_id", "=", lead_id)])
        assert inquiry.channel == "website"
        assert "Call me" in inquiry.message
        assert "Halls : 7" in inquiry.message
        file = env["ir.attachment"].search([("res_model", "=", "crm.lead"), ("res_id", "=", lead_id)])
        assert file.raw == b"seven halls"


def test_a_mail_of_somebody_known_goes_to_his_lead(shop):
    lead_id, look = known(shop, "qian@known.test")
    with shop.inside() as env:
        before = look(env)
    answer = mail(shop, "Ten more, please", From="Qian <qian@known.test>", Subject="Once more")
    assert answer == lead_id
    with shop.inside() as env:
        assert look(env) == before
        lead = env["crm.lead"].browse(lead_id)
        assert env["lead.pool.inquiry"].search([("lead_id", "=", lead_id)]).channel == "mail"
        [message] = lead.message_ids.filtered(lambda message: message.message_type == "email")
        assert "Ten more, please" in message.body


def test_a_chat_keeps_its_operator_where_the_channel_says_so(shop):
    """Ben gets the lead of a new visitor, not that of one whom Ann has."""
    with shop.inside() as env:
        env.ref("lead_pool.lead_pool_channel_livechat").keep_owner = True
    try:
        _lead_id, look = known(shop, "li@known.test")
        talk_to_bot(shop, "create_lead_and_forward", "li@known.test")
        channel, _script = talk_to_bot(shop, "create_lead_and_forward", "new@chat.test")
        with shop.inside() as env:
            assert look(env)[0] == shop.users["ann"]
            assert env["crm.lead"].search([("origin_channel_id", "=", channel)]).user_id.id == shop.users["ben"]
    finally:
        with shop.inside() as env:
            env.ref("lead_pool.lead_pool_channel_livechat").keep_owner = False


def test_a_chat_of_somebody_known_gives_his_lead_to_nobody_else(shop):
    """The bot forwards the chat to Ben; the lead stays Ann's."""
    lead_id, look = known(shop, "sun@known.test")
    with shop.inside() as env:
        before = look(env)
    channel, _script = talk_to_bot(shop, "create_lead_and_forward", "sun@known.test")
    with shop.inside() as env:
        assert look(env) == before
        assert not env["crm.lead"].search([("origin_channel_id", "=", channel)])
        assert env["lead.pool.inquiry"].search([("lead_id", "=", lead_id)]).channel == "livechat"


def test_atk_55_scripts_in_a_form_and_a_mail(shop):
    """ATK-55: what is no text is shown as text, or is gone."""
    script = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    for lead_id in (
        send(shop, {"name": script, "description": script, "Halls": script}).json()["id"],
        mail(shop, script, Subject=script, Content_Type="text/html; charset=utf-8"),
    ):
        with shop.inside() as env:
            lead = env["crm.lead"].browse(lead_id)
            assert lead.name == script  # plain text, which Odoo escapes where it shows it
            pages = "".join([lead.description or "", *lead.message_ids.mapped("body")])
            assert "<script" not in pages
            assert not re.search("<[^>]*onerror", pages)


# ── survey, event, programs ──────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_to_a_survey(shop):
    """Over the survey's own pages; the survey would give the lead to its team's leader."""
    with shop.inside() as env:
        survey = env["survey.survey"].create(
            {"title": "Fair", "team_id": shop.website_team, "access_mode": "public", "questions_layout": "one_page",
             "question_and_page_ids": [(0, 0, {
                 "title": "Interested?", "question_type": "simple_choice",
                 "suggested_answer_ids": [(0, 0, {"value": "Yes", "generate_lead": True}), (0, 0, {"value": "No"})]})]}
        )  # fmt: skip
        question, yes = survey.question_ids.id, survey.question_ids.suggested_answer_ids[0].id
        token = survey.access_token
    visitor = requests.Session()
    page = visitor.get(f"{shop.server.url}/survey/start/{token}", timeout=60)
    answer_token = re.search(rf"/survey/{token}/([\w-]+)", page.url)[1]
    for step, said in (("begin", {}), ("submit", {str(question): str(yes)})):
        answer = visitor.post(f"{shop.server.url}/survey/{step}/{token}/{answer_token}", timeout=60,
                              json={"jsonrpc": "2.0", "params": {**said, "csrf_token": ""}})  # fmt: skip
        assert "error" not in answer.json()
    with shop.inside() as env:
        lead = env["survey.user_input"].search([("access_token", "=", answer_token)]).lead_id
        assert (lead.origin_survey_id.title, lead.medium_id.name, lead.source_id.name) == ("Fair", "Survey", "Fair")
    check_waits(shop, lead.id, "survey")


def test_a_registration_for_an_event(shop):
    """A rule without a salesperson has its leads wait; one with a salesperson means him, and this is kept."""
    with shop.inside() as env:
        tomorrow = datetime.now() + timedelta(days=1)
        event = env["event.event"].create(
            {"name": "Open Day", "date_begin": tomorrow, "date_end": tomorrow + timedelta(hours=4)}
        )
        rule = env["event.lead.rule"].create(
            {"name": "Attendees", "lead_creation_basis": "attendee", "lead_creation_trigger": "create",
             "event_id": event.id}
        )  # fmt: skip
        campaign = env["utm.campaign"].create({"name": "Open Day"}).id

    def register(name):
        with shop.inside() as env:
            visitor = env["event.registration"].with_user(env.ref("base.public_user")).sudo()
            who = visitor.create({"event_id": event.id, "name": name, "email": f"{name}@example.com",
                                  "utm_campaign_id": campaign})  # fmt: skip
            return who.lead_ids.id

    lead_id = register("lina")
    check_waits(shop, lead_id, "event")
    with shop.inside() as env:
        assert env["crm.lead"].browse(lead_id).campaign_id.id == campaign
        env["event.lead.rule"].browse(rule.id).lead_user_id = shop.users["ben"]
    with shop.inside() as env:
        assert env["crm.lead"].browse(register("luo")).user_id.id == shop.users["ben"]


def test_lead_mining_keeps_whom_its_request_names(shop):
    """What the service answers is made into leads by the request's own code; nothing is bought here."""
    with shop.inside("boss") as env:
        request = env["crm.iap.lead.mining.request"].create(
            {"user_id": shop.users["ben"], "team_id": shop.website_team, "lead_type": "opportunity"}
        )
        company = {"company_data": {"name": "Mined Ltd", "duns": "d-1", "domain": "mined.test", "country_code": "CN"}}
        request.sudo()._create_leads_from_response([{**company, **company["company_data"]}])
    with shop.inside() as env:
        lead = env["crm.lead"].search([("reveal_id", "=", "d-1")])
        assert lead.user_id.id == shop.users["ben"]


def test_a_visitor_whose_company_was_found_out_keeps_whom_the_rule_names(shop):
    """What the service answers about an address is made into a lead by the rule's own code; nothing is bought here."""
    with shop.inside() as env:
        rule = env["crm.reveal.rule"].create({"name": "Visitors", "team_id": shop.website_team})

    def found_out(number):
        with shop.inside() as env:
            mine = env["crm.reveal.rule"].browse(rule.id)
            about = {"clearbit_id": f"c-{number}", "name": f"Seen {number} Ltd", "country_code": "CN"}
            answer = {"rule_id": rule.id, "clearbit_id": f"c-{number}", "ip": "192.0.2.7", "credit": 1}
            return mine._create_lead_from_response({**answer, "reveal_data": about}).id

    check_waits(shop, found_out(1), "integration", partner_name="Seen 1 Ltd")
    with shop.inside() as env:
        env["crm.reveal.rule"].browse(rule.id).user_id = shop.users["ben"]
    lead_id = found_out(2)
    with shop.inside() as env:
        assert env["crm.lead"].browse(lead_id).user_id.id == shop.users["ben"]


def test_a_mail_that_a_rep_reads_in_outlook_is_his_own_lead(shop):
    with shop.inside("ann") as env:
        tomorrow = datetime.now() + timedelta(days=1)
        key = env["res.users.apikeys"]._generate("odoo.plugin.outlook", "Outlook", tomorrow)
        writer = env["res.partner"].sudo().create({"name": "Writer", "email": "writer@plugin.test"}).id
    mail = {"partner_id": writer, "email_subject": "Your offer", "email_body": "<p>Please call me</p>"}
    answer = requests.post(
        f"{shop.server.url}/mail_plugin/lead/create",
        headers={"Authorization": f"Bearer {key}"},
        json={"jsonrpc": "2.0", "params": mail},
        timeout=60,
    )
    lead_id = answer.json()["result"]["lead_id"]
    with shop.inside("ann") as env:
        lead = env["crm.lead"].browse(lead_id)
        assert (lead.user_id, lead.partner_id.id, lead.email_from) == (env.user, writer, "writer@plugin.test")


def test_a_program_over_json_2(shop):
    """A program's leads are nobody's, even where its user could sell; what it names is kept."""
    shop.hire("rep", "robot")
    with shop.inside() as env:
        env["res.users"].browse(shop.users["robot"]).group_ids = [(4, env.ref("lead_pool.group_integration").id)]
        campaign = env["utm.campaign"].create({"name": "Program"}).id
    values = {"name": "From a program", "campaign_id": campaign}
    [lead_id] = shop.server.call("crm.lead", "create", login=shop.login("robot"), vals_list=[values])
    check_waits(shop, lead_id, "integration", name="From a program")
    with shop.inside() as env:
        assert env["crm.lead"].browse(lead_id).campaign_id.id == campaign
