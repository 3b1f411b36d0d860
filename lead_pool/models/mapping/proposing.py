"""A mapping without anybody's work: proposed for every field, and watched when fields change."""

import hashlib

from odoo import api, models

from ...rules import mapping
from .field_facts import CUSTOMER, LEAD, ON_WISH, ORDER

SEEN = "lead_pool.mapped_fields"  # parameter: the fields as they were when the guard looked last
#: What of a customer is a person's; all else is the company's, if there is one.
PERSONAL = frozenset("function title lang mobile birthdate gender".split())
#: Pairs that no name or label tells.
KNOWN = {"company_registry_code": "vat"}
#: Fields of the lead that go to customers and orders without a mapping: see ``lead.pool.lead.landing``.
BY_ODOO = frozenset(
    "partner_name contact_name email_from phone function website description lang_id street street2 zip city state_id "
    "country_id tag_ids product_interest_ids".split()
)


class LeadPoolMappingProposing(models.AbstractModel):
    _name = "lead.pool.mapping.proposing"
    _description = "Proposing a Mapping"

    @api.model
    def _propose(self):
        """Bring the proposals after the fields that there are now; what somebody decided stays as it is.

        :returns: ``([names of new fields of the lead], mappings that name what is not there any more)``
        """
        sources = self._facts(LEAD)
        sources = {name: fact for name, fact in sources.items() if name not in BY_ODOO}
        customers, orders = self._facts(CUSTOMER), self._facts(ORDER)
        sources, customers, orders = self._with_short_lists(sources, customers, orders)
        rows = self.sudo().with_context(active_test=False).search([("pool_id", "=", False)])
        decided = rows.filtered(lambda row: row.origin == "chosen" or row.checked)
        known = {row.lead_field for row in rows}
        wanted = self._pairs(sources, customers, orders, decided)
        stale = rows - decided
        kept = self.browse()
        new = []
        by_pair = {(row.lead_field, row.goes_to): row for row in stale}
        for pair, proposal in wanted.items():
            row = by_pair.get(pair)
            vals = self._proposal_values(*pair, proposal)
            if row:
                row._take(vals)
                kept |= row
            else:
                new.append(vals)
        (stale - kept).unlink()
        self.sudo().create(new)
        return sorted({vals["lead_field"] for vals in new} - known), decided.filtered("problem")

    def _pairs(self, sources, customers, orders, decided):
        """``{(field of the lead, where it goes): Proposal or None}``; fields that go nowhere stay with the
        opportunity."""
        of_customers = mapping.propose_all(
            sources.values(), customers.values(), decided._taken(sources, ("company", "contact"))
        )
        for name, target in KNOWN.items():
            if name in sources and target in customers:
                of_customers[name] = mapping.Proposal(sources[name], customers[target], 100, ("known",))
        of_orders = mapping.propose_all(sources.values(), orders.values(), decided._taken(sources, ("order",)))
        done = {(row.lead_field, row.goes_to) for row in decided}
        pairs = {}
        for name in sources:
            found = []
            if proposal := of_customers.get(name):
                found.append(("contact" if proposal.target.name in PERSONAL else "company", proposal))
            if proposal := of_orders.get(name):
                found.append(("order", proposal))
            for goes_to, proposal in found or [("opportunity", None)] * (name not in ON_WISH):
                if (name, goes_to) not in done and not (
                    goes_to == "opportunity" and name in decided.mapped("lead_field")
                ):
                    pairs[name, goes_to] = proposal
        return pairs

    def _taken(self, sources, places):
        """``{field there: [facts on the fields of the lead that go to it]}`` of these mappings."""
        taken = {}
        for row in self:
            if row.use and row.goes_to in places and row.lead_field in sources:
                taken.setdefault(row.target_field, []).append(sources[row.lead_field])
        return taken

    def _proposal_values(self, name, goes_to, proposal):
        vals = {"lead_field": name, "goes_to": goes_to, "origin": "proposed", "checked": False}
        if proposal is None:
            return {**vals, "target_field": False, "use": False, "confidence": 0, "reasons": "", "losses": ""}
        return {
            **vals,
            "target_field": proposal.target.name,
            "use": proposal.confidence >= mapping.SURE,
            "confidence": min(proposal.confidence, 100),
            "reasons": ",".join(proposal.reasons),
            "losses": ",".join(proposal.losses),
            "options": self._pairs_to_store(proposal.source, proposal.target, proposal.options),
        }

    def _take(self, vals):
        """Write what differs."""
        changed = {name: value for name, value in vals.items() if (self[name] or False) != (value or False)}
        if changed:
            self.write({**changed, "origin": "proposed"})  # nobody has chosen it

    # ------------------------------------------------------------
    # DRIFT GUARD
    # ------------------------------------------------------------

    @api.model
    def _cron_guard(self):
        """Every hour: where fields came, went or changed (by hand, or with a module), new ones are proposed and
        managers are told, once."""
        Params = self.env["ir.config_parameter"].sudo()
        if not self.env["lead.pool"]._in_use():
            return
        now = self._fingerprint()
        added, broken = (), self.browse()
        if Params.get_param(SEEN) != now:
            Params.set_param(SEEN, now)
            added, broken = self._propose()
        unpaired = self._newly_unpaired()
        if added or broken or unpaired:
            self._tell_drift(added, broken, unpaired)

    def _tell_drift(self, added, broken, unpaired):
        """
        :param added: names of fields of the lead
        :param broken: mappings that name what is not there any more
        :param unpaired: ``{mapping: [keys]}`` of options and records that came since, and that nothing takes
        """
        for user in self.env.ref("lead_pool.group_manager").sudo().all_user_ids.filtered("active"):
            env = self.sudo().with_context(lang=user.lang, tz=user.tz).env
            lines = [
                env._("New on leads: “%(field)s”.", field=self.with_env(env)._label_of(LEAD, name)) for name in added
            ]
            lines += [f"{row.display_name}: {row.problem}" for row in broken.with_env(env)]
            for row, keys in unpaired.items():
                labels = row.with_env(env)._labels_of_options(keys)
                lines.append(
                    env._(
                        "%(mapping)s: nothing takes “%(options)s”. Choose what does, or it is lost.",
                        mapping=row.with_env(env).display_name,
                        options="”, “".join(labels),
                    )
                )
            self.env["mail.thread"].sudo().with_context(lang=user.lang).message_notify(
                partner_ids=user.partner_id.ids,
                subject=env._("Fields have changed: look at what is carried over when leads are converted"),
                body=env["ir.qweb"]._render("lead_pool.inbox_lines", {"lines": lines}),
                email_layout_xmlid="mail.mail_notification_light",
            )

    @api.model
    def _fingerprint(self):
        """The fields that can be mapped, as a text that changes when they do."""
        found = [
            f"{model}.{name}:{fact.type}:{fact.relation}:{sorted(fact.options)}"
            for model in (LEAD, CUSTOMER, ORDER)
            for name, fact in self._facts(model).items()
        ]
        return hashlib.blake2b("\n".join(found).encode(), digest_size=16).hexdigest()
