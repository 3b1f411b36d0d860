"""What a replay is told: what really happened in a pool, and the rules under which it is replayed.

:mod:`.recorded` makes it out of a ledger, :mod:`.simulation` replays it.

>>> hour = timedelta(hours=1)
>>> quick = Stay(7, ((1 * hour, "follow_up"), (5 * hour, "won")))
>>> Act(datetime(2026, 3, 2, 9), 1, "claim", 5, user_id=7, stay=quick).stay.deeds[0][1]
'follow_up'
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo

from .facts import Policy
from .working_time import CALENDAR, WorkingTime

#: What changes the deadline of whoever holds the lead; it counts as long as the same one holds it.
KEEPING = ("extend", "ask", "decline", "lock", "unlock", "freeze")


@dataclass(frozen=True, slots=True)
class Lead:
    """What a replay must know of one lead, all of it true under any rules."""

    id: int  # its number
    company_id: int = 0
    priority: int = 0
    stars: int = 0  # its priority as far as members see it: claims go by that
    score: float = 0.0
    order: int = 0  # of equally urgent ones the lowest first
    kind: int = 0  # see :class:`.facts.Entry`
    ties: tuple = ()  # ((what, value)): by what somebody may know the customer, the strongest first


@dataclass(frozen=True, slots=True)
class Stay:
    """How somebody really dealt with a lead in his hands."""

    user_id: int = 0  # 0: not told
    deeds: tuple = ()  # ((time since the start, what)): follow_up, converted or one of :data:`DEEDS`
    known: timedelta | None = None  # so long it was seen, then it was cut off; None: he ended it himself


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody really did at that moment, whatever the rules."""

    at: datetime
    order: int  # of acts at the same moment
    kind: str  # arrive, reopen, claim, pull, assign, recall, leave, close; of who holds it also :data:`KEEPING`
    lead_id: int
    user_id: int = 0  # who gets it, or holds it
    from_id: int = 0  # who had it; 0: it waited
    closed_as: str = ""
    over_capacity: bool = False  # knowingly
    days: int = 0  # of an extension
    until: datetime | None = None  # a lock, or a dispute, ends by then; None: not by itself
    stay: Stay = Stay()


@dataclass(frozen=True, slots=True)
class Start:
    """Where a lead was when the period began."""

    lead_id: int
    entered_at: datetime
    user_id: int = 0  # 0: it waited
    since: datetime | None = None  # he had it
    last_follow_up_at: datetime | None = None
    first_follow_up_at: datetime | None = None  # by him
    converted_at: datetime | None = None
    former_holders: frozenset = frozenset()  # ((user, until))
    locked: bool = False
    lock_ends_at: datetime | None = None
    keep_until: datetime | None = None  # promised, see :class:`.reclaim.Tenure`
    asked_until: datetime | None = None  # an extension was asked for
    frozen: tuple = ()  # ((from, until)) in dispute; until None: it still is
    stay: Stay = Stay()


@dataclass(slots=True)
class History:
    """What really happened in one pool. ``given`` are the stays of leads that the pool gave out itself."""

    begin: datetime
    end: datetime
    leads: dict = field(default_factory=dict)  # {number: Lead}
    starts: list = field(default_factory=list)
    acts: list = field(default_factory=list)
    given: dict = field(default_factory=dict)  # {number: (Stay, …)} in their order
    runs: list = field(default_factory=list)  # [(moment, order)] of distributions that ran
    run_lag: timedelta = timedelta()  # how soon they usually came
    sweeps: list = field(default_factory=list)  # [(moment, order)] at which leads were taken back
    sweep_lag: timedelta = timedelta()
    credits: dict = field(default_factory=dict)  # {user: credit of the rotation} at the beginning
    ended: list = field(default_factory=list)  # [(moment, user, kind, converted)] of holdings before it
    converters: dict = field(default_factory=dict)  # {(what, value): [(user, since)]} before it
    elsewhere: list = field(default_factory=list)  # [(moment, user, company, ±1)] leads held in other pools
    untouched: list = field(default_factory=list)  # [(moment, user, ±1)] of them those that he has not followed up


@dataclass(frozen=True, slots=True)
class Seat:
    """A member as the rules know him."""

    user_id: int
    weight: float = 1.0
    capacity: int = 0  # limits of 0 are none
    day_limit: int = 0
    hour_limit: int = 0
    paused: bool = False
    active: bool = True
    joined_on: object = None  # first day of the ramp
    ramp_days: int = 0
    skills: bool = False
    since: datetime | None = None  # no member before
    leaves: tuple = ()  # ((from, until)): no leads are given to him, and the clocks of his leads stand still
    hours: WorkingTime | None = None  # his own ones, where they are not the pool's
    companies: frozenset | None = None  # in which he may work; None: in all
    overall: tuple = (0, 0, 0)  # most leads held, claims a day, an hour, in all pools


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a reclaim rule sends its leads."""

    where: str  # next: to the next rep; other: to another pool
    company_id: int = 0  # of that pool; it takes leads of this company only, 0: of all


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of the pool under which history is replayed."""

    policy: Policy
    seats: list = field(default_factory=list)
    reclaim: tuple = ()  # ((reclaim.Rule, numbers of the leads for which it holds; None: all)) in order
    destinations: dict = field(default_factory=dict)  # {reclaim rule: Destination}; the others: its own pool
    exempt: dict = field(default_factory=dict)  # {kind of exemption that is granted: numbers of the leads that have it}
    claim_matches: dict = field(default_factory=dict)  # {claim rule: {numbers of leads}}
    pull_from: tuple = (50, 30, 20)  # a pull chooses among so many: the best, the freshest, those of known customers
    matches: dict = field(default_factory=dict)  # {distribution rule: {numbers of leads}}
    skilled: dict = field(default_factory=dict)  # {user: {numbers of leads}}
    calendar: WorkingTime = CALENDAR
    working_only: bool = False  # gives out leads in working hours only
    leave_margin: timedelta = timedelta()
    opportunity_ends_holding: bool = True
    grace: timedelta = timedelta()
    tz: tzinfo = timezone.utc


@dataclass(slots=True)
class Holding:
    """Who had a lead in the replay."""

    lead_id: int
    user_id: int
    since: datetime
    how: str  # start, own, claim, assign, distribute
    until: datetime | None = None
    why: str = ""  # it ended
    first_follow_up_at: datetime | None = None
