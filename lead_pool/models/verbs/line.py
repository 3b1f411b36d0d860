"""Which leads are next for somebody: the line of an ordered pool, and what a pull may choose from."""

from contextlib import closing
from dataclasses import replace

from odoo import models
from odoo.tools import SQL

from ...rules import claim, identity
from .locks import Locked

LOOK = 10  # leads looked at at first; four times as many whenever none of them is for him
BUSY = 50  # leads ahead of somebody that are looked at once more: colleagues may work on them, or they rest
BEST, FRESHEST, KIN = 50, 30, 20  # candidates of a pull: by stars and score, by entry, by the rep's own leads
KIN_OF = 100  # of his leads, the latest
ORDERS = {
    "oldest": SQL("e.entered_at, e.id"),
    "newest": SQL("e.entered_at DESC, e.id DESC"),
    "score": SQL("e.priority DESC, e.score DESC, e.id"),
}


class LeadPoolLine(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.verb.line"
    _description = "Line of Waiting Leads"

    def _line(self, limit, now, policy, order=None, passed=()):
        """The waiting leads that the caller may take next, the first one first.

        What is not for him (of another company, archived, protected, cooling off, incomplete, kept for others by a
        claim rule) does not stand in his line, nor what another module has just kept from being claimed.

        :param int limit: at most so many
        :param Policy policy: of this pool
        :param order: another one than the pool's
        :param passed: ids of leads to be left out
        :returns: ``[entry id]``
        """
        self.ensure_one()
        line, seen, size = [], set(passed), max(limit, LOOK)
        while len(line) < limit:
            ids = self._waiting_ids(size, now, policy, order or policy.order, seen)
            line += [entry.id for entry in self._line_facts(ids, now, policy)]
            if len(ids) < size:
                break
            seen.update(ids)
            size *= 4
        return line[:limit]

    def _line_where(self, now, policy, passed):
        """The condition of who waits for the caller, as far as SQL can tell; the rule has the last word."""
        user = self.env.user
        conditions = [
            SQL("e.pool_id = %s AND e.state = 'waiting' AND l.active", self.id),
            SQL("e.company_id = ANY(%s)", list(user._get_company_ids())),
            SQL("(e.put_off_until > %s) IS NOT TRUE", now),
        ]
        if passed:
            conditions.append(SQL("e.id <> ALL(%s)", list(passed)))
        if policy.protection_minutes:
            conditions.append(
                SQL("e.entered_at <= %s::timestamp - make_interval(mins => %s)", now, policy.protection_minutes)
            )
        if policy.cooling_days:
            since = SQL("%s::timestamp - make_interval(days => %s)", now, policy.cooling_days)
            conditions.append(SQL("(e.last_holder_id = %s AND e.last_held_until > %s) IS NOT TRUE", user.id, since))
            if policy.cooling_of == "any":
                conditions.append(
                    SQL(
                        """NOT EXISTS (SELECT FROM lead_pool_holding h
                                        WHERE h.lead_ref = e.lead_ref AND h.user_id = %s AND h.ended_at > %s
                                          AND h.end_reason <> 'undone')""",
                        user.id,
                        since,
                    )
                )
        return SQL(" AND ").join(conditions)

    def _waiting_ids(self, limit, now, policy, order, passed):
        """Ids of waiting leads in this order, without those that SQL knows not to be for the caller."""
        rows = self.env.execute_query(
            SQL(
                """SELECT e.id FROM lead_pool_entry e JOIN crm_lead l ON l.id = e.lead_id
                    WHERE %s ORDER BY %s LIMIT %s""",
                self._line_where(now, policy, passed),
                ORDERS[order],
                limit,
            )
        )
        return [entry_id for (entry_id,) in rows]

    def _line_facts(self, ids, now, policy):
        """The facts of those of these leads that stand in the caller's line, in the order of ``ids``."""
        entries = self.env["lead.pool.entry"].sudo().browse(ids)
        locked = Locked(self.env, now, [self.id])
        rows = entries._read_rows() if ids else {}
        locked.rows = {id_: row for id_, row in rows.items() if row.pool_id == self.id}  # others just left the pool
        entries._read_claim_facts(locked, {self.id: policy})
        facts = [locked.rows[entry_id].facts() for entry_id in ids if entry_id in locked.rows]
        return [entry for entry in facts if claim.lead_verdict(entry, self.env.uid, policy, now)]

    def _first_asked(self, asked, now, policy, lock=True):
        """Those of the leads asked that are next for the caller: of K leads asked the first K of his line, and of
        fewer the first ones without a gap.

        :param asked: ids of waiting leads of this pool
        :param lock: what a colleague works on this moment does not stand before others
        :returns: ``[entry id]``, in the order of the line
        """
        line = self._line(len(asked), now, policy)
        first = claim.first_in_line(line, asked)
        if len(first) == len(asked) or not lock:
            return first
        line = self._line(len(asked) + BUSY, now, policy)
        busy = self._busy([entry_id for entry_id in line if entry_id not in asked])
        return claim.first_in_line([entry_id for entry_id in line if entry_id not in busy], asked)

    def _busy(self, ids):
        """Those of these entries that somebody works on this very moment."""
        if not ids:
            return set()
        with closing(self.env.cr.savepoint(flush=False)):  # let go of them at once: they are nobody's yet
            free = self.env.execute_query(
                SQL("SELECT id FROM lead_pool_entry WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED", ids)
            )
        return set(ids) - {entry_id for (entry_id,) in free}

    # ------------------------------------------------------------
    # WHAT A PULL CHOOSES FROM
    # ------------------------------------------------------------

    def _pull_line(self, now, policy, passed=()):
        """What the caller gets who asks for the next lead: ids, the best one for him first.

        Of an ordered pool its line; else the best of a bounded number of candidates, by
        :func:`rules.claim.best_first`.

        :returns: ``([entry id], {entry id: by what he knows the customer})``
        """
        if policy.order not in ("free", "pull"):
            return self._line(LOOK, now, policy, passed=passed), {}
        candidates = self._line_facts(self._candidate_ids(now, policy, passed), now, policy)
        if not candidates:  # none of the best is for him, further ones may be
            return self._line(LOOK, now, policy, order="score", passed=passed), {}
        leads = self.env["crm.lead"].sudo().browse(entry.lead_id for entry in candidates)
        known_by = self.sudo()._known_by(leads)
        known_as = {}
        for number, entry in enumerate(candidates):
            ties = known_by.get(entry.lead_id, ())
            candidates[number] = replace(entry, known_by=tuple(user for user, _what in ties))
            known_as[entry.id] = dict(ties).get(self.env.uid)
        return [entry.id for entry in claim.best_first(candidates, self.env.uid, now)], known_as

    def _candidate_ids(self, now, policy, passed):
        """The best, the freshest, and those that share a customer or a key with leads that the caller holds here."""
        where = self._line_where(now, policy, passed)
        rows = self.env.execute_query(
            SQL(
                """WITH mine AS MATERIALIZED (
                        SELECT lead_id FROM lead_pool_entry
                         WHERE user_id = %(user)s AND pool_id = %(pool)s AND state = 'held'
                         ORDER BY held_since DESC LIMIT %(kin_of)s),
                        kin AS (
                        SELECT o.lead_id FROM mine JOIN lead_identity k USING (lead_id)
                          JOIN lead_identity o ON o.kind = k.kind AND o.key = k.key
                         WHERE k.kind <> %(looked_up)s
                         UNION ALL
                        SELECT o.id FROM mine JOIN crm_lead m ON m.id = mine.lead_id
                          JOIN res_partner p ON p.id = m.partner_id
                          JOIN res_partner q ON q.commercial_partner_id = p.commercial_partner_id
                          JOIN crm_lead o ON o.partner_id = q.id)
                   (SELECT e.id FROM lead_pool_entry e JOIN crm_lead l ON l.id = e.lead_id
                     WHERE %(where)s ORDER BY %(score)s LIMIT %(best)s)
                    UNION
                   (SELECT e.id FROM lead_pool_entry e JOIN crm_lead l ON l.id = e.lead_id
                     WHERE %(where)s ORDER BY %(newest)s LIMIT %(freshest)s)
                    UNION
                   (SELECT e.id FROM kin JOIN lead_pool_entry e USING (lead_id) JOIN crm_lead l ON l.id = e.lead_id
                     WHERE %(where)s LIMIT %(kin)s)""",
                user=self.env.uid,
                pool=self.id,
                looked_up=identity.LOOKED_UP,
                where=where,
                score=ORDERS["score"],
                newest=ORDERS["newest"],
                best=BEST,
                freshest=FRESHEST,
                kin=KIN,
                kin_of=KIN_OF,
            )
        )
        return [entry_id for (entry_id,) in rows]

    def _free_at(self, now, policy):
        """When the first lead that rests (protected, or cooling off for the caller) is one for him, if any does."""
        if not (policy.protection_minutes or policy.cooling_days):
            return None
        anybody = replace(policy, protection_minutes=0, cooling_days=0)
        cooling = SQL("(CASE WHEN e.last_holder_id = %s THEN e.last_held_until END)", self.env.uid)
        if policy.cooling_of == "any":
            cooling = SQL(
                """GREATEST(%s, (SELECT max(h.ended_at) FROM lead_pool_holding h
                                  WHERE h.lead_ref = e.lead_ref AND h.user_id = %s AND h.end_reason <> 'undone'))""",
                cooling,
                self.env.uid,
            )
        rows = self.env.execute_query(
            SQL(
                """WITH resting AS MATERIALIZED (
                        (SELECT id FROM lead_pool_entry
                          WHERE pool_id = %(pool)s AND state = 'waiting'
                            AND entered_at > %(now)s::timestamp - make_interval(mins => %(minutes)s)
                          ORDER BY entered_at, id LIMIT %(most)s)
                          UNION
                        SELECT e.id FROM lead_pool_holding h JOIN lead_pool_entry e USING (lead_ref)
                         WHERE h.user_id = %(user)s AND e.pool_id = %(pool)s AND e.state = 'waiting'
                           AND h.ended_at > %(now)s::timestamp - make_interval(days => %(days)s))
                   SELECT e.id, GREATEST(e.entered_at + make_interval(mins => %(minutes)s),
                                         %(cooling)s + make_interval(days => %(days)s)) AS at
                     FROM resting JOIN lead_pool_entry e USING (id) JOIN crm_lead l ON l.id = e.lead_id
                    WHERE %(where)s ORDER BY 2, 1 LIMIT %(most)s""",
                pool=self.id,
                user=self.env.uid,
                now=now,
                minutes=policy.protection_minutes,
                days=policy.cooling_days,
                cooling=cooling,
                where=self._line_where(now, anybody, ()),
                most=BUSY,
            )
        )
        allowed = {entry.id for entry in self._line_facts([row[0] for row in rows], now, anybody)}
        return next((at for entry_id, at in rows if entry_id in allowed and at > now), None)
