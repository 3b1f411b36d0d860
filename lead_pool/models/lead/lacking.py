"""What a new customer or order must have, and the lead does not bring: said before anything is made."""

from odoo import models
from odoo.exceptions import UserError

#: Types that are never empty in the database.
NEVER_EMPTY = ("boolean", "integer", "float", "monetary")


class LeadLacking(models.AbstractModel):
    _name = "lead.pool.lead.lacking"
    _description = "What a Conversion Lacks"

    def _check_brings_all(self, person, company, with_customer, with_order, parts=None):
        """:raises UserError: what is lacking, and what to do"""
        if sentences := self._lacking_at_targets(person, company, with_customer, with_order, parts):
            raise UserError("\n".join(sentences))

    def _lacking_at_targets(self, person, company, with_customer, with_order, parts=None):
        """A sentence for each field of a new customer or order that is required and would stay empty.

        :param person: the contact that exists, or empty
        :param company: the company that exists, or empty
        :param parts: from :meth:`_parts`, where somebody has asked already
        """
        sentences = []
        parts = self._parts(person, company) if with_customer and parts is None else parts or ()
        for place, record, values, alone in parts:
            if not record:
                if alone:
                    values = dict(values)
                    self._add_carried(values, ["company"])
                mapped_to = ("contact", "company") if alone else (place,)
                sentences += self._lacking_sentences(place, record, values, mapped_to)
        if with_order:
            order = self.env["sale.order"]
            customer = person or company
            values = {name: value for name, (value, _loss, _pair) in self._carried_to_order(customer).items()}
            sentences += self._lacking_sentences("order", order, {"partner_id": True, **values}, ("order",))
        return list(dict.fromkeys(sentences))

    def _lacking_sentences(self, place, record, values, mapped_to):
        """
        :param values: of the new record
        :param mapped_to: the places whose mappings bring values to it
        """
        empty = [
            name
            for name, field in record._fields.items()
            if field.required and field.store and not field.compute and field.type not in NEVER_EMPTY
            if not values.get(name)
        ]
        defaults = record.default_get(empty)
        return [
            self._lacking_sentence(place, record._name, name, mapped_to) for name in empty if not defaults.get(name)
        ]

    def _lacking_sentence(self, place, model, name, mapped_to):
        Mapping = self.env["lead.pool.mapping"]
        places = dict(Mapping._fields["goes_to"]._description_selection(self.env))
        words = {"target": Mapping._label_of(model, name), "place": places[place]}
        pairs = Mapping._pairs_in_use(self.sudo().pool_id.id or 0)
        source = next((one.source for one in pairs if one.target.name == name and one.goes_to in mapped_to), None)
        if source:
            return self.env._(
                "Fill in “%(field)s” of the lead: “%(target)s” is required there (%(place)s).",
                field=Mapping._label_of("crm.lead", source.name),
                **words,
            )
        return self.env._(
            "“%(target)s” is required there (%(place)s), and no field of the lead goes to it. Ask a manager to map "
            "one, or choose a customer who is known.",
            **words,
        )
