"""A database's life with the add-ons, by the commands an administrator types, and what its catalogue says of it."""

import contextlib
import os
import pathlib
import subprocess
import sys
import threading
import time

from databases import connect, drop_database
from servers import ROOT, OdooServer

sys.path.append(str(ROOT / "scripts/lib"))
from check_log import complaints  # noqa: E402

#: Add-ons for the tests alone.
ADDONS = pathlib.Path(__file__).parent / "addons"

#: What a database consists of besides its rows, each as text: nothing of it may stay when an add-on goes.
CATALOGUE = {
    "tables, views and sequences": """
        SELECT relkind::text || ' ' || relname FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')""",
    "columns": """
        SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'""",
    "indexes": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """
        SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "triggers": "SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger WHERE NOT tgisinternal",
    "parameters": "SELECT key FROM ir_config_parameter",
    "scheduled actions": "SELECT cron_name FROM ir_cron",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model || '.' || name FROM ir_model_fields",
    "names of records": "SELECT module || '.' || name FROM ir_model_data",
    "screens": "SELECT model || ' ' || name || ' ' || id FROM ir_ui_view",
    "menus": "SELECT name->>'en_US' || ' ' || id FROM ir_ui_menu",
    "actions": "SELECT type || ' ' || (name->>'en_US') || ' ' || id FROM ir_actions",
    "rights": "SELECT name || ' ' || id FROM ir_model_access",
    "rules": "SELECT name || ' ' || id FROM ir_rule",
    "groups": "SELECT name->>'en_US' || ' ' || id FROM res_groups",
    "kinds of activities": "SELECT name->>'en_US' FROM mail_activity_type",
    "messages of models that are gone": """
        SELECT model || ' ' || id FROM mail_message WHERE model NOT IN (SELECT model FROM ir_model)""",
    "files of models that are gone": """
        SELECT res_model || ' ' || id FROM ir_attachment WHERE res_model NOT IN (SELECT model FROM ir_model)""",
}


class Life:
    """One database, by its name."""

    def __init__(self, name):
        self.dbname = name
        self.shell = OdooServer(name)

    def odoo(self, *arguments, addons=(ROOT,)):
        """Odoo's command line to its end, without a warning in its log.

        :param addons: the folders that add-ons beside Odoo's own are taken from
        """
        launcher = pathlib.Path(sys.executable).with_name("odoo-bin")
        log = pathlib.Path(os.environ["ODOO_RC"]).parent / f"life-{self.dbname}.log"
        log.unlink(missing_ok=True)
        command = [sys.executable, launcher, "server", "-d", self.dbname, *arguments]
        command += ["--stop-after-init", "--no-http", f"--logfile={log}"]
        command += [addons_path(addons)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{done.stderr}\n{log.read_text(encoding='utf-8')[-3000:]}"
        with log.open(encoding="utf-8") as lines:
            assert not "".join(complaints(lines))

    def run(self, code, addons=(ROOT,)):
        """Python in ``odoo shell``, committed; the value of ``result``."""
        return self.shell.run(code, [addons_path(addons)])

    def uninstall(self, *modules):
        self.run(f"env['ir.module.module'].search([('name', 'in', {list(modules)})]).button_immediate_uninstall()\n")

    def rows(self, query):
        with contextlib.closing(connect(self.dbname)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def do(self, query, *arguments):
        with contextlib.closing(connect(self.dbname)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query, arguments or None)

    def one(self, query):
        return self.rows(query)[0][0]

    def catalogue(self):
        """``{kind: {text}}`` of :data:`CATALOGUE`."""
        return {kind: {text for [text] in self.rows(query)} for kind, query in CATALOGUE.items()}

    def write_leads(self, number):
        """Leads of years, every third one the administrator's, the others nobody's."""
        self.do(
            """INSERT INTO crm_lead (name, type, active, user_id, team_id, company_id, stage_id, priority, won_status,
                                     probability, automated_probability, contact_name, partner_name, city, phone,
                                     phone_sanitized, email_from, email_normalized, email_domain_criterion,
                                     date_open, create_uid, write_uid, create_date, write_date)
               SELECT 'Enquiry ' || n, 'opportunity', true, CASE WHEN n %% 3 = 0 THEN 2 END,
                      (SELECT min(id) FROM crm_team), 1, (SELECT min(id) FROM crm_stage), (n %% 3)::text, 'pending',
                      10, 10, '王伟 ' || n, 'Company ' || n %% 50000, 'Chengdu', '+86 138 ' || lpad(n::text, 8, '0'),
                      '+86138' || lpad(n::text, 8, '0'), 'w' || n || '@c' || n %% 50000 || '.example.com',
                      'w' || n || '@c' || n %% 50000 || '.example.com', '@c' || n %% 50000 || '.example.com',
                      CASE WHEN n %% 3 = 0 THEN now() END, 1, 1, now() - interval '1 minute' * n, now()
                 FROM generate_series(1, %s) n""",
            number,
        )
        self.do("ANALYZE crm_lead")

    def leads_as_stored(self, columns="ctid, xmin"):
        """A fingerprint of every lead's row as it lies on the disk: the same as long as none was written."""
        return self.one(f"SELECT md5(string_agg(md5(({columns}, id)::text), '' ORDER BY id)) FROM crm_lead")

    @contextlib.contextmanager
    def customers(self):
        """Somebody looks at the leads all the while; yields what the longest look took, in seconds."""
        stop, waits = threading.Event(), []

        def look():
            with contextlib.closing(connect(self.dbname)) as connection, connection.cursor() as cursor:
                connection.autocommit = True
                while not stop.is_set():
                    began = time.monotonic()
                    cursor.execute("SELECT id, name FROM crm_lead ORDER BY id LIMIT 1")
                    waits.append(time.monotonic() - began)
                    time.sleep(0.05)

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield lambda: max(waits)
        finally:
            stop.set()
            thread.join()


def addons_path(folders):
    """The option that has add-ons taken from these folders, beside Odoo's own."""
    return f"--addons-path={','.join([*core_folders(), *map(str, folders)])}"


def core_folders():
    """Odoo's own add-on folders, as configured."""
    for line in pathlib.Path(os.environ["ODOO_RC"]).read_text(encoding="utf-8").splitlines():
        if line.startswith("addons_path ="):
            folders = line.split("=", 1)[1].strip().split(",")
            return [folder for folder in folders if folder != str(ROOT)]
    raise AssertionError("no addons_path in ODOO_RC")


@contextlib.contextmanager
def plain_crm(name, kind="plain"):
    """A database of plain Odoo with its CRM, without the add-ons; dropped at the end.

    :param kind: ``plain``, or ``demo`` for one with Odoo's demo data
    """
    drop_database(name)
    subprocess.run([ROOT / "scripts/fresh-database", name, kind], check=True)
    try:
        yield Life(name)
    finally:
        if os.environ.get("KEEP") != "1":
            drop_database(name)
