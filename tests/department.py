"""A sales department for tests with a real server or several transactions: pools, people, leads.

It works on committed data, from within the test's own process: an Odoo registry without a server,
beside the server under test if there is one.
"""

import contextlib
import functools
import os

import requests
from concurrency.invariants import found

import odoo
from odoo.api import Environment
from odoo.modules.module import initialize_sys_path
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config

#: The rights of each kind of person, besides being an internal user.
GROUPS = {
    "rep": ["sales_team.group_sale_salesman"],
    "senior": ["sales_team.group_sale_salesman_all_leads"],
    "marketing": ["lead_pool.group_marketing"],
    "manager": ["lead_pool.group_manager"],
    "outsider": [],
    "portal": ["base.group_portal"],
    "system": ["base.group_system"],
    "program": ["lead_pool.group_integration"],
}


if "ODOO_RC" not in os.environ:
    raise RuntimeError("these tests need Odoo: run them as scripts/exec pytest -p no:odoo …")
config.parse_config(["-c", os.environ["ODOO_RC"], "--workers=0"], setup_logging=False)
initialize_sys_path()


def registry_of(dbname):
    """The Odoo registry of this database, loaded into the test's process."""
    return Registry(dbname)


@contextlib.contextmanager
def transaction(dbname, user_id=odoo.SUPERUSER_ID, context=None):
    """An environment in a transaction of its own, committed at the end; other processes are told
    to drop their caches."""
    registry = registry_of(dbname)
    with registry.cursor() as cr:
        yield Environment(cr, user_id, context or {})
        cr.flush()
    registry.signal_changes()


class Department:
    """People and pools of one test file, named after ``prefix`` so that files can share a database.

    A person's login is ``<prefix>_<name>``; so is his password, once he opens a browser.
    """

    def __init__(self, dbname, prefix):
        self.dbname, self.prefix = dbname, prefix
        self.users = {}  # {name: user id}
        self.pools = {}  # {name: pool id}
        self.browsers = {}  # {name: Browser}

    def inside(self, name=None, context=None):
        """A transaction as this person, the system itself when there is no name."""
        user_id = self.users[name] if name else odoo.SUPERUSER_ID
        return transaction(self.dbname, user_id, context)

    def done(self, change):
        """What ``change(env)`` answers, committed; again from the start, as Odoo does with a request, where somebody
        else was quicker: servers and their scheduled actions are at the same rows."""
        with registry_of(self.dbname).cursor() as cr:
            env = Environment(cr, odoo.SUPERUSER_ID, {})
            return retrying(functools.partial(change, env), env)

    def run_code(self, code):
        """What whoever may write a server action has it do, committed."""
        with self.inside() as env:
            model = env["ir.model"]._get_id("crm.lead")
            values = {"name": "Code", "model_id": model, "state": "code", "code": code}
            env["ir.actions.server"].create(values).run()

    def login(self, name):
        return f"{self.prefix}_{name}"

    # people and pools -----------------------------------------------------------------------------

    def hire(self, kind, *names):
        """Users of a kind of :data:`GROUPS`; all but ``portal`` are internal."""
        with self.inside() as env:
            internal = [] if kind == "portal" else ["base.group_user"]
            groups = [env.ref(xmlid).id for xmlid in [*internal, *GROUPS[kind]]]
            users = (
                env["res.users"]
                .with_context(no_reset_password=True)
                .create(
                    [
                        {
                            "name": self.login(name),
                            "login": self.login(name),
                            "notification_type": "inbox" if internal else "email",
                            "email": f"{self.login(name)}@example.com",
                            "group_ids": [(6, 0, groups)],
                        }
                        for name in names
                    ]
                )
            )
            self.users.update(zip(names, users.ids, strict=True))

    def open_pool(self, name, members=(), admins=(), **values):
        """A pool without limits, unless ``values`` of ``lead.pool`` say so."""
        with self.inside() as env:
            people = [(self.users[member], "member") for member in members]
            people += [(self.users[admin], "admin") for admin in admins]
            pool = env["lead.pool"].create(
                {
                    "name": f"{self.prefix} {name}",
                    "team_id": env["crm.team"].create({"name": f"{self.prefix} {name}"}).id,
                    "tz": "UTC",
                    "member_capacity": 0,
                    "member_daily_claim_limit": 0,
                    "reclaim_most": 0,
                    **values,
                }
            )
            env["lead.pool.member"].create(
                [{"pool_id": pool.id, "user_id": user, "role": role} for user, role in people]
            )
            self.pools[name] = pool.id
        return self.pools[name]

    # leads ----------------------------------------------------------------------------------------

    def leads(self, pool, count, holder=None, **values):
        """Leads in this pool, waiting or in somebody's hands: ``[(entry id, lead id)]``."""

        def change(env):
            leads = (
                env["crm.lead"]
                .with_context(tracking_disable=True)
                .create(
                    [
                        {
                            "name": f"Lead {number}",
                            "pool_id": self.pools[pool],
                            "user_id": self.users[holder] if holder else False,
                            **values,
                        }
                        for number in range(count)
                    ]
                )
            )
            return [(lead.pool_entry_ids.id, lead.id) for lead in leads]

        return self.done(change)

    def limit(self, name, pool, places=None, **limits):
        """Limits of a member; ``places=3`` sets the capacity to what he holds now and 3 more."""

        def change(env):
            member = env["lead.pool.member"].search(
                [
                    ("user_id", "=", self.users[name]),
                    ("pool_id", "=", self.pools[pool]),
                    ("role", "=", "member"),
                ]
            )
            member.write(limits if places is None else {**limits, "capacity": member.held + places})

        self.done(change)

    def held(self, name, pool):
        """``(counter, open holdings)`` of a member."""
        with self.inside() as env:
            env.cr.execute(
                """SELECT m.held, (SELECT count(*) FROM lead_pool_holding h
                                    WHERE h.user_id = m.user_id AND h.pool_id = m.pool_id
                                      AND h.ended_at IS NULL)
                     FROM lead_pool_member m
                    WHERE m.user_id = %s AND m.pool_id = %s AND m.role = 'member'""",
                [self.users[name], self.pools[pool]],
            )
            return env.cr.fetchone()

    def browser(self, server, name):
        """A browser in which this person is logged in, always the same one."""
        if name not in self.browsers:
            with self.inside() as env:  # hashing a password takes its time
                env["res.users"].browse(self.users[name]).password = self.login(name)
            self.browsers[name] = Browser(server, self.login(name), self.login(name))
        return self.browsers[name]

    # truth ----------------------------------------------------------------------------------------

    def problems(self):
        """What is wrong in the database: sentences of the health check, changed events, broken invariants. An empty
        list when all is well."""
        with self.inside() as env:
            problems = list(env["lead.pool"]._health_problems())
            problems += [
                f"events of lead {lead} do not chain at {seq}"
                for lead, seq in env["lead.pool.event"]._broken_chains().items()
            ]
            return problems + found(env.cr)


class Browser:
    """A web session, without the screen: what the pages of the web client send and get."""

    def __init__(self, server, login, password):
        self.url, self.session = server.url, requests.Session()
        answer = self.json(
            "/web/session/authenticate",
            {"db": server.dbname, "login": login, "password": password},
        )
        assert answer["result"]["uid"], f"{login} could not log in"

    def json(self, path, params, query=""):
        """The whole answer of a JSON route, errors included."""
        return self.post(path + query, json={"jsonrpc": "2.0", "params": params}).json()

    def post(self, path, **arguments):
        return self.session.post(self.url + path, timeout=60, **arguments)

    def get(self, path, **arguments):
        return self.session.get(self.url + path, timeout=60, **arguments)

    def call(self, model, method, args=(), kwargs=None, path="call_kw"):
        """``call_kw`` as the web client does it; the result, or RuntimeError with the error."""
        answer = self.json(
            f"/web/dataset/{path}/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs or {}},
        )
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]
