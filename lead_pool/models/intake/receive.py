"""A request becomes a row in the log, and nothing else: leads are made after the answer."""

import json
from dataclasses import dataclass

from odoo import api, models
from odoo.tools import consteq

from ...rules import payload, signature

MOST_LEADS = 1000  # in one request; Meta sends as many notifications at once
KEPT_OF_REFUSED = 2000  # characters
HEADERS = ("Content-Type", "User-Agent", "Content-Length", "X-Request-Id", "Idempotency-Key")


@dataclass(frozen=True)
class Request:
    """What came, as far as it is looked at. ``body`` is ``None`` where it is larger than anybody may send."""

    method: str
    body: bytes | None
    headers: dict
    query: tuple  # ((name, value), …)
    remote_addr: str = ""

    def header(self, name):
        return self.headers.get(name) or ""

    def asked(self, name):
        return next((value for key, value in self.query if key == name), "")


@dataclass(frozen=True)
class Answer:
    """``body`` is JSON, or a text where the platform wants its own word back."""

    status: int
    body: dict | str
    retry_after: int = 0


class LeadPoolIntakeReceive(models.AbstractModel):
    _name = "lead.pool.intake.receive"
    _description = "Receiving of Requests"

    @api.model
    def _by_token(self, token):
        """The endpoint of this address, as the system sees it; empty if there is none."""
        digest = self._digest(token)
        intake = self.sudo().search([("token_digest", "=", digest)], limit=1)
        known = consteq(intake.token_digest or self._digest(""), digest)  # one comparison either way
        return intake.with_context(lang=intake.create_uid.lang or "en_US") if known and intake else self.browse()

    def _answer(self, asked):
        """Take in one request.

        :param Request asked: what came
        :returns: :class:`Answer`
        """
        self.ensure_one()
        if asked.method == "GET":
            return self._greet(asked)
        now = self.env["lead.pool"]._now()
        data, problem = None, "too_large"
        if asked.body is not None and len(asked.body) <= self.max_kb * 1024:
            problem = ""
            try:
                data = payload.read(asked.body, asked.header("Content-Type"))
            except payload.Unreadable as error:
                problem = error.code
            # what cannot be read may still be signed; who did not sign it learns no more than that
            problem = self._proof(asked, data, now) or problem
        count = self.env["lead.pool.intake.minute"]._count(self, now, forged=bool(problem))
        if count > self.per_minute:
            return Answer(429, {"status": "too_many"}, retry_after=60 - now.second)
        if not problem:
            return self._store(asked, data, now)
        self._store_refused(asked, data, problem, now)
        if problem == "too_large":
            return Answer(413, {"status": "too_large"})
        if problem in payload.CODES:
            return Answer(400, {"status": "unreadable"})
        return Answer(403, {"status": "refused"})

    def _greet(self, asked):
        """Meta's handshake, or a word that the address is right."""
        if asked.asked("hub.mode") == "subscribe":
            challenge = asked.asked("hub.challenge")
            right = self.verify_token and signature.same(asked.asked("hub.verify_token"), self.verify_token)
            if right and challenge.isascii() and challenge.replace("_", "").isalnum() and len(challenge) <= 200:
                return Answer(200, challenge)
            return Answer(403, {"status": "refused"})
        return Answer(200, {"status": "ready"})

    # ------------------------------------------------------------
    # PROOF
    # ------------------------------------------------------------

    def _proof(self, asked, data, now):
        """Why the request is not believed, as a code of ``rules.signature``; empty if it is."""
        return signature.refusal(self._lock(), self._sent(asked, data), now=now)

    def _lock(self):
        return signature.Lock(
            method=self.signature_method,
            secret=self.secret or "",
            layout=self.params_layout,
            prefix=self.signature_prefix or "",
            max_age=self.max_age_minutes * 60,
            body_secret=self.body_secret or "",
        )

    def _sent(self, asked, data):
        outside = {(self.signature_place, self.signature_name)}
        params = [pair for pair in asked.query if ("query", pair[0]) not in outside]
        params += [pair for pair in payload.params_of(data) if ("body", pair[0]) not in outside]
        return signature.Sent(
            body=asked.body,
            params=tuple(params),
            signature=self._found(asked, data, self.signature_place, self.signature_name),
            stamp=self._found(asked, data, self.stamp_place, self.stamp_name),
            body_secret=self._found(asked, data, "body", self.body_secret_path),
        )

    def _found(self, asked, data, place, name):
        if not name:
            return ""
        if place == "header":
            return asked.header(name)
        if place == "query":
            return asked.asked(name)
        return payload.first(data, name)

    # ------------------------------------------------------------
    # LOG
    # ------------------------------------------------------------

    def _store(self, asked, data, now):
        """Rows for the leads in the request; one that was sent before is noted, and answered with its first number."""
        leads = self._leads_in(data)
        if not any(leads) or len(leads) > MOST_LEADS:
            self._store_refused(asked, data, "no_lead" if not any(leads) else "too_many_leads", now)
            return Answer(400, {"status": "unreadable"})
        if self._asks_too_much(leads, now):
            return Answer(429, {"status": "too_many"}, retry_after=60 - now.second)
        Received = self.env["lead.pool.received"]
        base = {**self._about(asked, now), "state": "received", "next_try_at": now}
        answers = []
        for lead in leads:
            vals = {
                **base,
                "external_key": self._external_key(asked, data, lead),
                "body": json.dumps(self._masked(lead), ensure_ascii=False),
                "to_ask": self._is_to_ask(lead),
                "is_test": bool(self.test_path) and payload.first(lead, self.test_path).lower() in ("true", "1", "yes"),
            }
            answers.append(Received._store(vals))
        fresh = [answer for answer in answers if answer[1]]
        if fresh and not self.env["lead.pool"]._stopped():
            self.env.ref("lead_pool.ir_cron_received").sudo()._trigger()
        answer = {"status": "received" if fresh else "duplicate", "id": answers[0][0]}
        if self.lead_path:
            answer["ids"] = [number for number, _new in answers]
        return Answer(200, answer)

    def _asks_too_much(self, leads, now):
        """Whether somebody who signs nothing has more questions put to Meta than the intake takes requests a minute."""
        number = sum(map(self._is_to_ask, leads)) if self.signature_method == "none" else 0
        if number < 2:
            return False
        return self.env["lead.pool.intake.minute"]._count(self, now, False, number - 1) > self.per_minute

    def _leads_in(self, data):
        return payload.find(data, self.lead_path) if self.lead_path else [data]

    def _external_key(self, asked, data, lead):
        """Under what the same lead is known again: the platform's number; else, where requests are signed, what was
        signed, so that a request that was listened to and is sent again makes no second lead, however its signature
        is written."""
        number = payload.first(lead, self.external_id_path) if self.external_id_path else ""
        if number:
            return f"id:{number if len(number) <= 200 else self._digest(number)}"
        if self.signature_method != "none":
            signed = signature.digest(self._lock(), self._sent(asked, data)).hex()
            text = json.dumps(lead, sort_keys=True, default=str)
            return "signed:" + self._digest(f"{signed} {text}" if self.lead_path else signed)
        return None

    def _store_refused(self, asked, data, code, now):
        if data is None:  # as a text, so that one sees what is wrong with it
            data = payload.text_of((asked.body or b"")[:KEPT_OF_REFUSED].decode("utf-8", "replace"))
        text = self._masked(data)
        text = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
        vals = {
            **self._about(asked, now),
            "state": "refused",
            "code": code,
            "body": text[:KEPT_OF_REFUSED] or None,
            "next_try_at": None,
            "external_key": None,
            "is_test": False,
        }
        self.env["lead.pool.received"]._store(vals)

    def _about(self, asked, now):
        lines = [(name, payload.text_of(asked.header(name))[:200]) for name in HEADERS]
        return {
            "intake_id": self.id,
            "received_at": now,
            "remote_addr": payload.text_of(asked.remote_addr)[:45],
            "headers": "\n".join(f"{name}: {' '.join(text.split())}" for name, text in lines if text) or None,
            "dry_run": self.dry_run,
        }

    def _masked(self, data):
        """What is kept of the data: no secrets, wherever they stand."""
        names = [self.signature_name if self.signature_place == "body" else ""]
        names.append(payload.steps(self.body_secret_path)[-1][1] if self.body_secret_path else "")
        secrets = [self.secret, self.body_secret, self.verify_token, self.page_token]
        return payload.masked(data, [s for s in secrets if s and len(s) >= 4], [str(name) for name in names if name])
