# Managed by the service template: change it there, or expect a merge on update.
"""What one request logs, whatever the framework: its outcome, one line."""

import re
import time
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from . import settings
from .logger import get_logger

logger = get_logger(__name__)

_PARAMETER = re.compile(r"<(?:[^<>:]*:)?(\w+)>|\{(\w+):\w+\}")


@lru_cache
def uniform(template: str | None) -> str | None:
    """`/users/{user_id}` of `/users/<int:user_id>`: one template, whatever the framework."""
    return template and _PARAMETER.sub(lambda found: f"{{{found[1] or found[2]}}}", template)


class RequestLog:
    """The one line `request_completed`, from the first byte in to the last byte out.

    `failure` is where an adapter puts an exception that its framework answers by itself and keeps
    from us; it is the line's own if the status says that the request failed.
    """

    failure: BaseException | None = None
    status: int | None = None
    bytes_sent = 0
    finished: float | None = None
    outcome = ""
    written = False

    def __init__(
        self, method: str, path: str, ip: str | None, route: Callable[[], str | None]
    ) -> None:
        self.started = time.perf_counter()
        self.method = method
        self.path = path
        self.ip = ip
        self.route = route

    def sent(self, count: int, *, last: bool) -> None:
        """Count bytes of the body that went on the wire, which those of a HEAD request do not."""
        if self.method != "HEAD":
            self.bytes_sent += count
        if last:
            self.finished = time.perf_counter()

    def complete(self, error: BaseException | None = None) -> None:
        """Write the line, unless it is written; `status` is what went on the wire, None if nothing.

        ERROR for a failure or a status from 500 on, INFO for the rest. Paths of LOG_QUIET_PATHS
        are silent while they pass, below status 400. `duration_ms` runs to the last byte sent.
        """
        if self.written:
            return
        self.written = True
        route = self.route
        del self.route  # which holds the scope that holds this: only the collector would end it
        status = self.status or 0
        if error is None and status >= 500:
            error = self.failure
        if error is not None or not (self.outcome or 0 < status < 500):
            self.outcome = "error"
        elif not self.outcome and status < 400:
            if self.path in settings.current().log_quiet_paths:
                return
            self.outcome = "success"
        write: Any = logger.info
        if self.outcome == "error":
            write = partial(logger.error, exc_info=error)
        write(
            "request_completed",
            method=self.method,
            path=self.path,
            route=uniform(route()),
            status=self.status,
            duration_ms=((self.finished or time.perf_counter()) - self.started) * 1000,
            bytes_sent=self.bytes_sent,
            ip=self.ip,
            outcome=self.outcome or "client_error",
        )
