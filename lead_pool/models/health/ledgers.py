"""Counters, entries, owners and keys compared with what the ledgers say, in batches; see :mod:`.repair` for mending."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ...rules import ledgers as rules
from ..identity.keys import OWNERS

#: Rows of one batch.
CHUNK = 1000
#: The last events whose leads' chains are read from the beginning.
CHAIN_EVENTS = 2000


@dataclass(slots=True)
class Seen:
    """An entry and its lead as they stand, and what the ledgers say of them."""

    id: int
    lead_ref: int
    state: str
    closed_as: str
    user_id: int
    pool_id: int
    epoch: int
    event_seq: int
    event_hash: str
    lead_exists: bool
    owner_id: int  # crm_lead.user_id
    owner_pool_id: int  # crm_lead.pool_id
    holdings: list  # [[user id, pool id]]
    held_since: object
    extension_count: int  # of the present holding
    last_seq: int
    last_hash: str
    last_epoch: int
    kind: str
    told_pool_id: int
    told_user_id: int
    moved_at: object
    place: rules.Place = None

    def told(self, broken=False):
        return rules.Told(
            kind=self.kind or "",
            pool_id=self.told_pool_id or 0,
            user_id=self.told_user_id or 0,
            holdings=tuple(tuple(one) for one in self.holdings or ()),
            broken=broken,
            lead_exists=self.lead_exists,
        )

    @property
    def is_misplaced(self):
        """The entry says something else than the ledgers."""
        place = self.place
        return (self.state, self.closed_as or "", self.user_id or 0, self.pool_id) != (
            place.state,
            place.closed_as,
            place.user_id,
            place.pool_id,
        )

    @property
    def has_wrong_owner(self):
        """An open lead has another owner or pool in CRM than by the ledgers."""
        if self.place.state == "closed":
            return False
        return (self.owner_id or 0, self.owner_pool_id or 0) != (self.place.user_id, self.place.pool_id)

    @property
    def has_wrong_end(self):
        """The entry is not where its events end, so that the next one would not fit."""
        return (self.event_seq, self.event_hash, self.epoch) != (self.last_seq, self.last_hash, self.last_epoch)

    @property
    def differs(self):
        return bool(self.place.doubt) or self.is_misplaced or self.has_wrong_owner or self.has_wrong_end


@dataclass(slots=True)
class Miscount:
    """Counters of the present day and hour beside the claims in the ledger of holdings."""

    table: str
    id: int
    user_id: int
    scope_id: int  # the pool, or over all pools the company
    day: object
    hour: int
    day_n: int
    day_true: int
    hour_n: int
    hour_true: int

    def differences(self):
        """``[(code, user, scope, counter, recount)]``"""
        both = (("day_claims", self.day_n, self.day_true), ("hour_claims", self.hour_n, self.hour_true))
        return [(code, self.user_id, self.scope_id, was, now) for code, was, now in both if was != now]


class LeadPoolHealthLedgers(models.AbstractModel):
    _name = "lead.pool.health.ledgers"
    _description = "Health Check: the Ledgers"

    # ------------------------------------------------------------
    # COUNTERS
    # ------------------------------------------------------------

    def _counted_users(self, after, limit):
        """Ids of the next users with a counter or a lead."""
        rows = self.env.execute_query(
            SQL(
                """SELECT u.id FROM res_users u WHERE u.id > %s
                      AND (EXISTS (SELECT FROM lead_pool_rep r WHERE r.user_id = u.id)
                           OR EXISTS (SELECT FROM lead_pool_member m WHERE m.user_id = u.id)
                           OR EXISTS (SELECT FROM lead_pool_holding h WHERE h.user_id = u.id AND h.ended_at IS NULL))
                    ORDER BY u.id LIMIT %s""",
                after,
                limit,
            )
        )
        return [user_id for [user_id] in rows]

    def _miscounted(self, user_ids):
        """``[(code, id of the row or None, user id, pool or company id, counter, recount)]`` where these differ."""
        return self.env.execute_query(
            SQL(
                """WITH held AS MATERIALIZED (
                        SELECT user_id, pool_id, company_id FROM lead_pool_holding
                         WHERE ended_at IS NULL AND user_id = ANY(%(users)s))
                   SELECT * FROM (
                        SELECT 'rep_counter', r.id, COALESCE(r.user_id, h.user_id),
                               COALESCE(r.company_id, h.company_id), r.held, COALESCE(h.n, 0) AS n
                          FROM (SELECT * FROM lead_pool_rep WHERE user_id = ANY(%(users)s)) r
                          FULL JOIN (SELECT user_id, company_id, count(*) AS n FROM held GROUP BY 1, 2) h
                            ON h.user_id = r.user_id AND h.company_id = r.company_id
                         UNION ALL
                        SELECT 'member_counter', m.id, m.user_id, m.pool_id, m.held, COALESCE(h.n, 0)
                          FROM lead_pool_member m
                          LEFT JOIN (SELECT user_id, pool_id, count(*) AS n FROM held GROUP BY 1, 2) h
                            ON h.user_id = m.user_id AND h.pool_id = m.pool_id
                         WHERE m.role = 'member' AND m.user_id = ANY(%(users)s)) c
                    WHERE c.held IS DISTINCT FROM c.n ORDER BY 1, 2""",
                users=list(user_ids),
            )
        )

    def _compare_counters(self, after, mend):
        """:returns: ``(last one looked at or None at the end, number looked at, [(code, values)])``, as all of these"""
        user_ids = self._counted_users(after, CHUNK)
        wrong = self._miscounted(user_ids)
        if wrong and mend:
            wrong = self._mend_counters(wrong)
        miscounts = self._misclaimed(user_ids)
        if miscounts and mend:
            miscounts = self._mend_claims(miscounts)
        wrong = [(row[0], row[0] == "member_counter", *row[2:]) for row in wrong]
        for miscount in miscounts:
            wrong += [(code, miscount.table == "lead_pool_member", *rest) for code, *rest in miscount.differences()]
        users = {user.id: user.name for user in self.env["res.users"].sudo().browse({row[2] for row in wrong})}
        of_pools = self.env["lead.pool"].sudo().browse({row[3] for row in wrong if row[1]})
        pools = {pool.id: pool.name for pool in of_pools}
        found = []
        for code, in_pool, user_id, scope_id, was, now in wrong:
            name = f"{users[user_id]} – {pools[scope_id]}" if in_pool else users[user_id]
            if not in_pool and code != "rep_counter":
                name = self.env._("%(user)s, all pools", user=name)
            found.append((code, {"name": name, "was": was or 0, "now": now}))
        return self._after(user_ids), 0, found

    def _misclaimed(self, user_ids):
        """``[Miscount]`` of these users: counters of the present day or hour that are not the claims of the ledger.

        A counter of an earlier day or hour counts as none. Who began a later one since we looked at the clock is left
        out, and over all pools the companies whose clock may have been changed today.
        """
        now = self.env["lead.pool"]._now()
        return [
            Miscount(*row)
            for table, scope, clocks in (
                ("lead_pool_member", "pool_id", self._clocks_of_pools(now)),
                ("lead_pool_rep", "company_id", self._clocks_of_companies(now)),
            )
            for row in self.env.execute_query(self._misclaimed_query(table, scope, clocks, user_ids))
        ]

    def _clocks_of_pools(self, now):
        """``[(id, day, when it began, hour, when that began)]``, in UTC"""
        pools = self.env["lead.pool"].sudo().with_context(active_test=False).search(Domain.TRUE)
        return [self._clock(pool.id, pool.tz, pool._windows(now)) for pool in pools]

    def _clocks_of_companies(self, now):
        clocks = []
        for company in self.env["res.company"].sudo().search(Domain.TRUE):
            clock = self._clock(company.id, company._lead_pool_tz(), company._lead_pool_windows(now))
            parts = (company, company.partner_id, company.resource_calendar_id)
            if all(part.write_date < clock[2] for part in parts if part.write_date):
                clocks.append(clock)
        return clocks

    @staticmethod
    def _clock(scope_id, tz, windows):
        day, hour, _next_day, next_hour = windows
        midnight = datetime.combine(day, time(), ZoneInfo(tz or "UTC")).astimezone(timezone.utc).replace(tzinfo=None)
        return scope_id, day, midnight, hour, next_hour - timedelta(hours=1)

    def _misclaimed_query(self, table, scope, clocks, user_ids):
        columns = list(zip(*clocks, strict=True)) or [[]] * 5
        return SQL(
            """SELECT * FROM (
                    SELECT %(name)s, t.id, t.user_id, c.scope, c.day, c.hour,
                           CASE WHEN t.day = c.day THEN t.day_n ELSE 0 END AS day_n,
                           count(h.id) FILTER (WHERE h.started_at >= c.day_began) AS day_true,
                           CASE WHEN t.hour = c.hour THEN t.hour_n ELSE 0 END AS hour_n,
                           count(h.id) FILTER (WHERE h.started_at >= c.hour_began) AS hour_true
                      FROM %(table)s t
                      JOIN unnest(%(scopes)s::int[], %(days)s::date[], %(days_began)s::timestamp[], %(hours)s::int[],
                                  %(hours_began)s::timestamp[]) c(scope, day, day_began, hour, hour_began)
                        ON c.scope = t.%(scope)s
                      LEFT JOIN lead_pool_holding h
                        ON h.user_id = t.user_id AND h.%(scope)s = t.%(scope)s AND h.origin IN ('claimed', 'pulled')
                       AND h.started_at >= LEAST(c.day_began, c.hour_began)
                     WHERE %(role)s AND t.user_id = ANY(%(users)s)
                       AND (t.day > c.day) IS NOT TRUE AND (t.hour > c.hour) IS NOT TRUE
                     GROUP BY t.id, c.scope, c.day, c.hour) n
                WHERE day_n <> day_true OR hour_n <> hour_true ORDER BY 2""",
            name=table,
            table=SQL.identifier(table),
            scope=SQL.identifier(scope),
            role=SQL("t.role = 'member'") if table == "lead_pool_member" else SQL("true"),
            scopes=list(columns[0]),
            days=list(columns[1]),
            days_began=list(columns[2]),
            hours=list(columns[3]),
            hours_began=list(columns[4]),
            users=list(user_ids),
        )

    @staticmethod
    def _after(ids):
        return ids[-1] if len(ids) == CHUNK else None

    # ------------------------------------------------------------
    # ENTRIES AND OWNERS
    # ------------------------------------------------------------

    def _compare_missing(self, after, mend):
        """Leads of the ledger of events that have no entry."""
        rows = self.env.execute_query(
            SQL(
                """SELECT e.lead_ref FROM lead_pool_event e
                    WHERE e.seq = 1 AND e.lead_ref > %s
                      AND NOT EXISTS (SELECT FROM lead_pool_entry n WHERE n.lead_ref = e.lead_ref)
                    ORDER BY e.lead_ref LIMIT %s""",
                after,
                CHUNK,
            )
        )
        refs = [ref for [ref] in rows]
        there = set(self.env["crm.lead"].sudo().with_context(active_test=False).browse(refs).exists().ids)
        if mend:
            self._mend_missing([ref for ref in refs if ref in there])
        found = [("no_entry" if ref in there else "lead_gone", {"lead": ref}) for ref in refs]
        return self._after(refs), 0, found

    def _compare_entries(self, after, mend):
        rows = self.env.execute_query(
            SQL("SELECT id FROM lead_pool_entry WHERE id > %s ORDER BY id LIMIT %s", after, CHUNK)
        )
        ids = [entry_id for [entry_id] in rows]
        wrong = self._read_differing(ids)
        sure = [seen.id for seen in wrong if not seen.place.doubt]
        if mend and sure:
            wrong = [seen for seen in wrong if seen.place.doubt] + self._mend_entries(sure)
        words = self._words_of_places(wrong)
        return self._after(ids), len(ids), [one for seen in wrong for one in self._told_of(seen, words)]

    def _read_differing(self, entry_ids):
        """``[Seen]`` of those of these entries that are not as the ledgers say."""
        differing = []
        for values in self.env.execute_query(self._seen_query(entry_ids)):
            seen = Seen(*values)
            seen.place = rules.place(seen.told())
            if seen.differs:
                differing.append(seen)
        broken = self.env["lead.pool.event"].sudo()._broken_chains([seen.lead_ref for seen in differing])
        for seen in differing:  # what was tampered with mends nothing
            seen.place = rules.place(seen.told(broken=seen.lead_ref in broken))
        return differing

    def _seen_query(self, entry_ids):
        """The last move is the first event of the last epoch: what only notes something does not raise it."""
        return SQL(
            """SELECT e.id, e.lead_ref, e.state, e.closed_as, e.user_id, e.pool_id, e.epoch, e.event_seq, e.event_hash,
                      l.id IS NOT NULL, l.user_id, l.pool_id, h.holdings, h.since, h.extensions,
                      z.seq, z.hash, z.epoch, m.kind, m.pool_ref, m.user_ref, m.date
                 FROM lead_pool_entry e
                 LEFT JOIN crm_lead l ON l.id = e.lead_id
                 LEFT JOIN LATERAL (SELECT json_agg(json_build_array(user_id, pool_id) ORDER BY epoch) AS holdings,
                                           max(started_at) AS since, max(extension_count) AS extensions
                                      FROM lead_pool_holding
                                     WHERE lead_ref = e.lead_ref AND ended_at IS NULL) h ON true
                 LEFT JOIN LATERAL (SELECT seq, hash, epoch FROM lead_pool_event
                                     WHERE lead_ref = e.lead_ref ORDER BY seq DESC LIMIT 1) z ON true
                 LEFT JOIN LATERAL (SELECT kind, pool_ref, user_ref, date FROM lead_pool_event
                                     WHERE lead_ref = e.lead_ref AND epoch = z.epoch ORDER BY seq LIMIT 1) m ON true
                WHERE e.id = ANY(%s) ORDER BY e.id""",
            list(entry_ids),
        )

    def _told_of(self, seen, words):
        """``[(code, values)]`` of one entry that differs."""
        if seen.place.doubt:
            return [(seen.place.doubt, {"lead": seen.lead_ref})]
        now = words(seen.place.state, seen.place.closed_as, seen.place.user_id, seen.place.pool_id)
        found = []
        if seen.is_misplaced:
            was = words(seen.state, seen.closed_as, seen.user_id, seen.pool_id)
            found.append(("place", {"lead": seen.lead_ref, "was": was, "now": now}))
        elif seen.has_wrong_end:
            found.append(("chain_end", {"lead": seen.lead_ref, "was": seen.event_seq or 0, "now": seen.last_seq}))
        if seen.has_wrong_owner:
            was = words("", "", seen.owner_id, seen.owner_pool_id)
            found.append(("owner", {"lead": seen.lead_ref, "was": was, "now": now}))
        return found

    def _words_of_places(self, all_seen):
        """A function that names a place: ``["held", "Li Na", "Beijing"]``."""
        users, pools = set(), set()
        for seen in all_seen:
            users |= {seen.user_id, seen.owner_id, seen.place.user_id}
            pools |= {seen.pool_id, seen.owner_pool_id, seen.place.pool_id}
        user_names = {user.id: user.name for user in self.env["res.users"].sudo().browse(users - {None, 0})}
        pool_names = {pool.id: pool.name for pool in self.env["lead.pool"].sudo().browse(pools - {None, 0})}

        def words(state, closed_as, user_id, pool_id):
            return [closed_as or state or "", user_names.get(user_id, ""), pool_names.get(pool_id, "")]

        return words

    # ------------------------------------------------------------
    # KEYS AND CHAINS
    # ------------------------------------------------------------

    def _compare_keys(self, after, mend):
        """Keys that are not made of what the lead says now."""
        return self._compare_keys_of("crm.lead", after, mend)

    def _compare_customers(self, after, mend):
        """Keys that are not made of what the customer says now."""
        return self._compare_keys_of("res.partner", after, mend)

    def _compare_keys_of(self, model, after, mend):
        Identity = self.env["lead.identity"].sudo()
        if Identity._never_made():
            return None, 0, []
        Identity._settle()
        table, owner = SQL.identifier(self.env[model]._table), SQL.identifier(OWNERS[model])
        rows = self.env.execute_query(SQL("SELECT id FROM %s WHERE id > %s ORDER BY id LIMIT %s", table, after, CHUNK))
        ids = [one for [one] in rows]
        there = defaultdict(set)
        for one, kind, key in self.env.execute_query(
            SQL("SELECT %(owner)s, kind, key FROM lead_identity WHERE %(owner)s = ANY(%(ids)s)", owner=owner, ids=ids)
        ):
            there[one].add((kind, key))
        found, wrong = [], []
        right = Identity._keys_of(ids, model)
        for one in ids:
            keys = right.get(one, set())
            if keys != there[one]:
                values = {"was": len(there[one] - keys), "now": len(keys - there[one])}
                if model == "crm.lead":
                    found.append(("keys", {"lead": one, **values}))
                else:
                    found.append(("customer_keys", {"name": f"#{one}", **values}))
                wrong.append(one)
        if mend and wrong:
            self._mend_keys(wrong, model)
        return self._after(ids), len(ids), found

    def _compare_chains(self, after, mend):
        """Events of the leads that moved last; what was changed is never mended."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT lead_ref FROM (SELECT lead_ref FROM lead_pool_event
                                                   ORDER BY id DESC LIMIT %s) e ORDER BY 1""",
                CHAIN_EVENTS,
            )
        )
        broken = self.env["lead.pool.event"].sudo()._broken_chains([ref for [ref] in rows])
        entries = self.env["lead.pool.entry"].sudo().search([("lead_ref", "in", list(broken))])
        told = {seen.lead_ref for seen in self._read_differing(entries.ids)}  # with the entries
        return None, 0, [("broken_chain", {"lead": ref}) for ref in sorted(broken.keys() - told)]
