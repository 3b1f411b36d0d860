"""Pools made from a template: one for each region, industry or sales team, with entry conditions and limits."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...arguments import refuse_unknown
from ...rules.pool_templates import parts_of

SPLITS = ("region", "industry", "team")
POLICIES = ("claim", "inbound", "specialists")
REST = "rest"  # the last part of a key: the pool of what no other pool takes
INDUSTRIES = ("C", "G", "J", "K")  # of the base data, while no lead says one: industry, trade, IT, finance
MOST_INDUSTRIES = 6  # proposed; further pools are made by hand


class LeadPoolTemplate(models.AbstractModel):
    """Mixed into the pool. A pool remembers from which part of which template it was made: it is not made twice."""

    _name = "lead.pool.verb.template"
    _description = "Pools from a Template"

    template_key = fields.Char(
        "Made From", readonly=True, copy=False, help="The template and its part, so that no pool is made twice from it."
    )

    _template_uniq = models.UniqueIndex("(company_id, template_key) WHERE template_key IS NOT NULL")

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def action_plan_pools(self, split):
        """The pools that a template makes, before it makes them.

        :param str split: ``region``, ``industry`` or ``team``: for each of them a pool
        :returns: ``[{'key', 'name', 'condition', 'pool_id'}]`` in the order of the entry conditions; ``condition`` in
            words, ``pool_id`` of the pool that was made from it before, or ``False``
        :raises AccessError: the caller is no manager of all pools
        :raises UserError: there is no such template
        """
        self._check_may_make_pools()
        made = {pool.template_key: pool for pool in self._made_from_templates() if pool.active}
        return [
            {
                "key": part["key"],
                "name": part["name"],
                "condition": part["words"],
                "pool_id": made[part["key"]].id if part["key"] in made else False,
            }
            for part in self._template_parts(split)
        ]

    @api.model
    def action_make_pools(
        self, split, policy="claim", keys=None, names=None, team_id=None, member_ids=None, admin_ids=None,
        request_uid=None,
    ):  # fmt: skip
        """Make the pools of a template, with their entry conditions, members and limits. One that is there already is
        left as it is; one that was archived comes back as it was.

        :param str split: as of :meth:`action_plan_pools`
        :param str policy: ``claim``, ``inbound`` or ``specialists``: how the leads are given out
        :param list keys: of the parts to make, as planned; ``None``: all
        :param dict names: other names of pools, by key
        :param int team_id: the sales team of pools by region or industry; ``None``: the company's usual one
        :param list member_ids: users; ``None``: those of the sales team
        :param list admin_ids: users; ``None``: the caller
        :param str request_uid: chosen by the caller; the same uid gets the same answer for 7 days
        :returns: ``[{'id', 'done', 'code', 'message', 'retry_at'}]``, the pools' ids in the order planned; of one that
            was there ``done`` is false and ``code`` ``already_there``
        :raises AccessError: the caller is no manager of all pools
        :raises UserError: there is no such template, policy or part, no sales team, or an argument is malformed
        """
        self._check_may_make_pools()
        if policy not in POLICIES:
            raise UserError(self.env._("There is no policy “%(name)s”.", name=policy))
        self._check_template_arguments(keys, names, {"member_ids": member_ids, "admin_ids": admin_ids}, team_id)
        verb = f"lead.pool.action_make_pools {split} {policy} {keys}"
        return self.env["lead.pool.request"]._once(
            verb, request_uid, lambda: self._make_pools(split, policy, keys, names, team_id, member_ids, admin_ids)
        )

    def action_undo_template(self, request_uid=None):
        """Archive these pools, if they were made from a template and no lead has been in them. They come back by
        :meth:`action_make_pools`.

        :returns: ``[{'id', 'done', 'code', 'message', 'retry_at'}]`` in the order asked; codes ``not_from_template``
            and ``not_empty``
        :raises AccessError: the caller is no manager of all pools
        :raises UserError: rules of other pools send leads to one of these
        """
        self._check_may_make_pools()
        verb = f"lead.pool.action_undo_template {self.ids}"
        return self.env["lead.pool.request"]._once(verb, request_uid, self._undo_template)

    # ------------------------------------------------------------
    # WORK
    # ------------------------------------------------------------

    def _check_may_make_pools(self):
        user = self.env.user
        if not (user._runs_all_pools() or user.has_group("base.group_system")):
            raise AccessError(self.env._("Only a manager of all pools or an administrator may do this."))

    def _check_template_arguments(self, keys, names, people, team_id):
        if not isinstance(keys, list | None):
            raise UserError(self.env._("%(argument)s must be a list.", argument="keys"))
        if not isinstance(names, dict | None):
            raise UserError(self.env._("%(argument)s must be an object.", argument="names"))
        for name, ids in people.items():
            if ids is not None and not (isinstance(ids, list) and all(type(one) is int for one in ids)):
                raise UserError(self.env._("%(argument)s must be a list of numbers.", argument=name))
        if team_id is not None and type(team_id) is not int:
            raise UserError(self.env._("%(argument)s must be a number.", argument="team_id"))

    def _made_from_templates(self):
        return self.with_context(active_test=False).search(
            [("template_key", "!=", False), ("company_id", "=", self.env.company.id)], order="id"
        )

    def _make_pools(self, split, policy, keys, names, team_id, member_ids, admin_ids):
        parts = self._template_parts(split)
        refuse_unknown(self.env, keys or (), {part["key"] for part in parts})
        there = {pool.template_key: pool for pool in self._made_from_templates()}
        answers = []
        for sequence, part in enumerate(parts):
            if keys is not None and part["key"] not in keys:
                continue
            pool = there.get(part["key"], self.browse())
            if pool.active:
                message = self.env._("“%(pool)s” is there already.", pool=pool.name)
                answers.append(self._pool_answer(pool, "already_there", message))
                continue
            if pool:
                pool.active = True
            else:
                name = str((names or {}).get(part["key"]) or part["name"])
                team = part["team"] or self._team_of_pools(team_id)
                people = (member_ids, admin_ids)
                pool = self.create(self._prepare_template_values(part, sequence, name, team, policy, *people))
                pool.sudo().template_key = part["key"]
            company = self.env.company.sudo()
            if part["domain"] is None and not company.lead_pool_default_id.active:
                company.lead_pool_default_id = pool
            answers.append(self._pool_answer(pool))
        return answers

    def _prepare_template_values(self, part, sequence, name, team, policy, member_ids, admin_ids):
        """Values of a pool for one part of a template."""
        of_team = team.sudo().member_ids.filtered(lambda user: self.env.company in user.company_ids)
        members = of_team.ids if member_ids is None or part["team"] else member_ids
        admins = [self.env.uid] if admin_ids is None else admin_ids
        rules = []
        if part["domain"] is not None:
            rule = {"name": part["words"], "domain": repr(part["domain"]), "active": True, "sequence": 10 + sequence}
            rules = [Command.create(rule)]
        return {
            "name": name,
            "sequence": 10 + sequence,
            "color": sequence % 11 + 1,
            "team_id": team.id,
            "company_id": self.env.company.id,
            "member_ids": [Command.create({"user_id": user_id}) for user_id in members],
            "admin_ids": [Command.create({"user_id": user_id, "role": "admin"}) for user_id in admins],
            "entry_rule_ids": rules,
            **self._prepare_policy_values(policy),
        }

    def _without_leads(self):
        """Those of these pools in which no lead is or ended."""
        used = self.env["lead.pool.entry"].sudo()._read_group([("pool_id", "in", self.ids)], ["pool_id"])
        return self - self.browse(pool.id for [pool] in used)

    def _is_default_no_more(self):
        """What no pool takes goes into none of these."""
        companies = self.env["res.company"].sudo().search([("lead_pool_default_id", "in", self.ids)])
        companies.lead_pool_default_id = False

    def _undo_template(self):
        unused = self._without_leads()
        answers = []
        for pool in self:
            if not pool.template_key:
                message = self.env._("“%(pool)s” was not made from a template. Archive it by hand.", pool=pool.name)
                answers.append(self._pool_answer(pool, "not_from_template", message))
            elif pool not in unused:
                message = self.env._("“%(pool)s” has had leads. Archive it by hand.", pool=pool.name)
                answers.append(self._pool_answer(pool, "not_empty", message))
            else:
                pool._is_default_no_more()
                pool.active = False
                answers.append(self._pool_answer(pool))
        return answers

    @staticmethod
    def _pool_answer(pool, code=False, message=False):
        return {"id": pool.id, "done": not code, "code": code, "message": message, "retry_at": False}

    def _team_of_pools(self, team_id=None):
        """The sales team of pools that are no team's own."""
        Team = self.env["crm.team"]
        team = Team.browse(team_id).exists() if team_id else Team._get_default_team_id()
        team = team or Team.search([("company_id", "in", [self.env.company.id, False])], limit=1)
        if not team:
            raise UserError(self.env._("A pool needs a sales team. Make one under CRM ▸ Configuration ▸ Sales Teams."))
        return team

    # ------------------------------------------------------------
    # PARTS: _template_parts_<split>()
    # ------------------------------------------------------------

    def _template_parts(self, split):
        """``[{'key', 'name', 'words', 'domain', 'team'}]``: a pool each. ``domain`` is its entry condition, ``None``
        for what no other pool takes; ``team`` is the sales team that it is for, or empty."""
        if split not in SPLITS:
            raise UserError(self.env._("There is no template “%(name)s”.", name=split))
        return getattr(self, f"_template_parts_{split}")()

    def _part(self, key, name, words, domain, team=None):
        return {"key": key, "name": name, "words": words, "domain": domain, "team": team or self.env["crm.team"]}

    def _rest(self, split, name):
        return self._part(f"{split}:{REST}", name, self.env._("What no other pool takes"), None)

    def _template_parts_region(self):
        _ = self.env._
        country = self._country_of_regions()
        names = {
            "CN": {
                "north": _("North China"),
                "northeast": _("Northeast China"),
                "east": _("East China"),
                "central": _("Central China"),
                "south": _("South China"),
                "southwest": _("Southwest China"),
                "northwest": _("Northwest China"),
            },
            "US": {
                "northeast": _("Northeast"),
                "midwest": _("Midwest"),
                "south": _("South"),
                "west": _("West"),
            },
        }.get(country.code)
        parts = []
        for part, codes in parts_of(country.code).items():
            states = self._states(country, codes)
            words = _("Region is %(states)s", states=", ".join(states.mapped("name")))
            domain = [("state_id", "in", states.ids)]
            parts.append(self._part(f"region:{country.code}:{part}", names[part], words, domain))
        if parts:
            return [*parts, self._rest("region", _("Other Regions"))]
        words = _("Country is %(country)s", country=country.name)
        home = self._part(f"region:{country.code}", country.name, words, [("country_id", "=", country.id)])
        return [home, self._rest("region", _("Other Countries"))]

    @api.model
    def _country_of_regions(self):
        return self.env.company.country_id or self.env.ref("base.cn")

    def _states(self, country, codes):
        """``res.country.state`` of these codes, in their order. China's are characters, its external ids are not."""
        if country.code == "CN":
            refs = [self.env.ref(f"base.state_cn_{code}", raise_if_not_found=False) for code in codes]
            return self.env["res.country.state"].browse(state.id for state in refs if state)
        return country.state_ids.filtered(lambda state: state.code in codes)

    def _template_parts_industry(self):
        _ = self.env._
        groups = (
            self.env["crm.lead"].sudo()._read_group(
                [("industry_id.active", "=", True), ("company_id", "in", [self.env.company.id, False])],
                ["industry_id"], ["__count"], order="__count DESC", limit=MOST_INDUSTRIES,
            )
        )  # fmt: skip
        industries = [industry for industry, _count in groups]
        if not industries:
            refs = [self.env.ref(f"base.res_partner_industry_{code}", raise_if_not_found=False) for code in INDUSTRIES]
            industries = [industry for industry in refs if industry and industry.active]
        parts = [
            self._part(
                f"industry:{industry.id}",
                industry.name,
                _("Industry is %(industry)s", industry=industry.name),
                [("industry_id", "=", industry.id)],
            )
            for industry in industries
        ]
        return [*parts, self._rest("industry", _("Other Industries"))]

    def _template_parts_team(self):
        teams = self.env["crm.team"].search([("company_id", "in", [self.env.company.id, False])])
        return [
            self._part(
                f"team:{team.id}",
                team.name,
                self.env._("Sales Team is %(team)s", team=team.name),
                [("team_id", "=", team.id)],
                team,
            )
            for team in teams
        ]

    # ------------------------------------------------------------
    # POLICIES: _prepare_<policy>_values()
    # ------------------------------------------------------------

    @api.model
    def _prepare_policy_values(self, policy):
        """Values of a new pool under one of the ready-made policies."""
        return getattr(self, f"_prepare_{policy}_values")()

    def _prepare_claim_values(self):
        """Members help themselves: limits and a cooling-off keep it fair, what nobody works on goes back."""
        return {
            "member_capacity": 30,
            "member_daily_claim_limit": 10,
            "cooling_days": 7,
            "reclaim_rule_ids": [
                self._reclaim_rule(self.env._("No follow-up"), no_first_touch_days=2, no_follow_up_days=7)
            ],
        }

    def _prepare_inbound_values(self):
        """Leads that ask for an answer now: one for each in turn, to be contacted within a working day."""
        return {
            "claimable": False,
            "member_capacity": 50,
            "strategy": "rotation",
            "affinity": True,
            "first_contact_days": 1,
            "reclaim_rule_ids": [
                self._reclaim_rule(self.env._("No follow-up"), no_first_touch_days=1, no_follow_up_days=5, working=True)
            ],
        }

    def _prepare_specialists_values(self):
        """Leads that need somebody who knows the matter; members read what waits, admins step in."""
        return {
            "claimable": False,
            "visibility": "open",
            "member_capacity": 20,
            "strategy": "skill",
            "affinity": True,
            "first_contact_days": 2,
            "reclaim_rule_ids": [self._reclaim_rule(self.env._("Not converted"), not_converted_days=90, warn_days=7)],
        }

    def _reclaim_rule(self, name, **values):
        return Command.create({"name": name, **values})
