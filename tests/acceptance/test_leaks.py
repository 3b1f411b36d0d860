"""What waits in a masked pool is read by nobody but its admins, wherever a rep looks.

Canaries (a word and a phone number that occur nowhere else) are put into everything that can be
written on a lead. A member, a member who may see "all documents" and the former holder then ask for it
in every way that the web client and JSON-2 offer, by number, by search, in debug mode. No byte of any
answer may carry a canary. The pool's admin, who may see it all, shows that the questions work.
"""

import pytest
from canaries import Crawler
from sea import NAMED, PHONE, READERS, VALUES, WORD, sea_at

from odoo.exceptions import UserError


@pytest.fixture(scope="module")
def sea(odoo_server):
    return sea_at(odoo_server)


def moved(sea):
    """Whether a rep's questions changed anything on the hidden leads."""
    with sea.inside() as env:
        leads = env["crm.lead"].browse(sea.leads_ids)
        found = [f"{lead.id}: {lead.pool_state}, {lead.user_id.login}" for lead in leads.exists()]
        now = [
            f"{lead.id}: {name} is {lead[name]!r}"
            for lead in leads
            for name, value in VALUES.items()
            if lead[name] != value and name != "description"
        ]
        return found, now


def verify(sea, crawler):
    leaks = crawler.leaks()
    assert not leaks, f"{len(leaks)} of {len(crawler.answers)} answers:\n    " + "\n    ".join(leaks[:25])
    states, changed = moved(sea)
    assert states == [f"{lead}: waiting, False" for lead in sea.leads_ids]
    assert not changed
    assert sea.problems() == []
    crashes = [
        label
        for label, content in crawler.answers
        if b"Internal Server Error" in content and b"odoo.exceptions." not in content  # exports wrap refusals
    ]
    assert not crashes, crashes[:5]


def test_the_admin_of_the_pool_sees_it_all(sea):
    """Without this the other tests would pass on questions that ask nothing."""
    crawler = Crawler(sea, "boss")
    crawler.models()
    crawler.chatter()
    crawler.downloads()
    crawler.exports()
    text = "\n".join(crawler.leaks())
    for place in (
        "crm.lead.web_search_read",
        "crm.lead.read",
        "json/2 crm.lead.search_read",
        "crm.lead.export_data",
        "lead.pool.entry.web_read",
        "lead.follow.up.web_search_read",
        "mail.message.search_read",
        "mail.activity.search_read",
        "ir.attachment.search_read",
        "/mail/thread/messages",
        "/web/content/",
        "/web/export/csv crm.lead",
        "/web/export/xlsx lead.pool.holding",
    ):
        assert place in text, f"{place} shows the admin nothing"


@pytest.mark.parametrize("name", ["mia", pytest.param("sam", marks=pytest.mark.long), "fred"])
def test_no_answer_carries_a_canary(sea, name):
    """The whole web client.

    ATK-30: groups; ATK-33: nested reads; ATK-34: exports; ATK-35: JSON routes; ATK-36: messages after a return; ATK-38:
    threads; ATK-39: files and their tokens; ATK-41: the activity report.
    """
    crawler = Crawler(sea, name)
    crawler.everything()
    verify(sea, crawler)


@pytest.mark.long
@pytest.mark.parametrize("name", ["mia", "fred"])
def test_no_answer_in_debug_mode_carries_a_canary(sea, name):
    crawler = Crawler(sea, name, debug=True)
    crawler.leads()
    crawler.entries()
    crawler.wizards()
    crawler.chatter()
    verify(sea, crawler)


def test_no_public_method_tells_or_changes_anything(sea):
    crawler = Crawler(sea, "mia")
    crawler.public_methods()
    verify(sea, crawler)


def test_nobody_gives_a_member_something_to_do_on_a_lead_he_may_not_read(sea):
    with pytest.raises(UserError, match="may not read lead"), sea.inside("boss") as env:
        env["crm.lead"].browse(sea.never).activity_schedule(
            "mail.mail_activity_data_call", summary="Call", user_id=sea.users["mia"]
        )
    with sea.inside() as env:
        activities = env["crm.lead"].browse(sea.never).activity_ids
        assert set(activities.mapped("user_id.id")) == {sea.users["boss"]}


def test_atk_36_a_lead_that_goes_back_is_forgotten_by_all_who_helped(sea):
    """A colleague had an activity, a message and followed it while it was held."""
    [(entry, lead)] = sea.leads("Sea", 1, holder="hal", **VALUES)
    with sea.inside("hal") as env:
        helper = env["res.users"].browse(sea.users["sam"])  # reads all leads that somebody holds
        mine = env["crm.lead"].browse(lead)
        mine.activity_schedule("mail.mail_activity_data_call", summary=f"Help with {WORD}", user_id=helper.id)
        mine.message_post(body=f"See {WORD}", partner_ids=helper.partner_id.ids)
        reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1)
        [answer] = env["lead.pool.entry"].browse(entry).action_return(reason.id)
        assert answer["done"]
    crawler = Crawler(sea, "sam")
    for model in ("mail.message", "mail.activity", "mail.notification", "mail.followers"):
        fields = [name for name in ("body", "summary", "res_name", "record_name", "display_name")]
        known = crawler.rpc(model, "fields_get", [], attributes=["type"])
        crawler.rpc(model, "search_read", [], [name for name in fields if name in known])
    crawler.route("/mail/inbox/messages", fetch_params={"limit": 60})
    crawler.route("/mail/history/messages", fetch_params={"limit": 60})
    crawler.rpc("mail.activity", "get_activity_data", "crm.lead", [], 100, 0, True)
    assert crawler.leaks() == []
    with sea.inside() as env:  # the history is whole for who may read it
        assert WORD in str(env["crm.lead"].browse(lead).message_ids.mapped("body"))


def test_the_wizards_of_odoo_do_not_tell_the_names_of_a_hidden_lead(sea):
    """Their fields are related to the lead's, and such fields are read in sudo unless told otherwise."""
    crawler = Crawler(sea, "mia")
    names = ["lead_partner_name", "lead_contact_name"]
    for model, values in (
        ("crm.lead2opportunity.partner", {"name": "convert", "action": "create"}),
        ("crm.lead2opportunity.partner.mass", {"name": "convert", "action": "each_exist_or_create"}),
    ):
        values = {**values, "user_id": sea.users["mia"], "team_id": False, "partner_id": False}
        values = {**values, "lead_id": sea.never, "duplicated_lead_ids": [], "commercial_partner_id": False}
        made = crawler.rpc(model, "create", [values])
        for name in names:
            crawler.rpc(model, "read", made or [], [name])
            crawler.rpc(model, "search_read", [], [name])
            target = {"default_lead_id": sea.never}
            crawler.rpc(model, "onchange", [], {}, [], {name: {}}, context=target)
            crawler.rpc(model, "onchange", [], {"lead_id": sea.never}, ["lead_id"], {name: {}, "lead_id": {}})
    assert crawler.leaks() == []


def test_a_wizard_does_not_tell_whose_customer_a_hidden_lead_is(sea):
    with sea.inside() as env:
        email = {"email": VALUES["email_from"]}
        customer = env["res.partner"].create({"name": "Known customer", **email})
    crawler = Crawler(sea, "mia")
    spec = {"partner_id": {"fields": NAMED}, "found_partner_id": {"fields": NAMED}, "customer": {}}
    target = {"default_lead_id": sea.never}
    crawler.rpc("lead.pool.convert", "onchange", [], {}, [], spec, context=target)
    crawler.rpc("lead.pool.convert", "web_save", [], {"lead_id": sea.never}, spec)
    told = [label for label, content in crawler.answers if b"Known customer" in content]
    with sea.inside() as env:
        env["res.partner"].browse(customer.id).unlink()
    assert not told


PROBES = {
    "crm.lead": ["phone", "email_from", "name", "contact_name", "message_ids.body", "activity_ids.summary"],
    "lead.pool.entry": [
        "lead_id",
        "lead_id.phone",
        "lead_id.message_ids.body",
        "lead_id.name",
        "lead_id.follow_up_ids.note",
    ],
    "lead.pool.holding": ["lead_id", "lead_id.phone"],
    "lead.follow.up": ["lead_id", "lead_id.phone", "note"],
    "sale.order": ["opportunity_id.phone", "opportunity_id.name", "opportunity_id"],
    "calendar.event": ["opportunity_id.phone", "opportunity_id"],
    "mail.activity": ["res_name", "summary"],
    "mail.message": ["body", "subject"],
    "mail.notification": ["mail_message_id", "mail_message_id.subject", "mail_message_id.body"],
    "ir.attachment": ["name", "index_content"],
    "lead.pool": ["member_ids.pool_id.name"],
    "res.partner": ["opportunity_ids.phone", "opportunity_ids.name"],
    "crm.activity.report": ["lead_id.phone", "body"],
}


@pytest.mark.parametrize("name", READERS)
def test_atk_29_a_condition_that_fits_finds_no_more_than_one_that_does_not(sea, name):
    """Searching digit by digit: right and wrong guesses get the same answer, in number and in words."""
    crawler = Crawler(sea, name)
    for model, fields in PROBES.items():
        for field in fields:
            for operator in ("ilike", "not ilike"):
                nonsense = crawler.rpc(model, "search_count", [[field, operator, "qqqqqqq"]])
                for guess in (WORD[:7], PHONE[:7]):
                    found = crawler.rpc(model, "search_count", [[field, operator, guess]])
                    assert found == nonsense, f"{model}: {field} {operator} {guess} tells"


def test_a_removed_member_sees_no_cards_at_once(sea):
    sea.hire("rep", "leo")
    with sea.inside() as env:
        member = env["lead.pool.member"].create({"pool_id": sea.pools["Sea"], "user_id": sea.users["leo"]})
    crawler = Crawler(sea, "leo")
    entries = sea.records["lead.pool.entry"]
    assert crawler.rpc("lead.pool.entry", "search_count", [["id", "in", entries]]) == 2
    with sea.inside() as env:
        env["lead.pool.member"].browse(member.id).unlink()
    assert crawler.rpc("lead.pool.entry", "search_count", [["id", "in", entries]]) == 0
    [answer] = crawler.rpc("lead.pool.entry", "action_claim", entries[:1])
    assert answer["code"] == "unknown"
