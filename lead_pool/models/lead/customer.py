"""The customer of a lead: found where there is one, filled where he is empty, made where there is none."""

from odoo import models
from odoo.fields import Command
from odoo.tools.mail import parse_contact_from_email

from ..lead_pool_conversion import Notes
from ..lead_pool_gate_key import GUARDED

#: An address is taken as a whole or not at all: a street of one and a city of another one is nobody's.
ADDRESS = ("street", "street2", "zip", "city", "state_id", "country_id")
#: What a new customer gets and an existing one never.
OF_A_NEW_ONE = frozenset("name parent_id is_company type company_name user_id lang".split())
#: What is the contact's, where there is one: a company that is known does not get his position and his phone.
OF_A_PERSON = frozenset("function phone email".split())


class LeadCustomer(models.AbstractModel):
    _name = "lead.pool.lead.customer"
    _description = "The Customer of a Lead"

    # ------------------------------------------------------------
    # FIND
    # ------------------------------------------------------------

    def _person(self):
        """Who the lead is about, as ``lead.identity`` asks for it."""
        self.ensure_one()
        return {
            "phone": self.phone,
            "email": self.email_from,
            "wechat": self.wechat,
            "company": self.partner_name,
            "contact": self.contact_name,
            "registry": self.company_registry_code,
            "country_id": self.country_id.id,
            "company_id": self.company_id.id,
        }

    def _contact(self):
        """The name of the person, as Odoo makes it one: from the mail address where nobody wrote it."""
        return self.contact_name or (self.email_from and parse_contact_from_email(self.email_from)[0])

    def _existing_customer(self):
        """The customer that this lead surely is of, as far as the caller may read him.

        :returns: ``(person, company)``, ``res.partner`` both, either may be empty: of a company that is known its
            contact may be new
        """
        return self._look_for_customer()[:2]

    def _look_for_customer(self):
        """:returns: ``(person, company, by)``: as :meth:`_existing_customer`, and what they have in common with the
        lead, as ``rules.identity.KINDS``"""
        self.ensure_one()
        Partner = self.env["res.partner"]
        person = company = Partner
        [matches] = self.env["lead.identity"].sudo()._matches([self._person()])
        matches = [match for match in matches if match.model == "res.partner"]
        company_of_lead = self._company_of_customers()
        readable = Partner.browse([match.id for match in matches]).exists()._filtered_access("read")
        if company_of_lead:
            readable = readable.filtered(lambda partner: partner.company_id <= company_of_lead)
        found = [(match, Partner.browse(match.id)) for match in matches if match.id in readable._ids]
        for match, partner in found:
            if not match.sure:
                continue
            if not partner.is_company and not person and {"phone", "email", "wechat"} & set(match.by):
                person = partner
            if partner.is_company and not company:
                company = partner
        if not company and not person:
            named = [partner for match, partner in found if partner.is_company and "company" in match.by]
            same = [partner for partner in named if self._same_company(partner)]
            company = same[0] if len(same) == 1 else Partner
        if person and not company and person.commercial_partner_id.is_company:
            company = person.commercial_partner_id._filtered_access("read")
        if not person and company and not self._contact():
            person = company
        by = next((match.by for match, partner in found if partner == (person or company)), ())
        return person, company, by

    def _company_of_customers(self):
        """The company whose customers, besides those of all companies, this lead may be of."""
        return self.company_id or self.sudo().pool_id.company_id

    def _same_company(self, partner):
        """Whether a company's name is that of the lead, but for width, case and legal form."""
        names = [{"company": name} for name in (self.partner_name, partner.name)]
        ours, theirs = (asked.facts.company_key for asked in self.env["lead.identity"]._asked(names))
        return bool(ours) and ours == theirs

    def _create_customer(self, with_parent=None):
        """Odoo's way to a new customer. Who is known is not made again, also where two leads of one company are
        converted at the same moment: the second one waits, and finds him."""
        if not self.env["lead.pool"]._in_use():
            return super()._create_customer(with_parent=with_parent)
        notes = self._conversion_notes()
        if notes and notes.known:  # found a moment ago, when others had begun to wait
            person, company = notes.known
        else:
            self._hold_customers()
            anew = notes and notes.anew
            person, company = self._existing_customer() if not anew else (self.partner_id.browse(),) * 2
        if person and (not with_parent or person.commercial_partner_id == with_parent.commercial_partner_id):
            return person
        known = company or with_parent
        customer = super()._create_customer(with_parent=with_parent or company or None)
        self._note_conversion(lambda notes: notes.made((customer | customer.parent_id) - (known or customer.browse())))
        return customer

    def _hold_customers(self):
        """Wait for whoever makes a customer of the same person or company this very moment. Before entries are locked:
        that is the order of the gate, too."""
        asked = self.env["lead.identity"]._asked([lead._person() for lead in self])
        keys = set().union(*(one.facts.keys for one in asked))
        guarded = {(kind, key) for kind, key in keys if kind in GUARDED or kind == "company"}
        self.env["lead.pool.gate.key"].sudo()._hold(guarded)
        self.env["res.partner"].flush_model()

    def _note_conversion(self, note):
        """Have what was made or filled written down, where a conversion is under way.

        :param note: callable ``(Notes)``
        """
        if notes := self._conversion_notes():
            note(notes)

    def _conversion_notes(self):
        notes = self.env.context.get("lead_pool_conversion")
        return notes if isinstance(notes, Notes) else None

    # ------------------------------------------------------------
    # FILL
    # ------------------------------------------------------------

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        values = super()._prepare_customer_values(partner_name, is_company=is_company, parent_id=parent_id)
        if self.env["lead.pool"]._in_use():
            alone = not is_company and not parent_id and not self.partner_name
            self._add_carried(values, ["company"] if is_company else ["contact", "company"] if alone else ["contact"])
        return values

    def _add_carried(self, values, places):
        """Add to the values of a contact or company what the mapping brings there."""
        for place in places:
            for name, (value, _loss, _pair) in self.env["lead.pool.mapping"]._carried(self, place).items():
                column, is_property, key = name.partition(".")
                if value is not None and is_property:
                    values.setdefault(column, {}).setdefault(key, value)
                elif value is not None and not values.get(name):
                    values[name] = value

    def _fill_customers(self):
        """Give the customers of these leads what they lack and the leads know; nothing they have is changed."""
        if not self.env["lead.pool"]._in_use():
            return
        for lead in self.filtered("partner_id"):
            notes = lead._conversion_notes()
            for partner, values in lead._missing_at_customer(without=notes.partner_ids if notes else ()):
                if values and partner.has_access("write"):
                    partner.write(self.env["lead.pool.mapping"]._with_properties(partner, values))
                    lead._note_conversion(lambda notes, partner=partner, values=values: notes.filled(partner, values))

    def _missing_at_customer(self, without=()):
        """``[(partner, values)]`` for the contact and the company of this lead's customer.

        :param without: ids of who was made of this lead a moment ago, and has all that it knows
        """
        contact = self.partner_id
        company = contact.commercial_partner_id
        found = []
        if not contact.is_company and contact.id not in without:
            found.append((contact, self._lacking(contact)))
        if company.is_company and company.id not in without:
            found.append((company, self._lacking(company, without=OF_A_PERSON if company != contact else ())))
        return found

    def _lacking(self, partner, without=()):
        values = self._prepare_customer_values(partner.name, partner.is_company, partner.parent_id.id)
        if partner == partner.commercial_partner_id:
            self._add_carried(values, ["company"])  # he is the customer himself, whatever the lead says
        has_address = any(partner[name] for name in ADDRESS)
        Mapping = self.env["lead.pool.mapping"]
        values.update({f"properties.{key}": value for key, value in (values.pop("properties", None) or {}).items()})
        lacking = {}
        for name, value in values.items():
            if (
                name in OF_A_NEW_ONE
                or name in without
                or not value
                or value == [Command.set([])]
                or not Mapping._exists(partner._name, name)
            ):
                continue
            if Mapping._raw(partner, name) or (has_address and name in ADDRESS):
                continue
            lacking[name] = value
        return lacking

    # ------------------------------------------------------------
    # ORDER
    # ------------------------------------------------------------

    def _prepare_opportunity_quotation_context(self):
        context = super()._prepare_opportunity_quotation_context()
        if not self.env["lead.pool"]._in_use():
            return context
        for name, (value, _loss, _pair) in self._carried_to_order(self.partner_id).items():
            if value is not None and not context.get(f"default_{name}"):
                context[f"default_{name}"] = value
        lines = self._order_lines()
        if lines:
            context.setdefault("default_order_line", lines)
        return context

    def _carried_to_order(self, customer):
        """What the order of this customer, who may be new and empty, gets by the mapping."""
        return self.env["lead.pool.mapping"]._carried(self, "order", currency=self._currency_of_order(customer))

    def _currency_of_order(self, customer):
        """That of the customer's price list, as Odoo chooses it."""
        company = self.company_id or self.env.company
        customer = customer or customer.new({"country_id": self.country_id.id})
        return customer.with_company(company).property_product_pricelist.currency_id or company.currency_id

    def _order_lines(self):
        """A line for each product of interest of which there is one variant only."""
        products = self.product_interest_ids.filtered(lambda product: product.sale_ok and product.active)
        variants = products.mapped("product_variant_ids")
        return [
            Command.create({"product_id": variant.id, "product_uom_qty": 1})
            for variant in variants
            if len(variant.product_tmpl_id.product_variant_ids) == 1
        ]
