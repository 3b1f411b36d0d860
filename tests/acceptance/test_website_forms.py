"""Forms of the website: leads that wait in their pool and are nobody's, and an event that names the channel. And what
visitors try in order to get more than that: ATK-49 to ATK-52."""

import re
import time
from datetime import datetime, timedelta

import pytest
import requests
from shop import check_waits, known, newest, send


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
