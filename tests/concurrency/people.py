"""Who is at work on a random day, over HTTP.

Everybody has a web session of his own, on either of two servers, and does one thing after the other. Each call carries
a ``request_uid``; when no answer comes, because a process or its database session was killed, the same call is made
again until there is one, as a client would. Some answers are dropped on the way and some calls come to both servers at
once. What was answered is written down.
"""

import concurrent.futures
import copy
import itertools
import random
import threading
import time
from dataclasses import dataclass

import requests
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
    "cannot unpack non-iterable NoneType",  # so Odoo answers where a scheduled action was killed three times in a row
)
#: For so many seconds a call that nobody answers is made again.
PATIENCE = 180
#: Of calls with a ``request_uid``: how many come to both servers at once, lose their first answer, come again later.
TWICE, DROPPED, AGAIN = 0.04, 0.04, 0.06
#: Sentences of guards behind the locks, which nobody may ever read.
NEVER = (
    "this very moment. Please try again",
    "Others kept changing these leads",
    "Somebody else has just moved",
    "does not fit the leads",
    "could not serialize",
    "deadlock detected",
)
#: What Odoo itself does in REPEATABLE READ with all tries in vain: the one sentence of these that it may say.
ALLOWED = {"lose": "Others kept changing these leads"}
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
    about: tuple = ()  # ids of entries or pools


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
        about = tuple(first) if once and isinstance(first, list) and all(type(one) is int for one in first) else ()
        operation = Operation(self.name, name, uid, time.monotonic(), about=about)
        self.day.history.append(operation)
        chance = self.random.random() if once else 1
        asked = (operation, model, method, first, arguments)
        if chance < TWICE:
            operation.type, operation.answer = self.at_once(*asked)
        else:
            drop = chance < TWICE + DROPPED
            operation.type, operation.answer = self.until_answered(*asked, patient=once, drop=drop)
        operation.ended = time.monotonic()
        if operation.type == "ok" and once and self.random.random() < AGAIN:
            told = self.until_answered(*asked)
            if told[0] != "info" and told != ("ok", operation.answer):
                self.day.violations.append(f"INV-7: {operation} was answered {told!r} when it came again")
        return operation.answer if operation.type == "ok" else None

    def until_answered(self, *asked, patient=True, drop=False, browser=None, url=None):
        """``(type, answer)`` of a call that is made again while nobody answers, if ``patient``."""
        until = time.monotonic() + PATIENCE
        operation = asked[0]
        while True:
            operation.tries += 1
            url = url or self.random.choice(self.day.servers).url
            told = self.try_call(*asked, browser=browser or self.browser, url=url, drop=drop)
            if told[0] != "info" or not patient or time.monotonic() > until:
                return told
            if not drop:  # it may be at work still: who lost an answer asks again at once
                time.sleep(0.2)
            drop, url = False, None

    def at_once(self, *asked):
        """The same click reaches both servers in one moment: one effect, one answer."""
        self.day.seen["twice"] += 1
        twin = copy.copy(self.browser)
        twin.session = requests.Session()
        twin.session.cookies.update(self.browser.session.cookies)
        twin.session.headers.update(self.browser.session.headers)
        browsers = (self.browser, twin)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            calls = [
                pool.submit(self.until_answered, *asked, browser=browser, url=server.url)
                for browser, server in zip(browsers, self.day.servers, strict=True)
            ]
        told = [call.result() for call in calls]
        done = [one for one in told if one[0] == "ok"]
        if len(done) == 2 and done[0] != done[1]:
            self.day.violations.append(f"INV-7: {asked[0]} was answered {told!r} when it came twice at once")
        return [*done, *(one for one in told if one[0] == "fail"), *told][0]

    def try_call(self, operation, model, method, first, arguments, browser, url, drop=False):
        params = {"model": model, "method": method, "args": [first] if first is not None else [], "kwargs": arguments}
        patience = self.random.uniform(0.002, 0.08) if drop else 60
        try:
            answer = browser.session.post(
                f"{url}/web/dataset/call_kw/{model}/{method}", json={"params": params}, timeout=(10, patience)
            ).json()
        except (requests.RequestException, ValueError):
            self.day.seen["dropped"] += drop
            return "info", None
        if "error" not in answer:
            return "ok", answer.get("result")
        data = answer["error"].get("data") or {}
        text = f"{data.get('message')} {data.get('debug')}"
        never = [sentence for sentence in NEVER if sentence != ALLOWED.get(operation.name)]
        never += ["this very moment"] if operation.name == "write_owner" else []
        if any(sentence in text for sentence in never):
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
            values = {"create_partner": self.random.random() < 0.3}
            self.call("convert", "crm.lead", "action_convert", [lead], values=values)

    def do_help(self):
        for lead in self.leads_of(self.mine()):
            verb = self.random.choice(["action_ask_help", "action_ask_help", "action_stop_help"])
            self.call("help", "crm.lead", verb, [lead], user_id=self.random.choice(self.day.reps))

    def do_mark_invalid(self):
        self.entry("invalid", "action_mark_invalid", self.mine(), reason_id=self.day.invalid, note="A wrong number")

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

    def helped(self):
        return set(self.day.books.ids("SELECT lead_id FROM lead_pool_helper WHERE user_id = %s", self.user_id))

    def do_look(self):
        """INV-13: a rep reads the leads that he holds or was asked to help with, and no other one in a pool."""
        domain = [["pool_state", "in", ["waiting", "held"]]]
        helped = self.helped()
        leads = self.call("look", "crm.lead", "search_read", None, once=False, domain=domain, fields=["user_id"])
        helped |= self.helped()  # help may begin or end while he looks
        for lead in leads or ():
            mine = lead["user_id"] and lead["user_id"][0] == self.user_id
            if not mine and lead["id"] not in helped:
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

    def do_lose(self):
        """In plain Odoo, which runs it in REPEATABLE READ."""
        for lead in self.leads_of(self.some("held", most=1)):
            self.call("lose", "crm.lead", "action_set_lost", [lead], once=False)

    def do_hand_over(self):
        """A rep's leads go to another one, or come back."""
        done = self.choose("SELECT id FROM lead_pool_handover WHERE state = 'done' ORDER BY id DESC LIMIT 2")
        if done and self.random.random() < 0.5:
            self.call("undo_hand_over", "lead.pool.handover", "action_undo", done, once=False)
            return
        whose, to = self.random.sample(self.day.reps, 2)
        values = {"user_id": whose, "target_user_id": to, "mode": "person", "over_capacity": True}
        made = self.call("prepare_hand_over", "lead.pool.handover", "create", [values], once=False)
        if made:
            self.call("hand_over", "lead.pool.handover", "action_run", made, once=False)

    def do_create(self):
        values = {"name": f"New {self.name} {next(self.numbers)}", "user_id": False}
        values["pool_id"] = self.random.choice(list(self.day.department.pools.values()))
        answer = self.call("create", "crm.lead", "create", [values], once=False)
        if answer:
            self.day.created.extend(answer)

    def do_take_in(self):
        """A program hands in leads."""
        number = next(self.numbers)
        payloads = [
            {"name": f"Handed in {number}/{row}", "phone": self.day.phone(), "pool_id": self.day.pool(self.random)}
            for row in range(3)
        ]
        answers = self.call("take_in", "lead.pool", "action_take_in", payloads)
        self.day.created.extend(answer["id"] for answer in answers or () if answer["done"])
        time.sleep(self.random.uniform(0.5, 1.5))

    def do_cron(self):
        cron = self.random.choice(self.day.crons)
        self.call("cron", "ir.cron", "method_direct_trigger", [cron], once=False)
        time.sleep(0.3)

    def do_rush(self):
        """Two scheduled actions and the button in one moment."""
        mate = self.day.rush
        with mate:
            mate.notify_all()
        self.do_distribute()


class Clock(Person):
    """Starts scheduled actions, by itself and whenever somebody presses the button in a rush."""

    def run(self):
        while not self.day.over.is_set():
            self.do_cron()
            with self.day.rush:
                self.day.rush.wait(0.5)


class Platform(threading.Thread):
    """Sends leads to the intake until each is answered; some come to both servers at once."""

    def __init__(self, day, name, token):
        super().__init__(name=name, daemon=True)
        self.day, self.token = day, token
        self.random = random.Random(f"{day.seed} {name}")

    def run(self):
        for number in itertools.count():
            if self.day.over.is_set():
                break
            body = {"id": f"{self.name}-{number}", "name": f"Visitor {number}", "phone": self.day.phone()}
            servers = self.random.sample(self.day.servers, 1 + (self.random.random() < 0.2))
            operation = Operation(self.name, "send", body["id"], time.monotonic())
            self.day.history.append(operation)
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                ids = set(pool.map(lambda server, body=body: self.send(server, body), servers))
            operation.ended = time.monotonic()
            operation.type, operation.answer = ("ok", ids) if ids - {None} else ("info", None)
            if len(ids - {None}) > 1:
                self.day.violations.append(f"INV-7: {body} was received as {ids}")
            self.day.received.update(ids - {None})
            time.sleep(self.random.uniform(0.1, 0.6))

    def send(self, server, body):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                answer = requests.post(f"{server.url}/lead_pool/in/{self.token}", json=body, timeout=(10, 60))
                told = answer.json()
            except (requests.RequestException, ValueError):
                time.sleep(0.2)
                continue
            if answer.status_code == 200:
                return told["id"]
            if answer.status_code not in (500, 503):
                self.day.violations.append(f"{self.name} was answered {answer.status_code} {told}")
                return None
            server = self.random.choice(self.day.servers)
            time.sleep(0.2)
        return None


REP = {
    "claim": 30, "pull": 12, "return": 10, "undo": 3, "follow_up": 8, "convert": 2, "extend": 4, "lock": 4,
    "unlock": 3, "ask": 5, "dispute": 2, "withdraw": 2, "look": 5, "help": 3, "mark_invalid": 1,
}  # fmt: skip
ADMIN = {
    "transfer": 8, "recall": 6, "assign": 8, "decide": 12, "settle": 3, "distribute": 4, "rush": 3, "write_owner": 8,
    "create": 6, "lose": 2, "hand_over": 2,
}  # fmt: skip
