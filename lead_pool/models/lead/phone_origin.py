"""Where a lead's number comes from, guessed: the region and the carrier that numbers like it were given to."""

from odoo import api, fields, models
from odoo.tools import SQL, ormcache
from odoo.tools.sql import column_exists, create_column

from ...rules.phone_origin import IN_CHINESE, state_of

COLUMNS = {"phone_region": "varchar", "phone_carrier": "varchar", "phone_state_id": "int4"}


class LeadPhoneOrigin(models.AbstractModel):
    _name = "lead.pool.lead.phone.origin"
    _description = "Origin of a Lead's Number"

    phone_region = fields.Char(
        "Place of the Phone (guessed)", compute="_compute_phone_origin", store=True, copy=False,
        help="Where numbers like this one were given out; a mobile may have moved since.",
    )  # fmt: skip
    phone_carrier = fields.Char(
        "Carrier of the Phone (guessed)", compute="_compute_phone_origin", store=True, copy=False,
        help="To whom numbers like this one were given; whoever took his number to another carrier is not known.",
    )  # fmt: skip
    phone_state_id = fields.Many2one(
        "res.country.state", "Region of the Phone (guessed)", compute="_compute_phone_origin", store=True, copy=False,
        index="btree_not_null", ondelete="set null",
        help="The region that the number comes from. The region of the address is not touched by it.",
    )  # fmt: skip

    def _auto_init(self):
        """Existing leads are not gone through while the add-on is installed; see ``_job_phone_origin``."""
        if self._name == "crm.lead":
            for name, kind in COLUMNS.items():
                if not column_exists(self.env.cr, self._table, name):
                    create_column(self.env.cr, self._table, name, kind)
        return super()._auto_init()

    @api.depends("phone_sanitized")
    def _compute_phone_origin(self):
        in_use = self.env["lead.pool"]._in_use()
        for lead in self:
            region, carrier, state_id = self._phone_origin(lead.phone_sanitized) if in_use else ("", "", 0)
            lead.phone_region = region or False
            lead.phone_carrier = carrier or False
            lead.phone_state_id = state_id or False

    @api.model
    def _phone_origin(self, e164):
        """What the tables of numbers say, without a query.

        :param e164: the number with its country, or a false value
        :returns: ``(region, carrier, id of the state or 0)``, ``""`` for what they do not know
        """
        if not e164 or not e164.startswith("+"):
            return "", "", 0
        import phonenumbers  # noqa: PLC0415  with its tables, 110 MB and a second: once a process, when first needed
        from phonenumbers import carrier, geocoder  # noqa: PLC0415

        try:
            number = phonenumbers.parse(e164)
        except phonenumbers.NumberParseException:
            return "", "", 0
        lang = "zh" if number.country_code in IN_CHINESE else "en"
        region = geocoder.description_for_number(number, lang)
        if region == geocoder.country_name_for_number(number, lang):
            region = ""
        code = phonenumbers.region_code_for_number(number)
        return region, carrier.name_for_number(number, lang), state_of(region, self._states_of(code)) if region else 0

    @api.model
    @ormcache("code")
    def _states_of(self, code):
        """``((id, code, name), …)`` of the regions of a country, as they were installed."""
        states = self.env["res.country.state"].sudo().with_context(lang=None)
        return tuple((s.id, s.code, s.name) for s in states.search([("country_id.code", "=", code or "")]))

    @api.model
    def _without_origin_count(self):
        """How many leads have a number of which nothing is known: never looked at, or nothing to be known."""
        return self.search_count([("phone_sanitized", "!=", False), *((name, "=", False) for name in COLUMNS)])

    @api.model
    def _guess_origins(self, after_id, limit):
        """Guess for existing leads whose number was never looked at, by id.

        Written by one statement: nothing else of a lead changes, and nobody is told.

        :returns: ``(last lead looked at, number of leads looked at)``; fewer than ``limit``: there are no more
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT id, phone_sanitized FROM crm_lead
                    WHERE id > %s AND phone_sanitized IS NOT NULL
                      AND phone_region IS NULL AND phone_carrier IS NULL AND phone_state_id IS NULL
                    ORDER BY id LIMIT %s""",
                after_id,
                limit,
            )
        )
        guessed = [(lead_id, e164, *self._phone_origin(e164)) for lead_id, e164 in rows]
        known = [row for row in guessed if any(row[2:])]
        if known:
            ids, numbers, regions, carriers, states = map(list, zip(*known, strict=True))
            waiting = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", ids), ("state", "=", "waiting")])
            waiting._read_rows(lock="wait")  # before the leads, see verbs.locks
            self.env.cr.execute(
                SQL(
                    """UPDATE crm_lead l SET phone_region = NULLIF(n.region, ''), phone_carrier = NULLIF(n.carrier, ''),
                              phone_state_id = NULLIF(n.state, 0)
                         FROM unnest(%s::int[], %s::varchar[], %s::varchar[], %s::varchar[], %s::int[])
                              n(id, number, region, carrier, state)
                        WHERE l.id = n.id AND l.phone_sanitized = n.number""",
                    ids,
                    numbers,
                    regions,
                    carriers,
                    states,
                )
            )
            self.browse(ids).invalidate_recordset(list(COLUMNS))
            waiting._refresh_open_values(waiting.pool_id, waiting)
        return (rows[-1][0] if rows else after_id), len(rows)


class ResCountryState(models.Model):
    """What is known of regions is kept in memory until one of them changes."""

    _inherit = "res.country.state"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
