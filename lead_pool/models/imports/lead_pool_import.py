from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...rules.sentences import paragraph
from ..lead_pool_job import STATES
from .lead_pool_import_row import CODES, DUPLICATES, REST

KEEP_DAYS = 30  # of a file and what was in it
AT_ONCE = 1000  # so many rows are checked while the user waits
DESTINATIONS = [
    ("pool", "One Pool"),
    ("rules", "By the Entry Conditions"),
    ("mine", "My Leads"),
]


class LeadPoolImport(models.Model):
    """Leads out of a file: its columns are matched, each row is looked at before, and the good ones go in."""

    _name = "lead.pool.import"
    _description = "Import of Leads"
    _inherit = [
        "lead.pool.import.reading",
        "lead.pool.import.proposing",
        "lead.pool.import.links",
        "lead.pool.import.values",
        "lead.pool.import.taking.in",
    ]
    _order = "id desc"
    _rec_name = "file_name"

    file = fields.Binary(help="CSV, XLSX, XLS or ODS with headings in its first row. At most 20 MB; kept for 30 days.")
    file_name = fields.Char()
    user_id = fields.Many2one(
        "res.users", "Imported By", required=True, readonly=True, default=lambda self: self.env.uid, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    destination = fields.Selection(
        DESTINATIONS,
        "Leads Go To",
        required=True,
        default=lambda self: self._default_destination(),
        help="For rows that name no pool or salesperson of their own.",
    )
    pool_id = fields.Many2one(
        "lead.pool",
        "Lead Pool",
        domain="[('id', 'in', allowed_pool_ids)]",
        ondelete="set null",
        default=lambda self: self._default_pool(),
    )
    allowed_pool_ids = fields.Many2many("lead.pool", compute="_compute_allowed")
    may_choose_pool = fields.Boolean(compute="_compute_allowed")
    campaign_id = fields.Many2one("utm.campaign", ondelete="set null", help="Of all rows that name none.")
    source_id = fields.Many2one("utm.source", ondelete="set null", help="Of all rows that name none.")
    medium_id = fields.Many2one(
        "utm.medium", "Marketing Medium", ondelete="set null", help="Of all rows that name none."
    )
    make_missing = fields.Boolean(
        "Make What Is Missing", help="Tags, sources, campaigns, lead groups and the like that do not exist are made."
    )
    column_ids = fields.One2many("lead.pool.import.column", "import_id", "Columns", copy=False)
    used_column_ids = fields.One2many(
        "lead.pool.import.column", "import_id", "Columns Used", domain=[("field_name", "!=", False)], readonly=True
    )
    row_ids = fields.One2many("lead.pool.import.row", "import_id", "All Rows", copy=False)
    invalid_ids = fields.One2many(
        "lead.pool.import.row", "import_id", "Invalid Rows", domain=[("code", "=", "invalid")]
    )
    duplicate_ids = fields.One2many(
        "lead.pool.import.row", "import_id", "Duplicate Rows", domain=[("code", "in", DUPLICATES)]
    )
    doubt_ids = fields.One2many(
        "lead.pool.import.row", "import_id", domain=[("doubt", "!=", False), ("code", "!=", "invalid")]
    )
    good_ids = fields.One2many("lead.pool.import.row", "import_id", domain=[("code", "in", ("created", "before"))])
    options = fields.Json(readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    counts = fields.Json(readonly=True)
    doubt_count = fields.Integer(readonly=True)
    missing_count = fields.Integer(
        readonly=True, help="Rows with words that Odoo does not know and the import may make."
    )
    missing = fields.Json(readonly=True, help="{field: names that the check found missing and the import may make}")
    missing_words = fields.Text(compute="_compute_missing_words")
    made = fields.Json(readonly=True, help="{field: records made because a row named them}")
    new_count = fields.Integer("New", compute="_compute_counts")
    duplicate_count = fields.Integer("Duplicates", compute="_compute_counts")
    rest_count = fields.Integer("Not Taken", compute="_compute_counts")
    invalid_count = fields.Integer("Invalid", compute="_compute_counts")
    summary = fields.Char(compute="_compute_counts")
    ignored = fields.Char("Left Out", compute="_compute_ignored")
    stage = fields.Selection(
        [("draft", "Columns"), ("checked", "Checked"), ("imported", "Imported")],
        default="draft",
        required=True,
        readonly=True,
    )
    job_id = fields.Many2one("lead.pool.job", readonly=True, index="btree_not_null", ondelete="set null")
    state = fields.Selection(
        [("draft", "Columns"), ("checked", "Checked"), *STATES], compute="_compute_state", help="How far it is."
    )
    progress = fields.Float(compute="_compute_state")
    rate = fields.Float("Leads per Second", related="job_id.rate", related_sudo=True)
    remaining = fields.Char("Time Left", related="job_id.remaining", related_sudo=True)
    problem = fields.Char(related="job_id.problem", related_sudo=True)

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.model
    def _may_choose_pool(self):
        user = self.env.user
        return user.has_group("lead_pool.group_marketing") or user.has_group("lead_pool.group_pool_admin")

    def _default_destination(self):
        if not self._may_choose_pool():
            return "mine"
        return "pool" if self._default_pool() else "rules"

    def _default_pool(self):
        """The only pool there is to choose, while no entry condition would send a lead there."""
        pools = self._allowed_pools(self.env.company)
        conditions = self.env["lead.pool.entry.rule"].sudo()
        return pools if len(pools) == 1 and not conditions.search_count([], limit=1) else pools.browse()

    @api.depends_context("uid")
    @api.depends("company_id")
    def _compute_allowed(self):
        for run in self:
            run.may_choose_pool = self._may_choose_pool()
            run.allowed_pool_ids = self._allowed_pools(run.company_id)

    def _allowed_pools(self, company):
        """The pools into which the user may import; none for a rep, whose leads are his own."""
        user, Pool = self.env.user, self.env["lead.pool"]
        if not self._may_choose_pool():
            return Pool
        domain = [("company_id", "in", [company.id, False])]
        if not (user.has_group("lead_pool.group_marketing") or user.has_group("lead_pool.group_manager")):
            domain += [("is_admin", "=", True)]
        return Pool.search(domain)

    @api.depends("counts", "doubt_count")
    @api.depends_context("lang")
    def _compute_counts(self):
        labels = dict(self.env["lead.pool.import.row"]._fields["code"]._description_selection(self.env))
        for run in self:
            counts = run.counts or {}
            run.new_count = counts.get("created", 0) + counts.get("flagged", 0)
            run.duplicate_count = sum(counts.get(code, 0) for code in DUPLICATES)
            run.invalid_count = counts.get("invalid", 0)
            run.rest_count = sum(counts.get(code, 0) for code in REST)
            parts = [f"{counts[code]:,} {labels[code]}" for code, _label in CODES if counts.get(code)]
            if run.doubt_count:
                parts.append(self.env._("%(count)s with something doubtful", count=f"{run.doubt_count:,}"))
            run.summary = " · ".join(parts)

    @api.depends("column_ids.field_name", "column_ids.heading")
    def _compute_ignored(self):
        for run in self:
            left_out = run.column_ids.filtered(lambda column: not column.field_name and not column._is_own())
            run.ignored = ", ".join(left_out.mapped("heading"))

    @api.depends("stage", "job_id.state", "job_id.progress")
    def _compute_state(self):
        for run in self:
            job = run.sudo().job_id
            ended = "done" if run.stage == "imported" else run.stage
            run.state = ended if not job or job.state == "done" else job.state
            run.progress = job.progress if job else 0.0

    # ------------------------------------------------------------
    # THE FILE
    # ------------------------------------------------------------

    @api.onchange("file")
    def _onchange_file(self):
        """Show the columns of the file, each with the field that its heading means."""
        self.column_ids = [fields.Command.clear()]
        if not self.file:
            return None
        try:
            lines = self._propose_columns()
        except UserError as error:
            self.file = self.file_name = False
            return {"warning": {"title": self.env._("This file cannot be read"), "message": str(error)}}
        self.column_ids = [fields.Command.create(values) for values in lines]
        return None

    @api.onchange("destination")
    def _onchange_destination(self):
        if self.destination != "pool":
            self.pool_id = False

    @api.model_create_multi
    def create(self, vals_list):
        runs = super().create(vals_list)
        for run in runs.filtered(lambda run: run.file and not run.column_ids):
            run.column_ids = [fields.Command.create(values) for values in run._propose_columns()]
        return runs

    def write(self, vals):
        if not self.env.su and self.filtered(
            lambda run: run.stage == "imported" or run.job_id.state in ("waiting", "running")
        ):
            raise UserError(self.env._("This import has begun already: its settings stay."))
        return super().write(vals)

    def _table_of_file(self):
        return self._read_table(self._file_content(self.with_context(bin_size=False).file), self.file_name)

    # ------------------------------------------------------------
    # CHECK AND IMPORT
    # ------------------------------------------------------------

    def _check_may_import(self):
        """Refuse what cannot be imported, or not by this user.

        :raises UserError: with the reason
        """
        self.ensure_one()
        self.env["crm.lead"].check_access("create")
        self.check_access("write")
        if not self.column_ids.filtered("field_name"):
            raise UserError(self.env._("Choose a file, and say of at least one column what it goes into."))
        if self.destination != "mine" and not self._may_choose_pool():
            raise AccessError(
                self.env._("Marketing and the admins of pools import into pools. Your leads go into My Leads.")
            )
        if self.destination == "pool" and not self.pool_id:
            raise UserError(self.env._("Choose the lead pool that the leads go to."))
        twice = [
            column.heading
            for name, same in self.column_ids.filtered("field_name").grouped("field_name").items()
            for column in same[1:]
        ]
        if twice:
            raise UserError(
                self.env._("Several columns go into one field: leave out %(columns)s.", columns=", ".join(twice))
            )

    def _check_not_at_work(self):
        if self.sudo().job_id.state in ("waiting", "running"):
            raise UserError(self.env._("This import is at work. Wait until it is done, or cancel it."))

    def action_check(self):
        """Look at every row, writing no lead: what would become of it, of whom it is a duplicate, what is wrong.

        :raises UserError: nothing can be imported like this
        """
        self._check_may_import()
        self._check_not_at_work()
        if self.stage == "imported":
            raise UserError(self.env._("This file is imported already."))
        self._store_rows()
        self.sudo().write({"stage": "draft", "job_id": False})
        if self.row_count > AT_ONCE:
            self.sudo().job_id = self._start("import_check")
        else:
            self._do_check()
        return True

    def _do_check(self):
        self._look()
        self.sudo().stage = "checked"

    def action_import(self):
        """Take the rows in, in the background; what cannot be taken in comes back as a file.

        :raises UserError: nothing can be imported like this
        """
        self._check_may_import()
        self._check_not_at_work()
        if self.stage == "imported" and not self._rows_left():
            raise UserError(self.env._("This file is imported already."))
        if self.stage == "draft":
            self._store_rows()
        self._remember_columns()
        self._forget_verdicts()
        self.sudo().stage = "imported"
        self.sudo()._count_all()  # those that are in already, where it goes on
        self.sudo().job_id = self._start("import")
        return True

    def _start(self, kind):
        job = self.env["lead.pool.job"]._start(kind, None, self._rows_left(), {"import": self.id})
        return job.sudo()

    def _rows_left(self):
        return (
            self.env["lead.pool.import.row"].sudo().search_count([("import_id", "=", self.id), ("is_done", "=", False)])
        )

    def action_cancel(self):
        """End the work in the background before its next batch; what is imported stays."""
        self.check_access("read")
        self.sudo().job_id.sudo(False).action_cancel()

    def action_change(self):
        """Back to the columns."""
        self.check_access("write")
        self._check_not_at_work()
        if self.stage == "checked":
            self.sudo().write({"stage": "draft", "job_id": False})
        return True

    def action_make_missing(self):
        """Check again, with *Make What Is Missing*."""
        self.action_change()
        self.make_missing = True
        return self.action_check()

    def action_download(self):
        """The rows that did not go in, as a file like the one that was imported."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/lead_pool/import/{self.id}/rest", "target": "download"}

    def button_open_leads(self):
        """The leads that were made."""
        self.ensure_one()
        made = self.sudo().row_ids.filtered(lambda row: row.code in ("created", "flagged"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Imported Leads"),
            "res_model": "crm.lead",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", made.lead_id.ids)],
        }

    def _rest(self):
        """Headings and rows of the file of what did not, or would not, go in as it is."""
        codes = REST if self.stage == "imported" else (*REST, *DUPLICATES)
        headings = [column.heading for column in self.column_ids]
        kept = [n for n, column in enumerate(self.column_ids) if not column._is_own()]
        rows = self.env["lead.pool.import.row"].search([("import_id", "=", self.id), ("code", "in", codes)])
        labels = dict(rows._fields["code"]._description_selection(self.env))
        lines = []
        for row in rows.filtered("cells"):
            reason = paragraph([row.message or labels[row.code], row.of_words])
            cells = [row.cells[n] if n < len(row.cells) else "" for n in kept]
            lines.append([str(row.number), reason, *cells])
        return [self.env._("Row"), self.env._("Reason"), *(headings[n] for n in kept)], lines

    @api.autovacuum
    def _gc_files(self):
        """The file and what was in it are forgotten; who imported how many when is kept."""
        limit = 100
        before = self.env["lead.pool"]._now() - timedelta(days=KEEP_DAYS)
        old = self.sudo().search([("create_date", "<", before), ("file", "!=", False)], limit=limit)
        for run in old:
            run.row_ids.filtered(lambda row: not row.lead_id).unlink()
            run.row_ids.write({"cells": False, "label": False, "message": False, "doubt": False})
            run.column_ids.write({"examples": False})
        old.write({"file": False, "options": False, "missing": False})
        return len(old), len(old) == limit
