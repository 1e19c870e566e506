# Managed by the service template: change it there, or expect a merge on update.
"""configure_logging(): one handler on the root logger, and everybody's lines through it."""

import io
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from . import logger as loggers
from . import settings
from .audit import audit_handler, audit_logger
from .console import ConsoleFormatter
from .development_file import DevelopmentFileHandler
from .direct import Direct
from .errors import install_hooks
from .formatters import JSONFormatter, KeyValueFormatter
from .handlers import StdoutHandler, notices, writer
from .libraries import QUIETER, adopt
from .pieces import orjson
from .rules.personal import redact_phones

STDOUT = "stdout"
FILE = "development file"


def configure_logging() -> None:
    """Set logging up as the environment says; a second call changes nothing.

    Handlers of others (pytest, Sentry) on the root logger stay; plain ones on the console, which
    would repeat each line, go. A bad variable ends the process: one line on stderr, exit code 2.
    """
    try:
        chosen = settings.current()
    except settings.SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - nothing is there yet to log with
        raise SystemExit(2) from None
    if isinstance(sys.stdout, io.TextIOWrapper):
        with suppress(OSError):  # somebody has put a pipe in the place of a file
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    redact_phones(chosen.log_redact_phones == "1")
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if _repeats(handler):
            root.removeHandler(handler)
    stdout = _handler(root, STDOUT, StdoutHandler)
    for handler in (stdout, audit_handler, notices):
        handler.setFormatter(_formatter(chosen))
    if isinstance(stdout, StdoutHandler):
        stdout.repeats.burst = chosen.log_repeat_burst
        stdout.limit.most = chosen.log_max_lines_per_second
        if orjson is not None:
            loggers.short_way = Direct(stdout).write
    writer.queue.bound = chosen.log_queue_lines
    if chosen.environment == "development" and chosen.log_file != "-":
        file = _handler(root, FILE, lambda: DevelopmentFileHandler(chosen.log_file))
        file.setFormatter(KeyValueFormatter())
        audit_logger.addHandler(file)
    else:
        _leave_file(root)
    adopt()
    _set_levels(root, chosen)
    install_hooks()
    _flush_on_sigterm()


def _flush_on_sigterm() -> None:
    """Write what waits before SIGTERM ends a process that has no handler for it."""
    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _end_by_signal)
    except ValueError:  # not in the main thread, which alone may ask
        pass


def _end_by_signal(number: int, frame: FrameType | None) -> None:
    audit_handler.end()
    for handler in logging.getLogger().handlers:
        handler.close()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def stdout_handler() -> logging.Handler:
    """Set logging up, and give the one handler: the factory that log-config.json names."""
    configure_logging()
    return next(handler for handler in logging.getLogger().handlers if handler.name == STDOUT)


def _handler(
    root: logging.Logger, name: str, make: Callable[[], logging.Handler]
) -> logging.Handler:
    """Our handler of that name on the root logger, made where there is none."""
    for handler in root.handlers:
        if handler.name == name:
            return handler
    handler = make()
    handler.name = name
    root.addHandler(handler)
    return handler


def _repeats(handler: logging.Handler) -> bool:
    """Whether it is a plain one on the console, itself or behind a queue."""
    consoles = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    behind = getattr(getattr(handler, "listener", None), "handlers", ())
    return any(
        type(last) is logging.StreamHandler and last.stream in consoles
        for last in (handler, *behind)
    )


def _leave_file(root: logging.Logger) -> None:
    for handler in root.handlers[:]:
        if handler.name == FILE:
            root.removeHandler(handler)
            audit_logger.removeHandler(handler)
            handler.close()


def _formatter(chosen: settings.Settings) -> logging.Formatter:
    people = chosen.environment in {"development", "test"}
    shape = chosen.log_format if chosen.log_format != "auto" else "console" if people else "json"
    if shape == "console":
        return ConsoleFormatter.of_stdout()
    return JSONFormatter() if shape == "json" else KeyValueFormatter()


def _set_levels(root: logging.Logger, chosen: settings.Settings) -> None:
    # Whatever level a logger is given by whoever: `disable` has the last word.
    bare = chosen.environment == "production" and chosen.log_allow_debug != "1"
    logging.disable(logging.DEBUG if bare else logging.NOTSET)
    root.setLevel(chosen.log_level)
    for name, level in {**QUIETER, **chosen.log_levels}.items():
        logging.getLogger(name).setLevel(level)
