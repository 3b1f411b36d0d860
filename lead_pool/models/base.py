"""Whatever Odoo reads of a record for a client passes one of these methods. Leads are told of by themselves, and by
whatever names them."""

import re
from collections import defaultdict

from odoo import api, models
from odoo.tools import ormcache

#: Texts beside a lead that say who it is, as they came in. Each of these models has a ``lead_id``.
CAME_IN = {
    "lead.identity": ("key",),
    "lead.pool.conversion": ("landings",),
    "lead.pool.import.row": ("cells", "label"),
    "lead.pool.inquiry": ("message", "differing"),
    "lead.pool.received": ("body",),
}
#: What is done to a field in a group and shows no value of it.
COUNTS = ("count", "count_distinct", "bool_and", "bool_or")
ALL = ("array_agg", "array_agg_distinct", "recordset")
SPEC = re.compile(r"(\w+)(?::(\w+)(?:\((\w+)\))?)?$")


def _function_of(spec):
    """``(name, function, field)`` of what Odoo's elder groups ask for: ``name``, ``name:function`` or
    ``name:function(field)``."""
    match = SPEC.match(spec) if isinstance(spec, str) else None
    return match.groups() if match else (spec, None, None)


class Telling:
    """What groups say of leads: a group by what says who a lead is tells of one of them, but for the group of those of
    whom it is not known; a value picked from its records tells of one, a list of them of all.

    :param dict by: ``{groupby: path to the lead}``
    :param dict shown: ``{aggregate: path to the lead}``
    """

    def __init__(self, by, shown):
        self._by, self._shown = by, set(shown.values())
        #: which of its records are to be known of each group; ``None``: none
        self.function = None
        if any(spec.partition(":")[2] in ALL for spec in shown):
            self.function = "array_agg"
        elif by or shown:
            self.function = "min"

    @property
    def numbers(self):
        return f"id:{self.function}"

    def added(self, aggregates):
        """What has to be asked for besides these."""
        asked = {spec.replace(":recordset", ":array_agg") for spec in aggregates}
        return [self.numbers] if self.function and self.numbers not in asked else []

    def paths(self, group):
        """Paths to the leads of which this group tells."""
        return self._shown | {path for spec, path in self._by.items() if group.get(spec)}


class Base(models.AbstractModel):
    _inherit = "base"

    # ------------------------------------------------------------
    # RECORDS
    # ------------------------------------------------------------

    def _read_format(self, fnames, load="_classic_read"):
        """``read``, ``search_read``, ``web_read``, ``web_search_read``, ``web_save``; nested in other records too."""
        rows = super()._read_format(fnames, load)
        self._lead_pool_note(fnames)
        return rows

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        """Exports as CSV, XLSX or to programs; paths through other records come here once for each."""
        rows = super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
        self._lead_pool_note([path[0] for path in fields if path], "export")
        return rows

    def _lead_pool_note(self, names, way=None):
        """These fields of these records leave the server."""
        told = self._lead_pool_told()
        if told and self.env["crm.lead"]._is_client_reading():
            for path in {told[field] for name in names if (field := name.partition(".")[0]) in told}:
                self._lead_pool_note_leads(path, way)

    def _lead_pool_note_leads(self, path, way=None):
        leads = self.sudo().mapped(path) if path else self
        self.env["crm.lead"]._note_reading(leads._origin.ids, way)

    @api.model
    @ormcache()
    def _lead_pool_told(self):
        """Fields that say who a lead is: ``{name: path to the lead}``."""
        paths = {name: self._lead_pool_path(name) for name in self._fields}
        return {name: path for name, path in paths.items() if path is not None}

    @api.model
    def _lead_pool_path(self, path):
        """Of which lead a path of fields says who it is.

        :param str path: ``phone``, ``order_id.opportunity_id.phone``, also with what is done to it: ``name:min``
        :returns: path to that lead, ``""`` when it is the record itself; ``None``: of none
        """
        model, way, names = self, [], path.partition(":")[0].split(".")
        while names:
            name, *rest = names
            if model._name == "crm.lead" and model._names_somebody(name):
                return ".".join(way)
            if name in CAME_IN.get(model._name, ()):
                return ".".join([*way, "lead_id"])
            field = model._fields.get(name)
            if field and field.related:
                names = [*field.related.split("."), *rest]
            elif field and field.comodel_name:
                model, names = self.env[field.comodel_name], rest
                way.append(name)
            else:
                return None
        return None

    # ------------------------------------------------------------
    # GROUPS
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def formatted_read_group(
        self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None
    ):  # fmt: skip
        telling = self._lead_pool_telling(groupby, aggregates)
        added = telling.added(aggregates)
        groups = super().formatted_read_group(
            domain, groupby, [*aggregates, *added], having=having, offset=offset, limit=limit, order=order
        )
        self._lead_pool_note_groups(groups, telling, telling.numbers, added)
        return groups

    @api.model
    @api.readonly
    def formatted_read_grouping_sets(self, domain, grouping_sets, aggregates=(), *, order=None):
        telling = self._lead_pool_telling([spec for groupby in grouping_sets for spec in groupby], aggregates)
        added = telling.added(aggregates)
        sets = super().formatted_read_grouping_sets(domain, grouping_sets, [*aggregates, *added], order=order)
        for groups in sets:
            self._lead_pool_note_groups(groups, telling, telling.numbers, added)
        return sets

    @api.model
    @api.readonly
    def read_group(self, domain, fields, groupby, offset=0, limit=None, orderby=False, lazy=True):
        by = [groupby] if isinstance(groupby, str) else groupby
        shown = [f"{of or name}:{function}" for name, function, of in map(_function_of, fields) if function]
        telling = self._lead_pool_telling(by[:1] if lazy else by, shown)
        added = [f"lead_pool_read:{telling.function}(id)"] if telling.function else []
        groups = super().read_group(
            domain, [*fields, *added], groupby, offset=offset, limit=limit, orderby=orderby, lazy=lazy
        )
        self._lead_pool_note_groups(groups, telling, "lead_pool_read", added)
        return groups

    @api.model
    @api.readonly
    def read_progress_bar(self, domain, group_by, progress_bar):
        result = super().read_progress_bar(domain, group_by, progress_bar)
        if self._lead_pool_telling([group_by], ()).function:
            self.formatted_read_group(domain, [group_by])
        return result

    @api.model
    def _lead_pool_telling(self, groupby, aggregates):
        """Of which leads groups by these fields, with these aggregates, say who they are.

        :returns: :class:`Telling`, an empty one when no client asks
        """
        if not self.env["crm.lead"]._is_client_reading():
            return Telling({}, {})
        shown = [spec for spec in aggregates if spec.partition(":")[2] not in COUNTS]
        return Telling(*(
            {spec: path for spec in specs if (path := self._lead_pool_path(spec)) is not None}
            for specs in (groupby, shown)
        ))  # fmt: skip

    def _lead_pool_note_groups(self, groups, telling, name, added):
        """
        :param str name: under which a group has the numbers of its records
        :param added: whether nobody asked for them
        """
        found = defaultdict(list)
        for group in groups if telling.function else ():
            numbers = group.pop(name, None) if added else group.get(name)
            for path in telling.paths(group):
                found[path] += numbers if isinstance(numbers, list) else [numbers]
        for path, numbers in found.items():
            self.browse([number for number in numbers if number])._lead_pool_note_leads(path)
