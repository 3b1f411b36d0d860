from odoo import fields, models


class LeadPoolQuestion(models.Model):
    """Somebody asked whether a customer is taken: who, when and by what, never which number."""

    _name = "lead.pool.question"
    _description = "Question whether a Customer Is Taken"
    _order = "date desc, id desc"
    _rec_name = "user_id"
    _log_access = False

    user_id = fields.Many2one("res.users", "Asked By", required=True, readonly=True, ondelete="cascade")
    date = fields.Datetime("When", required=True, readonly=True)
    kinds = fields.Char("Asked For", readonly=True, help="Phone, mail or company; what was typed is not kept.")
    answer = fields.Selection(
        [("free", "Free"), ("taken", "Taken"), ("customer", "Customer"), ("refused", "Refused")], readonly=True
    )

    _user_date_idx = models.Index("(user_id, date)")
