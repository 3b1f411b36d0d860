"""Who sees a lead: the wall around what waits in a pool, and what stands in for its name."""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from .keeping import OF_ENTRY

FREE_LEADS_FOR_SEMI_JOIN = 20_000  # above this many leads in no pool and nobody's hands the plain form is faster


class LeadVisibility(models.AbstractModel):
    _name = "lead.pool.lead.visibility"
    _description = "Who Sees a Lead"

    @api.depends_context("uid")
    @api.depends("user_id", "pool_id")
    def _compute_lp_visible(self):
        self._compute_seen("lp_visible", readable=True)

    @api.depends_context("uid")
    @api.depends("user_id", "pool_id")
    def _compute_lp_editable(self):
        self._compute_seen("lp_editable", readable=False)

    def _compute_seen(self, name, readable):
        if not self.env["lead.pool"]._in_use() or self.env.user._runs_all_pools():
            self[name] = True
            return
        of_nobody = {lead.id for lead in self._origin.sudo() if not lead.user_id and lead.pool_id}
        waiting = self.filtered(lambda lead: lead._origin.id in of_nobody) if of_nobody else self.browse()
        (self - waiting)[name] = True
        if not waiting:
            return
        pools = set(self._pools_seen(readable))
        created_by = self.env.uid if self.env.user.has_group("lead_pool.group_marketing") else 0
        for lead in waiting:
            hidden = lead._origin.sudo()
            lead[name] = hidden.pool_id.id in pools or bool(created_by and hidden.create_uid.id == created_by)

    def _search_lp_visible(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return self._visible_domain(readable=True)

    def _search_lp_editable(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return self._visible_domain(readable=False)

    def _pools_seen(self, readable):
        """Ids of the pools whose waiting leads the user reads (or writes)."""
        pools = self.env.user._lead_pool_ids("admin")
        if readable:
            pools = pools + self.env.user._lead_pool_ids("member", "open")
        return pools

    def _visible_domain(self, readable):
        """Leads that waiting in a pool does not hide from the user (or keep him from writing).

        Chosen for each query: a removed member stops seeing at once. For a rep whom Odoo shows his own and nobody's
        leads only, the condition may say so too; then the planner finds his few leads among many by a semi-join, or
        by the plain form where many leads are free.
        """
        if not self.env["lead.pool"]._in_use() or self.env.user._runs_all_pools():
            return Domain.TRUE
        user = self.env.user
        pools = self._pools_seen(readable)
        created = Domain.FALSE
        if user.has_group("lead_pool.group_marketing"):
            created = Domain("user_id", "=", False) & Domain("create_uid", "=", user.id)
        if not self._reads_own_leads_only():
            return (
                Domain("user_id", "!=", False)
                | Domain("pool_id", "=", False)
                | Domain("pool_id", "in", pools)
                | created
            )
        mine = Domain("user_id", "=", user.id)
        free = Domain("user_id", "=", False) & Domain("pool_id", "=", False)
        helped = user._helped_lead_ids() if readable else []
        if pools or created is not Domain.FALSE or self._many_free_leads():
            return mine | free | Domain("pool_id", "in", pools) | created | Domain("id", "in", helped)
        self.flush_model(["user_id", "pool_id"])
        return Domain(
            "id",
            "in",
            SQL(
                """(SELECT id FROM crm_lead WHERE user_id = %s
                    UNION ALL SELECT id FROM crm_lead WHERE user_id IS NULL AND pool_id IS NULL%s)""",
                user.id,
                SQL(" UNION ALL SELECT unnest(%s::int[])", helped) if helped else SQL(),
            ),
        )

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """A list that shows something of the pools brings along what the rules ask of each lead: else that is read of
        it by itself, with all its columns, as of any list of Odoo's."""
        if field_names and not self.env.su and not OF_ENTRY.keys().isdisjoint(field_names):
            field_names = [*field_names, "company_id", "user_id", "pool_id"]
        return super().search_fetch(domain, field_names, offset=offset, limit=limit, order=order)

    def _of_others(self):
        """Those of these leads that are in a pool and that the user may not change: he names none of them on an order
        or a meeting, where Odoo itself asks nobody."""
        if self.env.su or not self or not self.env["lead.pool"]._in_use():
            return self.browse()
        pooled = self.sudo().filtered("pool_id").sudo(False)
        return pooled - pooled._filtered_access("write")

    @api.depends_context("uid")
    @api.depends("user_id", "pool_id", "lp_helped")
    def _compute_pool_may_write(self):
        me = self.env.user
        others = self._origin.filtered(lambda lead: lead.lp_helped or (lead.sudo().pool_id and lead.user_id != me))
        refused = others - others._filtered_access("write")
        for lead in self:
            lead.pool_may_write = lead._origin.id not in refused._ids

    @api.model
    @ormcache("self.env.uid")
    def _reads_own_leads_only(self):
        """Whether Odoo's own rule for personal leads, unchanged, is all that lets the user read leads of others."""
        rules = self.env["ir.rule"]._get_rules("crm.lead", "read").sudo().filtered("groups")
        known = {
            "crm.crm_rule_personal_lead": "['|',('user_id','=',user.id),('user_id','=',False)]",
            "lead_pool.crm_lead_rule_pool_admin": "[('pool_id.is_admin', '=', True)]",
            "lead_pool.crm_lead_rule_marketing": None,
            "lead_pool.crm_lead_rule_helper": "[('lp_helped', '=', True)]",
        }
        names = rules._get_external_ids()
        for rule in rules:
            name = next(iter(names[rule.id]), "")
            if name not in known or (known[name] and rule.domain_force != known[name]):
                return False
        return bool(rules)

    @api.model
    def _many_free_leads(self):
        """The planner's own estimate, from the size of the index on free leads."""
        self.env.cr.execute("SELECT reltuples FROM pg_class WHERE oid = to_regclass('crm_lead_free_leads_idx')")
        row = self.env.cr.fetchone()
        return bool(row) and row[0] > FREE_LEADS_FOR_SEMI_JOIN

    @api.depends_context("uid", "lead_pool_anonymous")
    def _compute_display_name(self):
        """A many2one names a lead in sudo: who may not read the lead gets its number."""
        super()._compute_display_name()
        if not self.env["lead.pool"]._in_use():
            return
        suspects = self.filtered(lambda lead: lead._origin.sudo().pool_id and lead.sudo().user_id.id != self.env.uid)
        if self.env.context.get("lead_pool_anonymous"):
            hidden = self
        else:
            hidden = suspects - suspects.sudo(False)._filtered_access("read").with_env(self.env)
        for lead in hidden:
            lead.display_name = self.env._("Lead #%(number)s", number=lead._origin.id)

    @api.depends_context("uid")
    def _compute_potential_lead_duplicates(self):
        """The number tells that there are others; which ones, only who may read them."""
        super()._compute_potential_lead_duplicates()
        if self.env["lead.pool"]._in_use():
            for lead in self:
                others = lead.duplicate_lead_ids - lead
                if others:
                    readable = others.sudo(False)._filtered_access("read")
                    lead.duplicate_lead_ids = lead + readable.with_env(self.env)

    def message_post(self, **kwargs):
        return super().message_post(**self._drop_former_holders(kwargs))

    def _drop_former_holders(self, kwargs):
        """A customer's answer goes to who holds the lead now, not to the colleague he once wrote to."""
        if len(self) == 1 and kwargs.get("partner_ids"):
            blind = self._blind_partner_ids(kwargs["partner_ids"])
            kwargs["partner_ids"] = [pid for pid in kwargs["partner_ids"] if pid not in blind]
        return kwargs

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        """Nobody follows a lead that he may not read, not even who answered it by mail."""
        if not partner_ids or not self.env["lead.pool"]._in_use():
            return super()._message_subscribe(partner_ids, subtype_ids, customer_ids)
        for lead in self:
            blind = lead._blind_partner_ids(partner_ids)
            readers = [pid for pid in partner_ids if pid not in blind]
            super(LeadVisibility, lead)._message_subscribe(readers, subtype_ids, customer_ids)
        return True

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Whoever follows a lead, by following its team for one, is told of it as long as he may read it."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        colleagues = [one["id"] for one in recipients if one["id"] and one["uid"] and not one["ushare"]]
        if len(self) != 1 or not colleagues or not self.env["lead.pool"]._in_use():
            return recipients
        blind = self._blind_partner_ids(colleagues)
        return [one for one in recipients if one["id"] not in blind]

    def _blind_partner_ids(self, partner_ids):
        """Those of these partners who are colleagues and may not read this pooled lead."""
        lead = self.sudo()
        partner_ids = set(partner_ids) - set(lead.user_id.partner_id.ids)  # who holds it reads it
        if not lead.pool_id or not partner_ids:
            return set()
        users = self.env["res.users"].sudo().search([("partner_id", "in", list(partner_ids)), ("share", "=", False)])
        return {user.partner_id.id for user in users if not self._is_readable_for(user)}

    def _is_readable_for(self, user):
        """Whether this user, in any of his companies, may read the lead."""
        lead = self.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        return lead.has_access("read")
