"""Limits cannot be raced and nothing is lost: a random day on two servers of several processes, while processes and
database sessions are killed.

    LEAD_POOL_SEED=7 scripts/exec pytest -p no:odoo -s tests/concurrency/test_workload.py

What each invariant is: ``invariants`` and ``workload``. INV-3, INV-4 and INV-8 are limits and borders, asked of every
commit that is looked at; INV-13 of every list that a rep reads.
"""

import os
import random
import re

import pytest
from department import Department
from passlib.context import CryptContext
from workload import Day

PASSWORDS = CryptContext(["pbkdf2_sha512"], pbkdf2_sha512__rounds=6000)
SEED = int(os.environ.get("LEAD_POOL_SEED") or random.SystemRandom().randrange(10**6))


@pytest.fixture(scope="module")
def department(make_database):
    department = Department(make_database(), "day")
    reps = [f"rep{number}" for number in range(16)]
    department.hire("rep", *reps)
    department.hire("manager", "boss0", "boss1", "boss2")
    department.hire("system", "clock")
    terms = {
        "extend_days": 7, "extend_approval": "above", "extend_free_days": 3, "lock_limit": 2, "cooling_days": 0,
        "member_capacity": 6, "member_daily_claim_limit": 60,
    }  # fmt: skip
    department.open_pool("Inbound", members=reps, admins=["boss0"], **terms)
    department.open_pool("Line", members=reps, admins=["boss1"], claim_order="pull", **terms)
    department.open_pool("Auto", members=reps[:8], admins=["boss2"], strategy="rotation", **terms)
    for pool, count in (("Inbound", 60), ("Line", 40), ("Auto", 20)):
        department.leads(pool, count)
    with department.inside() as env:
        for name, user_id in department.users.items():  # a hash that is slow to break is slow to make
            env.cr.execute(
                "UPDATE res_users SET password = %s WHERE id = %s",
                [PASSWORDS.hash(department.login(name)), user_id],
            )
        env["lead.pool.rep"]._ensure({(user_id, env.company.id) for user_id in department.users.values()})
        env.cr.execute("UPDATE lead_pool_rep SET capacity = 12")
    return department


@pytest.fixture(scope="module")
def servers(make_server, department):
    return [make_server(workers=2, dbname=department.dbname) for _n in range(2)]


def play(department, servers, seconds):
    print(f"\nLEAD_POOL_SEED={SEED}")
    begins = len(servers[0].log.read_text(encoding="utf-8"))
    day = Day(department, servers, SEED)
    day.run(seconds)
    answers = day.answers()
    print(f"{sum(answers.values())} calls, {dict(day.kills)} killed, looked {day.looks} times", dict(answers))
    log = servers[0].log.read_text(encoding="utf-8")[begins:]
    print("serialization failures that Odoo tried again:", len(re.findall(r"could not serialize", log)))
    wrong = day.broken_promises() + department.problems()
    assert not wrong, f"LEAD_POOL_SEED={SEED}\n" + "\n".join(dict.fromkeys(wrong))
    assert "deadlock detected" not in log
    assert day.everything_happened()


def test_a_day_with_accidents(department, servers):
    play(department, servers, seconds=25)


@pytest.mark.long
def test_a_long_day_with_accidents(department, servers):
    play(department, servers, seconds=240)
