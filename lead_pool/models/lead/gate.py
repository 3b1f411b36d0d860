"""The gate: every new lead is looked at before it is made. Is it somebody whom we know already?"""

from dataclasses import dataclass

import psycopg2

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ...rules import intake


@dataclass(slots=True)
class Taken:
    """What became, or would become, of one row of an intake."""

    code: str  # created, repeat, same_owner, flagged, duplicate (refused) or invalid
    lead: models.BaseModel  # crm.lead: the new one, or the one that the inquiry went to; may be empty
    of: models.BaseModel  # crm.lead or res.partner that it is a duplicate of; may be empty
    message: str = ""  # a sentence in the caller's language


class LeadGate(models.AbstractModel):
    _name = "lead.pool.lead.gate"
    _description = "Gate of New Leads"

    @api.model
    def _take_in(self, vals_list, channel):
        """Let these leads in by a channel, as its policy for duplicates says; a bad row spoils no other.

        :param vals_list: values of ``crm.lead``, as for ``create``
        :param str channel: one of :data:`.rules.intake.CHANNELS`
        :returns: a list of :class:`Taken`, in the order given
        :raises AccessError: the caller may not create leads
        """
        self.check_access("create")
        return self.with_context(lead_pool_channel=channel)._take_in_rows(vals_list)

    @api.model
    def _look_before(self, vals_list, channel):
        """What :meth:`_take_in` would answer, writing nothing; ``lead`` is empty where one would be created."""
        self.check_access("create")
        return [Taken("created", self.browse(), self.browse()) for _vals in vals_list]

    def _take_in_rows(self, vals_list):
        try:
            with self.env.cr.savepoint():
                leads = self.create(vals_list)
                self.env.flush_all()
                return [Taken("created", lead, self.browse()) for lead in leads]
        except AccessError:
            raise
        except (UserError, ValueError, TypeError, psycopg2.IntegrityError, psycopg2.DataError) as error:
            if len(vals_list) > 1:
                middle = len(vals_list) // 2
                return self._take_in_rows(vals_list[:middle]) + self._take_in_rows(vals_list[middle:])
            return [Taken("invalid", self.browse(), self.browse(), str(error))]

    @api.model
    def _is_channel(self, channel):
        return channel in intake.CHANNELS
