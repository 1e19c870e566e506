# Managed by the service template: change it there, or expect a merge on update.
"""Formatters around one entry: JSON for machines, key=value for both, colour for people."""

import logging
import os
import re
import sys
from datetime import datetime
from typing import Any

from .encoding import dumps, escape, fit
from .entries import entry_of as entry_of
from .entries import line_of_record
from .fields import IDS, SEALED, Entry
from .heads import PROCESS

_UNSAFE_IN_NAME = re.compile(r"[^\w.-]")
_HIDDEN = {*PROCESS} | SEALED - {"audit_lost"}
_HIDDEN |= frozenset("timestamp level logger message event trace_id span_id exception".split())


class JSONFormatter(logging.Formatter):
    """One line of JSON per record, as record.schema.json describes it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its newline, at most LOG_MAX_LINE_BYTES long."""
        return line_of_record(record)[:-1].decode()


def pair(name: str, value: object) -> str:
    """`name=value`, quoted like JSON where a space, a quote or `=` would break it."""
    text = value if isinstance(value, str) else dumps(value)
    bare = text and text.isprintable() and not set(text) & set(' ="\\')
    return f"{_UNSAFE_IN_NAME.sub('_', name)}={text if bare else dumps(text)}"


class KeyValueFormatter(logging.Formatter):
    """One line of `key=value` pairs (logfmt), for tools and for `caplog.text`."""

    def format(self, record: logging.LogRecord) -> str:
        """The pairs of the entry in its own order; those of the process are left to JSON."""
        return fit(entry_of(record), _pairs)


def _pairs(entry: Entry) -> str:
    return " ".join(pair(name, value) for name, value in entry.items() if name not in PROCESS)


class ConsoleFormatter(logging.Formatter):
    """A line to read: time, level, logger, message, dimmed fields; tracebacks below it."""

    COLOURS = {"DEBUG": "36", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self.colour = colour

    @classmethod
    def of_stdout(cls) -> "ConsoleFormatter":
        """In colour on a terminal, or with FORCE_COLOR; never with NO_COLOR."""
        wanted = os.environ.get("FORCE_COLOR") or (sys.stdout and sys.stdout.isatty())
        return cls(colour=bool(wanted) and not os.environ.get("NO_COLOR"))

    def format(self, record: logging.LogRecord) -> str:
        """The local time of day, then the entry; ids are cut to eight characters."""
        return fit(entry_of(record), self.shape)

    def shape(self, entry: Entry) -> str:
        """The same of an entry, which may come from a line of JSON."""
        clock = datetime.fromisoformat(entry["timestamp"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
        fields = " ".join(
            pair(name, _short(name, value)) for name, value in entry.items() if name not in _HIDDEN
        )
        details = f"{fields} [{escape(entry['logger'])}]".lstrip()
        line = (
            f"{self._paint('2', clock)} "
            f"{self._paint(self.COLOURS.get(entry['level'], '0'), entry['level'].ljust(8))} "
            f"{escape(entry['message'])}  {self._paint('2', details)}"
        )
        below = entry.get("exception", "").splitlines()
        return line + "".join(f"\n    {escape(part)}" for part in below)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


def _short(name: str, value: Any) -> Any:
    return value[:8] if name in IDS and isinstance(value, str) and len(value) > 16 else value
