# Managed by the template: edits here are merged on update.
"""A pytest plugin: key=value in `caplog.text`, and the `logs` fixture."""

import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("ENVIRONMENT", "test")

from .audit import audit_handler, audit_logger
from .config import configure_logging
from .formatters import KeyValueFormatter, dumps
from .record import Event, event_of
from .redaction import redact_fields

configure_logging()  # before the first test module


class Logs(logging.Handler):
    """The events that a test caused, in order, as they would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Event] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.entries.append(event_of(record))

    @property
    def lines(self) -> list[str]:
        """The events as JSON."""
        return [dumps(entry) for entry in self.entries]

    def events(self, event: str) -> list[Event]:
        """Return the entries of that event."""
        return [entry for entry in self.entries if entry.get("event") == event]

    def assert_event(self, event: str, /, **fields: Any) -> Event:
        """Return the one entry of that event with those fields; a failure shows what was logged."""
        found = [entry for entry in self.events(event) if fields.items() <= entry.items()]
        logged = "\n".join(self.lines) or "(nothing was logged)"
        assert len(found) == 1, f"{len(found)} lines are {event} {fields}; logged were:\n{logged}"
        return found[0]

    def assert_no_secret(self, *secrets: str) -> None:
        """Fail if a line holds one of these texts, or anything that the redactor would remove."""
        for entry, line in zip(self.entries, self.lines, strict=True):
            assert not any(secret in line for secret in secrets), f"a secret is in the log: {line}"
            assert redact_fields(entry) == entry, f"what looks like a secret is in the log: {entry}"


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> Iterator[Logs]:
    """What the test logs, audit records included."""
    handler, loggers = Logs(), (logging.getLogger(), audit_logger)
    for logger in loggers:
        logger.addHandler(handler)
    with caplog.at_level(min(loggers[0].level, logging.INFO)):  # whatever silences the others
        yield handler
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture(autouse=True)
def _each_test(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.handler.setFormatter(KeyValueFormatter())
    yield
    audit_handler.begin()  # each test has an audit stream of its own, which has no stop record
