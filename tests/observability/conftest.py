"""Fixtures of the package's own tests, which its plugin configures logging for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from children import SetEnvironment, configured_anew
from observability.config import configure_logging
from observability.testing import _each_test as _each_test
from observability.testing import logs as logs


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SetEnvironment]:
    """`environment(LOG_LEVEL="DEBUG")` configures logging anew, until the end of the test."""
    monkeypatch.chdir(tmp_path)  # development writes app.log where the service is
    with configured_anew() as change:
        yield change
    configure_logging()
