# Managed by the service template: change it there, or expect a merge on update.
"""The lines of start and stop, and whether the service is ready in between."""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from . import settings
from .logger import get_logger

logger = get_logger(__name__)

_ready = False


def health(path: str) -> tuple[int, dict[str, str]]:
    """Status and body of `/health/live`, always 200, and of `/health/ready`, 200 or 503."""
    if path.endswith("/live") or _ready:
        return 200, {"status": "ok"}
    return 503, {"status": "unavailable"}


@asynccontextmanager
async def lifespan(app: Any = None) -> AsyncIterator[None]:
    """The life of the application, as an ASGI lifespan or around a worker's main loop.

    Its own resources go inside: `async with lifespan(app), my_pool(): yield`.
    """
    global _ready
    started = time.perf_counter()
    logger.info("Application starting")
    chosen = settings.current()
    level = logging.getLevelName(chosen.log_level)
    logger.info("Environment", environment_name=chosen.environment, log_level=level)
    _ready = True
    logger.info("Application ready", duration_ms=(time.perf_counter() - started) * 1000)
    try:
        yield
    finally:
        _ready = False
        stopping = time.perf_counter()
        logger.info("Application shutting down")
        logger.info("Application stopped", duration_ms=(time.perf_counter() - stopping) * 1000)
