# Managed by the service template: change it there, or expect a merge on update.
"""Exceptions: what a line says of them, said once, and the hooks for those that nobody caught."""

import logging
import sys
import threading
from contextlib import suppress
from types import TracebackType

from .logger import get_logger
from .values import text_of

logger = get_logger(__name__)


def describe_exception(error: BaseException) -> dict[str, str]:
    """The fields `error_type` and `error_message`; the traceback is of tracebacks.py."""
    kind = type(error)
    prefix = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return {"error_type": prefix + kind.__qualname__, "error_message": text_of(error)}


def mark_logged(error: BaseException) -> None:
    """Note on the exception that its line is written, so that nobody's repeat of it is."""
    with suppress(AttributeError):  # a class with __slots__: a second line is the lesser evil
        error.__dict__["_logged"] = True


def is_repeat(record: logging.LogRecord) -> bool:
    """Whether the record carries an exception whose line is already written."""
    error = record.exc_info[1] if record.exc_info else None
    return error is not None and "_logged" in getattr(error, "__dict__", {})


def install_hooks() -> None:
    """Log what nobody caught: in the main thread, in other threads, in `__del__`; and warnings.

    A hook that somebody else (pytest, a debugger) has installed is left alone.
    """
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _uncaught
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _uncaught_in_thread
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _unraisable
    logging.captureWarnings(True)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        logger.critical("Unhandled exception", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        thread = args.thread.name if args.thread else None
        logger.critical(
            "Unhandled exception in thread", exc_info=args.exc_value, thread_name=thread
        )


def _unraisable(args: "sys.UnraisableHookArgs") -> None:
    if args.exc_value is not None:
        logger.error("Unraisable exception", exc_info=args.exc_value)
