"""Odoo's own scheduled assignment, in an Odoo without our add-ons, in a process of its own.

It is measured on few leads (``Bench.peer_leads``) and extrapolated. Its allocation looks at all leads that are left for
each lead it allocates, so that its time has a part that grows with the square; two measurements give both parts.
"""

import pathlib
import random
import signal
import subprocess
import sys
import time

SECONDS = 60  # of one measurement
MEMBERS = 100


def assignment_seconds(bench, number):
    """Seconds that Odoo takes, or would take, to assign ``number`` leads to ``MEMBERS`` members."""
    points = [point for point in (_measured(bench, n) for n in _numbers(bench, number)) if point[0]]
    if not points:
        print(f"peer: Odoo's assignment did not finish one lead in {SECONDS} s")
        return None
    (n1, t1), (n2, t2) = points[0], points[-1]
    b = max(0.0, (t2 / n2 - t1 / n1) / (n2 - n1)) if n1 != n2 else 0.0
    a = t2 / n2 - b * n2
    seconds = a * number + b * number**2
    told = ", ".join(f"{n} leads in {t:.1f} s" for n, t in points)
    print(
        f"peer: Odoo's assignment of {told}; seconds = a·n + b·n², a = {a:.5f}, b = {b:.3g}: {seconds:.0f} s for "
        f"{number}; in proportion alone {t2 / n2 * number:.0f} s"
    )
    return seconds


def _numbers(bench, number):
    most = min(number, bench.peer_leads)
    return sorted({max(most // 2, 1), most})


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
