"""Where a custom field is used, and how it is removed without anything breaking."""

import re
from ast import literal_eval

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, OrderedSet

from ...rules import columns

#: In the context of a removal that may lose values. An object, so that no RPC client can send it.
DISCARD = object()
#: Where conditions on records are kept: model, column, and the path to the name of the model they are on (none: leads).
CONDITIONS = (
    ("lead.pool.entry.rule", "domain", ""),
    ("lead.pool.assign.rule", "domain", ""),
    ("lead.pool.claim.rule", "domain", ""),
    ("lead.pool.reclaim.rule", "domain", ""),
    ("lead.pool.ageing.rule", "domain", ""),
    ("lead.pool", "exempt_domain", ""),
    ("lead.pool.member", "skill_domain", ""),
    ("crm.team", "assignment_domain", ""),
    ("crm.team.member", "assignment_domain", ""),
    ("crm.team.member", "assignment_domain_preferred", ""),
    ("base.automation", "filter_domain", "model_id.model"),
    ("base.automation", "filter_pre_domain", "model_id.model"),
    ("ir.rule", "domain_force", "model_id.model"),
)


class LeadCustomUsage(models.AbstractModel):
    _name = "lead.custom.usage"
    _description = "Use of Custom Fields"

    # ------------------------------------------------------------
    # WHERE IT IS USED
    # ------------------------------------------------------------

    def _rules_using(self, option=None, on=None):
        """The rules whose condition names this field, in words.

        :param option: only those that compare it with this option
        :param on: only those that would miss it on these models
        :returns: ``["entry condition “VIP” of “Beijing”", …]``
        """
        self.ensure_one()
        places = []
        for model, column, path in CONDITIONS:
            if model not in self.env or column not in self.env[model]._fields:
                continue
            Rule = self.env[model].sudo().with_context(active_test=False)
            for rule in Rule.search([(column, "ilike", self.technical_name)]):
                of_model = rule.mapped(path)[0] if path else "crm.lead"
                if self._names_it(rule[column], option, on and of_model not in on):
                    places.append(self._place(rule))
        return places

    def _names_it(self, text, option, through_links):
        """Whether the condition ``text`` names this field.

        :param option: and compares it with this option, unless it is ``None``
        :param through_links: only over a link, as in ``partner_id.x_lp_intent``
        """
        try:
            domain = Domain(literal_eval(text or "[]"))
        except (ValueError, SyntaxError):  # a condition that is computed: by its words
            return self.technical_name in text
        for condition in self._conditions(domain):
            path = condition.field_expr.split(".")
            if self.technical_name not in path or (through_links and path[0] == self.technical_name):
                continue
            if option is None or self._compares_with(condition, option):
                return True
        return False

    def _compares_with(self, condition, option):
        """Whether a condition on this field compares it with this option, by id, key or name."""
        value = condition.value
        asked = list(value) if isinstance(value, (list, tuple, set, frozenset, OrderedSet)) else [value]
        names = {columns.fold(name) for name in option._names()}
        for one in asked:
            if isinstance(one, str):
                text = columns.fold(one).strip("%")
                if (
                    one == option.value
                    or text in names
                    or (condition.operator.endswith("like") and any(text in name for name in names))
                ):
                    return True
            elif one == option.id and self.field_type == "multi":
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
        texts = ("domain", "context", "sort")
        named = re.compile(rf"\b({'|'.join(map(re.escape, self.mapped('technical_name')))})\b")
        filters = self.env["ir.filters"].sudo().with_context(active_test=False)
        return filters.search(Domain.OR(Domain(column, "like", "x\\_lp\\_") for column in texts)).filtered(
            lambda saved: any(named.search(saved[column] or "") for column in texts)
        )

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
            places = field._rules_using(on=on)
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
                {"name": field.name, "field_name": field.technical_name, "sequence": -1000 + field.sequence}
                for field in opened
                if field.technical_name not in listed
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_open_field o SET name = c.name, sequence = -1000 + c.sequence
                     FROM lead_custom_field c WHERE c.id = ANY(%s) AND o.field_name = c.technical_name""",
                self.ids,
            )
        )
        Open.invalidate_model()
