"""One town and one sea of hidden leads for all files: building them takes longer than most tests."""

import pytest
from sea import Sea
from town import Town


@pytest.fixture(scope="session")
def town(odoo_server):
    return Town(odoo_server)


@pytest.fixture(scope="session")
def sea(odoo_server):
    return Sea(odoo_server)
