"""A random day of a sales department over HTTP, with a nemesis, and what its answers must agree with afterwards.

What was answered to people and programs (:mod:`people`) is written down, and ``broken_promises`` compares it with the
books: an answer is an effect, done once.
"""

import collections
import itertools
import re
import threading
import time

import psycopg2
from books import Books, is_lost
from concurrency.invariants import found
from nemesis import Nemesis
from people import ADMIN, EVENT_OF, REP, Clock, Person, Platform

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

SAID_BY, ASKED = re.compile(r"\S+ \S+ (\d+) "), re.compile(r'"POST (?:/web/dataset/call_kw)?/([^ ?#]+)')
TRIED_AGAIN = re.compile(r"(SERIALIZATION_FAILURE|DEADLOCK_DETECTED), \d tries left|maximum number of tries")
#: What Odoo does at its own level.
REPEATABLE = {"crm.lead/action_set_lost", "lead.pool.handover/create", "ir.cron/method_direct_trigger"}
#: What happens on every day.
MUST = "claim pull return transfer recall assign cron look".split()


class Day:
    """The department at work.

    :param servers: two OdooServer, at work on one database
    :param cluster: the PostgreSQL of this day alone, which may crash; ``None``: it is not ours
    """

    def __init__(self, department, servers, seed, cluster=None):
        self.department, self.servers, self.seed = department, servers, seed
        self.books = Books(department.dbname)
        self.over, self.quiet = threading.Event(), threading.Event()
        self.history, self.violations, self.created, self.made_due = [], [], [], set()
        self.received, self.rush, self.phones = set(), threading.Condition(), itertools.count(10_000_000)
        self.seen = collections.Counter()
        self.looks = 0
        names = department.users
        self.reps = [user for name, user in names.items() if name.startswith("rep")]
        reason = "SELECT id FROM lead_pool_reason WHERE kind = %s ORDER BY id LIMIT 1"
        [self.reason], [self.invalid] = (self.books.ids(reason, kind) for kind in ("return", "invalid"))
        self.crons = self.books.ids(
            """SELECT res_id FROM ir_model_data WHERE module = 'lead_pool'
                  AND name IN ('ir_cron_distribute', 'ir_cron_received', 'ir_cron_reclaim') ORDER BY name"""
        )
        self.people = [Person(self, name, REP) for name in names if name.startswith("rep")]
        self.people += [Person(self, name, ADMIN) for name in names if name.startswith("boss")]
        self.people += [Person(self, name, {"take_in": 1}) for name in names if name.startswith("program")]
        self.people += [Clock(self, name, {}) for name in names if name.startswith("clock")]
        tokens = enumerate(self.books.ids("SELECT token FROM lead_pool_intake WHERE name = 'Platform'"))
        self.people += [Platform(self, f"platform{number}", token) for number, token in tokens]
        self.nemesis = Nemesis(self, cluster)
        self.log = servers[0].log  # of both
        self.log_begins = self.log.stat().st_size
        self.before = self.books.ask("SELECT count(*) FROM lead_pool_entry")[0][0]

    def phone(self):
        """A number that nobody else has."""
        return f"+86 139 {next(self.phones)}"

    def pool(self, dice):
        return dice.choice(list(self.department.pools.values()))

    def run(self, seconds, most=3):
        """So many seconds, and up to ``most`` times as long on a machine that is busy otherwise."""
        watcher = threading.Thread(target=self.watch, daemon=True)
        for thread in [*self.people, watcher, self.nemesis]:
            thread.start()
        began = time.monotonic()
        while time.monotonic() < began + seconds or (
            time.monotonic() < began + most * seconds and not self.everything_happened()
        ):
            time.sleep(0.5)
            self.tell(time.monotonic() - began)
        self.over.set()
        for thread in [self.nemesis, *self.people]:
            thread.join(timeout=120)
            if thread.is_alive():
                self.violations.append(f"{thread.name} never ended")
        self.quiet.set()
        watcher.join(timeout=60)

    def tell(self, elapsed):
        """Called twice a second, for who wants to say how it goes."""

    # beside the people ----------------------------------------------------------------------------

    def watch(self):
        """The invariants at every moment, as far as one looks."""
        books = Books(self.department.dbname)
        while True:
            last, began = self.quiet.is_set(), time.monotonic()
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
            self.quiet.wait(max(1, 3 * (time.monotonic() - began)))
        books.connection.close()

    # afterwards -----------------------------------------------------------------------------------

    def answers(self):
        return collections.Counter((operation.name, operation.type) for operation in list(self.history))

    def everything_happened(self):
        """The day was one: everybody did his work, and something was in the way."""
        answers = self.answers()
        again = any(operation.tries > 1 for operation in list(self.history))
        return again and self.nemesis.did_all() and all(answers[name, "ok"] for name in MUST)

    def broken_promises(self):
        """What was answered and is not in the books, or is there and was not answered; what stays where it may not."""
        self.take_in_what_is_left()
        wrong = [*self.lost_answers(), *self.stuck(), *self.untimely(), *self.lost_leads(), *self.lost_inquiries()]
        return [*self.violations, *wrong, *self.said_in_the_log()]

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
        self.books.ask("UPDATE ir_cron_progress SET timed_out_counter = 0 RETURNING id")  # else Odoo passes over a turn
        for cron in reversed(self.crons):  # what goes back is given out again
            with self.department.inside() as env:
                env["ir.cron"].browse(cron).method_direct_trigger()
        wrong = [] if due else ["liveness: nothing was due"]  # of locks there are few, and at times none
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
        unknown = sum({"create": 1, "take_in": 3}.get(o.name, 0) for o in self.history if o.type == "info")
        sent = self.books.ids("SELECT DISTINCT lead_id FROM lead_pool_received WHERE lead_id IS NOT NULL")
        made, wrong = len(self.created) + len(sent), []
        if not self.before + made <= entries <= self.before + made + unknown:
            wrong.append(f"INV-9: {entries} leads, {self.before} before and {made} made since")
        there = set(self.books.ids("SELECT lead_ref FROM lead_pool_entry"))
        return wrong + [f"INV-9: lead {lead} is lost" for lead in self.created if lead not in there]

    def take_in_what_is_left(self):
        with self.department.inside() as env:
            env["lead.pool.received"]._cron_take_in()

    def lost_inquiries(self):
        """What was answered to a platform is a lead, one each: nobody has the same number."""
        rows = self.books.ask(
            "SELECT id, state, lead_id FROM lead_pool_received WHERE id = ANY(%s)", [list(self.received)]
        )
        wrong = [f"INV-7: {row} was received" for row in rows if row[1] != "done" or not row[2]]
        wrong += [f"INV-7: {lost} was received and is lost" for lost in self.received - {row[0] for row in rows}]
        twice = collections.Counter(row[2] for row in rows)
        return wrong + [f"INV-9: lead {lead} was made of {count}" for lead, count in twice.items() if count > 1]

    def said_in_the_log(self):
        """What Odoo tried again because others were quicker: only what it runs in REPEATABLE READ itself."""
        wrong, waiting = [], collections.defaultdict(list)
        self.retries = collections.Counter()
        with self.log.open(encoding="utf-8") as lines:
            lines.seek(self.log_begins)
            for line in lines:
                process = SAID_BY.match(line)
                if "deadlock detected" in line:
                    wrong.append(f"in the log: {line.strip()}")
                if process and TRIED_AGAIN.search(line):
                    waiting[process[1]].append(line)
                elif process and (asked := ASKED.search(line)):
                    self.retries[asked[1]] += len(waiting.pop(process[1], ()))
        for what, count in self.retries.items():
            if count and what not in REPEATABLE:
                wrong.append(f"{what} was tried again {count} times")
        return wrong
