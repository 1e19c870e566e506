"""Fixtures of the service's own tests; `logs` comes from the package's pytest plugin."""

from collections.abc import Iterator

import pytest
from httpx2 import Client, WSGITransport

from {{ package }}.app import app
from {{ observability }} import lifespan


@pytest.fixture
def client() -> Iterator[Client]:
    """The service, started and ready, with all that is around Django.

    `django.test.Client` calls Django itself, and no request of it has an id or a line.
    """
    transport = WSGITransport(app)
    with lifespan(), Client(transport=transport, base_url="http://localhost") as client:
        yield client
