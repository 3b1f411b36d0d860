from odoo import fields, models

from ..models.pool.distributing import STRATEGIES
from ..models.pool.references import References

#: What of the pool, of a member and of a reclaim rule the dialog lets one edit.
SETTINGS = (
    "strategy",
    "default_assignee_id",
    "affinity",
    "distribute_when",
    "opportunity_ends_holding",
    "claimable",
    "cooling_days",
    "protection_minutes",
)
OF_MEMBER = ("weight", "capacity", "daily_claim_limit", "hourly_claim_limit", "paused")
TERMS = ("no_first_touch_days", "no_follow_up_days", "not_converted_days", "not_won_days", "held_days")
OF_RULE = ("name", *TERMS, "match", "working")


class LeadPoolSimulate(models.TransientModel):
    """The main rules of a pool, to be tried on the last days before they are saved."""

    _name = "lead.pool.simulate"
    _description = "Simulate"

    pool_id = fields.Many2one("lead.pool", "Lead Pool", required=True, readonly=True, ondelete="cascade")
    days = fields.Selection(
        [("7", "The last 7 days"), ("30", "The last 30 days"), ("90", "The last 90 days")],
        "Replay",
        required=True,
        default="30",
    )
    strategy = fields.Selection([("manual", "By hand: claim or assign"), *STRATEGIES], "Distribution", required=True)
    default_assignee_id = fields.Many2one("res.users", domain="[('share', '=', False)]")
    affinity = fields.Boolean("Same Company, Same Rep")
    distribute_when = fields.Selection(
        [("always", "At Any Time"), ("working", "In Working Hours Only")], "Distribute", required=True
    )
    opportunity_ends_holding = fields.Boolean("Opportunity Ends the Holding")
    claimable = fields.Boolean("Members May Claim")
    cooling_days = fields.Integer("Cooling-off")
    protection_minutes = fields.Integer("Protection")
    member_ids = fields.One2many("lead.pool.simulate.member", "wizard_id", "Members")
    reclaim_ids = fields.One2many("lead.pool.simulate.reclaim", "wizard_id", "Reclaim Rules")
    draft = fields.Json(readonly=True)  # what is edited in the pool's form, as a part of a policy file
    draft_words = fields.Text("Also Edited", readonly=True)

    def _say_draft(self):
        """Keep in words what of the draft the dialog does not show in its own fields."""
        if self.draft:
            words = self.pool_id._under(self._hidden(), lambda _pool, changes: changes)
            self.draft_words = "\n".join(words)

    def _prepare(self, pool):
        """Values of the dialog with the present rules of ``pool``."""
        pool = pool.sudo()
        return {
            "pool_id": pool.id,
            **{name: self._plain(pool, name) for name in SETTINGS},
            "member_ids": [
                (0, 0, {"user_id": member.user_id.id, **{name: member[name] for name in OF_MEMBER}})
                for member in pool._policy_rows("member_ids")
            ],
            "reclaim_ids": [
                (0, 0, {"sequence": number, **{name: rule[name] for name in OF_RULE}})
                for number, rule in enumerate(pool._policy_rows("reclaim_rule_ids"))
            ],
        }

    @staticmethod
    def _plain(record, name):
        value = record[name]
        return value.id if isinstance(value, models.BaseModel) else value

    def _hidden(self):
        """The part of the draft that cannot be edited here."""
        rules = dict(self.draft or {})
        settings = rules.pop("settings", {})
        if settings := {name: value for name, value in settings.items() if name not in SETTINGS}:
            rules["settings"] = settings
        for name, key, shown in (("member_ids", "user_id", OF_MEMBER), ("reclaim_rule_ids", "name", OF_RULE)):
            rows = rules.pop(name, ())
            if rows:
                rules[name] = [
                    {field: value for field, value in row.items() if field == key or field not in shown} for row in rows
                ]
        return rules

    def _edited(self):
        """What differs from the pool's rules, as a part of a policy file."""
        self.ensure_one()
        pool = self.pool_id.sudo()
        references = References(self.env, pool.company_id)
        rules = self._hidden()
        settings = {name: self._plain(self, name) for name in SETTINGS}
        settings = {name: value for name, value in settings.items() if value != self._plain(pool, name)}
        if "default_assignee_id" in settings:
            user = self.default_assignee_id.sudo()
            settings["default_assignee_id"] = references.short(user) if user else False
        if settings := {**rules.get("settings", {}), **settings}:
            rules["settings"] = settings
        present = {member.user_id: member for member in pool.member_ids}
        drafted = {row["user_id"]: row for row in rules.get("member_ids", ())}
        for line in self.member_ids:
            login = line.user_id.sudo().login
            new = line.user_id not in present
            if new or any(line[name] != present[line.user_id][name] for name in OF_MEMBER):
                values = {name: line[name] for name in OF_MEMBER}
                drafted[login] = {**drafted.get(login, {}), "user_id": login, **values}
        if drafted:
            rules["member_ids"] = list(drafted.values())
        lines = [{name: line[name] for name in OF_RULE} for line in self.reclaim_ids]
        saved = [{name: rule[name] for name in OF_RULE} for rule in pool._policy_rows("reclaim_rule_ids")]
        if lines != saved or "reclaim_rule_ids" in rules:
            hidden = {row["name"]: row for row in rules.get("reclaim_rule_ids", ())}
            rules["reclaim_rule_ids"] = [{**hidden.get(line["name"], {}), **line} for line in lines]
        return rules

    def action_run(self):
        """Replay, and show the page of the run."""
        self.ensure_one()
        run_id = self.pool_id.action_simulate(int(self.days), self._edited())
        action = self.env["lead.pool.simulation"].browse(run_id).button_open()
        if self.draft:  # to leave the form would save what is edited there
            action |= {"target": "new", "context": {**action["context"], "dialog_size": "extra-large"}}
        return action

    def action_earlier(self):
        """The runs of this pool that are still kept."""
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.lead_pool_simulation_action")
        return {**action, "domain": [("pool_id", "=", self.pool_id.id)], "target": "current"}


class LeadPoolSimulateMember(models.TransientModel):
    _name = "lead.pool.simulate.member"
    _description = "Member in a Simulation"

    wizard_id = fields.Many2one("lead.pool.simulate", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Member", required=True, domain="[('share', '=', False)]")
    weight = fields.Float(default=1)
    capacity = fields.Integer("Most Leads Held")
    daily_claim_limit = fields.Integer("Claims per Day")
    hourly_claim_limit = fields.Integer("Claims per Hour")
    paused = fields.Boolean()


class LeadPoolSimulateReclaim(models.TransientModel):
    _name = "lead.pool.simulate.reclaim"
    _description = "Reclaim Rule in a Simulation"
    _order = "sequence, id"

    wizard_id = fields.Many2one("lead.pool.simulate", required=True, ondelete="cascade")
    sequence = fields.Integer(default=100)
    name = fields.Char(required=True)
    no_first_touch_days = fields.Float("Never Touched Within")
    no_follow_up_days = fields.Float("No Follow-up Within")
    not_converted_days = fields.Float("Not Converted Within")
    not_won_days = fields.Float("Not Won Within")
    held_days = fields.Float("Held Longer Than")
    match = fields.Selection(
        [("any", "Whichever comes first"), ("all", "Only when all are due")], required=True, default="any"
    )
    working = fields.Boolean("Working Days")
