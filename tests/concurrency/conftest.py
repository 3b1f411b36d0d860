import logging

import pytest
from office import Office

from odoo.tools import SQL

from odoo.addons.lead_pool.models.verbs import locks


@pytest.fixture
def quiet():
    """Serialization failures in REPEATABLE READ are logged with their statements."""
    loggers = [logging.getLogger(name) for name in ("odoo.sql_db", "odoo.service.model")]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    yield
    for logger in loggers:
        logger.setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def office_of_the_run(make_database):
    office = Office(make_database())
    yield office
    office.close()


@pytest.fixture
def office(office_of_the_run, quiet):
    """One office for all tests; each finds it without limits."""
    office_of_the_run.lift_limits()
    return office_of_the_run


@pytest.fixture(scope="session")
def careless_office(make_database):
    office = Office(make_database())
    office.sql("DROP INDEX lead_pool_holding_one_open, lead_pool_holding_epoch_uniq, lead_pool_event_seq_uniq")
    for table in ("lead_pool_member", "lead_pool_rep"):
        office.sql(f"ALTER TABLE {table} DROP CONSTRAINT {table}_within_capacity")
    yield office
    office.close()


@pytest.fixture
def careless(careless_office, quiet, monkeypatch):
    """An office whose database has lost its own promises, and with an add-on that does not look for them."""
    monkeypatch.setattr(locks, "UNGUARDED", SQL("false"))
    careless_office.lift_limits()
    return careless_office
