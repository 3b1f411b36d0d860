"""Whatever order two or three transactions take, the books are true afterwards.

Every order of the steps is played (see ``steps``), on real transactions: READ COMMITTED as
``ir.http`` sets it for contended verbs, and Odoo's REPEATABLE READ with its retry for the rest.
That the net has no hole is shown by seeded faults at the end, which it must find.
"""

import functools
import logging

import psycopg2
import pytest
from department import WRONG, Department
from steps import Actor, every_order

from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.lead_pool.models.verbs import reclaim
from odoo.addons.lead_pool.models.verbs.counters import LeadPoolCounters
from odoo.addons.lead_pool.models.verbs.keep import LeadPoolKeep
from odoo.addons.lead_pool.models.verbs.ledger import LeadPoolLedger
from odoo.addons.lead_pool.models.verbs.locks import LeadPoolLocks, Locked
from odoo.addons.lead_pool.rules import facts

COMMITTED, REPEATABLE = True, False


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """Serialization failures in REPEATABLE READ are logged with their statements."""
    loggers = [logging.getLogger(name) for name in ("odoo.sql_db", "odoo.service.model")]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    yield
    for logger in loggers:
        logger.setLevel(logging.NOTSET)


@pytest.fixture(scope="module")
def office(make_database):
    office = Office(make_database())
    yield office
    office.close()


class Office(Department):
    """A department with leads in stock, so that each order gets fresh ones in no time."""

    def __init__(self, dbname):
        super().__init__(dbname, "office")
        self.hire("rep", "ann", "ben", "cleo")
        self.hire("manager", "chief")
        self.open_pool("Inbound", members=["ann", "ben", "cleo", "chief"])
        self.open_pool("Second", members=["ann", "ben", "cleo", "chief"])
        self.connection = psycopg2.connect(dbname=dbname)
        self.connection.autocommit = True
        self.stock = {}

    def close(self):
        self.connection.close()

    def sql(self, query, parameters=()):
        with self.connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def lead(self, holder=None, pool="Inbound"):
        """``(entry id, lead id)`` of a lead that waits, or that this person holds."""
        stock = self.stock.setdefault((holder, pool), [])
        if not stock:
            stock += self.leads(pool, 100, holder=holder)
        return stock.pop()

    def give_places(self, name, count, pool="Inbound"):
        """From now on so many leads more than he holds in this pool."""
        self.sql(
            """UPDATE lead_pool_member SET capacity = held + %s, over_capacity = false
                WHERE user_id = %s AND pool_id = %s AND role = 'member'""",
            [count, self.users[name], self.pools[pool]],
        )

    def give_places_everywhere(self, name, count):
        self.sql(
            "UPDATE lead_pool_rep SET capacity = held + %s, over_capacity = false WHERE user_id = %s",
            [count, self.users[name]],
        )

    def put_on_the_ramp(self, name, count, pool="Inbound"):
        """From now on so many leads more than he holds, for he joined as many days ago and gets one more a day."""
        self.sql(
            """UPDATE lead_pool_member m SET capacity = 3651, ramp_days = 3650, over_capacity = false,
                      joined_at = (now() AT TIME ZONE p.tz)::date - (m.held + %s - 1)
                 FROM lead_pool p
                WHERE p.id = m.pool_id AND m.user_id = %s AND m.pool_id = %s AND m.role = 'member'""",
            [count, self.users[name], self.pools[pool]],
        )

    def lift_limits(self):
        self.sql("UPDATE lead_pool_member SET capacity = 0, daily_claim_limit = 0, ramp_days = 0")
        self.sql("UPDATE lead_pool_rep SET capacity = 0")

    def make_due(self, entry):
        self.sql("UPDATE lead_pool_entry SET reclaim_at = '2020-01-01' WHERE id = %s", [entry])

    def holds(self, name):
        """Open holdings of this person."""
        return self.sql(
            "SELECT count(*) FROM lead_pool_holding WHERE user_id = %s AND ended_at IS NULL",
            [self.users[name]],
        )[0][0]

    def now(self, entry):
        """``(state, holder's name, epoch)``"""
        [(state, user, epoch)] = self.sql("SELECT state, user_id, epoch FROM lead_pool_entry WHERE id = %s", [entry])
        names = {user_id: name for name, user_id in self.users.items()}
        return state, names.get(user), epoch

    def actor(self, name, work, committed=COMMITTED, label=None):
        return Actor(label or name, self.users[name] if name else 1, work, committed)

    # what people do -------------------------------------------------------------------------------

    def claims(self, name, entry, committed=COMMITTED, label=None):
        def work(env):
            [answer] = env["lead.pool.entry"].browse(entry).action_claim()
            return answer

        return self.actor(name, work, committed, label)

    def locks(self, name, entry, committed=COMMITTED, label=None):
        def work(env):
            [answer] = env["lead.pool.entry"].browse(entry).action_lock()
            return answer

        return self.actor(name, work, committed, label)

    def reclaims(self):
        """The scheduled action."""
        return self.actor(None, lambda env: env["lead.pool.entry"]._reclaim_due(), label="cron")

    def writes(self, name, lead, values):
        """A form is saved: Odoo's own REPEATABLE READ."""
        names = {**values}
        if "user_id" in names:
            names["user_id"] = self.users.get(names["user_id"], False)
        return self.actor(name, lambda env: env["crm.lead"].browse(lead).write(names), REPEATABLE)

    def follows_up(self, name, lead):
        def work(env):
            return env["crm.lead"].browse(lead).action_follow_up({"note": "Called, wants an offer"})

        return self.actor(name, work)

    def returns(self, name, entry):
        def work(env):
            reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1)
            [answer] = env["lead.pool.entry"].browse(entry).action_return(reason.id)
            return answer

        return self.actor(name, work)

    def assigns(self, name, entry, to, over_capacity=False, label=None):
        def work(env):
            [answer] = env["lead.pool.entry"].browse(entry).action_assign(self.users[to], over_capacity=over_capacity)
            return answer

        return self.actor(name, work, label=label)

    def transfers(self, name, entry, to):
        def work(env):
            [answer] = env["lead.pool.entry"].browse(entry).action_transfer(self.pools[to])
            return answer

        return self.actor(name, work)

    # truth ----------------------------------------------------------------------------------------

    def wrong(self):
        """What must never be found; quicker than ``problems``, for it is asked after every order."""
        return [f"{text}: {row}" for text, row in self.sql(ALL_WRONG)]


def counted(table, scope, role):
    """Counters of this table that differ from the open holdings."""
    return f"""
        SELECT t.user_id, t.held, count(h.id) FROM {table} t LEFT JOIN lead_pool_holding h
            ON h.user_id = t.user_id AND h.{scope} = t.{scope} AND h.ended_at IS NULL
         WHERE {role} GROUP BY t.id HAVING t.held <> count(h.id)"""


ALL_WRONG = " UNION ALL ".join(
    f"SELECT '{text.replace(chr(39), chr(39) * 2)}', row::text FROM ({query}) row"
    for text, query in {
        **WRONG,
        "a miscounted member": counted("lead_pool_member", "pool_id", "t.role = 'member'"),
        "a miscounted rep": counted("lead_pool_rep", "company_id", "true"),
        "held without a holding": """
            SELECT e.lead_ref, e.user_id FROM lead_pool_entry e WHERE e.state = 'held' AND NOT EXISTS (
                SELECT 1 FROM lead_pool_holding h WHERE h.lead_ref = e.lead_ref
                   AND h.user_id = e.user_id AND h.pool_id = e.pool_id AND h.ended_at IS NULL)""",
    }.items()
)


def words(trace, actors):
    """The order that was played, and how it ended."""
    steps = " → ".join(f"{name}:{point}" for name, point in trace)
    ends = "; ".join(f"{a.name}: {a.result!r} ({a.tries} tries)" for a in actors)
    return f"{steps}   [{ends}]"


def failures(office, prepare, check, points=("counters", "rows", "write"), first=False):
    """The orders after which something is wrong.

    :param prepare: callable ``() -> [Actor]``
    :param check: callable ``(actors) -> [sentence]`` for what this case expects besides true books
    :param first: stop at the first one
    """
    found, count, before = [], 0, office.wrong()
    orders = every_order(office.dbname, prepare, points)
    for trace, actors in orders:
        count += 1
        wrong = [*check(actors), *(fault for fault in office.wrong() if fault not in before)]
        if wrong:
            found.append("\n    ".join([words(trace, actors), *wrong]))
            if first:
                orders.close()
                break
    print(f"{count} orders played")
    return found


def broken_chains(office):
    with office.inside() as env:
        return env["lead.pool.event"]._broken_chains()


def verify(office, prepare, check, points=("counters", "rows", "write")):
    """Play every order of the case; none may leave anything wrong."""
    wrong = failures(office, prepare, check, points)
    assert not wrong, "\n".join(wrong)
    assert broken_chains(office) == {}


def one_winner(actors, codes=("taken", "busy"), retries=False):
    """Exactly one claim is done, the others are answers with one of these codes."""
    wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
    answers = [a.answer for a in actors if a.error is None]
    done = [answer for answer in answers if answer["done"]]
    if len(done) != 1:
        wrong.append(f"{len(done)} winners")
    wrong += [f"refused with {x['code']}" for x in answers if not x["done"] and x["code"] not in codes]
    if not retries:
        wrong += [f"{a.name} needed {a.tries} tries" for a in actors if a.committed and a.tries > 1]
    return wrong


# ── claim against claim ───────────────────────────────────────────────────────────────────────────


def two_claims(office, levels):
    """Two reps, one lead: exactly one holds it, at the next epoch."""

    def prepare():
        prepare.entry, _lead = office.lead()
        return [
            office.claims("ann", prepare.entry, levels[0]),
            office.claims("ben", prepare.entry, levels[1]),
        ]

    def check(actors):
        state, holder, epoch = office.now(prepare.entry)
        winner = [a.name for a in actors if a.error is None and a.answer["done"]]
        wrong = one_winner(actors)
        if (state, [holder], epoch) != ("held", winner, 2):
            wrong.append(f"{state} by {holder} at epoch {epoch}")
        return wrong

    return prepare, check


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


def two_leads_one_place(office, limit, levels=(COMMITTED, COMMITTED)):
    """One rep in two tabs with one place (claim) left, two leads: exactly one is his."""
    codes = {"pool": "capacity_full", "ramp": "capacity_full", "all": "capacity_all_full", "day": "daily_limit"}

    def prepare():
        office.lift_limits()
        prepare.before = office.holds("ann")
        if limit == "pool":
            office.give_places("ann", 1)
        elif limit == "ramp":
            office.put_on_the_ramp("ann", 1)
        elif limit == "all":
            office.give_places_everywhere("ann", 1)
        else:
            office.sql("UPDATE lead_pool_member SET daily_claim_limit = 1, day = NULL")
        pools = ("Inbound", "Second") if limit == "all" else ("Inbound", "Inbound")
        return [
            office.claims("ann", office.lead(pool=pool)[0], level, label=f"tab {number}")
            for number, (pool, level) in enumerate(zip(pools, levels, strict=True))
        ]

    def check(actors):
        wrong = one_winner(actors, codes=(codes[limit],))
        if office.holds("ann") != prepare.before + 1:
            wrong.append(f"holds {office.holds('ann') - prepare.before} more")
        return wrong

    return prepare, check


@pytest.mark.parametrize("limit", ["pool", "ramp", "all", "day"])
def test_one_rep_claims_two_leads_with_one_place_left(office, limit):
    verify(office, *two_leads_one_place(office, limit), points=("counters", "bump"))
    office.lift_limits()


def test_one_rep_claims_two_leads_with_one_place_left_in_repeatable_read(office):
    levels = (COMMITTED, REPEATABLE)
    verify(office, *two_leads_one_place(office, "pool", levels), points=("counters", "bump"))
    office.lift_limits()


def two_locks_one_left(office, levels):
    """One rep in two tabs who may lock one more of his leads: exactly one is locked."""

    def prepare():
        office.sql("UPDATE lead_pool SET lock_limit = 1")
        office.sql("UPDATE lead_pool_entry SET locked = false WHERE locked")
        return [
            office.locks("ann", office.lead(holder="ann")[0], level, label=f"tab {number}")
            for number, level in enumerate(levels)
        ]

    def check(actors):
        wrong = one_winner(actors, codes=("limit_reached",))
        [(locked,)] = office.sql("SELECT count(*) FROM lead_pool_entry WHERE locked")
        if locked != 1:
            wrong.append(f"{locked} are locked")
        return wrong

    return prepare, check


@pytest.mark.parametrize("levels", [(COMMITTED, COMMITTED), (COMMITTED, REPEATABLE), (REPEATABLE, REPEATABLE)], ids=str)
def test_one_rep_locks_two_leads_with_one_lock_left(office, levels):
    verify(office, *two_locks_one_left(office, levels), points=("counters", "rows", "events"))


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
    line, second = office.pools["Line"], office.pools["Second"]
    entries = sorted(office.lead(pool="Second")[0] for _n in range(count))
    office.sql("UPDATE lead_pool SET claim_order = %s WHERE id = %s", [order, line])
    office.sql("UPDATE lead_pool_rep SET undo_day = NULL")
    office.sql("UPDATE lead_pool_entry SET score = 50, priority = '1' WHERE id = ANY(%s)", [entries])
    for pool, where in ((second, "pool_id = %s AND state = 'waiting'"), (line, "id = ANY(%s)")):
        office.sql(
            f"""WITH moved AS (UPDATE lead_pool_entry SET pool_id = %s WHERE {where} RETURNING lead_id)
                UPDATE crm_lead SET pool_id = %s WHERE id IN (SELECT lead_id FROM moved)""",
            [pool, line if pool == second else entries, pool],
        )
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


def errors_and_retries(actors):
    wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
    return wrong + [f"{a.name} needed {a.tries} tries" for a in actors if a.committed and a.tries > 1]


@pytest.mark.parametrize("order", ["oldest", "score"])
def test_the_first_and_the_second_lead_of_an_ordered_pool_are_claimed(office, order):
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

    verify(office, prepare, check, points=("counters", "rows", "write"))


@pytest.mark.parametrize(
    ("order", "levels"),
    [("pull", (COMMITTED, COMMITTED)), ("oldest", (COMMITTED, COMMITTED)), ("pull", (COMMITTED, REPEATABLE))],
)
def test_two_reps_pull_at_once_and_get_different_leads(office, order, levels):
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

    verify(office, prepare, check, points=("counters", "rows", "write"))


def test_two_reps_pull_the_last_lead(office):
    def prepare():
        put_in_line(office, "pull", 1)
        return [pulls(office, "ann"), pulls(office, "ben")]

    verify(office, prepare, functools.partial(one_winner, codes=("no_lead", "busy")), points=("rows", "write"))


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


def test_a_claim_is_undone_while_a_colleague_claims_the_lead(office):
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

    verify(office, prepare, check, points=("counters", "rows", "write"))


def test_two_claims_are_undone_in_two_tabs_and_one_a_day_is(office):
    def prepare():
        entries = put_in_line(office, "free", 2)
        with office.inside("ann") as env:
            assert all(answer["done"] for answer in env["lead.pool.entry"].browse(entries).action_claim())
        return [undoes(office, "ann", entry, label=f"tab {entry}") for entry in entries]

    verify(office, prepare, functools.partial(one_winner, codes=("undo_used",)), points=("counters", "rows", "write"))


# ── the scheduled action against people ───────────────────────────────────────────────────────────


def test_reclaim_against_a_claim_of_the_same_lead(office):
    """Ben may have it once it went back, never before."""

    def prepare():
        prepare.entry, _lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.claims("ben", prepare.entry)]

    def check(actors):
        cron, ben = actors
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        if wrong:
            return wrong
        expected = ("held", "ben") if ben.answer["done"] else ("waiting", None)
        if office.now(prepare.entry)[:2] != expected:
            wrong.append(f"{office.now(prepare.entry)} instead of {expected}")
        if cron.answer != 1:
            wrong.append(f"the scheduled action did {cron.answer}")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


def reclaim_against_follow_up(office):
    """A follow-up that is accepted keeps the lead; one that comes too late is refused."""

    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.follows_up("ann", prepare.lead)]

    def check(actors):
        cron, ann = actors
        wrong = [f"{cron.name} failed: {cron.error!r}"] if cron.error else []
        if ann.error is not None and not isinstance(ann.error, UserError):  # AccessError is one
            wrong.append(f"ann failed: {ann.error!r}")
        kept = ann.error is None
        state, holder, _epoch = office.now(prepare.entry)
        if kept != (holder == "ann") or (cron.answer == 1) == kept:
            wrong.append(f"{state} by {holder}, follow-up {ann.result!r}, reclaimed {cron.answer}")
        [(records,)] = office.sql("SELECT count(*) FROM lead_follow_up WHERE lead_id = %s", [prepare.lead])
        if records != int(kept):
            wrong.append(f"{records} follow-ups in the books")
        return wrong

    return prepare, check


def test_reclaim_against_a_follow_up(office):
    verify(office, *reclaim_against_follow_up(office), points=("rows", "write", "events"))


def test_reclaim_against_a_return_by_the_holder(office):
    def prepare():
        prepare.entry, _lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.returns("ann", prepare.entry)]

    def check(actors):
        cron, ann = actors
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        state, _holder, epoch = office.now(prepare.entry)
        if wrong or (state, epoch) != ("waiting", 2) or cron.answer + ann.answer["done"] != 1:
            wrong.append(f"{state} at epoch {epoch}: {cron.answer}, {ann.answer}")
        return wrong

    verify(office, prepare, check, points=("counters", "write"))


def test_reclaim_against_the_admin_who_assigns(office):
    def prepare():
        prepare.entry, _lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.assigns("chief", prepare.entry, to="ben")]

    def check(actors):
        chief = actors[1]
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        state, holder, _epoch = office.now(prepare.entry)
        if not wrong and chief.answer["done"] and holder != "ben":
            wrong.append(f"assigned to ben, but {state} by {holder}")
        if not wrong and not chief.answer["done"] and chief.answer["code"] not in ("busy", "taken"):
            wrong.append(f"refused with {chief.answer['code']}")
        return wrong

    verify(office, prepare, check, points=("counters", "write"))


def test_the_next_rep_against_his_own_claim(office):
    """Ben has one place left: he gets it filled once, by the lead that goes to the next rep or by his own claim."""
    with office.inside() as env:
        rule = env["lead.pool.reclaim.rule"].create(
            {"name": "Next", "pool_id": office.pools["Inbound"], "held_days": 30, "destination": "next"}
        )
        rule_id = rule.id
    others = [office.users["cleo"], office.users["chief"]]
    office.sql("UPDATE lead_pool_member SET paused = true WHERE user_id = ANY(%s)", [others])

    def prepare():
        prepare.entry, _lead = office.lead(holder="ann")
        prepare.other, _lead = office.lead()
        office.make_due(prepare.entry)
        office.sql("UPDATE lead_pool_entry SET reclaim_rule_id = %s WHERE id = %s", [rule_id, prepare.entry])
        prepare.before = office.holds("ben")
        office.give_places("ben", 1)
        return [office.reclaims(), office.claims("ben", prepare.other)]

    def check(actors):
        cron, ben = actors
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        if wrong:
            return wrong
        state, holder, _epoch = office.now(prepare.entry)
        if (state, holder) != (("waiting", None) if ben.answer["done"] else ("held", "ben")):
            wrong.append(f"ben's claim: {ben.answer}, the reclaimed lead: {state} by {holder}")
        if office.holds("ben") != prepare.before + 1 or cron.answer != 1:
            wrong.append(
                f"ben holds {office.holds('ben')} after {prepare.before}, the scheduled action did {cron.answer}"
            )
        return wrong

    try:
        verify(office, prepare, check, points=("rows", "write"))
    finally:
        office.sql("UPDATE lead_pool_member SET paused = false WHERE user_id = ANY(%s)", [others])
        office.lift_limits()
        with office.inside() as env:
            env["lead.pool.reclaim.rule"].browse(rule_id).unlink()


# ── people against a form that is saved ───────────────────────────────────────────────────────────


def test_claim_against_a_manager_who_writes_the_salesperson(office):
    """The form runs in REPEATABLE READ with Odoo's retry; whoever comes last has the lead."""

    def prepare():
        prepare.entry, prepare.lead = office.lead()
        return [
            office.claims("ann", prepare.entry),
            office.writes("chief", prepare.lead, {"user_id": "ben"}),
        ]

    def check(actors):
        ann, chief = actors
        wrong = [f"ann failed: {ann.error!r}"] if ann.error else []
        if chief.error is not None and not isinstance(chief.error, UserError):
            wrong.append(f"the form failed: {chief.error!r}")
        state, holder, _epoch = office.now(prepare.entry)
        if chief.error is None and holder != "ben":
            wrong.append(f"the form says ben, the books {state} by {holder}")
        if chief.error is not None and holder != "ann":
            wrong.append(f"the form was refused, but {state} by {holder}")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


def test_reclaim_against_a_manager_who_writes_the_salesperson(office):
    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.writes("chief", prepare.lead, {"user_id": "ben"})]

    def check(actors):
        cron, chief = actors
        wrong = [f"cron failed: {cron.error!r}"] if cron.error else []
        if chief.error is not None and not isinstance(chief.error, UserError):
            wrong.append(f"the form failed: {chief.error!r}")
        if chief.error is None and office.now(prepare.entry)[1] != "ben":
            wrong.append(f"the form says ben, the books {office.now(prepare.entry)}")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


@pytest.mark.parametrize(
    "values", [{"city": "Hangzhou"}, {"phone": "+86 571 1234", "name": "Edited"}], ids=["open", "plain"]
)
def test_claim_against_a_form_that_changes_the_lead_itself(office, values):
    """No deadlock: both happen, one after the other."""

    def prepare():
        prepare.entry, prepare.lead = office.lead()
        return [office.claims("ann", prepare.entry), office.writes("chief", prepare.lead, values)]

    def check(actors):
        ann, chief = actors
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        if not wrong and not ann.answer["done"] and ann.answer["code"] != "busy":
            wrong.append(f"ann was refused with {ann.answer['code']}")
        if ann.tries > 1:
            wrong.append(f"ann needed {ann.tries} tries")
        return wrong

    verify(office, prepare, check, points=("rows", "write", "copy"))


# ── admins against each other and against reps ────────────────────────────────────────────────────


def test_two_leads_change_hands_crosswise(office):
    """Ann's lead goes to Ben while Ben's goes to Ann: the counters are locked in one order."""

    def prepare():
        prepare.first, prepare.second = office.lead(holder="ann")[0], office.lead(holder="ben")[0]
        return [
            office.assigns("chief", prepare.first, to="ben", label="to ben"),
            office.assigns("chief", prepare.second, to="ann", label="to ann"),
        ]

    def check(actors):
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        wrong += [f"{a.name} needed {a.tries} tries" for a in actors if a.tries > 1]
        holders = [office.now(prepare.first)[1], office.now(prepare.second)[1]]
        if holders != ["ben", "ann"]:
            wrong.append(f"held by {holders}")
        return wrong

    verify(office, prepare, check, points=("counters",))


def test_transfer_against_a_claim(office):
    def prepare():
        prepare.entry, _lead = office.lead()
        return [office.transfers("chief", prepare.entry, to="Second"), office.claims("ann", prepare.entry)]

    def check(actors):
        chief, ann = actors
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        if not wrong and not (chief.answer["done"] or ann.answer["done"]):
            wrong.append(f"nobody got on: {chief.answer}, {ann.answer}")
        return wrong

    verify(office, prepare, check, points=("rows", "write"))


@pytest.mark.parametrize("between", [0, 1])
def test_two_admins_at_once_make_no_circle_of_pools(office, between):
    """Each saves a step that is right by itself: the second one is told of the first one's.

    :param between: pools of the circle whose step is there already
    """
    if "Third" not in office.pools:
        office.open_pool("Third")
    last = ("Second", "Third")[between]

    def moves(source, target):
        def save(env):
            values = {"action": "widen", "days": 5, "to_pool_id": office.pools[target]}
            env["lead.pool"].browse(office.pools[source]).write({"ageing_rule_ids": [(0, 0, values)]})

        return office.actor("chief", save, REPEATABLE, label=source)

    def prepare():
        office.sql("DELETE FROM lead_pool_ageing_rule")
        if between:
            with office.inside() as env:
                moves("Second", "Third").work(env)
        return [moves("Inbound", "Second"), moves(last, "Inbound")]

    def check(actors):
        refused = [actor for actor in actors if actor.error is not None]
        [[count]] = office.sql("SELECT count(*) FROM lead_pool_ageing_rule")
        wrong = [] if len(refused) == 1 else [f"refused: {[repr(actor.error) for actor in refused]}"]
        wrong += [repr(actor.error) for actor in refused if "in a circle" not in str(actor.error)]
        return wrong + ([] if count == 1 + between else [f"{count} steps"])

    verify(office, prepare, check, points=("ways",))
    office.sql("DELETE FROM lead_pool_ageing_rule")


def test_a_lowered_capacity_against_a_claim(office):
    """The member's capacity is lowered to what he holds while he claims: counted or flagged."""

    def prepare():
        office.lift_limits()
        office.give_places("ann", 1)
        entry, _lead = office.lead()
        capacity = max(office.holds("ann"), 1)

        def lower(env):
            member = env["lead.pool.member"].search(
                [("user_id", "=", office.users["ann"]), ("pool_id", "=", office.pools["Inbound"])]
            )
            return member.write({"capacity": capacity})

        return [office.claims("ann", entry), office.actor("chief", lower, REPEATABLE)]

    def check(actors):
        return [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]

    verify(office, prepare, check, points=("counters", "bump"))
    office.lift_limits()


# ── seeded faults: what these tests must find ─────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def careless(make_database):
    """An office whose database has lost its own promises."""
    office = Office(make_database())
    office.sql("DROP INDEX lead_pool_holding_one_open, lead_pool_holding_epoch_uniq, lead_pool_event_seq_uniq")
    for table in ("lead_pool_member", "lead_pool_rep"):
        office.sql(f"ALTER TABLE {table} DROP CONSTRAINT {table}_within_capacity")
    yield office
    office.close()


def no_guard(monkeypatch):
    """Entries are read without a lock and written whatever their epoch is."""
    read = LeadPoolLocks._read_rows
    monkeypatch.setattr(LeadPoolLedger, "_entry_guard", lambda self: SQL("TRUE"))
    monkeypatch.setattr(LeadPoolLocks, "_read_rows", lambda self, lock=False, where=None: read(self))


def counted_limits(monkeypatch):
    """Limits are counted from the holdings before writing, as it is often done."""
    lock = Locked.lock_counters

    def count(self, user_ids, company_ids, lock_=True, **kwargs):
        lock(self, user_ids, company_ids, lock=False)
        for (user, pool), load in self.loads["lead_pool_member"].items():
            self.env.cr.execute(
                """SELECT count(*) FROM lead_pool_holding
                    WHERE user_id = %s AND pool_id = %s AND ended_at IS NULL""",
                [user, pool],
            )
            load.held = facts.Counter(self.env.cr.fetchone()[0], load.held.limit)

    monkeypatch.setattr(Locked, "lock_counters", count)
    monkeypatch.setattr(LeadPoolCounters, "_limit_guard", lambda self: SQL("TRUE"))


def test_a_ledger_without_guard_is_found_out(careless, monkeypatch):
    no_guard(monkeypatch)
    case = two_claims(careless, (COMMITTED, COMMITTED))
    [found] = failures(careless, *case, points=("rows", "write"), first=True)
    assert "a lead in two hands" in found


def test_without_guard_the_database_still_keeps_one_holder(office, monkeypatch):
    """The last line of defence: the loser gets an error instead of an answer, but no lead."""
    no_guard(monkeypatch)
    case = two_claims(office, (COMMITTED, COMMITTED))
    [found] = failures(office, *case, points=("rows", "write"), first=True)
    assert "failed: ValidationError" in found
    assert office.wrong() == []


def test_limits_that_are_only_counted_are_found_out(careless, monkeypatch):
    counted_limits(monkeypatch)
    case = two_leads_one_place(careless, "pool")
    [found] = failures(careless, *case, points=("counters", "bump"), first=True)
    assert "2 winners" in found
    assert "a member beyond his capacity" in found


def test_a_reclaim_that_does_not_look_again_is_found_out(careless, monkeypatch):
    monkeypatch.setattr(reclaim.reclaim, "may_reclaim", lambda *args, **kwargs: True)
    case = reclaim_against_follow_up(careless)
    [found] = failures(careless, *case, points=("rows", "write", "events"), first=True)
    assert "reclaimed 1" in found


def test_locks_that_are_only_counted_are_found_out(careless, monkeypatch):
    def count(self, user_id, pool_ids):
        query = """SELECT pool_id, count(*) FROM lead_pool_entry
                    WHERE user_id = %s AND state = 'held' AND locked AND pool_id = ANY(%s) GROUP BY pool_id"""
        return dict(self.env.execute_query(SQL(query, user_id, list(pool_ids))))

    monkeypatch.setattr(LeadPoolKeep, "_count_locks", count)
    case = two_locks_one_left(careless, (REPEATABLE, REPEATABLE))
    [found] = failures(careless, *case, points=("counters", "rows", "events"), first=True)
    assert "2 winners" in found
