import pytest
from shop import open_shop


@pytest.fixture(scope="session")
def shop(make_database):
    """One shop for all files: its modules take a minute to install."""
    shop = open_shop(make_database())
    shop.server.start()
    try:
        yield shop
    finally:
        shop.server.stop()
    assert shop.problems() == []
