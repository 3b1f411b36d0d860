"""The keys of leads and customers that were there before the first pool."""

from odoo import api, models
from odoo.tools import SQL

from .keys import CHUNK

#: System parameter: up to this lead all keys are made, by the last backfill that came to its end.
DONE_TO = "lead_pool.identity_done_to"


class LeadIdentityBackfill(models.Model):
    _inherit = "lead.identity"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _backfill(self, after_id=0, limit=CHUNK, model="crm.lead"):
        """Make the keys of existing leads or customers, by id; what is there already is checked and kept.

        May be interrupted, and called again from any number. Locks what one call goes through, so that nobody changes
        a phone between its reading and the writing of its key.

        :param int after_id: the last one that is done
        :param int limit: at most so many
        :param model: ``crm.lead`` or ``res.partner``
        :returns: ``(last one done, number done)``; fewer than ``limit`` means that there are no more
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE id > %s ORDER BY id LIMIT %s FOR NO KEY UPDATE",
                SQL.identifier(self.env[model]._table),
                after_id,
                limit,
            )
        )
        ids = [one for (one,) in rows]
        self._write_keys(ids, model)
        last_id = ids[-1] if ids else after_id
        if len(ids) < limit:
            self.env.cr.execute("ANALYZE lead_identity")  # else the first questions go through all of it
            if model == "crm.lead":  # customers come before
                self.env["ir.config_parameter"].sudo().set_param(DONE_TO, last_id)
        return last_id, len(ids)

    @api.model
    def _never_made(self):
        """Whether the leads of the database were never gone through to the end."""
        return not self.env["ir.config_parameter"].sudo().get_param(DONE_TO)

    @api.model
    def _missing_count(self):
        """How many leads may still lack their keys.

        Counted are leads newer than the last one of the last complete backfill that name a phone, a mail, a WeChat
        account, a company or a contact and have no key. It may count a few of whose values no key can be made; it is
        0 after a complete backfill, and only a new one finds changes made while there was no pool.
        """
        done_to = int(self.env["ir.config_parameter"].sudo().get_param(DONE_TO, 0))
        self._settle()
        [[count]] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM crm_lead l
                    WHERE id > %s
                      AND COALESCE(phone, email_from, wechat, partner_name, partner_id::varchar) IS NOT NULL
                      AND NOT EXISTS (SELECT FROM lead_identity k WHERE k.lead_id = l.id)""",
                done_to,
            )
        )
        return count
