"""Fixtures of the service's own tests; `logs` comes from the package's pytest plugin."""

from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from {{ package }}.app import app


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    """The service, started and ready."""
    with TestClient(app) as client:
        yield client
