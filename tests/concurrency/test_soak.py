"""A short soak: what was answered survives whatever is killed, PostgreSQL itself included.

LEAD_POOL_SEED=7 scripts/exec pytest -p no:odoo -s -m long tests/concurrency/test_soak.py
"""

import pytest
from soak import soak
from test_workload import SEED

pytestmark = pytest.mark.long


def test_what_was_answered_survives_whatever_is_killed(installed_db):
    print(f"\nLEAD_POOL_SEED={SEED}")
    day, wrong = soak(installed_db, seconds=120, clients=24, seed=SEED, most=3)
    print(day.counts(), dict(day.nemesis.kills), dict(day.answers()), list(day.recovered()), dict(+day.retries))
    assert not wrong, f"LEAD_POOL_SEED={SEED}\n" + "\n".join(wrong)
    assert day.everything_happened()
