from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests.common import TransactionCase

from odoo.addons.lead_pool.models.feed import lead_pool_feed_mark


class LeadPoolCase(TransactionCase):
    """A sales team with two pools (one masked, one open), three reps, an admin of both, a manager, marketing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={**cls.env.context, "tracking_disable": True, "mail_create_nolog": True, "no_reset_password": True}
        )
        cls.company = cls.env.company
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.team = cls.env["crm.team"].create({"name": "North", "company_id": cls.company.id})
        cls.li, cls.wang, cls.zhao, cls.all_docs, cls.admin, cls.manager, cls.marketing, cls.stranger = cls._users(
            ("li", "sales_team.group_sale_salesman", "Li Na"),
            ("wang", "sales_team.group_sale_salesman", "Wang Wei"),
            ("zhao", "sales_team.group_sale_salesman", "Zhao Min"),
            ("docs", "sales_team.group_sale_salesman_all_leads", "All Documents"),
            ("pooladmin", "sales_team.group_sale_salesman", "Pool Admin"),
            ("poolmanager", "lead_pool.group_manager", "Manager"),
            ("marketing", "lead_pool.group_marketing", "Marketing"),
            ("stranger", "sales_team.group_sale_salesman", "Stranger"),
        )
        cls.reps = cls.li | cls.wang | cls.zhao
        cls.pool = cls._pool("Beijing")
        cls.open_pool = cls._pool("Shanghai", visibility="open")

    @classmethod
    def _users(cls, *people):
        """Users by login, groups and name, made together, for one by one each costs as much as a test.

        They are as Odoo's ``new_test_user`` makes them.
        """
        return cls.env["res.users"].create(
            [
                {
                    "login": login,
                    "name": name,
                    "password": login.ljust(8, "x"),
                    "email": f"{login[0]}.{login[0]}@example.com",
                    "group_ids": [Command.set([cls.env.ref(group.strip()).id for group in groups.split(",")])],
                    "tz": "UTC",
                }
                for login, groups, name in people
            ]
        )

    @classmethod
    def _user(cls, *person):
        return cls._users(person)

    @classmethod
    def _pool(cls, name, members=None, **values):
        members = cls.reps if members is None else members
        return cls.env["lead.pool"].create(
            {
                "name": name,
                "team_id": cls.team.id,
                "company_id": cls.company.id,
                "tz": "Asia/Shanghai",
                "member_capacity": 0,
                "member_daily_claim_limit": 0,
                **values,
                "member_ids": [(0, 0, {"user_id": user.id}) for user in members],
                "admin_ids": [(0, 0, {"user_id": cls.admin.id, "role": "admin"})],
            }
        )

    @classmethod
    def _leads(cls, count=1, pool=None, **values):
        """Leads that wait in ``pool`` (the masked one by default)."""
        return cls._leads_of([values] * count, pool)

    @classmethod
    def _leads_of(cls, vals_list, pool=None):
        """Leads that wait in ``pool``, one for each of these values, made together."""
        pool = cls.pool if pool is None else pool
        return (
            cls.env["crm.lead"]
            .with_user(cls.manager)
            .create(
                [
                    {
                        "name": f"Lead {number}",
                        "contact_name": f"Contact {number}",
                        "phone": f"+86 138 0000 {number:04d}",
                        "email_from": f"contact{number}@example.com",
                        "pool_id": pool.id,
                        "user_id": False,
                        **values,
                    }
                    for number, values in enumerate(vals_list)
                ]
            )
            .with_env(cls.env)
        )

    @classmethod
    def _scored(cls):
        """A lead is won and one is lost: before that, what Odoo's scoring says of a lead depends on how many leads it
        looks at together."""
        won, lost = cls.env["crm.lead"].create([{"name": "Won", "city": "Wuhan"}, {"name": "Lost", "city": "Wuhan"}])
        won.action_set_won()
        lost.action_set_lost()

    @classmethod
    def _entries(cls, leads):
        return cls.env["lead.pool.entry"].search([("lead_id", "in", leads.ids)]).sorted(lambda e: e.lead_id.id)

    @classmethod
    def _member(cls, user, pool=None):
        pool = cls.pool if pool is None else pool
        return pool.member_ids.filtered(lambda member: member.user_id == user)

    @classmethod
    def _reason(cls, kind):
        return cls.env["lead.pool.reason"].search([("kind", "=", kind)], limit=1)

    def _claim(self, user, leads):
        answers = self._entries(leads).with_user(user).action_claim()
        self.env.invalidate_all()
        return answers

    def _held(self, user, count=1, pool=None, **values):
        """Leads that ``user`` has just claimed."""
        leads = self._leads(count, pool, **values)
        answers = self._claim(user, leads)
        self.assertTrue(all(answer["done"] for answer in answers), answers)
        return leads

    def _codes(self, answers):
        return [answer["code"] for answer in answers]

    @classmethod
    def _crons_ran(cls):
        """Scheduled actions, which do not run during tests, are not late."""
        cls.env.flush_all()
        cls.env.cr.execute("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC', failure_count = 0")
        cls.env["ir.cron"].invalidate_model()

    @classmethod
    def _alone(cls):
        """Nobody else writes events while the tests of the class run, all in one transaction: who follows the events
        need not wait for anybody."""
        cls.startClassPatcher(patch.object(lead_pool_feed_mark, "sees_what_is_committed", return_value=True))

    def _work(self, job):
        """Work a job to its end."""
        while job.state in ("waiting", "running"):
            job._work()
            self.env.flush_all()

    def _balance(self):
        """entered = waiting + held + closed, by the entries and again by the ledgers."""
        self.env.flush_all()
        self.assertEqual(self.env["lead.pool"]._health_problems(), [])
        self.assertEqual(self.env["lead.pool.event"]._broken_chains(), {})
        self.env.cr.execute("SELECT count(*) FROM lead_pool_entry WHERE state = 'held'")
        held = self.env.cr.fetchone()
        self.env.cr.execute("SELECT count(*) FROM lead_pool_holding WHERE ended_at IS NULL")
        self.assertEqual(self.env.cr.fetchone(), held)

    def _later(self, **delta):
        return fields.Datetime.now() + timedelta(**delta)
