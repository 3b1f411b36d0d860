import hashlib
import json

from odoo import fields, models


class LeadPoolPolicy(models.Model):
    """The whole policy of a pool at one moment; never changed. Each event names the one it obeyed."""

    _name = "lead.pool.policy"
    _description = "Version of a Pool's Rules"
    _order = "id desc"
    _rec_name = "version"

    pool_id = fields.Many2one("lead.pool", required=True, readonly=True, index=True, ondelete="cascade")
    version = fields.Integer(required=True, readonly=True, aggregator=None)
    content = fields.Json(readonly=True)
    hash = fields.Char(readonly=True)
    diff = fields.Text("Changed", readonly=True)

    _version_uniq = models.UniqueIndex("(pool_id, version)")

    def _compute_display_name(self):
        for policy in self:
            policy.display_name = self.env._("Version %(number)s", number=policy.version)

    def _snapshot(self, pools):
        """Keep the present policy of each pool, if it differs from the last one kept."""
        for pool in pools.sudo():
            content = pool._policy_content()
            digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
            last = pool.policy_id
            if last.hash == digest:
                continue
            pool.policy_id = (
                self.with_user(self.env.uid)
                .sudo()
                .create(
                    {
                        "pool_id": pool.id,
                        "version": last.version + 1,
                        "content": content,
                        "hash": digest,
                        "diff": self._diff_in_words(last.content or {}, content) if last else False,
                    }
                )
            )

    def _diff_in_words(self, old, new):
        """One line per setting that changed: what, from what, to what."""
        labels = self.env["lead.pool"].fields_get(list(new), ["string"])
        return "\n".join(
            self.env._(
                "%(setting)s: %(old)s → %(new)s",
                setting=labels.get(key, {}).get("string", key),
                old=self._in_words(old.get(key)),
                new=self._in_words(new[key]),
            )
            for key in new
            if old.get(key) != new[key]
        )

    @staticmethod
    def _in_words(value):
        if value in (None, False, "", []):
            return "–"
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
