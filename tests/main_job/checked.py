"""Run in `odoo shell`: a file is checked, then imported; what either says of each row is written to ANSWER.

Reads `FILE`.
"""

import base64
import json
import os
import pathlib

env = globals()["env"]
path = pathlib.Path(os.environ["FILE"])
env.company.country_id = env.ref("base.in")
pool = env["lead.pool"].create({"name": "Fair", "team_id": env["crm.team"].create({"name": "Fair"}).id})
env = env(user=env.ref("base.user_admin").id)  # may make the services and lead groups that the file names
run = env["lead.pool.import"].create(
    {
        "file": base64.b64encode(path.read_bytes()),
        "file_name": path.name,
        "destination": "pool",
        "pool_id": pool.id,
        "make_missing": True,
    }
)


def work():
    job = run.sudo().job_id
    while job.state in ("waiting", "running"):
        job._work()
        env.cr.commit()
        env.invalidate_all()
    assert not job or job.state == "done", job.problem


def answers():
    rows = run.sudo().row_ids
    numbers = {row.lead_id.id: row.number for row in rows if row.lead_id}
    return [
        {"number": row.number, "code": row.code, "message": row.message or "", "of": numbers.get(row.of_ref)}
        for row in rows
    ]


before = env["crm.lead"].sudo().search_count([])
run.action_check()
work()
assert env["crm.lead"].sudo().search_count([]) == before, "the check made leads"
check = answers()
run.action_import()
work()
pathlib.Path(os.environ["ANSWER"]).write_text(json.dumps([check, answers()]), encoding="utf-8")
