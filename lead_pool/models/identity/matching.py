"""Who is this? Leads and customers that somebody is or may be, found by keys."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...arrays import as_array
from ...rules import company, identity, matching

#: What is asked of every new lead, as a function of the database: in one turn, who has one of these keys, and what is
#: known of them. Its statements are planned once a connection, also behind a pooler. Each column of the answer is an
#: array, for to hand over a row costs more than to read what it says; customers have a line if there are any.
KNOWN = "lead_identity_known"
ARGUMENTS = "kinds varchar[], texts varchar[], most int"
#: Who has the key at which of the ``places`` in the question; of each of these owners its company, and the names of its
#: company and its contact; and whose is which key that binds.
COLUMNS = """
    model varchar, places int[], owners int[],
    ids int[], company_ids int[], companies varchar[], contacts varchar[],
    holders int[], held_kinds varchar[], held_keys varchar[]"""
BODY = """
DECLARE
    partner_places int[];
    partners int[];
    as_customer_says boolean;
BEGIN
    SELECT array_agg(n.place), array_agg(k.lead_id),
           array_agg(n.place) FILTER (WHERE k.partner_id IS NOT NULL),
           array_agg(k.partner_id) FILTER (WHERE k.partner_id IS NOT NULL)
      INTO places, owners, partner_places, partners
      FROM unnest(kinds, texts) WITH ORDINALITY n(kind, key, place),
           LATERAL (SELECT lead_id, partner_id FROM lead_identity
                     WHERE kind = n.kind AND key = n.key LIMIT most) k;
    IF places IS NULL THEN
        RETURN;
    END IF;
    model := 'crm.lead';
    SELECT array_agg(id), array_agg(company_id), array_agg(partner_name), array_agg(contact_name),
           bool_or(partner_id IS NOT NULL AND (COALESCE(partner_name, '') = '' OR COALESCE(contact_name, '') = ''))
      INTO ids, company_ids, companies, contacts, as_customer_says
      FROM crm_lead WHERE id = ANY(owners);
    IF as_customer_says THEN
        SELECT array_agg(id), array_agg(company_id),
               array_agg(COALESCE(NULLIF(partner_name, ''),
                                  (SELECT commercial_company_name FROM res_partner p WHERE p.id = l.partner_id))),
               array_agg(COALESCE(NULLIF(contact_name, ''),
                                  (SELECT name FROM res_partner p WHERE p.id = l.partner_id AND NOT is_company)))
          INTO ids, company_ids, companies, contacts
          FROM crm_lead l WHERE id = ANY(owners);
    END IF;
    SELECT array_agg(lead_id), array_agg(kind), array_agg(key) INTO holders, held_kinds, held_keys
      FROM lead_identity WHERE lead_id = ANY(owners) AND kind <> 'name';
    RETURN NEXT;
    IF partners IS NULL THEN
        RETURN;
    END IF;
    model := 'res.partner';
    places := partner_places;
    owners := partners;
    SELECT array_agg(id), array_agg(company_id),
           array_agg(COALESCE(NULLIF(commercial_company_name, ''), company_name)),
           array_agg(CASE WHEN NOT is_company THEN name END)
      INTO ids, company_ids, companies, contacts
      FROM res_partner WHERE id = ANY(owners);
    SELECT array_agg(partner_id), array_agg(kind), array_agg(key) INTO holders, held_kinds, held_keys
      FROM lead_identity WHERE partner_id = ANY(owners) AND kind <> 'name';
    RETURN NEXT;
END"""
#: Functions of earlier versions, which asked this in two turns and more.
FORMER = ("lead_identity_owners", "lead_identity_leads", "lead_identity_partners")


class LeadIdentityMatching(models.Model):
    _inherit = "lead.identity"  # pylint: disable=consider-merging-classes-inherited

    def init(self):
        """By the indexes, whatever the tables hold: a plan that is kept from when they were empty would read them
        whole when they are not."""
        super().init()
        for name in (*FORMER, KNOWN):
            self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s", SQL.identifier(name)))
        self.env.cr.execute(
            SQL(
                """CREATE FUNCTION %s(%s) RETURNS TABLE (%s) LANGUAGE plpgsql STABLE
                   SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
                   #variable_conflict use_column
                   %s $$""",
                SQL.identifier(KNOWN),
                SQL(ARGUMENTS),
                SQL(COLUMNS),
                SQL(BODY),
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
        return matching.Crowd(*self._who_has(set().union(*(one.keys for one in asked))))

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

    def _who_has(self, keys):
        """Of each of these keys those who have it, :data:`.matching.LOOKED_AT` at most, and what is known of them.

        :returns: ``{(kind, key): [(model, id)]}``, ``{(model, id): (company id, facts)}``
        """
        owners, known = defaultdict(list), {}
        if not keys:
            return owners, known
        keys = sorted(keys)
        kinds, texts = zip(*keys, strict=True)
        for model, places, has_it, *facts in self.env.execute_query(
            SQL("SELECT * FROM %s(%s, %s, %s)", SQL(KNOWN), as_array(kinds), as_array(texts), matching.LOOKED_AT)
        ):
            for place, one in zip(places, has_it, strict=True):
                if one:  # the others of a lead's line are customers
                    owners[keys[place - 1]].append((model, one))
            ids, company_ids, companies, contacts, holders, *held = (column or () for column in facts)
            keys_of = defaultdict(list)
            for one, key in zip(holders, zip(*held, strict=True), strict=True):
                keys_of[one].append(key)
            for one, company_id, name, contact in zip(ids, company_ids, companies, contacts, strict=True):
                known[model, one] = company_id, matching.facts(keys_of[one], name, contact)
        return owners, known
