from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import SQL

from ..isolation import contended
from ..rules import approval as rules
from ..rules.facts import OK, Verdict

KINDS = [
    ("extension", "More Time"),
    ("over_capacity", "One More Lead"),
    ("invalid", "Invalid Lead"),
    ("dispute", "Dispute"),
    ("storm", "Many Leads Go Back"),
]
STATES = [
    ("open", "To Decide"),
    ("approved", "Approved"),
    ("declined", "Declined"),
    ("withdrawn", "Withdrawn"),
    ("lapsed", "Lapsed"),
]


class Refused(Exception):
    """What was approved cannot be done; the request stays open."""

    def __init__(self, verdict):
        super().__init__(verdict.code)
        self.verdict = verdict


class LeadPoolApproval(models.Model):
    """A request that an admin of the pool decides: one inbox for all of them.

    What a kind does is said by the lead's entry (of the kind ``storm``: by the pool), found by name:
    ``_approve_<kind>(approval)`` and, where they exist, ``_decline_<kind>`` and ``_withdraw_<kind>``. They answer a
    ``Verdict``; a refusal leaves the request open. ``_request_words_<kind>(approval)`` answers three sentences in the
    reader's language: what is asked for, what follows on yes and what on no; ``approval._words()`` has who asks, the
    lead and the pool as the reader may know them.
    """

    _name = "lead.pool.approval"
    _inherit = ["lead.pool.disputed", "lead.pool.answers", "lead.pool.approval.news", "lead.pool.verb.rights"]
    _description = "Request for a Decision"
    _order = "state, id desc"
    _rec_name = "lead_ref"

    kind = fields.Selection(KINDS, "Kind of Request", required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="open")
    pool_id = fields.Many2one("lead.pool", "Lead Pool", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one("res.company", index=True, ondelete="cascade", readonly=True)
    entry_id = fields.Many2one("lead.pool.entry", index="btree_not_null", ondelete="cascade", readonly=True)
    lead_ref = fields.Integer("Lead Number", readonly=True, aggregator=None)
    user_id = fields.Many2one("res.users", "Asked By", required=True, index=True, ondelete="restrict", readonly=True)
    asked_at = fields.Datetime("Asked", required=True, readonly=True)
    note = fields.Text("Why", readonly=True)
    values = fields.Json(readonly=True, groups=NO_ACCESS)  # what the handlers need; may name what the asker may not see
    told = fields.Boolean(readonly=True, help="The pool's admins got a message for it.")
    decided_by_id = fields.Many2one("res.users", "Decided By", ondelete="restrict", readonly=True)
    decided_at = fields.Datetime("Decided", readonly=True)
    decision_note = fields.Text("Answer", readonly=True)

    sentence = fields.Text("Request", compute="_compute_words", compute_sudo=True)
    on_yes = fields.Char(compute="_compute_words", compute_sudo=True)
    on_no = fields.Char(compute="_compute_words", compute_sudo=True)
    can_decide = fields.Boolean(compute="_compute_can", compute_sudo=True)
    can_withdraw = fields.Boolean(compute="_compute_can", compute_sudo=True)
    event_ids = fields.Many2many("lead.pool.event", compute="_compute_history", string="What Happened")
    follow_up_ids = fields.Many2many("lead.follow.up", compute="_compute_history", string="Follow-ups")

    _one_open = models.UniqueIndex("(entry_id, kind, user_id) WHERE state = 'open'")
    _one_open_of_pool = models.UniqueIndex("(pool_id, kind) WHERE state = 'open' AND entry_id IS NULL")
    _open_idx = models.Index("(pool_id) WHERE state = 'open'")

    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for approval in self:
            number = f" #{approval.lead_ref}" if approval.lead_ref else ""
            approval.display_name = f"{kinds.get(approval.kind, '')}{number}"

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    @api.depends("state")
    @api.depends_context("uid", "lang")
    def _compute_words(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for approval in self:
            method = getattr(approval.entry_id or approval.pool_id, f"_request_words_{approval.kind}", None)
            what, approval.on_yes, approval.on_no = method(approval) if method else (kinds[approval.kind], False, False)
            if not method:
                what = self.env._("%(user)s asks for %(lead)s: %(what)s", what=what, **approval._words())
            approval.sentence = what

    def _words(self):
        """Who, which lead and which pool, as the reader may know them: a lead that he may not read is a number."""
        words = {"user": self.user_id.name, "pool": self.pool_id.name, "lead": self._name_of(self.entry_id)}
        return {**words, **self._words_for_other()} if self.other_entry_id else words

    def _name_of(self, entry):
        number = self.env._("lead #%(number)s", number=entry.lead_ref or self.lead_ref)
        lead = entry.lead_id.sudo(False)
        return f"{number} “{lead.name}”" if lead and lead.has_access("read") else number

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can(self):
        for approval in self:
            approval.can_decide = bool(self._may("approved", approval))
            approval.can_withdraw = bool(self._may("withdrawn", approval))

    @api.depends_context("uid")
    def _compute_history(self):
        """Of the lead, as far as the reader may see it."""
        for approval in self:
            approval.event_ids = self.env["lead.pool.event"].search([("lead_ref", "=", approval.lead_ref or -1)])
            lead = approval.sudo().entry_id.lead_id
            approval.follow_up_ids = self.env["lead.follow.up"].search([("lead_id", "in", lead.ids)])

    # ------------------------------------------------------------
    # CRUD: the verbs write, nobody else
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if vals_list and not self.env.su:
            raise AccessError(self.env._("A request is made by the button of what you ask for."))
        return super().create(vals_list)

    def write(self, vals):
        if self and vals and not self.env.su:
            raise AccessError(self.env._("A request is decided by Approve and Decline, not by editing."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise AccessError(self.env._("Requests stay in the history of the lead."))

    # ------------------------------------------------------------
    # ASK
    # ------------------------------------------------------------

    @api.model
    def _ask(self, kind, pool, entry=None, values=None, note="", row=None, other=None):
        """Put a request of the caller before the admins of the pool.

        Of each kind one request a lead and asker is open at a time (of ``storm`` one a pool): asking again answers the
        one that waits. The admins are told once a transaction, and not again within the hour while requests are open.

        :param str kind: one of :data:`KINDS`
        :param entry: ``lead.pool.entry``, locked by the verb that calls this; none for ``storm``
        :param dict values: JSON for the handlers; nobody reads it over RPC
        :param row: the entry's :class:`Row` under its lock, if the verb writes more events of it afterwards
        :param other: the entry of the other side of a dispute, locked too
        :returns: the open ``lead.pool.approval``, in sudo
        """
        pool = pool.sudo()
        mine = [("kind", "=", kind), ("state", "=", "open"), ("pool_id", "=", pool.id)]
        mine += [("entry_id", "=", entry.id), ("user_id", "=", self.env.uid)] if entry else [("entry_id", "=", False)]
        waiting = self.sudo().search(mine, limit=1)
        if waiting:
            return waiting
        now = self.env["lead.pool"]._now()
        approval = self.sudo().create(
            {
                "kind": kind,
                "pool_id": pool.id,
                "company_id": entry.sudo().company_id.id if entry else pool.company_id.id,
                "entry_id": entry.id if entry else False,
                "lead_ref": entry.sudo().lead_ref if entry else 0,
                "user_id": self.env.uid,
                "asked_at": now,
                "note": note or False,
                "values": values or False,
                "other_entry_id": other.id if other else False,
                "other_pool_id": other.pool_id.id if other else False,
            }
        )
        if entry:
            approval._note_on_lead("approval_asked", now, note, row=row)
            entry.sudo()._count_requests()
        approval._tell_admins_later()
        return approval

    def _note_on_lead(self, kind, now, note="", row=None):
        """An event in the history of the lead; its entry is locked."""
        self.ensure_one()
        entry = self.entry_id
        row = row or entry._read_rows().get(entry.id)
        if row is None:
            return
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        text = ": ".join(part for part in (kinds[self.kind], note) if part)
        entry._note_events([row], kind, now, note=text, detail={"approval": self.id, "kind": self.kind})
        if self.other_entry_id:
            self._note_on_other(kind, now)

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @contended
    def action_approve(self, note=None, request_uid=None):
        """Say yes, and have it done; by admins of the pool, of their own requests by managers only.

        :param str note: told to who asked, kept with the event
        :returns: ``[{'id', 'done', 'code', 'message', 'retry_at'}]`` in the order asked; a request that cannot be
            fulfilled any more stays open, and the message says why
        """
        return self._answered("approve", note, request_uid, lambda: self._decide("approved", note))

    @contended
    def action_decline(self, note=None, request_uid=None):
        """Say no; by admins of the pool, of their own requests by managers only.

        :returns: as :meth:`action_approve`
        """
        return self._answered("decline", note, request_uid, lambda: self._decide("declined", note))

    @contended
    def action_withdraw(self, request_uid=None):
        """Take my own request back.

        :returns: as :meth:`action_approve`
        """
        return self._answered("withdraw", None, request_uid, lambda: self._decide("withdrawn", None))

    def _answered(self, name, note, request_uid, work):
        self.browse().check_access("read")
        self._check_arguments(note=note)
        verb = f"lead.pool.approval.action_{name} {list(self._ids)}"
        return self.env["lead.pool.request"]._once(verb, request_uid, work)

    # ------------------------------------------------------------
    # DO
    # ------------------------------------------------------------

    def _decide(self, state, note, **settled):
        """Bring these requests into ``state``.

        :param settled: ``outcome`` and ``merge``, of disputes
        """
        known = self.browse(self._ids).exists()._filtered_access("read")
        now = self.env["lead.pool"]._now()
        known.sudo()._lock()
        verdicts, names, done = {}, {}, self.sudo().browse()
        for approval_id in self._ids:
            if approval_id not in known._ids:
                verdicts[approval_id] = Verdict("unknown")
                continue
            approval = self.sudo().browse(approval_id)
            names[approval_id] = approval._names_for_sentence()
            verdict = self._may(state, approval)
            if verdict:
                verdict = approval._carry_out(state, note, now, **settled)
            if verdict:
                done |= approval
            verdicts[approval_id] = verdict
        done._tell_askers()
        return self._answers(verdicts, names)

    def _may(self, state, approval):
        """Whether the caller may bring the request into this state."""
        uid = self.env.uid
        if state == "withdrawn":
            return rules.may_withdraw(approval.state, asker_id=approval.user_id.id, user_id=uid)
        pools = approval._pools_touched()
        return rules.may_decide(
            approval.state,
            asker_id=approval.user_id.id,
            user_id=uid,
            is_admin=self._pools_run(pools.ids) == set(pools.ids),
            is_manager=self.env.user._runs_all_pools(),
        )

    def _lock(self):
        """Lock what deciding these takes, in the order of :mod:`.verbs.locks`, requests last: two admins who decide at
        once wait for each other, and the second one reads what the first one did."""
        entries = self._entries_touched()
        if entries:
            entries._lock(users=self.user_id.ids, wait=True)
        self.flush_model()
        self.env.cr.execute(
            SQL("SELECT id FROM lead_pool_approval WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", list(self.ids))
        )
        self.invalidate_model()

    def _carry_out(self, state, note, now, outcome=None, merge=False):
        """Decide this request, and do what follows; nothing of it when what follows is refused."""
        self.ensure_one()
        values = {"outcome": outcome, "values": {**(self.values or {}), "merge": merge}} if outcome else {}
        try:
            with self.env.cr.savepoint():
                self.write(
                    {
                        "state": state,
                        "decided_by_id": self.env.uid,
                        "decided_at": now,
                        "decision_note": note or False,
                        **values,
                    }
                )
                if self.entry_id:
                    self._note_on_lead(f"approval_{state}", now, note or "")
                    self.entry_id._count_requests()
                verdict = self._follow(state)
                if not verdict:
                    raise Refused(verdict)
        except Refused as refused:
            return refused.verdict
        return OK

    def _follow(self, state):
        """What the kind does on this decision."""
        subject = self.entry_id or self.pool_id
        verb = {"approved": "approve", "declined": "decline", "withdrawn": "withdraw"}[state]
        handler = getattr(subject, f"_{verb}_{self.kind}", None)
        return handler(self) if handler else OK

    def _names_for_sentence(self):
        """Placeholders of the sentences: the pool, and who decided, else who asked."""
        return {"pool": self.pool_id.name, "user": (self.decided_by_id or self.user_id).name}

    def _refusal_sentences(self, names):
        _ = self.env._
        return {
            **super()._refusal_sentences(names),
            "unknown": _("There is no such request in a pool of yours. Reload the list."),
        }

    # ------------------------------------------------------------
    # LAPSE
    # ------------------------------------------------------------

    @api.model
    def _lapse(self, moves, now):
        """The leads of these moves change hands, pool or state: what was asked for them lapses.

        Called by the ledger under the locks of the entries, before it moves them.
        """
        rows = {
            move.row.id: move.row
            for move in moves
            if (move.row.open_requests or move.row.frozen_since)
            and (move.changes_hands or move.state != move.row.state or move.pool_id != move.row.pool_id)
        }
        if not rows:
            return
        of_these = Domain("entry_id", "in", list(rows)) | Domain("other_entry_id", "in", list(rows))
        lapsing = self.sudo().search(of_these & Domain("state", "=", "open"), order="id")
        lapsing.write({"state": "lapsed", "decided_at": now})
        for approval in lapsing:
            for entry_id in (approval.entry_id.id, approval.other_entry_id.id):
                if entry_id in rows:
                    approval._note_lapse(rows[entry_id], now)
        for row in rows.values():
            row.frozen_since = row.frozen_spans = None  # of the holding that ends
        lapsing.entry_id.filtered(lambda entry: entry.id in rows)._count_requests()
        if lapsing.other_entry_id:
            self.env.ref("lead_pool.ir_cron_reclaim").sudo()._trigger()  # the clock of the other side runs again
        lapsing.filtered(lambda approval: approval.kind in ("over_capacity", "dispute"))._tell_askers()

    def _note_lapse(self, row, now):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        detail = {"approval": self.id, "kind": self.kind}
        self.entry_id._note_events([row], "approval_lapsed", now, note=kinds[self.kind], detail=detail)

    # ------------------------------------------------------------
    # BUTTONS
    # ------------------------------------------------------------

    def button_approve(self):
        return self._ask_decision("approved", self.env._("Approve"))

    def button_decline(self):
        return self._ask_decision("declined", self.env._("Decline"))

    def _ask_decision(self, decision, title):
        context = {"default_approval_ids": [(6, 0, self.ids)], "default_decision": decision}
        return {**self._window("lead.pool.decide", title), "context": context}

    def _window(self, model, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
        }

    @contended
    def button_withdraw(self):
        return self._notification(
            self.action_withdraw(), lambda n: self.env._("%(count)s requests were withdrawn.", count=n)
        )

    def button_open_lead(self):
        """Open the lead, for who may read it."""
        return self.entry_id.sudo(False)._open_leads(self.sudo().entry_id)

    # ------------------------------------------------------------
    # WHO MAY SEE
    # ------------------------------------------------------------

    @api.model
    def _open_of_mine_to_decide(self):
        """Domain of the open requests that the caller may decide."""
        domain = Domain("state", "=", "open")
        if not self.env.user.has_group("lead_pool.group_manager"):
            domain &= Domain("pool_id", "in", self.env.user._lead_pool_ids("admin"))
        return domain
