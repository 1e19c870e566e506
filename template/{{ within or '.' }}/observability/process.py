# Managed by the service template: change it there, or expect a merge on update.
"""A process that works until it is told to stop, and then ends what it has at hand."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

from . import settings
from .logger import get_logger

logger = get_logger(__name__)


def stop_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set from now on, in the running loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop


async def until_stopped(
    main: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    """Await `main(stop)` until it returns, or `stop` is set and SHUTDOWN_GRACE_S are over."""
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
