"""What a verb locks before it decides, and the facts it reads under the locks.

Lock order, the same everywhere, so that nobody waits in a circle: rep rows, member rows, entries, ledgers, crm_lead,
each by id. Claims and scheduled actions never wait for an entry (SKIP LOCKED): there are other leads. Who gives back,
closes or edits one lead does.
"""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from odoo import models
from odoo.tools import SQL

from ...arrays import as_array
from ...rules import facts
from ...rules.ramp import capacity_on, room_on
from ...rules.working_time import windows
from .rows import ENTRY_SQL, Row
from .safeguards import UNGUARDED

#: Rules of a pool that decide what becomes of a lead in somebody's hands, or of one that waits.
RULES = {
    "claim": SQL("lead_pool_claim_rule"),
    "reclaim": SQL("lead_pool_reclaim_rule"),
    "ageing": SQL("lead_pool_ageing_rule"),
}
#: The clock of a company ``c`` with the calendar ``k`` and the partner ``p``, as ``res.company._lead_pool_tz``.
COMPANY_TZ = SQL("COALESCE(NULLIF(k.tz, ''), NULLIF(p.tz, ''), 'UTC')")

LOOKS = 5  # at entries that change hands all the time

#: What verbs ask of a pool at every turn: few of its many columns. The others are read by who asks for one of them.
OF_POOL = (
    "name company_id team_id tz mode visibility policy_id grace_hours claimable claim_order cooling_days cooling_of "
    "protection_minutes backlog_limit extend_days extend_limit extend_free_days extend_approval lock_days lock_limit "
    "exempt_converted exempt_order exempt_domain"
).split()


class Hands(NamedTuple):
    """Where an entry is."""

    user_id: int
    pool_id: int
    company_id: int


class LeadPoolLocks(models.AbstractModel):
    _name = "lead.pool.locks"
    _description = "Locks"

    def _read_rows(self, lock=""):
        """``{entry id: Row}`` of ``self``.

        :param lock: ``skip``: lock, and leave out what somebody else works on; ``wait``: lock, and wait for him;
            ``first``: lock the first of ``self`` that waits and nobody works on, and read no other
        """
        locking = {
            "": SQL("ORDER BY e.id"),
            "skip": SQL("ORDER BY e.id FOR NO KEY UPDATE OF e SKIP LOCKED"),
            "wait": SQL("ORDER BY e.id FOR NO KEY UPDATE OF e"),
            "first": SQL(
                """AND e.state = 'waiting' ORDER BY array_position(%s::int[], e.id) LIMIT 1
                   FOR NO KEY UPDATE OF e SKIP LOCKED""",
                list(self.ids),
            ),
        }
        self.env.flush_all()  # the rows are read by SQL
        self.env.cr.execute(
            SQL(
                """SELECT %s, l.active IS NOT TRUE AND e.lead_id IS NOT NULL, %s
                     FROM lead_pool_entry e LEFT JOIN crm_lead l ON l.id = e.lead_id
                    WHERE e.id = ANY(%s::int[]) %s""",
                ENTRY_SQL,
                UNGUARDED,
                as_array(self._ids),
                locking[lock],
            )
        )
        return {values[0]: Row(*values) for values in self.env.cr.fetchall()}

    def _lock(self, users=(), pools=(), wait=False, to_take=False):
        """Lock everything a verb on these entries needs, and read it.

        :param users: ids of users who may get leads, besides the present holders
        :param pools: ids of pools that may get leads, besides the present ones
        :param wait: wait for who works on an entry, instead of leaving it out: for whom there is no other lead
        :param to_take: only what waits can be had: where nothing does, who comes too late reads why, and locks nothing
        :returns: :class:`Locked`
        """
        before = self._read_rows() if to_take else self._read_hands()
        too_late = to_take and all(row.state != "waiting" for row in before.values())
        user_ids = {row.user_id for row in before.values() if row.user_id} | set(users)
        pool_ids = {row.pool_id for row in before.values()} | set(pools)
        company_ids = {row.company_id for row in before.values()}
        locked = Locked(self.env, None, pool_ids)
        needed = {(user, company) for user in users for company in company_ids}
        locked.lock_counters(user_ids, company_ids, needed=() if too_late else needed, lock=not too_late)
        locked.rows = dict(before) if too_late else self._read_rows(lock="wait" if wait else "skip")
        locked.look_at_the_clock()
        for entry_id, row in list(locked.rows.items()):
            moved = row.user_id and row.user_id not in user_ids or row.pool_id not in pool_ids
            if moved:  # changed hands between the two looks: its counters are not locked
                del locked.rows[entry_id]
        if not to_take:  # what could not be locked is read for what is said of it
            missed = self.browse(before.keys() - locked.rows.keys())
            before = locked.rows | (missed._read_rows() if missed else {})
        locked.before = before
        return locked

    def _read_hands(self):
        """``{entry id: Hands}`` of ``self``: what is to be locked before they are."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, user_id, pool_id, company_id FROM lead_pool_entry WHERE id = ANY(%s::int[])",
                as_array(self._ids),
            )
        )
        return {entry_id: Hands(*hands) for entry_id, *hands in rows}

    def _lock_where_they_are(self, users):
        """:meth:`_lock` for who waits, again when an entry changed hands between the two looks."""
        for _look in range(LOOKS):
            with self.env.cr.savepoint() as savepoint:
                locked = self._lock(users=users, wait=True)
                if len(locked.rows) == len(self):
                    break
                savepoint.rollback()  # the locks, too
        return locked

    def _look_again(self, locked):
        """What this transaction has locked, as it stands by now: it may have moved these entries meanwhile.

        :returns: ``locked``; ``None`` where it does not hold these entries in these hands
        """
        if not locked or not locked.rows.keys() >= set(self._ids):
            return None
        rows = self._read_rows()
        if any((row.user_id, row.pool_id) != locked.hands_of(entry_id) for entry_id, row in rows.items()):
            return None
        locked.rows |= rows
        locked.look_at_the_clock()
        return locked


class Person(NamedTuple):
    """What a verb has to know of a user."""

    active: bool
    name: str
    partner_id: int
    team_ids: list  # sales teams of which he is a member


class Locked:
    """What a verb has locked: rows of entries, and the counters of users; and what it has to know besides.

    :param now: the moment, where nothing is waited for; ``None``: known after :meth:`look_at_the_clock`
    """

    def __init__(self, env, now, pool_ids):
        self.env = env
        self.now = now
        self.pools = env["lead.pool"].sudo().browse(pool_ids)
        self.rows = {}
        self.before = {}
        self.loads = {"lead_pool_rep": {}, "lead_pool_member": {}}
        self.members = {}  # (user, pool): facts.Member
        self.ramped = {}  # (user, pool): the capacity of today, of members on the ramp
        self.room_at = {}  # (user, pool): when a full member on the ramp may hold more
        self.people = {}  # user id: Person
        self.without = {}  # kind of rule: ids of the pools that have none in force
        self.stages_bound = None  # whether a stage belongs to a sales team; None: not asked
        self._windows = {}
        self._time_zones = {}  # company id: name
        self._users, self._companies = set(), set()  # ids
        self._reps, self._members = [], []  # rows as they were read

    def hands_of(self, entry_id):
        """Whose an entry was when it was locked: ``(user id, pool id)``."""
        return self.rows[entry_id].user_id, self.rows[entry_id].pool_id

    def lock_counters(self, user_ids, company_ids, needed=(), lock=True):
        """Lock rep rows, then member rows, each by id, and read the loads from them.

        :param needed: ``{(user, company)}`` whose rep row is made if it is missing. Nothing is locked before: who held
            a member row while he waits for a rep row that his other tab is making would wait for ever
        """
        self._users |= {*user_ids, self.env.uid}
        self._companies |= set(company_ids)
        self._read_counters(user_ids, company_ids, lock, needed)
        if missing := set(needed) - {(user, company) for user, company, *_counters in self._reps}:
            self.env["lead.pool.rep"]._ensure(missing)
            self._read_counters(user_ids, company_ids, lock)
        if self.now:
            self._look_around()
            self._count()

    def look_at_the_clock(self):
        """Once everything is locked: who waited past midnight for a colleague or for himself in another tab counts for
        the new day, and no time goes backwards in the ledgers."""
        self.now = self.env["lead.pool"]._now(self._look_around())
        self.pools.fetch(OF_POOL)
        self._count()

    def _read_counters(self, user_ids, company_ids, lock, needed=()):
        """One statement: the members are not touched before all rep rows are locked.

        :param needed: ``{(user, company)}`` without whose rep rows nothing is read
        """
        whole = SQL("TRUE")
        if needed:
            users, companies = zip(*sorted(needed), strict=True)
            whole = SQL(
                """(SELECT count(*) FROM unnest(%s::int[], %s::int[]) n(user_id, company_id)
                      JOIN lead_pool_rep USING (user_id, company_id)) = %s""",
                list(users),
                list(companies),
                len(users),
            )
        self.env.cr.execute(
            SQL(
                """WITH reps AS MATERIALIZED (
                        SELECT r.user_id, r.company_id, r.held, r.capacity, r.day, r.day_n, r.daily_claim_limit,
                               r.hour, r.hour_n, r.hourly_claim_limit
                          FROM lead_pool_rep r
                         WHERE r.user_id = ANY(%(users)s) AND r.company_id = ANY(%(companies)s) AND %(whole)s
                         ORDER BY r.id %(lock)s),
                        members AS MATERIALIZED (
                        SELECT m.user_id, m.pool_id, m.held, m.capacity, m.day, m.day_n, m.daily_claim_limit,
                               m.hour, m.hour_n, m.hourly_claim_limit, m.id, m.weight, m.credit, m.paused, m.sequence,
                               m.joined_at, m.ramp_days
                          FROM lead_pool_member m
                         WHERE m.user_id = ANY(%(users)s) AND m.pool_id = ANY(%(pools)s) AND m.role = 'member'
                           AND %(whole)s AND (SELECT count(*) FROM reps) >= 0
                         ORDER BY m.id %(lock)s)
                   SELECT reps.*, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM reps
                    UNION ALL
                   SELECT * FROM members""",
                users=list(user_ids),
                companies=list(company_ids),
                pools=self.pools.ids,
                whole=whole,
                lock=SQL("FOR NO KEY UPDATE") if lock else SQL(""),
            )
        )
        rows = self.env.cr.fetchall()
        self._reps = [row[:10] for row in rows if row[10] is None]
        self._members = [row for row in rows if row[10] is not None]

    def _look_around(self):
        """Read, once everything is locked, what verbs ask at every turn: who the users are, which clocks count, and
        whether there are rules at all.

        :returns: the moment, by the database's clock
        """
        users = self._users | {row[0] for row in self._members}
        [[moment, zones, people, *ruled, self.stages_bound]] = self.env.execute_query(
            SQL(
                """SELECT date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC'),
                          (SELECT json_object_agg(c.id, %(zone)s) FROM res_company c
                             LEFT JOIN resource_calendar k ON k.id = c.resource_calendar_id
                             JOIN res_partner p ON p.id = c.partner_id
                            WHERE c.id = ANY(%(companies)s)),
                          (SELECT json_object_agg(u.id, json_build_array(u.active, p.name, p.id,
                                  ARRAY(SELECT crm_team_id FROM crm_team_member WHERE user_id = u.id AND active)))
                             FROM res_users u JOIN res_partner p ON p.id = u.partner_id WHERE u.id = ANY(%(users)s)),
                          %(rules)s, EXISTS (SELECT FROM crm_stage_crm_team_rel)""",
                zone=COMPANY_TZ,
                companies=list(self._companies),
                users=list(users),
                rules=SQL(", ").join(
                    SQL("ARRAY(SELECT pool_id FROM %s WHERE active AND pool_id = ANY(%s))", table, self.pools.ids)
                    for table in RULES.values()
                ),
            )
        )
        self.people = {int(user_id): Person(*values) for user_id, values in (people or {}).items()}
        self._time_zones = {int(company_id): zone for company_id, zone in (zones or {}).items()}
        self.without = {kind: {*self.pools.ids}.difference(ids) for kind, ids in zip(RULES, ruled, strict=True)}
        return moment

    def names(self, user_ids):
        """``{user id: name}``"""
        others = self.env["res.users"].sudo().browse(set(user_ids) - self.people.keys())
        known = {user_id: self.people[user_id].name for user_id in user_ids if user_id in self.people}
        return known | {user.id: user.name for user in others}

    def _count(self):
        """The loads at this moment."""
        for user, company, *counters in self._reps:
            self.loads["lead_pool_rep"][user, company] = self._load("lead_pool_rep", (user, company), counters)
        for row in self._members:
            user, pool, *counters, member_id, weight, credit, paused, sequence, joined_on, ramp_days = row
            load = self._load("lead_pool_member", (user, pool), counters)
            self._ramp(load.held, (user, pool), joined_on, ramp_days or 0)
            self.loads["lead_pool_member"][user, pool] = load
            self.members[user, pool] = facts.Member(
                user_id=user,
                id=member_id,
                weight=weight or 0.0,
                credit=credit or 0.0,
                paused=bool(paused),
                active=self.people[user].active,
                load=load,
                sequence=sequence or 0,
            )

    def _ramp(self, held, key, joined_on, ramp_days):
        """A new member may hold as many as he may today."""
        today = self.window("lead_pool_member", key)[0]
        capacity, held.limit = held.limit, capacity_on(today, held.limit, joined_on, ramp_days)
        if held.limit < capacity:
            self.ramped[key] = held.limit
            day = room_on(held.used, capacity, joined_on, ramp_days)
            if day and held.full:
                self.room_at[key] = self.pools.browse(key[1])._day_begins(day)

    def _load(self, table, key, counters):
        held, capacity, day, day_n, day_limit, hour, hour_n, hour_limit = counters
        today, this_hour, _next_day, _next_hour = self.window(table, key)
        return facts.Load(
            held=facts.Counter(held or 0, capacity or 0),
            day=facts.Counter(day_n or 0 if day == today else 0, day_limit or 0),
            hour=facts.Counter(hour_n or 0 if hour == this_hour else 0, hour_limit or 0),
        )

    def window(self, table, key):
        """The present day and hour on the clock that counts: the pool's; over all pools the company's."""
        scope = (table, key[1])
        if scope not in self._windows:
            if table == "lead_pool_member":
                pool = self.env["lead.pool"].sudo().browse(key[1])
                self._windows[scope] = pool._windows(self.now)
            else:
                zone = self._time_zones.get(key[1]) or self.env["res.company"].sudo().browse(key[1])._lead_pool_tz()
                self._windows[scope] = windows(self.now, ZoneInfo(zone))
        return self._windows[scope]

    def overall(self, user_id, company_id):
        """The user's load in all pools of the company; a fresh one if he never held anything."""
        return self.loads["lead_pool_rep"].setdefault((user_id, company_id), facts.Load())
