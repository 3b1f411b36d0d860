"""Takes the pictures of docs/screenshots, and from them those of the add-ons' pages; scripts/pictures has the database.

    pictures.py DATABASE [NAME…]

A picture is a function here: it takes a screen to where the picture is taken, and leaves the database as it is.
"""

import base64
import io
import json
import sys
import time

from department import Browser
from PIL import Image
from screens import Screen
from servers import ROOT, OdooServer

DESK, PHONE = (1366, 768), (375, 667)
FOLDER = ROOT / "docs/screenshots"
ZONE = "Asia/Shanghai"  # of the people of the demo data: sentences of the server and dates of the page say the same
#: On the add-ons' pages, in `static/description`: width in pixels, name.
PAGES = {
    "lead_pool": {
        720: ("my_leads", "my_leads_zh", "pool", "pool_board", "pool_board_zh", "team_today"),
        260: ("lead_phone", "my_leads_phone"),
    },
    "lead_pool_reports": {720: ("report_dashboard", "report_dashboard_zh", "report_dynamics")},
}
#: What stands beside the picture on an add-on's banner.
BANNERS = {
    "lead_pool": (
        "pool_board",
        "Lead Pool 线索池",
        [
            "Claimed under fair rules,",
            "distributed, followed up,",
            "taken back, converted.",
            "公平领取 · 自动分配 · 到期收回",
        ],
    ),
    "lead_pool_reports": (
        "report_dashboard",
        "Lead Pool Reports",
        ["From campaign to cash,", "every figure with the", "records behind it.", "从市场活动到回款"],
    ),
}
BANNER = """<body style="margin:0;overflow:hidden;background:#714b67;color:#fff;
font-family:'Noto Sans','Noto Sans CJK SC',sans-serif">
<div style="position:absolute;left:56px;top:60px;width:440px">{icon}
<h1 style="font-size:{title_size}px;margin:24px 0 12px;white-space:nowrap">{title}</h1>
<p style="font-size:25px;line-height:40px;margin:0;opacity:.92">{lines}</p></div>
<div style="position:absolute;left:510px;top:108px;width:610px;height:430px;overflow:hidden;border:4px solid #3d2838">
<img src="data:image/png;base64,{picture}" style="width:1080px;display:block"></div></body>"""
BEFORE = """
env["res.lang"]._activate_lang("zh_CN")
env["ir.module.module"].search([("state", "=", "installed")])._update_translations(["zh_CN"])
env["res.users"].search([]).odoobot_state = "disabled"  # its chat would lie over every picture
lead = env["crm.lead"].search([("user_id.login", "=", "lina"), ("pool_state", "=", "held")], order="id", limit=1)
lead.wechat = lead.wechat or "wx_zhang_2787"
"""
#: A file of a fair: three visitors who are known already, three new ones, and a row without any. The result words each
#: row in the language of who imports; an import that was made for another picture is undone before.
FAIR = """
env["lead.pool.import"].search([("file_name", "=", "leads_of_the_fair.csv")]).row_ids.lead_id.unlink()
waiting = env["crm.lead"].search([("phone", "!=", False), ("pool_state", "=", "waiting")], limit=2)
rows = ["Contact Name,Company Name,Phone,City"]
rows += [f"{lead.contact_name},{lead.partner_name or ''},{lead.phone},{lead.city or ''}" for lead in waiting]
rows += [
    "王芳,上海云帆科技有限公司,+86 138 0000 4411,上海",
    "Laura Shah,Shah Textiles Ltd,+44 7700 900154,London",
    "Peter Novak,Novak Pumps s.r.o.,+420 601 000 118,Brno",
    "赵敏,,+86 139 0000 7780,苏州",
    ",,,",
]
mei = env["res.users"].search([("login", "=", "mei")])
fair = env["lead.pool.import"].with_user(mei).with_context(lang=mei.lang).create(
    {
        "file": __import__("base64").b64encode("\\n".join(rows).encode()),
        "file_name": "leads_of_the_fair.csv",
        "destination": "rules",
    }
)
fair.action_import()
while fair.sudo().job_id._work()[1]:
    pass
result = fair.id
"""
COURSES = """Contact Name,Phone,Email,Company Name,Lead Origin,Lead Source,Do Not Email,Visits,Last Seen,Occupation
Reyansh Iyer,+91 8847536608,r@example.com,,API,Olark Chat,No,0,2026-03-02,Unemployed
孙丽,+86 13979887783,s@example.com,深圳博远科技有限公司,Landing Page,Google,No,5,2026-03-05,Student
李强,+86 13500001188,l@example.com,,Landing Page,Direct Traffic,Yes,2,2026-03-09,Working Professional
"""
SAMPLE = """{"clue": {"id": "g-100", "customer": {"name": "Zhao Ming", "tel": "+8613800005555"},
  "city_code": "1", "budget": "20000"}}"""


class Album:
    """Who is logged in where, and what was taken."""

    def __init__(self, server):
        self.server, self.screens = server, {}

    def screen(self, login, lang, size, scale=1):
        """The screen of this person, in this language and of this size."""
        user = self.server.call("res.users", "search", domain=[["login", "=", login]])
        self.server.call("res.users", "write", ids=user, vals={"lang": lang})
        if login not in self.screens:
            self.screens[login] = Screen(self.server, Browser(self.server, login, login))
        screen = self.screens[login]
        screen.size(*size, scale=scale, touch=size == PHONE)
        screen.send("Emulation.setTimezoneOverride", timezoneId=ZONE)
        return screen

    def find(self, model, domain, order="id", login="admin"):
        """The number of the first such record."""
        found = self.server.call(model, "search", login=login, domain=domain, order=order, limit=1)
        assert found, f"the demo data has no {model} with {domain}"
        return found[0]

    def north(self):
        return self.find("lead.pool", [["name", "=", "Beijing / North"]])

    def held_by(self, login, *domain, order="id"):
        return self.find("crm.lead", [["user_id.login", "=", login], ["pool_state", "=", "held"], *domain], order)


# where each picture is taken -----------------------------------------------------------------------------


def pool_board(album, screen):
    screen.open("/odoo/lead-pool", ".o_kanban_record:not(.o_kanban_ghost) .o_claim_button, .o_kanban_record .btn")


def my_leads(album, screen):
    screen.open("/odoo/my-leads", ".o_kanban_record:not(.o_kanban_ghost)")


def lead(album, screen):
    screen.open(f"/odoo/my-leads/{album.held_by('chenjing', ['tag_ids', '!=', False])}", ".o_form_view .o_field_widget")


def lead_phone(album, screen):
    screen.open(f"/odoo/my-leads/{album.held_by('lina', ['wechat', '!=', False])}", ".o_lead_bar")


def going_back_phone(album, screen):
    lead_phone(album, screen)
    screen.click("button.o_going_back")
    screen.wait(".o_going_back_lead")


def pool(album, screen):
    screen.open(f"/odoo/lead-pools/{album.north()}", ".o_form_view [name=summary] li")


def pool_going_back(album, screen):
    pool(album, screen)
    screen.click(".nav-link[name=going_back]")
    screen.wait(".tab-pane.active .o_data_row")
    screen.evaluate("document.querySelector('.o_notebook').scrollIntoView()")


def approvals(album, screen):
    screen.open("/odoo/lead-pool-approvals", ".o_data_row")


def dispute(album, screen):
    number = album.find("lead.pool.approval", [["kind", "=", "dispute"]])
    screen.open(f"/odoo/lead-pool-approvals/{number}", ".o_form_view .o_data_row")
    screen.evaluate("document.querySelector('[name=user_id]').scrollIntoView()")


def simulation(album, screen):
    rules = {"settings": {"strategy": "least_loaded"}}
    run = album.server.call(
        "lead.pool",
        "action_simulate",
        ids=[album.north()],
        days=30,
        rules=rules,
        login="zhaomin",
        request_uid="picture",
    )
    screen.open(f"/odoo/lead-pools/{album.north()}/{run}/action-lead_pool.simulation", "canvas")
    screen.evaluate("document.querySelector('canvas').closest('section').scrollIntoView()")


def settings(album, screen):
    screen.open("/odoo/settings?module=lead_pool#lead_pool", ".app_settings_block .settings_tab, .settings_tab")
    screen.click(".settings_tab [data-key=lead_pool]")
    screen.wait(".app_settings_block[data-key=lead_pool]:not(.d-none) .o_data_row")


def team_today(album, screen):
    screen.open("/odoo/team-today", ".o_kanban_record:not(.o_kanban_ghost)")


def report_dashboard(album, screen):
    screen.open("/odoo/lead-pool-dashboard", "canvas")


def report_dynamics(album, screen):
    screen.open("/odoo/lead-pool-dynamics", "canvas")


def handover(album, screen):
    screen.open("/odoo/lead-pool-hand-over/new", ".o_field_widget[name=user_id] input")
    choose(screen, "user_id", "Li Na")
    choose(screen, "target_user_id", "Wang Lei")
    screen.wait("[name=group_ids] .o_data_row, .o_field_x2many .o_data_row")


def import_result(album, screen):
    screen.open(f"/odoo/import-leads/{album.server.run(FAIR)}", ".o_import_summary")
    screen.click(".nav-link[name=duplicates]")


def intake_tester(album, screen):
    number = album.find("lead.pool.intake", [["name", "=", "Advertising Platform"]])
    screen.open(f"/odoo/lead-pool-intake/{number}", "button[name=button_try]")
    screen.click("button[name=button_try]")
    screen.write(".modal [name=sample] textarea", SAMPLE)
    screen.wait(".modal [name=result] table")


def conversion(album, screen):
    number = album.held_by("lina", order="partner_name, id")  # of a company, if she has such a one today
    screen.open(f"/odoo/my-leads/{number}", "button[name=button_convert]")
    screen.click("button[name=button_convert]")
    screen.wait(".modal .o_conversion_sheet section")


def custom_fields_new(album, screen):
    screen.open("/odoo/custom-fields", ".o_list_view, .o_view_nocontent")
    screen.click(".o_list_button_add, .o_control_panel .btn-primary")
    screen.wait(".modal .o_custom_field_new")
    hand_in(screen, ".modal [name=file] input[type=file]", "education_leads.csv", COURSES)
    screen.wait(".modal .o_data_row", "Lead Origin")


def duplicate_alert(album, screen):
    known = album.server.call("crm.lead", "read", ids=[album.held_by("wanglei")], fields=["phone"])[0]["phone"]
    before = album.server.call("crm.lead", "search", domain=[["name", "=", "Trade fair"]])
    album.server.call("crm.lead", "unlink", ids=before)
    screen.open("/odoo/my-leads/new", ".o_field_widget[name=name] textarea, .o_field_widget[name=name] input")
    screen.write(".o_field_widget[name=name] textarea, .o_field_widget[name=name] input", "Trade fair")
    screen.write(".o_field_widget[name=phone] input", known)
    screen.click(".o_form_button_save")
    screen.wait("[name=lead_pool_duplicate] .btn")


def why(album, screen):
    given = [["pool_id", "=", album.north()], ["origin", "=", "distributed"], ["ended_at", "=", False]]
    holding = album.server.call("lead.pool.holding", "search_read", domain=given, fields=["lead_ref"], limit=1)
    number = holding[0]["lead_ref"]
    screen.open(f"/odoo/crm.lead/{number}", "button[name=button_explain]")
    screen.click("button[name=button_explain]")
    screen.wait(".modal table tr")


# what a person does there ---------------------------------------------------------------------------------


def choose(screen, field, name):
    """Type a name into a many2one, and take what it proposes."""
    box = f".o_field_widget[name={field}] input"
    screen.wait(box)
    screen.evaluate(f"document.querySelector({json.dumps(box)}).focus()")
    screen.evaluate(f"document.querySelector({json.dumps(box)}).click()")
    screen.send("Input.insertText", text=name)
    screen.click(".o-autocomplete--dropdown-item a", name)
    screen.evaluate("document.activeElement.blur()")  # what was typed is proposed once more
    screen.wait_gone(".o-autocomplete--dropdown-menu")


def hand_in(screen, field, name, text):
    """Choose a file of this name with this text."""
    screen.wait(".modal [name=file]")
    screen.evaluate(
        f"""{{ const files = new DataTransfer();
              files.items.add(new File([{json.dumps(text)}], {json.dumps(name)}, {{ type: "text/csv" }}));
              const field = document.querySelector({json.dumps(field)});
              field.files = files.files;
              field.dispatchEvent(new Event("change", {{ bubbles: true }})); }}"""
    )


#: ``{name: (where, login, size)}``; a name with _zh is taken in Chinese.
PICTURES = {
    "approvals": (approvals, "zhaomin", DESK),
    "approvals_zh": (approvals, "zhaomin", DESK),
    "conversion": (conversion, "lina", DESK),
    "conversion_zh": (conversion, "lina", DESK),
    "custom_fields_new": (custom_fields_new, "grace", DESK),
    "custom_fields_new_zh": (custom_fields_new, "grace", DESK),
    "dispute": (dispute, "zhaomin", DESK),
    "dispute_zh": (dispute, "zhaomin", DESK),
    "going_back_phone": (going_back_phone, "lina", PHONE),
    "going_back_phone_zh": (going_back_phone, "lina", PHONE),
    "handover": (handover, "grace", DESK),
    "handover_zh": (handover, "grace", DESK),
    "intake_tester": (intake_tester, "grace", DESK),
    "intake_tester_zh": (intake_tester, "grace", DESK),
    "lead": (lead, "chenjing", DESK),
    "lead_zh": (lead, "chenjing", DESK),
    "lead_phone": (lead_phone, "lina", PHONE),
    "lead_phone_zh": (lead_phone, "lina", PHONE),
    "my_leads": (my_leads, "chenjing", DESK),
    "my_leads_zh": (my_leads, "chenjing", DESK),
    "my_leads_phone": (my_leads, "lina", PHONE),
    "my_leads_phone_zh": (my_leads, "lina", PHONE),
    "pool": (pool, "zhaomin", DESK),
    "pool_zh": (pool, "zhaomin", DESK),
    "pool_board": (pool_board, "lina", DESK),
    "pool_board_zh": (pool_board, "lina", DESK),
    "pool_board_phone": (pool_board, "lina", PHONE),
    "pool_going_back": (pool_going_back, "zhaomin", DESK),
    "pool_going_back_zh": (pool_going_back, "zhaomin", DESK),
    "report_dashboard": (report_dashboard, "grace", DESK),
    "report_dashboard_zh": (report_dashboard, "grace", DESK),
    "report_dynamics": (report_dynamics, "grace", DESK),
    "settings": (settings, "admin", DESK),
    "simulation": (simulation, "zhaomin", DESK),
    "simulation_zh": (simulation, "zhaomin", DESK),
    "team_today": (team_today, "grace", (1366, 505)),
    "team_today_zh": (team_today, "grace", (1366, 505)),
    "why_zh": (why, "zhaomin", DESK),
    # what makes leads is the last
    "duplicate_alert": (duplicate_alert, "lina", (1366, 520)),
    "duplicate_alert_zh": (duplicate_alert, "lina", (1366, 520)),
    "import_result": (import_result, "mei", DESK),
    "import_result_zh": (import_result, "mei", DESK),
}
SHARP = {"pool_board_phone": 2}
CHART = 1.2  # seconds in which charts grow to their size


def take(album, name):
    where, login, size = PICTURES[name]
    screen = album.screen(login, "zh_CN" if name.endswith("_zh") else "en_US", size, SHARP.get(name, 1))
    where(album, screen)
    screen.evaluate("document.querySelector('.o_start_hint button.btn-link')?.click()")  # what a newcomer is offered
    screen.wait_still()
    time.sleep(CHART)
    keep(FOLDER / f"{name}.png", Image.open(io.BytesIO(screen.picture())))
    assert not screen.problems, (name, screen.problems)
    # a form with something typed asks before it is left
    screen.send("Page.navigate", url="about:blank")
    print(f"docs/screenshots/{name}.png", file=sys.stderr)


def keep(path, picture):
    """As a small file: pictures of screens have few colours."""
    picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def draw_page(album, addon, names):
    """What shows these pictures on an add-on's page in the list of Apps, and its banner."""
    folder = ROOT / addon / "static/description"
    for width, pictures in PAGES[addon].items():
        for name in set(pictures) & set(names):
            picture = Image.open(FOLDER / f"{name}.png").convert("RGB")
            height = round(picture.height * width / picture.width)
            keep(folder / f"{name}.png", picture.resize((width, height), Image.Resampling.LANCZOS))
    if BANNERS[addon][0] not in names:
        return
    screen = album.screen("admin", "en_US", (1120, 560))
    screen.open("/web/health", "body")
    screen.evaluate(f"document.documentElement.innerHTML = {json.dumps(banner(addon))}")
    screen.wait_still()
    keep(folder / "banner.png", Image.open(io.BytesIO(screen.picture())))


def banner(addon):
    """HTML."""
    name, title, lines = BANNERS[addon]
    icon = base64.b64encode((ROOT / addon / "static/description/icon.png").read_bytes()).decode()
    return BANNER.format(
        icon=f'<img src="data:image/png;base64,{icon}" style="width:96px">',
        title=title,
        title_size=52 if len(title) < 15 else 45,
        lines="<br>".join(lines),
        picture=base64.b64encode((FOLDER / f"{name}.png").read_bytes()).decode(),
    )


def main(database, *names):
    unknown = set(names) - set(PICTURES)
    if unknown:
        sys.exit(f"lead_pool: there is no picture {', '.join(sorted(unknown))}: choose from {', '.join(PICTURES)}.")
    server = OdooServer(database)
    server.run(BEFORE)
    server.start()
    album = Album(server)
    try:
        names = names or tuple(PICTURES)
        for name in names:
            take(album, name)
        for addon in PAGES:
            draw_page(album, addon, names)
    finally:
        for screen in album.screens.values():
            screen.close()
        server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
