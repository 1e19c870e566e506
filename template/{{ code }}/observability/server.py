# Managed by the template: edits here are merged on update.
"""The life of the process: start and stop with their lines, health checks."""

import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from .audit import audit_handler
from .handlers import writer
from .logger import get_logger
from .settings import get_settings

logger = get_logger(__name__)

HEALTH_PATHS = "/health/live", "/health/ready"
Open = Callable[[], AbstractAsyncContextManager[object]]
Check = Callable[[], Awaitable[bool]]


class Life:
    """The phase of this process: starting, ready or stopping."""

    phase = "starting"
    since = 0.0

    def log(self, message: str, phase: str = "") -> None:
        """Log a step, with the time since the one before."""
        before, self.since = self.since, time.perf_counter()
        self.phase = phase or self.phase
        # ast-grep-ignore: constant-message - each caller gives one
        logger.info(message, duration_ms=(self.since - before) * 1000)

    def stop(self) -> None:
        if self.phase == "ready":
            self.log("Application shutting down", "stopping")


life = Life()
resources: dict[str, tuple[Open, Check]] = {}
"""By name: the lifespan enters what the first returns, readiness depends on the second."""


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
    life.phase, life.since = "starting", time.perf_counter()
    logger.info("Application starting")
    level = logging.getLevelName(get_settings().log_level)
    logger.info("Environment", environment_name=get_settings().environment, log_level=level)
    async with AsyncExitStack() as stack:
        stack.callback(writer.close)
        stack.callback(life.log, "Application stopped")
        stack.callback(audit_handler.stop)  # servers end their further processes without `atexit`
        for opened, _ in resources.values():
            await stack.enter_async_context(opened())
        stack.callback(life.stop)
        if app is None:
            life.log("Application ready", "ready")
        yield


async def watch_lifespan(app: Callable[[Any, Any], Any], receive: Any, send: Any) -> None:
    """Run an ASGI lifespan: it is ready when the application says so; log its failure once."""

    async def watched_send(message: Any) -> None:
        if message["type"] == "lifespan.startup.complete":
            life.log("Application ready", "ready")
        elif message["type"].endswith(".failed"):
            message = {**message, "message": ""}  # the traceback as text, which servers log
        await send(message)

    try:
        await app(receive, watched_send)
    except (Exception, SystemExit):
        logger.critical("Application failed", phase=life.phase, exc_info=True)
        raise
