"""An integration hands in leads."""

from odoo import Command, api, models
from odoo.exceptions import AccessError, UserError

from ...arguments import refuse_unknown
from ...isolation import contended

MOST = 1000  # leads a call
#: What a program may say of a new lead. It may not name a customer, a stage or a date of the past: what it hands in is
#: a lead that begins now. Custom fields of leads come on top.
ALLOWED = frozenset(
    "name contact_name partner_name email_from phone wechat company_registry_code website function street street2 city "
    "zip state_id country_id description source_id medium_id campaign_id referred tag_ids lead_group_id industry_id "
    "product_interest_ids priority expected_revenue lang_id company_id pool_id user_id type".split()
)


class LeadPoolTakeIn(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.verb.take.in"
    _description = "Taking In"

    @contended
    @api.model
    def action_take_in(self, payloads, request_uid=None):
        """Take these leads in, as the policy of the channel “integration” says of duplicates.

        :param payloads: a list of at most 1,000 dicts: values of ``crm.lead`` by the names of its fields
        :param str request_uid: chosen by the caller; the same uid gets the same answer for 7 days
        :returns: ``[{'id', 'done', 'code', 'message', 'retry_at'}]`` in the order asked; ``id`` is the lead's, ``code``
            one of created, repeat, same_owner, flagged, duplicate, invalid; ``done`` is false for the last two
        :raises AccessError: the caller is neither an integration nor in marketing nor an admin of a pool
        """
        if not isinstance(payloads, list) or not all(isinstance(payload, dict) for payload in payloads):
            raise UserError(self.env._("%(argument)s must be a list of leads.", argument="payloads"))
        if len(payloads) > MOST:
            raise UserError(self.env._("Hand in at most %(limit)s leads at once.", limit=MOST))
        self._check_may_take_in()
        return self.env["lead.pool.request"]._once(
            f"lead.pool.action_take_in {len(payloads)}",
            request_uid,
            lambda: self._take_in_payloads(payloads, request_uid),
        )

    def _check_may_take_in(self):
        groups = ("lead_pool.group_integration", "lead_pool.group_marketing", "lead_pool.group_pool_admin")
        if not self.env.su and not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(self.env._("Only integrations, marketing and admins of pools hand in leads."))

    def _take_in_payloads(self, payloads, request_uid=None):
        answers = [None] * len(payloads)
        good = {}
        allowed = ALLOWED | set(self.env["lead.custom.field"]._lead_field_names())
        pools, owners = self._named("lead.pool", payloads, "pool_id"), self._named("res.users", payloads, "user_id")
        for row, payload in enumerate(payloads):
            try:
                good[row] = self._prepare_payload(payload, allowed, pools, owners)
            except (UserError, AccessError) as error:
                answers[row] = self._taken_answer("invalid", self.env["crm.lead"], str(error))
        # a program of the group may hand in leads and read none: what it says was looked at, the rest is the gate's
        Lead = self.env["crm.lead"].with_context(lead_pool_request_uid=request_uid)
        if self.env.user.has_group("lead_pool.group_integration"):
            Lead = Lead.sudo()
        for row, one in zip(good, Lead._take_in(list(good.values()), "integration"), strict=True):
            answers[row] = self._taken_answer(one.code, one.lead, one.message)
        return answers

    @staticmethod
    def _taken_answer(code, lead, message):
        done = code not in ("duplicate", "invalid")
        return {"id": lead.id, "done": done, "code": code, "message": message or False, "retry_at": False}

    def _named(self, model, payloads, name):
        """The records that the payloads name and that exist."""
        ids = {payload[name] for payload in payloads if type(payload.get(name)) is int}
        return self.env[model].sudo().browse(ids).exists()

    def _prepare_payload(self, payload, allowed, pools, owners):
        """Values of a lead as a program may send them.

        :param pools, owners: those of all payloads that exist
        :raises UserError: a key that is none, or a value of a list that is no number
        :raises AccessError: a company, pool or owner of another company
        """
        Lead, user = self.env["crm.lead"], self.env.user
        refuse_unknown(self.env, payload, allowed)
        vals = dict(payload)
        for name, value in payload.items():
            kind = Lead._fields[name].type
            if kind in ("many2many", "one2many"):
                if not isinstance(value, list) or not all(type(id_) is int for id_ in value):
                    raise UserError(self.env._("%(argument)s must be a list of numbers.", argument=name))
                vals[name] = [Command.set(value)]
            elif kind == "many2one" and value is not False and type(value) is not int:
                raise UserError(self.env._("%(argument)s must be a number.", argument=name))
        pool = pools.filtered(lambda pool: pool.id == vals.get("pool_id"))
        owner = owners.filtered(lambda owner: owner.id == vals.get("user_id"))
        companies = user.company_ids
        strange = (
            (vals.get("company_id") and vals["company_id"] not in companies.ids)
            or (pool.company_id and pool.company_id not in companies)
            or (owner and not owner.company_ids & companies)
        )
        if strange:
            raise AccessError(self.env._("The lead would belong to a company in which you may not work."))
        if owner and (not owner.active or owner.share):
            raise UserError(self.env._("%(argument)s must be an active user.", argument="user_id"))
        vals.setdefault("name", vals.get("contact_name") or vals.get("partner_name") or vals.get("phone") or "")
        vals["company_id"] = vals.get("company_id") or pool.company_id.id or self.env.company.id
        return vals
