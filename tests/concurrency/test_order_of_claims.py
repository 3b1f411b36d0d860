"""Claims, pulls and undos in every order of their steps."""

import functools
from datetime import datetime

import pytest
from cases import one_request_twice, two_claims, two_leads_one_place, two_locks_one_left
from office import COMMITTED, REPEATABLE, errors_and_retries, one_winner, verify, words
from steps import Actor, one_order

from odoo.addons.lead_pool.models.pool.clock import LeadPoolOfClock

# ── claim against claim ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "levels",
    [(COMMITTED, COMMITTED), (COMMITTED, REPEATABLE), (REPEATABLE, REPEATABLE)],
    ids=["committed", "mixed", "repeatable"],
)
def test_two_reps_claim_one_lead(office, levels):
    verify(office, *two_claims(office, levels), points=("rows", "write"))


@pytest.mark.long
@pytest.mark.parametrize("levels", [(COMMITTED, COMMITTED), (COMMITTED, REPEATABLE)])
def test_two_reps_claim_one_lead_with_every_stop(office, levels):
    verify(office, *two_claims(office, levels), points=("counters", "rows", "bump", "write", "ledgers"))


@pytest.mark.parametrize("points", [(), pytest.param(("write",), marks=pytest.mark.long)])
def test_three_reps_claim_one_lead(office, points):
    def prepare():
        prepare.entry, _lead = office.lead()
        return [office.claims(name, prepare.entry) for name in ("ann", "ben", "cleo")]

    verify(office, prepare, one_winner, points=points)


@pytest.mark.parametrize("limit", ["pool", "ramp", "all", "day"])
def test_one_rep_claims_two_leads_with_one_place_left(office, limit):
    verify(office, *two_leads_one_place(office, limit), points=("counters", "bump"))
    office.lift_limits()


def test_one_rep_claims_two_leads_with_one_place_left_in_repeatable_read(office):
    levels = (COMMITTED, REPEATABLE)
    verify(office, *two_leads_one_place(office, "pool", levels), points=("counters", "bump"))
    office.lift_limits()


@pytest.mark.parametrize(
    "levels",
    [(COMMITTED, COMMITTED), (COMMITTED, REPEATABLE), pytest.param((REPEATABLE, REPEATABLE), marks=pytest.mark.long)],
    ids=str,
)
def test_one_rep_locks_two_leads_with_one_lock_left(office, levels):
    verify(office, *two_locks_one_left(office, levels), points=("counters", "rows", "events"))


def test_the_first_claims_of_a_new_rep_in_three_tabs_do_not_wait_for_each_other_for_ever(office):
    """His counters are made by the first tab, while the second one waits, and the third one finds them made."""
    office.hire("rep", "newcomer")
    office.open_pool("Newcomers", members=["newcomer"])  # his alone: in the other ones he would be somebody's next rep
    before = office.wrong()
    office.sql("DELETE FROM lead_pool_rep WHERE user_id = %s", [office.users["newcomer"]])
    actors = [
        office.claims("newcomer", office.lead(pool="Newcomers")[0], label=label)
        for label in ("first", "second", "third")
    ]
    order = "first second first second first first third third second third second".split()
    trace = one_order(office.dbname, actors, order, points=("reps",))
    assert errors_and_retries(actors) == [], words(trace, actors)
    assert [actor.answer["done"] for actor in actors] == [True] * 3
    assert office.wrong() == before
    assert office.holds("newcomer") == 3


def test_bulk_claims_in_opposite_order_share_the_leads(office):
    def prepare():
        entries = [office.lead()[0], office.lead()[0]]
        prepare.entries = entries

        def work(env, ids):
            return env["lead.pool.entry"].browse(ids).action_claim()

        return [
            office.actor("ann", functools.partial(work, ids=entries)),
            office.actor("ben", functools.partial(work, ids=entries[::-1])),
        ]

    def check(actors):
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        if not wrong:
            done = [x["id"] for a in actors for x in a.answer if x["done"]]
            if len(done) != len(set(done)):
                wrong.append("a lead was won twice")
            # SKIP LOCKED: while both are at work a lead may be refused to both, never won by both
            wrong += [f"{a.name} needed {a.tries} tries" for a in actors if a.tries > 1]
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


# ── claims in an order, pulls, undo ───────────────────────────────────────────────────────────────


def put_in_line(office, order, count):
    """``[entry id]`` of exactly so many leads that wait in a pool with this order, the first one first."""
    if "Line" not in office.pools:
        office.open_pool("Line", members=["ann", "ben", "cleo"])
    entries = office.alone_in("Line", count)
    office.sql("UPDATE lead_pool SET claim_order = %s WHERE id = %s", [order, office.pools["Line"]])
    office.sql("UPDATE lead_pool_rep SET undo_day = NULL")
    office.sql("UPDATE lead_pool_entry SET score = 50, priority = '1' WHERE id = ANY(%s)", [entries])
    return entries


def pulls(office, name, label=None, committed=COMMITTED):
    def work(env):
        [answer] = env["lead.pool"].browse(office.pools["Line"]).action_pull_next()
        return answer

    return office.actor(name, work, committed, label)


def undoes(office, name, entry, label=None):
    def work(env):
        [answer] = env["lead.pool.entry"].browse(entry).action_undo_claim()
        return answer

    return office.actor(name, work, label=label)


#: Few orders before each commit, all of them in the long form.
STOPS = pytest.mark.parametrize(
    "points", [("rows", "write"), pytest.param(("counters", "rows", "write"), marks=pytest.mark.long)], ids=len
)


@STOPS
@pytest.mark.parametrize("order", ["oldest", pytest.param("score", marks=pytest.mark.long)])
def test_the_first_and_the_second_lead_of_an_ordered_pool_are_claimed(office, order, points):
    """Who asks for the second gets it once the first is taken, or being taken; never while it waits."""

    def prepare():
        prepare.entries = put_in_line(office, order, 3)
        first, second, _third = prepare.entries
        return [office.claims("ann", first), office.claims("ben", second)]

    def check(actors):
        ann, ben = actors
        wrong = errors_and_retries(actors)
        first, second = (office.now(entry) for entry in prepare.entries[:2])
        if not wrong and (not ann.answer["done"] or ben.answer["code"] not in (False, "out_of_order")):
            wrong.append("the first lead was refused, or the second for another reason")
        if second[0] == "held" and first[0] != "held":
            wrong.append("the first lead was passed")
        return wrong

    verify(office, prepare, check, points)


@pytest.mark.parametrize(
    ("order", "levels"),
    [
        ("pull", (COMMITTED, COMMITTED)),
        pytest.param("oldest", (COMMITTED, COMMITTED), marks=pytest.mark.long),
        pytest.param("pull", (COMMITTED, REPEATABLE), marks=pytest.mark.long),
    ],
)
@STOPS
def test_two_reps_pull_at_once_and_get_different_leads(office, order, levels, points):
    def prepare():
        prepare.entries = put_in_line(office, order, 2)
        return [pulls(office, name, committed=level) for name, level in zip(("ann", "ben"), levels, strict=True)]

    def check(actors):
        wrong = errors_and_retries(actors)
        if not wrong:
            got = sorted(a.answer["id"] for a in actors if a.answer["done"])
            if got != prepare.entries:
                wrong.append(f"they got {got} of {prepare.entries}")
        return wrong

    verify(office, prepare, check, points)


def test_two_reps_pull_the_last_lead(office):
    def prepare():
        put_in_line(office, "pull", 1)
        return [pulls(office, "ann"), pulls(office, "ben")]

    verify(office, prepare, functools.partial(one_winner, codes=("no_lead", "busy")), points=("rows", "write"))


def test_one_request_that_arrives_twice_at_once(office):
    verify(office, *one_request_twice(office), points=("rows", "write"))


def test_an_empty_answer_is_the_same_when_the_request_comes_again(office):
    give_out(office)
    office.alone_in("Auto", 0)
    with office.inside("chief") as env:
        pool = env["lead.pool"].browse(office.pools["Auto"])
        answers = [pool.action_distribute(request_uid="nothing waits") for _arrival in range(2)]
    assert answers == [[], []]


@pytest.mark.long
def test_three_reps_pull_three_leads(office):
    def prepare():
        prepare.entries = put_in_line(office, "pull", 3)
        return [pulls(office, name) for name in ("ann", "ben", "cleo")]

    def check(actors):
        wrong = errors_and_retries(actors)
        if not wrong and sorted(a.answer["id"] for a in actors) != prepare.entries:
            wrong.append("somebody got none")
        return wrong

    verify(office, prepare, check, points=("write",))


@STOPS
def test_a_claim_is_undone_while_a_colleague_claims_the_lead(office, points):
    """The undo is done; the colleague gets the lead after it, or is told that it is taken."""

    def prepare():
        [prepare.entry] = put_in_line(office, "free", 1)
        with office.inside("ann") as env:
            [answer] = env["lead.pool.entry"].browse(prepare.entry).action_claim()
            assert answer["done"]
        return [undoes(office, "ann", prepare.entry), office.claims("ben", prepare.entry)]

    def check(actors):
        ann, ben = actors
        wrong = errors_and_retries(actors)
        if not wrong:
            state, holder, _epoch = office.now(prepare.entry)
            if not ann.answer["done"] or ben.answer["code"] not in (False, "taken", "busy"):
                wrong.append("refused for another reason")
            if (state, holder) != (("held", "ben") if ben.answer["done"] else ("waiting", None)):
                wrong.append(f"{state} by {holder}")
        return wrong

    verify(office, prepare, check, points)


@STOPS
def test_two_claims_are_undone_in_two_tabs_and_one_a_day_is(office, points):
    def prepare():
        entries = put_in_line(office, "free", 2)
        with office.inside("ann") as env:
            assert all(answer["done"] for answer in env["lead.pool.entry"].browse(entries).action_claim())
        return [undoes(office, "ann", entry, label=f"tab {entry}") for entry in entries]

    verify(office, prepare, functools.partial(one_winner, codes=("undo_used",)), points)


# ── claims against what the pool gives out ────────────────────────────────────────────────────────


def give_out(office):
    """A lead that waits in a pool which gives all it has to ann, and the batch of the scheduled action that does."""
    if "Auto" not in office.pools:
        office.open_pool("Auto", members=["ann", "ben"], strategy="rotation", distribute_on_arrival=False)
    auto = office.pools["Auto"]
    office.sql(
        "UPDATE lead_pool_member SET weight = (user_id = %s)::int WHERE pool_id = %s", [office.users["ann"], auto]
    )
    [entry] = office.alone_in("Auto", 1)
    return entry, office.actor(None, lambda env: env["lead.pool"].browse(auto)._distribute(), label="cron")


def given(cron, entry):
    return [row["id"] for row in cron.answer if row["done"]] == [entry]


def test_the_pool_gives_out_a_lead_that_a_rep_claims(office):
    """It goes to ann or to ben; while both are at work it may be left to the next run, never given twice."""

    def prepare():
        prepare.entry, cron = give_out(office)
        return [cron, office.claims("ben", prepare.entry)]

    def check(actors):
        cron, ben = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        winners = ["ann"] * given(cron, prepare.entry) + ["ben"] * ben.answer["done"]
        expected = ("held", winners[0]) if winners else ("waiting", None)
        if len(winners) == 2 or office.now(prepare.entry)[:2] != expected:
            wrong.append(f"{office.now(prepare.entry)}, got by {winners}")
        codes = (False, "busy") if not winners else (False, "taken", "busy")
        if ben.answer["code"] not in codes:
            wrong.append(f"refused with {ben.answer['code']}")
        return wrong

    verify(office, prepare, check)


def test_the_pool_gives_a_rep_his_last_place_while_he_claims_another_lead(office):
    """One place: filled by the lead that he is given, or by the one that he claims."""

    def prepare():
        office.lift_limits()
        prepare.entry, cron = give_out(office)
        prepare.before = office.holds("ann")
        office.give_places_everywhere("ann", 1)
        return [cron, office.claims("ann", office.lead()[0])]

    def check(actors):
        cron, ann = actors
        wrong = errors_and_retries(actors)
        if wrong:
            return wrong
        if given(cron, prepare.entry) == ann.answer["done"] or ann.answer["code"] not in (False, "capacity_all_full"):
            wrong.append(f"given out {cron.answer}, claimed {ann.answer}")
        if office.holds("ann") != prepare.before + 1:
            wrong.append(f"ann holds {office.holds('ann')} after {prepare.before}")
        return wrong

    verify(office, prepare, check, points=("counters", "rows"))


# ── claims against the end of a day, a membership, a limit ────────────────────────────────────────


@pytest.mark.parametrize(
    "midnight", [pytest.param(1, marks=pytest.mark.long), 2, pytest.param(3, marks=pytest.mark.long), 4]
)
def test_two_claims_around_midnight_count_for_the_day_on_which_they_are_made(office, monkeypatch, midnight):
    """One claim a day: whoever waits over midnight for the other tab, no day has two.

    :param midnight: how many steps of the two claims are made before it
    """
    steps = []
    monday, tuesday = datetime(2031, 3, 3, 23, 59, 59), datetime(2031, 3, 4)
    monkeypatch.setattr(LeadPoolOfClock, "_now", lambda *_args: monday if len(steps) <= midnight else tuesday)
    go = Actor.go
    monkeypatch.setattr(Actor, "go", lambda self: (steps.append(self.name), go(self))[1])

    def prepare():
        steps.clear()
        office.sql("DELETE FROM lead_pool_request")
        office.sql("UPDATE lead_pool_member SET daily_claim_limit = 1, day = NULL, day_n = 0")
        prepare.entries = [office.lead()[0] for _n in range(3)]
        return [office.claims("ann", entry, label=f"tab {n}") for n, entry in enumerate(prepare.entries[:2])]

    def check(actors):
        wrong = errors_and_retries(actors)
        steps.extend(["later"] * 10)
        with office.inside("ann") as env:
            env["lead.pool.entry"].browse(prepare.entries[2]).action_claim()
        claims = dict(
            office.sql(
                """SELECT h.started_at::date::text, count(*)
                     FROM lead_pool_holding h JOIN lead_pool_entry e USING (lead_ref)
                    WHERE e.id = ANY(%s) GROUP BY 1""",
                [prepare.entries],
            )
        )
        if claims not in ({"2031-03-03": 1, "2031-03-04": 1}, {"2031-03-04": 1}):
            wrong.append(f"claims by day: {claims}")
        return wrong

    try:
        verify(office, prepare, check, points=("counters",))
    finally:  # the future is over
        office.sql("UPDATE lead_pool_member SET day = NULL, day_n = 0")
        office.sql("UPDATE lead_pool_rep SET day = NULL, day_n = 0")


def test_a_claim_while_the_member_is_removed(office):
    """He gets the lead while he is a member, or is told that there is none for him."""
    if "Club" not in office.pools:
        office.open_pool("Club", members=["ann", "ben", "chief"])

    def leaves(env):
        return office_member(env, office, "ann", "Club").unlink()

    def prepare():
        with office.inside() as env:
            if not office_member(env, office, "ann", "Club"):
                env["lead.pool.member"].create({"pool_id": office.pools["Club"], "user_id": office.users["ann"]})
        prepare.entry, _lead = office.lead(pool="Club")
        return [office.claims("ann", prepare.entry), office.actor("chief", leaves, REPEATABLE)]

    def check(actors):
        ann, _chief = actors
        wrong = errors_and_retries(actors)
        if not wrong:
            expected = ("held", "ann") if ann.answer["done"] else ("waiting", None)
            if office.now(prepare.entry)[:2] != expected:
                wrong.append(f"{office.now(prepare.entry)} after {ann.answer}")
            if ann.answer["code"] not in (False, "unknown", "not_member"):
                wrong.append(f"refused with {ann.answer['code']}")
        with office.inside() as env:
            if office_member(env, office, "ann", "Club"):
                wrong.append("still a member")
        return wrong

    verify(office, prepare, check, points=("counters", "rows", "write"))


def office_member(env, office, name, pool):
    return env["lead.pool.member"].search(
        [("user_id", "=", office.users[name]), ("pool_id", "=", office.pools[pool]), ("role", "=", "member")]
    )
