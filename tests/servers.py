"""A real Odoo server on a database of a test."""

import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from databases import connect
from passlib.context import CryptContext

ROOT = pathlib.Path(__file__).resolve().parent.parent

API_KEY_HASH = CryptContext(["pbkdf2_sha512"], pbkdf2_sha512__rounds=6000)


class RefusedCall(Exception):
    """The server answered a JSON-2 call with an error: `status` (HTTP) and `answer` (its JSON)."""

    def __init__(self, status, answer):
        message = answer.get("message") if isinstance(answer, dict) else answer
        super().__init__(f"{status}: {message}")
        self.status, self.answer = status, answer


class OdooServer:
    """A real Odoo of its own on a free loopback port; what it does is committed.

    With `workers` = 0 one process serves pages and the live bus alike (a browser test wants
    that); with more it forks, as in production, and the bus listens on `bus_port`.
    """

    START_SECONDS = 120

    def __init__(self, dbname, workers=0, options=()):
        self.dbname, self.workers, self.options = dbname, workers, tuple(options)
        self.port, self.bus_port = _free_port(), _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = pathlib.Path(os.environ["ODOO_RC"]).parent / f"server-{dbname}.log"
        self.process = None
        self._keys = {}

    # life ---------------------------------------------------------------------------------------

    def start(self):
        launcher = pathlib.Path(sys.executable).with_name("odoo-bin")
        command = [sys.executable, launcher, "server", "-d", self.dbname]
        command += [f"--db-filter=^{self.dbname}$", f"--http-port={self.port}"]
        command += [f"--gevent-port={self.bus_port}", f"--workers={self.workers}"]
        command += ["--max-cron-threads=0", f"--logfile={self.log}", *self.options]
        # A group of its own, so that the workers can be ended with it.
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        until = time.monotonic() + self.START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/web/health", timeout=5):
                    return self
            except OSError:
                time.sleep(0.2)
        self.stop()
        raise AssertionError(f"Odoo did not start; its log: {self.log}")

    def is_running(self):
        return bool(self.process) and self.process.poll() is None

    def stop(self, kill=False):
        """End it politely or, with `kill`, as a power cut would."""
        if self.process:
            if not kill and self.is_running():
                self.process.send_signal(signal.SIGTERM)
                try:
                    self.process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    pass
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
        self.process = None

    # talk ---------------------------------------------------------------------------------------

    def connect(self):
        """A psycopg2 connection to its database."""
        return connect(self.dbname)

    def run(self, code, options=()):
        """Run Python in `odoo shell` of its database and commit; the value of `result`, if set."""
        script = f"result = None\n{code}\nenv.cr.commit()\nimport json\n"
        script += 'print("\\n@@" + json.dumps(result, default=str))\n'
        launcher = pathlib.Path(sys.executable).with_name("odoo-bin")
        command = [sys.executable, launcher, "shell", "-d", self.dbname, "--no-http"]
        done = subprocess.run([*command, "--log-level=warn", *options], input=script, capture_output=True, text=True)
        if done.returncode or "\n@@" not in done.stdout:
            raise AssertionError(f"odoo shell failed:\n{done.stdout}\n{done.stderr}")
        return json.loads(done.stdout.rpartition("\n@@")[2])

    def api_key(self, login="admin"):
        """A JSON-2 key of this user, written as `res.users.apikeys._generate` writes it: in
        milliseconds, where `odoo shell` takes seconds a user."""
        if login not in self._keys:
            key = secrets.token_hex(20)
            connection = self.connect()
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    """INSERT INTO res_users_apikeys (name, user_id, scope, key, index)
                       SELECT 'test', id, 'rpc', %s, %s FROM res_users WHERE login = %s""",
                    [API_KEY_HASH.hash(key), key[:8], login],
                )
                assert cursor.rowcount == 1, f"there is no user {login}"
            connection.close()
            self._keys[login] = key
        return self._keys[login]

    def call(self, model, method, *, login="admin", ids=None, timeout=60, **arguments):
        """`POST /json/2/<model>/<method>` as this user; its answer, or RefusedCall."""
        if ids is not None:
            arguments["ids"] = ids
        request = urllib.request.Request(
            f"{self.url}/json/2/{model}/{method}",
            data=json.dumps(arguments).encode(),
            headers={
                "Authorization": f"bearer {self.api_key(login)}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.dbname,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            body = error.read().decode(errors="replace")
            try:
                body = json.loads(body)
            except ValueError:
                pass
            raise RefusedCall(error.code, body) from None


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
