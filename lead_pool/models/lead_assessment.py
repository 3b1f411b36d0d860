from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..arguments import refuse_unknown

GRADES = [("unknown", "Unknown"), ("weak", "Weak"), ("fair", "Fair"), ("strong", "Strong")]
DECISIONS = [("go", "Go"), ("no_go", "No-Go")]
#: The four questions, in the order in which they are asked (BANT), and what is decided.
QUESTIONS = ("budget", "authority", "need", "timing")
STATE = (*QUESTIONS, "decision", "reason")


class LeadAssessmentValues(models.AbstractModel):
    """What is thought of a customer's intent; also in the dialogs that ask for it."""

    _name = "lead.assessment.values"
    _description = "Intent"

    budget = fields.Selection(GRADES, help="Is there money for it?")
    authority = fields.Selection(GRADES, help="Do we talk to who decides?")
    need = fields.Selection(GRADES, help="Does the customer need it?")
    timing = fields.Selection(GRADES, "Time Frame", help="Will it be soon?")
    decision = fields.Selection(DECISIONS, "Go or No-Go", help="Is the lead worth more work?")
    reason = fields.Char("Because", help="Why it is worth more work, or not.")


class LeadAssessment(models.Model):
    """What somebody thought of a lead's intent, and when: the last one counts, the others are its history.

    Appended by ``crm.lead.action_assess`` only: nobody has the right to write or delete one.
    """

    _name = "lead.assessment"
    _inherit = ["lead.assessment.values"]
    _description = "Assessment of Intent"
    _order = "date desc, id desc"
    _rec_name = "date"

    lead_id = fields.Many2one("crm.lead", "Lead", required=True, readonly=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Assessed By", required=True, readonly=True, index=True, ondelete="restrict")
    date = fields.Datetime(required=True, readonly=True)
    note = fields.Text(readonly=True)
    previous_id = fields.Many2one("lead.assessment", readonly=True, index="btree_not_null", ondelete="set null")
    is_current = fields.Boolean(readonly=True)
    changes = fields.Char("What Changed", compute="_compute_changes", help="From what to what.")

    _current_uniq = models.UniqueIndex("(lead_id) WHERE is_current")

    @api.depends("previous_id", *STATE)
    @api.depends_context("lang")
    def _compute_changes(self):
        labels = self._labels()
        for record in self:
            before = record.previous_id
            parts = []
            for name in (*QUESTIONS, "decision"):
                if record[name] != before[name]:
                    new = labels[name, record[name]]
                    old = f"{labels[name, before[name]]} → " if before[name] else ""
                    parts.append(f"{labels[name]}: {old}{new}")
            if record.reason and record.reason != before.reason:
                parts.append(record.reason)
            record.changes = " · ".join(parts)

    @api.model
    def _labels(self):
        """``{field: label}`` and ``{(field, value): label}`` in the user's language."""
        labels = {}
        for name in (*QUESTIONS, "decision"):
            labels[name] = self._fields[name]._description_string(self.env)
            labels[name, False] = self.env._("Unknown")
            labels.update({(name, key): text for key, text in self._fields[name]._description_selection(self.env)})
        return labels

    @api.model
    def _append(self, lead, values):
        """The lead's intent from now on.

        :param dict values: out of :data:`STATE` and ``note``; what is not named stays as it was
        :raises UserError: an unknown key, a value that is none, a no-go without a reason, or nothing new
        """
        # one after the other; the unique index is the last line
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(hashtext('lead_assessment'), %s)", lead.id))
        self.env["lead.assessment"].invalidate_model()
        current = self.sudo().search([("lead_id", "=", lead.id), ("is_current", "=", True)])
        state = {name: current[name] for name in STATE}
        given = self._checked(values)
        note = given.pop("note", "")
        if given.get("decision", state["decision"]) != state["decision"] and "reason" not in given:
            given["reason"] = False  # it was the reason for the other decision
        new = {**state, **given}
        if new["decision"] == "no_go" and not new["reason"]:
            raise UserError(self.env._("Say why it is a no-go: whoever gets the lead next wants to know."))
        if new == state and not note:
            raise UserError(self.env._("Nothing is new: choose an answer, or write a note."))
        current.is_current = False
        current.flush_recordset(["is_current"])
        record = self.sudo().create(
            {
                **new,
                "note": note,
                "lead_id": lead.id,
                "user_id": self.env.uid,
                "date": self.env["lead.pool"]._now(),
                "previous_id": current.id,
                "is_current": True,
            }
        )
        return record.sudo(False)

    @api.model
    def _checked(self, values):
        values = self.env["crm.lead"]._values_said(values)
        refuse_unknown(self.env, values, {*STATE, "note"})
        checked = {}
        for name, value in values.items():
            value = value or False
            if name in ("reason", "note"):
                fits = value is False or isinstance(value, str)
                value = value.strip() or False if fits and value else value
            else:
                fits = value is False or value in {key for key, _label in self._fields[name].selection}
            if not fits:
                raise UserError(self.env._("“%(value)s” of the assessment is not understood.", value=name))
            checked[name] = value
        return checked

    @api.model
    def _merge_into(self, lead, merged):
        """The histories of merged leads are one: the latest of all counts."""
        histories = self.sudo().search([("lead_id", "in", (lead | merged).ids)])  # the latest first
        if histories.lead_id <= lead:
            return
        histories.is_current = False
        histories.flush_recordset(["is_current"])
        histories.lead_id = lead
        histories[0].is_current = True
