"""Who is this? Leads and customers that somebody is or may be, found by keys."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL, split_every

from ...rules import company, identity, matching
from .keys import CHUNK, OWNERS

#: Company, its name and its contact's name as the lead says them, its contact, and all keys that bind.
FACTS = {
    "crm.lead": """
        SELECT id, company_id, NULLIF(partner_name, ''), NULLIF(contact_name, ''), partner_id,
               ARRAY(SELECT ARRAY[kind, key] FROM lead_identity WHERE lead_id = l.id AND kind <> 'name')
          FROM crm_lead l WHERE id = ANY(ids)""",
    "res.partner": """
        SELECT id, company_id, COALESCE(NULLIF(commercial_company_name, ''), company_name)::text,
               CASE WHEN NOT is_company THEN name END::text, NULL::int,
               ARRAY(SELECT ARRAY[kind, key] FROM lead_identity WHERE partner_id = p.id AND kind <> 'name')
          FROM res_partner p WHERE id = ANY(ids)""",
}
A_FACT = "id int, company_id int, company text, contact text, partner_id int, keys varchar[]"
#: What is asked of every new lead, as functions of the database: it plans each once a connection, also behind a pooler.
#: Planned anew, as a statement is, the answer takes half as long again. ``{name: (arguments, columns of the answer, the
#: question)}``
FUNCTIONS = {
    "lead_identity_owners": (
        "kinds varchar[], texts varchar[], most int",
        "kind varchar, key varchar, lead_id int, partner_id int",
        """SELECT n.kind, n.key, k.lead_id, k.partner_id
             FROM unnest(kinds, texts) n(kind, key),
                  LATERAL (SELECT lead_id, partner_id FROM lead_identity
                            WHERE kind = n.kind AND key = n.key LIMIT most) k""",
    ),
    "lead_identity_leads": ("ids int[]", A_FACT, FACTS["crm.lead"]),
    "lead_identity_partners": ("ids int[]", A_FACT, FACTS["res.partner"]),
}
#: The function that tells the facts on these.
TOLD_BY = {"crm.lead": "lead_identity_leads", "res.partner": "lead_identity_partners"}


class LeadIdentityMatching(models.Model):
    _inherit = "lead.identity"  # pylint: disable=consider-merging-classes-inherited

    def init(self):
        """By the indexes, whatever the tables hold: a plan that is kept from when they were empty would read them
        whole when they are not."""
        super().init()
        for name, (arguments, columns, question) in FUNCTIONS.items():
            self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s", SQL.identifier(name)))
            self.env.cr.execute(
                SQL(
                    """CREATE FUNCTION %s(%s) RETURNS TABLE (%s) LANGUAGE plpgsql STABLE
                       SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
                       #variable_conflict use_column
                       BEGIN
                           RETURN QUERY %s;
                       END $$""",
                    SQL.identifier(name),
                    SQL(arguments),
                    SQL(columns),
                    SQL(question),
                )
            )

    @api.model
    def _matches(self, people):
        """Leads, in any state, and customers that these people or companies are or may be.

        Looks at everything, whatever the caller may see: what is found must not be shown as it is. The questions to
        the database are as many for one as for hundreds. A lead of which 20 others share each key may be missing.

        :param people: dicts with any of ``phone``, ``email``, ``wechat``, ``company``, ``contact`` (its name),
            ``registry`` (texts as typed), ``country_id`` (of the numbers) and ``company_id`` (found is what belongs to
            it or to no company; without it, everything)
        :returns: a list of :class:`.matching.Match` for each, the best first
        """
        asked = self._asked(people)
        crowd = self._crowd(asked)
        return [crowd.matches(one) for one in asked]

    @api.model
    def _crowd(self, asked):
        """All who may be one of these.

        :param asked: as :meth:`_asked` makes them of people
        :returns: a :class:`.matching.Crowd`
        """
        self._settle()
        owners = self._with_keys(set().union(*(one.keys for one in asked)))
        return matching.Crowd(owners, self._known({owner for found in owners.values() for owner in found}))

    # ------------------------------------------------------------
    # WHAT WAS TYPED
    # ------------------------------------------------------------

    @api.model
    def _asked(self, people):
        """These people as the rules know them: a :class:`.matching.Asked` of each."""
        phone_key = self._phone_keys()
        asked = []
        for person in people:
            keys = self._asked_keys(person, phone_key)
            blocks = {(identity.LOOKED_UP, block) for block in company.blocks(person.get("company"))}
            facts = matching.facts(keys, person.get("company"), person.get("contact"))
            asked.append(matching.Asked(facts, frozenset(keys | blocks), person.get("company_id") or 0))
        return asked

    def _asked_keys(self, person, phone_key):
        """``{(kind, key)}`` of what was typed."""
        keys = {
            ("phone", phone_key(person.get("phone"), person)),
            ("email", identity.email_key(person.get("email"))),
            ("wechat", identity.wechat_key(person.get("wechat"))),
            ("company", identity.company_key(person.get("company"))),
            ("registry", identity.registry_key(person.get("registry"))),
        }
        if identity.is_phone_like(person.get("wechat")):
            keys.add(("phone", phone_key(person["wechat"], person)))
        return {(kind, key) for kind, key in keys if key}

    def _phone_keys(self):
        """A function that tells the key of a number of the person's country, else of its company's."""
        Lead = self.env["crm.lead"]
        countries = {}  # of companies

        def phone_key(text, person):
            if not text:
                return ""
            at = person.get("company_id") or self.env.company.id
            if at not in countries:
                countries[at] = self.env["res.company"].sudo().browse(at).country_id
            country = self.env["res.country"].browse(person.get("country_id") or []) or countries[at]
            return identity.phone_key(text, Lead._phone_format(number=text, country=country) or "")

        return phone_key

    # ------------------------------------------------------------
    # WHO HAS IT
    # ------------------------------------------------------------

    def _with_keys(self, keys):
        """``{(kind, key): [(model, id)]}``, of each key :data:`.matching.LOOKED_AT` at most.

        By chunks, as the facts: what PostgreSQL believes of a larger one makes it read whole tables.
        """
        owners = defaultdict(list)
        for chunk in split_every(CHUNK, sorted(keys)):
            kinds, texts = zip(*chunk, strict=True)
            for kind, key, lead_id, partner_id in self.env.execute_query(
                SQL(
                    "SELECT * FROM lead_identity_owners(%s::varchar[], %s::varchar[], %s)",
                    list(kinds),
                    list(texts),
                    matching.LOOKED_AT,
                )
            ):
                owners[kind, key].append(("crm.lead", lead_id) if lead_id else ("res.partner", partner_id))
        return owners

    def _known(self, owners):
        """``{(model, id): (company id, facts)}`` of these leads and customers."""
        rows = []
        for model in OWNERS:
            for ids in split_every(CHUNK, sorted(one for owner, one in owners if owner == model)):
                told = SQL("SELECT * FROM %s(%s)", SQL.identifier(TOLD_BY[model]), list(ids))
                rows += [(model, *row) for row in self.env.execute_query(told)]
        contacts = self._contacts({row[5] for row in rows if row[5] and not (row[3] and row[4])})
        known = {}
        for model, one, company_id, name, contact, partner_id, keys in rows:
            its_company, its_name = contacts.get(partner_id, ("", ""))
            facts = matching.facts(map(tuple, keys), name or its_company, contact or its_name)
            known[model, one] = company_id, facts
        return known

    def _contacts(self, partner_ids):
        """``{id: (company's name, own name)}`` of the contacts of leads that do not say these themselves."""
        contacts = {}
        for ids in split_every(CHUNK, sorted(partner_ids)):
            rows = self.env.execute_query(
                SQL(
                    """SELECT id, commercial_company_name, CASE WHEN NOT is_company THEN name END
                         FROM res_partner WHERE id = ANY(%s)""",
                    list(ids),
                )
            )
            contacts.update({one: (its_company, name) for one, its_company, name in rows})
        return contacts
