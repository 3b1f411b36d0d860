from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .reports.cohort import CONVERTED, ENTERING, OPPORTUNITY, TOUCHED, WON, WON_CUSTOMER, campaigned, credit_of

#: What may have become of a lead: the field that tells it -> when.
FATES = {
    "lead_touched": TOUCHED,
    "lead_converted": CONVERTED,
    "lead_won_customer": WON_CUSTOMER,
    "lead_is_opportunity": OPPORTUNITY,
    "lead_won": WON,
}


class LeadPoolBehind(models.AbstractModel):
    """A record that stands behind a figure: it knows the number of its lead, and by that what the lead came from.

    The lead itself may be out of the reader's sight, or gone; where it came from is told to who may see the record,
    except of a lead that waits: what its pool does not open is told to its admins alone.
    """

    _name = "lead.pool.behind"
    _description = "Behind a Figure"

    lead_source_id = fields.Many2one(
        "utm.source", "Lead Source", compute="_compute_lead_origin", search="_search_source"
    )
    lead_campaign_id = fields.Many2one(
        "utm.campaign", "Lead Campaign", compute="_compute_lead_origin", search="_search_campaign"
    )
    lead_entered_at = fields.Datetime(
        "Lead Entered", compute="_compute_lead_entered_at", search="_search_lead_entered_at", compute_sudo=True
    )
    lead_campaign_ids = fields.Many2many(
        "utm.campaign",
        string="Campaigns That Brought the Lead",
        compute="_compute_lead_campaigns",
        search="_search_any_campaign",
    )
    lead_first_campaign_id = fields.Many2one(
        "utm.campaign", "First Campaign", compute="_compute_lead_campaigns", search="_search_first_campaign"
    )
    lead_last_campaign_id = fields.Many2one(
        "utm.campaign", "Last Campaign", compute="_compute_lead_campaigns", search="_search_last_campaign"
    )
    lead_touched = fields.Boolean("Touched", compute="_compute_lead_fate", search="_search_touched")
    lead_converted = fields.Boolean("Was Converted", compute="_compute_lead_fate", search="_search_converted")
    lead_won_customer = fields.Boolean(
        "Brought the Customer", compute="_compute_lead_fate", search="_search_won_customer"
    )
    lead_is_opportunity = fields.Boolean(
        "Is an Opportunity", compute="_compute_lead_fate", search="_search_lead_is_opportunity"
    )
    lead_won = fields.Boolean("Was Won", compute="_compute_lead_fate", search="_search_lead_won")

    def _compute_lead_origin(self):
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        found = {lead.id: lead for lead in leads.search([("id", "in", self._refs())])}
        for record in self:
            lead = found.get(record.lead_ref, leads)
            record.lead_source_id, record.lead_campaign_id = lead.source_id, lead.campaign_id

    def _search_source(self, operator, value):
        return self._search_origin("source_id", operator, value)

    def _search_campaign(self, operator, value):
        return self._search_origin("campaign_id", operator, value)

    def _search_origin(self, column, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["crm.lead"].flush_model([column])
        name = SQL.identifier(column)
        ids = [number for number in value if number]
        domain = Domain("lead_ref", "in", SQL("(SELECT id FROM crm_lead WHERE %s = ANY(%s))", name, ids))
        if False in value:  # also what is gone: nobody knows where it came from
            domain |= Domain("lead_ref", "not in", SQL("(SELECT id FROM crm_lead WHERE %s IS NOT NULL)", name))
        return self._behind_domain(domain)

    # ------------------------------------------------------------
    # WHEN IT ENTERED, WHO BROUGHT IT, WHAT BECAME OF IT
    # ------------------------------------------------------------

    def _compute_lead_entered_at(self):
        groups = self.env["lead.pool.event"]._read_group(
            [("lead_ref", "in", self._refs()), ("kind", "in", ENTERING)], ["lead_ref"], ["date:min"]
        )
        entered = dict(groups)
        for record in self:
            record.lead_entered_at = entered.get(record.lead_ref)

    def _search_lead_entered_at(self, operator, value):
        if operator not in ("<", "<=", ">", ">="):
            return NotImplemented
        return Domain(
            "lead_ref",
            "in",
            SQL(
                "(SELECT lead_ref FROM lead_pool_event WHERE kind = ANY(%s) AND date %s %s)",
                list(ENTERING),
                SQL(operator),
                value,
            ),
        )

    def _lead_credits(self, attribution):
        """``{lead number: [ids of campaigns]}`` of these records' leads."""
        self._flush_touches()
        leads = campaigned(SQL("e.lead_ref = ANY(%s)", self._refs()))
        found = {}
        for lead_ref, campaign, *_parts in self.env.execute_query(credit_of(leads, attribution)):
            found.setdefault(lead_ref, []).extend([campaign] if campaign else [])
        return found

    def _compute_lead_campaigns(self):
        first, last, every = (self._lead_credits(attribution) for attribution in ("first", "last", "linear"))
        for record in self:
            record.lead_first_campaign_id = first.get(record.lead_ref, [])[:1]
            record.lead_last_campaign_id = last.get(record.lead_ref, [])[:1]
            record.lead_campaign_ids = every.get(record.lead_ref, [])

    def _search_first_campaign(self, operator, value):
        return self._search_credited("first", operator, value)

    def _search_last_campaign(self, operator, value):
        return self._search_credited("last", operator, value)

    def _search_any_campaign(self, operator, value):
        return self._search_credited("linear", operator, value)

    def _search_credited(self, attribution, operator, value):
        """Of the leads that one of these campaigns has touched, those that it is credited with."""
        if operator != "in":
            return NotImplemented
        self._flush_touches()
        ids = [number for number in value if number]
        parts = []
        if ids:
            touched = campaigned(
                SQL(
                    """(e.campaign_id = ANY(%(ids)s) OR l.campaign_id = ANY(%(ids)s)
                        OR e.lead_ref IN (SELECT lead_id FROM lead_pool_inquiry WHERE campaign_id = ANY(%(ids)s)))""",
                    ids=ids,
                )
            )
            parts.append(
                SQL(
                    "SELECT lead_ref FROM (%s) credit WHERE campaign_id = ANY(%s)", credit_of(touched, attribution), ids
                )
            )
        if False in value:
            credit = credit_of(campaigned(), attribution)
            parts.append(SQL("SELECT lead_ref FROM (%s) credit WHERE campaign_id IS NULL", credit))
        if not parts:
            return Domain.FALSE
        return self._behind_domain(Domain("lead_ref", "in", SQL("(%s)", SQL(" UNION ").join(parts))))

    def _compute_lead_fate(self):
        self._flush_touches()
        for name, condition in FATES.items():
            found = {ref for (ref,) in self.env.execute_query(self._leads_where(condition, self._refs()))}
            for record in self:
                record[name] = record.lead_ref in found

    def _search_touched(self, operator, value):
        return self._search_fate("lead_touched", operator, value)

    def _search_converted(self, operator, value):
        return self._search_fate("lead_converted", operator, value)

    def _search_won_customer(self, operator, value):
        return self._search_fate("lead_won_customer", operator, value)

    def _search_lead_is_opportunity(self, operator, value):
        return self._search_fate("lead_is_opportunity", operator, value)

    def _search_lead_won(self, operator, value):
        return self._search_fate("lead_won", operator, value)

    def _search_fate(self, name, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        self._flush_touches()
        return self._behind_domain(Domain("lead_ref", "in", SQL("(%s)", self._leads_where(FATES[name]))))

    def _leads_where(self, condition, refs=None):
        """The numbers of the leads of which this is true, by the entry ``e`` and the lead ``l``, if it is there."""
        return SQL(
            "SELECT e.lead_ref FROM lead_pool_entry e LEFT JOIN crm_lead l ON l.id = e.lead_id WHERE %s AND %s",
            condition,
            SQL("TRUE") if refs is None else SQL("e.lead_ref = ANY(%s)", refs),
        )

    def _refs(self):
        return list(set(self._behind_records().mapped("lead_ref")))

    def _behind_records(self):
        """Those of these records of whose leads the reader is told. Override where he sees the record and not that."""
        return self

    def _behind_domain(self, domain):
        """The same for a search."""
        return domain

    def _flush_touches(self):
        self.env["crm.lead"].flush_model(["campaign_id", "partner_id", "type", "won_status"])
        self.env["sale.order"].flush_model(["opportunity_id", "state"])
        self.env["lead.pool.inquiry"].flush_model()

    def button_open_lead(self):
        """The lead behind a figure, if the user may read it now; else why not."""
        self.ensure_one()
        return self.env["lead.pool.report"]._open_lead(self.lead_ref)
