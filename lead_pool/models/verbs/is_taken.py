"""A rep asks whether a customer is taken, and learns no more than that."""

from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ...isolation import contended
from ...rules import identity

HOUR = timedelta(hours=1)
MOST = 30  # questions of a rep in an hour, unless the settings say otherwise


class LeadPoolIsTaken(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.verb.is.taken"
    _description = "Is It Taken?"

    @contended
    @api.model
    def is_taken(self, phone=None, email=None, company=None):
        """Whether there is a lead or a customer with this phone, mail or company, and which team has it; nothing more.

        Each question is noted: who asked, when, for what kind of key and the answer; not what he typed.

        :param str phone: as typed; so are ``email`` and ``company``; at least one of them
        :returns: ``{'state': 'free', 'taken', 'customer' or 'refused', 'team': name or False, 'message': sentence}``;
            ``refused``: the caller asked as often as he may in an hour
        :raises AccessError: the caller does not sell
        :raises UserError: nothing to look for, or nothing that could be found
        """
        if not self.env.user.has_group("sales_team.group_sale_salesman"):
            raise AccessError(self.env._("Reps ask whether a customer is taken."))
        asked = {"phone": phone, "email": email, "company": company}
        for name, text in asked.items():
            if text and not isinstance(text, str):
                raise UserError(self.env._("%(argument)s must be a text.", argument=name))
        asked = {name: text for name, text in asked.items() if text and text.strip()}
        if not asked:
            raise UserError(self.env._("Type a phone number, a mail address or a company."))
        self._check_can_be_found(asked)
        self.env["lead.pool.gate.key"]._hold({("question", self.env.uid)})
        now, limit = self._now(), self._questions_an_hour()
        Question = self.env["lead.pool.question"].sudo()
        lately = [("user_id", "=", self.env.uid), ("date", ">", now - HOUR), ("answer", "!=", "refused")]
        if limit and Question.search_count(lately, limit=limit) >= limit:
            answer = {"state": "refused", "team": False}
        else:
            answer = self._who_has(asked)
        Question.create({"user_id": self.env.uid, "date": now, "kinds": ", ".join(asked), "answer": answer["state"]})
        return {**answer, "message": self._taken_sentence(answer, limit)}

    def _questions_an_hour(self):
        return int(self.env["ir.config_parameter"].sudo().get_param("lead_pool.questions_an_hour", MOST))

    def _check_can_be_found(self, asked):
        """“Free” must not be the answer to a slip of the finger."""
        _ = self.env._
        readings = {"phone": identity.phone_key, "email": identity.email_key, "company": identity.company_key}
        sentences = {
            "phone": _("This is no phone number. Type all of its digits."),
            "email": _("This is no mail address. Type it as name@company.com."),
            "company": _("This says too little. Type the whole name of the company."),
        }
        for name, text in asked.items():
            if not readings[name](text):
                raise UserError(sentences[name])

    def _who_has(self, asked):
        """A number without a country is one of the company's country, or of China."""
        Lead = self.env["crm.lead"]
        person = Lead._texts({**asked, "company_id": self.env.company.id})
        people = [person, {**person, "country_id": self.env.ref("base.cn").id}]
        found = self.env["lead.identity"].sudo()._matches(people)
        matches = [match for some in found for match in some if match.sure or "company" in match.by]
        leads = Lead.sudo().browse(match.id for match in matches if match.model == "crm.lead")
        partners = self.env["res.partner"].sudo().browse(m.id for m in matches if m.model == "res.partner")
        opened = leads.filtered(lambda lead: lead.active and lead.won_status == "pending")
        won = leads.filtered(lambda lead: lead.won_status == "won")
        if opened:
            return {"state": "taken", "team": opened[0].team_id.name or False}
        if partners or won:
            return {"state": "customer", "team": won[:1].team_id.name or False}
        return {"state": "free", "team": False}

    def _taken_sentence(self, answer, limit):
        _ = self.env._
        team = answer["team"]
        if answer["state"] == "refused":
            return _("You have asked %(limit)s times in an hour, as often as you may. Ask again later.", limit=limit)
        if answer["state"] == "taken":
            return _("Taken, by the team “%(team)s”.", team=team) if team else _("Taken.")
        if answer["state"] == "customer":
            return _("A customer already, of the team “%(team)s”.", team=team) if team else _("A customer already.")
        return _("Free: nobody has this customer.")
