from odoo import api, fields, models
from odoo.tools import ormcache

from ..rules import duplicates

#: Every way in, by :data:`.rules.intake.CHANNELS`.
CHANNELS = [
    ("ui", "By Hand"),
    ("card", "Business Card"),
    ("import", "File"),
    ("intake", "Web Address for Leads"),
    ("mail", "Mail"),
    ("website", "Website Form"),
    ("livechat", "Live Chat"),
    ("survey", "Survey"),
    ("event", "Event"),
    ("integration", "Program (RPC)"),
]


class LeadPoolChannel(models.Model):
    """What becomes of duplicates that come in by a channel, for all companies or for one."""

    _name = "lead.pool.channel"
    _description = "Channel of New Leads"
    _inherit = ["lead.pool.cached.mixin"]
    _order = "sequence, company_id, id"
    _rec_name = "channel"

    sequence = fields.Integer(default=100)
    channel = fields.Selection(CHANNELS, required=True, help="How the new leads come in.")
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", ondelete="cascade",
        help="For leads of this company only; empty: for all that have no line of their own.",
    )  # fmt: skip
    sure_lead = fields.Selection(
        [
            ("create", "Create"),
            ("flag", "Create and Flag"),
            ("same_owner", "Give to the Same Owner"),
            ("repeat", "Repeat Inquiry"),
            ("refuse", "Refuse"),
        ],
        "Same as a Lead",
        required=True,
        default="flag",
        help="A new lead that surely is somebody of whom there is a lead, whoever has it. Repeat inquiry: no new lead; "
        "the existing one gets the message, its priority rises and its owner is told: what a sales team expects of "
        "forms, mails and programs. Create and flag: a new lead that says what it is like: for people, who must not "
        "be held up while they type. A person who types never gets a repeat inquiry: his lead is flagged.",
    )
    sure_customer = fields.Selection(
        [
            ("create", "Create"),
            ("flag", "Create and Flag"),
            ("same_owner", "Give to the Same Owner"),
            ("refuse", "Refuse"),
        ],
        "Same as a Customer",
        required=True,
        default="flag",
        help="A new lead that surely is a customer of whom there is no lead. Give to the same owner: to the customer's "
        "salesperson, who is the one to answer; where the customer has none, the lead is flagged and goes its way.",
    )
    unsure = fields.Selection(
        [("flag", "Create and Flag"), ("create", "Create")],
        "Perhaps the Same",
        required=True,
        default="flag",
        help="A new lead that may be somebody known, e.g. by a similar company name. It is always created: flagged, a "
        "person decides.",
    )
    keep_owner = fields.Boolean(
        "Keeps Its Own Choice of an Owner",
        help="Odoo gives leads of forms, mails, chats and surveys to the leader of the sales team. Off: nobody owns "
        "them, and they go to the pools. On, for rules that name a rep on purpose, e.g. of events.",
    )

    _channel_uniq = models.UniqueIndex("(channel, COALESCE(company_id, 0))", "A channel has one line for each company.")

    @api.model
    def _policy(self, channel, company_id):
        """The :class:`.rules.duplicates.Policy` of a channel: the company's own, else that of all."""
        policies = self._policies()
        return policies.get((channel, company_id)) or policies.get((channel, 0)) or duplicates.Policy()

    @api.model
    @ormcache()
    def _policies(self):
        return {
            (line.channel, line.company_id.id or 0): duplicates.Policy(
                line.sure_lead, line.sure_customer, line.unsure, line.keep_owner
            )
            for line in self.sudo().search([])
        }
