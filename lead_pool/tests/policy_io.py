import json

from .common import LeadPoolCase


class PolicyCase(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.env["utm.source"].create({"name": "Fair in Wuhan"})
        cls.tag = cls.env["crm.tag"].create({"name": "Big"})
        cls.industry = cls.env["res.partner.industry"].create({"name": "Shipyards"})
        cls.group = cls.env["res.partner"].create({"name": "Yangtze Group", "is_company": True})
        cls.china = cls.env.ref("base.cn")
        cls.pool.write({"cooling_days": 5, "strategy": "rotation", "return_pool_ids": [(4, cls.open_pool.id)]})
        cls._member(cls.li).write({"weight": 2.5, "skill_domain": f"[('tag_ids', 'in', [{cls.tag.id}])]"})
        domain = (
            f"['|', ('source_id', '=', {cls.source.id}), '&', ('country_id', 'in', [{cls.china.id}]), '!', "
            f"('partner_id', 'any', [('industry_id', '=', {cls.industry.id}), ('id', 'child_of', {cls.group.id})])]"
        )
        cls.rule = cls.env["lead.pool.assign.rule"].create(
            {
                "name": "Big ones",
                "pool_id": cls.pool.id,
                "domain": domain,
                "user_ids": [(6, 0, [cls.wang.id, cls.li.id])],
            }
        )
        cls.env["lead.pool.entry.rule"].create(
            {
                "name": "From the fair",
                "pool_id": cls.pool.id,
                "domain": f"[('partner_id.industry_id', '=', {cls.industry.id}), ('city', '=', 'Wuhan')]",
            }
        )
        cls.env["lead.pool.reclaim.rule"].create(
            [
                {"name": "Fresh", "pool_id": cls.pool.id, "no_first_touch_days": 2},
                {"name": "Old", "pool_id": cls.pool.id, "held_days": 90, "match": "all", "working": True},
            ]
        )

    def _file(self, pool=None, **changes):
        """The file of a pool as another database gets it: only what JSON can say."""
        return json.loads(json.dumps((pool or self.pool).action_export_policy())) | changes

    def _state(self):
        """All that an import could change, read from the database."""
        self.env.flush_all()
        state = {}
        for table in ("lead_pool", "lead_pool_policy", "lead_pool_member", "lead_pool_entry_rule",
                      "lead_pool_assign_rule", "lead_pool_reclaim_rule", "lead_pool_return_rel",
                      "res_groups_users_rel", "lead_pool_event", "lead_pool_holding"):  # fmt: skip
            self.env.cr.execute(f"SELECT * FROM {table} ORDER BY 1, 2")  # pylint: disable=sql-injection
            state[table] = self.env.cr.fetchall()
        return state
