from base64 import b64encode
from datetime import timedelta
from json import dumps

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .lead_pool_job import STATES

KEEP_DAYS = 30


class LeadPoolSimulation(models.Model):
    """What the last days of a pool would have been under edited rules, beside the same days under the present ones.

    Kept for a while, by numbers only: of leads their number, of members who they are, how many and how soon.
    """

    _name = "lead.pool.simulation"
    _description = "Simulation"
    _order = "id desc"

    pool_id = fields.Many2one(
        "lead.pool",
        "Lead Pool",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="Whose days were replayed.",
    )
    user_id = fields.Many2one(
        "res.users", "Asked By", required=True, readonly=True, ondelete="cascade", help="Who asked for it."
    )
    date_from = fields.Datetime("From", required=True, readonly=True, help="The replay begins here.")
    date_to = fields.Datetime("Until", required=True, readonly=True, help="And ends here.")
    rules = fields.Json(readonly=True, help="What was edited, in the form of a policy file.")
    changes = fields.Text("Edited", readonly=True, help="What was edited, in words.")
    result = fields.Json(readonly=True, help="The figures of both replays.")
    job_id = fields.Many2one(
        "lead.pool.job", readonly=True, index="btree_not_null", ondelete="set null", help="The work in the background."
    )
    state = fields.Selection(STATES, compute="_compute_state", help="How far it is.")
    progress = fields.Float(compute="_compute_state", help="Done, in percent.")

    @api.depends("result", "job_id.state", "job_id.progress")
    def _compute_state(self):
        for run in self:
            job = run.sudo().job_id
            run.state = "done" if run.result else job.state or "failed"
            run.progress = 100.0 if run.result else job.progress

    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._("Simulation of %(pool)s", pool=run.sudo().pool_id.name)

    # ------------------------------------------------------------
    # SHOW
    # ------------------------------------------------------------

    def button_open(self):
        """The page of this run."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "lead_pool.simulation",
            "name": self.display_name,
            "params": {"run_id": self.id},
            "context": {"active_id": self.id},
        }

    @api.readonly
    def read_page(self):
        """What the page shows.

        :returns: ``{'pool', 'state', 'progress', 'problem', 'may_cancel', 'date_from', 'date_to', 'changes',
            'members', 'refusals', 'result'}``; ``members``: ``{user id: name}``, ``refusals``: ``{code: sentence}``,
            ``result`` as it is kept, or ``False``
        """
        self.ensure_one()
        self.check_access("read")
        job, result = self.sudo().job_id, self.result or False
        ids = {int(user_id) for part in ("before", "after") for user_id in (result and result[part]["members"] or ())}
        users = self.env["res.users"].sudo().browse(sorted(ids))
        return {
            "pool": self.sudo().pool_id.name,
            "state": self.state,
            "progress": self.progress,
            "problem": job.problem or False,
            "may_cancel": job.state in ("waiting", "running") and self._may_cancel(job),
            "date_from": fields.Datetime.to_string(self.date_from),
            "date_to": fields.Datetime.to_string(self.date_to),
            "changes": (self.changes or "").splitlines(),
            "members": {user.id: user.name for user in users},
            "refusals": self._refusals_in_words(result),
            "result": result,
        }

    def _may_cancel(self, job):
        return job.user_id == self.env.user or self.env.user.has_group("lead_pool.group_manager")

    def _refusals_in_words(self, result):
        """``{code: sentence}``: why people might not have done what they did."""
        codes = {code for part in ("before", "after") for code in (result and result[part]["refused"] or ())}
        words = {
            "taken": self.env._("Somebody else has the lead"),
            "waiting": self.env._("The lead waits already"),
            "closed": self.env._("The lead is closed already"),
            "not_member": self.env._("He is no member"),
            "claim_off": self.env._("Leads are given out by the pool's admins only"),
            "paused": self.env._("He is paused"),
            "protected": self.env._("The lead came a moment ago"),
            "cooling_off": self.env._("He had the lead lately"),
            "capacity_full": self.env._("He holds as many as he may"),
            "capacity_all_full": self.env._("He holds as many of all pools as he may"),
            "target_full": self.env._("Who shall get it holds as many as he may"),
            "daily_limit": self.env._("His claims of the day are used up"),
            "hourly_limit": self.env._("His claims of the hour are used up"),
            "backlog": self.env._("He has too many leads that he has not followed up"),
            "claim_rule": self.env._("A claim rule names others for the lead"),
            "wrong_company": self.env._("The lead belongs to another company"),
            "no_lead": self.env._("No lead waited for him"),
            "user_inactive": self.env._("He is archived"),
            "target_not_member": self.env._("Who shall get it is no member"),
            "daily_limit_all": self.env._("His claims of the day in all pools are used up"),
            "hourly_limit_all": self.env._("His claims of the hour in all pools are used up"),
        }
        return {code: words.get(code, code) for code in codes}

    def action_cancel(self):
        """End the work in the background."""
        self.check_access("read")
        self.sudo().job_id.sudo(False).action_cancel()

    def button_apply(self):
        """Open the import of these rules with what they would change; nothing is changed before the admin says so.

        :raises UserError: nothing was edited
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env["lead.pool.entry"]._is_pool_admin(self.pool_id.id):
            raise AccessError(self.env._("Only an admin of “%(pool)s” may do this.", pool=self.sudo().pool_id.name))
        if not self.rules:
            raise UserError(self.env._("These are the present rules: there is nothing to apply."))
        file = dumps(self.pool_id._as_policy_file(self.rules))
        wizard = self.env["lead.pool.policy.import"].create(
            {"pool_id": self.pool_id.id, "file": b64encode(file.encode()), "file_name": "simulation.json"}
        )
        return wizard.action_show()

    @api.autovacuum
    def _gc_old(self):
        """Old runs are forgotten: they can be asked again."""
        limit = 1000
        before = self.env["lead.pool"]._now() - timedelta(days=KEEP_DAYS)
        old = self.sudo().search([("date_to", "<", before)], limit=limit)
        old.unlink()
        return len(old), len(old) == limit
