"""The columns behind custom fields: what is done to ``ir.model.fields``, in sudo, for a checked caller."""

import json
from contextlib import contextmanager

from psycopg2.errors import LockNotAvailable

from odoo import models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

#: In the context while a field and its options are saved together: the columns follow once, at the end.
#: An object, so that no RPC client can send it.
BATCH = object()
#: The models that a custom field may be on, by the flag that says so.
MODELS = {"on_lead": "crm.lead", "on_customer": "res.partner", "on_order": "sale.order"}
CURRENCIES = {"crm.lead": "company_currency", "res.partner": "currency_id", "sale.order": "currency_id"}
#: Type of ``ir.model.fields`` for each type of ours.
TTYPES = {
    "text": "char",
    "long_text": "text",
    "integer": "integer",
    "decimal": "float",
    "amount": "monetary",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    "selection": "selection",
    "multi": "many2many",
    "link": "many2one",
}
LOCK_TIMEOUT = "2s"  # a new column waits for long queries, and all queries wait for it
MOST_COLUMNS = 1500  # of a table, dropped ones included; PostgreSQL ends at 1600


class LeadCustomColumns(models.AbstractModel):
    _name = "lead.custom.columns"
    _description = "Columns of Custom Fields"

    def _models(self):
        """Names of the models that this field is on."""
        self.ensure_one()
        return [model for flag, model in MODELS.items() if self[flag]]

    def _models_there(self):
        """Those of them that have the column; a developer may have removed it behind our back."""
        return [model for model in self._models() if self.technical_name in self.env[model]._fields]

    def _ir_fields(self, models=None):
        """The ``ir.model.fields`` of these fields."""
        return (
            self.env["ir.model.fields"]
            .sudo()
            .search(
                [
                    ("name", "in", self.mapped("technical_name")),
                    ("model", "in", models or list(MODELS.values())),
                    ("state", "=", "manual"),
                ]
            )
        )

    # ------------------------------------------------------------
    # MAKE, FOLLOW, DROP
    # ------------------------------------------------------------

    def _make_columns(self, on=None):
        """Make the columns of these fields in one go: one change of each table, one reload of the registry.

        :param on: names of models; all models of each field when ``None``
        """
        vals_list = [
            field._prepare_column_values(model)
            for field in self
            for model in field._models()
            if on is None or model in on
        ]
        if not vals_list:
            return
        self._one_at_a_time()
        self._check_room(vals_list)
        with self._tables_changing():
            self.env["ir.model.fields"].sudo().with_context(lang="en_US").create(vals_list)
        self._sync_columns()

    def _prepare_column_values(self, model):
        """Values of the ``ir.model.fields`` of this field on ``model``; nothing of them comes from a client.

        Options of a selection follow by :meth:`_sync_options`: Odoo makes none in sudo together with their field.
        """
        self.ensure_one()
        in_english = self.with_context(lang="en_US")
        values = {
            "name": self.technical_name,
            "model_id": self.env["ir.model"]._get_id(model),
            "field_description": in_english.name,
            "help": in_english.help_text,
            "ttype": TTYPES[self.field_type],
            "state": "manual",
            "store": True,
            "copied": True,
            "index": self.field_type == "link",
        }
        if self.field_type == "multi":
            values.update(
                relation="lead.custom.option",
                relation_table=self._relation_table(model),
                column1="record_id",
                column2="option_id",
                domain=repr([("custom_field_id", "=", self.id)]),
            )
        elif self.field_type == "link":
            values.update(relation=self.link_model, on_delete="set null")
        elif self.field_type == "amount":
            values["currency_field"] = CURRENCIES[model]
        return values

    def _relation_table(self, model):
        """The table of a many-selection on ``model``."""
        return f"{self.technical_name}_{model.rpartition('.')[2]}_rel"

    def _sync_columns(self):
        """Bring labels, help and options of the columns after those of the fields, in every language."""
        self.env.flush_all()
        selections = self.filtered(lambda field: field.field_type == "selection")
        if selections:
            selections._sync_options()
        self.env.cr.execute(
            SQL(
                """UPDATE ir_model_fields f SET field_description = c.name, help = c.help_text
                     FROM lead_custom_field c
                    WHERE c.id = ANY(%(ids)s) AND f.name = c.technical_name AND f.model = ANY(%(models)s)
                      AND f.state = 'manual'""",
                ids=self.ids,
                models=list(MODELS.values()),
            )
        )
        self._sync_open_fields()
        self.env["ir.model.fields"].invalidate_model()
        self.env["ir.model.fields.selection"].invalidate_model()
        self.env.registry.clear_cache("stable")
        self.env.registry.clear_cache("templates")
        self.env.registry.clear_cache()
        self.pool._setup_models__(self.env.cr, list(MODELS.values()))
        self.env["lead.pool.mapping"]._propose()

    def _sync_options(self):
        """Add, remove, name and order the values of the selections."""
        columns = self._ir_fields()
        by_name = {field.technical_name: field for field in self}
        new = []
        for column in columns:
            field = by_name[column.name]
            there = set(column.selection_ids.mapped("value"))
            new += [
                {"field_id": column.id, "value": option.value, "name": option.name}
                for option in field.option_ids
                if option.value not in there
            ]
            kept = set(field.option_ids.mapped("value"))
            column.selection_ids.filtered(lambda row, kept=kept: row.value not in kept).unlink()
        if new:
            self.env["ir.model.fields.selection"].sudo().create(new)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE ir_model_fields_selection s SET name = o.name, sequence = o.number
                     FROM (SELECT o.name, o.value, c.technical_name,
                                  row_number() OVER (PARTITION BY c.id ORDER BY o.sequence, o.id) AS number
                             FROM lead_custom_option o JOIN lead_custom_field c ON c.id = o.custom_field_id
                            WHERE c.id = ANY(%(ids)s)) o
                     JOIN ir_model_fields f ON f.name = o.technical_name AND f.id = ANY(%(columns)s)
                    WHERE s.field_id = f.id AND s.value = o.value""",
                ids=self.ids,
                columns=columns.ids,
            )
        )

    def _drop_columns(self, on=None):
        """Drop the columns of these fields, with what they hold."""
        with self._tables_changing():
            self._ir_fields(on).unlink()
        self.env.registry.clear_cache("templates")

    def _leave(self):
        """Lead Pool is being uninstalled: columns that hold values stay as plain custom fields of Odoo.

        A many-selection becomes a text, since its options go. With the setting "Uninstalling Removes Custom Fields"
        all columns are dropped.
        """
        every = self.sudo().with_context(active_test=False).search([("technical_name", "!=", False)])
        drop_all = tools.str2bool(
            self.env["ir.config_parameter"].sudo().get_param("lead_pool.uninstall_drops_fields", "False"), False
        )
        for field, counts in every._count_values().items():
            empty = [model for model, count in counts.items() if drop_all or not count]
            if empty:
                field._drop_columns(empty)
            if field.field_type == "multi":
                for model in set(counts) - set(empty):
                    field._leave_as_text(model)
        # what the demo data has made goes with its table: Odoo would delete it by itself, and count values once more
        self.env["ir.model.data"].sudo().search([("model", "in", (self._name, "lead.custom.option"))]).unlink()

    def _leave_as_text(self, model):
        """Write the options that each record holds into a text column of the same name."""
        texts = self.env.execute_query(
            SQL(
                """SELECT r.record_id,
                          string_agg(COALESCE(o.name->>%s, o.name->>'en_US'), '; ' ORDER BY o.sequence, o.id)
                     FROM %s r JOIN lead_custom_option o ON o.id = r.option_id AND o.custom_field_id = %s
                    GROUP BY r.record_id""",
                self.env.lang or "en_US",
                SQL.identifier(self._relation_table(model)),
                self.id,
            )
        )
        values = {**self._prepare_column_values(model), "ttype": "char"}
        for name in ("relation", "relation_table", "column1", "column2", "domain"):
            values.pop(name)
        labels = self._ir_fields([model]).get_field_translations("field_description")[0]
        self._drop_columns([model])
        column = self.env["ir.model.fields"].sudo().with_context(lang="en_US").create(values)
        for label in labels:
            column.with_context(lang=label["lang"]).field_description = label["value"]
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s t SET %s = n.text FROM unnest(%s::int[], %s::text[]) n(id, text) WHERE t.id = n.id",
                SQL.identifier(self.env[model]._table),
                SQL.identifier(self.technical_name),
                [record_id for record_id, _text in texts],
                [text for _id, text in texts],
            )
        )
        self.env[model].invalidate_model()

    def _one_at_a_time(self):
        """Two admins who change the tables at once would wait for each other's locks."""
        [[free]] = self.env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(hashtext('lead.custom.field'))"))
        if not free:
            raise UserError(
                self.env._("Somebody else is saving custom fields this very moment. Nothing was changed. Try again.")
            )

    @contextmanager
    def _tables_changing(self):
        """Wait for a busy table for a moment only: whoever reads it waits behind us."""
        self.env.flush_all()
        [[before]] = self.env.execute_query(SQL("SELECT current_setting('lock_timeout')"))
        self.env.cr.execute(SQL("SELECT set_config('lock_timeout', %s, true)", LOCK_TIMEOUT))
        try:
            yield
        except LockNotAvailable as error:
            raise UserError(
                self.env._(
                    "The leads, customers or orders are busy with a long task this very moment. Nothing was changed. "
                    "Try again in a minute."
                )
            ) from error
        self.env.cr.execute(SQL("SELECT set_config('lock_timeout', %s, true)", before))

    def _check_room(self, vals_list):
        """Refuse before PostgreSQL does, in the middle."""
        for model in MODELS.values():
            model_id = self.env["ir.model"]._get_id(model)
            wanted = sum(vals["model_id"] == model_id and vals["ttype"] != "many2many" for vals in vals_list)
            [[used]] = self.env.execute_query(
                SQL(
                    "SELECT max(attnum) FROM pg_attribute WHERE attrelid = %s::regclass",
                    self.env[model]._table,
                )
            )
            if wanted and used + wanted > MOST_COLUMNS:
                raise UserError(
                    self.env._(
                        "There is room for %(room)s more fields on %(model)s, not for %(wanted)s. Remove fields that "
                        "nobody uses, or make fewer.",
                        room=max(MOST_COLUMNS - used, 0),
                        model=self.env["ir.model"]._get(model).name,
                        wanted=wanted,
                    )
                )

    # ------------------------------------------------------------
    # VALUES
    # ------------------------------------------------------------

    def _count_values(self, on=None):
        """How many records hold a value, archived ones included; a number of 0 and a "no" are none.

        :param on: names of models; all when ``None``
        :returns: ``{field: {model: number}}``, a query a model
        """
        self.env.flush_all()
        counts = {field: {} for field in self}
        for model in MODELS.values():
            there = self.filtered(
                lambda field, model=model: model in field._models()
                and (on is None or model in on)
                and field.technical_name in self.env[model]._fields
            )
            if not there:
                continue
            columns = [
                SQL(
                    """(SELECT count(DISTINCT r.record_id) FROM %s r JOIN lead_custom_option o
                            ON o.id = r.option_id AND o.custom_field_id = %s)""",
                    SQL.identifier(field._relation_table(model)),
                    field.id,
                )
                if field.field_type == "multi"
                else SQL("count(*) FILTER (WHERE %s)", field._has_value())
                for field in there
            ]
            [[_all, *row]] = self.env.execute_query(
                SQL("SELECT count(*), %s FROM %s", SQL(", ").join(columns), SQL.identifier(self.env[model]._table))
            )
            for field, count in zip(there, row, strict=True):
                counts[field][model] = count
        return counts

    def _has_value(self):
        column = SQL.identifier(self.technical_name)
        if self.field_type == "boolean":
            return SQL("%s", column)
        if self.field_type in ("integer", "decimal", "amount"):
            return SQL("%s <> 0", column)
        return SQL("%s IS NOT NULL", column)

    def _replace_in_defaults(self, options, into=None):
        """Default values of users and companies that name one of ``options`` name ``into`` instead, or go."""
        self.ensure_one()
        key = "id" if self.field_type == "multi" else "value"
        gone = set(options.mapped(key))
        for default in self.env["ir.default"].sudo().search([("field_id", "in", self._ir_fields().ids)]):
            value = json.loads(default.json_value)
            values = value if isinstance(value, list) else [value]
            if not gone.intersection(v for v in values if isinstance(v, (int, str))):
                continue
            kept = [into[key] if v in gone and into else v for v in values if into or v not in gone]
            if kept and kept[0]:
                default.json_value = json.dumps(list(dict.fromkeys(kept)) if isinstance(value, list) else kept[0])
            else:
                default.unlink()

    def _replace_options(self, options, into):
        """Records that hold one of ``options`` hold ``into`` instead.

        :returns: ``{model: number of records}``
        """
        self.ensure_one()
        self.env.flush_all()
        self._replace_in_defaults(options, into)
        changed = {}
        for model in self._models_there():
            if self.field_type == "multi":
                table = SQL.identifier(self._relation_table(model))
                self.env.cr.execute(
                    SQL(
                        """INSERT INTO %(table)s (record_id, option_id)
                           SELECT DISTINCT record_id, %(into)s FROM %(table)s WHERE option_id = ANY(%(ids)s)
                               ON CONFLICT DO NOTHING""",
                        table=table,
                        into=into.id,
                        ids=options.ids,
                    )
                )
                self.env.cr.execute(SQL("DELETE FROM %s WHERE option_id = ANY(%s)", table, options.ids))
            else:
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE %s = ANY(%s)",
                        SQL.identifier(self.env[model]._table),
                        SQL.identifier(self.technical_name),
                        into.value,
                        SQL.identifier(self.technical_name),
                        options.mapped("value"),
                    )
                )
            changed[model] = self.env.cr.rowcount
            self.env[model].invalidate_model([self.technical_name])
        return changed
