"""Which option there takes which option of the lead: found by itself, and chosen one by one by who knows better.

A link may be on either side of a pair: the records that it names are its options then.
"""

from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, escape_psql

from ...rules import mapping
from ...rules.columns import fold
from .field_facts import LEAD, MODEL_OF
from .properties import COLUMNS

SHORT = 100  # records; of a longer list are shown those that leads have, and the others are searched for
SAID = 10  # options without a place, in a list of mappings; the page shows all
NEWEST = 10_000  # leads that are looked at for what they have


class LeadPoolMappingOptions(models.AbstractModel):
    _name = "lead.pool.mapping.options"
    _description = "Pairs of Options"

    option_table = fields.Json(
        "Pairs of Options",
        compute="_compute_option_table",
        inverse="_inverse_option_table",
        help="Which option there takes each option of the lead; one without is lost.",
    )
    unpaired = fields.Char("Options Without a Place", compute="_compute_option_table")
    seen_unpaired = fields.Json(readonly=True, help="{'keys': [options]} without a place when the guard looked last.")

    @api.depends("lead_field", "goes_to", "target_field", "options")
    @api.depends_context("lang", "uid")
    def _compute_option_table(self):
        """``{"rows": [{"key", "label", "twin", "proposed"}], "choices": [[key, label]], "source_model",
        "target_model"}``; a model's name where records are paired. False where nothing is."""
        sources, targets = self._facts_of_rows()
        for row in self:
            source, target = row._pair_of_options(sources, targets)
            if not source:
                row.option_table = row.unpaired = False
                continue
            labels, labels_there = row._option_labels(LEAD, source), row._option_labels(MODEL_OF[row.goes_to], target)
            proposed = row._twins(source.options, target)
            pairs = {**proposed, **mapping.chosen_pairs(source, target, row.options or ())}
            row.option_table = {
                "rows": [
                    {"key": key, "label": labels[key], "twin": pairs.get(key), "proposed": proposed.get(key)}
                    for key in source.options
                ],
                "choices": [[key, labels_there[key]] for key in target.options],
                "source_model": source.relation,
                "target_model": target.relation,
            }
            row.unpaired = row._some_in_words([labels[key] for key in source.options if pairs.get(key) is None])

    def _some_in_words(self, labels):
        if len(labels) <= SAID:
            return ", ".join(labels) or False
        more = self.env._("… and %(count)s more.", count=len(labels) - SAID)
        return f"{', '.join(labels[:SAID])} {more}"

    def _inverse_option_table(self):
        sources, targets = self._facts_of_rows()
        for row in self:
            try:
                pairs = [[one["key"], one["twin"]] for one in row.option_table["rows"]]
                source, target = row._pair_of_options(sources, targets, pairs)
                if not source:
                    continue
                known = all(key in source.options and twin in {None, *target.options} for key, twin in pairs)
            except (TypeError, KeyError):
                known = False
            if not known:
                raise UserError(self.env._("These options are not there any more. Open the page again."))
            row.write({"options": pairs, "origin": "chosen", "losses": row._losses(source, target, dict(pairs))})

    def _pair_of_options(self, sources, targets, pairs=None):
        """Facts on the two fields, with their options, if these are paired; else ``(None, None)``.

        :param pairs: ``[[key, key there]]`` of records that must be among them; by default those that were chosen
        """
        source = sources.get(self.lead_field)
        target = targets.get(MODEL_OF.get(self.goes_to), {}).get(self.target_field)
        if not (source and target and mapping.has_pairs(source, target)):
            return None, None
        pairs = self.options or () if pairs is None else pairs
        source = self._with_records(source, [key for key, _twin in pairs], of_leads=True)
        target = self._with_records(target, [twin for _key, twin in pairs])
        lists = (source.relation or source.options) and (target.relation or target.options)
        return (source, target) if lists else (None, None)

    @staticmethod
    def _pairs_records(source, target):
        return mapping.has_pairs(source, target) and bool({source.type, target.type} & set(mapping.LINKS))

    def _pairs_to_store(self, source, target, pairs):
        """Pairs that were found, as they are kept; of records none, which are found anew for each lead."""
        if self._pairs_records(source, target):
            return False
        return [[key, twin] for key, twin in pairs.items()] or False

    def _pairs_to_carry(self, source, target):
        """The pairs of options by which leads are carried over: see :class:`.carrying.Pair`."""
        chosen = self.options or ()
        if self._pairs_records(source, target):
            return mapping.chosen_pairs(source, target, chosen)
        return mapping.pair_options(source, target, chosen)

    def _pairs_of(self, value, pair):
        """The pairs of the options that this value of a lead has.

        :param value: a ``rules.mapping.Value``
        """
        source, target = pair.source, pair.target
        if not self._pairs_records(source, target):
            return pair.options
        keys = value.raw if isinstance(value.raw, (list, tuple)) else [value.raw]
        chosen = {key: pair.options[key] for key in keys if key in pair.options}
        if target.type in mapping.LINKS:
            there = set(self.env[target.relation].browse(twin for twin in chosen.values() if twin).exists().ids)
            chosen = {key: twin for key, twin in chosen.items() if twin is None or twin in there}
        others = [key for key in keys if key not in chosen]
        if source.type in mapping.LINKS:
            labels = self._labels_of_records(self.env[source.relation].sudo().browse(others))
        else:
            labels = {key: source.options.get(key, ()) for key in others}
        return {**self._twins(labels, target), **chosen}

    @staticmethod
    def _losses(source, target, pairs):
        """What may be lost on the way with these pairs of options, as it is stored."""
        lacking = not source.options or any(pairs.get(key) is None for key in source.options)
        return ",".join(loss for loss in mapping.fit(source, target) if loss not in mapping.UNPAIRED or lacking)

    def _option_labels(self, model, fact):
        """``{key: label}`` in the language of the user."""
        if fact.type in mapping.LINKS:
            return {record.id: record.display_name for record in self.env[fact.relation].browse(fact.options)}
        if "." not in fact.name:
            field = self.env[model]._fields[fact.name]
            if field.type == "selection":
                return dict(field._description_selection(self.env))
            found = self.env["lead.custom.option"].sudo().browse(fact.options)
            return {option.id: option.name for option in found}
        return {key: labels[0] for key, labels in fact.options.items()}

    # ------------------------------------------------------------
    # RECORDS
    # ------------------------------------------------------------

    @api.model
    def _with_records(self, fact, ids=(), of_leads=False):
        """A link's fact with its records as options: all of a short list, of a long one those that leads have.

        :param ids: of records that must be among them, if they are there
        :param of_leads: it is a field of leads
        """
        if fact.type not in mapping.LINKS:
            return fact
        found = self._short_list(fact.relation)
        if found is None:
            found = self._had_by_leads(fact) if of_leads else self.env[fact.relation]
        named = self.env[fact.relation].browse(one for one in ids if type(one) is int).exists()
        found |= named._filtered_access("read")
        return replace(fact, options=self._labels_of_records(found))

    def _short_list(self, relation):
        """All records of a model that the user may read; ``None`` where they are many."""
        Model = self.env[relation]
        if not Model.has_access("read"):
            return Model
        found = Model.search([], limit=SHORT + 1, order="id")
        return found.sorted() if len(found) <= SHORT else None

    def _had_by_leads(self, fact):
        """The records that the newest leads have in this field, most first."""
        self.env[LEAD].flush_model()
        newest = SQL("SELECT * FROM crm_lead ORDER BY id DESC LIMIT %s", NEWEST)
        if "." in fact.name:
            key = fact.name.partition(".")[2]
            value = SQL("l.%s -> %s", SQL.identifier(COLUMNS[LEAD]), key)
            ids = SQL("jsonb_path_query(CASE WHEN %(value)s <> 'null' THEN %(value)s END, '$[*]')", value=value)
            query = SQL("SELECT %s AS id FROM (%s) l", ids, newest)
        elif fact.type == "many2many":
            field = self.env[LEAD]._fields[fact.name]
            query = SQL(
                "SELECT r.%s AS id FROM (%s) l JOIN %s r ON r.%s = l.id",
                SQL.identifier(field.column2), newest, SQL.identifier(field.relation), SQL.identifier(field.column1),
            )  # fmt: skip
        else:
            query = SQL("SELECT l.%s AS id FROM (%s) l", SQL.identifier(fact.name), newest)
        rows = self.env.execute_query(
            SQL(
                """SELECT id::text FROM (%s) had WHERE id IS NOT NULL GROUP BY id
                    ORDER BY count(*) DESC, id LIMIT %s""",
                query,
                SHORT,
            )
        )
        found = self.env[fact.relation].browse(int(text) for (text,) in rows if text.isdigit())
        return found.exists()._filtered_access("read")

    def _labels_of_records(self, records):
        """``{id: names in all languages}``, the user's first."""
        labels = {record.id: [record.display_name] for record in records}
        field = records._fields.get(records._rec_name)
        if field is not None and field.type == "char":
            langs = [code for code, _name in self.env["res.lang"].get_installed()] if field.translate else []
            for some in (records, *(records.with_context(lang=lang) for lang in langs)):
                for record in some:
                    labels[record.id].append(record[field.name])
        return {one: tuple(dict.fromkeys(filter(None, names))) for one, names in labels.items()}

    def _twins(self, options, target):
        """The option or record there of each of these options, by a label in any language.

        :param options: ``{key: labels}``
        """
        if target.type not in mapping.LINKS:
            return mapping.translate(options, target.options)
        names = self._records_named(target.relation, {label for labels in options.values() for label in labels})
        return mapping.translate(options, names)

    def _records_named(self, relation, names):
        """``{id: labels}`` of the records that have one of these names, and have it alone; as the user sees them."""
        Model = self.env[relation]
        names = {name.strip() for name in names} - {""}
        if not names or not Model._rec_name or not Model.has_access("read"):
            return {}
        asked = Domain.OR(Domain(Model._rec_name, "=ilike", escape_psql(name)) for name in sorted(names))
        owners = {}
        for one, labels in self._labels_of_records(Model.search(asked, limit=SHORT * 2)).items():
            for label in {fold(label) for label in labels}:
                owners.setdefault(label, []).append(one)
        alone = {}
        for label, ids in owners.items():
            if len(ids) == 1:
                alone.setdefault(ids[0], []).append(label)
        return {one: tuple(labels) for one, labels in alone.items()}

    def _with_short_lists(self, sources, *targets):
        """These facts, ``{name: fact}`` each, with the records of links that could be paired with a list of options
        of the same name, where the records are few: what a proposal goes by."""
        wanted = {
            (at, field.name)
            for at, there in enumerate(targets, start=1)
            for one in sources.values()
            for other in there.values()
            if mapping.has_pairs(one, other) and mapping.alike(one, other)
            for at, field in ((0, one), (at, other))
            if field.type in mapping.LINKS
        }
        filled = []
        for at, facts in enumerate((sources, *targets)):
            filled.append(
                {name: self._with_records(fact) if (at, name) in wanted else fact for name, fact in facts.items()}
            )
        return filled

    # ------------------------------------------------------------
    # DRIFT GUARD
    # ------------------------------------------------------------

    @api.model
    def _newly_unpaired(self):
        """``{mapping: [keys]}`` of options and records that came since the last look, and that nothing takes."""
        rows = self.sudo().search(Domain("use", "=", True) & Domain("goes_to", "in", tuple(MODEL_OF)))
        return {row: keys for row in rows if not row.problem and (keys := row._look_for_unpaired())}

    def _look_at_options(self):
        """What has no place now is on the screen of who writes this: the guard does not tell it."""
        for row in self:
            row._look_for_unpaired()

    def _look_for_unpaired(self):
        """Keep which options have no place; those of them that had not been looked at."""
        row = self.sudo()
        row.invalidate_recordset(["option_table", "unpaired"])  # records come and go without a word
        now = [one["key"] for one in (row.option_table or {"rows": ()})["rows"] if one["twin"] is None]
        seen = (row.seen_unpaired or {}).get("keys")
        if seen != now:
            row.seen_unpaired = {"keys": now}  # an empty list alone would be kept as nothing
        return [key for key in now if seen is not None and key not in seen]

    def _labels_of_options(self, keys):
        """What the user calls these options of the lead."""
        return [one["label"] for one in (self.option_table or {"rows": ()})["rows"] if one["key"] in keys]
