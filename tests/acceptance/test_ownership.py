"""People with and without a place in a pool try to get leads that they may not have: ATK-01 to ATK-17, and newer verbs.

Whatever they send, over JSON-2 or as the web client, is refused with a sentence that a person understands, and nothing
has changed. What each attack is and what answers it: docs/security.md.
"""

import pytest
from attacks import ATTACKS, NEWER
from town import refused, town_at

#: Everybody who has a login: the former holder, a rep and the admin of another pool, who sells nothing, a customer.
OTHERS = ["fred", "otto", "carl", "ida", "paula"]


@pytest.fixture(scope="module")
def town(odoo_server):
    return town_at(odoo_server)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_rep_is_refused_with_a_sentence_and_nothing_changes(town, name):
    before = town.books()
    status, answer = ATTACKS[name](town)
    problem = refused(status, answer)
    assert not problem, problem
    assert town.books() == before


def test_atk_16_a_mail_is_no_claim(town):
    """A rep answers a message of a waiting lead by mail, and writes to the pool's own address."""
    with town.inside() as env:
        lead = env["crm.lead"].browse(town.lead)
        assert lead.pool_state == "waiting"
        parent = lead.message_post(body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment")
        mail = "\n".join(
            [
                f"From: {town.login('mallory')}@example.com",
                "To: sales@example.com",
                "Subject: Re: Hello",
                "Message-Id: <mallory-1@example.com>",
                f"In-Reply-To: {parent.message_id}",
                "",
                "This one is mine.",
            ]
        )
        before = lead.pool_entry_ids.read(["state", "user_id", "epoch", "last_follow_up_at"])
        env["mail.thread"].message_process("crm.lead", mail)
        env.flush_all()
        assert lead.pool_entry_ids.read(["state", "user_id", "epoch", "last_follow_up_at"]) == before
        assert env["res.users"].browse(town.me).partner_id not in lead.message_partner_ids
        new = mail.replace("In-Reply-To", "X-Nothing").replace("mallory-1", "mallory-2")
        env["mail.thread"].message_process("crm.lead", new)
        created = env["crm.lead"].search([], order="id desc", limit=1)
        assert created.id > lead.id
        assert not created.user_id


def problems(town, attacks):
    """What was not refused as it should be."""
    found = {}
    for name, attack in attacks.items():
        if problem := refused(*attack(town)):
            found[name] = problem
    return found


@pytest.mark.parametrize("name", OTHERS)
def test_who_has_no_place_in_the_pool_gets_no_further(town, name):
    before = town.books()
    assert problems(town.by(name), ATTACKS) == {}
    assert town.books() == before


def test_the_web_client_gets_no_further_than_a_program(town):
    attacks = {name: attack for name, attack in ATTACKS.items() if name.startswith("ATK") and name < "ATK-13"}
    assert len(attacks) > 40
    before = town.books()
    assert problems(town.by("mallory", web=True), attacks) == {}
    assert town.books() == before


@pytest.mark.parametrize("name", ["mallory", *OTHERS])
def test_newer_verbs_refuse_strangers(town, name):
    before = town.books()
    assert problems(town.by(name), NEWER) == {}
    assert town.books() == before


def test_nobody_decides_what_he_asked_for_himself(town):
    before = town.books()
    for verb in ("action_approve", "action_decline"):
        for request in (town.request, town.dispute):
            status, [answer] = town.send("lead.pool.approval", verb, login="ann", ids=[request])
            assert (status, answer["code"]) == (200, "not_admin"), answer
    # the admins of the two pools are each one of two
    for admin in ("boss", "carl"):
        _status, [answer] = town.send(
            "lead.pool.approval", "action_settle", login=admin, ids=[town.dispute], outcome="asker"
        )
        assert answer["code"] == "not_admin"
    assert town.books() == before


def test_a_dialog_belongs_to_who_opened_it(town):
    """Its number is easily guessed; neither is it read, nor filled in, nor are its buttons pressed by anybody else."""
    before = town.books()
    for name in ("mallory", "carl", "mona"):
        for model, (record, button) in town.dialogs.items():
            for method, arguments in (
                ("read", {"fields": ["id"]}),
                ("web_read", {"specification": {"display_name": {}}}),
                ("write", {"vals": {"create_uid": town.users[name]}}),
                ("unlink", {}),
                (button, {}),
            ):
                status, answer = town.send(model, method, login=name, ids=[record], **arguments)
                problem = refused(status, answer)
                assert not problem, f"{name}, {model}.{method}: {problem}"
    assert town.books() == before


@pytest.mark.parametrize("path", ["/mail_plugin/lead/create", "/mail_plugin/lead/get_by_partner_id", "/livechat/lead"])
def test_atk_17_no_side_door(town, path):
    """Routes of modules that are not installed do not exist."""
    browser = town.browser(town.server, "mallory")
    assert browser.post(path, json={"params": {"partner_id": 1}}).status_code in (404, 403)


def test_after_all_this_the_books_are_true(town):
    assert town.problems() == []
