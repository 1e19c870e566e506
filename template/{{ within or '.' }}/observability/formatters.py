# Managed by the service template: change it there, or expect a merge on update.
"""Formatters around one entry: JSON for machines, key=value for both; console.py is for people."""

import logging
import re

from .encoding import dumps, fit
from .entries import entry_of as entry_of
from .entries import line_of_record
from .fields import Entry
from .heads import PROCESS

_UNSAFE_IN_NAME = re.compile(r"[^\w.-]")


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
