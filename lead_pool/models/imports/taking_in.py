"""Rows become leads: looked at before, and taken in by batches."""

from collections import Counter

from odoo import models
from odoo.tools import SQL

from ...rules.sentences import paragraph

BATCH = 500  # rows a transaction
#: What is written down of a row.
VERDICT = {
    "code": "varchar",
    "message": "varchar",
    "doubt": "varchar",
    "lacks_words": "bool",
    "lead_id": "int",
    "of_model": "varchar",
    "of_ref": "int",
}


class LeadPoolImportTakingIn(models.AbstractModel):
    _name = "lead.pool.import.taking.in"
    _description = "Taking in a File of Leads"

    # ------------------------------------------------------------
    # LOOK BEFORE
    # ------------------------------------------------------------

    def _look(self):
        """Write to each row what would become of it; nothing else is written."""
        lines = self.sudo().row_ids
        rows, known = self._meanings(lines, dry=True)
        good = [number for number, row in enumerate(rows) if not row.problems and lines[number].id not in known]
        answers = self.env["crm.lead"]._look_before([dict(rows[n].vals) for n in good], "import")
        told = dict(zip(good, answers, strict=True))
        verdicts = []
        for number, (line, row) in enumerate(zip(lines, rows, strict=True)):
            answer = told.get(number)
            verdict = self._verdict(line, row, known, answer)
            if answer and answer.twin is not None:
                verdict["code"] = "in_file"
                verdict["message"] = self.env._(
                    "Row %(number)s of the file is the same person or company: when it is imported, this one is its "
                    "duplicate.",
                    number=lines[good[answer.twin]].number,
                )
            verdicts.append(verdict)
        self._write_down(lines, verdicts, is_done=False)
        self.sudo()._note_missing(rows)
        self.sudo()._count_all()

    # ------------------------------------------------------------
    # TAKE IN
    # ------------------------------------------------------------

    def _take_in_batch(self, limit=BATCH):
        """The next rows in their order; in one transaction with what says that they are done.

        :returns: how many
        """
        lines = self.env["lead.pool.import.row"].sudo()
        lines = lines.search([("import_id", "=", self.id), ("is_done", "=", False)], limit=limit)
        rows, known = self._meanings(lines)
        good = [number for number, row in enumerate(rows) if not row.problems and lines[number].id not in known]
        taken = self._lead_model()._take_in([rows[n].vals for n in good], "import") if good else []
        answers = dict(zip(good, taken, strict=True))
        self._name_new(
            [
                (rows[number].external_id, answer.lead.id)
                for number, answer in answers.items()
                if rows[number].external_id and answer.code in ("created", "flagged")
            ]
        )
        verdicts = [
            self._verdict(line, row, known, answers.get(number))
            for number, (line, row) in enumerate(zip(lines, rows, strict=True))
        ]
        self._write_down(lines, verdicts, is_done=True)
        self.sudo()._count(verdicts)
        return len(lines)

    def _lead_model(self):
        """As Odoo's import screen does it: no tracking."""
        return self.env["crm.lead"].with_context(import_file=True, tracking_disable=True)

    def _name_new(self, names):
        """The external ids of new leads: a second import finds them."""
        self.env["ir.model.data"].sudo()._update_xmlids(
            [
                {"xml_id": self._qualified(name), "record": self.env["crm.lead"].browse(lead_id), "noupdate": False}
                for name, lead_id in names
            ]
        )

    # ------------------------------------------------------------
    # BOTH
    # ------------------------------------------------------------

    def _meanings(self, lines, dry=False):
        """What the rows mean, and ``{row id: lead id}`` of those that were imported before."""
        rows = self._convert([line.cells or [] for line in lines], dry=dry)
        for line, row in zip(lines, rows, strict=True):
            if line.fault:
                row.problems.insert(0, line.fault)
        names = [
            (line.id, self._qualified(row.external_id))
            for line, row in zip(lines, rows, strict=True)
            if row.external_id
        ]
        there = {}
        for start in range(0, len(names), 5000):
            found = (
                self.env["ir.model.data"]
                .sudo()
                ._lookup_xmlids([name for _id, name in names[start : start + 5000]], self.env["crm.lead"])
            )
            there.update(
                {f"{module}.{name}": res_id for _id, module, name, _model, res_id, _no, exists in found if exists}
            )
        return rows, {line_id: there[name] for line_id, name in names if name in there}

    @staticmethod
    def _verdict(line, row, known, answer):
        """What became of a row, or would: a value for each of :data:`VERDICT`."""
        verdict = dict.fromkeys(VERDICT)
        verdict.update(code="invalid", message=paragraph(row.problems), doubt=paragraph(row.doubts))
        verdict.update(lacks_words=True in row.lacks)
        if not row.problems and line.id in known:
            verdict.update(code="before", lead_id=known[line.id], doubt=None)
        elif answer:
            verdict.update(code=answer.code, message=answer.message, lead_id=answer.lead.id)
            if answer.of:
                verdict.update(of_model=answer.of._name, of_ref=answer.of.id)
        return verdict

    def _write_down(self, lines, verdicts, is_done):
        """Write what became of these rows, all of them in one statement."""
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_import_row r SET %s, is_done = %s
                     FROM (SELECT unnest(%s::int[]) AS id, %s) n WHERE r.id = n.id""",
                SQL(", ").join(SQL("%s = n.%s", SQL.identifier(name), SQL.identifier(name)) for name in VERDICT),
                is_done,
                lines.ids,
                SQL(", ").join(
                    SQL(
                        "unnest(%s::%s[]) AS %s",
                        [one[name] or None for one in verdicts],
                        SQL(kind),
                        SQL.identifier(name),
                    )
                    for name, kind in VERDICT.items()
                ),
            )
        )
        lines.invalidate_model()

    @staticmethod
    def _qualified(external_id):
        return external_id if "." in external_id else f"__import__.{external_id}"

    def _count(self, verdicts):
        """Add these rows to how many became what; the rows themselves are forgotten after a while."""
        counts = Counter(self.counts or {})
        counts.update(one["code"] for one in verdicts)
        doubtful = sum(bool(one["doubt"]) and one["code"] != "invalid" for one in verdicts)
        self.write({"counts": dict(counts), "doubt_count": self.doubt_count + doubtful})

    def _count_all(self):
        """How many of all rows became what."""
        Row = self.env["lead.pool.import.row"]
        counts = dict(Row._read_group([("import_id", "=", self.id), ("code", "!=", False)], ["code"], ["__count"]))
        doubtful = [("import_id", "=", self.id), ("doubt", "!=", False), ("code", "!=", "invalid")]
        lacking = Row.search_count([("import_id", "=", self.id), ("lacks_words", "=", True)])
        self.write({"counts": counts, "doubt_count": Row.search_count(doubtful), "missing_count": lacking})

    def _forget_verdicts(self):
        """What the check said is asked again when the rows are taken in."""
        self.env["lead.pool.import.row"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_import_row SET code = NULL, message = NULL, doubt = NULL, lacks_words = NULL,
                          of_model = NULL, of_ref = NULL
                    WHERE import_id = %s AND is_done IS NOT TRUE""",
                self.id,
            )
        )
        self.env["lead.pool.import.row"].invalidate_model()
