import itertools
import json
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL, format_amount, format_date, format_datetime

from ...arrays import as_array
from ...rules import columns

#: Open fields with a column of their own on the entry: searched, grouped and sorted by members.
OPEN_COLUMNS = (
    "city",
    "state_id",
    "country_id",
    "source_id",
    "campaign_id",
    "industry_id",
    "lead_group_id",
    "priority",
    "probability",
)
#: Open fields that are lists.
OPEN_LISTS = ("tag_ids", "product_interest_ids")
_as_json = json.JSONEncoder(ensure_ascii=False).encode


class LeadPoolOpenValues(models.AbstractModel):
    """What an entry shows of its lead: copies of the fields that the pool opens, made anew when they change."""

    _name = "lead.pool.open.values"
    _description = "Open Values of Leads"

    def _prepare_open_values(self, leads, pools):
        """What entries may show of these leads.

        :param pools: ``{lead id: pool}``
        :returns: ``{lead id: {'columns': {column: value}, 'lists': {field: [ids]}}}``
        """
        chosen = {pool: set(pool.sudo().open_field_ids.mapped("field_name")) for pool in set(pools.values())}
        leads = leads.sudo()
        read = {"priority", *itertools.chain(*chosen.values())} & leads._fields.keys()
        plans = {}  # of each pool: names that it opens, each column with the field that is shown in it, lists
        for pool, names in chosen.items():
            shown = [("score" if name == "probability" else name, name in names and name) for name in OPEN_COLUMNS]
            plans[pool] = sorted(names & read), shown, names.intersection(OPEN_LISTS)
        values, words = {}, {}
        for lead_id, stored in self._read_open(leads, sorted(read)).items():
            names, shown, lists = plans[pools[lead_id]]
            cells = {column: name and stored[name] or None for column, name in shown}
            cells["priority"] = cells["priority"] or "0"
            cells["score"] = cells["score"] or 0.0
            cells["open_values"] = _as_json(self._open_copy(leads.browse(lead_id), names, stored, words))
            values[lead_id] = {
                "columns": cells,
                "lists": {name: stored[name] if name in lists else [] for name in OPEN_LISTS},
            }
        return values

    def _read_open(self, leads, names):
        """``{lead id: {name: value}}`` as by ``read(load="")``: Odoo's own columns by one statement, without the cache,
        which is made for few records of which much is asked."""
        lists = [name for name in names if name in OPEN_LISTS]
        direct, others = [], []
        for name in names:
            field = leads._fields[name]
            is_plain = field.store and field.column_type and not (field.translate or field.company_dependent)
            if name not in lists:
                (direct if is_plain and not field.manual else others).append(name)
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM crm_lead WHERE id = ANY(%s::int[])",
                SQL(", ").join(leads._field_to_sql(leads._table, name) for name in direct),
                as_array(leads._ids),
            )
        )
        found = {lead_id: dict(zip(direct, values, strict=True)) for lead_id, *values in rows}
        for row in leads.read(others, load="") if others else ():
            found[row["id"]] |= row
        leads.fetch(lists)
        for name in lists:
            linked = leads._fields[name]._get_cache(leads.env)  # archived ones are still among them
            for lead_id, stored in found.items():
                stored[name] = leads.browse(lead_id)[name].ids if linked.get(lead_id) else []
        return found

    def _open_copy(self, lead, names, stored, words):
        """``{field: value}`` of one lead as the entry keeps it: custom fields as they are, so that each reader gets
        them in his language; the others in words.

        :param names: of the fields, in order
        :param stored: the lead as it was read
        :param dict words: ``{(field, value): text}`` of records that other leads name, too; completed in place
        """
        copies = {}
        for name in names:
            field, value = lead._fields[name], stored[name]
            if not value:
                continue
            if field.manual:
                copies[name] = self._open_value(lead, field)
            elif field.type == "many2one":
                key = name, value
                if key not in words:
                    words[key] = lead.env[field.comodel_name].browse(value).display_name
                copies[name] = words[key]
            else:
                copies[name] = self._open_text(lead, name) if field.relational else str(value)
        return {name: value for name, value in copies.items() if value}

    def _open_value(self, lead, field):
        """An open custom field as JSON; nothing where it may identify somebody."""
        value = lead[field.name]
        if field.type == "many2many":
            return value.ids
        if field.type in ("integer", "float", "monetary"):
            return None if columns.tells_too_much(value, amount=field.type == "monetary") else value
        return field.convert_to_read(value, lead) and str(value) if field.type in ("date", "datetime") else value

    @api.depends("open_values")
    @api.depends_context("lang")
    def _compute_open_facts(self):
        """On the board: the open custom fields that stand on cards, in the reader's language."""
        Lead = self.env["crm.lead"]
        shown = self.env["lead.custom.field"]._shown_on("crm.lead").filtered(lambda f: f.is_open and f.show_in_kanban)
        for entry in self:
            values = entry.open_values or {}
            facts = []
            for custom in shown:
                value = values.get(custom.technical_name)
                if value:
                    field = Lead._fields[custom.technical_name]
                    currency = entry.sudo().company_id.currency_id
                    facts.append(f"{custom.name}: {self._open_words(field, value, currency)}")
            entry.open_facts = " · ".join(facts)

    def _open_texts(self, lead, names):
        """``{field: text}`` of one lead, in the language of the environment."""
        texts = {name: self._open_text(lead, name) for name in sorted(names & set(lead._fields))}
        return {name: text for name, text in texts.items() if text}

    def _open_text(self, lead, name):
        """One open field of a lead in words; nothing where it is empty or may identify somebody."""
        value, field = lead[name], lead._fields[name]
        if isinstance(value, models.BaseModel):
            return ", ".join(value.mapped("display_name"))
        if not value:
            return ""
        if not field.manual:
            return str(value)
        value = self._open_value(lead, field)
        return self._open_words(field, value, lead.company_currency) if value else ""

    def _open_words(self, field, value, currency):
        """An open custom field in the language of the environment.

        :param value: from :meth:`_open_value`, not empty
        """
        if field.type == "boolean":
            return self.env._("Yes")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "many2many":
            return ", ".join(self.env["lead.custom.option"].sudo().browse(value).exists().mapped("name"))
        if field.type == "monetary":
            return format_amount(self.env, value, currency)
        if field.type in ("integer", "float"):
            return f"{value:g}"
        return {"date": format_date, "datetime": format_datetime}[field.type](self.env, value)

    def _write_open_lists(self, values, ids, new=False):
        """Tags and products of the entries, replaced.

        :param values: from :meth:`_prepare_open_values`
        :param ids: ``{lead id: entry id}``
        :param new: they have none so far
        """
        for name in OPEN_LISTS:
            field = self._fields[name]
            pairs = [(ids[lead], other) for lead, value in values.items() for other in value["lists"][name]]
            if not new:
                self.env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s = ANY(%s)",
                        SQL.identifier(field.relation),
                        SQL.identifier(field.column1),
                        list(ids.values()),
                    )
                )
            if pairs:
                self.env.cr.execute(
                    SQL(
                        "INSERT INTO %s (%s, %s) SELECT * FROM unnest(%s::int[], %s::int[]) ON CONFLICT DO NOTHING",
                        SQL.identifier(field.relation),
                        SQL.identifier(field.column1),
                        SQL.identifier(field.column2),
                        [entry for entry, _other in pairs],
                        [other for _entry, other in pairs],
                    )
                )
            self.invalidate_model([name])

    @api.model
    def _refresh_open_values(self, pools, entries=None):
        """Copy the open fields again: the lead changed, moved, or the pool opens other fields.

        :param pools: all entries that wait in these, when ``entries`` is ``None``
        """
        if entries is None:
            entries = self.sudo().search([("pool_id", "in", pools.ids), ("state", "=", "waiting")])
        for start in range(0, len(entries), 1000):
            chunk = entries[start : start + 1000].sudo()
            ids = {entry.lead_id.id: entry.id for entry in chunk if entry.lead_id}
            leads = self.env["crm.lead"].sudo().browse(ids)
            values = self._prepare_open_values(leads, {e.lead_id.id: e.pool_id for e in chunk if e.lead_id})
            by_column = defaultdict(list)
            for lead_id in ids:
                for name, value in values[lead_id]["columns"].items():
                    by_column[name].append(value)
            if not by_column:
                continue
            casts = {"priority": "varchar", "city": "varchar", "score": "float8", "open_values": "jsonb"}
            self.env.cr.execute(
                SQL(
                    "UPDATE lead_pool_entry e SET %s FROM (SELECT unnest(%s::int[]) AS id, %s) n WHERE e.id = n.id",
                    SQL(", ").join(SQL("%s = n.%s", SQL.identifier(n), SQL.identifier(n)) for n in by_column),
                    list(ids.values()),
                    SQL(", ").join(
                        SQL(
                            "unnest(%s::text[])::%s AS %s",
                            [None if value is None else str(value) for value in column_values],
                            SQL(casts.get(name, "int")),
                            SQL.identifier(name),
                        )
                        for name, column_values in by_column.items()
                    ),
                )
            )
            self._write_open_lists(values, ids)
            chunk.invalidate_recordset()
