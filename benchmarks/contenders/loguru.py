"""loguru with serialize=True, to stdout; its context is `contextualize`."""

import sys
from contextlib import AbstractContextManager

from loguru import logger
from scenes import EVENT, MESSAGE, OPERATION


def setup() -> None:
    logger.remove()
    logger.add(sys.stdout, level="INFO", serialize=True)


def context(**fields: object) -> AbstractContextManager[None]:
    bound: AbstractContextManager[None] = logger.contextualize(**fields)
    return bound


def constant(duration_ms: float) -> None:
    logger.info(MESSAGE, event=EVENT, operation=OPERATION, duration_ms=duration_ms)


def fresh(transcript_id: str, duration_ms: float) -> None:
    logger.info(MESSAGE, event=EVENT, transcript_id=transcript_id, duration_ms=duration_ms)


def debug(duration_ms: float) -> None:
    logger.debug(MESSAGE, event=EVENT, operation=OPERATION, duration_ms=duration_ms)
