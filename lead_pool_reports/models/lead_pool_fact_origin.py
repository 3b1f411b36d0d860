from odoo import fields, models


class LeadPoolFactOpen(models.Model):
    """Leads in hands that are no opportunity yet, added up by where they came from: by rep, and by pool."""

    _name = "lead.pool.fact.open"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Open Leads for Reports"
    _log_access = False
    _rec_name = "source_ref"
    _keys = ("user_ref", "pool_ref", "company_ref", "source_ref", "touched")
    _figures = ("count",)

    user_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of all reps of a pool.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of all pools of a rep.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    source_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of none.")
    touched = fields.Boolean(required=True, readonly=True)
    count = fields.Integer(required=True, readonly=True)

    _key_uniq = models.UniqueIndex("(user_ref, pool_ref, company_ref, source_ref, touched)")


class LeadPoolFactEnded(models.Model):
    """Leads that left the hands of reps on a day, UTC, by where they came from: what chances are learnt from."""

    _name = "lead.pool.fact.ended"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Ended Holdings for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("day", "company_ref", "source_ref")
    _figures = ("ended", "converted", "touched", "touched_converted")

    day = fields.Date(required=True, readonly=True)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    source_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of none.")
    ended = fields.Integer(required=True, readonly=True)
    converted = fields.Integer(required=True, readonly=True)
    touched = fields.Integer(required=True, readonly=True, help="Followed up before they ended.")
    touched_converted = fields.Integer(required=True, readonly=True)

    _day_uniq = models.UniqueIndex("(day, company_ref, source_ref)")


class LeadPoolFactCampaignDay(models.Model):
    """Leads that came in on a day, by the campaign that they name now, in the time zones of pools; a lead that came in
    again later is none of that day."""

    _name = "lead.pool.fact.campaign.day"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Day of a Campaign for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("tz", "day", "company_ref", "campaign_ref")
    _figures = ("leads", "valid")

    tz = fields.Char(required=True, readonly=True)
    day = fields.Date(required=True, readonly=True)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    campaign_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: none.")
    leads = fields.Integer(required=True, readonly=True)
    valid = fields.Integer(required=True, readonly=True)

    _day_uniq = models.UniqueIndex("(tz, day, company_ref, campaign_ref)")
