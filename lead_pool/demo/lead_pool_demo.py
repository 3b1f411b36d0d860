"""Sixty days of a training company's work in three pools, made by the verbs themselves under a moved clock."""

import logging
import random
from collections import defaultdict
from datetime import datetime, timedelta

from passlib.context import CryptContext

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..models.sample.past import Past
from ..models.sample.texts import CITIES, COMPANIES, FAMILY, GIVEN, NOTES, WESTERN, WESTERN_COMPANIES, WESTERN_FAMILY
from .lead_pool_demo_intake import LAST_DAYS, IntakeStory

_logger = logging.getLogger(__name__)

DAYS = 60
SEED = 20
SHANGHAI = timedelta(hours=8)  # ahead of UTC, the year round
#: How each rep works: how many of his leads he follows up on a working day, how many of these he converts, returns.
HABITS = {
    "lina": (0.40, 0.24, 0.04),
    "wanglei": (0.20, 0.09, 0.12),
    "zhangwei": (0.36, 0.20, 0.04),
    "chenjing": (0.30, 0.14, 0.07),
    "emma": (0.46, 0.26, 0.03),
    "raj": (0.32, 0.17, 0.07),
    "liuyang": (0.16, 0.06, 0.15),
    "sophie": (0.28, 0.16, 0.03),
}
OFFICE = ("zhaomin", "olivia", "david", "grace", "mei")  # pool admins, manager, marketing
#: Leads that these make for themselves are theirs at once.
OWN_POOLS = {"sophie": "enterprise", "emma": "online"}


class LeadPoolDemo(models.AbstractModel):
    _name = "lead.pool.demo"
    _description = "Demo History of Lead Pools"

    @api.model
    def _make_history(self):
        """Live through the last sixty days, day by day, up to this minute."""
        began = datetime.now()
        story = Story(self.env)
        story.live()
        _logger.info("demo history: %s in %.1f s", story.count, (datetime.now() - began).total_seconds())


class Story(Past):
    """The people, the clock and the dice of the history."""

    def __init__(self, env):
        super().__init__(env, DAYS)
        self.dice = random.Random(SEED)
        self.field_dice = random.Random(SEED + 1)  # of the custom fields, so that they change nothing else
        self.count = defaultdict(int)
        self.intake = IntakeStory(self)
        self.ref = lambda name: self.env.ref(f"lead_pool.{name}")
        self.users = {login: self.ref(f"user_{login}") for login in (*HABITS, *OFFICE)}
        self.logins = {user.id: login for login, user in self.users.items()}
        self.pools = {name: self.ref(f"pool_{name}") for name in ("north", "online", "enterprise")}
        self.pool_ids = [pool.id for pool in self.pools.values()]
        self.reasons = defaultdict(list)
        for reason in self.env["lead.pool.reason"].search([]):
            self.reasons[reason.kind].append(reason.id)
        self.types = self.env["lead.follow.up.type"].search([])
        self.levels = self.env["lead.follow.up.level"].search([])
        self.touches = defaultdict(int)  # (lead, holder): follow-ups
        self.first_trigger = self._max_id("ir_cron_trigger")

    # ------------------------------------------------------------
    # TIME
    # ------------------------------------------------------------

    def live(self):
        self._settle_in()
        first_day = (self.clock.now + SHANGHAI).date()
        for number in range(DAYS + 1):
            day = first_day + timedelta(days=number)
            for hour, happens in (
                (8.6, self.machine),
                (9.2, self.arrivals),
                (10.0, self.claims),
                (13.8, self.arrivals),
                (14.5, self.work),
                (17.5, self.admins),
            ):
                minutes = int(hour * 60) + self.dice.randrange(35)
                moment = datetime(day.year, day.month, day.day) - SHANGHAI + timedelta(minutes=minutes)
                resting = day.weekday() > 4 and (happens in (self.work, self.admins) or hour == 13.8)
                if self.real_now - timedelta(days=DAYS) <= moment < self.real_now and not resting:
                    self.clock.now = moment
                    happens(day, number)
                    if happens != self.claims:
                        self._date_what_is_new()
        self.requests()
        self._forget_the_present()
        self._make_room()

    def _make_room(self):
        """Who logs in to try it finds a claim or two left, except for one rep who shows what a full one sees."""
        for member in self.env["lead.pool.member"].search([("pool_id", "in", self.pool_ids), ("role", "=", "member")]):
            if member.user_id != self.users["liuyang"]:
                member.capacity = max(member.capacity, member.held + 3)

    def _settle_in(self):
        """The first day. Making a pool in steps left a version of its rules for each step: keep one."""
        pools = self.env["lead.pool"].browse(self.pool_ids)
        policies = self.env["lead.pool.policy"].sudo().search([("pool_id", "in", pools.ids)])
        self.first_ids["lead_pool_policy"] = max(policies.ids, default=0)
        policies.unlink()
        self.env["lead.pool.policy"]._snapshot(pools)
        # Few rounds: thirteen passwords in no time, and Odoo hashes each again at the first log-in.
        crypt = CryptContext(["pbkdf2_sha512"], pbkdf2_sha512__rounds=1000)
        for login, user in self.users.items():
            user._set_encrypted_password(user.id, crypt.hash(login))
        company = self.env.ref("base.main_company")
        self.env["lead.pool.rep"]._ensure({(self.users[login].id, company.id) for login in OWN_POOLS})
        for login, name in OWN_POOLS.items():
            reps = self.env["lead.pool.rep"].search([("user_id", "=", self.users[login].id)])
            reps.default_pool_id = self.pools[name]
        self._date_what_is_new()
        self.env.cr.execute(
            SQL("UPDATE lead_pool SET create_date = %s, write_date = %s WHERE id = ANY(%s)",
                self.clock.now, self.clock.now, pools.ids)
        )  # fmt: skip

    def _forget_the_present(self):
        """No live notices and wake-up calls of the past; days to assign and to close by the dates as they are now."""
        self.env["ir.cron.trigger"].search([("id", ">", self.first_trigger)]).unlink()
        self.env.cr.precommit.data.get("bus.bus.values", []).clear()
        self.env.cr.execute(
            SQL(
                """UPDATE crm_lead l
                      SET date_open = h.started_at,
                          day_open = floor(abs(extract(epoch FROM h.started_at - l.create_date)) / 86400),
                          day_close = floor(abs(extract(epoch FROM l.date_closed - l.create_date)) / 86400)
                     FROM (SELECT DISTINCT ON (lead_id) lead_id, started_at FROM lead_pool_holding
                            WHERE pool_id = ANY(%s) ORDER BY lead_id, started_at DESC) h
                    WHERE h.lead_id = l.id AND l.user_id IS NOT NULL""",
                self.pool_ids,
            )
        )
        self.env.invalidate_all()

    # ------------------------------------------------------------
    # WHAT HAPPENS
    # ------------------------------------------------------------

    def machine(self, day, number):
        """The scheduled actions, early in the morning."""
        Entry = self.env["lead.pool.entry"]
        if number == 35:  # the rules change, for the list of versions: warnings begin, claims are eased
            self.env["lead.pool.reclaim.rule"].search([("pool_id", "in", self.pool_ids)]).write({"warn_days": 1})
            self.pools["online"].with_env(self.env).write({"member_daily_claim_limit": 6, "protection_minutes": 5})
        Entry._refresh_stale_deadlines()
        self.intake.morning()
        self.count["reclaimed"] += Entry._reclaim_due()
        Entry._warn_due()
        self.distribute()

    def distribute(self):
        for name in ("north", "enterprise"):
            answers = self.pools[name].with_env(self.env)._distribute()
            self.count["distributed"] += sum(answer["done"] for answer in answers)

    def arrivals(self, day, number):
        """Web forms and mails every day, a list from marketing on Mondays, now and then a rep's own lead."""
        weekend = day.weekday() > 4
        channel = "mail" if self.dice.random() < 0.15 else "website"
        self._create(self.dice.randint(0, 2) if weekend else self.dice.choice([2, 3, 3, 3]), channel)
        if day.weekday() == 0 and self.dice.random() < 0.6:
            self._create(4, "import", user=self.users["mei"])
        if not weekend and self.dice.random() < 0.08:
            self._create(1, "ui", user=self.users[self.dice.choice(list(OWN_POOLS))])
        if self.clock.now.hour < 4:
            self._date_what_is_new()
            self.distribute()

    def claims(self, day, number):
        """The reps of the online courses take what waits, the quick ones first."""
        for login in self.dice.sample(["emma", "raj", "liuyang", "chenjing"], 4):
            if self.dice.random() < (0.8 if day.weekday() > 4 else 0.2):
                continue
            env = self.as_user(login)
            waiting = env["lead.pool.entry"].search(
                [("state", "=", "waiting"), ("pool_id", "=", self.pools["online"].id)], limit=40
            )
            chosen = self.dice.sample(waiting.ids, min(len(waiting), self.dice.randint(1, 3)))
            for answer in waiting.browse(chosen).action_claim():
                self.count["claimed" if answer["done"] else "claims refused"] += 1

    def work(self, day, number):
        """Each rep on some of the leads in his hands."""
        held = self.env["lead.pool.entry"].search([("state", "=", "held")], order="id")
        for entry in held:
            login = self.logins[entry.user_id.id]
            diligence, converting, returning = HABITS[login]
            if self.dice.random() > diligence:
                continue
            lead = self.as_user(login)["crm.lead"].browse(entry.lead_id.id)
            if lead.date_conversion:  # an opportunity that its pool keeps held until it is won
                self.win(lead, 0.2)
                continue
            times = self.touches[lead.id, login] = self.touches[lead.id, login] + 1
            fate = self.dice.random()
            if times == 1 and fate < 0.09:
                self.give_up(entry, login, "action_mark_invalid", "invalid")
            elif times > 1 and fate < returning:
                self.give_up(entry, login, "action_return", "return")
            else:
                if not self.do_activity(lead, day):
                    self.follow_up(lead, times, day, number)
                if times > 1 and fate > 1 - converting:
                    self.convert(lead)
                elif times > 2 and fate < 0.2:
                    lost = self.env.ref(f"crm.lost_reason_{self.dice.randint(1, 3)}", raise_if_not_found=False)
                    lead.action_set_lost(lost_reason_id=lost.id if lost else False)
                    self.count["lost"] += 1

    def admins(self, day, number):
        """A pool's admin puts right what the rules could not."""
        if number >= DAYS - LAST_DAYS:
            self.intake.evening()
        Entry = self.env["lead.pool.entry"]
        if self.dice.random() < 0.25:  # Sophie's desk is full: her colleague helps out
            entry = Entry.search([("pool_id", "=", self.pools["enterprise"].id), ("state", "=", "waiting")], limit=1)
            self.act("david", entry, "action_assign", self.users["zhangwei"].id, note="Sophie's desk is full")
        if self.dice.random() < 0.12:
            entry = Entry.search(
                [("pool_id", "=", self.pools["online"].id), ("state", "=", "waiting")], order="entered_at", limit=1
            )
            self.act("olivia", entry, "action_transfer", self.pools["north"].id, reason_id=self.reasons["transfer"][0])
        if self.dice.random() < 0.08:
            entry = Entry.search(
                [("pool_id", "=", self.pools["north"].id), ("user_id", "=", self.users["wanglei"].id)], limit=1
            )
            self.act("zhaomin", entry, "action_reclaim", reason_id=self.reasons["reclaim"][-1])

    def requests(self):
        """What waits for a decision on the last day: in each pool something, and one customer with two reps."""
        Entry = self.env["lead.pool.entry"]
        self.pools["north"].with_env(self.env).write({"invalid_approval": "share", "invalid_percent": 5})

        def latest(pool, holder=None):
            domain = [("pool_id", "=", self.pools[pool].id), ("state", "=", "held" if holder else "waiting")]
            if holder:
                domain += [("user_id", "=", self.users[holder].id), ("last_follow_up_at", "!=", False)]
            return Entry.search(domain, order="last_follow_up_at desc, id desc", limit=1)

        full = self.env["lead.pool.member"].search(
            [("user_id", "=", self.users["liuyang"].id), ("role", "=", "member")]
        )
        full.capacity = max(full.held, 1)
        self.act("liuyang", latest("online"), "action_ask_over_capacity", note="They asked for me at the fair")
        for login in ("wanglei", "lina"):
            self.give_up(latest("north", login), login, "action_mark_invalid", "invalid")
        mine, his = latest("north", "zhangwei"), latest("north", "chenjing")
        his.lead_id.write({name: mine.lead_id[name] for name in ("name", "phone", "contact_name", "partner_name")})
        note = "I have visited this school twice, their secretary called me"
        self.act("zhangwei", mine, "action_dispute", note=note)
        self.ask_for_help(latest("north", "lina").lead_id)

    def ask_for_help(self, lead):
        """Lina asks a colleague, who has not answered yet."""
        note = "They want to see the course on site next week, and I am at the fair. Can you go?"
        for answer in (
            self.as_user("lina")["crm.lead"].browse(lead.ids).action_ask_help(self.users["zhangwei"].id, note=note)
        ):
            self.count["asked for help" if answer["done"] else "help refused"] += 1

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    def as_user(self, login):
        return self.env(user=self.users[login].id, su=False)

    def act(self, login, entry, verb, *args, **kwargs):
        if entry:
            entry = self.as_user(login)["lead.pool.entry"].browse(entry.id)
            [answer] = getattr(entry, verb)(*args, **kwargs)
            self.count[verb if answer["done"] else f"{verb} refused"] += 1

    def give_up(self, entry, login, verb, kind):
        note = self.dice.choice(NOTES["given up"])
        self.act(login, entry, verb, self.dice.choice(self.reasons[kind]), note=note)

    def follow_up(self, lead, times, day, number):
        level = self.levels[min(times - 1 + self.dice.randint(0, 1), len(self.levels) - 1)]
        values = {
            "type_id": self.dice.choice(self.types).id,
            "level_id": level.id,
            "result": self.dice.choice(["reached", "reached", "not_reached", "interested"]),
            "note": self.dice.choice(NOTES["first" if times == 1 else "later"]),
            "duration": self.dice.choice([0, 3, 5, 8, 15, 20]),
        }
        if DAYS - number < 20 and self.dice.random() < 0.35:
            values["next_date"] = day + timedelta(days=self.dice.randint(2, 6))
        lead.action_follow_up(values)
        self.count["followed up"] += 1

    def do_activity(self, lead, day):
        """Do what was planned for today, which is a follow-up without being typed; whether there was anything."""
        due = lead.activity_ids.filtered(lambda activity: activity.date_deadline <= day)[:1]
        if due:
            due.action_feedback(feedback=self.dice.choice(NOTES["later"]))
            self.count["activities done"] += 1
        return bool(due)

    def win(self, lead, chance):
        """Some customers order what was offered."""
        if self.dice.random() < chance:
            lead.order_ids.filtered(lambda order: order.state == "draft").action_confirm()
            lead.action_set_won()
            self.count["won"] += 1

    def convert(self, lead):
        """Customer and opportunity; a quotation for most, an order confirmed for some."""
        ordered = self.dice.random() < 0.6
        result = lead.action_convert({"create_order": ordered})
        self.count["converted"] += 1
        lead.expected_revenue = sum(lead.sudo().product_interest_ids.mapped("list_price")) or 900
        if not ordered:
            return
        order = self.env["sale.order"].browse(result["order_id"])
        products = lead.sudo().product_interest_ids or self.ref("product_english")
        for product in products:
            self.env["sale.order.line"].create(
                {"order_id": order.id, "product_id": product.product_variant_id.id, "product_uom_qty": 1}
            )
        self.win(lead, 0.6)

    def _create(self, number, channel, user=None):
        if not number:
            return
        values = [{**self._lead_values(channel), **self._custom_values()} for _i in range(number)]
        env = self.env
        context = {"mail_create_nolog": True}
        if channel in ("website", "mail"):
            context["lead_pool_channel"] = channel
        if channel == "import":
            context["import_file"] = True
        if user:
            env = self.env(user=user.id, su=False)
        try:
            env["crm.lead"].with_context(**context).create(values)
        except UserError:
            self.count["not created"] += number
        else:
            self.count["created"] += number

    def _custom_values(self):
        """What some people say of their plans."""
        dice = self.field_dice
        values = {}
        if dice.random() < 0.6:
            values["x_lp_intent"] = dice.choice(["high", "medium", "medium", "low"])
        if dice.random() < 0.4:
            values["x_lp_start"] = (self.clock.now + timedelta(days=dice.randint(10, 120))).date()
        if dice.random() < 0.5:
            goals = self.ref("custom_field_goals").option_ids.ids
            values["x_lp_goals"] = dice.sample(goals, dice.randint(1, 2))
        if dice.random() < 0.3:
            values["x_lp_participants"] = dice.choice([1, 1, 1, 2, 4, 12])
        return values

    def _lead_values(self, channel):
        """A person, now and then of a company, who asks for a course."""
        dice, ref = self.dice, self.ref
        city, state = dice.choice(CITIES)
        country = "cn" if state else dice.choice(["de", "fr", "gb", "us", "in"])
        number = self.count["created"]
        if state or dice.random() < 0.2:
            name = dice.choice(FAMILY) + dice.choice(GIVEN)
            phone = f"+86 13{dice.randint(0, 9)} 0000 {dice.randint(1000, 9999)}"
        else:
            name = f"{dice.choice(WESTERN)} {dice.choice(WESTERN_FAMILY)}"
            phone = f"+44 7700 900{dice.randint(100, 999)}"
        company = (
            dice.choice(COMPANIES if state else WESTERN_COMPANIES)
            if channel == "import" or dice.random() < 0.3
            else False
        )
        big = bool(company) and dice.random() < 0.4
        products = (
            ["product_team_licence"] if big else dice.sample(["product_python", "product_mba", "product_english"], 1)
        )
        sources = ["source_fair"] if channel == "import" else SOURCES[channel]
        source = dice.choice(sources)
        tags = (
            ["tag_enterprise"]
            if big
            else dice.sample(["tag_student", "tag_working", "tag_callback"], dice.randint(0, 1))
        )
        return {
            "name": f"{ref(products[0]).name} – {company or name}",
            "contact_name": name,
            "partner_name": company,
            "phone": phone,
            "email_from": f"lead{number}.{dice.randint(100, 999)}@example.com",
            "city": city,
            "state_id": self.env.ref(f"base.state_cn_{state}").id if state else False,
            "country_id": self.env.ref(f"base.{country if country != 'gb' else 'uk'}").id,
            "source_id": ref(source).id,
            "campaign_id": ref("campaign_fair" if source == "source_fair" else "campaign_intake").id,
            "tag_ids": [(6, 0, [ref(tag).id for tag in tags])],
            "product_interest_ids": [(6, 0, [ref(product).id for product in products])],
            "lead_group_id": ref(
                dice.choice(["lead_group_hot", "lead_group_warm", "lead_group_warm", "lead_group_cold"])
            ).id,
            "priority": dice.choice(["0", "0", "1", "1", "2", "3"]),
            "type": "lead" if channel != "ui" and self.env.user.has_group("crm.group_use_lead") else "opportunity",
        }


SOURCES = {
    "website": ["source_website", "source_website", "source_baidu", "source_wechat", "source_douyin"],
    "mail": ["source_website", "source_referral"],
    "ui": ["source_referral"],
}
