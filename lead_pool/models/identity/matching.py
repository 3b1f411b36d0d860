"""Who is this? Leads and customers that somebody is or may be, found by keys."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...rules import identity, matching


class LeadIdentityMatching(models.Model):
    _inherit = "lead.identity"

    @api.model
    def _matches(self, people):
        """Leads, in any state, and customers that these people or companies are or may be.

        Looks at everything, whatever the caller may see: what is found must not be shown as it is.

        :param people: dicts with any of ``phone``, ``email``, ``wechat``, ``company``, ``contact`` (its name),
            ``registry`` (texts as typed), ``country_id`` (of the numbers) and ``company_id`` (found is what belongs to
            it or to no company; without it, everything)
        :returns: a list of :class:`.matching.Match` for each, the best first
        """
        self._settle()
        asked = [self._asked_keys(person) for person in people]
        found, shared = self._with_keys(set().union(*asked))
        companies = {lead.id: lead.company_id.id for lead in self.env["crm.lead"].sudo().browse(found)}
        leads_with = defaultdict(set)
        for lead_id, keys in found.items():
            for key in keys:
                leads_with[key].add(lead_id)
        answers = []
        for person, keys in zip(people, asked, strict=True):
            matches = []
            for lead_id in set().union(*(leads_with[key] for key in keys)):
                if person.get("company_id") and companies[lead_id] not in (False, person["company_id"]):
                    continue
                by, score, sure = matching.judge(keys, found[lead_id], shared)
                if by:
                    matches.append(matching.Match("crm.lead", lead_id, by, score, sure))
            answers.append(matching.best_first(matches))
        return answers

    @api.model
    def _asked_keys(self, person):
        """``{(kind, key)}`` of what was typed."""
        keys = {
            ("phone", self._phone_key(person.get("phone"), person)),
            ("email", identity.email_key(person.get("email"))),
            ("wechat", identity.wechat_key(person.get("wechat"))),
            ("company", identity.company_key(person.get("company"))),
        }
        if identity.is_phone_like(person.get("wechat")):
            keys.add(("phone", self._phone_key(person["wechat"], person)))
        return {(kind, key) for kind, key in keys if key}

    def _phone_key(self, text, person):
        """A number of the person's country, else of its company's."""
        if not text:
            return ""
        company = self.env["res.company"].browse(person.get("company_id") or self.env.company.id).sudo()
        country = self.env["res.country"].browse(person.get("country_id") or company.country_id.id)
        return identity.phone_key(text, self.env["crm.lead"]._phone_format(number=text, country=country) or "")

    @api.model
    def _with_keys(self, keys):
        """Leads with one of these keys.

        :param keys: ``{(kind, key)}``
        :returns: ``{lead id: {(kind, key)}}``, and the keys among them that many share, which find nobody
        """
        if not keys:
            return {}, set()
        rows = self.env.execute_query(
            SQL(
                """SELECT n.kind, n.key, array_agg(k.lead_id)
                     FROM unnest(%s::varchar[], %s::varchar[]) n(kind, key),
                          LATERAL (SELECT lead_id FROM lead_identity
                                    WHERE kind = n.kind AND key = n.key LIMIT %s) k
                    GROUP BY 1, 2""",
                [kind for kind, _key in keys],
                [key for _kind, key in keys],
                identity.SHARED_BY_MANY + 1,
            )
        )
        found, shared = defaultdict(set), set()
        for kind, key, lead_ids in rows:
            if len(lead_ids) > identity.SHARED_BY_MANY:
                shared.add((kind, key))
                continue
            for lead_id in lead_ids:
                found[lead_id].add((kind, key))
        return dict(found), shared
