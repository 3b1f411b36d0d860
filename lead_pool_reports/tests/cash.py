from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.fields import Command

from odoo.addons.lead_pool.tests.common import LeadPoolCase

from .common import ReportReader

APRIL = {"period": "custom", "date_from": "2026-04-01", "date_to": "2026-04-30"}


class CashCase(ReportReader, LeadPoolCase):
    """A month of three campaigns, from the lead to the money; 1 EUR is 2 USD, from April 15 on 2.50 USD.

    | Lead  | Brought by           | What came of it                                                                |
    |-------|----------------------|--------------------------------------------------------------------------------|
    | acme  | Fair                 | customer Acme, order and invoice of 1,000; 400 paid on April 10                 |
    | beta  | Fair, then Mail      | customer Beta, order and invoice of 300 EUR at 2 = 600; 300 EUR paid on April   |
    |       |                      | 20 at 2.50 = 750                                                               |
    | again | Mail                 | once more Acme; order and invoice of 500, paid on April 12 without an entry in  |
    |       |                      | the journals; of another 200, paid on April 13, 50 were paid back on April 16   |
    |       |                      | for a credit note                                                              |
    | none  | nothing              | opportunity over 900; its order over 900 was cancelled                          |
    | bad   | Search               | marked invalid                                                                 |
    | three | Fair, Mail, Search   | customer Carl, order and invoice of 100, paid on April 18                       |
    | idle  | nothing              | waits                                                                          |

    And an order of 50 that names the campaign Search and comes from no lead. Costs: Fair 300 planned on April 1 and
    100 EUR spent on April 3 = 500, Mail 1,000 spent on April 2 of 800 planned. Li has the leads acme, beta and again,
    Wang the others.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.robot = cls._user("robot", "lead_pool.group_integration", "Robot")
        cls.leader = cls._user("leader", "sales_team.group_sale_salesman", "Leader")
        cls.env["crm.team"].create({"name": "South", "user_id": cls.leader.id, "member_ids": [(4, cls.wang.id)]})
        cls.fair, cls.mail, cls.search_ad = cls.env["utm.campaign"].create(
            [{"title": "Fair"}, {"title": "Mail"}, {"title": "Search"}]
        )
        cls.euro = cls._euro()
        cls.product = cls.env["product.product"].create(
            {"name": "Course", "type": "service", "invoice_policy": "order", "taxes_id": False}
        )
        cls.pricelists = {
            currency: cls.env["product.pricelist"].create({"name": currency.name, "currency_id": currency.id})
            for currency in (cls.company.currency_id, cls.euro)
        }
        cls.bank = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.Partner = cls.env["res.partner"]
        cls._bring_leads()
        cls._sell()
        with freeze_time("2026-04-25"):
            cls.env["lead.pool.campaign.cost"].with_user(cls.marketing).create(
                [
                    {"campaign_id": cls.fair.id, "date": "2026-04-01", "planned_amount": 300},
                    {
                        "campaign_id": cls.fair.id,
                        "date": "2026-04-03",
                        "actual_amount": 100,
                        "currency_id": cls.euro.id,
                    },
                    {"campaign_id": cls.mail.id, "date": "2026-04-02", "planned_amount": 800, "actual_amount": 1000},
                    {"campaign_id": cls.fair.id, "date": "2026-05-01", "actual_amount": 7777},
                ]
            )
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _euro(cls):
        euro = cls.env.ref("base.EUR")
        euro.active = True
        euro.rate_ids.unlink()
        for day, rate in (("2026-01-01", 0.5), ("2026-04-15", 0.4)):
            cls.env["res.currency.rate"].create(
                {"name": day, "rate": rate, "currency_id": euro.id, "company_id": cls.company.id}
            )
        return euro

    @classmethod
    def _bring_leads(cls):
        def come(number, campaign):
            cls.env["lead.pool"].with_user(cls.robot).action_take_in(
                [{"contact_name": f"No. {number}", "phone": f"+8613900000{number:03d}", "pool_id": cls.pool.id,
                  **({"campaign_id": campaign.id} if campaign else {})}]
            )  # fmt: skip

        campaigns = [cls.fair, cls.fair, cls.mail, None, cls.search_ad, cls.fair, None]
        with freeze_time("2026-04-01 02:00:00"):
            for number, campaign in enumerate(campaigns):
                come(number, campaign)
        with freeze_time("2026-04-02 02:00:00"):
            come(1, cls.mail)
            come(5, cls.mail)
        with freeze_time("2026-04-02 03:00:00"):
            come(5, cls.search_ad)
        leads = cls.env["lead.pool.entry"].search([("pool_id", "=", cls.pool.id)], order="lead_ref").lead_id
        cls.acme, cls.beta, cls.again, cls.nothing, cls.bad, cls.three, cls.idle = leads
        with freeze_time("2026-04-02 04:00:00"):
            cls._do(cls.li, cls.acme | cls.beta | cls.again).action_claim()
            cls._do(cls.wang, cls.nothing | cls.bad | cls.three).action_claim()
            cls._do(cls.wang, cls.bad).action_mark_invalid(cls._reason("invalid").id)
        customers = cls.Partner.create(
            [{"name": name, "is_company": True} for name in ("Acme", "Beta", "Carl", "Dora")]
        )
        cls.customers = dict(zip("abcd", customers, strict=True))
        with freeze_time("2026-04-03 04:00:00"):
            for user, lead, customer in (
                (cls.li, cls.acme, "a"),
                (cls.li, cls.beta, "b"),
                (cls.li, cls.again, "a"),
                (cls.wang, cls.nothing, "d"),
                (cls.wang, cls.three, "c"),
            ):
                lead.with_user(user).action_convert({"partner_id": cls.customers[customer].id})
        cls.nothing.sudo().expected_revenue = 900

    @classmethod
    def _order(cls, day, customer, amount, lead=None, campaign=None, currency=None):
        with freeze_time(f"{day} 04:00:00"):
            order = cls.env["sale.order"].create(
                {
                    "partner_id": cls.customers[customer].id,
                    "opportunity_id": lead.id if lead else False,
                    "user_id": lead.user_id.id if lead else False,
                    "campaign_id": campaign.id if campaign else False,
                    "pricelist_id": cls.pricelists[currency or cls.company.currency_id].id,
                    "order_line": [
                        Command.create({"product_id": cls.product.id, "price_unit": amount, "tax_ids": False})
                    ],
                }
            )
            order.action_confirm()
        return order

    @classmethod
    def _invoice(cls, day, orders):
        with freeze_time(f"{day} 04:00:00"):
            invoice = orders._create_invoices()
            invoice.invoice_date = day
            invoice.action_post()
        return invoice

    @classmethod
    def _pay(cls, day, move, amount, entry=True):
        """Register a payment. With the Accounting app, one by a method without an account has no entry in the journals;
        it is in process until somebody, or the bank, says that it is paid."""
        state = "paid" if entry else "in_payment"
        Move = type(cls.env["account.move"])
        with freeze_time(f"{day} 04:00:00"), patch.object(Move, "_get_invoice_in_payment_state", lambda self: state):
            wizard = (
                cls.env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=move.ids)
                .create({"payment_date": day, "amount": amount, "journal_id": cls.bank.id})
            )
            wizard.payment_method_line_id.payment_account_id = cls.bank.default_account_id if entry else False
            return wizard._create_payments()

    @classmethod
    def _sell(cls):
        cls.order = cls._order("2026-04-05", "a", 1000, cls.acme)
        cls._pay("2026-04-10", cls._invoice("2026-04-06", cls.order), 400)
        cls.foreign = cls._order("2026-04-07", "b", 300, cls.beta, currency=cls.euro)
        cls._pay("2026-04-20", cls._invoice("2026-04-08", cls.foreign), 300)
        invoice = cls._invoice("2026-04-09", cls._order("2026-04-08", "a", 500, cls.again))
        cls.unentered = cls._pay("2026-04-12", invoice, 500, entry=False)
        cls.unentered.action_validate()
        invoice = cls._invoice("2026-04-09", cls._order("2026-04-08", "a", 200, cls.again))
        cls._pay("2026-04-13", invoice, 200)
        with freeze_time("2026-04-14 04:00:00"):
            refund = invoice._reverse_moves([{"invoice_date": date(2026, 4, 14), "date": date(2026, 4, 14)}])
            refund.invoice_line_ids.price_unit = 50
            refund.action_post()
        cls._pay("2026-04-16", refund, 50)
        cls._order("2026-04-08", "d", 900, cls.nothing)._action_cancel()
        cls._pay("2026-04-18", cls._invoice("2026-04-10", cls._order("2026-04-09", "c", 100, cls.three)), 100)
        cls._order("2026-04-11", "d", 50, campaign=cls.search_ad)
