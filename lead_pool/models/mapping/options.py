"""Which option there takes which option of the lead: found by itself, and chosen one by one by who knows better."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...rules import mapping
from .field_facts import LEAD, MODEL_OF


class LeadPoolMappingOptions(models.AbstractModel):
    _name = "lead.pool.mapping.options"
    _description = "Pairs of Options"

    option_table = fields.Json(
        "Pairs of Options",
        compute="_compute_option_table",
        inverse="_inverse_option_table",
        help="Which option there takes each option of the lead; one without is lost.",
    )
    unpaired = fields.Char("Options Without a Place", compute="_compute_option_table")

    @api.depends("lead_field", "goes_to", "target_field", "options")
    @api.depends_context("lang")
    def _compute_option_table(self):
        """``{"rows": [{"key", "label", "twin", "proposed"}], "choices": [[key, label]]}``; false where neither field
        has options."""
        sources, targets = self._facts_of_rows()
        for row in self:
            source, target = row._pair_of_options(sources, targets)
            if not source:
                row.option_table = row.unpaired = False
                continue
            labels, labels_there = row._option_labels(LEAD, source), row._option_labels(MODEL_OF[row.goes_to], target)
            pairs = mapping.pair_options(source, target, row.options or ())
            proposed = mapping.translate(source.options, target.options)
            row.option_table = {
                "rows": [
                    {"key": key, "label": labels[key], "twin": pairs.get(key), "proposed": proposed.get(key)}
                    for key in source.options
                ],
                "choices": [[key, labels_there[key]] for key in target.options],
            }
            row.unpaired = ", ".join(labels[key] for key in source.options if key not in pairs) or False

    def _inverse_option_table(self):
        sources, targets = self._facts_of_rows()
        for row in self:
            source, target = row._pair_of_options(sources, targets)
            if not source:
                continue
            try:
                pairs = [[one["key"], one["twin"]] for one in row.option_table["rows"]]
                known = all(key in source.options and twin in {None, *target.options} for key, twin in pairs)
            except (TypeError, KeyError):
                known = False
            if not known:
                raise UserError(self.env._("These options are not there any more. Open the page again."))
            row.write({"options": pairs, "origin": "chosen", "losses": row._losses(source, target, dict(pairs))})

    def _pair_of_options(self, sources, targets):
        """Facts on the two fields, if both have options; else ``(None, None)``."""
        source = sources.get(self.lead_field)
        target = targets.get(MODEL_OF.get(self.goes_to), {}).get(self.target_field)
        if source and target and source.options and target.options:
            return source, target
        return None, None

    @staticmethod
    def _losses(source, target, pairs):
        """What may be lost on the way with these pairs of options, as it is stored."""
        lacking = any(pairs.get(key) is None for key in source.options)
        return ",".join(loss for loss in mapping.fit(source, target) if loss != "no_option" or lacking)

    def _option_labels(self, model, fact):
        """``{key: label}`` in the language of the user."""
        if "." not in fact.name:
            field = self.env[model]._fields[fact.name]
            if field.type == "selection":
                return dict(field._description_selection(self.env))
            found = self.env["lead.custom.option"].sudo().browse(fact.options)
            return {option.id: option.name for option in found}
        return {key: labels[0] for key, labels in fact.options.items()}
