# Managed by the service template: change it there, or expect a merge on update.
"""Formatters around one entry: JSON for machines, key=value for both, colour for people."""

import logging
import re
import time
from typing import Any

from . import settings
from .context import shown_context
from .encoding import dumps, escape, fit, line_of
from .errors import describe_exception
from .fields import IDS, SEALED, Entry
from .record import Seal, describe, unreadable
from .tracebacks import traceback_of
from .values import MAX_TEXT, plain, text_of

# What a LogRecord has by itself, what we hang on it, and what servers hang on it for a terminal.
NOT_FIELDS = vars(logging.makeLogRecord({})).keys() | {
    "message", "asctime", "taskName", "_context", "_seal", "color_message",
}  # fmt: skip
_WIDE = re.compile(r"%(?:\([^()%]*\))?[-#0 +]*(?:\*|\d{5}|(?:\*|\d*)\.(?:\*|\d{5}))")
_BYTES = (bytes, bytearray, memoryview)
_UNSAFE_IN_NAME = re.compile(r"[^\w.-]")
_PROCESS = frozenset({"service", "version", "environment", "instance_id", "pid"})
_HIDDEN = _PROCESS | SEALED - {"audit_lost"}
_HIDDEN |= frozenset("timestamp level logger message event trace_id span_id exception".split())


def entry_of(record: logging.LogRecord) -> Entry:
    """The entry of a record, whoever made it; one that cannot be read yields a fixed entry.

    Redaction fails closed: nothing of a record on which it failed is written.
    """
    seal = vars(record).get("_seal")
    return _described(record) | (seal if isinstance(seal, Seal) else {})


def _described(record: logging.LogRecord) -> Entry:
    try:
        attributes = vars(record)
        context = attributes.get("_context")
        if context is None:
            context = shown_context().entry
        elif isinstance(context, BaseException):  # redaction failed when the record was made
            raise context
        fields = {name: value for name, value in attributes.items() if name not in NOT_FIELDS}
        if "exception" in fields:  # the name of tracebacks only
            fields["exception_"] = fields.pop("exception")
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            fields |= describe_exception(error) | {
                name: fields[name] for name in ("error_type", "error_message") if name in fields
            }
        if record.stack_info:
            fields["stack"] = record.stack_info
        level, name = text_of(record.levelname), text_of(record.name)
        entry = describe(record.created, level, name, _message(record), context, fields)
        return entry if error is None else _with_traceback(entry, error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a log call never raises into its caller
        return unreadable(error)


def _with_traceback(entry: Entry, error: BaseException) -> Entry:
    """The entry with as much of the traceback as its line has room for."""
    size = len(line_of(entry)) + len(',"exception":"","truncated":true')
    entry["exception"], cut = traceback_of(error, settings.current().log_max_line_bytes - size)
    return entry | {"truncated": True} if cut else entry


def _message(record: logging.LogRecord) -> str:
    """The message with its %-arguments, or without them where they do not fit.

    Neither is a template formatted that is longer than what is kept of it, nor one that asks for
    thousands of characters of padding: `%1000000000d` is a gigabyte.
    """
    template = record.msg
    if not isinstance(template, str):
        template = plain(template) if isinstance(template, _BYTES) else text_of(template)
    if not record.args or len(template) > MAX_TEXT:
        return template
    given = record.args if isinstance(record.args, tuple) else ()
    wide = any(type(value) is int and abs(value) > MAX_TEXT for value in given)
    if any(wide or "*" not in spec[0] for spec in _WIDE.finditer(template)):
        return template
    try:
        return template % record.args
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - wrong arguments, or a stranger's __str__
        return template


class JSONFormatter(logging.Formatter):
    """One line of JSON per record, as record.schema.json describes it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its newline, at most LOG_MAX_LINE_BYTES long."""
        return line_of(entry_of(record))[:-1].decode()


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
    return " ".join(pair(name, value) for name, value in entry.items() if name not in _PROCESS)


class ConsoleFormatter(logging.Formatter):
    """A line to read: time, level, logger, message, dimmed fields; tracebacks below it."""

    COLOURS = {"DEBUG": "36", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self.colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """The local time of day, then the entry; ids are cut to eight characters."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        clock = f"{clock}.{int(record.msecs):03}"
        return fit(entry_of(record), lambda entry: self._shape(clock, entry))

    def _shape(self, clock: str, entry: Entry) -> str:
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
