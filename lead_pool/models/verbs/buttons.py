"""Buttons of the views: each calls a verb and says what happened."""

from odoo import models

from ...isolation import contended


class LeadPoolButtons(models.AbstractModel):
    _name = "lead.pool.verb.buttons"
    _description = "Buttons"

    @contended
    def button_claim(self):
        """Claim the selected cards; a single one is opened."""
        answers = self.action_claim()
        if len(answers) == 1 and answers[0]["done"]:
            text = self.env._("Lead #%(number)s is yours now.", number=self.sudo().lead_ref)
            return self._claimed(answers, self._notification(answers, lambda n: text), self._open_leads(self))
        notification = self._notification(
            answers,
            lambda n: self.env._("%(count)s leads are yours now.", count=n)
            if n > 1
            else self.env._("One lead is yours now."),
        )
        return self._claimed(answers, notification)

    def _claimed(self, answers, notification, then=None):
        """The notification of a claim, which offers to undo it; then the action ``then``."""
        done = [answer["id"] for answer in answers if answer["done"]]
        if not done:
            return notification
        params = notification["params"]
        companies = self.browse(done).sudo().company_id
        reps = (
            self.env["lead.pool.rep"]
            .sudo()
            .search([("user_id", "=", self.env.uid), ("company_id", "in", companies.ids)])
        )
        return {
            "type": "ir.actions.client",
            "tag": "lead_pool_claimed",
            "params": {
                "entry_ids": done,
                "message": params["message"],
                "type": params["type"],
                "can_undo": reps._undo_used(self.env["lead.pool"]._now()) != companies,
                "next": then or params["next"],
            },
        }

    def button_open_lead(self):
        """Open the lead itself, for who may read it."""
        return self._open_leads(self)

    def _open_leads(self, entries):
        leads = entries.sudo().lead_id
        action = {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "name": self.env._("Lead"),
            "target": "current",
        }
        if len(leads) == 1:
            return {**action, "res_id": leads.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", leads.ids)], "views": [(False, "list"), (False, "form")]}

    def _wizard(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_entry_ids": [(6, 0, self.ids)],
                "default_epoch": self.env.context.get("lead_pool_epoch") or (self.epoch if len(self) == 1 else 0),
            },
        }

    def button_assign(self):
        return self._wizard("lead.pool.assign", self.env._("Assign"))

    def button_extend(self):
        return self._wizard("lead.pool.extend", self.env._("More Time"))

    def button_return(self):
        return self._wizard("lead.pool.return", self.env._("Return to the Pool"))

    def button_transfer(self):
        return self._wizard("lead.pool.transfer", self.env._("Transfer to Another Pool"))

    def button_mark_invalid(self):
        return self._wizard("lead.pool.mark.invalid", self.env._("Mark as Invalid"))

    def button_reclaim(self):
        return self._wizard("lead.pool.reclaim", self.env._("Take Back"))
