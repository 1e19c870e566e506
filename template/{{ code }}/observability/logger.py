# Managed by the template: edits here are merged on update.
"""get_logger(): a `logging.Logger` with fields as keywords.

Where only our handler would see a LogRecord, none is made: that takes half of the time of a line.
"""

import logging
import sys
import time
from typing import Any, cast

from .context import current_fields
from .formatters import JSONFormatter, to_line
from .record import STANDARD_ATTRIBUTES, to_event
from .tracebacks import error_of

_ARGUMENTS = {"exc_info", "stack_info", "stacklevel", "extra"}
_Stock = logging.Logger
_CALL_HANDLERS, _MAKE_RECORD = _Stock.callHandlers, _Stock.makeRecord


def _at(level: int, *, exc_info: bool = False) -> Any:
    level_name = logging.getLevelName(level)

    def log(self: logging.Logger, msg: object, /, *args: object, **fields: Any) -> None:
        if not self.isEnabledFor(level):
            return
        error, stack_info, stacklevel = None, False, 1
        if exc_info or not _ARGUMENTS.isdisjoint(fields):
            error = error_of(fields.pop("exc_info", exc_info))
            stack_info, stacklevel = fields.pop("stack_info", False), fields.pop("stacklevel", 1)
            fields = {**(fields.pop("extra", None) or {}), **fields}
        here = self
        while (parent := here.parent) and here.propagate and not here.handlers:
            here = parent
        handler: Any = here.handlers[0] if len(here.handlers) == 1 else None
        # Whatever would see, change or stop a LogRecord gets one.
        if (
            parent is not None
            or not getattr(handler, "takes_events", False)
            or type(handler.formatter) is not JSONFormatter
            or handler.level > level
            or handler.filters
            or sys.stdout is not sys.__stdout__  # pytest, a notebook
            or self.filters
            or stack_info
            or _Stock.callHandlers is not _CALL_HANDLERS  # Sentry
            or _Stock.makeRecord is not _MAKE_RECORD  # ddtrace
            or logging.getLogRecordFactory() is not logging.LogRecord  # OpenTelemetry
        ):
            # This frame is between the caller and findCaller.
            file, line, func, stack = self.findCaller(stack_info, stacklevel + 1)
            exc = None if error is None else (type(error), error, error.__traceback__)
            made = self.makeRecord(self.name, level, file, line, msg, args, exc, func, None, stack)
            # A factory may have set an attribute of the same name, which `extra` would not allow.
            free = {name: fields[name] for name in fields if name not in STANDARD_ATTRIBUTES}
            vars(made).update(free, _fields=fields, _context=current_fields())
            self.handle(made)
        elif not handler.limit or handler.admits(level):
            try:
                parts = to_event(time.time(), level_name, self.name, msg, args, fields, error)
                handler.write(to_line(*parts), level)
            except Exception:  # noqa: BLE001 - a log call never raises into its caller
                handler.handleError(None)

    return log


class Logger(logging.Logger):
    """A `logging.Logger` in every respect, with fields as keywords of the level methods.

    Typed fields: `duration_ms` is a number of milliseconds, ids are text. `exc_info`, `extra`,
    `stack_info` and `stacklevel` mean what they mean in `logging`.
    """

    debug, info, warning = _at(logging.DEBUG), _at(logging.INFO), _at(logging.WARNING)
    error, critical = _at(logging.ERROR), _at(logging.CRITICAL)
    exception = _at(logging.ERROR, exc_info=True)

    def log(self, level: int, msg: object, /, *args: object, **fields: Any) -> None:  # type: ignore[override]
        """Log at a numeric level, with fields like the methods above."""
        fields["stacklevel"] = fields.get("stacklevel", 1) + 1  # this frame
        _at(level)(self, msg, *args, **fields)


def get_logger(name: str) -> Logger:
    """Return the logger of that name; one made by `logging.getLogger` is converted in place."""
    logger = logging.getLogger(name)
    if not isinstance(logger, Logger):
        logger.__class__ = Logger
    return cast("Logger", logger)
