"""What in a pool needs an admin's yes, and what waits for it."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...rules.approval import InvalidPolicy


class LeadPoolApproving(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.approving"
    _description = "Decisions in a Pool"

    invalid_evidence = fields.Selection(
        [("none", "Nothing"), ("note", "A note"), ("proof", "A follow-up or an attachment")],
        "“Invalid” Needs",
        required=True,
        default="none",
        help="What a holder has to show before he marks a lead as invalid. The pool's admins need nothing.",
    )
    invalid_note_length = fields.Integer(
        "Shortest Reason", default=10, help="Characters that the note to “invalid” needs, blanks not counted."
    )
    invalid_approval = fields.Selection(
        [
            ("never", "Never"),
            ("all", "Always"),
            ("sample", "For a sample"),
            ("share", "Above a share of his month"),
        ],
        "“Invalid” Is Approved",
        required=True,
        default="never",
        help="When an admin has to agree before a lead that its holder finds invalid is closed. Until then the holder "
        "keeps it, and its clock runs on.",
    )
    invalid_percent = fields.Integer(
        "Percent",
        default=20,
        help="Sample: of the leads; which ones depends on a secret, so nobody can try until a lead is not in it. "
        "Share: of the leads that the rep held in this pool this month.",
    )
    request_count = fields.Integer(
        "Requests", compute="_compute_request_count", help="Requests about leads of this pool that wait for a decision."
    )

    _invalid_figures = models.Constraint(
        """CHECK (COALESCE(invalid_note_length, 0) BETWEEN 0 AND 1000
                  AND COALESCE(invalid_percent, 0) BETWEEN 0 AND 100)""",
        "A note needs between 0 and 1000 characters, and a percentage is between 0 and 100.",
    )

    @api.constrains("invalid_note_length", "invalid_percent")
    def _check_invalid_figures(self):
        for pool in self:
            if not 0 <= pool.invalid_percent <= 100:
                raise ValidationError(self.env._("“Percent” is a number from 0 to 100."))
            if not 0 <= pool.invalid_note_length <= 1000:
                raise ValidationError(self.env._("“Shortest Reason” is a number of characters from 0 to 1000."))

    @api.depends_context("uid")
    def _compute_request_count(self):
        Approval = self.env["lead.pool.approval"]
        counts = {}
        if Approval.has_access("read"):
            domain = Approval._open_of_mine_to_decide() & Domain("pool_id", "in", self._origin.ids)
            counts = dict(Approval.sudo()._read_group(domain, ["pool_id"], ["__count"]))
        for pool in self:
            pool.request_count = counts.get(pool._origin, 0)

    def _invalid_policy(self):
        """What the pure rule knows of this pool."""
        self.ensure_one()
        return InvalidPolicy(
            evidence=self.invalid_evidence,
            note_length=self.invalid_note_length,
            approval=self.invalid_approval,
            percent=self.invalid_percent,
        )

    def _say_invalid(self):
        """The sentences of the summary."""
        _ = self.env._
        lines = []
        if self.invalid_evidence == "note" and self.invalid_note_length:
            lines.append(
                _("Who marks a lead as invalid says why in %(count)s characters.", count=self.invalid_note_length)
            )
        if self.invalid_evidence == "proof":
            lines.append(_("Who marks a lead as invalid has followed it up or attached a proof."))
        words = {"percent": self.invalid_percent}
        approval = {
            "all": _("An admin has to agree that a lead is invalid."),
            "sample": _("An admin has to agree that a lead is invalid for a sample of %(percent)s %%.", **words),
            "share": _(
                "An admin has to agree when a rep finds more than %(percent)s %% of the leads of his month invalid.",
                **words,
            ),
        }
        return [*lines, *([approval[self.invalid_approval]] if self.invalid_approval in approval else [])]

    def button_open_requests(self):
        """The requests of this pool that wait for a decision."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.lead_pool_approval_action")
        action["context"] = {"search_default_open": 1, "search_default_pool_id": self.id}
        return action
