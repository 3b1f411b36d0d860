import json
from base64 import b64encode

from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, tagged

from .policy_io import PolicyCase


class TestPolicyWizard(PolicyCase):
    def _wizard(self, file, user, pool=None):
        Wizard = self.env["lead.pool.policy.import"].with_user(user)
        form = Form(Wizard.with_context(default_pool_id=pool.id if pool else False))
        form.file = b64encode(json.dumps(file).encode())
        return form.save()

    def test_changes_and_problems_are_shown_before_anything_changes(self):
        file = self._file()
        file["settings"]["cooling_days"] = 3
        file["member_ids"].append({"user_id": "nobody"})
        wizard = self._wizard(file, self.admin, self.pool)
        before = self._state()
        wizard.action_show()
        self.assertEqual(wizard.diff, "• Cooling-off: 5 → 3")
        self.assertIn("“nobody”", wizard.problems)
        self.assertEqual(self._state(), before)
        action = wizard.action_apply()
        self.assertIn("1 changes", action["params"]["message"])
        self.assertEqual(self.pool.cooling_days, 3)

    def test_another_file_can_be_chosen(self):
        wizard = self._wizard(self._file(), self.admin, self.pool)
        wizard.action_show()
        self.assertEqual((wizard.shown, wizard.diff, wizard.problems), (True, "", ""))
        wizard.action_back()
        self.assertFalse(wizard.shown)
        for broken in (b64encode(b"no file"), b"x", False):
            wizard.file = broken
            with self.assertRaisesRegex(UserError, "no policy file"):
                wizard.action_show()

    def test_a_new_pool_opens(self):
        action = self._wizard(self._file(name="Nanjing"), self.manager).action_apply()["params"]["next"]
        self.assertEqual(self.env[action["res_model"]].browse(action["res_id"]).name, "Nanjing")

    def test_it_is_in_the_menus_of_who_may_use_it(self):
        for user, count in ((self.admin, 2), (self.manager, 2), (self.li, 0)):
            bindings = self.env["ir.actions.actions"].with_user(user).get_bindings("lead.pool")
            names = {action["name"] for actions in bindings.values() for action in actions}
            self.assertEqual(len(names & {"Import Policy", "Export Policy"}), count, user.name)


@tagged("post_install", "-at_install")
class TestPolicyDownload(HttpCase, PolicyCase):
    def test_a_pool_admin_downloads_the_file_and_a_rep_does_not(self):
        self.admin.password = self.li.password = "a long enough password"
        self.authenticate("pooladmin", "a long enough password")
        response = self.url_open(self.pool.with_user(self.admin).button_export_policy()["url"])
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertIn("Beijing.json", response.headers["Content-Disposition"])
        self.assertEqual(response.json(), self._file())
        self.assertEqual(self.url_open("/lead_pool/policy/999999999").status_code, 404)
        self.authenticate("li", "a long enough password")
        response = self.url_open(f"/lead_pool/policy/{self.pool.id}")
        self.assertEqual(response.status_code, 403)
        self.assertNotIn("settings", response.text)
