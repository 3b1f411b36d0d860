"""The pages of the documentation lead somewhere: to files, to headings, and to the same page in the other language."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docker/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
#: For who programs or runs it, in English alone.
ONE_LANGUAGE = {ROOT / "docs/architecture.md", ROOT / "CHANGELOG.md", ROOT / "docker/README.md"}


def anchors(text):
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_every_anchor_to_a_heading(page):
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    dead = []
    for target in (one or other for one, other in LINK.findall(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            dead.append(target)
    assert not dead


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ONE_LANGUAGE], ids=lambda page: page.name)
def test_every_page_has_its_twin_in_the_other_language_and_says_so(page):
    stem = page.name.removesuffix(".md").removesuffix(".zh-CN")
    twin = page.with_name(f"{stem}.md" if ".zh-CN" in page.name else f"{stem}.zh-CN.md")
    assert twin.exists()
    assert f"({twin.name})" in page.read_text(encoding="utf-8")[:400]


@pytest.mark.parametrize("page", [page for page in PAGES if ".zh-CN" in page.name], ids=lambda page: page.name)
def test_both_languages_show_the_same_code(page):
    """The English page's code is run by tests of its own."""
    twin = page.with_name(page.name.replace(".zh-CN", ""))
    code = [re.findall(r"```python\n.*?```", one.read_text(encoding="utf-8"), re.DOTALL) for one in (twin, page)]
    assert code[0] == code[1]


#: Where people are led by the hand; what they press is in italics, and so are these.
GUIDES = ("docs/tutorial.md", "docs/tutorial.zh-CN.md", "README.md", "README.zh-CN.md")
NO_LABEL = {"Beijing", "北京", "1", "work what you hold first", "enrol", "enrols", "纳入", "lead pools", "Apps", "应用"}
#: Words in italics on the other Chinese pages that no screen of Odoo's or ours has: examples, names of other products,
#: English on Chinese screens of Odoo, words explained, tables of the database.
NO_CHINESE_LABEL = {
    *("银河科技有限公司", "银河科技", "+86", "VIP：只给李", "展会：给王", "yes"),
    *("JSON", "商家", "Webhooks", "Page", "Leads Access Manager", "Lead Ads Testing Tool", "Test", "任务队列"),
    *("Lead Pool", "Lead Pool: Website", "Lead Pool: Live Chat", "My Preferences", "备份", "恢复"),
    *("块", "检查点", "计入", "一批线索", "裸语句", "本模块", "MB", "÷ 裸语句", "Odoo ÷ 本模块"),
    *("跟进人", "跟进的按日合计", "销售的按日合计", "走向", "给出", "半小时", "来源的按日合计", "在手线索"),
    *("未结束的商机", "结束的持有", "营销活动的按日合计", "营销活动的回款", "原因的按日合计", "客户的线索数", "存量"),
}
#: Of Odoo's own screens, the docs name those of these.
ODOO = "base base_setup web mail crm sale sale_crm sales_team utm website website_crm crm_livechat spreadsheet"


def terms(file, chinese):
    """The terms of a file of translations, without what ends them or stands behind them in brackets."""
    text = re.sub(r'"\n"', "", file.read_text(encoding="utf-8"))
    found = re.findall(r'^msgstr "(.+)"$' if chinese else r'^msgid "(.+)"$', text, re.MULTILINE)
    return {re.sub(r"（[^（）]*）$", "", term).rstrip(".…?？。 ") for term in found} | {
        term.rstrip(".…?？。") for term in found
    }


def labels(chinese):
    """All terms of the add-ons, in one of the languages."""
    return set().union(*(terms(file, chinese) for file in ROOT.glob("lead_pool*/i18n/zh_CN.po")))


def named(page):
    """What a page has in italics, which is what its reader looks for on a screen; of a path, each part."""
    text = CODE.sub("", (ROOT / page).read_text(encoding="utf-8"))
    text = re.sub(r"(?<=[^\x00-\x7f])\n(?=[^\x00-\x7f])", "", text)  # a line of Chinese ends where no space is
    text = re.sub(r"\*\*(.+?)\*\*", lambda bold: f"*{bold[1]}*" if "▸" in bold[1] else bold[1], text, flags=re.DOTALL)
    paths = re.findall(r"\*([^*]+)\*", text)
    return {" ".join(part.split()).rstrip(".…?？。") for path in paths for part in path.split("▸")} - {""}


@pytest.mark.parametrize("page", GUIDES)
def test_every_menu_and_button_of_a_guide_is_called_so(page):
    found = named(page)
    assert len(found) > 5
    assert found - labels(".zh-CN" in page) - NO_LABEL == set()


def test_every_menu_and_button_that_a_chinese_page_names_is_called_so():
    import odoo.addons

    folders = [pathlib.Path(folder) for folder in odoo.addons.__path__]
    files = [folder / name / "i18n/zh_CN.po" for folder in folders for name in ODOO.split()]
    known = labels(True).union(*(terms(file, True) for file in files if file.exists()))
    pages = [str(page.relative_to(ROOT)) for page in PAGES if ".zh-CN" in page.name]
    wrong = {page: found for page in pages if (found := named(page) - known - NO_LABEL - NO_CHINESE_LABEL)}
    assert wrong == {}


def test_every_picture_is_on_a_page():
    shown = set()
    for page in PAGES:
        for one, other in LINK.findall(page.read_text(encoding="utf-8")):
            shown.add((page.parent / (one or other)).resolve())
    pictures = {path for path in ROOT.glob("docs/**/*") if path.suffix in (".png", ".svg")}
    assert not pictures - shown
