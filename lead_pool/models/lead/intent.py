"""What is thought of a lead's intent: budget, authority, need, time frame, go or no-go; and what Odoo predicts."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...isolation import contended
from ..lead_assessment import DECISIONS, GRADES, QUESTIONS, STATE

#: Fields of the lead's current assessment, and can be searched, sorted and grouped by as if they were the lead's own.
FROM_ASSESSMENT = {f"intent_{name}": name for name in (*QUESTIONS, "decision")}


class LeadIntent(models.AbstractModel):
    _name = "lead.pool.lead.intent"
    _description = "Intent of a Lead"

    assessment_ids = fields.One2many("lead.assessment", "lead_id", "Assessments", readonly=True, copy=False)
    intent_budget = fields.Selection(
        GRADES, "Intent: Budget", compute="_compute_intent", search="_search_intent_budget", compute_sudo=True
    )
    intent_authority = fields.Selection(
        GRADES, "Intent: Authority", compute="_compute_intent", search="_search_intent_authority", compute_sudo=True
    )
    intent_need = fields.Selection(
        GRADES, "Intent: Need", compute="_compute_intent", search="_search_intent_need", compute_sudo=True
    )
    intent_timing = fields.Selection(
        GRADES, "Intent: Time Frame", compute="_compute_intent", search="_search_intent_timing", compute_sudo=True
    )
    intent_decision = fields.Selection(
        DECISIONS, "Intent: Go or No-Go", compute="_compute_intent", search="_search_intent_decision", compute_sudo=True
    )
    intent_words = fields.Char("Intent in Words", compute="_compute_intent", compute_sudo=True)

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("assessment_ids.is_current")
    @api.depends_context("lang")
    def _compute_intent(self):
        Assessment = self.env["lead.assessment"]
        current = Assessment.search([("lead_id", "in", self._origin.ids), ("is_current", "=", True)])
        by_lead = {record.lead_id.id: record for record in current}
        labels = Assessment._labels() if current else {}
        for lead in self:
            record = by_lead.get(lead._origin.id, Assessment)
            for name, source in FROM_ASSESSMENT.items():
                lead[name] = record[source]
            parts = [f"{labels[name]}: {labels[name, record[name]].lower()}" for name in QUESTIONS if record[name]]
            lead.intent_words = " · ".join(filter(None, [*parts, record.reason])) or False

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr not in FROM_ASSESSMENT or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self.env["lead.assessment"].flush_model()
        current = query.make_alias(alias, "intent")
        query.add_join(
            "LEFT JOIN",
            current,
            "lead_assessment",
            SQL(
                "%s = %s AND %s",
                SQL.identifier(alias, "id"),
                SQL.identifier(current, "lead_id"),
                SQL.identifier(current, "is_current"),
            ),
        )
        return SQL.identifier(current, FROM_ASSESSMENT[field_expr])

    def _search_intent_budget(self, operator, value):
        return self._search_life("intent_budget", operator, value)

    def _search_intent_authority(self, operator, value):
        return self._search_life("intent_authority", operator, value)

    def _search_intent_need(self, operator, value):
        return self._search_life("intent_need", operator, value)

    def _search_intent_timing(self, operator, value):
        return self._search_life("intent_timing", operator, value)

    def _search_intent_decision(self, operator, value):
        return self._search_life("intent_decision", operator, value)

    # ------------------------------------------------------------
    # VERB
    # ------------------------------------------------------------

    @contended
    def action_assess(self, values, epoch=None, request_uid=None):
        """Say what is thought of this lead's intent.

        :param dict values: ``budget``, ``authority``, ``need``, ``timing`` (unknown, weak, fair, strong),
            ``decision`` (go, no_go), ``reason`` (needed for a no-go), ``note``; what is not named stays as it was
        :param int epoch: ``pool_epoch`` of the lead, as the caller last saw it; if it changed hands since, nothing is
            recorded
        :returns: id of the ``lead.assessment``
        :raises UserError: an unknown key, a value that is none, a no-go without a reason, nothing new, or the lead
            changed hands
        """
        self.ensure_one()

        def assess():
            self._check_may_follow_up()
            self._pool_entries()._raise_if_moved(epoch)
            return self._assess(values).id

        return self.env["lead.pool.request"]._once(f"crm.lead.action_assess {self.id}", request_uid, assess)

    def _assess(self, values):
        """Keep an assessment, and say so in the chatter."""
        record = self.env["lead.assessment"]._append(self, values)
        words = " · ".join(filter(None, [record.changes, record.note]))
        self.sudo()._message_log(
            body=self.env._("Intent: %(words)s", words=words), author_id=self.env.user.partner_id.id
        )
        return record

    def _new_intent(self, said):
        """What of these answers is another one than before; what is no answer stays, to be refused."""
        if not isinstance(said, dict):
            return said
        current = self.assessment_ids.filtered("is_current")
        new = {
            name: value
            for name, value in said.items()
            if name not in STATE or (value or False) != (current[name] or False)
        }
        if "decision" in new:
            new["reason"] = said.get("reason")  # said of the new decision, also where the words are the same
        return new

    def button_assess(self):
        return self._wizard("lead.pool.assess", self.env._("Intent"))

    # ------------------------------------------------------------
    # WHAT ODOO PREDICTS
    # ------------------------------------------------------------

    def _prediction(self):
        """Odoo's predictive score with its reasons in words: its own, as its tooltip shows them.

        :returns: ``(percent, speaks for it, speaks against it)``, the last two as texts, empty where there is nothing
            to say; percent 0: too few leads were won and lost to tell
        """
        self.ensure_one()
        told = self.sudo().prepare_pls_tooltip_data()
        if not told["probability"]:
            return 0, "", ""
        return told["probability"], self._say_reasons(told["top_3_data"]), self._say_reasons(told["low_3_data"])

    def _say_reasons(self, reasons):
        parts = []
        for reason in reasons:
            field = self._fields["tag_ids" if reason["field"] == "tag_id" else reason["field"]]
            value = reason["value"]
            if field.type == "selection":
                value = dict(field._description_selection(self.env)).get(value)
            if value in (False, None, "False"):
                value = self.env._("none")
            parts.append(f"{field._description_string(self.env)}: {value}")
        return " · ".join(parts)
