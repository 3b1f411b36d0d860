"""A new lead: whose it is, and which pool it enters."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.http import request
from odoo.tools import groupby

from ...rules import intake
from ..verbs.enter import Arrival

#: Texts that go into headers of mail: a line break in them could add one, and keeps any answer from being sent.
ONE_LINE = ("name", "contact_name", "partner_name", "email_from")
#: What Odoo's own modules write into the leads that they make: it tells how a lead came in.
ORIGINS = {"origin_survey_id": "survey", "origin_channel_id": "livechat", "event_lead_rule_id": "event"}


class Unfollowed:
    """In the context under ``lead_pool_unfollowed``: nobody follows the teams of the new leads. An object, so that no
    RPC client can send one."""

    def __init__(self, team_ids, others):
        self.team_ids = team_ids
        self.others = others  # names of fields by which somebody else might come to follow a lead

    def by(self, values):
        """Whether these values of a lead make nobody follow it."""
        return values.get("team_id") in self.team_ids and not any(values.get(name) for name in self.others)


class LeadArrival(models.AbstractModel):
    _name = "lead.pool.lead.arrival"
    _description = "Arrival of a Lead"

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env["lead.pool"]._in_use():
            return super().create(vals_list)
        channel = self._pool_channel()
        known = self._gate_owners(vals_list)
        planned = {}
        plans = [
            self._plan_arrival(vals, self._pool_origin(vals) or channel, owned, planned)
            for vals, owned in zip(vals_list, known, strict=True)
        ]
        arriving = self.with_context(default_pool_id=False, mail_create_nolog=True, **self._unfollowed(vals_list))
        leads = super(LeadArrival, arriving).create(vals_list).with_env(self.env)
        leads._arrive(plans)
        leads._log_creation()
        return leads

    def _pool_channel(self):
        """How the leads of this ``create`` come in; see ``rules.intake``."""
        if channel := self.env.context.get("lead_pool_channel"):
            return channel if channel in intake.CHANNELS else "ui"
        if self.env.context.get("import_file"):
            return "import"
        if self.env.user.share or (request and request.env.user.share):  # what a visitor sends, the superuser writes
            return "website"
        if self.env.user._is_superuser():
            return "integration"
        if self.env.user.has_group("lead_pool.group_integration"):
            return "integration"
        return "ui"

    def _pool_origin(self, vals):
        """The channel that the values of a new lead speak of, if they do."""
        return next((channel for name, channel in ORIGINS.items() if vals.get(name)), None)

    def _plan_arrival(self, vals, channel, owned=None, planned=None):
        """Decide on the values given, before any default, and write owner and team into them.

        :param owned: ``(pool, user)`` of whom the gate knows the lead to be
        :param planned: what was decided for the leads before this one, a dict: most of a file are for one place
        """
        for name in ONE_LINE:
            if isinstance(vals.get(name), str) and len(vals[name].splitlines()) > 1:
                vals[name] = " ".join(vals[name].split())
        if owned:
            pool, owner = owned
            team = self.env["lead.pool.entry"]._teams({(pool.id, owner.id)})[pool.id, owner.id] if pool else None
            vals.update({"pool_id": pool.id, "user_id": owner.id, **({"team_id": team.id} if pool else {})})
            return {"pool": pool, "owner": owner, "route": False, "channel": channel}
        given = (vals.get("pool_id"), vals["user_id"] if "user_id" in vals else None, vals.get("company_id"), channel)
        planned = {} if planned is None else planned
        if repr(given) not in planned:  # a program may say what is no key of a dict
            planned[repr(given)] = self._plan_for(*given)
        plan, values = planned[repr(given)]
        vals.update(values)
        return plan

    def _plan_for(self, given_pool, given_user, given_company, channel):
        """What :meth:`_plan_arrival` decides on one pool, owner and company: ``(plan, values)``."""
        user = self.env.user
        given_pool = given_pool or self.env.context.get("default_pool_id")
        if given_pool and given_user == user.id and given_pool not in user._lead_pool_ids("member"):
            given_user = False  # the form's own default, not a choice: this user holds no leads of the pool
        sells = user.has_group("sales_team.group_sale_salesman")
        company_id = given_company or self.env.company.id
        destination = intake.who_owns(
            given_pool=given_pool,
            given_user=given_user,
            channel=channel,
            is_rep=sells,
            keep_owner=self.env["lead.pool.channel"]._policy(channel, company_id).keep_owner,
        )
        pool = self.env["lead.pool"].sudo().browse(destination.pool_id or [])
        owner = self.env["res.users"].sudo().browse(user.id if destination.mine else destination.user_id or [])
        if pool:
            self._check_may_put_into(pool, owner, given_company)
        elif owner:
            rep = self.env["lead.pool.rep"].sudo().search([("user_id", "=", owner.id), ("company_id", "=", company_id)])
            pool = rep.default_pool_id.filtered("active")
        values = {"pool_id": pool.id}
        if not destination.mine:
            values["user_id"] = owner.id
        if pool:
            holder_id = owner.id or 0
            values["team_id"] = self.env["lead.pool.entry"]._teams({(pool.id, holder_id)})[pool.id, holder_id].id
        return {"pool": pool, "owner": owner, "route": destination.route, "channel": channel}, values

    def _check_may_put_into(self, pool, owner, company_id=False):
        """Who may put a lead into this pool, and into whose hands.

        :param company_id: of which the lead is said to be
        """
        Entry = self.env["lead.pool.entry"]
        user = self.env.user
        if not pool.exists() or not pool.active:
            raise UserError(self.env._("This lead pool does not exist or is archived. Choose another one."))
        if company_id and pool.company_id and company_id != pool.company_id.id:
            raise ValidationError(
                self.env._("“%(pool)s” takes leads of %(company)s only.", pool=pool.name, company=pool.company_id.name)
            )
        if pool.company_id and pool.company_id not in user.company_ids and not self.env.su:
            raise AccessError(self.env._("“%(pool)s” belongs to a company in which you may not work.", pool=pool.name))
        if self.env.su or Entry._is_pool_admin(pool.id):
            return
        if owner and owner == user and pool.id in user._lead_pool_ids("member"):
            return
        if not owner and user.has_group("lead_pool.group_marketing"):
            return
        raise AccessError(
            self.env._(
                "Marketing and the admins of “%(pool)s” put leads into it. "
                "Leave the lead pool empty to make the lead your own.",
                pool=pool.name,
            )
        )

    def _arrive(self, plans):
        """New leads enter the pools they were planned for; the others are routed."""
        routed = self.browse([lead.id for lead, plan in zip(self, plans, strict=True) if plan["route"]])
        routes = self.env["lead.pool.entry.rule"]._route(routed)
        arrivals = []
        for lead, won_status, plan in zip(self, self.sudo().mapped("won_status"), plans, strict=True):
            pool, detail = plan["pool"], {"channel": plan["channel"]}
            origin = "imported" if plan["channel"] == "import" else "created"
            if plan["route"]:
                pool, rule, tried = routes[lead.id]
                detail.update(rule=rule, tried=tried)
            if pool and won_status == "pending":
                arrivals.append(
                    Arrival(
                        lead, pool, user_id=plan["owner"].id or 0, origin=origin, detail=detail, project=plan["route"]
                    )
                )
        self.env["lead.pool.entry"]._enter(arrivals)
        waiting = [arrival for arrival in arrivals if not arrival.user_id]
        self.env["lead.pool"].browse({arrival.pool.id for arrival in waiting})._wake_distribution()
        for pool, of_pool in groupby(waiting, key=lambda arrival: arrival.pool):
            self.env["lead.pool.notice"]._tell_robots("arrived", pool, [arrival.lead.id for arrival in of_pool])

    # ------------------------------------------------------------
    # WHO IS TOLD
    # ------------------------------------------------------------

    def _unfollowed(self, vals_list):
        """What to say in the context of ``create``: of hundreds of leads, who follows the team is asked once."""
        if self.env.context.get("tracking_disable") or self._pool_write_override():
            return {}
        team_ids = {vals["team_id"] for vals in vals_list if type(vals.get("team_id")) is int}
        followed = (
            self.env["mail.followers"]
            .sudo()
            ._read_group([("res_model", "=", "crm.team"), ("res_id", "in", list(team_ids))], ["res_id"])
        )
        relations = self.env["mail.message.subtype"]._get_auto_subscription_subtypes("crm.lead")[4]
        names = {name for fields_of_model in relations.values() for name in fields_of_model} - {"team_id"}
        unfollowed = Unfollowed(team_ids - {team_id for [team_id] in followed}, names | {"user_id"})
        return {"lead_pool_unfollowed": unfollowed}

    def _message_auto_subscribe(self, updated_values, followers_existing_policy="skip"):
        unfollowed = self.env.context.get("lead_pool_unfollowed")
        if isinstance(unfollowed, Unfollowed) and unfollowed.by(updated_values):
            return True
        return super()._message_auto_subscribe(updated_values, followers_existing_policy)

    def _log_creation(self):
        """The first message of new leads, written when they are where they belong: a follower of the team is told of
        those that he may read."""
        if self.env.context.get("mail_create_nolog") or self.env.context.get("tracking_disable"):
            return
        author = self.env.user.partner_id
        for of_type in self.sudo().grouped("type").values():  # a program may not read what waits
            subtype = of_type[0]._creation_subtype() or self.env["mail.message.subtype"]
            followed = (
                self.env["mail.followers"]
                .sudo()
                ._read_group(
                    [
                        ("res_model", "=", "crm.lead"),
                        ("res_id", "in", of_type.ids),
                        ("subtype_ids", "in", subtype.ids),
                        ("partner_id", "!=", author.id),
                    ],
                    ["res_id"],
                )
            )
            followed = of_type.browse(lead_id for [lead_id] in followed)
            for lead in followed:
                lead.message_post(subtype_id=subtype.id, author_id=author.id, body=lead._creation_message())
            others = of_type - followed
            others._message_log_batch(bodies={lead.id: lead._creation_message() for lead in others})

    @api.depends("team_id", "type")
    def _compute_stage_id(self):
        """Of many new leads of a team the first stage is looked for once."""
        fresh = self.filtered(lambda lead: not lead.stage_id)
        for leads in fresh.grouped(lambda lead: (lead.team_id, lead.type)).values():
            if len(leads) > 1:
                leads.stage_id = leads._stage_find(domain=[("fold", "=", False)])
        super()._compute_stage_id()

    def _assign_userless_lead_in_team(self, creation_source):
        """Odoo gives mail and chat leads to the team's leader; one that waits in a pool waits."""
        return super(LeadArrival, self.filtered(lambda lead: not lead.pool_id))._assign_userless_lead_in_team(
            creation_source
        )

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        return super(LeadArrival, self.with_context(lead_pool_channel="mail")).message_new(msg_dict, custom_values)
