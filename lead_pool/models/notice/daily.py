"""Every morning, in each person's working time, one message: what is due, what has no plan, what was forgotten."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from odoo import api, models
from odoo.tools import SQL

from ...isolation import in_batches
from ...rules import notice
from .lead_pool_notice import Letter

CHUNK = 100  # people a transaction
MORNING = 8  # o'clock on the person's clock; nobody is told earlier, however long his hours are
SOON = timedelta(days=3)  # as the filter of My Leads has it
NAMED = 10  # leads named in a line
#: Where a line of the message leads to.
LINKS = {
    "due": "/odoo/my-leads-due",
    "untouched": "/odoo/my-leads-late",
    "forgotten": "/odoo/my-leads-forgotten",
    "no_plan": "/odoo/my-leads-unplanned",
    "going_back": "/odoo/my-leads-going-back",
}


class LeadPoolDaily(models.AbstractModel):
    _inherit = "lead.pool.notice"

    @api.model
    def _cron_remind(self):
        """Tell what waited for somebody's working time, then whose morning it is."""
        if not self.env["lead.pool"]._in_use() or self.env["lead.pool"]._stopped():
            return
        in_batches(self.env["ir.cron"], [self.env["lead.pool.notice.later"]._tell_due, self._remind_some])

    @api.model
    def _remind_some(self):
        """Remind some of the people whose morning it is.

        :returns: how many were looked at, and whether there are more
        """
        now = self.env["lead.pool"]._now()
        days, off = self._at_work(self._whose_morning(now), now)
        more = len(days) > CHUNK
        days = dict(list(days.items())[:CHUNK])
        new = self.env["lead.pool.reminder"]._claim_days({**days, **off}) if days or off else set()
        days = {user_id: day for user_id, day in days.items() if user_id in new}  # who is off is told nothing today
        if days:
            self._remind(days, now)
        return len(new), more

    @api.model
    def _whose_morning(self, now):
        """``[(user id, pool id, clock, date)]`` of people who hold leads, or run a pool that says what waits too long,
        and have not been reminded today; the pool is one of theirs, and lends them its working time."""
        rows = self.env.execute_query(
            SQL(
                """SELECT u.id, t.pool_id, p.tz, r.day
                     FROM res_users u
                     JOIN res_partner p ON p.id = u.partner_id
                     LEFT JOIN lead_pool_reminder r ON r.user_id = u.id
                     CROSS JOIN LATERAL (
                         SELECT COALESCE(
                             (SELECT e.pool_id FROM lead_pool_entry e
                               WHERE e.user_id = u.id AND e.state = 'held' LIMIT 1),
                             (SELECT m.pool_id FROM lead_pool_member m JOIN lead_pool l ON l.id = m.pool_id
                               WHERE m.user_id = u.id AND m.role = 'admin' AND l.active AND l.waits_too_long_days > 0
                               LIMIT 1)) AS pool_id) t
                    WHERE u.active AND t.pool_id IS NOT NULL AND (r.day IS NULL OR r.day < %s)
                    ORDER BY u.id""",
                (now + timedelta(hours=14)).date(),  # the latest date that it is anywhere on Earth
            )
        )
        chosen = []
        for user_id, pool_id, tz, day in rows:
            clock = ZoneInfo(tz or "UTC")
            local = self._on_clock(now, clock)
            if local.hour >= MORNING and (day is None or day < local.date()):
                chosen.append((user_id, pool_id, clock, local.date()))
        return chosen

    @staticmethod
    def _on_clock(moment, clock):
        return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(clock)

    @api.model
    def _at_work(self, candidates, now):
        """``({user id: date} of those at work this moment, {user id: date} of those who are off today)``; who begins
        later today is in neither."""
        days, off = {}, {}
        pools = self.env["lead.pool"].sudo().browse(dict.fromkeys(one[1] for one in candidates))
        by_hours = pools.grouped(lambda pool: (pool._company_at_work(), pool._calendar()))
        for of_hours in by_hours.values():
            people = {one[0]: one[2:] for one in candidates if one[1] in of_hours._ids}
            for user_id, opens in of_hours[0]._opens_for(list(people), now).items():
                clock, day = people[user_id]
                if opens <= now:
                    days[user_id] = day
                elif self._on_clock(opens, clock).date() > day:
                    off[user_id] = day
        return days, off

    # ------------------------------------------------------------
    # WHAT IS TOLD
    # ------------------------------------------------------------

    def _remind(self, days, now):
        """Tell these people; who has nothing to do hears nothing."""
        found = self._found_for(days, now)
        waits = self._waits_too_long(days, now)
        for user in self.env["res.users"].sudo().browse(days):
            env = self.env["lead.pool.entry"]._env_of(user)
            of_user = dict(found.get(user.id, {}))
            if user.id in waits:
                of_user["waiting_long"] = waits[user.id]
            by_way = {}
            for kind in of_user:
                for way in user._lead_pool_ways(kind):
                    by_way.setdefault(way, []).append(kind)
            for way, kinds in by_way.items():
                told = env["lead.pool.notice"]
                lines = [line for kind in kinds for line in told._lines_of(kind, of_user[kind])]
                subject = env._("Today in your lead pools")
                self._tell_in([way], "due", [Letter(user, subject, lines)])

    @api.model
    def _found_for(self, days, now):
        """``{user id: {kind: (number, [lead numbers])}}``, in the order of the message; one query, a row for each
        person and kind."""
        pools = self.env["lead.pool"].sudo().search([("active", "=", True)])
        before = [pool._forgotten_before(now) for pool in pools]
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """WITH told AS (SELECT unnest(%(users)s::int[]) AS user_id, unnest(%(days)s::date[]) AS day),
                        terms AS (SELECT unnest(%(pools)s::int[]) AS pool_id,
                                         unnest(%(forgotten)s::timestamp[]) AS forgotten,
                                         unnest(%(untouched)s::timestamp[]) AS untouched),
                        mine AS (
                       SELECT e.user_id, e.lead_ref, told.day, terms.*, plan.first, plan.of_mine,
                              e.held_since, e.reclaim_at, p.mode,
                              CASE WHEN e.last_follow_up_at >= e.held_since THEN e.last_follow_up_at END AS followed
                         FROM told
                         JOIN lead_pool_entry e ON e.user_id = told.user_id AND e.state = 'held'
                         JOIN lead_pool p ON p.id = e.pool_id
                         JOIN terms ON terms.pool_id = e.pool_id
                         CROSS JOIN LATERAL (
                             SELECT min(a.date_deadline) AS first,
                                    min(a.date_deadline) FILTER (WHERE a.user_id = told.user_id) AS of_mine
                               FROM mail_activity a
                              WHERE a.res_model = 'crm.lead' AND a.res_id = e.lead_id AND a.active) plan)
                   SELECT m.user_id, k.kind, count(*), (array_agg(m.lead_ref ORDER BY m.lead_ref))[1:%(named)s]
                     FROM mine m CROSS JOIN LATERAL (VALUES
                         ('due', m.of_mine <= m.day),
                         ('untouched', m.followed IS NULL AND m.held_since < m.untouched),
                         ('forgotten', m.followed < m.forgotten),
                         ('no_plan', m.first IS NULL),
                         ('going_back', m.mode = 'active' AND m.reclaim_at < %(soon)s)) k(kind, holds)
                    WHERE k.holds GROUP BY m.user_id, k.kind""",
                users=list(days),
                days=list(days.values()),
                pools=pools.ids,
                forgotten=[one[0] for one in before],
                untouched=[one[1] for one in before],
                soon=now + SOON,
                named=NAMED,
            )
        )
        found = {}
        for user_id, kind, count, numbers in sorted(rows, key=lambda row: notice.DAILY.index(row[1])):
            found.setdefault(user_id, {})[kind] = (count, numbers)
        return found

    @api.model
    def _waits_too_long(self, days, now):
        """``{user id: [(pool, number, days)]}`` of the pools that these people run."""
        rows = self.env.execute_query(
            SQL(
                """SELECT m.user_id, l.id, l.waits_too_long_days, count(*)
                     FROM lead_pool_member m
                     JOIN lead_pool l ON l.id = m.pool_id AND l.active AND l.waits_too_long_days > 0
                     JOIN lead_pool_entry e ON e.pool_id = l.id AND e.state = 'waiting'
                          AND e.entered_at < %s - l.waits_too_long_days * interval '1 day'
                    WHERE m.role = 'admin' AND m.user_id = ANY(%s)
                    GROUP BY m.user_id, l.id, l.waits_too_long_days ORDER BY l.sequence, l.id""",
                now,
                list(days),
            )
        )
        waits = {}
        for user_id, pool_id, term, count in rows:
            waits.setdefault(user_id, []).append((pool_id, count, term))
        return waits

    @api.model
    def _lines_of(self, kind, what):
        """What the message says of one kind, in the language of the environment; each line opens what it tells of."""
        if kind == "waiting_long":
            pools = self.env["lead.pool"].sudo()
            return [
                self._line(
                    "/odoo/lead-pool-waiting",
                    self.env._(
                        "%(count)s leads of “%(pool)s” have waited for more than %(days)s days",
                        count=count,
                        pool=pools.browse(pool_id).name,
                        days=term,
                    ),
                    [],
                )
                for pool_id, count, term in what
            ]
        count, numbers = what
        _ = self.env._
        words = {
            "due": lambda: _("%(count)s next actions are due", count=count),
            "untouched": lambda: _("%(count)s new leads were not contacted in time", count=count),
            "forgotten": lambda: _("%(count)s leads have had no follow-up for long", count=count),
            "no_plan": lambda: _("%(count)s leads have no next action", count=count),
            "going_back": lambda: _("%(count)s of your leads go back within 3 days", count=count),
        }
        return [self._line(LINKS[kind], words[kind](), numbers, more=count > len(numbers))]

    @staticmethod
    def _line(link, text, numbers, more=False):
        named = ", ".join(f"#{number}" for number in numbers) + (" …" if more else "")
        return Markup('<a href="%s">%s</a>%s') % (link, text, f": {named}" if named else "")
