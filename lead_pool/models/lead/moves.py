"""A write, a merge, a conversion or a deletion by plain Odoo: the ledgers first, then Odoo's own work."""

from odoo import Command, api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...logs import unlogged
from ...rules.facts import Verdict
from ..verbs.enter import Arrival
from ..verbs.guard import MERGE, NOT_POOLED, Pass
from ..verbs.open_values import OPEN_COLUMNS, OPEN_LISTS
from .phone_origin import COLUMNS as PHONE_COLUMNS

#: What follows from a number, and may be open in a masked pool.
FOLLOW_PHONE = tuple(PHONE_COLUMNS)
#: Writes of these fields may move a pooled lead.
MOVING = {"user_id", "team_id", "active", "stage_id", "probability", "company_id", "pool_id"}
#: Of these, what a lead's owner is; his team is another one.
OWNING = {"user_id", "team_id"}


class LeadMoves(models.AbstractModel):
    _name = "lead.pool.lead.moves"
    _description = "Moves by Plain Odoo"

    @api.model
    def _gives_away(self, vals):
        """Whether a write of these values gives leads to somebody else and moves them in no other way: a contended
        one, see :mod:`.isolation`."""
        moving = (MOVING | {"type"}) & vals.keys()
        return "user_id" in vals and moving <= OWNING and self.env["lead.pool"]._in_use()

    def write(self, vals):
        if vals.get("type") == "opportunity" and self.env["lead.custom.field"]._required_ids("to_convert"):
            self.filtered(lambda lead: lead.type == "lead")._check_complete_to_convert()
        passed = self.env.context.get("lead_pool_pass")
        if (isinstance(passed, Pass) and passed.covers(vals)) or not self.env["lead.pool"]._in_use():
            return super().write(vals)
        concerned = self._deadlines_concerned(vals)
        if concerned:  # locked before the lead, see verbs.locks
            held = self.env["lead.pool.entry"]._held_of(self.ids, concerned)
            result = self._write_and_move(vals)
            held.exists()._refresh_deadlines()
            return result
        return self._write_and_move(vals)

    def _deadlines_concerned(self, vals):
        """Ids of the pools in which a condition or a tag makes deadlines depend on these values."""
        depend = self.env["lead.pool"]._deadline_fields()
        return {pool_id for name in depend.keys() & vals.keys() for pool_id in depend[name]} if depend else set()

    def _write_and_move(self, vals):
        moving = not MOVING.isdisjoint(vals)
        follows = FOLLOW_PHONE if "phone" in vals else ()
        copied = not {*OPEN_COLUMNS, *OPEN_LISTS, *self.env["lead.pool.open.field"]._names()}.isdisjoint(
            {*vals, *follows}
        )
        if not moving and not copied:
            return super().write(vals)
        entries = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.ids)])
        if copied and vals.keys().isdisjoint(("user_id", "pool_id")) and not self._may_end(vals):
            # before the leads, see verbs.locks; the others lock more than these
            entries.filtered(lambda entry: entry.state == "waiting")._read_rows(lock="wait")
        if moving:
            result = self._write_moving(dict(vals), entries)
        else:
            result = super().write(vals)
        if copied:
            waiting = entries.exists().filtered(lambda entry: entry.state == "waiting")
            self.env["lead.pool.entry"]._refresh_open_values(waiting.pool_id, waiting)
            waiting._refresh_ageing()  # other steps may be for it now
        return result

    def _write_moving(self, vals, entries):
        """A write that may change a pooled lead's owner, pool or end: ledgers first, then Odoo's own write."""
        self.check_access("write")
        self._check_company_of_pool(vals, entries)
        incoming = self._write_pool(vals, entries)
        opened = entries.filtered(lambda entry: entry.state != "closed")
        if "user_id" in vals:
            user = self.env["res.users"].browse(vals["user_id"] or [])
            opened.with_env(self.env)._owner_written(user)
            self._lock_leads(opened)
            opened.invalidate_recordset()
            groups = self._group_by_team(vals, opened, user)
        else:
            groups = [(self, vals)]
        if self._may_end(vals):
            opened._lock(wait=True)  # before the leads, see verbs.locks
        result = True
        for leads, group_vals in groups:
            result = super(LeadMoves, leads).write(group_vals)
        self._close_or_reopen(entries, vals)
        if "user_id" in vals and (alone := self - opened.lead_id.with_env(self.env)):  # in no pool: no ledger tells
            self.env["lead.pool.helper"]._end_stale(alone.ids)
        if incoming:
            self._enter_by_write(incoming)
        return result

    def _lock_leads(self, opened):
        """Lock these leads, their entries being locked: what is read of them from here on stays.

        :param opened: the entries
        :raises UserError: another one has come into a pool meanwhile
        """
        self.flush_recordset()
        self.env.cr.execute(
            SQL("SELECT id FROM crm_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", list(self.ids))
        )
        self.invalidate_recordset()
        if others := self - opened.lead_id.with_env(self.env):
            domain = [("lead_id", "in", others.ids), ("state", "!=", "closed")]
            if self.env["lead.pool.entry"].sudo().search_count(domain, limit=1):
                self.env["lead.pool.entry"]._raise_refused(Verdict("busy"))

    def _may_end(self, vals):
        """Whether these values may win or lose a lead, or archive it."""
        won = vals.get("stage_id") and self.env["crm.stage"].browse(vals["stage_id"]).is_won
        return bool(won) or vals.get("active") is False or (vals.get("probability") or 0) >= 100

    def _group_by_team(self, vals, opened, user):
        """Every write of an owner names the team, else Odoo searches one for each lead."""
        pooled = {entry.lead_id.id: entry.pool_id.id for entry in opened}
        if not pooled or "team_id" in vals:
            return [(self, vals)]
        teams = self.env["lead.pool.entry"]._teams({(pool, user.id or 0) for pool in pooled.values()})
        groups = [(self.filtered(lambda lead: lead.id not in pooled), vals)]
        for (pool, _user), team in teams.items():
            leads = self.filtered(lambda lead, pool=pool: pooled.get(lead.id) == pool)
            groups.append((leads, {**vals, "team_id": team.id}))
        return [(leads, group_vals) for leads, group_vals in groups if leads]

    def _check_company_of_pool(self, vals, entries):
        for entry in entries:
            company = entry.pool_id.company_id
            if vals.get("company_id") and entry.state != "closed" and company and vals["company_id"] != company.id:
                raise ValidationError(
                    self.env._(
                        "“%(pool)s” takes leads of %(company)s only. Transfer the lead to another pool first.",
                        pool=entry.pool_id.name,
                        company=company.name,
                    )
                )

    def _write_pool(self, vals, entries):
        """A written pool: a lead in none enters it, a waiting or held one is transferred.

        :returns: leads that enter, once written
        """
        if "pool_id" not in vals:
            return self.browse()
        opened = entries.filtered(lambda entry: entry.state != "closed")
        pool = self.env["lead.pool"].browse(vals.pop("pool_id") or [])
        other = opened.filtered(lambda entry: entry.pool_id != pool)
        if other and not pool:
            raise UserError(
                self.env._(
                    "A lead leaves its pool by Transfer, by converting it, or as invalid or lost: "
                    "do not empty the field."
                )
            )
        if other:
            answers = other.with_env(self.env)._transfer(pool.id)
            for answer in answers:
                if not answer["done"]:
                    raise unlogged(UserError(answer["message"]))
        incoming = (self - entries.lead_id.with_env(self.env)) if pool else self.browse()
        for lead in incoming:
            owner = self.env["res.users"].browse(vals["user_id"] if "user_id" in vals else lead.user_id.id)
            self._check_may_put_into(pool.sudo(), owner.filtered("id"))
        if incoming:
            vals["pool_id"] = pool.id
        return incoming

    def _enter_by_write(self, leads):
        entering = leads.sudo().filtered(lambda lead: lead.active and lead.won_status == "pending")
        self.env["lead.pool.entry"]._enter(
            [Arrival(lead, lead.pool_id, user_id=lead.user_id.id or 0, kind="entered") for lead in entering]
        )
        entering.pool_id._wake_distribution()

    def _close_or_reopen(self, entries, vals):
        """What was won, lost or archived is closed in the ledger; what was lost and is restored comes back."""
        if MOVING.isdisjoint(set(vals) - {"user_id", "team_id", "company_id"}):
            return
        entries.invalidate_recordset()
        for entry in entries:
            lead = entry.lead_id
            if entry.state == "closed":
                continue
            if lead.won_status == "won":
                entry._close("converted", detail={"won": True})
            elif not lead.active:
                entry._close("lost", detail={"archived": lead.won_status != "lost"})
        if vals.get("active"):
            back = entries.filtered(
                lambda entry: entry.closed_as == "lost" and entry.lead_id.active
                and entry.lead_id.won_status == "pending"
            )  # fmt: skip
            self.env["lead.pool.entry"]._reopen(back, {entry.id: entry.lead_id.user_id.id for entry in back})

    @api.ondelete(at_uninstall=False)
    def _unlink_close_entries(self):
        if not self.env["lead.pool"]._in_use():
            return
        entries = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.ids)])
        if not entries:
            return
        merged = self.env.context.get("lead_pool_pass") is MERGE
        entries.filtered(lambda entry: entry.state != "closed")._close("merged" if merged else "deleted")
        entries._detach()

    def _merge_opportunity(self, user_id=False, team_id=False, auto_unlink=True, max_length=5):
        if not self.env["lead.pool"]._in_use():
            return super()._merge_opportunity(user_id, team_id, auto_unlink, max_length)
        self.check_access("write")
        entries = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.ids), ("state", "!=", "closed")])
        for entry in entries:
            mine = entry.state == "held" and entry.user_id == self.env.user
            if not (mine or self.env.su or self.env["lead.pool.entry"]._is_pool_admin(entry.pool_id.id)):
                raise UserError(
                    self.env._(
                        "Lead #%(number)s is in “%(pool)s”: only its holder or an admin of the pool may merge it.",
                        number=entry.lead_ref,
                        pool=entry.pool_id.name,
                    )
                )
        locked = entries._lock(users=[user_id] if user_id else (), wait=True)  # before the leads, see verbs.locks
        merged = super(LeadMoves, self.with_context(lead_pool_pass=MERGE))._merge_opportunity(
            user_id, team_id, auto_unlink, max_length
        )
        if kept := entries.filtered(lambda entry: entry.lead_id.id == merged.id):
            kept._keep_strictest(list(locked.rows.values()))
        self.env["lead.pool.sample"]._merged(merged, self)
        return merged.with_env(self.env)

    def _merge_dependences(self, opportunities):
        super()._merge_dependences(opportunities)
        opportunities.sudo().follow_up_ids.write({"lead_id": self.id})
        opportunities.sudo().inquiry_ids.write({"lead_id": self.id})
        self.env["lead.assessment"]._merge_into(self, opportunities)

    def _merge_get_fields(self):
        return [
            *super()._merge_get_fields(),
            "lead_group_id",
            "industry_id",
            "follow_up_level_id",
            "wechat",
            "company_registry_code",
            "product_interest_ids",
            *self.env["lead.custom.field"]._lead_field_names(),
        ]

    def _merge_get_fields_specific(self):
        """Lists are united, while all else takes the first lead's value that is not empty."""
        lists = ["product_interest_ids"]
        lists += [
            name for name in self.env["lead.custom.field"]._lead_field_names() if self._fields[name].type == "many2many"
        ]
        return {
            **super()._merge_get_fields_specific(),
            **dict.fromkeys(lists, lambda name, leads: [Command.set(leads[name].ids)]),
        }

    def _convert_opportunity_data(self, customer, team_id=False):
        """A lead of a pool stays in its sales team when it is converted, and so keeps the properties it has there; Odoo
        would look for a team of its owner."""
        values = super()._convert_opportunity_data(customer, team_id)
        if self.team_id and (self.sudo().pool_id or self._conversion_notes()):
            values["team_id"] = team_id or self.team_id.id
        return values

    def convert_opportunity(self, partner, user_ids=False, team_id=False):
        self._check_complete_to_convert()
        if not self.env["lead.pool"]._in_use():
            return super().convert_opportunity(partner, user_ids=user_ids, team_id=team_id)
        notes = self._conversion_notes()
        locked = notes and notes.locked
        if locked and {row.lead_id for row in locked.rows.values()} == set(self.ids):
            entries = self.env["lead.pool.entry"].sudo().browse(locked.rows)
        else:
            entries = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.ids)])
            locked = entries._lock(wait=True)  # before the leads, see verbs.locks
        result = super().convert_opportunity(partner, user_ids=user_ids, team_id=team_id)
        self._fill_customers()
        entries._converted(locked=locked)
        return result

    @api.model
    def _search(self, domain, *args, **kwargs):
        if self.env.context.get("lead_pool_not_pooled") is NOT_POOLED:
            domain = Domain(domain) & Domain("pool_id", "=", False)
        return super()._search(domain, *args, **kwargs)
