"""Which leads leave the server, by whom and how: noted in memory, and told the log after the request."""

import functools
import re

from odoo import api, models
from odoo.exceptions import UserError
from odoo.http import request

from ...rules import reading

NOTED = "lead_pool.reading"
#: What is done to a field in a group and shows no value of it, or one.
COUNTS = ("count", "count_distinct", "bool_and", "bool_or")
#: Types of custom fields in which anything may be written.
TEXTS = ("char", "text", "html")
ONE_OF_GROUP, ALL_OF_GROUP = "id:min", "id:array_agg"
SPEC = re.compile(r"(\w+)(?::(\w+)(?:\((\w+)\))?)?$")


def _function_of(spec):
    """``(name, function, field)`` of what Odoo's elder groups ask for: ``name``, ``name:function`` or
    ``name:function(field)``."""
    match = SPEC.match(spec)
    return match.groups() if match else (spec, None, None)


class LeadReading(models.AbstractModel):
    """Whatever Odoo reads for a client passes one of these methods; what the server reads with all rights, or field by
    field for its own work, is none of it. A call that fails is none either: what was noted goes with its transaction.
    """

    _name = "lead.pool.lead.reading"
    _description = "Who Reads Leads"

    def _note_reading(self, lead_ids, way=None):
        """These leads leave the server by this request, with what says who they are."""
        if self.env.su or not lead_ids or not request or not self.env["lead.pool"]._in_use():
            return
        postcommit = self.env.cr.postcommit
        noted = postcommit.data.get(NOTED)
        if noted is None:
            noted = postcommit.data[NOTED] = {}
            postcommit.add(functools.partial(self.env.registry["lead.pool.reading"]._tell_log, self.pool, noted))
        if way is None:
            way = "program" if request.httprequest.path.startswith(reading.OF_PROGRAMS) else "screen"
        leads = noted.setdefault(self.env.uid, {}).setdefault(way, set())
        leads.update(number for number in lead_ids if isinstance(number, int))
        if way == "export":
            self._check_export(len(leads))

    def _check_export(self, count):
        """Nobody exports more leads at once than the settings allow."""
        most = self.env["lead.pool.reading"]._setting("export_limit")
        if most and count > most:
            raise UserError(
                self.env._(
                    "At most %(most)s leads may be exported at once (Settings ▸ Lead Pool). Choose fewer of them.",
                    most=most,
                )
            )

    def _names_somebody(self, paths):
        return reading.names_somebody(paths, self._free_texts())

    def _free_texts(self):
        """Custom fields in which anything may be written."""
        return [name for name, field in self._fields.items() if name.startswith("x_") and field.type in TEXTS]

    # ------------------------------------------------------------
    # RECORDS
    # ------------------------------------------------------------

    def _read_format(self, fnames, load="_classic_read"):
        """``read``, ``search_read``, ``web_read``, ``web_search_read``, ``web_save``; nested in other records too."""
        rows = super()._read_format(fnames, load)
        if self._names_somebody(fnames):
            self._note_reading([row["id"] for row in rows])
        return rows

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        """Exports of leads and of records that name leads, as CSV, XLSX or to programs."""
        rows = super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
        if self._names_somebody(path[0] for path in fields if path):
            self._note_reading(self._ids, "export")
        return rows

    def onchange(self, values, field_names, fields_spec):
        result = super().onchange(values, field_names, fields_spec)
        if self._names_somebody(result.get("value") or ()):
            self._note_reading(self._origin._ids)
        return result

    def copy_data(self, default=None):
        rows = super().copy_data(default)
        self._note_reading(self._ids)
        return rows

    @api.model
    @api.readonly
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        pairs = super().name_search(name, domain, operator, limit)
        self._note_reading([number for number, _name in pairs])
        return pairs

    # ------------------------------------------------------------
    # GROUPS
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def formatted_read_group(
        self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None
    ):  # fmt: skip
        asked = self._asked_of_groups(groupby, aggregates)
        groups = super().formatted_read_group(domain, groupby, [*aggregates, *asked], having, offset, limit, order)
        self._note_groups(groups, asked)
        return groups

    @api.model
    @api.readonly
    def formatted_read_grouping_sets(self, domain, grouping_sets, aggregates=(), *, order=None):
        asked = self._asked_of_groups([spec for groupby in grouping_sets for spec in groupby], aggregates)
        sets = super().formatted_read_grouping_sets(domain, grouping_sets, [*aggregates, *asked], order=order)
        for groups in sets:
            self._note_groups(groups, asked)
        return sets

    @api.model
    @api.readonly
    def read_group(self, domain, fields, groupby, offset=0, limit=None, orderby=False, lazy=True):
        specs = [groupby] if isinstance(groupby, str) else list(groupby)
        shown = [f"{of or name}:{function}" for name, function, of in map(_function_of, fields) if function]
        asked = self._asked_of_groups(specs[:1] if lazy else specs, shown)
        named = [f"lead_pool_read:{spec.partition(':')[2]}(id)" for spec in asked]
        groups = super().read_group(domain, [*fields, *named], groupby, offset, limit, orderby, lazy)
        self._note_groups(groups, ["lead_pool_read"] if named else [])
        return groups

    def _asked_of_groups(self, groupby, aggregates):
        """What is asked besides, so that it is known which leads the groups tell of: a group by what names somebody
        tells of one, a list of such values of all of its leads.

        :returns: list of one aggregate or none
        """
        if self.env.su or not request:
            return []
        shown = [(spec, spec.rpartition(":")[2]) for spec in aggregates]
        shown = [spec for spec, function in shown if function not in COUNTS and self._names_somebody([spec])]
        if any(spec.endswith((":array_agg", ":array_agg_distinct", ":recordset")) for spec in shown):
            asked = ALL_OF_GROUP
        elif shown or self._names_somebody(groupby):
            asked = ONE_OF_GROUP
        else:
            return []
        return [asked]

    def _note_groups(self, groups, asked):
        for name in asked:
            found = [group.pop(name, None) for group in groups]
            self._note_reading([lead for some in found for lead in (some if isinstance(some, list) else [some])])

