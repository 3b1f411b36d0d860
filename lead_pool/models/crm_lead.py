from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ..isolation import contended
from ..rules import intake
from .lead_pool_entry import CLOSED_AS, DEADLINE_REASONS, OPEN_COLUMNS, OPEN_LISTS
from .verbs.enter import Arrival
from .verbs.guard import MERGE, PASS

#: Writes of these fields may move a pooled lead.
MOVING = {"user_id", "team_id", "active", "stage_id", "probability", "type", "company_id", "pool_id"}
#: Modules whose overrides the set-based projection reproduces; any other one makes it give way to the ORM.
KNOWN_OVERRIDES = {
    "odoo.addons.crm.models.crm_lead",
    "odoo.addons.mail.models.mail_thread",
    "odoo.addons.lead_pool.models.crm_lead",
    "odoo.orm.models",
}
#: Methods that something else may hook to notice a change of owner.
WATCHED = ("write", "_write", "_write_multi", "modified", "_compute_field_value", "_message_auto_subscribe",
           "_track_subtype", "_track_template")  # fmt: skip
FREE_LEADS_FOR_SEMI_JOIN = 20_000  # above this many leads in no pool and nobody's hands the plain form is faster


class CrmLead(models.Model):
    _inherit = "crm.lead"

    pool_id = fields.Many2one(
        "lead.pool",
        "Lead Pool",
        copy=False,
        tracking=False,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('company_id', 'in', [company_id, False])]",
        help="Set on a new lead, it waits there until a member claims it.",
    )
    pool_entry_ids = fields.One2many("lead.pool.entry", "lead_id", readonly=True, copy=False)
    pool_state = fields.Selection(
        [("none", "In No Pool"), ("waiting", "Waiting"), ("held", "Held"), *CLOSED_AS],
        compute="_compute_pool_entry",
        search="_search_pool_state",
        compute_sudo=True,
    )
    reclaim_at = fields.Datetime(
        "Goes Back", compute="_compute_pool_entry", search="_search_reclaim_at", compute_sudo=True
    )
    warn_at = fields.Datetime("Warning", compute="_compute_pool_entry", compute_sudo=True)
    deadline_reason = fields.Selection(DEADLINE_REASONS, compute="_compute_pool_entry", compute_sudo=True)
    held_since = fields.Datetime(compute="_compute_pool_entry", search="_search_held_since", compute_sudo=True)
    last_follow_up_at = fields.Datetime(
        "Last Follow-up", compute="_compute_pool_entry", search="_search_last_follow_up_at", compute_sudo=True
    )
    is_untouched = fields.Boolean(
        "New to Me", compute="_compute_pool_entry", search="_search_is_untouched", compute_sudo=True,
        help="Held and not followed up yet by its holder.",
    )  # fmt: skip
    pool_is_mine = fields.Boolean(compute="_compute_pool_rights")
    pool_is_admin = fields.Boolean(compute="_compute_pool_rights")
    pools_in_use = fields.Boolean(compute="_compute_pools_in_use", help="There is a lead pool; else nothing shows.")
    may_choose_pool = fields.Boolean(compute="_compute_pools_in_use", help="The user puts leads into pools.")
    pool_event_ids = fields.Many2many("lead.pool.event", compute="_compute_pool_history", string="What Happened")
    pool_holding_ids = fields.Many2many("lead.pool.holding", compute="_compute_pool_history", string="Who Had It")
    follow_up_ids = fields.One2many("lead.follow.up", "lead_id", "Follow-ups")
    follow_up_level_id = fields.Many2one(
        "lead.follow.up.level", "Level", copy=False, index="btree_not_null", ondelete="set null"
    )
    lead_group_id = fields.Many2one("lead.group", index="btree_not_null", ondelete="set null", tracking=True)
    industry_id = fields.Many2one("res.partner.industry", "Industry", index="btree_not_null", ondelete="set null")
    product_interest_ids = fields.Many2many("product.template", string="Interested In")
    lp_visible = fields.Boolean(
        compute="_compute_lp_visible", search="_search_lp_visible", export_string_translation=False
    )
    lp_editable = fields.Boolean(
        compute="_compute_lp_editable", search="_search_lp_editable", export_string_translation=False
    )

    _free_leads_idx = models.Index("(id) WHERE user_id IS NULL AND pool_id IS NULL")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("pool_entry_ids.state", "pool_entry_ids.reclaim_at", "pool_entry_ids.last_follow_up_at")
    def _compute_pool_entry(self):
        entries = {entry.lead_id.id: entry for entry in self.pool_entry_ids}
        for lead in self:
            entry = entries.get(lead._origin.id)
            held = bool(entry) and entry.state == "held"
            lead.pool_state = (entry.closed_as or entry.state) if entry else "none"
            lead.reclaim_at = entry.reclaim_at if held else False
            lead.warn_at = entry.warn_at if held else False
            lead.deadline_reason = entry.deadline_reason if held else False
            lead.held_since = entry.held_since if held else False
            lead.last_follow_up_at = entry.last_follow_up_at if entry else False
            touched = held and entry.last_follow_up_at and entry.last_follow_up_at >= entry.held_since
            lead.is_untouched = held and not touched

    def _search_pool_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = set(value)
        domain = Domain.FALSE
        if "none" in wanted or False in wanted:
            domain |= Domain("pool_id", "=", False)
        if open_states := wanted & {"waiting", "held"}:
            domain |= self._search_entry(SQL("state = ANY(%s)", list(open_states)))
        if closed := wanted & {name for name, _label in CLOSED_AS}:
            domain |= self._search_entry(SQL("closed_as = ANY(%s)", list(closed)))
        return domain

    def _search_reclaim_at(self, operator, value):
        return self._search_entry_date("reclaim_at", operator, value)

    def _search_held_since(self, operator, value):
        return self._search_entry_date("held_since", operator, value)

    def _search_last_follow_up_at(self, operator, value):
        return self._search_entry_date("last_follow_up_at", operator, value)

    def _search_is_untouched(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return self._search_entry(
            SQL("state = 'held' AND (last_follow_up_at IS NULL OR last_follow_up_at < held_since)")
        )

    def _search_entry_date(self, name, operator, value):
        if operator in ("<", "<=", ">", ">="):
            condition = SQL("%s %s %s", SQL.identifier(name), SQL(operator), value)
        elif operator == "in" and set(value) <= {False}:
            return ~self._search_entry(SQL("state = 'held' AND %s IS NOT NULL", SQL.identifier(name)))
        elif operator == "not in" and set(value) <= {False}:
            condition = SQL("%s IS NOT NULL", SQL.identifier(name))
        else:
            return NotImplemented
        return self._search_entry(SQL("state = 'held' AND %s", condition))

    def _search_entry(self, condition):
        self.env["lead.pool.entry"].flush_model()
        return Domain(
            "id", "in", SQL("(SELECT lead_id FROM lead_pool_entry WHERE lead_id IS NOT NULL AND %s)", condition)
        )

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """My Leads are sorted by their deadline, which lives on the entry."""
        if field_name in ("reclaim_at", "held_since", "last_follow_up_at"):
            entry = query.make_alias(alias, "pool_entry")
            query.add_join(
                "LEFT JOIN",
                entry,
                "lead_pool_entry",
                SQL(
                    "%s = %s AND %s = 'held'",
                    SQL.identifier(alias, "id"),
                    SQL.identifier(entry, "lead_id"),
                    SQL.identifier(entry, "state"),
                ),
            )
            return SQL("%s %s %s", SQL.identifier(entry, field_name), direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    @api.depends_context("uid")
    def _compute_pool_rights(self):
        runs = self.env["lead.pool.entry"]._pools_run(self.sudo().pool_id.ids)
        for lead in self:
            lead.pool_is_mine = lead.pool_state == "held" and lead.user_id == self.env.user
            lead.pool_is_admin = lead.pool_id.id in runs

    @api.depends_context("uid")
    def _compute_pools_in_use(self):
        user = self.env.user
        in_use = self.env["lead.pool"]._in_use()
        may = in_use and (
            user.has_group("lead_pool.group_marketing")
            or user.has_group("lead_pool.group_manager")
            or bool(user._lead_pool_ids("admin"))
        )
        for lead in self:
            lead.pools_in_use = in_use
            lead.may_choose_pool = may

    def _compute_pool_history(self):
        for lead in self:
            lead.pool_event_ids = self.env["lead.pool.event"].search([("lead_ref", "=", lead._origin.id)])
            lead.pool_holding_ids = self.env["lead.pool.holding"].search([("lead_ref", "=", lead._origin.id)])

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

    # ------------------------------------------------------------
    # WHO MAY SEE
    # ------------------------------------------------------------

    @api.depends_context("uid")
    @api.depends("user_id", "pool_id")
    def _compute_lp_visible(self):
        self._compute_seen("lp_visible", readable=True)

    @api.depends_context("uid")
    @api.depends("user_id", "pool_id")
    def _compute_lp_editable(self):
        self._compute_seen("lp_editable", readable=False)

    def _compute_seen(self, name, readable):
        if not self.env["lead.pool"]._in_use() or self._sees_all_pools():
            self[name] = True
            return
        pools = set(self._pools_seen(readable))
        created_by = self.env.uid if self.env.user.has_group("lead_pool.group_marketing") else 0
        for lead in self:
            waiting = lead._origin.sudo()
            lead[name] = bool(
                not waiting.pool_id
                or waiting.user_id
                or waiting.pool_id.id in pools
                or (created_by and waiting.create_uid.id == created_by)
            )

    def _search_lp_visible(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return self._visible_domain(readable=True)

    def _search_lp_editable(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return self._visible_domain(readable=False)

    def _sees_all_pools(self):
        user = self.env.user
        return user._is_superuser() or user.has_group("lead_pool.group_manager")

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
        if not self.env["lead.pool"]._in_use() or self._sees_all_pools():
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
        if pools or created is not Domain.FALSE or self._many_free_leads():
            return mine | free | Domain("pool_id", "in", pools) | created
        self.flush_model(["user_id", "pool_id"])
        return Domain(
            "id",
            "in",
            SQL(
                """(SELECT id FROM crm_lead WHERE user_id = %s
                    UNION ALL SELECT id FROM crm_lead WHERE user_id IS NULL AND pool_id IS NULL)""",
                user.id,
            ),
        )

    @api.model
    @ormcache("self.env.uid")
    def _reads_own_leads_only(self):
        """Whether Odoo's own rule for personal leads, unchanged, is all that lets the user read leads of others."""
        rules = self.env["ir.rule"]._get_rules("crm.lead", "read").sudo().filtered("groups")
        known = {
            "crm.crm_rule_personal_lead": "['|',('user_id','=',user.id),('user_id','=',False)]",
            "lead_pool.crm_lead_rule_pool_admin": "[('pool_id.is_admin', '=', True)]",
            "lead_pool.crm_lead_rule_marketing": None,
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

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("lead_pool_pass") is PASS or not self.env["lead.pool"]._in_use():
            return super().create(vals_list)
        channel = self._pool_channel()
        plans = [self._plan_arrival(vals, channel) for vals in vals_list]
        leads = super(CrmLead, self.with_context(default_pool_id=False)).create(vals_list)
        leads = leads.with_env(self.env)
        leads._arrive(plans, channel)
        return leads

    def _pool_channel(self):
        """How the leads of this ``create`` come in; see ``rules.intake``."""
        if channel := self.env.context.get("lead_pool_channel"):
            return channel if channel in intake.OWNERLESS else "ui"
        if self.env.context.get("import_file"):
            return "import"
        if self.env.user._is_public():
            return "website"
        if self.env.user._is_superuser():
            return "integration"
        return "ui"

    def _plan_arrival(self, vals, channel):
        """Decide on the values given, before any default, and write owner and team into them."""
        user = self.env.user
        given_user = vals["user_id"] if "user_id" in vals else None
        given_pool = vals.get("pool_id") or self.env.context.get("default_pool_id")
        if given_pool and given_user == user.id and given_pool not in user._lead_pool_ids("member"):
            given_user = False  # the form's own default, not a choice: this user holds no leads of the pool
        sells = user.has_group("sales_team.group_sale_salesman")
        destination = intake.who_owns(given_pool=given_pool, given_user=given_user, channel=channel, is_rep=sells)
        pool = self.env["lead.pool"].sudo().browse(destination.pool_id or [])
        owner = self.env["res.users"].sudo().browse(user.id if destination.mine else destination.user_id or [])
        if pool:
            self._check_may_put_into(pool, owner, vals)
        elif owner:
            company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
            rep = self.env["lead.pool.rep"].sudo().search([("user_id", "=", owner.id), ("company_id", "=", company.id)])
            pool = rep.default_pool_id.filtered("active")
        vals["pool_id"] = pool.id
        if not destination.mine:
            vals["user_id"] = owner.id
        if pool:
            vals["team_id"] = self.env["lead.pool.entry"]._teams({(pool.id, owner.id or 0)})[pool.id, owner.id or 0].id
        return {"pool": pool, "owner": owner, "route": destination.route}

    def _check_may_put_into(self, pool, owner, vals):
        """Who may put a lead into this pool, and into whose hands."""
        Entry = self.env["lead.pool.entry"]
        user = self.env.user
        if not pool.exists() or not pool.active:
            raise UserError(self.env._("This lead pool does not exist or is archived. Choose another one."))
        if vals.get("company_id") and pool.company_id and vals["company_id"] != pool.company_id.id:
            raise ValidationError(
                self.env._("“%(pool)s” takes leads of %(company)s only.", pool=pool.name, company=pool.company_id.name)
            )
        if pool.company_id and pool.company_id not in user.company_ids and not self.env.su:
            raise AccessError(self.env._("“%(pool)s” belongs to a company in which you may not work.", pool=pool.name))
        if self.env.su or Entry._is_pool_admin(pool.id):
            return
        if owner and owner == user and pool.id in user._lead_pool_ids("member"):
            return
        if not owner and user.has_group("lead_pool.group_marketing"):
            return
        raise AccessError(
            self.env._(
                "Marketing and the admins of “%(pool)s” put leads into it. "
                "Leave the lead pool empty to make the lead your own.",
                pool=pool.name,
            )
        )

    def _arrive(self, plans, channel):
        """New leads enter the pools they were planned for; the others are routed."""
        routed = self.browse([lead.id for lead, plan in zip(self, plans, strict=True) if plan["route"]])
        routes = self.env["lead.pool.entry.rule"]._route(routed)
        origin = "imported" if channel == "import" else "created"
        arrivals = []
        for lead, plan in zip(self, plans, strict=True):
            pool, detail = plan["pool"], {"channel": channel}
            if plan["route"]:
                pool, rule, tried = routes[lead.id]
                detail.update(rule=rule, tried=tried)
            if pool and lead.sudo().won_status == "pending":
                arrivals.append(
                    Arrival(
                        lead, pool, user_id=plan["owner"].id or 0, origin=origin, detail=detail, project=plan["route"]
                    )
                )
        self.env["lead.pool.entry"]._enter(arrivals)
        self.env["lead.pool"].browse({a.pool.id for a in arrivals if not a.user_id})._wake_distribution()

    @api.model
    def _search(self, domain, *args, **kwargs):
        if self.env.context.get("lead_pool_not_pooled"):  # Odoo's own assignment is at work
            domain = Domain(domain) & Domain("pool_id", "=", False)
        return super()._search(domain, *args, **kwargs)

    def write(self, vals):
        if self.env.context.get("lead_pool_pass") is PASS or not self.env["lead.pool"]._in_use():
            return super().write(vals)
        moving = not MOVING.isdisjoint(vals)
        copied = not {*OPEN_COLUMNS, *OPEN_LISTS}.isdisjoint(vals)
        if not moving and not copied:
            return super().write(vals)
        entries = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.ids)])
        if moving:
            result = self._write_moving(dict(vals), entries)
        else:
            result = super().write(vals)
        if copied:
            waiting = entries.exists().filtered(lambda entry: entry.state == "waiting")
            self.env["lead.pool.entry"]._refresh_open_values(waiting.pool_id, waiting)
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
            opened.invalidate_recordset()
            groups = self._group_by_team(vals, opened, user)
        else:
            groups = [(self, vals)]
        result = True
        for leads, group_vals in groups:
            result = super(CrmLead, leads).write(group_vals)
        self._close_or_reopen(entries, vals)
        if incoming:
            self._enter_by_write(incoming)
        return result

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
                    raise UserError(answer["message"])
        incoming = (self - entries.lead_id.with_env(self.env)) if pool else self.browse()
        for lead in incoming:
            owner = self.env["res.users"].browse(vals["user_id"] if "user_id" in vals else lead.user_id.id)
            self._check_may_put_into(pool.sudo(), owner.filtered("id"), {})
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

    # ------------------------------------------------------------
    # MERGE, CONVERT, ASSIGNMENT OF PLAIN ODOO
    # ------------------------------------------------------------

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
        merged = super(CrmLead, self.with_context(lead_pool_pass=MERGE))._merge_opportunity(
            user_id, team_id, auto_unlink, max_length
        )
        return merged.with_env(self.env)

    def _merge_dependences(self, opportunities):
        super()._merge_dependences(opportunities)
        opportunities.sudo().follow_up_ids.write({"lead_id": self.id})

    def _merge_get_fields(self):
        return [*super()._merge_get_fields(), "lead_group_id", "industry_id", "follow_up_level_id"]

    def convert_opportunity(self, partner, user_ids=False, team_id=False):
        result = super().convert_opportunity(partner, user_ids=user_ids, team_id=team_id)
        if self.env["lead.pool"]._in_use():
            self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.ids)])._converted()
        return result

    def _assign_userless_lead_in_team(self, creation_source):
        """Odoo gives mail and chat leads to the team's leader; one that waits in a pool waits."""
        return super(CrmLead, self.filtered(lambda lead: not lead.pool_id))._assign_userless_lead_in_team(
            creation_source
        )

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        return super(CrmLead, self.with_context(lead_pool_channel="mail")).message_new(msg_dict, custom_values)

    def message_post(self, **kwargs):
        return super().message_post(**self._drop_former_holders(kwargs))

    def _drop_former_holders(self, kwargs):
        """A customer's answer goes to who holds the lead now, not to the colleague he once wrote to."""
        if len(self) == 1 and kwargs.get("partner_ids") and self.sudo().pool_id:
            users = (
                self.env["res.users"]
                .sudo()
                .search([("partner_id", "in", list(kwargs["partner_ids"])), ("share", "=", False)])
            )
            blind = [user.partner_id.id for user in users if not self.with_user(user).sudo(False).has_access("read")]
            kwargs["partner_ids"] = [pid for pid in kwargs["partner_ids"] if pid not in blind]
        return kwargs

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @contended
    def action_follow_up(self, values, request_uid=None):
        """Record a follow-up on this lead.

        :param dict values: ``type_id``, ``level_id``, ``result``, ``note`` (text), ``duration`` (minutes),
            ``next_date`` (date), ``next_summary``, ``attachment_ids`` (list of ids)
        :returns: id of the ``lead.follow.up``
        :raises UserError: an unknown key, or nothing to record
        """
        self.ensure_one()
        self.check_access("write")
        return self.env["lead.pool.request"]._once(
            f"crm.lead.action_follow_up {self.id}",
            request_uid,
            lambda: self.env["lead.follow.up"]._record(self, values).id,
        )

    @contended
    def action_convert(self, values=None, request_uid=None):
        """Make this lead a customer and an opportunity, and an order if asked.

        :param dict values: ``partner_id`` (an existing customer), ``create_partner`` (default true),
            ``create_order`` (default false)
        :returns: ``{'partner_id', 'opportunity_id', 'order_id'}``, ``False`` for what was not made
        :raises UserError: an unknown key, or why the lead cannot be converted
        """
        self.ensure_one()
        self.check_access("write")
        return self.env["lead.pool.request"]._once(
            f"crm.lead.action_convert {self.id}", request_uid, lambda: self._convert(dict(values or {}))
        )

    def _convert(self, values):
        partner_id = values.pop("partner_id", False)
        create_partner = values.pop("create_partner", True)
        create_order = values.pop("create_order", False)
        if values:
            raise UserError(self.env._("Unknown: %(keys)s.", keys=", ".join(sorted(values))))
        if partner_id and not self.env["res.partner"].browse(partner_id).exists():
            raise UserError(self.env._("This customer does not exist any more. Choose another one."))
        entry = self.env["lead.pool.entry"].sudo().search([("lead_id", "=", self.id)])
        entry.with_env(self.env)._check_may_convert(self)
        self._handle_partner_assignment(
            force_partner_id=partner_id or self.partner_id.id, create_missing=create_partner
        )
        if create_order and not self.partner_id:
            raise UserError(self.env._("An order needs a customer. Choose one or let it be created."))
        self.convert_opportunity(self.partner_id)
        order = self.env["sale.order"]
        if create_order:
            order = order.with_context(**self._prepare_opportunity_quotation_context()).create({})
        return {
            "partner_id": self.partner_id.id or False,
            "opportunity_id": self.id,
            "order_id": order.id or False,
        }

    # ------------------------------------------------------------
    # BUTTONS
    # ------------------------------------------------------------

    def _pool_entries(self):
        """The entries of these leads, for a button that calls a verb on them."""
        self.check_access("read")
        return self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.ids)]).with_env(self.env)

    def button_return(self):
        return self._pool_entries().button_return()

    def button_assign(self):
        return self._pool_entries().button_assign()

    def button_transfer(self):
        return self._pool_entries().button_transfer()

    def button_reclaim(self):
        return self._pool_entries().button_reclaim()

    def button_mark_invalid(self):
        return self._pool_entries().button_mark_invalid()

    @contended
    def button_claim(self):
        """Claim from the lead itself, which stays on the screen."""
        entries = self._pool_entries()
        return entries._notification(entries.action_claim(), lambda n: self.env._("This lead is yours now."))

    def button_follow_up(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Follow-up"),
            "res_model": "lead.pool.follow.up",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_lead_id": self.id, "dialog_size": "medium"},
        }

    def button_convert(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Convert"),
            "res_model": "lead.pool.convert",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_lead_id": self.id, "dialog_size": "medium"},
        }

    # ------------------------------------------------------------
    # HOW TO WRITE
    # ------------------------------------------------------------

    @api.model
    def _pool_write_mode(self):
        """``set`` or ``faithful``: whether owners may be written by one statement."""
        return "faithful" if self._pool_write_obstacle() else "set"

    @api.model
    def _pool_write_obstacle(self):
        """Why owners are written by the ORM (shown in the settings), or ``''`` when nothing else must notice."""
        if obstacle := self._pool_write_override():
            return obstacle
        if self.env["crm.stage"].sudo().search_count([("team_ids", "!=", False)], limit=1):
            return self.env._("stages are bound to sales teams")
        if "base.automation" in self.env:
            rules = self.env["base.automation"].sudo().search([("model_name", "=", "crm.lead")])
            watching = rules.filtered(
                lambda rule: not rule.trigger_field_ids
                or {"user_id", "team_id", "pool_id"} & set(rule.trigger_field_ids.mapped("name"))
            )
            if watching:
                return self.env._("automation rule “%(rule)s” watches leads", rule=watching[0].name)
        return ""

    @api.model
    @ormcache()
    def _pool_write_override(self):
        mro = type(self).mro()
        for name in WATCHED:
            for cls in mro:
                if name not in vars(cls):
                    continue
                module = getattr(vars(cls)[name], "__module__", cls.__module__)
                if (
                    module not in KNOWN_OVERRIDES
                    and module.startswith("odoo.addons.")
                    and "base_automation" not in module
                ):
                    return module
        return ""
