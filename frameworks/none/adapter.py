# Managed by the service template: change it there, or expect a merge on update.
"""What a worker needs: run() around its main loop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import import_module

from . import settings
from .health import serve_health
from .lifecycle import lifespan
from .logger import get_logger
from .setup import configure_logging

logger = get_logger(__name__)


def run(main: str) -> None:
    """Run `main(stop)`, given as `package.module:name`, until it returns or SIGTERM or SIGINT.

    `stop` is an asyncio.Event. The job at hand may end within SHUTDOWN_GRACE_S, then it is cut.
    """
    configure_logging()
    module, _, name = main.partition(":")
    asyncio.run(_run(getattr(import_module(module), name)))


async def _run(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with lifespan(), serve_health():
        working = asyncio.ensure_future(main(stop))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        grace_s = settings.current().shutdown_grace_s
        await asyncio.wait({working}, timeout=grace_s)
        if not working.done():
            logger.warning("Work cut off", grace_s=grace_s)
            working.cancel()
        with suppress(asyncio.CancelledError):
            await working
