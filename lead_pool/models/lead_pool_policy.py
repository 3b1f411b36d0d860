import hashlib
import json

from odoo import fields, models

#: Keys of a member in versions that were kept before they were called like the fields.
OLD_NAMES = {"user": "user_id", "daily": "daily_claim_limit", "hourly": "hourly_claim_limit"}


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
            diff = self._diff_in_words(last.content or {}, content) if last else []
            if last and not diff:  # only written down in another way, by an earlier version of the add-on
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
                        "diff": "\n".join(diff),
                    }
                )
            )

    def _diff_in_words(self, old, new):
        """What changed between two contents of ``_policy_content``: what, from what, to what.

        What an old version did not know yet counts as having had its default.

        :returns: ``[sentence]``, one for each setting, member or rule that changed
        """
        Pool = self.env["lead.pool"].sudo()
        if new.keys() - old.keys():
            old = Pool.new()._policy_content() | old
        about = Pool.fields_get(list(new), ["string", "type", "selection", "relation"])
        lines = []
        for key, value in new.items():
            if key in Pool._policy_lists:
                lines += self._rows_in_words(about[key], old[key], value)
            elif not self._same(old[key], value):
                lines.append(self._change_in_words(about[key], old[key], value))
        return lines

    def _rows_in_words(self, field, old, new):
        """What changed in a list of members, conditions or rules, a line for each of them."""
        Rows = self.env[field["relation"]].sudo()
        old, new = ([self._flat(row) for row in rows] for rows in (old, new))
        numbered = all("user_ref" in row for row in (*old, *new))  # people by their numbers, whatever they are called
        key = "user_ref" if numbered else Rows._policy_key
        before, after = self._keyed(old, key), self._keyed(new, key)
        about, usual = Rows.fields_get(attributes=["string", "type", "selection"]), Rows.new()._policy_row()
        lines = []
        for one in after | before:
            row = after.get(one) or before[one]
            words = {"list": field["string"], "name": row[Rows._policy_key] if numbered else one}
            if one not in before:
                lines.append(self.env._("%(list)s: %(name)s added", **words))
            elif one not in after:
                lines.append(self.env._("%(list)s: %(name)s removed", **words))
            else:
                was = usual | before[one]
                changes = [
                    self._change_in_words(about[name], was[name], value)
                    for name, value in row.items()
                    if name in about and not self._same(was[name], value)
                ]
                if changes:
                    lines.append(self.env._("%(list)s: %(name)s, %(changes)s", changes="; ".join(changes), **words))
        if not lines and Rows._policy_ordered and list(before) != list(after):
            lines.append(self.env._("%(list)s: another order", list=field["string"]))
        return lines

    @staticmethod
    def _keyed(rows, key):
        """``{name or number: row}``; of rows with the same name the further ones are numbered."""
        keyed = {}
        for row in rows:
            name = one = row[key]
            number = 1
            while one in keyed:
                number += 1
                one = f"{name} ({number})"
            keyed[one] = row
        return keyed

    @staticmethod
    def _flat(row):
        """One member or rule under the names of its fields, also as earlier versions of the add-on kept it."""
        if isinstance(row, str):
            return {"user_id": row}
        flat = {OLD_NAMES.get(key, key): value for key, value in row.items() if key != "parts"}
        return flat | {f"{part}_days": days for part, days in row.get("parts", ())}

    @staticmethod
    def _same(old, new):
        if isinstance(old, list) and isinstance(new, list):
            return sorted(old) == sorted(new)
        return (old or None) == (new or None)

    def _change_in_words(self, field, old, new):
        return self.env._(
            "%(setting)s: %(old)s → %(new)s",
            setting=field["string"],
            old=self._in_words(field, old),
            new=self._in_words(field, new),
        )

    def _in_words(self, field, value):
        if field["type"] == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if value in (None, False, "", []):
            return "–"
        if isinstance(value, float):
            return f"{value:g}"
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return str(dict(field.get("selection") or ()).get(value, value))
