"""What the admins of a pool are told, in their own language, in Odoo's inbox or by mail as each prefers."""

from odoo import models


class LeadPoolAlerts(models.AbstractModel):
    _name = "lead.pool.alerts"
    _description = "Alerts to the Admins of a Pool"

    def _tell_admins(self, words):
        """A message for each admin of the pool; without one, for each manager of all pools.

        :param words: callable ``(env, pool) -> (subject, [line])``, called in the language of each reader
        """
        Entry = self.env["lead.pool.entry"].sudo()
        for user in self._admins_to_tell():
            env = Entry._env_of(user.id)
            Entry._notify(self.id, user.id, *words(env, self.sudo().with_env(env)))

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
            lambda env, pool: (
                env._("Nobody in “%(pool)s” can take leads", pool=pool.name),
                [
                    env._(
                        "%(count)s leads wait, and all members are paused, on leave, full or left out by the rules. "
                        "Open the pool's members, or assign by hand.",
                        count=pool.waiting_count,
                    )
                ],
            )
        )

    def _tell_broken(self, rule, problem):
        """A rule that was right when it was saved cannot be used any more: said once, when it is found.

        :param rule: its name
        :param problem: what the evaluation said
        """
        for pool in self:
            pool._tell_admins(
                lambda env, pool: (
                    env._("“%(rule)s” in “%(pool)s” is out of use", rule=rule, pool=pool.name),
                    [
                        env._("Its condition cannot be evaluated any more: %(problem)s", problem=problem),
                        env._("It is skipped, and the other rules go on. Open it and choose its condition again."),
                    ],
                )
            )
