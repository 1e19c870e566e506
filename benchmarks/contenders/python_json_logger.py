"""python-json-logger with its orjson formatter, on the standard library's handler.

It has no context of its own. Calls of the service pass it in `extra`; for a library's records, a
filter adds it, as its documentation has it for request ids.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pythonjsonlogger.orjson import OrjsonFormatter
from scenes import EVENT, FAILURE, MESSAGE, OPERATION, RETRY, Fields

logger = logging.getLogger("orders.transcripts")
library = logging.getLogger("library")
foreigner = logging.getLogger("foreigner")
current: ContextVar[Fields] = ContextVar("current")


class Context(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        vars(record).update(current.get())
        return True


def setup() -> None:
    logging.getLogger().setLevel(logging.INFO)
    for name in ("root", "foreigner"):
        handler = logging.StreamHandler(sys.stdout)
        form = "%(levelname)s %(name)s %(message)s"
        handler.setFormatter(OrjsonFormatter(form, timestamp=True))
        logging.getLogger(name if name != "root" else None).addHandler(handler)
    foreigner.propagate = False
    foreigner.handlers[0].addFilter(Context())


@contextmanager
def context(**fields: object) -> Iterator[None]:
    token = current.set(fields)
    try:
        yield
    finally:
        current.reset(token)


def constant(duration_ms: float) -> None:
    given = {"event": EVENT, "operation": OPERATION, "duration_ms": duration_ms}
    logger.info(MESSAGE, extra={**current.get(), **given})


def fresh(transcript_id: str, duration_ms: float) -> None:
    given = {"event": EVENT, "transcript_id": transcript_id, "duration_ms": duration_ms}
    logger.info(MESSAGE, extra={**current.get(), **given})


def text(excerpt: str, duration_ms: float) -> None:
    given = {"event": EVENT, "excerpt": excerpt, "duration_ms": duration_ms}
    logger.info(MESSAGE, extra={**current.get(), **given})


def extra(duration_ms: float) -> None:
    constant(duration_ms)


def foreign(host: str, delay_s: float) -> None:
    foreigner.info(RETRY, host, delay_s)


def error(failure: Exception) -> None:
    logger.error(FAILURE, exc_info=failure, extra=current.get())


def large(message: str) -> None:
    logger.info(message, extra=current.get())


def fields(given: Fields) -> None:
    logger.info(MESSAGE, extra={**current.get(), **given})


def nested(result: Fields, duration_ms: float) -> None:
    given = {"result": result, "duration_ms": duration_ms}
    logger.info(MESSAGE, extra={**current.get(), **given})
