"""The results as tables of the documentation.

    python tests/benchmark/table.py

puts the rows of ``results/*.json`` into docs/performance.md and its Chinese twin, between the marks of each operation
(``<!-- distribute -->`` … ``<!-- /distribute -->``), and names the pages that it changed. Needs no Odoo.
"""

import json
import pathlib
import re
import sys
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
DOCS = HERE.parents[1] / "docs"
#: Sizes of databases of which results are kept, in order; a file of another size is somebody's trial.
SIZES = {"10k": "10,000", "100k": "100,000", "300k": "300,000", "1M": "1,000,000", "5M": "5,000,000"}
#: By how its name begins, under which mark a row stands: what ``ONLY=`` calls the operation.
MARKS = {
    "claim": "claim",
    "distribute": "distribute",
    "duplicates": "duplicates",
    "import": "import",
    "intake": "import",
    "conversion": "conversion",
    "simulate": "simulate",
    "live": "live",
    "install": "install",
    "report": "reports",
    "cpu": "reports_cpu",
    "busy": "reports_busy",
    "tell": "telling",
    "paint": "paint",
    "reclaim": "reclaim",
    "follow": "follow_up",
    "board": "screens",
    "mine": "screens",
    "xlsx": "xlsx",
}
#: Operations with so many rows that only the slowest one of a database is shown, and those that miss their target.
FOLDED = ("reports", "reports_cpu")
#: Operations whose time is not that of all that was done: the slowest of thirty-two, one of thousands.
OF_ONE = ("claim", "live")


class Page(NamedTuple):
    name: str
    head: tuple
    yes: str
    no: str
    folded: str  # what is said of rows that are not shown


PAGES = (
    Page(
        "performance.md",
        ("Row", "Leads in the database", "Times", "Ours", "A second", "÷ raw", "Odoo ÷ ours", "Queries", "MB", "Target",
         "Met"),
        "yes",
        "**no**",
        "With {size} leads {met} of {all} rows meet their target.",
    ),
    Page(
        "performance.zh-CN.md",
        ("行", "库中线索", "次数", "本模块", "每秒", "÷ 裸语句", "Odoo ÷ 本模块", "查询", "MB", "目标", "达标"),
        "是",
        "**否**",
        "库中 {size} 条线索时，{all} 行中有 {met} 行达标。",
    ),
)  # fmt: skip


def results():
    """``{mark: [(size, row)]}``: the rows of one operation together, in all sizes of the database."""
    found = {}
    for size in SIZES:
        path = HERE / "results" / f"{size}.json"
        for row in json.loads(path.read_text(encoding="utf-8")) if path.exists() else ():
            mark = MARKS.get(row["operation"].partition("_")[0], "other")
            found.setdefault(mark, {}).setdefault(row["operation"], []).append((size, row))
    return {mark: [one for rows in of_mark.values() for one in rows] for mark, of_mark in found.items()}


def table(page, mark, rows):
    """Markdown of one operation."""
    notes = []
    if mark in FOLDED:
        rows, notes = _folded(page, rows)
    lines = [page.head, ["---"] * len(page.head), *(_cells(page, mark, size, row) for size, row in rows)]
    return "\n".join([*notes, *("| " + " | ".join(line) + " |" for line in lines)]) if rows else ""


def _folded(page, rows):
    shown, notes = [], []
    for size, words in SIZES.items():
        of_size = [row for one, row in rows if one == size]
        missed = [row for row in of_size if not row["meets_target"]]
        slowest = sorted(of_size, key=lambda row: -row["ours_s"])[:1]
        shown += [(size, row) for row in of_size if row in missed or row in slowest]
        if of_size:
            notes.append(page.folded.format(size=words, met=len(of_size) - len(missed), all=len(of_size)))
    return shown, [*notes, ""]


def _cells(page, mark, size, row):
    return (
        f"`{row['operation']}`",
        SIZES[size],
        f"{row['size']:,}",
        f"{row['ours_s']:,.3f} s",
        f"{row['size'] / row['ours_s']:,.0f}" if row["ours_s"] and mark not in OF_ONE else "–",
        f"{row['ratio_raw']:,.2f}",
        "–" if row["ratio_peer"] is None else f"{row['ratio_peer']:,.2f}",
        f"{row['queries']:,}",
        f"{row['rss_mb']:,.0f}",
        row["target"],
        page.yes if row["meets_target"] else page.no,
    )


def filled(page, text):
    """The page with the tables of all operations that it has a mark for.

    :raises ValueError: rows have no place on it
    """
    tables = {mark: table(page, mark, rows) for mark, rows in results().items()}
    if lost := [mark for mark in tables if f"<!-- {mark} -->" not in text]:
        raise ValueError(f"{page.name} has no mark for rows of: {', '.join(lost)}")
    return re.sub(
        r"<!-- (\w+) -->\n.*?<!-- /\1 -->",
        lambda found: f"<!-- {found[1]} -->\n{tables.get(found[1], '')}\n<!-- /{found[1]} -->",
        text,
        flags=re.DOTALL,
    )


def main():
    for page in PAGES:
        path = DOCS / page.name
        old = path.read_text(encoding="utf-8")
        if (new := filled(page, old)) != old:
            path.write_text(new, encoding="utf-8")
            print(f"{path} written")


if __name__ == "__main__":
    sys.exit(main())
