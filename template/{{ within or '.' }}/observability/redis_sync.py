# Managed by the service template: change it there, or expect a merge on update.
"""The synchronous client of Redis: opened and closed with the service, its commands watched."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

from redis import BlockingConnectionPool, Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from redis.retry import Retry

from . import service, settings
from .redis_embedded import address
from .redis_options import location, pool_options
from .redis_watch import hide_arguments, logger, name_of, outage, watched


class LoggedRedis(Redis):
    """redis-py's client, with text as answers; its commands and pipelines are watched."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with watched(args):
            return cast("Any", super()).execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> "LoggedPipeline":
        return LoggedPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )


class LoggedPipeline(Pipeline):
    """A pipeline is watched as a whole; what it sends before MULTI, command by command."""

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        with watched(["pipeline"]):
            return list(super().execute(raise_on_error))

    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        with watched(args):
            return cast("Any", super()).immediate_execute_command(*args, **options)

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


def _connect(url: str) -> LoggedRedis:
    timeout_ms = settings.current().redis_timeout_ms
    options = pool_options(Retry, connect_ms=timeout_ms, answer_ms=timeout_ms)
    options["client_name"] = service.NAME
    pool = BlockingConnectionPool.from_url(url, **options)
    return cast("LoggedRedis", LoggedRedis.from_pool(pool))


@contextmanager
def opened() -> Iterator[None]:
    """Open the client and say so; close it at the end.

    A service starts without Redis too: it says that a ping failed, is not ready, and recovers.
    """
    global _client
    with address(settings.current().redis_url) as url:
        logger.info("Redis URL", **location(url))
        outage.forget()
        since = time.perf_counter()
        _client = client = _connect(url)
        try:
            if reachable():
                logger.info("Redis connected", duration_ms=(time.perf_counter() - since) * 1000)
            yield
        finally:
            since = time.perf_counter()
            _client = None
            with suppress(RedisError, OSError):
                client.close()
            duration_ms = (time.perf_counter() - since) * 1000
            logger.info("Redis connections closed", duration_ms=duration_ms)


def reachable() -> bool:
    """Whether Redis answers a ping within REDIS_TIMEOUT_MS; never raises."""
    try:
        return _client is not None and bool(_client.ping())
    except RedisError:
        return False
