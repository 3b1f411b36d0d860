"""A crawler that asks for what is hidden in every way that the web client and JSON-2 offer."""

import inspect
import io
import json
import re
import zipfile

import requests
from department import registry_of
from sea import NAMED, PHONE, READERS, SECRETS, VALUES, WORD


class Crawler:
    """Asks, and keeps what was answered."""

    def __init__(self, sea, name, debug=False):
        self.sea, self.name, self.server = sea, name, sea.server
        self.browser = sea.browser(sea.server, name)
        self.debug = debug
        self.browser.get(f"/odoo?debug={int(debug)}")  # kept with the session
        self.token = None
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

    def doors(self):
        """The main ways only, for those who have no place in the pool at all."""
        for model, ids in self.sea.records.items():
            fields = self.readable_fields(model) if "." in model else None
            self.rpc(model, "read", ids, ["display_name"])
            if fields:
                self.rpc(model, "read", ids, list(fields))
                self.rpc(model, "web_read", ids, {name: self.nested(field) for name, field in fields.items()})
                self.json2(model, "search_read", domain=[["id", "in", ids]], fields=list(fields))
            self.rpc(model, "name_search", WORD[:5])
        for lead in self.sea.leads_ids:
            thread = {"thread_model": "crm.lead", "thread_id": lead}
            self.route("/mail/data", fetch_params=[["mail.thread", {**thread, "request_list": ["followers"]}]])
            self.route("/mail/thread/messages", **thread, fetch_params={"limit": 60})
            for path in (f"/mail/view?model=crm.lead&res_id={lead}", f"/odoo/crm/{lead}", f"/json/1/crm.lead/{lead}"):
                self.page(path)
        self.downloads()
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
            self.json2("crm.lead", "action_assess", ids=[lead], values={"need": "weak"})
            for verb in ("action_ask_help", "action_stop_help"):
                self.json2("crm.lead", verb, ids=[lead], user_id=self.sea.users[self.name])

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
        if self.token is None:
            found = re.search(r'csrf_token: "([^"]+)"', self.browser.get("/odoo").text)
            self.token = found.group(1) if found else ""
        response = self.browser.post(
            f"/web/export/{kind}", data={"data": json.dumps(data), "csrf_token": self.token, "token": "x"}
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
