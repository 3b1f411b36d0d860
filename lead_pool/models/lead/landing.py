"""What of a lead lands where when it is converted: shown before, written down afterwards."""

from dataclasses import asdict, dataclass, replace

from odoo import models

from ..mapping.field_facts import ON_WISH
from .customer import ADDRESS, OF_A_NEW_ONE, OF_A_PERSON

#: Fields of a customer that Odoo fills itself, and the lead's field of each.
BY_ODOO = {
    "email": "email_from",
    "phone": "phone",
    "function": "function",
    "website": "website",
    "comment": "description",
    "lang": "lang_id",
    **{name: name for name in ADDRESS},
}
#: The same of an order.
BY_ODOO_ON_ORDERS = {"tag_ids": "tag_ids", "order_line": "product_interest_ids"}


@dataclass(frozen=True)
class Landing:
    """A value of a lead and one place where it goes.

    ``outcome``: ``new`` (a new record gets it), ``fills`` (it was empty there), ``same`` (it is there already),
    ``keeps`` (another value is there and stays), ``lost`` (it cannot be carried), ``stays`` (on the opportunity alone).
    ``loss``: what is lost on the way, a code of ``rules.mapping.LOSSES``, wholly where the outcome is ``lost``.
    A field may be a property, see ``lead.pool.mapping.properties``.
    """

    lead_field: str
    goes_to: str  # company, contact, order, opportunity
    target_field: str
    outcome: str
    text: str  # of the lead
    there: str = ""  # what the place holds afterwards
    loss: str = ""


class LeadLanding(models.AbstractModel):
    _name = "lead.pool.lead.landing"
    _description = "Where the Values of a Lead Land"

    def _landings(self, person, company, with_customer=True, with_order=False, parts=None):
        """Where each value of this lead lands.

        :param person: the contact that exists, or empty: he is made
        :param company: the company that exists, or empty: it is made if the lead names one
        :param with_customer: there will be a customer
        :param with_order: there will be an order
        :param parts: from :meth:`_parts`, where somebody has asked already
        :returns: ``[Landing]`` in the order of the places; a value that lands nowhere ``stays``
        """
        self.ensure_one()
        landings = []
        if with_customer:
            for part in parts or self._parts(person, company):
                landings += self._landings_at(*part)
        if with_order:
            landings += self._landings_at_order(person or company if with_customer else person.browse())
        landed = {landing.lead_field for landing in landings}
        Mapping = self.env["lead.pool.mapping"]
        for name in Mapping._names("crm.lead"):
            if name not in landed and name not in ON_WISH and Mapping._raw(self, name):
                landings.append(Landing(name, "opportunity", name, "stays", self._in_words(name), self._in_words(name)))
        return landings

    def _read_what_is_carried(self):
        """Read at once what is looked at one by one: Odoo reads a custom field alone, and for itself."""
        names = [
            name
            for name in self.env["lead.pool.mapping"]._field_names("crm.lead")
            if self._has_field_access(self._fields[name], "read")
        ]
        self.fetch(names)

    def _parts(self, person, company):
        """The company and the contact that a customer consists of: ``[(place, record or empty, values of a new one,
        whether the contact is the customer himself)]``."""
        names_company = bool(company) or (bool(self.partner_name) and not person)
        names_person = not person.is_company if person else bool(self._contact()) or not names_company
        parts = []
        if names_company:
            values = self._prepare_customer_values(self.partner_name or company.name, True)
            if company and names_person:
                values = {name: value for name, value in values.items() if name not in OF_A_PERSON}
            parts.append(("company", company, values, False))
        if names_person:
            parent_id = company.id or (names_company and -1)  # one that is made
            values = self._prepare_customer_values(self._contact() or self.name, False, parent_id)
            parts.append(("contact", person, values, not names_company))
        return parts

    def _landings_at(self, place, record, values, alone):
        """
        :param record: the contact or company that exists, or empty
        :param values: what a new one would get
        :param alone: the contact is the customer himself
        """
        Mapping = self.env["lead.pool.mapping"]
        carried = Mapping._carried(self, place)
        if alone:
            carried = {**Mapping._carried(self, "company"), **carried}
        sources = {target: source for target, source in BY_ODOO.items() if self[source]}
        name = "partner_name" if place == "company" else "contact_name"
        if self[name]:
            sources["name"] = name
        landings = []
        has_address = any(record[part] for part in ADDRESS) if record else False
        for target, source in sources.items():
            if target in carried or not values.get(target):
                continue
            kept = bool(record) and (
                bool(record[target]) or target in OF_A_NEW_ONE or (has_address and target in ADDRESS)
            )
            landings.append(self._landing(source, place, target, values[target], record, kept))
        for target, (value, loss, pair) in carried.items():
            if value is None:
                landings.append(
                    Landing(pair.source.name, place, target, "lost", self._in_words(pair.source.name), "", loss)
                )
                continue
            kept = bool(record) and bool(Mapping._raw(record, target))
            landings.append(self._landing(pair.source.name, place, target, value, record, kept, loss))
        if record and not record.has_access("write"):
            landings = [
                replace(one, outcome="lost", there="", loss="no_right") if one.outcome == "fills" else one
                for one in landings
            ]
        return landings

    def _landings_at_order(self, customer):
        order, currency = self.env["sale.order"], self._currency_of_order(customer)
        landings = []
        for target, source in BY_ODOO_ON_ORDERS.items():
            if self[source] and (target != "order_line" or self._order_lines()):
                words = self._in_words(source)
                landings.append(Landing(source, "order", target, "new", words, words))
        for target, (value, loss, pair) in self._carried_to_order(customer).items():
            if value is None:
                landings.append(
                    Landing(pair.source.name, "order", target, "lost", self._in_words(pair.source.name), "", loss)
                )
            else:
                landings.append(self._landing(pair.source.name, "order", target, value, order, False, loss, currency))
        return landings

    def _landing(self, source, place, target, value, record, kept, loss="", currency=None):
        Mapping = self.env["lead.pool.mapping"]
        carried = Mapping._shown(record, target, value, currency)
        there = Mapping._shown(record, target) if kept else carried
        outcome = "new" if not record else "fills" if not kept else "same" if there == carried else "keeps"
        return Landing(source, place, target, outcome, self._in_words(source), there, "" if outcome == "same" else loss)

    def _in_words(self, name):
        return self.env["lead.pool.mapping"]._shown(self, name)

    @staticmethod
    def _as_json(landings):
        return [asdict(landing) for landing in landings]
