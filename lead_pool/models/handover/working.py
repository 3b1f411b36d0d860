"""The work of a hand-over, in batches: away, and back."""

from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ...isolation import as_many_as_go
from ...rules import handover
from ...rules.facts import OK, Verdict
from ..verbs.hand_over import Plan

CHUNK = 250  # leads a transaction
AT_ONCE = 100  # leads that are done while one waits; more are done in the background


class LeadPoolHandoverWorking(models.AbstractModel):
    """Mixed into ``lead.pool.handover``."""

    _name = "lead.pool.handover.working"
    _description = "Handing Over in Batches"

    def _go_on(self):
        """Do it at once, or have it done in the background."""
        todo = self._todo_count()
        if self.source == "archived" and self.state == "working" or todo > AT_ONCE:
            actor = self.run_by_id or self.env.ref("base.user_root")
            Job = self.env["lead.pool.job"].with_user(actor)
            self.job_id = Job._start("hand_over", total=todo, params={"handover_id": self.id})
            return
        while self._do_some()[1]:
            pass

    def _todo_count(self):
        if self.state == "going_back":
            return len(self._lines_to_do(None))
        return len(self._leads_to_do(None))

    def _do_some(self, limit=CHUNK):
        """One batch; ``(number done, whether there is more)``."""
        this = self.with_user(self.run_by_id or self.env.ref("base.user_root")).sudo()
        if this.source == "archived" and this.env["lead.pool"]._stopped():
            return 0, False  # goes on when the switch is off again
        if not this.try_lock_for_update() or this.state not in ("working", "going_back"):
            return 0, False
        work = this._give_back_some if this.state == "going_back" else this._hand_over_some
        (done, found), _tried = as_many_as_go(this.env.cr, work, limit, this._leave_blocked)
        if not found:
            this._finish()
        return done, bool(found and done)  # what somebody works on this moment waits for the next run

    def _finish(self):
        now = self.env["lead.pool"]._now()
        if self.state == "going_back":
            self.write({"state": "back", "back_at": now})
            return
        self.write({"state": "done", "done_at": now, "parked": False})
        if self.kind == "cover" and self.cover_until:
            self.env.ref("lead_pool.ir_cron_handover")._trigger(at=self.cover_until)
        if self.source == "archived":
            self._tell_admins()

    def _leads_to_do(self, limit):
        """``[(lead id, stage, entry, pool, kind)]`` of the leads without a line yet, by number."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """SELECT m.id, m.stage_id, m.entry_id, m.pool_id, m.kind FROM (%s) m
                    WHERE NOT EXISTS (SELECT FROM lead_pool_handover_line n
                                       WHERE n.handover_id = %s AND n.lead_ref = m.id)
                      AND NOT EXISTS (SELECT FROM lead_pool_handover_group g
                                       WHERE g.handover_id = %s AND g.mode = 'keep' AND g.kind = m.kind
                                         AND g.pool_id IS NOT DISTINCT FROM m.pool_id
                                         AND g.stage_id IS NOT DISTINCT FROM m.stage_id)
                    ORDER BY m.id LIMIT %s""",
                self._mine(self.user_id.id, self._runs()),
                self.id,
                self.id,
                limit,
            )
        )

    def _hand_over_some(self, limit):
        """:returns: ``(number done, number found)``"""
        found = self._leads_to_do(limit)
        choices = {(group.pool_id.id, group.kind, group.stage_id.id): group for group in self.group_ids}
        plans, outside, refused = {}, {}, {}
        for lead_id, stage_id, entry_id, pool_id, kind in found:
            plan = self._plan(choices.get((pool_id or False, kind, stage_id or False)))
            if kind == "outside":
                outside[lead_id] = plan
            elif self.source == "archived" and self.env["lead.pool"].browse(pool_id).mode == "observe":
                refused[lead_id] = (entry_id, pool_id, "observe_only")
            else:
                plans[entry_id] = plan
        lines = [
            {"lead_ref": ref, "lead_id": ref, "entry_id": entry, "pool_id": pool, "state": "refused", "code": code}
            for ref, (entry, pool, code) in refused.items()
        ]
        if plans:
            lines += self._hand_over_pooled(plans)
        if outside:
            lines += self._hand_over_outside(outside)
        self._write_lines(lines)
        return len(lines), len(found)

    def _plan(self, group):
        mode = group.mode if group and group.mode else self.mode
        shares = {}
        if mode == "person":
            user = group.user_id if group and group.mode and group.user_id else self.target_user_id
            shares = {user.id: 1.0} if user else {}
        elif mode == "split":
            shares = {share.user_id.id: share.weight for share in self.share_ids}
        return Plan(mode, shares, over_capacity=self.over_capacity, fallback=self.source == "archived")

    def _write_lines(self, lines):
        base = {"handover_id": self.id, "from_user_id": self.user_id.id}
        self.env["lead.pool.handover.line"].create([{**base, **line} for line in lines])

    def _since(self, now):
        """From when on what is done with a lead was done by others: after this very transaction."""
        return max(now, self.env.cr.now().replace(microsecond=0))

    # ── in pools ──────────────────────────────────────────────────────────────────────────────────

    def _hand_over_pooled(self, plans):
        had, along = {}, {}
        entries = self.env["lead.pool.entry"].sudo().browse(plans)

        def before_apply(moves):
            asked = [move.row.id for move in moves if move.row.open_requests or move.row.frozen_since]
            opened = entries.browse(asked)._open_requests() if asked else {}
            had.update((move.row.id, entries._had(move.row, opened.get(move.row.id, []))) for move in moves)
            along.update(self._take_along([(move.row.lead_id, move.user_id) for move in moves]))

        locked, moves, verdicts = entries._hand_over(
            self.user_id,
            plans,
            grace=timedelta(days=self.grace_days),
            note=self.note,
            detail={"handover": self.id},
            before_apply=before_apply,
        )
        lines = []
        for move in moves:
            row, gone = move.row, along[move.row.lead_id]
            lines.append(
                {
                    "lead_ref": row.lead_ref,
                    "lead_id": row.lead_id,
                    "entry_id": row.id,
                    "pool_id": row.pool_id,
                    "to_user_id": move.user_id or False,
                    "moved_at": locked.now,
                    "reclaim_at": move.deadline.reclaim_at if move.deadline else False,
                    "state": "moved",
                    "epoch": row.epoch + 1,
                    "touched_after": self._since(locked.now),
                    "before": {**had[row.id], **gone},
                    "requests": len(had[row.id]["requests"]),
                    "activities": len(gone["activities"]),
                    "meetings": len(gone["meetings"]),
                }
            )
        for entry_id, verdict in verdicts.items():
            if not verdict:
                row = locked.rows[entry_id]
                values = {"lead_ref": row.lead_ref, "lead_id": row.lead_id, "entry_id": entry_id}
                target = next(iter(plans[entry_id].shares), False)
                lines.append(
                    {**values, "pool_id": row.pool_id, "to_user_id": target, "state": "refused", "code": verdict.code}
                )
        return lines

    def _take_along(self, pairs):
        """Activities, meetings and who helps go where their leads go.

        :param pairs: ``[(lead id, user id or 0)]``
        :returns: ``{lead id: {"activities": [[id, whose]], "meetings": [id], "helpers": [...]}}``; of those who help,
            see :meth:`lead.pool.helper._set_out`
        """
        to = dict(pairs)
        ended = self.env["lead.pool.helper"]._set_out(to)
        waiting = [lead_id for lead_id, user_id in pairs if not user_id]
        activities = self._activities_of(to, self.user_id.id, everybody=waiting)
        self._give_activities([(one, to[lead_id]) for lead_id, some in activities.items() for one, _whose in some])
        held = [lead_id for lead_id, user_id in pairs if user_id]
        meetings = self._meetings_of(held, self.user_id.id, self.env["lead.pool"]._now())
        for lead_id, some in meetings.items():
            self._give_meetings(some, self.user_id, self.env["res.users"].browse(to[lead_id]))
        return {
            lead_id: {
                "activities": activities.get(lead_id, []),
                "meetings": meetings[lead_id].ids if lead_id in meetings else [],
                "helpers": ended.get(lead_id, []),
            }
            for lead_id in to
        }

    # ── outside ───────────────────────────────────────────────────────────────────────────────────

    def _hand_over_outside(self, plans):
        """Leads of no pool, and opportunities that left theirs: only their owner changes."""
        leads = self.env["crm.lead"].sudo().browse(sorted(plans))
        leads.try_lock_for_update()
        leaders = self.env["lead.pool.entry"]._leaders(leads.ids)
        now, dealt, lines = self.env["lead.pool"]._now(), [], []
        by_shares = leads.grouped(
            lambda lead: tuple(sorted(self._outside_shares(plans[lead.id], lead, leaders).items()))
        )
        for shares, some in by_shares.items():
            users = {user.id: user for user in self.env["res.users"].sudo().browse(user for user, _weight in shares)}

            def judge(lead, user_id, users=users):
                user = users[user_id]
                if not user.active:
                    return Verdict("user_inactive")
                foreign = lead.company_id and lead.company_id not in user.company_ids
                return Verdict("target_foreign") if foreign else OK

            dealt += handover.deal(some, dict(shares), judge, lambda lead, user_id: None)
        taken = [(lead.id, user_id) for lead, user_id, _verdict in dealt if user_id]
        along = self._take_along(taken)
        for user_id in {user_id for _lead_id, user_id in taken}:
            some = leads.browse(lead_id for lead_id, to in taken if to == user_id)
            self._write_owner(some, user_id)
        for lead, user_id, verdict in dealt:
            line = {"lead_ref": lead.id, "lead_id": lead.id, "to_user_id": user_id or False}
            if user_id:
                gone = along[lead.id]
                line |= {
                    "state": "moved",
                    "moved_at": now,
                    "touched_after": self._since(now),
                    "before": gone,
                    "activities": len(gone["activities"]),
                    "meetings": len(gone["meetings"]),
                }
            else:
                line |= {"state": "refused", "code": verdict.code}
            lines.append(line)
        return lines

    def _outside_shares(self, plan, lead, leaders):
        if plan.mode in ("person", "split") and plan.shares:
            return plan.shares
        user = self.outside_user_id.id or leaders.get(lead.id)
        return {user: 1.0} if user and user != self.user_id.id else {}

    def _write_owner(self, leads, user_id):
        """Another owner for leads outside of pools; they keep their team, and nobody gets a mail for each."""
        quiet = {"mail_auto_subscribe_no_notify": True, "mail_notrack": True}
        for team, some in leads.grouped("team_id").items():
            some.with_context(**quiet).write({"user_id": user_id, "team_id": team.id})
        leads.flush_recordset()

    # ── back ──────────────────────────────────────────────────────────────────────────────────────

    def _lines_to_do(self, limit):
        Line = self.env["lead.pool.handover.line"]
        return Line.search([("handover_id", "=", self.id), ("state", "=", "moved")], limit=limit)

    def _give_back_some(self, limit):
        """:returns: as :meth:`_hand_over_some`"""
        self._check_has_user()
        found = self._lines_to_do(limit)
        pooled = found.filtered("epoch")
        done = self._give_back_outside(found - pooled)
        gone = pooled.filtered(lambda line: not line.entry_id)
        gone._keep("moved_since")
        pooled -= gone
        if not pooled:
            return done + len(gone), len(found)

        def before_apply(moves):
            lines = {line.entry_id.id: line for line in pooled}
            self._bring_back([(lines[move.row.id], move.row.lead_id) for move in moves])

        back, ended_by = pooled.browse(), pooled._ends()
        locked, verdicts, reopened = pooled.entry_id._hand_back(
            pooled, cover=self.back_as == "cover", before_apply=before_apply
        )
        for line in pooled.filtered(lambda line: line.entry_id.id in verdicts):
            verdict = verdicts[line.entry_id.id]
            if verdict:
                back |= line
                again = len(reopened[line.entry_id.id])
                line.write({"state": "back", "back_at": locked.now, "reopened": again})
            else:
                line._keep(verdict.code)
        back._resume_help(ended_by)
        return done + len(gone) + len(verdicts), len(found)

    def _give_back_outside(self, lines):
        now = self.env["lead.pool"]._now()
        touched = set()
        if self.back_as == "undo" and lines:
            since = {line.lead_ref: line.touched_after for line in lines}
            touched = self.env["lead.pool.entry"]._touched_since(since)
        lines.lead_id.try_lock_for_update()
        ends = lines._ends() if self.back_as == "cover" else {line: line for line in lines}
        for line in lines:
            lead = line.lead_id
            if not lead or lead.user_id != ends[line].to_user_id or not lead.active or lead.won_status != "pending":
                line._keep("moved_since")
            elif line.lead_ref in touched:
                line._keep("touched_since")
            else:
                self._bring_back([(line, lead.id)])
                self._write_owner(lead, self.user_id.id)
                line._resume_help(line._ends())
                line.write({"state": "back", "back_at": now})
        return len(lines)

    def _bring_back(self, pairs):
        """Activities and meetings that went along come back, and those planned since; who helps goes on.

        :param pairs: ``[(line, lead id)]``
        """
        self.env["lead.pool.helper"]._set_out({lead_id: self.user_id.id for _line, lead_id in pairs})
        back, meetings = [], self.env["calendar.event"].sudo()
        by_taker, ends = {}, self.env["lead.pool.handover.line"].concat(*(line for line, _lead_id in pairs))._ends()
        for line, lead_id in pairs:
            back += [(activity_id, whose) for activity_id, whose in line.before["activities"]]
            by_taker.setdefault(ends[line].to_user_id or line.to_user_id, []).append((line, lead_id))
            meetings |= meetings.browse(line.before["meetings"])
        meetings = meetings.exists()
        known = {activity_id for activity_id, _whose in back}
        for taker, some in by_taker.items():
            mine = self._activities_of([lead_id for _line, lead_id in some], taker.id) if taker else {}
            back += [(one, self.user_id.id) for new in mine.values() for one, _whose in new if one not in known]
            of_taker = meetings.filtered(
                lambda meeting, taker=taker, ids={lead_id for _line, lead_id in some}: (
                    meeting.opportunity_id.id in ids and meeting.user_id == taker
                )
            )
            if of_taker:
                self._give_meetings(of_taker, taker, self.user_id)
        self._give_activities(back)

    def _leave_blocked(self, error):
        """The first lead cannot be written, as another module refuses it: it is listed, and the others go on."""
        text = self.env["lead.pool.entry"]._error_text(error)
        if self.state == "going_back":
            line = self._lines_to_do(1)
            line._keep("blocked")
            line.note = text
            return 1, 1
        [(lead_id, _stage, entry_id, pool_id, _kind)] = self._leads_to_do(1)
        line = {"lead_ref": lead_id, "lead_id": lead_id, "entry_id": entry_id, "pool_id": pool_id, "note": text}
        self._write_lines([{**line, "state": "refused", "code": "blocked"}])
        return 1, 1
