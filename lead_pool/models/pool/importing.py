"""An import of leads, in the background."""

from odoo import models
from odoo.exceptions import UserError


class LeadPoolImporting(models.AbstractModel):
    _name = "lead.pool.importing"
    _description = "Importing Leads"

    def _import_of(self, job):
        """What is imported, as who asked for it.

        :raises UserError: who asked may not do it any more; which ends the job
        """
        user = job.user_id
        run = self.env["lead.pool.import"].sudo().browse(job.params["import"]).exists()
        if not run or not user.active:
            raise UserError(self.env._("Who started this import is archived. Somebody else has to import the rest."))
        run = run.with_user(user).with_context(lang=user.lang, tz=user.tz).with_company(run.company_id)
        run._check_may_import()
        return run

    def _job_import(self, job):
        """The next rows. They are done in the same transaction in which their leads are made."""
        run = self._import_of(job)
        done = run._take_in_batch()
        return done, bool(run._rows_left())

    def _job_import_check(self, job):
        """All rows at once: a row may be the duplicate of any other."""
        run = self._import_of(job)
        run._do_check()
        return job.total, False
