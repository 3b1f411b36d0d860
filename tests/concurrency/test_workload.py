"""Limits cannot be raced and nothing is lost: a random day on two servers of several processes, while processes and
database sessions are killed.

    LEAD_POOL_SEED=7 scripts/exec pytest -p no:odoo -s tests/concurrency/test_workload.py

What each invariant is: ``invariants`` and ``workload``. INV-3, INV-4 and INV-8 are limits and borders, asked of every
commit that is looked at; INV-13 of every list that a rep reads.
"""

import os
import random

import pytest
from staff import staff
from workload import Day

SEED = int(os.environ.get("LEAD_POOL_SEED") or random.SystemRandom().randrange(10**6))


@pytest.fixture(scope="module")
def department(make_database):
    return staff(make_database())


@pytest.fixture(scope="module")
def servers(make_server, department):
    return [make_server(workers=2, dbname=department.dbname) for _n in range(2)]


def play(department, servers, seconds):
    print(f"\nLEAD_POOL_SEED={SEED}")
    day = Day(department, servers, SEED)
    day.run(seconds)
    answers = day.answers()
    print(f"{sum(answers.values())} calls, {dict(day.nemesis.kills)} killed, looked {day.looks} times", dict(answers))
    wrong = day.broken_promises() + department.problems()
    print("tried again by Odoo:", dict(+day.retries))
    assert not wrong, f"LEAD_POOL_SEED={SEED}\n" + "\n".join(dict.fromkeys(wrong))
    assert day.everything_happened()


@pytest.mark.long
def test_a_day_with_accidents(department, servers):
    play(department, servers, seconds=240)
