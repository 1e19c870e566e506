# Managed by the service template: change it there, or expect a merge on update.
"""What commands to Redis log: a burst of failures once, its end once, each slow command by name.

Arguments are in no line, and in no message of an exception that passes here.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from . import settings
from .logger import get_logger

logger = get_logger(f"{__package__}.redis")
"""One logger for both clients, asynchronous and synchronous."""

BLOCKING = frozenset(
    "blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin wait waitaof xread xreadgroup"
    .split()
)  # fmt: skip
"""Commands that wait for something to come: how long is not about how fast Redis is."""


class Outage:
    """The burst of failures that goes on, of all clients in this process."""

    def __init__(self) -> None:
        self.failures = 0
        self.first = 0.0
        self.last = 0.0
        self.lock = Lock()

    def failed(self, operation: str, error: Exception) -> None:
        """Count a failure, and log the first of the burst."""
        with self.lock:
            self.failures += 1
            self.last = time.perf_counter()
            if self.failures > 1:
                return
            self.first = self.last
        kind = type(error)
        error_type = f"{kind.__module__}.{kind.__qualname__}"
        logger.error("Redis operation failed", operation=operation, error_type=error_type)

    def answered(self, started: float) -> None:
        """End the burst: a command that began after its last failure has got an answer."""
        if not self.failures:
            return
        with self.lock:
            if not self.failures or started < self.last:
                return
            failures, self.failures = self.failures, 0
        duration_ms = (time.perf_counter() - self.first) * 1000
        logger.info("Redis recovered", failures=failures, duration_ms=duration_ms)

    def forget(self) -> None:
        """Begin anew, with a client that has not failed yet."""
        self.failures = 0


outage = Outage()


@contextmanager
def watched(command: Sequence[object]) -> Iterator[None]:
    """Around one command, its name first, or one pipeline; retries are inside.

    An error that Redis answers with (WRONGTYPE, say) is the caller's to log; only a PING that gets
    one is a failure of Redis.
    """
    operation = name_of(command)
    started = time.perf_counter()
    try:
        yield
    except (ConnectionError, TimeoutError) as error:
        outage.failed(operation, error)
        raise
    except ResponseError as error:
        hide_arguments(error, command)
        if operation == "ping":
            outage.failed(operation, error)
        else:
            _answered(operation, started)
        raise
    _answered(operation, started)


def _answered(operation: str, started: float) -> None:
    outage.answered(started)
    duration_ms = (time.perf_counter() - started) * 1000
    threshold_ms = settings.current().slow_redis_threshold_ms
    if duration_ms > threshold_ms and operation not in BLOCKING:
        logger.warning(
            "Slow Redis command",
            operation=operation,
            duration_ms=duration_ms,
            threshold_ms=threshold_ms,
        )


def name_of(command: Sequence[object]) -> str:
    """The command in lower case: its first word, since `execute_command("SET k v")` works too."""
    return text_of(command[0]).partition(" ")[0].lower()


def text_of(argument: object) -> str:
    """An argument as Redis would quote it."""
    return argument.decode(errors="replace") if isinstance(argument, bytes) else str(argument)


def hide_arguments(error: Exception, command: Sequence[object], place: str = "") -> None:
    """Rewrite the error's text: the server's own words without what they quote of the command."""
    said = str(error.args[0]) if error.args else ""
    said = said.partition(", with args beginning with")[0]
    for argument in command[1:]:
        said = said.replace(f"'{text_of(argument)}'", "'***'")
    error.args = (f"{place}{said}", *error.args[1:])
