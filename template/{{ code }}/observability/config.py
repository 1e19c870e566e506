# Managed by the template: edits here are merged on update.
"""configure_logging(): one handler on the root logger, every library's lines through it."""

import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, TypeVar

from .audit import audit_handler, audit_logger
from .formatters import ConsoleFormatter, JSONFormatter, KeyValueFormatter
from .handlers import DevelopmentFileHandler, StdoutHandler, drop_report
from .logger import direct, get_logger
from .record import process_fields
from .redaction import safe_str
from .settings import TABLES, Settings, SettingsError, get_settings, load
from .tracebacks import error_of, is_logged

logger = get_logger(__name__)

Handler = TypeVar("Handler", bound=logging.Handler)

RETIRED = {"AUDIT_ON_FAILURE", "IP_HASH_KEY", "LOG_MAX_LINE_BYTES", "LOG_QUEUE_LINES"}
RETIRED |= {"LOG_REDACT_PHONES", "LOG_REPEAT_BURST"}
"""Variables of 0.x that have no effect any more."""

SERVER_LOGGERS = (
    *("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "gunicorn.error"),
    *("gunicorn.access", "hypercorn.error", "hypercorn.access", "_granian", "granian.access"),
    *("django", "django.server", "litestar", "werkzeug"),
)
"""Loggers of servers and frameworks: they lose their own handlers, and propagate."""

LEVELS = dict.fromkeys(("httpx", "httpx2", "httpcore", "httpcore2", "websockets"), logging.WARNING)
LEVELS |= {"werkzeug": logging.WARNING}
LEVELS |= dict.fromkeys(("uvicorn.access", "django.request", "django.server"), logging.CRITICAL)
"""Levels of loggers whose lines repeat ours or hold whole URLs; LOG_LEVELS overrides them."""

DUPLICATES = (
    *("connection open", "connection closed", "connection rejected", '%s - "WebSocket'),
    "Application callable raised an exception",  # granian, without the exception
    "Error on request:",  # werkzeug's server, with the traceback in the text
    "Uncaught exception (connection_type",  # Litestar, before it calls our hook
)
"""Beginnings of servers' messages that repeat a line of ours."""


_fields: dict[str, object] = {}
"""Fields of every line, which a later call without fields keeps."""


def configure_logging(*, fields: Mapping[str, object] | None = None) -> None:
    """Configure logging as the environment says; call it at the entry of the process.

    `fields` are on every line of the process. A second call repairs what others have changed.
    Handlers of others (pytest, Sentry) on the root logger stay; plain ones of the console, which
    would repeat each line, are removed. A bad variable ends the process: one line on stderr, exit
    code 2.
    """
    try:
        for table in TABLES:
            load(table)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - no logging yet
        raise SystemExit(2) from None
    settings = get_settings()
    if isinstance(sys.stdout, io.TextIOWrapper):
        with suppress(OSError):  # a pipe has replaced a file
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    _fields.update(fields or {})
    process_fields(_fields)
    root = logging.getLogger()
    consoles = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    for other in root.handlers[:]:
        if type(other) is logging.StreamHandler and other.stream in consoles:
            root.removeHandler(other)
    stdout = _own_handler(root, StdoutHandler) or StdoutHandler()
    root.addHandler(stdout)
    for handler in (stdout, audit_handler, drop_report):
        handler.setFormatter(_formatter(settings))
    stdout.limit = settings.log_max_lines_per_second
    direct.handler, direct.root_handlers = stdout, [stdout]
    if settings.environment == "development" and settings.log_file != "-":
        file = _own_handler(root, DevelopmentFileHandler)
        file = file or DevelopmentFileHandler(settings.log_file)
        root.addHandler(file)  # which does nothing if it is there
        audit_logger.addHandler(file)
    _adopt_server_loggers()
    # `disable` overrides the level of any single logger.
    no_debug = settings.environment == "production" and settings.log_allow_debug != "1"
    logging.disable(logging.DEBUG if no_debug else logging.NOTSET)
    root.setLevel(settings.log_level)
    for name, level in {**LEVELS, **dict(settings.log_levels)}.items():
        logging.getLogger(name).setLevel(level)
    _install_hooks()
    if retired := sorted(RETIRED & os.environ.keys()):
        logger.warning("Variables ignored", variables=retired, reason="they went with 1.0")


def stdout_handler() -> logging.Handler | None:
    """Configure logging and return our handler: the factory that log-config.json names."""
    configure_logging()
    return _own_handler(logging.getLogger(), StdoutHandler)


def _own_handler(root: logging.Logger, kind: type[Handler]) -> Handler | None:
    return next((handler for handler in root.handlers if isinstance(handler, kind)), None)


def _formatter(settings: Settings) -> logging.Formatter:
    chosen = settings.log_format
    if chosen == "auto":
        chosen = "console" if settings.environment in {"development", "test"} else "json"
    if chosen == "json":
        return JSONFormatter()
    return ConsoleFormatter() if chosen == "console" else KeyValueFormatter()


def _adopt_server_loggers() -> None:
    for name in SERVER_LOGGERS:
        adopted = logging.getLogger(name)
        adopted.handlers.clear()
        adopted.propagate, adopted.disabled = True, False
        adopted.addFilter(_is_new)


def _is_new(record: logging.LogRecord) -> bool:
    """Whether a server's record says what no line of ours says."""
    error = error_of(record.exc_info) if record.exc_info else None
    return not is_logged(error) and not safe_str(record.msg).startswith(DUPLICATES)


def _install_hooks() -> None:
    """Log uncaught exceptions and warnings; a hook of others (pytest, a debugger) stays."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _log_uncaught
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _hook(logging.CRITICAL, "Unhandled exception in thread")
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _hook(logging.ERROR, "Unraisable exception")
    logging.captureWarnings(True)
    with suppress(ValueError):  # signals belong to the main thread
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _end_by_signal)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        logger.critical("Unhandled exception", exc_info=(kind, error, trace))


def _hook(level: int, message: str) -> Callable[[Any], None]:
    def log(args: Any) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            thread = threading.current_thread().name
            logger.log(level, message, exc_info=args.exc_value, thread_name=thread)

    return log


def _end_by_signal(number: int, frame: FrameType | None) -> None:
    """Write what waits before SIGTERM ends a process that has no handler for it."""
    audit_handler.stop()
    for handler in logging.getLogger().handlers:
        handler.close()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
