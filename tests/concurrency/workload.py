"""A random day of a sales department over HTTP, with a nemesis, and what its answers must agree with afterwards.

Everybody has a web session of his own, on either of two servers, and does one thing after the other. Each call carries
a ``request_uid``; when no answer comes, because a process or its database session was killed, the same call is made
again until there is one, as a client would. What was answered is written down, and ``broken_promises`` compares it with
the books: an answer is an effect, done once.
"""

import collections
import itertools
import os
import pathlib
import random
import signal
import threading
import time
from dataclasses import dataclass

import psycopg2
import requests
from books import Books, is_lost
from concurrency.invariants import found
from department import Browser

#: Errors with a sentence for the user: nothing was done.
REFUSED = {f"odoo.exceptions.{name}" for name in ("UserError", "AccessError", "ValidationError", "MissingError")}
#: What an error speaks of when a process or its database session was killed: something may have been done.
KILLED = (
    "odoo.exceptions.AccessDenied",  # so Odoo answers whatever goes wrong while it looks at the session
    "terminating connection",
    "server closed the connection",
    "connection already closed",
    "cursor already closed",
    "connection pointer is NULL",
    "SSL connection has been closed",
    "the database system is",  # starting up, shutting down, in recovery
    "connection to server",
)
#: For so many seconds a call that nobody answers is made again.
PATIENCE = 60
#: Sentences of guards behind the locks, which nobody may ever read.
NEVER = (
    "this very moment. Please try again",
    "Others kept changing these leads",  # of what gives a lead away or moves it by a verb
    "Somebody else has just moved",
    "does not fit the leads",
    "could not serialize",
    "deadlock detected",
)
#: The event that each done answer has written, exactly once.
EVENT_OF = {
    "claim": "claimed",
    "pull": "pulled",
    "return": "returned",
    "undo": "claim_undone",
    "transfer": "transferred",
    "recall": "recalled",
}


@dataclass
class Operation:
    """One call, as it was seen from outside."""

    who: str
    name: str
    uid: str
    invoked: float
    ended: float = 0.0
    type: str = "invoke"  # then ok, fail or info: answered, refused with a sentence, unknown
    answer: object = None
    tries: int = 0


class Person(threading.Thread):
    """Does one thing after the other until the day is over."""

    def __init__(self, day, name, weights):
        super().__init__(name=name, daemon=True)
        self.day, self.weights = day, weights
        self.user_id = day.department.users[name]
        self.random = random.Random(f"{day.seed} {name}")
        self.log_in()
        self.numbers = itertools.count()

    def log_in(self):
        login = self.day.department.login(self.name)
        self.browser = Browser(self.day.servers[0], login, login)
        self.browser.session.headers["Connection"] = "close"  # a process is not kept waiting for this one's next call

    def run(self):
        names, weights = zip(*self.weights.items(), strict=True)
        try:
            while not self.day.over.is_set():
                [name] = self.random.choices(names, weights)
                getattr(self, f"do_{name}")()
        except Exception as error:  # noqa: BLE001  nobody else sees it
            self.day.violations.append(f"{self.name} broke down: {error!r}")

    # calls ----------------------------------------------------------------------------------------

    def call(self, name, model, method, first, once=True, **arguments):
        """The final answer of a call; ``None`` when it was refused.

        :param first: its first argument, mostly ids
        """
        uid = f"{self.name}-{next(self.numbers)}"
        if once:
            arguments["request_uid"] = uid
        operation = Operation(self.name, name, uid, time.monotonic())
        self.day.history.append(operation)
        while True:
            operation.tries += 1
            operation.type, operation.answer = self.try_call(model, method, first, arguments)
            if operation.type != "info" or not once or time.monotonic() > operation.invoked + PATIENCE:
                break
            time.sleep(0.2)
        operation.ended = time.monotonic()
        if operation.type == "ok" and once and self.random.random() < 0.08:
            self.again(operation, model, method, first, arguments)
        return operation.answer if operation.type == "ok" else None

    def again(self, operation, model, method, first, arguments):
        """The same request comes twice: the same answer, no second effect."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            kind, answer = self.try_call(model, method, first, arguments)
            if kind != "info":
                if (kind, answer) != ("ok", operation.answer):
                    self.day.violations.append(f"INV-7: {operation} answered {answer!r} when it came again")
                return
            time.sleep(0.2)

    def try_call(self, model, method, first, arguments):
        self.browser.url = self.random.choice(self.day.servers).url
        params = {"model": model, "method": method, "args": [first] if first is not None else [], "kwargs": arguments}
        try:
            answer = self.browser.json(f"/web/dataset/call_kw/{model}/{method}", params)
        except (requests.RequestException, ValueError):
            return "info", None
        if "error" not in answer:
            return "ok", answer.get("result")
        data = answer["error"].get("data") or {}
        text = f"{data.get('message')} {data.get('debug')}"
        if any(sentence in text for sentence in NEVER):
            self.day.violations.append(f"{self.name} was shown: {data.get('message')} ({model}.{method})")
        if data.get("name") in REFUSED:
            return "fail", data.get("message")
        if any(word in text for word in KILLED):
            return "info", None
        self.day.violations.append(f"{self.name} was shown an error: {text} ({model}.{method})")
        return "fail", text

    def choose(self, query, *parameters, most=1):
        ids = self.day.books.ids(query, *parameters)
        return self.random.sample(ids, min(len(ids), self.random.randint(1, most)))

    def mine(self, most=1):
        held = "SELECT id FROM lead_pool_entry WHERE state = 'held' AND user_id = %s"
        return self.choose(held, self.user_id, most=most)

    def leads_of(self, entries):
        return self.day.books.ids("SELECT lead_ref FROM lead_pool_entry WHERE id = ANY(%s)", entries)

    def entry(self, name, method, ids, **arguments):
        if ids:
            self.call(name, "lead.pool.entry", method, ids, **arguments)

    # what reps do ---------------------------------------------------------------------------------

    def do_claim(self):
        waiting = self.choose("SELECT id FROM lead_pool_entry WHERE state = 'waiting' LIMIT 12", most=3)
        self.entry("claim", "action_claim", waiting)

    def do_pull(self):
        self.call(
            "pull", "lead.pool", "action_pull_next", [self.random.choice(list(self.day.department.pools.values()))]
        )

    def do_return(self):
        self.entry("return", "action_return", self.mine(most=2), reason_id=self.day.reason)

    def do_undo(self):
        self.entry("undo", "action_undo_claim", self.mine())

    def do_follow_up(self):
        for lead in self.leads_of(self.mine()):
            self.call("follow_up", "crm.lead", "action_follow_up", [lead], values={"note": "Called: wants an offer"})

    def do_convert(self):
        for lead in self.leads_of(self.mine()):
            self.call("convert", "crm.lead", "action_convert", [lead], values={"create_partner": False})

    def do_extend(self):
        self.entry("extend", "action_extend", self.mine(), days=self.random.choice([2, 6]))

    def do_lock(self):
        self.entry("lock", "action_lock", self.mine(most=2))

    def do_unlock(self):
        locked = "SELECT id FROM lead_pool_entry WHERE state = 'held' AND locked AND user_id = %s"
        self.entry("unlock", "action_unlock", self.choose(locked, self.user_id))

    def do_ask(self):
        waiting = self.choose("SELECT id FROM lead_pool_entry WHERE state = 'waiting'")
        self.entry("ask", "action_ask_over_capacity", waiting, note="I know them")

    def do_dispute(self):
        others = self.choose(
            "SELECT lead_ref FROM lead_pool_entry WHERE state = 'held' AND user_id <> %s", self.user_id
        )
        if others:
            self.entry("dispute", "action_dispute", self.mine(), number=others[0])

    def do_withdraw(self):
        mine = self.choose("SELECT id FROM lead_pool_approval WHERE state = 'open' AND user_id = %s", self.user_id)
        if mine:
            self.call("withdraw", "lead.pool.approval", "action_withdraw", mine)

    def do_look(self):
        """INV-13: a rep reads the leads that he holds, and no other one that waits or is held."""
        domain = [["pool_state", "in", ["waiting", "held"]]]
        leads = self.call("look", "crm.lead", "search_read", None, once=False, domain=domain, fields=["user_id"])
        for lead in leads or ():
            if not lead["user_id"] or lead["user_id"][0] != self.user_id:
                self.day.violations.append(f"INV-13: {self.name} could read {lead}")

    # what admins and the clock do -----------------------------------------------------------------

    def some(self, state, most=2):
        return self.choose("SELECT id FROM lead_pool_entry WHERE state = %s", state, most=most)

    def do_transfer(self):
        pool = self.random.choice(list(self.day.department.pools.values()))
        ids = self.some(self.random.choice(["waiting", "held"]))
        self.entry("transfer", "action_transfer", ids, pool_id=pool)

    def do_recall(self):
        self.entry("recall", "action_reclaim", self.some("held"))

    def do_assign(self):
        ids = self.some(self.random.choice(["waiting", "held"]))
        to, over = self.random.choice(self.day.reps), self.random.random() < 0.3
        self.entry("assign", "action_assign", ids, user_id=to, over_capacity=over)

    def do_decide(self):
        request = self.choose("SELECT id FROM lead_pool_approval WHERE state = 'open' AND kind <> 'dispute'")
        if request:
            verb = self.random.choice(["action_approve", "action_approve", "action_decline"])
            self.call("decide", "lead.pool.approval", verb, request)

    def do_settle(self):
        request = self.choose("SELECT id FROM lead_pool_approval WHERE state = 'open' AND kind = 'dispute'")
        if request:
            outcome = self.random.choice(["asker", "other", "both"])
            self.call("settle", "lead.pool.approval", "action_settle", request, outcome=outcome)

    def do_distribute(self):
        self.call("distribute", "lead.pool", "action_distribute", [self.day.department.pools["Auto"]], limit=5)

    def do_write_owner(self):
        """A form."""
        for [lead] in self.day.books.ask(
            "SELECT lead_ref FROM lead_pool_entry WHERE id = ANY(%s)", [self.some("held")]
        ):
            values = {"user_id": self.random.choice(self.day.reps)}
            self.call("write_owner", "crm.lead", "write", [lead], once=False, vals=values)

    def do_create(self):
        values = {"name": f"New {self.name} {next(self.numbers)}", "user_id": False}
        values["pool_id"] = self.random.choice(list(self.day.department.pools.values()))
        answer = self.call("create", "crm.lead", "create", [values], once=False)
        if answer:
            self.day.created.extend(answer)

    def do_cron(self):
        cron = self.random.choice(self.day.crons)
        self.call("cron", "ir.cron", "method_direct_trigger", [cron], once=False)
        time.sleep(0.3)


REP = {
    "claim": 30, "pull": 12, "return": 10, "undo": 3, "follow_up": 10, "convert": 1, "extend": 4, "lock": 4,
    "unlock": 3, "ask": 5, "dispute": 2, "withdraw": 2, "look": 6,
}  # fmt: skip
ADMIN = {
    "transfer": 8, "recall": 6, "assign": 8, "decide": 12, "settle": 3, "distribute": 6, "write_owner": 6,
    "create": 6,
}  # fmt: skip


#: Where no lead may be after a round of the scheduled actions; each query gets the pool that gives out by itself.
STUCK = {
    "due, and still held": """
        SELECT lead_ref FROM lead_pool_entry
         WHERE state = 'held' AND locked IS NOT TRUE AND %s > 0 AND reclaim_at <= now() AT TIME ZONE 'UTC'""",
    "locked for longer than one may": """
        SELECT lead_ref FROM lead_pool_entry WHERE locked AND %s > 0 AND locked_until <= now() AT TIME ZONE 'UTC'""",
    "in a dispute that is over": """
        SELECT lead_ref FROM lead_pool_entry e WHERE frozen_since IS NOT NULL AND %s > 0 AND NOT EXISTS (
            SELECT 1 FROM lead_pool_approval a
             WHERE a.state = 'open' AND a.kind = 'dispute' AND e.id IN (a.entry_id, a.other_entry_id))""",
    "waiting although somebody has room": """
        SELECT e.lead_ref FROM lead_pool_entry e WHERE e.state = 'waiting' AND e.pool_id = %s AND EXISTS (
            SELECT 1 FROM lead_pool_member m JOIN lead_pool_rep r USING (user_id)
             WHERE m.pool_id = e.pool_id AND m.role = 'member' AND r.company_id = e.company_id
               AND m.held < m.capacity AND r.held < r.capacity)""",
}

#: What happens on every day.
MUST = "claim pull return transfer recall assign cron look".split()


class Day:
    """The department at work.

    :param servers: OdooServer, at work on one database
    """

    def __init__(self, department, servers, seed):
        self.department, self.servers, self.seed = department, servers, seed
        self.books = Books(department.dbname)
        self.over, self.quiet = threading.Event(), threading.Event()
        self.history, self.violations, self.created, self.made_due = [], [], [], set()
        self.kills = collections.Counter()
        self.looks = 0
        names = department.users
        self.reps = [user for name, user in names.items() if name.startswith("rep")]
        self.reason = self.books.ids("SELECT id FROM lead_pool_reason WHERE kind = 'return' ORDER BY id LIMIT 1")[0]
        self.crons = self.books.ids(
            """SELECT res_id FROM ir_model_data WHERE module = 'lead_pool'
                  AND name IN ('ir_cron_distribute', 'ir_cron_reclaim') ORDER BY name"""
        )
        self.people = [Person(self, name, REP) for name in names if name.startswith("rep")]
        self.people += [Person(self, name, ADMIN) for name in names if name.startswith("boss")]
        self.people += [Person(self, name, {"cron": 1}) for name in names if name.startswith("clock")]
        self.before = self.books.ask("SELECT count(*) FROM lead_pool_entry")[0][0]

    def run(self, seconds):
        """So many seconds, and up to three times as long on a machine that is busy otherwise."""
        nemesis = threading.Thread(target=self.nemesis, daemon=True)
        watcher = threading.Thread(target=self.watch, daemon=True)
        for thread in [*self.people, watcher, nemesis]:
            thread.start()
        began = time.monotonic()
        while time.monotonic() < began + seconds or (
            time.monotonic() < began + 3 * seconds and not self.everything_happened()
        ):
            time.sleep(0.5)
        self.over.set()
        for thread in [nemesis, *self.people]:
            thread.join(timeout=120)
            if thread.is_alive():
                self.violations.append(f"{thread.name} never ended")
        self.quiet.set()
        watcher.join(timeout=60)

    # beside the people ----------------------------------------------------------------------------

    def watch(self):
        """The invariants at every moment, as far as one looks."""
        books = Books(self.department.dbname)
        while True:
            last = self.quiet.is_set()
            try:
                with books.connection.cursor() as cursor:
                    self.violations += [text for text in found(cursor, days=True) if text not in self.violations]
            except psycopg2.Error as error:
                if not is_lost(error):
                    raise
                books.open()
                continue
            self.looks += 1
            if last:
                break
            self.quiet.wait(1)
        books.connection.close()

    def nemesis(self):
        """Makes leads due, kills a process here and a database session there."""
        dice = random.Random(f"{self.seed} nemesis")
        while not self.over.wait(dice.uniform(0.4, 1.6)):
            due = self.books.ask(
                """UPDATE lead_pool_entry SET reclaim_at = now() AT TIME ZONE 'UTC' - interval '1 minute'
                    WHERE id IN (SELECT id FROM lead_pool_entry WHERE state = 'held' AND locked IS NOT TRUE
                                    AND frozen_since IS NULL ORDER BY random() LIMIT 4 FOR NO KEY UPDATE SKIP LOCKED)
                RETURNING lead_ref, epoch, event_seq"""
            )
            self.made_due.update(due)
            harm = dice.random()
            if harm < 0.15:
                self.kill_worker(dice)
            elif harm < 0.45:
                self.kill_session(dice)

    def kill_worker(self, dice):
        server = dice.choice(self.servers)
        master = server.process.pid
        children = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()
        commands = {pid: pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in children}
        workers = [pid for pid, words in commands.items() if b"gevent" not in words]
        if workers:
            os.kill(int(dice.choice(workers)), signal.SIGKILL)
            self.kills["process"] += 1

    def kill_session(self, dice):
        """Mostly one in the middle of a transaction."""
        sessions = self.books.ask(
            """SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name LIKE 'odoo-%%'
                  AND application_name <> %s ORDER BY state = 'idle', pid LIMIT 3""",
            [self.department.dbname, f"odoo-{os.getpid()}"],
        )
        if sessions:
            self.books.ask("SELECT pg_terminate_backend(%s)", dice.choice(sessions))
            self.kills["session"] += 1

    # afterwards -----------------------------------------------------------------------------------

    def answers(self):
        return collections.Counter((operation.name, operation.type) for operation in list(self.history))

    def everything_happened(self):
        """The day was one: everybody did his work, and something was in the way."""
        answers = self.answers()
        again = any(operation.tries > 1 for operation in list(self.history))
        return again and self.kills["process"] and self.kills["session"] and all(answers[name, "ok"] for name in MUST)

    def broken_promises(self):
        """What was answered and is not in the books, or is there and was not answered; what stays where it may not."""
        return [*self.violations, *self.lost_answers(), *self.stuck(), *self.untimely(), *self.lost_leads()]

    def stuck(self):
        """Liveness: nobody is at work any more, all leads are due and all locks over; one round of the scheduled
        actions brings each to its place."""
        held = "state = 'held' AND frozen_since IS NULL AND %s"
        hour_ago = "now() AT TIME ZONE 'UTC' - interval '1 hour'"
        locked = self.books.ids(
            f"UPDATE lead_pool_entry SET locked_until = {hour_ago} WHERE {held % 'locked'} RETURNING lead_ref"
        )
        due = self.books.ask(
            f"""UPDATE lead_pool_entry SET reclaim_at = {hour_ago} WHERE {held % "locked IS NOT TRUE"}
                RETURNING lead_ref, epoch, event_seq"""
        )
        self.made_due.update(due)
        print(f"at the end {len(due)} leads are due and {len(locked)} locks over")
        for cron in reversed(self.crons):  # what goes back is given out again
            with self.department.inside() as env:
                env["ir.cron"].browse(cron).method_direct_trigger()
        wrong = [f"liveness: nothing was {word}" for word, some in (("due", due), ("locked", locked)) if not some]
        for what, query in STUCK.items():
            leads = self.books.ids(query, self.department.pools["Auto"])
            wrong += [f"liveness: {what}: {leads}"] if leads else []
        [[free, all_of_them]] = self.books.ask(
            """WITH free AS (SELECT id FROM lead_pool_entry FOR UPDATE SKIP LOCKED)
               SELECT (SELECT count(*) FROM free), (SELECT count(*) FROM lead_pool_entry)"""
        )
        return wrong + ([f"liveness: {all_of_them - free} rows are still locked"] if free != all_of_them else [])

    def lost_answers(self):
        """INV-7: each done answer is one event of this person and lead, and there is no other one."""
        users = self.department.users
        leads = dict(self.books.ask("SELECT id, lead_ref FROM lead_pool_entry"))
        told, unknown = collections.Counter(), []
        for operation in self.history:
            if operation.type == "info" and operation.name in EVENT_OF:
                unknown.append(f"INV-7: no answer after {operation.tries} tries: {operation}")
            if operation.type == "ok" and operation.name in EVENT_OF:
                for answer in operation.answer:
                    if answer["done"]:
                        told[users[operation.who], EVENT_OF[operation.name], leads[answer["id"]]] += 1
        rows = self.books.ask(
            "SELECT actor_ref, kind, lead_ref, count(*) FROM lead_pool_event WHERE kind = ANY(%s) GROUP BY 1, 2, 3",
            [list(EVENT_OF.values())],
        )
        written = {tuple(row[:3]): row[3] for row in rows if row[0] in users.values()}
        return unknown + [
            f"INV-7: {key} was answered {told[key]} times and happened {written.get(key, 0)} times"
            for key in sorted(told.keys() | written.keys())
            if told[key] != written.get(key, 0)
        ]

    def untimely(self):
        """INV-10: what was taken back was due, and nobody had followed it up since."""
        wrong = []
        rows = self.books.ask(
            """SELECT r.lead_ref, r.epoch, r.seq, max(v.seq) FROM lead_pool_event r LEFT JOIN lead_pool_event v
                   ON v.lead_ref = r.lead_ref AND v.epoch = r.epoch - 1 AND v.kind IN ('follow_up', 'extended')
                WHERE r.kind = 'reclaimed' GROUP BY 1, 2, 3"""
        )
        for lead, epoch, seq, kept in rows:
            due = [at for ref, of, at in self.made_due if (ref, of) == (lead, epoch - 1) and at < seq]
            if not due or kept and kept > max(due):
                wrong.append(f"INV-10: lead {lead} was taken back at {seq}, due at {due}, followed up at {kept}")
        return wrong

    def lost_leads(self):
        """INV-9: what was there or was made is there."""
        entries = self.books.ask("SELECT count(*) FROM lead_pool_entry")[0][0]
        unknown = sum(o.type == "info" and o.name == "create" for o in self.history)
        wrong = []
        if not self.before + len(self.created) <= entries <= self.before + len(self.created) + unknown:
            wrong.append(f"INV-9: {entries} leads, {self.before} before and {len(self.created)} made since")
        there = set(self.books.ids("SELECT lead_ref FROM lead_pool_entry"))
        return wrong + [f"INV-9: lead {lead} is lost" for lead in self.created if lead not in there]
