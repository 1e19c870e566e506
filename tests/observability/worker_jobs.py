"""Main loops of a worker, with each ending that a job can have."""

import asyncio
import sys

from observability.context import bind
from observability.logger import get_logger
from observability.worker import run, work

logger = get_logger(__name__)


async def endings(stop: asyncio.Event) -> None:
    """One job for each ending, then wait for the stop."""
    with work("first_operation", job_id=1, session_id="session-1"):
        bind(tenant_id="acme")
        logger.info("In the job")
    with work("second_operation", job_id=2):
        raise RuntimeError("failed on purpose")
    with work("third_operation", job_id=3):
        try:
            raise LookupError("no such job")
        except LookupError:
            logger.exception("Seen by the service")
            raise
    await asyncio.gather(*(together(number) for number in range(100)))
    logger.info("Between jobs")
    await stop.wait()


async def together(number: int) -> None:
    with work("concurrent_operation", number=number):
        await asyncio.sleep(0)
        bind(bound=number)
        await asyncio.sleep(0)
        logger.info("Together")


async def hold(stop: asyncio.Event) -> None:
    """A job that is at work when the stop comes, and ends a moment later."""
    with work("held_operation"):
        logger.info("Holding")
        await stop.wait()
        await asyncio.sleep(0.2)
        logger.info("Held")


async def endless(stop: asyncio.Event) -> None:
    with work("endless_operation"):
        logger.info("Holding")
        await asyncio.Event().wait()


async def leaves(stop: asyncio.Event) -> None:
    with work("last_operation"):
        sys.exit(3)


async def broken(stop: asyncio.Event) -> None:
    """A main loop that fails outside any job."""
    raise RuntimeError("the loop is broken")


if __name__ == "__main__":
    run(f"worker_jobs:{sys.argv[1]}")
