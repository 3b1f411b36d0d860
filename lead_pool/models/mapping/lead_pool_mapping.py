from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_list

from ...rules import mapping
from ..custom.lead_custom_field import LINKS
from .field_facts import LEAD, MODEL_OF

GOES_TO = [
    ("company", "Customer"),
    ("contact", "Contact"),
    ("order", "Order"),
    ("opportunity", "Opportunity Alone"),
]
#: Types of a custom field that can be made of a field of Odoo's, whatever it holds.
KINDS = {
    "char": "text",
    "text": "long_text",
    "integer": "integer",
    "float": "decimal",
    "monetary": "amount",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
}


class LeadPoolMapping(models.Model):
    """Where a field of the lead goes when it is converted, for all pools or for one.

    Proposed for every field; an admin changes what he wants to. A company is the customer, the person who wrote its
    contact; where there is no company, the person is both.
    """

    _name = "lead.pool.mapping"
    _inherit = [
        "lead.pool.mapping.properties",
        "lead.pool.mapping.facts",
        "lead.pool.mapping.options",
        "lead.pool.mapping.proposing",
        "lead.pool.mapping.carrying",
    ]
    _description = "Mapping of a Field"
    _order = "lead_field, goes_to, pool_id, id"

    lead_field = fields.Selection(
        "_selection_lead_field", "Field of the Lead", required=True, help="Whose value is carried over."
    )
    goes_to = fields.Selection(
        GOES_TO, required=True, default="company",
        help="Customer: the company, or the person where there is no company. Contact: the person. Opportunity alone: "
        "the lead itself, which keeps everything anyway.",
    )  # fmt: skip
    target_field = fields.Selection(
        "_selection_target_field", "Field There", help="Which takes the value if it is empty, and keeps its own if not."
    )
    pool_id = fields.Many2one(
        "lead.pool", index="btree_not_null", ondelete="cascade",
        help="For leads of this pool only, where it goes before the mapping of all pools.",
    )  # fmt: skip
    use = fields.Boolean("Carried Over", default=True, help="Off: the value stays with the opportunity.")
    origin = fields.Selection(
        [("proposed", "Proposed"), ("chosen", "Chosen")], required=True, default="chosen", readonly=True,
        help="Proposed by itself, or chosen by an admin, whose choice is never changed.",
    )  # fmt: skip
    checked = fields.Boolean(help="Somebody has looked at the proposal and agrees.")
    confidence = fields.Integer(
        readonly=True, aggregator=None, help="Of a proposal, in percent; from 80 on it is used."
    )
    reasons = fields.Char(readonly=True)
    losses = fields.Char(readonly=True)
    options = fields.Json(
        readonly=True, help="[option of the lead, option there] of selections; of links the ids of records."
    )
    why = fields.Char(compute="_compute_why", help="What speaks for the proposal; or the problem.")
    may_lose = fields.Char("May Be Lost", compute="_compute_why", help="What cannot always be carried.")
    problem = fields.Char(compute="_compute_problem", help="Why it cannot be used, and what to do.")

    _pair_uniq = models.UniqueIndex(
        "(lead_field, goes_to, COALESCE(pool_id, 0))", "A field goes to each of these places once in each pool."
    )

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    @api.model
    def _selection_lead_field(self):
        return self._choices(LEAD)

    @api.model
    def _selection_target_field(self):
        return list(dict(self._choices("sale.order") + self._choices("res.partner")).items())

    def _choices(self, model):
        names = [name for name in self.env[model]._fields if self._is_ours_to_carry(model, name)]
        found = [(name, self._label_of(model, name)) for name in names]
        for name, fact in self._property_facts(model).items():
            teams = ", ".join(self.env["crm.team"].sudo().browse(fact.teams).mapped("name"))
            found.append((name, f"{fact.labels[0]} ({teams})" if teams else fact.labels[0]))
        return sorted(found, key=lambda choice: choice[1].casefold())

    @api.depends("lead_field", "goes_to", "target_field", "pool_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        places = dict(self._fields["goes_to"]._description_selection(self.env))
        for row in self:
            name = f"{self._label_of(LEAD, row.lead_field)} → {places.get(row.goes_to)}"
            if row.target_field and row.goes_to in MODEL_OF:
                name += f" ▸ {self._label_of(MODEL_OF[row.goes_to], row.target_field)}"
            row.display_name = name

    @api.depends("reasons", "losses", "origin", "goes_to", "use", "problem")
    @api.depends_context("lang")
    def _compute_why(self):
        for row in self:
            words, losses = row._reasons_in_words(), self._losses_in_words()
            if row.problem:
                row.why = row.problem
            elif row.origin == "chosen":
                row.why = self.env._("Chosen by an admin")
            elif row.goes_to == "opportunity":
                row.why = self.env._("No such field on customers or orders")
            else:
                row.why = format_list(
                    self.env, [words[code] for code in (row.reasons or "").split(",") if code in words]
                )
            codes = (row.losses or "").split(",")
            row.may_lose = format_list(self.env, [losses[code] for code in codes if code in losses]) or False

    def _reasons_in_words(self):
        _ = self.env._
        return {
            "known": _("the same thing under another name"),
            "name": _("same technical name"),
            "label": _("same label"),
            "alike": _("similar label"),
            "type": _("same type"),
            "options": _("same options"),
        }

    def _losses_in_words(self):
        _ = self.env._
        return {
            "no_number": _("a text that is no number"),
            "no_date": _("a text that is no date"),
            "no_yes": _("what is neither yes nor no"),
            "no_option": _("an option that is not there"),
            "no_record": _("a name that no record has"),
            "rounds": _("digits behind the point"),
            "time": _("the time of the day"),
            "format": _("bold, links and pictures"),
            "lines": _("the ends of lines"),
            "cut": _("what is too long"),
            "several": _("all but the first one"),
            "currency": _("the currency: exchanged at the rate of the day"),
            "no_right": _("you may not change this customer"),
        }

    @api.depends("lead_field", "goes_to", "target_field")
    @api.depends_context("lang")
    def _compute_problem(self):
        sources, targets = self._facts_of_rows()
        for row in self:
            row.problem = row._find_problem(sources, targets.get(MODEL_OF.get(row.goes_to), {}))

    def _find_problem(self, sources, targets):
        """Why this pair cannot be used.

        :param sources: facts on fields of the lead, by name
        :param targets: facts on fields of the model that it goes to, by name
        """
        source, target = sources.get(self.lead_field), targets.get(self.target_field)
        if source is None or not self._is_ours_to_carry(LEAD, source.name):
            return self.env._("The field of the lead is not there any more. Remove this line.")
        if self.goes_to == "opportunity" or not self.target_field:
            return False  # one that is still to be chosen: see _check_pair
        if target is None or not self._is_ours_to_carry(MODEL_OF[self.goes_to], target.name):
            return self.env._("The field that takes the value is not there any more. Choose another one.")
        if mapping.fit(source, target) is None:
            return self.env._("The two fields hold different things. Choose another one.")
        return False

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("lead_field", "goes_to", "target_field")
    def _check_pair(self):
        for row in self:
            if row.goes_to == "opportunity":
                continue
            if not row.target_field:
                raise ValidationError(
                    self.env._(
                        "Choose the field that takes “%(field)s”, or “Opportunity Alone”.",
                        field=self._label_of(LEAD, row.lead_field),
                    )
                )
            row.invalidate_recordset(["problem"])
            if row.problem:
                raise ValidationError(
                    self.env._("%(mapping)s: %(problem)s", mapping=row.display_name, problem=row.problem)
                )

    @api.constrains("target_field", "goes_to", "use", "pool_id")
    def _check_one_source(self):
        """Two values cannot go to one place; those of two sales teams never meet there."""
        for row in self.filtered(lambda row: row.use and row.goes_to in MODEL_OF):
            twins = self.sudo().search(
                [
                    ("goes_to", "=", row.goes_to),
                    ("target_field", "=", row.target_field),
                    ("pool_id", "=", row.pool_id.id),
                    ("use", "=", True),
                    ("id", "!=", row.id),
                ]
            )
            if twins:
                facts = self._facts(LEAD, [row.lead_field, *twins.mapped("lead_field")])
                twins = twins.filtered(
                    lambda twin, facts=facts, row=row: {twin.lead_field, row.lead_field} <= facts.keys()
                    and facts[twin.lead_field].meets(facts[row.lead_field])
                )
            if twins:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” gets “%(other)s” already. Switch that off first, or choose another field.",
                        field=self._label_of(MODEL_OF[row.goes_to], row.target_field),
                        other=self._label_of(LEAD, twins[0].lead_field),
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        """What a person changes is his choice from then on."""
        decides = {"lead_field", "goes_to", "target_field", "use"} & vals.keys()
        if decides and "origin" not in vals:
            vals = {"use": vals.get("goes_to", "opportunity") != "opportunity", **vals} if "goes_to" in vals else vals
            vals = {**vals, "origin": "chosen"}
        result = super().write(vals)
        if {"lead_field", "goes_to", "target_field"} & vals.keys() and not {"options", "option_table"} & vals.keys():
            for row in self:
                row._choose_options()
        if {"lead_field", "goes_to", "target_field", "options", "use"} & vals.keys():
            self._look_at_options()
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        for row, vals in zip(rows, vals_list, strict=True):
            if not {"options", "option_table"} & vals.keys():
                row._choose_options()
        rows._look_at_options()
        self.env.registry.clear_cache()
        return rows

    def _choose_options(self):
        """The options' twins, and what may be lost, of a pair that somebody chose."""
        if self.goes_to not in MODEL_OF or self.problem:
            return
        source = self._facts(LEAD, [self.lead_field])[self.lead_field]
        target = self._facts(MODEL_OF[self.goes_to], [self.target_field])[self.target_field]
        if mapping.has_pairs(source, target):
            source = self._with_records(source, of_leads=True)
        pairs = self._twins(source.options, target) if mapping.has_pairs(source, target) else {}
        kept = self._pairs_to_store(source, target, pairs)
        super().write({"options": kept, "losses": self._losses(source, target, pairs)})

    # ------------------------------------------------------------
    # BUTTONS
    # ------------------------------------------------------------

    def button_agree(self):
        """These proposals are right: they are used, and stay as they are."""
        self.filtered(lambda row: not row.problem and row.goes_to in MODEL_OF).write({"checked": True, "use": True})
        self.filtered(lambda row: row.goes_to == "opportunity").write({"checked": True})

    @api.model
    def button_propose(self):
        """Look at the fields that there are now."""
        self.check_access("write")
        self.sudo()._propose()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def button_make_twin(self):
        """Make the field that takes the value: the same custom field on customers, or a new one.

        :raises UserError: it goes somewhere already, or its type cannot be made
        """
        self.ensure_one()
        if self.goes_to != "opportunity":
            raise UserError(self.env._("It goes somewhere already."))
        self.make_twin_of(self.lead_field)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def make_twin_of(self, lead_field):
        """Make a field on customers that takes the value of a field of the lead.

        :param str lead_field: its technical name
        :raises AccessError: the caller may not make fields
        :raises UserError: a field of this type cannot be made by itself
        """
        if not isinstance(lead_field, str) or not self._is_ours_to_carry(LEAD, lead_field):
            raise UserError(self.env._("There is no such field on leads."))
        Field = self.env["lead.custom.field"]
        label = self._label_of(LEAD, lead_field)
        custom = Field.with_context(active_test=False).search([("technical_name", "=", lead_field)])
        if custom:
            custom.on_customer = True
        elif like := self._like(self._facts(LEAD, [lead_field])[lead_field]):
            Field.create({"name": label, "on_lead": False, "on_customer": True, **like})
        else:
            raise UserError(
                self.env._(
                    "“%(field)s” is a list or a link: make a field for it under Custom Fields, and choose it here.",
                    field=label,
                )
            )
        self.sudo()._propose()

    @api.model
    def _can_make_twin(self, lead_field):
        """Whether a field like this one can be made on customers without a question."""
        if lead_field in self.env["lead.custom.field"].sudo()._lead_field_names():
            return True
        return bool(self._like(self._facts(LEAD, [lead_field])[lead_field]))

    def _like(self, fact):
        """The type of a custom field that takes what this one holds, as values; empty where there is none."""
        if fact.type in KINDS:
            return {"field_type": KINDS[fact.type]}
        if fact.options:
            options = [Command.create({"name": labels[0]}) for labels in fact.options.values()]
            return {"field_type": fact.type, "option_ids": options}
        if fact.type == "many2one" and fact.relation in LINKS:
            return {"field_type": "link", "link_model": fact.relation}
        return {}
