import base64
import binascii
from contextlib import suppress

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, groupby

from ...rules import archive


class LeadPoolArchive(models.Model):
    """A file with what was taken out of the events of leads that ended long ago; see :mod:`rules.archive`.

    The checkpoint in the chain of each of its leads vouches for this record and the file, by a proof of its SHA-256.
    The file may be taken out of the database, and is verified when it is handed in again.
    """

    _name = "lead.pool.archive"
    _description = "Archive of Events"
    _order = "id desc"
    _log_access = False

    name = fields.Char("File", required=True, readonly=True)
    date = fields.Datetime("Archived On", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Archived By", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null", help="Whose leads are in it.")
    lead_count = fields.Integer("Leads", readonly=True)
    event_count = fields.Integer("Events", readonly=True)
    first_date = fields.Datetime("Events From", readonly=True, help="When the first of these events was.")
    last_date = fields.Datetime("Events Until", readonly=True, help="When the last of these events was.")
    size = fields.Integer("Bytes", readonly=True, aggregator="sum")
    sha256 = fields.Char("SHA-256", required=True, readonly=True)
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="restrict", index="btree_not_null")
    is_here = fields.Boolean(
        "In the Database", compute="_compute_is_here", help="Off: the file was taken out, and somebody keeps it."
    )

    _sha256_uniq = models.UniqueIndex("(sha256)")

    @api.depends("attachment_id")
    def _compute_is_here(self):
        for one in self:
            one.is_here = bool(one.sudo().attachment_id)

    def _create(self, data_list):
        raise AccessError(self.env._("Archives are written by the lead pool itself."))

    def write(self, vals):
        if self and vals:
            raise AccessError(self.env._("Archives cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("Archives cannot be deleted; their files can be taken out."))

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @api.model
    def action_verify(self, file):
        """Whether this file is what was archived, unchanged, and what stayed of its events is unchanged, too.

        :param str file: the content in base64
        :returns: ``{'unchanged', 'archive_id', 'leads', 'events', 'differing'}``; ``archive_id`` is ``False`` for a
            file that is none of ours or was changed, ``differing`` are numbers of leads whose events in the database do
            not fit the file
        :raises AccessError: the caller is neither a manager of all pools nor an administrator
        :raises UserError: it is no base64
        """
        return self._verified(self._content_of(file))

    @api.model
    def action_take_out(self, file):
        """Remove the file from the database, by who has it: he hands it in, and it is verified before.

        :param str file: the content in base64
        :returns: as :meth:`action_verify`
        :raises UserError: it is not what was archived; nothing is removed
        """
        answer = self._verified(self._content_of(file))
        if not answer["unchanged"]:
            raise UserError(self.env._("This is not what was archived, so the file stays in the database."))
        this = self.sudo().browse(answer["archive_id"])
        file = this.attachment_id
        self.env.cr.execute(SQL("UPDATE lead_pool_archive SET attachment_id = NULL WHERE id = %s", this.id))
        this.invalidate_recordset(["attachment_id", "is_here"])
        file.unlink()
        return answer

    def _content_of(self, file):
        self.env["lead.pool"]._check_may_check()
        with suppress(binascii.Error, ValueError):
            if file and isinstance(file, str):
                return base64.b64decode(file, validate=True)
        raise UserError(self.env._("file must be the content of a file in base64."))

    def _verified(self, content):
        """See :meth:`action_verify`. Only what is known by its SHA-256 is unpacked."""
        this = self.search([("sha256", "=", archive.sha256(content))])
        if not this:
            return {"unchanged": False, "archive_id": False, "leads": 0, "events": 0, "differing": []}
        chains = dict(groupby(archive.lines_of(content), key=lambda row: row["lead_ref"]))
        stayed = self.env["lead.pool.event"].sudo()._rows(SQL("lead_ref = ANY(%s)", list(chains)))
        stayed = dict(groupby(stayed, key=lambda row: row["lead_ref"]))
        differing = [ref for ref, rows in chains.items() if not this._fits(rows, stayed.get(ref, ()))]
        return {
            "unchanged": not differing,
            "archive_id": this.id,
            "leads": len(chains),
            "events": sum(map(len, chains.values())),
            "differing": differing,
        }

    def _fits(self, rows, stayed):
        """Whether these events are one chain, and end in a checkpoint of this archive, behind what stayed of them.

        :param rows: ``[dict]`` of one lead, from the file
        :param stayed: ``[dict]`` of all its events in the database
        """
        hash_of = self.env["lead.pool.event"]._hash
        before = rows[0]["prev_hash"]
        for row in rows:
            if row["prev_hash"] != before:
                return False
            before = hash_of(row | {"date": fields.Datetime.to_datetime(row["date"])})
            if before != row["hash"]:
                return False
        end = {"archive": self.id, "proof": archive.proof(self.sha256, rows)}
        return not archive.misfit(stayed, hash_of) and any(
            (row["seq"], row["hash"]) == (rows[-1]["seq"], before) and end.items() <= row["detail"].items()
            for row in stayed
            if archive.is_checkpoint(row)
        )

    def _leave(self):
        """The add-on goes: the files stay, as files that administrators find."""
        files = self.sudo().search(Domain.TRUE).attachment_id
        self.env.cr.execute("UPDATE lead_pool_archive SET attachment_id = NULL")
        self.invalidate_model(["attachment_id", "is_here"])
        files.write({"res_model": False, "res_id": False})

    # ------------------------------------------------------------
    # WHAT IS IN THEM
    # ------------------------------------------------------------

    def _with_remarks_on(self, lead_refs):
        """Archives in which remarks on these leads are."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT (detail->>'archive')::int FROM lead_pool_event
                    WHERE lead_ref = ANY(%s) AND detail->>'archive' IS NOT NULL AND detail->>'notes' IS NOT NULL""",
                list(lead_refs),
            )
        )
        return self.sudo().browse([number for [number] in rows]).exists()

    def _remarks_on(self, lead_refs):
        """Archived events of these leads with a remark, of the files that are here.

        :returns: ``[dict]`` with the keys of :data:`rules.archive.KEPT` and ``note``
        """
        return [
            row
            for one in self.sudo()
            if one.attachment_id
            for row in archive.lines_of(one.attachment_id.raw)
            if row["note"] and row["lead_ref"] in lead_refs
        ]

    def button_download(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.sudo().attachment_id.id}?download=true",
            "target": "download",
        }
