"""The values of one lead on their way: what lands where, and what would be lost."""

from dataclasses import dataclass

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import html2plaintext, ormcache

from ...rules import mapping
from .field_facts import LEAD, MODEL_OF


@dataclass(frozen=True)
class Pair:
    """A field of the lead and the field that takes it; both as ``rules.mapping.Field``.

    ``options``: ``{key: key there}``. Of a link on either side those alone that somebody chose, ``None`` for what he
    leaves out: records come and go.
    """

    goes_to: str
    source: mapping.Field
    target: mapping.Field
    options: dict


class LeadPoolMappingCarrying(models.AbstractModel):
    _name = "lead.pool.mapping.carrying"
    _description = "Carrying Values Over"

    @api.model
    @ormcache("pool_id")
    def _pairs_in_use(self, pool_id):
        """The pairs of fields for leads of a pool, whose own ones go before those of all pools."""
        rows = self.sudo().search(
            Domain("goes_to", "in", tuple(MODEL_OF)) & Domain("pool_id", "in", (False, pool_id)),
            order="pool_id, lead_field, id",
        )
        own = rows.filtered("pool_id")
        decided = {(row.lead_field, row.goes_to) for row in own}
        taken = {(row.goes_to, row.target_field) for row in own if row.use}
        general = (rows - own).filtered(
            lambda row: (row.lead_field, row.goes_to) not in decided and (row.goes_to, row.target_field) not in taken
        )
        used = (own | general).filtered(lambda row: row.use and row.target_field and not row.problem)
        sources = self._facts(LEAD, used.mapped("lead_field"))
        targets = {place: self._facts(model, used.mapped("target_field")) for place, model in MODEL_OF.items()}
        return tuple(
            Pair(
                row.goes_to,
                source := sources[row.lead_field],
                target := targets[row.goes_to][row.target_field],
                row._pairs_to_carry(source, target),
            )
            for row in used
        )

    @api.model
    def _carried(self, lead, goes_to, currency=None):
        """What this lead brings to a customer or an order.

        :param str goes_to: ``company``, ``contact`` or ``order``
        :param currency: of the order; a customer's is that of the company
        :returns: ``{target field: (value for create() or None, loss, Pair)}``, of values that are not empty
        """
        currency = currency or self.env.company.currency_id
        notes = lead._conversion_notes()
        if not notes:
            return self._look_what_is_carried(lead, goes_to, currency)
        asked = lead.id, goes_to, currency
        if asked not in notes.carried:  # what lands is what the sheet says, whatever the customer changes on the lead
            notes.carried[asked] = self._look_what_is_carried(lead, goes_to, currency)
        return notes.carried[asked]

    def _look_what_is_carried(self, lead, goes_to, currency):
        carried = {}
        for pair in self._pairs_in_use(lead.sudo().pool_id.id or 0):
            if pair.goes_to != goes_to or not self._exists(LEAD, pair.source.name):
                continue
            value = self._value(lead, pair.source)
            if value is None:
                continue
            result = mapping.carry(value, pair.source, pair.target, self._pairs_of(value, pair))
            written, loss = self._as_written(result, pair.source, pair.target, lead, currency)
            carried[pair.target.name] = (written, loss, pair)
        return carried

    def _value(self, lead, source):
        """A value in the rules' words; ``None`` when it is empty (a number: 0, as everywhere in Odoo)."""
        raw = self._raw(lead, source.name)
        if not raw:
            return None
        if isinstance(raw, models.BaseModel):
            records = raw.sudo()
            words = tuple(records.mapped("display_name"))
            return mapping.Value(records.id if source.type == "many2one" else records.ids, words)
        if source.type == "multi" or (source.type == "selection" and "." in source.name):  # a property
            words = self._property_in_words(LEAD, source.name, raw)
            return mapping.Value(raw, (words,))
        if source.type == "selection":
            label = dict(lead._fields[source.name]._description_selection(lead.env)).get(raw, raw)
            return mapping.Value(raw, (label,))
        if source.type == "html":
            return mapping.Value(str(raw), (html2plaintext(raw),)) if html2plaintext(raw).strip() else None
        if source.type == "boolean":
            return mapping.Value(True, (self.env._("Yes"),))
        return mapping.Value(raw)

    def _as_written(self, result, source, target, lead, currency):
        """A carried value as ``create()`` takes it: ``(value or None, loss)``."""
        value, loss = result.value, result.loss
        if value is None:
            return None, loss
        if target.type == "many2one" and source.type == "char":
            named = self._records_named(target.relation, [str(value)])
            return (min(named), "") if len(named) == 1 else (None, "no_record")
        if "." in target.name:  # a property, which is kept as JSON
            as_text = {"date": fields.Date.to_string, "datetime": fields.Datetime.to_string}.get(target.type)
            return as_text(value) if as_text else value, loss
        if target.type == "many2many" or target.type == "multi":
            return [Command.set(value)], loss
        if target.type == "monetary" and source.type == "monetary":
            own = lead.company_currency
            if own and own != currency:
                company = lead.company_id or self.env.company
                return own._convert(value, currency, company, fields.Date.context_today(lead)), "currency"
        return value, loss

    @api.model
    def _shown(self, record, name, value=None, currency=None):
        """A value in words; that of the record, or another one as ``create()`` takes it.

        :param currency: of another value, where there is no record yet
        """
        if "." in name:
            return self._property_in_words(record._name, name, self._raw(record, name) if value is None else value)
        field = record._fields[name]
        if value is None:
            value = record[name]
        if field.type == "many2one":
            record = value if isinstance(value, models.BaseModel) else self.env[field.comodel_name].browse(value)
            return record.sudo().display_name or ""
        if field.type in ("many2many", "one2many"):
            ids = value.ids if isinstance(value, models.BaseModel) else [i for command in value for i in command[2]]
            return "; ".join(self.env[field.comodel_name].browse(ids).sudo().mapped("display_name"))
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value or "")
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.type == "html":
            return html2plaintext(value or "").strip()
        if field.type == "monetary" and value:
            currency = record[field.get_currency_field(record)] if record else currency
            return (currency or self.env.company.currency_id).format(value)
        if field.type in ("date", "datetime"):
            return fields.Date.to_string(value) if field.type == "date" else fields.Datetime.to_string(value)
        return str(value) if value else ""
