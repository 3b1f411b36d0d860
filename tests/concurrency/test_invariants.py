"""The invariants themselves: a true database breaks none, and each is broken by what it is about."""

import pytest
from concurrency.invariants import INVARIANTS, OF_DAYS, found

#: What is done to the database behind the product's back, and which invariants must say so.
HARM = {
    "INV-1: a lead in two hands": """
        DROP INDEX lead_pool_holding_one_open;
        INSERT INTO lead_pool_holding (lead_id, lead_ref, pool_id, user_id, company_id, epoch, started_at, origin)
        SELECT lead_id, lead_ref, pool_id, user_id, company_id, epoch + 1, started_at, origin FROM lead_pool_holding
         WHERE lead_ref = %(held)s""",
    "INV-2: a miscounted member": "UPDATE lead_pool_member SET held = held + 1 WHERE role = 'member'",
    "INV-2: a miscounted rep": "UPDATE lead_pool_rep SET held = held + 1",
    "INV-2: held without a holding": "DELETE FROM lead_pool_holding WHERE lead_ref = %(held)s",
    "INV-2: a holding of what is not held": """
        UPDATE lead_pool_entry SET state = 'waiting', user_id = NULL WHERE lead_ref = %(held)s""",
    "INV-2: an owner in CRM who is not the holder": "UPDATE crm_lead SET user_id = 1 WHERE id = %(waiting)s",
    "INV-3: a member beyond his capacity": """
        ALTER TABLE lead_pool_member DROP CONSTRAINT lead_pool_member_within_capacity;
        UPDATE lead_pool_member SET capacity = 1, held = held + 2 WHERE role = 'member'""",
    "INV-4: more claims counted than a day allows": "UPDATE lead_pool_member SET daily_claim_limit = 1, day_n = 2",
    "INV-4: claims of a day miscounted": "UPDATE lead_pool_member SET day = '2031-03-03', day_n = 1",
    "INV-5: epochs with a gap": "UPDATE lead_pool_event SET epoch = epoch + 5 WHERE lead_ref = %(held)s AND seq > 1",
    "INV-5: an entry of another epoch than its last event": "UPDATE lead_pool_entry SET epoch = epoch + 1",
    "INV-6: a holding without the one event that began it": """
        UPDATE lead_pool_event SET user_ref = 1 WHERE lead_ref = %(held)s""",
    "INV-6: a holding that ended without the one event that ended it": """
        UPDATE lead_pool_holding SET ended_at = now(), end_reason = 'returned' WHERE lead_ref = %(held)s""",
    "INV-6: an entry whose last event is another one": """
        DELETE FROM lead_pool_event WHERE lead_ref = %(held)s AND seq > 1""",
    "INV-6: an event that does not follow the one before it": """
        UPDATE lead_pool_event SET prev_hash = 'x' WHERE lead_ref = %(held)s AND seq > 1""",
    "INV-6: an entry that ends in another hash than its events": "UPDATE lead_pool_entry SET event_hash = 'x'",
    "INV-8: a lead given to who may not work in its company": """
        DELETE FROM res_company_users_rel WHERE user_id = %(ann)s""",
    "INV-9: a pooled lead without an entry": "DELETE FROM lead_pool_entry WHERE lead_ref = %(waiting)s",
    "INV-9: a lead whose pool is another one than that of its entry": """
        UPDATE lead_pool_entry SET pool_id = %(second)s WHERE lead_ref = %(waiting)s""",
    "INV-9: events of a lead without an entry": "DELETE FROM lead_pool_entry WHERE lead_ref = %(waiting)s",
    "INV-10: taken back before it was due": """
        UPDATE lead_pool_event SET kind = 'reclaimed', detail = '{"due": "2999-01-01 00:00:00"}'
         WHERE lead_ref = %(held)s AND seq > 1""",
    "INV-14: holders miscounted": "UPDATE lead_pool_entry SET holders = holders + 1",
    "INV-14: follow-ups miscounted": "UPDATE lead_pool_holding SET follow_up_count = 7 WHERE lead_ref = %(held)s",
}


def look(cursor):
    return found(cursor, days=True)


@pytest.mark.parametrize("harm", HARM)
def test_each_harm_is_seen(office, harm):
    entry, held = office.lead()
    with office.inside("ann") as env:
        assert env["lead.pool.entry"].browse(entry).action_claim()[0]["done"]
    names = {
        "held": held,
        "waiting": office.lead()[1],
        "ann": office.users["ann"],
        "second": office.pools["Second"],
    }
    office.connection.autocommit = False
    try:
        with office.connection.cursor() as cursor:
            before = look(cursor)
            cursor.execute("ALTER TABLE lead_pool_event DISABLE TRIGGER USER")
            cursor.execute(HARM[harm], names)
            after = [text for text in look(cursor) if text not in before]
    finally:
        office.connection.rollback()
        office.connection.autocommit = True
    assert any(text.startswith(harm) for text in after), after
    assert not [text for text in before if text.startswith(harm)]


def test_harm_names_invariants_that_there_are():
    texts = {
        f"{name}: {text}" for group in (INVARIANTS, OF_DAYS) for name, queries in group.items() for text in queries
    }
    assert set(HARM) <= texts
