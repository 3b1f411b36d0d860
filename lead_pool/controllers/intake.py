"""Where platforms and landing pages send leads.

The requests have a dispatcher of their own: Odoo's would read and parse a form of any size before the first line of
ours runs, hand parameters that a stranger chose to a Python function, and answer in HTML.
"""

import logging

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from odoo import SUPERUSER_ID, http
from odoo.http import HttpDispatcher, request

from ..logs import log_failure
from ..models.intake.lead_pool_intake import MOST_KB
from ..models.intake.receive import Answer, Request

_logger = logging.getLogger(__name__)

UNKNOWN = Answer(404, {"status": "unknown"})
BUSY = Answer(503, {"status": "busy"}, retry_after=30)  # nothing was stored: the platform shall send it again


class IntakeDispatcher(HttpDispatcher):
    routing_type = "lead_pool_intake"

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        return endpoint(**args)

    def handle_error(self, exc):
        """Whatever goes wrong, the answer tells nothing about it."""
        if isinstance(exc, HTTPException) and exc.code and exc.code < 500:
            return respond(Answer(exc.code, {"status": "refused"}))
        log_failure(_logger, logging.ERROR, "A request to an intake failed", error=exc)
        return respond(BUSY)


def respond(answer):
    headers = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
    if answer.retry_after:
        headers.append(("Retry-After", str(answer.retry_after)))
    if isinstance(answer.body, str):
        headers.append(("Content-Type", "text/plain; charset=utf-8"))
        return request.make_response(answer.body, headers, status=answer.status)
    return request.make_json_response(answer.body, headers, status=answer.status)


class Intake(http.Controller):
    @http.route(
        "/lead_pool/in/<string:token>",
        type="lead_pool_intake",
        auth="none",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MOST_KB * 1024,
    )
    def receive(self, token):
        """Store one request and answer; leads are made of it afterwards, by a scheduled action.

        :returns: JSON ``{"status": …, "id": …}``; see docs/intake.md
        """
        httprequest = request.httprequest
        if httprequest.method not in ("GET", "HEAD", "POST"):
            return respond(Answer(405, {"status": "refused"}))
        intake = request.env(user=SUPERUSER_ID)["lead.pool.intake"]._by_token(token)
        if not intake:
            return respond(UNKNOWN)
        asked = Request(
            method="POST" if httprequest.method == "POST" else "GET",
            body=self._body(),
            headers=httprequest.headers,
            query=tuple(httprequest.args.items(multi=True)),
            remote_addr=httprequest.remote_addr or "",
        )
        return respond(intake._answer(asked))

    def _body(self):
        """The body as it was sent; ``None`` if it is larger than anybody may send, then it is not read."""
        try:
            return request.httprequest.get_data(cache=True)
        except RequestEntityTooLarge:
            return None
