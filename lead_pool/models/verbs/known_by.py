"""Who knows the customer of a lead: he holds, or has converted, leads of the same person or company."""

from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ...rules import affinity, identity

KEYS_CHUNK = 500  # leads or customers of one transaction, in the background
#: By what somebody knows a lead, the one that says most first; ``customer`` is Odoo's own contact or its company.
TIES = ("customer", *identity.KINDS)


class LeadPoolKnownBy(models.AbstractModel):
    _name = "lead.pool.known.by"
    _description = "Affinity"

    def _known_by(self, leads):
        """Who in this pool knows these leads' customers.

        Who holds leads of the same contact or its company, or with an equal key (see ``lead.identity``) that at most
        ``SHARED_BY_MANY`` leads have, comes first; where nobody holds one, who converted the last one of the same
        customer or company.

        :returns: ``{lead id: ((user id, what), …)}``, the latest first; ``what`` is one of :data:`TIES`, or of
            :data:`.affinity.LASTING` with ``converted_`` before it
        """
        self.env["lead.identity"]._settle()
        ties = self._ties(leads)
        holders, converters = self._who_is_tied({tie for lead_ties in ties.values() for tie in lead_ties})
        return {lead_id: affinity.known_by(ties.get(lead_id, ()), holders, converters) for lead_id in leads.ids}

    def _ties(self, leads):
        """``{lead id: [(what, value)]}``, the strongest tie first; keys that many leads share are left out."""
        rows = self.env.execute_query(
            SQL(
                """WITH keys AS MATERIALIZED (
                            SELECT lead_id, kind, key FROM lead_identity
                             WHERE lead_id = ANY(%(leads)s) AND kind <> %(looked_up)s),
                        rare AS MATERIALIZED (
                            SELECT kind, key FROM (SELECT DISTINCT kind, key FROM keys) k
                             WHERE NOT EXISTS (SELECT FROM lead_identity o WHERE o.kind = k.kind AND o.key = k.key
                                                 AND o.lead_id IS NOT NULL OFFSET %(many)s))
                   SELECT lead_id, kind, key FROM keys JOIN rare USING (kind, key)
                    UNION ALL
                   SELECT l.id, 'customer', p.commercial_partner_id::varchar
                     FROM crm_lead l JOIN res_partner p ON p.id = l.partner_id WHERE l.id = ANY(%(leads)s)""",
                leads=leads.ids,
                many=identity.SHARED_BY_MANY,
                looked_up=identity.LOOKED_UP,
            )
        )
        ties = defaultdict(list)
        for lead_id, what, value in sorted(rows, key=lambda row: TIES.index(row[1])):
            ties[lead_id].append((what, value))
        return ties

    def _who_is_tied(self, ties):
        """Who holds, and who converted, leads of this pool with these ties.

        :param ties: ``{(what, value)}``
        :returns: two ``{(what, value): [(user id, since)]}``, ``since`` the latest one's; who converted a lead and
            still holds it is a holder
        """
        keys = [tie for tie in ties if tie[0] != "customer"]
        rows = self.env.execute_query(
            SQL(
                """WITH related AS MATERIALIZED (
                        SELECT 'customer' AS what, p.commercial_partner_id::varchar AS value, l.id
                          FROM res_partner p JOIN crm_lead l ON l.partner_id = p.id
                         WHERE p.commercial_partner_id = ANY(%(customers)s)
                         UNION ALL
                        SELECT k.kind, k.key, k.lead_id
                          FROM unnest(%(kinds)s::varchar[], %(keys)s::varchar[]) n(kind, key)
                          JOIN lead_identity k USING (kind, key))
                   SELECT what, value, e.state = 'held', COALESCE(e.user_id, e.last_holder_id),
                          max(COALESCE(e.held_since, e.closed_at))
                     FROM related r JOIN lead_pool_entry e ON e.lead_id = r.id
                    WHERE e.pool_id = %(pool)s
                      AND (e.state = 'held' OR e.closed_as = 'converted' AND e.last_held_until = e.closed_at)
                    GROUP BY 1, 2, 3, 4""",
                customers=[int(value) for what, value in ties if what == "customer"],
                kinds=[kind for kind, _key in keys],
                keys=[key for _kind, key in keys],
                pool=self.id,
            )
        )
        holders, converters = defaultdict(list), defaultdict(list)
        for what, value, held, user_id, since in rows:
            (holders if held else converters)[what, value].append((user_id, since))
        return holders, converters

    def _job_identity(self, job):
        """The keys of the next customers and leads that were there before the first pool; customers come first."""
        position = {"model": "res.partner", "after": 0, **(job.position or {})}
        after, count = self.env["lead.identity"].sudo()._backfill(position["after"], KEYS_CHUNK, position["model"])
        more = count == KEYS_CHUNK
        if position["model"] == "res.partner" and not more:
            job.position = {"model": "crm.lead", "after": 0}
            return count, True
        job.position = {**position, "after": after}
        return count, more
