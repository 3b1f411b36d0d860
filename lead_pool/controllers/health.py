"""What a monitor asks."""

import time

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..rules import monitor, signature

SECONDS = 15  # an answer is given again to whoever asks meanwhile
ANSWERS = {}  # {database: (until when it is given again, answer)}, of this worker


class Health(http.Controller):
    @http.route("/lead_pool/health", type="http", auth="none", methods=["GET"], save_session=False, readonly=True)
    def health(self, token="", format="json", **_ignored):
        """State and figures for who knows the token that is set in the settings; without one there is nothing here.

        :param token: where a monitor cannot send it as ``Authorization: Bearer …``
        :param format: ``json`` (200; 503 for errors) or ``prometheus`` (always 200)
        """
        env = request.env(user=SUPERUSER_ID)
        expected = env["ir.config_parameter"].get_param("lead_pool.health_token") or ""
        kind, _, given = request.httprequest.headers.get("Authorization", "").partition(" ")
        given = given.strip() if kind.lower() == "bearer" else token
        if not expected or not signature.same(given, expected):
            return request.make_response("", status=404)
        answer = self._answer(env)
        headers = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
        if format == "prometheus":
            headers.append(("Content-Type", "text/plain; version=0.0.4; charset=utf-8"))
            return request.make_response(monitor.metrics(answer), headers)
        return request.make_json_response(answer, headers, status=503 if answer["state"] == "error" else 200)

    @staticmethod
    def _answer(env):
        until, answer = ANSWERS.get(env.cr.dbname, (0, None))
        if time.monotonic() >= until:
            answer = env["lead.pool"]._monitored()
            ANSWERS[env.cr.dbname] = (time.monotonic() + SECONDS, answer)
        return answer
