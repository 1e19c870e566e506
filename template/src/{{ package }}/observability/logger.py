# Managed by the service template: change it there, or expect a merge on update.
"""get_logger(): a standard `logging.Logger` whose methods take fields as keywords."""

import logging
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, cast

from .context import context_fields

ExcInfo = (
    bool
    | BaseException
    | tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None]
    | None
)

_CONSTANT_TEXT = re.compile(r"[A-Za-z][A-Za-z _-]{0,79}")
_RESERVED = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}


class LogMethod(Protocol):
    """A level method: a constant message, then what varies as fields.

    Fields of the standard are typed: `duration_ms` is a number of milliseconds, ids are text. A
    field named like an attribute of a LogRecord is kept under its name and an underscore.
    """

    def __call__(
        self,
        msg: object,
        /,
        *args: object,
        exc_info: ExcInfo = ...,
        extra: Mapping[str, object] | None = ...,
        stack_info: bool = ...,
        stacklevel: int = ...,
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
            self._log(level, msg, args, **fields)

    def _log(  # type: ignore[override]
        self,
        level: int,
        msg: object,
        args: Any,
        /,
        exc_info: ExcInfo = None,
        extra: Mapping[str, object] | None = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        **fields: object,
    ) -> None:
        # Two frames, the level method and this one, stand between the caller and logging itself.
        named = {**(extra or {}), **fields}
        super()._log(level, msg, args, exc_info, named, stack_info, stacklevel + 2)

    def makeRecord(
        self,
        name: str,
        level: int,
        fn: str,
        lno: int,
        msg: object,
        args: Any,
        exc_info: Any,
        func: str | None = None,
        extra: Mapping[str, object] | None = None,
        sinfo: str | None = None,
    ) -> logging.LogRecord:
        """Make the record; fields become attributes, and none takes the place of another."""
        record = super().makeRecord(name, level, fn, lno, msg, args, exc_info, func, None, sinfo)
        if isinstance(msg, str) and _CONSTANT_TEXT.fullmatch(msg):
            record.event = msg.lower().replace(" ", "_").replace("-", "_")
        record.context = context_fields()
        taken = _RESERVED | vars(record).keys() - {"event"}
        for field, value in (extra or {}).items():
            free = str(field)
            while free in taken:
                free += "_"
            taken.add(free)
            vars(record)[free] = value
        return record


def get_logger(name: str) -> Logger:
    """The logger of that name; one made earlier by `logging.getLogger` is converted in place.

    Its level, handlers and children stay, and the global logger class is left alone.
    """
    logger = logging.getLogger(name)
    if not isinstance(logger, Logger):
        logger.__class__ = Logger
    return cast("Logger", logger)
