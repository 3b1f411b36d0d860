"""Where a custom field is used, and how it is removed without anything breaking."""

import re
from ast import literal_eval

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .columns import MODELS

#: In the context of a removal that may lose values. An object, so that no RPC client can send it.
DISCARD = object()
#: Where conditions on records are kept: model and column.
CONDITIONS = (
    ("lead.pool.entry.rule", "domain"),
    ("lead.pool.reclaim.rule", "domain"),
    ("base.automation", "filter_domain"),
    ("base.automation", "filter_pre_domain"),
    ("ir.rule", "domain_force"),
)


class LeadCustomUsage(models.AbstractModel):
    _name = "lead.custom.usage"
    _description = "Use of Custom Fields"

    # ------------------------------------------------------------
    # WHERE IT IS USED
    # ------------------------------------------------------------

    def _rules_using(self, values=None):
        """The rules whose condition names this field, in words.

        :param set values: only those that compare it with one of these values
        :returns: ``["entry condition “VIP” of “Beijing”", …]``
        """
        self.ensure_one()
        places = []
        for model, column in CONDITIONS:
            if model not in self.env or column not in self.env[model]._fields:
                continue
            Rule = self.env[model].sudo().with_context(active_test=False)
            for rule in Rule.search([(column, "ilike", self.technical_name)]):
                if self._names_it(rule[column], values):
                    places.append(self._place(rule))
        return places

    def _names_it(self, text, values):
        """Whether the condition ``text`` names this field, and one of ``values`` unless they are ``None``."""
        try:
            domain = Domain(literal_eval(text or "[]"))
        except (ValueError, SyntaxError):  # a condition that is computed: by its words
            return values is None or any(repr(value) in text for value in values)
        for condition in self._conditions(domain):
            if self.technical_name not in condition.field_expr.split("."):
                continue
            asked = condition.value if isinstance(condition.value, (list, tuple, set, frozenset)) else [condition.value]
            if values is None or not values.isdisjoint(v for v in asked if isinstance(v, (int, str))):
                return True
        return False

    def _conditions(self, domain):
        """The conditions of a domain, those within "any" included."""
        for condition in domain.iter_conditions():
            yield condition
            if isinstance(condition.value, Domain):
                yield from self._conditions(condition.value)

    def _place(self, rule):
        pool = rule.pool_id.name if "pool_id" in rule._fields else ""
        kind = self.env["ir.model"]._get(rule._name).name
        if pool and pool != rule.display_name:
            return self.env._("%(kind)s “%(rule)s” of “%(pool)s”", kind=kind, rule=rule.display_name, pool=pool)
        return self.env._("%(kind)s “%(rule)s”", kind=kind, rule=rule.display_name)

    def _filters_using(self):
        """Saved filters that name one of these fields; they are removed with it."""
        columns = ("domain", "context", "sort")
        named = re.compile(rf"\b({'|'.join(map(re.escape, self.mapped('technical_name')))})\b")
        filters = self.env["ir.filters"].sudo().with_context(active_test=False)
        return filters.search(
            Domain("model_id", "in", list(MODELS.values()))
            & Domain.OR(Domain(column, "like", "x\\_lp\\_") for column in columns)
        ).filtered(lambda saved: any(named.search(saved[column] or "") for column in columns))

    def _export_lines_using(self):
        """Columns of saved export lists; they are removed with the field."""
        return self.env["ir.exports.line"].sudo().search([("name", "in", self.mapped("technical_name"))])

    # ------------------------------------------------------------
    # REMOVAL
    # ------------------------------------------------------------

    def _check_removable(self, discard_values=False, on=None):
        """Refuse to remove what rules use, or what holds values unless they are to be discarded.

        :raises UserError: where it is used, or how many records hold a value, and what to do
        """
        for field in self:
            places = field._rules_using() if on is None or "crm.lead" in on else []
            if places:
                raise UserError(
                    self.env._(
                        "“%(field)s” is used in %(places)s. Change that first.",
                        field=field.name,
                        places=", ".join(places),
                    )
                )
        if discard_values:
            return
        for field, counts in self._count_values(on).items():
            if any(counts.values()):
                raise UserError(
                    self.env._(
                        "“%(field)s” holds values on %(counts)s. Archive the field to hide it, or use “Remove”, which "
                        "lets you export the values first.",
                        field=field.name,
                        counts=self._counts_in_words(counts),
                    )
                )

    def _counts_in_words(self, counts):
        """``{model: number}`` as "leads (214), customers (3)"."""
        words = self.env["lead.custom.field"]._models_in_words()
        return ", ".join(f"{words[model]} ({count})" for model, count in counts.items() if count)

    def action_remove(self, discard_values=False):
        """Remove these fields with their columns.

        :param bool discard_values: also where records hold values, which are lost
        :returns: ``True``
        :raises UserError: a rule uses the field, or records hold values that are not to be discarded
        """
        self.check_access("unlink")
        return self.with_context(lead_custom_discard=DISCARD if discard_values is True else None).unlink()

    def _pools_opening(self):
        """The masked pools that show one of these fields."""
        return (
            self.env["lead.pool"]
            .sudo()
            .search([("open_field_ids.field_name", "in", self.mapped("technical_name")), ("visibility", "=", "masked")])
        )

    def _refresh_open_values(self):
        """Copy the open values again, where a masked pool shows one of these fields."""
        pools = self._pools_opening()
        if pools:
            self.env["lead.pool.entry"].sudo()._refresh_open_values(pools)

    def _sync_open_fields(self):
        """The list of which pools choose their open fields has those that the admin declared open."""
        Open = self.env["lead.pool.open.field"].sudo()
        listed = {row.field_name: row for row in Open.search([("field_name", "in", self.mapped("technical_name"))])}
        opened = self.filtered(lambda field: field.is_open and field.active)
        closed = [row for name, row in listed.items() if name not in set(opened.mapped("technical_name"))]
        if closed:
            pools = self._pools_opening()
            Open.browse(row.id for row in closed).unlink()
            self.env["lead.pool.entry"].sudo()._refresh_open_values(pools)
        Open.create(
            [
                {"name": field.name, "field_name": field.technical_name, "sequence": 1000 + field.sequence}
                for field in opened
                if field.technical_name not in listed
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_open_field o SET name = c.name, sequence = 1000 + c.sequence
                     FROM lead_custom_field c WHERE c.id = ANY(%s) AND o.field_name = c.technical_name""",
                self.ids,
            )
        )
        Open.invalidate_model()
