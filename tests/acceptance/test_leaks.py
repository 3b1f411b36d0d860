"""What waits in a masked pool is read by nobody but its admins, wherever a rep looks.

Canaries (a word and a phone number that occur nowhere else) are put into everything that can be
written on a lead. A member, a member who may see "all documents" and the former holder then ask for it
in every way that the web client and JSON-2 offer, by number, by search, in debug mode. No byte of any
answer may carry a canary. The pool's admin, who may see it all, shows that the questions work.
"""

import base64
import inspect
import io
import json
import re
import zipfile

import pytest
import requests
from department import Department, registry_of

from odoo.exceptions import UserError

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


@pytest.fixture(scope="module")
def sea(odoo_server):
    return Sea(odoo_server)


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


class Crawler:
    """Asks, and keeps what was answered."""

    def __init__(self, sea, name, debug=False):
        self.sea, self.name, self.server = sea, name, sea.server
        self.browser = sea.browser(sea.server, name)
        self.debug = debug
        if debug:
            self.browser.get("/odoo?debug=1")
        self.answers = []  # (what was asked, the bytes of the answer)

    def keep(self, label, response):
        self.answers.append((label, response.content))
        return response

    def rpc(self, model, method, *args, **kwargs):
        """As the web client."""
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        path = f"/web/dataset/call_kw/{model}/{method}"
        response = self.browser.post(path, json={"jsonrpc": "2.0", "params": params})
        answer = self.keep(f"{model}.{method} {args} {kwargs}", response).json()
        return answer.get("result")

    def route(self, path, **params):
        return self.keep(f"{path} {params}", self.browser.post(path, json={"params": params}))

    def page(self, path, **arguments):
        return self.keep(path, self.browser.get(path, **arguments))

    def json2(self, model, method, **arguments):
        key = self.server.api_key(self.sea.login(self.name))
        response = requests.post(
            f"{self.server.url}/json/2/{model}/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {key}", "X-Odoo-Database": self.server.dbname},
            timeout=60,
        )
        return self.keep(f"json/2 {model}.{method} {arguments}", response)

    def leaks(self):
        """Questions whose answers carry a canary, and a piece of the answer."""
        found = []
        for label, content in self.answers:
            if content[:2] == b"PK":  # a workbook
                with zipfile.ZipFile(io.BytesIO(content)) as book:
                    content = b"\n".join(book.read(name) for name in book.namelist())
            text = content.decode("utf-8", "replace").lower()
            for secret in SECRETS:
                at = text.find(secret.lower())
                if at >= 0:
                    found.append(f"{label[:300]}\n        … {text[max(0, at - 200) : at + 60]!r}")
                    break
        return found

    # the questions --------------------------------------------------------------------------------

    def everything(self):
        self.models()
        self.leads()
        self.entries()
        self.wizards()
        self.chatter()
        self.files()
        self.exports()
        self.bus()

    def models(self):
        """Each model around a lead: lists, reads, groups, names; relations with the lead's fields."""
        for model, ids in self.sea.records.items():
            if "." not in model:
                continue
            fields = self.readable_fields(model)
            if not fields:
                continue
            spec = {name: self.nested(field) for name, field in fields.items()}
            everything = {"context": {"active_test": False}}
            self.rpc(model, "web_search_read", [], spec, limit=80, **everything)
            self.rpc(model, "search_read", [], list(fields), limit=80, **everything)
            self.json2(model, "search_read", domain=[["id", "in", ids]], fields=list(fields))
            self.rpc(model, "web_read", ids, spec)
            for one in {*ids[:2], *ids[-1:]}:
                self.rpc(model, "read", [one], list(fields))
                self.json2(model, "web_read", ids=[one], specification=spec)
            self.rpc(model, "name_search", WORD[:5])
            self.rpc(model, "name_search", "", limit=200)
            self.rpc(model, "export_data", ids, [name for name in fields if name != "id"][:60])
            relations = [n for n, f in fields.items() if f.get("relation") in ("crm.lead", "lead.pool.entry")]
            deep = [f"{name}/{sub}" for name in relations for sub in ("name", "phone", "display_name", "email_from")]
            if deep:
                self.rpc(model, "export_data", ids, deep)
            for name in relations:
                if fields[name].get("groupable"):
                    self.rpc(model, "formatted_read_group", [], [name], ["__count"])
                    self.rpc(model, "web_read_group", [], [name], ["__count"])
                probe = [[name, "any", [["phone", "like", PHONE[:6]]]]]
                self.rpc(model, "search_read", probe, ["display_name"])

    def readable_fields(self, model):
        """``fields_get`` without what no rep may read on any record, for one such field refuses all."""
        fields = self.rpc(model, "fields_get", [], attributes=["type", "store", "relation", "groupable"])
        for _try in range(6):
            params = {"model": model, "method": "search_read", "args": [], "kwargs": {"fields": list(fields or {})}}
            answer = self.browser.json(f"/web/dataset/call_kw/{model}/search_read", params)
            refused = re.search(r"Failed to read field [\w.]+\.(\w+)", json.dumps(answer.get("error", "")))
            if not refused:
                break
            del fields[refused.group(1)]
        return fields

    def nested(self, field):
        """How the web client asks for a field: relations with their names, a lead with its fields."""
        if field["type"] not in ("many2one", "one2many", "many2many", "reference", "many2one_reference"):
            return {}
        fields = dict(NAMED)
        if field.get("relation") == "crm.lead":
            fields.update({name: {} for name in VALUES})
        if field.get("relation") == "lead.pool.entry":
            fields.update(lead_id={"fields": {name: {} for name in [*VALUES, "display_name"]}}, open_values={})
        return {"fields": fields}

    def leads(self):
        """The lead's own screens, and everything that might copy, merge or describe it."""
        ids, mine = self.sea.leads_ids, self.sea.records[self.name]
        text = [name for name in VALUES if name != "city"]
        for name in text:
            self.rpc("crm.lead", "formatted_read_group", [], [name], ["__count"])
            self.rpc("crm.lead", "web_search_read", [], {name: {}}, order=f"{name} desc", limit=20)
            self.json2("crm.lead", "search_read", domain=[[name, "ilike", WORD[:6]]], fields=[name])
        aggregates = [f"{name}:array_agg" for name in ("phone", "name")]
        self.rpc("crm.lead", "formatted_read_group", [], [], [*aggregates, "phone:max", "name:min"])
        self.rpc("crm.lead", "formatted_read_group", [["pool_id", "!=", False]], ["pool_id"], aggregates)
        self.rpc("crm.lead", "web_name_search", WORD[:5], {"display_name": {}, "phone": {}})
        self.rpc("crm.lead", "get_views", [[False, "form"], [False, "list"], [False, "kanban"], [False, "search"]])
        self.rpc("crm.lead", "search_panel_select_range", "stage_id")
        bar = {"field": "activity_state", "colors": {"planned": "success"}}
        self.rpc("crm.lead", "read_progress_bar", [], group_by="stage_id", progress_bar=bar)
        self.rpc("mail.activity", "get_activity_data", "crm.lead", [], 100, 0, True)
        self.route("/mail/data", fetch_params=["systray_get_activities", "failures", "init_messaging"])
        self.rpc("res.users", "_get_activity_groups")
        self.twin()
        for lead in ids:
            self.rpc("crm.lead", "onchange", [lead], {}, ["partner_id"], {name: {} for name in VALUES})
            self.rpc("crm.lead", "web_save", [lead], {"priority": "1"}, {name: {} for name in VALUES})
            self.rpc("crm.lead", "web_save", [lead], {"user_id": self.sea.users[self.name]}, {"phone": {}})
            self.rpc("crm.lead", "write", [lead], {"priority": "1"})
            self.rpc("crm.lead", "unlink", [lead])
            self.rpc("crm.lead", "copy", [lead])
            self.rpc("crm.lead", "copy_data", [lead])
            self.rpc("crm.lead", "merge_opportunity", [mine, lead])
            self.rpc("crm.lead", "message_subscribe", [lead], [1])
            self.rpc("crm.lead", "web_override_translations", [lead], {})
            parent = [["parent_res_model", "=", "crm.lead"], ["parent_res_id", "=", lead]]
            self.rpc("mail.message", "search_read", parent, ["body"])
            self.rpc("res.partner", "search_read", [["opportunity_ids.phone", "like", PHONE[:6]]], ["name"])

    def twin(self):
        """A lead of her own with the same phone: how much of the others does she get?"""
        spec = {"duplicate_lead_count": {}, "duplicate_lead_ids": {"fields": {"name": {}, **NAMED}}}
        [twin] = self.rpc("crm.lead", "web_save", [], {"name": "My own twin", "phone": VALUES["phone"]}, spec)
        if self.name in READERS:
            assert [lead["id"] for lead in twin["duplicate_lead_ids"]] == [twin["id"]]
            assert twin["duplicate_lead_count"] >= 2  # "taken?" is answered
        self.rpc("crm.lead", "read", [twin["id"]], ["duplicate_lead_ids", "duplicate_lead_count"])
        self.rpc("crm.lead", "action_show_potential_duplicates", [twin["id"]])
        with self.sea.inside() as env:
            env["crm.lead"].browse(twin["id"]).unlink()

    def entries(self):
        """The board, the cards, and the refusals of all verbs."""
        entries = self.sea.records["lead.pool.entry"]
        self.rpc(
            "lead.pool.entry", "get_views", [[False, "form"], [False, "list"], [False, "kanban"], [False, "search"]]
        )
        for field in ("pool_id", "source_id"):
            self.rpc("lead.pool.entry", "search_panel_select_range", field)
        for field in ("lead_id", "lead_ref", "city", "pool_id", "last_holder_id"):
            self.rpc("lead.pool.entry", "formatted_read_group", [], [field], ["__count"])
        for verb in ("action_open_card", "button_open_lead", "button_assign", "button_return", "button_transfer"):
            self.json2("lead.pool.entry", verb, ids=entries)
            self.rpc("lead.pool.entry", verb, entries)
        self.json2("lead.pool.entry", "action_assign", ids=entries, user_id=self.sea.users[self.name])
        self.json2("lead.pool.entry", "action_return", ids=entries, reason_id=1)
        self.json2("lead.pool.entry", "action_transfer", ids=entries, pool_id=1)
        self.json2("lead.pool.entry", "action_reclaim", ids=entries)
        self.json2("lead.pool.entry", "action_mark_invalid", ids=entries, reason_id=1)
        for lead in self.sea.leads_ids:
            self.json2("crm.lead", "action_follow_up", ids=[lead], values={"note": "mine now"})
            self.json2("crm.lead", "action_convert", ids=[lead], values={})

    def wizards(self):
        """Every wizard, ours and Odoo's, opened on the hidden lead."""
        for lead, entry in zip(self.sea.leads_ids, self.sea.records["lead.pool.entry"], strict=True):
            for model in self.sea.wizards:
                self.wizard(model, lead, entry)
            for model in ("mail.activity.schedule", "mail.compose.message", "calendar.event", "sale.order"):
                self.wizard(model, lead, entry)

    def wizard(self, model, lead, entry):
        fields = self.rpc(model, "fields_get", [], attributes=["type", "relation"])
        if not fields:
            return
        spec = {name: self.nested(field) for name, field in fields.items()}
        target = {"active_model": "crm.lead", "active_id": lead, "active_ids": [lead]}
        target.update(default_lead_id=lead, default_opportunity_id=lead, default_opportunity_ids=[lead])
        target.update(default_entry_ids=[[6, 0, [entry]]], default_res_ids=repr([lead]), default_res_id=lead)
        target.update(default_model="crm.lead", default_res_model="crm.lead", default_composition_mode="comment")
        target.update(default_duplicated_lead_ids=[[6, 0, [lead]]])
        if model == "sale.order":
            target.pop("default_entry_ids")
        if model not in ("calendar.event", "sale.order"):
            self.rpc(model, "onchange", [], {}, [], spec, context=target)
            self.rpc(model, "default_get", list(fields), context=target)
        # one field alone is not refused because of another one
        for name, field in fields.items():
            once = lead == self.sea.never and self.name == READERS[0]
            if once and field["type"] in ("char", "text", "html", "json", "many2one"):
                self.rpc(model, "onchange", [], {}, [], {name: spec[name]}, context=target)
        values = {}
        for name, field in fields.items():
            relation, single = field.get("relation"), field["type"] == "many2one"
            if relation in ("crm.lead", "lead.pool.entry") and field["type"] in ("many2one", "many2many"):
                one = lead if relation == "crm.lead" else entry
                values[name] = one if single else [[6, 0, [one]]]
        if model in self.sea.wizards and values:
            self.rpc(model, "web_save", [], values, spec, context=target)

    def chatter(self):
        records = self.sea.records
        for lead in self.sea.leads_ids:
            thread = {"thread_model": "crm.lead", "thread_id": lead}
            wanted = ["activities", "attachments", "followers", "scheduledMessages", "suggestedRecipients"]
            self.route("/mail/data", fetch_params=[["mail.thread", {**thread, "request_list": wanted}]])
            self.route("/mail/thread/messages", **thread, fetch_params={"limit": 60})
            self.route("/mail/thread/messages", **thread, fetch_params={"search_term": WORD[:5]})
            if self.name in READERS:  # it would make an admin's lead a contact, whom everybody reads
                self.route("/mail/thread/recipients", **thread)
            self.route("/mail/thread/recipients/get_suggested_recipients", **thread)
            self.route("/mail/partner/from_email", **thread, emails=[f"{self.name}@example.net"])
            self.route("/mail/thread/subscribe", res_model="crm.lead", res_id=lead, partner_ids=[1])
            self.page(f"/mail/view?model=crm.lead&res_id={lead}")
            self.page(f"/odoo/crm/{lead}")
            self.page(f"/json/1/crm/{lead}")
            self.page(f"/json/1/crm.lead/{lead}")
        for message in records["mail.message"]:
            self.route("/mail/message/reaction", message_id=message, content="👍", action="add")
            self.route("/mail/link_preview", message_id=message)
            self.page(f"/mail/message/{message}")
        for method in ("message_format", "_message_format", "get_mention_suggestions"):
            self.rpc("mail.message", method, records["mail.message"])
        for box in ("inbox", "history", "starred"):
            self.route(f"/mail/{box}/messages", fetch_params={"limit": 60})
        for follower in records["mail.followers"]:
            self.route("/mail/read_subscription_data", follower_id=follower)
        self.rpc("mail.message", "search_read", [["body", "ilike", WORD[:6]]], ["body", "record_name", "preview"])
        self.rpc("mail.tracking.value", "search_read", [], ["old_value_char", "new_value_char"])

    def files(self):
        mine = self.sea.records[self.name]
        files = self.sea.records["ir.attachment"]
        self.downloads()
        for one in files:
            self.route("/mail/attachment/delete", attachment_id=one)
            self.rpc("ir.attachment", "copy", [one], {"res_model": "crm.lead", "res_id": mine})
            self.rpc("ir.attachment", "write", [one], {"res_id": mine})
        for lead in self.sea.leads_ids:
            for name in ("name", "phone", "description"):
                self.page(f"/web/content/crm.lead/{lead}/{name}")
                self.page(f"/web/content?model=crm.lead&id={lead}&field={name}&filename_field=name")
        # hung on something of her own, and read from there
        self.rpc("crm.lead", "message_post", [mine], body="files", attachment_ids=files)
        self.json2("crm.lead", "action_follow_up", ids=[mine], values={"note": "files", "attachment_ids": files})
        self.route("/mail/thread/messages", thread_model="crm.lead", thread_id=mine, fetch_params={"limit": 60})
        for content in re.findall(rb'"raw_access_token": ?"([^"]+)"', self.answers[-1][1]):
            for one in files:
                self.page(f"/web/content/{one}?access_token={content.decode()}")
        self.rpc("lead.follow.up", "search_read", [["lead_id", "=", mine]], ["attachment_ids"])

    def downloads(self):
        for one in self.sea.records["ir.attachment"]:
            self.page(f"/web/content/{one}")
            self.page(f"/web/content/{one}?download=1")
            self.page(f"/web/image/{one}")
            self.page(f"/web/content/ir.attachment/{one}/raw")
            self.page(f"/web/content/ir.attachment/{one}/datas")

    def exports(self):
        fields = [{"name": name, "label": name} for name in ("id", *VALUES)]
        for model, ids, names in (
            ("crm.lead", self.sea.leads_ids, fields),
            ("crm.lead", False, fields),
            ("lead.pool.entry", self.sea.records["lead.pool.entry"], self.through("lead_id")),
            ("lead.pool.entry", False, self.through("lead_id")),
            ("lead.pool.holding", False, self.through("lead_id")),
            ("sale.order", False, self.through("opportunity_id")),
            ("calendar.event", False, self.through("opportunity_id")),
        ):
            data = {
                "model": model,
                "fields": names,
                "ids": ids,
                "domain": [],
                "groupby": [],
                "context": {"active_test": False},
                "import_compat": False,
            }
            self.export("csv", data)
            if ids is False:
                first = names[0]["name"].split("/")[0]
                self.export("xlsx", data if first == "id" else {**data, "groupby": [first]})
        self.rpc("crm.lead", "get_import_templates")

    def through(self, field):
        return [{"name": f"{field}/{name}", "label": name, "type": "char"} for name in ("display_name", *VALUES)]

    def export(self, kind, data):
        page = self.browser.get("/odoo").text
        found = re.search(r'csrf_token: "([^"]+)"', page)
        response = self.browser.post(
            f"/web/export/{kind}",
            data={"data": json.dumps(data), "csrf_token": found.group(1) if found else "", "token": "x"},
        )
        self.keep(f"/web/export/{kind} {data['model']} {data['ids']}", response)
        return response

    def bus(self):
        """Everything that was ever sent on channels she gets, and on those she might guess."""
        leads = self.sea.leads_ids
        guesses = [f"{model}_{lead}" for model in ("crm.lead", "mail.thread-crm.lead") for lead in leads]
        guesses += [f"lead.pool_{pool}" for pool in self.sea.pools.values()]
        last = self.sea.sent_before or 1  # 0 would mean the last fifty seconds
        self.route("/websocket/peek_notifications", channels=guesses, last=last, is_first_poll=True)

    def public_methods(self):
        """Every method that RPC can reach on the two models, called without arguments."""
        registry = registry_of(self.sea.dbname)
        for model, ids in (
            ("crm.lead", [self.sea.never]),
            ("lead.pool.entry", self.sea.records["lead.pool.entry"][:1]),
        ):
            methods = [
                name
                for name, method in inspect.getmembers(registry[model], callable)
                if not name.startswith("_") and not getattr(method, "_api_private", False)
            ]
            assert len(methods) > 50
            for name in methods:
                if name not in ("action_claim", "button_claim"):  # those would be right
                    self.json2(model, name, ids=ids)


def moved(sea):
    """Whether a rep's questions changed anything on the hidden leads."""
    with sea.inside() as env:
        leads = env["crm.lead"].browse(sea.leads_ids)
        found = [f"{lead.id}: {lead.pool_state}, {lead.user_id.login}" for lead in leads.exists()]
        now = [
            f"{lead.id}: {name} is {lead[name]!r}"
            for lead in leads
            for name, value in VALUES.items()
            if lead[name] != value and name != "description"
        ]
        return found, now


def verify(sea, crawler):
    leaks = crawler.leaks()
    assert not leaks, f"{len(leaks)} of {len(crawler.answers)} answers:\n    " + "\n    ".join(leaks[:25])
    states, changed = moved(sea)
    assert states == [f"{lead}: waiting, False" for lead in sea.leads_ids]
    assert not changed
    assert sea.problems() == []
    crashes = [
        label
        for label, content in crawler.answers
        if b"Internal Server Error" in content and b"odoo.exceptions." not in content  # exports wrap refusals
    ]
    assert not crashes, crashes[:5]


def test_the_admin_of_the_pool_sees_it_all(sea):
    """Without this the other tests would pass on questions that ask nothing."""
    crawler = Crawler(sea, "boss")
    crawler.models()
    crawler.chatter()
    crawler.downloads()
    crawler.exports()
    text = "\n".join(crawler.leaks())
    for place in (
        "crm.lead.web_search_read",
        "crm.lead.read",
        "json/2 crm.lead.search_read",
        "crm.lead.export_data",
        "lead.pool.entry.web_read",
        "lead.follow.up.web_search_read",
        "mail.message.search_read",
        "mail.activity.search_read",
        "ir.attachment.search_read",
        "/mail/thread/messages",
        "/web/content/",
        "/web/export/csv crm.lead",
        "/web/export/xlsx lead.pool.holding",
    ):
        assert place in text, f"{place} shows the admin nothing"


@pytest.mark.parametrize("name", READERS)
def test_no_answer_carries_a_canary(sea, name):
    crawler = Crawler(sea, name)
    crawler.everything()
    verify(sea, crawler)


@pytest.mark.parametrize("name", ["mia", pytest.param("fred", marks=pytest.mark.long)])
def test_no_answer_in_debug_mode_carries_a_canary(sea, name):
    crawler = Crawler(sea, name, debug=True)
    crawler.leads()
    crawler.entries()
    crawler.wizards()
    crawler.chatter()
    verify(sea, crawler)


def test_no_public_method_tells_or_changes_anything(sea):
    crawler = Crawler(sea, "mia")
    crawler.public_methods()
    verify(sea, crawler)


def test_nobody_gives_a_member_something_to_do_on_a_lead_he_may_not_read(sea):
    with pytest.raises(UserError, match="may not read lead"), sea.inside("boss") as env:
        env["crm.lead"].browse(sea.never).activity_schedule(
            "mail.mail_activity_data_call", summary="Call", user_id=sea.users["mia"]
        )
    with sea.inside() as env:
        activities = env["crm.lead"].browse(sea.never).activity_ids
        assert set(activities.mapped("user_id.id")) == {sea.users["boss"]}


def test_a_lead_that_goes_back_is_forgotten_by_all_who_helped(sea):
    """A colleague had an activity, a message and followed it while it was held."""
    [(entry, lead)] = sea.leads("Sea", 1, holder="hal", **VALUES)
    with sea.inside("hal") as env:
        helper = env["res.users"].browse(sea.users["sam"])  # reads all leads that somebody holds
        mine = env["crm.lead"].browse(lead)
        mine.activity_schedule("mail.mail_activity_data_call", summary=f"Help with {WORD}", user_id=helper.id)
        mine.message_post(body=f"See {WORD}", partner_ids=helper.partner_id.ids)
        reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1)
        [answer] = env["lead.pool.entry"].browse(entry).action_return(reason.id)
        assert answer["done"]
    crawler = Crawler(sea, "sam")
    for model in ("mail.message", "mail.activity", "mail.notification", "mail.followers"):
        fields = [name for name in ("body", "summary", "res_name", "record_name", "display_name")]
        known = crawler.rpc(model, "fields_get", [], attributes=["type"])
        crawler.rpc(model, "search_read", [], [name for name in fields if name in known])
    crawler.route("/mail/inbox/messages", fetch_params={"limit": 60})
    crawler.route("/mail/history/messages", fetch_params={"limit": 60})
    crawler.rpc("mail.activity", "get_activity_data", "crm.lead", [], 100, 0, True)
    assert crawler.leaks() == []
    with sea.inside() as env:  # the history is whole for who may read it
        assert WORD in str(env["crm.lead"].browse(lead).message_ids.mapped("body"))


def test_the_wizards_of_odoo_do_not_tell_the_names_of_a_hidden_lead(sea):
    """Their fields are related to the lead's, and such fields are read in sudo unless told otherwise."""
    crawler = Crawler(sea, "mia")
    names = ["lead_partner_name", "lead_contact_name"]
    for model, values in (
        ("crm.lead2opportunity.partner", {"name": "convert", "action": "create"}),
        ("crm.lead2opportunity.partner.mass", {"name": "convert", "action": "each_exist_or_create"}),
    ):
        values = {**values, "user_id": sea.users["mia"], "team_id": False, "partner_id": False}
        values = {**values, "lead_id": sea.never, "duplicated_lead_ids": [], "commercial_partner_id": False}
        made = crawler.rpc(model, "create", [values])
        for name in names:
            crawler.rpc(model, "read", made or [], [name])
            crawler.rpc(model, "search_read", [], [name])
            target = {"default_lead_id": sea.never}
            crawler.rpc(model, "onchange", [], {}, [], {name: {}}, context=target)
            crawler.rpc(model, "onchange", [], {"lead_id": sea.never}, ["lead_id"], {name: {}, "lead_id": {}})
    assert crawler.leaks() == []


def test_a_wizard_does_not_tell_whose_customer_a_hidden_lead_is(sea):
    with sea.inside() as env:
        email = {"email": VALUES["email_from"]}
        customer = env["res.partner"].create({"name": "Known customer", **email})
    crawler = Crawler(sea, "mia")
    spec = {"partner_id": {"fields": NAMED}, "found_partner_id": {"fields": NAMED}, "customer": {}}
    target = {"default_lead_id": sea.never}
    crawler.rpc("lead.pool.convert", "onchange", [], {}, [], spec, context=target)
    crawler.rpc("lead.pool.convert", "web_save", [], {"lead_id": sea.never}, spec)
    told = [label for label, content in crawler.answers if b"Known customer" in content]
    with sea.inside() as env:
        env["res.partner"].browse(customer.id).unlink()
    assert not told


PROBES = {
    "crm.lead": ["phone", "email_from", "name", "contact_name", "message_ids.body", "activity_ids.summary"],
    "lead.pool.entry": ["lead_id.phone", "lead_id.message_ids.body", "lead_id.name", "lead_id.follow_up_ids.note"],
    "lead.pool.holding": ["lead_id.phone"],
    "lead.follow.up": ["lead_id.phone", "note"],
    "sale.order": ["opportunity_id.phone", "opportunity_id.name", "opportunity_id"],
    "calendar.event": ["opportunity_id.phone", "opportunity_id"],
    "mail.activity": ["res_name", "summary"],
    "mail.message": ["body", "subject"],
    "mail.notification": ["mail_message_id", "mail_message_id.subject", "mail_message_id.body"],
    "ir.attachment": ["name", "index_content"],
    "lead.pool": ["member_ids.pool_id.name"],
    "res.partner": ["opportunity_ids.phone", "opportunity_ids.name"],
    "crm.activity.report": ["lead_id.phone", "body"],
}


@pytest.mark.parametrize("name", READERS)
def test_a_condition_that_fits_finds_no_more_than_one_that_does_not(sea, name):
    """Searching digit by digit: right and wrong guesses get the same answer, in number and in words."""
    crawler = Crawler(sea, name)
    for model, fields in PROBES.items():
        for field in fields:
            for operator in ("ilike", "not ilike"):
                nonsense = crawler.rpc(model, "search_count", [[field, operator, "qqqqqqq"]])
                for guess in (WORD[:7], PHONE[:7]):
                    found = crawler.rpc(model, "search_count", [[field, operator, guess]])
                    assert found == nonsense, f"{model}: {field} {operator} {guess} tells"


def test_a_removed_member_sees_no_cards_at_once(sea):
    crawler = Crawler(sea, "sam")
    entries = sea.records["lead.pool.entry"]
    assert crawler.rpc("lead.pool.entry", "search_count", [["id", "in", entries]]) == 2
    with sea.inside() as env:
        env["lead.pool.member"].search([("user_id", "=", sea.users["sam"])]).unlink()
    assert crawler.rpc("lead.pool.entry", "search_count", [["id", "in", entries]]) == 0
    [answer] = crawler.rpc("lead.pool.entry", "action_claim", entries[:1])
    assert answer["code"] == "unknown"
