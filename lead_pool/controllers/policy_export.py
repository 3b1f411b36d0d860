import json

from odoo import http
from odoo.http import content_disposition, request


class PolicyExport(http.Controller):
    @http.route("/lead_pool/policy/<int:pool_id>", type="http", auth="user", readonly=True)
    def export_policy(self, pool_id):
        """The policy of a pool as a file; only for who may change it.

        :returns: JSON, as ``lead.pool.action_export_policy`` answers
        """
        pool = request.env["lead.pool"].browse(pool_id).exists()
        if not pool:
            raise request.not_found()
        policy = pool.action_export_policy()
        return request.make_response(
            json.dumps(policy, ensure_ascii=False, indent=2),
            [
                ("Content-Type", "application/json; charset=utf-8"),
                ("Content-Disposition", content_disposition(f"{policy['name']}.json")),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
