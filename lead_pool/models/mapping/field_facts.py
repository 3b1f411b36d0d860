"""The fields of leads, customers and orders as the rules of the mapping know them."""

from odoo import api, models
from odoo.tools import SQL, ormcache

from ...rules import mapping

LEAD, CUSTOMER, ORDER = "crm.lead", "res.partner", "sale.order"
#: The model behind each place that a value may go to.
MODEL_OF = {"company": CUSTOMER, "contact": CUSTOMER, "order": ORDER}
REP = "sales_team.group_sale_salesman"
TYPES = frozenset("char text html integer float monetary boolean date datetime selection many2one many2many".split())
#: Fields that say where the lead or the customer stands in Odoo, and nothing about the people.
INNER = frozenset(
    "id active display_name create_uid create_date write_uid write_date state type company_id user_id team_id stage_id "
    "color priority probability automated_probability recurring_plan date_open date_closed date_last_stage_update "
    "date_conversion day_open day_close lost_reason_id won_status campaign_id source_id medium_id lead_properties "
    "properties duplicate_lead_ids duplicate_lead_count order_ids visitor_ids partner_id parent_id child_ids "
    "commercial_partner_id message_follower_ids message_ids message_partner_ids activity_ids message_bounce "
    "email_cc email_normalized email_domain_criterion email_state phone_sanitized phone_state pool_id is_automated "
    "date_automation_last reveal_id lead_mining_request_id iap_enrich_done meeting_display_date follow_up_level_id "
    "lp_visible "
    "opportunity_id origin name reference client_order_ref require_signature require_payment prepayment_percent "
    "locked access_token signed_by signed_on commitment_date date_order validity_date note fiscal_position_id "
    "payment_term_id pricelist_id currency_rate journal_id warehouse_id incoterm incoterm_location picking_policy "
    "company_type is_company complete_name company_name ref barcode partner_share signup_type signup_token tz "
    "commercial_company_name contact_address_complete employee calendar_last_notif_ack partner_gid "
    "additional_info autopost_bills credit_limit use_partner_credit_limit debit_limit invoice_edi_format "
    "invoice_sending_method followup_line_id trust is_blacklisted peppol_eas peppol_endpoint".split()
)
#: Of a lead these may be carried, if somebody wants it; else they stay where they are and nobody asks.
ON_WISH = frozenset("campaign_id source_id medium_id".split())
PREFIXES = ("activity_", "message_", "website_message", "property_", "invoice_", "amount_", "image_", "avatar_")


class LeadPoolMappingFacts(models.AbstractModel):
    _name = "lead.pool.mapping.facts"
    _description = "Fields That Can Be Mapped"

    @api.model
    def _is_ours_to_carry(self, model, name):
        """Whether a field holds something that people know of a lead, a customer or an order."""
        if "." in name:
            return name in self._property_facts(model)
        field = self.env[model]._fields.get(name)
        if field is None or field.type not in TYPES or not field.store or field.related:
            return False
        if name in INNER and not (model == LEAD and name in ON_WISH):
            return False
        of_others = field.groups and REP not in field.groups
        if name.startswith(PREFIXES) or of_others or not field.exportable:
            return False
        return field.manual or not (field.compute and field.readonly)

    @api.model
    def _names(self, model):
        """The fields and properties that can be mapped, in the order of their names."""
        return (*self._field_names(model), *sorted(self._property_facts(model)))

    @api.model
    @ormcache("model")
    def _field_names(self, model):
        """The fields among them; they stay until the registry is set up anew."""
        return tuple(sorted(name for name in self.env[model]._fields if self._is_ours_to_carry(model, name)))

    @api.model
    def _facts(self, model, names=None):
        """Facts on these fields, by default on all that can be mapped.

        :returns: ``{name: rules.mapping.Field}``, in the order of the names
        """
        Model = self.env[model]
        if names is None:
            names = self._names(model)
        properties = [name for name in names if name and "." in name and name in self._property_facts(model)]
        names = [name for name in names if name in Model._fields and Model._fields[name].type in TYPES]
        labels, options = self._labels(model, names), self._options(model, names)
        facts = {}
        for name in names:
            field = Model._fields[name]
            of_options = field.type == "many2many" and field.comodel_name == "lead.custom.option"
            facts[name] = mapping.Field(
                name,
                "multi" if of_options else field.type,
                labels.get(name) or (field.string or name,),
                relation=field.comodel_name or "" if field.relational and not of_options else "",
                options=options.get(name, {}),
                size=getattr(field, "size", 0) or 0,
            )
        return {**facts, **{name: self._property_facts(model)[name] for name in properties}}

    def _facts_of_rows(self):
        """Facts on the fields that these mappings name: ``({name: fact} of leads, {model: {name: fact}})``."""
        targets = {model: self._facts(model, self.mapped("target_field")) for model in set(MODEL_OF.values())}
        return self._facts(LEAD, self.mapped("lead_field")), targets

    def _labels(self, model, names):
        """``{name: labels in all languages}``."""
        rows = self.env.execute_query(
            SQL("SELECT name, field_description FROM ir_model_fields WHERE model = %s AND name = ANY(%s)", model, names)
        )
        return {name: tuple(dict.fromkeys(labels.values())) for name, labels in rows}

    def _options(self, model, names):
        """``{name: {key: labels in all languages}}`` of selections, and of selections of several."""
        options = {}
        rows = self.env.execute_query(
            SQL(
                """SELECT f.name, s.value, s.name FROM ir_model_fields_selection s JOIN ir_model_fields f
                       ON f.id = s.field_id
                    WHERE f.model = %s AND f.name = ANY(%s) ORDER BY s.sequence, s.id""",
                model,
                names,
            )
        )
        rows += self.env.execute_query(
            SQL(
                """SELECT c.technical_name, o.id, o.name FROM lead_custom_option o JOIN lead_custom_field c
                       ON c.id = o.custom_field_id
                    WHERE c.technical_name = ANY(%s) AND c.field_type = 'multi' ORDER BY o.sequence, o.id""",
                names,
            )
        )
        for name, key, labels in rows:
            options.setdefault(name, {})[key] = tuple(dict.fromkeys(labels.values()))
        for name in names:
            field = self.env[model]._fields[name]
            if field.type == "selection" and name not in options:  # chosen from what a method finds
                options[name] = {key: (label,) for key, label in field._description_selection(self.env)}
        return options
