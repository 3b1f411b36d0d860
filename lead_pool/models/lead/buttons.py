"""Buttons on a lead: each calls a verb of its entry, or opens the dialog that does."""

from odoo import models

from ...isolation import contended
from ...notification import notification
from ...rules.sentences import paragraph


class LeadButtons(models.AbstractModel):
    _name = "lead.pool.lead.buttons"
    _description = "Buttons"

    def _pool_entries(self):
        """The entries of these leads, for a button that calls a verb on them."""
        self.check_access("read")
        return self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.ids)]).with_env(self.env)

    def button_explain(self):
        return self._pool_entries().button_explain()

    def button_return(self):
        return self._pool_entries().with_context(lead_pool_epoch=self._seen_epoch()).button_return()

    def button_assign(self):
        return self._pool_entries().button_assign()

    def button_transfer(self):
        return self._pool_entries().button_transfer()

    def button_reclaim(self):
        return self._pool_entries().button_reclaim()

    def button_mark_invalid(self):
        return self._pool_entries().with_context(lead_pool_epoch=self._seen_epoch()).button_mark_invalid()

    @contended
    def button_dispute(self):
        return self._pool_entries().with_context(lead_pool_epoch=self._seen_epoch()).button_dispute()

    def button_claim(self):
        """Claim from the lead itself, which stays on the screen."""
        entries = self._pool_entries()
        answers = entries.action_claim()
        return entries._claimed(
            answers, entries._notification(answers, lambda n: self.env._("This lead is yours now."))
        )

    def button_follow_up(self):
        return self._wizard("lead.pool.follow.up", self.env._("Follow-up"))

    def button_convert(self):
        return self._wizard("lead.pool.convert", self.env._("Convert"))

    def button_convert_many(self):
        """A dialog about the leads that are chosen in a list."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Convert"),
            "res_model": "lead.pool.convert.many",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_lead_ids": self.ids, "dialog_size": "large"},
        }

    def button_undo_conversion(self):
        """Undo, and say what stays."""
        answer = self.action_undo_conversion()
        message = [self.env._("The conversion is undone.")]
        if answer["kept"]:
            kept = "; ".join(answer["kept"])
            message.append(self.env._("Kept, as somebody has worked on it: %(kept)s.", kept=kept))
        return notification(paragraph(message), sticky=bool(answer["kept"]))

    def _wizard(self, model, name):
        """A dialog about this one lead, which knows in whose hands the screen shows it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_lead_id": self.id,
                "default_epoch": self._seen_epoch() or self.pool_epoch,
                "dialog_size": "medium",
            },
        }
