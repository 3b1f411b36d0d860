"""Groups tell of leads, too: of leads themselves, and of whatever names them."""

import re

from odoo import api, models

#: What is done to a field in a group and shows no value of it.
COUNTS = ("count", "count_distinct", "bool_and", "bool_or")
ALL = ("array_agg", "array_agg_distinct", "recordset")
SPEC = re.compile(r"(\w+)(?::(\w+)(?:\((\w+)\))?)?$")


def _function_of(spec):
    """``(name, function, field)`` of what Odoo's elder groups ask for: ``name``, ``name:function`` or
    ``name:function(field)``."""
    match = SPEC.match(spec) if isinstance(spec, str) else None
    return match.groups() if match else (spec, None, None)


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model
    @api.readonly
    def formatted_read_group(
        self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None
    ):  # fmt: skip
        asked = self._lead_pool_asked(groupby, aggregates)
        groups = super().formatted_read_group(
            domain, groupby, [*aggregates, *asked], having=having, offset=offset, limit=limit, order=order
        )
        self._lead_pool_note_groups(groups, set(asked) - set(aggregates))
        return groups

    @api.model
    @api.readonly
    def formatted_read_grouping_sets(self, domain, grouping_sets, aggregates=(), *, order=None):
        asked = self._lead_pool_asked([spec for groupby in grouping_sets for spec in groupby], aggregates)
        sets = super().formatted_read_grouping_sets(domain, grouping_sets, [*aggregates, *asked], order=order)
        for groups in sets:
            self._lead_pool_note_groups(groups, set(asked) - set(aggregates))
        return sets

    @api.model
    @api.readonly
    def read_group(self, domain, fields, groupby, offset=0, limit=None, orderby=False, lazy=True):
        by = [groupby] if isinstance(groupby, str) else groupby
        shown = [f"{of or name}:{function}" for name, function, of in map(_function_of, fields) if function]
        asked = self._lead_pool_asked(by[:1] if lazy else by, shown)
        named = [f"lead_pool_read:{function}({of})" for of, _colon, function in (one.partition(":") for one in asked)]
        groups = super().read_group(
            domain, [*fields, *named], groupby, offset=offset, limit=limit, orderby=orderby, lazy=lazy
        )
        self._lead_pool_note_groups(groups, ["lead_pool_read"] if named else [])
        return groups

    def _lead_pool_asked(self, groupby, aggregates):
        """What is asked besides, so that it is known which leads the groups tell of: a group by what says who a lead is
        tells of one, a list of such values of all of its leads.

        :returns: list of one aggregate or none
        """
        Lead = self.env["crm.lead"]
        if not Lead._is_client_reading():
            return []
        if self._name == "crm.lead":
            parts = [spec.partition(":") for spec in aggregates]
            shown = [what for name, _colon, what in parts if what not in COUNTS and Lead._names_somebody([name])]
            if any(what in ALL for what in shown):
                return ["id:array_agg"]
            return ["id:min"] if shown or Lead._names_somebody(groupby) else []
        for spec in groupby:
            name, _dot, rest = spec.partition(".")
            field = self._fields.get(name)
            if rest and field and field.comodel_name == "crm.lead" and Lead._names_somebody([rest]):
                return [f"{name}:min"]
        return []

    def _lead_pool_note_groups(self, groups, asked):
        for name in asked:
            found = [group.pop(name, None) for group in groups]
            ids = [lead for some in found for lead in (some if isinstance(some, list) else [some])]
            self.env["crm.lead"]._note_reading(ids)
