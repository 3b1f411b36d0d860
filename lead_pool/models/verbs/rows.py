"""An entry as a verb finds it, with what the rules and the ledgers need of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from odoo.tools import SQL

from ...rules import facts

#: Columns of an entry that the rules or the ledgers need.
ENTRY_COLUMNS = (
    "id lead_id lead_ref pool_id company_id state closed_as user_id epoch entered_at last_follow_up_at "
    "warn_at reclaim_at held_since converted_at last_holder_id last_held_until holders locked event_seq "
    "event_hash priority score create_uid open_requests warned warn_level "
    "reclaim_rule_id deadline_reason stays_because frozen_since frozen_spans "
    "locked_until keep_until asked_until extension_count put_off_until due_from due_days "
).split()
ENTRY_SQL = SQL(", ").join(SQL("e.%s", SQL.identifier(name)) for name in ENTRY_COLUMNS)

#: An entry before its lead comes in.
ARRIVING = dict.fromkeys(ENTRY_COLUMNS) | {
    "state": "waiting", "epoch": 0, "holders": 0, "event_seq": 0, "locked": False, "warned": False,
}  # fmt: skip


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
    open_requests: int
    warned: bool
    warn_level: int
    reclaim_rule_id: int
    deadline_reason: str
    stays_because: str
    frozen_since: datetime
    frozen_spans: list  # [[from, until]] as texts
    locked_until: datetime
    keep_until: datetime
    asked_until: datetime
    extension_count: int
    put_off_until: datetime
    due_from: datetime
    due_days: float
    archived: bool = False
    unguarded: bool = False  # the database has lost what keeps two people from one lead
    former_holders: frozenset = frozenset()
    missing: tuple = ()
    claim_matches: frozenset = frozenset()
    barred: frozenset = frozenset()

    @classmethod
    def new(cls, **values):
        """A lead on its way in, which is not in any pool yet."""
        row = cls(*ARRIVING.values())
        for name, value in values.items():
            setattr(row, name, value)
        return row

    def fresh(self):
        """The same lead as a new holder gets it: nothing that the former one did to its deadline holds."""
        if not (self.locked or self.keep_until or self.asked_until or self.extension_count or self.due_from):
            return self  # as nearly all are
        return replace(
            self, locked=False, locked_until=None, keep_until=None, asked_until=None, extension_count=0, due_from=None
        )

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
            claim_matches=self.claim_matches,
            barred=self.barred,
        )
