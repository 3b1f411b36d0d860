"""Run in `odoo shell` before the import: a company with five pools, entry conditions, reps, limits, reclaim rules.

The last pool is the company's default one, so that each lead of the file enters some pool.
"""

from odoo.fields import Command

POOLS = (  # name, distribution, members, each of them holds at most, entry condition
    ("Chat", "rotation", 8, 90, [("source_id.name", "=", "Olark Chat")]),
    ("Money", "manual", 6, 60, ["|", ("product_interest_ids.name", "ilike", "Finance"),
                                ("product_interest_ids.name", "ilike", "Banking")]),
    ("Search", "rotation", 10, 80, [("source_id.name", "in", ["Google", "Organic Search"])]),
    ("Management", "manual", 6, 50, [("product_interest_ids.name", "ilike", "Management")]),
    ("Others", "manual", 6, 70, None),
)  # fmt: skip

env = globals()["env"]
users = env["res.users"].with_context(no_reset_password=True)
seller = env.ref("sales_team.group_sale_salesman").id
number = 0
for sequence, (name, strategy, members, capacity, domain) in enumerate(POOLS):
    reps = users.create(
        [
            {
                "name": f"Rep {number + i}",
                "login": f"main_job_{number + i}",
                "notification_type": "inbox",
                "group_ids": [Command.set([seller])],
            }
            for i in range(members)
        ]
    )
    number += members
    team = env["crm.team"].create({"name": name, "member_ids": [Command.set(reps.ids)]})
    pool = env["lead.pool"].create(
        {
            "name": name,
            "sequence": sequence,
            "team_id": team.id,
            "tz": "Asia/Shanghai",
            "strategy": strategy,
            "member_capacity": capacity,
            "member_daily_claim_limit": 40,
            "reclaim_most": 0,
            "member_ids": [Command.create({"user_id": rep.id, "role": "member"}) for rep in reps],
            "entry_rule_ids": [Command.create({"name": name, "sequence": sequence, "domain": repr(domain)})]
            if domain
            else [],
            "reclaim_rule_ids": [
                Command.create({"name": "Touch within 3 days, then every 7", "no_first_touch_days": 3,
                                "no_follow_up_days": 7, "warn_days": 1})
            ],
        }
    )  # fmt: skip
    if domain is None:
        env.company.lead_pool_default_id = pool
result = env["lead.pool"].search_count([])
