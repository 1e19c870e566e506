# Managed by the service template: change it there, or expect a merge on update.
"""The pytest plugin: key=value in `caplog.text`, the `logs` fixture, every record checked."""

import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("ENVIRONMENT", "test")

from .__main__ import problems  # noqa: E402 - after the environment is said
from .audit import audit_logger  # noqa: E402
from .encoding import encode  # noqa: E402
from .formatters import KeyValueFormatter, entry_of  # noqa: E402
from .record import Entry  # noqa: E402
from .redaction import is_sensitive, redact  # noqa: E402
from .setup import configure_logging  # noqa: E402


class Logs(logging.Handler):
    """The entries that a test caused, in order, as they would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        entry = entry_of(record)
        self.entries.append(entry)
        self.lines.append(encode(entry))

    def events(self, event: str) -> list[Entry]:
        """The entries of that event."""
        return [entry for entry in self.entries if entry.get("event") == event]

    def assert_event(self, event: str, **fields: Any) -> Entry:
        """The one entry of that event with those fields; an AssertionError shows what there was."""
        found = [entry for entry in self.events(event) if fields.items() <= entry.items()]
        shown = "\n".join(self.lines) or "(nothing was logged)"
        assert len(found) == 1, f"{len(found)} lines are {event} {fields}; logged were:\n{shown}"
        return found[0]

    def assert_no_secret(self, *secrets: str) -> None:
        """No line holds one of these texts, nor anything that the redactor would take out."""
        for line in self.lines:
            leaked = [secret for secret in secrets if secret in line]
            assert not leaked, f"a secret is in the log: {line}"
            # A line that was cut may hold the first half of a marker.
            kept = redact(line) == line or '"truncated":true' in line
            assert kept, f"what looks like a secret is in the log: {line}"


def _secrets_of_the_environment() -> list[str]:
    folders = {"PWD", "OLDPWD"}  # of the shell, and no passwords
    named = [name for name in os.environ if is_sensitive(name) and name not in folders]
    return [os.environ[name] for name in named if len(os.environ[name]) >= 8]


@pytest.fixture(autouse=True)
def logs() -> Iterator[Logs]:
    """What the test logs. Each line must be valid, and hold no secret of the environment."""
    handler = Logs()
    watched = (logging.getLogger(), audit_logger)
    for logger in watched:
        logger.addHandler(handler)
    yield handler
    for logger in watched:
        logger.removeHandler(handler)
    invalid = list(problems(handler.lines))
    assert not invalid, "the test logged what the schema refuses:\n" + "\n".join(invalid)
    handler.assert_no_secret(*_secrets_of_the_environment())


@pytest.fixture(autouse=True)
def _key_value_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(KeyValueFormatter())


def pytest_configure() -> None:
    """Set logging up before the first test module is imported."""
    configure_logging()
