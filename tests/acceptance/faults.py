"""A pytest plugin that runs the add-on's tests of attacks on a product with one fault: ``LEAD_POOL_FAULT=name``.

Each fault takes one protection away. The tests that ``CAUGHT_BY`` names have to fail then. Of ATK-70 there is none to
take away: who may uninstall is Odoo's own rule.
"""

import os

from databases import connect

PREFIX = "lead_pool/tests/"
#: ``{fault: (attack, [test])}``
CAUGHT_BY = {
    "events_that_may_be_written": (
        "ATK-67",
        ["test_guards.py::TestGuards::test_ledgers_are_not_written_by_hand"],
    ),
    "events_without_a_trigger": (
        "ATK-67",
        ["test_guards.py::TestGuards::test_the_database_itself_refuses_to_change_an_event"],
    ),
    "chains_that_nobody_reads": (
        "ATK-68",
        [
            "test_guards.py::TestGuards::test_a_changed_event_breaks_the_chain",
            "test_repair.py::TestRepair::test_changed_events_mend_nothing",
        ],
    ),
    "reading_that_nobody_counts": (
        "ATK-69",
        ["test_reading.py::TestReadingLog::test_atk_69_a_manager_who_exports_all_leads_is_reported_to_the_others"],
    ),
    "exports_without_a_limit": (
        "ATK-69",
        ["test_reading.py::TestReadingLog::test_an_export_above_the_limit_is_refused_and_read_none"],
    ),
    "indexes_that_nobody_misses": (
        "ATK-71",
        [
            "test_health.py::TestHealth::test_without_its_index_nothing_is_distributed_and_the_admins_are_told_once",
            "test_health.py::TestHealth::test_without_its_index_nobody_claims_but_admins_assign_and_reps_return",
        ],
    ),
    "limits_that_are_never_full": (
        "ATK-72",
        ["test_claim.py::TestClaim::test_lowering_a_capacity_below_what_is_held_is_flagged"],
    ),
    "users_who_leave_unnoticed": (
        "ATK-73",
        [
            "test_handover.py::TestArchivedUser::test_archiving_500_leads_of_every_kind_loses_nothing_and_undo_restores_them",
            "test_handover.py::TestArchivedUser::test_who_is_deleted_leaves_no_lead_without_an_owner",
        ],
    ),
    "merging_as_odoo_does": (
        "ATK-74",
        [
            "test_guards.py::TestGuards::test_merging_closes_the_tail_as_merged",
            "test_guards.py::TestGuards::test_a_rep_does_not_merge_a_waiting_lead_into_his_own",
        ],
    ),
    "deletions_that_close_nothing": (
        "ATK-74",
        ["test_guards.py::TestGuards::test_deleting_a_lead_leaves_its_numbers_in_the_ledgers"],
    ),
    "everybody_an_admin": (
        "ATK-75",
        ["test_distribution.py::TestDistribute::test_only_admins_of_the_pool_distribute"],
    ),
}


def pytest_collection_finish():
    """All modules are imported, and no test has begun."""
    name = os.environ.get("LEAD_POOL_FAULT")
    if name:
        globals()[name]()


def events_that_may_be_written():
    from odoo import models

    from odoo.addons.lead_pool.models.lead_pool_event import LeadPoolEvent

    events_without_a_trigger()
    LeadPoolEvent.write = models.BaseModel.write


def events_without_a_trigger():
    with connect(os.environ["LEAD_POOL_FAULTY_DB"]) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER lead_pool_event_append_only ON lead_pool_event")


def chains_that_nobody_reads():
    from odoo.addons.lead_pool.models.lead_pool_event import LeadPoolEvent

    LeadPoolEvent._broken_chains = lambda self, lead_refs=None: {}


def reading_that_nobody_counts():
    from odoo.addons.lead_pool.models.lead_pool_reading import LeadPoolReading

    LeadPoolReading._keep = lambda self, user_id, seen: False


def exports_without_a_limit():
    from odoo.addons.lead_pool.models.lead_pool_reading import LeadPoolReading

    setting = LeadPoolReading._setting
    LeadPoolReading._setting = lambda self, name: 0 if name == "export_limit" else setting(self, name)


def indexes_that_nobody_misses():
    from odoo.tools import SQL

    from odoo.addons.lead_pool.models.health import promises
    from odoo.addons.lead_pool.models.verbs import locks

    locks.UNGUARDED = promises.UNGUARDED = SQL("false")


def limits_that_are_never_full():
    from odoo.addons.lead_pool.rules.facts import Counter

    Counter.full = False


def users_who_leave_unnoticed():
    from odoo.addons.lead_pool.models.handover.lead_pool_handover import LeadPoolHandover

    LeadPoolHandover._user_archived = lambda self, users: None
    LeadPoolHandover._user_deleted = lambda self, users: None


def merging_as_odoo_does():
    from odoo.addons.lead_pool.models.lead.moves import LeadMoves

    LeadMoves._merge_opportunity = lambda self, *args: super(LeadMoves, self)._merge_opportunity(*args)


def deletions_that_close_nothing():
    from odoo.addons.lead_pool.models.verbs.guard import LeadPoolGuard

    LeadPoolGuard._detach = lambda self: None


def everybody_an_admin():
    from odoo.addons.lead_pool.models.verbs.rights import LeadPoolRights

    LeadPoolRights._pools_run = lambda self, pool_ids: set(pool_ids)
