"""From what a platform sent to the values of a lead."""

import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from markupsafe import Markup

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ...rules import payload, receiving

#: Fields of a lead that a request may fill, besides custom fields.
TARGETS = (
    "name",
    "contact_name",
    "phone",
    "email_from",
    "wechat",
    "partner_name",
    "company_registry_code",
    "function",
    "website",
    "street",
    "street2",
    "city",
    "zip",
    "state_id",
    "country_id",
    "description",
    "referred",
    "priority",
    "expected_revenue",
    "campaign_id",
    "source_id",
    "medium_id",
    "tag_ids",
    "lead_group_id",
    "industry_id",
    "product_interest_ids",
)
DEFAULTS = ("team_id", "country_id", "campaign_id", "source_id", "medium_id")
#: Where a name is looked for, if not in ``name`` alone.
COLUMNS = {
    "res.country": ("name", "code"),
    "res.country.state": ("name", "code"),
    "utm.campaign": ("title", "name"),
    "lead.custom.option": ("name", "value"),
}
UTM = ("utm.campaign", "utm.source", "utm.medium")
#: What tells who somebody is: a request with none of these is no lead.
WHO = ("phone", "email_from", "wechat", "contact_name", "partner_name")
LONGEST_CHAR = 256  # characters of a field of one line
MOST_NAMES = 20  # of a list in one request


@dataclass
class Lead:
    """What became of one request: the values of the lead, labels of what is missing, and ``(label, text)`` of what
    fits nowhere and is kept in its notes."""

    vals: dict = field(default_factory=dict)
    missing: list = field(default_factory=list)
    odd: list = field(default_factory=list)


class LeadPoolIntakeMapping(models.AbstractModel):
    _name = "lead.pool.intake.mapping"
    _description = "Mapping of Requests"

    def _leads(self, datas, writes=True):
        """The values of leads, of several requests at once: names are looked up together.

        :param list datas: as ``rules.payload.read`` gives them
        :param writes: unknown campaigns may be made, if the endpoint allows it
        :returns: a :class:`Lead` for each
        """
        self.ensure_one()
        labels = dict(self.env["lead.pool.intake.field"]._select_targets())
        rows = [(row, row._rule_row()) for row in self.mapping_ids if row.target in labels]
        by_id = {rule.id: row for row, rule in rows}
        takens = [payload.take(data, [rule for _row, rule in rows]) for data in datas]
        known = self._look_up([taken.texts for taken in takens], writes)
        formats = {row.target: row.date_format or "" for row in self.mapping_ids}
        leads = []
        for taken in takens:
            lead = Lead(missing=[labels[by_id[number].target] for number in taken.missing])
            for target, text in taken.texts.items():
                value = self._value(target, text, known, formats[target], taken.texts)
                if value is None:
                    lead.odd.append((labels[target], text))
                else:
                    lead.vals[target] = value
            self._complete(lead)
            leads.append(lead)
        return leads

    def _complete(self, lead):
        """What the endpoint itself says of its leads."""
        vals = lead.vals
        if not any(vals.get(name) for name in WHO) and not lead.missing:
            lead.missing.append(self.env._("a name, phone, e-mail or WeChat"))
        for name in DEFAULTS:
            if self[name] and not vals.get(name):
                vals[name] = self[name].id
        if not vals.get("name"):
            who = [vals.get(name) for name in ("partner_name", "contact_name", "phone", "email_from", "wechat")]
            vals["name"] = next(filter(None, who), self.name)
        if lead.odd:
            notes = "\n".join(f"{label}: {text}" for label, text in lead.odd)
            vals["description"] = Markup("").join([vals.get("description") or "", plaintext2html(notes)])
        vals["company_id"] = self.company_id.id
        if self.pool_id:
            vals["pool_id"] = self.pool_id.id
        vals["user_id"] = False

    # ------------------------------------------------------------
    # VALUES
    # ------------------------------------------------------------

    def _value(self, target, text, known, date_format, texts):
        """The value of a field, or ``None`` where the text does not fit."""
        field_ = self.env["crm.lead"]._fields.get(target)
        if not field_:
            return None
        if field_.type in ("many2one", "many2many"):
            return self._named(field_, text, known, texts)
        if target == "website" and (re.match(r"\s*[a-z][\w+.-]*:(?!//|\d)", text, re.IGNORECASE) or "<" in text):
            return None  # javascript: and its kind
        if field_.type == "char":
            return " ".join(text.split())[:LONGEST_CHAR]
        if field_.type == "text":
            return text
        if field_.type == "html":
            return plaintext2html(text)
        if field_.type in ("integer", "float", "monetary"):
            number = receiving.as_number(text)
            return int(number) if number is not None and field_.type == "integer" else number
        if field_.type == "boolean":
            return receiving.as_yes(text)
        if field_.type in ("date", "datetime"):
            zone = ZoneInfo(self.pool_id.sudo().tz or self.company_id.resource_calendar_id.tz or "UTC")
            moment = receiving.as_moment(text, date_format, zone)
            if moment and field_.type == "date":
                return fields.Date.to_date(moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date())
            return moment
        if field_.type == "selection":
            return self._chosen(target, text)
        return None

    def _chosen(self, target, text):
        choices = self.env["crm.lead"].fields_get([target], ["selection"])[target]["selection"]
        folded = text.casefold()
        return next((value for value, label in choices if folded in (value.casefold(), label.casefold())), None)

    def _named(self, field_, text, known, texts):
        scope = _scope(field_)
        if field_.type == "many2many":
            found = [known.get((scope, name.casefold())) for name in _names(text)]
            return [(6, 0, list(dict.fromkeys(found)))] if found and all(found) else None
        if field_.comodel_name == "res.country.state":
            country = known.get(("res.country", texts.get("country_id", "").casefold()))
            country = country or (self.country_id or self.company_id.country_id).id
            return known.get((scope, country, text.casefold()))
        return known.get((scope, text.casefold()))

    def _look_up(self, all_texts, writes):
        """Records by name, a query for each model.

        :returns: ``{(scope, folded name): id}``; of states ``{(model, country id, folded name): id}``
        """
        asked = {}
        for texts in all_texts:
            for target, text in texts.items():
                field_ = self.env["crm.lead"]._fields.get(target)
                if field_ and field_.type in ("many2one", "many2many"):
                    names = [text] if field_.type == "many2one" else _names(text)
                    _field, chosen = asked.setdefault(_scope(field_), (field_, {}))
                    chosen.update(dict.fromkeys(name[:LONGEST_CHAR] for name in names))
        known = {}
        for scope, (field_, names) in asked.items():
            self._look_up_names(scope, field_, list(names), known)
            if writes and self.create_utm and scope in UTM:
                for name in names:
                    if (scope, name.casefold()) not in known:
                        record = self.env["utm.mixin"].sudo()._find_or_create_record(scope, name)
                        known[scope, name.casefold()] = record.id
        return known

    def _look_up_names(self, scope, field_, names, known):
        Model = self.env[field_.comodel_name].sudo().with_context(active_test=False)
        columns = COLUMNS.get(field_.comodel_name, ("name",))
        domain = Domain.OR(Domain(column, "=ilike", _literal(name)) for column in columns for name in names)
        if "company_id" in Model._fields:
            domain &= Domain("company_id", "in", [self.company_id.id, False])
        if field_.comodel_name == "lead.custom.option":
            domain &= Domain("custom_field_id.technical_name", "=", field_.name)
        for record in Model.search(domain, order="id desc"):  # the oldest of a name wins
            for column in columns:
                key = (record[column] or "").casefold()
                known[(scope, record.country_id.id, key) if scope == "res.country.state" else (scope, key)] = record.id


def _scope(field_):
    """Where names are looked up: in a model, or among the options of one custom field."""
    return field_.name if field_.comodel_name == "lead.custom.option" else field_.comodel_name


def _names(text):
    return [name.strip() for name in re.split(r"[,;，；、]", text) if name.strip()][:MOST_NAMES]


def _literal(text):
    """A text in which ``=ilike`` finds no wildcards."""
    return re.sub(r"([\\%_])", r"\\\1", text)
