"""The normalised keys of leads: who shares a phone, an address, a WeChat account, a company with whom."""

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ...rules import identity

#: Where a transaction keeps the numbers of leads and partners whose keys it has to make anew.
PENDING = "lead_pool.identity"
#: System parameter: up to this lead all keys are made, by the last backfill that came to its end.
DONE_TO = "lead_pool.identity_done_to"
CHUNK = 2000  # leads a statement

KINDS = [("phone", "Phone"), ("email", "Email"), ("wechat", "WeChat"), ("company", "Company")]
assert tuple(kind for kind, _label in KINDS) == identity.KINDS


class LeadIdentity(models.Model):
    """A key by which a lead is known; leads with an equal one are of one person or one company.

    Keys follow what is stored, whatever wrote it: ``crm.lead`` and ``res.partner`` note which rows they change, and
    the keys of all of them are made once, before the transaction ends or when somebody asks. Keys identify people,
    so that nobody but managers may read them: what waits in a masked pool must not be found by its phone.

    With no pool in the database nothing is written. What existed or changed before the first pool gets its keys by
    :meth:`_backfill`.
    """

    _name = "lead.identity"
    _description = "Key of a Lead"
    _log_access = False
    _rec_name = "kind"

    lead_id = fields.Many2one(
        "crm.lead", "Lead", required=True, readonly=True, ondelete="cascade", help="The lead that has this key."
    )
    kind = fields.Selection(KINDS, required=True, readonly=True, help="What the key is made of.")
    key = fields.Char(
        required=True, readonly=True, help="Normalised: equal keys of one kind mean the same person or company."
    )

    _key_uniq = models.UniqueIndex("(lead_id, kind, key)")  # also what the deletion of a lead looks up
    _kind_key_idx = models.Index("(kind, key)")

    # ------------------------------------------------------------
    # FOLLOWING WHAT CHANGES
    # ------------------------------------------------------------

    @api.model
    def _mark(self, model, ids):
        """Note that the keys of these have to be made anew before the transaction ends.

        :param model: ``crm.lead``, or ``res.partner`` for the leads that are named after these partners' company
        """
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = {"crm.lead": set(), "res.partner": set()}
            precommit.add(self.browse()._settle)
        precommit.data[PENDING][model].update(ids)

    @api.model
    def _settle(self):
        """Make the keys of all leads that this transaction has changed so far; before a commit, and before reading."""
        self.env.flush_all()
        pending = self.env.cr.precommit.data.pop(PENDING, None)
        if not pending or not self.env["lead.pool"]._in_use():
            return
        lead_ids = pending["crm.lead"] | self._named_after(pending["res.partner"])
        for chunk in split_every(CHUNK, sorted(lead_ids)):
            self._write_keys(chunk)

    @api.model
    def _named_after(self, partner_ids):
        """Leads that name no company of their own, so that their contact's is theirs."""
        if not partner_ids:
            return set()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM crm_lead WHERE partner_id = ANY(%s) AND COALESCE(partner_name, '') = ''",
                list(partner_ids),
            )
        )
        return {lead_id for (lead_id,) in rows}

    @api.model
    def _write_keys(self, lead_ids):
        """Make the keys of these leads: one read, one DELETE of what is no longer true, one INSERT of what is new.

        :param lead_ids: ids; of deleted leads nothing is written
        """
        rows = [(lead_id, kind, key) for lead_id, keys in self._keys_of(lead_ids).items() for kind, key in keys]
        leads, kinds, keys = zip(*rows, strict=True) if rows else ((), (), ())
        true_keys = SQL("unnest(%s::int[], %s::varchar[], %s::varchar[])", list(leads), list(kinds), list(keys))
        self.env.cr.execute(
            SQL(
                """DELETE FROM lead_identity k WHERE lead_id = ANY(%s) AND NOT EXISTS (
                          SELECT FROM %s n(lead_id, kind, key)
                           WHERE n.lead_id = k.lead_id AND n.kind = k.kind AND n.key = k.key)""",
                list(lead_ids),
                true_keys,
            )
        )
        if rows:
            self.env.cr.execute(
                SQL("INSERT INTO lead_identity (lead_id, kind, key) SELECT * FROM %s ON CONFLICT DO NOTHING", true_keys)
            )
        self.invalidate_model()

    @api.model
    def _keys_of(self, lead_ids):
        """``{lead id: {(kind, key)}}`` of the leads that there are, from what is stored."""
        rows = self.env.execute_query(
            SQL(
                """SELECT l.id, l.phone, l.phone_sanitized, l.email_from, l.wechat,
                          COALESCE(NULLIF(l.partner_name, ''), p.commercial_company_name)
                     FROM crm_lead l LEFT JOIN res_partner p ON p.id = l.partner_id WHERE l.id = ANY(%s)""",
                list(lead_ids),
            )
        )
        numbers = self._wechat_numbers({row[0]: row[4] for row in rows if identity.is_phone_like(row[4])})
        found = {}
        for lead_id, phone, e164, email, wechat, company in rows:
            keys = {
                ("phone", identity.phone_key(phone, e164)),
                ("phone", numbers.get(lead_id, "")),
                ("email", identity.email_key(email)),
                ("wechat", identity.wechat_key(wechat)),
                ("company", identity.company_key(company)),
            }
            found[lead_id] = {(kind, key) for kind, key in keys if key}
        return found

    @api.model
    def _wechat_numbers(self, texts):
        """``{lead id: phone key}`` of WeChat accounts that are phone numbers, of the lead's or its company's country.

        :param texts: ``{lead id: what was typed as WeChat}``
        """
        numbers = {}
        for lead in self.env["crm.lead"].sudo().browse(texts):
            e164 = lead.with_company(lead.company_id)._phone_format(number=texts[lead.id])
            numbers[lead.id] = identity.phone_key(texts[lead.id], e164)
        return numbers

    # ------------------------------------------------------------
    # LEADS THAT WERE THERE BEFORE
    # ------------------------------------------------------------

    @api.model
    def _backfill(self, after_id=0, limit=CHUNK):
        """Make the keys of existing leads, by id; what is there already is checked and kept.

        May be interrupted, and called again from any number. Locks the leads of one call, so that nobody changes a
        phone between its reading and the writing of its key.

        :param int after_id: the last lead that is done
        :param int limit: at most so many leads
        :returns: ``(last lead done, number of leads done)``; fewer than ``limit`` means that there are no more
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL("SELECT id FROM crm_lead WHERE id > %s ORDER BY id LIMIT %s FOR NO KEY UPDATE", after_id, limit)
        )
        lead_ids = [lead_id for (lead_id,) in rows]
        self._write_keys(lead_ids)
        last_id = lead_ids[-1] if lead_ids else after_id
        if len(lead_ids) < limit:
            self.env.cr.execute("ANALYZE lead_identity")  # else the first questions go through all of it
            self.env["ir.config_parameter"].sudo().set_param(DONE_TO, last_id)
        return last_id, len(lead_ids)

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
