"""Leads that Odoo itself makes, each through its real way in: they wait in their pool, are nobody's, and the event
names the channel. And what senders try in order to get more than that: ATK-55, ATK-56. Forms of the website:
test_website_forms.py."""

import re
import time
from datetime import datetime, timedelta

import pytest
import requests
from shop import GLUE, check_waits, known, mail, newest, send


def test_the_glue_came_by_itself_and_its_own_tests_pass(shop):
    with shop.inside() as env:
        wanted = [("name", "in", GLUE), ("state", "=", "installed")]
        assert sorted(env["ir.module.module"].search(wanted).mapped("name")) == sorted(GLUE)
    assert re.search(r"0 failed, 0 error\(s\) of [1-9]\d* tests", shop.log)


# ── mail ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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
