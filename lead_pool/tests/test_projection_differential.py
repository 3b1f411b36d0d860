import random
from ast import literal_eval
from collections import defaultdict
from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from ..rules import distribution, facts
from .common import LeadPoolCase

LEADS = 240
#: Columns that differ between two runs of the same work, by table: a sequence never goes back, and the hash of an event
#: covers the number of its decision.
NOISE = {"crm_lead": set(), "lead_pool_entry": {"event_hash"}, "lead_pool_holding": {"id"}}


@tagged("post_install", "-at_install")
class TestSameDistributionEachWay(LeadPoolCase):
    """One statement, the ORM's own write and the rules alone: the same holders and the same columns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dice = random.Random(19)
        cls._scored()
        cls.reps |= cls._user("qian", "sales_team.group_sale_salesman", "Qian Jin")
        cls.reps |= cls._user("sun", "sales_team.group_sale_salesman", "Sun Yu")
        cls.other = other = cls.env["crm.team"].create({"name": "South", "company_id": False})
        cls.env["crm.team.member"].create(
            [
                {"crm_team_id": cls.team.id, "user_id": cls.li.id},
                {"crm_team_id": cls.team.id, "user_id": cls.reps[3].id},
                {"crm_team_id": other.id, "user_id": cls.wang.id},
            ]
        )
        won, *lost = cls.env["crm.lead"].create([{"name": f"Known {n}", "team_id": other.id} for n in range(5)])
        won.action_set_won()
        for lead in lost:
            lead.action_set_lost()
        cls.pool = cls._pool("Busy", strategy="rotation", affinity=True)
        for user, values in zip(
            cls.reps,
            [
                {"weight": 2},
                {"weight": 1.5, "skill_domain": "[('city', '=', 'Wuhan')]"},
                {"capacity": 12},
                {"weight": 0.5, "skill_domain": "[('priority', '=', '3')]"},
                {"paused": True},
            ],
            strict=True,
        ):
            cls._member(user).write(values)
        cls.sources = cls.env["utm.source"].create([{"name": f"Fair {n}"} for n in range(3)])
        cls.customer = cls.env["res.partner"].create({"name": "Galaxy Ltd", "company_id": cls.company.id})
        cls.env["lead.pool.assign.rule"].create(
            [
                {
                    "name": "Urgent",
                    "pool_id": cls.pool.id,
                    "domain": "[('priority', '=', '3')]",
                    "strategy": "skill",
                    "sequence": 1,
                },
                {
                    "name": "North",
                    "pool_id": cls.pool.id,
                    "domain": "[('city', '=', 'Beijing')]",
                    "strategy": "default_assignee",
                    "assignee_id": cls.zhao.id,
                    "sequence": 2,
                },
                {
                    "name": "Two in turn",
                    "pool_id": cls.pool.id,
                    "domain": f"[('source_id', '=', {cls.sources[0].id})]",
                    "strategy": "least_loaded",
                    "user_ids": [Command.set((cls.li | cls.wang).ids)],
                    "sequence": 3,
                },
            ]
        )
        cls._held(cls(), cls.wang, partner_name="Comet Ltd", pool=cls.pool)
        cls.leads = cls._leads_of(
            [
                {
                    "name": f"Waiting {number}",
                    "contact_name": "Contact 0",
                    "phone": f"+86 139 0000 {number:04d}",
                    "email_from": f"waiting{number}@example.com",
                    "city": cls.dice.choice(["Beijing", "Wuhan", "Xi'an", False]),
                    "priority": cls.dice.choice("0123"),
                    "source_id": cls.dice.choice([*cls.sources.ids, False]),
                    "partner_name": cls.dice.choice([False, f"Company {number}"]) if number % 20 else "Comet Ltd",
                    "partner_id": cls.dice.choice([False, False, False, cls.customer.id]),
                    "type": cls.dice.choice(["lead", "opportunity"]),
                    "expected_revenue": 1000,
                }
                for number in range(LEADS)
            ],
            cls.pool,
        )
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - (id %% 9) * interval '1 day' WHERE id = ANY(%s)",
            [cls.leads.ids],
        )
        cls.env.invalidate_all()

    def setUp(self):
        super().setUp()
        now = fields.Datetime.now()
        self.startPatcher(freeze_time(now))
        self.startPatcher(patch.object(type(self.env.cr), "now", lambda cr: now))  # by which the ORM dates its writes

    @contextmanager
    def _as_if(self):
        """What happens inside has not happened afterwards."""
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def _after(self, mode, limit=LEADS):
        """All rows of the ledgers and of the leads, after a distribution written in this way."""
        with self._as_if():
            with patch.object(self.registry["crm.lead"], "_pool_write_mode", lambda *_args: mode):
                done = limit
                while done == limit:
                    done = sum(answer["done"] for answer in self.pool._distribute(limit))
            self._balance()
            return {table: self._rows(table) for table in NOISE}

    def _rows(self, table):
        lead = "id" if table == "crm_lead" else "lead_id"
        self.env.cr.execute(f"SELECT * FROM {table} WHERE {lead} = ANY(%s) ORDER BY {lead}", [self.leads.ids])
        return {
            row[lead]: {name: value for name, value in row.items() if name not in NOISE[table]}
            for row in self.env.cr.dictfetchall()
        }

    def test_one_statement_and_the_orm_leave_the_same_in_every_column(self):
        before = self._rows("crm_lead")
        one, orm = self._after("set"), self._after("faithful")
        for table, rows in one.items():
            self.assertEqual(rows.keys(), orm[table].keys(), table)
            for lead_id, row in rows.items():
                self.assertEqual(row, orm[table][lead_id], f"{table} of lead {lead_id}")
        self.assertEqual(len(one["lead_pool_entry"]), LEADS)
        changed = {
            name for lead_id, row in one["crm_lead"].items() for name in row if row[name] != before[lead_id][name]
        }
        self.assertLessEqual({"user_id", "team_id", "date_open", "day_open"}, changed)
        self.assertNotIn("type", changed)

    def _assert_same_each_way(self):
        """:returns: columns of the leads of whoever is of the other team that one statement has changed"""
        before = self._rows("crm_lead")
        one, orm = self._after("set")["crm_lead"], self._after("faithful")["crm_lead"]
        for lead_id, row in one.items():
            self.assertEqual(row, orm[lead_id], f"lead {lead_id}")
        moved = {lead_id: row for lead_id, row in one.items() if row["team_id"] == self.other.id}
        self.assertTrue(moved)
        return {name for lead_id, row in moved.items() for name in row if row[name] != before[lead_id][name]}

    def test_in_a_team_that_wins_otherwise_a_lead_is_as_probable_as_odoo_says(self):
        changed = self._assert_same_each_way()
        self.assertLessEqual({"automated_probability", "probability", "prorated_revenue"}, changed)

    def test_in_a_team_with_properties_a_lead_has_their_defaults(self):
        self.other.lead_properties_definition = [
            {"name": "seats", "string": "Seats", "type": "integer", "default": 3}
        ]  # fmt: skip
        self.assertIn("lead_properties", self._assert_same_each_way())

    def test_the_rules_alone_choose_the_same_holders(self):
        chosen = self._alone()
        written = self._after("set")
        for lead_id, entry in written["lead_pool_entry"].items():
            self.assertEqual(entry["user_id"] or 0, chosen[lead_id], f"lead {lead_id}")
            self.assertEqual(written["crm_lead"][lead_id]["user_id"] or 0, chosen[lead_id], f"lead {lead_id}")
        self.assertGreater(len(set(chosen.values())), 3, "several members take part")

    def test_chunks_do_not_change_who_gets_what(self):
        self.pool.affinity = False  # else a chunk knows who got the one before
        whole, chunked = self._after("set"), self._after("set", limit=37)
        holders = [
            {lead_id: row["user_id"] for lead_id, row in rows["lead_pool_entry"].items()} for rows in (whole, chunked)
        ]
        self.assertEqual(*holders)

    def _alone(self):
        """``{lead id: user id}`` by the rules, from facts that are gathered here by other means than the product's."""
        members = [
            facts.Member(
                user_id=member.user_id.id,
                id=member.id,
                weight=member.weight,
                credit=member.credit,
                paused=member.paused,
                skills=bool(member.skill_domain),
                load=facts.Load(held=facts.Counter(member.held, member.capacity)),
            )
            for member in self.pool.member_ids
        ]
        known_by = defaultdict(tuple)
        for entry in self.env["lead.pool.entry"].search([("pool_id", "=", self.pool.id), ("state", "=", "held")]):
            known_by[entry.lead_id.partner_name] = (entry.user_id.id,)
        entries = [
            facts.Entry(
                entry.lead_id.id,
                matches=frozenset(
                    rule.id for rule in self.pool.assign_rule_ids if self._holds(entry.lead_id, rule.domain)
                ),
                skilled=frozenset(
                    member.user_id.id
                    for member in self.pool.member_ids
                    if member.skill_domain and self._holds(entry.lead_id, member.skill_domain)
                ),
                known_by=known_by[entry.lead_id.partner_name] if entry.lead_id.partner_name else (),
            )
            for entry in self._entries(self.leads).sorted(lambda e: (-int(e.priority or 0), e.entered_at, e.id))
        ]
        choices = distribution.allocate(entries, members, self.pool._policy()[self.pool.id])
        return {choice.entry_id: choice.user_id for choice in choices}

    @staticmethod
    def _holds(lead, text):
        return bool(lead.filtered_domain(fields.Domain(literal_eval(text))))
