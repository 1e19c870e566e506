# Managed by the service template: change it there, or expect a merge on update.
"""What a worker needs: run() around its main loop."""

import asyncio
from importlib import import_module
from typing import Any

from .health import serve_health
from .lifecycle import lifespan
from .process import stop_signal, until_stopped
from .setup import configure_logging


def run(main: str) -> None:
    """Run `main(stop)`, given as `package.module:name`, until it returns or SIGTERM or SIGINT.

    `stop` is an asyncio.Event. The job at hand may end within SHUTDOWN_GRACE_S, then it is cut.
    """
    configure_logging()
    module, _, name = main.partition(":")
    asyncio.run(_run(getattr(import_module(module), name)))


async def _run(main: Any) -> None:
    stop = stop_signal()
    async with lifespan(), serve_health():
        await until_stopped(main, stop)
