"""docs/rights.md and its twin as tables, and the department in which their cells are tried."""

import pathlib
import re

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
#: The headings of the tables, in both languages, and the roles of their columns.
TABLES = {
    "On a lead": ("对线索", ("member", "holder", "helper", "admin", "marketing", "manager", "program")),
    "On a pool and beside it": ("对线索池及其他", ("member", "admin", "marketing", "manager", "system", "program")),
}
#: A cell begins with one of these where the role may do it, :data:`OWN` where not with what is of others.
OWN = ("own pools", "what he holds", "what he created", "about himself")
ALLOWED = ("yes", "campaigns and sources", *OWN)
#: What the cells are made of, between semicolons.
IN_CHINESE = {
    "–": "–",
    "yes": "能",
    "no": "不能",
    "yes, within his limits": "能，不超过限额",
    "yes, by a program": "能，只通过接口",
    "yes with a role in Sales": "有销售角色时能",
    "yes as a member, too": "同时是成员时能",
    "own pools": "自己的池",
    "own pools (transfer: from them)": "自己的池（转移：从自己的池转出）",
    "own pools, never his own requests": "自己的池，不审批自己的申请",
    "what he created": "自己创建的",
    "what he created, while it waits": "自己创建的，待领取时",
    "what he holds": "自己持有的",
    "about himself": "关于自己",
    "campaigns and sources": "营销活动和来源",
    "unlocks": "能解锁",
    "unlocks, own pools": "能解锁，自己的池",
    "withdraws his own": "能撤回自己的",
    "his own lead is his at once": "自己建的线索直接归自己",
    "into his own hands": "只能导入到自己名下",
    "by `action_take_in`": "用 `action_take_in`",
    "also what is in no pool": "也包括不在池中的",
    "also as a new pool": "也可建新池",
    "also his own": "也包括自己的",
}
#: Who holds the leads of a pool that are held.
HOLDERS = {"masked": "holder", "foreign": "other"}


def table(heading, language=""):
    """``{row: {role: cell}}`` of the table below a heading; ``language`` is ``.zh-CN`` for the Chinese page."""
    chinese, roles = TABLES[heading]
    text = (DOCS / f"rights{language}.md").read_text(encoding="utf-8")
    text = text.split(f"## {chinese if language else heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in text.splitlines() if line.startswith("| ")]
    return {name: dict(zip(roles, cells, strict=True)) for name, *cells in rows[1:]}


def cells(heading):
    """``[(row, role, cell)]`` of the English page, without what does not apply."""
    return [(row, role, cell) for row, of_row in table(heading).items() for role, cell in of_row.items() if cell != "–"]


class Case:
    """Leads of every kind, and somebody who tries something with them; undone at the end."""

    def __init__(self, env, sales):
        self.system, self.sales = env, sales
        self.values = {"phone": "+86 138 1234 5678", "contact_name": "Zhang"}

    def pool(self, name, role):
        """A pool, as somebody of this role meets it."""
        return self.system["lead.pool"].browse(self.sales.pools[name]).with_user(self.sales.users[role])

    def waiting(self, role, pool="masked"):
        """A waiting lead, made by marketing where marketing tries, as that person meets it."""
        maker = self.sales.users["marketing"] if role == "marketing" else self.system.uid
        lead = (
            self.system(user=maker)["crm.lead"].sudo().create(
                {"name": "Waits", "pool_id": self.sales.pools[pool], "user_id": False, **self.values}
            )
        )  # fmt: skip
        return self.seen(lead, role)

    def held(self, role, pool="masked", holder=None):
        """A lead that its holder has, and with which he is helped."""
        holder = holder if pool == "masked" and holder else HOLDERS[pool]
        lead, holder = self.waiting("nobody", pool).sudo(), self.sales.users[holder]
        lead.pool_entry_ids.with_user(holder).action_claim()
        lead.with_user(holder).action_ask_help(self.sales.users["helper"], "Please call him")
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
