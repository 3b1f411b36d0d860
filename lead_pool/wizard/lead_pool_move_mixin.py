from odoo import api, fields, models


class LeadPoolMoveMixin(models.AbstractModel):
    """What the questions before a move have in common: the leads, a note, and what is shown afterwards."""

    _name = "lead.pool.move.mixin"
    _description = "Question before Leads Move"

    entry_ids = fields.Many2many("lead.pool.entry", string="Leads")
    from_pool_ids = fields.Many2many("lead.pool", string="From Pools", compute="_compute_about", compute_sudo=True)
    several_pools = fields.Boolean(compute="_compute_about", compute_sudo=True)
    about = fields.Char(compute="_compute_about", compute_sudo=True)
    note = fields.Text()
    epoch = fields.Integer(help="Of the one lead, as the screen showed it; 0: of several leads.")

    @api.depends("entry_ids")
    def _compute_about(self):
        for wizard in self:
            entries = wizard.entry_ids.sudo()
            wizard.from_pool_ids = entries.pool_id
            wizard.several_pools = len(entries.pool_id) > 1
            wizard.about = wizard._about(entries)

    def _about(self, entries):
        """Which leads are meant, in one line."""
        if len(entries) != 1:
            pools = entries.grouped("pool_id")
            names = self.env._("%(count)s leads", count=len(entries))
            if len(pools) == 1:
                return f"{names} · {entries.pool_id.name}"
            return " · ".join([names, *(f"{pool.name}: {len(of_pool)}" for pool, of_pool in pools.items())])
        if entries.user_id:
            return self.env._(
                "Lead #%(number)s in “%(pool)s”, held by %(user)s",
                number=entries.lead_ref,
                pool=entries.pool_id.name,
                user=entries.user_id.name,
            )
        return self.env._("Lead #%(number)s in “%(pool)s”", number=entries.lead_ref, pool=entries.pool_id.name)

    def _show(self, entries, answers, done_text):
        """Say what happened and close; stay open when nothing was done, so that another choice can be made.

        A lead that the user may no longer read is not read again: he goes back to his list.
        """
        action = entries._notification(answers, done_text)
        if way_out := self._way_out():
            action["params"]["next"] = way_out
        elif not any(answer["done"] or answer["code"] == "approval_asked" for answer in answers):
            del action["params"]["next"]
        return action

    def _way_out(self):
        """Where to go when the form behind this question shows a record that is out of sight now."""
        model, record_id = self.env.context.get("active_model"), self.env.context.get("active_id")
        if model not in ("crm.lead", "lead.pool.entry") or not isinstance(record_id, int):
            return None
        self.env.invalidate_all()
        if self.env[model].browse(record_id).has_access("read"):
            return None
        name = "crm_lead_action_my_leads" if model == "crm.lead" else "lead_pool_entry_action_board"
        if not self.env.ref(f"lead_pool.{name}", raise_if_not_found=False):
            return {"type": "ir.actions.act_window_close"}
        return {"type": "ir.actions.client", "tag": "lead_pool_way_out", "params": {"xml_id": f"lead_pool.{name}"}}
