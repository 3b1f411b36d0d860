from odoo import api, fields, models


class LeadPoolExplanation(models.TransientModel):
    """The dialog that answers "why?": sentences, and how each member stood."""

    _name = "lead.pool.explanation"
    _description = "Explanation"

    text = fields.Html(readonly=True, help="The reasons, a sentence each.")
    line_ids = fields.One2many("lead.pool.explanation.line", "explanation_id", "How Each Member Stood", readonly=True)
    figures = fields.Boolean(readonly=True, help="The reader sees what each member held, and his credit.")
    others = fields.Integer(readonly=True, help="Members whose standing was not kept one by one.")

    @api.model
    def _show(self, title, lines, decision, pool, event=None):
        """The action that opens the dialog.

        :param lines: ``[sentence]``
        :param decision: ``lead.pool.decision``, may be empty
        :param pool: its admins see the figures of all members, others who was passed over and why
        :param event: of the lead; what differed from the beginning of the decision
        """
        figures = self.env["lead.pool.entry"]._is_pool_admin(pool.id)
        explanation = self.sudo().create(
            {
                "figures": figures,
                "text": self.env["ir.qweb"]._render("lead_pool.inbox_lines", {"lines": lines}),
                "line_ids": [(0, 0, values) for values in self._prepare_lines(decision, figures, event)],
                "others": max(sum((decision.counts or {}).values()) - len(decision.candidates or ()), 0),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": explanation.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "medium"},
        }

    def _prepare_lines(self, decision, figures, event):
        Entry = self.env["lead.pool.entry"]
        differs = dict((event and event.detail or {}).get("differs", ()))
        words, names = Entry._verdict_words(), Entry._user_names([row[0] for row in decision.candidates or ()])
        winner = event.user_ref if event else 0
        for user_id, code, *numbers in decision.candidates or ():
            credit, held, limit, weight = [*numbers, *[0] * 4][:4]
            code = differs.get(user_id, code)
            if user_id == winner and event.kind == "distributed":
                verdict = self.env._("Got the lead")
            else:
                verdict = words.get(code, code).capitalize() if code else self.env._("Could take leads")
            yield {
                "name": names[user_id],
                "verdict": verdict,
                "is_out": bool(code),
                **(
                    {"held": f"{held} / {limit}" if limit else str(held), "weight": weight, "credit": credit}
                    if figures
                    else {}
                ),
            }


class LeadPoolExplanationLine(models.TransientModel):
    _name = "lead.pool.explanation.line"
    _description = "How One Member Stood"

    explanation_id = fields.Many2one("lead.pool.explanation", required=True, ondelete="cascade")
    name = fields.Char("Member", readonly=True, help="Who might have got the lead.")
    verdict = fields.Char(readonly=True, help="Whether he could take a lead at that moment, and if not, why.")
    is_out = fields.Boolean(readonly=True, help="He could not take a lead.")
    held = fields.Char(readonly=True, help="Leads of the pool in hand when the decision began, of how many.")
    weight = fields.Float(readonly=True, help="Share in the rotation.")
    credit = fields.Float(readonly=True, help="What the rotation owed him when the decision began, in leads.")
