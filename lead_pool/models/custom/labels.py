from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...rules import columns
from .columns import MODELS


class LeadCustomLabels(models.AbstractModel):
    """How a custom field is called: by people, in every language, and by programs."""

    _name = "lead.custom.labels"
    _description = "Labels of Custom Fields"

    def _labels(self):
        """The labels of this field in all languages."""
        self.ensure_one()
        [[labels]] = self.env.execute_query(SQL("SELECT name FROM lead_custom_field WHERE id = %s", self.id))
        return set(labels.values())

    @api.constrains("name", "on_lead", "on_customer", "on_order")
    def _check_labels(self):
        """No two fields of a model have one label, in any language: people and imports could not tell them apart."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL("SELECT id, name, on_lead, on_customer, on_order, active FROM lead_custom_field ORDER BY id")
        )
        taken = {model: self._standard_labels(model) for model in MODELS.values()}
        mine = set(self.ids)
        ours = {}
        for id_, labels, *flags, active in sorted(rows, key=lambda row: row[0] in mine):
            for model in [m for m, flag in zip(MODELS.values(), flags, strict=True) if flag]:
                for label in set(map(columns.fold, labels.values())):
                    if id_ in mine:
                        self._refuse_label(label, labels, model, taken[model], ours.get((model, label)), id_)
                    ours.setdefault((model, label), (id_, active))

    def _refuse_label(self, label, labels, model, standard, other, id_):
        shown = next(text for text in labels.values() if columns.fold(text) == label)
        words = {"label": shown, "model": self._models_in_words()[model]}
        if not label:
            raise ValidationError(self.env._("A field needs a label."))
        if label in columns.RESERVED_HEADINGS:
            raise ValidationError(
                self.env._("“%(label)s” means something else in an import. Choose another label.", **words)
            )
        if other and other[0] != id_:
            text = (
                self.env._("There is a custom field “%(label)s” on %(model)s already. Choose another label.", **words)
                if other[1]
                else self.env._(
                    "There is an archived custom field “%(label)s” on %(model)s. Restore it, or choose another label.",
                    **words,
                )
            )
            raise ValidationError(text)
        if label in standard:
            raise ValidationError(
                self.env._(
                    "Odoo has a field “%(label)s” on %(model)s already. Use that one, or choose another label.", **words
                )
            )

    def _models_in_words(self):
        return {
            "crm.lead": self.env._("leads"),
            "res.partner": self.env._("customers"),
            "sale.order": self.env._("orders"),
        }

    @api.model
    def _standard_labels(self, model):
        """Folded labels, in every language, of the fields that users of ``model`` meet and that are not ours."""
        rows = self.env.execute_query(
            SQL(
                """SELECT name, field_description FROM ir_model_fields f
                    WHERE model = %s
                      AND NOT EXISTS (SELECT 1 FROM lead_custom_field c WHERE c.technical_name = f.name)""",
                model,
            )
        )
        fields_ = self.env[model]._fields
        return {
            columns.fold(label): name
            for name, labels in rows
            if name in fields_ and fields_[name].exportable and not name.startswith("_")
            for label in labels.values()
        }

    def _free_name(self, labels, others):
        """A technical name that neither a field has nor one of the values ``others`` asks for."""
        taken = {vals["technical_name"] for vals in others if isinstance(vals.get("technical_name"), str)}
        return columns.technical_name(labels, taken | self._taken_names())

    @api.model
    def _taken_names(self):
        columns_ = self.env["ir.model.fields"].sudo().search([("name", "=like", "x_lp_%")])
        fields_ = self.sudo().with_context(active_test=False).search([("technical_name", "!=", False)])
        return {*columns_.mapped("name"), *fields_.mapped("technical_name")}

    @api.model
    def _checked_label(self, label):
        """A label as it is kept.

        :raises UserError: there is none, or it is too long for a screen
        """
        label = columns.clean(label if isinstance(label, str) else "")
        if not columns.fold(label):
            raise UserError(self.env._("A field needs a label."))
        if len(label) > columns.LONGEST_LABEL:
            raise UserError(
                self.env._(
                    "“%(label)s…” is too long: a label has at most %(most)s characters.",
                    label=label[:30],
                    most=columns.LONGEST_LABEL,
                )
            )
        return label

    def _check_technical_name(self, name, taken):
        if not isinstance(name, str) or not columns.is_technical_name(name):
            raise UserError(
                self.env._(
                    "“%(name)s” cannot be a technical name. It begins with x_lp_ and a letter, and has small letters, "
                    "digits and _ only, %(most)s at most. Leave it empty to get one.",
                    name=name,
                    most=columns.LONGEST_NAME,
                )
            )
        if name in taken:
            raise UserError(
                self.env._("There is a field “%(name)s” already. Choose another technical name.", name=name)
            )
