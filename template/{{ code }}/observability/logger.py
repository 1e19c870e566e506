# Managed by the template: edits here are merged on update.
"""get_logger(): a `logging.Logger` with fields as keywords.

Where only our handler would see a LogRecord, none is made: that takes half of the time of a line.
"""

import logging
import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol, cast

from .context import current_fields
from .formatters import JSONFormatter, to_line
from .record import STANDARD_ATTRIBUTES, free_name, message_of, to_event
from .redaction import safe_str
from .tracebacks import error_of

_HANDLE, _CALL_HANDLERS = logging.Logger.handle, logging.Logger.callHandlers
_MAKE_RECORD = logging.Logger.makeRecord
_KEYWORDS = {"exc_info", "extra", "stack_info", "stacklevel"}


class LogMethod(Protocol):
    """A level method: a constant message, then what varies as fields.

    Typed fields: `duration_ms` is a number of milliseconds, ids are text. `exc_info`, `extra`,
    `stack_info` and `stacklevel` mean what they mean in `logging`. A field named like an attribute
    of a LogRecord is kept under its name and an underscore.
    """

    def __call__(
        self,
        msg: object,
        /,
        *args: object,
        session_id: str | None = ...,
        tenant_id: str | None = ...,
        operation: str | None = ...,
        duration_ms: float | None = ...,
        error_type: str | None = ...,
        event: str | None = ...,
        **fields: object,
    ) -> None: ...


def _at(level: int, *, exc_info: bool = False) -> LogMethod:
    def log(self: "Logger", msg: object, /, *args: object, **fields: Any) -> None:
        if self.isEnabledFor(level):
            if exc_info:
                fields.setdefault("exc_info", True)
            self._log_fields(level, msg, args, fields)

    return cast("LogMethod", log)


class Logger(logging.Logger):
    """A `logging.Logger` in every respect, with fields as keywords of the level methods."""

    debug: LogMethod = _at(logging.DEBUG)  # type: ignore[assignment]
    info: LogMethod = _at(logging.INFO)  # type: ignore[assignment]
    warning: LogMethod = _at(logging.WARNING)  # type: ignore[assignment]
    error: LogMethod = _at(logging.ERROR)  # type: ignore[assignment]
    critical: LogMethod = _at(logging.CRITICAL)  # type: ignore[assignment]
    exception: LogMethod = _at(logging.ERROR, exc_info=True)  # type: ignore[assignment]

    def log(  # type: ignore[override]
        self, level: int, msg: object, /, *args: object, **fields: Any
    ) -> None:
        """Log at a numeric level, with fields like the methods above."""
        if self.isEnabledFor(level):
            self._log_fields(level, msg, args, fields)

    def _log_fields(self, level: int, msg: object, args: Any, fields: dict[str, Any]) -> None:
        error, stack_info, stacklevel = None, False, 1
        if not _KEYWORDS.isdisjoint(fields):
            error = error_of(fields.pop("exc_info", None))
            stack_info, stacklevel = fields.pop("stack_info", False), fields.pop("stacklevel", 1)
            fields = {**(fields.pop("extra", None) or {}), **fields}
        kind, here = type(self), cast("logging.Logger", self)
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
            or not STANDARD_ATTRIBUTES.isdisjoint(fields)  # which a record has renamed
            or kind.handle is not _HANDLE  # others replace methods: Sentry, ddtrace
            or kind.callHandlers is not _CALL_HANDLERS
            or kind.makeRecord is not _MAKE_RECORD
            or logging.getLogRecordFactory() is not logging.LogRecord  # OpenTelemetry
        ):
            self._log_record(level, msg, args, error, stack_info, stacklevel, fields)
        elif not handler.limit or handler.admits(level):
            message = msg if type(msg) is str and not args else message_of(msg, args)
            try:
                name = logging.getLevelName(level)
                event = to_event(
                    time.time(), name, self.name, message, fields, error, is_constant=not args
                )
                handler.writer.write(to_line(*event), level)
            except Exception as failure:  # noqa: BLE001 - a log call never raises into its caller
                handler.lose(failure)

    def _log_record(
        self,
        level: int,
        msg: object,
        args: Any,
        error: BaseException | None,
        stack_info: bool,
        stacklevel: int,
        fields: Mapping[Any, object],
    ) -> None:
        # Three of our frames are between the caller and findCaller.
        file, line, function, stack = self.findCaller(stack_info, stacklevel + 3)
        exc_info = (type(error), error, error.__traceback__) if error else None
        record = self.makeRecord(
            self.name, level, file, line, msg, args, exc_info, function, None, stack
        )
        attributes = vars(record)
        attributes["_context"] = current_fields()
        for name, value in fields.items():
            attributes[free_name(safe_str(name), STANDARD_ATTRIBUTES | attributes.keys())] = value
        self.handle(record)


def get_logger(name: str) -> Logger:
    """Return the logger of that name; one made by `logging.getLogger` is converted in place.

    Its level, handlers and children stay, and the global logger class is left alone.
    """
    logger = logging.getLogger(name)
    if not isinstance(logger, Logger):
        logger.__class__ = Logger
    return cast("Logger", logger)
