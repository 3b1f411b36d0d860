"""docs/rights.md says who may do what with a lead and with a pool: here each of its cells is tried."""

import contextlib
import re

import pytest
from department import Department
from rights import ALLOWED, HOLDERS, IN_CHINESE, OWN, TABLES, Case, cells, table

from odoo.exceptions import AccessError, UserError

NOTE = {"note": "He wants to see the price list of the autumn courses"}


@pytest.fixture(scope="module")
def sales(make_database):
    sales = Department(make_database(), "rights")
    for kind, names in {
        "rep": ("member", "holder", "helper", "admin", "other", "stranger"),
        "marketing": ("marketing",),
        "manager": ("manager",),
        "system": ("system",),
        "program": ("program",),
    }.items():
        sales.hire(kind, *names)
    for name in ("masked", "open"):
        sales.open_pool(name, members=["member", "holder"], admins=["admin"], visibility=name, lock_limit=3)
    sales.open_pool("foreign", members=["other"], admins=["stranger"])
    return sales


def _create(case, role):
    Lead = case.system["crm.lead"].with_user(case.sales.users[role])
    lead = Lead.create({"name": "Mine", "pool_id": case.sales.pools["masked"], "user_id": False, **case.values})
    return lead.sudo().pool_entry_ids.state == "waiting"


def _import(case, role):
    Run = case.system["lead.pool.import"].with_user(case.sales.users[role])
    run = Run.create(
        {
            "file": b"TmFtZSxQaG9uZQpYLCs4NiAxMzggMTIzNCA1Njc4Cg==",
            "file_name": "leads.csv",
            "destination": "pool",
            "pool_id": case.sales.pools["masked"],
        }
    )
    run.action_check()
    return True


def _on_held(work):
    return lambda case, role: case.done(work(case, case.held(role)))


#: What a row of the page means.
TRIES = {
    "See the card of a waiting lead": lambda case, role: bool(
        case.entry(case.waiting(role)).read(["lead_ref", "open_values"])
    ),
    "Read a waiting lead of a masked pool": lambda case, role: bool(case.waiting(role).read(["phone"])),
    "Read a waiting lead of an open pool": lambda case, role: bool(case.waiting(role, "open").read(["phone"])),
    "Claim, *Next Lead*": lambda case, role: case.done(case.entry(case.waiting(role)).action_claim()),
    "Read a held lead": _on_held(lambda case, lead: lead.read(["phone"])),
    "Change a held lead": _on_held(lambda case, lead: lead.write({"city": "Suzhou"})),
    "Follow up": _on_held(lambda case, lead: lead.action_follow_up(NOTE)),
    "Convert": _on_held(lambda case, lead: lead.action_convert()),
    "Return, mark invalid": _on_held(lambda case, lead: case.entry(lead).action_return(case.reason("return"))),
    "Lock, More Time, dispute": _on_held(lambda case, lead: case.entry(lead).action_lock()),
    "Ask a colleague for help": _on_held(
        lambda case, lead: lead.action_ask_help(case.sales.users["other"], "Who knows him?")
    ),
    "Assign, take back, transfer": _on_held(lambda case, lead: case.entry(lead).action_reclaim()),
    "Edit, merge, clean what waits": lambda case, role: case.waiting(role).write({"city": "Suzhou"}),
    "Create a lead in a pool": _create,
    "Import leads into a pool": _import,
}


def _changed(pool):
    pool.write({"member_capacity": 7, "claim_order": "oldest"})
    newcomer = pool.env.ref("base.user_admin").id
    return pool.env["lead.pool.member"].create({"pool_id": pool.id, "user_id": newcomer, "role": "member"})


def _made(model, **values):
    """Who may make such a record for the pool, and change and remove it again."""

    def tried(pool):
        record = pool.env[model].create(
            {name: value(pool) if callable(value) else value for name, value in values.items()}
        )
        record.flush_recordset()
        return record.unlink()

    return tried


def _pool_id(pool):
    return pool.id


def _explained(case, role, name):
    """A lead that somebody has; of who may ask only about his own, that one."""
    if role == "marketing" and name == "masked":
        return case.entry(case.waiting(role)).action_explain()
    return case.entry(case.held(role, name, role if role == "member" else None)).action_explain()


def _decided(case, role, name):
    """What a member asked for."""
    lead = case.held(HOLDERS[name], name)
    asked = lead.env["lead.pool.approval"]._ask("extension", lead.pool_id, case.entry(lead), values={"days": 3})
    return case.done(asked.with_user(case.sales.users[role]).sudo(False).action_decline())


def _handed_over(case, role, name):
    """All leads of somebody."""
    case.held(role, name)
    users = case.sales.users
    values = {
        "user_id": users[HOLDERS[name]],
        "mode": "person",
        "target_user_id": users["member"],
        "over_capacity": True,
    }
    [answer] = case.pool(name, role).env["lead.pool.handover"].create(values).action_run()
    return answer["moved"]


def _read_report(case, role, name):
    """Whether the figures tell of a lead that somebody has; marketing has them by source."""
    case.held("nobody", name, role if role == "member" else None)
    report = "sources" if role == "marketing" else "rep_status"
    table = case.pool(name, role).env["lead.pool.report"].table(report)
    return any(value for value in table["total"]["cells"] if isinstance(value, int | float))


def on_pool(work):
    return lambda case, role, name: work(case.pool(name, role))


def on_company(work):
    return lambda case, role, name: work(case.pool(name, role).env)


IN_BEIJING = "[('city', '=', 'Beijing')]"
WEB = {"name": "Mine", "url": "https://example.com/hook"}
#: What a row of the second table means; each of it has to be as the cell says.
ON_POOL = {
    "Change the settings and members of a pool": [on_pool(_changed)],
    "Rules with a condition on leads": [
        on_pool(_made(f"lead.pool.{kind}.rule", pool_id=_pool_id, name="Beijing", domain=IN_BEIJING))
        for kind in ("claim", "assign", "reclaim")
    ],
    "Entry conditions": [on_pool(_made("lead.pool.entry.rule", pool_id=_pool_id, domain=IN_BEIJING))],
    "New pool, templates": [
        on_company(
            lambda env: env["lead.pool"].create(
                {"name": "New", "team_id": env["crm.team"].sudo().search([], limit=1).id}
            )
        ),
        on_company(lambda env: env["lead.pool"].action_plan_pools("region")),
    ],
    "Load and remove the sample": [on_company(lambda env: env["lead.pool.sample"].action_load_sample())],
    "*Why?* on a lead": [_explained],
    "*Why Not Me?*": [on_pool(lambda pool: pool.action_why_not_me())],
    "*Is It Taken?*": [on_company(lambda env: env["lead.pool"].is_taken(phone="+86 138 1234 5678"))],
    "Decide on requests (*Approvals*)": [_decided],
    "Distribute now, simulate, enrol": [
        on_pool(lambda pool: pool.action_distribute() or True),
        on_pool(lambda pool: pool.action_simulate(7)),
        on_pool(lambda pool: pool.action_enrol([("id", "=", 0)])),
    ],
    "Export and import a policy": [
        on_pool(lambda pool: pool.action_export_policy()),
        on_pool(lambda pool: pool.action_import_policy(pool.action_export_policy(), dry_run=False)),
    ],
    "Hand-over": [_handed_over],
    "Reports": [_read_report],
    "Mapping, group robots": [
        on_pool(
            _made("lead.pool.mapping", pool_id=_pool_id, lead_field="city", goes_to="company", target_field="city")
        ),
        on_pool(_made("lead.pool.robot", pool_id=_pool_id, platform="webhook", **WEB)),
    ],
    "Custom fields, channels, intakes, webhooks": [
        on_company(lambda env: env["lead.custom.field"].check_access("create") is None),
        on_company(lambda env: env["lead.pool.channel"].search([], limit=1).write({"sequence": 3})),
        on_pool(_made("lead.pool.intake", pool_id=_pool_id, name="Page")),
        on_pool(_made("lead.pool.webhook", secret="a secret of the warehouse", **WEB)),
    ],
    "Lists of reasons, follow-up types and levels": [
        on_company(lambda env: env["lead.pool.reason"].create({"name": "Moved away", "kind": "return"})),
        on_company(lambda env: env["lead.follow.up.type"].create({"name": "Fair"})),
        on_company(lambda env: env["lead.follow.up.level"].create({"name": "Warm"})),
    ],
    "Exceptional days": [on_company(lambda env: env["lead.pool.working.day"].create({"date": "2036-10-08"}))],
    "Data of a person, erasures": [
        on_company(lambda env: env["lead.pool.erasure"].action_held(phone="+86 138 1234 5678") or True)
    ],
    "Switches (*Settings ▸ Lead Pool*)": [
        on_company(lambda env: env["res.config.settings"].create({}).execute() is not None)
    ],
    "Health check, repair": [
        on_company(lambda env: isinstance(env["lead.pool"].action_check_health(), list)),
        on_company(lambda env: env["lead.pool"].action_repair()),
    ],
    "Archive old history, verify and take out its files": [
        on_company(lambda env: env["lead.pool"].action_archive_events(1)),
        on_company(lambda env: env["lead.pool.archive"].check_access("read") is None),
    ],
    "Feed of events": [on_company(lambda env: env["lead.pool.event"].feed())],
}


def _tried(sales, attempt):
    """Whether the attempt succeeds; nothing of it stays."""
    with contextlib.suppress(_Undo), sales.inside() as env:
        try:
            with env.cr.savepoint():
                allowed = bool(attempt(Case(env, sales)))
        except (AccessError, UserError):
            allowed = False
        raise _Undo
    return allowed


def test_each_row_of_the_page_is_tried():
    assert list(table("On a lead")) == list(TRIES)
    assert list(table("On a pool and beside it")) == list(ON_POOL)


@pytest.mark.parametrize(("row", "role", "cell"), cells("On a lead"), ids=lambda value: re.sub(r"\W+", "-", value)[:40])
def test_who_may_do_what_with_a_lead(sales, row, role, cell):
    assert _tried(sales, lambda case: TRIES[row](case, role)) == cell.startswith(ALLOWED)


@pytest.mark.parametrize(
    ("row", "role", "cell"), cells("On a pool and beside it"), ids=lambda value: re.sub(r"\W+", "-", value)[:40]
)
def test_who_may_do_what_with_a_pool(sales, row, role, cell):
    """What is one's own only, not with what is of others."""
    for attempt in ON_POOL[row]:
        pools = {"masked": cell.startswith(ALLOWED)}
        if cell.startswith(OWN):
            pools["foreign"] = False
        for name, expected in pools.items():
            found = _tried(sales, lambda case, attempt=attempt, name=name: attempt(case, role, name))
            assert found == expected, f"{row}: {role} in the {name} pool"


@pytest.mark.parametrize("heading", TABLES)
def test_the_chinese_page_says_the_same(heading):
    english, chinese = table(heading), table(heading, ".zh-CN")
    assert len(english) == len(chinese)
    for (row, one), other in zip(english.items(), chinese.values(), strict=True):
        for role, cell in one.items():
            assert [IN_CHINESE[part] for part in cell.split("; ")] == other[role].split("；"), f"{row}: {role}"


class _Undo(Exception):
    """Nothing that was tried stays."""
