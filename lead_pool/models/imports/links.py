"""Cells that name another record: found in any language and case for all rows at once, or made."""

import re

from babel import Locale

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import escape_psql

#: ``{field: (separators of several names, values that a missing one is made with or None)}``
LINKS = {
    "source_id": ("", {}),
    "medium_id": ("", {}),
    "campaign_id": ("", {}),
    "country_id": ("", None),
    "state_id": ("", None),
    "tag_ids": (";,；，、", {}),
    "lead_group_id": ("", {}),
    "industry_id": ("", {}),
    "product_interest_ids": (";；", {"type": "service"}),
}
#: A lead without these is as good: what is not known is left empty, and told.
LEFT_EMPTY = ("country_id", "state_id")
SHOWN = 8  # missing names of a column


class LeadPoolImportLinks(models.AbstractModel):
    _name = "lead.pool.import.links"
    _description = "Names in a File of Leads"

    @staticmethod
    def _names_in(name, cell):
        """The single names in a cell of this field."""
        separators = LINKS[name][0]
        parts = re.split(f"[{separators}]", cell) if separators else [cell]
        return [part.strip() for part in parts if part.strip()]

    def _link(self, name, cells, dry):
        """``{folded name: id}`` for the names in these cells, and how many records were made for it.

        :param dry: make none; the id of one that would be made is 0
        """
        names = {}
        for cell in cells:
            for text in self._names_in(name, cell):
                names.setdefault(text.lower(), text)
        if not names:
            return {}, 0
        Model = self.env[self.env["crm.lead"]._fields[name].comodel_name].with_context(active_test=False)
        if name == "country_id":
            return self._countries(names), 0
        found = self._by_name(Model, names)
        defaults = LINKS[name][1]
        missing = [key for key in names if key not in found]
        if not missing or not self.make_missing or not self._may_make(name):
            return found, 0
        if dry:
            return {**dict.fromkeys(missing, 0), **found}, 0
        made = Model.create([{"name": names[key], **defaults} for key in missing])
        found.update(zip(missing, made.ids, strict=True))
        return found, len(made)

    def _note_missing(self, rows):
        """What the import would make for these rows, or has to."""
        names = {}
        for name, text in (pair for row in rows for pair in row.missing):
            names.setdefault(name, {}).setdefault(text.lower(), text)
        self.missing = {name: list(texts.values()) for name, texts in names.items()}

    @api.depends("missing", "column_ids.field_name", "column_ids.heading")
    def _compute_missing_words(self):
        for run in self:
            parts, missing = [], run.missing or {}
            for column in run.column_ids.filtered(lambda column, missing=missing: column.field_name in missing):
                texts = missing[column.field_name]
                words = {"heading": column.heading, "names": ", ".join(texts[:SHOWN]), "more": len(texts) - SHOWN}
                if len(texts) > SHOWN:
                    parts.append(self.env._("%(heading)s: %(names)s and %(more)s more", **words))
                else:
                    parts.append(self.env._("%(heading)s: %(names)s", **words))
            run.missing_words = "\n".join(parts)

    def _may_make(self, name):
        Model = self.env[self.env["crm.lead"]._fields[name].comodel_name]
        return LINKS[name][1] is not None and Model.has_access("create")

    def _by_name(self, Model, names):
        found, texts = {}, list(names.values())
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        for lang in languages if Model._fields["name"].translate else languages[:1]:
            Local = Model.with_context(lang=lang)
            for start in range(0, len(texts), 200):
                some = texts[start : start + 200]
                for record in Local.search(
                    Domain.OR([("name", "=ilike", escape_psql(text))] for text in some), order="id desc"
                ):
                    found[record.name.lower()] = record.id
            if all(key in found for key in names):
                break
        return {key: found[key] for key in names if key in found}

    def _countries(self, names):
        """By name in any installed language, in English or Chinese, by code, or by a beginning that only one country
        has ("Russia")."""
        ids = {country.code: country.id for country in self.env["res.country"].search([("code", "!=", False)])}
        known = {
            name.lower(): ids[code[:2]]
            for locale in ("en", "zh")
            for code, name in Locale(locale).territories.items()
            if code[:2] in ids
        }
        for lang, _name in self.env["res.lang"].get_installed():
            for country in self.env["res.country"].with_context(lang=lang).search([("name", "!=", False)]):
                known[country.name.lower()] = known[(country.code or "").lower()] = country.id
        found = {}
        for name in names:
            begin = {id_ for text, id_ in known.items() if len(name) > 3 and text.startswith(name)}
            if id_ := known.get(name) or (begin.pop() if len(begin) == 1 else None):
                found[name] = id_
        return found
