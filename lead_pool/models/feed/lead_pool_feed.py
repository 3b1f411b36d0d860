from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...arguments import refuse_unknown
from ...isolation import contended
from ...rules import feed

#: What a program reads of an event: neither notes, which people write, nor details, which hold colleagues' figures.
TOLD = (
    "id date kind lead_ref seq pool_ref pool_name from_pool_ref from_pool_name user_ref user_name from_user_ref "
    "from_user_name actor_ref actor_name company_ref reason policy_ref"
).split()


class LeadPoolFeed(models.AbstractModel):
    """Mixed into the event: what programs read of it, in the order in which they can rely on it."""

    _name = "lead.pool.feed"
    _description = "Event Feed"

    @contended
    @api.model
    def feed(self, after=None, limit=100, kinds=None):
        """The next events of the caller's companies, oldest first; none is passed over, none comes twice.

        :param str after: ``next`` of the last answer, or the ``cursor`` of an event; ``None``: from the first event on;
            ``"now"``: none, but where those begin that come from now on
        :param int limit: 1 to 1,000 events
        :param kinds: list of kinds of events; ``None``: all
        :returns: ``{'events', 'next', 'more'}``: what to send as ``after`` the next time, and whether it is worth
            asking again at once; see docs/integration.md for an event
        :raises AccessError: the caller is neither an integration nor a manager of all pools
        :raises UserError: an argument that is none
        """
        self._check_may_follow()
        kinds = self._check_kinds(kinds)
        if type(limit) is not int or not 0 < limit <= feed.MOST:
            raise UserError(self.env._("limit must be a number from 1 to %(most)s.", most=feed.MOST))
        number = 0 if after is None else feed.number_of(after)
        if number is None and after != "now":
            raise UserError(self.env._("after must be the “next” or “cursor” of an earlier answer, or “now”."))
        settled = self.env["lead.pool.feed.mark"]._settled()
        if after == "now":
            return {"events": [], "next": feed.cursor(settled), "more": False}
        upto = min(settled, number + feed.SCANNED)
        rows = self._told(SQL("id > %s AND id <= %s", number, upto), self.env.companies.ids, kinds, limit)
        reached = rows[-1]["id"] if len(rows) == limit else max(number, upto)
        return {"events": [feed.said(row) for row in rows], "next": feed.cursor(reached), "more": reached < settled}

    def _check_may_follow(self):
        groups = ("lead_pool.group_integration", "lead_pool.group_manager")
        if not self.env.su and not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(self.env._("Only integrations and managers of all pools read the event feed."))

    def _check_kinds(self, kinds):
        if kinds is None:
            return None
        known = dict(self._fields["kind"].selection)
        if not isinstance(kinds, list) or not kinds or not all(isinstance(kind, str) for kind in kinds):
            raise UserError(self.env._("kinds must be a list of kinds of events."))
        refuse_unknown(self.env, kinds, known)
        return kinds

    def _told(self, where, company_ids, kinds=None, limit=None):
        """What programs read of these events, in the order of their numbers.

        :param SQL where: condition on ``lead_pool_event``
        :param company_ids: events of leads of these companies, and of leads of none
        :returns: ``[dict]`` with the keys of :data:`TOLD`
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT %(columns)s FROM lead_pool_event
                    WHERE %(where)s AND (company_ref IS NULL OR company_ref = ANY(%(companies)s)) AND %(kinds)s
                    ORDER BY id LIMIT %(limit)s""",
                columns=SQL(", ").join(map(SQL.identifier, TOLD)),
                where=where,
                companies=list(company_ids),
                kinds=SQL("TRUE") if kinds is None else SQL("kind = ANY(%s)", list(kinds)),
                limit=limit,
            )
        )
        return self.env.cr.dictfetchall()
