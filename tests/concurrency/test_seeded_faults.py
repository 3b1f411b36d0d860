"""The net has no hole: with a fault in the product or its database, the orders or the invariants find it."""

import threading

from cases import (
    a_lead_is_given_away_while_it_comes_into_a_pool,
    a_lead_is_given_away_while_it_moves_to_another_pool,
    one_request_twice,
    reclaim_against_follow_up,
    reclaim_against_return_to_the_pool,
    two_claims,
    two_leads_crosswise,
    two_leads_one_place,
    two_locks_one_left,
)
from office import COMMITTED, REPEATABLE, failures

from odoo.tools import SQL

from odoo.addons.lead_pool.models.lead.moves import LeadMoves
from odoo.addons.lead_pool.models.lead_pool_event import LeadPoolEvent
from odoo.addons.lead_pool.models.lead_pool_rep import LeadPoolRep
from odoo.addons.lead_pool.models.lead_pool_request import LeadPoolRequest
from odoo.addons.lead_pool.models.verbs import reclaim
from odoo.addons.lead_pool.models.verbs.counters import LeadPoolCounters
from odoo.addons.lead_pool.models.verbs.guard import LeadPoolGuard
from odoo.addons.lead_pool.models.verbs.keep import LeadPoolKeep
from odoo.addons.lead_pool.models.verbs.ledger import LeadPoolLedger
from odoo.addons.lead_pool.models.verbs.locks import LeadPoolLocks, Locked
from odoo.addons.lead_pool.rules import facts


def no_guard(monkeypatch):
    """Entries are read without a lock and written whatever their epoch is."""
    read = LeadPoolLocks._read_rows
    monkeypatch.setattr(LeadPoolLedger, "_entry_guard", lambda self: SQL("TRUE"))
    monkeypatch.setattr(LeadPoolLocks, "_read_rows", lambda self, lock=False, where=None: read(self))


def counted_limits(monkeypatch):
    """Limits are counted from the holdings before writing, as it is often done."""
    lock = Locked.lock_counters

    def count(self, user_ids, company_ids, lock_=True, **kwargs):
        lock(self, user_ids, company_ids, lock=False)
        for (user, pool), load in self.loads["lead_pool_member"].items():
            self.env.cr.execute(
                """SELECT count(*) FROM lead_pool_holding
                    WHERE user_id = %s AND pool_id = %s AND ended_at IS NULL""",
                [user, pool],
            )
            load.held = facts.Counter(self.env.cr.fetchone()[0], load.held.limit)

    monkeypatch.setattr(Locked, "lock_counters", count)
    monkeypatch.setattr(LeadPoolCounters, "_limit_guard", lambda self: SQL("TRUE"))


def test_a_ledger_without_guard_is_found_out(careless, monkeypatch):
    no_guard(monkeypatch)
    case = two_claims(careless, (COMMITTED, COMMITTED))
    [found] = failures(careless, *case, points=("rows", "write"), first=True)
    assert "a lead in two hands" in found


def test_a_database_without_its_promises_is_found_out_by_the_add_on(careless_office, quiet):
    """Nobody gets a lead while two could get the same one."""
    careless_office.lift_limits()

    def prepare():
        prepare.entry, _lead = careless_office.lead()
        return [careless_office.claims(name, prepare.entry) for name in ("ann", "ben")]

    def check(actors):
        codes = {actor.name: actor.answer and actor.answer["code"] for actor in actors}
        refused = codes == {"ann": "unguarded", "ben": "unguarded"}
        waits = careless_office.now(prepare.entry)[:2] == ("waiting", None)
        return [] if refused and waits else [f"{codes}, {careless_office.now(prepare.entry)}"]

    assert failures(careless_office, prepare, check, points=()) == []


def test_without_guard_the_database_still_keeps_one_holder(office, monkeypatch):
    """The last line of defence: the loser gets an error instead of an answer, but no lead."""
    no_guard(monkeypatch)
    case = two_claims(office, (COMMITTED, COMMITTED))
    [found] = failures(office, *case, points=("rows", "write"), first=True)
    assert "failed: ValidationError" in found
    assert office.wrong() == []


def test_limits_that_are_only_counted_are_found_out(careless, monkeypatch):
    counted_limits(monkeypatch)
    case = two_leads_one_place(careless, "pool")
    [found] = failures(careless, *case, points=("counters", "bump"), first=True)
    assert "2 winners" in found
    assert "a member beyond his capacity" in found


def test_a_reclaim_that_does_not_look_again_is_found_out(careless, monkeypatch):
    monkeypatch.setattr(reclaim.reclaim, "may_reclaim", lambda *args, **kwargs: True)
    case = reclaim_against_follow_up(careless)
    [found] = failures(careless, *case, points=("rows", "write", "events"), first=True)
    assert "reclaimed 1" in found


def test_locks_that_are_only_counted_are_found_out(careless, monkeypatch):
    def count(self, user_id, pool_ids):
        query = """SELECT pool_id, count(*) FROM lead_pool_entry
                    WHERE user_id = %s AND state = 'held' AND locked AND pool_id = ANY(%s) GROUP BY pool_id"""
        return dict(self.env.execute_query(SQL(query, user_id, list(pool_ids))))

    monkeypatch.setattr(LeadPoolKeep, "_count_locks", count)
    case = two_locks_one_left(careless, (REPEATABLE, REPEATABLE))
    [found] = failures(careless, *case, points=("counters", "rows", "events"), first=True)
    assert "2 winners" in found


def test_counters_that_are_locked_in_another_order_are_found_out(careless, monkeypatch):
    """One of two verbs locks the members before the reps: they wait for each other until the database ends it."""
    lock = Locked.lock_counters

    def other_way_round(self, user_ids, company_ids, needed=(), lock_=True, **kwargs):
        actor = getattr(threading.current_thread(), "actor", None)
        if actor and actor.name == "to ann":
            self.env.cr.execute(
                SQL(
                    """SELECT id FROM lead_pool_member WHERE user_id = ANY(%s) AND pool_id = ANY(%s) ORDER BY id
                          FOR NO KEY UPDATE""",
                    list(user_ids),
                    self.pools.ids,
                )
            )
        return lock(self, user_ids, company_ids, needed=needed, **kwargs)

    monkeypatch.setattr(Locked, "lock_counters", other_way_round)
    [found] = failures(careless, *two_leads_crosswise(careless), points=("reps",), first=True)
    assert "needed 2 tries" in found or "needed 3 tries" in found


def test_requests_that_are_done_each_time_they_come_are_found_out(careless, monkeypatch):
    monkeypatch.setattr(LeadPoolRequest, "_once", lambda self, verb, request_uid, work: work())
    [found] = failures(careless, *one_request_twice(careless), points=("rows", "write"), first=True)
    assert "one request brought 2 leads" in found


def test_holdings_that_are_counted_while_they_change_are_found_out(careless, monkeypatch):
    monkeypatch.setattr(LeadPoolRep, "_hold", lambda self, user_ids: None)
    case = reclaim_against_return_to_the_pool(careless)
    [found] = failures(careless, *case, points=("counters", "write", "count"), first=True)
    assert "INV-2: a miscounted member" in found


def test_owners_that_are_written_by_forms_in_repeatable_read_are_found_out(careless, monkeypatch):
    """Odoo tries five times, and at a busy hour that was not enough."""
    monkeypatch.setattr(LeadMoves, "_gives_away", lambda self, vals: False)

    def prepare():
        entry, lead = careless.lead()
        return [careless.claims("ann", entry), careless.writes("chief", lead, {"user_id": "ben"})]

    case = prepare, lambda actors: [f"{a.name} tried {a.tries} times" for a in actors if a.tries > 1]
    [found] = failures(careless, *case, points=("rows",), first=True)
    assert "chief tried 2 times" in found


def test_a_form_that_does_not_lock_the_lead_is_found_out(careless, monkeypatch):
    monkeypatch.setattr(LeadMoves, "_lock_leads", lambda self, opened: None)
    case = a_lead_is_given_away_while_it_comes_into_a_pool(careless)
    [found] = failures(careless, *case, points=("bump",), first=True)
    assert "INV-2: an owner in CRM who is not the holder" in found


def test_a_right_that_is_looked_at_before_the_locks_alone_is_found_out(careless, monkeypatch):
    check = LeadPoolGuard._check_may_write_owner

    def once(self, user):
        if not vars(self.env.cr).setdefault("checked", False):
            check(self, user)
        self.env.cr.checked = True

    monkeypatch.setattr(LeadPoolGuard, "_check_may_write_owner", once)
    case = a_lead_is_given_away_while_it_moves_to_another_pool(careless)
    [found] = failures(careless, *case, points=("rows",), first=True)
    assert "given away in a pool that is not his" in found


def test_a_ledger_that_ends_no_holding_is_found_out(careless, monkeypatch):
    """Without the unique index of open holdings nothing else would stop it."""
    monkeypatch.setattr(LeadPoolLedger, "_end_holdings", lambda self, moves, now: None)
    [found] = failures(careless, *two_leads_crosswise(careless), points=(), first=True)
    assert "INV-1: a lead in two hands" in found


def test_events_that_are_not_written_are_found_out(careless, monkeypatch):
    monkeypatch.setattr(LeadPoolEvent, "_append", lambda self, rows, also=None: also and self.env.cr.execute(also))
    [found] = failures(careless, *two_claims(careless, (COMMITTED, COMMITTED)), points=(), first=True)
    assert "INV-6: a holding without the one event that began it" in found
