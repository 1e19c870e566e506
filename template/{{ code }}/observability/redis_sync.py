# Managed by the template: edits here are merged on update.
"""The synchronous Redis client, of Flask and Django; redis.py has its options and its logging."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from redis import BlockingConnectionPool, Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from redis.retry import Retry

from .redis import hide_arguments, logger, open_pool, watched


class LoggedPipeline(Pipeline):
    def execute(self, raise_on_error: bool = True) -> list[Any]:
        with watched(["pipeline"]):
            return list(super().execute(raise_on_error))

    def annotate_exception(self, exception: Exception, number: int, command: Any) -> None:
        hide_arguments(exception, f"Command # {number} of pipeline: ")


class LoggedRedis(Redis):
    """redis-py's synchronous client; its commands and pipelines are watched."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with watched(args):
            return cast("Any", super()).execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> LoggedPipeline:
        pool, callbacks = self.connection_pool, self.response_callbacks
        return LoggedPipeline(pool, callbacks, transaction, shard_hint)


_client: LoggedRedis | None = None


def redis_client() -> LoggedRedis:
    """Return the client of this process; RuntimeError unless the service runs."""
    if _client is None:
        raise RuntimeError("Redis is not open: it is between start and stop of the service")
    return _client


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    """Open the client and close it at the end, for the lifespan, which never suspends here."""
    global _client
    pool = open_pool(BlockingConnectionPool, Retry)
    _client = client = cast("LoggedRedis", LoggedRedis.from_pool(pool))
    try:
        await reachable()
        yield
    finally:
        closing, _client = time.perf_counter(), None
        with suppress(RedisError, OSError):
            client.close()
        logger.info("Redis connections closed", duration_ms=(time.perf_counter() - closing) * 1000)


async def reachable() -> bool:
    """Whether Redis answers a PING within REDIS_TIMEOUT_MS; never raises."""
    with suppress(RedisError):
        return _client is not None and bool(_client.ping())
    return False
