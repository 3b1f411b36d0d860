"""``crm_lead.user_id``, ``team_id`` and ``pool_id`` are a projection of the entry for the rest of Odoo.

Two ways of writing it with the same result. *Set-based*: one UPDATE for the batch, where nothing else in the
database has to notice a change of owner. *Faithful*: the ORM's own write, grouped. Which one is used, and why, is
told by ``crm.lead._pool_write_mode``.
"""

from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ...arrays import as_array
from .guard import Pass


class LeadPoolProjection(models.AbstractModel):
    _name = "lead.pool.verb.projection"
    _description = "Projection to crm.lead"

    def _project(self, moves, locked):
        """Write owner, team and pool of these moves' leads."""
        moves = [move for move in moves if move.row.lead_id]
        if not moves:
            return
        teams = self._teams({(move.pool_id, move.user_id) for move in moves}, locked.people)
        rows = sorted(
            (move.row.lead_id, move.user_id or None, teams[move.pool_id, move.user_id].id, move.pool_id)
            for move in moves
        )
        if self.env["crm.lead"]._pool_write_mode(locked.stages_bound) == "set":
            self._project_set(rows, locked.now)
        else:
            self._project_faithful(rows)

    def _teams(self, pairs, people=None):
        """``{(pool_id, user_id): team}``: the pool's if the rep is in it or nobody holds the lead, else his own.

        :param people: ``{user id: Person}`` of whom one knows
        """
        pools = self.env["lead.pool"].sudo().browse({pool for pool, _user in pairs})
        people = people or {}
        users = {user for _pool, user in pairs if user}
        memberships = {(user, team) for user in users & people.keys() for team in people[user].team_ids}
        users -= people.keys()
        if users:
            self.env["crm.team.member"].flush_model()
            self.env.cr.execute(
                SQL("SELECT user_id, crm_team_id FROM crm_team_member WHERE active AND user_id = ANY(%s)", list(users))
            )
            memberships.update(self.env.cr.fetchall())
        in_some_team = {user_id for user_id, _team_id in memberships}
        teams = {}
        for pool_id, user_id in pairs:
            team = pools.browse(pool_id).team_id
            if user_id in in_some_team and (user_id, team.id) not in memberships and team.user_id.id != user_id:
                team = self.env["crm.team"].sudo()._get_default_team_id(user_id=user_id) or team
            teams[pool_id, user_id] = team
        return teams

    def _project_faithful(self, rows):
        """By the ORM, a write for each owner, team and pool; every override and automation takes part."""
        groups = defaultdict(list)
        for lead_id, user_id, team_id, pool_id in rows:
            groups[user_id, team_id, pool_id].append(lead_id)
        Lead = self.env["crm.lead"].sudo().with_context(mail_auto_subscribe_no_notify=True, mail_notrack=True)
        # read for the whole batch what each write would read for its own few leads
        leads = Lead.browse(row[0] for row in rows)
        users = self.env["res.users"].sudo().browse({row[1] for row in rows if row[1]})
        users.fetch(["company_ids", "active", "partner_id"])
        users.partner_id.fetch(["lang"])  # in which they are subscribed
        for (user_id, team_id, pool_id), lead_ids in groups.items():
            some = Lead.browse(lead_ids).with_prefetch(leads._prefetch_ids)
            values = {"user_id": user_id, "team_id": team_id, "pool_id": pool_id}
            some.with_context(lead_pool_pass=Pass(**values)).write(values)
        Lead.flush_model()

    def _project_set(self, rows, now):
        """By one UPDATE with what ``crm.lead.write`` and its computed fields would have set."""
        Lead = self.env["crm.lead"].sudo()
        Lead.flush_model()
        self.env["crm.team"].flush_model(["company_id"])
        self.env["res.users"].flush_model(["company_id", "company_ids"])
        self.env.cr.execute(
            SQL(
                """UPDATE crm_lead l
                      SET user_id = p.user_id, team_id = p.team_id, pool_id = p.pool_id,
                          date_open = CASE WHEN p.user_id IS NULL THEN NULL
                                           WHEN l.user_id IS DISTINCT FROM p.user_id THEN %(now)s
                                           ELSE l.date_open END,
                          day_open = CASE WHEN p.user_id IS NULL THEN 0
                                          WHEN l.user_id IS DISTINCT FROM p.user_id
                                          THEN abs(floor(extract(epoch FROM
                                               %(now)s - date_trunc('second', l.create_date)) / 86400))
                                          ELSE l.day_open END,
                          company_id = CASE
                              WHEN t.company_id IS NOT NULL THEN t.company_id
                              WHEN p.user_id IS NOT NULL AND EXISTS (
                                   SELECT 1 FROM res_company_users_rel r
                                    WHERE r.user_id = p.user_id AND r.cid = l.company_id) THEN l.company_id
                              WHEN p.user_id IS NOT NULL AND EXISTS (
                                   SELECT 1 FROM res_company_users_rel r JOIN res_company c ON c.id = r.cid
                                    WHERE r.user_id = p.user_id AND c.id = %(company)s AND c.active) THEN %(company)s
                              WHEN p.user_id IS NOT NULL THEN (
                                   SELECT company_id FROM res_users
                                    WHERE id = p.user_id AND company_id = ANY(%(companies)s))
                              ELSE (SELECT company_id FROM res_partner WHERE id = l.partner_id) END,
                          write_uid = %(uid)s, write_date = %(now)s
                     FROM (SELECT id, user_id, team_id FROM crm_lead WHERE id = ANY(%(ids)s::int[])
                            ORDER BY id FOR NO KEY UPDATE) o,
                          unnest(%(ids)s::int[], %(users)s::int[], %(teams)s::int[], %(pools)s::int[])
                          p(id, user_id, team_id, pool_id) LEFT JOIN crm_team t ON t.id = p.team_id
                    WHERE l.id = p.id AND o.id = l.id
                RETURNING l.id, l.team_id, o.team_id, l.stage_id IS NULL OR l.lead_properties <> '{}'""",
                now=now,
                uid=self.env.uid,
                ids=as_array(row[0] for row in rows),
                users=as_array(row[1] for row in rows),
                teams=as_array(row[2] for row in rows),
                pools=as_array(row[3] for row in rows),
                company=self.env.company.id,
                companies=self.env.companies.ids,
            )
        )
        moved = [row for row in self.env.cr.fetchall() if row[1] != row[2]]
        Lead.browse(row[0] for row in rows).invalidate_recordset(flush=False)
        if moved:
            changed = Lead.with_context(tracking_disable=True).browse(row[0] for row in moved)
            teams = self.env["crm.team"].sudo().browse({row[1] for row in moved} | {row[2] for row in moved} - {None})
            if any(row[3] for row in moved) or any(team.lead_properties_definition for team in teams):
                changed.fetch(self._follow_the_team())  # what turns out to be the same is not written once more
                changed.modified(["team_id"])
            else:
                self._score_again(changed)
            changed.flush_recordset()

    def _score_again(self, leads):
        """Of what Odoo derives from a lead's team only the probability can be another one now: where it is, all that
        follows from it is marked to be computed."""
        names = ["automated_probability", "probability"]
        leads.fetch(["active", "stage_id", "team_id", *names, *leads._pls_get_safe_fields()])
        before = [(lead.automated_probability, lead.probability) for lead in leads]
        for name in names:
            self.env.add_to_compute(leads._fields[name], leads)
        leads._recompute_recordset(names)
        others = [
            lead.id
            for lead, known in zip(leads, before, strict=True)
            if (lead.automated_probability, lead.probability) != known
        ]
        leads.browse(others).modified(names)

    def _follow_the_team(self):
        """Columns of a lead that Odoo computes again when its team changes."""
        Lead = self.env["crm.lead"]
        dependent = Lead.pool.get_dependent_fields(Lead._fields["team_id"])
        return [field.name for field in dependent if field.model_name == Lead._name and field.column_type]
