"""The documentation says what was measured last."""

import bench
import pytest
import table


@pytest.mark.parametrize("page", table.PAGES, ids=lambda page: page.name)
def test_the_tables_of_the_pages_are_those_of_the_results(page):
    text = (table.DOCS / page.name).read_text(encoding="utf-8")
    assert text == table.filled(page, text), "run: python tests/benchmark/table.py"


@pytest.mark.parametrize("page", table.PAGES, ids=lambda page: page.name)
def test_the_pages_have_a_place_for_each_operation(page):
    text = (table.DOCS / page.name).read_text(encoding="utf-8")
    assert set(table.MARKS.values()) == set(bench.OPERATIONS)
    assert all(f"<!-- {mark} -->\n" in text and f"<!-- /{mark} -->\n" in text for mark in bench.OPERATIONS)


def test_a_row_without_a_place_is_not_lost_silently(monkeypatch):
    monkeypatch.setattr(table, "results", lambda: {"other": []})
    with pytest.raises(ValueError, match="no mark for rows of: other"):
        table.filled(table.PAGES[0], "<!-- claim -->\n<!-- /claim -->\n")
