from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..logs import unlogged
from ..rules import graph, payload, proposal
from ..rules.sentences import paragraph


class LeadPoolIntakeTry(models.TransientModel):
    """What a mapping makes of a sample, in words; nothing is written until its rows are added to the mapping."""

    _name = "lead.pool.intake.try"
    _description = "Try a Sample"

    intake_id = fields.Many2one("lead.pool.intake", required=True, readonly=True, ondelete="cascade")
    sample = fields.Text(help="Paste what the platform sends: JSON, or the body of a form.")
    result = fields.Html(compute="_compute_result", sanitize=False)
    line_ids = fields.One2many(
        "lead.pool.intake.try.line", "try_id", compute="_compute_line_ids", store=True, readonly=False
    )
    may_add = fields.Boolean(compute="_compute_may_add")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if values.get("intake_id") and "sample" in fields_list and not values.get("sample"):
            kept = [("intake_id", "=", values["intake_id"]), ("body", "!=", False)]
            last = self.env["lead.pool.received"].search(kept, limit=1)
            values["sample"] = last.body or False
        return values

    @api.depends("intake_id")
    def _compute_may_add(self):
        for trial in self:
            trial.may_add = trial.intake_id.has_access("write")

    def _datas(self):
        """The leads in the sample: what the platform sends, one lead of it as the log keeps it, or Meta's answer.

        :raises Unreadable: it cannot be read
        """
        data, intake = payload.read((self.sample or "").encode()), self.intake_id
        if graph.has_answers(data):
            return [graph.with_answers({}, data)]
        leads = intake._leads_in(data)
        alone = not leads and intake.external_id_path and payload.first(data, intake.external_id_path)
        return [data] if alone else leads

    @api.depends("sample", "intake_id.mapping_ids")
    def _compute_result(self):
        for trial in self:
            trial.result = trial._look() if trial.sample and trial.intake_id else False

    @api.depends("sample")
    def _compute_line_ids(self):
        for trial in self:
            lines = [(5, 0, 0)]
            try:
                datas = trial._datas() if trial.sample and trial.intake_id else []
            except payload.Unreadable:
                datas = []
            if datas and trial.intake_id._is_to_ask(datas[0]):
                datas = []  # numbers, of which nothing is to be mapped
            known = set(trial.intake_id.mapping_ids.mapped("path"))
            ends = {trial.intake_id.external_id_path, trial.intake_id.body_secret_path, trial.intake_id.test_path}
            for path, text, target in proposal.propose(datas[0]) if datas else ():
                if path not in known | ends:
                    lines.append((0, 0, {"path": path, "found": text[:200], "target": target or False}))
            trial.line_ids = lines

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    def _look(self):
        """What the mapping takes out of the sample, what is missing, and the lead that would be made."""
        _ = self.env._
        try:
            datas = self._datas()
        except payload.Unreadable as error:
            words = [self.env["lead.pool.received"]._sentence(error.code)]
            if error.at:
                line, character = error.at
                words.append(
                    _(
                        "It goes wrong in line %(line)s, at character %(character)s; was it copied as a whole?",
                        line=line,
                        character=character,
                    )
                )
            return self._alert("danger", paragraph(words))
        if not datas:
            return self._alert("danger", _("There is nothing at the path of the list of leads."))
        intake = self.intake_id._origin
        intake = intake.with_context(allowed_company_ids=intake.company_id.ids)
        data = datas[0]
        if intake._is_to_ask(data):
            return self._alert(
                "info",
                _(
                    "A notification carries numbers only. When it comes in, Meta is asked for the answers. Paste an "
                    "answer of its Graph API to see what becomes of it."
                ),
            )
        [lead] = intake._leads([data], writes=False)
        parts = []
        for label, text in lead.odd:
            parts.append(
                self._alert(
                    "warning", _("“%(text)s” does not fit %(label)s: it is kept in the notes.", text=text, label=label)
                )
            )
        number = intake.external_id_path and payload.first(data, intake.external_id_path)
        if intake.external_id_path and not number:
            parts.append(
                self._alert("warning", _("The platform's number is missing: %(path)s", path=intake.external_id_path))
            )
        if lead.missing:
            parts.append(
                self._alert("danger", _("No lead would be made. Missing: %(what)s.", what=", ".join(lead.missing)))
            )
        else:
            [taken] = self.env["crm.lead"].sudo()._look_before([lead.vals], channel="intake")
            words = intake._in_words(lead, taken)
            parts.append(self._alert("success", _("The lead that would be made: %(lead)s", lead=words)))
        return Markup("").join([*parts, self._rows_in_words(intake, data)])

    def _alert(self, kind, text):
        return Markup('<p class="alert alert-%s mb-2">%s</p>') % (kind, text)

    def _rows_in_words(self, intake, data):
        """What each row of the mapping found; those that found nothing come last, in a line."""
        labels = dict(self.env["lead.pool.intake.field"]._select_targets())
        rows, empty = [], []
        for row in intake.mapping_ids:
            text = payload.taken_by(data, row._rule_row())
            where = row.path or self.env._("always")
            if text:
                line = '<tr><td class="text-break"><code>%s</code></td><td class="text-break">%s</td><td>%s</td></tr>'
                rows.append(Markup(line) % (where, text, labels.get(row.target, "?")))
            else:
                empty.append(Markup("<code>%s</code>") % where)
        head = Markup("<tr><th>%s</th><th>%s</th><th>%s</th></tr>") % (
            self.env._("Taken from"),
            self.env._("Found"),
            self.env._("Goes Into"),
        )
        table = Markup()
        if rows:
            table = Markup('<table class="table table-sm"><thead>%s</thead><tbody>%s</tbody></table>') % (
                head,
                Markup("").join(rows),
            )
        if empty:
            nothing = Markup('<p class="text-muted text-break">%s %s</p>')
            table += nothing % (self.env._("Not in this sample:"), Markup(", ").join(empty))
        return table

    # ------------------------------------------------------------
    # ADD
    # ------------------------------------------------------------

    def action_add(self):
        """Add the chosen rows to the mapping of the intake, and look again.

        :raises AccessError: the caller may not change the intake
        :raises UserError: no row has a field to go into
        """
        self.ensure_one()
        self.intake_id.check_access("write")
        last = max(self.intake_id.mapping_ids.mapped("sequence"), default=0)
        chosen = self.line_ids.filtered("target")
        if not chosen:
            raise unlogged(UserError(self.env._("Choose under “Goes Into” where at least one line goes.")))
        self.env["lead.pool.intake.field"].create(
            [
                {"intake_id": self.intake_id.id, "path": line.path, "target": line.target, "sequence": last + number}
                for number, line in enumerate(chosen, 1)
            ]
        )
        return {
            **self.intake_id.button_try(),
            "context": {"default_intake_id": self.intake_id.id, "default_sample": self.sample},
        }


class LeadPoolIntakeTryLine(models.TransientModel):
    _name = "lead.pool.intake.try.line"
    _description = "Proposed Row of a Mapping"

    try_id = fields.Many2one("lead.pool.intake.try", required=True, ondelete="cascade")
    path = fields.Char("Taken from", readonly=True, help="Where it stands in the sample.")
    found = fields.Char(readonly=True, help="What stands there in the sample.")
    target = fields.Selection(
        lambda self: self.env["lead.pool.intake.field"]._select_targets(),
        "Goes Into",
        help="The field of the lead. Empty: the row is not added.",
    )
