"""What the rules are told, and how they answer.

All dates are naive UTC ``datetime`` values; a limit of 0 means "no limit".

>>> bool(OK), bool(Verdict("capacity_full"))
(True, False)
"""

from dataclasses import dataclass, field
from datetime import datetime

#: Every code with which a verb may refuse, stable for integrators.
REFUSALS = (
    "unknown",  # no such lead in a pool of yours
    "not_member",  # you are not a member of the lead's pool
    "not_admin",  # you are not an admin of the lead's pool
    "not_holder",  # somebody else holds the lead
    "taken",  # somebody holds the lead already
    "waiting",  # nobody holds the lead
    "closed",  # the lead is converted, invalid, lost, merged or deleted
    "archived",  # the lead is archived
    "wrong_company",  # the lead belongs to another company
    "claim_off",  # leads of this pool are given out by its admins only
    "paused",  # your membership is paused
    "user_inactive",  # the user is archived
    "target_not_member",  # the user to get the lead is no member of the pool
    "target_foreign",  # the user to get the lead may not work in its company
    "target_full",  # the user to get the lead holds as many as he may
    "capacity_full",  # you hold as many of this pool as you may
    "capacity_all_full",  # you hold as many of all pools as you may
    "daily_limit",  # claims of this day used up, this pool
    "daily_limit_all",  # claims of this day used up, all pools
    "hourly_limit",  # claims of this hour used up, this pool
    "hourly_limit_all",  # claims of this hour used up, all pools
    "cooling_off",  # you held the lead lately
    "protected",  # the lead entered the pool a moment ago
    "claim_rule",  # a claim rule of the pool names others for this lead
    "incomplete",  # the lead lacks what it must have to be claimed
    "out_of_order",  # the pool gives its leads in an order
    "backlog",  # follow up what you hold first
    "no_lead",  # nothing is waiting for you in this pool
    "busy",  # somebody works on this lead this very moment
    "stopped",  # the kill switch is on
    "unguarded",  # the database has lost an index without which two people may get one lead
    "wrong_pool",  # the pool is not one this lead may go to
    "reason_required",  # a reason is missing
    "wrong_reason",  # the reason is not for this verb
    "not_convertible",  # won, lost or archived
    "evidence_missing",  # the follow-up is too thin to count
    "locked",  # the lead is locked by its holder
    "not_due",  # the lead need not go back yet
    "limit_reached",  # no further extension or lock
    "no_deadline",  # the lead does not go back by itself: there is nothing to extend
    "note_required",  # the reason needs a note
    "changed_hands",  # the lead went back, or got another holder, since this screen was loaded
    "card_limit",  # cards of this day used up
    "approval_asked",  # an admin of the pool has to say yes first; he was asked
    "not_full",  # you may claim this lead yourself
    "not_takable",  # who asked may not take the lead any more
    "no_rival",  # nobody else holds a lead of this customer
    "dispute_open",  # a dispute about this pair waits for a decision, or was decided
    "dispute_limit",  # you have as many open disputes as you may
    "outcome_required",  # a dispute ends with who keeps the customer
    "decided",  # somebody has decided this request already
    "request_over",  # the request was withdrawn, or the lead moved on
    "own_request",  # nobody decides his own request
    "not_asker",  # somebody else made this request
    "undo_over",  # a claim can be undone for a moment only
    "undo_touched",  # something was done with the lead since the claim
    "undo_used",  # a claim was undone today already
    "blocked",  # a check of Odoo or another module refuses the change
    "no_taker",  # nobody was named who could get the lead
    "touched_since",  # something was done with the lead since it was handed over
    "moved_since",  # the lead went to somebody else, or was closed, since it was handed over
    "observe_only",  # the pool decides and records, and changes nothing
    "helper_self",  # nobody asks himself for help
    "helper_no_rights",  # who is asked has no rights to leads
    "helping_already",  # who is asked helps with the lead already
    "not_helping",  # who is let go does not help with the lead
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes, or no with a code; truthy when allowed.

    ``retry_at`` is the moment (UTC) from which the answer may be another one, if it is known;
    ``missing`` the labels of what has to be filled in first; ``limit`` the number that is used up;
    ``count`` how many there are of what is too many; ``rule_id`` the claim rule that says no; ``about`` tells
    apart what a code like ``limit_reached`` is about, for the sentence.
    """

    code: str = ""
    retry_at: datetime | None = None
    missing: tuple[str, ...] = ()
    limit: int = 0
    count: int = 0
    rule_id: int = 0
    about: str = field(default="", repr=False)

    def __bool__(self):
        return not self.code


OK = Verdict()


@dataclass(slots=True)
class Counter:
    """How much of something was used, against its limit (0: none)."""

    used: int = 0
    limit: int = 0

    def left(self):
        """Free places; ``None`` without a limit.

        >>> Counter(3, 5).left(), Counter(9, 5).left(), Counter(3, 0).left()
        (2, 0, None)
        """
        return max(self.limit - self.used, 0) if self.limit else None

    @property
    def full(self):
        return self.left() == 0


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one lead is."""

    id: int
    lead_id: int = 0
    pool_id: int = 0
    state: str = "waiting"  # waiting, held, closed
    closed_as: str = ""
    user_id: int = 0  # who holds it
    epoch: int = 0  # goes up with each change of hands
    entered_at: datetime | None = None
    last_holder_id: int = 0
    last_held_until: datetime | None = None
    former_holders: frozenset[tuple[int, datetime]] = frozenset()  # (user, until)
    priority: int = 0
    score: float = 0.0
    locked: bool = False
    archived: bool = False
    missing: tuple[str, ...] = ()  # labels of fields that it must have to be claimed
    claim_matches: frozenset[int] = frozenset()  # ids of the pool's claim rules whose condition holds
    matches: frozenset[int] = frozenset()  # ids of the pool's distribution rules whose condition holds
    barred: frozenset[int] = frozenset()  # users who do not get it by distribution: it has just been taken from them
    skilled: frozenset[int] = frozenset()  # users whose skills condition holds for this lead
    known_by: tuple[int, ...] = ()  # users who know the company or customer by other leads, the latest first
    known_by_what: tuple[str, ...] = ()  # by what each of them knows it: customer, phone, company…
    kind: int = 0  # leads of one kind (source) convert alike


@dataclass(slots=True)
class Load:
    """What a user holds and took, in one pool or in all pools; rules count it up as they allow."""

    held: Counter = field(default_factory=Counter)
    day: Counter = field(default_factory=Counter)
    hour: Counter = field(default_factory=Counter)

    def take(self):
        self.held.used += 1
        self.day.used += 1
        self.hour.used += 1


@dataclass(slots=True)
class Member:
    """A user's place in a pool."""

    user_id: int
    id: int = 0
    weight: float = 1.0
    credit: float = 0.0  # the rotation's memory: what the pool owes this member, in leads
    paused: bool = False
    active: bool = True  # of the user
    load: Load = field(default_factory=Load)
    sequence: int = 10
    away_until: datetime | None = None  # UTC; on leave now, until then
    foreign: bool = False  # may not work in the lead's company
    skills: bool = False  # has a skills condition
    record: dict = field(default_factory=dict)  # {kind of lead: (converted, ended holdings)}

    @property
    def eligible(self):
        """May get leads that nobody chose for him."""
        return (
            self.active
            and not self.foreign
            and not self.paused
            and not self.away_until
            and self.weight > 0
            and not self.load.held.full
        )


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """Who may claim leads for which a condition holds; the first rule of a pool that holds for a lead decides."""

    id: int
    user_ids: frozenset[int] | None = None  # None: every member


@dataclass(frozen=True, slots=True)
class AssignRule:
    """How leads for which a condition holds are given out; the rules of a pool are tried in order."""

    id: int
    strategy: str
    assignee_id: int = 0  # of the strategy ``default_assignee``
    user_ids: frozenset[int] = frozenset()  # only these members; empty: all
    if_nobody: str = "next"  # next: the next rule is tried; wait: the lead waits


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one pool."""

    pool_id: int = 0
    claimable: bool = True
    order: str = "free"  # free, oldest, newest, score, pull
    cooling_days: int = 0
    cooling_of: str = "last"  # last: the last holder only; any: any former one
    protection_minutes: int = 0
    backlog_limit: int = 0  # no claim with more untouched leads in hand than this
    claim_rules: tuple[ClaimRule, ...] = ()  # in order; where none holds every member may claim
    strategy: str = "manual"  # see rules.strategies.STRATEGIES
    default_assignee_id: int = 0
    affinity: bool = False  # who knows the company or the customer gets its leads
    rules: tuple[AssignRule, ...] = ()  # tried in order before the pool's own strategy
