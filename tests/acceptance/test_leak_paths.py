"""Side ways to what waits in a masked pool, one by one: ATK-29 to ATK-48, as far as test_leaks.py does not go them."""

import copy
import json
import re

import pytest
import requests
from canaries import Crawler
from sea import PHONE, READERS, SECRETS, VALUES, WORD, sea_at
from town import refused, town_at


@pytest.fixture(scope="module")
def town(odoo_server):
    return town_at(odoo_server)


@pytest.fixture(scope="module")
def sea(odoo_server):
    return sea_at(odoo_server)


@pytest.mark.parametrize("name", ["otto", "carl", "ida", "marla", "paula"])
def test_who_has_no_place_in_the_pool_finds_every_door_closed(sea, name):
    """A rep and the admin of another pool, who sells nothing, marketing that did not make the lead, a customer."""
    crawler = Crawler(sea, name)
    crawler.doors()
    assert crawler.leaks() == []


def test_who_is_not_logged_in_gets_nothing(sea):
    crawler = Crawler(sea, "mia")
    crawler.browser = copy.copy(crawler.browser)
    crawler.browser.session = requests.Session()
    for lead in sea.leads_ids:
        crawler.page(f"/json/1/crm.lead/{lead}")
        crawler.page(f"/mail/view?model=crm.lead&res_id={lead}")
        crawler.page(f"/web/content/crm.lead/{lead}/name")
        crawler.route("/mail/thread/messages", thread_model="crm.lead", thread_id=lead)
        for verb in ("action_claim", "action_open_card"):
            crawler.rpc("lead.pool.entry", verb, sea.records["lead.pool.entry"])
    crawler.downloads()
    for path in ("policy/1", "import_template", "custom_fields/export?model=crm.lead&ids=1", "report/rep_status.xlsx"):
        answer = crawler.page(f"/lead_pool/{path}", allow_redirects=False)
        assert answer.status_code == 303 and "/web/login" in answer.headers["Location"], path
    assert crawler.leaks() == []


@pytest.mark.parametrize("name", ["mia", "sam"])
def test_atk_30_atk_31_no_order_and_no_group_follows_hidden_values(sea, name):
    """Sorted by their mail, leads would tell it by halving; grouped through another record, at once."""
    crawler = Crawler(sea, name)
    for field in ("email_from", "phone", "name", "partner_name", "contact_name"):
        for direction in ("asc", "desc"):
            found = crawler.rpc("crm.lead", "search_read", [], ["id"], order=f"{field} {direction}")
            assert found and not {row["id"] for row in found} & set(sea.leads_ids)
    paths = [(model, name) for (model, name), relation in sea.to_lead.items() if relation == "crm.lead"]
    assert ("lead.pool.entry", "lead_id") in paths and ("sale.order", "opportunity_id") in paths
    for model, relation in paths:
        path = f"{relation}.phone"
        crawler.rpc(model, "formatted_read_group", [], [path, f"{relation}.name"], ["__count"])
        crawler.rpc(model, "web_read_group", [], [path], ["__count"])
        crawler.rpc(model, "formatted_read_group", [], [], [f"{path}:max", f"{relation}:array_agg"])
        assert crawler.rpc(model, "search", [], order=path) is None, f"{model} is sorted by {path}"
        everything = [[relation, "any!", [["phone", "ilike", PHONE[:6]]]]]
        assert crawler.rpc(model, "search_count", everything) is None, f"{model}: “any!” from outside"
    assert crawler.leaks() == []


def test_atk_32_a_name_finds_and_makes_no_more_than_ones_own(sea):
    crawler = Crawler(sea, "mia")
    for text in (WORD, WORD[:4], PHONE[-4:], f"Lead #{sea.never}", str(sea.never), ""):
        for operator in ("ilike", "=", "=like", "not ilike"):
            found = crawler.rpc("crm.lead", "name_search", text, [["id", "in", sea.leads_ids]], operator)
            assert not found
    [number, _name] = crawler.rpc("crm.lead", "name_create", "Something else")
    assert crawler.rpc("crm.lead", "read", [number], ["user_id"])[0]["user_id"][0] == sea.users["mia"]
    assert crawler.leaks() == []
    with sea.inside() as env:
        env["crm.lead"].browse(number).unlink()


def test_atk_37_nobody_makes_himself_or_others_follow_a_hidden_lead(sea):
    def followers():
        with sea.inside() as env:
            return env["crm.lead"].browse(sea.leads_ids).message_follower_ids.mapped("partner_id.id")

    before = followers()
    with sea.inside() as env:
        partners = {name: env["res.users"].browse(user).partner_id.id for name, user in sea.users.items()}
    for name in ("mia", "fred", "carl", "ida", "paula", "boss"):  # the admin may, but only who reads it follows it
        crawler = Crawler(sea, name)
        others = [partners["mia"], partners["fred"], partners["paula"] if name != "boss" else partners["carl"]]
        for lead in sea.leads_ids:
            crawler.rpc("crm.lead", "message_subscribe", [lead], others)
            crawler.route("/mail/thread/subscribe", res_model="crm.lead", res_id=lead, partner_ids=others)
            row = {"res_model": "crm.lead", "res_id": lead, "partner_id": partners["mia"]}
            if name != "boss":
                crawler.rpc("mail.followers", "create", [row])
    assert set(followers()) - {partners["boss"]} == set(before) - {partners["boss"]}


def test_atk_40_a_guessed_channel_tells_nothing(sea):
    """Members hear of the cards of their pools, by numbers; nobody else hears anything."""
    names = [f"lead.pool_{sea.pools['Sea']}", f"('{sea.dbname}', 'lead.pool', {sea.pools['Sea']})", "lead.pool"]
    names += [f"crm.lead_{sea.never}", f"('{sea.dbname}', 'crm.lead', {sea.never})"]
    with sea.inside() as env:
        env.cr.execute("SELECT max(id) FROM bus_bus")
        [last] = env.cr.fetchone()
    sea.leads("Sea", 1, name=f"{WORD} card")  # a new one on the board
    heard = {}
    for name in ("mia", "otto", "carl", "ida", "paula"):
        crawler = Crawler(sea, name)
        params = {"channels": names, "last": last, "is_first_poll": True}
        answer = crawler.browser.json("/websocket/peek_notifications", params)
        crawler.answers.append(("peek", str(answer).encode()))
        messages = [row["message"] for row in answer.get("result", {}).get("notifications", ())]
        heard[name] = [message for message in messages if message["type"].startswith("lead_pool/")]
        assert crawler.leaks() == []
    assert heard.pop("mia")
    assert not any(heard.values()), heard


def test_atk_41_a_digest_counts_and_tells_what_its_reader_may_read(sea):
    """The mail that Odoo sends of the day's new and won leads, and its figures by RPC."""
    names = (*READERS, "boss")
    with sea.inside() as env:
        here = env.company.id  # a digest counts the leads of its company only
    sea.leads("Sea", 2, **VALUES, company_id=here)
    sea.leads("Sea", 1, holder="mia", company_id=here)
    with sea.inside() as env:
        # a digest leaves out what came in the second in which it is made
        env.cr.execute("UPDATE crm_lead SET create_date = create_date - interval '1 minute'")
        figures = {name: True for name in env["digest.digest"]._fields if re.fullmatch(r"kpi_crm\w+[^e]", name)}
        digest = env["digest.digest"].create({"name": "The day", "periodicity": "daily", **figures})
        counted, readable = {}, {}
        for name in names:
            user = env["res.users"].browse(sea.users[name])
            digest.with_context(lang="en_US")._action_send_to_user(user)
            kpis = {kpi["kpi_name"]: kpi["kpi_col1"]["value"] for kpi in digest._compute_kpis(env.company, user)}
            counted[name] = int(kpis["kpi_crm_lead_created"])
            readable[name] = env["crm.lead"].with_user(user).search_count([("company_id", "=", here)])
        of_all = env["crm.lead"].search_count([("company_id", "=", here)])
        bodies = env["mail.mail"].search([("subject", "like", "The day")]).mapped("body_html")
    assert len(bodies) == len(names)
    assert not [secret for secret in SECRETS if secret in "".join(bodies).lower()]
    assert counted == readable
    assert counted["boss"] >= 3
    assert all(1 <= counted[name] <= of_all - 2 for name in ("mia", "sam"))
    crawler = Crawler(sea, "mia")
    values = [f"{name}_value" for name in figures]
    assert crawler.rpc("digest.digest", "read", digest.ids, values)
    assert crawler.leaks() == []


def test_atk_41_a_dashboard_asks_as_who_looks_at_it(sea):
    """A dashboard on leads, open to everybody: its list, its pivot, what is behind a figure, a shared copy of it."""
    with sea.inside() as env:
        dashboard = env["spreadsheet.dashboard"].create(
            {
                "name": "Leads",
                "dashboard_group_id": env["spreadsheet.dashboard.group"].search([], limit=1).id,
                "group_ids": [(6, 0, env.ref("base.group_user").ids)],
                "spreadsheet_data": json.dumps({"lists": {"1": {"model": "crm.lead", "columns": list(VALUES)}}}),
                "is_published": True,
            }
        )
    here = [["id", "in", sea.leads_ids]]

    def looks(name):
        crawler = Crawler(sea, name)
        assert crawler.page(f"/spreadsheet/dashboard/data/{dashboard.id}").status_code == 200
        crawler.rpc("crm.lead", "web_search_read", here, {field: {} for field in VALUES}, limit=100)
        for field in ("partner_name", "phone", "email_from", "user_id", "create_date:month"):
            groups = {"domain": here, "groupby": [field], "aggregates": ["__count", "expected_revenue:sum"]}
            crawler.rpc("crm.lead", "formatted_read_group", **groups)
            sets = {**groups, "grouping_sets": [[], [field]]}
            crawler.rpc("crm.lead", "formatted_read_grouping_sets", **{k: v for k, v in sets.items() if k != "groupby"})
            crawler.rpc("crm.lead", "web_read_group", here, [field], ["__count"], auto_unfold=True)
            spec = {"lead_id": {"fields": {"display_name": {}, field.partition(":")[0]: {}}}}
            crawler.rpc("crm.activity.report", "web_search_read", [["lead_id", "in", sea.leads_ids]], spec)
        share = {"dashboard_id": dashboard.id, "spreadsheet_data": "{}", "excel_files": []}
        url = crawler.rpc("spreadsheet.dashboard.share", "action_get_share_url", share)
        for path in ("share", "data", "download"):
            crawler.page(re.sub(r"^https?://[^/]+", "", url).replace("/share/", f"/{path}/"))
        return crawler

    assert "web_search_read" in "".join(looks("boss").leaks())
    for name in (*READERS, "otto", "carl"):
        assert looks(name).leaks() == []


def test_atk_42_no_refusal_tells_what_it_is_about(sea):
    """The sentences of all verbs, of constraints and of a condition that does not fit, on a colleague's lead."""
    [(entry, lead)] = sea.leads("Sea", 1, holder="hal", **VALUES)
    me = sea.users["mia"]
    for name in ("mia", "otto", "carl"):
        crawler = Crawler(sea, name, debug=True)
        for verb, arguments in (
            ("action_claim", {}),
            ("action_assign", {"user_id": me}),
            ("action_return", {"reason_id": 1}),
            ("action_transfer", {"pool_id": sea.pools["Lagoon"]}),
            ("action_reclaim", {}),
            ("action_mark_invalid", {"reason_id": 1}),
            ("action_extend", {"days": 3}),
            ("action_lock", {}),
            ("action_dispute", {"number": lead}),
            ("action_ask_over_capacity", {}),
            ("action_explain", {}),
        ):
            crawler.rpc("lead.pool.entry", verb, [entry], **arguments)
            if verb != "action_claim":  # which members may
                crawler.rpc("lead.pool.entry", verb, sea.records["lead.pool.entry"][:1], **arguments)
        for vals in ({"phone": "1"}, {"user_id": me}, {"pool_id": sea.pools["Lagoon"]}, {"stage_id": 10**6}):
            crawler.rpc("crm.lead", "write", [lead], vals)
        crawler.rpc("sale.order", "create", [{"partner_id": 1, "opportunity_id": lead}])
        condition = {"name": "x", "pool_id": sea.pools["Lagoon"], "domain": f"[('id', '=', {lead}), ('x', '=', 1)]"}
        crawler.rpc("lead.pool.claim.rule", "create", [condition])
        assert crawler.leaks() == []
    with sea.inside() as env:
        assert env["lead.pool.entry"].browse(entry).user_id.id == sea.users["hal"]
        env["crm.lead"].browse(lead).unlink()  # the other tests count those with its phone


def test_atk_43_a_twin_tells_how_many_and_not_which(sea):
    """That a customer is known already is told on purpose, as a number; who it is and whose is not."""
    crawler = Crawler(sea, "mia")
    crawler.twin()
    assert crawler.leaks() == []


def test_atk_44_a_pool_of_another_company_is_out_of_reach(town):
    with town.inside() as env:
        abroad = env["res.company"].create({"name": "Abroad Ltd"}).id
        team = env["crm.team"].create({"name": "Abroad", "company_id": abroad}).id
        values = {"name": "Abroad", "team_id": team, "company_id": abroad, "tz": "UTC"}
        pool = env["lead.pool"].create(values).id
        lead = env["crm.lead"].create({"name": "Far away", "pool_id": pool, "user_id": False})
        lead, entry = lead.id, lead.pool_entry_ids.id
    before = town.books()
    for context in ({}, {"allowed_company_ids": [abroad]}, {"allowed_company_ids": [1, abroad]}):
        for name, model, method, arguments in (
            ("mallory", "lead.pool.entry", "action_claim", {"ids": [entry]}),
            ("mallory", "lead.pool", "action_pull_next", {"ids": [pool]}),
            ("mallory", "crm.lead", "read", {"ids": [lead], "fields": ["name"]}),
            ("mallory", "crm.lead", "create", {"vals_list": [{"name": "x", "pool_id": pool}]}),
            ("mallory", "lead.pool", "action_why_not_me", {"ids": [pool]}),
            ("boss", "lead.pool.entry", "action_transfer", {"ids": [town.entry], "pool_id": pool}),
            ("boss", "lead.pool", "action_simulate", {"ids": [pool], "days": 1}),
            ("boss", "lead.pool", "action_export_policy", {"ids": [pool]}),
            ("boss", "lead.pool.entry", "action_assign", {"ids": [entry], "user_id": town.users["ann"]}),
            ("boss", "lead.pool.member", "create", {"vals_list": [{"pool_id": pool, "user_id": town.users["boss"]}]}),
        ):
            status, answer = town.send(model, method, login=name, context=context, **arguments)
            problem = refused(status, answer)
            assert not problem, f"{name}, {model}.{method}, {context}: {problem}"
            assert "Far away" not in str(answer)
    assert town.books() == before


def test_atk_46_what_the_browser_kept_is_asked_for_again(sea):
    """After a return the pages in the browser's cache are not declared good: the server refuses them, tag or not."""
    [(entry, lead)] = sea.leads("Sea", 1, holder="fred", city="Hangzhou")
    with sea.inside("fred") as env:
        values = {"name": "offer.txt", "raw": b"an offer", "res_model": "crm.lead", "res_id": lead}
        file = env["ir.attachment"].create(values).id
    crawler = Crawler(sea, "fred")
    kept = crawler.page(f"/web/content/{file}")
    assert kept.status_code == 200 and kept.content == b"an offer"
    policy = kept.headers.get("Cache-Control", "")
    assert "immutable" not in policy and "public" not in policy
    assert not re.search(r"max-age=[1-9]", policy)
    assert crawler.page(f"/web/content/{file}", headers={"If-None-Match": kept.headers["ETag"]}).status_code == 304
    page = crawler.rpc("crm.lead", "web_read", [lead], {"name": {}})
    assert page
    with sea.inside("fred") as env:
        reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1)
        assert env["lead.pool.entry"].browse(entry).action_return(reason.id)[0]["done"]
    again = crawler.page(f"/web/content/{file}", headers={"If-None-Match": kept.headers["ETag"]})
    assert again.status_code in (403, 404)
    for method, arguments in (("web_read", [{"name": {}}]), ("web_save", [{"priority": "1"}, {"name": {}}])):
        assert crawler.rpc("crm.lead", method, [lead], *arguments) is None


def test_atk_47_no_report_prints_a_hidden_lead(sea):
    """A report on leads as anybody might add it, and the workbooks and files of our own."""
    template = f"""<t t-name="lead_pool_test.{sea.prefix}"><t t-call="web.basic_layout">
        <t t-foreach="docs" t-as="doc"><p t-out="doc.name"/><p t-out="doc.phone"/></t></t></t>"""
    with sea.inside() as env:
        key = f"lead_pool_test.{sea.prefix}"
        env["ir.ui.view"].create({"name": key, "key": key, "type": "qweb", "arch": template})
        env["ir.actions.report"].create(
            {"name": "Leads", "model": "crm.lead", "report_name": key, "report_type": "qweb-html"}
        )
    numbers = ",".join(map(str, sea.leads_ids))
    boss = Crawler(sea, "boss")
    boss.page(f"/report/html/{key}/{numbers}")
    assert len(boss.leaks()) == 1
    for name in (*READERS, "otto", "carl", "ida", "paula"):
        crawler = Crawler(sea, name)
        crawler.page(f"/report/html/{key}/{numbers}")
        crawler.page(f"/report/html/{key}?docids={numbers}")
        crawler.page(f"/report/pdf/{key}/{numbers}")
        for report in ("rep_status", "pool_dynamics"):
            crawler.page(f"/lead_pool/report/{report}.xlsx?period=this_month&pool_ids={sea.pools['Sea']}")
        assert crawler.page(f"/lead_pool/policy/{sea.pools['Sea']}").status_code in (403, 404)
        crawler.page("/lead_pool/custom_fields/export?model=crm.lead&ids=1,2,3")
        crawler.page("/lead_pool/import_template")
        assert crawler.leaks() == []


def test_atk_48_the_servers_log_carries_no_canary(sea):
    """Whatever was asked before, and statements that the database refuses: no name and no number is written down."""
    crawler = Crawler(sea, "mia")
    for entry in (2**31, 2**63, -1):  # more than a column holds
        crawler.rpc("lead.pool.entry", "action_claim", [entry])
    for lead in sea.leads_ids:
        crawler.rpc("crm.lead", "write", [lead], {"phone": "\x00"})
        crawler.rpc("crm.lead", "search_count", [["id", "=", lead], ["expected_revenue", "=", "x"]])
    log = sea.server.log.read_text(encoding="utf-8", errors="replace").lower()
    assert "lead.pool.entry" in log
    assert [secret for secret in SECRETS if secret.lower() in log] == []
