"""Promises that only the database can keep, verified: Odoo merely logs an index that could not be built."""

from odoo import api, models
from odoo.tools import SQL

#: Unique indexes without which two people may hold one lead.
PROMISES = {
    "lead.pool.holding": ("one_open", "epoch_uniq"),
    "lead.pool.entry": ("lead_uniq",),
    "lead.pool.member": ("user_uniq",),
    "lead.pool.rep": ("user_company_uniq",),
    "lead.pool.event": ("seq_uniq",),
    "lead.pool.request": ("request_uniq",),
}


class LeadPoolHealth(models.AbstractModel):
    _name = "lead.pool.health"
    _description = "Health Check"

    @api.model
    def _health_problems(self):
        """What is wrong, a sentence each; an empty list when all is well."""
        return [
            *self._missing_indexes(),
            *self._miscounts(),
            *self._dead_trigram_search(),
            *self._missing_columns(),
        ]

    def _missing_columns(self):
        """Columns of custom fields that somebody removed in developer mode."""
        fields_ = self.env["lead.custom.field"].sudo().with_context(active_test=False)
        return [
            self.env._(
                "The column %(name)s of the custom field “%(field)s” is gone: remove the field or make it again.",
                name=field.technical_name,
                field=field.name,
            )
            for field in fields_.search([("technical_name", "!=", False)])
            if field._models() != field._models_there()
        ]

    def _missing_indexes(self):
        names = {f"{self.env[model]._table}_{index}" for model, indexes in PROMISES.items() for index in indexes}
        self.env.cr.execute(
            SQL(
                """SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
                    WHERE c.relname = ANY(%s) AND i.indisvalid AND i.indisunique""",
                list(names),
            )
        )
        missing = names - {name for [name] in self.env.cr.fetchall()}
        return [
            self.env._("The unique index %(index)s is missing: update the module Lead Pool.", index=name)
            for name in sorted(missing)
        ]

    def _miscounts(self):
        """Counters and projections that differ from the ledgers."""
        problems = []
        for text, query in (
            (
                self.env._("%(count)s members' counters differ from the leads they hold."),
                """SELECT count(*) FROM lead_pool_member m
                    WHERE m.role = 'member' AND m.held <> (SELECT count(*) FROM lead_pool_holding h
                          WHERE h.user_id = m.user_id AND h.pool_id = m.pool_id AND h.ended_at IS NULL)""",
            ),
            (
                self.env._("%(count)s reps' counters differ from the leads they hold."),
                """SELECT count(*) FROM lead_pool_rep r
                    WHERE r.held <> (SELECT count(*) FROM lead_pool_holding h
                          WHERE h.user_id = r.user_id AND h.company_id = r.company_id AND h.ended_at IS NULL)""",
            ),
            (
                self.env._("%(count)s held leads have no open holding of their holder."),
                """SELECT count(*) FROM lead_pool_entry e WHERE e.state = 'held' AND NOT EXISTS (
                          SELECT 1 FROM lead_pool_holding h WHERE h.lead_id = e.lead_id AND h.user_id = e.user_id
                             AND h.ended_at IS NULL AND h.pool_id = e.pool_id)""",
            ),
            (
                self.env._("%(count)s open leads have another owner in CRM than in the pool."),
                """SELECT count(*) FROM lead_pool_entry e JOIN crm_lead l ON l.id = e.lead_id
                    WHERE e.state <> 'closed'
                      AND (l.user_id IS DISTINCT FROM e.user_id OR l.pool_id IS DISTINCT FROM e.pool_id)""",
            ),
        ):
            self.env.flush_all()
            self.env.cr.execute(query)
            [count] = self.env.cr.fetchone()
            if count:
                problems.append(text % {"count": count})
        return problems

    def _dead_trigram_search(self):
        """With LC_CTYPE=C PostgreSQL finds no trigrams in Chinese text."""
        self.env.cr.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if not self.env.cr.fetchone():
            return []
        self.env.cr.execute("SELECT cardinality(show_trgm('星河'))")
        if self.env.cr.fetchone()[0]:
            return []
        return [
            self.env._(
                "The database was made with LC_CTYPE=C: fast search does not work for Chinese. "
                "Make it again with C.UTF-8."
            )
        ]
