from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...rules import payload
from .mapping import TARGETS


class LeadPoolIntakeField(models.Model):
    """One line of a mapping: what of the request goes into which field of the lead."""

    _name = "lead.pool.intake.field"
    _description = "Mapping of an Intake"
    _order = "sequence, id"
    _rec_name = "target"

    intake_id = fields.Many2one("lead.pool.intake", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=1000)
    path = fields.Char(
        "Taken from",
        help="Path in the JSON, e.g. customer.phone, answers[0].text, answers[question=PHONE].text; or a form's field.",
    )
    constant = fields.Char("Always", help="Instead of something from the request.")
    target = fields.Selection("_select_targets", "Goes Into", required=True, help="The field of the lead.")
    values = fields.Text(
        "Translate", help="A line for each value, as “theirs = ours”; * stands for all others. E.g. 1 = Beijing"
    )
    date_format = fields.Char(
        "Date Written as", help="E.g. %d/%m/%Y %H:%M. Empty: a time stamp in seconds or milliseconds, or ISO 8601."
    )
    required = fields.Boolean("Must Be There", help="Without it the lead waits in the log until somebody looks at it.")

    @api.model
    def _select_targets(self):
        """Fields of a lead that a request may fill: none that says whose it is or where it goes."""
        Lead = self.env["crm.lead"]
        names = [*TARGETS, *self.env["lead.custom.field"]._shown_on("crm.lead").mapped("technical_name")]
        labels = Lead.fields_get(names, ["string"])
        return [(name, labels[name]["string"]) for name in names if name in labels]

    @api.constrains("target", "path", "constant", "values")
    def _check_row(self):
        targets = dict(self._select_targets())
        for row in self:
            if row.target not in targets:
                raise ValidationError(self.env._("A request may not fill “%(field)s”.", field=row.target))
            if bool(row.path) == bool(row.constant):
                raise ValidationError(
                    self.env._("A line of the mapping takes something from the request, or is always the same.")
                )
            if row.path:
                row.intake_id._check_path(row.path)
            try:
                payload.read_values(row.values or "")
            except ValueError as error:
                raise ValidationError(
                    self.env._("Write “theirs = ours”, a line for each value: “%(line)s”", line=error)
                ) from None

    def _rule_row(self):
        """The line as ``rules.payload`` knows it."""
        self.ensure_one()
        field = self.env["crm.lead"]._fields.get(self.target)
        joiner = {"char": " ", "text": "\n", "html": "\n", "many2many": ","}.get(field and field.type)
        return payload.Row(
            id=self.id or self._origin.id or 0,
            target=self.target or "",
            path=self.path or "",
            constant=self.constant or "",
            values=payload.read_values(self.values or ""),
            required=self.required,
            joiner=joiner if self.target not in ("phone", "email_from", "wechat", "website") else None,
        )
