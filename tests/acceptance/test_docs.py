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


def labels(chinese):
    """All terms of the add-ons, in one of the languages, without what ends them."""
    found = set()
    for file in ROOT.glob("lead_pool*/i18n/zh_CN.po"):
        text = re.sub(r'"\n"', "", file.read_text(encoding="utf-8"))
        found |= set(re.findall(r'^msgstr "(.+)"$' if chinese else r'^msgid "(.+)"$', text, re.MULTILINE))
    return {label.rstrip(".…?？。") for label in found}


@pytest.mark.parametrize("page", GUIDES)
def test_every_menu_and_button_of_a_guide_is_called_so(page):
    known = labels(".zh-CN" in page)
    text = CODE.sub("", (ROOT / page).read_text(encoding="utf-8"))
    paths = re.findall(r"\*([^*]+)\*", text.replace("**", ""))
    named = {" ".join(part.split()).rstrip(".…?？。") for path in paths for part in path.split("▸")}
    assert len(named) > 5
    assert named - known - NO_LABEL == set()


def test_every_picture_is_on_a_page():
    shown = set()
    for page in PAGES:
        for one, other in LINK.findall(page.read_text(encoding="utf-8")):
            shown.add((page.parent / (one or other)).resolve())
    pictures = {path for path in ROOT.glob("docs/**/*") if path.suffix in (".png", ".svg")}
    assert not pictures - shown
