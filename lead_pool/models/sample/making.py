"""Three pools and what happened in them in the last days, made by the verbs themselves under a moved clock."""

import random
from datetime import timedelta

from odoo import Command, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..notice.lead_pool_notice import Quiet
from .past import Past
from .texts import CITIES, COMPANIES, FAMILY, GIVEN, NOTES, WESTERN, WESTERN_COMPANIES, WESTERN_FAMILY

DAYS = 6
SEED = 7
#: Of each pool: its policy, how many leads come, how many of them wait in the end.
POOLS = {"north": ("claim", 10, 5), "online": ("inbound", 6, 3), "enterprise": ("specialists", 8, 4)}
#: In which something happens meanwhile.
TABLES = ("crm_lead", "lead_follow_up", "lead_pool_policy", "mail_message", "mail_activity")
#: What only this module has: with it the loading verb says that it is at work.
LOADING = object()


class LeadPoolSample(models.Model):
    _inherit = "lead.pool.sample"  # pylint: disable=consider-merging-classes-inherited

    def _make(self):
        env = self.env(context={**self.env.context, "lead_pool_quiet": Quiet(), "tracking_disable": True})
        reps = env["lead.pool.rep"].sudo().with_context(active_test=False)
        before = reps.search([("user_id", "=", self.env.uid)])
        pools = {name: env["lead.pool"].create(values) for name, values in self._prepare_pools().items()}
        self._mark(env["lead.pool"].union(*pools.values()), LOADING)
        self._live(env, pools)
        self._mark(reps.search([("user_id", "=", self.env.uid)]) - before, LOADING)

    def _mark(self, records, loading):
        """Record what was made; of leads, in the transaction of their first event (see the trigger)."""
        if loading is not LOADING:
            raise AccessError(self.env._("The sample itself records what it makes."))
        self.env.flush_all()
        digests = self._digests(records.ids if records._name == "crm.lead" else [])
        self.env.cr.execute(
            SQL(
                """INSERT INTO lead_pool_sample (model, res_id, made)
                   SELECT %s, number, l.digest FROM unnest(%s::int[]) number LEFT JOIN (%s) l ON l.id = number""",
                records._name,
                records.ids,
                digests,
            )
        )
        self.invalidate_model()

    def _prepare_pools(self):
        _ = self.env._
        Pool, user = self.env["lead.pool"], self.env.user
        names = {
            "north": _("Sample: Beijing and the North"),
            "online": _("Sample: Online Courses"),
            "enterprise": _("Sample: Enterprise"),
        }
        team = Pool._team_of_pools()
        sells = user.has_group("sales_team.group_sale_salesman")
        return {
            name: {
                "name": names[name],
                "description": _("Made-up leads to look at. Remove the sample under Configuration ▸ First Steps."),
                "sequence": 90,
                "team_id": team.id,
                "company_id": self.env.company.id,
                "member_ids": [Command.create({"user_id": user.id})] if sells else [],
                "admin_ids": [Command.create({"user_id": user.id, "role": "admin"})],
                **Pool._prepare_policy_values(policy),
            }
            for name, (policy, _count, _waiting) in POOLS.items()
        }

    def _live(self, env, pools):
        """The days up to now."""
        past, dice = Past(env, DAYS, TABLES), random.Random(SEED)
        people = self._invented_people(dice)
        last = past.real_now - timedelta(hours=2)
        for name, pool in pools.items():
            _policy, count, waiting = POOLS[name]
            pool = pool.with_env(past.env)
            came = past.env["crm.lead"]
            for number in range(count):
                past.clock.now = past.real_now - timedelta(days=DAYS) + timedelta(hours=11 * number + 3)
                came |= self._come(pool, next(people))
                past._date_what_is_new()
            for number, lead in enumerate(came[: count - waiting] if pool.member_ids else ()):
                past.clock.now = last - timedelta(hours=20 - 3 * number)
                self._work_on(pool, lead, number, dice)
                past._date_what_is_new()
        env.invalidate_all()

    def _come(self, pool, person):
        context = {"mail_create_nolog": True, "mail_create_nosubscribe": True}
        values = {**person, "pool_id": pool.id, "user_id": False, "company_id": pool.company_id.id}
        lead = pool.env["crm.lead"].with_context(**context).create(values)
        self._mark(lead, LOADING)
        return lead

    def _work_on(self, pool, lead, number, dice):
        """Claim or assign it, and, but for the first one, write down what was said."""
        entry = lead._pool_entries()
        if pool.claimable:
            entry.action_claim()
        else:
            entry.action_assign(self.env.uid)
        if not number:
            return
        types = pool.env["lead.follow.up.type"].search(Domain.TRUE)
        levels = pool.env["lead.follow.up.level"].search(Domain.TRUE)
        notes = [note for note in NOTES["first"] + NOTES["later"] if len(note) > 5]  # others do not count
        values = {
            "type_id": dice.choice(types).id,
            "level_id": levels[min(number - 1, len(levels) - 1)].id,
            "result": dice.choice(["reached", "interested"]),
            "note": dice.choice([note for note in notes if note.isascii() != self._is_chinese()]),
            "duration": dice.choice([3, 5, 8, 15]),
        }
        if number % 2:
            values["next_date"] = pool._today() + timedelta(days=number + 1)
        lead.action_follow_up(values)

    def _is_chinese(self):
        return (self.env.lang or "").startswith("zh")

    def _invented_people(self, dice):
        """Values of leads, of persons and companies that do not exist; most of them speak the caller's language."""
        _ = self.env._
        wishes = [_("Business English"), _("Python for Analysts"), _("Online MBA"), _("Team Licence")]
        cities = [(city, self.env.ref(f"base.state_cn_{code}")) for city, code in CITIES if code]
        states = {state.code: state for state in self.env.ref("base.us").state_ids}
        western_cities = [
            (city, states[code]) for city, code in (("Boston", "MA"), ("Chicago", "IL"), ("Denver", "CO"))
        ]
        for number in range(sum(count for _policy, count, _waiting in POOLS.values())):
            chinese = (number % 4 != 2) == self._is_chinese()
            city, state = dice.choice(cities if chinese else western_cities)
            if chinese:
                name = dice.choice(FAMILY) + dice.choice(GIVEN)
            else:
                name = f"{dice.choice(WESTERN)} {dice.choice(WESTERN_FAMILY)}"
            company = dice.choice(COMPANIES if chinese else WESTERN_COMPANIES) if number % 3 == 1 else False
            yield {
                "name": f"{dice.choice(wishes)} – {company or name}",
                "contact_name": name,
                "partner_name": company,
                # numbers that nobody has: in America kept for films, in China of an area that is not given out
                "phone": f"+86 139 0000 {7000 + number}" if chinese else f"+1 617 555 0{100 + number}",
                "email_from": f"sample{number}@example.com",
                "city": city,
                "state_id": state.id,
                "country_id": state.country_id.id,
                "priority": dice.choice("001123"),
            }
