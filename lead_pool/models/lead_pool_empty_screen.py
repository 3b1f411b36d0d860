from markupsafe import Markup

from odoo import api, models

TEXT = Markup('<p class="o_view_nocontent_smiling_face">{}</p><p>{}</p>')
# without a slash in front: in the app on the phone a link stays in the app
STEP = Markup('<a href="{}" class="btn btn-{}">{}</a>')


class LeadPoolEmptyScreen(models.AbstractModel):
    """What the board and My Leads say when nothing is on them: what they are for, and the next step."""

    _name = "lead.pool.empty.screen"
    _description = "What an Empty Screen Says"

    @api.model
    def get_empty_list_help(self, help_message):
        screen = self.env.context.get("lead_pool_screen")
        if screen == "board" and self._name == "lead.pool.entry":
            return self._empty_board()
        if screen == "mine" and self._name == "crm.lead":
            return self._empty_mine()
        return super().get_empty_list_help(help_message)

    def _empty_board(self):
        user = self.env.user
        pools = self.env["lead.pool"].search_count([], limit=1)
        if user._runs_all_pools() and not pools:
            return self._empty(
                self.env._("Make your first pool"),
                self.env._("A pool keeps leads that nobody holds, until its members claim them or get them in turn."),
                ("lead-pool-first-steps", self.env._("First Steps")),
            )
        if user.has_group("lead_pool.group_pool_admin") and pools:
            steps = [("import-leads", self.env._("Import Leads"))]
            if user._runs_all_pools() and not self.env["lead.pool"]._is_set_up(self.env.company):
                steps.append(("lead-pool-first-steps", self.env._("First Steps")))
            return self._empty(
                self.env._("No lead is waiting here"),
                self.env._("Leads wait here until they are claimed or assigned. Import some, or look at other pools."),
                *steps,
            )
        if user.has_group("lead_pool.group_marketing"):
            return self._empty(
                self.env._("No lead is waiting here"),
                self.env._("What you import or create for a pool waits here until somebody claims it."),
                ("import-leads", self.env._("Import Leads")),
            )
        if not self.env["lead.pool.member"].sudo().search_count([("user_id", "=", user.id)], limit=1):
            return self._empty(
                self.env._("You are in no pool yet"),
                self.env._(
                    "On this board leads wait that nobody holds. Ask whoever runs a pool to add you as a member. "
                    "Until then you work on leads of your own."
                ),
                ("my-leads", self.env._("My Leads")),
            )
        return self._empty(
            self.env._("No lead is waiting here"),
            self.env._(
                "New leads appear by themselves. Until then, work on what you hold, or look at other pools and filters."
            ),
            ("my-leads", self.env._("My Leads")),
        )

    def _empty_mine(self):
        title = self.env._("You hold no lead")
        if (
            self.env["lead.pool.member"]
            .sudo()
            .search_count([("user_id", "=", self.env.uid), ("role", "=", "member")], limit=1)
        ):
            text = self.env._(
                "Take one from the board. What you hold stands here, most urgent first: call, write it down, next."
            )
            return self._empty(title, text, ("lead-pool", self.env._("Pool Board")))
        text = self.env._(
            "What you hold stands here, most urgent first. You are in no pool: make a lead of your own with New."
        )
        return self._empty(title, text)

    def _empty(self, title, text, *steps):
        """:param steps: ``(path, label)``, the next one first"""
        links = Markup(" ").join(
            STEP.format(path, "secondary" if number else "primary", label) for number, (path, label) in enumerate(steps)
        )
        return TEXT.format(title, text) + (Markup("<p>{}</p>").format(links) if steps else Markup())
