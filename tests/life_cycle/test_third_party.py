"""An add-on that knows nothing of pools, and does what other people's add-ons do to leads (``addons/third_party_crm``):
whatever it does, the pools have an exact outcome."""

import datetime
import pathlib
import re

import pytest
from department import Department
from life import ADDONS, Life
from servers import ROOT

from odoo.exceptions import ValidationError

import odoo.addons
from odoo.addons.lead_pool.models.verbs import enrol

PAGE = ROOT / "docs/developing.md"


def write_example(folder):
    """The add-ons that docs/developing.md shows, file by file."""
    for name, text in re.findall(
        r"^`([\w/]+\.(?:py|xml))`\n\n```(?:python|xml)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ):
        path = pathlib.Path(folder, name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def shop(make_database, tmp_path_factory):
    """Ann and Ben sell, Cleo runs the pool and Boss all of them; the other add-ons came last."""
    example = write_example(tmp_path_factory.mktemp("addons"))
    odoo.addons.__path__.append(str(ADDONS))
    odoo.addons.__path__.append(str(example))
    life = Life(make_database())
    life.odoo("-i", "third_party_crm,acme_claim,acme_reports", addons=[ROOT, ADDONS, example])
    shop = Department(life.dbname, "other")
    shop.hire("rep", "ann", "ben")
    shop.hire("manager", "cleo", "boss")
    shop.open_pool("Inbound", ["ann", "ben"], ["cleo"], strategy="manual")
    return shop


@pytest.fixture
def pool(shop):
    """A pool of its own for each test, at peace at the end."""
    shop.open_pool("Inbound", ["ann", "ben"], ["cleo"], strategy="manual")
    yield shop.pools["Inbound"]
    assert shop.problems() == []


def keep(env, number):
    """The other add-on lets this lead's owner not be changed any more."""
    lead = env["crm.lead"].browse(number)
    lead.no_change_of_owner = True
    return lead


def owners(env, pairs):
    return [env["crm.lead"].browse(lead).user_id.id for _entry, lead in pairs]


def told(env, user_id, word):
    """How many messages with this word are in somebody's inbox."""
    partner = env["res.users"].browse(user_id).partner_id
    return env["mail.message"].search_count([("partner_ids", "in", partner.ids), ("body", "ilike", word)])


def test_a_rule_of_the_page_for_developers_is_obeyed_by_button_and_next_lead(shop, pool):
    [(large, _lead), (small, _other)] = shop.leads("Inbound", 2)
    with shop.inside() as env:
        env["lead.pool.entry"].browse(large).lead_id.write({"expected_revenue": 250_000, "priority": "3"})
    with shop.inside("ann") as env:
        entries = env["lead.pool.entry"].browse([large, small])
        assert entries.mapped("can_claim") == [False, True]
        assert entries[0].claim_refusal.startswith("Leads of this size are for seniors.")
        [answer] = entries[0].action_claim()
        assert (answer["done"], answer["code"]) == (False, "acme_large")
        [answer] = env["lead.pool"].browse(pool).action_pull_next()
        assert (answer["done"], answer["id"]) == (True, small), "the large one is passed over"
    with shop.inside("ben") as env:
        env.user.sudo().group_ids |= env.ref("sales_team.group_sale_salesman_all_leads")
        [answer] = env["lead.pool.entry"].browse(large).action_claim()
        assert answer["done"]
        note = env["lead.pool.entry"].browse(large).lead_id.message_ids[0]
        assert "call within the hour" in note.body, "told after the move"
        env.cr.rollback()


def test_a_report_of_the_page_for_developers_is_read_like_ours(shop, pool):
    leads = [lead for _entry, lead in shop.leads("Inbound", 2)]
    with shop.inside() as env:
        env["crm.lead"].browse(leads).city = "Chengdu"
    with shop.inside("boss") as env:
        Report = env["lead.pool.report"]
        [row] = [row for row in Report.table("acme_cities")["rows"] if row["key"] == "Chengdu"]
        assert row["cells"] == ["Chengdu", 2, 0, 0.0]
        assert "acme_cities" in [name for name, _asked, _table in Report._tables([], {})], "in workbooks and mails"
        assert Report.table("sources")["columns"][-1]["label"] == "Of the Valid Ones"
        Report.save_preset("acme_cities", "Mine", {"period": "today"})
        assert [preset["title"] for preset in Report.presets("acme_cities")] == ["Mine"]
        env.cr.rollback()
    with shop.inside("ann") as env:
        cities = [row["key"] for row in env["lead.pool.report"].table("acme_cities")["rows"]]
        assert "Chengdu" not in cities, "her own leads"


def test_what_is_computed_from_the_owner_and_checked_makes_odoo_write_lead_by_lead(shop):
    """The fast way of writing owners would pass by all that the other add-on does."""
    with shop.inside() as env:
        assert env["crm.lead"]._pool_write_mode() == "faithful"
        assert "third_party_crm" in env["crm.lead"]._pool_write_obstacle()
        assert "owner_code" in env["crm.lead"]._pool_write_watcher()


def test_a_claim_reaches_the_other_add_on(shop, pool):
    pairs = shop.leads("Inbound", 2)
    with shop.inside("ann") as env:
        [answer] = env["lead.pool.entry"].browse(pairs[0][0]).action_claim()
        assert answer["done"]
    with shop.inside() as env:
        first, second = (env["crm.lead"].browse(lead) for _entry, lead in pairs)
        assert (first.user_id.id, first.owner_code) == (shop.users["ann"], f"U{shop.users['ann']}")
        assert first.written_count > second.written_count
        assert (second.owner_code, second.pool_state) == ("free", "waiting")
    assert shop.held("ann", "Inbound") == (1, 1)


def test_one_lead_that_cannot_be_claimed_does_not_keep_the_others(shop, pool):
    pairs = shop.leads("Inbound", 4)
    with shop.inside() as env:
        keep(env, pairs[1][1])
    with shop.inside("ann") as env:
        answers = env["lead.pool.entry"].browse(entry for entry, _lead in pairs).action_claim()
    assert [answer["code"] for answer in answers] == [False, "blocked", False, False]
    assert f"The credit department keeps lead {pairs[1][1]}." in answers[1]["message"]
    ann = shop.users["ann"]
    with shop.inside() as env:
        assert owners(env, pairs) == [ann, False, ann, ann]
    assert shop.held("ann", "Inbound") == (3, 3)


def test_a_single_claim_says_what_the_other_add_on_says_and_leaves_no_trace(shop, pool):
    [(entry, lead)] = shop.leads("Inbound", 1)
    with shop.inside() as env:
        keep(env, lead)
    with shop.inside("ann") as env:
        [answer] = env["lead.pool.entry"].browse(entry).action_claim()
    assert (answer["done"], answer["code"]) == (False, "blocked")
    assert "credit department" in answer["message"]
    with shop.inside() as env:
        assert env["lead.pool.entry"].browse(entry).state == "waiting"
        assert not env["lead.pool.holding"].search([("lead_id", "=", lead)])
    assert shop.held("ann", "Inbound") == (0, 0)


@pytest.mark.parametrize("order", ["free", "oldest"])
def test_who_asks_for_the_next_lead_gets_the_one_behind_it(shop, pool, order):
    """It is passed over by all for a while, the admins are told once, and no rep has to claim what he cannot."""
    pairs = shop.leads("Inbound", 3)
    bad = pairs[0]
    with shop.inside() as env:
        keep(env, bad[1]).priority = "3"  # the first one in either order
        env["lead.pool"].browse(pool).claim_order = order
    got = []
    for name in ("ann", "ben", "ann"):
        with shop.inside(name) as env:
            got += env["lead.pool"].browse(pool).action_pull_next()
    assert {answer["id"] for answer in got[:2]} == {pairs[1][0], pairs[2][0]}
    assert [(answer["done"], answer["code"]) for answer in got] == [(True, False), (True, False), (False, "no_lead")]
    assert shop.held("ann", "Inbound") == shop.held("ben", "Inbound") == (1, 1)
    with shop.inside() as env:
        assert told(env, shop.users["cleo"], f"credit department keeps lead {bad[1]}") == 1
        env.cr.execute("UPDATE lead_pool_entry SET put_off_until = now() - interval '1 hour' WHERE id = %s", [bad[0]])
    with shop.inside("ann") as env:  # an hour later it is tried again, and nothing else waits
        [answer] = env["lead.pool"].browse(pool).action_pull_next()
        assert (answer["id"], answer["code"]) == (False, "blocked")
        assert f"The credit department keeps lead {bad[1]}." in answer["message"]
    with shop.inside() as env:
        assert told(env, shop.users["cleo"], f"credit department keeps lead {bad[1]}") == 1
        env["crm.lead"].browse(bad[1]).no_change_of_owner = False
        env.cr.execute("UPDATE lead_pool_entry SET put_off_until = now() - interval '1 hour' WHERE id = %s", [bad[0]])
    with shop.inside("ben") as env:
        [answer] = env["lead.pool"].browse(pool).action_pull_next()
        assert (answer["id"], answer["done"]) == (bad[0], True)


def test_a_claim_that_is_refused_opens_the_line_behind_it(shop, pool):
    """In a pool that gives its oldest leads first nobody would come past the first one."""
    pairs = shop.leads("Inbound", 2)
    with shop.inside() as env:
        keep(env, pairs[0][1])
        env["lead.pool"].browse(pool).claim_order = "oldest"
    codes = []
    for entry in (pairs[1][0], pairs[0][0], pairs[1][0]):
        with shop.inside("ann") as env:
            codes += [answer["code"] for answer in env["lead.pool.entry"].browse(entry).action_claim()]
    assert codes == ["out_of_order", "blocked", False]


def test_a_batch_goes_round_the_lead_that_cannot_be_given_out(shop, pool):
    """Its admins are told once; what was in its batch is given out."""
    pairs = shop.leads("Inbound", 9)
    bad = pairs[4]
    with shop.inside() as env:
        keep(env, bad[1])
        env["lead.pool"].browse(pool).strategy = "rotation"
    for _run in range(2):  # the scheduled action, today and tomorrow
        with shop.inside() as env:
            left = []
            here = env["lead.pool"].browse(pool)
            while here._distribute_next(left)[1]:
                pass
            assert left == [bad[0]]
    with shop.inside() as env:
        given = owners(env, pairs)
        assert given.count(shop.users["ann"]) == given.count(shop.users["ben"]) == 4
        assert given[4] is False
        assert env["lead.pool.entry"].browse(bad[0]).left_code == "blocked"
        kinds = env["lead.pool.event"].search([("lead_ref", "=", bad[1])]).mapped("kind")
        assert sorted(kinds) == ["entered", "not_distributed"]
        assert told(env, shop.users["cleo"], f"credit department keeps lead {bad[1]}") == 1
        env["crm.lead"].browse(bad[1]).no_change_of_owner = False
    with shop.inside("cleo") as env:
        answers = env["lead.pool"].browse(pool).action_distribute()
    assert [(answer["id"], answer["done"]) for answer in answers] == [(bad[0], True)]


def test_an_admin_who_distributes_gets_an_answer_for_each_lead(shop, pool):
    pairs = shop.leads("Inbound", 5)
    with shop.inside() as env:
        keep(env, pairs[0][1])
        env["lead.pool"].browse(pool).strategy = "rotation"
    with shop.inside("cleo") as env:
        answers = env["lead.pool"].browse(pool).action_distribute()
    codes = {answer["id"]: answer["code"] for answer in answers}
    assert codes == {entry: "blocked" if number == 0 else False for number, (entry, _lead) in enumerate(pairs)}


def test_what_is_due_goes_back_but_for_the_one_that_is_kept(shop, pool):
    """That one is put off by a day, stays with its holder, and the admins are told."""
    pairs = shop.leads("Inbound", 5, holder="ann")
    entries = [entry for entry, _lead in pairs]
    with shop.inside() as env:
        env["lead.pool.reclaim.rule"].create({"pool_id": pool, "name": "Soon", "held_days": 3})
        keep(env, pairs[2][1])
        env.flush_all()
        env.cr.execute(
            "UPDATE lead_pool_entry SET reclaim_at = now() - interval '1 hour' WHERE id = ANY(%s)", [entries]
        )
        env.cr.execute("UPDATE lead_pool SET deadlines_stale = false")
    with shop.inside() as env:
        while env["lead.pool.entry"]._reclaim_some():
            pass
    with shop.inside() as env:
        ann = shop.users["ann"]
        assert owners(env, pairs) == [False, False, ann, False, False]
        kept = env["lead.pool.entry"].browse(entries[2])
        assert kept.state == "held"
        assert kept.reclaim_at > datetime.datetime.now() + datetime.timedelta(hours=20)
        assert told(env, shop.users["cleo"], f"credit department keeps lead {pairs[2][1]}") == 1
    assert shop.held("ann", "Inbound") == (1, 1)


def test_returning_and_recalling_go_round_it_as_well(shop, pool):
    pairs = shop.leads("Inbound", 3, holder="ben")
    with shop.inside() as env:
        keep(env, pairs[2][1])
        reason = env["lead.pool.reason"].search([("kind", "=", "return"), ("note_required", "=", False)], limit=1).id
    with shop.inside("ben") as env:
        answers = env["lead.pool.entry"].browse([pairs[0][0], pairs[2][0]]).action_return(reason)
    assert [answer["code"] for answer in answers] == [False, "blocked"]
    with shop.inside("cleo") as env:
        answers = env["lead.pool.entry"].browse([pairs[1][0], pairs[2][0]]).action_reclaim()
    assert [answer["code"] for answer in answers] == [False, "blocked"]
    assert shop.held("ben", "Inbound") == (1, 1)


def test_a_transfer_goes_round_it_as_well(shop, pool):
    pairs = shop.leads("Inbound", 3, holder="ben")
    other = shop.open_pool("Fair", admins=["cleo"], strategy="manual")
    with shop.inside() as env:
        keep(env, pairs[1][1])
    with shop.inside("cleo") as env:
        answers = env["lead.pool.entry"].browse(entry for entry, _lead in pairs).action_transfer(other)
    assert [answer["code"] for answer in answers] == [False, "blocked", False]
    with shop.inside() as env:
        entries = env["lead.pool.entry"].browse(entry for entry, _lead in pairs)
        assert entries.mapped("pool_id.id") == [other, pool]
        assert entries[1].user_id.id == shop.users["ben"]
    assert shop.held("ben", "Inbound") == (1, 1)


@pytest.mark.parametrize("batch", [500, 3], ids=["at once", "by a job"])
def test_enrolling_leaves_out_what_the_other_add_on_keeps(shop, pool, monkeypatch, batch):
    """Its number and the other add-on's sentence are in the answer, or in the report of the job."""
    monkeypatch.setattr(enrol, "CHUNK", batch)
    with shop.inside() as env:
        leads = env["crm.lead"].create([{"name": f"Old {number}", "user_id": False} for number in range(5)])
        bad = leads[1]
        keep(env, bad.id)
        domain = [("id", "in", leads.ids)]
    with shop.inside("cleo") as env:
        [answer] = env["lead.pool"].browse(pool).action_enrol(domain, dry_run=False)
    with shop.inside() as env:
        if answer["job_id"]:
            job = env["lead.pool.job"].browse(answer["job_id"])
            while job._work()[1]:
                pass
            assert job.state == "done"
            lines = str(job.report)
        else:
            assert answer["waiting"] == 4
            [refused] = answer["refused"]
            assert (refused["id"], refused["code"]) == (bad.id, "blocked")
            lines = refused["message"]
        assert f"The credit department keeps lead {bad.id}." in lines
        states = env["crm.lead"].browse(leads.ids).mapped("pool_state")
        assert (states.count("waiting"), states[1]) == (4, "none")


def test_a_lead_that_may_not_be_converted_stays_with_its_holder(shop, pool):
    """He reads what the other add-on says."""
    [(entry, lead)] = shop.leads("Inbound", 1, holder="ann", type="lead")
    with shop.inside() as env:
        env["crm.lead"].browse(lead).stays_a_lead = True
    with pytest.raises(ValidationError, match=f"The tax office looks at lead {lead}."), shop.inside("ann") as env:
        env["crm.lead"].browse(lead).action_convert({})
    with shop.inside() as env:
        assert (env["lead.pool.entry"].browse(entry).state, env["crm.lead"].browse(lead).type) == ("held", "lead")
    assert shop.held("ann", "Inbound") == (1, 1)


def test_a_lead_is_converted_whatever_the_other_write_returns(shop, pool):
    [(entry, lead)] = shop.leads("Inbound", 1, holder="ann", contact_name="Wang Wei")
    with shop.inside("ann") as env:
        made = env["crm.lead"].browse(lead).action_convert({})
        assert made["partner_id"]
    with shop.inside() as env:
        assert env["lead.pool.entry"].browse(entry).closed_as == "converted"
    assert shop.held("ann", "Inbound") == (0, 0)


def test_a_lead_made_with_an_owner_is_his(shop, pool):
    """In the name of the system as well; in no pool, for he has no default pool."""
    with shop.inside("boss") as env:
        leads = env["crm.lead"].action_import_for(shop.users["ann"], ["Fair 1", "Fair 2"])
        assert leads.mapped("user_id").ids == [shop.users["ann"]]
        assert set(leads.mapped("pool_state")) == {"none"}


def test_a_merge_in_sudo_ends_the_merged_leads_in_the_ledger(shop, pool):
    pairs = shop.leads("Inbound", 3, holder="ann", email_from="same@example.com")
    with shop.inside("boss") as env:
        survivor = env["crm.lead"].browse(lead for _entry, lead in pairs).action_merge_quietly()
    with shop.inside() as env:
        entries = env["lead.pool.entry"].browse(entry for entry, _lead in pairs)
        assert sorted(entries.mapped(lambda entry: entry.closed_as or entry.state)) == ["held", "merged", "merged"]
        assert entries.filtered(lambda entry: entry.state == "held").lead_id.id == survivor
    assert shop.held("ann", "Inbound") == (1, 1)


def test_an_owner_written_by_sql_is_found_by_the_health_check(shop, pool):
    """Nothing notices at that moment; the check does, and the next move of the lead by the pool puts it right."""
    [(entry, lead)] = shop.leads("Inbound", 1)
    with shop.inside("boss") as env:
        env["crm.lead"].browse(lead).action_take_by_sql(shop.users["ben"])
    with shop.inside() as env:
        [problem] = env["lead.pool"]._health_problems()
        assert "another owner or pool in CRM" in problem
    with shop.inside("ann") as env:
        [answer] = env["lead.pool.entry"].browse(entry).action_claim()
        assert answer["done"]
    with shop.inside() as env:
        found = env["crm.lead"].browse(lead)
        assert (found.user_id.id, found.owner_code) == (shop.users["ann"], f"U{shop.users['ann']}")
