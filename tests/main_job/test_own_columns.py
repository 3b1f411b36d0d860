"""A company brings a file of its own: all its columns become fields in one save, and every value is found again.

Always with a generated file; with the real one (9,240 leads, 36 columns besides name and contact) marked `long`.
"""

import base64
import collections
import csv
import os
import pathlib
import subprocess
import sys

import generated
import pytest
from department import Department

from lead_pool.rules import columns

ROOT = pathlib.Path(__file__).resolve().parents[2]
EDUCATION = pathlib.Path(os.environ.get("EDUCATION_CSV") or ROOT.parent / "shared/data/education_leads.csv")
CONTACT = ("External ID", "Name", "Contact Name", "Phone", "Email", "Company Name")
FILES = ["generated"]
if EDUCATION.is_file():
    FILES.append(pytest.param("education", marks=pytest.mark.long))


@pytest.fixture
def file(request, tmp_path):
    path = tmp_path / "education_leads.csv"
    if request.param == "education":
        path.write_bytes(EDUCATION.read_bytes())
    else:
        generated.write(path, 600)
    return path


@pytest.fixture
def server(make_server):
    server = make_server(workers=2)
    yield server
    server.stop()


@pytest.mark.parametrize("file", FILES, indirect=True)
def test_all_columns_become_fields_and_every_value_is_found_again(file, server):
    company = Department(server.dbname, "own")
    company.hire("manager", "boss")
    boss = company.login("boss")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    headings = [heading for heading in rows[0] if heading not in CONTACT]
    assert len(headings) == 36

    fields = make_fields(server, boss, file, headings)
    assert len(fields) == 36

    script = ROOT / "scripts/import_leads.py"
    subprocess.run(
        [sys.executable, pathlib.Path(sys.executable).with_name("odoo-bin"), "shell", "-d", server.dbname, "--no-http"],
        input=f"exec(compile(open({str(script)!r}).read(), 'import_leads', 'exec'), globals())\n",
        env={**os.environ, "CSV": str(file), "POOL": "Own"},
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    leads = by_external_id(server)
    assert len(leads) == len(rows)
    expected = {heading: values_of(rows, heading, leads) for heading in headings}
    about = server.call("crm.lead", "fields_get", login=boss, allfields=list(fields.values()))
    for heading, name in fields.items():
        check_search(server, boss, name, about[name], expected[heading])
        check_groups(server, boss, name, about[name], expected[heading])
    check_export(server, fields, about, expected, leads)


def make_fields(server, boss, file, headings):
    """All columns made fields through the dialog, as its form sends it; `{heading: field name}`."""
    New = "lead.custom.field.new"
    with_file = {"file": base64.b64encode(file.read_bytes()).decode(), "file_name": file.name}
    spec = {"line_ids": {"fields": {name: {} for name in LINE}}, "file": {}, "file_name": {}}
    answer = server.call(New, "onchange", login=boss, ids=[], values=with_file, field_names=["file"], fields_spec=spec)
    lines = [
        {name: command[2].get(name) for name in LINE} for command in answer["value"]["line_ids"] if command[0] == 0
    ]
    assert {line["heading"] for line in lines if line["known_as"]} >= {"City", "Country", "Tags"}
    for line in lines:
        line["make"] = line["heading"] in headings
    guessed = {line["heading"]: line["field_type"] for line in lines}
    assert guessed["Lead Number"] == guessed["TotalVisits"] == "integer"
    assert guessed["Page Views Per Visit"] == "decimal"
    assert guessed["Converted"] == guessed["Do Not Email"] == "boolean"
    assert guessed["Lead Source"] == guessed["City"] == "selection"
    [wizard] = server.call(New, "create", login=boss, vals_list=[{"line_ids": [[0, 0, line] for line in lines]}])
    server.call("lead.pool", "create", login=boss, vals_list=[{"name": "Own", "admin_ids": [], "member_ids": []}])
    server.call(New, "action_create", login=boss, ids=[wizard])
    made = server.call(
        "lead.custom.field", "search_read", login=boss, domain=[], fields=["name", "technical_name"], order="id"
    )
    wanted = [line for line in lines if line["make"]]
    assert [field["name"] for field in made] == [line["name"] for line in wanted]
    return {line["heading"]: field["technical_name"] for line, field in zip(wanted, made, strict=True)}


LINE = (
    "sequence make heading known_as examples name name_chinese name_english field_type options link_model "
    "on_lead on_customer on_order"
).split()


def by_external_id(server):
    """`{external id: lead id}`."""
    connection = server.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT module || '.' || name, res_id FROM ir_model_data WHERE model = 'crm.lead'")
        found = dict(cursor.fetchall())
    connection.close()
    return {xid: id_ for xid, id_ in found.items() if not xid.startswith(("crm.", "sale_crm."))}


def values_of(rows, heading, leads):
    """`{lead id: cell}` of the cells that are not empty."""
    return {leads[row["External ID"]]: row[heading].strip() for row in rows if row[heading].strip()}


def stored(about, cell):
    """The cell as the field holds it."""
    if about["type"] == "selection":
        return next(key for key, label in about["selection"] if columns.fold(label) == columns.fold(cell))
    if about["type"] == "boolean":
        return columns.truth(cell)
    return {"integer": int, "float": float}.get(about["type"], str)(cell)


def check_search(server, boss, name, about, expected):
    """Each value is found by a search for it, on exactly the leads that the file gives it."""
    wanted = collections.defaultdict(set)
    for lead_id, cell in expected.items():
        wanted[stored(about, cell)].add(lead_id)
    for value in sorted(wanted, key=str)[:40]:
        found = server.call("crm.lead", "search", login=boss, domain=[[name, "=", value], ["id", "in", list(expected)]])
        assert set(found) == wanted[value], (name, value)


def check_groups(server, boss, name, about, expected):
    """The numbers of a list grouped by the field are those of the file."""
    if about["type"] == "float":
        return  # Odoo groups by no decimal number
    groups = server.call(
        "crm.lead", "formatted_read_group", login=boss, domain=[["id", "in", list(expected)]], groupby=[name],
        aggregates=["__count"],
    )  # fmt: skip
    found = {group[name]: group["__count"] for group in groups}
    assert found == collections.Counter(stored(about, cell) for cell in expected.values()), name


def check_export(server, fields, about, expected, leads):
    """Odoo's export has every value of the file."""
    ids = sorted(leads.values())
    for start in range(0, len(ids), 2000):
        chunk = ids[start : start + 2000]
        rows = server.call("crm.lead", "export_data", ids=chunk, fields_to_export=list(fields.values()), timeout=300)[
            "datas"
        ]
        for lead_id, row in zip(chunk, rows, strict=True):
            for (heading, name), cell in zip(fields.items(), row, strict=True):
                if lead_id in expected[heading]:
                    wanted = expected[heading][lead_id]
                    assert same(about[name], cell, wanted), (heading, cell, wanted)


def same(about, exported, cell):
    if about["type"] == "selection":
        return columns.fold(exported) == columns.fold(cell)
    return exported == stored(about, cell)
