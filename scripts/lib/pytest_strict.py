"""A pytest plugin (`-p pytest_strict`, scripts/lib on PYTHONPATH): a green result means something.

* A skipped test is a failed one, unless ALLOWED_SKIPS lists it: Odoo skips browser tests silently
  where it finds no Chromium or websocket library, and a build in which nothing ran must not pass.
* With LEAD_POOL_EXPECTED_FAILURES=FILE, tests that the file lists may fail, one a line, written as
  `addon/tests/file.py::Class::test`: core's suites fail in places without us. One that passes after
  all is reported, so that the list can shrink.
* Odoo gives Chromium ten seconds to start and skips the test after that; a busy machine gets a minute.
* With LEAD_POOL_RESULTS=FILE, the counts are appended to it as `passed failed`.
"""

import os
import re
import sys

import pytest

ALLOWED_SKIPS = frozenset()  # node ids


def _short(nodeid):
    """`../x/addons/crm/tests/test_a.py::A::b` -> `crm/tests/test_a.py::A::b`"""
    return re.sub(r"^.*/addons/", "", nodeid)


def _expected_failures():
    path = os.environ.get("LEAD_POOL_EXPECTED_FAILURES")
    if not path:
        return frozenset()
    with open(path, encoding="utf-8") as lines:
        return frozenset(line.split("#")[0].strip() for line in lines) - {""}


EXPECTED_FAILURES = _expected_failures()
_surprises = []


def pytest_sessionstart():
    odoo_tests = sys.modules.get("odoo.tests.common")
    if odoo_tests:
        odoo_tests.CHECK_BROWSER_ITERATIONS = 600  # of a tenth of a second


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.skipped and not hasattr(report, "wasxfail"):
        _skip_is_failure(report)
    elif report.failed and _short(item.nodeid) in EXPECTED_FAILURES:
        report.outcome = "skipped"
        report.wasxfail = "listed as failing without us"


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_make_collect_report(collector):
    report = (yield).get_result()
    if report.skipped:
        _skip_is_failure(report)


def _skip_is_failure(report):
    if report.nodeid in ALLOWED_SKIPS:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} was skipped, which counts as a failure: {reason}"


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed and _short(report.nodeid) in EXPECTED_FAILURES:
        _surprises.append(_short(report.nodeid))


def pytest_terminal_summary(terminalreporter):
    for nodeid in _surprises:
        terminalreporter.write_line(f"listed as an expected failure but passes now: {nodeid}")
    path = os.environ.get("LEAD_POOL_RESULTS")
    if path:
        stats = terminalreporter.stats
        failed = len(stats.get("failed", [])) + len(stats.get("error", []))
        with open(path, "a", encoding="utf-8") as results:
            results.write(f"{len(stats.get('passed', []))} {failed}\n")
