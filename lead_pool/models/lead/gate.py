"""The gate: every new lead is looked at before it is made. Is it somebody whom we know already?"""

from dataclasses import dataclass

import psycopg2

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ...isolation import contended
from ...logs import unlogged
from ...rules import duplicates, intake
from ...rules.matching import FIRST_ROW
from ..lead_pool_gate_key import GUARDED

#: What the gate reads of a new lead, by the names of ``lead.identity._matches``.
READ = {
    "phone": "phone",
    "email": "email_from",
    "wechat": "wechat",
    "company": "partner_name",
    "contact": "contact_name",
    "registry": "company_registry_code",
}
#: Codes of :class:`Taken` by the action that was decided.
CODES = {
    "create": "created",
    "flag": "flagged",
    "same_owner": "same_owner",
    "repeat": "repeat",
    "refuse": "duplicate",
}
#: Errors that one row makes by itself.
BY_ITSELF = (UserError, AccessError, ValueError, TypeError, psycopg2.IntegrityError, psycopg2.DataError)


@dataclass(slots=True)
class Taken:
    """What became, or would become, of one row of an intake."""

    code: str  # created, repeat, same_owner, flagged, duplicate (refused) or invalid
    lead: models.BaseModel  # crm.lead: the new one, or the one that the inquiry went to; may be empty
    of: models.BaseModel  # crm.lead or res.partner that it is a duplicate of; may be empty
    message: str = ""  # a sentence in the caller's language
    twin: int | None = None  # by a look before: the earlier row, from 0, that it is a duplicate of


class Owners:
    """In the context under ``lead_pool_owners``: whose the new leads are, by position. An object, so that no RPC client
    can send one."""

    def __init__(self, pairs):
        self.pairs = pairs  # (pool, user) or None


class LeadGate(models.AbstractModel):
    _name = "lead.pool.lead.gate"
    _description = "Gate of New Leads"

    @contended
    @api.model_create_multi
    def create(self, vals_list):
        """A new lead; by a channel whose duplicates are repeat inquiries, the existing lead in place of a second one.

        :raises UserError: the channel refuses duplicates, and this is one
        """
        if not vals_list or not self.env["lead.pool"]._in_use():
            return super().create(vals_list)
        taken = self._through_gate(vals_list)
        for one in taken:
            if one.code == "duplicate":
                raise unlogged(UserError(one.message))
        return self.browse(one.lead.id for one in taken)

    @api.model
    def _take_in(self, vals_list, channel):
        """Let these leads in by a channel, as its policy for duplicates says; a bad row spoils no other.

        :param vals_list: values of ``crm.lead``, as for ``create``
        :param str channel: one of :data:`.rules.intake.CHANNELS`
        :returns: a list of :class:`Taken`, in the order given
        :raises AccessError: the caller may not create leads
        """
        self.check_access("create")
        self._check_channel(channel)
        # who hands in by the hundreds follows none of them
        return self.with_context(lead_pool_channel=channel, mail_create_nosubscribe=True)._take_in_rows(vals_list)

    @api.model
    def _look_before(self, vals_list, channel):
        """What :meth:`_take_in` would answer, writing nothing; ``lead`` is empty where one would be created, and
        where it is the same as an earlier row, which ``twin`` names."""
        self.check_access("create")
        self._check_channel(channel)
        gate = self.with_context(lead_pool_channel=channel)
        if not vals_list or not self.env["lead.pool"]._in_use():
            return [Taken("created", self.browse(), self.browse()) for _vals in vals_list]
        people = gate._people(vals_list)
        observed = gate._rows_observed(vals_list)
        queue = gate._queue(vals_list, people, self.env["lead.identity"].sudo()._asked(people), observed)
        decisions = queue.decide(range(len(vals_list)))
        readable = gate._readable(decisions.values())
        return [gate._taken(decisions[row], self.browse(), readable) for row in range(len(vals_list))]

    def _check_channel(self, channel):
        if channel not in intake.CHANNELS:
            raise ValueError(f"{channel!r} is no channel of new leads")

    def _take_in_rows(self, vals_list):
        if not vals_list:
            return []
        try:
            with self.env.cr.savepoint():
                in_use = self.env["lead.pool"]._in_use()
                copies = [dict(vals) for vals in vals_list]  # planning an arrival writes into them
                if in_use:
                    return self._through_gate(copies)
                return [Taken("created", lead, self.browse()) for lead in self.create(copies)]
        except BY_ITSELF as error:
            if len(vals_list) > 1:
                middle = len(vals_list) // 2
                return self._take_in_rows(vals_list[:middle]) + self._take_in_rows(vals_list[middle:])
            return [Taken("invalid", self.browse(), self.browse(), self._why_invalid(error))]

    def _why_invalid(self, error):
        if isinstance(error, UserError):
            return str(error)
        return self.env._("A value does not fit its field: %(error)s", error=str(error).split("\n", 1)[0])

    # ------------------------------------------------------------
    # THROUGH THE GATE
    # ------------------------------------------------------------

    def _through_gate(self, vals_list):
        """Decide on each lead, and do it.

        Leads that may be one come one after the other: those of other transactions by the rows of
        ``lead.pool.gate.key``; those of one batch by their order. What cannot be done before an earlier row is a lead
        waits for the next turn: of a thousand equal rows the first one is made, then all others go to it.

        :returns: a list of :class:`Taken`, in the order given
        """
        people = self._people(vals_list)
        asked = self.env["lead.identity"].sudo()._asked(people)
        guarded = {(kind, key) for one in asked for kind, key in one.keys if kind in GUARDED}
        self.env["lead.pool.gate.key"].sudo()._hold(guarded)
        observed = set()
        queue = self._queue(vals_list, people, asked, observed)
        taken, left = {}, list(range(len(vals_list)))
        while left:
            decisions = queue.decide(left, through=taken)
            taken.update(self._let_in(vals_list, decisions, taken))
            left = [row for row in left if row not in taken]
            observed |= {row for row in decisions if left and taken[row].lead.sudo().pool_id.mode == "observe"}
        return [taken[row] for row in range(len(vals_list))]

    def _let_in(self, vals_list, decisions, taken):
        """Do what was decided.

        :param decisions: ``{row: Decision}``, which may be about rows before
        :param taken: ``{row: Taken}`` of the rows that are through
        :returns: ``{row: Taken}``
        """
        leads = {row: one.lead for row, one in taken.items()}
        made = [row for row, decision in decisions.items() if decision.action not in duplicates.LEADLESS]
        owners = self._same_owners([duplicates.of_lead(decisions[row], leads) for row in made])
        if made:
            through = self.with_context(lead_pool_owners=Owners(owners))
            new = super(LeadGate, through).create([vals_list[row] for row in made]).with_env(self.env)
            leads.update(zip(made, new, strict=True))
        decisions = {row: duplicates.of_lead(decision, leads) for row, decision in decisions.items()}
        self._flag_duplicates([(leads[row], decisions[row]) for row in made if decisions[row].of])
        repeats = [row for row, decision in decisions.items() if decision.action == "repeat"]
        self._inquire_again(
            [(vals_list[row], decisions[row]) for row in repeats], [self._channel_of(vals_list[row]) for row in repeats]
        )
        readable = self._readable(decisions.values())
        return {
            row: self._taken(decision, leads.get(row, self.browse()), readable) for row, decision in decisions.items()
        }

    def _queue(self, vals_list, people, asked, rows_observed):
        """These leads on their way through the gate: as many questions to the database for one as for hundreds.

        :param people: of :meth:`_people`
        :param asked: the same as the rules know them
        :param rows_observed: rows that become leads of pools which observe; may grow
        :returns: a :class:`.rules.duplicates.Queue`
        """
        crowd = self.env["lead.identity"].sudo()._crowd(asked)
        observed = self._observed(crowd.known_leads())
        stopped = self.env["lead.pool"]._stopped()
        Channel = self.env["lead.pool.channel"]
        by_code = self.env.user._is_superuser() and not self.env.context.get("lead_pool_channel")

        def choose(row, matches):
            vals = vals_list[row]
            channel = self._channel_of(vals)
            return duplicates.decide(
                self._without_own(vals, matches),
                Channel._policy(channel, people[row]["company_id"]),
                channel=channel,
                is_code=by_code and not self._pool_origin(vals),
                observed=observed | {FIRST_ROW + before for before in rows_observed},
                stopped=stopped,
            )

        return duplicates.Queue(crowd, asked, choose)

    def _observed(self, lead_ids):
        """Ids of these leads whose pools only observe."""
        everything = self.sudo().with_context(active_test=False)
        pools = everything.env["lead.pool"].search([("mode", "=", "observe")])
        return set(everything.search([("id", "in", lead_ids), ("pool_id", "in", pools.ids)]).ids) if pools else set()

    def _rows_observed(self, vals_list):
        """Rows that name a pool which only observes."""
        named = {vals["pool_id"] for vals in vals_list if type(vals.get("pool_id")) is int}
        pools = self.env["lead.pool"].sudo().browse(named).exists().filtered(lambda pool: pool.mode == "observe")
        return {row for row, vals in enumerate(vals_list) if vals.get("pool_id") in pools.ids}

    def _channel_of(self, vals):
        return self._pool_origin(vals) or self._pool_channel()

    def _without_own(self, vals, matches):
        """Who names the customer knows him: that is no duplicate, and of an opportunity neither are his other ones."""
        if not vals.get("partner_id"):
            return matches
        if vals.get("type") == "opportunity" and self._channel_of(vals) in intake.PEOPLE:
            return []
        return [match for match in matches if match.model == "crm.lead"]

    def _people(self, vals_list):
        """What identifies the new leads, as ``lead.identity._matches`` asks for it; the customer's where they say
        nothing themselves."""
        partner_ids = [vals["partner_id"] for vals in vals_list if type(vals.get("partner_id")) is int]
        partners = {partner.id: partner for partner in self.env["res.partner"].sudo().browse(partner_ids).exists()}
        pool_ids = [vals["pool_id"] for vals in vals_list if type(vals.get("pool_id")) is int]
        pools = {pool.id: pool for pool in self.env["lead.pool"].sudo().browse(pool_ids).exists()}
        people = []
        for vals in vals_list:
            person = {name: vals.get(field) for name, field in READ.items()}
            if partner := partners.get(vals.get("partner_id")):
                person["phone"] = person["phone"] or partner.phone
                person["email"] = person["email"] or partner.email
                person["company"] = person["company"] or partner.commercial_company_name
            pool = pools.get(vals.get("pool_id"))
            company = vals.get("company_id") or (pool and pool.company_id.id) or self.env.company.id
            person["company_id"] = company if type(company) is int else self.env.company.id
            person["country_id"] = vals["country_id"] if type(vals.get("country_id")) is int else False
            people.append(self._texts(person))
        return people

    @staticmethod
    def _texts(person):
        """What can be looked for: no text that PostgreSQL cannot store, nothing but text where text is asked for."""
        clean = {}
        for name, value in person.items():
            if name not in ("company_id", "country_id"):
                value = value.replace("\0", "").encode("utf-8", "ignore").decode() if isinstance(value, str) else ""
            clean[name] = value
        return clean

    # ------------------------------------------------------------
    # WHOSE
    # ------------------------------------------------------------

    def _same_owners(self, decisions):
        """``(pool, user)`` of the new leads that go to whom the known one belongs; ``None`` of the others."""
        owners = []
        for decision in decisions:
            owned = None
            if decision.action == "same_owner":
                known = self._of(decision).sudo()
                user = known.user_id
                if user.active and user.has_group("sales_team.group_sale_salesman"):
                    pool = known.pool_id if known._name == "crm.lead" else self.env["lead.pool"]
                    owned = (pool.sudo().filtered("active"), user)
            owners.append(owned)
        return owners

    def _gate_owners(self, vals_list):
        """What :meth:`_same_owners` found, for who plans the arrival."""
        owners = self.env.context.get("lead_pool_owners")
        if isinstance(owners, Owners) and len(owners.pairs) == len(vals_list):
            return owners.pairs
        return [None] * len(vals_list)

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    def _of(self, decision):
        """The lead or customer that a decision is about; none where it is an earlier row."""
        if not decision.of or decision.of.id >= FIRST_ROW:
            return self.browse()
        return self.env[decision.of.model].browse(decision.of.id)

    def _readable(self, decisions):
        """``{(model, id)}`` of the leads and customers of these decisions that the caller may see by name."""
        readable = set()
        for model, names in (("crm.lead", ["name", "team_id"]), ("res.partner", ["name"])):
            known = {decision.of.id for decision in decisions if decision.of and decision.of.model == model}
            records = self.env[model].browse(number for number in known if number < FIRST_ROW)
            records.sudo().fetch(names)
            if not self.env.su and not self.env.user.share:
                readable.update((model, id_) for id_ in records._filtered_access("read").ids)
        return readable

    def _taken(self, decision, lead, readable):
        of = self._of(decision)
        code = CODES[decision.action]
        if decision.action == "repeat":
            lead = of
        if decision.of and decision.of.id >= FIRST_ROW:
            said = self.env._("This is an earlier row, or looks like it.")
            return Taken(code, lead, of, said, decision.of.id - FIRST_ROW)
        return Taken(code, lead, of, self._say_taken(decision, of, readable))

    def _say_taken(self, decision, of, readable):
        _ = self.env._
        if decision.action == "create":
            return ""
        words = {"other": self._say_known(of, (of._name, of.id) in readable)}
        return {
            "flag": _("This is %(other)s, or looks like it.", **words),
            "same_owner": _("This is %(other)s; the new lead goes to the same owner.", **words),
            "repeat": _("This is %(other)s, which got it as a repeat inquiry.", **words),
            "refuse": _("This is %(other)s. Ask that team instead of entering it again.", **words),
        }[decision.action]

    def _say_known(self, of, is_readable):
        """The lead or customer by its name, to who may read it; else by no more than its team."""
        _ = self.env._
        customer = of._name == "res.partner"
        if is_readable:
            return (
                _("the customer %(name)s", name=of.sudo().display_name)
                if customer
                else _("lead #%(number)s, %(name)s", number=of.id, name=of.sudo().name)
            )
        if customer:
            return _("a customer")
        team = of.sudo().team_id.name
        return _("a lead taken by the team “%(team)s”", team=team) if team else _("a lead that is taken")
