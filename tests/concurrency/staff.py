"""Who works on a random day: see :mod:`workload`."""

from department import Department
from passlib.context import CryptContext

PASSWORDS = CryptContext(["pbkdf2_sha512"], pbkdf2_sha512__rounds=6000)


def staff(dbname, count=16):
    """Reps, three admins, two clocks, a program and two platforms, with three pools and 120 leads."""
    department = Department(dbname, "day")
    reps = [f"rep{number}" for number in range(count)]
    department.hire("rep", *reps)
    department.hire("manager", "boss0", "boss1", "boss2")
    department.hire("system", "clock0", "clock1")
    department.hire("program", "program0")
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
        pool = {"pool_id": department.pools["Inbound"], "per_minute": 100000, "kind": "json"}
        env["lead.pool.intake"].create([{"name": "Platform", **pool}, {"name": "Platform", **pool}])
        for name, user_id in department.users.items():  # a hash that is slow to break is slow to make
            env.cr.execute(
                "UPDATE res_users SET password = %s WHERE id = %s",
                [PASSWORDS.hash(department.login(name)), user_id],
            )
        env["lead.pool.rep"]._ensure({(user_id, env.company.id) for user_id in department.users.values()})
        env.cr.execute("UPDATE lead_pool_rep SET capacity = 12")
    return department
