"""The deadline of a held lead: computed at each event by :mod:`rules.reclaim`, stored, and computed again when what it
follows from has changed."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...rules import reclaim
from ...rules.sentences import paragraph
from .reclaim import CHUNK
from .rows import Row


@dataclass(slots=True)
class Asked:
    """A lead whose deadline is asked for."""

    row: Row
    pool_id: int
    user_id: int  # who holds it
    started_at: datetime
    running: bool = True  # it has a deadline that is not to come forward below the grace


class LeadPoolDeadline(models.AbstractModel):
    _name = "lead.pool.verb.deadline"
    _description = "Deadlines"

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    def _deadlines(self, asked, now, draft=None, without_rules=()):
        """When these leads go back; a number of queries that does not grow with them.

        :param asked: ``[Asked]``
        :param draft: ``lead.pool`` that is being edited, whose rules count instead of the saved ones
        :param without_rules: ids of pools that are known to have no such rule in force
        :returns: ``{entry id: Deadline}``
        """
        ruled = {one.pool_id for one in asked}.difference(without_rules)
        rules = self._reclaim_rules(ruled, [one.row.lead_id for one in asked], draft)
        found = {one.row.id: rules(one.pool_id, one.row.lead_id) for one in asked}
        ends = [one for one in asked if found[one.row.id][0] and found[one.row.id][0].parts()]
        away = self._leaves({(one.user_id, one.pool_id): one.started_at for one in ends})
        exempt = self._exempt_facts(ends, draft)
        pools = draft or self.env["lead.pool"].sudo().browse({one.pool_id for one in asked})
        grace = {pool._origin.id: timedelta(hours=pool.grace_hours) for pool in pools}
        answers = {}
        for one in asked:
            row, (rule, time) = one.row, found[one.row.id]
            tenure = self._tenure(row, one.started_at)
            leaves, (facts, switched_on) = away.get((one.user_id, one.pool_id), ()), exempt.get(row.id, ((), ()))
            if leaves or facts:
                tenure = replace(
                    tenure,
                    away=(*tenure.away, *leaves),
                    exempt=tenure.exempt or reclaim.exempt_for(facts, switched_on),
                )
            answer = reclaim.deadline(rule, tenure, time)
            earlier = answer.reclaim_at and (not row.reclaim_at or answer.reclaim_at < row.reclaim_at)
            if one.running and earlier:
                floor = min(filter(None, (now + grace[one.pool_id], row.reclaim_at)))
                answer = reclaim.deadline(rule, tenure, time, not_before=floor)
            answers[row.id] = answer
        return answers

    def _tenure(self, row, started):
        """What the rules know of the present holder's time with the lead. Override to exempt leads."""
        converted = row.converted_at if row.converted_at and row.converted_at >= started else None
        return reclaim.Tenure(
            started,
            last_follow_up_at=row.last_follow_up_at,
            converted_at=converted,
            exempt="dispute" if row.frozen_since else "locked" if row.locked else "",
            away=self._frozen_spans(row, started),
            keep_until=max(filter(None, (row.keep_until, row.asked_until)), default=None),
            due=(row.due_from, row.due_days) if row.due_from else None,
        )

    def _reclaim_rules(self, pool_ids, lead_ids, draft=None):
        """A function ``(pool_id, lead_id) -> (Rule or None, WorkingTime)``; one query for each condition.

        :param draft: ``lead.pool`` that is being edited, whose rules count
        """
        leads = self.env["crm.lead"].sudo().browse(lead_ids)
        if draft:  # in a form the order may have changed
            active = {draft: draft.reclaim_rule_ids.filtered("active").sorted("sequence")}
        else:
            in_force = Domain("pool_id", "in", list(pool_ids)) & Domain("active", "=", True)
            active = self.env["lead.pool.reclaim.rule"].sudo().search_fetch(in_force).grouped("pool_id")
        rules, matches, times = {}, {}, {}
        for pool, of_pool in active.items():
            if not of_pool:
                continue
            pool_id = pool._origin.id
            rules[pool_id] = [(rule.id, rule._as_rule()) for rule in of_pool]
            if len(of_pool) > 1 or not of_pool[0]._lead_domain().is_true():
                for rule in of_pool:
                    found = {rule.id: rule._matching_ids(leads, rule.domain)[0]} if draft else rule._matching(leads)
                    matches.update(found)
            if any(rule.working for rule in of_pool):
                times[pool_id] = pool._origin._working_time()

        def first(pool_id, lead_id):
            time = times.get(pool_id, reclaim.CALENDAR)
            for rule_id, rule in rules.get(pool_id, ()):
                if rule_id not in matches or lead_id in matches[rule_id]:
                    return rule, time
            return None, time

        return first

    def _leaves(self, since):
        """Leaves of holders, by their row in the pool and by Odoo's time off, past, present and planned.

        :param since: ``{(user id, pool id): from when on they matter}``
        :returns: ``{(user id, pool id): ((from, until))}``
        """
        if not since:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT r.user_id, NULL::int, l.date_from, l.date_to
                     FROM resource_calendar_leaves l JOIN resource_resource r ON r.id = l.resource_id
                    WHERE r.user_id = ANY(%(users)s) AND l.date_to > %(since)s AND l.time_type = 'leave'
                   UNION ALL
                   SELECT m.user_id, m.pool_id, m.leave_from, m.leave_until FROM lead_pool_member m
                    WHERE m.user_id = ANY(%(users)s) AND m.pool_id = ANY(%(pools)s) AND m.role = 'member'
                      AND m.leave_until > %(since)s""",
                users=sorted({user for user, _pool in since}),
                pools=sorted({pool for _user, pool in since}),
                since=min(since.values()),
            )
        )
        return {
            (user, pool): tuple(
                (start, end) for owner, only, start, end in rows if owner == user and only in (None, pool)
            )
            for user, pool in since
        }

    def _exempt_facts(self, asked, draft=None):
        """``{entry id: ({facts that hold}, {those that the pool grants})}`` of :data:`rules.reclaim.EXEMPTIONS`; a
        query for each kind that a pool grants."""
        pools = draft or self.env["lead.pool"].sudo().browse({one.pool_id for one in asked})
        grants = {pool._origin.id: kinds for pool in pools if (kinds := pool._exempts())}
        asked = [one for one in asked if one.pool_id in grants]
        if not asked:
            return {}
        found = {}
        for pool in pools:
            of_pool = [one for one in asked if one.pool_id == pool._origin.id]
            if of_pool:
                leads = self.env["crm.lead"].sudo().browse(one.row.lead_id for one in of_pool)
                found[pool._origin.id] = pool._exempt_leads(leads, keep_problems=not draft)
        facts = {}
        for one in asked:
            kinds = {kind for kind, ids in found[one.pool_id].items() if one.row.lead_id in ids}
            if one.row.converted_at and one.row.converted_at >= one.started_at:
                kinds.add("converted")
            facts[one.row.id] = kinds, grants[one.pool_id]
        return facts

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    def _deadline_sentences(self):
        """``{entry id: when it goes back and why, or why never}`` of these held entries, in the reader's language."""
        entries = self.sudo()
        now = self.env["lead.pool"]._now()
        keys = {entry.id: (entry.user_id.id, entry.pool_id.id) for entry in entries}
        away = self._leaves({keys[entry.id]: now for entry in entries if entry.reclaim_at})
        return {
            entry.id: entry._deadline_sentence(reclaim.stands_until(away.get(keys[entry.id], ()), now))
            for entry in entries
        }

    def _deadline_sentence(self, stands):
        """:param stands: until when its holder is on leave"""
        self.ensure_one()
        _ = self.env._
        if self.frozen_since:
            return _("In dispute: the clock stands still until an admin has decided.")
        if not self.reclaim_at:
            stays = dict(self._fields["stays_because"]._description_selection(self.env)).get(self.stays_because)
            return _("Never goes back by itself: %(why)s.", why=stays) if stays else ""
        why = dict(self._fields["deadline_reason"]._description_selection(self.env)).get(self.deadline_reason, "")
        if rule := self._rule_beside(self.deadline_reason, self.reclaim_rule_id.name):
            why = _("%(why)s (%(rule)s)", why=why, rule=rule)
        words = {"moment": self._local_moment(self.reclaim_at), "why": why}
        target = self.reclaim_rule_id.destination_pool_id.name if self.reclaim_rule_id.destination == "other" else ""
        if self.reclaim_rule_id.destination == "next":
            text = _("Goes to the next rep on %(moment)s: %(why)s.", **words)
        elif target:
            text = _("Goes to “%(pool)s” on %(moment)s: %(why)s.", pool=target, **words)
        else:
            text = _("Goes back on %(moment)s: %(why)s.", **words)
        if stands:
            text = paragraph([text, _("The clock stands still until %(until)s: %(user)s is on leave.",
                                       until=self._local_moment(stands), user=self.user_id.name)])  # fmt: skip
        return text

    def _rule_beside(self, code, name):
        """The name of a reclaim rule, to stand beside the reason of a deadline; empty where both are called the same.

        A rule has its name in the language of who made it, so the reason is compared in each language.

        :param code: a value of ``deadline_reason``
        """
        words = self._fields["deadline_reason"]._description_selection
        envs = [self.with_context(lang=lang).env for lang, _name in self.env["res.lang"].get_installed()]
        same = {dict(words(env)).get(code, "").casefold() for env in envs}
        return "" if not name or name.strip().casefold() in same else name

    def _local_moment(self, moment):
        return fields.Datetime.context_timestamp(self, moment).strftime("%Y-%m-%d %H:%M")

    # ------------------------------------------------------------
    # WRITE
    # ------------------------------------------------------------

    def _set_deadlines(self, moves, locked):
        """Compute the deadline of each lead that is held after its move."""
        now = locked.now
        asked = [self._asked_of(move, now) for move in moves if move.state == "held"]
        if not asked:
            return
        answers = self._deadlines(asked, now, without_rules=locked.without.get("reclaim", ()))
        for move in moves:
            if move.state == "held":
                move.deadline = answers[move.row.id]
                move.warning = reclaim.next_warning(move.deadline.warnings, since=now)

    @staticmethod
    def _asked_of(move, now):
        if not move.changes_hands:
            return Asked(move.row, move.pool_id, move.user_id, move.row.held_since)
        row, since = move.row.fresh(), now
        if move.terms:
            row, since = move.terms.on(row), move.terms.held_since or now
        return Asked(row, move.pool_id, move.user_id, since, running=False)

    @api.model
    def _held_of(self, lead_ids, pool_ids):
        """The held entries of these leads in these pools, locked as long as the transaction lasts."""
        entries = self.sudo().search(
            [("lead_id", "in", list(lead_ids)), ("pool_id", "in", list(pool_ids)), ("state", "=", "held")]
        )
        entries._read_rows(lock="wait")
        return entries

    def _refresh_deadlines(self):
        """Compute the deadlines of these held entries again: rules, leaves, or what exempts a lead changed.

        A deadline comes forward only as far as now plus the pool's grace.
        """
        rows = self.sudo()._read_rows()
        self._compute_deadlines([row for row in rows.values() if row.state == "held"], self.env["lead.pool"]._now())

    def _keep_strictest(self, merged):
        """These leads of one holder were merged into this one: he has had it since he had the first of them, and until
        he follows up it goes back when the first of them would have; not before the pool's grace.

        :param merged: ``[Row]``, as they were
        """
        [row] = self.sudo()._read_rows(lock="wait").values()
        merged = [one for one in merged if one.state == "held" and one.user_id == row.user_id and one.id != row.id]
        if row.state != "held" or not merged:
            return
        now = self.env["lead.pool"]._now()
        soonest = min((one.reclaim_at for one in merged if one.reclaim_at), default=None)
        due = None
        if soonest and (not row.reclaim_at or soonest < row.reclaim_at):
            due = max(soonest, now + timedelta(hours=self.sudo().pool_id.grace_hours))
        away = self._leaves({(row.user_id, row.pool_id): now})[row.user_id, row.pool_id] if due else ()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry SET held_since = LEAST(held_since, %(since)s),
                          due_from = CASE WHEN %(due)s::timestamp IS NULL THEN due_from ELSE %(now)s END,
                          due_days = COALESCE(%(days)s, due_days), keep_until = LEAST(keep_until, %(due)s)
                    WHERE id = %(id)s""",
                id=row.id,
                since=min(one.held_since for one in merged),
                due=due,
                now=now,
                days=reclaim.days_left(now, due, away) if due else None,
            )
        )
        self.env["lead.pool.entry"].invalidate_model()
        self._refresh_deadlines()

    def _compute_deadlines(self, rows, now):
        """Compute and write the deadlines of these held leads, where they are others now.

        :param rows: ``[Row]``
        """
        if not rows:
            return
        answers = self._deadlines([Asked(row, row.pool_id, row.user_id, row.held_since) for row in rows], now)
        steps = {row.id: self._step_after(row, answers[row.id], now) for row in rows}
        changed = [
            row
            for row in rows
            if (answers[row.id].reclaim_at, answers[row.id].rule_id, answers[row.id].reason, answers[row.id].exempt)
            != (row.reclaim_at, row.reclaim_rule_id or 0, row.deadline_reason or "", row.stays_because or "")
            or steps[row.id] != (row.warn_at, row.warn_level or 0, bool(row.warned))
        ]
        if not changed:
            return
        columns = [
            ("id", "int", [row.id for row in changed]),
            ("epoch", "int", [row.epoch for row in changed]),
            ("followed", "timestamp", [row.last_follow_up_at for row in changed]),
            ("reclaim_at", "timestamp", [answers[row.id].reclaim_at for row in changed]),
            ("reason", "varchar", [answers[row.id].reason or None for row in changed]),
            ("rule_id", "int", [answers[row.id].rule_id or None for row in changed]),
            ("exempt", "varchar", [answers[row.id].exempt or None for row in changed]),
            ("warn_at", "timestamp", [steps[row.id][0] for row in changed]),
            ("warn_level", "int", [steps[row.id][1] for row in changed]),
            ("warned", "bool", [steps[row.id][2] for row in changed]),
        ]
        # a follow-up that came in between has computed the deadline already
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET reclaim_at = n.reclaim_at, deadline_reason = n.reason, reclaim_rule_id = n.rule_id,
                          stays_because = n.exempt, warn_at = n.warn_at, warn_level = n.warn_level, warned = n.warned
                     FROM (SELECT %s) n
                    WHERE e.id = n.id AND e.epoch = n.epoch AND e.state = 'held'
                      AND e.last_follow_up_at IS NOT DISTINCT FROM n.followed""",
                SQL(", ").join(
                    SQL("unnest(%s::%s[]) AS %s", values, SQL(kind), SQL.identifier(name))
                    for name, kind, values in columns
                ),
            )
        )
        self._forget_deadlines()

    def _forget_deadlines(self):
        """Deadlines were written by SQL."""
        columns = "reclaim_at deadline_reason reclaim_rule_id stays_because warn_at warn_level warned".split()
        self.env["lead.pool.entry"].invalidate_model(columns)
        self.env["crm.lead"].invalidate_model(["reclaim_at", "warn_at", "deadline_reason", "deadline_words"])

    @staticmethod
    def _step_after(row, answer, now):
        """``(when, who, whether nobody is left to warn)``: nobody is warned twice of the same deadline."""
        if not answer.reclaim_at:
            return None, 0, False
        if answer.reclaim_at != row.reclaim_at:
            moment, who = reclaim.next_warning(answer.warnings, since=now)
            return moment, who, False
        level = row.warn_level or (reclaim.REP if row.warn_at else 0)
        if row.warn_at and row.warn_at <= now and not row.warned:
            return row.warn_at, level, False  # about to be told
        told = level if row.warned else max(level - 1, 0)
        moment, who = reclaim.next_warning(answer.warnings, since=now, warned=told)
        return (row.warn_at, told, True) if told and not who else (moment, who, False)

    # ------------------------------------------------------------
    # GRACE
    # ------------------------------------------------------------

    @api.model
    def _grant_grace(self, pools):
        """These pools go to work: nothing goes back that nobody was warned of, before their grace is over."""
        self._put_off(pools, SQL("make_interval(hours => p.grace_hours)"))

    @api.model
    def _put_off(self, pools, term, due_at=None):
        """What would go back in these pools before ``term`` is over goes back then, and its holders are told.

        :param SQL term: an interval from now on
        :param due_at: only what is due at this moment
        """
        self.env.flush_all()
        now = self.env["lead.pool"]._now()
        soon = SQL("e.reclaim_at <= %s", due_at) if due_at else SQL("e.reclaim_at < %s::timestamp + %s", now, term)
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET reclaim_at = %(now)s::timestamp + %(term)s, warn_at = %(now)s, warn_level = %(rep)s,
                          warned = false
                     FROM lead_pool p
                    WHERE p.id = e.pool_id AND p.id = ANY(%(pools)s) AND e.state = 'held'
                      AND e.locked IS NOT TRUE AND %(soon)s""",
                now=now,
                term=term,
                soon=soon,
                rep=reclaim.REP,
                pools=pools.ids,
            )
        )
        self._forget_deadlines()

    # ------------------------------------------------------------
    # STALE
    # ------------------------------------------------------------

    @api.model
    def _refresh_stale_deadlines(self, limit=CHUNK):
        """Deadlines of holders whose leaves changed, deadlines and next steps in pools whose rules changed, about
        ``limit`` leads at a time; the number of leads."""
        done = self._refresh_of_absent()
        left = limit - done
        for pool in self.env["lead.pool"].sudo().search([("deadlines_stale", "=", True)]) if left > 0 else ():
            states = ["held", "waiting"] if pool._ages() else ["held"]
            behind = [("pool_id", "=", pool.id), ("state", "in", states), ("id", ">", pool.stale_from)]
            entries = self.sudo().search(behind, order="id", limit=left)
            entries._refresh_deadlines()
            entries._refresh_ageing()
            all_done = len(entries) < left
            pool.write({"deadlines_stale": not all_done, "stale_from": 0 if all_done else entries[-1].id})
            left -= len(entries)
            done += len(entries)
            if not left:
                break
        return done

    def _refresh_of_absent(self):
        """All that one user holds whose leaves changed; for how many leads."""
        rep = self.env["lead.pool.rep"].sudo().search([("deadlines_stale", "=", True)], limit=1)
        if not rep:
            return 0
        self.env.cr.execute(SQL("UPDATE lead_pool_rep SET deadlines_stale = false WHERE id = %s", rep.id))
        rep.invalidate_recordset(["deadlines_stale"])
        mine = [("user_id", "=", rep.user_id.id), ("company_id", "=", rep.company_id.id), ("state", "=", "held")]
        held = self.sudo().search(mine)
        held._refresh_deadlines()
        return max(len(held), 1)
