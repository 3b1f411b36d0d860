from ast import literal_eval

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.lead_pool.tests.translations import CHINESE, LANG

from .common import ReportsCase

FRIDAY = "2026-03-06 12:00:00"
HOLDING, EVENT, LEAD = (f"lead.pool.analysis.{name}" for name in ("holding", "event", "lead"))


@freeze_time(FRIDAY)
@tagged("post_install", "-at_install")
class TestAnalysis(ReportsCase):
    def setUp(self):
        super().setUp()
        self.env.flush_all()

    def _rows(self, model, user, domain=()):
        return self.env[model].with_user(user).search([("pool_id", "in", (self.pool | self.open_pool).ids), *domain])

    def _sums(self, model, groupby, *measures, user=None, domain=()):
        rows = self.env[model].with_user(user or self.manager)._read_group(domain, [groupby], list(measures))
        return {key: values for key, *values in rows}

    def test_holdings_have_the_figures_of_the_reports(self):
        figures = self._figures(self.manager, "rep_status")
        sums = self._sums(
            HOLDING, "user_id", "__count", "converted:sum", "follow_up_count:sum", "conversion_rate:avg",
            "response_hours:avg",
        )  # fmt: skip
        for user in self.reps:
            row = figures[str(user.id)]
            count, converted, follow_ups, rate, hours = sums[user]
            self.assertEqual((count, converted, follow_ups), (row["received"], row["converted"], row["follow_ups"]))
            self.assertAlmostEqual(rate, row["conversion_rate"] * 100)
            self.assertEqual(hours or 0, 26 if user == self.li else 0, "claimed Monday at 4, followed up Tuesday at 6")

    def test_each_sees_the_rows_of_his_reports(self):
        for user in (self.manager, self.admin, self.leader, self.li, self.zhao):
            received = self._figures(user, "rep_status")["total"]["received"]
            self.assertEqual(len(self._rows(HOLDING, user)), received, user.name)
        self.assertEqual(self._rows(HOLDING, self.leader).user_id, self.wang)
        self.assertEqual(self._rows(EVENT, self.li).user_id | self._rows(EVENT, self.li).from_user_id, self.li)
        self.assertFalse(self._rows(EVENT, self.stranger))
        self.assertFalse(self._rows(LEAD, self.stranger))
        entered = self._figures(self.manager, "pool_dynamics")["total"]["entered"]
        for user in (self.manager, self.admin):
            self.assertEqual(len(self._rows(LEAD, user)), entered)
            self.assertEqual(len(self._rows(EVENT, user, [("kind", "=", "entered")])), entered)

    def test_a_rep_has_the_leads_he_holds_and_those_he_brought_to_an_end(self):
        mine = self._rows(LEAD, self.li)
        self.assertEqual(set(mine.mapped("lead_ref")), set(self.beijing[:2].ids), "converted by her, in her hands")
        self.assertEqual(set(self._rows(LEAD, self.wang).mapped("lead_ref")), {self.shanghai[0].id}, "invalid")
        self.assertEqual(self._rows(LEAD, self.wang).in_scope, True)

    def test_leads_are_valid_and_converted_as_they_are_now(self):
        [(count, valid, rate, converted, share)] = self._sums(
            LEAD, "pool_id", "__count", "valid:sum", "valid_rate:avg", "converted:sum", "conversion_rate:avg",
            domain=[("pool_id", "=", self.open_pool.id)],
        ).values()  # fmt: skip
        # Shanghai keeps the invalid one and got one from Beijing; the other one went to Beijing
        self.assertEqual((count, valid, rate, converted, share), (2, 1, 50, 0, 0))
        fair = self.env["utm.campaign"].create({"name": "Spring Fair"})
        self.beijing[:4].sudo().campaign_id = fair
        self.assertEqual(self._sums(LEAD, "campaign_id", "__count", "converted:sum")[fair], [4, 1])

    def test_undone_claims_and_conversions_are_none(self):
        def counts():
            self.env.flush_all()
            return [len(self._rows(model, self.manager)) for model in (HOLDING, EVENT, LEAD)]

        before = counts()
        self._do(self.zhao, self.beijing[5]).action_claim()
        self._do(self.zhao, self.beijing[5]).action_undo_claim()
        self.assertEqual(counts(), before)
        self.beijing[0].with_user(self.admin).action_undo_conversion()
        self.env.flush_all()
        self.assertFalse(self._rows(HOLDING, self.manager, [("converted", "=", 1)]))
        self.assertFalse(self._rows(LEAD, self.manager, [("converted", "=", 1)]))

    def test_nothing_of_a_lead_but_its_number_and_where_it_came_from(self):
        told = {"lead_ref", "source_id", "campaign_id", "medium_id"}
        of_leads = set(self.env["crm.lead"]._fields) - set(self.env["lead.pool.holding"]._fields)
        for model in (HOLDING, EVENT, LEAD):
            fields = self.env[model]._fields
            self.assertFalse({name for name in fields if fields[name].comodel_name in ("crm.lead", "res.partner")})
            self.assertLessEqual(set(fields) & of_leads - {"company_id", "state"}, told)

    def test_a_lead_opens_only_for_whom_it_is(self):
        row = self._rows(HOLDING, self.li, [("end_reason", "=", "returned")])
        self.assertEqual(row.button_open_lead()["tag"], "display_notification")
        row = self._rows(HOLDING, self.li, [("ended_at", "=", False)])
        self.assertEqual(row.button_open_lead()["res_id"], self.beijing[1].id)

    def test_who_does_not_sell_and_who_works_elsewhere_see_nothing(self):
        other = self.env["res.company"].create({"name": "Elsewhere Ltd"})
        self.manager.company_ids |= other
        for model in (HOLDING, EVENT, LEAD):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.marketing).search([])
            elsewhere = self.env[model].with_user(self.manager).with_context(allowed_company_ids=other.ids)
            self.assertFalse(elsewhere.search([]))
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.manager).search([], limit=1).unlink()

    def test_a_deleted_lead_keeps_its_rows(self):
        holdings = len(self._rows(HOLDING, self.manager))
        self.beijing[3].sudo().unlink()
        self.env.flush_all()
        self.assertEqual(len(self._rows(HOLDING, self.manager)), holdings)
        self.assertEqual(self._rows(LEAD, self.manager, [("closed_as", "=", "deleted")]).valid, 0)

    def test_the_favorites_work_for_everybody_in_his_language(self):
        self.env["res.lang"]._activate_lang(LANG)
        filters = self.env["ir.filters"].search([("model_id", "like", "lead.pool.analysis.")])
        self.assertEqual(len(filters), 9)
        for one in filters:
            Model = self.env[one.model_id].with_user(self.li)
            context = literal_eval(one.context)
            measures = [
                name if name == "__count" else f"{name}:{Model._fields[name].aggregator}"
                for name in context["pivot_measures"]
            ]
            for groups in (context["group_by"], context["pivot_row_groupby"] + context["pivot_column_groupby"]):
                Model.formatted_read_group(literal_eval(one.domain), groups, measures)
        for model in {one.model_id for one in filters}:
            action = filters.filtered(lambda one, model=model: one.model_id == model).action_id
            shown = self.env["ir.filters"].with_user(self.li).with_context(lang=LANG).get_filters(model, action.id)
            self.assertEqual(len(shown), len(filters.filtered(lambda one, model=model: one.model_id == model)))
            self.assertEqual([one["name"] for one in shown if not CHINESE.search(one["name"])], [])

    def test_what_is_not_asked_for_is_not_read(self):
        """Of the ledgers alone, where neither source nor conversion is asked for."""
        for model, column, unread in (
            (HOLDING, "user_id", {"crm_lead", "lead_pool_conversion", "lead_pool_entry"}),
            (EVENT, "kind", {"crm_lead", "res_users"}),
            (LEAD, "pool_id", {"crm_lead", "lead_pool_holding"}),
        ):
            table = self.env[model]._table
            plan = self.env.execute_query(
                SQL(
                    "EXPLAIN SELECT %s, count(*) FROM %s GROUP BY 1", SQL.identifier(column), SQL.identifier(table)
                )
            )  # fmt: skip
            read = {name for name in unread for [line] in plan if f" on {name} " in line}
            self.assertEqual(read, set(), model)
