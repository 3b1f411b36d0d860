from collections import Counter

from odoo import fields, models

KEPT_IN_FULL = 50  # candidates of one decision; of the rest only the counts are kept


class LeadPoolDecision(models.Model):
    """Why leads went where they went: candidates and facts, once per batch.

    The events of the batch point here and keep the winner, his rank and what broke a tie.
    """

    _name = "lead.pool.decision"
    _description = "Decision on Leads"
    _order = "id desc"
    _log_access = False

    date = fields.Datetime(required=True, readonly=True, index=True)
    pool_id = fields.Many2one("lead.pool", required=True, readonly=True, index=True, ondelete="restrict")
    policy_id = fields.Many2one("lead.pool.policy", readonly=True, ondelete="restrict")
    kind = fields.Selection(
        [("distribute", "Distribution"), ("route", "Routing"), ("reclaim", "Reclaim")], required=True, readonly=True
    )
    facts = fields.Json(readonly=True, help="What held for the whole batch: {strategy, leads}.")
    candidates = fields.Json(readonly=True, help="[[user id, verdict, credit, held, limit, weight]]")
    counts = fields.Json(readonly=True, help="{verdict: number of candidates}")

    def _record(self, pool, kind, candidates, now, facts=None):
        """Keep one decision.

        :param candidates: ``[rules.distribution.Candidate]``
        :param dict facts: what held for the whole batch
        """
        counts = Counter(candidate.code or "eligible" for candidate in candidates)
        return self.sudo().create(
            {
                "date": now,
                "pool_id": pool.id,
                "policy_id": pool.policy_id.id,
                "kind": kind,
                "candidates": [list(row) for row in candidates[:KEPT_IN_FULL]],
                "counts": counts,
                "facts": facts or {},
            }
        )
