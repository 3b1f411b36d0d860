"""An integration hands in leads."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ...isolation import contended

MOST = 1000  # leads a call


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
            f"lead.pool.action_take_in {len(payloads)}", request_uid, lambda: self._take_in_payloads(payloads)
        )

    def _check_may_take_in(self):
        groups = ("lead_pool.group_integration", "lead_pool.group_marketing", "lead_pool.group_pool_admin")
        if not self.env.su and not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(self.env._("Only integrations, marketing and admins of pools hand in leads."))

    def _take_in_payloads(self, payloads):
        taken = self.env["crm.lead"]._take_in(payloads, "integration")
        return [
            {
                "id": one.lead.id,
                "done": bool(one.lead),
                "code": one.code,
                "message": one.message or False,
                "retry_at": False,
            }
            for one in taken
        ]
