"""The benchmark itself works; how fast anything is, is not asked here."""

import json

import bench
import looking
import market
import pytest
import reporting


@pytest.mark.long
def test_every_operation_yields_rows_with_the_named_columns(installed_db, tmp_path):
    asked = [
        "distribute",
        "duplicates",
        "import",
        "conversion",
        "install",
        "simulate",
        "reports",
        "reports_cpu",
        "reports_busy",
        "telling",
    ]
    rows = bench.main("200", asked, installed_db, installed_db, rounds=1, results=tmp_path, peer_leads=5)
    assert [row["operation"] for row in rows] == [
        "distribute_set",
        "distribute_faithful",
        "distribute_set_rows",
        "duplicates_one",
        "duplicates_batch",
        "import",
        "intake_bulk",
        "intake_keys",
        "conversion",
        "install_keys",
        "install_enrol",
        "install_enrol_moved",
        "install_check",
        "simulate",
        *(
            f"report_{name}_{days}_{reader}"
            for name in (*reporting.RAW, "dashboard")
            for days in reporting.PERIODS
            for reader in reporting.READERS
            if days == "90" or name not in reporting.BY_DAY
        ),
        *(
            f"cpu_{variant}_{days}_{reader}"
            for variant, (name, further) in reporting.VARIANTS.items()
            for days in reporting.PERIODS
            for reader in reporting.READERS
            if days == "90" or name not in reporting.BY_DAY and further.get("by") != "day"
        ),
        *(f"busy_{name}" for name in reporting.RAW),
        "tell_facts",
    ]
    assert json.loads((tmp_path / "200.json").read_text()) == rows
    for row in rows:
        assert list(row) == bench.COLUMNS
        assert row["size"] == 200 and row["retries"] == 0
        assert min(row["ours_s"], row["raw_s"], row["queries"]) > 0
        kind = row["operation"].partition("_")[0]
        only_reads = kind in ("report", "cpu", "busy", "tell", "duplicates") or row["operation"] == "intake_keys"
        assert only_reads or row["wal_bytes"] > 0
        without_peer = kind in ("simulate", "install", "report", "cpu", "busy", "tell")  # nothing in core does this
        assert row["peer_s"] is None if without_peer else row["peer_s"] > 0
        assert isinstance(row["meets_target"], bool)


@pytest.mark.long
def test_what_people_do_all_day_yields_rows_too(installed_db, tmp_path):
    asked = ["reclaim", "follow_up", "paint", "screens", "xlsx"]
    rows = bench.main("200", asked, installed_db, installed_db, rounds=1, results=tmp_path)
    assert {row["operation"]: row["size"] for row in rows} == {
        "reclaim_scan": 20 * 200,  # looks, each for all that is due
        "reclaim_apply": 200,
        "reclaim_apply_rows": 200,
        "reclaim_idle": 20,
        "follow_up": 100,
        "follow_up_next": 100,
        **dict.fromkeys(("paint_dashboard", "paint_panels", "paint_board", "paint_mine"), 1),
        **{f"{screen}_{step}": looking.TIMES for screen in looking.SCREENS for step in looking.STEPS},
        "xlsx": 200,
    }
    for row in rows:
        assert list(row) == bench.COLUMNS
        assert row["retries"] == 0 and row["ratio_raw"] > 0
        in_a_page = row["operation"].startswith("paint")
        assert (row["queries"] > 0) == (row["operation"] != "xlsx" and not in_a_page)
        # nothing in core does this
        without_peer = row["operation"].startswith(("reclaim", "xlsx", "paint_dashboard", "paint_panels"))
        assert row["peer_s"] is None if without_peer else row["peer_s"] is not None
        assert isinstance(row["meets_target"], bool)


def test_one_line_again_keeps_the_others(tmp_path):
    path = tmp_path / "10k.json"
    bench.write(path, [{"operation": "a", "ours_s": 1}, {"operation": "b", "ours_s": 1}])
    bench.write(path, [{"operation": "a", "ours_s": 2}])
    assert {row["operation"]: row["ours_s"] for row in json.loads(path.read_text())} == {"a": 2, "b": 1}


def test_the_people_are_the_same_each_time_and_partly_the_same_people():
    crowd = list(market.people(5000))
    assert crowd == list(market.people(5000))
    emails = [email for _name, email, *_rest in crowd]
    assert 0.05 < 1 - len(set(emails)) / len(emails) < 0.09, "5 % exact and 2 % fuzzy duplicates"
    assert any("一" <= contact[0] <= "鿿" for contact, *_rest in crowd), "some have Chinese names"
    assert len({email for _name, email, *_rest in market.people(500, duplicates=False)}) == 500


def test_sizes_are_written_short():
    assert [bench.number_of(size) for size in ("200", "10k", "1M")] == [200, 10_000, 1_000_000]
