import hashlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: Kinds of keys that make a duplicate sure; who shares one of them comes through the gate one after the other.
GUARDED = ("phone", "email", "wechat", "registry")
KEPT = timedelta(days=1)  # longer than any transaction


class LeadPoolGateKey(models.Model):
    """A row for each key that came through the gate lately, so that two equal leads at once become one.

    Writing it waits for who is at the gate with the same key. In READ COMMITTED the lead that he made is then found. In
    REPEATABLE READ, whose snapshot is older than that lead, PostgreSQL refuses the write, and Odoo runs the request
    again: it never is a second lead. An advisory lock alone would let it become one.
    """

    _name = "lead.pool.gate.key"
    _description = "Key at the Gate"
    _log_access = False

    digest = fields.Char(required=True, help="Of the key, which itself is not kept.")
    date = fields.Datetime(required=True, index=True)

    _digest_uniq = models.UniqueIndex("(digest)")

    @api.model
    def _hold(self, keys):
        """Have these keys to oneself until the transaction ends; in one order, so that nobody waits in a ring.

        :param keys: ``{(kind, key)}``
        """
        digests = sorted(hashlib.blake2b(f"{kind}:{key}".encode(), digest_size=16).hexdigest() for kind, key in keys)
        if digests:
            self.env.cr.execute(
                SQL(
                    """INSERT INTO lead_pool_gate_key (digest, date) SELECT unnest(%s::varchar[]), %s
                       ON CONFLICT (digest) DO UPDATE SET date = EXCLUDED.date""",
                    digests,
                    fields.Datetime.now(),
                )
            )

    @api.autovacuum
    def _gc_keys(self):
        limit = 10_000
        old = self.search([("date", "<", fields.Datetime.now() - KEPT)], limit=limit)
        old.unlink()
        return len(old), len(old) == limit
