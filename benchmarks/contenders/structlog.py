"""structlog, set up as the performance page of its documentation has it.

Its `event` is the message of others; where both are given, the text goes into `message`. The page's
`BytesLoggerFactory` writes and flushes each line, and may block.
"""

import logging
from contextlib import AbstractContextManager

import orjson
import structlog
from scenes import EVENT, FAILURE, MESSAGE, OPERATION, Fields

logger = structlog.get_logger("orders.transcripts")


def setup() -> None:
    global logger
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
    logger = logger.bind()  # the page's advice: a module's logger is a proxy, and each call pays it


def context(**fields: object) -> AbstractContextManager[None]:
    bound: AbstractContextManager[None] = structlog.contextvars.bound_contextvars(**fields)
    return bound


def constant(duration_ms: float) -> None:
    logger.info(EVENT, message=MESSAGE, operation=OPERATION, duration_ms=duration_ms)


def fresh(transcript_id: str, duration_ms: float) -> None:
    logger.info(EVENT, message=MESSAGE, transcript_id=transcript_id, duration_ms=duration_ms)


def text(excerpt: str, duration_ms: float) -> None:
    logger.info(EVENT, message=MESSAGE, excerpt=excerpt, duration_ms=duration_ms)


def debug(duration_ms: float) -> None:
    logger.debug(EVENT, message=MESSAGE, operation=OPERATION, duration_ms=duration_ms)


def error(failure: Exception) -> None:
    logger.error("transcript_lost", message=FAILURE, exc_info=failure)


def large(message: str) -> None:
    logger.info("large", message=message)


def fields(given: Fields) -> None:
    logger.info("fifty", message=MESSAGE, **given)


def nested(result: Fields, duration_ms: float) -> None:
    logger.info("nested", message=MESSAGE, result=result, duration_ms=duration_ms)
