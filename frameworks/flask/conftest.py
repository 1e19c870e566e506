"""Fixtures of the service's own tests; `logs` comes from the package's pytest plugin."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from {{ package }}.app import app
from {{ observability }} import lifespan


class ReadingClient(FlaskClient):
    """Reads each response to its end, which is where its line is written."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True} | options)


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    """The service, started and ready; an unhandled exception is a 500, as for any client."""
    with lifespan():
        yield ReadingClient(app)
