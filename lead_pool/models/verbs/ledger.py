"""The only place that moves a lead: locks, then counters, entry, holding, event, crm.lead, in this order.

Lock order, the same everywhere, so that nobody waits in a circle: rep rows, member rows, entries, ledgers, crm_lead,
each by id. Claims and scheduled actions never wait for an entry (SKIP LOCKED): there are other leads. Who gives back,
closes or edits one lead does.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...rules import facts
from ...rules.ramp import capacity_on

#: Columns of an entry that the rules or the ledgers need.
ENTRY_COLUMNS = (
    "id lead_id lead_ref pool_id company_id state closed_as user_id epoch entered_at last_follow_up_at "
    "warn_at reclaim_at held_since converted_at last_holder_id last_held_until holders locked event_seq "
    "event_hash priority score create_uid "
).split()


@dataclass(slots=True)
class Row:
    """An entry as it stands under its lock."""

    id: int
    lead_id: int
    lead_ref: int
    pool_id: int
    company_id: int
    state: str
    closed_as: str
    user_id: int
    epoch: int
    entered_at: datetime
    last_follow_up_at: datetime
    warn_at: datetime
    reclaim_at: datetime
    held_since: datetime
    converted_at: datetime
    last_holder_id: int
    last_held_until: datetime
    holders: int
    locked: bool
    event_seq: int
    event_hash: str
    priority: str
    score: float
    create_uid: int
    archived: bool = False
    former_holders: frozenset = frozenset()
    missing: tuple = ()

    def facts(self):
        return facts.Entry(
            id=self.id,
            lead_id=self.lead_ref,
            pool_id=self.pool_id,
            state=self.state,
            closed_as=self.closed_as or "",
            user_id=self.user_id or 0,
            epoch=self.epoch,
            entered_at=self.entered_at,
            last_holder_id=self.last_holder_id or 0,
            last_held_until=self.last_held_until,
            former_holders=self.former_holders,
            priority=int(self.priority or 0),
            score=self.score or 0.0,
            locked=bool(self.locked),
            archived=self.archived,
            missing=self.missing,
        )


@dataclass(slots=True)
class Move:
    """What happens to one entry. Empty values keep what is there."""

    row: Row
    kind: str  # of the event
    state: str
    user_id: int = 0  # who holds it afterwards
    pool_id: int = 0
    closed_as: str = ""
    origin: str = ""  # of the holding that begins
    end_reason: str = ""  # of the holding that ends
    reason: models.BaseModel = None  # lead.pool.reason
    note: str = ""
    over_capacity: bool = False
    counts_as_claim: bool = False  # uses up the day's and hour's limits
    decision_id: int = 0
    detail: dict = field(default_factory=dict)
    deadline: object = None
    ageing: object = None
    project: bool = True  # write owner, team and pool to crm.lead

    @property
    def changes_hands(self):
        return (self.row.user_id or 0) != self.user_id or bool(self.end_reason)


class LeadPoolLedger(models.AbstractModel):
    _name = "lead.pool.ledger"
    _description = "Locks and Ledgers"

    # ------------------------------------------------------------
    # LOCKS AND FACTS
    # ------------------------------------------------------------

    def _read_rows(self, lock=""):
        """``{entry id: Row}`` of ``self``.

        :param lock: ``skip``: lock, and leave out what somebody else works on; ``wait``: lock, and wait for him
        """
        locking = {
            "": SQL(""),
            "skip": SQL("FOR NO KEY UPDATE OF e SKIP LOCKED"),
            "wait": SQL("FOR NO KEY UPDATE OF e"),
        }
        columns = SQL(", ").join(SQL("e.%s", SQL.identifier(name)) for name in ENTRY_COLUMNS)
        self.env.flush_all()  # the rows are read by SQL
        self.env.cr.execute(
            SQL(
                """SELECT %s, l.active IS NOT TRUE AND e.lead_id IS NOT NULL
                     FROM lead_pool_entry e LEFT JOIN crm_lead l ON l.id = e.lead_id
                    WHERE e.id = ANY(%s) ORDER BY e.id %s""",
                columns,
                list(self.ids),
                locking[lock],
            )
        )
        return {values[0]: Row(*values) for values in self.env.cr.fetchall()}

    def _lock(self, users=(), pools=(), wait=False):
        """Lock everything a verb on these entries needs, and read it.

        :param users: ids of users who may get leads, besides the present holders
        :param pools: ids of pools that may get leads, besides the present ones
        :param wait: wait for who works on an entry, instead of leaving it out: for whom there is no other lead
        :returns: :class:`Locked`
        """
        before = self._read_rows()
        now = self.env["lead.pool"]._now()
        user_ids = {row.user_id for row in before.values() if row.user_id} | set(users)
        pool_ids = {row.pool_id for row in before.values()} | set(pools)
        company_ids = {row.company_id for row in before.values()}
        locked = Locked(self.env, now, pool_ids)
        locked.lock_counters(user_ids, company_ids, needed={(u, company) for u in users for company in company_ids})
        locked.rows = self._read_rows(lock="wait" if wait else "skip")
        for entry_id, row in list(locked.rows.items()):
            moved = row.user_id and row.user_id not in user_ids or row.pool_id not in pool_ids
            if moved:  # changed hands between the two looks: its counters are not locked
                del locked.rows[entry_id]
        locked.before = before
        return locked

    # ------------------------------------------------------------
    # WRITE
    # ------------------------------------------------------------

    def _apply(self, moves, locked):
        """Make these moves; the rows are locked and the rules have allowed them.

        :param moves: ``[Move]``, at most one an entry
        :param Locked locked: from :meth:`_lock`
        """
        if not moves:
            return
        now = locked.now
        for move in moves:
            move.pool_id = move.pool_id or move.row.pool_id
        self._bump_counters(moves, locked)
        self._set_deadlines(moves, now)
        self._set_ageing(moves, now)
        events = self._prepare_events(moves, now, step=1)
        self._write_entries(moves, now)
        self._end_holdings(moves, now)
        self._begin_holdings(moves, now)
        self.env["lead.pool.event"].sudo()._append(events)
        self.env["lead.pool.entry"].invalidate_model()
        self.env["lead.pool"].invalidate_model(["waiting_count", "held_count", "mine_count"])
        self._project([move for move in moves if move.project], now)
        self._tell(moves)

    def _bump_counters(self, moves, locked):
        """Count what the moves take and give, in guarded statements: a limit holds whoever else is at work."""
        members, reps = defaultdict(_Bump), defaultdict(_Bump)
        for move in moves:
            row = move.row
            if row.user_id and row.state == "held":
                members[row.user_id, row.pool_id].held -= 1
                reps[row.user_id, row.company_id].held -= 1
            if move.user_id and move.state == "held":
                for bump in (members[move.user_id, move.pool_id], reps[move.user_id, row.company_id]):
                    bump.held += 1
                    bump.claims += move.counts_as_claim
                    bump.over |= move.over_capacity
        self._bump("lead_pool_rep", "company_id", reps, locked)
        self._bump("lead_pool_member", "pool_id", members, locked)

    def _bump(self, table, scope, bumps, locked):
        bumps = {key: bump for key, bump in bumps.items() if bump.held or bump.claims or bump.over}
        if not bumps:
            return
        keys = sorted(bumps)
        days = {key: locked.window(table, key) for key in keys}
        role = SQL("AND t.role = 'member'") if table == "lead_pool_member" else SQL("")
        ramped = locked.ramped if table == "lead_pool_member" else {}
        query = SQL(
            """UPDATE %(table)s t
                  SET held = t.held + b.held,
                      over_capacity = (t.over_capacity OR b.over) AND t.capacity > 0
                                      AND t.held + b.held > t.capacity,
                      day_n = CASE WHEN b.claims = 0 THEN t.day_n
                                   WHEN t.day = b.day THEN t.day_n + b.claims ELSE b.claims END,
                      day = CASE WHEN b.claims = 0 THEN t.day ELSE b.day END,
                      hour_n = CASE WHEN b.claims = 0 THEN t.hour_n
                                    WHEN t.hour = b.hour THEN t.hour_n + b.claims ELSE b.claims END,
                      hour = CASE WHEN b.claims = 0 THEN t.hour ELSE b.hour END
                 FROM unnest(%(users)s::int[], %(scopes)s::int[], %(held)s::int[], %(claims)s::int[],
                             %(over)s::bool[], %(days)s::date[], %(hours)s::int[], %(ramped)s::int[])
                      b(user_id, scope, held, claims, over, day, hour, ramped)
                WHERE t.user_id = b.user_id AND t.%(scope)s = b.scope %(role)s
                  AND %(guard)s
            RETURNING t.user_id, t.%(scope)s""",
            table=SQL.identifier(table),
            scope=SQL.identifier(scope),
            role=role,
            guard=self._limit_guard(),
            users=[user for user, _scope in keys],
            scopes=[scope_id for _user, scope_id in keys],
            held=[bumps[key].held for key in keys],
            claims=[bumps[key].claims for key in keys],
            over=[bumps[key].over for key in keys],
            days=[days[key][0] for key in keys],
            hours=[days[key][1] for key in keys],
            ramped=[ramped.get(key) for key in keys],
        )
        self.env.cr.execute(query)
        bumped = set(self.env.cr.fetchall())
        expected = {key for key in keys if key in locked.loads[table]}
        if expected - bumped:
            # cannot happen under the locks: the rule allowed what the guard refuses
            raise UserError(self.env._("A limit was reached this very moment. Please try again."))
        self.env[table.replace("_", ".")].invalidate_model()

    def _limit_guard(self):
        """The limits as the database checks them; gifts above a capacity and losses always pass.

        ``b.ramped`` is what a new member may hold today, NULL for all others: the smaller of the two holds.
        """
        return SQL(
            """(b.held <= 0 OR b.over OR t.capacity = 0 OR t.held + b.held <= LEAST(t.capacity, b.ramped))
           AND (b.claims = 0 OR t.daily_claim_limit = 0
                OR CASE WHEN t.day = b.day THEN t.day_n ELSE 0 END + b.claims <= t.daily_claim_limit)
           AND (b.claims = 0 OR t.hourly_claim_limit = 0
                OR CASE WHEN t.hour = b.hour THEN t.hour_n ELSE 0 END + b.claims <= t.hourly_claim_limit)"""
        )

    def _write_entries(self, moves, now):
        """State, holder, pool and deadline, where the epoch is still the one that was read."""
        columns = [
            ("id", "int", [m.row.id for m in moves]),
            ("old_epoch", "int", [m.row.epoch for m in moves]),
            ("state", "varchar", [m.state for m in moves]),
            ("closed_as", "varchar", [m.closed_as or None for m in moves]),
            ("user_id", "int", [m.user_id or None for m in moves]),
            ("pool_id", "int", [m.pool_id for m in moves]),
            ("warn_at", "timestamp", [m.deadline and m.deadline.warn_at for m in moves]),
            ("reclaim_at", "timestamp", [m.deadline and m.deadline.reclaim_at for m in moves]),
            ("deadline_reason", "varchar", [m.deadline and m.deadline.reason or None for m in moves]),
            ("age_at", "timestamp", [m.ageing.at for m in moves]),
            ("age_rule_id", "int", [m.ageing.step_id or None for m in moves]),
            ("event_seq", "int", [m.row.event_seq for m in moves]),
            ("event_hash", "varchar", [m.row.event_hash for m in moves]),
            ("released", "bool", [bool(m.end_reason) for m in moves]),
            ("moved", "bool", [m.pool_id != m.row.pool_id or m.kind == "reopened" for m in moves]),
            ("taken", "int", [int(m.state == "held" and m.changes_hands) for m in moves]),
        ]
        query = SQL(
            """UPDATE lead_pool_entry e
                  SET state = n.state, closed_as = n.closed_as, user_id = n.user_id, pool_id = n.pool_id,
                      epoch = e.epoch + 1, warn_at = n.warn_at, reclaim_at = n.reclaim_at, warned = false,
                      deadline_reason = n.deadline_reason, event_seq = n.event_seq, event_hash = n.event_hash,
                      last_holder_id = CASE WHEN n.released THEN e.user_id ELSE e.last_holder_id END,
                      last_held_until = CASE WHEN n.released THEN %(now)s ELSE e.last_held_until END,
                      closed_at = CASE WHEN n.state = 'closed' THEN %(now)s END,
                      held_since = CASE WHEN n.state <> 'held' THEN NULL WHEN n.taken = 1 THEN %(now)s
                                        ELSE e.held_since END,
                      entered_at = CASE WHEN n.moved THEN %(now)s ELSE e.entered_at END,
                      holders = e.holders + n.taken,
                      recycled = e.recycled + CASE WHEN n.released AND n.state = 'waiting' THEN 1 ELSE 0 END,
                      locked = e.locked AND NOT n.released,
                      age_at = n.age_at, age_rule_id = n.age_rule_id, age_taken = NULL,
                      left_code = NULL, observed_policy_id = NULL, observed_user_id = NULL
                 FROM (SELECT %(names)s) n
                WHERE e.id = n.id AND %(guard)s
            RETURNING e.id""",
            now=now,
            names=SQL(", ").join(
                SQL("unnest(%s::%s[]) AS %s", values, SQL(kind), SQL.identifier(name)) for name, kind, values in columns
            ),
            guard=self._entry_guard(),
        )
        self.env.cr.execute(query)
        if self.env.cr.rowcount != len(moves):
            raise UserError(self.env._("Somebody else has just moved one of these leads. Please try again."))

    def _entry_guard(self):
        """The fence: a stale screen or process never overwrites a newer owner."""
        return SQL("e.epoch = n.old_epoch")

    def _end_holdings(self, moves, now):
        ending = [move for move in moves if move.end_reason]
        if not ending:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_holding h
                      SET ended_at = GREATEST(%s, h.started_at), end_reason = n.why, reason_id = n.reason_id
                     FROM (SELECT unnest(%s::int[]) AS lead_ref, unnest(%s::varchar[]) AS why,
                                  unnest(%s::int[]) AS reason_id) n
                    WHERE h.lead_ref = n.lead_ref AND h.ended_at IS NULL""",
                now,
                [move.row.lead_ref for move in ending],
                [move.end_reason for move in ending],
                [move.reason.id if move.reason else None for move in ending],
            )
        )
        if self.env.cr.rowcount != len(ending):
            raise UserError(self.env._("The ledger of holdings does not fit the leads. Run the health check."))
        self.env["lead.pool.holding"].invalidate_model()

    def _begin_holdings(self, moves, now):
        beginning = [m for m in moves if m.state == "held" and m.user_id and m.changes_hands]
        if not beginning:
            return
        values = [self._prepare_holding_values(move, now) for move in beginning]
        names = list(values[0])
        for start in range(0, len(values), 500):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO lead_pool_holding (%s) VALUES %s",
                    SQL(", ").join(map(SQL.identifier, names)),
                    SQL(", ").join(
                        SQL("(%s)", SQL(", ").join(SQL("%s", row[name]) for name in names))
                        for row in values[start : start + 500]
                    ),
                )
            )
        self.env["lead.pool.holding"].invalidate_model()

    def _prepare_holding_values(self, move, now):
        """Column values of the holding that a move begins. Override to keep more with each holding."""
        row = move.row
        return {
            "lead_id": row.lead_id,
            "lead_ref": row.lead_ref,
            "pool_id": move.pool_id,
            "user_id": move.user_id,
            "company_id": row.company_id,
            "epoch": row.epoch + 1,
            "ordinal": row.holders + 1,
            "started_at": now,
            "origin": move.origin,
            "over_capacity": move.over_capacity,
            "follow_up_count": 0,
            "create_uid": self.env.uid,
            "write_uid": self.env.uid,
            "create_date": now,
            "write_date": now,
        }

    # ------------------------------------------------------------
    # EVENTS
    # ------------------------------------------------------------

    def _prepare_events(self, moves, now, step=0):
        """Rows for ``lead.pool.event._append``; the entries' ``seq`` and hash go up with them.

        :param step: by how much the moves raise the epoch
        """
        pools = (
            self.env["lead.pool"].sudo().browse({move.pool_id for move in moves} | {move.row.pool_id for move in moves})
        )
        users = (
            self.env["res.users"]
            .sudo()
            .browse({uid for move in moves for uid in (move.user_id, move.row.user_id) if uid})
        )
        pool_names = {pool.id: pool.with_context(lang=None).name for pool in pools}
        user_names = {user.id: user.name for user in users}
        policies = {pool.id: pool.policy_id.id for pool in pools}
        actor = self.env.user.sudo()
        Event = self.env["lead.pool.event"]
        rows = []
        for move in moves:
            entry = move.row
            moved = entry.pool_id != move.pool_id
            row = {
                "date": now,
                "kind": move.kind,
                "lead_ref": entry.lead_ref,
                "seq": entry.event_seq + 1,
                "pool_ref": move.pool_id,
                "pool_name": pool_names[move.pool_id],
                "from_pool_ref": entry.pool_id if moved else None,
                "from_pool_name": pool_names[entry.pool_id] if moved else None,
                "user_ref": move.user_id,
                "user_name": user_names.get(move.user_id),
                "from_user_ref": entry.user_id if entry.user_id != move.user_id else None,
                "from_user_name": user_names.get(entry.user_id) if entry.user_id != move.user_id else None,
                "actor_ref": actor.id,
                "actor_name": actor.name,
                "company_ref": entry.company_id,
                "epoch": entry.epoch + step,
                "reason": move.reason.with_context(lang=None).name if move.reason else None,
                "note": move.note,
                "policy_ref": policies[move.pool_id],
                "decision_ref": move.decision_id,
                "detail": move.detail,
                "prev_hash": entry.event_hash,
            }
            row["hash"] = Event._hash(row)
            entry.event_seq, entry.event_hash = row["seq"], row["hash"]
            rows.append(row)
        return rows

    def _note_events(self, rows, kind, now, **values):
        """Events that move nothing (a follow-up, a card opened); the rows are locked.

        :param rows: ``[Row]``
        :param values: ``note``, ``detail``, ``decision_id`` of all of them
        """
        self._note([Move(row, kind, row.state, user_id=row.user_id or 0, **values) for row in rows], now)

    def _note(self, moves, now):
        """Write the events of moves that are none: each leaves its lead where it is."""
        for move in moves:
            move.pool_id = move.row.pool_id
        rows = [move.row for move in moves]
        events = self._prepare_events(moves, now)
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e SET event_seq = n.seq, event_hash = n.hash
                     FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::int[]) AS seq, unnest(%s::varchar[]) AS hash) n
                    WHERE e.id = n.id""",
                [row.id for row in rows],
                [row.event_seq for row in rows],
                [row.event_hash for row in rows],
            )
        )
        self.env["lead.pool.event"].sudo()._append(events)
        self.env["lead.pool.entry"].invalidate_model(["event_seq", "event_hash"])


@dataclass(slots=True)
class _Bump:
    held: int = 0
    claims: int = 0
    over: bool = False


class Locked:
    """What a verb has locked: rows of entries, and the counters of users."""

    def __init__(self, env, now, pool_ids):
        self.env = env
        self.now = now
        self.pools = env["lead.pool"].sudo().browse(pool_ids)
        self.rows = {}
        self.before = {}
        self.loads = {"lead_pool_rep": {}, "lead_pool_member": {}}
        self.members = {}  # (user, pool): facts.Member
        self.ramped = {}  # (user, pool): the capacity of today, of members on the ramp
        self._windows = {}

    def lock_counters(self, user_ids, company_ids, needed=(), lock=True):
        """Lock rep rows, then member rows, each by id, and read the loads from them.

        :param needed: ``{(user, company)}`` whose rep row is made if it is missing
        """
        self._read_reps(user_ids, company_ids, lock)
        if missing := set(needed) - set(self.loads["lead_pool_rep"]):
            self.env["lead.pool.rep"]._ensure(missing)
            self._read_reps(user_ids, company_ids, lock)
        self._read_members(user_ids, lock)

    def _read_reps(self, user_ids, company_ids, lock):
        self.env.cr.execute(
            SQL(
                """SELECT r.user_id, r.company_id, r.held, r.capacity, r.day, r.day_n, r.daily_claim_limit,
                          r.hour, r.hour_n, r.hourly_claim_limit
                     FROM lead_pool_rep r WHERE r.user_id = ANY(%s) AND r.company_id = ANY(%s)
                    ORDER BY r.id %s""",
                list(user_ids),
                list(company_ids),
                SQL("FOR NO KEY UPDATE") if lock else SQL(""),
            )
        )
        for user, company, *counters in self.env.cr.fetchall():
            self.loads["lead_pool_rep"][user, company] = self._load("lead_pool_rep", (user, company), counters)

    def _read_members(self, user_ids, lock):
        self.env.cr.execute(
            SQL(
                """SELECT m.user_id, m.pool_id, m.held, m.capacity, m.day, m.day_n, m.daily_claim_limit,
                          m.hour, m.hour_n, m.hourly_claim_limit, m.id, m.weight, m.credit, m.paused, m.sequence,
                          u.active, m.joined_at, m.ramp_days
                     FROM lead_pool_member m JOIN res_users u ON u.id = m.user_id
                    WHERE m.user_id = ANY(%s) AND m.pool_id = ANY(%s) AND m.role = 'member'
                    ORDER BY m.id %s""",
                list(user_ids),
                self.pools.ids,
                SQL("FOR NO KEY UPDATE OF m") if lock else SQL(""),
            )
        )
        rows = self.env.cr.fetchall()
        for user, pool, *counters, member_id, weight, credit, paused, sequence, active, joined_on, ramp_days in rows:
            load = self._load("lead_pool_member", (user, pool), counters)
            self._ramp(load.held, (user, pool), joined_on, ramp_days or 0)
            self.loads["lead_pool_member"][user, pool] = load
            self.members[user, pool] = facts.Member(
                user_id=user,
                id=member_id,
                weight=weight or 0.0,
                credit=credit or 0.0,
                paused=bool(paused),
                active=active,
                load=load,
                sequence=sequence or 0,
            )

    def _ramp(self, held, key, joined_on, ramp_days):
        """A new member may hold as many as he may today."""
        today = self.window("lead_pool_member", key)[0]
        capacity, held.limit = held.limit, capacity_on(today, held.limit, joined_on, ramp_days)
        if held.limit < capacity:
            self.ramped[key] = held.limit

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
                company = self.env["res.company"].sudo().browse(key[1])
                self._windows[scope] = company._lead_pool_windows(self.now)
        return self._windows[scope]

    def overall(self, user_id, company_id):
        """The user's load in all pools of the company; a fresh one if he never held anything."""
        return self.loads["lead_pool_rep"].setdefault((user_id, company_id), facts.Load())
