# Managed by the service template: change it there, or expect a merge on update.
"""The asynchronous client of Redis: opened and closed with the service, its commands watched."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.exceptions import RedisError

from . import service, settings
from .redis_embedded import address
from .redis_options import location, pool_options
from .redis_watch import hide_arguments, logger, name_of, outage, watched


class LoggedRedis(Redis):
    """redis-py's client, with text as answers; its commands and pipelines are watched."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        with watched(args):
            return await cast("Any", super()).execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> "LoggedPipeline":
        return LoggedPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )


class LoggedPipeline(Pipeline):
    """A pipeline is watched as a whole; what it sends before MULTI, command by command."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        with watched(["pipeline"]):
            return await super().execute(raise_on_error)

    async def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        with watched(args):
            return await cast("Any", super()).immediate_execute_command(*args, **options)

    def annotate_exception(self, exception: Exception, number: int, command: Any) -> None:
        """Say which command of the pipeline failed; redis-py would quote its arguments."""
        command = tuple(command)
        hide_arguments(exception, command, f"Command # {number} ({name_of(command)}) of pipeline: ")


_client: LoggedRedis | None = None


def redis_client() -> LoggedRedis:
    """The client of this process, between start and stop of the service; RuntimeError elsewhere."""
    if _client is None:
        raise RuntimeError("Redis is not open: it is while the service's `lifespan` runs")
    return _client


def connect(
    url: str = "", *, timeout_ms: int | None = None, encoding_errors: str = "strict"
) -> LoggedRedis:
    """A further client, of REDIS_URL if nothing else is said; the caller closes it by `aclose()`.

    `timeout_ms` is how long an answer may take, REDIS_TIMEOUT_MS if None: one that blocks needs
    more than it blocks for. `encoding_errors` is what becomes of bytes that are not UTF-8.
    """
    connect_ms = settings.current().redis_timeout_ms
    url = url or settings.current().redis_url
    options = pool_options(Retry, connect_ms=connect_ms, answer_ms=timeout_ms or connect_ms)
    options |= {"client_name": service.NAME, "encoding_errors": encoding_errors}
    pool = BlockingConnectionPool.from_url(url, **options)
    return cast("LoggedRedis", LoggedRedis.from_pool(pool))


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    """Open the client and say so; close it at the end.

    A service starts without Redis too: it says that a ping failed, is not ready, and recovers.
    """
    global _client
    with address(settings.current().redis_url) as url:
        logger.info("Redis URL", **location(url))
        outage.forget()
        since = time.perf_counter()
        _client = client = connect(url)
        try:
            if await reachable():
                logger.info("Redis connected", duration_ms=(time.perf_counter() - since) * 1000)
            yield
        finally:
            since = time.perf_counter()
            _client = None
            with suppress(RedisError, OSError):
                await client.aclose()
            duration_ms = (time.perf_counter() - since) * 1000
            logger.info("Redis connections closed", duration_ms=duration_ms)


async def reachable() -> bool:
    """Whether Redis answers a ping within REDIS_TIMEOUT_MS; never raises."""
    try:
        return _client is not None and bool(await _client.ping())
    except RedisError:
        return False
