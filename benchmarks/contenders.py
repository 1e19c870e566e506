"""The contenders: each writes the same fields to stdout by its library's own means.

A contender is created in a process of its own. `bind` is its context; it has one method for each
kind of call in cases.py that it supports.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from cases import FAILURE, LIBRARY, MESSAGE, OPERATION, Fields

LOGGER = "orders.transcripts"


class WithKeywords:
    """Calls for libraries whose level methods take fields as keywords."""

    bind: Any
    logger: Any

    def info(self, detail: Any, duration_ms: float) -> None:
        self.logger.info(MESSAGE, operation=OPERATION, detail=detail, duration_ms=duration_ms)

    def debug(self, detail: Any, duration_ms: float) -> None:
        self.logger.debug(MESSAGE, operation=OPERATION, detail=detail, duration_ms=duration_ms)

    def error(self, error: Exception) -> None:
        self.logger.error(FAILURE, exc_info=error)


class Ours(WithKeywords):
    """The package of this template with the defaults of production."""

    def __init__(self) -> None:
        from observability.config import configure_logging
        from observability.context import log_context
        from observability.logger import get_logger

        configure_logging()
        self.bind = log_context
        self.logger = get_logger(LOGGER)
        self.libraries = logging.getLogger("library")

    def library(self, *arguments: Any) -> None:
        self.libraries.info(LIBRARY, *arguments)


class Structlog(WithKeywords):
    """structlog as the performance page of its documentation configures it."""

    def __init__(self) -> None:
        import orjson
        import structlog

        structlog.configure(
            cache_logger_on_first_use=True,
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.format_exc_info,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(serializer=orjson.dumps),
            ],
            logger_factory=structlog.BytesLoggerFactory(),
        )
        self.bind = structlog.contextvars.bound_contextvars
        self.logger = structlog.get_logger().bind()  # a module's logger is a slower proxy


class Loguru(WithKeywords):
    """loguru with serialize=True."""

    def __init__(self) -> None:
        from loguru import logger

        logger.remove()
        logger.add(sys.stdout, level="INFO", serialize=True)
        self.bind = logger.contextualize
        self.logger = logger


class WithoutContext:
    """A context for libraries that have none: the service keeps the fields and passes them."""

    def __init__(self) -> None:
        self.current: ContextVar[Fields] = ContextVar("current")

    @contextmanager
    def bind(self, **fields: object) -> Iterator[None]:
        token = self.current.set(fields)
        try:
            yield
        finally:
            self.current.reset(token)


def log_to_stdout(formatter: logging.Formatter, name: str) -> logging.Logger:
    """Return the logger of that name with one StreamHandler."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return logger


class PythonJsonLogger(WithoutContext):
    """python-json-logger with orjson. Calls of the service pass the context in `extra`.

    For a library's records, a filter adds it, as its documentation does for request ids.
    """

    def __init__(self) -> None:
        from pythonjsonlogger.orjson import OrjsonFormatter

        super().__init__()
        formatter = OrjsonFormatter("%(levelname)s %(name)s %(message)s", timestamp=True)
        self.logger = log_to_stdout(formatter, LOGGER)
        self.libraries = log_to_stdout(formatter, "library")
        self.libraries.handlers[0].addFilter(self._add_context)

    def _add_context(self, record: logging.LogRecord) -> bool:
        vars(record).update(self.current.get())
        return True

    def info(self, detail: Any, duration_ms: float) -> None:
        fields = {"operation": OPERATION, "detail": detail, "duration_ms": duration_ms}
        self.logger.info(MESSAGE, extra={**self.current.get(), **fields})

    def library(self, *arguments: Any) -> None:
        self.libraries.info(LIBRARY, *arguments)

    def error(self, error: Exception) -> None:
        self.logger.error(FAILURE, exc_info=error, extra=self.current.get())


class StandardFormatter(logging.Formatter):
    """The JSONFormatter of the logging standard, as its text has it."""

    def format(self, record: logging.LogRecord) -> str:
        log_data = {
            "timestamp": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            log_data["exception"] = self.formatException(record.exc_info)
        return json.dumps(log_data)


class Standard(WithoutContext):
    """The standard's JSONFormatter has no fields: they are in the message, as `name=value`."""

    def __init__(self) -> None:
        super().__init__()
        self.logger = log_to_stdout(StandardFormatter(), LOGGER)

    def _bound_fields(self) -> str:
        bound = self.current.get()
        return (
            f"request_id={bound['request_id']}, tenant_id={bound['tenant_id']}, "
            f"session_id={bound['session_id']}"
        )

    def info(self, detail: Any, duration_ms: float) -> None:
        self.logger.info(
            f"{MESSAGE}: {self._bound_fields()}, operation={OPERATION}, detail={detail}, "
            f"duration_ms={duration_ms}"
        )

    def debug(self, detail: Any, duration_ms: float) -> None:
        fields = {"operation": OPERATION, "detail": detail, "duration_ms": duration_ms}
        self.logger.debug(MESSAGE, extra=fields)

    def error(self, error: Exception) -> None:
        self.logger.error(f"{FAILURE}: {self._bound_fields()}", exc_info=error)


class Minimum(WithoutContext):
    """The least that a call can do: the time, a dict, orjson and one write."""

    def __init__(self) -> None:
        import orjson

        super().__init__()
        self.dumps, self.newline = orjson.dumps, orjson.OPT_APPEND_NEWLINE
        self.second, self.shown = 0, ""

    def info(self, detail: Any, duration_ms: float) -> None:
        now = time.time()
        if int(now) != self.second:
            self.second = int(now)
            self.shown = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self.second))
        record = {
            "timestamp": f"{self.shown}.{int(now * 1000) % 1000:03d}Z",
            "level": "INFO",
            "logger": LOGGER,
            "message": MESSAGE,
            **self.current.get(),
            "operation": OPERATION,
            "detail": detail,
            "duration_ms": duration_ms,
        }
        os.write(1, self.dumps(record, option=self.newline))


CONTENDERS: dict[str, Any] = {
    "ours": Ours,
    "structlog": Structlog,
    "loguru": Loguru,
    "python_json_logger": PythonJsonLogger,
    "standard": Standard,
    "minimum": Minimum,
}
