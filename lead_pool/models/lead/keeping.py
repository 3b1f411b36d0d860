"""What a lead has been through in the pools, and what its holder may do about its deadline."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...arrays import as_array
from ...in_bulk import assign
from ...isolation import contended
from ..lead_pool_entry import GONE_BACK

#: Fields that live on the entry, and can be searched, sorted and grouped by as if they were the lead's own.
FROM_ENTRY = {
    "pool_recycled": "COALESCE(%(entry)s.recycled, 0)",
    "pool_gone_back": "%(entry)s.gone_back",
    "pool_holder_no": "CASE WHEN %(entry)s.state = 'held' THEN %(entry)s.holders ELSE 0 END",
    "pool_locked": "COALESCE(%(entry)s.locked, false)",
}
GOES_BACK = "%(entry)s.state = 'held' AND pool.mode = 'active'"  # a pool that observes takes nothing back
#: All that a lead shows of its entry, and what it shows where it has none.
OF_ENTRY = FROM_ENTRY | {
    "pool_state": "COALESCE(%(entry)s.closed_as, %(entry)s.state)",
    "reclaim_at": f"CASE WHEN {GOES_BACK} THEN %(entry)s.reclaim_at END",
    "warn_at": f"CASE WHEN {GOES_BACK} THEN %(entry)s.warn_at END",
    "deadline_reason": f"CASE WHEN {GOES_BACK} THEN %(entry)s.deadline_reason END",
    "held_since": "CASE WHEN %(entry)s.state = 'held' THEN %(entry)s.held_since END",
    "last_follow_up_at": "%(entry)s.last_follow_up_at",
    "is_untouched": """%(entry)s.state = 'held'
                       AND (%(entry)s.last_follow_up_at >= %(entry)s.held_since) IS NOT TRUE""",
    "pool_locked_until": "CASE WHEN %(entry)s.locked THEN %(entry)s.locked_until END",
    "pool_asked_until": "CASE WHEN %(entry)s.open_requests > 0 THEN %(entry)s.asked_until END",
    "pool_epoch": "COALESCE(%(entry)s.epoch, 0)",
}
NOWHERE = {"pool_state": "none", "is_untouched": False, "pool_locked": False} | dict.fromkeys(
    ("pool_recycled", "pool_holder_no", "pool_epoch"), 0
)
COMPARED = ("<", "<=", ">", ">=")


class LeadKeeping(models.AbstractModel):
    _name = "lead.pool.lead.keeping"
    _description = "What a Lead Has Been Through"

    pool_recycled = fields.Integer(
        "Times Gone Back",
        compute="_compute_pool_entry",
        search="_search_pool_recycled",
        compute_sudo=True,
        aggregator="avg",
        help="How often it came back into a pool out of somebody's hands.",
    )
    pool_gone_back = fields.Selection(
        GONE_BACK,
        "Last Went Back By",
        compute="_compute_pool_entry",
        search="_search_pool_gone_back",
        compute_sudo=True,
        help="How it last came back into a pool out of somebody's hands.",
    )
    pool_holder_no = fields.Integer(
        "Holder No.",
        compute="_compute_pool_entry",
        search="_search_pool_holder_no",
        compute_sudo=True,
        aggregator="avg",
        help="1: its holder is the first one who has it. 0: nobody holds it.",
    )
    pool_locked = fields.Boolean(
        "Locked",
        compute="_compute_pool_entry",
        search="_search_pool_locked",
        compute_sudo=True,
        help="By its holder: it does not go back by itself.",
    )
    pool_locked_until = fields.Datetime("Locked Until", compute="_compute_pool_entry", compute_sudo=True)
    pool_asked_until = fields.Datetime(
        compute="_compute_pool_entry",
        compute_sudo=True,
        help="An extension was asked for: until then the lead does not go back for want of an answer.",
    )
    pool_epoch = fields.Integer(compute="_compute_pool_entry", compute_sudo=True)
    pool_can_lock = fields.Boolean(compute="_compute_pool_can")
    pool_can_unlock = fields.Boolean(compute="_compute_pool_can")
    pool_can_extend = fields.Boolean(compute="_compute_pool_can")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends(
        "pool_entry_ids.state",
        "pool_entry_ids.reclaim_at",
        "pool_entry_ids.last_follow_up_at",
        "pool_entry_ids.pool_id.mode",
        "pool_entry_ids.recycled",
        "pool_entry_ids.gone_back",
        "pool_entry_ids.holders",
        "pool_entry_ids.locked",
        "pool_entry_ids.locked_until",
        "pool_entry_ids.asked_until",
        "pool_entry_ids.open_requests",
        "pool_entry_ids.epoch",
    )
    def _compute_pool_entry(self):
        """One statement for all that lists show of the entries of many leads."""
        self.env["lead.pool.entry"].flush_model()
        self.env["lead.pool"].flush_model(["mode"])
        entry = SQL.identifier("entry")
        rows = self.env.execute_query(
            SQL(
                """SELECT entry.lead_id, %s FROM lead_pool_entry entry JOIN lead_pool pool ON pool.id = entry.pool_id
                    WHERE entry.lead_id = ANY(%s::int[])""",
                SQL(", ").join(SQL(expression, entry=entry) for expression in OF_ENTRY.values()),
                as_array(self._origin._ids),
            )
        )
        shown = {lead_id: values for lead_id, *values in rows}
        nothing = [NOWHERE.get(name) for name in OF_ENTRY]
        assign(self, OF_ENTRY, [shown.get(lead._origin.id, nothing) for lead in self])

    @api.depends_context("uid")
    @api.depends("pool_entry_ids.locked", "pool_entry_ids.reclaim_at", "pool_entry_ids.user_id")
    def _compute_pool_can(self):
        for lead in self:
            pool = lead.sudo().pool_id
            may = lead.pool_is_mine or (lead.pool_is_admin and lead.pool_state == "held")
            lead.pool_can_lock = lead.pool_is_mine and bool(pool.lock_limit) and not lead.pool_locked
            lead.pool_can_unlock = may and lead.pool_locked
            extends = bool(pool.extend_days) if lead.pool_is_mine else may
            lead.pool_can_extend = may and extends and bool(lead.reclaim_at)

    # ------------------------------------------------------------
    # SEARCH, SORT, GROUP
    # ------------------------------------------------------------

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr not in FROM_ENTRY or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self.env["lead.pool.entry"].flush_model()
        entry = query.make_alias(alias, "pool_life")
        query.add_join(
            "LEFT JOIN",
            entry,
            "lead_pool_entry",
            SQL("%s = %s", SQL.identifier(alias, "id"), SQL.identifier(entry, "lead_id")),
        )
        return SQL(FROM_ENTRY[field_expr], entry=SQL.identifier(entry))

    def _search_pool_recycled(self, operator, value):
        return self._search_life("pool_recycled", operator, value)

    def _search_pool_gone_back(self, operator, value):
        return self._search_life("pool_gone_back", operator, value)

    def _search_pool_holder_no(self, operator, value):
        return self._search_life("pool_holder_no", operator, value)

    def _search_pool_locked(self, operator, value):
        return self._search_life("pool_locked", operator, value)

    def _search_life(self, name, operator, value):
        """Leads by one of the fields in :data:`FROM_ENTRY`."""
        kind = self._fields[name].type

        def matches(model, alias, query):
            column = model._field_to_sql(alias, name, query)
            if operator != "in":
                return SQL("%s %s %s", column, SQL(operator), value)
            empty = SQL("%s IS NULL", column)
            if kind != "selection":
                return SQL(
                    "%s = ANY(%s)", column, [int(item or 0) if kind == "integer" else bool(item) for item in value]
                )
            return SQL(
                "(%s = ANY(%s) OR %s)", column, list(filter(None, value)), empty if False in value else SQL("FALSE")
            )

        if operator == "in" or (operator in COMPARED and kind == "integer"):
            return Domain.custom(to_sql=matches)
        return NotImplemented

    # ------------------------------------------------------------
    # BUTTONS
    # ------------------------------------------------------------

    @contended
    def button_lock(self):
        """Lock, and say what that means; the lead stays on the screen."""
        entries = self._pool_entries()
        return entries._notification(
            entries.action_lock(epoch=self._seen_epoch()),
            lambda n: self.env._("Locked: it does not go back by itself.")
            if n == 1
            else self.env._("%(count)s leads are locked: they do not go back by themselves.", count=n),
        )

    @contended
    def button_unlock(self):
        entries = self._pool_entries()
        return entries._notification(
            entries.action_unlock(epoch=self._seen_epoch()),
            lambda n: self.env._("Unlocked: its clock goes on.")
            if n == 1
            else self.env._("%(count)s leads are unlocked: their clocks go on.", count=n),
        )

    def button_extend(self):
        return self._pool_entries().with_context(lead_pool_epoch=self._seen_epoch()).button_extend()

    def _seen_epoch(self):
        """The epoch that the screen behind a button shows, of one lead: it may be an old one."""
        epoch = self.env.context.get("lead_pool_epoch")
        return epoch if type(epoch) is int and epoch and len(self) == 1 else None
