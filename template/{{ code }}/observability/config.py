# Managed by the template: edits here are merged on update.
"""configure_logging(): one handler on the root logger, every library's lines through it."""

import json
import logging.config
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from typing import Any

from .audit import audit_handler, audit_logger
from .context import Fields, process
from .formatters import ConsoleFormatter, JSONFormatter, KeyValueFormatter, dumps
from .handlers import development_file, stdout
from .logger import get_logger
from .redaction import redact_fields, redact_value, safe_str
from .schemas import SchemaFormatter
from .settings import Table, get_settings
from .tracebacks import error_of, is_logged

logger = get_logger(__name__)

_add, _remove = logging.Logger.addHandler, logging.Logger.removeHandler
_others: Any = logging.config
_dict_config, _file_config = _others.DictConfigurator.configure, _others._install_loggers
_bootstrap, _exit = BaseProcess._bootstrap, sys.exit  # type: ignore[attr-defined]

CHILD = "OBSERVABILITY_FIELDS"  # tells processes that this one starts that it is configured

RETIRED = {"AUDIT_ON_FAILURE", "IP_HASH_KEY", "LOG_MAX_LINE_BYTES", "LOG_QUEUE_LINES"}
RETIRED |= {"LOG_REDACT_PHONES", "LOG_REPEAT_BURST"}  # of 0.x, without effect

SERVERS = (
    "uvicorn uvicorn.error uvicorn.access gunicorn.error gunicorn.access hypercorn.error "
    "hypercorn.access _granian granian.access django django.request django.server litestar werkzeug"
)
"""Loggers of servers and frameworks, which propagate; what repeats ours is for others' handlers."""

LEVELS = dict.fromkeys(("httpx", "httpx2", "httpcore", "httpcore2", "websockets"), 30)
LEVELS |= {"uvicorn.access": 50, "watchdog": 30, "watchfiles": 30}
"""Loggers that repeat our lines, write whole URLs or watch app.log; LOG_LEVELS overrides it."""

DUPLICATES = (
    *("django.request: ", "django.server: ", '%s - "WebSocket', " - - ["),  # lines of requests
    *("connection open", "connection closed", "connection rejected"),
    *("Application callable raised an exception", "Error on request:"),  # of granian, werkzeug
    "Uncaught exception (connection_type",  # Litestar, before it calls our hook
    "ASGI callable returned without",  # a response; uvicorn says it of a refusal, too
)
"""Parts of servers' loggers and messages, as in "name: message", that repeat a line of ours."""


def configure_logging(*, fields: Mapping[str, object] | None = None) -> logging.Handler:
    """Configure logging as the environment says; call it at the entry of the process.

    `fields` are on every line of the process. Handlers of others (pytest, Sentry) stay, but those
    of the console. A bad variable ends the process: a line on stderr, exit code 2.
    """
    try:
        for table in Table.__subclasses__():
            table.load()
    except ValueError as error:
        print(error, file=sys.stderr)  # noqa: T201 - no logging yet
        raise SystemExit(2) from None
    process.fields = Fields({**process.fields, **(fields or {})})
    os.environ[CHILD] = dumps(redact_fields(process.fields))
    _apply()
    _install_hooks()
    if retired := sorted(RETIRED & os.environ.keys()):
        logger.warning("Variables ignored", variables=retired, reason="they went with 1.0")
    return stdout


def configure_child() -> None:
    """Configure a process that `multiprocessing` starts afresh, as its parent is."""
    if CHILD in os.environ and "multiprocessing" in " ".join(sys.orig_argv):
        configure_logging(fields=json.loads(os.environ[CHILD]))


def _apply() -> None:
    """Give the root logger our handler, and each logger what the environment says."""
    settings, root = get_settings(), logging.getLogger()
    root.addHandler(stdout)  # which does nothing if it is there
    # Our handler stays on the root logger, and comes back with the next one of others.
    methods: Any = logging.Logger
    methods.addHandler = lambda self, handler: _add(self, handler) or _add(root, stdout)
    methods.removeHandler = lambda self, handler: handler is stdout or _remove(self, handler)
    for each in (root, *root.manager.loggerDict.copy().values()):
        vars(each)["disabled"] = False  # of a placeholder too, without effect
    lines = JSONFormatter if settings.log_schema == "standard" else SchemaFormatter
    kinds = {"json": lines, "console": ConsoleFormatter, "logfmt": KeyValueFormatter}
    kinds["auto"] = ConsoleFormatter if settings.environment in {"development", "test"} else lines
    stdout.formatter = audit_handler.formatter = kinds[settings.log_format]()
    stdout.limit = settings.log_max_lines_per_second
    if settings.environment == "development" and settings.log_file != "-":
        root.addHandler(development_file(settings.log_file))
        audit_logger.addHandler(development_file(settings.log_file))
    for server in map(logging.getLogger, SERVERS.split()):
        server.propagate = True
        server.addFilter(_mark_repeated)
    # `disable` overrides the level of any single logger.
    no_debug = settings.environment == "production" and settings.log_allow_debug != "1"
    logging.disable(logging.DEBUG if no_debug else logging.NOTSET)
    # Handlers of the code around this package get that code's lines, not those of the package,
    logging.getLogger(__package__.rpartition(".")[0])  # which is not put between them later,
    logging.getLogger(__package__).parent = root
    # and the package keeps the level, whatever the code around it has.
    ours = dict.fromkeys(("root", __package__), settings.log_level)
    for name, level in {**ours, **LEVELS, **dict(settings.log_levels)}.items():
        logging.getLogger(name).setLevel(level)


def _mark_repeated(record: logging.LogRecord) -> bool:
    """Keep a server's record that repeats a line of ours from our handlers."""
    text = f"{record.name}: {safe_str(record.msg)}"
    if is_logged(error_of(record.exc_info)) or any(part in text for part in DUPLICATES):
        vars(record)["_repeated"] = True
    return True


def _install_hooks() -> None:
    """Log uncaught exceptions and warnings; a hook of others (pytest, a debugger) stays."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = lambda kind, error, trace: _log("Unhandled exception", error)
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = lambda args: _log("Unhandled exception in thread", args.exc_value)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = lambda arg: _log("Unraisable exception", arg.exc_value, logging.ERROR)
    _others.DictConfigurator.configure = lambda self: _dict_config(self) or _apply()  # type: ignore[func-returns-value]
    _others._install_loggers = lambda *args: _file_config(*args) or _apply()  # type: ignore[func-returns-value]
    BaseProcess._bootstrap = _bootstrap_process  # type: ignore[attr-defined]
    traceback.print_exc = _print_exc
    # Python writes what is neither None nor a number to stderr.
    sys.exit = lambda status=None, /: _exit(redact_value(status))
    logging.captureWarnings(True)
    is_main = threading.current_thread() is threading.main_thread()  # which has the signals
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end_by_signal)


def _log(message: str, error: BaseException | None, level: int = logging.CRITICAL) -> None:
    if error is not None and not isinstance(error, SystemExit):
        logger.log(level, message, exc_info=error, thread_name=threading.current_thread().name)


def _bootstrap_process(process: Any, *args: Any, **kwargs: Any) -> Any:
    """Write what waits at the end of a process, after which there is no `atexit`."""
    try:
        return _bootstrap(process, *args, **kwargs)
    finally:
        audit_handler.stop()


def _print_exc(*args: Any, **options: Any) -> None:
    """Replace `traceback.print_exc`, by which `multiprocessing` shows what ended a process."""
    if sys._getframe(1).f_code.co_name == "_bootstrap":
        _log("Unhandled exception in process", sys.exc_info()[1])
    else:
        traceback.print_exception(*sys.exc_info(), *args, **options)


def _end_by_signal(number: int, frame: object) -> None:
    """Write what waits before SIGTERM ends a process that has no handler for it."""
    audit_handler.stop()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
