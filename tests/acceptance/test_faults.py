"""Each protection that an attack of docs/security.md meets is missed by its test when it is gone."""

import os
import re
import subprocess
import sys

import faults
import pytest
from servers import ROOT

pytestmark = pytest.mark.long


def run(dbname, tests, fault=""):
    """``(passed, failed)`` of these tests of the add-on, on a product with this fault, and what pytest said."""
    path = os.pathsep.join(str(folder) for folder in (ROOT / "tests/acceptance", ROOT / "tests"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "faults", "-q", "-p", "no:cacheprovider", f"--odoo-database={dbname}"]
        + ["--odoo-http", *(str(ROOT / faults.PREFIX / test) for test in tests)],
        env={**os.environ, "PYTHONPATH": path, "LEAD_POOL_FAULT": fault, "LEAD_POOL_FAULTY_DB": dbname},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)", done.stdout)}
    return (counts.get("passed", 0), counts.get("failed", 0)), done.stdout + done.stderr


@pytest.fixture(scope="module")
def whole(make_database):
    """``(passed, failed)`` of all these tests without any fault."""
    tests = {test for _attack, some in faults.CAUGHT_BY.values() for test in some}
    return len(tests), *run(make_database(), sorted(tests))


def test_without_a_fault_all_of_them_pass(whole):
    number, counts, said = whole
    assert counts == (number, 0), said


@pytest.mark.parametrize("fault", faults.CAUGHT_BY)
def test_a_fault_is_found_out(make_database, fault):
    _attack, tests = faults.CAUGHT_BY[fault]
    counts, said = run(make_database(), tests, fault)
    assert counts == (0, len(tests)), said
