"""The first set-up: what is done of it, by what is there, and where the rest is done."""

from odoo import api, models

from ...rules.sentences import paragraph

STEPS = ("pool", "members", "rules", "leads", "reps")
AFTERWARDS = ("members", "rules", "leads")  # what there is nothing to do for as long as there is no pool


class LeadPoolFirstSteps(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.first.steps"
    _description = "First Steps"

    @api.model
    @api.readonly
    def action_first_steps(self):
        """The checklist of the first set-up, in the caller's company and language.

        :returns: ``{'steps': [{'code', 'done', 'title', 'text', 'buttons': [{'label', 'action', 'context'}]}], 'done',
            'undo': [{'id', 'name'}], 'sample': {'pools', 'leads', 'may', 'offered'}}``: ``action`` is an external id;
            ``undo`` are pools of a template in which no lead has been; ``sample`` is what there is of the sample,
            whether the caller may load or remove it, and whether it is of use: not beside leads of the company's own
        :raises AccessError: the caller is no manager of all pools
        """
        self._check_may_make_pools()
        done = self._first_steps_done(self.env.company)
        steps = [{"code": code, "done": done[code], **getattr(self, f"_first_step_{code}")()} for code in STEPS]
        for step in steps:
            if step["code"] in AFTERWARDS and not done["pool"]:
                step["buttons"] = []
        may = self.env.user._runs_all_pools()
        unused = self._made_from_templates().filtered("active")._without_leads()
        return {
            "steps": steps,
            "done": sum(done.values()),
            "undo": [{"id": pool.id, "name": pool.name} for pool in unused],
            "sample": {
                **self.env["lead.pool.sample"]._counts(),
                "may": may,
                "offered": may and not done["leads"],
            },
        }

    @api.model
    def _first_steps_done(self, company):
        """``{step: whether it is done}`` in this company. What the sample made is not the company's own, and who
        sets up the pools has invited nobody by being a member himself."""
        pools = self.search(self._get_own_domain(company))
        members = pools.member_ids
        others = members.user_id - self.env.user
        entries, logs = self.env["lead.pool.entry"].sudo(), self.env["res.users.log"].sudo()
        return {
            "pool": bool(pools),
            "members": bool(members),
            "rules": bool(pools.reclaim_rule_ids),
            "leads": bool(entries.search_count([("pool_id", "in", pools.ids)], limit=1)),
            "reps": bool(logs.search_count([("create_uid", "in", others.ids)], limit=1)),
        }

    @api.model
    def _is_set_up(self, company):
        """Whether all is done, and the sample gone."""
        return not self.env["lead.pool.sample"]._counts()["leads"] and all(self._first_steps_done(company).values())

    @api.model
    def _get_own_domain(self, company):
        """The pools of this company that the sample did not make."""
        of_sample = self.env["lead.pool.sample"]._numbers("lead.pool")
        return [("company_id", "in", [company.id, False]), ("id", "not in", of_sample)]

    @api.model
    def _begins(self):
        """Whether the board shows the user what is to be done first: there is no pool, or a sample to be removed."""
        if not self.env.user._runs_all_pools():
            return False
        has_pool = self.search_count(self._get_own_domain(self.env.company), limit=1)
        return not has_pool or bool(self.env["lead.pool.sample"]._counts()["leads"])

    # ------------------------------------------------------------
    # STEPS: _first_step_<code>()
    # ------------------------------------------------------------

    def _first_step_pool(self):
        _ = self.env._
        new = "lead_pool.lead_pool_new_action"
        return {
            "title": _("Pools"),
            "text": _(
                "By region, industry or sales team, each with its entry condition; or a single one. Three ready-made "
                "policies say how leads are given out."
            ),
            "buttons": [
                {"label": _("Choose a Template"), "action": new, "context": {"default_split": "region"}},
                {"label": _("Make a Single Pool"), "action": new, "context": {}},
                {"label": _("Show Me"), "action": "lead_pool.show_round_action", "context": {}},
            ],
        }

    def _first_step_members(self):
        _ = self.env._
        return {
            "title": _("Members"),
            "text": _("Who claims leads or gets them, how many at most, and who is away."),
            "buttons": [{"label": _("Members"), "action": "lead_pool.lead_pool_member_action", "context": {}}],
        }

    def _first_step_rules(self):
        _ = self.env._
        text = [_("When a lead goes back that nobody works on. Each pool says in sentences what its rules do.")]
        buttons = [{"label": _("Rules of the Pools"), "action": "lead_pool.lead_pool_action_config", "context": {}}]
        company, tz = self.env.company, self.env.user.tz
        if company.sudo()._lead_pool_tz() == "UTC" and tz not in (False, "UTC"):
            text.append(
                _(
                    "The working hours of %(company)s are on the clock of UTC, and yours is %(tz)s: deadlines in "
                    "working days and limits over all pools are counted on theirs.",
                    company=company.name,
                    tz=tz,
                )
            )
            if self.env["resource.calendar"].has_access("write"):
                hours = "resource.action_resource_calendar_form"
                buttons.append({"label": _("Working Hours"), "action": hours, "context": {}})
        return {"title": _("Rules"), "text": paragraph(text), "buttons": buttons}

    def _first_step_leads(self):
        _ = self.env._
        text = [_("From a file, or by themselves from web forms, advertising platforms and mails.")]
        buttons = [
            {"label": _("Import a File"), "action": "lead_pool.lead_pool_import_action_new", "context": {}},
            {
                "label": _("Connect a Web Form or Platform"),
                "action": "lead_pool.lead_pool_intake_action",
                "context": {},
            },
        ]
        pools = self.search(self._get_own_domain(self.env.company))
        if pools and self.env["crm.lead"].sudo().search_count(pools[0]._enrollable([]), limit=1):
            text.append(_("Leads that were here before enter a pool only when you enrol them, with a preview."))
            enrol = "lead_pool.lead_pool_enrol_action"
            pool_id = pools.id if len(pools) == 1 else False
            buttons.append({"label": _("Enrol Existing Leads"), "action": enrol, "context": {"active_id": pool_id}})
        return {"title": _("Leads"), "text": paragraph(text), "buttons": buttons}

    def _first_step_reps(self):
        _ = self.env._
        may_invite = self.env.user.has_group("base.group_erp_manager")
        groups = self.env["res.users"]._default_groups() | self.env.ref("sales_team.group_sale_salesman")
        reps = {"default_group_ids": groups.ids}
        users = [{"label": _("Invite Reps"), "action": "base.action_res_users", "context": reps}]
        return {
            "title": _("Reps"),
            "text": _(
                "Invite them, each with a role in Sales, and make them members of a pool. On the phone, Lead Pool "
                "offers to be installed as an app, and shows them round."
            )
            if may_invite
            else _("An administrator invites them under Settings ▸ Users. Done once a member has signed in."),
            "buttons": users if may_invite else [],
        }
