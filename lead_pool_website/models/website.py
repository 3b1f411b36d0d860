from odoo import fields, models


class Website(models.Model):
    _inherit = "website"

    lead_pool_honeypot = fields.Boolean(
        "Bait for Robots",
        default=True,
        help="Forms that make leads get a field that people do not see. What fills it in is a robot: it is thanked, "
        "and no lead is made.",
    )
    lead_pool_form_seconds = fields.Integer(
        "Seconds to Fill In a Form",
        help="A form that is sent faster than this, or twice from one page, is not taken, and a sentence asks to send "
        "it again. 0: not checked. Forms that you placed on other sites do not carry the time: leave it at 0 for them.",
    )
    lead_pool_forms_per_minute = fields.Integer(
        "Forms per Address and Minute",
        default=30,
        help="How many forms that make leads are taken from one network address in a minute. Visitors of one company, "
        "or of a fair, share an address. 0: any number.",
    )

    _lead_pool_form_numbers = models.Constraint(
        "CHECK (lead_pool_form_seconds BETWEEN 0 AND 600 AND lead_pool_forms_per_minute BETWEEN 0 AND 100000)",
        "A form takes 0 to 600 seconds, and 0 to 100000 forms are taken in a minute.",
    )
