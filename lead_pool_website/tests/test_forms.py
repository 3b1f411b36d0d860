from lxml import html

from odoo.tests import TransactionCase, freeze_time, tagged

from ..forms import HONEYPOT, SIGNATURE, decides, fixed_values, prepare_forms

PAGE = """<section><form action="/website/form/" data-model_name="crm.lead">
    <input name="contact_name"/><input type="hidden" name="team_id" value="3"/>
    <select name="priority"><option value=""></option><option value="1">x</option><option value="2">y</option></select>
</form><form action="/website/form/" data-model_name="mail.mail"><input name="team_id" value="4"/></form></section>"""


@tagged("post_install", "-at_install")
class TestForms(TransactionCase):
    def prepared(self, times=1):
        page = html.fromstring(PAGE)
        for _time in range(times):
            prepare_forms(page, self.env(su=True))
        return page

    def test_a_form_for_leads_is_signed_and_gets_a_bait_once(self):
        page = self.prepared(times=2)  # as a page that was saved from the editor
        [bait] = page.xpath(f"//input[@name='{HONEYPOT}']")
        self.assertEqual(bait.getparent().get("aria-hidden"), "true")
        [signature] = page.xpath(f"//input[@name='{SIGNATURE}']/@value")
        self.assertEqual(fixed_values(self.env(su=True), signature), {"team_id": ["3"], "priority": ["1", "2"]})

    def test_what_the_editor_saves_is_the_designers(self):
        """Nothing of ours stays in a page: not in the designer's way, nor when the add-on is gone."""
        view = self.env["ir.ui.view"].create({"name": "Offer", "type": "qweb", "arch": f"<div>{PAGE}</div>"})
        shown = html.tostring(self.prepared(), encoding="unicode")
        self.assertIn(HONEYPOT, shown)
        view.save(shown.replace("<section>", "<section class='wide'>"), xpath="/div[1]/section[1]")
        self.assertIn("wide", view.arch)
        self.assertEqual(html.fromstring(view.arch).xpath("//form[1]//@name"), ["contact_name", "team_id", "priority"])
        self.assertNotIn("lead_pool", view.arch)

    def test_a_signature_that_was_touched_says_nothing(self):
        [signature] = self.prepared().xpath(f"//input[@name='{SIGNATURE}']/@value")
        for forged in (signature.replace("team_id=3", "team_id=4"), "team_id=3", "team_id=3:", ":", "", "é:é"):
            self.assertEqual(fixed_values(self.env(su=True), forged), {}, forged)

    def test_what_a_visitor_says_of_himself_is_free(self):
        free = {"name", "contact_name", "partner_name", "email_from", "phone", "description", "city", "x_size"}
        self.assertFalse([name for name in free if decides(name)])
        ours = {name for name in self.env["crm.lead"]._fields if name.startswith(("pool_", "date_", "lp_"))}
        self.assertFalse([name for name in ours | {"user_id", "team_id", "stage_id", "active"} if not decides(name)])


@tagged("post_install", "-at_install")
class TestTally(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].create(
            {"name": "Shop", "lead_pool_forms_per_minute": 2, "lead_pool_form_seconds": 5}
        )
        cls.tally = cls.env["lead.pool.website.tally"]

    def refusal(self, stamp, address="192.0.2.1"):
        return self.tally._refusal(self.website, address, stamp)

    def test_a_page_counts_once_after_the_seconds(self):
        self.website.lead_pool_forms_per_minute = 0
        with freeze_time("2026-03-02 09:00:00"):
            stamp = self.tally._stamp()
            self.assertIn("very quick", self.refusal(stamp))
        with freeze_time("2026-03-02 09:00:05"):
            self.assertEqual(self.refusal(stamp), "")
            self.assertIn("out of date", self.refusal(stamp))
        with freeze_time("2026-03-03 09:00:06"):
            self.assertIn("out of date", self.refusal(self.tally._stamp()[:-1]))
            self.assertIn("out of date", self.refusal(stamp))

    def test_a_stamp_of_somebody_elses_making(self):
        for stamp in ("", ".", "1.2.3", "é", "9999999999.aa." + "0" * 64):
            self.assertIn("out of date", self.refusal(stamp, address=stamp))

    def test_an_address_has_so_many_forms_in_a_minute(self):
        self.website.lead_pool_form_seconds = 0
        with freeze_time("2026-03-02 09:00:30"):
            self.assertEqual([self.refusal("") for _form in range(2)], ["", ""])
            self.assertIn("wait a minute", self.refusal(""))
            self.assertEqual(self.refusal("", address="192.0.2.2"), "")
        with freeze_time("2026-03-02 09:01:00"):
            self.assertEqual(self.refusal(""), "")
        self.assertNotIn("192.0.2.1", str(self.tally.search([]).mapped("key")))

    def test_what_is_old_is_forgotten(self):
        with freeze_time("2026-03-02 09:00:00"):
            self.refusal(self.tally._stamp())
        with freeze_time("2026-03-04 09:00:00"):
            self.tally._gc_tally()
        self.assertFalse(self.tally.search([("expires_at", "<", "2026-03-04 09:00:00")]))
