"""How long a person looks at an empty page: from the click on a link until the rows of the board, of My Leads, or the
dashboard, are painted, in Chromium at 1366×768, with the scripts and styles that it has from its last visit.

Raw: an empty list of ours, so Odoo's web client alone. Peer: Odoo's pipeline as a list, of the same leads. Of the
dashboard: ``paint_dashboard`` until the first figures are there, ``paint_panels`` until the last chart is drawn.
"""

import json
from typing import NamedTuple

import looking
import measure
import reporting
from department import Browser, transaction
from screens import Screen
from servers import OdooServer

#: Told by the page itself, as soon as what is waited for is on the screen.
WATCH = """{ const look = () => requestAnimationFrame(() => {
                 if (%s) { requestAnimationFrame(() => { window.painted = performance.now(); }); } else { look(); } });
             look(); }"""
THERE = "document.querySelector(%s)"
ROWS = THERE % json.dumps(".o_data_row, .o_view_nocontent")
CARDS = THERE % json.dumps(".o_kanban_record:not(.o_kanban_ghost)")
TILES = THERE % json.dumps(".o_lead_pool_dashboard_tile")
CHARTS = (
    f"{TILES} && !document.querySelector('.o_lead_pool_dashboard_room, .o_lead_pool_dashboard [aria-busy=true]')"
    " && document.querySelector('.o_lead_pool_dashboard canvas')"
)


#: Seconds; the most that web.dev calls good for the largest contentful paint of a page.
GOOD = 2.5


class Page(NamedTuple):
    login: str
    path: str
    is_there: str  # JavaScript


NOTHING = "/odoo/my-requests"
PIPELINE = Page("bench_boss", "/odoo/action-crm.crm_lead_action_pipeline?view_type=list", ROWS)


def run(bench):
    """Rows ``paint_<page>``."""
    manager = "bench_manager"
    yield from painting(
        bench,
        bench.filled(reporting.prepare, bench.size),
        {
            "dashboard": Page(manager, "/odoo/lead-pool-dashboard", TILES),
            "panels": Page(manager, "/odoo/lead-pool-dashboard", CHARTS),
        },
        Page(manager, NOTHING, ROWS),
    )
    yield from painting(
        bench,
        bench.filled(looking.prepare, bench.size),
        {
            "board": Page("rep1", "/odoo/lead-pool?view_type=kanban", CARDS),
            "mine": Page("rep1", "/odoo/my-leads?view_type=kanban", CARDS),
        },
        Page("rep1", NOTHING, ROWS),
        PIPELINE,
    )


def painting(bench, dbname, pages, nothing, peer=None):
    logins = {page.login for page in (*pages.values(), nothing, *([peer] if peer else []))}
    with transaction(dbname) as env:
        for user in env["res.users"].search([("login", "in", list(logins))]):
            user.password = user.login
        env["ir.qweb"]._pregenerate_assets_bundles()
    server, screens = OdooServer(dbname), {}
    try:
        server.start()
        for login in logins:
            screens[login] = Screen(server, Browser(server, login, login))
        sides = {**pages, "": nothing, **({"peer": peer} if peer else {})}
        costs = {name: measure.Costs() for name in sides}
        for turn in range(bench.rounds + 1):
            for name, page in sides.items():
                seconds = painted(screens[page.login], page)
                if turn:  # the first visit fetches scripts and styles
                    costs[name].runs.append(measure.Cost(seconds))
    finally:
        for screen in screens.values():
            screen.close()
        server.stop()
    for name in pages:
        yield measure.row(
            f"paint_{name}",
            1,
            costs[name],
            costs[""],
            peer_s=costs["peer"].median("seconds") if peer else None,
            target="at most 1.5 times the peer" if peer else f"{GOOD:g} s",
            meets=lambda row: row["ours_s"] <= (1.5 * row["peer_s"] if peer else GOOD),
        )


def painted(screen, page):
    """Seconds from going there until it is painted."""
    script = screen.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH % page.is_there)["identifier"]
    screen.send("Page.navigate", url="about:blank")
    screen.open(page.path, "body")
    screen.wait_until("window.painted")
    screen.send("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    assert not screen.problems, screen.problems
    return screen.evaluate("window.painted") / 1000
