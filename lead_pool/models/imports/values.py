"""What the cells of a row mean: values of a lead, or why the row cannot be one."""

import re
from dataclasses import dataclass, field
from datetime import date

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize_all
from odoo.tools.lru import LRU

from odoo.addons.base_import.models.base_import import ImportValidationError

from ...rules import table_file
from .links import LEFT_EMPTY, LINKS

LONGEST_NAME = 500  # characters of a text in one line
YEARS = range(1900, 2201)  # of a date that somebody means
#: One address and nothing else: most are, and are not taken apart for nothing.
PLAIN_MAIL = re.compile(r"[a-zA-Z0-9]+(?:[._+-][a-zA-Z0-9]+)*@(?:[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*\.)+[a-zA-Z]{2,}")


@dataclass(slots=True)
class Row:
    """A row on its way to a lead."""

    vals: dict = field(default_factory=dict)
    external_id: str = ""
    problems: list = field(default_factory=list)
    doubts: list = field(default_factory=list)  # what is kept as it is and told
    missing: list = field(default_factory=list)  # names that the import may make: (field, name)
    lacks: set = field(default_factory=set)  # of names without which it stays out: whether the import may make them


class LeadPoolImportValues(models.AbstractModel):
    _name = "lead.pool.import.values"
    _description = "Meaning of a File of Leads"

    def _convert(self, lines, dry=False):
        """The values of a lead for each of these lines.

        :param lines: ``[[str]]``, a list of cells for each row
        :param dry: what would be made for a name that is missing is not made
        :returns: ``[Row]``; what cannot be a lead has ``problems``, each a sentence
        """
        columns = [(number, column.field_name) for number, column in enumerate(self.column_ids) if column.field_name]
        rows = [self._whole(cells) for cells in lines]
        whole = [number for number, row in enumerate(rows) if not row.problems]
        if columns and whole:
            self._read_plain(columns, lines, rows, whole)
            self._read_links(columns, lines, rows, whole, dry)
        names = {name for _number, name in columns}
        for row in rows:
            if not row.problems:
                self._complete(row, names)
        self._check_rights(rows)
        return rows

    def _whole(self, cells):
        row, wanted = Row(), len(self.column_ids)
        if len(cells) != wanted:
            row.problems.append(
                self.env._(
                    "The line has %(count)s cells, but there are %(wanted)s headings.", count=len(cells), wanted=wanted
                )
            )
        return row

    def _heading(self, name):
        return next((column.heading for column in self.column_ids if column.field_name == name), name)

    # ------------------------------------------------------------
    # TEXTS, NUMBERS, DATES, CHOICES: BY ODOO'S OWN CONVERTER
    # ------------------------------------------------------------

    def _read_plain(self, columns, lines, rows, whole):
        Lead = self.env["crm.lead"]
        plain = [(number, name) for number, name in columns if name not in LINKS]
        names = [name for _number, name in plain]
        data, readable = [], []
        for index, cells in self._parsed(names, [[lines[i][n] for n, _name in plain] for i in whole]):
            if isinstance(cells, str):
                rows[whole[index]].problems.append(cells)
            else:
                data.append(cells)
                readable.append(rows[whole[index]])
        self._in_one_line(names, data)
        Lead = Lead.with_context(
            import_file=True,
            import_cache=LRU(1024),
            import_flush=lambda **_what: None,
            _import_current_module="__import__",
        )

        def log(message):
            row = readable[message["record"]]
            (row.doubts if message["type"] == "warning" else row.problems).append(message["message"])

        with self.env.cr.savepoint() as savepoint:
            records = Lead._extract_records([[name] for name in names], data, log=log)
            for _id, external_id, vals, info in Lead._convert_records(records, log=log, savepoint=savepoint):
                row = readable[info["record"]]
                row.vals = {name: value for name, value in vals.items() if name != "id" and value is not None}
                row.external_id = external_id or ""

    def _parsed(self, names, data):
        """``[(index, cells as the database wants them, or what is wrong)]``."""
        fields = self.env["crm.lead"]._fields
        special = [n for n, name in enumerate(names) if fields[name].type in ("date", "datetime", "float", "monetary")]
        if not special:
            return enumerate(data)
        reader = self._reader(b"", self.file_name)
        found = {}

        def parse(indexes):
            part = [list(data[i]) for i in indexes]
            try:
                found.update(
                    zip(indexes, reader._parse_import_data(part, names, dict(self.options or {})), strict=True)
                )
            except ImportValidationError as error:
                if len(indexes) == 1:
                    [index] = indexes
                    found[index] = self._unreadable(names, data[index], error)
                else:
                    parse(indexes[: len(indexes) // 2])
                    parse(indexes[len(indexes) // 2 :])

        parse(list(range(len(data))))
        return sorted(found.items())

    def _unreadable(self, names, cells, error):
        name = (error.__dict__.get("field_path") or [False])[0]
        if name not in names:
            return str(error.__dict__.get("message") or error)
        words = {"heading": self._heading(name), "value": cells[names.index(name)][:50]}
        if self.env["crm.lead"]._fields[name].type in ("date", "datetime"):
            return self.env._(
                "%(heading)s: “%(value)s” is no date, or written as no other date of the column.", **words
            )
        return self.env._("%(heading)s: “%(value)s” is no number.", **words)

    def _in_one_line(self, names, data):
        fields = self.env["crm.lead"]._fields
        chars = [n for n, name in enumerate(names) if fields[name].type == "char"]
        for cells in data:
            for n in chars:
                cells[n] = table_file.in_one_line(cells[n])

    # ------------------------------------------------------------
    # NAMES OF OTHER RECORDS
    # ------------------------------------------------------------

    def _read_links(self, columns, lines, rows, whole, dry):
        for number, name in columns:
            if name not in LINKS:
                continue
            found, made = self._link(name, [lines[i][number] for i in whole], dry)
            if made:
                self.sudo().made = {**(self.made or {}), name: (self.made or {}).get(name, 0) + made}
            for i in whole:
                self._set_link(rows[i], name, self._names_in(name, lines[i][number]), found)
        for i in whole:
            if True in rows[i].lacks:
                rows[i].problems.append(self.env._("Correct it, or choose “Make What Is Missing”."))
            elif rows[i].lacks:
                rows[i].problems.append(self.env._("Correct it, or leave the column out."))

    def _set_link(self, row, name, texts, found):
        ids = list(dict.fromkeys(found[text.lower()] for text in texts if found.get(text.lower())))
        for text in texts:
            if not found.get(text.lower()) and self._may_make(name):
                row.missing.append((name, text))
            if text.lower() not in found:
                words = {"heading": self._heading(name), "value": text[:50]}
                if name in LEFT_EMPTY:
                    row.doubts.append(self.env._("%(heading)s: “%(value)s” is not known and left empty.", **words))
                elif self._may_make(name):
                    row.lacks.add(True)
                    row.problems.append(self.env._("%(heading)s: there is no “%(value)s”.", **words))
                else:
                    row.lacks.add(False)
                    row.problems.append(
                        self.env._("%(heading)s: there is no “%(value)s”, and you may not make one.", **words)
                    )
        if ids:
            many = self.env["crm.lead"]._fields[name].type == "many2many"
            row.vals[name] = [(6, 0, ids)] if many else ids[0]

    # ------------------------------------------------------------
    # WHAT IS TRUE OF THE WHOLE ROW
    # ------------------------------------------------------------

    def _complete(self, row, names):
        """Fill in what holds for all rows, and look at what would do harm."""
        vals, fields = row.vals, self.env["crm.lead"]._fields
        for name in ("campaign_id", "source_id", "medium_id"):
            if self[name] and not vals.get(name):
                vals[name] = self[name].id
        if not vals.get("name"):
            if "name" in names:
                row.problems.append(self.env._("%(heading)s is empty.", heading=self._heading("name")))
            else:
                known = (vals.get(name) for name in ("contact_name", "partner_name", "phone", "email_from", "wechat"))
                vals["name"] = next(filter(None, known), "")
                if not vals["name"]:
                    row.problems.append(self.env._("The row names nobody: no contact, company, phone or mail."))
        for name, value in vals.items():
            type_ = fields[name].type
            if type_ == "char" and value and len(value) > LONGEST_NAME:
                row.problems.append(
                    self.env._(
                        "%(heading)s: %(count)s characters are too many.", heading=self._heading(name), count=len(value)
                    )
                )
            elif type_ in ("date", "datetime") and value and not self._is_likely(value):
                row.problems.append(
                    self.env._(
                        "%(heading)s: nobody means the year of “%(value)s”.", heading=self._heading(name), value=value
                    )
                )
        self._doubt_contact(row)
        if self.destination == "mine":
            vals["user_id"] = self.user_id.id
        elif self.destination == "pool" and not vals.get("pool_id"):
            vals["pool_id"] = self.pool_id.id
        if not vals.get("user_id"):
            vals.pop("user_id", None)
        if not vals.get("pool_id"):
            vals.pop("pool_id", None)

    @staticmethod
    def _is_likely(value):
        year = value.year if isinstance(value, date) else int(re.match(r"\d+", str(value))[0])
        return year in YEARS

    def _doubt_contact(self, row):
        """A phone or mail that cannot be right is kept and told, never dropped."""
        phone, email = row.vals.get("phone"), row.vals.get("email_from")
        if phone:
            country = self.env["res.country"].browse(row.vals.get("country_id") or self.company_id.country_id.id or [])
            if not self.env["crm.lead"]._phone_format_number(phone, country):
                words = {"phone": phone[:60], "country": country.name}
                row.doubts.append(
                    self.env._("“%(phone)s” is no valid phone number of %(country)s.", **words)
                    if country
                    else self.env._("“%(phone)s” is no valid phone number.", **words)
                )
        if email and not PLAIN_MAIL.fullmatch(email):
            mails = email_normalize_all(email)
            if not mails:
                row.doubts.append(self.env._("“%(email)s” is no mail address.", email=email[:60]))
            elif len(mails) > 1:
                row.doubts.append(self.env._("There are several mail addresses; the first one counts."))

    def _check_rights(self, rows):
        """Rows that the importer may not put where they say, with Odoo's and our own sentence why not."""
        Lead, answers = self.env["crm.lead"].sudo(False), {}
        if not self.env["lead.pool"]._in_use():
            return
        for row in rows:
            if row.problems:
                continue
            key = tuple(row.vals.get(name) for name in ("pool_id", "user_id", "company_id"))
            if key not in answers:
                answers[key] = ""
                try:
                    Lead._plan_arrival(
                        {
                            name: value
                            for name, value in zip(("pool_id", "user_id", "company_id"), key, strict=True)
                            if value
                        },
                        "import",
                    )
                except (AccessError, UserError) as error:
                    answers[key] = str(error)
            if answers[key]:
                row.problems.append(answers[key])
