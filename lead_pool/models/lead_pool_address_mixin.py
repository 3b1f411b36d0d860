from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..rules import outgoing

#: In the server's configuration file, for tests: a receiver may be on this machine. No database can allow that.
LOOPBACK = "lead_pool_robot_loopback"


class LeadPoolAddressMixin(models.AbstractModel):
    """Where something is sent to, and what it is signed with: both are written and never read again."""

    _name = "lead.pool.address.mixin"
    _description = "Secret Address"

    kept_url = fields.Char(copy=False, groups=fields.NO_ACCESS)
    kept_secret = fields.Char(copy=False, groups=fields.NO_ACCESS)
    url = fields.Char("Address", compute="_compute_blank", inverse="_inverse_url")
    secret = fields.Char(compute="_compute_blank", inverse="_inverse_secret")
    shown_url = fields.Char("Present Address", compute="_compute_shown", compute_sudo=True)
    is_signed = fields.Boolean("Signed", compute="_compute_shown", compute_sudo=True)

    def _compute_blank(self):
        """What is secret is written, never read."""
        self.url = self.secret = False

    def _inverse_url(self):
        for one in self.filtered("url"):
            url = one._cleaned(one.url)
            one._check_address(url)
            one.sudo().kept_url = url

    def _inverse_secret(self):
        for one in self.filtered("secret"):
            one.sudo().kept_secret = one.secret.strip()

    @api.depends("kept_url", "kept_secret")
    def _compute_shown(self):
        for one in self:
            one.shown_url = outgoing.shown(one.kept_url) if one.kept_url else False
            one.is_signed = one._signs()

    def _signs(self):
        return bool(self.kept_secret)

    def _cleaned(self, url):
        """The address as it is kept."""
        return url.strip()

    def _address_problem(self, url):
        """Why nothing is sent there: a code of :mod:`rules.outgoing`; empty: it may be tried."""
        return outgoing.address_problem(url, loopback=self._loopback())

    def _check_kept(self):
        """After the address was kept, which is not yet so when constraints are checked."""
        for one in self.sudo():
            one._check_address(one.kept_url or "")

    def _check_address(self, url):
        if problem := self._address_problem(url):
            raise ValidationError(self._sentence(outgoing.Outcome(problem)))

    @api.model
    def _loopback(self):
        return tools.str2bool(str(tools.config.get(LOOPBACK) or ""), False)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_kept()
        records.invalidate_recordset(["url", "secret"])  # nor are they read right after they were written
        return records

    def write(self, vals):
        result = super().write(vals)
        self.invalidate_recordset(["url", "secret"])
        return result

    def _sentence(self, outcome):
        """What came of a sending, in words.

        :param rules.outgoing.Outcome outcome: of the sending
        """
        words = self._sentences().get(outcome.code) or self.env._("The server answered with an error.")
        return " ".join(filter(None, [words, f"({outcome.said})" if outcome.said else ""]))

    def _sentences(self):
        """``{code: sentence}`` of what can come of a sending."""
        _ = self.env._
        return {
            "no_address": _("Paste the whole address, as the receiver shows it."),
            "no_https": _("The address must begin with https://"),
            "no_host": _("The address has a server that cannot be found. Look for a typing error."),
            "private": _("The address leads into a private network, where nothing is sent to."),
            "certificate": _("The server's certificate is not valid, so nothing was sent."),
            "no_answer": _("The server did not answer within 5 seconds."),
            "redirect": _("The server sends us to another address, which is not followed. Enter the final one."),
            "http": _("The server answered with an error."),
        }
