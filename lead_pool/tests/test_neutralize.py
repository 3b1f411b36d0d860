import re

from odoo.modules.neutralize import neutralize_database
from odoo.tests import tagged

from .common import LeadPoolCase

SECRET = re.compile(r"secret|token|password|^kept_")
NONE = ("body_secret_path",)  # where something secret stands, nothing secret


@tagged("post_install", "-at_install")
class TestNeutralize(LeadPoolCase):
    """A copy of the database for trials: nothing goes out of it, nothing comes in, and it knows no secret."""

    def _columns(self):
        """``{model: [names of columns that hold a secret]}`` of what the lead pools keep; and of who has a switch and
        sends something."""
        found = {}
        for name, model in self.env.registry.models.items():
            if not model._auto or model._abstract or model._transient:
                continue
            ours = {
                field_name
                for field_name, field in model._fields.items()
                if field.store and field.type == "char" and SECRET.search(field_name)
                if any(module.startswith("lead_pool") for module in field._modules)
            }
            if ours - set(NONE):
                found[name] = sorted(ours - set(NONE))
        return found

    def test_every_secret_is_forgotten_and_whoever_has_one_is_switched_off(self):
        web = {"url": "https://example.com/in?key=1", "secret": "a-secret-that-is-long"}
        intake = self.env["lead.pool.intake"].create(
            {
                "name": "Platform",
                "kind": "json",
                "signature_method": "hmac_body",
                "secret": "of the platform",
                "body_secret_path": "key",
                "body_secret": "in the body",
                "verify_token": "of Meta",
                "page_token": "EAAofthepage0123456789",
            }
        )
        made = {
            "lead.pool.robot": self.env["lead.pool.robot"].create({"name": "R", "platform": "webhook", **web}),
            "lead.pool.webhook": self.env["lead.pool.webhook"].create({"name": "W", **web}),
            "lead.pool.intake": intake,
        }
        self.env["ir.config_parameter"].set_param("lead_pool.health_token", "of the monitor")
        columns = self._columns()
        self.assertEqual(set(columns), set(made), "one that holds a secret is forgotten when a copy is neutralized?")
        before = {(name, column): made[name].sudo()[column] for name, column in self._flat(columns)}
        self.assertTrue(all(before.values()), before)
        address = intake.token

        self.env.flush_all()
        neutralize_database(self.env.cr)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

        for name, column in self._flat(columns):
            with self.subTest(model=name, column=column):
                self.assertNotEqual(made[name].sudo()[column], before[name, column])
                if column != "token":  # an address is needed, another one
                    self.assertFalse(made[name].sudo()[column])
        for model, record in made.items():
            self.assertFalse(record.active, model)
        self.assertFalse(self.env["ir.config_parameter"].get_param("lead_pool.health_token"))
        self.assertFalse(self.env["lead.pool.intake"]._by_token(address))

    @staticmethod
    def _flat(columns):
        return [(name, column) for name, of_model in columns.items() for column in of_model]

    def test_what_happens_in_the_copy_is_told_to_nobody(self):
        web = {"url": "https://example.com/in?key=1", "secret": "a-secret-that-is-long"}
        self.env["lead.pool.robot"].create({"name": "R", "platform": "webhook", "pool_id": self.pool.id, **web})
        hook = self.env["lead.pool.webhook"].create({"name": "W", **web})
        self.env.flush_all()
        neutralize_database(self.env.cr)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self._held(self.li, 2)
        self.env.cr.precommit.run()
        self.assertFalse(self.env["lead.pool.robot.message"].search([("pool_id", "=", self.pool.id)]))
        hook.active = True  # somebody switches it on by mistake
        self.assertFalse(hook.action_send_sample()["done"], "it does not know where to")
        ours = self.env["ir.model.data"].search([("module", "=like", "lead_pool%"), ("model", "=", "ir.cron")])
        crons = self.env["ir.cron"].with_context(active_test=False).browse(ours.mapped("res_id"))
        self.assertEqual(set(crons.mapped("active")), {False}, "Odoo's own part")
