"""Rows become leads: looked at before, and taken in by batches."""

from odoo import models
from odoo.tools import SQL

BATCH = 500  # rows a transaction


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
        for number, (line, row) in enumerate(zip(lines, rows, strict=True)):
            answer = told.get(number)
            self._note(line, row, known, answer)
            if answer and answer.twin is not None:
                line.code = "in_file"
                line.message = self.env._(
                    "Row %(number)s of the file is the same person or company: when it is imported, this one is its "
                    "duplicate.",
                    number=lines[good[answer.twin]].number,
                )
        self.sudo()._count()

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
        for number, (line, row) in enumerate(zip(lines, rows, strict=True)):
            self._note(line, row, known, answers.get(number))
        lines.is_done = True
        self.sudo()._count()
        return len(lines)

    def _lead_model(self):
        """As Odoo's import screen does it: no tracking. Naming the stage that Odoo would look up for each lead saves
        that query."""
        Lead = self.env["crm.lead"].with_context(import_file=True, tracking_disable=True)
        team = self.pool_id.sudo().team_id
        stage = Lead._stage_find(team_id=team.id, domain=[("fold", "=", False)])
        return Lead.with_context(default_stage_id=stage.id)

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

    def _note(self, line, row, known, answer):
        """Write down what became of a row, or would."""
        values = {"code": "invalid", "message": " ".join(row.problems) or False, "doubt": " ".join(row.doubts) or False}
        if not row.problems and line.id in known:
            values.update(code="before", lead_id=known[line.id], doubt=False)
        elif answer:
            values.update(code=answer.code, message=answer.message or False, lead_id=answer.lead.id)
            if answer.of:
                values.update(of_model=answer.of._name, of_ref=answer.of.id)
        line.write(values)

    @staticmethod
    def _qualified(external_id):
        return external_id if "." in external_id else f"__import__.{external_id}"

    def _count(self):
        """Keep how many rows became what; the rows themselves are forgotten after a while."""
        groups = self.env["lead.pool.import.row"]._read_group([("import_id", "=", self.id)], ["code"], ["__count"])
        counts = dict(groups)
        self.write(
            {
                "counts": {code: count for code, count in counts.items() if code},
                "doubt_count": self.env["lead.pool.import.row"].search_count(
                    [("import_id", "=", self.id), ("doubt", "!=", False), ("code", "!=", "invalid")]
                ),
            }
        )

    def _forget_verdicts(self):
        """What the check said is asked again when the rows are taken in."""
        self.env["lead.pool.import.row"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_import_row SET code = NULL, message = NULL, doubt = NULL, of_model = NULL,
                          of_ref = NULL
                    WHERE import_id = %s AND is_done IS NOT TRUE""",
                self.id,
            )
        )
        self.env["lead.pool.import.row"].invalidate_model()
