"""A company brings a file of its own: all its columns become fields in one save, and every value is found again.

Always with a generated file; with the real one (9,240 leads, 36 columns besides name and contact) marked `long`.
"""

import collections

import own_file
import pytest
from department import Department

from lead_pool.rules import columns


@pytest.fixture
def file(request, tmp_path):
    return own_file.write(request.param, tmp_path, 600)


@pytest.fixture
def server(make_server):
    server = make_server(workers=2)
    yield server
    server.stop()


@pytest.mark.parametrize("file", own_file.FILES, indirect=True)
def test_all_columns_become_fields_and_every_value_is_found_again(file, server):
    company = Department(server.dbname, "own")
    company.hire("manager", "boss")
    boss = company.login("boss")
    rows, headings = own_file.read(file)
    assert len(headings) == 36

    fields = own_file.make_fields(server, boss, file, headings)
    assert len(fields) == 36

    own_file.take_in(server, file, "Own")
    leads = own_file.by_external_id(server)
    assert len(leads) == len(rows)
    expected = {heading: values_of(rows, heading, leads) for heading in headings}
    about = server.call("crm.lead", "fields_get", login=boss, allfields=list(fields.values()))
    for heading, name in fields.items():
        check_search(server, boss, name, about[name], expected[heading])
        check_groups(server, boss, name, about[name], expected[heading])
    check_export(server, fields, about, expected, leads)


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
