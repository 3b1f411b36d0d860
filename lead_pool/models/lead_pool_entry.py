from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..in_bulk import assign
from ..rules.reclaim import EXEMPTIONS, PARTS
from ..storage import QUEUE, keep_as
from .verbs.approve import FULL

STATES = [("waiting", "Waiting"), ("held", "Held"), ("closed", "Closed")]
CLOSED_AS = [
    ("converted", "Converted"),
    ("invalid", "Invalid"),
    ("lost", "Lost"),
    ("merged", "Merged"),
    ("deleted", "Deleted"),
]
GONE_BACK = [
    ("returned", "Returned"),
    ("reclaimed", "Reclaimed"),
    ("recalled", "Recalled"),
    ("transferred", "Transferred"),
    ("handed_over", "Handed Over"),
]
DEADLINE_REASONS = [
    ("no_first_touch", "Never touched"),
    ("no_follow_up", "No follow-up"),
    ("not_converted", "Not converted"),
    ("not_won", "Not won"),
    ("held", "Held too long"),
]
assert tuple(name for name, _label in DEADLINE_REASONS) == PARTS
STAYS_BECAUSE = [
    ("dispute", "In dispute"),
    ("locked", "Locked by its holder"),
    ("converted", "Converted"),
    ("order", "Has a quotation or an order"),
    ("tag", "Has a tag that keeps it"),
    ("condition", "A condition of the pool keeps it"),
]
assert tuple(name for name, _label in STAYS_BECAUSE) == EXEMPTIONS
#: Of each entry that is read, Odoo asks these again by the rules of who may see what.
RULED = ("company_id", "user_id", "state", "pool_id")


class LeadPoolEntry(models.Model):
    """Where a lead is now: one slim row for each lead that is or was in a pool.

    Members of a masked pool browse these rows, not the leads; a row shows the pool's open fields and nothing that
    identifies anybody.
    """

    _name = "lead.pool.entry"
    _inherit = [
        "lead.pool.verb.story",
        "lead.pool.answers",
        "lead.pool.verb.rights",
        "lead.pool.locks",
        "lead.pool.counters",
        "lead.pool.ledger",
        "lead.pool.verb.enter",
        "lead.pool.verb.claim",
        "lead.pool.verb.undo",
        "lead.pool.verb.assign",
        "lead.pool.verb.touch",
        "lead.pool.verb.give_back",
        "lead.pool.verb.hand_over",
        "lead.pool.verb.reopen",
        "lead.pool.verb.keep",
        "lead.pool.verb.reclaim",
        "lead.pool.verb.deadline",
        "lead.pool.verb.convert",
        "lead.pool.verb.approve",
        "lead.pool.verb.invalid",
        "lead.pool.verb.dispute",
        "lead.pool.verb.guard",
        "lead.pool.verb.projection",
        "lead.pool.open.values",
        "lead.pool.verb.tell",
        "lead.pool.verb.age",
        "lead.pool.verb.observe",
        "lead.pool.verb.explain",
        "lead.pool.verb.buttons",
        "lead.pool.empty.screen",
    ]
    _description = "Lead in a Pool"
    _order = "priority desc, score desc, id"
    _rec_name = "lead_ref"

    lead_id = fields.Many2one("crm.lead", "Lead", ondelete="restrict", readonly=True)
    lead_ref = fields.Integer("Lead Number", required=True, readonly=True, index=True, aggregator=None)
    pool_id = fields.Many2one("lead.pool", "Lead Pool", required=True, index=True, ondelete="restrict", readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="restrict", readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    closed_as = fields.Selection(CLOSED_AS, readonly=True)
    closed_at = fields.Datetime(readonly=True)
    erased_at = fields.Datetime(readonly=True, help="When the data of the person was taken out of the lead.")
    user_id = fields.Many2one("res.users", "Held By", ondelete="restrict", readonly=True)
    epoch = fields.Integer(readonly=True, aggregator=None, help="Goes up with each move; a stale screen is told so.")
    entered_at = fields.Datetime("Waiting Since", readonly=True)
    held_since = fields.Datetime(readonly=True)
    converted_at = fields.Datetime(readonly=True, help="Converted, and still held as an opportunity.")
    last_follow_up_at = fields.Datetime("Last Follow-up", readonly=True)
    warn_at = fields.Datetime("Warning", readonly=True, help="The next one; when all were given, the last one.")
    warn_level = fields.Integer(
        readonly=True, aggregator=None, help="Who is warned then: 1 the holder, 2 the team leader, 3 the pool's admins."
    )
    warned = fields.Boolean(readonly=True, help="Nobody is to be warned of this deadline any more.")
    reclaim_at = fields.Datetime("Goes Back", readonly=True)
    deadline_reason = fields.Selection(DEADLINE_REASONS, "Goes Back For", readonly=True)
    reclaim_rule_id = fields.Many2one(
        "lead.pool.reclaim.rule",
        "Goes Back By",
        ondelete="set null",
        readonly=True,
        help="The rule from which the deadline follows; it says where the lead goes.",
    )
    stays_because = fields.Selection(STAYS_BECAUSE, readonly=True, help="Why a held lead never goes back by itself.")
    locked = fields.Boolean(readonly=True, help="By its holder: it does not go back by itself.")
    locked_until = fields.Datetime(readonly=True, help="When the time for which this holder may lock it is over.")
    keep_until = fields.Datetime(
        "Kept Until", readonly=True, help="It does not go back by itself before: it was extended, or a lock has ended."
    )
    asked_until = fields.Datetime(
        "Waits for an Answer Until",
        readonly=True,
        help="Its holder asked for an extension: it does not go back by itself before, unless an admin declines.",
    )
    due_from = fields.Datetime(
        "Merged", readonly=True, help="Its holder's leads were merged into it, and one of them would go back earlier."
    )
    due_days = fields.Float(
        "Days Left", readonly=True, aggregator=None, help="From then on, until it goes back or is followed up."
    )
    extension_count = fields.Integer("Extensions", readonly=True, aggregator=None, help="Of the present holding.")
    last_holder_id = fields.Many2one("res.users", "Last Holder", ondelete="set null", readonly=True)
    last_held_until = fields.Datetime(readonly=True)
    holders = fields.Integer("Holders So Far", readonly=True, aggregator="avg")
    recycled = fields.Integer("Times Gone Back", readonly=True, aggregator="avg")
    gone_back = fields.Selection(
        GONE_BACK, "Last Went Back By", readonly=True, help="How it last came back into a pool out of somebody's hands."
    )
    left_code = fields.Char(
        "Waits Because", readonly=True, help="Why the last distribution left it waiting: a code; empty: not tried."
    )
    put_off_until = fields.Datetime(
        readonly=True, help="A check of another module kept somebody from claiming it: it is nobody's next lead before."
    )
    age_at = fields.Datetime(
        "Next Step", readonly=True, help="When the next step for leads that wait too long is taken."
    )
    age_rule_id = fields.Many2one(
        "lead.pool.ageing.rule", "Step", ondelete="set null", readonly=True, help="Which step that is."
    )
    age_taken = fields.Json(readonly=True, help="Numbers of the steps taken in this wait.")
    observed_policy_id = fields.Many2one(
        "lead.pool.policy",
        ondelete="set null",
        readonly=True,
        help="In a pool that only observes: the version of its rules under which was decided what would happen next.",
    )
    observed_user_id = fields.Many2one(
        "res.users", "Would Go To", ondelete="set null", readonly=True, help="In a pool that only observes."
    )
    open_requests = fields.Integer(readonly=True, help="About this lead, to be decided by an admin.")
    frozen_since = fields.Datetime(readonly=True, help="In dispute since then: the clock of the holder stands still.")
    frozen_spans = fields.Json(readonly=True, help="[[from, until]] of the holding in which its clock stood still.")
    event_seq = fields.Integer(readonly=True, aggregator=None)
    event_hash = fields.Char(readonly=True)

    # the open fields, copied when the lead enters or changes
    city = fields.Char(readonly=True, index="trigram")
    state_id = fields.Many2one("res.country.state", "Region", ondelete="set null", readonly=True)
    country_id = fields.Many2one("res.country", ondelete="set null", readonly=True)
    source_id = fields.Many2one("utm.source", "Source", ondelete="set null", readonly=True)
    campaign_id = fields.Many2one("utm.campaign", "Campaign", ondelete="set null", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", "Industry", ondelete="set null", readonly=True)
    lead_group_id = fields.Many2one("lead.group", ondelete="set null", readonly=True)
    priority = fields.Selection(
        [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")], readonly=True, default="0"
    )
    score = fields.Float(readonly=True, aggregator="avg")
    tag_ids = fields.Many2many("crm.tag", "lead_pool_entry_tag_rel", "entry_id", "tag_id", "Tags", readonly=True)
    product_interest_ids = fields.Many2many(
        "product.template", "lead_pool_entry_product_rel", "entry_id", "product_id", "Interested In", readonly=True
    )
    open_values = fields.Json(
        readonly=True, help="{field: text} of the pool's open fields; of custom fields {field: value}."
    )
    open_facts = fields.Char("More", compute="_compute_open_facts")

    waits_too_long = fields.Boolean(compute="_compute_waits_too_long", search="_search_waits_too_long")

    can_claim = fields.Boolean(compute="_compute_can_claim")
    claim_refusal = fields.Char("Why Not", compute="_compute_can_claim")
    claim_refusal_code = fields.Char(compute="_compute_can_claim")
    claim_order = fields.Selection(related="pool_id.claim_order")
    can_ask = fields.Boolean(
        compute="_compute_can_claim",
        help="Only the capacity stands in the way: the user may ask an admin for the lead.",
    )
    is_asked = fields.Boolean(compute="_compute_can_claim", help="A request of the user for this lead waits.")
    can_open = fields.Boolean(compute="_compute_can_open", help="The user may read the lead itself.")
    is_admin = fields.Boolean(related="pool_id.is_admin")
    lp_visible = fields.Boolean(
        compute="_compute_lp_visible", search="_search_lp_visible", export_string_translation=False
    )

    _lead_uniq = models.UniqueIndex("(lead_id)")
    _waiting_idx = models.Index("(pool_id, priority desc, score desc, id) WHERE state = 'waiting'")
    _waiting_all_idx = models.Index("(priority desc, score desc, id) WHERE state = 'waiting'")
    _waiting_urgent_idx = models.Index("(pool_id, priority desc, entered_at, id) WHERE state = 'waiting'")
    _waiting_since_idx = models.Index("(pool_id, entered_at, id) WHERE state = 'waiting'")
    _due_idx = models.Index("(reclaim_at, id) WHERE state = 'held'")
    _warn_idx = models.Index("(warn_at, id) WHERE state = 'held' AND warned IS NOT TRUE")  # as the ORM asks
    _locked_idx = models.Index("(locked_until, id) WHERE state = 'held' AND locked AND locked_until IS NOT NULL")
    _age_idx = models.Index("(age_at, id) WHERE state = 'waiting' AND age_at IS NOT NULL")
    _held_idx = models.Index("(user_id, pool_id) WHERE state = 'held'")
    _erasable_idx = models.Index("(closed_at, id) WHERE state = 'closed' AND erased_at IS NULL AND lead_id IS NOT NULL")
    _archivable_idx = models.Index("(company_id, closed_at, id) WHERE state = 'closed'")
    _frozen_idx = models.Index("(id) WHERE frozen_since IS NOT NULL")
    _source_idx = models.Index("(pool_id, source_id) WHERE state = 'waiting'")
    _held_by_somebody = models.Constraint("CHECK (state <> 'held' OR user_id IS NOT NULL)", "A held lead has a holder.")
    _waiting_for_nobody = models.Constraint(
        "CHECK (state <> 'waiting' OR user_id IS NULL)", "A waiting lead has no holder."
    )
    _closed_as_something = models.Constraint(
        "CHECK ((state = 'closed') = (closed_as IS NOT NULL))", "A closed lead says as what."
    )
    _lead_while_open = models.Constraint(
        "CHECK (state = 'closed' OR lead_id IS NOT NULL)", "An open entry has its lead."
    )

    def init(self):
        keep_as(self.env.cr, self._table, QUEUE)

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    def _compute_display_name(self):
        for entry in self:
            entry.display_name = self.env._("Lead #%(number)s", number=entry.lead_ref)

    @api.depends_context("uid")
    def _compute_can_claim(self):
        verdicts, locked = self._dry_claim_verdicts()
        asked = self._asked_by_me() if any(verdict.code in FULL for verdict in verdicts.values()) else ()
        names = {} if all(verdicts.values()) else self.sudo()._names(locked.before, locked=locked)
        said, rows = {}, []
        for entry_id in self._ids:
            verdict, sentence = verdicts[entry_id], False
            if not verdict:
                about = names.get(entry_id, {})
                key = verdict, *about.values()
                sentence = said[key] = said.get(key) or self._sentence(verdict, about)
            is_asked = entry_id in asked
            can_ask = verdict.code in FULL and not is_asked
            rows.append((bool(verdict), verdict.code or False, sentence, is_asked, can_ask))
        assign(self, ("can_claim", "claim_refusal_code", "claim_refusal", "is_asked", "can_ask"), rows)

    @api.depends_context("uid")
    def _compute_can_open(self):
        readable = set(self.sudo().lead_id.sudo(False)._filtered_access("read").ids)
        for entry in self:
            entry.can_open = entry.sudo().lead_id.id in readable

    # ------------------------------------------------------------
    # WHO MAY SEE
    # ------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_lp_visible(self):
        visible = set(self.sudo().filtered_domain(self._visible_domain())._ids)
        assign(self, ("lp_visible",), [(entry_id in visible,) for entry_id in self._ids])

    def _search_lp_visible(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return self._visible_domain()

    def _visible_domain(self):
        """What the user may browse: what waits in his pools, what he holds, and all of the pools he runs.

        Built for each query, so that a removed member stops seeing at once.
        """
        user = self.env.user
        if user.has_group("lead_pool.group_manager"):
            return Domain.TRUE
        domain = (
            Domain("user_id", "=", user.id)
            | (Domain("state", "=", "waiting") & Domain("pool_id", "in", user._lead_pool_ids("member")))
            | Domain("pool_id", "in", user._lead_pool_ids("admin"))
        )
        if user.has_group("sales_team.group_sale_salesman_all_leads"):
            domain |= Domain("state", "=", "held")
        if user.has_group("lead_pool.group_marketing"):
            domain |= Domain("state", "=", "waiting") & Domain("create_uid", "=", user.id)
        return domain

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """What is read for a client brings along what the rules ask of it: else that is read of each entry by itself,
        with all its columns."""
        if field_names and not self.env.su:
            field_names = [*field_names, *RULED]
        return super().search_fetch(domain, field_names, offset=offset, limit=limit, order=order)

    # ------------------------------------------------------------
    # CRUD: the verbs write, nobody else
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if vals_list:
            raise AccessError(
                self.env._("A lead enters a pool by its field “Lead Pool”, an import or the entry conditions.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if self and vals:
            raise AccessError(self.env._("Leads are moved by Claim, Assign, Return and Transfer, not by editing."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("The place of a lead stays in the ledger. Delete the lead itself."))
