"""Which leads leave the server, by whom and how: noted in memory, and told the log after the request."""

import functools
import re

from odoo import api, models
from odoo.exceptions import UserError
from odoo.http import request

from ...rules import reading

NOTED = "lead_pool.reading"
#: Types of custom fields in which anything may be written.
TEXTS = ("char", "text", "html")


class LeadReading(models.AbstractModel):
    """Whatever Odoo reads for a client passes one of these methods; what the server reads with all rights, or field by
    field for its own work, is none of it. A call that fails is none either: what was noted goes with its transaction.
    """

    _name = "lead.pool.lead.reading"
    _description = "Who Reads Leads"

    def _is_client_reading(self):
        """Whether what is read now may leave the server."""
        return bool(request) and not self.env.su and self.env["lead.pool"]._in_use()

    def _note_reading(self, lead_ids, way=None):
        """These leads leave the server by this request, with what says who they are.

        :param way: one of :data:`rules.reading.WAYS`; ``None``: by the address of the request
        """
        if not lead_ids or not self._is_client_reading():
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
        """Whether one of these fields, or paths from them, says who a lead is; so may any text in a custom field."""
        paths = list(paths)
        own = {re.split(r"[./:]", path)[0] for path in paths if path.startswith("x_")}
        return reading.names_somebody(
            paths, [name for name in own if name in self._fields and self._fields[name].type in TEXTS]
        )

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
