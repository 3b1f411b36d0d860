"""Leads full of canaries, words and numbers that occur nowhere else, in everything that can be written on a lead."""

import base64
import functools

from department import Department

WORD = "zanzibari"  # in names, notes, files; lower case and nothing that Odoo might say itself
PHONE = "57155508642"  # the digits of the phone; the beginning alone is used for probing
SECRETS = (WORD, PHONE, "571 5550 8642", base64.b64encode(f"{WORD} price list".encode()).decode())

#: Who wrote a message sees it again; so nobody who is tested writes a canary.
VALUES = {
    "name": f"{WORD} deal",
    "contact_name": f"{WORD} contact",
    "partner_name": f"{WORD} Ltd",
    "function": f"{WORD} director",
    "email_from": f"{WORD}@example.org",
    "phone": "+86 571 5550 8642",
    "website": f"https://{WORD}.example.org",
    "street": f"{WORD} road",
    "description": f"<p>{WORD} wants a quote</p>",
    "referred": f"{WORD} friend",
    "city": "Hangzhou",
}
NAMED = {"display_name": {}}
READERS = ["mia", "sam", "fred"]


class Sea(Department):
    """A masked pool with two leads: one that was never held, one that Fred gave back."""

    def __init__(self, server):
        super().__init__(server.dbname, "leak")
        self.server = server
        self.hire("rep", "mia", "fred", "hal", "boss")
        self.hire("senior", "sam")
        with self.inside() as env:
            may_export = env.ref("base.group_allow_export")
            env["res.users"].browse(self.users.values()).group_ids = [(4, may_export.id)]
        # who has no place in that pool: a rep and the admin of another one, who sells nothing, a customer
        self.hire("rep", "otto", "carl")
        self.hire("outsider", "ida")
        self.hire("marketing", "marla")
        self.hire("portal", "paula")
        self.open_pool("Lagoon", members=["otto"], admins=["carl"])
        self.open_pool("Sea", members=["mia", "fred", "sam", "hal"], admins=["boss"])
        self.records = {}  # {model: ids of what belongs to the two leads}
        self.never, self.given_back = ([lead for _entry, lead in self.leads("Sea", 1, **VALUES)][0] for _ in range(2))
        self._hold_and_give_back()
        with self.inside() as env:
            # what was sent to Fred while he held the lead stays on the bus for fifty seconds: he has had it
            env.cr.execute("SELECT COALESCE(max(id), 0) FROM bus_bus")
            [self.sent_before] = env.cr.fetchone()
        for lead in (self.never, self.given_back):
            self._write_on(lead)
        self._link()
        self._collect()

    def _hold_and_give_back(self):
        """Fred claims it, gets messages and activities on it, and returns it."""
        with self.inside("fred") as env:
            [answer] = env["lead.pool.entry"].search([("lead_ref", "=", self.given_back)]).action_claim()
            assert answer["done"], answer
            env["crm.lead"].browse(self.given_back).message_post(body="I called them")
        with self.inside() as env:
            lead = env["crm.lead"].browse(self.given_back)
            fred = env["res.users"].browse(self.users["fred"])
            lead.activity_schedule("mail.mail_activity_data_call", summary=f"Call {WORD}", user_id=fred.id)
            lead.message_post(
                body=f"{WORD} told me",
                partner_ids=fred.partner_id.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        with self.inside("fred") as env:
            # as a rep makes it from the lead's form: the lead's partner and the rep attend
            env["calendar.event"].create(
                {
                    "name": "Visit",
                    "start": "2031-01-01 09:00:00",
                    "stop": "2031-01-01 10:00:00",
                    "opportunity_id": self.given_back,
                }
            )
            env["sale.order"].create(
                {
                    "partner_id": env["res.partner"].create({"name": "Some customer"}).id,
                    "opportunity_id": self.given_back,
                }
            )
            env["crm.lead"].browse(self.given_back).action_follow_up({"note": "They think it over"})
            reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1)
            [answer] = env["lead.pool.entry"].search([("lead_ref", "=", self.given_back)]).action_return(reason.id)
            assert answer["done"], answer

    def _write_on(self, lead_id):
        for email in (f"old-{WORD}@example.org", VALUES["email_from"]):  # tracked at each commit
            with self.inside("boss") as env:
                env["crm.lead"].browse(lead_id).email_from = email
        with self.inside("boss") as env:
            lead = env["crm.lead"].browse(lead_id)
            lead.message_post(body=f"{WORD} was here", message_type="comment", subtype_xmlid="mail.mt_comment")
            lead.message_post(body=f"a note on {WORD}")
            env["ir.attachment"].create(
                {
                    "name": f"{WORD}.txt",
                    "raw": f"{WORD} price list".encode(),
                    "res_model": "crm.lead",
                    "res_id": lead.id,
                }
            )
            lead.activity_schedule(
                "mail.mail_activity_data_call",
                summary=f"Ask {WORD}",
                note=f"<p>{WORD}</p>",
                user_id=self.users["boss"],
            )
            lead.activity_schedule(
                "mail.mail_activity_data_call", summary=f"Done {WORD}", user_id=self.users["boss"]
            ).action_feedback(feedback=f"{WORD} did not answer")
            lead.action_follow_up({"note": f"Spoke to {WORD} for an hour"})

    def _link(self):
        """What members own themselves, and which points to the waiting lead."""
        with self.inside() as env:
            partner = env["res.partner"].create({"name": "Another customer"})
            for name in READERS:
                user = env["res.users"].browse(self.users[name])
                env["sale.order"].create({"partner_id": partner.id, "user_id": user.id, "opportunity_id": self.never})
                env["calendar.event"].with_user(user).sudo().create(
                    {
                        "name": "Meeting",
                        "start": "2031-01-01 09:00:00",
                        "stop": "2031-01-01 10:00:00",
                        "user_id": user.id,
                        "partner_ids": [(6, 0, user.partner_id.ids)],
                        "opportunity_id": self.never,
                    }
                )
                # as an automation rule would; a person is refused it
                env["crm.lead"].browse(self.never).activity_schedule(
                    "mail.mail_activity_data_call", summary="Look at this one", user_id=user.id
                )
        for name in READERS:
            with self.inside(name) as env:
                self.records[name] = env["crm.lead"].create({"name": "My own"}).id

    def _collect(self):
        """Ids of everything that hangs on the two leads."""
        leads = [self.never, self.given_back]
        with self.inside() as env:

            def ids(model, *domain):
                return env[model].with_context(active_test=False).search(list(domain)).ids

            self.leads_ids = leads
            on_leads = [("res_model", "=", "crm.lead"), ("res_id", "in", leads)]
            messages = ids("mail.message", ("model", "=", "crm.lead"), ("res_id", "in", leads))
            self.records.update(
                {
                    "crm.lead": leads,
                    "lead.pool.entry": ids("lead.pool.entry", ("lead_ref", "in", leads)),
                    "lead.pool.holding": ids("lead.pool.holding", ("lead_ref", "in", leads)),
                    "lead.pool.event": ids("lead.pool.event", ("lead_ref", "in", leads)),
                    "lead.follow.up": ids("lead.follow.up", ("lead_id", "in", leads)),
                    "mail.message": messages,
                    "mail.notification": ids("mail.notification", ("mail_message_id", "in", messages)),
                    "mail.tracking.value": ids("mail.tracking.value", ("mail_message_id", "in", messages)),
                    "mail.activity": ids("mail.activity", *on_leads),
                    "mail.followers": ids("mail.followers", *on_leads),
                    "ir.attachment": ids("ir.attachment", *on_leads),
                    "crm.activity.report": ids("crm.activity.report", ("lead_id", "in", leads)),
                    "sale.order": ids("sale.order", ("opportunity_id", "in", leads)),
                    "calendar.event": ids("calendar.event", ("opportunity_id", "in", leads)),
                    "lead.pool": list(self.pools.values()),
                }
            )
            self.to_lead = {
                (field.model, field.name): field.relation
                for field in env["ir.model.fields"].search(
                    [("relation", "in", ["crm.lead", "lead.pool.entry"]), ("model", "!=", "crm.lead")]
                )
            }
            self.wizards = sorted(
                {model for model, _name in self.to_lead if env[model]._transient and not env[model]._abstract}
            )
            empty = [model for model, found in self.records.items() if not found]
            assert not empty


@functools.cache
def sea_at(server):
    """One sea for all files."""
    return Sea(server)
