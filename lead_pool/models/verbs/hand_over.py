"""The leads of somebody who leaves, or is away for a while, go to others, and come back."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta

from odoo import fields, models

from ...rules import handover
from ...rules.assigning import may_assign
from ...rules.facts import OK, Verdict
from .ledger import Move, Terms


@dataclass(slots=True)
class Plan:
    """Where the leads of one group go."""

    mode: str  # person, split, leader: to users; own: as the pool distributes; pool: they wait there
    shares: dict  # {user id: weight}; of leader: {}
    over_capacity: bool = False
    fallback: bool = False  # to the pool, where nobody can take it


class LeadPoolHandOver(models.AbstractModel):
    """Mixed into the entry."""

    _name = "lead.pool.verb.hand_over"
    _description = "Handing Over"

    # ------------------------------------------------------------
    # AWAY
    # ------------------------------------------------------------

    def _hand_over(self, user, plans, *, grace, note, detail, before_apply):
        """Move these held leads of ``user``.

        :param plans: ``{entry id: Plan}``
        :param timedelta grace: none of them goes back by itself before
        :param before_apply: callable ``([Move])``, under the locks
        :returns: ``(locked, [Move], {entry id: Verdict})``; what somebody moved meanwhile is in neither
        """
        entries = self.sudo()
        pools = entries.pool_id
        users = {uid for plan in plans.values() for uid in plan.shares}
        own = pools.filtered(lambda pool: any(plans[e.id].mode == "own" for e in entries if e.pool_id == pool))
        users |= set(own.member_ids.filtered(lambda member: member.role == "member").user_id.ids)
        leaders = entries._leaders([e.lead_id.id for e in entries if plans[e.id].mode == "leader"])
        users |= set(leaders.values())
        locked = entries._lock(users=users - {user.id}, wait=True)
        rows = [row for row in locked.rows.values() if row.state == "held" and row.user_id == user.id]
        home = {one.id: set(one.company_ids.ids) for one in self.env["res.users"].sudo().browse(users)}
        moves, verdicts = [], {}

        def judge(row, user_id):
            if row.company_id not in home.get(user_id, ()):
                return Verdict("target_foreign")
            return may_assign(
                row.facts(),
                locked.members.get((user_id, row.pool_id)),
                locked.overall(user_id, row.company_id),
                over_capacity=plans[row.id].over_capacity,
            )

        def take(row, user_id):
            locked.members[user_id, row.pool_id].load.held.used += 1
            locked.overall(user_id, row.company_id).held.used += 1

        def give(row, user_id, **words):
            move = self._prepare_hand_over(row, user_id, locked, note=note, detail=detail)
            move.terms = Terms(keep_until=locked.now + grace) if user_id else None
            move.decision_id = words.get("decision_id", 0)
            moves.append(move)
            verdicts[row.id] = OK

        dealt = defaultdict(list)
        for row in rows:
            plan = plans[row.id]
            if plan.mode == "leader":
                leader = leaders.get(row.lead_id)
                dealt[(leader, 1.0),].append(row) if leader else dealt[()].append(row)
            elif plan.mode in ("person", "split"):
                dealt[tuple(sorted(plan.shares.items()))].append(row)
            elif plan.mode == "pool":
                give(row, 0)
        for shares, some in dealt.items():
            for row, user_id, verdict in handover.deal(some, dict(shares), judge, take):
                if user_id or plans[row.id].fallback:
                    give(row, user_id)
                else:
                    verdicts[row.id] = verdict
        for pool in own:
            some = [row for row in rows if row.pool_id == pool.id and plans[row.id].mode == "own"]
            for row, user_id, decision_id in self._choose_others(pool, some, locked):
                give(row, user_id, decision_id=decision_id)
        before_apply(moves)
        entries._apply(moves, locked)
        return locked, moves, verdicts

    def _choose_others(self, pool, rows, locked):
        """Who gets leads as their pool distributes, by turns where it is done by hand; without anybody they wait.

        :returns: ``[(Row, user id or 0, decision id)]``
        """
        policy = pool._policy()[pool.id]
        if policy.strategy == "manual":
            policy = replace(policy, strategy="rotation")
        for row in rows:
            row.barred = frozenset({row.user_id})
        return [(row, choice.user_id, decision.id) for row, choice, decision in pool._choose(rows, locked, policy)]

    def _prepare_hand_over(self, row, user_id, locked, *, note="", detail=None):
        """The move that hands one lead over to ``user_id``, 0: to its pool."""
        member = locked.members.get((user_id, row.pool_id))
        loads = [locked.overall(user_id, row.company_id)] if user_id else []
        loads += [member.load] if member else []
        over = any(load.held.limit and load.held.used > load.held.limit for load in loads)
        return Move(
            row,
            "handed_over",
            "held" if user_id else "waiting",
            user_id=user_id,
            origin="handed_over" if user_id else "",
            end_reason="handed_over" if row.state == "held" else "",
            over_capacity=over,
            note=note or "",
            detail={**(detail or {}), **({"over_capacity": True} if over else {})},
        )

    # ------------------------------------------------------------
    # AND BACK
    # ------------------------------------------------------------

    def _hand_back(self, lines, *, cover, before_apply):
        """Give these leads back to who had them before a hand-over, with the deadline of then and the pause.

        :param lines: ``lead.pool.handover.line`` of these entries
        :param cover: see :func:`rules.handover.may_go_back`
        :param before_apply: as of :meth:`_hand_over`
        :returns: ``(locked, {entry id: Verdict}, {entry id: lead.pool.approval that are open again})``
        """
        entries = self.sudo()
        of_entry = {line.entry_id.id: line for line in lines}
        wanted = {line.entry_id.id: (line.before or {}).get("requests") or [] for line in lines}
        others = entries.browse({other for some in wanted.values() for _id, other, _epoch in some if other}).exists()
        users = set(lines.from_user_id.ids)
        locked = (entries | others)._lock(users=users, wait=True)
        since = {line.lead_ref: line.touched_after for line in lines}
        touched = set() if cover else entries._touched_since(since)
        ends = lines._ends() if cover else {line: line for line in lines}
        requests = entries._reopenable(wanted, locked)
        moves, verdicts = [], {}
        for row in [locked.rows[entry_id] for entry_id in entries.ids if entry_id in locked.rows]:
            line = of_entry[row.id]
            verdict = handover.may_go_back(
                row.state,
                row.user_id or 0,
                row.epoch,
                moved_to=ends[line].to_user_id.id or 0,
                moved_epoch=ends[line].epoch,
                touched=row.lead_ref in touched,
                cover=cover,
            )
            verdicts[row.id] = verdict
            if not verdict:
                continue
            user_id = line.from_user_id.id
            if member := locked.members.get((user_id, row.pool_id)):
                member.load.held.used += 1
            locked.overall(user_id, row.company_id).held.used += 1
            detail = {"handover": line.handover_id.id, "back": "cover" if cover else "undo"}
            move = self._prepare_hand_over(row, user_id, locked, detail=detail)
            move.terms = self._terms_of(line, requests[row.id], locked.now)
            moves.append(move)
        before_apply(moves)
        entries._apply(moves, locked)
        reopened = {move.row.id: requests[move.row.id] for move in moves}
        entries._reopen_requests(reopened, {entry_id: of_entry[entry_id].moved_at for entry_id in reopened}, locked.now)
        return locked, verdicts, reopened

    def _terms_of(self, line, requests, now):
        """What the former holder had of this lead, as if the time since had not been.

        :param requests: ``lead.pool.approval`` that are open again
        """
        had, pause = line.before or {}, now - line.moved_at
        moment = fields.Datetime.to_datetime

        def later(text):
            return moment(text) + pause if text else None

        kinds = set(requests.mapped("kind"))
        asked_until = later(had.get("asked_until")) if "extension" in kinds else None
        keep = [later(had.get("keep_until"))]
        if not asked_until:  # else the deadline of then may be no more than the time to answer
            keep.append(later(had.get("reclaim_at")))
        span = [fields.Datetime.to_string(line.moved_at), fields.Datetime.to_string(now)]
        return Terms(
            keep_until=max(filter(None, keep), default=None),
            held_since=moment(had.get("held_since")) or now,
            frozen_spans=[*(had.get("frozen_spans") or []), *([span] if pause > timedelta() else [])],
            locked=bool(had.get("locked")),
            locked_until=later(had.get("locked_until")),
            extension_count=had.get("extension_count") or 0,
            asked_until=asked_until,
            frozen_since=moment(had.get("frozen_since")) if "dispute" in kinds else None,
            due_from=moment(had.get("due_from")),
            due_days=had.get("due_days"),
        )

    def _had(self, row, requests):
        """What the holder of this lead has of it, for the line of a hand-over.

        :param requests: open ones, see :meth:`_open_requests`
        """
        text = fields.Datetime.to_string
        spans = list(row.frozen_spans or ())
        if row.frozen_since:  # the dispute lapses now
            spans.append([text(row.frozen_since), text(self.env["lead.pool"]._now())])
        return {
            "held_since": text(row.held_since) or None,
            "reclaim_at": text(row.reclaim_at) or None,
            "keep_until": text(row.keep_until) or None,
            "frozen_spans": spans,
            "locked": bool(row.locked),
            "locked_until": text(row.locked_until) or None,
            "extension_count": row.extension_count or 0,
            "asked_until": text(row.asked_until) or None,
            "frozen_since": text(row.frozen_since) or None,
            "due_from": text(row.due_from) or None,
            "due_days": row.due_days,
            "requests": requests,
        }
