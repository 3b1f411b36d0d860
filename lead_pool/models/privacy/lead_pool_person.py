"""Where the data of one person is, what of it is told, and how it is taken out."""

import io
import json
import zipfile

import xlsxwriter

from odoo import models
from odoo.tools import SQL, html2plaintext

from odoo.addons.phone_validation.tools.phone_validation import phone_get_region_data_for_number

from ...rules import privacy

#: Texts about a lead that people wrote, or that came in: ``{model: columns that are emptied}``.
EMPTIED = {
    "lead.follow.up": ("note",),
    "lead.assessment": ("note",),
    "lead.pool.helper": ("note",),
    "lead.pool.inquiry": ("message", "differing"),
    "lead.pool.approval": ("note", "decision_note"),
    "calendar.event": ("description", "location", "notes"),
    "lead.pool.received": ("body", "headers", "remote_addr", "message"),
    "lead.pool.import.row": ("cells", "label", "fault", "message", "doubt"),
    "lead.pool.conversion": ("landings",),
}
#: What is deleted as a whole.
DELETED = ("mail.message", "mail.activity", "ir.attachment", "lead.pool.request", "lead.pool.notice.later")
#: What is told, by model; of the others what is emptied.
TOLD = {
    "mail.message": ("date", "author_id", "subject", "body"),
    "mail.activity": ("date_deadline", "user_id", "summary", "note"),
    "ir.attachment": ("create_date", "name", "mimetype"),
    "lead.follow.up": ("date", "user_id", "type_id", "level_id", "result", "note"),
    "lead.pool.inquiry": ("date", "channel", "message", "differing"),
    "lead.pool.received": ("received_at", "intake_id", "body", "remote_addr"),
    "lead.pool.import.row": ("import_id", "number", "cells"),
    "lead.pool.request": ("date", "verb", "answer"),
    "lead.pool.notice.later": ("due_at", "subject", "lines"),
    "calendar.event": ("start", "name", "description", "location"),
    "lead.identity": ("kind", "key"),
    "res.partner": ("name", "phone", "email", "street", "city", "vat"),
    "lead.pool.event": ("date", "kind", "lead_ref", "pool_name", "user_name", "note"),
    "lead.pool.archive": ("name", "date", "is_here", "sha256"),
}
LONGEST_CELL = 30_000  # signs; Excel takes 32,767


class LeadPoolPerson(models.AbstractModel):
    """Mixed into the protocol of erasures."""

    _name = "lead.pool.person"
    _description = "Data of a Person"

    # ------------------------------------------------------------
    # FIND
    # ------------------------------------------------------------

    def _leads_of(self, person):
        """Leads, in any state, of the caller's companies, that have one of these; and customers.

        :param dict person: any of ``phone``, ``email``, ``wechat``, as typed
        :returns: ``(crm.lead, res.partner)``
        """
        Identity = self.env["lead.identity"].sudo()
        Identity._settle()
        phone_key = Identity._phone_keys()
        people = [person, *({**person, "country_id": country.id} for country in self._countries())]
        keys = set().union(*(Identity._asked_keys(one, phone_key) for one in people))
        kinds, texts = [kind for kind, _key in keys], [key for _kind, key in keys]
        rows = self.env.execute_query(
            SQL(
                """SELECT i.lead_id, i.partner_id FROM lead_identity i
                     JOIN (SELECT unnest(%s::varchar[]) AS kind, unnest(%s::varchar[]) AS key) k USING (kind, key)""",
                kinds,
                texts,
            )
        )
        companies = [("company_id", "in", [*self.env.companies.ids, False])]
        Lead = self.env["crm.lead"].sudo().with_context(active_test=False)
        Partner = self.env["res.partner"].sudo().with_context(active_test=False)
        leads = Lead.search([("id", "in", [lead for lead, _partner in rows if lead]), *companies])
        return leads, Partner.search([("id", "in", [partner for _lead, partner in rows if partner]), *companies])

    def _held_of(self, leads, person=None):
        """``{model: recordset}`` of what is held about these leads, and what names this person elsewhere."""
        ids = leads.ids
        env = self.env(su=True, context={**self.env.context, "active_test": False})
        of_lead = [("lead_id", "in", ids)]
        held = {
            "crm.lead": leads,
            **{model: env[model].search(of_lead) for model in EMPTIED if model in self._with_lead()},
            "lead.pool.approval": env["lead.pool.approval"].search([("lead_ref", "in", ids)]),
            "calendar.event": env["calendar.event"].search([("opportunity_id", "in", ids)]),
            "mail.message": env["mail.message"].search([("model", "=", "crm.lead"), ("res_id", "in", ids)]),
            "mail.activity": env["mail.activity"].search([("res_model", "=", "crm.lead"), ("res_id", "in", ids)]),
            "lead.identity": env["lead.identity"].search(of_lead),
            "lead.pool.request": env["lead.pool.request"],
            "lead.pool.notice.later": env["lead.pool.notice.later"],
            "lead.pool.event": env["lead.pool.event"].search([("lead_ref", "in", ids), ("note", "!=", False)]),
            "lead.pool.archive": env["lead.pool.archive"]._with_remarks_on(ids),
        }
        held["ir.attachment"] = (
            env["ir.attachment"].search([("res_model", "=", "crm.lead"), ("res_id", "in", ids)])
            | held["lead.follow.up"].attachment_ids
            | held["mail.message"].attachment_ids
        )
        if needles := self._needles_of(person or {}):
            held["lead.pool.received"] |= self._that_name("lead.pool.received", ("body",), needles)
            held["lead.pool.import.row"] |= self._that_name("lead.pool.import.row", ("cells", "label"), needles)
            held["lead.pool.request"] = self._that_name("lead.pool.request", ("answer",), needles)
            held["lead.pool.notice.later"] = self._that_name("lead.pool.notice.later", ("subject", "lines"), needles)
        return held

    @staticmethod
    def _with_lead():
        return (
            "lead.follow.up",
            "lead.assessment",
            "lead.pool.helper",
            "lead.pool.inquiry",
            "lead.pool.received",
            "lead.pool.import.row",
            "lead.pool.conversion",
        )

    def _needles_of(self, person):
        """What is looked for in texts."""
        phone, national = person.get("phone"), ""
        for country in self._countries() if phone else ():
            e164 = self.env["crm.lead"]._phone_format(number=phone, country=country)
            national = national or (e164 and phone_get_region_data_for_number(e164)["national_number"])
        return privacy.needles(phone, national, person.get("email"), person.get("wechat"))

    def _countries(self):
        """Of which a number without a country may be: the company's, and China."""
        return self.env.company.country_id | self.env.ref("base.cn")

    def _that_name(self, model, columns, needles):
        """Records in whose texts one of these stands, whatever separates the digits; reads the whole table."""
        records = self.env[model].sudo()
        records.flush_model()
        text = SQL("lower(translate(concat_ws(' ', %s), %s, ''))",
                   SQL(", ").join(SQL("%s::text", SQL.identifier(column)) for column in columns),
                   privacy.SEPARATORS)  # fmt: skip
        wanted = [one.translate(str.maketrans("", "", privacy.SEPARATORS)) for one in needles]
        conditions = SQL(" OR ").join(SQL("position(%s in %s) > 0", one, text) for one in wanted)
        rows = self.env.execute_query(
            SQL("SELECT id FROM %s WHERE %s ORDER BY id", SQL.identifier(records._table), conditions)
        )
        return records.browse([number for [number] in rows])

    # ------------------------------------------------------------
    # TELL
    # ------------------------------------------------------------

    def _label_of(self, model):
        return self.env["ir.model"]._get(model).sudo().name

    def _file_of(self, held):
        """Everything of this, as a ZIP: one JSON for programs, one workbook to read, and the files.

        :returns: bytes
        """
        told = {model: self._rows_of(model, records) for model, records in held.items() if records}
        if remarks := held.get("lead.pool.archive", self.env["lead.pool.archive"])._remarks_on(held["crm.lead"].ids):
            names = TOLD["lead.pool.event"]
            told.setdefault("lead.pool.event", []).extend(
                {"id": 0} | {name: row[name] or "" for name in names} for row in remarks
            )
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("person.json", json.dumps(told, ensure_ascii=False, indent=1, default=str))
            archive.writestr("person.xlsx", self._workbook_of(told))
            for file in held.get("ir.attachment", ()):
                if file.type == "binary":
                    name = "".join(c if c.isalnum() or c in "._- " else "_" for c in file.name or "")
                    archive.writestr(f"files/{file.id}_{name}", file.raw or b"")
        return stream.getvalue()

    def _rows_of(self, model, records):
        """``[{field: value}]`` as people read them."""
        names = TOLD.get(model) or EMPTIED.get(model)
        if model == "crm.lead":
            names = ["name", "create_date", "city", *self._columns_of_lead()]
        rows = []
        for record in records:
            row = {"id": record.id}
            for name in names:
                value = record[name]
                if isinstance(value, models.BaseModel):
                    value = ", ".join(value.mapped("display_name"))
                elif record._fields[name].type == "html":
                    value = html2plaintext(value or "")
                row[name] = value or ""
            rows.append(row)
        return rows

    def _workbook_of(self, told):
        """Texts are written as texts: one like ``=1+1`` never becomes a formula."""
        stream = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(stream, options) as book:
            bold = book.add_format({"bold": True})
            for model, rows in told.items():
                sheet = book.add_worksheet(model[:31])
                sheet.freeze_panes(2, 0)
                sheet.write_string(0, 0, self._label_of(model), bold)
                labels = {name: field._description_string(self.env) for name, field in self.env[model]._fields.items()}
                for column, name in enumerate(rows[0]):
                    sheet.set_column(column, column, 24)
                    sheet.write_string(1, column, labels[name], bold)
                    for number, row in enumerate(rows, 2):
                        sheet.write_string(number, column, str(row[name])[:LONGEST_CELL])
        return stream.getvalue()

    # ------------------------------------------------------------
    # ERASE
    # ------------------------------------------------------------

    def _columns_of_lead(self):
        """What is emptied of a lead: also texts and files in custom fields."""
        Lead = self.env["crm.lead"]
        custom = [
            name
            for name, field in Lead._fields.items()
            if field.manual and field.store and field.type in ("char", "text", "html") and not field.related
        ]
        return [*(name for name in privacy.OF_LEAD if name in Lead._fields), *custom]

    def _take_out(self, held):
        """Empty or delete all of this. The leads stay, with their numbers, dates, pools and ends, and so do holdings
        and events: no figure changes.

        :returns: ``{model: number}`` of what was emptied or deleted
        """
        leads = held["crm.lead"].sudo()
        # one that is still open is of no use to anybody: it is archived, which its pool notes as lost
        open_ones = leads.filtered(
            lambda lead: lead.active and lead.won_status == "pending" and lead.pool_state in ("none", "waiting", "held")
        )
        open_ones.with_context(tracking_disable=True, mail_notrack=True).write({"active": False})
        counts = {model: len(records) for model, records in held.items() if records and model in self._erased()}
        imports = held["lead.pool.import.row"].sudo().import_id
        self.env.flush_all()
        for model in DELETED:
            held[model].sudo().exists().unlink()
        for model, columns in EMPTIED.items():
            self._empty(held[model], columns)
        self._set(held["calendar.event"], "name", self.env._("Erased"))
        self._end_received(held["lead.pool.received"])
        imports.filtered(lambda one: one.job_id.state not in ("waiting", "running")).file = False
        self._empty(imports.column_ids, ("examples",))
        imports.missing = False  # words of the same cells
        self._empty(leads, self._columns_of_lead())
        self._set(leads, "name", self.env._("Erased"))
        entries = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", leads.ids)])
        kept = entries.filtered(lambda entry: entry.closed_as == "converted").lead_id
        self._empty(leads - kept, ("partner_id",))
        self._empty(entries, ("open_values",))
        self._set(entries, "erased_at", self.env["lead.pool"]._now())
        self.env["mail.followers"].sudo().search(
            [("res_model", "=", "crm.lead"), ("res_id", "in", leads.ids), ("partner_id.user_ids", "=", False)]
        ).unlink()
        self.env.invalidate_all()
        self.env["lead.identity"]._mark("crm.lead", leads.ids)
        self.env["lead.identity"].sudo()._settle()
        return counts

    @staticmethod
    def _erased():
        """Models of which something is taken out; of the others it is only said that they are there."""
        return {"crm.lead", "lead.identity", *EMPTIED, *DELETED}

    def _empty(self, records, columns):
        """By statement: nobody shall be told of it, and nothing shall follow from it."""
        if records:
            columns = SQL(", ").join(SQL("%s = NULL", SQL.identifier(column)) for column in columns)
            self.env.cr.execute(
                SQL("UPDATE %s SET %s WHERE id = ANY(%s)", SQL.identifier(records._table), columns, records.ids)
            )

    def _set(self, records, column, value):
        if records:
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id = ANY(%s)",
                    SQL.identifier(records._table),
                    SQL.identifier(column),
                    value,
                    records.ids,
                )
            )

    def _end_received(self, received):
        """What has no body any more becomes no lead."""
        if received:
            self.env.cr.execute(
                SQL(
                    """UPDATE lead_pool_received SET state = 'dead', code = 'purged', next_try_at = NULL, to_ask = FALSE
                        WHERE id = ANY(%s) AND state IN ('received', 'failed')""",
                    received.ids,
                )
            )
