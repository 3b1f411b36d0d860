"""A lead is none at all: by its holder with the evidence that the pool asks for, or by an admin."""

from odoo import models
from odoo.tools import SQL
from odoo.tools.misc import hmac

from ...isolation import contended
from ...rules import approval as rules
from ...rules import reclaim
from ...rules.facts import Verdict


class LeadPoolInvalid(models.AbstractModel):
    _name = "lead.pool.verb.invalid"
    _description = "Marking as Invalid"

    @contended
    def action_mark_invalid(self, reason_id, note=None, epoch=None, request_uid=None):
        """Say that these are no leads; by their holder, and for waiting ones by the pool's admins.

        Where the pool wants an admin to agree, a holder's answer is ``approval_asked``: he keeps the lead, and its
        clock runs on, until somebody decides.

        :param int reason_id: ``lead.pool.reason`` of kind invalid
        :param int epoch: of the one lead, as the caller last saw it; if it changed hands since, nothing is done
        :returns: as :meth:`action_claim`
        """
        self.browse().check_access("read")
        self._check_arguments(reason_id=reason_id, note=note, epoch=epoch)
        verb = f"lead.pool.entry.action_mark_invalid {list(self._ids)} {reason_id}"
        return self.env["lead.pool.request"]._once(
            verb, request_uid, lambda: self._mark_invalid(reason_id, note=note, epoch=epoch)
        )

    def _mark_invalid(self, reason_id, note=None, epoch=None):
        reason = self._reason(reason_id, "invalid")
        entries = self.sudo()
        locked = entries._lock(wait=True)
        runs = self._pools_run(locked.pools.ids)
        verdicts = self._known_verdicts(locked, epoch)
        names = entries._names({**locked.before, **locked.rows})
        months, moves = {}, []
        for entry_id in self._ids:
            if not verdicts[entry_id]:
                continue
            row = locked.rows[entry_id]
            verdict = Verdict("reason_required")
            if reason_id:
                verdict = reclaim.may_mark_invalid(
                    row.facts(), self.env.uid, is_admin=row.pool_id in runs, reason_ok=reason._is_for(row.pool_id)
                )
            verdict = verdict and reason._check_note(note)
            if verdict and row.pool_id not in runs:
                pool = locked.pools.browse(row.pool_id)
                verdict = entries.browse(entry_id)._judge_invalid(row, pool, note or "", months, locked.now)
                names[entry_id]["evidence"] = self._words_for_evidence(verdict, pool)
                if verdict.code == "approval_asked":
                    self._ask_invalid(entry_id, pool, reason, note)
            if verdict:
                moves.append(self._prepare_close(row, "invalid", reason=reason, note=note or ""))
            verdicts[entry_id] = verdict
        entries._apply(moves, locked)
        return self._answers(verdicts, names)

    def _judge_invalid(self, row, pool, note, months, now):
        """Whether the holder's word is enough.

        :param dict months: ``{pool id: Month}`` of the caller; read once a pool, counted up with each yes
        """
        policy = pool._invalid_policy()
        if policy.approval == "share" and pool.id not in months:
            months[pool.id] = self._read_month(pool, now)
        verdict = rules.may_mark_invalid_now(
            policy,
            note=note,
            proof=policy.evidence == "proof" and self._has_proof(row),
            digest=hmac(self.env(su=True), "lead_pool_invalid", str(row.lead_ref)),
            month=months.get(pool.id),
        )
        if verdict and pool.id in months:
            months[pool.id].invalid += 1
        return verdict

    def _read_month(self, pool, now):
        """The caller's month in the pool, on the pool's clock."""
        self.env["lead.pool.holding"].flush_model()
        [[held, invalid]] = self.env.execute_query(
            SQL(
                """SELECT count(DISTINCT lead_ref), count(DISTINCT lead_ref) FILTER (WHERE end_reason = 'invalid')
                     FROM lead_pool_holding
                    WHERE user_id = %(user)s AND pool_id = %(pool)s AND end_reason IS DISTINCT FROM 'undone'
                      AND (ended_at IS NULL OR ended_at >=
                           date_trunc('month', %(now)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)
                           AT TIME ZONE %(tz)s AT TIME ZONE 'UTC')""",
                user=self.env.uid,
                pool=pool.id,
                now=now,
                tz=pool.tz or "UTC",
            )
        )
        return rules.Month(held, invalid)

    def _has_proof(self, row):
        """Whether the holder followed the lead up, or attached something to it, since he has it. Override for more."""
        [[followed, attached]] = self.env.execute_query(
            SQL(
                """SELECT EXISTS (SELECT FROM lead_pool_holding
                                   WHERE lead_id = %(lead)s AND ended_at IS NULL AND follow_up_count > 0),
                          EXISTS (SELECT FROM ir_attachment
                                   WHERE res_model = 'crm.lead' AND res_field IS NULL AND res_id = %(lead)s
                                     AND create_uid = %(user)s AND create_date >= %(since)s)""",
                lead=row.lead_id,
                user=self.env.uid,
                since=row.held_since,
            )
        )
        return followed or attached

    def _words_for_evidence(self, verdict, pool):
        """What is missing before a lead is marked as invalid."""
        if verdict.limit:
            return self.env._(
                "Say why this is no lead: “%(pool)s” asks for a note of at least %(limit)s characters.",
                pool=pool.name,
                limit=verdict.limit,
            )
        return self.env._(
            "“%(pool)s” asks for a proof before a lead is invalid: note a follow-up, or attach a file to the lead.",
            pool=pool.name,
        )

    def _ask_invalid(self, entry_id, pool, reason, note):
        why = ". ".join(part for part in (reason.name, note) if part)
        values = {"reason_id": reason.id, "note": note or ""}
        self.env["lead.pool.approval"]._ask("invalid", pool, self.browse(entry_id), values=values, note=why)

    def _approve_invalid(self, approval):
        """An admin agrees: the lead is closed as invalid."""
        locked = self._lock(wait=True)
        row = locked.rows.get(self.id)
        if row is None:
            return Verdict("busy")
        reason = self._reason(approval.values["reason_id"], "invalid")
        verdict = reclaim.may_mark_invalid(row.facts(), approval.user_id.id, is_admin=False, reason_ok=bool(reason))
        if verdict:
            self._apply([self._prepare_close(row, "invalid", reason=reason, note=approval.values["note"])], locked)
        return verdict

    def _request_words_invalid(self, approval):
        _, words = self.env._, approval._words()
        return (
            _("%(user)s finds that %(lead)s of “%(pool)s” is no lead.", **words),
            _("The lead is closed as invalid."),
            _("%(user)s keeps the lead, and its clock has run on.", **words),
        )
