"""What a company with a file of its own does first: all columns become fields, and the file is imported.

With a generated file; with the real one (9,240 leads, 36 columns besides name and contact) marked `long`.
"""

import base64
import csv
import os
import pathlib
import subprocess
import sys

import generated
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EDUCATION = pathlib.Path(os.environ.get("EDUCATION_CSV") or ROOT.parent / "shared/data/education_leads.csv")
CONTACT = ("External ID", "Name", "Contact Name", "Phone", "Email", "Company Name")
#: The files of a test, as the parameter of its fixture `file`.
FILES = ["generated"]
if EDUCATION.is_file():
    FILES.append(pytest.param("education", marks=pytest.mark.long))


def write(kind, folder, number, most=None, change=None):
    """The file of a test.

    :param kind: of :data:`FILES`
    :param number: rows that are generated
    :param most: rows that are taken of the real file; all
    :param change: callable `(number, row)` that changes a row
    :returns: its path
    """
    path = folder / "education_leads.csv"
    if kind == "generated":
        generated.write(path, number)
    with (EDUCATION if kind == "education" else path).open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        names, rows = reader.fieldnames, list(reader)[:most]
    for place, row in enumerate(rows if change else ()):
        change(place, row)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path):
    """Rows of a file, and those of its headings that are to become fields."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return rows, [heading for heading in rows[0] if heading not in CONTACT]


def take_in(server, path, pool):
    """Import the file into a pool, in one go."""
    script = ROOT / "scripts/import_leads.py"
    subprocess.run(
        [sys.executable, pathlib.Path(sys.executable).with_name("odoo-bin"), "shell", "-d", server.dbname, "--no-http"],
        input=f"exec(compile(open({str(script)!r}).read(), 'import_leads', 'exec'), globals())\n",
        env={**os.environ, "CSV": str(path), "POOL": pool},
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


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
