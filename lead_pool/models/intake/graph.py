"""Meta's notification carries numbers only: its Graph API is asked for the answers, after the request was answered."""

from functools import partial

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...notification import answered
from ...outgoing import send
from ...rules import graph
from ...rules.outgoing import Outcome, address_problem

#: In the server's configuration file, for tests: where the Graph API is on this machine. No database can move it.
LOOPBACK = "lead_pool_graph_loopback"
#: Whoever changes one of these has done something about what was wrong.
SETTINGS = frozenset(("page_token", "graph_version", "secret", "signature_method"))


class LeadPoolIntakeGraph(models.AbstractModel):
    _name = "lead.pool.intake.graph"
    _description = "Asking Meta for Answers"

    page_token = fields.Char(
        "Page Access Token",
        groups="lead_pool.group_manager,base.group_system",
        help="Of the page or of a system user, with leads_retrieval. Meta is asked with it for the answers of a lead.",
    )
    graph_version = fields.Char(
        "Graph API Version", required=True, default="v23.0", help="The version of Meta's Graph API that is asked."
    )
    graph_problem = fields.Char(
        readonly=True, copy=False, help="Why Meta gives no answers, as a code; its admins have been told."
    )

    @api.constrains("page_token", "graph_version")
    def _check_graph(self):
        for intake in self.sudo():
            if intake.page_token and not graph.is_token(intake.page_token):
                raise ValidationError(self.env._("This is no access token: copy it again, without spaces or lines."))
            if not graph.is_version(intake.graph_version):
                raise ValidationError(self.env._("Write the version of the Graph API like this: v23.0"))

    def write(self, vals):
        if not SETTINGS.isdisjoint(vals):
            vals = {**vals, "graph_problem": False}
        return super().write(vals)

    # ------------------------------------------------------------
    # ASK
    # ------------------------------------------------------------

    def _is_to_ask(self, lead):
        """Whether the answers have to be asked for; a service in between may have done so already."""
        return self.kind == "meta" and not graph.has_answers(lead)

    def _ask_for(self, number):
        """Ask Meta for the answers of one lead, now.

        :param str number: ``leadgen_id`` of the notification
        :rtype: rules.outgoing.Outcome
        """
        if not graph.is_number(number):
            return Outcome("no_number")
        return self._ask_graph(number, graph.FIELDS, "field_data", number)

    def _ask_graph(self, path, names, wanted, number=""):
        this = self.sudo()
        token = this.page_token or ""
        if not graph.is_token(token):
            return Outcome("no_token")
        here = tools.config.get(LOOPBACK) or ""
        base = here or f"https://{graph.HOST}"
        if problem := address_problem(base, (graph.HOST,), loopback=bool(here)):
            return Outcome("other", said=problem)
        secret = this.secret if this.signature_method == "hmac_body" else ""
        asked = graph.question(base, this.graph_version, path, token, secret or "", names)
        understand = partial(graph.understood, secrets=(token, secret), wanted=wanted, number=number)
        return send(asked, understand, most=graph.MOST + 1, seconds=graph.SECONDS, loopback=bool(here))

    def action_ask(self):
        """Ask Meta whom the token belongs to, and say what came of it.

        :returns: ``{'done', 'message'}``, the message in the caller's language
        :raises AccessError: the caller may not change the intake
        """
        self.ensure_one()
        self.check_access("write")
        if self.env["lead.pool"]._stopped():
            return {
                "done": False,
                "message": self.env._("The lead pools are stopped in the settings. Ask an administrator."),
            }
        outcome = self._ask_graph("me", "id,name", "id")
        if outcome.code:
            return {"done": False, "message": self._graph_words(outcome.code, outcome.said)}
        self.sudo().graph_problem = False
        name = outcome.data.get("name") or outcome.data["id"]
        return {"done": True, "message": self.env._("Meta knows the token: it belongs to “%(name)s”.", name=name)}

    def button_ask(self):
        answer = self.action_ask()
        return answered(answer)

    # ------------------------------------------------------------
    # TELL
    # ------------------------------------------------------------

    def _graph_trouble(self, outcome):
        """Something is wrong with the token, and not with one lead: who can do something about it is told, once."""
        if self.graph_problem == outcome.code:
            return
        self.graph_problem = outcome.code
        Notice, pool = self.env["lead.pool.notice"], self.pool_id
        Notice._tell_robots("trouble", pool, ())
        users = self.env.ref("lead_pool.group_manager").sudo().all_user_ids.filtered("active")
        if pool:
            users |= pool._admins_to_tell()
        for user in users:
            told = self.with_env(self.env["lead.pool.entry"]._env_of(user))
            lines = [
                told._graph_words(outcome.code, outcome.said),
                told.env._("Until then no lead of Meta gets in. What comes is kept: choose “Try Again” in Received."),
            ]
            subject = told.env._("“%(intake)s” gets no answers from Meta", intake=self.name)
            Notice._tell("trouble", user, subject, lines, about=self)

    def _graph_words(self, code, said):
        """What came of asking, in words; empty where the code is not one of asking."""
        words = self._graph_sentence(code)
        return f"{words} ({said})" if words and said else words

    def _graph_sentence(self, code):
        _ = self.env._
        return {
            "no_token": _(
                "The intake has no page access token, so that Meta cannot be asked who it is. A manager of all pools "
                "enters one."
            ),
            "token": _(
                "Meta does not accept the page access token any more: it expired or was taken back. A manager of all "
                "pools enters a new one in the intake."
            ),
            "permission": _(
                "Meta does not let the page access token read leads: it needs leads_retrieval, and its owner access to "
                "the leads of the page."
            ),
            "proof": _(
                "The page access token belongs to another app than the secret of the signature. Enter a token of the "
                "same app."
            ),
            "gone": _(
                "Meta does not know the lead, or not for this token: it was deleted, is older than 90 days, or belongs "
                "to another page."
            ),
            "too_fast": _("Meta was asked more often than it allows."),
            "busy": _("Meta is busy."),
            "no_answer": _("Meta did not answer within 10 seconds."),
            "no_host": _("Meta's address cannot be found. Does this server reach the internet?"),
            "private": _("Meta's address leads into a private network, where nothing is asked."),
            "certificate": _("The certificate of Meta's server is not valid, so nothing was asked."),
            "redirect": _("Meta answered with something that is no lead."),
            "no_sense": _("Meta answered with something that is no lead."),
            "too_long": _("Meta's answer is larger than any lead."),
            "other": _("Meta answered with an error."),
            "no_number": _("It names no lead: its leadgen_id is missing."),
        }.get(code, "")
