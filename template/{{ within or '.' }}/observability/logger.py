# Managed by the service template: change it there, or expect a merge on update.
"""get_logger(): a standard `logging.Logger` whose methods take fields as keywords."""

import logging
import sys
from collections.abc import Mapping
from typing import Any, Protocol, cast

from .context import shown_context
from .fields import event_of
from .values import text_of


def _no_way(logger: logging.Logger, message: object, fields: dict[str, Any]) -> bool:
    return False


short_way = _no_way
"""Writes a line of INFO without a LogRecord, if nobody else would see one: see direct.py."""

_LOGGING = logging.getLevelName.__code__.co_filename
_MADE_LATER = frozenset({"message", "asctime"})
"""Attributes of a record that a formatter makes."""


class LogMethod(Protocol):
    """A level method: a constant message, then what varies as fields.

    Fields of the standard are typed: `duration_ms` is a number of milliseconds, ids are text. A
    field named like an attribute of a LogRecord is kept under its name and an underscore. Of
    logging's own keywords all four work: `exc_info`, `extra`, `stack_info`, `stacklevel`.
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
            self._log(level, msg, args, **fields)

    return cast("LogMethod", log)


def _info(self: "Logger", msg: object, /, *args: object, **fields: Any) -> None:
    if self.isEnabledFor(logging.INFO) and (args or not short_way(self, msg, fields)):
        self._log(logging.INFO, msg, args, **fields)


class Logger(logging.Logger):
    """A `logging.Logger` in every respect, with fields as keywords of the level methods."""

    debug: LogMethod = _at(logging.DEBUG)  # type: ignore[assignment]
    info: LogMethod = cast("LogMethod", _info)  # type: ignore[assignment]
    warning: LogMethod = _at(logging.WARNING)  # type: ignore[assignment]
    error: LogMethod = _at(logging.ERROR)  # type: ignore[assignment]
    critical: LogMethod = _at(logging.CRITICAL)  # type: ignore[assignment]
    exception: LogMethod = _at(logging.ERROR, exc_info=True)  # type: ignore[assignment]

    def log(  # type: ignore[override]
        self, level: int, msg: object, /, *args: object, **fields: Any
    ) -> None:
        """Log at a numeric level, with fields like the methods above."""
        if self.isEnabledFor(level):
            self._log(level, msg, args, **fields)

    def _log(  # type: ignore[override]
        self,
        level: int,
        msg: object,
        args: Any,
        /,
        exc_info: Any = None,
        extra: Mapping[str, object] | None = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        **fields: object,
    ) -> None:
        # Two frames, the level method and this one, stand between the caller and findCaller, whose
        # search takes as long as the making of the record.
        caller, stack = sys._getframe(2), None
        file, line, function = caller.f_code.co_filename, caller.f_lineno, caller.f_code.co_name
        if stack_info or stacklevel != 1 or file == _LOGGING:  # of a LoggerAdapter, say
            file, line, function, stack = self.findCaller(stack_info, stacklevel + 2)
        if isinstance(exc_info, BaseException):
            exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
        elif exc_info and not isinstance(exc_info, tuple):
            exc_info = sys.exc_info()
        record = self.makeRecord(
            self.name, level, file, line, msg, args, exc_info or None, function, None, stack
        )
        add_fields(record, {**(extra or {}), **fields})
        self.handle(record)


def add_fields(record: logging.LogRecord, fields: Mapping[Any, object]) -> None:
    """Make attributes of the fields; none takes the place of what a record has by itself."""
    try:
        record._context = shown_context().entry
    except Exception as error:  # noqa: BLE001 - told by the formatter, not raised into the caller
        record._context = error
    # An event that says nothing is as good as none.
    event = fields.get("event") or (event_of(record.msg) if type(record.msg) is str else "")
    if event:
        record.event = event
    attributes = vars(record)
    for name, value in fields.items():
        if name != "event":
            free = name if type(name) is str else text_of(name)
            while free in _MADE_LATER or free in attributes:
                free += "_"
            attributes[free] = value


def get_logger(name: str) -> Logger:
    """The logger of that name; one made earlier by `logging.getLogger` is converted in place.

    Its level, handlers and children stay, and the global logger class is left alone.
    """
    logger = logging.getLogger(name)
    if not isinstance(logger, Logger):
        logger.__class__ = Logger
    return cast("Logger", logger)
