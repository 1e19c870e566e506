# Managed by the template: edits here are merged on update.
"""Worker: run() around its main loop, work() around one job, health checks while it runs."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pkgutil import resolve_name

from .config import configure_logging
from .context import unit_of_work
from .logger import get_logger
from .requests import RequestLog, outcome_of
from .server import HEALTH_PATHS, health, life, lifespan, stopping
from .settings import get_settings

logger = get_logger(__name__)


def run(main: str) -> None:
    """Run `main(stop)`, given as `package.module:name`, until it returns or SIGTERM or SIGINT.

    `stop` is an asyncio.Event. The job at hand may end within SHUTDOWN_GRACE_S, then it is cut.
    """
    configure_logging()
    asyncio.run(_run(resolve_name(main)))


async def _run(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with lifespan(), await serve_health():
        working = asyncio.ensure_future(main(stop))
        working.add_done_callback(lambda _: stop.set())
        await stop.wait()
        stopping()
        grace_s = get_settings().shutdown_grace_s
        await asyncio.wait({working}, timeout=grace_s)
        if not working.done():
            logger.warning("Work cut off", grace_s=grace_s)
            working.cancel()
        with suppress(asyncio.CancelledError):
            await working


@contextmanager
def work(operation: str, **fields: object) -> Iterator[None]:
    """One job: a unit of work with these fields, and its summary `job_completed`.

    A failure is logged there, with its traceback, and is not raised: the main loop goes on.
    """
    started = time.perf_counter()
    failure, outcome = None, "cancelled"
    with unit_of_work(operation=operation, **fields):
        try:
            yield
            outcome = "success"
        except BaseException as error:
            if (outcome := outcome_of(error)) == "error":
                failure = error
            if not isinstance(error, Exception):
                raise
        finally:
            write = logger.info if failure is None else logger.error
            duration_ms = round((time.perf_counter() - started) * 1000, 3)
            write("job_completed", duration_ms=duration_ms, outcome=outcome, exc_info=failure)


async def serve_health() -> asyncio.Server:
    """Answer health checks on HOST and PORT until the server is closed."""
    settings = get_settings()
    server = await asyncio.start_server(_answer, settings.host, settings.port)
    host, port = server.sockets[0].getsockname()[:2]
    logger.info("Listening", host=host, port=port)
    return server


life.serve = serve_health  # of the consumer, too


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # What is not a request gets no answer, and a client that has left gets no line.
    with suppress(OSError, ValueError, EOFError, asyncio.LimitOverrunError):
        async with asyncio.timeout(5):  # seconds that a client has for its request
            head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.decode("latin-1").split(" ", 2)
        peer = (writer.get_extra_info("peername") or (None,))[0]
        log = RequestLog(method, target.partition("?")[0], peer, {})
        with unit_of_work(**log.ids):
            log.status, body = 404, b'{"status": "not found"}'
            if log.path in HEALTH_PATHS:
                log.route = log.path
                log.status, body = await health(log.path)
            fields = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            head = f"HTTP/1.1 {log.status} \r\n{fields}Connection: close\r\n\r\n".encode()
            writer.write(head if method == "HEAD" else head + body)
            await writer.drain()
            log.bytes_sent = len(body)
            log.complete()
    writer.close()
