"""The standard's own JSONFormatter, as its text has it, on one StreamHandler.

It has no fields: they are written into the message, `name=value`, as the standard's examples do.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from scenes import EVENT, FAILURE, MESSAGE, OPERATION

logger = logging.getLogger("orders.transcripts")
current: ContextVar[dict[str, Any]] = ContextVar("current")


class JSONFormatter(logging.Formatter):
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


def setup() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JSONFormatter())
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.INFO)


@contextmanager
def context(**fields: object) -> Iterator[None]:
    token = current.set(fields)
    try:
        yield
    finally:
        current.reset(token)


def constant(duration_ms: float) -> None:
    bound = current.get()
    logger.info(
        f"{MESSAGE}: request_id={bound['request_id']}, tenant_id={bound['tenant_id']}, "
        f"session_id={bound['session_id']}, event={EVENT}, operation={OPERATION}, "
        f"duration_ms={duration_ms}"
    )


def fresh(transcript_id: str, duration_ms: float) -> None:
    bound = current.get()
    logger.info(
        f"{MESSAGE}: request_id={bound['request_id']}, tenant_id={bound['tenant_id']}, "
        f"session_id={bound['session_id']}, event={EVENT}, transcript_id={transcript_id}, "
        f"duration_ms={duration_ms}"
    )


def text(excerpt: str, duration_ms: float) -> None:
    bound = current.get()
    logger.info(
        f"{MESSAGE}: request_id={bound['request_id']}, tenant_id={bound['tenant_id']}, "
        f"session_id={bound['session_id']}, event={EVENT}, excerpt={excerpt}, "
        f"duration_ms={duration_ms}"
    )


def debug(duration_ms: float) -> None:
    given = {"event": EVENT, "operation": OPERATION, "duration_ms": duration_ms}
    logger.debug(MESSAGE, extra=given)


def error(failure: Exception) -> None:
    bound = current.get()
    logger.error(
        f"{FAILURE}: request_id={bound['request_id']}, tenant_id={bound['tenant_id']}, "
        f"session_id={bound['session_id']}",
        exc_info=failure,
    )


def large(message: str) -> None:
    bound = current.get()
    logger.info(
        f"{message}: request_id={bound['request_id']}, tenant_id={bound['tenant_id']}, "
        f"session_id={bound['session_id']}"
    )
