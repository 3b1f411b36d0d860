"""An office whose people do things at the same moment, and what is asked after every order of their steps."""

import contextlib

import psycopg2
from concurrency.invariants import found, found_lately
from department import Department
from steps import Actor, every_order

#: READ COMMITTED as for a contended verb; Odoo's REPEATABLE READ.
COMMITTED, REPEATABLE = True, False

#: Events and holdings whose leads are looked at after each order; all leads are at the end of a case.
LATELY = 30


class Office(Department):
    """A department with leads in stock, so that each order gets fresh ones in no time."""

    def __init__(self, dbname):
        super().__init__(dbname, "office")
        self.hire("rep", "ann", "ben", "cleo")
        self.hire("manager", "chief", "boss")
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

    def move(self, entries, pool):
        """These waiting leads wait in that pool instead, without a word in the books."""
        self.sql(
            """WITH moved AS (UPDATE lead_pool_entry SET pool_id = %s WHERE id = ANY(%s) RETURNING lead_id)
               UPDATE crm_lead SET pool_id = %s WHERE id IN (SELECT lead_id FROM moved)""",
            [self.pools[pool], entries, self.pools[pool]],
        )

    def alone_in(self, pool, count):
        """``[entry id]`` of exactly so many leads that wait in a pool, the first one first."""
        rest = self.sql("SELECT id FROM lead_pool_entry WHERE pool_id = %s AND state = 'waiting'", [self.pools[pool]])
        self.move([entry for (entry,) in rest], "Second")
        entries = sorted(self.lead(pool="Second")[0] for _n in range(count))
        self.move(entries, pool)
        return entries

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
        self.sql(
            """UPDATE lead_pool_member SET capacity = 0, over_capacity = false, daily_claim_limit = 0, ramp_days = 0,
                      paused = false"""
        )
        self.sql("UPDATE lead_pool_rep SET capacity = 0")

    @contextlib.contextmanager
    def terms(self, **values):
        """Meanwhile leads go back after a month, on these terms of the pool."""
        rule = {"name": "A month", "pool_id": self.pools["Inbound"], "held_days": 30}
        with self.inside() as env:
            pool = env["lead.pool"].browse(self.pools["Inbound"])
            before = {name: pool[name] for name in values}
            pool.write(values)
            rule_id = env["lead.pool.reclaim.rule"].create(rule).id
        try:
            yield
        finally:
            self.sql("UPDATE lead_pool_entry SET reclaim_rule_id = NULL WHERE reclaim_rule_id = %s", [rule_id])
            with self.inside() as env:
                env["lead.pool.reclaim.rule"].browse(rule_id).unlink()
                env["lead.pool"].browse(self.pools["Inbound"]).write(before)

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
        """A form is saved, at the level that the product chooses for these values."""
        names = {**values}
        if "user_id" in names:
            names["user_id"] = self.users.get(names["user_id"], False)
        with self.inside() as env:
            level = COMMITTED if env["crm.lead"]._gives_away(names) else REPEATABLE
        return self.actor(name, lambda env: env["crm.lead"].browse(lead).write(names), level)

    def enrols(self, lead, pool):
        """The job that takes leads of no pool into one."""
        return self.actor(
            None, lambda env: env["lead.pool"].browse(self.pools[pool])._enrol_batch(env["crm.lead"].browse(lead)),
            label="enrols",
        )  # fmt: skip

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

    def transfers(self, name, entry, to, label=None):
        def work(env):
            [answer] = env["lead.pool.entry"].browse(entry).action_transfer(self.pools[to])
            return answer

        return self.actor(name, work, label=label)

    def converts(self, name, lead):
        def work(env):
            return env["crm.lead"].browse(lead).action_convert({"create_partner": False})

        return self.actor(name, work)

    def decides(self, name, approval, verb, **arguments):
        """``verb``: approve, decline, withdraw, settle."""

        def work(env):
            [answer] = getattr(env["lead.pool.approval"].browse(approval), f"action_{verb}")(**arguments)
            return answer

        return self.actor(name, work, label=f"{name} {verb}s")

    def request(self, name, entry, verb, **arguments):
        """The request that this person has made by a verb of the lead's entry."""
        with self.inside(name) as env:
            getattr(env["lead.pool.entry"].browse(entry), verb)(**arguments)
        [(approval,)] = self.sql(
            "SELECT id FROM lead_pool_approval WHERE entry_id = %s AND state = 'open' AND user_id = %s",
            [entry, self.users[name]],
        )
        return approval

    def asked(self, approval):
        """The state of this request."""
        return self.sql("SELECT state FROM lead_pool_approval WHERE id = %s", [approval])[0][0]

    # truth ----------------------------------------------------------------------------------------

    def wrong(self, lately=None):
        """What must never be found; quicker than ``problems``.

        :param lately: look only at leads of so many of the last events and holdings: it is asked after every order
        """
        with self.connection.cursor() as cursor:
            return found_lately(lately, cursor) if lately else found(cursor)


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
        circles = [f"{actor.name} waited in a circle" for actor in actors if actor.circles]
        wrong = [*check(actors), *circles, *(fault for fault in office.wrong(LATELY) if fault not in before)]
        if wrong:
            found.append("\n    ".join([words(trace, actors), *wrong]))
            if first:
                orders.close()
                break
    print(f"{count} orders played")
    return found or [f"at the end: {fault}" for fault in office.wrong() if fault not in before]


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


def errors_and_retries(actors):
    """What no transaction may show: an error, or a second try in READ COMMITTED."""
    wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
    return wrong + [f"{a.name} needed {a.tries} tries" for a in actors if a.committed and a.tries > 1]
