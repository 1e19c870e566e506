# Managed by the template: edits here are merged on update.
"""The life of the process: start and stop with their lines, health checks."""

import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import Any

from .audit import audit_handler
from .logger import get_logger
from .settings import get_settings

logger = get_logger(__name__)

HEALTH_PATHS = "/health/live", "/health/ready"

life = SimpleNamespace(phase="loading", serve=None)  # then starting, ready and stopping

resources: dict[str, tuple[Callable[[], Any], Callable[[], Awaitable[bool]]]] = {}
"""By name: the lifespan enters what the first returns, readiness depends on the second."""


def ready() -> None:
    life.phase = "ready"
    logger.info("Application ready")


def stopping() -> None:
    """Log once that the stop has begun: before own resources close, where the server says so."""
    if life.phase == "ready":
        life.phase = "stopping"
        logger.info("Application shutting down")


async def health(path: str) -> tuple[int, bytes]:
    """Return status and JSON body of a health check: 200 if it passes, 503 if not."""
    failing = [] if path == "/health/live" else [life.phase]
    if failing == ["ready"]:
        failing = [name for name, (_, check) in resources.items() if not await check()]
    if not failing:
        return 200, b'{"status": "ok"}'
    return 503, json.dumps({"status": "unavailable", "failing": ", ".join(failing)}).encode()


@asynccontextmanager
async def lifespan(app: Any = None) -> AsyncIterator[None]:
    """Open the resources, log start and stop: an ASGI lifespan, or (no `app`) around a main loop.

    Own resources go inside: `async with lifespan(app), my_pool(): yield`.
    """
    life.phase = "starting"
    logger.info("Application starting")
    level = logging.getLevelName(get_settings().log_level)
    logger.info("Environment", environment_name=get_settings().environment, log_level=level)
    async with AsyncExitStack() as stack:
        stack.callback(audit_handler.stop)  # servers end their further processes without `atexit`
        stack.callback(logger.info, "Application stopped")
        for opened, _ in resources.values():
            await stack.enter_async_context(opened())
        stack.callback(stopping)
        if app is None:
            ready()
        yield


async def watch_stop(receive: Any) -> Any:
    """Receive what the server says of an ASGI application's lifespan; log that it is to stop."""
    message = await receive()
    if message["type"] == "lifespan.shutdown":
        stopping()
    return message


async def watch_lifespan(send: Any, message: Any, cause: Any = lambda error: error) -> None:
    """Send on what an ASGI application says of its lifespan; log that it is ready or has failed."""
    error = cause(sys.exc_info()[1])
    if message["type"] == "lifespan.startup.complete":
        ready()
    elif isinstance(error, Exception | SystemExit):  # not where a second signal ends the server
        logger.critical("Application failed", phase=life.phase, exc_info=error)
    await send({**message, "message": ""})  # the traceback as text, which servers log
