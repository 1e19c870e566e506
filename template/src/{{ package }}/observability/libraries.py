# Managed by the service template: change it there, or expect a merge on update.
"""The loggers of servers and libraries: which of their lines are news."""

import logging

from .errors import is_repeat

SERVERS = (
    *("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"),
    *("gunicorn.error", "gunicorn.access"),
    *("hypercorn.error", "hypercorn.access"),
    *("_granian", "_granian.utils", "granian.access"),
)
"""Loggers of servers: they get no handler of their own, and propagate."""

QUIETER = dict.fromkeys(("httpx", "httpx2", "httpcore", "httpcore2", "websockets"), logging.WARNING)
QUIETER |= {"werkzeug": logging.WARNING}
QUIETER |= dict.fromkeys(("uvicorn.access", "django.request", "django.server"), logging.CRITICAL)
"""Loggers whose lines repeat ours or hold whole URLs; LOG_LEVELS has the last word."""

REPEATS = (
    "connection open",
    "connection closed",
    "connection rejected",
    '%s - "WebSocket',
    "Application callable raised an exception",  # granian's, which hides the exception itself
)
"""How lines of servers begin that tell again what a line of ours tells."""


def adopt_servers() -> None:
    """Take the handlers of servers away: their lines come through ours, less the repeats."""
    for name in SERVERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
        server.disabled = False
        server.removeFilter(_is_news)
        server.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a server's record says what no line of ours says."""
    return not is_repeat(record) and not str(record.msg).startswith(REPEATS)
