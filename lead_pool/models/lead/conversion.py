"""A conversion is written down, and an admin can undo it while nothing was built on it."""

import psycopg2

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...arguments import refuse_unknown
from ...isolation import contended

OPEN_ORDERS = ("draft", "sent", "cancel")
MOST_AT_ONCE = 200  # leads converted in one call


class LeadConversion(models.AbstractModel):
    _name = "lead.pool.lead.conversion"
    _description = "Conversions of a Lead"

    pool_can_undo_conversion = fields.Boolean(
        compute="_compute_pool_can_undo_conversion",
        help="The user may undo the lead's conversion, if nothing hinders it.",
    )

    def _compute_pool_can_undo_conversion(self):
        converted = self.env["lead.pool.conversion"].sudo().search(
            [("lead_ref", "in", self._origin.ids), ("undone_at", "=", False)]
        )  # fmt: skip
        refs = set(converted.mapped("lead_ref"))
        for lead in self:
            lead.pool_can_undo_conversion = (
                lead._origin.id in refs and lead.won_status == "pending" and lead._may_undo_conversion()
            )

    def _before_conversion(self, partner, parent, create_partner, create_order):
        """What is known before, for :meth:`_write_down_conversion`."""
        notes = self._conversion_notes()
        row = next(iter(notes.locked.rows.values()), None) if notes.locked else None
        before = {
            "type_before": self.type,
            "partner_before_id": self.partner_id.id,
            "holder_id": row.user_id if row and row.state == "held" else False,
        }
        if not self.env["lead.pool"]._in_use():
            return {**before, "landings": []}
        person, company = self._parties(partner, parent, anew=notes.anew)
        if not parent:
            notes.known = person, company
        with_customer = bool(partner) or create_partner
        self._read_what_is_carried()
        parts = self._parts(person, company) if with_customer else []
        self._check_brings_all(person, company, with_customer, create_order, parts)
        landings = self._landings(person, company, with_customer=with_customer, with_order=create_order, parts=parts)
        return {**before, "landings": landings}

    def _parties(self, partner, parent, anew=False):
        """``(person, company)`` of this conversion, as far as they exist.

        :param partner: the customer that is chosen, or empty
        :param parent: the company to which the contact is added, or empty
        :param anew: the customer is made although one is known
        """
        if partner:
            return self._customer_parts(partner)
        person, company = self._existing_customer() if not anew else (partner, partner)
        if parent:
            of_parent = person if person.commercial_partner_id == parent.commercial_partner_id else person.browse()
            person, company = (of_parent, parent) if self._contact() else (parent, parent)
        return person, company

    def _customer_parts(self, partner):
        """``(person, company)`` of a customer that is chosen."""
        company = partner.commercial_partner_id
        return partner, company if company.is_company else company.browse()

    def _write_down_conversion(self, before, order):
        if not self.env["lead.pool"]._in_use():
            return
        notes = self.env.context["lead_pool_conversion"]
        landings = before.pop("landings")
        self.env["lead.pool.conversion"].sudo().create(
            {
                **before,
                "lead_id": self.id,
                "lead_ref": self.id,
                "company_id": self.company_id.id,
                "user_id": self.env.uid,
                "date": self.env["lead.pool"]._now(),
                "partner_id": self.partner_id.id,
                "order_id": order.id,
                "made_partner_ids": notes.partner_ids,
                "filled": {str(partner_id): names for partner_id, names in notes.fills.items()},
                "landings": self._as_json(landings),
                "lost_count": sum(landing.outcome == "lost" for landing in landings),
            }
        )

    @contended
    def action_convert_many(self, values=None, request_uid=None):
        """Convert each of these leads by itself; one that cannot be converted does not hold up the others.

        :param dict values: as :meth:`action_convert` takes them, but for ``partner_id``
        :returns: ``[{'id', 'done', 'code', 'message', 'retry_at', 'partner_id', 'order_id'}]`` in order; ``code`` is
            ``not_converted`` where ``message`` says why
        :raises UserError: more leads than one call may convert, or an unknown key
        """
        values = self._values_of_many(values)
        if len(self) > MOST_AT_ONCE:
            raise UserError(
                self.env._(
                    "%(count)s leads are too many for one go. Choose at most %(most)s.",
                    count=len(self),
                    most=MOST_AT_ONCE,
                )
            )

        def convert():
            if self.env["lead.pool"]._in_use():
                self._filtered_access("read")._hold_customers()
            return [lead._convert_one_of_many(values) for lead in self]

        verb = f"crm.lead.action_convert_many {self.ids}"
        return self.env["lead.pool.request"]._once(verb, request_uid, convert)

    def action_convert_in_background(self, values=None, request_uid=None):
        """Convert any number of leads with the rights of the caller, each by itself, by a ``lead.pool.job``; what
        became of each is kept with it as ``lead.pool.conversion.line``.

        :param dict values: as :meth:`action_convert_many` takes them
        :returns: ``{'job_id'}``
        :raises UserError: an unknown key
        """
        self.browse().check_access("write")
        values = self._values_of_many(values)

        def start():
            params = {"values": values, "company_ids": self.env.companies.ids}
            job = self.env["lead.pool.job"]._start("convert", total=len(set(self.ids)), params=params)
            known = set(self.exists().ids)
            self.env["lead.pool.conversion.line"].sudo().create(
                [{"job_id": job.id, "lead_id": i in known and i, "lead_ref": i} for i in dict.fromkeys(self.ids)]
            )
            return {"job_id": job.id}

        verb = f"crm.lead.action_convert_in_background {self.ids}"
        return self.env["lead.pool.request"]._once(verb, request_uid, start)

    def _values_of_many(self, values):
        values = self._values_said(values)
        refuse_unknown(self.env, values, {"create_partner", "create_order"})
        return values

    def _convert_one_of_many(self, values):
        answer = {"id": self.id, "done": True, "code": False, "message": False, "retry_at": False}
        try:
            with self.env.cr.savepoint():
                self.check_access("write")
                made = self._convert(dict(values))
            return {**answer, "partner_id": made["partner_id"], "order_id": made["order_id"]}
        except (UserError, psycopg2.IntegrityError) as error:  # an AccessError, too: of one lead, not of the call
            self.env.invalidate_all(flush=False)
            text = self._sql_error_to_message(error) if isinstance(error, psycopg2.Error) else str(error)
            message = " ".join(text.split())
            refused = {"done": False, "code": "not_converted", "message": message}
            return {**answer, **refused, "partner_id": False, "order_id": False}

    @contended
    def action_undo_conversion(self, request_uid=None):
        """Take back the last conversion of this lead: it is a lead again, in the hands of who held it.

        A customer and a quotation that the conversion made are removed if nobody has worked on them, and what it filled
        is emptied where it still holds the same; all else is kept and named.

        :returns: ``{'kept': [names]}``
        :raises AccessError: the caller is no admin of the lead's pool
        :raises UserError: why it cannot be undone, and what to do
        """
        self.ensure_one()
        verb = f"crm.lead.action_undo_conversion {self.id}"
        return self.env["lead.pool.request"]._once(verb, request_uid, self._undo_conversion)

    def _last_conversion(self):
        domain = [("lead_ref", "=", self.id), ("undone_at", "=", False)]
        return self.env["lead.pool.conversion"].sudo().search(domain, limit=1)

    def _undo_conversion(self):
        self.check_access("read")
        Entry = self.env["lead.pool.entry"].sudo()
        entry = Entry.search([("lead_id", "=", self.id)])
        if not self._may_undo_conversion():
            raise AccessError(self.env._("Only an admin of the lead's pool may undo a conversion."))
        entry._lock(wait=True)
        conversion = self._last_conversion()
        self._check_undoable(conversion)
        lead, kept = self.sudo(), []
        order, customer = conversion.order_id, conversion.partner_id.display_name
        if order:
            kept += self._remove_made(
                order, order.state in OPEN_ORDERS and not order.order_line.filtered("invoice_lines")
            )
        lead.write(
            {"partner_id": conversion.partner_before_id.id, "type": conversion.type_before, "date_conversion": False}
        )
        kept += self._empty_filled(conversion)
        made = self.env["res.partner"].sudo().browse(conversion.made_partner_ids or []).exists()
        for one in made.sorted("parent_id", reverse=True):
            kept += self._remove_made(one, not self._is_used(one, conversion))
        conversion.write({"undone_at": self.env["lead.pool"]._now(), "undone_by_id": self.env.uid})
        if entry.state == "closed" and entry.closed_as == "converted":
            entry._reopen(entry, {entry.id: conversion.holder_id.active and conversion.holder_id.id})
        elif entry.converted_at:
            self.env.cr.execute(SQL("UPDATE lead_pool_entry SET converted_at = NULL WHERE id = %s", entry.id))
            entry.invalidate_recordset(["converted_at"])
            entry._refresh_deadlines()
        lead.message_post(
            body=self.env._(
                "%(user)s undid the conversion to %(customer)s.",
                user=self.env.user.name,
                customer=customer or self.env._("an opportunity"),
            )
        )
        return {"kept": kept}

    def _may_undo_conversion(self):
        pool = self.sudo().pool_id
        is_admin = bool(pool) and self.env["lead.pool.entry"]._is_pool_admin(pool.id)
        return is_admin or self.env.user.has_group("lead_pool.group_manager")

    def _check_undoable(self, conversion):
        if not conversion:
            raise UserError(
                self.env._(
                    "There is no conversion of this lead to undo. One that was made by Odoo's own dialog is changed by "
                    "hand."
                )
            )
        lead = self.sudo()
        if lead.won_status != "pending" or not lead.active:
            raise UserError(
                self.env._("The opportunity is won or lost. Set it back to a stage in progress first, then undo.")
            )
        confirmed = lead.order_ids.filtered(lambda order: order.state not in OPEN_ORDERS)
        if confirmed:
            raise UserError(
                self.env._(
                    "%(orders)s is confirmed, so that the conversion stays. Cancel the order first, if it was a "
                    "mistake.",
                    orders=", ".join(confirmed.mapped("name")),
                )
            )

    def _remove_made(self, record, may):
        """Remove what the conversion made; its name, in a list, if it is kept."""
        name = record.display_name
        if may:
            if record._name == "sale.order" and record.state != "cancel":
                record.with_context(disable_cancel_warning=True)._action_cancel()
            try:
                with self.env.cr.savepoint():
                    record.unlink()
                return []
            except (UserError, psycopg2.IntegrityError):  # another module, or the database, keeps it
                record.invalidate_recordset()
        return [name]

    def _is_used(self, partner, conversion):
        """Whether something else knows this customer by now."""
        others = [
            self.env["crm.lead"].sudo().with_context(active_test=False).search_count(
                [("partner_id", "child_of", partner.id), ("id", "!=", self.id)], limit=1
            ),
            self.env["sale.order"].sudo().search_count(
                [("partner_id", "child_of", partner.id), ("id", "!=", conversion.order_id.id)], limit=1
            ),
            self.env["res.partner"].sudo().with_context(active_test=False).search_count(
                [("parent_id", "=", partner.id), ("id", "not in", conversion.made_partner_ids or [])], limit=1
            ),
        ]  # fmt: skip
        return any(others)

    def _empty_filled(self, conversion):
        """Empty what the conversion filled, where it still holds what it was filled with."""
        shown = {(one["goes_to"], one["target_field"]): one["there"] for one in conversion.landings or []}
        Mapping, kept = self.env["lead.pool.mapping"], []
        for partner_id, names in (conversion.filled or {}).items():
            partner = self.env["res.partner"].sudo().browse(int(partner_id)).exists()
            if not partner:
                continue
            place = "company" if partner.is_company else "contact"
            changed = [
                name
                for name in names
                if Mapping._exists("res.partner", name)
                and Mapping._shown(partner, name) not in (shown.get((place, name)), shown.get(("company", name)))
            ]
            filled = [name for name in names if Mapping._exists("res.partner", name) and name not in changed]
            partner.write(Mapping._with_properties(partner, dict.fromkeys(filled, False)))
            kept += [f"{partner.display_name} ({Mapping._label_of('res.partner', name)})" for name in changed]
        return kept
