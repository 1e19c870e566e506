# Managed by the service template: change it there, or expect a merge on update.
"""The short way of a line of INFO: no LogRecord is made where only our own handler would see it.

Making a LogRecord and handing it on takes most of the time of a log call. Whatever could see,
change or stop one sends the call the long way, which writes the same bytes.
"""

import logging
import sys
import time
from logging import INFO, LogRecord
from typing import Any

from . import settings
from .context import shown_context
from .encoding import line_of
from .fields import Entry, event_of
from .formatters import JSONFormatter
from .handlers import StdoutHandler, writer
from .heads import known_head
from .pieces import joined
from .record import beginning, describe, entry_of_shown, unreadable
from .rules.judged import LONGEST, heads
from .shown import OF_RECORDS, are_known, judged

_METHODS = "handle", "callHandlers", "makeRecord"
_SOURCE = logging.getLevelName.__code__.co_filename


def _shipped(name: str) -> object:
    """The method of logging's own; None, which no method is, if it was replaced before us."""
    method = getattr(logging.Logger, name)
    code = getattr(method, "__code__", None)
    return method if code and code.co_filename == _SOURCE else None


_HANDLE, _CALL_HANDLERS, _MAKE_RECORD = map(_shipped, _METHODS)
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
        handler, kind, own = self.handler, type(logger), logger.__dict__
        if not (
            type(message) is str
            # Sentry and others replace methods of the class, tests those of one logger.
            and kind.handle is _HANDLE
            and kind.callHandlers is _CALL_HANDLERS
            and kind.makeRecord is _MAKE_RECORD
            and (len(own) == _USUAL or own.keys().isdisjoint(_METHODS))
            and not logger.filters
            # OpenTelemetry, and whoever else wants more in each record.
            and _record_factory() is LogRecord
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
        event = fields.pop("event", None) or None
        known = are_known(fields)
        nameable = event is None or type(event) is str
        if not nameable or not (known or OF_RECORDS.isdisjoint(fields)):
            fields["event"] = event
            return False
        if handler.limit.most and not handler.limit.admits(INFO):
            return True
        try:
            created, context, line = time.time(), shown_context(), None
            shown = fields if known else judged(fields)
            short = len(message) <= LONGEST  # of a long one even the hash takes its time
            head = short and heads.get((message, event, logger.name))
            # Else a field takes the place of another.
            if head and context.piece is not None and context.names.isdisjoint(shown):
                line = joined(beginning(created), head, context.piece, shown)
            if line is None or len(line) > self.most_bytes:
                line = _line(created, logger.name, message, context.entry, event, fields, shown)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a log call never raises into its caller
            line = line_of(unreadable(error))
        try:
            writer.write(line, INFO)
        except Exception as error:  # noqa: BLE001 - a broken sink must not break the service
            handler.lose(error)
        return True


def _line(
    created: float,
    logger: str,
    message: str,
    context: Entry,
    event: str | None,
    fields: Entry,
    shown: Entry,
) -> bytes:
    """The line that no pieces make, or not yet: those of a message are known by its third time."""
    said = event or event_of(message)
    if said and not are_known({"event": said}):
        entry = describe(created, "INFO", logger, message, context, {"event": said, **fields})
    else:
        shown = {"event": said, **shown} if said else shown
        entry = entry_of_shown(created, "INFO", logger, message, context, shown)
    # Kept by what the call gave as well, which is what there is to look it up by.
    if head := known_head(message, said, logger, "INFO"):
        heads[message, event, logger] = head
    return line_of(entry)
