"""The only place that moves a lead: counters, entry, holding, event, crm.lead, in this order, under the locks of
:mod:`.locks`."""

import json
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...arrays import as_array, as_columns
from .locks import Locked
from .rows import Row


@dataclass(slots=True)
class Terms:
    """What a new holder takes over of the time with the lead: a grace, or all that a former holder had."""

    keep_until: datetime = None
    held_since: datetime = None
    frozen_spans: list = None  # [[from, until]] as texts
    locked: bool = False
    locked_until: datetime = None
    extension_count: int = 0
    asked_until: datetime = None
    frozen_since: datetime = None
    due_from: datetime = None
    due_days: float = None

    def on(self, row):
        """The row as its deadline is computed."""
        return replace(row, **{name: getattr(self, name) for name in TERMS})


#: Of these, what is on the row as well.
TERMS = [one.name for one in fields(Terms) if one.name != "held_since"]
#: Columns of the entry that take them, besides ``frozen_spans``, and their types.
TERM_COLUMNS = (
    ("keep_until", "timestamp"),
    ("held_since", "timestamp"),
    ("locked", "bool"),
    ("locked_until", "timestamp"),
    ("extension_count", "int"),
    ("asked_until", "timestamp"),
    ("frozen_since", "timestamp"),
    ("due_from", "timestamp"),
    ("due_days", "float"),
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
    warning: tuple = (None, 0)  # the next one: when, who
    ageing: object = None
    terms: Terms = None  # of who gets the lead by a hand-over
    project: bool = True  # write owner, team and pool to crm.lead

    @property
    def undoes(self):
        """The holding that ends is as if it had never been."""
        return self.end_reason == "undone"

    @property
    def changes_hands(self):
        return (self.row.user_id or 0) != self.user_id or bool(self.end_reason)


class LeadPoolLedger(models.AbstractModel):
    _name = "lead.pool.ledger"
    _description = "Ledgers"

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
        self.env["lead.pool.approval"]._lapse(moves, now)
        self._set_deadlines(moves, locked)
        self._set_ageing(moves, locked)
        events = self._prepare_events(moves, now, step=1, locked=locked)
        self._count_and_write(moves, locked, self._entries_query(moves, now))
        self._write_terms([move for move in moves if move.terms], now)
        self._end_holdings(moves, now)
        self._record(moves, events, locked)

    def _arrive(self, moves, locked, values):
        """Leads that were in no pool come into one; the counters are locked. Their entries are made as they will be.

        :param moves: ``[Move]`` with rows from :meth:`_arriving_rows`
        :param values: from :meth:`_prepare_open_values`
        """
        now = locked.now
        for move in moves:
            move.pool_id = move.row.pool_id
        self._count_and_write(moves, locked)
        self._set_deadlines(moves, locked)
        self._set_ageing(moves, locked)
        events = self._prepare_events(moves, now, step=1, locked=locked)
        self._insert_entries(moves, values, now)
        self._record(moves, events, locked)

    def _record(self, moves, events, locked):
        """What follows once the entries are where the moves take them."""
        self.env["lead.pool.event"].sudo()._append(events, also=self._holdings_query(moves, locked.now))
        self.env["lead.pool.holding"].invalidate_model()
        self.env["lead.pool.entry"].invalidate_model()
        self.env["lead.pool"].invalidate_model(["waiting_count", "held_count", "mine_count"])
        self._project([move for move in moves if move.project], locked)
        self._tell(moves)
        self._after_moves(moves)

    def _after_moves(self, moves):
        """For add-ons: entries, holdings, events and leads are written. It is the transaction of the verb, under its
        locks: what takes long belongs behind the commit, and a lead for which a UserError is raised is refused as
        ``blocked``, with its sentence.

        :param moves: ``[Move]``: ``kind`` of the event, ``row`` as it was, ``user_id`` who holds the lead now, 0 for
            nobody; follow-ups, locks and the like move no lead
        """

    def _count_and_write(self, moves, locked, entries=None):
        """One statement, in which all or nothing is done: the counters of the limits and, in ``entries``, what moves.

        :param SQL entries: from :meth:`_entries_query`
        :raises UserError: a limit was reached, or an entry has moved; the transaction must not go on
        """
        parts, expected = self._counter_queries(moves, locked)
        if entries:
            parts["lead_pool_entry"] = entries
        if not parts:
            return
        query = SQL(
            "WITH %s %s",
            SQL(", ").join(SQL("%s AS (%s)", SQL.identifier("of_" + name), part) for name, part in parts.items()),
            SQL(" UNION ALL ").join(SQL("SELECT %s, * FROM %s", name, SQL.identifier("of_" + name)) for name in parts),
        )
        self.env.cr.execute(query)
        done = set(self.env.cr.fetchall())
        if expected - done:
            # cannot happen under the locks: the rule allowed what the guard refuses
            raise UserError(self.env._("A limit was reached this very moment. Please try again."))
        if entries and sum(name == "lead_pool_entry" for name, *_ids in done) != len(moves):
            raise UserError(self.env._("Somebody else has just moved one of these leads. Please try again."))
        for name in parts:
            self.env[name.replace("_", ".")].invalidate_model()

    def _entries_query(self, moves, now):
        """State, holder, pool and deadline, where the epoch is still the one that was read."""
        columns = [
            ("id", "int", [m.row.id for m in moves]),
            ("old_epoch", "int", [m.row.epoch for m in moves]),
            ("state", "varchar", [m.state for m in moves]),
            ("closed_as", "varchar", [m.closed_as or None for m in moves]),
            ("user_id", "int", [m.user_id or None for m in moves]),
            ("pool_id", "int", [m.pool_id for m in moves]),
            ("warn_at", "timestamp", [m.warning[0] for m in moves]),
            ("warn_level", "int", [m.warning[1] for m in moves]),
            ("reclaim_at", "timestamp", [m.deadline and m.deadline.reclaim_at for m in moves]),
            ("deadline_reason", "varchar", [m.deadline and m.deadline.reason or None for m in moves]),
            ("reclaim_rule_id", "int", [m.deadline and m.deadline.rule_id or None for m in moves]),
            ("stays_because", "varchar", [m.deadline and m.deadline.exempt or None for m in moves]),
            ("age_at", "timestamp", [m.ageing.at for m in moves]),
            ("age_rule_id", "int", [m.ageing.step_id or None for m in moves]),
            ("event_seq", "int", [m.row.event_seq for m in moves]),
            ("event_hash", "varchar", [m.row.event_hash for m in moves]),
            ("released", "bool", [bool(m.end_reason) and not m.undoes for m in moves]),
            ("end_reason", "varchar", [m.end_reason or None for m in moves]),
            ("moved", "bool", [m.pool_id != m.row.pool_id or m.kind == "reopened" for m in moves]),
            ("taken", "int", [-1 if m.undoes else int(m.state == "held" and m.changes_hands) for m in moves]),
        ]
        return SQL(
            """UPDATE lead_pool_entry e
                  SET state = n.state, closed_as = n.closed_as, user_id = n.user_id, pool_id = n.pool_id,
                      epoch = e.epoch + 1, warn_at = n.warn_at, reclaim_at = n.reclaim_at, warned = false,
                      warn_level = n.warn_level, reclaim_rule_id = n.reclaim_rule_id,
                      stays_because = n.stays_because, deadline_reason = n.deadline_reason,
                      event_seq = n.event_seq, event_hash = n.event_hash,
                      last_holder_id = CASE WHEN n.released THEN e.user_id ELSE e.last_holder_id END,
                      last_held_until = CASE WHEN n.released THEN %(now)s ELSE e.last_held_until END,
                      closed_at = CASE WHEN n.state = 'closed' THEN %(now)s END,
                      held_since = CASE WHEN n.state <> 'held' THEN NULL WHEN n.taken = 1 THEN %(now)s
                                        ELSE e.held_since END,
                      entered_at = CASE WHEN n.moved THEN %(now)s ELSE e.entered_at END,
                      holders = e.holders + n.taken,
                      recycled = e.recycled + CASE WHEN n.released AND n.state = 'waiting' THEN 1 ELSE 0 END,
                      gone_back = CASE WHEN n.released AND n.state = 'waiting' THEN n.end_reason ELSE e.gone_back END,
                      locked = e.locked AND n.state = 'held' AND n.taken = 0,
                      locked_until = CASE WHEN n.state = 'held' AND n.taken = 0 THEN e.locked_until END,
                      keep_until = CASE WHEN n.state = 'held' AND n.taken = 0 THEN e.keep_until END,
                      due_from = CASE WHEN n.state = 'held' AND n.taken = 0 THEN e.due_from END,
                      asked_until = CASE WHEN n.state = 'held' AND n.taken = 0 THEN e.asked_until END,
                      extension_count = CASE WHEN n.state = 'held' AND n.taken = 0 THEN e.extension_count ELSE 0 END,
                      frozen_since = CASE WHEN NOT n.released AND n.state <> 'waiting' THEN e.frozen_since END,
                      frozen_spans = CASE WHEN NOT n.released AND n.state <> 'waiting' THEN e.frozen_spans END,
                      age_at = n.age_at, age_rule_id = n.age_rule_id, age_taken = NULL,
                      left_code = NULL, put_off_until = NULL, observed_policy_id = NULL, observed_user_id = NULL
                 FROM (SELECT %(rows)s) n
                WHERE e.id = n.id AND %(guard)s
            RETURNING e.id, e.epoch""",
            now=now,
            rows=as_columns(columns),
            guard=self._entry_guard(),
        )

    def _insert_entries(self, moves, values, now):
        """The entries of leads that come in, with what they may show.

        :param values: from :meth:`_prepare_open_values`
        """
        held = [move.state == "held" for move in moves]
        cells = {
            "id": [m.row.id for m in moves],
            "lead_id": [m.row.lead_id for m in moves],
            "lead_ref": [m.row.lead_ref for m in moves],
            "pool_id": [m.pool_id for m in moves],
            "company_id": [m.row.company_id for m in moves],
            "state": [m.state for m in moves],
            "user_id": [m.user_id or None for m in moves],
            "epoch": [m.row.epoch + 1 for m in moves],
            "entered_at": [now] * len(moves),
            "held_since": [now if one else None for one in held],
            "holders": [int(one) for one in held],
            "recycled": [0] * len(moves),
            "extension_count": [0] * len(moves),
            "locked": [False] * len(moves),
            "warned": [False] * len(moves),
            "warn_at": [m.warning[0] for m in moves],
            "warn_level": [m.warning[1] for m in moves],
            "reclaim_at": [m.deadline and m.deadline.reclaim_at for m in moves],
            "deadline_reason": [m.deadline and m.deadline.reason or None for m in moves],
            "reclaim_rule_id": [m.deadline and m.deadline.rule_id or None for m in moves],
            "stays_because": [m.deadline and m.deadline.exempt or None for m in moves],
            "age_at": [m.ageing and m.ageing.at for m in moves],
            "age_rule_id": [m.ageing and m.ageing.step_id or None for m in moves],
            "event_seq": [m.row.event_seq for m in moves],
            "event_hash": [m.row.event_hash for m in moves],
            "create_uid": [m.row.create_uid for m in moves],
        }
        shown = [values[move.row.lead_id]["columns"] for move in moves]
        cells |= {name: [one[name] for one in shown] for name in shown[0]}
        Entry = self.env["lead.pool.entry"].sudo()
        self._insert(Entry, cells)
        Entry._write_open_lists(values, {move.row.lead_id: move.row.id for move in moves}, new=True)

    def _insert(self, model, cells):
        """Rows in one statement; see :meth:`_insert_query`."""
        self.env.cr.execute(self._insert_query(model, cells))

    def _insert_query(self, model, cells):
        """Rows in one statement, a column at a time.

        :param cells: ``{column: [values]}``, see :func:`.arrays.as_columns`
        """
        columns = [(name, model._fields[name].column_type[1], values) for name, values in cells.items()]
        names = SQL(", ").join(map(SQL.identifier, cells))
        return SQL("INSERT INTO %s (%s) SELECT %s", SQL.identifier(model._table), names, as_columns(columns))

    def _write_terms(self, moves, now):
        """What the new holders of these moves take over."""
        if not moves:
            return
        terms = [move.terms for move in moves]
        kept = [(name, kind, [getattr(one, name) for one in terms]) for name, kind in TERM_COLUMNS]
        spans = [json.dumps(one.frozen_spans) if one.frozen_spans else None for one in terms]
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET held_since = COALESCE(n.held_since, %s), frozen_spans = n.frozen_spans, %s
                     FROM (SELECT %s) n
                    WHERE e.id = n.id""",
                now,
                SQL(", ").join(
                    SQL("%s = n.%s", SQL.identifier(name), SQL.identifier(name))
                    for name, _kind in TERM_COLUMNS
                    if name != "held_since"
                ),
                as_columns([("id", "int", [move.row.id for move in moves]), ("frozen_spans", "jsonb", spans), *kept]),
            )
        )

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
                     FROM (SELECT %s) n
                    WHERE h.lead_ref = n.lead_ref AND h.ended_at IS NULL""",
                now,
                as_columns(
                    [
                        ("lead_ref", "int", [move.row.lead_ref for move in ending]),
                        ("why", "varchar", [move.end_reason for move in ending]),
                        ("reason_id", "int", [move.reason.id if move.reason else None for move in ending]),
                    ]
                ),
            )
        )
        if self.env.cr.rowcount != len(ending):
            raise UserError(self.env._("The ledger of holdings does not fit the leads. Run the health check."))
        self.env["lead.pool.holding"].invalidate_model()

    def _holdings_query(self, moves, now):
        """The statement by which the holdings begin; ``None`` if none does."""
        beginning = [m for m in moves if m.state == "held" and m.user_id and m.changes_hands]
        if not beginning:
            return None
        values = [self._prepare_holding_values(move, now) for move in beginning]
        cells = {name: [row[name] for row in values] for name in values[0]}
        return self._insert_query(self.env["lead.pool.holding"], cells)

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

    def _prepare_events(self, moves, now, step=0, locked=None):
        """Rows for ``lead.pool.event._append``; the entries' ``seq`` and hash go up with them.

        :param step: by how much the moves raise the epoch
        :param Locked locked: knows the names of most users
        """
        pools = (
            self.env["lead.pool"].sudo().browse({move.pool_id for move in moves} | {move.row.pool_id for move in moves})
        )
        users = {uid for move in moves for uid in (move.user_id, move.row.user_id) if uid} | {self.env.uid}
        # in no language, and without all else of the pool
        pool_names = {pool.id: pool.with_context(lang=None, prefetch_fields=False).name for pool in pools}
        user_names = (locked or Locked(self.env, now, ())).names(users)
        policies = {pool.id: pool.policy_id.id for pool in pools}
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
                "actor_ref": self.env.uid,
                "actor_name": user_names[self.env.uid],
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
                     FROM unnest(%s::int[], %s::int[], %s::varchar[]) n(id, seq, hash)
                    WHERE e.id = n.id""",
                as_array(row.id for row in rows),
                as_array(row.event_seq for row in rows),
                as_array(row.event_hash for row in rows),
            )
        )
        self.env["lead.pool.event"].sudo()._append(events)
        self.env["lead.pool.entry"].invalidate_model(["event_seq", "event_hash"])
