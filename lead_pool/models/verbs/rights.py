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
        if self.env.user._runs_all_pools():
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

        :param int epoch: of the one lead as the caller saw it; see :meth:`_fence`
        :raises UserError: an epoch of several leads
        """
        if epoch is not None and len(self._ids) > 1:
            raise UserError(self.env._("%(argument)s is for one lead at a time.", argument="epoch"))
        runs = self._pools_run(locked.pools.ids)
        places = {*self.env.user._lead_pool_ids(), *runs}
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
                verdicts[entry_id] = self._fence(row, epoch, is_admin=row.pool_id in runs)
        return verdicts

    def _raise_if_moved(self, epoch):
        """Lock this entry, and raise the sentence if the caller saw it in other hands; see :meth:`_fence`.

        :param int epoch: of the entry as the caller saw it; ``None``: nothing is asked
        """
        self._check_arguments(epoch=epoch)
        if epoch is None or not self:
            return
        rows = self.sudo()._read_rows(lock="wait")
        verdict = self._fence(rows[self.id], epoch, is_admin=self._is_pool_admin(rows[self.id].pool_id))
        self._raise_refused(verdict, self._told({self.id: verdict}, rows).get(self.id))

    def _told(self, verdicts, rows):
        """The placeholders of the sentences to these verdicts, with the stories of leads that were the caller's."""
        return self._with_stories(verdicts, self.sudo()._names(rows))

    def _fence(self, row, epoch, *, is_admin):
        """``changed_hands`` for who could do it, on a lead that is not in the hands any more in which he saw it: he
        holds it again, by another claim, or runs the pool. Others are told by the verb itself why they cannot.

        :param int epoch: of the lead as the caller saw it; ``None``: he does not say
        """
        if epoch is None or row.epoch == epoch or row.state == "closed":
            return OK
        if row.user_id == self.env.uid:
            return Verdict("changed_hands", about="again")
        return Verdict("changed_hands") if is_admin else OK
