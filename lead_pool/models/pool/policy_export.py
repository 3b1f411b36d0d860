"""A pool's policy as a file for another database: nothing in it is a database id."""

from ast import literal_eval

from odoo import models

from .references import References

FORMAT = "lead_pool.policy"
FORMAT_VERSION = 1
#: Of this pool here, whatever a file says.
NOT_CARRIED = ("name", "active")


class LeadPoolPolicyPart(models.AbstractModel):
    _inherit = "lead.pool.policy.part"

    def _portable_row(self, references):
        """``{field: value}`` of this row as JSON that means the same in another database."""
        return {name: self._portable_value(name, references) for name in self._get_policy_fields()}

    def _portable_value(self, name, references):
        value, kind = self[name], self._fields[name].type
        if name in self._policy_domains:
            return references.domain_out(literal_eval(value or "[]"))
        if kind == "many2one":
            return references.short(value) if value else False
        if kind == "many2many":
            return [references.short(record) for record in value.sorted("id")]
        return self._policy_value(name)


class LeadPoolPolicyExport(models.AbstractModel):
    _name = "lead.pool.verb.policy.export"
    _description = "Export of a Pool's Policy"

    def action_export_policy(self):
        """The whole policy of this pool, to be imported into another pool, here or in another database.

        :returns: ``{'format', 'format_version', 'name', 'settings'}`` and a list of rows for each of
            ``_policy_lists``, as JSON. Users are named by login, other records by external id and name; a record that
            the caller may not read is named in no condition.
        :raises AccessError: the caller may not change the pool
        """
        self.ensure_one()
        self.check_access("write")
        references = References(self.env, self.company_id)
        pool = self.sudo()  # people and teams of his pool are named to its admin, what conditions name only if he may
        settings = pool._portable_row(references)
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "name": pool.name,
            "settings": {name: value for name, value in settings.items() if name not in NOT_CARRIED},
        } | {
            name: [row._portable_row(references) for row in pool._policy_rows(name) if row._is_carried()]
            for name in pool._policy_lists
        }

    def button_export_policy(self):
        """Download the policy as a file.

        :raises AccessError: the caller may not change the pool
        """
        self.ensure_one()
        self.check_access("write")
        return {"type": "ir.actions.act_url", "url": f"/lead_pool/policy/{self.id}", "target": "download"}
