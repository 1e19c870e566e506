"""Logging configured once for the tests of the package, and their fixtures."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from children import SetEnvironment, configured_anew
from observability.audit import audit_handler
from observability.config import configure_logging
from observability.settings import get_settings
from observability.testing import _each_test as _each_test
from observability.testing import logs as logs


@pytest.fixture(scope="session", autouse=True)
def _configured() -> Iterator[None]:
    os.environ["ENVIRONMENT"] = "test"
    get_settings.cache_clear()
    configure_logging()
    yield
    audit_handler.begin()  # the stop record would be written to the terminal


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SetEnvironment]:
    """`environment(LOG_LEVEL="DEBUG")` configures logging anew, until the end of the test."""
    monkeypatch.chdir(tmp_path)  # development writes app.log where the service is
    with configured_anew() as change:
        yield change
    configure_logging()
