from odoo.tests import tagged

from odoo.addons.lead_pool.tests.common import LeadPoolCase

from ..models.lead_pool_tally import FACTS


@tagged("post_install", "-at_install")
class TestSampleInReports(LeadPoolCase):
    """What reports have added up of the sample is taken off; what they have of the company's own leads stays."""

    def _count(self):
        """As the scheduled action does: several times, for what is settled is counted by a later one; and each to its
        end, for other tests may have used up many numbers of events."""
        tally, change = self.env["lead.pool.tally"].sudo(), self.env["lead.pool.fact.change"].sudo()
        for _turn in range(6):
            for step in (tally._open_zone, tally._count, change._tell_events):
                while step()[1]:
                    pass
            change._tell_changes()

    def _sums(self):
        names = ["lead.pool.tally", "lead.pool.tally.day", "lead.pool.tally.rep", "lead.pool.fact.change", *FACTS]
        names += {sums for facts in FACTS for sums in self.env[facts]._sums}
        return {name: self.env[name].sudo().search_count([]) for name in names}

    def _differences(self):
        found = []
        health = self.env["lead.pool"]
        for phase in ("tallies", "facts"):
            after = 0
            while after is not None:
                after, _count, some = health._compare(phase, after, mend=False)
                found += some
        return found

    def test_what_was_counted_is_taken_off(self):
        own = self._leads(2)
        self._claim(self.li, own[0])
        own[0].with_user(self.li).action_follow_up({"note": "They want a visit in spring"})
        self._count()
        before = self._sums()
        self.assertTrue(before["lead.pool.tally"])
        sample = self.env["lead.pool.sample"].with_user(self.manager)
        sample.action_load_sample()
        self._count()
        self.assertNotEqual(self._sums(), before)
        sample.action_remove_sample(dry_run=False)
        self.assertEqual(self._sums(), before)
        self.assertEqual(self._differences(), [])
