from odoo import api, fields, models

from ...rules.facts import Verdict
from ...rules.sentences import paragraph

STATES = [
    ("moved", "Handed Over"),
    ("refused", "Not Handed Over"),
    ("back", "Given Back"),
    ("kept", "Not Given Back"),
]


class LeadPoolHandoverLine(models.Model):
    """What a hand-over did with one lead. Kept: it is the certificate."""

    _name = "lead.pool.handover.line"
    _description = "Handed-over Lead"
    _order = "id"
    _rec_name = "lead_ref"
    _log_access = False

    handover_id = fields.Many2one("lead.pool.handover", required=True, index=True, ondelete="cascade", readonly=True)
    entry_id = fields.Many2one("lead.pool.entry", index="btree_not_null", ondelete="set null", readonly=True)
    lead_id = fields.Many2one("crm.lead", index="btree_not_null", ondelete="set null", readonly=True)
    lead_ref = fields.Integer("Lead Number", required=True, readonly=True, aggregator=None)
    pool_id = fields.Many2one("lead.pool", readonly=True, ondelete="set null", help="Empty: outside the pools.")
    from_user_id = fields.Many2one("res.users", "Former Rep", readonly=True, ondelete="cascade")
    to_user_id = fields.Many2one(
        "res.users", "New Holder", readonly=True, ondelete="set null", help="Empty: to the pool."
    )
    to_words = fields.Char("Went To", compute="_compute_words")
    moved_at = fields.Datetime("When", readonly=True)
    reclaim_at = fields.Datetime("Goes Back", readonly=True, help="The deadline after the hand-over.")
    activities = fields.Integer(readonly=True, help="Planned activities that went along.")
    meetings = fields.Integer(readonly=True, help="Meetings that went along.")
    requests = fields.Integer("Requests Lapsed", readonly=True, help="Open requests and disputes of the former holder.")
    reopened = fields.Integer("Open Again", readonly=True, help="Requests that are open again as the lead is back.")
    state = fields.Selection(STATES, readonly=True, required=True)
    code = fields.Char(readonly=True)
    note = fields.Char(readonly=True, help="What another module said.")
    message = fields.Char(
        "Why",
        compute="_compute_words",
        help="Why it was not handed over, or did not go back, and what became of its open requests.",
    )
    back_at = fields.Datetime("Given Back", readonly=True)
    epoch = fields.Integer(readonly=True, aggregator=None)
    touched_after = fields.Datetime(readonly=True, export_string_translation=False)
    before = fields.Json(readonly=True, groups="base.group_system", export_string_translation=False)

    _lead_uniq = models.UniqueIndex("(handover_id, lead_ref)")

    @api.depends("code", "to_user_id", "pool_id", "state", "note", "requests", "reopened")
    @api.depends_context("lang")
    def _compute_words(self):
        Entry = self.env["lead.pool.entry"].sudo()
        for line in self.sudo():
            names = {"pool": line.pool_id.name or "", "error": line.note or ""}
            if line.to_user_id:
                names["user"] = line.to_user_id.name
            refusal = Entry._sentence(Verdict(line.code), names) if line.code else ""
            line.message = paragraph([refusal, line._requests_in_words()])
            moved = line.state in ("moved", "back", "kept")
            line.to_words = (line.to_user_id.name or line.pool_id.name) if moved else False

    def _requests_in_words(self):
        """What became of the requests that were open when the lead was handed over."""
        _ = self.env._
        if not self.requests:
            return ""
        if self.state == "moved":
            return _("Open requests and disputes that lapsed: %(count)s. When the lead goes back they are open again.",
                     count=self.requests)  # fmt: skip
        if self.state == "back" and self.reopened == self.requests:
            return _("Requests and disputes that are open again: %(count)s.", count=self.reopened)
        if self.state == "back":
            return _("Requests and disputes that are open again: %(count)s of %(all)s. Of the others who asked has "
                     "left, or the other lead has changed hands.", count=self.reopened, all=self.requests)  # fmt: skip
        return _("Open requests and disputes that lapsed: %(count)s.", count=self.requests)

    def _keep(self, code):
        """These leads do not go back."""
        self.write({"state": "kept", "code": code})

    def _resume_help(self, ends):
        """The leads of these lines are back: who helped before they were handed over helps again.

        :param ends: of :meth:`_ends`
        """
        ended = {}
        for line in self:
            rows = [row for one in (line | ends[line]) for row in (one.before or {}).get("helpers") or []]
            if rows:
                ended[line.lead_ref] = rows
        self.env["lead.pool.helper"].sudo()._resume(ended)

    def _ends(self):
        """``{line: the last line of its lead}``: who got it may have been archived, and it went on from him."""
        later = self.search(
            [
                ("lead_ref", "in", self.mapped("lead_ref")),
                ("state", "=", "moved"),
                ("handover_id.source", "=", "archived"),
            ]
        ).grouped("lead_ref")
        ends = {}
        for line in self:
            end = line
            for one in later.get(line.lead_ref, ()):
                if one.id > end.id and one.from_user_id == end.to_user_id:
                    end = one
            ends[line] = end
        return ends
