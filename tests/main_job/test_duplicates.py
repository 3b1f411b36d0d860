"""A file with duplicates is checked and imported: the check reports these and no others; the import does as it said.

Always with a generated file; with the real one (9,240 leads) marked `long`.
"""

import csv
import json
import re
import time

import generated
import pytest
import seeded
from test_main_job import EDUCATION, FILES, read, shell


@pytest.fixture(params=FILES)
def file(request, tmp_path):
    """The path of a file with duplicates, how many rows it has, and the duplicates."""
    path = tmp_path / f"{request.param}.csv"
    if request.param == "education":
        path.write_bytes(EDUCATION.read_bytes())
    else:
        generated.write(path, 600)
    rows, duplicates = seeded.seed(read(path))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path, len(rows), duplicates


def test_the_check_reports_the_duplicates_and_the_import_does_as_it_said(file, make_database, capsys):
    path, count, duplicates = file
    assert {kind for kind, _original in duplicates.values()} == set(seeded.KINDS)
    began = time.monotonic()
    answer = path.with_suffix(".json")
    shell(make_database(), "checked.py", FILE=str(path), ANSWER=str(answer))
    check, result = json.loads(answer.read_text(encoding="utf-8"))
    assert len(check) == len(result) == count

    expected = {place + 2: original + 2 for place, (_kind, original) in duplicates.items()}  # row 1 has the headings
    named = {row["number"]: int(re.search(r"\d+", row["message"])[0]) for row in check if row["code"] == "in_file"}
    assert named == expected
    assert {row["code"] for row in check} == {"created", "in_file"}
    assert {row["number"]: row["of"] for row in result if row["code"] == "flagged"} == expected
    assert {row["code"] for row in result} == {"created", "flagged"}
    with capsys.disabled():
        print(f"\n  {count:,} rows, {len(duplicates):,} duplicates: {time.monotonic() - began:.0f} s")
