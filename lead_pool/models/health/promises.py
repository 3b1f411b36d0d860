"""Promises that only the database can keep, verified: Odoo merely logs an index that could not be built."""

import importlib.util

from odoo import models
from odoo.models import Constraint, UniqueIndex
from odoo.tools import SQL

from ..verbs.safeguards import ESSENTIAL, UNGUARDED

#: Triggers that keep the ledger of events: name, function, table.
GUARDS = (
    ("lead_pool_event_append_only", "lead_pool_event_append_only", "lead_pool_event"),
    ("lead_pool_event_whole", "lead_pool_event_append_only", "lead_pool_event"),
    ("lead_pool_event_kept", "lead_pool_event_append_only", "lead_pool_event"),
    ("lead_pool_sample_only_new", "lead_pool_sample_only_new", "lead_pool_sample"),
)


class LeadPoolHealthPromises(models.AbstractModel):
    _name = "lead.pool.health.promises"
    _description = "Health Check: the Database"

    def _unguarded(self):
        """Whether an index is missing without which nothing is given out by itself, and nobody claims."""
        [[unguarded]] = self.env.execute_query(SQL("SELECT %s", UNGUARDED))
        return unguarded

    def _check_promises(self):
        """Indexes, constraints and the triggers that the tables were made with.

        :returns: ``[(code, values)]``
        """
        lost = self._lost_objects()
        found = [("lost_guard", {"name": name}) for name in sorted(lost & set(ESSENTIAL))]
        found += [("lost_object", {"name": name}) for name in sorted(lost - set(ESSENTIAL))]
        [[guards]] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM pg_trigger t JOIN unnest(%s, %s, %s) g(name, function, of_table)
                       ON tgname = g.name AND tgfoid = to_regproc(g.function) AND tgrelid = to_regclass(g.of_table)
                    WHERE tgenabled IN ('O', 'A')""",
                *map(list, zip(*GUARDS, strict=True)),
            )
        )
        return found if guards == len(GUARDS) else [*found, ("lost_trigger", {})]

    def _lost_objects(self):
        """Names of indexes and constraints of ours that are missing, invalid, or are not what they were made as."""
        indexes, constraints = [], []
        for name in self.env.registry:
            model = self.env[name]
            if model._abstract or not model._auto:
                continue
            for item in model._table_objects.values():
                if not item._module.startswith("lead_pool"):
                    continue
                if isinstance(item, Constraint):
                    constraints.append(item.full_name(model))
                else:
                    text = item.get_definition(self.env.registry)
                    indexes.append((item.full_name(model), isinstance(item, UniqueIndex), " WHERE " in text))
        names, unique, partial = zip(*indexes, strict=True)
        rows = self.env.execute_query(
            SQL(
                """SELECT n.name FROM unnest(%s::text[], %s::bool[], %s::bool[]) n(name, is_unique, is_partial)
                    WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = to_regclass(n.name) AND i.indisvalid
                                         AND i.indisunique = n.is_unique
                                         AND (i.indpred IS NOT NULL) = n.is_partial)
                    UNION ALL
                   SELECT n.name FROM unnest(%s::text[]) n(name)
                    WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = n.name AND c.convalidated)""",
                list(names),
                list(unique),
                list(partial),
                constraints,
            )
        )
        return {name for [name] in rows}

    def _check_columns(self):
        """Columns of custom fields that somebody removed in developer mode."""
        fields_ = self.env["lead.custom.field"].sudo().with_context(active_test=False)
        return [
            ("lost_column", {"name": field.technical_name, "field": field.name})
            for field in fields_.search([("technical_name", "!=", False)])
            if field._models() != field._models_there()
        ]

    def _check_search(self, collation="default"):
        """Whether the database knows letters beyond English ones: with LC_CTYPE=C it does not.

        :param collation: whose letters, the database's own unless told otherwise
        """
        [[folds, ctype]] = self.env.execute_query(
            SQL(
                """SELECT lower('É' COLLATE %s) = 'é', datctype FROM pg_database
                    WHERE datname = current_database()""",
                SQL.identifier(collation),
            )
        )
        return [] if folds else [("c_locale", {"name": ctype})]

    def _check_libraries(self, name="phonenumbers"):
        """Odoo starts without it, and then takes phone numbers as they were typed."""
        return [] if importlib.util.find_spec(name) else [("no_phonenumbers", {"name": name})]
