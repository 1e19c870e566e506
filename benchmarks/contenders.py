"""The contenders: each writes the same fields to stdout by its library's own means.

A contender runs in a process of its own, `contenders.py CONTENDER CASE DESCRIPTOR`. `bind` is its
context; it has one method for each kind of call in cases.py that it supports.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from cases import CASES, FAILURE, LIBRARY, MESSAGE, OPERATION, RECORDS_PER_CONTEXT, Fields, context

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


def log_to_stdout(formatter: logging.Formatter, name: str) -> logging.Logger:
    """Return the logger of that name with one StreamHandler."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return logger


class PythonJsonLogger:
    """python-json-logger with orjson, which has no context: the service keeps the fields.

    Its own calls pass them in `extra`; for a library's records a filter adds them, as the
    documentation does for request ids.
    """

    def __init__(self) -> None:
        from pythonjsonlogger.orjson import OrjsonFormatter

        self.current: ContextVar[Fields] = ContextVar("current")
        formatter = OrjsonFormatter("%(levelname)s %(name)s %(message)s", timestamp=True)
        self.logger = log_to_stdout(formatter, LOGGER)
        self.libraries = log_to_stdout(formatter, "library")
        self.libraries.handlers[0].addFilter(self._add_context)

    @contextmanager
    def bind(self, **fields: object) -> Iterator[None]:
        token = self.current.set(fields)
        try:
            yield
        finally:
            self.current.reset(token)

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


CONTENDERS: dict[str, Any] = {
    "ours": Ours,
    "structlog": Structlog,
    "python_json_logger": PythonJsonLogger,
}


def main() -> None:
    """Make as many calls as each line of stdin says, and answer in JSON to the descriptor.

    `check N` also answers with the fields that each line must carry.
    """
    name, case_name, descriptor = sys.argv[1:]
    case = CASES[case_name]
    contender = CONTENDERS[name]()
    call = getattr(contender, case.method)
    bind = contender.bind if case.is_written else lambda **fields: nullcontext()
    for command in sys.stdin:
        work = [
            (context(), [case.values() for _ in range(RECORDS_PER_CONTEXT)])
            for _ in range(int(command.split()[-1]) // RECORDS_PER_CONTEXT)
        ]
        began = time.process_time()
        for bound, calls in work:
            with bind(**bound):
                for values in calls:
                    call(*values)
        answer: dict[str, Any] = {"seconds": time.process_time() - began}
        if command.startswith("check"):
            answer["wanted"] = [
                bound | case.carried(*values) for bound, calls in work for values in calls
            ]
        os.write(int(descriptor), json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
