from odoo import api, fields, models
from odoo.exceptions import UserError

from ..rules.follow_up import MINUTE


class MailActivity(models.Model):
    _inherit = "mail.activity"

    lead_pool_notice = fields.Char(
        index="btree_not_null", readonly=True, help="Which kind of news of the lead pools it tells its user of."
    )

    @api.model_create_multi
    def create(self, vals_list):
        if self.env["lead.pool"]._in_use():
            for vals in vals_list:
                if vals.get("res_model_id") == self.env["ir.model"]._get_id("crm.lead"):
                    user_id = vals["user_id"] if "user_id" in vals else self.env.uid
                    vals["user_id"] = self._reader_of(vals.get("res_id"), user_id)
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("user_id") and self.env["lead.pool"]._in_use():
            for activity in self.filtered(lambda activity: activity.res_model == "crm.lead"):
                vals = {**vals, "user_id": self._reader_of(activity.res_id, vals["user_id"])}
        return super().write(vals)

    def _reader_of(self, lead_id, user_id):
        """Who gets an activity on this lead: its user, who is named the lead and reads what is said on it.

        On a lead that the user may not read he gets none; what the system itself plans for him goes to an admin of
        the pool, or to nobody.

        :raises UserError: a person gives the activity
        """
        lead = self.env["crm.lead"].sudo().browse(lead_id or []).exists()
        user = self.env["res.users"].sudo().browse(user_id or [])
        if not lead.pool_id or not user or user._is_superuser():
            return user_id
        if lead._is_readable_for(user):
            return user_id
        if self.env.su:
            return lead.pool_id.admin_ids[:1].user_id.id
        raise UserError(
            self.env._(
                "%(user)s may not read lead #%(number)s of “%(pool)s”. Give the lead to him first.",
                user=user.name,
                number=lead.id,
                pool=lead.pool_id.name,
            )
        )

    def _action_done(self, feedback=False, attachment_ids=None):
        """An activity that the holder marks done is a follow-up, without being typed again."""
        done = []
        if self.env["lead.pool"]._in_use():
            done = [activity._as_done() for activity in self if activity.res_model == "crm.lead"]
        helped = [activity.res_id for activity in self if activity.res_model == "crm.lead"]
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        helped = set(helped) & set(self.env.user._helped_lead_ids())
        self.env["lead.pool.helper"]._answered(helped, self.env.user, feedback or "")
        leads = self.env["crm.lead"].browse({act["lead_id"] for act in done if act}).exists()
        held = leads.filtered(lambda lead: lead.pool_state == "held" and lead.user_id == self.env.user)
        for act in done:
            if act and act["lead_id"] in held._ids:
                said = [act["name"]] if act["name"] and not act["afterwards"] else []
                self.env["lead.follow.up"]._record(
                    held.browse(act["lead_id"]),
                    {"note": " · ".join([*said, *([feedback] if feedback else [])])},
                    channel="activity",
                    source_ref=act["source_ref"],
                    afterwards=act["afterwards"],
                )
        return result

    def _as_done(self):
        """What is needed of an activity of a lead before it is done; ``None`` if no follow-up comes of it.

        One that the user planned less than a minute ago was planned to be done. That of a meeting is the meeting: it
        counts once, and not before it took place.
        """
        now = self.env["lead.pool"]._now()
        meeting = self.sudo().calendar_event_id
        source_ref = f"mail.activity,{self.id}"
        if meeting:
            source_ref = f"calendar.event,{meeting.id}"
            known = self.env["lead.follow.up"].sudo().search_count([("source_ref", "=", source_ref)], limit=1)
            if known or meeting.stop > now:
                return None
        age = (now - self.create_date).total_seconds() if self.create_date else MINUTE
        return {
            "lead_id": self.res_id,
            "name": " · ".join(text for text in (self.activity_type_id.name, self.summary) if text),
            "source_ref": source_ref,
            "afterwards": self.create_uid == self.env.user and 0 <= age < MINUTE,
        }
