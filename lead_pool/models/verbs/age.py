"""What waits too long: the priority rises, another pool gets it, a member gets it, or it is archived."""

import logging
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from functools import partial

import psycopg2

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...isolation import in_batches
from ...logs import log_failure
from ...rules import ageing
from .guard import Pass
from .ledger import Move

_logger = logging.getLogger(__name__)

CHUNK = 250  # leads a transaction
RETRY = timedelta(days=1)  # when nobody could take a lead that was to be given out; at the latest after a failure
SOONEST = timedelta(hours=1)  # after a failure
NAMED = 10  # leads of a message


class LeadPoolAge(models.AbstractModel):
    """Mixed into the entry."""

    _name = "lead.pool.verb.age"
    _description = "Ageing of Waiting Leads"

    # ------------------------------------------------------------
    # WHEN
    # ------------------------------------------------------------

    def _ageing_steps(self, rows, now, *, since=None, earliest=None):
        """The next step of each of these waiting leads.

        :param rows: ``[(Row, pool id, [ids of steps taken in this wait])]``; of a step that was only observed the id
            is negative: it counts while the pool observes
        :param since: when their wait begins; by the rows when ``None``
        :returns: ``{entry id: Due}``
        """
        pools = self.env["lead.pool"].sudo().browse({pool_id for _row, pool_id, _taken in rows})
        found = {}
        for pool in pools.filtered("ageing_rule_ids"):
            of_pool = [(row, taken) for row, pool_id, taken in rows if pool_id == pool.id]
            leads = self.env["crm.lead"].sudo().browse(row.lead_id for row, _taken in of_pool)
            rules = pool.ageing_rule_ids.filtered("active")
            matches = rules._matching(leads)
            steps, graces = [rule._as_step() for rule in rules], rules._graces(now)
            time, observes = pool._working_time(), pool.mode == "observe"
            for row, taken in of_pool:
                taken = [abs(rule_id) for rule_id in taken if rule_id > 0 or observes]
                began = since or max(filter(None, (row.entered_at, row.last_held_until)))
                holds = {rule_id for rule_id, ids in matches.items() if row.lead_id in ids}
                floors = {rule_id: until for rule_id, (came, until) in graces.items() if began < came}
                found[row.id] = ageing.next_step(
                    steps, began, taken, time, holds=holds, earliest=earliest, floors=floors
                )
        return found

    def _set_ageing(self, moves, locked):
        """Compute the first step of each lead that waits after its move."""
        without, now = locked.without.get("ageing", ()), locked.now
        waiting = [
            (move.row, move.pool_id, ()) for move in moves if move.state == "waiting" and move.pool_id not in without
        ]
        steps = self._ageing_steps(waiting, now, since=now) if waiting else {}
        for move in moves:
            move.ageing = steps.get(move.row.id) or ageing.Due()

    def _write_ageing(self, rows, dues, taken=None):
        """Keep the next step of these waiting leads, where they have not moved since they were read.

        :param rows: ``{entry id: Row}``
        :param dues: ``{entry id: Due}``
        :param taken: ``{entry id: id of the step}`` that was just taken
        """
        if not dues:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET age_at = n.age_at, age_rule_id = n.rule_id,
                          age_taken = CASE WHEN n.taken IS NULL THEN e.age_taken
                                           ELSE COALESCE(e.age_taken, '[]'::jsonb) || to_jsonb(n.taken) END
                     FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::int[]) AS epoch,
                                  unnest(%s::timestamp[]) AS age_at, unnest(%s::int[]) AS rule_id,
                                  unnest(%s::int[]) AS taken) n
                    WHERE e.id = n.id AND e.epoch = n.epoch AND e.state = 'waiting'""",
                list(dues),
                [rows[entry_id].epoch for entry_id in dues],
                [due.at for due in dues.values()],
                [due.step_id or None for due in dues.values()],
                [(taken or {}).get(entry_id) for entry_id in dues],
            )
        )
        self.env["lead.pool.entry"].invalidate_model(["age_at", "age_rule_id", "age_taken"])

    def _refresh_ageing(self):
        """Compute the next steps of these waiting entries again, after the rules or the leads changed; none is due in
        the past."""
        now = self.env["lead.pool"]._now()
        waiting = self.sudo().filtered(lambda entry: entry.state == "waiting")
        rows = waiting._read_rows()
        asked = [(rows[entry.id], entry.pool_id.id, entry.age_taken or ()) for entry in waiting]
        dues = dict.fromkeys(rows, ageing.Due()) | self._ageing_steps(asked, now, earliest=now)
        self._write_ageing(rows, {key: due for key, due in dues.items() if due.at or self.browse(key).sudo().age_at})

    # ------------------------------------------------------------
    # BY ITSELF
    # ------------------------------------------------------------

    @api.model
    def _cron_age(self):
        """Take the steps that are due, a batch of each pool in turn; tell the admins once what happened."""
        if not self.env["lead.pool"]._in_use() or self.env["lead.pool"]._stopped():
            return
        told, failed = defaultdict(Counter), defaultdict(dict)
        in_batches(
            self.env["ir.cron"],
            [partial(self._age_step, pool, told, failed) for pool in self._pools_due()],
            in_turn=True,
        )
        self._tell_aged(told)  # also when the time is over
        self._tell_not_aged(failed)

    @api.model
    def _pools_due(self):
        """Pools with leads whose next step is due."""
        now = self.env["lead.pool"]._now()
        groups = self.sudo()._read_group([("state", "=", "waiting"), ("age_at", "<=", now)], ["pool_id"])
        return [pool for (pool,) in groups]

    def _age_step(self, pool, told, failed):
        done = self._age_due(CHUNK, pool, told, failed)
        return done, bool(done)  # what somebody works on this moment waits for the next run

    @api.model
    def _age_due(self, limit, pools=None, told=None, failed=None):
        """Take the next step of up to ``limit`` leads whose time has come; the number of leads it looked at.

        What somebody works on this moment waits for the next run. A lead whose step fails is left out and put off: it
        holds up no other.

        :param pools: only leads of these; of all pools when ``None``
        :param told: ``{pool id: Counter}`` of what was done, counted up
        :param failed: ``{pool id: {lead number: problem}}``, completed
        """
        now = self.env["lead.pool"]._now()
        domain = [("state", "=", "waiting"), ("age_at", "<=", now)]
        if pools is not None:
            domain.append(("pool_id", "in", pools.ids))
        due = self.sudo().search(domain, order="age_at, id", limit=limit)
        looked, done, problems = due._age_or_halve(now) if due else (0, {}, {})
        for (pool_id, action), count in done.items():
            if told is not None:
                told[pool_id][action] += count
        for entry, problem in problems.items():
            if failed is not None:
                failed[entry.pool_id.id][entry.lead_ref] = problem
        return looked

    def _age_or_halve(self, now):
        """Take the steps of these leads; where that fails, of each half, until those are found that cannot be done.

        :returns: ``(number looked at, {(pool id, action): number done}, {entry: problem})``
        """
        try:
            with self.env.cr.savepoint():
                return *self._age_these(now), {}
        except psycopg2.OperationalError:
            raise  # a matter of this moment: Odoo runs the scheduled action again
        except Exception as error:  # whatever one lead's write may raise, it must not hold up the others
            if len(self) == 1:
                text = "The ageing step of lead %s failed; it is put off"
                log_failure(_logger, logging.WARNING, text, self.lead_ref, error=error)
                self._put_step_off(now)
                return 1, {}, {self: " ".join(str(error).split()) or type(error).__name__}
        half = len(self) // 2
        looked, done, problems = 0, Counter(), {}
        for part in (self[:half], self[half:]):
            number, counts, failed = part._age_or_halve(now)
            looked += number
            done.update(counts)
            problems.update(failed)
        return looked, done, problems

    def _put_step_off(self, now):
        """The step of this lead failed: it is tried again after as long as it is overdue by now, between an hour and
        a day."""
        rows = self._read_rows()
        asked = [(rows[self.id], self.pool_id.id, self.age_taken or ())]
        due = self._ageing_steps(asked, now).get(self.id)
        if due and due.at:
            again = now + min(max(now - due.at, SOONEST), RETRY)
            self._write_ageing(rows, {self.id: ageing.Due(due.step_id, max(again, due.at))})

    def _age_these(self, now):
        """``(number looked at, {(pool id, action): number done})``"""
        pools = self.pool_id | self.age_rule_id.to_pool_id
        locked = self._lock(users=pools.member_ids.user_id.ids, pools=pools.ids)
        rows = [row for row in locked.rows.values() if row.state == "waiting" and not row.archived]
        self.invalidate_recordset(["age_taken"])
        taken = {entry.id: entry.age_taken or () for entry in self}
        dues = self._ageing_steps([(row, row.pool_id, taken[row.id]) for row in rows], now)
        later, ready = {}, defaultdict(list)
        for row in rows:
            step = dues.get(row.id) or ageing.Due()
            if step.at and step.at <= now:
                ready[step.step_id].append(row)
            else:
                later[row.id] = step
        self._write_ageing(locked.rows, later)
        done = Counter()
        for rule in self.env["lead.pool.ageing.rule"].sudo().browse(ready):
            if count := self._take_step(rule, ready[rule.id], locked, taken):
                done[rule.pool_id.id, rule.action] += count
        return len(rows), done

    def _take_step(self, rule, rows, locked, taken):
        """One step for the leads of one pool for which it is due; for how many it was done."""
        if rule.pool_id.mode == "observe":
            self._note_step(rule, rows, locked, "would_age")
            done, stay, mark = 0, rows, -rule.id
        else:
            (done, stay), mark = getattr(self, f"_age_{rule.action}")(rule, rows, locked), rule.id
        asked = [(row, row.pool_id, [*taken[row.id], mark]) for row in stay]
        dues = {row.id: ageing.Due() for row in stay} | self._ageing_steps(asked, locked.now)
        self._write_ageing(locked.rows, dues, dict.fromkeys(dues, mark))
        return done

    def _note_step(self, rule, rows, locked, kind="aged"):
        detail = {"action": rule.action, "rule": rule.name}
        self._note([Move(row, kind, row.state, note=rule.name, detail=dict(detail)) for row in rows], locked.now)

    # What a step does: ``(number done, [rows that go on waiting here, the step taken])``

    def _age_raise(self, rule, rows, locked):
        """One star more, up to three."""
        leads = self.env["crm.lead"].sudo().with_context(tracking_disable=True).browse(row.lead_id for row in rows)
        rising = leads.filtered(lambda lead: int(lead.priority or 0) < 3)
        ids = set(rising.ids)
        self._note_step(rule, [row for row in rows if row.lead_id in ids], locked)
        for priority, group in rising.grouped("priority").items():
            group.write({"priority": str(int(priority or 0) + 1)})
        return len(rising), rows

    def _age_widen(self, rule, rows, locked):
        """The leads wait in another pool from now on, if that may have them."""
        target = rule.to_pool_id
        fits = [row for row in rows if not target.company_id or target.company_id.id == row.company_id]
        fits = fits if target.active else []
        if len(fits) < len(rows):
            rule._found_foreign(len(rows) - len(fits))
        moves = [
            Move(row, "transferred", "waiting", pool_id=target.id, note=rule.name, detail={"rule": rule.name})
            for row in fits
        ]
        self._apply(moves, locked)
        if moves:
            self._refresh_open_values(target, self.sudo().browse(row.id for row in fits))
            target._wake_distribution()
        return len(fits), [row for row in rows if row not in fits]

    def _age_distribute(self, rule, rows, locked):
        """A member gets each lead, the most urgent first; if nobody can take it, it is tried again the next day, until
        the step after this one is due."""
        pool = rule.pool_id
        rows = sorted(rows, key=lambda row: (-int(row.priority or 0), row.entered_at, row.id))
        policy = replace(pool._policy()[pool.id], strategy=rule.strategy or "rotation", rules=())
        chosen = pool._choose(rows, locked, policy)
        given = [one for one in chosen if one[1].user_id]
        left = [one for one in chosen if not one[1].user_id]
        moves = [pool._prepare_distribute(*one) for one in given]
        for move in moves:
            move.detail["step"] = rule.name
        self._apply(moves, locked)
        pool._keep_left(left, locked.now)
        rows = [row for row, _choice, _decision in left]
        following = self._ageing_steps([(row, pool.id, [rule.id]) for row in rows], locked.now)
        again = {row.id: ageing.try_again(rule.id, following[row.id], locked.now + RETRY) for row in rows}
        self._write_ageing(locked.rows, {entry_id: due for entry_id, due in again.items() if due})
        return len(given), [row for row in rows if not again[row.id]]

    def _age_archive(self, rule, rows, locked):
        """Nobody wants the leads: closed in the pool as lost, all at once, and archived."""
        self._note_step(rule, rows, locked)
        self._apply([self._prepare_close(row, "lost", detail={"archived": True}) for row in rows], locked)
        leads = self.env["crm.lead"].sudo().browse(row.lead_id for row in rows)
        leads.with_context(lead_pool_pass=Pass(active=False), tracking_disable=True).write({"active": False})
        return len(rows), []

    # ------------------------------------------------------------
    # WHAT WAITS TOO LONG
    # ------------------------------------------------------------

    def _compute_waits_too_long(self):
        now = self.env["lead.pool"]._now()
        for entry in self:
            days = entry.pool_id.sudo().waits_too_long_days
            entry.waits_too_long = (
                entry.state == "waiting" and days > 0 and entry.entered_at < now - timedelta(days=days)
            )

    def _search_waits_too_long(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        terms = self.env["lead.pool"]._waits_since(self.env["lead.pool"]._now())
        of_pools = [Domain("pool_id", "=", pool_id) & Domain("entered_at", "<", since) for pool_id, since in terms]
        return Domain("state", "=", "waiting") & Domain.OR(of_pools)

    @api.model
    def _what_waits_too_long(self):
        """The board with what waits too long; a line of the daily reminder leads here."""
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.lead_pool_entry_action_board")
        action["context"] = {"search_default_waits_too_long": 1}
        return action

    # ------------------------------------------------------------
    # TELL
    # ------------------------------------------------------------

    def _tell_aged(self, told):
        """One message for each pool: what happened to the leads that waited too long."""
        for pool in self.env["lead.pool"].sudo().browse(told):
            counts = told[pool.id]

            def words(env, pool, counts=counts):
                what = dict(env["lead.pool.ageing.rule"]._fields["action"]._description_selection(env))
                return (
                    env._("Leads waited too long in “%(pool)s”", pool=pool.name),
                    [f"{what[action]}: {count}" for action, count in sorted(counts.items())],
                )

            pool._tell_admins("waiting_long", words)

    def _tell_not_aged(self, failed):
        """One message for each pool: of which leads a step failed, why, and that it is tried again."""
        for pool in self.env["lead.pool"].sudo().browse(failed):
            problems = failed[pool.id]

            def words(env, pool, problems=problems):
                lines = [
                    env._("Lead #%(number)s: %(problem)s", number=number, problem=problem)
                    for number, problem in sorted(problems.items())[:NAMED]
                ]
                return (
                    env._(
                        "%(count)s leads waited too long in “%(pool)s”, and their step failed",
                        count=len(problems),
                        pool=pool.name,
                    ),
                    [*lines, env._("They are tried again, after an hour at first. The other leads go on.")],
                )

            pool._tell_admins("trouble", words, sorted(problems))
