import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...isolation import as_many_as_go, in_batches
from ...notification import notification
from ...rules import graph, payload, receiving

STATES = [
    ("received", "Received"),
    ("done", "Done"),
    ("duplicate", "Duplicate"),
    ("refused", "Refused"),
    ("failed", "Failed"),
    ("dead", "Given Up"),
]
BATCH = 50  # leads made in one transaction
ASKED = 5  # notifications whose answers are asked for in one transaction
KEEP_DAYS = 400  # what became of a request; as long a platform's number is known again
COLUMNS = (
    "intake_id",
    "received_at",
    "remote_addr",
    "headers",
    "body",
    "external_key",
    "state",
    "code",
    "is_test",
    "dry_run",
    "to_ask",
    "next_try_at",
)


class LeadPoolReceived(models.Model):
    """What came in at an endpoint, and what became of it; one row for each lead.

    It is written before the platform gets its answer, and worked on afterwards: what was answered with "received" is
    never lost. The row and its lead change in one transaction, so no row makes two leads.
    """

    _name = "lead.pool.received"
    _description = "Received by HTTP"
    _log_access = False
    _order = "received_at desc, id desc"
    _rec_name = "id"

    intake_id = fields.Many2one(
        "lead.pool.intake", required=True, readonly=True, index=True, ondelete="cascade", help="Where it came in."
    )
    received_at = fields.Datetime("When", required=True, readonly=True, index=True, help="When it came in.")
    remote_addr = fields.Char("Sent by", readonly=True, help="Address of the sender, or of the proxy before Odoo.")
    headers = fields.Text(readonly=True, help="Headers that help to find a mistake.")
    body = fields.Text("What Came", readonly=True, help="Without secrets; emptied after the days that the intake says.")
    external_key = fields.Char("Known by", readonly=True, help="The platform's number, or the request's signature.")
    state = fields.Selection(STATES, required=True, readonly=True, index=True, help="What became of it.")
    code = fields.Char(readonly=True, help="Why it was refused, as programs know it.")
    message = fields.Char(readonly=True, help="What became of it, in a sentence.")
    what = fields.Char("Result", compute="_compute_what", help="What became of it, or why it did not.")
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="set null", help="Made of it, or found."
    )
    repeat_of_id = fields.Many2one(
        "lead.pool.received", "Sent before as", readonly=True, index="btree_not_null", ondelete="set null",
        help="The platform sent the same lead again.",
    )  # fmt: skip
    is_test = fields.Boolean("Test", readonly=True, help="The platform marked it as a test: no lead is made of it.")
    dry_run = fields.Boolean(readonly=True, help="The intake was on dry run: no lead is made of it.")
    to_ask = fields.Boolean("To Be Asked For", readonly=True, help="A number came; Meta has yet to say who it is.")
    tries = fields.Integer(readonly=True, help="How often a lead was to be made of it.")
    next_try_at = fields.Datetime("Tried Again", readonly=True, help="When it is tried the next time by itself.")
    done_at = fields.Datetime("Done", readonly=True, help="When it was dealt with.")

    _external_uniq = models.UniqueIndex("(intake_id, external_key) WHERE external_key IS NOT NULL")
    _due_idx = models.Index("(next_try_at, id) WHERE state IN ('received', 'failed')")
    _dead_idx = models.Index("(id) WHERE state = 'dead'")
    _kept_idx = models.Index("(intake_id, received_at) WHERE body IS NOT NULL")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("state", "code", "message", "repeat_of_id")
    @api.depends_context("lang")
    def _compute_what(self):
        for received in self:
            asked = received.intake_id._graph_words(received.code, received.message)
            received.what = asked or received.message or received._sentence(received.code) or False

    def _compute_display_name(self):
        for received in self:
            received.display_name = f"#{received.id}"

    def _sentence(self, code):
        _ = self.env._
        return {
            "signature": _(
                "The signature does not fit: another secret, another way of signing, or somebody else sent it."
            ),
            "ambiguous": _("A parameter came twice, so that nobody knows which one was signed."),
            "secret": _("The secret in the body is missing or wrong."),
            "no_stamp": _("The time stamp is missing or cannot be read."),
            "old": _("The time stamp is too old, or lies in the future."),
            "too_large": _("It is larger than the intake allows."),
            "not_text": _("The body is no text in a known character set."),
            "not_json": _("The body is no valid JSON."),
            "nested": _("Lists and objects lie too deep within each other."),
            "fields": _("The form has too many fields."),
            "file": _("Files are not taken in."),
            "kind": _("The body is neither JSON nor a form."),
            "no_lead": _("There is nothing at the path of the list of leads."),
            "too_many_leads": _("It carries more leads than one request may."),
            "again": _("The platform sent the same lead again."),
            "created": _("A lead was made of it."),
            "purged": _("What came is not kept any more."),
        }.get(code, "")

    # ------------------------------------------------------------
    # RECEIVE
    # ------------------------------------------------------------

    @api.model
    def _store(self, vals):
        """One row; where the platform's number is known, a row that points to the first one.

        Two requests with one number at the same moment: the second waits for the first, and finds it.

        :returns: ``(id to answer with, whether it is new)``
        """
        if number := self._insert(vals):
            return number, True
        [[first]] = self.env.execute_query(
            SQL(
                "SELECT id FROM lead_pool_received WHERE intake_id = %s AND external_key = %s",
                vals["intake_id"],
                vals["external_key"],
            )
        )
        again = {**vals, "external_key": None, "body": None, "state": "duplicate", "code": "again", "next_try_at": None}
        self._insert({**again, "to_ask": False}, repeat_of_id=first)
        return first, False

    def _insert(self, vals, **more):
        row = {**dict.fromkeys(COLUMNS), **vals, **more}
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO lead_pool_received (%s, tries) VALUES (%s, 0)
                   ON CONFLICT (intake_id, external_key) WHERE external_key IS NOT NULL DO NOTHING RETURNING id""",
                SQL(", ").join(map(SQL.identifier, row)),
                SQL(", ").join(SQL("%s", value) for value in row.values()),
            )
        )
        self.invalidate_model()
        return rows[0][0] if rows else None

    # ------------------------------------------------------------
    # WORK
    # ------------------------------------------------------------

    @api.model
    def _cron_take_in(self):
        """Leads of what was received, and of what failed and is due again; the oldest first."""
        if not self.env["lead.pool"]._stopped():
            in_batches(self.env["ir.cron"], [self.sudo()._ask_some, self.sudo()._work], in_turn=True)

    def _due(self, now, condition, limit=None):
        """What is due, locked; what somebody else works on this moment is left out."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM lead_pool_received
                    WHERE state IN ('received', 'failed') AND next_try_at <= %s AND %s
                    ORDER BY next_try_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                now,
                condition,
                limit,
            )
        )
        due = self.browse([number for [number] in rows])
        due.invalidate_recordset()
        return due

    # ------------------------------------------------------------
    # ASK FOR ANSWERS
    # ------------------------------------------------------------

    def _ask_some(self):
        """Get the answers to some notifications, one after the other; ``(number done, whether there is more)``."""
        now = self.env["lead.pool"]._now()
        due = self._due(now, SQL("to_ask"), ASKED)
        for row in due:
            if row.state in ("received", "failed") and row.next_try_at <= now:  # else one before it said enough
                as_many_as_go(
                    self.env.cr, lambda _one, row=row: row._ask(now), 1, lambda error, row=row: row._broke(error, now)
                )
        if any(not row.to_ask for row in due):  # also if no lead was left to be made before
            self.env.ref("lead_pool.ir_cron_received")._trigger()
        return len(due), len(due) == ASKED

    def _ask(self, now):
        """Get the answers to this notification; a lead is made of them afterwards."""
        intake, notified = self.intake_id, json.loads(self.body or "null")
        outcome = intake._ask_for(payload.first(notified, "leadgen_id"))
        if outcome.code:
            self._not_answered(outcome, now)
        else:
            lead = intake._masked(graph.with_answers(notified, outcome.data))
            self.write(
                {
                    "to_ask": False,
                    "body": json.dumps(lead, ensure_ascii=False),
                    "is_test": self.is_test or graph.is_test(lead),
                    "state": "received",
                    "code": False,
                    "message": False,
                    "tries": 0,
                }
            )
        self.flush_recordset()

    def _not_answered(self, outcome, now):
        """It is asked for again later, or given up until somebody does something about it."""
        intake, code = self.intake_id, outcome.code
        if outcome.again or code in graph.FOR_LATER:
            self._fail(outcome.said, now, code)
            if code in graph.FOR_LATER:  # the others would hear the same: they wait for a minute
                self._waiting_too(now).next_try_at = now + timedelta(minutes=receiving.next_try(1))
            return
        given_up = self | (self._waiting_too(now) if code in graph.FOR_ALL else self)
        self.tries += 1
        given_up.write({"state": "dead", "code": code, "message": outcome.said, "next_try_at": False})
        if code in graph.FOR_PEOPLE:
            intake._graph_trouble(outcome)

    def _waiting_too(self, now):
        """What waits for answers at the same intake, besides this one."""
        return self._due(now, SQL("to_ask AND intake_id = %s AND id != %s", self.intake_id.id, self.id))

    # ------------------------------------------------------------
    # MAKE LEADS
    # ------------------------------------------------------------

    def _work(self):
        """One batch; ``(number done, whether there is more)``."""
        now = self.env["lead.pool"]._now()
        due = self._due(now, SQL("to_ask IS NOT TRUE"), BATCH)
        if not due:
            return 0, False
        _done, count = as_many_as_go(
            self.env.cr, lambda limit: due[:limit]._process(now), len(due), lambda error: due[:1]._broke(error, now)
        )
        return count, count < len(due) or len(due) == BATCH

    def _process(self, now):
        """Make leads of these rows, each endpoint's together."""
        for intake, rows in self.grouped("intake_id").items():
            lang = intake.create_uid.lang or "en_US"
            context = {"lang": lang, "allowed_company_ids": intake.company_id.ids, "lead_pool_channel": "intake"}
            rows.with_context(**context)._process_of(intake.with_context(**context), now)
        self.flush_recordset()

    def _process_of(self, intake, now):
        gone = self.filtered(lambda row: not row.body)
        gone.write({"state": "dead", "code": "purged", "next_try_at": False})
        rows = self - gone
        quiet = rows.filtered(lambda row: row.is_test or row.dry_run)
        for chosen in (rows - quiet, quiet):
            if not chosen:
                continue
            leads = intake._leads([json.loads(row.body) for row in chosen], writes=chosen is not quiet)
            ready = []
            for row, lead in zip(chosen, leads, strict=True):
                if lead.missing:
                    row._fail(row.env._("Missing: %(what)s.", what=", ".join(lead.missing)), now)
                else:
                    ready.append((row, lead))
            if not ready:
                continue
            vals_list = [lead.vals for _row, lead in ready]
            Lead = intake.env["crm.lead"]
            if chosen is quiet:
                takens = Lead._look_before(vals_list, channel="intake")
            else:
                takens = Lead._take_in(vals_list, channel="intake")
            for (row, lead), taken in zip(ready, takens, strict=True):
                row._end(lead, taken, now)

    def _end(self, lead, taken, now):
        """Note what the gate said."""
        if taken.code == "invalid":
            return self._fail(taken.message, now)
        found = taken.lead or (taken.of if taken.of._name == "crm.lead" else taken.lead)
        message = taken.message or False
        if self.is_test or self.dry_run:
            words = self.intake_id._in_words(lead, taken)
            message = self.env._("No lead was made. It would have been: %(lead)s", lead=words)
            found = found.browse()
        self.write(
            {
                "state": "duplicate" if taken.code == "duplicate" else "done",
                "code": taken.code,
                "message": message,
                "lead_id": found.id,
                "tries": self.tries + 1,
                "next_try_at": False,
                "done_at": now,
            }
        )

    def _fail(self, message, now, code="invalid"):
        """Not this time; whether it is tried again by itself is the rule's."""
        pause = receiving.next_try(self.tries + 1)
        self.write(
            {
                "state": "dead" if pause is None else "failed",
                "code": code,
                "message": " ".join((message or "").split())[:500],
                "tries": self.tries + 1,
                "next_try_at": pause is not None and now + timedelta(minutes=pause),
            }
        )

    def _broke(self, error, now):
        """The one that fails by itself must not hold up those behind it."""
        text = (
            str(error)
            if isinstance(error, UserError)
            else self.env._("Something went wrong; the server's log says what.")
        )
        self._fail(payload.text_of(text), now)
        self.flush_recordset()

    # ------------------------------------------------------------
    # AGAIN
    # ------------------------------------------------------------

    def action_try_again(self):
        """Have these rows worked on once more, after the mapping was mended or a new token was entered.

        :raises AccessError: the caller is neither a manager nor an admin of the intake's pool
        """
        self.check_access("read")
        user = self.env.user
        if not user.has_group("lead_pool.group_manager") and not all(
            pool and self.env["lead.pool.entry"]._is_pool_admin(pool.id) for pool in self.intake_id.sudo().pool_id
        ):
            raise AccessError(self.env._("Only a manager of all pools or an admin of its pool may do this."))
        again = self.sudo().filtered(lambda row: row.state in ("failed", "dead") and row.body)
        again.write({"state": "received", "tries": 0, "code": False, "message": False,
                     "next_try_at": self.env["lead.pool"]._now()})  # fmt: skip
        for row in again.filtered(lambda row: row.intake_id.kind == "meta"):  # also one from before Meta was asked
            row.to_ask = row.intake_id._is_to_ask(json.loads(row.body))
        again.intake_id.filtered("graph_problem").graph_problem = False
        if again:
            self.env.ref("lead_pool.ir_cron_received").sudo()._trigger()
        return again.sudo(False)

    def button_try_again(self):
        again = self.action_try_again()
        if not again:
            raise UserError(self.env._("Choose what failed or was given up, and is still kept."))
        return notification(self.env._("%(count)s will be tried again in a moment.", count=len(again)))

    # ------------------------------------------------------------
    # FORGET
    # ------------------------------------------------------------

    @api.autovacuum
    def _gc_received(self):
        """What came is emptied after the days of its intake, its row forgotten after more than a year."""
        limit = 1000
        now = self.env["lead.pool"]._now()
        emptied = self.env.execute_query(
            SQL(
                """UPDATE lead_pool_received SET body = NULL, headers = NULL, remote_addr = NULL
                    WHERE id IN (SELECT r.id FROM lead_pool_received r JOIN lead_pool_intake i ON i.id = r.intake_id
                                  WHERE r.body IS NOT NULL AND r.state NOT IN ('received', 'failed')
                                    AND r.received_at < %s - make_interval(days => i.keep_body_days)
                                  LIMIT %s FOR NO KEY UPDATE OF r SKIP LOCKED)
                RETURNING id""",
                now,
                limit,
            )
        )
        self.invalidate_model()
        domain = [("received_at", "<", now - timedelta(days=KEEP_DAYS)), ("state", "not in", ("received", "failed"))]
        old = self.sudo().search(domain, limit=limit)
        old.unlink()
        return len(emptied) + len(old), len(emptied) == limit or len(old) == limit
