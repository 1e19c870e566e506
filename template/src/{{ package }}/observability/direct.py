# Managed by the service template: change it there, or expect a merge on update.
"""The short way of a line: no LogRecord is made where nobody but our own handler would see it.

Making a LogRecord and handing it on takes most of the time of a log call. Whatever could see,
change or stop one sends the call the long way, which writes the same bytes.
"""

import logging
import sys
import time
from typing import Any

from . import settings
from .context import shown_context
from .encoding import line_of
from .fields import event_of, show
from .formatters import NOT_FIELDS, JSONFormatter
from .handlers import StdoutHandler, writer
from .pieces import ending_of, is_plain, piece_of
from .record import beginning, describe, unreadable
from .rules.judged import MOST, heads, is_known

_NOT_HERE = NOT_FIELDS | {"exception", "exc_info", "extra", "stack_info", "stacklevel"}
"""What a LogRecord is needed for: names that it has itself, and keywords of logging's own."""

_METHODS = ("handle", "callHandlers", "makeRecord")
_SOURCE = logging.getLevelName.__code__.co_filename


def _as_shipped(name: str) -> Any:
    """The method of logging.Logger; None if it was replaced before we came."""
    method = getattr(logging.Logger, name)
    code = getattr(method, "__code__", None)
    return method if code and code.co_filename == _SOURCE else None


_HANDLE, _CALL_HANDLERS, _MAKE_RECORD = map(_as_shipped, _METHODS)


class Direct:
    """Writes lines of INFO by way of our handler on the root logger."""

    def __init__(self, handler: StdoutHandler) -> None:
        self.handler = handler
        self.most_bytes = settings.current().log_max_line_bytes

    def write(
        self, logger: logging.Logger, level: int, message: object, fields: dict[str, Any]
    ) -> bool:
        """Write the line; False: it has to go the long way. The fields are ours to change."""
        handler, kind, own = self.handler, type(logger), vars(logger)
        if not (
            logging.DEBUG < level < logging.WARNING  # others are counted, in case they repeat
            and type(message) is str
            and _NOT_HERE.isdisjoint(fields)
            # Sentry and others replace methods of the class, tests those of one logger.
            and kind.handle is _HANDLE
            and kind.callHandlers is _CALL_HANDLERS
            and kind.makeRecord is _MAKE_RECORD
            and not ("handle" in own or "callHandlers" in own or "makeRecord" in own)
            # OpenTelemetry, and whoever else wants more in each record.
            and logging.getLogRecordFactory() is logging.LogRecord
            and not logger.filters
            and handler.filters == handler.own_filters
            and handler.level <= level
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
        if here.handlers != [handler]:  # caplog, a QueueHandler, Sentry's
            return False
        if handler.limit.most == 0 or handler.limit.admits(level):
            try:
                writer.write(self._line(logger.name, level, message, fields), level)
            except Exception as error:  # noqa: BLE001 - a broken sink must not break the service
                handler.lose(error)
        return True

    def _line(self, logger: str, level: int, message: str, fields: dict[str, Any]) -> bytes:
        try:
            created, context = time.time(), shown_context()
            event = fields.get("event")
            if type(event) is str or "event" not in fields:
                if head := heads.get((message, event, logger, level)):
                    shown = dict(fields)
                    shown.pop("event", None)
                    shown = show(shown)
                    # Else a field takes the place of another.
                    if "event" not in context.names and context.names.isdisjoint(shown):
                        pieces = (beginning(created), head, context.piece, ending_of(shown))
                        line = b"".join(pieces)
                        if is_plain(line) and len(line) <= self.most_bytes:
                            return line
                elif is_known((None, message)) and len(heads) < MOST:
                    _make_head(message, event, logger, level)
            if first := event or event_of(message):
                fields = {"event": first, **fields}
            name = logging.getLevelName(level)
            return line_of(describe(created, name, logger, message, context.entry, fields))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a log call never raises into its caller
            return line_of(unreadable(error))


def _make_head(message: str, event: str | None, logger: str, level: int) -> None:
    said = event or event_of(message)
    fields = {"event": said} if said else {}
    entry = describe(0, logging.getLevelName(level), logger, message, {}, fields)
    if (entry["logger"], entry["message"], entry.get("event", "")) == (logger, message, said):
        del entry["timestamp"]
        heads[message, event, logger, level] = b'"' + piece_of(entry)
