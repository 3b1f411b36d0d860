import logging
from ast import literal_eval
from collections.abc import Collection

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..logs import log_failure

_logger = logging.getLogger(__name__)

#: What a record rule may ask without making its model private: who works in a company sees what is the company's.
OF_COMPANIES = {"company_id", "company_ids", "share", "partner_share"}
#: Read by the rights on another record, which no record rule says: only those of the lead itself.
OF_ANOTHER = {"mail.message", "mail.activity", "mail.followers", "mail.notification", "ir.attachment"}


class LeadPoolDomainMixin(models.AbstractModel):
    """A rule of a pool with a condition on leads, as the domain editor writes it."""

    #: Fields of a lead that follow from the rules themselves: a condition on them would chase its own tail.
    _decided_fields = frozenset(
        "pool_id pool_state pool_entry_ids pool_event_ids pool_holding_ids lp_visible lp_editable".split()
    )

    _name = "lead.pool.domain.mixin"
    _inherit = ["lead.pool.policy.part"]
    _description = "Rule with a Condition on Leads"
    _policy_domains = ("domain",)
    #: Written by the add-on alone, whatever a client sends.
    _kept_fields = ("broken",)

    pool_id = fields.Many2one(
        "lead.pool", "Lead Pool", required=True, index=True, ondelete="cascade", help="The pool whose rule this is."
    )
    name = fields.Char(required=True, help="How the rule is called where it is told.")
    active = fields.Boolean(default=True, help="Off: the rule is kept, and not tried.")
    domain = fields.Char("Condition", default="[]", help="Leads for which this holds. Empty: all.")
    broken = fields.Char(
        "Out of Use Because",
        readonly=True,
        copy=False,
        help="Why the condition cannot be evaluated any more. The rule is skipped until its condition is chosen again.",
    )
    lead_count = fields.Integer(
        "Leads Now", compute="_compute_lead_count", help="Leads of the pool for which the condition holds now."
    )

    @api.depends("domain")
    def _compute_lead_count(self):
        Lead = self.env["crm.lead"]  # under the reader's own rights: a count must not answer what he may not ask
        for rule in self:
            pool = rule.pool_id._origin
            try:
                rule.lead_count = Lead.search_count(rule._lead_domain() & rule._counted(pool), limit=10_001)
            except Exception:  # an unfinished condition in the editor
                rule.lead_count = 0

    def _counted(self, pool):
        """The leads among which those are counted for which the condition holds."""
        return Domain("pool_id", "=", pool.id)

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            rule._check_lead_domain(rule.domain, rule.display_name)

    @api.model
    def _check_lead_domain(self, text, name):
        """Refuse a condition that cannot be evaluated.

        :raises ValidationError: with ``name``, what is wrong and what to do
        """
        author = self.sudo(False)  # constraints run with all rights: no condition on what he may not read
        try:
            domain = Domain(literal_eval(text or "[]"))
            domain.validate(self.env["crm.lead"].sudo())
            self._check_no_loop(domain)
            author._check_paths(domain)
            author.env["crm.lead"].search(domain, limit=1)
        except Exception as error:
            raise ValidationError(
                self.env._(
                    "The condition of “%(rule)s” cannot be used: %(error)s\n"
                    "Open it in the domain editor and choose the fields again.",
                    rule=name,
                    error=error,
                )
            ) from error

    @api.model
    def _check_no_loop(self, domain):
        """Refuse what would depend on its own result."""
        for condition in domain.iter_conditions():
            name = str(condition.field_expr).split(".")[0]
            if name in self._decided_fields:
                label = self.env["crm.lead"]._fields[name]._description_string(self.env)
                raise ValueError(
                    self.env._("“%(field)s” follows from the rules themselves and cannot decide on them.", field=label)
                )

    @api.model
    def _check_paths(self, domain, Model=None, way=()):
        """Refuse a condition that asks what its author may not read: it is evaluated for everybody, with all rights,
        so that its answers would tell him.

        :param Model: of which ``domain`` is a condition, ``crm.lead`` if not given
        :param way: the fields that lead to it
        :raises ValueError: with the path
        """
        if self.env.su:
            return
        for condition in Domain(domain).iter_conditions():
            there, path = self.env["crm.lead"] if Model is None else Model, [*way]
            for name in str(condition.field_expr).split("."):
                field = there._fields.get(name)
                if path:
                    self._check_hop(there, path)
                if field is None:
                    break
                path.append(name)
                if not there._has_field_access(field, "read"):
                    raise ValueError(self.env._("You may not read “%(path)s”.", path=".".join(path)))
                if not field.comodel_name:
                    break
                there = self.env[field.comodel_name]
            else:  # the path ends with a relation
                value = condition.value
                if condition.operator in ("any", "not any"):
                    self._check_hop(there, path)
                    self._check_paths(value, there, path)
                elif any(isinstance(one, str) for one in (value if isinstance(value, Collection) else [value])):
                    self._check_hop(there, path)  # it is looked for by its name

    @api.model
    def _check_hop(self, Model, path):
        """Refuse to look into another model of which the author does not see everything in his companies."""
        words = {"path": ".".join(path), "model": self.env["ir.model"]._get(Model._name).name}
        if not Model.has_access("read"):
            raise ValueError(self.env._("“%(path)s” leads to %(model)s, which you may not read.", **words))
        private = Model._name != "res.company" and not self._asks_companies_only(
            self.env["ir.rule"]._compute_domain(Model._name, "read")
        )
        if private or Model._name in OF_ANOTHER and len(path) > 1:
            raise ValueError(
                self.env._(
                    "“%(path)s” leads to %(model)s, of which you see only a part. Choose another field.", **words
                )
            )

    @api.model
    def _asks_companies_only(self, domain):
        """Whether this record rule leaves out nothing of the user's companies."""
        return all(
            self._asks_companies_only(condition.value)
            if isinstance(condition.value, Domain)
            else str(condition.field_expr).split(".")[-1] in OF_COMPANIES
            for condition in domain.iter_conditions()
        )

    def _lead_domain(self):
        self.ensure_one()
        return Domain(literal_eval(self.domain or "[]"))

    def _matching(self, leads):
        """``{rule id: {ids of these leads for which its condition holds}}``, a query per condition."""
        found = {}
        for rule in self:
            found[rule.id], problem = rule._matching_ids(leads, rule.domain)
            if problem != (rule.broken or ""):
                rule._found_broken(problem)
        return found

    @api.model
    def _matching_ids(self, leads, text):
        """For which of ``leads`` the condition ``text`` holds, also when it cannot be evaluated any more: for none.

        The answer is the same whoever asks: it depends on the pool's clock, not on the time zone, the language or the
        context of the caller.

        :returns: ``({ids}, problem)``; the problem is a text, empty when all is well
        """
        try:
            domain = Domain(literal_eval(text or "[]"))
            if domain.is_true():
                return set(leads.ids), ""
            self.env.flush_all()  # what waits to be written must not be taken back with the condition's error
            with self.env.cr.savepoint(flush=False):  # an error of the database must not end the transaction
                pool = (self if self else leads).sudo().pool_id[:1]
                context = {"active_test": False, "tz": pool.tz or "UTC"}
                if pool.company_id:
                    context["allowed_company_ids"] = pool.company_id.ids
                neutral = leads.with_env(self.env(su=True, context=context))
                found = neutral.search(Domain("id", "in", leads.ids) & domain)
                return set(found.ids), ""
        except psycopg2.OperationalError:
            raise  # a matter of this moment, not of the condition
        except Exception as error:  # whatever a field that is gone, or somebody's own search method, may raise
            log_failure(_logger, logging.INFO, "A condition of %s cannot be evaluated", self, error=error)
            return set(), " ".join(str(error).split()) or type(error).__name__

    def _found_broken(self, problem):
        """The condition of this rule broke, or can be evaluated again: its admins are told once."""
        self.sudo()._keep_problem("broken", problem)
        if problem:
            self.pool_id.sudo()._tell_broken(self.display_name, problem)

    def _keep_problem(self, name, problem):
        """Write what is no part of the policy: no new version of it is made."""
        models.BaseModel.write(self, {name: problem})

    # ------------------------------------------------------------
    # CRUD: a pool's rules changed
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {key: value for key, value in vals.items() if key not in self._kept_fields} for vals in vals_list
            ]
        rules = super().create(vals_list)
        rules.pool_id._rules_changed()
        return rules

    def write(self, vals):
        if vals.get("pool_id"):
            self.env["lead.pool"].browse(vals["pool_id"]).check_access("write")
        pools = self.pool_id
        if not self.env.su:
            vals = {name: value for name, value in vals.items() if name not in self._kept_fields}
        if "domain" in vals:
            vals = {**vals, "broken": False}
        result = super().write(vals)
        (pools | self.pool_id)._rules_changed()
        return result

    def unlink(self):
        pools = self.pool_id
        result = super().unlink()
        pools._rules_changed()
        return result
