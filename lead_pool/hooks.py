"""What the module system calls. There is no data work at install: see ``lead.pool.action_enrol``."""

import logging

from odoo.service import model
from odoo.tools import SQL

from .isolation import for_programs
from .logs import WithoutValues
from .models.identity.matching import KNOWN


def post_load():
    """What is outside of all registries: programs that call by XML-RPC or ``/jsonrpc`` (see :mod:`.isolation`), and
    what Odoo logs of a statement that fails (see :mod:`.logs`)."""
    model.execute_cr = for_programs(model.execute_cr)
    logging.getLogger("odoo.sql_db").addFilter(WithoutValues())


def uninstall_hook(env):
    """Leave custom fields and archives to the company and no made-up lead, and remove what the ORM does not know of.

    That is the guard of the events and of the sample, the function of the database, and the parameters, which would
    have a later installation stopped, or without the keys of its leads.
    """
    env["lead.custom.field"]._leave()
    env["lead.pool.sample"]._leave()
    env["lead.pool.archive"]._leave()
    env["ir.config_parameter"].sudo().search([("key", "=like", "lead\\_pool.%")]).unlink()
    for function in ("lead_pool_event_append_only", "lead_pool_sample_only_new"):
        env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(function)))
    env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s", SQL.identifier(KNOWN)))
    _let_each_other_go(env)


def _let_each_other_go(env):
    """Odoo deletes records that have an external id, as reasons and what the demo data has made, before it drops the
    tables of what refers to them: one by one, with an error in the log for each that is held."""
    tables = [model._table for model in env.registry.values() if model._original_module == "lead_pool"]
    held = SQL(
        """SELECT c.relname, f.conname FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
             JOIN pg_class t ON t.oid = f.confrelid
            WHERE f.contype = 'f' AND f.confdeltype IN ('r', 'a') AND c.relnamespace = current_schema::regnamespace
              AND (c.relname = ANY(%(tables)s) OR t.relname = ANY(%(tables)s))""",
        tables=tables,
    )
    env.flush_all()
    for table, name in env.execute_query(held):
        env.cr.execute(SQL("ALTER TABLE %s DROP CONSTRAINT %s", SQL.identifier(table), SQL.identifier(name)))
