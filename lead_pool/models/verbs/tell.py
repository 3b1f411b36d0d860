"""Who has to know: followers, activities, the former holder, and every open pool board."""

from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL, groupby

from ...arrays import as_array
from ...rules.reclaim import LEADER, REP
from ..notice.lead_pool_notice import Letter

#: Kinds of event after which the former holder is told why.
TOLD = ("reclaimed", "recalled", "reassigned", "handed_over", "transferred")
#: Kinds of event by which a lead is given to a rep who did not ask for it.
GIVEN = ("distributed", "assigned", "reassigned", "reclaimed")
#: Who is told of a message, besides its followers.
TOLD_BY = ("mail_notification", "mail_message_res_partner_rel", "mail_message_res_partner_starred_rel")


class LeadPoolTell(models.AbstractModel):
    _name = "lead.pool.verb.tell"
    _description = "Telling"

    def _tell(self, moves):
        """Everything that follows from changes of hands; a handful of queries for the whole batch."""
        released = [m for m in moves if m.row.user_id and m.end_reason and m.state != "closed" and m.row.lead_id]
        taken = [m for m in moves if m.state == "held" and m.changes_hands and m.row.lead_id]
        self._forget_leads(released)
        self._forget_helpers(moves)
        self._follow_leads(taken)
        self._tell_former_holders([m for m in released if m.kind in TOLD and m.row.user_id != self.env.uid])
        self._tell_new_holders([m for m in taken if m.user_id != self.env.uid and m.kind != "enrolled"])
        self._plan_first_contacts([m for m in taken if m.kind in GIVEN])
        self._tell_boards(moves)

    def _forget_leads(self, moves):
        """Who may read a lead no longer does not follow it, has nothing to do on it and reads no message of it."""
        if not moves:
            return
        self._forget_pairs(self._lost_leads(moves))

    def _forget_helpers(self, moves):
        """A holding ends, and with it the help of colleagues who were asked, unless the lead is handed over to
        somebody; who reads the lead on follows it on."""
        Helper = self.env["lead.pool.helper"]
        ending = [move for move in moves if move.end_reason and move.row.lead_id]
        pool_of = {move.row.lead_id: move.pool_id for move in ending}
        to = {move.row.lead_id: move.user_id for move in ending if move.kind == "handed_over" and move.user_id}
        gone = Helper._arrive(to) | Helper._end(pool_of.keys() - to.keys())
        if gone:
            self._forget_help_activities(gone)
            taken = {(move.row.lead_id, move.user_id) for move in moves}
            self._forget_pairs(self._without_readers(gone - taken, pool_of))

    def _forget_help_activities(self, pairs):
        kind = self.env.ref("lead_pool.mail_activity_help", raise_if_not_found=False)
        if not pairs:
            return
        activities = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "crm.lead"),
                    ("res_id", "in", [lead_id for lead_id, _user_id in pairs]),
                    ("activity_type_id", "=", kind.id if kind else 0),
                ]
            )
        )
        activities.filtered(lambda activity: (activity.res_id, activity.user_id.id) in pairs).unlink()

    def _forget_pairs(self, pairs):
        """Unsubscribe, and take away activities and notices.

        :param pairs: ``{(lead id, user id)}``
        """
        if not pairs:
            return
        for model in ("mail.followers", "mail.notification", "mail.message", "mail.activity", "res.users"):
            self.env[model].flush_model()
        # what he was notified of stays in the lead's history, but is no longer his to read
        activities = self.env.execute_query(
            SQL(
                """WITH n AS (SELECT n.lead_id, n.user_id, u.partner_id
                                FROM unnest(%(leads)s::int[], %(users)s::int[]) n(lead_id, user_id)
                                JOIN res_users u ON u.id = n.user_id),
                        followers AS (
                          DELETE FROM mail_followers f USING n
                           WHERE f.res_model = 'crm.lead' AND f.res_id = n.lead_id AND f.partner_id = n.partner_id),
                        %(told)s
                   SELECT a.id FROM mail_activity a JOIN n ON a.res_id = n.lead_id AND a.user_id = n.user_id
                    WHERE a.res_model = 'crm.lead' AND a.active""",
                leads=as_array(lead_id for lead_id, _user_id in sorted(pairs)),
                users=as_array(user_id for _lead_id, user_id in sorted(pairs)),
                told=SQL(", ").join(
                    SQL(
                        """%(name)s AS (
                          DELETE FROM %(table)s t USING n, mail_message m
                           WHERE t.mail_message_id = m.id AND m.model = 'crm.lead' AND m.res_id = n.lead_id
                             AND t.res_partner_id = n.partner_id)""",
                        name=SQL.identifier("of_" + table),
                        table=SQL.identifier(table),
                    )
                    for table in TOLD_BY
                ),
            )
        )
        self.env["mail.activity"].sudo().browse(activity_id for [activity_id] in activities).unlink()
        for model in ("mail.followers", "mail.notification", "mail.message"):
            self.env[model].invalidate_model()

    def _lost_leads(self, moves):
        """``{(lead id, user id)}``: the former holders; of what waits masked also the colleagues who helped.

        The pool's admins and the managers read on.
        """
        lost = {(move.row.lead_id, move.row.user_id) for move in moves}
        pools = self.env["lead.pool"].sudo().browse({move.pool_id for move in moves if move.state == "waiting"})
        masked = set(pools.filtered(lambda pool: pool.visibility == "masked").ids)
        pool_of = {move.row.lead_id: move.pool_id for move in moves if move.pool_id in masked and not move.user_id}
        if not pool_of:
            return lost
        for model in ("mail.activity", "mail.followers", "mail.message"):
            self.env[model].flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT f.res_id, u.id FROM mail_followers f JOIN res_users u ON u.partner_id = f.partner_id
                    WHERE f.res_model = 'crm.lead' AND f.res_id = ANY(%(leads)s::int[]) AND NOT u.share
                   UNION
                   SELECT a.res_id, a.user_id FROM mail_activity a
                    WHERE a.res_model = 'crm.lead' AND a.res_id = ANY(%(leads)s::int[]) AND a.active
                      AND a.user_id IS NOT NULL
                   UNION
                   SELECT m.res_id, u.id FROM mail_message m
                     JOIN mail_message_res_partner_rel r ON r.mail_message_id = m.id
                     JOIN res_users u ON u.partner_id = r.res_partner_id
                    WHERE m.model = 'crm.lead' AND m.res_id = ANY(%(leads)s::int[]) AND NOT u.share
                   UNION
                   SELECT m.res_id, u.id FROM mail_message m
                     JOIN mail_notification n ON n.mail_message_id = m.id
                     JOIN res_users u ON u.partner_id = n.res_partner_id
                    WHERE m.model = 'crm.lead' AND m.res_id = ANY(%(leads)s::int[]) AND NOT u.share""",
                leads=as_array(pool_of),
            )
        )
        helpers = set(self.env.cr.fetchall()) - lost
        return lost | self._without_readers(helpers, pool_of)

    def _without_readers(self, pairs, pool_of):
        """Those of these ``{(lead id, user id)}`` who are neither managers nor run the lead's pool.

        :param pool_of: ``{lead id: pool id}``
        """
        users = self.env["res.users"].sudo().browse({user_id for _lead_id, user_id in pairs})
        managers = set(users.filtered(lambda user: user.has_group("lead_pool.group_manager")).ids)
        members = (
            self.env["lead.pool.member"]
            .sudo()
            .search(
                [("pool_id", "in", list(set(pool_of.values()))), ("role", "=", "admin"), ("user_id", "in", users.ids)]
            )
        )
        admins = {(member.pool_id.id, member.user_id.id) for member in members}
        return {
            (lead_id, user_id)
            for lead_id, user_id in pairs
            if user_id not in managers and (pool_of.get(lead_id), user_id) not in admins
        }

    def _follow_leads(self, moves):
        """The holder follows his lead with the default subtypes, as an owner does in plain Odoo."""
        if not moves:
            return
        self.env["mail.followers"].flush_model()
        self.env.cr.execute(
            SQL(
                """WITH fresh AS (
                       INSERT INTO mail_followers (res_model, res_id, partner_id)
                       SELECT 'crm.lead', n.lead_id, u.partner_id
                         FROM unnest(%s::int[], %s::int[]) n(lead_id, user_id) JOIN res_users u ON u.id = n.user_id
                       ON CONFLICT DO NOTHING RETURNING id)
                   INSERT INTO mail_followers_mail_message_subtype_rel (mail_followers_id, mail_message_subtype_id)
                   SELECT fresh.id, s.id FROM fresh, mail_message_subtype s
                    WHERE s."default" AND (s.res_model IS NULL OR s.res_model = 'crm.lead')""",
                as_array(move.row.lead_id for move in moves),
                as_array(move.user_id for move in moves),
            )
        )
        self.env["mail.followers"].invalidate_model()
        self.env["crm.lead"].invalidate_model(["message_follower_ids", "message_partner_ids", "message_is_follower"])

    def _tell_former_holders(self, moves):
        """A message in the inbox for each former holder and pool: which leads went when
        and why, and from when he may claim them again. No lead is named."""
        if not moves or self.env["lead.pool.notice"]._is_quiet():
            return
        now, rules = self.env["lead.pool"]._now(), self._rules_of(move.detail for move in moves)
        users = self.env["res.users"].sudo().browse({move.row.user_id for move in moves})
        by_place, envs = {}, {}  # one environment of all who read in the same language and time zone
        for user in users:
            place = user.lang, user.tz
            if place not in by_place:
                by_place[place] = self._env_of(user)
            envs[user.id] = by_place[place]
        places = self._claiming_places(users, {move.pool_id for move in moves})
        letters = []
        for (user_id, pool_id), of_user in self._by_user_and_pool(moves).items():
            env = envs[user_id]
            told = self.with_env(env)
            stories = told._stories_of_moves(of_user, now, rules)
            lines = [
                told._tell_story(story, env._("Lead #%(number)s", number=story.lead_ref)) for story in stories[:20]
            ]
            lines += told._tell_when_again(stories, places[user_id])
            subject = env._("%(count)s leads are no longer yours", count=len(of_user))
            pool = self.env["lead.pool"].sudo().browse(pool_id)
            refs = [move.row.lead_ref for move in of_user]
            letters.append(Letter(users.browse(user_id), subject, lines, about=pool, refs=refs))
        self.env["lead.pool.notice"]._tell_each("went_back", letters)

    def _tell_new_holders(self, moves):
        """Each new holder learns how many leads he got; the pool's robots, which ones."""
        notice = self.env["lead.pool.notice"]
        if not moves or notice._is_quiet():
            return
        per_user = defaultdict(list)
        for move in moves:
            per_user[move.user_id].append(move)
        planned = (
            self.env["lead.pool"].sudo().browse({move.pool_id for move in moves}).filtered("first_contact_days").ids
        )  # an activity says so already
        per_way, subjects = defaultdict(list), {}
        for user in self.env["res.users"].sudo().browse(per_user):
            of_user = per_user[user.id]
            said = user.lang, len(of_user)
            if said not in subjects:
                subjects[said] = self._env_of(user)._(
                    "You have %(count)s new leads. They are in My Leads.", count=len(of_user)
                )
            subject = subjects[said]
            on = [move.row.lead_id for move in of_user if move.kind not in GIVEN or move.pool_id not in planned]
            leads = self.env["crm.lead"].sudo().browse(on)
            if not user.active:
                continue
            for pool_id, moved in groupby(of_user, key=lambda move: move.pool_id):
                pool = self.env["lead.pool"].browse(pool_id)
                notice._tell_robots("got", pool, [move.row.lead_ref for move in moved])
            for way in user._lead_pool_ways("got"):
                if way != "activity" or leads:
                    per_way[way].append(Letter(user, subject, on=leads))
        for way, letters in per_way.items():
            notice._tell_in([way], "got", letters)

    def _plan_first_contacts(self, moves):
        """An activity for each rep who was given a lead, due within the pool's term and before the lead goes back."""
        pools = self.env["lead.pool"].sudo().browse({move.pool_id for move in moves}).filtered("first_contact_days")
        if not pools:
            return
        now = self.env["lead.pool"]._now()
        days = {pool.id: pool._date_in(now, pool.first_contact_days) for pool in pools}
        kind = self.env.ref("lead_pool.mail_activity_first_contact")
        model_id = self.env["ir.model"]._get_id("crm.lead")
        values = []
        for move in moves:
            if move.pool_id not in days:
                continue
            back = move.deadline and move.deadline.reclaim_at
            values.append(
                {
                    "res_model_id": model_id,
                    "res_id": move.row.lead_id,
                    "user_id": move.user_id,
                    "activity_type_id": kind.id,
                    "date_deadline": min(days[move.pool_id], back.date()) if back else days[move.pool_id],
                    "automated": True,
                }
            )
        # one notice tells how many leads came: none for each activity
        self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True).create(values)

    def _first_contact_made(self):
        """The holder has followed up: the activity that asked him to is done."""
        kind = self.env.ref("lead_pool.mail_activity_first_contact", raise_if_not_found=False)
        self.env["mail.activity"].sudo().search(
            [
                ("res_model", "=", "crm.lead"),
                ("res_id", "in", self.sudo().lead_id.ids),
                ("activity_type_id", "=", kind.id if kind else 0),
            ]
        ).unlink()

    def _tell_warning(self, warnings):
        """A message in the inbox for each person: which leads, his own and those of his people, go back soon.

        :param warnings: ``[(Row, who)]``, see :mod:`rules.reclaim`; a team without a leader, or led by the holder
            himself, falls to the pool's admins
        """
        leaders = self._leaders([row.lead_id for row, who in warnings if who == LEADER])
        pools = self.env["lead.pool"].sudo().browse({row.pool_id for row, _who in warnings})
        admins = {pool.id: pool._admins_to_tell().ids for pool in pools}
        told = defaultdict(dict)
        for row, who in warnings:
            leader = leaders.get(row.lead_id) if who == LEADER else None
            if who == REP:
                users = [row.user_id]
            elif leader and leader != row.user_id:
                users = [leader]
            else:
                users = [user_id for user_id in admins[row.pool_id] if user_id != row.user_id]
            for user_id in users:
                told[user_id][row.id] = row
        now = self.env["lead.pool"]._now()
        opens = pools._opens_for_each(
            {(row.pool_id, user_id) for user_id in told for row in told[user_id].values()}, now
        )
        at_once, later = {}, defaultdict(list)
        for user_id, rows in told.items():
            soon = []
            for row in rows.values():
                due_at = opens[row.pool_id, user_id]
                if due_at <= now or due_at >= row.reclaim_at:  # a warning that waits longer comes too late
                    soon.append(row)
                else:
                    later[user_id, due_at].append([row.id, row.epoch])
            if soon:
                at_once[user_id] = soon
        self._tell_going_back(at_once)
        self.env["lead.pool.notice.later"]._keep_each(
            [
                {"kind": "going_back", "user_id": user_id, "due_at": due_at, "entries": entries}
                for (user_id, due_at), entries in later.items()
            ]
        )

    def _tell_going_back(self, told):
        """One message to each person about leads that go back soon.

        :param told: ``{user id: [Row]}``
        """
        users = self.env["res.users"].sudo().browse({*told, *(row.user_id for rows in told.values() for row in rows)})
        names = {user.id: user.name for user in users}
        letters = []
        for user_id, rows in told.items():
            user = users.browse(user_id)
            env = self._env_of(user)
            lines = []
            for row in rows[:20]:
                moment = fields.Datetime.context_timestamp(self.with_env(env), row.reclaim_at)
                words = {
                    "number": row.lead_ref,
                    "moment": moment.strftime("%Y-%m-%d %H:%M"),
                    "user": names[row.user_id],
                }
                lines.append(
                    env._("Lead #%(number)s goes back at %(moment)s.", **words)
                    if row.user_id == user_id
                    else env._("Lead #%(number)s of %(user)s goes back at %(moment)s.", **words)
                )
            if len(rows) > len(lines):
                lines.append(env._("… and %(count)s more.", count=len(rows) - len(lines)))
            subject = (
                env._("%(count)s of your leads go back soon", count=len(rows))
                if all(row.user_id == user_id for row in rows)
                else env._("%(count)s leads go back soon", count=len(rows))
            )
            pool = self.env["lead.pool"].sudo().browse(rows[0].pool_id)
            letters.append(Letter(user, subject, lines, about=pool, refs=[row.lead_ref for row in rows]))
        self.env["lead.pool.notice"]._tell_each("going_back", letters)

    def _leaders(self, lead_ids):
        """``{lead id: user id}`` of the leaders of these leads' sales teams, where there is one at work."""
        if not lead_ids:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT l.id, t.user_id FROM crm_lead l JOIN crm_team t ON t.id = l.team_id
                         JOIN res_users u ON u.id = t.user_id
                        WHERE l.id = ANY(%s) AND u.active""",
                    lead_ids,
                )
            )
        )

    def _env_of(self, user):
        """The environment, in language and time zone, of whoever is told; not of who (or which cron) moved the lead.

        :param user: ``res.users``, one of those who are told together: they are read together
        """
        user = user.sudo()
        return self.with_context(lang=user.lang, tz=user.tz).env

    @staticmethod
    def _by_user_and_pool(things):
        groups = defaultdict(list)
        for thing in things:
            row = getattr(thing, "row", thing)
            groups[row.user_id, row.pool_id].append(thing)
        return groups

    def _tell_one(self, kind, pool_id, user_id, subject, lines=(), refs=(), **how):
        """Tell one user of news about a pool, as he chose; see :meth:`lead.pool.notice._tell`."""
        pool = self.env["lead.pool"].sudo().browse(pool_id)
        user = self.env["res.users"].sudo().browse(user_id)
        self.env["lead.pool.notice"]._tell(kind, user, subject, lines, about=pool, refs=refs, **how)

    # ------------------------------------------------------------
    # BOARDS
    # ------------------------------------------------------------

    def _tell_boards(self, moves):
        """One message for each pool and transaction: ids of entries that came and went, nothing else."""
        come = [move for move in moves if move.state == "waiting" and move.row.state != "waiting"]
        for pool_id, of_pool in groupby(come, key=lambda move: move.pool_id):
            pool = self.env["lead.pool"].browse(pool_id)
            self.env["lead.pool.notice"]._tell_robots("arrived", pool, [move.row.lead_ref for move in of_pool])
        data = self.env.cr.precommit.data
        pools = data.get("lead_pool.boards")
        if pools is None:
            pools = data["lead_pool.boards"] = defaultdict(lambda: {"gone": set(), "come": set()})
            self.env.cr.precommit.add(self.env["lead.pool.entry"].browse()._send_boards)
        for move in moves:
            if move.row.state == "waiting":
                pools[move.row.pool_id]["gone"].add(move.row.id)
            if move.state == "waiting":
                pools[move.pool_id]["gone"].discard(move.row.id)
                pools[move.pool_id]["come"].add(move.row.id)

    def _send_boards(self):
        pools = self.env.cr.precommit.data.pop("lead_pool.boards", {})
        for pool_id, change in pools.items():
            self.env["lead.pool"].browse(pool_id)._bus_send(
                "lead_pool/changed",
                {
                    "pool": pool_id,
                    "gone": sorted(change["gone"])[:500],
                    "come": len(change["come"]),
                },
            )
