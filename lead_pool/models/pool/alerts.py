"""What the admins of a pool are told, in their own language, in Odoo's inbox or by mail as each prefers."""

from collections import defaultdict
from datetime import timedelta

from odoo import models
from odoo.tools import SQL, groupby

from ...rules.notice import KINDS
from ..notice.lead_pool_notice import Letter

#: Days after which it is too late to tell the admins that a lead went back.
TELLS_BACK_DAYS = 7


class LeadPoolAlerts(models.AbstractModel):
    _name = "lead.pool.alerts"
    _description = "Alerts to the Admins of a Pool"

    def _tell_admins(self, kind, words, refs=(), robots=True):
        """Tell each admin of the pool; without one, each manager of all pools; and the robots.

        :param str kind: one of :data:`rules.notice.KINDS`; a reminder waits for the working time of each
        :param words: callable ``(env, pool) -> (subject, [line])``, called in the language of each reader
        :param refs: numbers of the leads, for the robots
        :param bool robots: whether this is news for them too
        """
        Notice, Entry, now = self.env["lead.pool.notice"], self.env["lead.pool.entry"].sudo(), self._now()
        if Notice._is_quiet():
            return
        if robots:
            Notice._tell_robots(kind, self, refs)
        users = self._admins_to_tell()
        opens = self._opens_for(users.ids, now) if KINDS[kind].reminder else {}
        for user in users:
            env = Entry._env_of(user)
            subject, lines = words(env, self.sudo().with_env(env))
            if opens.get(user.id, now) > now:
                self.env["lead.pool.notice.later"]._keep(
                    kind, user.id, self.id, opens[user.id], subject=subject, lines=lines
                )
            else:
                Notice._tell_in(user._lead_pool_ways(kind), kind, [Letter(user, subject, lines, about=self)])

    def _admins_to_tell(self):
        """The admins of the pool; without one, the managers of all pools."""
        self.ensure_one()
        users = self.sudo().admin_ids.user_id.filtered("active")
        return users or self.env.ref("lead_pool.group_manager").sudo().all_user_ids.filtered("active")

    def _tell_nobody(self, now):
        """Leads wait and no member can take them: said once a day."""
        if self.told_nobody_on == now.date():
            return
        self.told_nobody_on = now.date()
        self._tell_admins(
            "trouble",
            lambda env, pool: (
                env._("Nobody in “%(pool)s” can take leads", pool=pool.name),
                [
                    env._(
                        "%(count)s leads wait, and all members are paused, on leave, full or left out by the rules. "
                        "Open the pool's members, or assign by hand.",
                        count=pool.waiting_count,
                    )
                ],
            ),
        )

    def _tell_unguarded(self, now):
        """The database lost a safeguard, and nothing is distributed: said once a day."""
        if self.told_unguarded_on == now.date():
            return
        self.told_unguarded_on = now.date()
        self._tell_admins(
            "trouble",
            lambda env, pool: (
                env._("“%(pool)s” distributes nothing: the database has lost a safeguard", pool=pool.name),
                [
                    env._(
                        "An index is missing without which two people could get the same lead. Nobody can claim "
                        "either; assigning by hand, returning and following up go on."
                    ),
                    env._("An administrator sees in Settings ▸ Lead Pool what is missing and what to do."),
                ],
            ),
        )

    def _tell_what_went_back(self):
        """One message to the admins of each pool that wants it: what went back by itself since the last one.

        :returns: the number of leads told of
        """
        self.env.flush_all()
        rows = self.env.execute_query(SQL("%s ORDER BY p.id, e.id", self._went_back_query(self._now())))
        for pool_id, went in groupby(rows, key=lambda row: row[0]):
            pool = self.sudo().browse(pool_id)
            pool._tell_admins(
                "went_back", lambda env, pool, went=went: self._words_of_reclaims(env, pool, went), robots=False
            )
            pool.reclaims_told_ref = went[-1][1]
        return len(rows)

    def _went_back_query(self, now):
        """What went back by itself and no admin was told of, in pools that want it."""
        return SQL(
            """SELECT p.id, e.id, e.from_user_name, e.lead_ref, e.note, e.detail
                 FROM lead_pool p JOIN lead_pool_event e ON COALESCE(e.from_pool_ref, e.pool_ref) = p.id
                WHERE e.kind = 'reclaimed' AND e.id > p.reclaims_told_ref AND p.tell_admins_of_reclaims AND p.active
                  AND e.date > %s""",
            now - timedelta(days=TELLS_BACK_DAYS),
        )

    def _words_of_reclaims(self, env, pool, went):
        """Subject and lines: of each rep how many leads went back, which ones, and why."""
        told = env["lead.pool.entry"]
        rules = told._rule_names(row[5] for row in went)
        groups = defaultdict(list)
        for row in went:
            groups[row[2] or "", told._why(None, row[4], row[5], rules)].append(row)
        lines = []
        for (name, why), of_rep in sorted(groups.items()):
            numbers = ", ".join(f"#{row[3]}" for row in of_rep[:10]) + (" …" if len(of_rep) > 10 else "")
            words = {"user": name, "count": len(of_rep), "leads": numbers, "why": why}
            lines.append(env._("%(user)s: %(count)s (%(leads)s). %(why)s", **words))
        return env._("%(count)s leads went back to “%(pool)s”", count=len(went), pool=pool.name), lines[:20]

    def _tell_broken(self, rule, problem):
        """A rule that was right when it was saved cannot be used any more: said once, when it is found.

        :param rule: its name
        :param problem: what the evaluation said
        """
        for pool in self:
            pool._tell_admins(
                "trouble",
                lambda env, pool: (
                    env._("“%(rule)s” in “%(pool)s” is out of use", rule=rule, pool=pool.name),
                    [
                        env._("Its condition cannot be evaluated any more: %(problem)s", problem=problem),
                        env._("It is skipped, and the other rules go on. Open it and choose its condition again."),
                    ],
                ),
            )
