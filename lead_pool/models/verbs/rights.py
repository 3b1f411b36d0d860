"""What a caller may do: asked once a batch, on the server, for every verb."""

from odoo import models
from odoo.exceptions import UserError

from ...rules.facts import OK, Verdict


class LeadPoolRights(models.AbstractModel):
    _name = "lead.pool.verb.rights"
    _description = "Rights of the Verbs"

    def _is_pool_admin(self, pool_id):
        """Whether the caller may do everything in this pool: its admin, a manager, or the system itself."""
        return pool_id in self._pools_run([pool_id])

    def _pools_run(self, pool_ids):
        """Those of these pools in which the caller may do everything."""
        if self.env.user._is_superuser() or self.env.user.has_group("lead_pool.group_manager"):
            return set(pool_ids)
        return set(pool_ids) & set(self.env.user._lead_pool_ids("admin"))

    def _check_arguments(self, note=None, **ids):
        """Refuse what no caller means: ids that are no numbers, a note that is no text.

        :raises UserError: which argument is malformed
        """
        ids = {"ids": self._ids, **{name: (value,) for name, value in ids.items()}}
        for name, values in ids.items():
            if not all(value is None or value is False or type(value) is int for value in values):
                raise UserError(self.env._("%(argument)s must be a number.", argument=name))
        if note is not None and note is not False and not isinstance(note, str):
            raise UserError(self.env._("%(argument)s must be a text.", argument="note"))

    def _known_verdicts(self, locked, epoch=None):
        """``{entry id: Verdict}``: ok for what is locked and the caller may know of, else why not.

        A lead of a pool in which the caller has no place does not exist for him.

        :param int epoch: of the one lead as the caller saw it: he may hold it again, by another claim
        :raises UserError: an epoch of several leads
        """
        if epoch is not None and len(self._ids) > 1:
            raise UserError(self.env._("%(argument)s is for one lead at a time.", argument="epoch"))
        places = {*self.env.user._lead_pool_ids(), *self._pools_run(locked.pools.ids)}
        companies = set(self.env.user._get_company_ids())
        verdicts = {}
        for entry_id in self._ids:
            seen = locked.before.get(entry_id)
            if seen is None:
                verdicts[entry_id] = Verdict("unknown")
            elif seen.pool_id not in places and seen.user_id != self.env.uid:
                verdicts[entry_id] = Verdict("unknown")
            elif seen.company_id not in companies and not self.env.user._is_superuser():
                verdicts[entry_id] = Verdict("wrong_company")
            elif entry_id not in locked.rows:
                verdicts[entry_id] = Verdict("busy")
            else:
                row = locked.rows[entry_id]
                stale = epoch is not None and row.epoch != epoch and row.user_id == self.env.uid
                verdicts[entry_id] = Verdict("changed_hands") if stale else OK
        return verdicts
