"""Two reps with a browser each on one server: the board is live, and a bad network neither loses nor doubles work.

Whoever needs a screen reader, or sees badly, works on the same screens.
"""

import time

import pytest
from axe import findings
from department import Department
from screens import Screen

CARD = ".o_kanban_record:not(.o_kanban_ghost)"
CLAIM = ".o_claim_button button"
SIGN = ".o_outbox_count"
HEARD = """{ const { bus_service: bus } = odoo.__WOWL_DEBUG__.root.env.services;
            window.heard ??= (bus.subscribe("lead_pool/changed", () => (window.heard += 1)), 0); window.heard; }"""


@pytest.fixture(scope="module")
def floor(make_server):
    """Ann and Ben sell, Boss manages; one process serves pages and the live bus."""
    server = make_server()
    floor = Department(server.dbname, "floor")
    floor.hire("rep", "ann", "ben")
    floor.hire("manager", "boss")
    floor.open_pool("Inbound", members=["ann", "ben"])
    floor.server = server
    with floor.inside() as env:
        env["res.users"].browse(floor.users.values()).write({"odoobot_state": "disabled"})
    floor.screens = {name: Screen(server, floor.browser(server, name)) for name in floor.users}
    yield floor
    for screen in floor.screens.values():
        screen.close()
    server.stop(kill=True)


def open_board(floor, *names):
    """They look at the board, and hear what happens on it."""
    screens = [floor.screens[name] for name in names]
    for screen in screens:
        screen.open("/odoo/lead-pool", ".o_pool_board")
    until = time.monotonic() + 120
    while not all([screen.evaluate(HEARD) for screen in screens]):
        assert time.monotonic() < until, "nobody hears the bus"
        with floor.inside() as env:
            pool = env["lead.pool"].browse(floor.pools["Inbound"])
            pool._bus_send("lead_pool/changed", {"pool": pool.id, "gone": [], "come": 0})
        time.sleep(0.3)
    return screens


def events(floor, lead, kind):
    with floor.inside() as env:
        return env["lead.pool.event"].search_count([("lead_ref", "=", lead), ("kind", "=", kind)])


def test_a_claimed_lead_leaves_the_other_screen(floor):
    floor.leads("Inbound", 1, city="Lanzhou")
    [(_entry, lead)] = floor.leads("Inbound", 1, city="Nanjing")
    ann, ben = open_board(floor, "ann", "ben")
    ben.evaluate("window.isOldPage = true")
    ben.wait(CARD, "Nanjing")
    ann.click(CLAIM, inside=(CARD, "Nanjing"))
    ann.wait(".o_notification", f"Lead #{lead} is yours now")
    for screen in (ann, ben):
        screen.wait_gone(CARD, "Nanjing")
        screen.wait(CARD, "Lanzhou")
    assert ben.evaluate("window.isOldPage"), "without loading the page again"
    assert (events(floor, lead, "claimed"), ann.problems, ben.problems) == (1, [], [])


def test_who_comes_too_late_is_told_who_has_it(floor):
    [(_entry, lead)] = floor.leads("Inbound", 1, city="Kunming")
    ann, ben = open_board(floor, "ann", "ben")
    ben.wait(CARD, "Kunming")
    ben.evaluate("odoo.__WOWL_DEBUG__.root.env.services.bus_service.stop()")  # his screen does not hear of it
    ann.click(CLAIM, inside=(CARD, "Kunming"))
    ann.wait_gone(CARD, "Kunming")
    ben.click(CLAIM, inside=(CARD, "Kunming"))
    ben.wait(".o_claim_refusal", floor.login("ann"), inside=(CARD, "Kunming"))
    assert (events(floor, lead, "claimed"), ben.problems) == (1, [])


def test_a_claim_whose_answer_is_lost_is_made_once(floor):
    [(_entry, lead)] = floor.leads("Inbound", 1, city="Harbin")
    [ann] = open_board(floor, "ann")
    ann.drop_answers("*/lead.pool.entry/action_claim*")
    ann.click(CLAIM, inside=(CARD, "Harbin"))
    ann.wait(SIGN, "1")
    assert events(floor, lead, "claimed") == 1, "the server has done it"
    ann.mend()
    ann.wait_gone(SIGN)
    ann.wait(".o_notification", f"Lead #{lead} is yours now")
    assert len(ann.dropped) >= 1
    assert events(floor, lead, "claimed") == 1
    with floor.inside() as env:
        holding = env["lead.pool.holding"].search([("lead_ref", "=", lead)])
        assert (len(holding), holding.user_id.id) == (1, floor.users["ann"])


def write_follow_up(floor, city, note):
    """Ann has the dialog open on her phone, with a note in it: ``(her screen, the lead)``."""
    [(_entry, lead)] = floor.leads("Inbound", 1, holder="ann", city=city, contact_name=city)
    ann = floor.screens["ann"]
    ann.open("/odoo/my-leads", ".o_my_lead")
    ann.click("button[name=button_follow_up]", inside=(".o_my_lead", city))
    ann.write(".modal [name=note] textarea", note)
    return ann, lead


def write_return(floor, city, note):
    """Ann has the dialog of a return open on the lead: ``(her screen, the lead)``."""
    [(_entry, lead)] = floor.leads("Inbound", 1, holder="ann", city=city, contact_name=city)
    ann = floor.screens["ann"]
    ann.open(f"/odoo/my-leads/{lead}", ".o_form_view")
    ann.click("button[name=button_return]")
    ann.wait(".modal [name=reason_id] .o_selection_badge")
    ann.write(".modal [name=note] textarea", note)
    return ann, lead


def returned(floor, lead):
    """``(where the lead is now, how often it was returned, the notes of that)``"""
    with floor.inside() as env:
        events = env["lead.pool.event"].search([("lead_ref", "=", lead), ("kind", "=", "returned")])
        return env["crm.lead"].browse(lead).pool_state, len(events), events.mapped("note")


def notes(floor, lead):
    with floor.inside() as env:
        return env["lead.follow.up"].search([("lead_id", "=", lead)]).mapped("note")


def test_a_follow_up_written_without_a_network_is_sent_later(floor):
    ann, lead = write_follow_up(floor, "Xining", "In the lift: wants the price list")
    ann.cut()
    ann.click(".modal footer button[name=action_save]")
    ann.wait(".o_notification", "Saved on this device")
    ann.wait_gone(".modal")
    ann.wait(SIGN, "1")
    assert notes(floor, lead) == []
    ann.mend()
    ann.wait_gone(SIGN)
    assert notes(floor, lead) == ["In the lift: wants the price list"]


def test_a_follow_up_whose_answer_is_lost_is_saved_once_also_after_a_reload(floor):
    ann, lead = write_follow_up(floor, "Guiyang", "Said yes")
    ann.drop_answers("*/lead.pool.follow.up/action_save*")
    ann.click(".modal footer button[name=action_save]")
    ann.wait(".o_notification", "Saved on this device")
    assert notes(floor, lead) == ["Said yes"], "the server has it, and she does not know"
    ann.drop_answers("*/crm.lead/action_follow_up*")
    ann.reload(SIGN)
    ann.mend()
    ann.wait_gone(SIGN)
    assert notes(floor, lead) == ["Said yes"]
    assert events(floor, lead, "follow_up") == 1


def test_what_the_server_refuses_later_keeps_its_text(floor):
    ann, lead = write_follow_up(floor, "Urumqi", "He will sign on Monday")
    ann.cut()
    ann.click(".modal footer button[name=action_save]")
    ann.wait(SIGN, "1")
    with floor.inside() as env:
        env["lead.pool.entry"].search([("lead_ref", "=", lead)]).action_reclaim()
    ann.mend()
    ann.wait(".o_notification", "Not accepted")
    ann.click(".o_outbox")
    ann.wait(".o_outbox_text", "He will sign on Monday")
    ann.wait(".o_outbox_refusal")
    assert notes(floor, lead) == []
    ann.click(".o_outbox_discard")
    ann.click(".modal .btn-danger")
    ann.wait_gone(SIGN)


def test_a_return_without_a_network_is_sent_later(floor):
    ann, lead = write_return(floor, "Lhasa", "Call them after the holidays")
    ann.cut()
    ann.click(".modal [name=reason_id] .o_selection_badge")
    ann.click(".modal footer button[name=action_confirm]")
    ann.wait(".o_notification", "Saved on this device")
    ann.wait_gone(".modal")
    ann.wait(SIGN, "1")
    assert returned(floor, lead) == ("held", 0, [])
    ann.mend()
    ann.wait_gone(SIGN)
    ann.wait(".o_notification", f"Sent: the return of lead #{lead}.")
    assert returned(floor, lead) == ("waiting", 1, ["Call them after the holidays"])
    ann.open("/odoo/my-leads", ".o_my_leads")
    ann.wait_gone(".o_my_lead", "Lhasa")
    assert ann.problems == []


def test_a_return_whose_answer_is_lost_is_made_once_also_after_a_reload(floor):
    ann, lead = write_return(floor, "Yinchuan", "Wrong number")
    ann.click(".modal [name=reason_id] .o_selection_badge")
    ann.drop_answers("*/lead.pool.return/action_confirm*")
    ann.click(".modal footer button[name=action_confirm]")
    ann.wait(".o_notification", "Saved on this device")
    assert returned(floor, lead) == ("waiting", 1, ["Wrong number"]), "the server has it, and she does not know"
    ann.drop_answers("*/lead.pool.entry/action_return*")
    ann.open("/odoo/my-leads", SIGN)
    ann.mend()
    ann.wait_gone(SIGN)
    assert returned(floor, lead) == ("waiting", 1, ["Wrong number"])


def test_a_rep_who_cannot_see_can_claim_follow_up_return_and_convert(floor):
    floor.leads("Inbound", 1, city="Dalian", phone="+8613800001111", priority="2")
    [(_entry, lead)] = floor.leads("Inbound", 1, holder="ann", city="Jinan", contact_name="Jinan")
    [ann] = open_board(floor, "ann")
    ann.wait(CARD, "Dalian")
    found = {"board": findings(ann)}
    ann.evaluate("document.querySelector('.o_load_meter_gauge').textContent = ''")
    assert [finding.partition(":")[0] for finding in findings(ann)] == ["button-name"], "it does look"
    ann.press("Tab")
    ann.press("Enter", f"{CARD} {CLAIM}")
    ann.wait(".o_notification", "is yours now")
    ann.open("/odoo/my-leads", ".o_my_lead")
    found["my leads"] = findings(ann)
    ann.press("Enter", ".o_my_lead button[name=button_follow_up]")
    ann.wait(".modal .o_follow_up_dialog")
    ann.open(f"/odoo/my-leads/{lead}", ".o_lead_pool_line")
    found["lead"] = findings(ann)
    for button, sign in (
        ("button_follow_up", ".modal .o_follow_up_dialog [name=note]"),
        ("button_return", ".modal [name=reason_id] .o_selection_badge"),
        ("button_convert", ".modal .o_conversion_sheet"),
    ):
        ann.click(f".o_form_view button[name={button}]")
        ann.wait(sign)
        found[button] = findings(ann)
        if button == "button_return":
            ann.press("Enter", ".modal [name=reason_id] .o_selection_badge")
            ann.wait(".modal [name=reason_id] .o_selection_badge.active")
        ann.click(".modal .btn-close")
        ann.wait_gone(".modal")
    assert not any(found.values()), found
    assert ann.problems == []


def test_a_manager_who_cannot_see_can_lead(floor):
    boss, found = floor.screens["boss"], {}
    for path, sign in (
        (f"/odoo/lead-pools/{floor.pools['Inbound']}", ".o_lead_pool_form_view .o_notebook"),
        ("/odoo/team-today", ".o_team_today_figures"),
        ("/odoo/lead-pool-hand-over/new", ".o_form_view [name=user_id]"),
        ("/odoo/lead-pool-dashboard", ".o_lead_pool_dashboard_tile"),
        ("/odoo/lead-pool-reps", ".o_lead_pool_report_scroll"),
    ):
        boss.open(path, sign)
        found[path] = findings(boss)
    assert not any(found.values()), found
    assert boss.problems == []
