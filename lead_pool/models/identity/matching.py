"""Who is this? Leads and customers that somebody is or may be, found by keys."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...rules import company, identity, matching
from .keys import OWNERS

#: So many leads and customers a key are looked at; of more, one cannot say who is meant.
LOOKED_AT = identity.SHARED_BY_MANY + 1

#: Company, its name, its contact's name and all keys that bind.
FACTS = {
    "crm.lead": """
        SELECT l.id, l.company_id, COALESCE(NULLIF(l.partner_name, ''), p.commercial_company_name),
               COALESCE(NULLIF(l.contact_name, ''), CASE WHEN NOT p.is_company THEN p.name END), k.kinds, k.keys
          FROM unnest(%s::int[]) n(id) JOIN crm_lead l ON l.id = n.id
          LEFT JOIN res_partner p ON p.id = l.partner_id,
               LATERAL (SELECT COALESCE(array_agg(kind), '{}') AS kinds, COALESCE(array_agg(key), '{}') AS keys
                          FROM lead_identity WHERE lead_id = n.id AND kind <> 'name') k""",
    "res.partner": """
        SELECT p.id, p.company_id, COALESCE(NULLIF(p.commercial_company_name, ''), p.company_name),
               CASE WHEN NOT p.is_company THEN p.name END, k.kinds, k.keys
          FROM unnest(%s::int[]) n(id) JOIN res_partner p ON p.id = n.id,
               LATERAL (SELECT COALESCE(array_agg(kind), '{}') AS kinds, COALESCE(array_agg(key), '{}') AS keys
                          FROM lead_identity WHERE partner_id = n.id AND kind <> 'name') k""",
}


class LeadIdentityMatching(models.Model):
    _inherit = "lead.identity"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _matches(self, people):
        """Leads, in any state, and customers that these people or companies are or may be.

        Looks at everything, whatever the caller may see: what is found must not be shown as it is. The questions to
        the database are as many for one as for thousands. A lead of which 20 others share each key may be missing.

        :param people: dicts with any of ``phone``, ``email``, ``wechat``, ``company``, ``contact`` (its name),
            ``registry`` (texts as typed), ``country_id`` (of the numbers) and ``company_id`` (found is what belongs to
            it or to no company; without it, everything)
        :returns: a list of :class:`.matching.Match` for each, the best first
        """
        self._settle()
        asked = [self._asked(person) for person in people]
        wanted = [self._looked_up(person) for person in people]
        owners = self._with_keys(set().union(*wanted))
        known = self._known({owner for found in owners.values() for owner in found})
        shared = self._shared(owners, known)
        return [
            self._matches_of(person, facts, {owner for key in keys for owner in owners.get(key, ())}, known, shared)
            for person, facts, keys in zip(people, asked, wanted, strict=True)
        ]

    def _matches_of(self, person, facts, owners, known, shared):
        matches = []
        for owner in owners:
            company_id, other = known[owner]
            if person.get("company_id") and company_id not in (None, person["company_id"]):
                continue
            by, score, sure = matching.judge(facts, other, shared)
            if score:
                matches.append(matching.Match(*owner, by, score, sure))
        return matching.best_first(matches)

    # ------------------------------------------------------------
    # WHAT WAS TYPED
    # ------------------------------------------------------------

    def _asked(self, person):
        """A person or company as the rules know it."""
        return matching.facts(self._asked_keys(person), person.get("company"), person.get("contact"))

    def _looked_up(self, person):
        """``{(kind, key)}`` by which whoever it may be is looked up: its keys, and those of names that are alike."""
        blocks = company.blocks(person.get("company"))
        return {*self._asked_keys(person), *((identity.LOOKED_UP, block) for block in blocks)}

    def _asked_keys(self, person):
        """``{(kind, key)}`` of what was typed."""
        keys = {
            ("phone", self._phone_key(person.get("phone"), person)),
            ("email", identity.email_key(person.get("email"))),
            ("wechat", identity.wechat_key(person.get("wechat"))),
            ("company", identity.company_key(person.get("company"))),
            ("registry", identity.registry_key(person.get("registry"))),
        }
        if identity.is_phone_like(person.get("wechat")):
            keys.add(("phone", self._phone_key(person["wechat"], person)))
        return {(kind, key) for kind, key in keys if key}

    def _phone_key(self, text, person):
        """A number of the person's country, else of its company's."""
        if not text:
            return ""
        at = self.env["res.company"].browse(person.get("company_id") or self.env.company.id).sudo()
        country = self.env["res.country"].browse(person.get("country_id") or at.country_id.id)
        return identity.phone_key(text, self.env["crm.lead"]._phone_format(number=text, country=country) or "")

    # ------------------------------------------------------------
    # WHO HAS IT
    # ------------------------------------------------------------

    def _with_keys(self, keys):
        """``{(kind, key): {(model, id)}}``, of each key :data:`LOOKED_AT` at most."""
        if not keys:
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT n.kind, n.key, k.lead_id, k.partner_id
                     FROM unnest(%s::varchar[], %s::varchar[]) n(kind, key),
                          LATERAL (SELECT lead_id, partner_id FROM lead_identity
                                    WHERE kind = n.kind AND key = n.key LIMIT %s) k""",
                [kind for kind, _key in keys],
                [key for _kind, key in keys],
                LOOKED_AT,
            )
        )
        owners = defaultdict(set)
        for kind, key, lead_id, partner_id in rows:
            owners[kind, key].add(("crm.lead", lead_id) if lead_id else ("res.partner", partner_id))
        return owners

    def _known(self, owners):
        """``{(model, id): (company id, facts)}`` of these leads and customers."""
        known = {}
        for model in OWNERS:
            ids = [one for owner, one in owners if owner == model]
            if ids:
                for one, company_id, name, contact, kinds, keys in self.env.execute_query(SQL(FACTS[model], ids)):
                    facts = matching.facts(zip(kinds, keys, strict=True), name, contact)
                    known[model, one] = company_id, facts
        return known

    def _shared(self, owners, known):
        """Keys that belong to strangers."""
        return {
            key
            for key, found in owners.items()
            if len(found) >= LOOKED_AT
            and key[0] not in (identity.LOOKED_UP, "company")
            and matching.is_shared([known[owner][1].company_key for owner in found])
        }
