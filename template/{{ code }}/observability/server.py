# Managed by the template: edits here are merged on update.
"""The life of the process: its server, its start and stop, health checks."""

import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import FrameType
from typing import Any

from .audit import audit_handler
from .config import configure_logging, stdout_handler
from .handlers import writer
from .logger import get_logger
from .settings import get_settings
from .tracebacks import is_logged

logger = get_logger(__name__)

HEALTH_PATHS = "/health/live", "/health/ready"

LOG_CONFIG = {
    "version": 1, "disable_existing_loggers": False,
    "handlers": {"stdout": {"()": stdout_handler}},
}
"""Has each process of the server call configure_logging(), as log-config.json has."""


class Life:
    """The phase of this process (starting, ready, stopping) and the resources that it opens."""

    def __init__(self) -> None:
        self.resources: dict[str, tuple[Callable[[], Any], Callable[[], Awaitable[bool]]]] = {}
        self.is_watched = False
        self.enter("starting")

    def enter(self, phase: str) -> None:
        self.phase = phase
        self.since = time.perf_counter()

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.since) * 1000

    def serve(self) -> None:
        logger.info("Application ready", duration_ms=self.elapsed_ms())
        self.enter("ready")

    def stop(self) -> None:
        if self.phase == "ready":
            self.enter("stopping")
            logger.info("Application shutting down")


life = Life()


def add_resource(
    name: str,
    opened: Callable[[], AbstractAsyncContextManager[object]],
    check: Callable[[], Awaitable[bool]],
) -> None:
    """Have the lifespan enter `opened()`, and readiness depend on `await check()`."""
    life.resources[name] = opened, check


async def health(path: str) -> tuple[int, dict[str, str]]:
    """Return status and body of a health check: 200 if it passes, 503 if not."""
    if path == "/health/live":
        return 200, {"status": "ok"}
    if life.phase != "ready":
        return 503, {"status": "unavailable"}
    failing = [name for name, (_, check) in life.resources.items() if not await check()]
    failed = {"status": "unavailable", "failing": ", ".join(failing)}
    return (503, failed) if failing else (200, {"status": "ok"})


@asynccontextmanager
async def lifespan(app: Any = None) -> AsyncIterator[None]:
    """Open the resources and log start and stop: an ASGI lifespan, or around a main loop.

    Own resources go inside: `async with lifespan(app), my_pool(): yield`. An instrumented
    application is ready once those are open too.
    """
    life.enter("starting")
    settings = get_settings()
    level = logging.getLevelName(settings.log_level)
    logger.info("Application starting", delivery=writer.mode)
    logger.info("Environment", environment_name=settings.environment, log_level=level)
    try:
        async with AsyncExitStack() as stack:
            for opened, _ in life.resources.values():
                await stack.enter_async_context(opened())
            if not life.is_watched:
                life.serve()
            try:
                yield
            finally:
                life.stop()
    finally:
        audit_handler.stop()  # servers end their further processes without `atexit`
        logger.info("Application stopped", duration_ms=life.elapsed_ms())
        writer.flush()


async def watch_lifespan(app: Callable[[Any, Any], Any], receive: Any, send: Any) -> None:
    """Run an ASGI lifespan: it is ready when the application says so; log its failure once."""

    async def watched_receive() -> Any:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            life.stop()
        return message

    async def watched_send(message: Any) -> None:
        if message["type"] == "lifespan.startup.complete":
            life.serve()
        elif message["type"].endswith(".failed"):
            message = {**message, "message": ""}  # the traceback as text, which servers log
        await send(message)

    life.is_watched = True
    try:
        await app(watched_receive, watched_send)
    except (Exception, SystemExit) as error:
        if not is_logged(error):
            logger.critical("Application failed", phase=life.phase, exc_info=error)
        raise
    finally:
        life.is_watched = False


def run(app: str) -> None:
    """Serve `app`, an import string such as `orders.app:app`, until SIGTERM or SIGINT.

    Logging is configured before the application is imported, also in the further processes of
    WEB_CONCURRENCY. Running requests may finish within SHUTDOWN_GRACE_S; the exit code is 0.
    """
    import uvicorn  # here, so that a worker needs no server

    configure_logging()
    settings = get_settings()
    # uvicorn raises the signal again once it has stopped: this makes it a normal exit.
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, _exit)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        forwarded_allow_ips=[str(network) for network in settings.forwarded_allow_ips],
        log_config=LOG_CONFIG,
        access_log=False,
        timeout_graceful_shutdown=settings.shutdown_grace_s,
    )


def _exit(signum: int, frame: FrameType | None) -> None:
    # Ctrl+C comes from the terminal and from `uv run`: the second must not interrupt the exit.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)
