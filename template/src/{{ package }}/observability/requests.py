# Managed by the service template: change it there, or expect a merge on update.
"""What one request logs, whatever the framework: its ids, its outcome, one line."""

import os
import random
import re
import time
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from . import settings
from .fields import SHAPES
from .logger import get_logger

logger = get_logger(__name__)

REQUEST_ID_HEADERS = ("x-request-id", "x-railway-request-id")
"""Where a request id comes from, the first valid one; else it is made here."""

HEADERS = (*REQUEST_ID_HEADERS, "traceparent", "x-forwarded-for")
"""All that are looked at."""

_TRACEPARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?"
)

# Ids are no secrets: nobody gains by guessing one, and a call to the system for each takes longer.
_random = random.Random()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.seed)

_PARAMETER = re.compile(r"<(?:[^<>:]*:)?(\w+)>|\{(\w+):\w+\}")


def correlation_ids(headers: Mapping[str, str]) -> dict[str, str]:
    """`request_id`, `trace_id` and `span_id` from headers with lower-case names.

    An id that is not 8 to 64 of `A-Za-z0-9._-` is replaced, so that nobody writes into our lines;
    an invalid `traceparent` starts a new trace (W3C Trace Context, section 3.2).
    """
    own = _random.randbytes(40).hex()
    ids = {"request_id": own[:32], "trace_id": own[32:64], "span_id": own[64:]}
    if not headers:
        return ids
    for name in REQUEST_ID_HEADERS:
        if (given := headers.get(name)) and SHAPES["request_id"].fullmatch(given):
            ids["request_id"] = given
            break
    if (given := headers.get("traceparent")) and (trace := _TRACEPARENT.fullmatch(given)):
        ids["trace_id"], ids["span_id"] = trace[1], trace[2]
    return ids


@lru_cache(maxsize=1024)
def uniform(template: str | None) -> str | None:
    """`/users/{user_id}` of `/users/<int:user_id>`: one template, whatever the framework."""
    return template and _PARAMETER.sub(lambda found: f"{{{found[1] or found[2]}}}", template)


class RequestLog:
    """The one line `request_completed`, from the first byte in to the last byte out.

    `failure` is where an adapter puts an exception that its framework answers by itself and keeps
    from us; it is the line's own if the status says that the request failed.
    """

    __slots__ = (
        *("bytes_sent", "failure", "finished", "ip", "method"),
        *("outcome", "path", "route", "started", "status", "written"),
    )

    def __init__(self, method: str, path: str, ip: str | None) -> None:
        self.started = time.perf_counter()
        self.finished: float | None = None
        self.failure: BaseException | None = None
        self.method = method
        self.path = path
        self.route: str | None = None
        self.ip = ip
        self.status: int | None = None
        self.bytes_sent = 0
        self.outcome = ""
        self.written = False

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
            route=uniform(self.route),
            status=self.status,
            duration_ms=((self.finished or time.perf_counter()) - self.started) * 1000,
            bytes_sent=self.bytes_sent,
            ip=self.ip,
            outcome=self.outcome or "client_error",
        )
