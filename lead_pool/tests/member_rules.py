from odoo import Command

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import LeadPoolCase


class MemberRuleCase(LeadPoolCase, CronMixinCase):
    """A pool of its own without members, a team of two reps."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.south = cls.env["crm.team"].create({"name": "South", "company_id": cls.company.id})
        cls.env["ir.config_parameter"].set_param("sales_team.membership_multi", True)
        cls._join(cls.li)
        cls._join(cls.wang)
        cls.pool = cls._pool("Guangzhou", members=cls.env["res.users"], member_capacity=20)

    @classmethod
    def _join(cls, user, team=None):
        team = team or cls.south
        return cls.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": user.id})

    @classmethod
    def _leave(cls, user):
        cls.south.crm_team_member_ids.filtered(lambda member: member.user_id == user).active = False

    @classmethod
    def _rule(cls, **values):
        values = {"kind": "team", "team_id": cls.south.id, **values}
        cls.pool.member_rule_ids = [Command.create(values)]
        return cls.pool.member_rule_ids.sorted("id")[-1]

    def _sync(self):
        with self.enter_registry_test_mode():
            self.env.ref("lead_pool.ir_cron_members").method_direct_trigger()
        self.env.invalidate_all()

    def _names(self):
        return sorted(self.pool.member_ids.user_id.mapped("name"))
