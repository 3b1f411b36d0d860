"""The normalised keys of leads and customers: who shares a phone, an address, a WeChat account, a company with whom."""

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ...rules import company, identity

#: Where a transaction keeps the numbers of leads and partners whose keys it has to make anew; and of partners after
#: whose company leads are named.
PENDING = "lead_pool.identity"
CHUNK = 2000  # leads or partners a statement

NAMED_AFTER = "named_after"
MADE = "made"

KINDS = [
    ("registry", "Register"),
    ("phone", "Phone"),
    ("email", "Email"),
    ("wechat", "WeChat"),
    ("company", "Company"),
    ("name", "Name Looked Up"),
]
assert tuple(kind for kind, _label in KINDS) == (*identity.KINDS, identity.LOOKED_UP)

#: By which column a key belongs to what.
OWNERS = {"crm.lead": "lead_id", "res.partner": "partner_id"}
#: What keys are made of: number, phone, E.164, mail, WeChat, company, numbers in registers. A contact's company is the
#: company's own row; users of Odoo and its own companies are no customers.
SOURCES = {
    "crm.lead": """
        SELECT l.id, l.phone, l.phone_sanitized, l.email_from, l.wechat,
               COALESCE(NULLIF(l.partner_name, ''), p.commercial_company_name), l.company_registry_code
          FROM crm_lead l LEFT JOIN res_partner p ON p.id = l.partner_id WHERE l.id = ANY(%s)""",
    "res.partner": """
        SELECT p.id, p.phone, p.phone_sanitized, p.email, NULL,
               CASE WHEN p.is_company THEN p.name WHEN p.parent_id IS NULL THEN p.company_name END,
               CASE WHEN p.is_company OR p.parent_id IS NULL THEN p.vat END,
               CASE WHEN p.is_company OR p.parent_id IS NULL THEN p.company_registry END
          FROM res_partner p
         WHERE p.id = ANY(%s) AND p.partner_share IS NOT FALSE
           AND NOT EXISTS (SELECT FROM res_company c WHERE c.partner_id = p.id)""",
}


class LeadIdentity(models.Model):
    """A key by which a lead or a customer is known; those with an equal one are of one person or one company.

    By a key of the kind ``name`` names are looked up that may be alike; it binds nobody.

    Keys follow what is stored, whatever wrote it: ``crm.lead`` and ``res.partner`` note which rows they change, and
    the keys of all of them are made once, before the transaction ends or when somebody asks. Keys identify people,
    so that nobody but managers may read them: what waits in a masked pool must not be found by its phone.

    With no pool in the database nothing is written. What existed or changed before the first pool gets its keys by
    :meth:`_backfill`.
    """

    _name = "lead.identity"
    _description = "Key of a Lead or Customer"
    _log_access = False
    _rec_name = "kind"

    lead_id = fields.Many2one("crm.lead", "Lead", readonly=True, ondelete="cascade", help="The lead that has this key.")
    partner_id = fields.Many2one(
        "res.partner", "Customer", readonly=True, ondelete="cascade", help="The customer or contact that has this key."
    )
    kind = fields.Selection(KINDS, required=True, readonly=True, help="What the key is made of.")
    key = fields.Char(
        required=True, readonly=True, help="Normalised: equal keys of one kind mean the same person or company."
    )

    _one_owner = models.Constraint(
        "CHECK (num_nonnulls(lead_id, partner_id) = 1)", "A key is of a lead or of a customer."
    )
    _key_uniq = models.UniqueIndex("(lead_id, kind, key)")  # also what the deletion of a lead looks up
    _partner_key_uniq = models.UniqueIndex("(partner_id, kind, key) WHERE partner_id IS NOT NULL")
    _kind_key_idx = models.Index("(kind, key)")

    # ------------------------------------------------------------
    # FOLLOWING WHAT CHANGES
    # ------------------------------------------------------------

    @api.model
    def _mark(self, model, ids):
        """Note that the keys of these have to be made anew before the transaction ends.

        :param model: ``crm.lead``, ``res.partner``, ``named_after`` for the leads that are named after these
            partners' company, or ``made`` for new partners, after whom no lead is named that is not marked itself
        """
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = {"crm.lead": set(), "res.partner": set(), NAMED_AFTER: set(), MADE: set()}
            precommit.add(self.browse()._settle)
        precommit.data[PENDING][model].update(ids)

    @api.model
    def _settle(self):
        """Make the keys of all that this transaction has changed so far; before a commit, and before reading."""
        self.env.flush_all()
        pending = self.env.cr.precommit.data.pop(PENDING, None)
        if not pending or not self.env["lead.pool"]._in_use():
            return
        lead_ids = pending["crm.lead"] | self._named_after(pending[NAMED_AFTER] - pending[MADE])
        for model, ids in (("crm.lead", lead_ids), ("res.partner", pending["res.partner"])):
            for chunk in split_every(CHUNK, sorted(ids)):
                self._write_keys(chunk, model)

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
    def _write_keys(self, ids, model="crm.lead"):
        """Make the keys of these: one read, and one statement that deletes what is no longer true and adds what is new.

        :param ids: of leads or partners; of deleted ones nothing is written
        """
        rows = [(one, kind, key) for one, keys in self._keys_of(ids, model).items() for kind, key in keys]
        owners, kinds, keys = zip(*rows, strict=True) if rows else ((), (), ())
        true_keys = SQL("unnest(%s::int[], %s::varchar[], %s::varchar[])", list(owners), list(kinds), list(keys))
        self.env.cr.execute(
            SQL(
                """WITH n AS MATERIALIZED (SELECT * FROM %(keys)s n(owner, kind, key)),
                        gone AS (DELETE FROM lead_identity k WHERE %(owner)s = ANY(%(ids)s) AND NOT EXISTS (
                                 SELECT FROM n WHERE n.owner = k.%(owner)s AND n.kind = k.kind AND n.key = k.key))
                   INSERT INTO lead_identity (%(owner)s, kind, key) SELECT * FROM n ON CONFLICT DO NOTHING""",
                owner=SQL.identifier(OWNERS[model]),
                ids=list(ids),
                keys=true_keys,
            )
        )
        self.invalidate_model()

    @api.model
    def _keys_of(self, ids, model="crm.lead"):
        """``{id: {(kind, key)}}`` of the leads or partners that there are, from what is stored."""
        rows = self.env.execute_query(SQL(SOURCES[model], list(ids)))
        typed = {row[0]: row[4] for row in rows if identity.is_phone_like(row[4])}
        numbers = self._wechat_numbers(typed) if typed else {}
        found = {}
        for one, phone, e164, email, wechat, name, *registers in rows:
            keys = {
                ("phone", identity.phone_key(phone, e164)),
                ("phone", numbers.get(one, "")),
                ("email", identity.email_key(email)),
                ("wechat", identity.wechat_key(wechat)),
                ("company", identity.company_key(name)),
                *(("registry", identity.registry_key(text)) for text in registers),
                *((identity.LOOKED_UP, block) for block in company.blocks(name)),
            }
            found[one] = {(kind, key) for kind, key in keys if key}
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
