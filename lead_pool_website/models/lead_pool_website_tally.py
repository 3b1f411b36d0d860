import secrets
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import consteq, hmac

STAMP_HOURS = 24  # how long a page may stay open before its form is sent


class LeadPoolWebsiteTally(models.Model):
    """What visitors sent lately: forms of an address in a minute, and stamps that were used. Kept in the database, so
    that all workers count together; addresses are kept as hashes."""

    _name = "lead.pool.website.tally"
    _description = "Forms Sent by Visitors"
    _log_access = False
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True)
    count = fields.Integer(readonly=True)
    expires_at = fields.Datetime(required=True, readonly=True, index=True)

    _key_uniq = models.UniqueIndex("(key)")

    @api.model
    def _refusal(self, website, address, stamp):
        """Why this form is not taken now, as a sentence for a person; empty if it is taken."""
        now = self.env["lead.pool"]._now()
        if most := website.lead_pool_forms_per_minute:
            minute = f"{now:%Y-%m-%d %H:%M} {website.id} {address}"
            sent = self._count(hmac(self.env, "lead_pool_address", minute), now + timedelta(minutes=1))
            if sent > most:
                return self.env._("Many forms were sent from your address. Please wait a minute and send yours again.")
        if website.lead_pool_form_seconds:
            made, nonce = self._read_stamp(stamp)
            if not made or now - made > timedelta(hours=STAMP_HOURS):
                return self.env._("This page is out of date. Please reload it and send the form again.")
            if now - made < timedelta(seconds=website.lead_pool_form_seconds):
                return self.env._("That was very quick. Please send the form once more in a few seconds.")
            if self._count(nonce, made + timedelta(hours=STAMP_HOURS + 1)) > 1:
                return self.env._("This page is out of date. Please reload it and send the form again.")
        return ""

    @api.model
    def _stamp(self):
        """Now and a number that is used once, signed."""
        now = self.env["lead.pool"]._now()
        text = f"{int(now.replace(tzinfo=UTC).timestamp())}.{secrets.token_hex(12)}"
        return f"{text}.{hmac(self.env, 'lead_pool_stamp', text)}"

    def _read_stamp(self, stamp):
        """When it was made (``None``: not by us), and its number."""
        text, _dot, signature = stamp.rpartition(".")
        if not text or not consteq(signature.encode(), hmac(self.env, "lead_pool_stamp", text).encode()):
            return None, ""
        made, _dot, nonce = text.partition(".")
        return datetime.fromtimestamp(int(made), UTC).replace(tzinfo=None), nonce

    def _count(self, key, expires_at):
        """How often this key was counted, this time included."""
        [[count]] = self.env.execute_query(
            SQL(
                """INSERT INTO lead_pool_website_tally AS t (key, count, expires_at) VALUES (%s, 1, %s)
                   ON CONFLICT (key) DO UPDATE SET count = t.count + 1 RETURNING count""",
                key,
                expires_at,
            )
        )
        self.invalidate_model()
        return count

    @api.autovacuum
    def _gc_tally(self):
        limit = 10_000
        old = self.search([("expires_at", "<", self.env["lead.pool"]._now())], limit=limit)
        old.unlink()
        return len(old), len(old) == limit
