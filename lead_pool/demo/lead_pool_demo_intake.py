"""How leads came in during the last week of the demo history: a file, two web addresses, people who wrote twice, and a
colleague who nearly left. One chapter on each of the last working days."""

import base64
import hashlib
import hmac
import json
import random
from datetime import timedelta
from urllib.parse import urlencode

from ..models.intake.receive import Request
from .lead_pool_demo_texts import INQUIRIES, LANDING_PAGE, LIST_OF_THE_FAIR, PLATFORM_LEADS

SEED = 22
SECRET = "demo-secret"  # of the advertising platform that signs what it sends
CITY_CODES = "1 = 北京\n2 = 上海\n* = 其他"  # theirs = ours
LAST_DAYS = 7  # before today: five of them are working days


class IntakeStory:
    def __init__(self, story):
        self.story = story
        self.clock, self.dice = story.clock, random.Random(SEED)
        self.chapters = [self.file, self.web_addresses, self.hand_over, self.again, self.flagged]
        self.handed_over = None

    def evening(self):
        """The next chapter, on a working day."""
        if self.chapters:
            self.chapters.pop(0)()
            self.inquiry()

    def morning(self):
        """A hand-over can be undone for a day."""
        if self.handed_over:
            self.handed_over.action_undo()
            self.handed_over = None

    def some_lead(self, state, pool, position=0):
        """A lead that is in this state: the one entered last, or so many before it."""
        return self.story.env["lead.pool.entry"].search(
            [("state", "=", state), ("pool_id", "=", self.story.pools[pool].id), ("lead_id.phone", "!=", False)],
            order="entered_at desc, id desc",
            offset=position,
            limit=1,
        ).lead_id  # fmt: skip

    # ------------------------------------------------------------
    # A FILE
    # ------------------------------------------------------------

    def file(self):
        """Marketing imports who visited the stand: most go in, the rest comes back as a file."""
        env = self.story.as_user("mei")
        known = self.some_lead("held", "north")
        lines = [line.format(known=known.contact_name, phone=known.phone) for line in LIST_OF_THE_FAIR]
        run = env["lead.pool.import"].create(
            {
                "file": base64.b64encode("\n".join(lines).encode("utf-8-sig")),
                "file_name": "教育展名单 Education Fair.csv",
                "destination": "pool",
                "pool_id": self.story.pools["online"].id,
                "campaign_id": self.story.ref("campaign_fair").id,
                "source_id": self.story.ref("source_fair").id,
            }
        )
        run.action_check()
        run.action_import()
        job = run.sudo().job_id
        while job._work()[1]:
            pass
        self.story.count["imported"] += run.new_count

    # ------------------------------------------------------------
    # WEB ADDRESSES
    # ------------------------------------------------------------

    def web_addresses(self):
        """A landing page that sends its form, and an advertising platform that signs what it sends."""
        story = self.story
        Intake = story.as_user("grace")["lead.pool.intake"]
        page = Intake.create(
            {
                "name": "Landing Page, Autumn Class",
                "kind": "form",
                "pool_id": story.pools["north"].id,
                "source_id": story.ref("source_website").id,
                "campaign_id": story.ref("campaign_intake").id,
                "country_id": story.env.ref("base.cn").id,
            }
        )
        platform = Intake.create(
            {
                "name": "Advertising Platform",
                "kind": "json",
                "pool_id": story.pools["online"].id,
                "source_id": story.ref("source_baidu").id,
                "country_id": story.env.ref("base.cn").id,
                "signature_method": "hmac_body",
                "secret": SECRET,
                "signature_name": "X-Signature",
                "signature_prefix": "sha256=",
                "external_id_path": "clue.id",
                "mapping_ids": [
                    (0, 0, {"path": "clue.customer.name", "target": "contact_name", "sequence": 10}),
                    (0, 0, {"path": "clue.customer.tel", "target": "phone", "sequence": 20, "required": True}),
                    (0, 0, {"path": "clue.customer.company", "target": "partner_name", "sequence": 30}),
                    (0, 0, {"path": "clue.answers[question=course].text", "target": "description", "sequence": 40}),
                    (0, 0, {"path": "clue.city_code", "target": "city", "sequence": 50, "values": CITY_CODES}),
                ],
            }
        )
        self.intakes = {"page": page.sudo(), "platform": platform.sudo()}
        for form in LANDING_PAGE:
            self.send("page", urlencode(form).encode(), "application/x-www-form-urlencoded")
        for lead in PLATFORM_LEADS:
            self.send_signed(lead)
        self.send_signed(PLATFORM_LEADS[0])  # the platform did not hear the answer
        self.send("platform", json.dumps(PLATFORM_LEADS[1]).encode(), "application/json")  # nobody signed this one
        self.work_on_received()

    def send_signed(self, lead):
        body = json.dumps(lead, ensure_ascii=False).encode()
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        self.send("platform", body, "application/json", {"X-Signature": signature})

    def send(self, name, body, content_type, headers=()):
        request = Request(
            method="POST",
            body=body,
            headers={"Content-Type": content_type, "User-Agent": "demo", **dict(headers)},
            query=(),
            remote_addr="203.0.113.7",
        )
        self.intakes[name]._answer(request)

    def work_on_received(self):
        while self.story.env["lead.pool.received"].sudo()._work()[1]:
            pass

    def again(self):
        """What waited for its retries is given up; the mapping is mended for some of it, and that is tried again."""
        Received = self.story.env["lead.pool.received"].sudo()
        for _try in range(4):  # as many as it is tried by itself
            due = Received.search([("state", "=", "failed")])
            due.next_try_at = self.clock.now
            self.work_on_received()
        page = self.intakes["page"]
        page.with_user(self.story.users["grace"]).sudo(False).mapping_ids = [
            (0, 0, {"path": "mobile", "target": "phone", "sequence": 25})
        ]
        mended = Received.search([("intake_id", "=", page.id), ("state", "=", "dead"), ("body", "like", "mobile")])
        mended.with_user(self.story.users["zhaomin"]).sudo(False).action_try_again()
        self.work_on_received()
        self.send("page", urlencode({"subject": "test"}).encode(), "application/x-www-form-urlencoded")
        self.work_on_received()

    # ------------------------------------------------------------
    # PEOPLE WHO WROTE TWICE
    # ------------------------------------------------------------

    def inquiry(self):
        """Somebody whose lead is there already writes again, by the website or by mail."""
        lead = self.some_lead("held", self.dice.choice(["north", "online", "enterprise"]), self.dice.randrange(3))
        if not lead:
            return
        channel = self.dice.choice(["website", "website", "mail"])
        vals = {
            "name": f"{lead.contact_name}: {self.dice.choice(['again', '再次咨询'])}",
            "contact_name": lead.contact_name,
            "phone": lead.phone,
            "description": self.dice.choice(INQUIRIES),
            "source_id": self.story.ref("source_website" if channel == "website" else "source_referral").id,
            "campaign_id": self.story.ref("campaign_intake").id,
        }
        self.story.env["crm.lead"]._take_in([vals], channel)
        self.story.count["inquiries"] += 1

    def flagged(self):
        """Marketing types in two whom somebody may have already: they are made, and say what they look like."""
        Lead = self.story.as_user("mei")["crm.lead"]
        for pool, position in (("north", 1), ("online", 2)):
            known = self.some_lead("held", pool, position)
            Lead.create(
                {
                    "name": f"{known.contact_name}, {'电话咨询' if pool == 'north' else 'rang the office'}",
                    "contact_name": known.contact_name,
                    "phone": known.phone,
                    "country_id": known.country_id.id,
                    "pool_id": self.story.pools[pool].id,
                    "user_id": False,
                    "source_id": self.story.ref("source_referral").id,
                    "product_interest_ids": [(6, 0, known.product_interest_ids.ids)],
                }
            )

    # ------------------------------------------------------------
    # WHO NEARLY LEFT
    # ------------------------------------------------------------

    def hand_over(self):
        """Raj has resigned: his leads go to Emma, who calls two of them at once. The next morning he stays after all,
        and what she did not touch goes back to him."""
        env = self.story.as_user("olivia")
        run = env["lead.pool.handover"].create(
            {
                "user_id": self.story.users["raj"].id,
                "mode": "person",
                "target_user_id": self.story.users["emma"].id,
                "over_capacity": True,
                "note": "Raj leaves us at the end of the month",
            }
        )
        run.action_run()
        self.handed_over = run
        run.sudo().line_ids.touched_after = self.clock.now
        self.clock.now += timedelta(minutes=20)
        emma = self.story.as_user("emma")
        for line in run.line_ids.filtered(lambda line: line.state == "moved")[:2]:
            self.story.follow_up(emma["crm.lead"].browse(line.lead_id.id), 2, self.clock.now.date(), 0)
