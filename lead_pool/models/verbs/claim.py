"""A rep takes waiting leads into his hands, or looks at a card."""

from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ...isolation import contended
from ...rules import claim
from ...rules.facts import OK, Verdict
from .ledger import Move
from .locks import Locked

PUT_OFF = timedelta(hours=1)  # what another module does not let go


class LeadPoolClaim(models.AbstractModel):
    _name = "lead.pool.verb.claim"
    _description = "Claiming"

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @contended
    def action_claim(self, request_uid=None):
        """Take these waiting leads into my hands.

        A bulk claim takes what it may and says for each other lead why not.

        :param str request_uid: chosen by the caller; the same uid gets the same answer for 7 days
        :returns: ``[{'id', 'done', 'code', 'message', 'retry_at'}]`` in the order asked
        :raises AccessError: the user does not sell
        """
        self.browse().check_access("read")
        self._check_arguments()
        verb = f"lead.pool.entry.action_claim {list(self._ids)}"
        return self.env["lead.pool.request"]._once(
            verb, request_uid, lambda: self._together_or_each(lambda some: some._claim(), put_off=True)
        )

    @contended
    def action_open_card(self):
        """Look at the card of a waiting lead: its open fields. Each look is an event.

        :returns: as :meth:`action_claim`, each answer with ``open_values`` (``{field: text}``)
        """
        self.browse().check_access("read")
        self._check_arguments()
        return self._open_card()

    # ------------------------------------------------------------
    # DO
    # ------------------------------------------------------------

    def _claim(self):
        entries = self.sudo()
        locked = entries._lock(users=[self.env.uid], to_take=True)
        verdicts = entries._claim_verdicts(locked)
        moves = [
            self._prepare_claim(locked.rows[entry_id], "claimed") for entry_id, verdict in verdicts.items() if verdict
        ]
        entries._apply(moves, locked)
        rows = {**locked.before, **locked.rows}
        if any(verdict.code == "busy" for verdict in verdicts.values()):
            rows.update(entries._read_rows())  # who got it meanwhile
            for entry_id, verdict in verdicts.items():
                if verdict.code == "busy" and rows[entry_id].state == "held":
                    verdicts[entry_id] = Verdict("taken")
        return self.env["lead.pool.refusal"]._keep(self._answers(verdicts, entries._names(rows, locked=locked)), locked)

    def _put_off_waiting(self, locked, error):
        """Another module does not let this waiting lead be claimed: for a while it is nobody's next one, so that the
        leads behind it are had; the admins are told once.

        :param Locked locked: has its row, unless somebody works on it
        """
        row = locked.rows.get(self.id)
        if not row or row.state != "waiting":
            return
        self.env.cr.execute(
            SQL("UPDATE lead_pool_entry SET put_off_until = %s WHERE id = %s", locked.now + PUT_OFF, self.id)
        )
        self.invalidate_recordset(["put_off_until"])
        if row.put_off_until:
            return
        text = self._error_text(error)
        self.pool_id._tell_admins(
            "trouble",
            lambda env, pool: (
                env._("A lead of “%(pool)s” cannot be claimed", pool=pool.name),
                [env._("Lead #%(number)s: %(error)s", number=row.lead_ref, error=text)],
            ),
        )

    def _prepare_claim(self, row, kind, detail=None):
        """The move that gives a waiting lead to the caller, who ``claimed`` or ``pulled`` it."""
        return Move(row, kind, "held", user_id=self.env.uid, origin=kind, counts_as_claim=True, detail=detail or {})

    def _claim_verdicts(self, locked, together=True, chosen=None):
        """``{entry id: Verdict}`` for the caller, in the order asked. Override for further reasons to refuse, with
        their sentences in ``_refusal_sentences``.

        :param together: each lead allowed counts for the next, under the locks; else each is judged as if asked alone
        :param chosen: ``{pool id: [entry id]}`` that a pull has chosen: they are next
        """
        uid = self.env.uid
        companies = set(self.env.user._get_company_ids())
        policies = locked.pools._claim_policy(without_rules=locked.without.get("claim", ()))
        members = {pool: member for (user, pool), member in locked.members.items() if user == uid}
        self._read_claim_facts(locked, policies)
        first_ids = chosen or self._first_ids(locked, policies, members, together)
        backlog = self._backlog(policies.values())
        strange = {seen.pool_id for seen in locked.before.values()} - members.keys()
        runs = self._pools_run(strange) if strange else ()
        verdicts, asked = {}, {}
        for entry_id in self._ids:
            row, seen = locked.rows.get(entry_id), locked.before.get(entry_id)
            if seen is None or (seen.pool_id not in members and seen.pool_id not in runs):
                verdicts[entry_id] = Verdict("unknown")
            elif seen.pool_id not in members:
                verdicts[entry_id] = Verdict("not_member")
            elif seen.company_id not in companies:
                verdicts[entry_id] = Verdict("wrong_company")
            elif seen.unguarded:
                verdicts[entry_id] = Verdict("unguarded")
            elif row is None:
                verdicts[entry_id] = Verdict("busy")
            else:
                verdicts[entry_id] = OK
                asked.setdefault(row.company_id, []).append(row)
        for company_id, rows in asked.items():
            windows = self._claim_windows(locked, members, company_id)
            self._put_in_line(rows, first_ids)
            overall = locked.overall(uid, company_id)
            if together:
                answers = claim.claim_batch(
                    [row.facts() for row in rows],
                    members,
                    overall,
                    policies,
                    now=locked.now,
                    backlog=backlog,
                    windows=windows,
                    first_ids=first_ids,
                )
                backlog += sum(map(bool, answers))
            else:
                answers = [
                    claim.may_claim(
                        row.facts(),
                        members.get(row.pool_id),
                        overall,
                        policies.get(row.pool_id),
                        now=locked.now,
                        backlog=backlog,
                        windows=windows.get(row.pool_id),
                        first_ids=first_ids.get(row.pool_id),
                    )
                    for row in rows
                ]
            verdicts.update(zip((row.id for row in rows), answers, strict=True))
        return verdicts

    def _claim_windows(self, locked, pool_ids, company_id):
        """``{pool id: {…}}``: when the caller's counters start again, see :func:`rules.claim.may_claim`."""
        uid, windows = self.env.uid, {}
        for pool_id in pool_ids:
            _day, _hour, day, hour = locked.window("lead_pool_member", (uid, pool_id))
            windows[pool_id] = {"day": day, "hour": hour, "held": locked.room_at.get((uid, pool_id))}
            if company_id:
                _day, _hour, day, hour = locked.window("lead_pool_rep", (uid, company_id))
                windows[pool_id] |= {"day_all": day, "hour_all": hour}
        return windows

    def _first_ids(self, locked, policies, members, together):
        """``{pool id: [ids of the asked entries that are next]}`` of ordered pools; of a pull pool none is."""
        first_ids, companies = {}, set(self.env.user._get_company_ids())
        for pool in locked.pools:
            policy = policies[pool.id]
            if policy.order in ("free", "pull") or pool.id not in members:
                continue
            asked = {
                row.id
                for row in locked.rows.values()
                if row.pool_id == pool.id and row.state == "waiting" and row.company_id in companies
            }
            if asked and not together:
                first_ids[pool.id] = pool.with_env(self.env(su=False))._line(1, locked.now, policy)
            elif asked:
                first_ids[pool.id] = pool.with_env(self.env(su=False))._first_asked(asked, locked.now, policy)
        return first_ids

    @staticmethod
    def _put_in_line(rows, first_ids):
        """Judge the leads of an ordered pool in its order, whatever order they were asked in: when the places run out,
        the last ones get none."""
        for ids in first_ids.values():
            slots = [number for number, row in enumerate(rows) if row.id in ids]
            in_line = sorted((rows[slot] for slot in slots), key=lambda row: ids.index(row.id))
            for slot, row in zip(slots, in_line, strict=True):
                rows[slot] = row

    def _backlog(self, policies):
        """Leads in the caller's hands that he has not followed up since he got them; asked only where it counts."""
        if not any(policy.backlog_limit for policy in policies):
            return 0
        [[count]] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM lead_pool_holding h JOIN lead_pool_entry e ON e.lead_id = h.lead_id
                    WHERE h.user_id = %s AND h.ended_at IS NULL AND h.first_follow_up_at IS NULL
                      AND (e.converted_at >= h.started_at) IS NOT TRUE""",
                self.env.uid,
            )
        )
        return count

    def _read_claim_facts(self, locked, policies):
        """What the rules know of these leads besides their rows."""
        self._read_former_holders(locked, policies)
        self._read_missing(locked)
        self._read_claim_rules(locked, policies)

    def _read_claim_rules(self, locked, policies):
        """Which claim rules hold for these leads."""
        for pool in locked.pools:
            rows = {row.lead_id: row for row in locked.rows.values() if row.pool_id == pool.id and row.lead_id}
            if not rows or not policies[pool.id].claim_rules:
                continue
            rules = self.env["lead.pool.claim.rule"].sudo().browse(rule.id for rule in policies[pool.id].claim_rules)
            for rule_id, lead_ids in rules._matching(self.env["crm.lead"].sudo().browse(rows)).items():
                for lead_id in lead_ids:
                    rows[lead_id].claim_matches |= {rule_id}

    def _read_former_holders(self, locked, policies):
        """For pools that keep any former holder away: who held these leads until when."""
        refs = {
            row.lead_ref: row
            for row in locked.rows.values()
            if policies[row.pool_id].cooling_days and policies[row.pool_id].cooling_of == "any"
        }
        if not refs:
            return
        self.env.cr.execute(
            SQL(
                """SELECT lead_ref, user_id, max(ended_at) FROM lead_pool_holding
                    WHERE lead_ref = ANY(%s) AND ended_at IS NOT NULL AND end_reason <> 'undone'
                    GROUP BY lead_ref, user_id""",
                list(refs),
            )
        )
        for ref, user_id, until in self.env.cr.fetchall():
            refs[ref].former_holders |= {(user_id, until)}

    def _read_missing(self, locked):
        """What these leads must have to be claimed, and lack."""
        rows = {row.lead_id: row for row in locked.rows.values() if row.lead_id}
        leads = self.env["crm.lead"].browse(rows)
        for lead_id, labels in self.env["lead.custom.field"]._missing(leads, "to_claim").items():
            rows[lead_id].missing = labels

    def _open_card(self):
        entries = self.sudo()
        locked = entries._lock(users=[self.env.uid])
        answers, opened, uid = [], [], self.env.uid
        runs = self._pools_run(locked.pools.ids)
        for entry_id in self._ids:
            row, seen = locked.rows.get(entry_id), locked.before.get(entry_id)
            member = seen and locked.members.get((uid, seen.pool_id))
            if seen is None or not (member or seen.pool_id in runs):
                verdict = Verdict("unknown")
            elif row is None:
                verdict = Verdict("busy")
            elif row.state != "waiting" and row.user_id != uid and row.pool_id not in runs:
                verdict = Verdict("taken" if row.state == "held" else "closed")
            elif member and not self._count_card(member, locked):
                verdict = Verdict("card_limit", locked.window("lead_pool_member", (uid, row.pool_id))[2])
            else:
                verdict = OK
                opened.append(row)
            names = entries._names({entry_id: row or seen}).get(entry_id) if seen else None
            answers.append(self._answer(entry_id, verdict, names))
        if opened:
            entries._note_events(opened, "card_opened", locked.now, detail={"by": uid})
        values = {}
        for entry in entries.browse(row.id for row in opened):  # in the reader's language
            names = set(entry.pool_id.open_field_ids.mapped("field_name"))
            values[entry.id] = entry._open_texts(entry.lead_id, names)
        return [{**answer, "open_values": values.get(answer["id"]) or {}} for answer in answers]

    def _count_card(self, member, locked):
        """One more card opened today by this member, if his pool's limit allows."""
        pool = next(p for (u, p), m in locked.members.items() if m is member)
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_member m
                      SET card_n = CASE WHEN m.card_day = %(day)s THEN m.card_n + 1 ELSE 1 END, card_day = %(day)s
                     FROM lead_pool p
                    WHERE m.id = %(member)s AND p.id = m.pool_id
                      AND (COALESCE(p.card_limit, 0) = 0
                           OR CASE WHEN m.card_day = %(day)s THEN m.card_n ELSE 0 END < p.card_limit)""",
                day=locked.window("lead_pool_member", (member.user_id, pool))[0],
                member=member.id,
            )
        )
        self.env["lead.pool.member"].invalidate_model(["card_n", "card_day"])
        return self.env.cr.rowcount

    # ------------------------------------------------------------
    # THE THREE FACES: may I (button), I must (error), I do (verb)
    # ------------------------------------------------------------

    def _check_can_claim(self):
        """Raise the sentence of the first refusal."""
        verdicts, locked = self._dry_claim_verdicts()
        names = self.sudo()._names(locked.before, locked=locked)
        for entry_id, verdict in verdicts.items():
            self._raise_refused(verdict, names.get(entry_id))

    def _dry_claim_verdicts(self):
        """Verdicts as if each lead were asked alone, without locking anything.

        :returns: ``({entry id: Verdict}, Locked)``
        """
        entries = self.sudo()
        rows = entries._read_rows()
        locked = Locked(self.env, None, {row.pool_id for row in rows.values()})
        locked.rows = locked.before = rows
        locked.lock_counters([self.env.uid], {row.company_id for row in rows.values()}, lock=False)
        locked.look_at_the_clock()
        return entries._claim_verdicts(locked, together=False), locked
