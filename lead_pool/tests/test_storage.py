from odoo.tests import TransactionCase, tagged

from ..storage import COUNTED, QUEUE, keep_as


@tagged("post_install", "-at_install")
class TestStorage(TransactionCase):
    """The tables that every claim writes are kept as suits them."""

    TABLES = {"lead.pool.entry": QUEUE, "lead.pool.rep": COUNTED, "lead.pool.member": COUNTED}

    def _options(self, table):
        self.env.cr.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", [table])
        return dict(option.split("=", 1) for option in self.env.cr.fetchone()[0] or ())

    def test_installing_has_set_them(self):
        for model, options in self.TABLES.items():
            self.assertEqual(self._options(self.env[model]._table), options, model)

    def test_an_upgrade_sets_what_is_missing_and_leaves_the_rest(self):
        self.env.cr.execute("ALTER TABLE lead_pool_rep RESET (fillfactor)")
        self.env.cr.execute("ALTER TABLE lead_pool_rep SET (autovacuum_vacuum_cost_delay = 1)")
        self.env["lead.pool.rep"].init()
        self.assertEqual(self._options("lead_pool_rep"), COUNTED | {"autovacuum_vacuum_cost_delay": "1"})

    def test_what_is_set_is_not_set_again(self):
        before = self.env.cr.sql_log_count
        keep_as(self.env.cr, "lead_pool_entry", QUEUE)
        self.assertEqual(self.env.cr.sql_log_count - before, 1, "it only looked")

    def test_no_index_has_a_counter(self):
        """So that counting touches none."""
        self.env.cr.execute(
            """SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
                WHERE i.indrelid IN ('lead_pool_rep'::regclass, 'lead_pool_member'::regclass)
                  AND a.attname IN ('held', 'over_capacity', 'day', 'day_n', 'hour', 'hour_n')"""
        )
        self.assertFalse(self.env.cr.fetchall())
