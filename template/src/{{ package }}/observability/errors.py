# Managed by the service template: change it there, or expect a merge on update.
"""Exceptions: what a line says of them, said once, and the hooks for those that nobody caught."""

import logging
import sys
import sysconfig
import threading
import traceback
from contextlib import suppress
from types import TracebackType
from typing import Any

from .fields import TEXTS
from .logger import get_logger
from .redaction import shorten
from .values import MAX_NAME, text_of

logger = get_logger(__name__)

MAX_FRAMES = 40
"""Frames of each traceback in a chain that are looked at, the innermost ones."""

MAX_PART = 2048
MAX_TRACEBACK = TEXTS["exception"]
"""Characters of one frame or text in a traceback, and of all."""

_LIBRARIES = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), "<frozen ")


class FoldedStack(traceback.StackSummary):
    """A stack whose library frames are counted, not shown; the innermost frame always is."""

    def format(self, **kwargs: Any) -> list[str]:
        lines: list[str] = []
        folded = 0
        for number, frame in enumerate(self, start=1):
            library = "site-packages" in frame.filename or frame.filename.startswith(_LIBRARIES)
            if library and number < len(self):
                folded += 1
                continue
            if folded:
                lines.append(f"  ... {folded} library frames\n")
            folded = 0
            lines.extend(traceback.format_list([frame]))
        return lines


def describe_exception(error: BaseException) -> dict[str, str]:
    """The fields `error_type`, `error_message` and `exception`: a traceback without locals."""
    kind = type(error)
    prefix = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    shown = traceback.TracebackException(
        kind, error, error.__traceback__, limit=-MAX_FRAMES, compact=True
    )
    chain = [shown]
    while chain:
        part = chain.pop()
        part.stack = FoldedStack(part.stack)
        linked = (part.__cause__, part.__context__, *(part.exceptions or ()))
        chain.extend(other for other in linked if other is not None)
    return {
        "error_type": prefix + kind.__qualname__,
        "error_message": text_of(error),
        "exception": _both_ends(list(shown.format())).rstrip(),
    }


def _both_ends(parts: list[str]) -> str:
    """The parts of a traceback, less those in the middle of a long one: none is cut itself."""
    parts = [part if len(part) <= MAX_PART else _outline(part) for part in parts]
    size, ends = 0, 0
    while size <= MAX_TRACEBACK and ends * 2 < len(parts):
        size += len(parts[ends]) + len(parts[-1 - ends])
        ends += 1
    if size <= MAX_TRACEBACK:
        return "".join(parts)
    left_out = len(parts) - 2 * (ends - 1)
    return "".join([*parts[: ends - 1], f"  ... {left_out} more\n", *parts[1 - ends :]])


def _outline(part: str) -> str:
    return f"{shorten(part.partition(':')[0], MAX_NAME)}: <{len(part)} characters>\n"


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
