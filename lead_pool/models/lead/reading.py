"""Which leads leave the server, by whom and how: noted in memory, and told the log after the request."""

import functools

from odoo import api, models
from odoo.exceptions import UserError
from odoo.http import request

from ...rules import reading

NOTED = "lead_pool.reading"
#: Types of custom fields in which anything may be written.
TEXTS = ("char", "text", "html")


class LeadReading(models.AbstractModel):
    """What says who a lead is leaves the server by the methods of ``base`` that read any record, or by those below.
    What the server reads with all rights, or field by field for its own work, is none of it. A call that fails is
    none either: what was noted goes with its transaction.
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

    @api.model
    def _names_somebody(self, name):
        """Whether this field says who a lead is; so may any text in a custom field."""
        custom = name.startswith("x_") and name in self._fields
        return name in reading.IDENTIFYING or (custom and self._fields[name].type in TEXTS)

    # ------------------------------------------------------------
    # BESIDE WHAT READS ANY RECORD
    # ------------------------------------------------------------

    def onchange(self, values, field_names, fields_spec):
        result = super().onchange(values, field_names, fields_spec)
        if any(map(self._names_somebody, result.get("value") or ())):
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

    def _message_get_suggested_recipients(self, *args, **kwargs):
        """To whom a message goes: with the phone or mail of who is not a customer yet."""
        recipients = super()._message_get_suggested_recipients(*args, **kwargs)
        self._note_reading(self._ids)
        return recipients
