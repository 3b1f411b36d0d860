from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..arguments import refuse_unknown
from ..isolation import contended
from ..logs import unlogged
from .lead_follow_up import KEYS
from .lead_pool_conversion import Notes
from .lead_pool_entry import CLOSED_AS, DEADLINE_REASONS


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = [
        "lead.pool.lead.visibility",
        "lead.pool.lead.gate",
        "lead.pool.lead.duplicates",
        "lead.pool.lead.inquiries",
        "lead.pool.lead.identity",
        "lead.pool.lead.arrival",
        "lead.pool.lead.buttons",
        "lead.pool.lead.card",
        "lead.pool.lead.contact",
        "lead.pool.lead.customer",
        "lead.pool.lead.landing",
        "lead.pool.lead.lacking",
        "lead.pool.lead.conversion",
        "lead.pool.lead.moves",
        "lead.pool.lead.keeping",
        "lead.pool.lead.day",
        "lead.pool.empty.screen",
        "lead.pool.lead.help",
        "lead.pool.lead.intent",
        "lead.pool.lead.phone.origin",
        "lead.pool.lead.reading",
        "lead.pool.lead.write.mode",
        "lead.custom.screens",
        "crm.lead",
    ]

    pool_id = fields.Many2one(
        "lead.pool",
        "Lead Pool",
        copy=False,
        tracking=False,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('company_id', 'in', [company_id, False])] if company_id else []",
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
    deadline_words = fields.Char(
        "Goes Back Because", compute="_compute_deadline_words", compute_sudo=True,
        help="When a held lead goes back by itself and why, or why it never does.",
    )  # fmt: skip
    held_since = fields.Datetime(compute="_compute_pool_entry", search="_search_held_since", compute_sudo=True)
    last_follow_up_at = fields.Datetime(
        "Last Follow-up", compute="_compute_pool_entry", search="_search_last_follow_up_at", compute_sudo=True
    )
    last_follow_up_doubt = fields.Char(
        "Why the Last Follow-up Does Not Count", compute="_compute_last_follow_up_doubt", compute_sudo=True,
        help="Of its holder: he followed up, and the clock runs on all the same.",
    )  # fmt: skip
    is_untouched = fields.Boolean(
        "New to Me", compute="_compute_pool_entry", search="_search_is_untouched", compute_sudo=True,
        help="Held and not followed up yet by its holder.",
    )  # fmt: skip
    pool_is_mine = fields.Boolean(compute="_compute_pool_rights")
    pool_is_admin = fields.Boolean(compute="_compute_pool_rights")
    pool_is_member = fields.Boolean(compute="_compute_pool_rights")
    pools_in_use = fields.Boolean(compute="_compute_pools_in_use", help="There is a lead pool; else nothing shows.")
    may_choose_pool = fields.Boolean(compute="_compute_pools_in_use", help="The user puts leads into pools.")
    pool_requests = fields.Text(
        "Requests", compute="_compute_pool_requests", help="What waits for a decision about this lead, or was decided."
    )
    pool_event_ids = fields.Many2many("lead.pool.event", compute="_compute_pool_history", string="What Happened")
    pool_holding_ids = fields.Many2many("lead.pool.holding", compute="_compute_pool_history", string="Who Had It")
    follow_up_ids = fields.One2many("lead.follow.up", "lead_id", "Follow-ups")
    follow_up_level_id = fields.Many2one(
        "lead.follow.up.level", "Level", copy=False, index="btree_not_null", ondelete="set null"
    )
    lead_group_id = fields.Many2one("lead.group", index="btree_not_null", ondelete="set null", tracking=True)
    industry_id = fields.Many2one("res.partner.industry", "Industry", index="btree_not_null", ondelete="set null")
    product_interest_ids = fields.Many2many("product.template", string="Interested In")
    wechat = fields.Char("WeChat", help="WeChat ID or the number registered with it.")
    company_registry_code = fields.Char(
        help="Number of the company in the public register, e.g. the Unified Social Credit Code."
    )
    lp_visible = fields.Boolean(
        compute="_compute_lp_visible", search="_search_lp_visible", export_string_translation=False
    )
    lp_editable = fields.Boolean(
        compute="_compute_lp_editable", search="_search_lp_editable", export_string_translation=False
    )
    pool_may_write = fields.Boolean(compute="_compute_pool_may_write", export_string_translation=False)

    _free_leads_idx = models.Index("(id) WHERE user_id IS NULL AND pool_id IS NULL")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("follow_up_ids.counts", "follow_up_ids.doubt", "reclaim_at")
    @api.depends_context("lang")
    def _compute_last_follow_up_doubt(self):
        """Of leads with a deadline whose holder's last follow-up did not reset the clock."""
        self.last_follow_up_doubt = False
        self.env["lead.follow.up"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM (
                       SELECT DISTINCT ON (f.lead_id) f.id, f.counts
                         FROM lead_follow_up f JOIN lead_pool_entry e ON e.lead_id = f.lead_id
                        WHERE e.lead_id = ANY(%s) AND e.state = 'held' AND e.reclaim_at IS NOT NULL
                          AND f.user_id = e.user_id AND f.date >= e.held_since
                        ORDER BY f.lead_id, f.date DESC, f.id DESC) last
                    WHERE counts IS NOT TRUE""",
                self._origin.ids,
            )
        )
        last = {record.lead_id.id: record for record in self.env["lead.follow.up"].browse(id_ for (id_,) in rows)}
        for lead in self.filtered(lambda lead: lead._origin.id in last):
            lead.last_follow_up_doubt = last[lead._origin.id].doubt_text

    @api.depends("reclaim_at", "pool_state")
    @api.depends_context("lang", "tz")
    def _compute_deadline_words(self):
        held = self.pool_entry_ids.filtered(lambda entry: entry.state == "held" and entry.pool_id.mode == "active")
        words = held._deadline_sentences()
        by_lead = {entry.lead_id.id: words[entry.id] for entry in held}
        for lead in self:
            lead.deadline_words = by_lead.get(lead._origin.id, False)

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
        member_of = set(self.env.user._lead_pool_ids("member")) if self.sudo().pool_id else ()
        for lead in self:
            lead.pool_is_member = lead.pool_id.id in member_of
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

    @api.depends_context("uid", "lang")
    def _compute_pool_requests(self):
        for lead in self:
            lead.pool_requests = lead.sudo().pool_entry_ids.sudo(False)._say_requests()

    def _compute_pool_history(self):
        for lead in self:
            lead.pool_event_ids = self.env["lead.pool.event"].search([("lead_ref", "=", lead._origin.id)])
            lead.pool_holding_ids = self.env["lead.pool.holding"].search([("lead_ref", "=", lead._origin.id)])

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @contended
    def action_follow_up(self, values, epoch=None, request_uid=None):
        """Record a follow-up on this lead.

        :param dict values: ``type_id``, ``level_id``, ``result``, ``note`` (text), ``duration`` (minutes, 0.5 for
            half a one: of a type of calls it is a call), ``next_date`` (date), ``next_summary``, ``attachment_ids``
            (list of ids), ``intent`` (as :meth:`action_assess` takes it; what is the same as before is passed over)
        :param int epoch: ``pool_epoch`` of the lead, as the caller last saw it; if it changed hands since, nothing is
            recorded
        :returns: id of the ``lead.follow.up``: its ``counts`` says whether the clock starts again, ``doubt`` and
            ``doubt_text`` why not
        :raises UserError: an unknown key, a value that is none, nothing to record, or the lead changed hands
        """
        self.ensure_one()

        def record():
            self._check_may_follow_up()  # not before: who asks again after the lead has left him gets his answer
            if epoch is not None:
                self._pool_entries()._raise_if_moved(epoch)
            said = self._values_said(values)
            refuse_unknown(self.env, said, KEYS | {"intent"})
            intent = said.pop("intent", None)
            follow_up = self.env["lead.follow.up"]._record(self, said)
            if intent and (new := self._new_intent(intent)):
                self._assess(new)
            return follow_up.id

        return self.env["lead.pool.request"]._once(f"crm.lead.action_follow_up {self.id}", request_uid, record)

    @contended
    def action_convert(self, values=None, epoch=None, request_uid=None):
        """Make this lead a customer and an opportunity, and an order if asked.

        :param dict values: ``partner_id`` (an existing customer) or ``parent_id`` (an existing company, to which the
            lead's contact is added), ``create_partner`` (default true: who is known is found, else he is made),
            ``create_anew`` (default false: he is made although one is known), ``create_order`` (default false)
        :param int epoch: ``pool_epoch`` of the lead, as the caller last saw it; if it changed hands since, nothing is
            done
        :returns: ``{'partner_id', 'opportunity_id', 'order_id'}``, ``False`` for what was not made
        :raises UserError: an unknown key, or why the lead cannot be converted
        """
        self.ensure_one()

        def convert():
            self.check_access("write")
            return self._convert(self._values_said(values), epoch)

        return self.env["lead.pool.request"]._once(f"crm.lead.action_convert {self.id}", request_uid, convert)

    def _check_complete_to_convert(self):
        """Refuse to convert leads that lack a custom field which is required for it."""
        missing = self.env["lead.custom.field"]._missing(self, "to_convert")
        for lead_id, labels in missing.items():
            words = {"number": lead_id, "fields": ", ".join(f"“{label}”" for label in labels)}
            raise UserError(
                self.env._("Fill in %(fields)s before you convert this lead.", **words)
                if len(self) == 1
                else self.env._("Lead #%(number)s: fill in %(fields)s before you convert it.", **words)
            )

    @api.model
    def _values_said(self, values):
        """What a caller hands to a verb as ``values``, to take apart; empty where he says nothing.

        :raises UserError: it is not names with their values
        """
        if values and not isinstance(values, dict):
            raise UserError(self.env._("%(argument)s must be names with their values.", argument="values"))
        return dict(values or {})

    def _convert(self, values, epoch=None):
        known = {"partner_id", "parent_id", "create_partner", "create_anew", "create_order"}
        refuse_unknown(self.env, values, known)
        partner_id = values.get("partner_id", False)
        parent_id = values.get("parent_id", False)
        create_partner = values.get("create_partner", True)
        create_anew = values.get("create_anew", False)
        create_order = values.get("create_order", False)
        Partner = self.env["res.partner"]
        parent = Partner.browse(not partner_id and parent_id)
        partner = Partner.browse(partner_id or (not parent and not create_anew and self.partner_id.id))
        create_partner = create_partner or bool(parent)
        self._check_customer(partner or parent)
        if parent and not parent.is_company:
            raise unlogged(
                UserError(
                    self.env._(
                        "“%(customer)s” is a person, to whom no contact is added. Choose a company.",
                        customer=parent.display_name,
                    )
                )
            )
        if not partner and create_partner and self.env["lead.pool"]._in_use():
            self._hold_customers()
        locked = self._pool_entries()._check_may_convert(self, epoch)
        self._check_complete_to_convert()
        if not partner and not create_partner and create_order:
            raise UserError(self.env._("An order needs a customer. Choose one or let it be created."))
        lead = self.with_context(lead_pool_conversion=Notes(anew=create_anew, locked=locked))
        before = lead._before_conversion(partner, parent, create_partner, create_order)
        if (parent or create_anew) and self.partner_id:
            lead.partner_id = False  # another one is chosen
        lead._handle_partner_assignment(
            force_partner_id=partner.id, create_missing=create_partner, with_parent=parent or None
        )
        lead.convert_opportunity(lead.partner_id)
        order = lead._create_quotation() if create_order else self.env["sale.order"]
        lead._write_down_conversion(before, order)
        return {
            "partner_id": self.partner_id.id or False,
            "opportunity_id": self.id,
            "order_id": order.id or False,
        }

    def _check_customer(self, partner):
        """:raises UserError: this customer cannot be that of the lead, and what to do"""
        if partner and not partner.exists():
            raise UserError(self.env._("This customer does not exist any more. Choose another one."))
        company = self._company_of_customers()
        if partner.company_id and company and partner.company_id != company:
            raise unlogged(
                UserError(
                    self.env._(
                        "“%(customer)s” is a customer of %(other)s, and the lead belongs to %(company)s. Choose a "
                        "customer of %(company)s, or one of all companies.",
                        customer=partner.display_name,
                        other=partner.company_id.sudo().name,
                        company=company.name,
                    )
                )
            )

    def _create_quotation(self):
        """A quotation with what the lead knows of it; by values, as a context would reach other models, too."""
        context = self._prepare_opportunity_quotation_context()
        mark = "default_"
        return self.env["sale.order"].create(
            {name.removeprefix(mark): value for name, value in context.items() if name.startswith(mark)}
        )

    @api.model
    def get_import_templates(self):
        """Odoo's template for an import, and ours, which has the custom fields."""
        return [
            *super().get_import_templates(),
            {"label": self.env._("Template with Your Custom Fields"), "template": "/lead_pool/import_template"},
        ]
