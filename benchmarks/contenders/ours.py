"""The generated service's logging, with the defaults of production.

The context is `log_context`; what `bind` adds to a request is merged in the same way.
"""

import logging
from contextlib import AbstractContextManager

from orders.observability import configure_logging, get_logger, log_context
from scenes import EVENT, FAILURE, MESSAGE, OPERATION, RETRY, Fields

logger = get_logger("orders.transcripts")
library = logging.getLogger("library")


def setup() -> None:
    configure_logging()


def context(**fields: object) -> AbstractContextManager[None]:
    bound: AbstractContextManager[None] = log_context(**fields)
    return bound


def constant(duration_ms: float) -> None:
    logger.info(MESSAGE, event=EVENT, operation=OPERATION, duration_ms=duration_ms)


def fresh(transcript_id: str, duration_ms: float) -> None:
    logger.info(MESSAGE, event=EVENT, transcript_id=transcript_id, duration_ms=duration_ms)


def text(excerpt: str, duration_ms: float) -> None:
    logger.info(MESSAGE, event=EVENT, excerpt=excerpt, duration_ms=duration_ms)


def extra(duration_ms: float) -> None:
    fields = {"event": EVENT, "operation": OPERATION, "duration_ms": duration_ms}
    library.info(MESSAGE, extra=fields)


def foreign(host: str, delay_s: float) -> None:
    library.info(RETRY, host, delay_s)


def debug(duration_ms: float) -> None:
    logger.debug(MESSAGE, event=EVENT, operation=OPERATION, duration_ms=duration_ms)


def error(failure: Exception) -> None:
    logger.error(FAILURE, exc_info=failure)


def large(message: str) -> None:
    logger.info(message)


def fields(given: Fields) -> None:
    logger.info(MESSAGE, **given)


def nested(result: Fields, duration_ms: float) -> None:
    logger.info(MESSAGE, result=result, duration_ms=duration_ms)
