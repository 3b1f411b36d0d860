"""docs/rights.md says who may do what with a lead: here each of its cells is tried."""

import contextlib
import pathlib
import re

import pytest
from department import Department

from odoo.exceptions import AccessError, UserError

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/rights.md"
ROLES = ("member", "holder", "helper", "admin", "marketing", "manager", "program")
ALLOWED = ("yes", "own pools", "what he created")
NOTE = {"note": "He wants to see the price list of the autumn courses"}


def table(heading):
    """``{row: {role: cell}}`` of the table below a heading of the page."""
    text = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    return {name: dict(zip(ROLES, cells, strict=True)) for name, *cells in rows[1:]}


CELLS = [(row, role, cell) for row, cells in table("On a lead").items() for role, cell in cells.items() if cell != "–"]


@pytest.fixture(scope="module")
def sales(make_database):
    sales = Department(make_database(), "rights")
    for kind, names in {
        "rep": ("member", "holder", "helper", "admin", "other"),
        "marketing": ("marketing",),
        "manager": ("manager",),
        "program": ("program",),
    }.items():
        sales.hire(kind, *names)
    for name in ("masked", "open"):
        sales.open_pool(name, members=["member", "holder"], admins=["admin"], visibility=name, lock_limit=3)
    return sales


class Case:
    """Leads of every kind, and somebody who tries something with them; undone at the end."""

    def __init__(self, env, sales):
        self.system, self.sales = env, sales
        self.values = {"phone": "+86 138 1234 5678", "contact_name": "Zhang"}

    def pool(self, name):
        return self.system["lead.pool"].browse(self.sales.pools[name])

    def waiting(self, role, pool="masked"):
        """A waiting lead, made by marketing where marketing tries, as that person meets it."""
        maker = self.sales.users["marketing"] if role == "marketing" else self.system.uid
        lead = (
            self.system(user=maker)["crm.lead"].sudo().create(
                {"name": "Waits", "pool_id": self.sales.pools[pool], "user_id": False, **self.values}
            )
        )  # fmt: skip
        return self.seen(lead, role)

    def held(self, role):
        lead = self.waiting("system").sudo()
        lead.pool_entry_ids.with_user(self.sales.users["holder"]).action_claim()
        lead.with_user(self.sales.users["holder"]).action_ask_help(self.sales.users["helper"], "Please call him")
        return self.seen(lead, role)

    def seen(self, lead, role):
        self.system.flush_all()
        self.system.invalidate_all()
        return lead.with_user(self.sales.users.get(role, self.system.uid)).sudo(False)

    def reason(self, kind):
        return self.system["lead.pool.reason"].search([("kind", "=", kind), ("note_required", "=", False)], limit=1).id

    @staticmethod
    def done(answer):
        if isinstance(answer, list) and answer and isinstance(answer[0], dict):
            return answer[0].get("done", True)
        return True

    def entry(self, lead):
        return lead.sudo().pool_entry_ids.with_user(lead.env.user).sudo(False)


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


def test_each_row_of_the_page_is_tried():
    assert list(table("On a lead")) == list(TRIES)


@pytest.mark.parametrize(("row", "role", "cell"), CELLS, ids=lambda value: re.sub(r"\W+", "-", value)[:40])
def test_who_may_do_what(sales, row, role, cell):
    with contextlib.suppress(_Undo), sales.inside() as env:
        case = Case(env, sales)
        try:
            with env.cr.savepoint():
                allowed = bool(TRIES[row](case, role))
        except (AccessError, UserError):
            allowed = False
        assert allowed == cell.startswith(ALLOWED), f"{role}: {row}"
        raise _Undo


class _Undo(Exception):
    """Nothing that was tried stays."""
