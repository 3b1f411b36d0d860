"""The main job, on a file of thousands of leads: import into pools, distribute, claim, follow up, take back, convert.

Always with a generated file of half as many leads as the real one has, which is more than the pools can give out; with
all 9,240 of them marked `long`, as is the real one, named by EDUCATION_CSV or in ../shared/data beside the checkout.
After every step entries, events and holdings must tell the same (`story.py`).
"""

import collections
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import openpyxl
import pytest

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
EDUCATION = pathlib.Path(os.environ.get("EDUCATION_CSV") or ROOT.parent / "shared/data/education_leads.csv")
LEADS = 9240
FIELDS = {
    "City": "city",
    "Lead Source": "source_id",
    "Tags": "tag_ids",
    "Lead Quality": "lead_group_id",
    "Specialization": "product_interest_ids",
}
FILES = ["generated"]
if EDUCATION.is_file():
    FILES.append(pytest.param("education", marks=pytest.mark.long))


def shell(dbname, script, **environment):
    """Run a script in `odoo shell`; what it prints. Its failure is the test's."""
    launcher = pathlib.Path(sys.executable).with_name("odoo-bin")
    ran = subprocess.run(
        [sys.executable, launcher, "shell", "-d", dbname, "--no-http", "--log-level=warn"],
        input=f"{(HERE / script).read_text(encoding='utf-8')}\nenv.cr.commit()\n",
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert not ran.returncode, f"{script} failed:\n{ran.stdout}\n{ran.stderr[-6000:]}"
    return ran.stdout


def import_leads(dbname, path, pool="auto"):
    """`make import`; its answer."""
    ran = subprocess.run(
        [ROOT / "scripts/import", path, pool], env={**os.environ, "DB": dbname}, capture_output=True, text=True
    )
    assert not ran.returncode, f"the import failed:\n{ran.stdout}\n{ran.stderr[-6000:]}"
    return ran.stdout


def number(pattern, text):
    found = re.search(rf"([\d,]+) {pattern}", text)
    assert found, f"no “… {pattern}” in:\n{text}"
    return int(found[1].replace(",", ""))


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read_refused(path):
    """Rows of the workbook of what was refused."""
    headings, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    return [dict(zip(headings, (cell or "" for cell in row), strict=True)) for row in rows]


def expected_pool(row):
    """The entry conditions of setting.py, in words of the file."""
    source, wants = row["Lead Source"], row["Specialization"].lower()
    if source == "Olark Chat":
        return "Chat"
    if "finance" in wants or "banking" in wants:
        return "Money"
    if source in ("Google", "Organic Search"):
        return "Search"
    return "Management" if "management" in wants else "Others"


def expected_values(rows):
    """`{field: {value: how many leads}}` of the file; empty cells do not count."""
    values = {}
    for heading, name in FIELDS.items():
        counts = collections.Counter(re.sub(r"\s+$", "", row[heading].strip()) for row in rows)
        del counts[""]
        values[name] = counts
    return values


@pytest.fixture(params=[LEADS // 2, pytest.param(LEADS, marks=pytest.mark.long), *FILES[1:]])
def leads_file(request, tmp_path):
    if request.param == "education":
        path = tmp_path / "education.csv"  # refused rows would be written beside it
        path.write_bytes(EDUCATION.read_bytes())
    else:
        import generated

        path = tmp_path / "generated.csv"
        generated.write(path, request.param)
    return path


def test_main_job(leads_file, make_database, capsys):
    began = time.monotonic()
    dbname = make_database()
    rows = read(leads_file)
    leads = len(rows)
    assert leads in (LEADS // 2, LEADS)
    shell(dbname, "setting.py")
    story = {
        "leads": leads,
        "before": 0,
        "expected": collections.Counter(map(expected_pool, rows)),
        "values": expected_values(rows),
    }
    setup = time.monotonic() - began

    answer = import_leads(dbname, leads_file)
    assert number("created", answer) == leads
    assert number("refused", answer) == 0
    assert number("skipped", answer) == 0
    imported = time.monotonic() - began - setup

    steps = [json.loads(line[3:]) for line in _told(shell(dbname, "story.py", STORY=json.dumps(story)))]
    assert len(steps) == 12

    answer = import_leads(dbname, leads_file)
    assert number("created", answer) == 0
    assert number("skipped", answer) == leads
    with capsys.disabled():
        print(f"\n  {leads_file.name}: set up {setup:.0f} s, import {imported:.0f} s ({leads / imported:.0f} leads/s)")
        for told in steps:
            print(
                f"  {told['step']:26} {told['count']:6,} leads {told['seconds']:6} s, balanced in {told['balancing']} s"
            )
        print(f"  all {time.monotonic() - began:.0f} s")


def _told(output):
    return [line for line in output.splitlines() if line.startswith("@@ ")]


@pytest.fixture(scope="module")
def company(make_database):
    """The company of setting.py, for all tests that ask no more of it."""
    dbname = make_database()
    shell(dbname, "setting.py")
    return dbname


def test_what_cannot_be_imported_is_refused_with_its_line_and_the_rest_is_kept(company, tmp_path):
    path = tmp_path / "some.csv"
    path.write_text(
        "External ID,Name,Email,Country,Tags,Remark\n"
        "a.1,First,first@example.com,China,\"one; two\",x\n"
        "a.2,,nameless@example.com,,,\n"
        ",Without,,,,\n"
        "a.1,Twice,,,,\n"
        "a.3,\"Of two\nlines\",,Nowhere,two,\n"
        "crm.4,Foreign,,,,\n"
        "a.5,Short\n"
        "a.6,Last,,CN,,\n",
        encoding="utf-8",
    )  # fmt: skip
    answer = import_leads(company, path, "Money")
    assert number("created", answer) == 3
    assert number("in “Money”", answer) == 3
    assert "“Nowhere” is not known and left empty" in answer
    assert "columns left out: Remark" in answer
    refused = read_refused(tmp_path / "some.refused.xlsx")
    assert [(row["Row"], row["Reason"]) for row in refused] == [
        ("3", "Name is empty."),
        ("4", "The External ID is empty: a second import would make the lead again."),
        ("5", "The External ID is that of row 2."),
        ("7", "The part of the External ID before the dot is the name of an Odoo module."),
        ("8", "The line has 2 cells, but there are 6 headings."),
    ]
    assert refused[0]["Email"] == "nameless@example.com"

    # mended, the refused rows are a file like any other
    book = openpyxl.load_workbook(tmp_path / "some.refused.xlsx")
    assert book.active["D2"].value is None
    book.active["D2"] = "Named"
    book.save(tmp_path / "mended.xlsx")
    answer = import_leads(company, tmp_path / "mended.xlsx", "Money")
    assert number("created", answer) == 2  # the mended one, and the short one, whose cells are complete now
    assert number("skipped", answer) == 1  # the repeated External ID
    assert number("refused", answer) == 2


def test_an_unknown_pool_is_named_together_with_those_that_exist(company, tmp_path):
    path = tmp_path / "some.csv"
    path.write_text("External ID,Name\na.1,First\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="there is no lead pool “Nowhere”.*“Money”"):
        import_leads(company, path, "Nowhere")
