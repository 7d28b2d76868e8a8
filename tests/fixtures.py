"""Fixtures for every test; ``tests/conftest.py`` loads them."""

import pytest

from tests.cast import Cast, assemble
from tests.web import Web


@pytest.fixture
def cast(db: None) -> Cast:
    """The people of the tests, made anew in each."""
    return assemble()


@pytest.fixture
def web() -> Web:
    """A browser that is nobody; ``web.as_(person)`` is somebody."""
    return Web()
