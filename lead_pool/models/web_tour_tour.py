from odoo import api, models


class WebTourTour(models.Model):
    _inherit = "web_tour.tour"

    @api.model
    def _welcomes_rep(self):
        """Whether the user may take leads, never wrote down anything, and was neither shown round nor waved it away."""
        tour = self.env.ref("lead_pool.tour_rep", raise_if_not_found=False)
        if not tour or self.env.user in tour.sudo().user_consumed_ids:
            return False
        mine = [("user_id", "=", self.env.uid)]
        if self.env["lead.follow.up"].sudo().search_count(mine, limit=1):
            return False
        return bool(
            self.env["lead.pool.member"]
            .sudo()
            .search_count([*mine, ("role", "=", "member"), ("pool_id.claimable", "=", True)], limit=1)
        )
