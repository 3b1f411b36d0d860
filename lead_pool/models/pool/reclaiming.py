"""What never goes back by itself, how many leads may go back at once, and where they may go."""

from ast import literal_eval
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ...logs import unlogged
from ...rules import reclaim
from ...rules.facts import OK
from ..verbs.reclaim import BRAKE_WINDOW

LEAST_PUT_OFF = 24  # hours by which a declined storm is put off in a pool without a grace


class LeadPoolReclaiming(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.reclaiming"
    _description = "Reclaim in a Pool"

    reclaim_most = fields.Integer(
        "Most Taken Back at Once",
        default=100,
        help="Leads that the pool takes back within an hour. Of what is more nothing goes back until an admin has said "
        "yes. 0: no brake.",
    )
    brake_off_until = fields.Datetime(
        copy=False, readonly=True, help="An admin let all that is due go back: until then there is no brake."
    )
    storm_question = fields.Char(
        compute="_compute_storm_question", compute_sudo=True, help="More leads are due than may go back at once."
    )
    storm_id = fields.Many2one(
        "lead.pool.approval", compute="_compute_storm_question", compute_sudo=True, help="The question to the admins."
    )
    exempt_converted = fields.Boolean("Converted Leads", help="A lead that was converted never goes back by itself.")
    exempt_order = fields.Boolean(
        "With a Quotation or Order",
        help="A lead with a quotation or order that is not cancelled never goes back by itself.",
    )
    exempt_tag_ids = fields.Many2many(
        "crm.tag", "lead_pool_exempt_tag_rel", "pool_id", "tag_id", "With One of These Tags",
        help="A lead that has one of them never goes back by itself.",
    )  # fmt: skip
    exempt_domain = fields.Char(
        "For Which a Condition Holds", help="A lead for which it holds never goes back by itself. Empty: none."
    )
    exempt_broken = fields.Char(
        readonly=True,
        copy=False,
        help="Why that condition cannot be evaluated any more. Until it is chosen again no lead goes back by itself.",
    )

    _reclaim_most_range = models.Constraint(
        "CHECK (COALESCE(reclaim_most, 0) >= 0)", "The most leads taken back at once are 0 (no brake) or more."
    )

    # ------------------------------------------------------------
    # WHAT STAYS
    # ------------------------------------------------------------

    @api.constrains("exempt_domain")
    def _check_exempt_domain(self):
        Rule = self.env["lead.pool.reclaim.rule"]
        for pool in self.filtered("exempt_domain"):
            Rule._check_lead_domain(pool.exempt_domain, pool.name)

    def _exempts(self):
        """Which of :data:`rules.reclaim.EXEMPTIONS` this pool grants."""
        granted = {
            "converted": self.exempt_converted,
            "order": self.exempt_order,
            "tag": bool(self.exempt_tag_ids),
            "condition": not self._exempt_condition_empty(),
        }
        return {kind for kind, on in granted.items() if on}

    def _exempt_condition_empty(self):
        return (self.exempt_domain or "").replace(" ", "") in ("", "[]")

    def _exempt_leads(self, leads, keep_problems=True):
        """``{kind of exemption: {ids of these leads}}``, a query for each kind that the pool grants."""
        self.ensure_one()
        kinds = self._exempts()
        found = {}
        if "order" in kinds:
            found["order"] = self.env["sale.order"].sudo()._lead_pool_ordered(leads.ids)
        if "tag" in kinds:
            tagged = leads.search([("id", "in", leads.ids), ("tag_ids", "in", self.exempt_tag_ids.ids)])
            found["tag"] = set(tagged.ids)
        if "condition" in kinds:
            ids, problem = self.env["lead.pool.domain.mixin"]._matching_ids(leads, self.exempt_domain)
            found["condition"] = set(leads.ids) if problem else ids  # rather too many stay than too few
            if keep_problems and problem != (self.exempt_broken or ""):
                models.BaseModel.write(self.sudo(), {"exempt_broken": problem})
                if problem:
                    self._tell_broken(self.env._("Never goes back"), problem)
        return found

    @api.model
    @ormcache()
    def _deadline_fields(self):
        """``{field of a lead: {ids of pools}}`` on which deadlines depend: those of conditions, and the tags."""
        pools = {}
        for pool in self.sudo().search([("reclaim_rule_ids", "!=", False)]):
            names = {"tag_ids"} if pool.exempt_tag_ids else set()
            texts = [*pool.reclaim_rule_ids.filtered("active").mapped("domain"), pool.exempt_domain]
            for text in texts:
                names |= self._fields_of(text)
            for name in names:
                pools.setdefault(name, set()).add(pool.id)
        return {name: frozenset(ids) for name, ids in pools.items()}

    @api.model
    def _fields_of(self, text):
        try:
            conditions = Domain(literal_eval(text or "[]")).iter_conditions()
            return {str(condition.field_expr).split(".")[0] for condition in conditions}
        except Exception:  # a condition that cannot be evaluated depends on nothing
            return set()

    @api.model
    @ormcache()
    def _pools_exempting_orders(self):
        """Ids of the pools in which a quotation keeps a lead with its holder."""
        return frozenset(self.sudo().search([("exempt_order", "=", True)]).ids)

    # ------------------------------------------------------------
    # THE BRAKE
    # ------------------------------------------------------------

    def _taken_back(self, now):
        """``{pool id: leads taken back within the last hour}``, not counting those to which an admin said yes."""
        if not self:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT h.pool_id, count(*) FROM lead_pool_holding h JOIN lead_pool p ON p.id = h.pool_id
                        WHERE h.pool_id = ANY(%s) AND h.end_reason = 'reclaimed'
                          AND h.ended_at > GREATEST(%s, p.brake_off_until) GROUP BY h.pool_id""",
                    self.ids,
                    now - BRAKE_WINDOW,
                )
            )
        )

    def _ask_about_storm(self, now, going):
        """More leads are due than these pools take back at once: ask their admins.

        :param going: ``{pool id: how many of those that are due go back all the same}``
        """
        for pool in self:
            [[due, people]] = self.env.execute_query(
                SQL(
                    """SELECT count(*), count(DISTINCT user_id) FROM (
                              SELECT user_id FROM lead_pool_entry
                               WHERE pool_id = %s AND state = 'held' AND reclaim_at <= %s AND locked IS NOT TRUE
                               ORDER BY reclaim_at, id OFFSET %s) staying""",
                    pool.id,
                    now,
                    going[pool.id],
                )
            )
            self.env["lead.pool.approval"]._ask("storm", pool, values={"due": due, "people": people})

    def _compute_storm_question(self):
        open_ones = self.env["lead.pool.approval"].search(
            [("kind", "=", "storm"), ("state", "=", "open"), ("pool_id", "in", self._origin.ids)]
        )
        asked = {approval.pool_id.id: approval for approval in open_ones}
        for pool in self:
            approval = asked.get(pool._origin.id)
            pool.storm_id = approval
            pool.storm_question = pool._origin._request_words_storm(approval)[0] if approval else False

    def _request_words_storm(self, approval):
        """What is asked, what follows on yes, and on no, in the reader's language."""
        _ = self.env._
        values = approval.sudo().values or {}
        words = {"due": values.get("due", 0), "people": values.get("people", 0), "pool": self.name,
                 "most": self.reclaim_most, "hours": self.grace_hours or LEAST_PUT_OFF}  # fmt: skip
        asked = (
            _(
                "One more lead is due to go back to “%(pool)s” at once, which takes back %(most)s within an hour. It "
                "stays with its holder until you decide.",
                **words,
            )
            if words["due"] == 1
            else _(
                "%(due)s more leads are due to go back to “%(pool)s” at once, which takes back %(most)s within an "
                "hour. They stay with their holders until you decide.",
                **words,
            )
        )
        return (
            asked,
            _("Yes: all that is due goes back now, and what comes due within the next hour."),
            _("No: these leads stay for %(hours)s more hours, and their holders are warned.", **words),
        )

    def _approve_storm(self, approval):
        """Take back what is due now; there is no brake for an hour."""
        self.sudo().brake_off_until = self._now() + timedelta(hours=1)
        self.env.ref("lead_pool.ir_cron_reclaim").sudo()._trigger()
        return OK

    def _decline_storm(self, approval):
        """What is due is put off by the grace, and its holders are warned."""
        hours = self.sudo().grace_hours or LEAST_PUT_OFF
        self.env["lead.pool.entry"]._put_off(self, SQL("make_interval(hours => %s)", hours), due_at=self._now())
        return OK

    def button_approve_storm(self):
        return self._decide_storm("action_approve")

    def button_decline_storm(self):
        return self._decide_storm("action_decline")

    def _decide_storm(self, verb):
        self.ensure_one()
        approval = self.storm_id.with_env(self.env)
        for answer in getattr(approval, verb)():
            if not answer["done"]:
                raise unlogged(UserError(answer["message"]))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # ------------------------------------------------------------
    # WHERE THEY GO
    # ------------------------------------------------------------

    def _takes(self, row):
        """Whether a lead of another pool may be sent to this one now."""
        return self.active and (not self.company_id or self.company_id.id == row.company_id)

    def _check_no_target(self):
        """Leads that go back elsewhere must have somewhere to go."""
        super()._check_no_target()
        rules = (
            self.env["lead.pool.reclaim.rule"]
            .sudo()
            .search([("destination_pool_id", "in", self.ids), ("pool_id.active", "=", True)])
        )
        for rule in rules:
            raise UserError(
                self.env._(
                    "“%(other)s” sends leads that go back to “%(pool)s”. Change the rule “%(rule)s” there first.",
                    other=rule.pool_id.name,
                    pool=rule.destination_pool_id.name,
                    rule=rule.name,
                )
            )

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    def _summary_depends(self):
        rule = ("warn_leader_days warn_admin_days destination destination_pool_id domain sequence").split()
        own = ["reclaim_most", "grace_hours", "exempt_converted", "exempt_order", "exempt_tag_ids", "exempt_domain"]
        return [*super()._summary_depends(), *own, *(f"reclaim_rule_ids.{name}" for name in rule)]

    def _say_going_back(self):
        _ = self.env._
        lines = super()._say_going_back()
        rules = self.reclaim_rule_ids.filtered("active")
        if not any(rule._as_rule().parts() for rule in rules):
            return lines
        lines += [line for rule in rules if (line := self._say_destination(rule))]
        if any(rule.warn_days or rule.warn_leader_days or rule.warn_admin_days for rule in rules):
            lines.append(self._say_ladder(rules))
        if stays := self._say_exemptions():
            lines.append(_("Never by itself: %(leads)s.", leads=self._or(stays)))
        lines.append(_("While its holder is on leave, the time of a lead stands still."))
        if self.reclaim_most:
            lines.append(
                _("Of more than %(count)s leads within an hour an admin is asked first.", count=self.reclaim_most)
            )
        return lines

    def _say_destination(self, rule):
        _ = self.env._
        words = {"rule": rule.name or "", "pool": rule.destination_pool_id.sudo().name or ""}
        if rule.destination == "other":
            return _("“%(rule)s” sends it to “%(pool)s”.", **words)
        return _("“%(rule)s” gives it to the next rep.", **words) if rule.destination == "next" else ""

    def _say_ladder(self, rules):
        _ = self.env._
        words = {
            "warn_days": _("its holder"),
            "warn_leader_days": _("the team leader"),
            "warn_admin_days": _("the pool's admins"),
        }
        told = [word for name, word in words.items() if any(rules.mapped(name))]
        if len(told) > 1:
            return _("Before a lead goes back, %(who)s are warned in time.", who=self._and(told))
        return _("Before a lead goes back, %(who)s is warned in time.", who=told[0])

    def _say_exemptions(self):
        _ = self.env._
        kinds = self._exempts()
        tags = ", ".join(self.exempt_tag_ids.mapped(lambda tag: tag.name or ""))
        words = {
            "converted": _("a converted lead"),
            "order": _("one with a quotation or order"),
            "tag": _("one tagged %(tags)s", tags=tags),
            "condition": _("one for which a condition holds"),
        }
        return [words[kind] for kind in reclaim.EXEMPTIONS if kind in kinds]

    def _warning_lines(self):
        return [*super()._warning_lines(), *self._reclaim_warning_lines()]

    def _reclaim_warning_lines(self):
        """What the reclaim rules do that hardly anybody means."""
        _ = self.env._
        rules = self.reclaim_rule_ids.filtered("active").sorted("sequence")
        lines = []
        for rule in rules:
            words = {"rule": rule.name or "", "hours": self.grace_hours}
            sentences = {
                "nothing": _("“%(rule)s” has no term: what it holds for never goes back by itself.", **words),
                "warned_at_once": _(
                    "“%(rule)s” warns more days before the end than its shortest term has: such a warning comes the "
                    "moment somebody gets the lead.",
                    **words,
                ),
                "grace_longer": _(
                    "The grace of %(hours)s hours is longer than the shortest term of “%(rule)s”: after a change of "
                    "the rules a lead stays longer than the rule says.",
                    **words,
                ),
                "never_won": _(
                    "“%(rule)s” asks for won leads, but an opportunity ends the holding here: nobody ever wins what he "
                    "holds. Use Not Converted, or let opportunities stay with their holder.",
                    **words,
                ),
            }
            codes = reclaim.doubtful(
                rule._as_rule(), grace_hours=self.grace_hours, opportunity_ends_holding=self.opportunity_ends_holding
            )
            lines += [sentences[code] for code in codes]
        for number in reclaim.never_tried([(rule.domain or "[]").replace(" ", "") != "[]" for rule in rules]):
            lines.append(
                _(
                    "“%(rule)s” is never tried: a reclaim rule before it holds for all leads. Drag it up, or give the "
                    "other one a condition.",
                    rule=rules[number].name or "",
                )
            )
        if any(rule.working for rule in rules) and not self._origin._ever_works():
            lines.append(
                _(
                    "Reclaim rules count working days, but the working hours “%(calendar)s” are empty: calendar days "
                    "are counted instead.",
                    calendar=self._origin._calendar().name or "",
                )
            )
        if self.exempt_broken:
            lines.append(
                _(
                    "No lead goes back by itself: the condition for those that never do cannot be evaluated: "
                    "%(problem)s",
                    problem=self.exempt_broken,
                )
            )
        return lines

    def _ever_works(self):
        """Whether the pool's calendar has any working hours."""
        if not self:
            return True
        return self._working_time().next_open(self._now()) is not None
