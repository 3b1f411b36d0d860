"""A pool that only observes: it decides and records, and changes nothing.

Each lead is observed once for each version of the pool's rules, and again when it has moved: the version is kept on the
entry and forgotten with each move.
"""

from odoo import api, models
from odoo.tools import SQL

from ...rules import reclaim
from .ledger import Move


class LeadPoolObserve(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.observe"
    _description = "Observing a Distribution"

    def _keep_observed(self, chosen, now):
        """What would have happened is written down; the leads stay where they are.

        :returns: ``{entry id: user id}`` of those that would have been given out
        """
        Entry = self.env["lead.pool.entry"].sudo()
        would = {row.id: choice.user_id for row, choice, _decision in chosen if choice.user_id}
        names = {user.id: user.name for user in self.env["res.users"].sudo().browse(set(would.values()))}
        Entry._note(
            [
                Move(
                    row,
                    "would_distribute" if choice.user_id else "not_distributed",
                    row.state,
                    note=f"→ {names[choice.user_id]}" if choice.user_id else "",
                    decision_id=decision.id,
                    detail={"user": choice.user_id, **self._words_of_choice(choice)},
                )
                for row, choice, decision in chosen
            ],
            now,
        )
        Entry._mark_observed([(row, choice.user_id) for row, choice, _decision in chosen])
        return would

    def _as_if(self, members):
        """The members as they would stand, had the pool done what it only observed."""
        Entry = self.env["lead.pool.entry"].sudo()
        would = dict(
            Entry._read_group(
                [
                    ("pool_id", "=", self.id),
                    ("state", "=", "waiting"),
                    ("observed_user_id", "!=", False),
                    ("observed_policy_id", "=", self.policy_id.id),  # older ones are decided anew
                ],
                ["observed_user_id"],
                ["__count"],
            )
        )
        would = {user.id: count for user, count in would.items()}
        credits_ = {row.user_id.id: row.observed_credit for row in self.member_ids}
        for member in members:
            member.load.held.used += would.get(member.user_id, 0)
            member.credit = credits_.get(member.user_id, 0.0)


class LeadObserve(models.AbstractModel):
    """Mixed into the entry."""

    _name = "lead.pool.verb.observe"
    _description = "Observing"

    def _mark_observed(self, pairs):
        """These leads need not be looked at again until they move or the rules change.

        :param pairs: ``[(Row, user id or 0)]``: who would have got the lead
        """
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e SET observed_policy_id = p.policy_id, observed_user_id = n.user_id
                     FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::int[]) AS user_id) n, lead_pool p
                    WHERE e.id = n.id AND p.id = e.pool_id""",
                [row.id for row, _user_id in pairs],
                [user_id or None for _row, user_id in pairs],
            )
        )
        self.env["lead.pool.entry"].invalidate_model(["observed_policy_id", "observed_user_id"])

    @api.model
    def _observe_due(self, limit):
        """Held leads that would go back now, were their pools at work; the number of those written down."""
        self.env.flush_all()
        now = self.env["lead.pool"]._now()
        rows = self.env.execute_query(SQL("%s ORDER BY e.reclaim_at, e.id LIMIT %s", self._observed_query(now), limit))
        if not rows:
            return 0
        entries = self.sudo().browse(row[0] for row in rows)
        locked = entries._lock()
        due = [
            row
            for row in locked.rows.values()
            if reclaim.may_reclaim(row.facts(), due_at=row.reclaim_at, now=locked.now, locked=row.locked)
        ]
        if due:
            moves = [
                Move(row, "would_reclaim", row.state, row.user_id, detail={"due": str(row.reclaim_at)}) for row in due
            ]
            self._note(moves, locked.now)
            self._mark_observed([(row, 0) for row in due])
        return len(due)

    def _observed_query(self, now):
        """Ids of the held leads that would go back now and are not written down, as :meth:`_observe_due` takes them."""
        return SQL(
            """SELECT e.id FROM lead_pool_entry e JOIN lead_pool p ON p.id = e.pool_id
                WHERE e.state = 'held' AND e.reclaim_at <= %s AND e.locked IS NOT TRUE AND p.mode = 'observe'
                  AND e.observed_policy_id IS DISTINCT FROM p.policy_id""",
            now,
        )
