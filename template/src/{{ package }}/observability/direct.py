# Managed by the service template: change it there, or expect a merge on update.
"""The short way of a line of INFO: no LogRecord is made where only our own handler would see it.

Making a LogRecord and handing it on takes most of the time of a log call. Whatever could see,
change or stop one sends the call the long way, which writes the same bytes.
"""

import logging
import sys
import time
from logging import INFO, LogRecord
from operator import attrgetter
from typing import Any

from . import settings
from .context import shown_context
from .encoding import line_of
from .fields import event_of
from .formatters import JSONFormatter
from .handlers import StdoutHandler, writer
from .pieces import joined, piece_of
from .record import beginning, describe, entry_of_shown, unreadable
from .rules.judged import LONGEST, MOST, heads, is_known
from .shown import OF_RECORDS, are_known, judged

_METHODS = ("handle", "callHandlers", "makeRecord")
_methods_of = attrgetter(*_METHODS)
_SOURCE = logging.getLevelName.__code__.co_filename
_AS_SHIPPED = tuple(
    # None is no method of anybody's: it was replaced before we came.
    method if getattr(method, "__code__", None) and method.__code__.co_filename == _SOURCE else None
    for method in _methods_of(logging.Logger)
)
_USUAL = len(vars(logging.getLogger(__name__)))
"""The attributes that a logger has, if nobody has given it more."""

_record_factory = logging.getLogRecordFactory


class Direct:
    """Writes lines of INFO by way of our handler on the root logger."""

    def __init__(self, handler: StdoutHandler) -> None:
        self.handler = handler
        self.alone = [handler]
        self.most_bytes = settings.current().log_max_line_bytes

    def write(self, logger: logging.Logger, message: object, fields: dict[str, Any]) -> bool:
        """Write the line; False: it has to go the long way. The fields are ours to change."""
        handler, own = self.handler, logger.__dict__
        if not (
            type(message) is str
            # Sentry and others replace methods of the class, tests those of one logger.
            and _methods_of(type(logger)) == _AS_SHIPPED
            and (len(own) == _USUAL or own.keys().isdisjoint(_METHODS))
            # OpenTelemetry, and whoever else wants more in each record.
            and _record_factory() is LogRecord
            and not logger.filters
            and handler.filters == handler.own_filters
            and handler.level <= INFO
            and type(handler.formatter) is JSONFormatter
            and sys.stdout is sys.__stdout__ is not None  # pytest, a notebook
            and not (handler.repeats.kinds and handler.repeats.is_due())
        ):
            return False
        here = logger
        while parent := here.parent:
            if here.handlers or not here.propagate:  # assertLogs
                return False
            here = parent
        if here.handlers != self.alone:  # caplog, a QueueHandler, Sentry's
            return False
        if not (fast := are_known(fields)) and not OF_RECORDS.isdisjoint(fields):
            return False
        if handler.limit.most == 0 or handler.limit.admits(INFO):
            try:
                writer.write(self._line(logger.name, message, fields, fast), INFO)
            except Exception as error:  # noqa: BLE001 - a broken sink must not break the service
                handler.lose(error)
        return True

    def _line(self, logger: str, message: str, fields: dict[str, Any], known: bool) -> bytes:
        try:
            created, context = time.time(), shown_context()
            given, event = "event" in fields, fields.pop("event", None)
            head = None
            if not given or (type(event) is str and event != ""):
                key = message, event, logger
                head = len(message) <= LONGEST and (heads.get(key) or _head(*key))
            if head:
                shown = fields if known else judged(fields)
                # Else a field takes the place of another.
                if "event" not in context.names and context.names.isdisjoint(shown):
                    line = joined(beginning(created), head, context.piece, shown)
                    if line.isascii() and 0x7F not in line and len(line) <= self.most_bytes:
                        return line
                if said := event or event_of(message):
                    shown = {"event": said, **shown}
                entry = entry_of_shown(created, "INFO", logger, message, context.entry, shown)
                return line_of(entry)
            if given or (event := event_of(message)):
                fields = {"event": event, **fields}
            return line_of(describe(created, "INFO", logger, message, context.entry, fields))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a log call never raises into its caller
            return line_of(unreadable(error))


def _head(message: str, event: str | None, logger: str) -> bytes:
    """What follows the time in a line with that message, from its second time on; else nothing."""
    if not is_known(None, message):
        return b""
    said = event or event_of(message)
    entry = describe(0, "INFO", logger, message, {}, {"event": said} if said else {})
    if (entry["logger"], entry["message"], entry.get("event", "")) != (logger, message, said):
        return b""
    del entry["timestamp"]
    if len(heads) >= MOST:
        heads.clear()
    head = heads[message, event, logger] = b'",' + piece_of(entry)
    return head
