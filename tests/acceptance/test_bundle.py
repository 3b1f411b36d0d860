"""What the add-ons put into the pages that everybody opens stays small."""

import gzip

import pytest
from servers import ROOT

#: Most bytes of scripts, templates and styles, as a server sends them (gzip).
MOST = {"lead_pool": 52_000, "lead_pool_reports": 18_000}


@pytest.mark.parametrize("addon", MOST)
def test_a_bundle_is_small(addon):
    files = sorted(path for path in (ROOT / addon / "static/src").rglob("*") if path.is_file())
    assert {path.suffix for path in files} <= {".js", ".xml", ".scss"}, "pictures and libraries are fetched when shown"
    assert len(gzip.compress(b"".join(path.read_bytes() for path in files), 6)) <= MOST[addon]


def test_charts_are_fetched_by_who_looks_at_one():
    """Chart.js is larger than all of ours: Odoo's own bundle of it is loaded on demand."""
    scripts = [path for addon in MOST for path in (ROOT / addon / "static/src").rglob("*.js")]
    drawing = [path for path in scripts if "new Chart(" in path.read_text(encoding="utf-8")]
    assert drawing
    for path in drawing:
        assert 'loadBundle("web.chartjs_lib")' in path.read_text(encoding="utf-8"), path
