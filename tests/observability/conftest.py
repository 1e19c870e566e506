"""Logging configured once for the tests of the package, and their fixtures."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from children import SetEnvironment
from observability.audit import audit_handler
from observability.config import configure_logging
from observability.redaction import redact_also
from observability.settings import get_settings
from observability.testing import _each_test as _each_test
from observability.testing import logs as logs


def configure_anew() -> None:
    get_settings.cache_clear()
    redact_also()  # forgets what lines have in common
    configure_logging()


@pytest.fixture(scope="session", autouse=True)
def _configured() -> Iterator[None]:
    os.environ["ENVIRONMENT"] = "test"
    configure_anew()
    yield
    audit_handler.begin()  # the stop record would be written to the terminal


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[SetEnvironment]:
    """`environment(LOG_LEVEL="DEBUG")` configures logging anew, until the end of the test."""
    with pytest.MonkeyPatch.context() as patch:

        def change(**variables: str) -> None:
            for name, text in variables.items():
                patch.setenv(name, text)
            configure_anew()

        patch.chdir(tmp_path)  # development writes app.log where the service is
        yield change
    configure_anew()
