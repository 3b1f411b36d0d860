"""What comes through the gate from outside, good or bad: once, as text, in its own company: ATK-58 to ATK-64."""

import concurrent.futures
import itertools
import logging

import psycopg2
import pytest
from department import Department, registry_of

import odoo
from odoo.api import Environment

numbers = itertools.count(1)

#: The same address and number as people and programs write them: invisible signs, wide letters, an emoji, half a pair.
DISGUISES = (
    {"email_from": "Ch\u200ben@Ga\u200dlaxy.example"},
    {"email_from": "\ufeffchen@galaxy.example\u2060"},
    {"email_from": "ＣＨＥＮ@galaxy.example"},
    {"phone": "+86\u200b 139\u00a05555 0001"},
    {"phone": "\u202a+86 139 5555 0001\u202c"},
    {"phone": "+８６ １３９ ５５５５ ０００１", "partner_name": "Galaxy \U0001f680"},
)


@pytest.fixture(scope="module")
def town(odoo_server):
    town = Department(odoo_server.dbname, "gate")
    town.server = odoo_server
    town.hire("program", "robot")
    town.hire("rep", "rep", "boss")
    town.open_pool("Gate", members=["rep"], admins=["boss"])
    with town.inside() as env:
        env.company.country_id = env.ref("base.cn")
        env.company.lead_pool_default_id = town.pools["Gate"]
        town.company = env.company.id
        town.tenant = env["res.company"].create({"name": "Another tenant"}).id
        team = env["crm.team"].create({"name": "Theirs", "company_id": town.tenant})
        town.theirs = env["lead.pool"].create({"name": "Theirs", "team_id": team.id, "company_id": town.tenant}).id
    odoo_server.api_key(town.login("robot"))
    return town


def hand_in(town, *payloads, **arguments):
    return town.server.call(
        "lead.pool", "action_take_in", login=town.login("robot"), payloads=list(payloads), **arguments
    )


def codes(answers):
    return [answer["code"] for answer in answers]


def one_lead(town, answers, expected):
    """All these answers speak of one lead, which has so many inquiries."""
    [lead] = {answer["id"] for answer in answers}
    with town.inside() as env:
        found = env["lead.pool.inquiry"].search_count([("lead_id", "=", lead)])
        keys = env["lead.identity"].search([("lead_id", "=", lead), ("kind", "=", "email")]).mapped("key")
        others = env["lead.identity"].search_count([("key", "in", keys), ("lead_id", "!=", lead)])
    assert (found, others) == (expected, 0)
    return lead


def test_atk_58_a_disguise_makes_no_second_lead(town):
    known = {"name": "Chen", "email_from": "chen@galaxy.example", "phone": "+86 139 5555 0001"}
    first = hand_in(town, known)
    answers = hand_in(town, *({"name": "Chen", **disguise} for disguise in DISGUISES))
    assert codes(first + answers) == ["created"] + ["repeat"] * len(DISGUISES)
    one_lead(town, first + answers, len(DISGUISES))
    # what no database takes is refused by itself, and spoils no other row
    answers = hand_in(
        town, {"name": "N\0ul", "phone": "\0"}, {"name": "Half \ud83d"}, {"name": "Good", "phone": "+86 139 5555 0002"}
    )
    assert codes(answers)[0] == "invalid" and codes(answers)[2] == "created"
    assert town.problems() == []


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE lead_identity; --", "%' OR '1'='1", "$$;SELECT pg_sleep(9);$$", "{{7*7}}"]
)
def test_atk_59_the_language_of_the_database_is_text(town, text):
    fields = ("name", "contact_name", "partner_name", "email_from", "phone", "wechat", "description", "city")
    [answer] = hand_in(town, dict.fromkeys(fields, text))
    assert answer["code"] in ("created", "repeat", "flagged"), answer
    with town.inside() as env:
        assert env["crm.lead"].browse(answer["id"]).city == text
        assert env["lead.identity"].search_count([])
    [answer] = hand_in(town, {"name": "Injected", 'name"; DROP TABLE crm_lead; --': 1})
    assert answer["code"] == "invalid"


def test_atk_61_a_storm_in_one_batch_is_one_lead(town):
    number = next(numbers)
    answers = hand_in(
        town, *({"name": f"Storm {row}", "email_from": f"batch{number}@storm.example"} for row in range(300))
    )
    assert codes(answers) == ["created"] + ["repeat"] * 299
    one_lead(town, answers, 299)
    assert town.problems() == []


@pytest.mark.parametrize(("posts", "connections"), [(100, 16), pytest.param(1000, 32, marks=pytest.mark.long)])
def test_atk_61_a_storm_over_many_connections_is_one_lead(town, posts, connections):
    before = len(town.server.log.read_text(encoding="utf-8"))
    payload = {"name": "Storm", "email_from": f"storm{posts}@storm.example", "phone": f"+86 139 7777 {posts:04d}"}
    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        answers = [answer for [answer] in pool.map(lambda _post: hand_in(town, payload), range(posts))]
    assert sorted(codes(answers)) == ["created"] + ["repeat"] * (posts - 1)
    lead = one_lead(town, answers, posts - 1)
    with town.inside() as env:
        events = env["lead.pool.event"].search([("lead_ref", "=", lead)])
        assert sorted(events.mapped("seq")) == list(range(1, posts + 1))
        assert env["crm.lead"].browse(lead).priority == "3"
    assert town.problems() == []
    log = town.server.log.read_text(encoding="utf-8")[before:]
    for word in ("could not serialize", "deadlock", "tries left", "Traceback"):
        assert word not in log, log[log.index(word) - 2000 :]


def test_a_snapshot_that_is_too_old_ends_in_a_retry_and_never_in_a_second_lead(town):
    """REPEATABLE READ, as from an automation or another module: the database says so, and Odoo tries again."""
    logger = logging.getLogger("odoo.sql_db")
    level, vals = logger.level, {"name": "Late", "email_from": "late@storm.example"}
    logger.setLevel(logging.CRITICAL)
    registry = registry_of(town.dbname)
    try:
        with registry.cursor() as old, registry.cursor() as new:
            old.execute("SELECT 1 FROM crm_lead LIMIT 1")  # its snapshot is taken
            late, early = (Environment(cr, odoo.SUPERUSER_ID, {})["crm.lead"] for cr in (old, new))
            [first] = early._take_in([vals], "intake")
            early.env.flush_all()
            new.commit()
            with pytest.raises(psycopg2.errors.SerializationFailure):
                late._take_in([vals], "intake")
            old.rollback()
            [second] = late._take_in([vals], "intake")
            old.commit()
            assert (first.code, second.code, second.lead.id) == ("created", "repeat", first.lead.id)
    finally:
        logger.setLevel(level)


def test_atk_62_a_number_that_many_share_binds_nobody(town):
    desk = {"phone": "+86 10 8888 0000"}
    with town.inside() as env:
        for number in range(25):  # of 25 companies, as they came in before there was a gate
            env["crm.lead"].create({"name": f"Desk {number}", "partner_name": f"Shop {number} Qiaotou", **desk})
    [answer] = hand_in(town, {"name": "New", "partner_name": "Wholly Other Works", "contact_name": "Zhou", **desk})
    assert answer["code"] in ("created", "flagged"), answer
    with town.inside() as env:
        assert env["crm.lead"].browse(answer["id"]).partner_name == "Wholly Other Works"


@pytest.mark.parametrize("date", ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "2999-01-01", "now", -1, None])
@pytest.mark.parametrize("field", ["create_date", "write_date", "date_open", "date_closed", "date_deadline"])
def test_atk_63_nobody_dates_his_lead(town, field, date):
    """A future date of creation would dodge every delay and deadline."""
    [answer] = hand_in(town, {"name": "Dated", "phone": f"+86 138 6666 {next(numbers):04d}", field: date})
    assert answer["code"] == "invalid" and field in answer["message"]


@pytest.mark.parametrize("what", ["company_id", "pool_id"])
def test_atk_64_a_lead_goes_to_no_other_tenant(town, what):
    before = leads_of(town)
    answers = hand_in(
        town,
        {"name": "Theirs", "phone": "+86 138 4444 0001", what: town.tenant if what == "company_id" else town.theirs},
        {"name": "Forged", "phone": "+86 138 4444 0002", "company_id": "1"},
        context={"allowed_company_ids": [town.company]},
    )
    assert codes(answers) == ["invalid", "invalid"]
    assert leads_of(town) == before


def leads_of(town):
    with town.inside() as env:
        return env["crm.lead"].search([("company_id", "=", town.tenant)]).ids


def test_a_program_reads_no_lead_and_makes_lists_no_shorter(town):
    with town.inside() as env:
        tag = env["crm.tag"].create({"name": "Ours"}).id
        source = env["utm.source"].create({"name": "Fair"}).id
    answers = hand_in(
        town,
        {"name": "Tagged", "phone": "+86 138 4444 0003", "tag_ids": [tag], "source_id": source},
        {"name": "Deletes", "phone": "+86 138 4444 0004", "tag_ids": [[2, tag, 0]]},
        {"name": "Names a customer", "phone": "+86 138 4444 0005", "partner_id": 1},
    )
    assert codes(answers) == ["created", "invalid", "invalid"]
    with town.inside() as env:
        lead = env["crm.lead"].browse(answers[0]["id"])
        assert (lead.tag_ids.ids, lead.source_id.id, env["crm.tag"].browse(tag).exists().id) == ([tag], source, tag)
    with town.inside("robot") as env, pytest.raises(odoo.exceptions.AccessError):
        env["crm.lead"].browse(answers[0]["id"]).read(["name"])
