# Managed by the service template: change it there, or expect a merge on update.
"""Main loops of a worker with each ending that a job can have, for the tests of the standard."""

import asyncio

from {{ observability }} import bind, get_logger, work

logger = get_logger(__name__)
logger.info("Probe imported")


async def endings(stop: asyncio.Event) -> None:
    """One job for each ending, then wait for the stop."""
    with work("first_operation", job_id=1, session_id="session-1"):
        bind(tenant_id="acme")
        logger.info("In the job")
    with work("second_operation", job_id=2):
        raise RuntimeError("failed on purpose")
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
    """A job that does not care for the stop."""
    with work("endless_operation"):
        logger.info("Holding")
        await asyncio.Event().wait()


async def broken(stop: asyncio.Event) -> None:
    """A main loop that fails outside any job."""
    raise RuntimeError("the loop is broken")
