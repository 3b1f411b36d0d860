"""How PostgreSQL keeps the tables that every claim writes.

Its defaults suit tables that change little. They wait until a fifth of the rows is dead before they vacuum, and fill
each page to the brim:

- Entries leave the head of their queue with each claim, and their dead rows and index entries stay there until a
  vacuum: whoever looks for the next lead walks over them. Of a million entries 200,000 would gather first; here
  10,000.
- The counters of reps and members are few rows that are written again and again, and no index has any of the counted
  columns: with room left on the page, the new version stays beside the old one, no index is touched, and the next
  reader tidies up. A share of a few hundred rows says nothing, so that their vacuum comes by number.
"""

from odoo.tools import SQL

QUEUE = {"autovacuum_vacuum_scale_factor": "0.01", "autovacuum_analyze_scale_factor": "0.02"}
COUNTED = {
    "fillfactor": "50",
    "autovacuum_vacuum_scale_factor": "0",
    "autovacuum_vacuum_threshold": "1000",
}


def keep_as(cr, table, options):
    """Set storage parameters of this table, unless it has them; they go with it when the add-on is uninstalled.

    Pages that are written already keep their fill until they are written again. It takes no lock that a reader or a
    writer would wait for.

    :param dict options: ``{parameter: text}``
    """
    cr.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", [table])
    [[present]] = cr.fetchall()
    present = dict(option.split("=", 1) for option in present or ())
    if options.items() <= present.items():
        return
    settings = SQL(", ").join(SQL("%s = %s", SQL.identifier(name), SQL(value)) for name, value in options.items())
    cr.execute(SQL("ALTER TABLE %s SET (%s)", SQL.identifier(table), settings))
