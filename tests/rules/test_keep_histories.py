"""Whatever holders and admins do about deadlines, in whatever order: limits hold and promises are kept."""

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool.rules.facts import Entry
from lead_pool.rules.keep import (
    RESPITE_DAYS,
    Terms,
    extended_until,
    lock_ends_at,
    may_extend,
    may_grant,
    may_lock,
    may_unlock,
    needs_approval,
    respite_until,
)
from lead_pool.rules.reclaim import Rule, Tenure, deadline

NOON = datetime(2026, 3, 2, 12)
GRACE = timedelta(hours=24)
REPS = (7, 8)
EXAMPLES = int(os.environ.get("LEAD_POOL_EXAMPLES", "30"))
proved = settings(max_examples=4 * EXAMPLES, deadline=None, derandomize=True, database=None)


@dataclass(frozen=True)
class Kept:
    """What an entry keeps of its present holding."""

    holder: int = 0
    since: datetime = None
    followed_up: datetime = None
    locked: bool = False
    locked_until: datetime = None
    keep_until: datetime = None
    asked_until: datetime = None
    asked_days: int = 0
    extensions: int = 0
    granted: int = 0  # of these, by an admin


class Book:
    """Two leads of a pool in which two reps work: each verb asks the rules, and keeps what they allow."""

    def __init__(self, terms, rule):
        self.terms, self.rule, self.now = terms, rule, NOON
        self.leads = [Kept() for _lead in range(2)]
        self.first_locked, self.promises = {}, {}

    # what holds at every moment -------------------------------------------------------------------

    def check(self):
        for rep in REPS:
            locked = sum(kept.locked and kept.holder == rep for kept in self.leads)
            assert locked <= self.terms.lock_limit
        for number, kept in enumerate(self.leads):
            if not kept.holder:
                assert kept == Kept(), "nothing survives the holding"
                assert number not in self.first_locked | self.promises
                continue
            if kept.locked and self.terms.lock_days:
                assert kept.locked_until == self.first_locked[number] + timedelta(days=self.terms.lock_days)
            due = self.due_at(kept)
            if kept.locked:
                assert due is None
            elif number in self.promises:
                assert due >= self.promises[number], "never earlier than a promise"
            taken = kept.extensions - kept.granted  # what an admin grants may exceed the pool's figures
            assert not self.terms.extend_limit or taken <= self.terms.extend_limit

    def due_at(self, kept):
        until = max(filter(None, (kept.keep_until, kept.asked_until)), default=None)
        exempt = "locked" if kept.locked else ""
        return deadline(self.rule, Tenure(kept.since, kept.followed_up, exempt=exempt, keep_until=until)).reclaim_at

    # what happens ---------------------------------------------------------------------------------

    def entry(self, kept):
        return Entry(1, state="held" if kept.holder else "waiting", user_id=kept.holder, locked=kept.locked)

    def claim(self, number, rep, _days):
        if not self.leads[number].holder:
            self.leads[number] = Kept(rep, self.now)

    def give_back(self, number, _rep, _days):
        self.leads[number] = Kept()
        self.first_locked.pop(number, None)
        self.promises.pop(number, None)

    def follow_up(self, number, rep, _days):
        if self.leads[number].holder == rep:
            self.leads[number] = replace(self.leads[number], followed_up=self.now)

    def lock(self, number, rep, _days):
        kept = self.leads[number]
        verdict = may_lock(
            self.entry(kept),
            rep,
            self.terms,
            locked_now=sum(one.locked and one.holder == rep for one in self.leads),
            now=self.now,
            locked_until=kept.locked_until,
        )
        if verdict and not kept.locked:
            self.first_locked.setdefault(number, self.now)
            until = lock_ends_at(self.terms, self.now, kept.locked_until)
            self.leads[number] = replace(kept, locked=True, locked_until=until)

    def unlock(self, number, rep, _days):
        kept = self.leads[number]
        if may_unlock(self.entry(kept), rep) and kept.locked:
            self.end_lock(number)

    def end_lock(self, number):
        kept = self.leads[number]
        until = max(filter(None, (kept.keep_until, self.now + GRACE)))
        self.leads[number] = replace(kept, locked=False, keep_until=until)
        self.promise(number, until)

    def extend(self, number, rep, days):
        kept = self.leads[number]
        due = self.due_at(kept) if kept.holder else None
        if not may_extend(self.entry(kept), rep, days, self.terms, used=kept.extensions, due_at=due):
            return
        if needs_approval(days, self.terms):
            until = respite_until(self.now, kept.asked_until)
            assert until <= (kept.asked_until or self.now + timedelta(days=RESPITE_DAYS)), "once a holding"
            self.leads[number] = replace(kept, asked_until=until, asked_days=days)
            if until > self.now:
                self.promise(number, until)
        else:
            self.put_off(number, days, due)

    def approve(self, number, _rep, _days):
        kept = self.leads[number]
        if kept.asked_days and may_grant(self.entry(kept), kept.holder, due_at=self.due_at(kept)):
            self.put_off(number, kept.asked_days, self.due_at(replace(kept, asked_until=None)), granted=1)

    def decline(self, number, _rep, _days):
        """The only thing that takes a promise back: the answer to what was asked, and not below the grace."""
        kept = self.leads[number]
        if kept.asked_days:
            until = min(kept.asked_until, self.now + GRACE)
            self.leads[number] = replace(kept, asked_until=until, asked_days=0)
            self.promises[number] = max(filter(None, (kept.keep_until, until)))

    def put_off(self, number, days, due, granted=0):
        kept = self.leads[number]
        until = extended_until(due, self.now, days, promised=kept.asked_until)
        self.leads[number] = replace(
            kept,
            keep_until=until,
            asked_days=0,
            extensions=kept.extensions + 1,
            granted=kept.granted + granted,
        )
        self.promise(number, until)
        assert self.due_at(self.leads[number]) >= due + timedelta(days=days), "so many days more"

    def promise(self, number, until):
        self.promises[number] = max(filter(None, (self.promises.get(number), until)))

    def later(self, _number, _rep, days):
        """Time passes; what is locked too long is unlocked, what is due goes back."""
        self.now += timedelta(hours=8 * days)
        for number, kept in enumerate(self.leads):
            if kept.locked and kept.locked_until and kept.locked_until <= self.now:
                self.end_lock(number)
            kept = self.leads[number]
            due = self.due_at(kept) if kept.holder else None
            if due and due <= self.now:
                assert self.promises.get(number, due) <= self.now, "nothing goes back before what was promised"
                self.give_back(number, 0, 0)


OFTEN = ("lock", "unlock", "extend", "approve", "later")
VERBS = (*OFTEN, *OFTEN, "claim", "give_back", "follow_up", "decline")
HISTORIES = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 1), st.sampled_from([7, 7, 7, 8]), st.integers(1, 9)),
    min_size=10,
    max_size=40,
)
TERMS = st.builds(
    Terms,
    lock_limit=st.sampled_from([1, 1, 2, 0]),
    lock_days=st.sampled_from([5, 5, 1, 0]),
    extend_days=st.sampled_from([9, 9, 3, 0]),
    extend_limit=st.sampled_from([1, 2, 0]),
    approval=st.sampled_from(["never", "above", "always"]),
    free_days=st.integers(0, 4),
)
RULES = st.builds(Rule, no_follow_up_days=st.sampled_from([1, 3, 7]), held_days=st.sampled_from([0, 10]))


@proved
@given(TERMS, RULES, HISTORIES)
def test_limits_hold_and_promises_are_kept(terms, rule, history):
    book = Book(terms, rule)
    for number in range(2):
        book.claim(number, REPS[0], 0)
    for verb, number, rep, days in history:
        getattr(book, verb)(number, rep, days)
        book.check()


@proved
@given(TERMS, RULES, HISTORIES)
def test_an_extension_without_an_approval_never_brings_a_deadline_forward(terms, rule, history):
    book = Book(terms, rule)
    for number in range(2):
        book.claim(number, REPS[0], 0)
    for verb, number, rep, days in history:
        before = book.leads[number]
        due = book.due_at(before) if before.holder else None
        getattr(book, verb)(number, rep, days)
        after = book.leads[number]
        if verb in ("extend", "approve", "follow_up") and due and after.holder:
            assert book.due_at(after) >= due
