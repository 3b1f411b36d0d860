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
        """A line for each setting, member or rule that changed: what, from what, to what."""
        new = json.loads(json.dumps(new))  # as the old one comes from the database: lists, no tuples
        about = self.env["lead.pool"].fields_get(list(new), ["string", "type", "selection", "relation"])
        lines = []
        for key, value in new.items():
            before = old.get(key)
            if before == value:
                continue
            field = about.get(key, {"string": key})
            if any(isinstance(row, dict) for row in [*self._listed(before), *self._listed(value)]):
                lines += self._rows_in_words(field, self._listed(before), self._listed(value))
            else:
                lines.append(self._change_in_words(field, before, value))
        return "\n".join(lines)

    @staticmethod
    def _listed(value):
        return value if isinstance(value, list) else []

    def _rows_in_words(self, field, old, new):
        """What changed in a list of members, conditions or rules, a line for each of them."""
        before, after = ({row.get("user") or row["name"]: self._flat(row) for row in rows} for rows in (old, new))
        about = self.env[field["relation"]].fields_get(attributes=["string", "type", "selection"])
        lines = []
        for name in [*after, *(before.keys() - after.keys())]:
            words = {"list": field["string"], "name": name}
            if name not in before:
                lines.append(self.env._("%(list)s: %(name)s added", **words))
            elif name not in after:
                lines.append(self.env._("%(list)s: %(name)s removed", **words))
            else:
                changes = [
                    self._change_in_words(about.get(key, {"string": key}), before[name].get(key), after[name].get(key))
                    for key in {**before[name], **after[name]}
                    if before[name].get(key) != after[name].get(key)
                ]
                if changes:
                    lines.append(self.env._("%(list)s: %(name)s, %(changes)s", changes="; ".join(changes), **words))
        return lines or [self.env._("%(list)s: another order", list=field["string"])]

    @staticmethod
    def _flat(row):
        """One member or rule under the names of its fields."""
        names = {"daily": "daily_claim_limit", "hourly": "hourly_claim_limit"}
        flat = {names.get(key, key): value for key, value in row.items() if key != "parts"}
        return flat | {f"{part}_days": days for part, days in row.get("parts", ())}

    def _change_in_words(self, field, old, new):
        return self.env._(
            "%(setting)s: %(old)s → %(new)s",
            setting=field["string"],
            old=self._in_words(field, old),
            new=self._in_words(field, new),
        )

    def _in_words(self, field, value):
        if field.get("type") == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if value in (None, False, "", []):
            return "–"
        if isinstance(value, float):
            return f"{value:g}"
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return str(dict(field.get("selection") or ()).get(value, value))
