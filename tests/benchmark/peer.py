"""Odoo's own scheduled assignment, in an Odoo without our add-ons, in a process of its own.

It is measured on few leads (``Bench.peer_leads``) and extrapolated in proportion. That is less than it would take: its
allocation looks at all leads that are left for each lead it allocates. The part that grows with the square is not
extrapolated, for two measurements of a minute do not tell it well enough.
"""

import pathlib
import random
import signal
import subprocess
import sys
import time

SECONDS = 120  # at most
MEMBERS = 100


def assignment_seconds(bench, number):
    """Seconds that Odoo takes, or would take at the least, to assign ``number`` leads to ``MEMBERS`` members."""
    assigned, took = _measured(bench, min(number, bench.peer_leads))
    if not assigned:
        print(f"peer: Odoo's assignment did not finish one lead in {took:.0f} s")
        return None
    seconds = took / assigned * number
    print(f"peer: Odoo assigned {assigned} leads in {took:.1f} s; {took:.1f} / {assigned} · {number} = {seconds:.0f} s")
    return seconds


def _measured(bench, number):
    """``(leads assigned, seconds)``"""
    with bench.database(bench.plain) as dbname:
        done = subprocess.run(
            [sys.executable, __file__, dbname, str(number)], capture_output=True, text=True, check=False
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"the peer failed:\n{done.stdout}\n{done.stderr}")
        assigned, seconds = done.stdout.split()[-2:]
        return int(assigned), float(seconds)


def main(dbname, number):
    import market
    from department import transaction

    with transaction(dbname) as env:
        env["crm.team"].search([]).assignment_optout = True
        team = env["crm.team"].create({"name": "Hot"})
        env["crm.team.member"].create(
            [
                {"crm_team_id": team.id, "user_id": rep.id, "assignment_max": 30 * number}
                for rep in market.hire(env, MEMBERS)
            ]
        )
        market.write_leads(env, number, duplicates=False)
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    random.seed(market.SEED)
    began = time.perf_counter()
    try:
        with transaction(dbname) as env:
            env["crm.team"]._cron_assign_leads(force_quota=True)
    except TimeoutError:
        pass
    signal.alarm(0)
    seconds = time.perf_counter() - began
    with transaction(dbname) as env:
        print(env["crm.lead"].search_count([("user_id", "!=", False)]), seconds)


def _too_long(*_signal):
    raise TimeoutError


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
    main(sys.argv[1], int(sys.argv[2]))
