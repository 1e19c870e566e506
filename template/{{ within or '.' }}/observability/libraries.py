# Managed by the service template: change it there, or expect a merge on update.
"""The loggers of servers and frameworks: which of their lines are news."""

import logging

from .errors import is_repeat

ADOPTED = (
    *("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"),
    *("gunicorn.error", "gunicorn.access"),
    *("hypercorn.error", "hypercorn.access"),
    *("_granian", "_granian.utils", "granian.access"),
    *("django", "django.server", "litestar", "werkzeug"),
)
"""Loggers of servers and frameworks: they get no handler of their own, and propagate."""

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
    "Error on request:",  # of werkzeug's own server, with the traceback in the text
    "Uncaught exception (connection_type",  # Litestar's, written before it tells us of it
)
"""How lines of theirs begin that tell again what a line of ours tells."""


def adopt() -> None:
    """Take their handlers away: their lines come through ours, less the repeats."""
    for name in ADOPTED:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.disabled = False
        logger.removeFilter(_is_news)
        logger.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether such a record says what no line of ours says."""
    return not is_repeat(record) and not str(record.msg).startswith(REPEATS)
