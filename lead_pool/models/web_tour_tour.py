from odoo import api, models

WELCOMES = ("lead_pool_rep_tour", "lead_pool_admin_tour")


class WebTourTour(models.Model):
    _inherit = "web_tour.tour"

    @api.model
    def consume(self, tourName):
        """A rep who was shown round in Lead Pool asked for that, and not for the tours of all other apps."""
        following = super().consume(tourName)
        if tourName not in WELCOMES or self.env.user._is_admin():
            return following
        self.env.user.sudo().tour_enabled = False
        return False

    @api.model
    def _welcomes_rep(self):
        """Whether the user claims leads and was neither shown round nor waved it away."""
        tour = self.env.ref("lead_pool.tour_rep", raise_if_not_found=False)
        return bool(tour) and self.env.user not in tour.sudo().user_consumed_ids and bool(
            self.env["lead.pool.member"]
            .sudo()
            .search_count([("user_id", "=", self.env.uid), ("role", "=", "member")], limit=1)
        )
