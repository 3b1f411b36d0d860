from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, ormcache

from ...rules import columns
from .columns import BATCH, CURRENCIES, MODELS
from .usage import DISCARD

#: Models to whose records a field may link: what a salesperson may know by name. Leads are not among them.
LINKS = (
    "res.partner",
    "res.users",
    "product.template",
    "product.product",
    "crm.team",
    "utm.campaign",
    "utm.source",
    "res.country",
    "res.country.state",
    "res.partner.industry",
    "sale.order",
    "hr.employee",
    "event.event",
    "project.project",
)
MOST_AT_ONCE = 200  # fields in one save


class LeadCustomField(models.Model):
    """A field that a company adds to its leads, customers or orders, without developer mode.

    It is a real column: searchable, groupable, importable, exportable, and there over RPC under its technical name.
    """

    _name = "lead.custom.field"
    _inherit = ["lead.custom.labels", "lead.custom.columns", "lead.custom.usage"]
    _description = "Custom Field"
    _order = "sequence, id"
    CURRENCIES = CURRENCIES

    name = fields.Char("Label", required=True, translate=True)
    technical_name = fields.Char(
        readonly=True, copy=False, help="Under this name programs read and write the field. It never changes."
    )
    field_type = fields.Selection(
        [
            ("text", "Text"),
            ("long_text", "Long Text"),
            ("integer", "Whole Number"),
            ("decimal", "Decimal Number"),
            ("amount", "Amount"),
            ("date", "Date"),
            ("datetime", "Date and Time"),
            ("boolean", "Yes or No"),
            ("selection", "Selection"),
            ("multi", "Selection of Several"),
            ("link", "Link to a Record"),
        ],
        required=True,
        default="text",
    )
    option_ids = fields.One2many("lead.custom.option", "custom_field_id", "Options", copy=True)
    link_model = fields.Selection("_selection_link_model", "Links To")
    on_lead = fields.Boolean("On Leads", default=True)
    on_customer = fields.Boolean("On Customers")
    on_order = fields.Boolean("On Orders")
    help_text = fields.Text("Help", translate=True, help="Shown where the pointer rests on the label.")
    active = fields.Boolean(default=True, help="Archived: hidden everywhere; what records hold is kept.")
    sequence = fields.Integer(default=10)
    section_id = fields.Many2one(
        "lead.custom.section", "Section", ondelete="set null", index=True, help="None: above the tabs of the form."
    )
    show_in_list = fields.Selection(
        [("no", "No"), ("hide", "On request"), ("show", "Yes")],
        "In Lists",
        required=True,
        default="hide",
        help="On request: each user may add the column.",
    )
    show_in_search = fields.Boolean("In Search", default=True, help="To search for, and to group by.")
    show_in_kanban = fields.Boolean("On Cards")
    pool_ids = fields.Many2many(
        "lead.pool",
        "lead_custom_field_pool_rel",
        "custom_field_id",
        "pool_id",
        "Only in Pools",
        context={"active_test": False},  # an archived pool is still not all pools
        help="Leads of other pools do not show the field. Empty: all leads show it.",
    )
    required_to_claim = fields.Boolean(
        "Required to Claim",
        help="A lead in which this is empty (a number: 0) cannot be claimed; an admin of the pool fills it in.",
    )
    required_to_convert = fields.Boolean(
        "Required to Convert", help="A lead in which this is empty (a number: 0) cannot be converted."
    )
    is_open = fields.Boolean(
        "May Be Open",
        help="A masked pool may show it before a lead is claimed. Only for types that cannot identify anybody; "
        "numbers of seven digits or more, and amounts of nine or more, are left out.",
    )
    can_be_open = fields.Boolean(compute="_compute_can_be_open")

    _technical_name_uniq = models.UniqueIndex("(technical_name)", "There is a field of this technical name already.")

    def _selection_link_model(self):
        return [(name, self.env["ir.model"]._get(name).name) for name in LINKS if name in self.env]

    @api.depends("field_type")
    def _compute_can_be_open(self):
        for field in self:
            field.can_be_open = field.field_type in columns.ANONYMOUS

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("on_lead", "on_customer", "on_order")
    def _check_somewhere(self):
        for field in self:
            if not field._models():
                raise ValidationError(
                    self.env._("Say where “%(field)s” belongs: leads, customers or orders.", field=field.name)
                )

    @api.constrains("on_lead", "pool_ids", "required_to_claim", "required_to_convert", "is_open", "field_type")
    def _check_of_leads(self):
        for field in self:
            of_leads = field.pool_ids or field.required_to_claim or field.required_to_convert or field.is_open
            if of_leads and not field.on_lead:
                raise ValidationError(
                    self.env._(
                        "Pools, claiming and converting concern leads: put “%(field)s” on leads, too.", field=field.name
                    )
                )
            if (field.required_to_claim or field.required_to_convert) and field.field_type == "boolean":
                raise ValidationError(
                    self.env._(
                        "“%(field)s” is always yes or no and cannot be required. Make it a selection with these two "
                        "options.",
                        field=field.name,
                    )
                )
            if field.is_open and not field.can_be_open:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” is a text or a link and may identify a customer: it cannot be open in a masked "
                        "pool. Use a selection.",
                        field=field.name,
                    )
                )

    @api.constrains("field_type", "link_model")
    def _check_link(self):
        for field in self:
            if field.field_type == "link" and field.link_model not in dict(self._selection_link_model()):
                raise ValidationError(self.env._("Choose what “%(field)s” links to.", field=field.name))

    def _check_options(self):
        """The options of a field have different names, in any language."""
        for field in self:
            rows = self.env.execute_query(
                SQL("SELECT id, name FROM lead_custom_option WHERE custom_field_id = %s ORDER BY id", field.id)
            )
            seen = {}
            for id_, names in rows:
                for folded in set(map(columns.fold, names.values())):
                    if seen.setdefault(folded, id_) != id_:
                        raise ValidationError(
                            self.env._(
                                "“%(field)s” has two options named “%(option)s”. Give one another name, or merge them.",
                                field=field.name,
                                option=next(n for n in names.values() if columns.fold(n) == folded),
                            )
                        )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Make fields: all columns in one change of the tables and one reload of the registry.

        :raises UserError: a label or technical name that is taken or reserved, too many at once, or the tables are
            busy; nothing is made then
        """
        if len(vals_list) > MOST_AT_ONCE:
            raise UserError(
                self.env._(
                    "%(count)s fields at once are too many; make at most %(most)s in one save.",
                    count=len(vals_list),
                    most=MOST_AT_ONCE,
                )
            )
        for vals in vals_list:
            self._check_own_options(vals)
        vals_list = self._prepare_vals_list(vals_list)
        fields_ = super(LeadCustomField, self.with_context(lead_custom_batch=BATCH)).create(vals_list)
        fields_ = fields_.with_env(self.env)
        fields_._check_has_options()
        if self.env.context.get("lead_custom_batch") is not BATCH:
            fields_._make_columns()
        return fields_

    @api.model
    def _create_translated(self, vals_list, translations):
        """:meth:`create` with labels in further languages, still in one go.

        :param translations: for each of ``vals_list`` ``{language code: label}``
        """
        for vals, labels in zip(vals_list, translations, strict=True):
            vals["name"] = self._checked_label(vals.get("name"))
            vals["technical_name"] = self._free_name([vals["name"], *labels.values()], vals_list)
        batch = self.with_context(lead_custom_batch=BATCH)
        fields_ = batch.create(vals_list)
        for field, labels in zip(fields_, translations, strict=True):
            for lang, label in labels.items():
                super(LeadCustomField, field.with_context(lang=lang)).write({"name": self._checked_label(label)})
        fields_ = fields_.with_env(self.env)
        fields_._make_columns()
        return fields_

    def _prepare_vals_list(self, vals_list):
        """Labels without spaces around them, technical names that are free."""
        prepared, taken = [], self._taken_names()
        for vals in vals_list:
            vals = {**vals, "name": self._checked_label(vals.get("name"))}
            name = vals.get("technical_name")
            if name:
                self._check_technical_name(name, taken)
            else:
                name = columns.technical_name([vals["name"]], taken)
            taken.add(name)
            prepared.append({**vals, "technical_name": name})
        return prepared

    def _check_has_options(self):
        for field in self:
            if field.field_type in ("selection", "multi") and not field.option_ids:
                raise UserError(self.env._("Give “%(field)s” at least one option to choose.", field=field.name))

    def write(self, vals):
        self._check_fixed(vals)
        self._check_own_options(vals)
        if "name" in vals:
            vals = {**vals, "name": self._checked_label(vals["name"])}
        added, dropped = self._moved(vals)
        for field, on in dropped:
            field._check_removable(on=on)
        result = super(LeadCustomField, self.with_context(lead_custom_batch=BATCH)).write(vals)
        if "option_ids" in vals:
            self._check_has_options()
        for field, on in dropped:
            field._drop_columns(on)
        for on in {tuple(on) for _field, on in added}:  # one change of the tables for all fields that come there
            self.browse(field.id for field, models_ in added if tuple(models_) == on)._make_columns(on)
        if dropped:
            self.env["lead.pool.mapping"]._propose()
        if not vals.keys().isdisjoint(("name", "help_text", "option_ids")):
            self._sync_columns()
        elif not vals.keys().isdisjoint(("is_open", "active", "sequence")):
            self._sync_open_fields()
        if "option_ids" in vals:
            self._refresh_open_values()
        self.env.registry.clear_cache("templates")
        self.env.registry.clear_cache()
        return result

    def _check_own_options(self, vals):
        """A save of a field changes its own options and no other's."""
        own = set(self.option_ids.ids)
        for command in vals.get("option_ids") or ():
            ids = command[2] if command[0] == 6 else [command[1]] if command[0] in (1, 2, 3, 4) else []
            if not own.issuperset(ids):
                raise UserError(self.env._("An option belongs to one field. Add it to the other field instead."))

    def _check_fixed(self, vals):
        """What makes up the column stays as it was made."""
        for name in ("field_type", "technical_name", "link_model"):
            if name in vals and any((field[name] or False) != (vals[name] or False) for field in self):
                raise UserError(
                    self.env._(
                        "The %(property)s of a field cannot change, since records hold values of it. Make a new "
                        "field and archive this one.",
                        property=self._fields[name]._description_string(self.env).lower(),
                    )
                )

    def _moved(self, vals):
        """Fields that come to models or leave them by these values: ``[(field, [models])]``, twice."""
        added, dropped = [], []
        for field in self:
            comes = [model for flag, model in MODELS.items() if vals.get(flag) and not field[flag]]
            goes = [model for flag, model in MODELS.items() if flag in vals and not vals[flag] and field[flag]]
            added += [(field, comes)] if comes else []
            dropped += [(field, goes)] if goes else []
        return added, dropped

    def unlink(self):
        """Remove fields with their columns; fields that records hold values of by :meth:`action_remove` alone."""
        self.check_access("unlink")
        self._check_removable(discard_values=self.env.context.get("lead_custom_discard") is DISCARD)
        pools = self._pools_opening()
        self._filters_using().unlink()
        self._export_lines_using().unlink()
        self.env["lead.pool.open.field"].sudo().search([("field_name", "in", self.mapped("technical_name"))]).unlink()
        self._drop_columns()
        result = super().unlink()
        self.env.registry.clear_cache()
        self.env["lead.pool.mapping"]._propose()
        self.env["lead.pool.entry"].sudo()._refresh_open_values(pools)
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if not (default or {}).get("name"):
            for field, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%(field)s (copy)", field=field.name)
        return vals_list

    def copy_translations(self, new, excluded=()):
        """The label of a copy is a new one in every language."""
        return super().copy_translations(new, excluded=(*excluded, "name"))

    # ------------------------------------------------------------
    # ASKED BY OTHERS
    # ------------------------------------------------------------

    @api.model
    def _shown_on(self, model):
        """The fields that screens of ``model`` show, in order."""
        flag = next((flag for flag, name in MODELS.items() if name == model), None)
        fields_ = self.sudo().with_context(active_test=True)  # whatever a client says: the answer is cached for all
        shown = fields_.search([(flag, "=", True)]) if flag else fields_.browse()
        return shown.filtered(lambda field: field.technical_name in self.env[model]._fields)

    @api.model
    def _lead_field_names(self):
        """Technical names of the fields on leads, archived ones included."""
        return [
            field.technical_name
            for field in self.sudo().with_context(active_test=False).search([("on_lead", "=", True)])
            if field.technical_name in self.env["crm.lead"]._fields
        ]

    @api.model
    @ormcache()
    def _amounts_in_use(self):
        """Whether there is any field for an amount."""
        return bool(self.sudo().with_context(active_test=False).search_count([("field_type", "=", "amount")], limit=1))

    @api.model
    @ormcache("occasion")
    def _required_ids(self, occasion):
        """Ids of the fields that a lead must have ``to_claim`` or ``to_convert``."""
        fields_ = self.sudo().with_context(active_test=True)  # whatever a client says: the answer is cached for all
        return tuple(fields_.search([(f"required_{occasion}", "=", True), ("on_lead", "=", True)]).ids)

    @api.model
    def _missing(self, leads, occasion):
        """What these leads still lack.

        :param leads: ``crm.lead``
        :param str occasion: ``to_claim`` or ``to_convert``
        :returns: ``{lead id: (labels)}``, leads that lack nothing left out
        """
        ids = self._required_ids(occasion)
        if not ids:
            return {}
        required = self.browse(ids).sudo().filtered(lambda field: field.technical_name in leads._fields)
        missing = {}
        for lead in leads.sudo():
            labels = tuple(
                field.name
                for field in required
                if not lead[field.technical_name] and (not field.pool_ids or lead.pool_id in field.pool_ids)
            )
            if labels:
                missing[lead.id] = labels
        return missing

    # ------------------------------------------------------------
    # BUTTONS
    # ------------------------------------------------------------

    def button_new(self):
        """The dialog in which several fields are made at once, also from the columns of a file."""
        return self._dialog(self.env._("New Fields"), "lead.custom.field.new", dialog_size="extra-large")

    def button_remove(self):
        return self._dialog(self.env._("Remove Fields"), "lead.custom.field.remove", default_field_ids=self.ids)

    def _dialog(self, name, model, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }
