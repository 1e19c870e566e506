"""Fixtures of the service's own tests; `logs` comes from the package's pytest plugin."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from {{ package }}.app import app


@pytest.fixture
def client() -> Iterator[TestClient]:
    """The service, started and ready; an unhandled exception is a 500, as for any client."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
