"""Two reps work one customer: both clocks stand still until an admin has decided."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...isolation import contended
from ...rules import approval as rules
from ...rules import identity
from ...rules.facts import OK, Verdict
from .guard import MERGE
from .ledger import Move

CHUNK = 250  # leads a transaction


class LeadPoolDispute(models.AbstractModel):
    _name = "lead.pool.verb.dispute"
    _description = "Disputes"

    # ------------------------------------------------------------
    # VERB
    # ------------------------------------------------------------

    @contended
    def action_dispute(
        self, note=None, number=None, phone=None, email=None, company=None, epoch=None, request_uid=None
    ):
        """Say that another rep works the customer of a lead that I hold.

        The other lead is found by its number, phone, mail or company; without any of them by those of my own lead. The
        answer says whether a dispute was opened, and nothing about the other lead. Until an admin of both pools has
        decided, neither lead goes back by itself.

        :param str note: told to the admins
        :param int number: of the other lead
        :param int epoch: of my own lead, as I last saw it; if it changed hands since, nothing is done
        :returns: as :meth:`action_claim`
        :raises UserError: for more than one lead
        """
        self.browse().check_access("read")
        self._check_arguments(note=note, number=number, epoch=epoch)
        texts = {"phone": phone, "email": email, "company": company}
        for name, text in texts.items():
            if text and not isinstance(text, str):
                raise UserError(self.env._("%(argument)s must be a text.", argument=name))
        if len(self) != 1:
            raise UserError(self.env._("Dispute one lead at a time."))
        verb = f"lead.pool.entry.action_dispute {list(self._ids)} {number} {sorted(texts.items())}"
        return self.env["lead.pool.request"]._once(
            verb, request_uid, lambda: self._dispute(note or "", number, {k: v for k, v in texts.items() if v}, epoch)
        )

    def _dispute(self, note, number, texts, epoch=None):
        entry = self.sudo()
        mine = entry._read_rows().get(self.id)
        rival = entry.browse()
        if mine and mine.state == "held" and mine.user_id == self.env.uid:
            rival = entry._find_rival(number, texts)
        pair = entry | rival
        locked = pair._lock(wait=True)
        verdict = self._known_verdicts(locked, epoch)[self.id]
        if verdict:
            mine, other = locked.rows[self.id], locked.rows.get(rival.id)
            verdict = rules.may_dispute(
                mine.facts(),
                other and other.facts(),
                self.env.uid,
                open_disputes=self._open_disputes(),
                settled=self._was_disputed(mine, other),
            )
        if verdict:
            self._open_dispute(pair, locked, note)
        return self._answers({self.id: verdict}, entry._names({**locked.before, **locked.rows}))

    # ------------------------------------------------------------
    # WHO ELSE
    # ------------------------------------------------------------

    def _find_rival(self, number, texts):
        """The entry of another rep that is meant, of the same company; the one held longest."""
        if number:
            refs = [number]
        else:
            refs = self._known_as(texts)
        return self.search(
            [
                ("lead_ref", "in", refs),
                ("state", "=", "held"),
                ("user_id", "!=", self.env.uid),
                ("company_id", "=", self.company_id.id),
                ("id", "!=", self.id),
            ],
            order="held_since, id",
            limit=1,
        )

    def _known_as(self, texts):
        """Ids of leads with one of these keys; without any, with those of this lead."""
        Identity = self.env["lead.identity"].sudo()
        Identity._settle()
        if texts:
            e164 = self.lead_id._phone_format(number=texts["phone"]) if texts.get("phone") else ""
            keys = [
                ("phone", identity.phone_key(texts.get("phone"), e164 or "")),
                ("email", identity.email_key(texts.get("email"))),
                ("company", identity.company_key(texts.get("company"))),
            ]
        else:
            mine = [("lead_id", "=", self.lead_id.id), ("kind", "in", identity.KINDS)]
            keys = [(key.kind, key.key) for key in Identity.search(mine)]
        keys = [(kind, key) for kind, key in keys if key]
        if not keys:
            return []
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT k.lead_id FROM lead_identity k
                     JOIN unnest(%s::varchar[], %s::varchar[]) n(kind, key) ON k.kind = n.kind AND k.key = n.key
                    WHERE k.lead_id IS NOT NULL""",
                [kind for kind, _key in keys],
                [key for _kind, key in keys],
            )
        )
        return [lead_id for [lead_id] in rows]

    def _open_disputes(self):
        """How many disputes of the caller wait for a decision."""
        mine = [("kind", "=", "dispute"), ("state", "=", "open"), ("user_id", "=", self.env.uid)]
        return self.env["lead.pool.approval"].sudo().search_count(mine)

    def _was_disputed(self, mine, other):
        """Whether an admin has this pair before him, or has decided it since its holders have the leads."""
        if not (other and mine.held_since and other.held_since):  # one of them went back at this moment
            return False
        pair = [mine.id, other.id]
        since = max(mine.held_since, other.held_since)
        Approval = self.env["lead.pool.approval"].sudo()
        of_pair = [("kind", "=", "dispute"), ("entry_id", "in", pair), ("other_entry_id", "in", pair)]
        return bool(
            Approval.search_count([*of_pair, ("state", "=", "open")], limit=1)
            or Approval.search_count(
                [*of_pair, ("state", "in", ("approved", "declined")), ("asked_at", ">=", since)], limit=1
            )
        )

    # ------------------------------------------------------------
    # OPEN, FREEZE, THAW
    # ------------------------------------------------------------

    def _open_dispute(self, pair, locked, note):
        rival = pair - self.sudo()
        pool = locked.pools.browse(locked.rows[self.id].pool_id)
        self.env["lead.pool.approval"]._ask("dispute", pool, self, note=note, other=rival)
        pair._freeze(locked.now)
        self._tell_disputed(rival)

    def _freeze(self, now):
        """The clocks of these leads stand still: no deadline, no warning. They are locked."""
        self.env.cr.execute(
            SQL(
                "UPDATE lead_pool_entry SET frozen_since = COALESCE(frozen_since, %s) WHERE id = ANY(%s)",
                now,
                list(self.ids),
            )
        )
        self.env["lead.pool.entry"].invalidate_model()
        self._refresh_deadlines()

    def _thaw(self, now):
        """The clocks of those run again that no open dispute holds; the time in between does not count. They are
        locked."""
        self.env["lead.pool.approval"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET frozen_spans = COALESCE(frozen_spans, '[]'::jsonb)
                                         || jsonb_build_array(jsonb_build_array(frozen_since::text, %(now)s::text)),
                          frozen_since = NULL
                    WHERE id = ANY(%(ids)s) AND frozen_since IS NOT NULL AND NOT EXISTS (
                          SELECT FROM lead_pool_approval a
                           WHERE a.kind = 'dispute' AND a.state = 'open' AND e.id IN (a.entry_id, a.other_entry_id))
                RETURNING id""",
                now=now,
                ids=list(self.ids),
            )
        )
        thawed = self.browse(row[0] for row in self.env.cr.fetchall())
        self.env["lead.pool.entry"].invalidate_model()
        thawed._refresh_deadlines()
        return thawed

    @api.model
    def _thaw_settled(self, limit=CHUNK):
        """The other side of disputes that lapsed because one lead moved on; the number of leads whose clock runs."""
        Approval = self.env["lead.pool.approval"].sudo()
        disputes = Approval.search([("kind", "=", "dispute"), ("state", "=", "open")])
        pairs = disputes.entry_id | disputes.other_entry_id
        over = self.sudo().search([("frozen_since", "!=", False), ("id", "not in", pairs.ids)], limit=limit)
        if not over:
            return 0
        locked = over._lock()
        entries = self.sudo().browse(locked.rows)
        entries._count_requests()
        return len(entries._thaw(locked.now))

    def _frozen_spans(self, row, started):
        """``(from, until)`` in which the clock of the holding stood still, as the rules know it."""
        spans = [tuple(map(fields.Datetime.to_datetime, span)) for span in row.frozen_spans or ()]
        return tuple((since, until) for since, until in spans if until > started)

    # ------------------------------------------------------------
    # DECIDE
    # ------------------------------------------------------------

    def _approve_dispute(self, approval):
        """One of the two keeps the customer, with both leads or with one merged of both; or both stay."""
        pair = self | approval.other_entry_id
        if not approval.outcome:
            return Verdict("outcome_required")
        if approval.outcome != "both":
            winner = self if approval.outcome == "asker" else approval.other_entry_id
            verdict = (pair - winner)._hand_to(winner, approval)
            if not verdict:
                return verdict
        self._tell_settled(approval)
        pair._thaw(self.env["lead.pool"]._now())
        if approval.outcome != "both" and (approval.values or {}).get("merge"):
            leads = pair.lead_id
            leads.with_context(lead_pool_pass=MERGE).merge_opportunity(
                user_id=winner.user_id.id, team_id=winner.lead_id.team_id.id
            )
        return OK

    def _hand_to(self, winner, approval):
        """This lead goes to who holds the other one, into that one's pool."""
        user, pool = winner.user_id, winner.pool_id
        locked = self._lock(users=user.ids, pools=pool.ids, wait=True)
        row = locked.rows.get(self.id)
        if row is None:
            return Verdict("busy")
        if row.state != "held":
            return Verdict("closed" if row.state == "closed" else "waiting")
        row_in_pool = locked.members.get((user.id, pool.id))
        loads = [locked.overall(user.id, row.company_id), *([row_in_pool.load] if row_in_pool else [])]
        over = any(load.held.full for load in loads)
        move = Move(
            row,
            "reassigned",
            "held",
            user_id=user.id,
            pool_id=pool.id,
            origin="assigned",
            end_reason="reassigned",
            over_capacity=over,
            note=approval.decision_note or "",
            detail={"approval": approval.id, **({"over_capacity": True} if over else {})},
        )
        self._apply([move], locked)
        return OK

    def _decline_dispute(self, approval):
        """Both stay, and their clocks run again."""
        self._tell_settled(approval)
        (self | approval.other_entry_id)._thaw(self.env["lead.pool"]._now())
        return OK

    def _withdraw_dispute(self, approval):
        return self._decline_dispute(approval)

    # ------------------------------------------------------------
    # TELL
    # ------------------------------------------------------------

    def _tell_disputed(self, rival):
        """Who holds the other lead is told that its clock stands still; not by whom, and not for which lead."""
        env = self._env_of(rival.user_id)
        subject = env._("Lead #%(number)s is in dispute", number=rival.lead_ref)
        line = env._(
            "A colleague says that he works the same customer. An admin decides; until then the lead does not go back."
        )
        self.sudo()._tell_one("answer", rival.pool_id.id, rival.user_id.id, subject, [line], [rival.lead_ref])

    def _tell_settled(self, approval):
        rival = approval.other_entry_id
        if rival.state != "held" or rival.user_id == approval.user_id:  # handed over: he is told that by itself
            return
        env = self._env_of(rival.user_id)
        subject = env._("The dispute about lead #%(number)s is over", number=rival.lead_ref)
        line = env._("You keep the lead, and its clock runs on: the time of the dispute does not count.")
        lines = [line, *filter(None, [approval.decision_note])]
        self.sudo()._tell_one("answer", rival.pool_id.id, rival.user_id.id, subject, lines, [rival.lead_ref])

    def _request_words_dispute(self, approval):
        _, words = self.env._, approval._words()
        asks = _("%(user)s says that a colleague works the customer of %(lead)s too.", **words)
        if approval.is_judge:
            asks = _("%(user)s says that %(other_user)s works the customer of %(lead)s too, as %(other)s.", **words)
        return asks, _("You choose who keeps the customer: one of them, with both leads, or both."), False

    # ------------------------------------------------------------
    # BUTTONS
    # ------------------------------------------------------------

    def button_dispute(self):
        return self._wizard("lead.pool.dispute", self.env._("Another Rep Works This Customer"))
