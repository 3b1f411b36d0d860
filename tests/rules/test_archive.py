"""Whatever is changed in what stays of an archived chain, or in its file, is found."""

import gzip
import hashlib
import json
from datetime import datetime, timedelta

import pytest

from lead_pool.rules import archive

KINDS = ["entered", "claimed", "follow_up", "reclaimed", "lost"]


def hash_of(row):
    facts = {name: str(row[name]) for name in (*archive.KEPT, "note", "detail", "prev_hash")}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def lived(first=1, before=None):
    """A lead's events from this number on."""
    rows = []
    for seq, kind in enumerate(KINDS, first):
        detail = {"follow_up": 7, "length": 30} if kind == "follow_up" else {"due": "2020-03-04", "rule": "x"}
        row = dict.fromkeys(archive.KEPT) | {"date": datetime(2020, 3, 1) + timedelta(days=seq), "kind": kind}
        row |= {"lead_ref": 5, "seq": seq, "user_name": "李娜", "note": "so", "detail": detail, "prev_hash": before}
        row["hash"] = before = hash_of(row)
        rows.append(row)
    return [row | {"sha256": None} for row in rows]


def archived(rows, number):
    """What is left of them in the database."""
    *others, last = archive.archived(rows, number, f"file {number}")
    return [*others, last | {"sha256": f"file {number}"}]


@pytest.fixture
def twice():
    """Archived, come back, archived again, and come back."""
    first = archived(lived(), 1)
    second = archived(lived(6, first[-1]["hash"]), 2)
    return [*first, *second, *lived(11, second[-1]["hash"])]


def test_a_chain_holds_through_its_checkpoints(twice):
    assert archive.misfit(twice, hash_of) is None
    assert archive.misfit([], hash_of) is None


@pytest.mark.parametrize("name", [*archive.KEPT, "note", "detail", "prev_hash", "hash", "sha256"])
def test_a_change_of_any_column_of_any_event_is_found(twice, name):
    for place, row in enumerate(twice):
        if name == "sha256" and not archive.is_checkpoint(row):
            continue
        value = row["date"] + timedelta(seconds=1) if name == "date" else {"due": "x"} if name == "detail" else "x"
        if name == "seq":
            value = 99
        changed = [*twice[:place], row | {name: value}, *twice[place + 1 :]]
        assert archive.misfit(changed, hash_of), (row["seq"], name)


def test_a_missing_event_is_found_wherever_it_was(twice):
    for place in range(len(twice) - 1):
        assert archive.misfit(twice[:place] + twice[place + 1 :], hash_of), place + 1


def test_what_figures_are_made_of_stays():
    rows = archive.archived(lived(), 1, "file")
    assert [row["detail"] for row in rows[2:4]] == [{"follow_up": 7}, {"due": "2020-03-04"}]
    assert rows[-1]["detail"].items() >= {"due": "2020-03-04", "archive": 1, "notes": 5}.items()
    assert rows[-1]["hash"] == lived()[-1]["hash"]


def test_the_file_gives_back_what_went_and_is_the_same_each_time():
    rows = lived()
    content = archive.packed(3, rows)
    assert content == archive.packed(3, rows)
    back = list(archive.lines_of(content))
    assert [row["note"] for row in back] == ["so"] * 5
    assert archive.proof("x", back) == archive.proof("x", rows), "a moment as text is the same moment"


@pytest.mark.parametrize("content", [b"", b"x", gzip.compress(b'{"x": 1}\n'), b"\x1f\x8b"])
def test_another_file_is_none(content):
    with pytest.raises((ValueError, OSError, EOFError)):
        list(archive.lines_of(content))
