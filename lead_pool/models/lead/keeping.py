"""What a lead has been through in the pools, and what its holder may do about its deadline."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...isolation import contended
from ..lead_pool_entry import GONE_BACK

#: Fields that live on the entry, and can be searched, sorted and grouped by as if they were the lead's own.
FROM_ENTRY = {
    "pool_recycled": "COALESCE(%(entry)s.recycled, 0)",
    "pool_gone_back": "%(entry)s.gone_back",
    "pool_holder_no": "CASE WHEN %(entry)s.state = 'held' THEN %(entry)s.holders ELSE 0 END",
    "pool_locked": "COALESCE(%(entry)s.locked, false)",
}
COMPARED = ("<", "<=", ">", ">=")


class LeadKeeping(models.AbstractModel):
    _name = "lead.pool.lead.keeping"
    _description = "What a Lead Has Been Through"

    pool_recycled = fields.Integer(
        "Times Gone Back",
        compute="_compute_pool_life",
        search="_search_pool_recycled",
        compute_sudo=True,
        aggregator="avg",
        help="How often it came back into a pool out of somebody's hands.",
    )
    pool_gone_back = fields.Selection(
        GONE_BACK,
        "Last Went Back By",
        compute="_compute_pool_life",
        search="_search_pool_gone_back",
        compute_sudo=True,
        help="How it last came back into a pool out of somebody's hands.",
    )
    pool_holder_no = fields.Integer(
        "Holder No.",
        compute="_compute_pool_life",
        search="_search_pool_holder_no",
        compute_sudo=True,
        aggregator="avg",
        help="1: its holder is the first one who has it. 0: nobody holds it.",
    )
    pool_locked = fields.Boolean(
        "Locked",
        compute="_compute_pool_life",
        search="_search_pool_locked",
        compute_sudo=True,
        help="By its holder: it does not go back by itself.",
    )
    pool_locked_until = fields.Datetime("Locked Until", compute="_compute_pool_life", compute_sudo=True)
    pool_asked_until = fields.Datetime(
        compute="_compute_pool_life",
        compute_sudo=True,
        help="An extension was asked for: until then the lead does not go back for want of an answer.",
    )
    pool_epoch = fields.Integer(compute="_compute_pool_life", compute_sudo=True)
    pool_can_lock = fields.Boolean(compute="_compute_pool_can")
    pool_can_unlock = fields.Boolean(compute="_compute_pool_can")
    pool_can_extend = fields.Boolean(compute="_compute_pool_can")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends(
        "pool_entry_ids.recycled",
        "pool_entry_ids.gone_back",
        "pool_entry_ids.holders",
        "pool_entry_ids.state",
        "pool_entry_ids.locked",
        "pool_entry_ids.locked_until",
        "pool_entry_ids.asked_until",
        "pool_entry_ids.open_requests",
        "pool_entry_ids.epoch",
    )
    def _compute_pool_life(self):
        entries = {entry.lead_id.id: entry for entry in self.pool_entry_ids}
        for lead in self:
            entry = entries.get(lead._origin.id, self.pool_entry_ids.browse())
            lead.pool_recycled = entry.recycled
            lead.pool_gone_back = entry.gone_back
            lead.pool_holder_no = entry.holders if entry.state == "held" else 0
            lead.pool_locked = entry.locked
            lead.pool_locked_until = entry.locked and entry.locked_until
            lead.pool_asked_until = entry.open_requests and entry.asked_until
            lead.pool_epoch = entry.epoch

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
