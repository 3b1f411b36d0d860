"""What attackers send: an attack is a function of the town as one of its people sees it; it gives ``(status, answer)``.

The numbers are those of docs/security.md.
"""

import json
from base64 import b64encode

from town import on, wizard

FORGED = [
    {"lead_pool_pass": True},
    {"lead_pool_pass": "PASS"},
    {"lead_pool_pass": {"__class__": "Trust"}},
    {"tracking_disable": True, "mail_notrack": True, "install_mode": True},
    {"lead_pool_bypass": True, "_lead_pool_bypass": 1, "bypass_access": True},
    {"uid": 1, "su": True, "user_id": 1},
    {"active_test": False},
    {"allowed_company_ids": [1]},
    {"lead_pool_clock": "2020-01-01 00:00:00"},
    {"lead_pool_channel": "integration"},
    {"lead_pool_anonymous": True},
    {"lead_pool_quiet": True, "lead_pool_one_version": True, "lead_pool_not_pooled": True},
    {"lead_pool_epoch": 1, "lead_pool_destinations": True},
    {"import_file": True},
    {"module": "lead_pool"},
]

PRIVATE = [
    ("lead.pool.entry", "_claim", {}),
    ("lead.pool.entry", "_apply", {"moves": [], "locked": None}),
    ("lead.pool.entry", "_lock", {}),
    ("lead.pool.entry", "_enter", {"arrivals": []}),
    ("lead.pool.entry", "_owner_written", {"user": 1}),
    ("lead.pool.entry", "_close", {"closed_as": "lost"}),
    ("lead.pool.entry", "_recall", {}),
    ("lead.pool.entry", "_reclaim_due", {}),
    ("lead.pool.entry", "_cron_reclaim", {}),
    ("lead.pool.entry", "_project_set", {"rows": []}),
    ("lead.pool", "_cron_distribute", {}),
    ("lead.pool", "_distribute", {}),
    ("lead.pool", "_rules_changed", {}),
    ("lead.pool", "_import_policy", {"file": {}, "replace_members": True}),
    ("lead.pool.member", "_count_held", {}),
    ("lead.pool.request", "_once", {"verb": "x", "request_uid": "x", "work": None}),
    ("lead.pool.event", "_append", {"rows": []}),
    ("lead.follow.up", "_record", {"lead": 1, "values": {}}),
    ("crm.lead", "_arrive", {"plans": [], "channel": "ui"}),
    ("crm.lead", "_merge_opportunity", {}),
    ("crm.lead", "_handle_salesmen_assignment", {"user_ids": [1]}),
    ("crm.lead", "with_env", {"env": None}),
    ("crm.lead", "sudo", {}),
    ("crm.lead", "with_user", {"user": 1}),
    ("crm.lead", "browse", {}),
]

#: Number and name: what she sends.
ATTACKS = {
    "ATK-01 take one by writing": lambda t: t.send("crm.lead", "write", ids=[t.lead], vals={"user_id": t.me}),
    "ATK-02 take twenty by writing": lambda t: t.send("crm.lead", "write", ids=t.waiting, vals={"user_id": t.me}),
    "ATK-02 one good, one not": lambda t: t.send("crm.lead", "write", ids=[t.mine, t.lead], vals={"priority": "3"}),
    "ATK-02 take a colleague's": lambda t: t.send("crm.lead", "write", ids=t.anns, vals={"user_id": t.me}),
    "ATK-03 create in a strange pool": lambda t: t.send(
        "crm.lead", "create", vals_list=[{"name": "x", "pool_id": t.pools["Castle"], "user_id": t.me}]
    ),
    "ATK-03 create in a colleague's hands": lambda t: t.send(
        "crm.lead", "create", vals_list=[{"name": "x", "pool_id": t.pools["Harbour"], "user_id": t.users["ann"]}]
    ),
    "ATK-03 create waiting": lambda t: t.send(
        "crm.lead", "create", vals_list=[{"name": "x", "pool_id": t.pools["Harbour"], "user_id": False}]
    ),
    "ATK-03 create an entry": lambda t: t.send(
        "lead.pool.entry", "create", vals_list=[{"lead_ref": t.mine, "pool_id": t.pools["Harbour"]}]
    ),
    "ATK-03 create a holding": lambda t: t.send(
        "lead.pool.holding", "create", vals_list=[{"lead_ref": t.lead, "user_id": t.me, "pool_id": 1, "epoch": 9}]
    ),
    "ATK-03 write the entry": lambda t: t.send(
        "lead.pool.entry", "write", ids=[t.entry], vals={"user_id": t.me, "state": "held"}
    ),
    "ATK-03 through the pool's lines": lambda t: t.send(
        "lead.pool", "write", ids=[t.pools["Harbour"]], vals={"member_ids": [[0, 0, {"user_id": t.me}]]}
    ),
    "ATK-03 through the lead's lines": lambda t: t.send(
        "crm.lead", "write", ids=[t.mine], vals={"pool_entry_ids": [[4, t.entry]]}
    ),
    "ATK-04 convert": lambda t: t.send("crm.lead", "convert_opportunity", ids=[t.lead], partner=False, user_ids=[t.me]),
    "ATK-04 our convert": lambda t: t.send("crm.lead", "action_convert", ids=[t.lead], values={}),
    "ATK-04 an order of mine": lambda t: t.send(
        "sale.order", "create", vals_list=[{"partner_id": t.customer, "opportunity_id": t.lead}]
    ),
    "ATK-04 an order of mine for a colleague's": lambda t: t.send(
        "sale.order", "write", ids=[t.order], vals={"opportunity_id": t.anns[0]}
    ),
    "ATK-04 convert a colleague's": lambda t: t.send("crm.lead", "action_convert", ids=t.anns, values={}),
    "ATK-05 merge": lambda t: t.send("crm.lead", "merge_opportunity", ids=[t.mine, t.lead]),
    "ATK-05 merge a colleague's": lambda t: t.send("crm.lead", "merge_opportunity", ids=[t.mine, *t.anns]),
    "ATK-05 merge wizard": lambda t: wizard(
        t, "crm.merge.opportunity", {"opportunity_ids": [[6, 0, [t.mine, t.lead]]]}, on(t), "action_merge"
    ),
    "ATK-06 lead to opportunity": lambda t: wizard(
        t,
        "crm.lead2opportunity.partner",
        {"lead_id": t.lead, "name": "convert", "action": "create", "user_id": t.me},
        on(t),
        "action_apply",
    ),
    "ATK-06 leads to opportunities": lambda t: wizard(
        t,
        "crm.lead2opportunity.partner.mass",
        {"lead_id": t.lead, "action": "each_exist_or_create", "user_ids": [[6, 0, [t.me]]]},
        on(t),
        "action_mass_convert",
    ),
    "ATK-06 merge in the wizard": lambda t: wizard(
        t,
        "crm.lead2opportunity.partner",
        {"lead_id": t.mine, "name": "merge", "duplicated_lead_ids": [[6, 0, [t.mine, t.lead]]], "user_id": t.me},
        {"active_model": "crm.lead", "active_id": t.mine, "active_ids": [t.mine]},
        "action_apply",
    ),
    "ATK-06 our convert wizard": lambda t: wizard(t, "lead.pool.convert", {"lead_id": t.lead}, on(t), "action_convert"),
    "ATK-06 our follow-up wizard": lambda t: wizard(
        t, "lead.pool.follow.up", {"lead_id": t.lead, "note": "mine"}, on(t), "action_save"
    ),
    "ATK-07 copy": lambda t: t.send("crm.lead", "copy", ids=[t.lead], default={"user_id": t.me}),
    "ATK-08 load": lambda t: t.send("crm.lead", "load", fields=[".id", "user_id/.id"], data=[[str(t.lead), str(t.me)]]),
    "ATK-08 load as import": lambda t: t.send(
        "crm.lead",
        "load",
        fields=[".id", "user_id/.id"],
        data=[[str(t.lead), str(t.me)]],
        context={"import_file": True},
    ),
    "ATK-09 web_save": lambda t: t.send(
        "crm.lead", "web_save", ids=[t.lead], vals={"user_id": t.me}, specification={"name": {}}
    ),
    "ATK-09 onchange": lambda t: t.send(
        "crm.lead",
        "onchange",
        ids=[t.lead],
        values={"user_id": t.me},
        field_names=["user_id"],
        fields_spec={"name": {}, "user_id": {}},
    ),
    "ATK-10 unarchive": lambda t: t.send("crm.lead", "action_unarchive", ids=[t.lead]),
    "ATK-10 archive": lambda t: t.send("crm.lead", "action_archive", ids=[t.lead]),
    "ATK-10 lost": lambda t: t.send("crm.lead", "action_set_lost", ids=[t.lead]),
    "ATK-10 won": lambda t: t.send("crm.lead", "action_set_won", ids=[t.lead]),
    "ATK-10 lost wizard": lambda t: wizard(
        t, "crm.lead.lost", {"lead_ids": [[6, 0, [t.lead]]]}, on(t), "action_lost_reason_apply"
    ),
    "ATK-10 delete": lambda t: t.send("crm.lead", "unlink", ids=[t.lead]),
    "ATK-11 to my team": lambda t: t.send("crm.lead", "write", ids=[t.lead], vals={"team_id": t.team}),
    "ATK-11 to another pool": lambda t: t.send("crm.lead", "write", ids=[t.lead], vals={"pool_id": t.pools["Market"]}),
    "ATK-11 out of the pool": lambda t: t.send("crm.lead", "write", ids=[t.lead], vals={"pool_id": False}),
    "ATK-12 drag": lambda t: t.send("crm.lead", "write", ids=[t.lead], vals={"stage_id": t.stage}),
    "ATK-12 drag and read": lambda t: t.send(
        "crm.lead", "web_save", ids=[t.lead], vals={"stage_id": t.stage}, specification={"stage_id": {}}
    ),
    "ATK-15 server action": lambda t: t.send(
        "ir.actions.server",
        "create",
        vals_list=[{"name": "x", "model_id": 1, "state": "code", "code": "env['crm.lead'].sudo()"}],
    ),
    "ATK-15 run a server action of others": lambda t: t.send(
        "ir.actions.server", "run", ids=[t.automation], context=on(t)
    ),
    "ATK-15 scheduled action": lambda t: t.send("ir.cron", "method_direct_trigger", ids=[1]),
    "ATK-75 give out leads": lambda t: t.send("lead.pool", "action_distribute", ids=[t.pools["Harbour"]]),
    "ATK-15 rule": lambda t: t.send("ir.rule", "search_read", domain=[], fields=["name"]),
    "ATK-15 parameter": lambda t: t.send("ir.config_parameter", "set_param", key="lead_pool.stopped", value="1"),
    "ATK-23 my own capacity": lambda t: t.send(
        "lead.pool.member", "write", ids=t.own_row(), vals={"capacity": 0, "held": 0, "day_n": 0}
    ),
    "ATK-23 my own row over all pools": lambda t: t.send(
        "lead.pool.rep", "write", ids=[1], vals={"capacity": 0, "own_limits": True}
    ),
    "ATK-23 make myself an admin": lambda t: t.send(
        "lead.pool.member",
        "create",
        vals_list=[{"pool_id": t.pools["Harbour"], "user_id": t.me, "role": "admin"}],
    ),
    "ATK-23 make myself a manager": lambda t: t.send("res.users", "write", ids=[t.me], vals={"group_ids": [[4, 1]]}),
    "ATK-24 weight": lambda t: t.send("lead.pool.member", "write", ids=t.own_row(), vals={"weight": 1000}),
    "ATK-25 leave and come back": lambda t: t.send("lead.pool.member", "unlink", ids=t.own_row()),
    "ATK-27 return a colleague's": lambda t: t.send(
        "lead.pool.entry", "action_return", ids=[t.entries[t.anns[0]]], reason_id=t.reasons["return"]
    ),
    "ATK-27 return what waits": lambda t: t.send(
        "lead.pool.entry", "action_return", ids=[t.entry], reason_id=t.reasons["return"]
    ),
    "ATK-27 claim a colleague's": lambda t: t.send("lead.pool.entry", "action_claim", ids=[t.entries[t.anns[0]]]),
    "ATK-27 claim in a strange pool": lambda t: t.send(
        "lead.pool.entry", "action_claim", ids=[t.entries[t.elsewhere[0]]]
    ),
    "ATK-27 claim what does not exist": lambda t: t.send("lead.pool.entry", "action_claim", ids=[10**6, 0, -1]),
    "ATK-27 undo a colleague's claim": lambda t: t.send(
        "lead.pool.entry", "action_undo_claim", ids=[t.entries[t.anns[0]]]
    ),
    "ATK-27 undo what waits": lambda t: t.send("lead.pool.entry", "action_undo_claim", ids=[t.entry]),
    "ATK-27 pull from a strange pool": lambda t: t.send("lead.pool", "action_pull_next", ids=[t.pools["Castle"]]),
    "ATK-27 pull from no pool": lambda t: t.send("lead.pool", "action_pull_next", ids=[10**6]),
    "ATK-23 claim rule of my own": lambda t: t.send(
        "lead.pool.claim.rule", "create", vals_list=[{"name": "x", "pool_id": t.pools["Harbour"]}]
    ),
    "ATK-25 undo again": lambda t: t.send("lead.pool.rep", "write", ids=[1], vals={"undo_day": False}),
    "ATK-27 assign to myself": lambda t: t.send(
        "lead.pool.entry", "action_assign", ids=[t.entry], user_id=t.me, over_capacity=True
    ),
    "ATK-27 reclaim": lambda t: t.send("lead.pool.entry", "action_reclaim", ids=[t.entries[t.anns[0]]]),
    "ATK-27 transfer": lambda t: t.send("lead.pool.entry", "action_transfer", ids=[t.entry], pool_id=t.pools["Market"]),
    "ATK-27 invalid": lambda t: t.send(
        "lead.pool.entry", "action_mark_invalid", ids=[t.entry], reason_id=t.reasons["invalid"]
    ),
    "ATK-27 follow up a colleague's": lambda t: t.send(
        "crm.lead", "action_follow_up", ids=t.anns, values={"note": "I know them well"}
    ),
    "ATK-27 judge a colleague's": lambda t: t.send("crm.lead", "action_assess", ids=t.anns, values={"need": "weak"}),
    "ATK-27 forge a judgement": lambda t: t.send(
        "lead.assessment", "create", vals_list=[{"lead_id": t.lead, "user_id": t.me, "need": "weak"}]
    ),
    "ATK-27 ask for help with a colleague's": lambda t: t.send("crm.lead", "action_ask_help", ids=t.anns, user_id=t.me),
    "ATK-27 help myself": lambda t: t.send(
        "lead.pool.helper",
        "create",
        vals_list=[{"lead_id": t.lead, "user_id": t.me, "holder_id": t.me, "asked_at": "2026-01-01 00:00:00"}],
    ),
    "ATK-27 help myself by a form": lambda t: t.send(
        "crm.lead", "write", ids=t.anns, vals={"helper_user_ids": [[4, t.me]]}
    ),
    "ATK-27 distribute": lambda t: t.send("lead.pool", "action_distribute", ids=[t.pools["Harbour"]]),
    "ATK-27 enrol": lambda t: t.send("lead.pool", "action_enrol", ids=[t.pools["Harbour"]], domain=[], dry_run=False),
    "ATK-27 open the pool": lambda t: t.send(
        "lead.pool", "write", ids=[t.pools["Harbour"]], vals={"visibility": "open"}
    ),
    "ATK-27 forge an event": lambda t: t.send(
        "lead.pool.event", "create", vals_list=[{"lead_ref": t.lead, "kind": "claimed", "seq": 99}]
    ),
    "ATK-27 follow the lead": lambda t: t.send("crm.lead", "message_subscribe", ids=[t.lead], partner_ids=[1]),
    "ATK-27 write on the lead": lambda t: t.send("crm.lead", "message_post", ids=[t.lead], body="mine"),
    "ATK-27 plan on the lead": lambda t: t.send(
        "mail.activity", "create", vals_list=[{"res_model_id": t.lead_model(), "res_id": t.lead}]
    ),
    "ATK-27 hang a file on it": lambda t: t.send(
        "ir.attachment", "create", vals_list=[{"name": "x", "res_model": "crm.lead", "res_id": t.lead}]
    ),
    "malformed ids": lambda t: t.send("lead.pool.entry", "action_claim", ids=["ATK-01 OR 1=1"]),
    "malformed user": lambda t: t.send("lead.pool.entry", "action_assign", ids=[t.entry], user_id="me"),
    "malformed reason": lambda t: t.send("lead.pool.entry", "action_return", ids=[t.entry], reason_id="x"),
    "malformed uid": lambda t: t.send("lead.pool.entry", "action_claim", ids=[t.entry], request_uid={"a": 1}),
    "long uid": lambda t: t.send("lead.pool.entry", "action_claim", ids=[t.entry], request_uid="x" * 200),
    "unknown argument": lambda t: t.send("lead.pool.entry", "action_claim", ids=[t.entry], force=True),
}
ATTACKS.update(
    {
        f"ATK-13 {context}": lambda t, context=context: t.send(
            "crm.lead", "write", ids=[t.lead], vals={"user_id": t.me}, context=context
        )
        for context in FORGED
    }
)
ATTACKS.update(
    {
        f"ATK-14 {model}.{method}": lambda t, model=model, method=method, arguments=arguments: t.send(
            model, method, ids=[t.entry], **arguments
        )
        for model, method, arguments in PRIVATE
    }
)

#: Verbs that came after that list: what she tries.
NEWER = {
    "approve": lambda t: t.send("lead.pool.approval", "action_approve", ids=[t.request]),
    "decline": lambda t: t.send("lead.pool.approval", "action_decline", ids=[t.request]),
    "withdraw a colleague's": lambda t: t.send("lead.pool.approval", "action_withdraw", ids=[t.request]),
    "approve what does not exist": lambda t: t.send("lead.pool.approval", "action_approve", ids=[10**6, 0, -1]),
    "settle": lambda t: t.send("lead.pool.approval", "action_settle", ids=[t.dispute], outcome="asker"),
    "settle and merge": lambda t: t.send(
        "lead.pool.approval", "action_settle", ids=[t.dispute], outcome="other", merge=True
    ),
    "settle what is no dispute": lambda t: t.send("lead.pool.approval", "action_settle", ids=[t.request], outcome="x"),
    "write a request": lambda t: t.send("lead.pool.approval", "write", ids=[t.request], vals={"state": "approved"}),
    "delete a request": lambda t: t.send("lead.pool.approval", "unlink", ids=[t.request]),
    "make a request": lambda t: t.send(
        "lead.pool.approval",
        "create",
        vals_list=[{"kind": "over_capacity", "pool_id": t.pools["Harbour"], "entry_id": t.entry, "user_id": t.me}],
    ),
    "decide in the dialog": lambda t: wizard(
        t, "lead.pool.decide", {"approval_ids": [[6, 0, [t.request]]], "decision": "approved"}, {}, "action_confirm"
    ),
    "dispute a colleague's": lambda t: t.send(
        "lead.pool.entry", "action_dispute", ids=[t.entries[t.anns[0]]], number=t.lead
    ),
    "dispute what waits": lambda t: t.send("lead.pool.entry", "action_dispute", ids=[t.entry]),
    "ask for a strange pool's": lambda t: t.send(
        "lead.pool.entry", "action_ask_over_capacity", ids=[t.entries[t.elsewhere[0]]]
    ),
    "ask for a colleague's": lambda t: t.send(
        "lead.pool.entry", "action_ask_over_capacity", ids=[t.entries[t.anns[0]]]
    ),
    "lock a colleague's": lambda t: t.send("lead.pool.entry", "action_lock", ids=[t.entries[t.anns[0]]]),
    "lock what waits": lambda t: t.send("lead.pool.entry", "action_lock", ids=[t.entry]),
    "unlock a colleague's": lambda t: t.send("lead.pool.entry", "action_unlock", ids=[t.entries[t.anns[0]]]),
    "extend a colleague's": lambda t: t.send("lead.pool.entry", "action_extend", ids=[t.entries[t.anns[0]]], days=9),
    "extend with a forged epoch": lambda t: t.send(
        "lead.pool.entry", "action_extend", ids=[t.entries[t.anns[0]]], days=9, epoch=1
    ),
    "pull two pools": lambda t: t.send("lead.pool", "action_pull_next", ids=[t.pools["Harbour"], t.pools["Castle"]]),
    "pull by a text": lambda t: t.send("lead.pool", "action_pull_next", ids=["1"]),
    "pull by true": lambda t: t.send("lead.pool", "action_pull_next", ids=[True]),
    "pull with an epoch": lambda t: t.send("lead.pool", "action_pull_next", ids=[t.pools["Harbour"]], epoch=1),
    "simulate": lambda t: t.send("lead.pool", "action_simulate", ids=[t.pools["Harbour"]], days=1),
    "simulate in the dialog": lambda t: t.send("lead.pool", "button_simulate", ids=[t.pools["Harbour"]]),
    "read a simulation's page": lambda t: t.send("lead.pool.simulation", "read_page", ids=[t.simulation]),
    "read a simulation": lambda t: t.send("lead.pool.simulation", "read", ids=[t.simulation], fields=["result"]),
    "apply a simulation": lambda t: t.send("lead.pool.simulation", "button_apply", ids=[t.simulation]),
    "cancel a simulation": lambda t: t.send("lead.pool.simulation", "action_cancel", ids=[t.simulation]),
    "write a simulation": lambda t: t.send("lead.pool.simulation", "write", ids=[t.simulation], vals={"rules": {}}),
    "export a policy": lambda t: t.send("lead.pool", "action_export_policy", ids=[t.pools["Harbour"]]),
    "look what a policy would change": lambda t: t.send(
        "lead.pool", "action_import_policy", ids=[t.pools["Harbour"]], content=t.policy
    ),
    "import a policy": lambda t: t.send(
        "lead.pool", "action_import_policy", ids=[t.pools["Harbour"]], content=t.policy, dry_run=False
    ),
    "a pool by a policy": lambda t: t.send(
        "lead.pool", "action_import_policy", ids=[], content=t.policy, dry_run=False
    ),
    "import a policy in the dialog": lambda t: wizard(
        t,
        "lead.pool.policy.import",
        {"pool_id": t.pools["Harbour"], "file": b64encode(json.dumps(t.policy).encode()).decode()},
        {},
        "action_apply",
    ),
    "cancel a job": lambda t: t.send("lead.pool.job", "action_cancel", ids=[t.job]),
    "read a job": lambda t: t.send("lead.pool.job", "read", ids=[t.job], fields=["params", "position"]),
    "make a field": lambda t: t.send(
        "lead.custom.field", "create", vals_list=[{"name": "Mine", "ttype": "char", "on_lead": True}]
    ),
    "read refusals": lambda t: t.send("lead.pool.refusal", "read", ids=[t.refusal], fields=["last_message", "user_id"]),
    "read keys": lambda t: t.send("lead.identity", "search_read", domain=[], fields=["key"]),
    "read requests by uid": lambda t: t.send("lead.pool.request", "search_read", domain=[], fields=["display_name"]),
}
