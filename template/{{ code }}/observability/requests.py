# Managed by the template: edits here are merged on update.
"""One HTTP request, whatever the framework: its ids, its client's address, its one line."""

import ipaddress
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import TracebackType

from .logger import get_logger
from .settings import get_settings
from .tracebacks import is_logged, mark_logged

logger = get_logger(__name__)

HEADERS = ("x-request-id", "x-railway-request-id", "traceparent", "x-forwarded-for")
"""The headers that are read; of the first two, the first valid one is the request id."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?"
)
_PORT = re.compile(r"^\[(.+)\](?::\d+)?$|^([\d.]+):\d+$")
_ROUTE_PARAMETER = re.compile(r"<(?:[^<>:]*:)?(\w+)>|\{(\w+):\w+\}")


def correlation_ids(headers: Mapping[str, str]) -> dict[str, str]:
    """Return `request_id`, `trace_id` and `span_id`; header names are in lower case.

    An inbound id that is not 8 to 64 of `A-Za-z0-9._-` is replaced, so that a client cannot write
    into our lines; an invalid `traceparent` starts a new trace (W3C Trace Context, section 3.2).
    """
    digits = os.urandom(40).hex()
    ids = {"request_id": digits[:32], "trace_id": digits[32:64], "span_id": digits[64:]}
    if headers:
        given = filter(_REQUEST_ID.fullmatch, (headers.get(name, "") for name in HEADERS[:2]))
        ids["request_id"] = next(given, ids["request_id"])
        if trace := _TRACEPARENT.fullmatch(headers.get("traceparent", "")):
            ids["trace_id"], ids["span_id"] = trace[1], trace[2]
    return ids


def client_address(peer: str | None, forwarded_for: str) -> str | None:
    """Return the client's address as LOG_IP_POLICY allows it; None if it is not an address.

    `forwarded_for` is the header X-Forwarded-For, to which each proxy appends its peer. It is read
    from the right while the sender is in FORWARDED_ALLOW_IPS; what a client wrote into it is
    further left and is ignored (RFC 7239, section 8.1).
    """
    settings = get_settings()
    ip = _parse_address(peer)
    hops = [hop.strip() for hop in forwarded_for.rsplit(",", 32) if hop.strip()]
    while hops and ip and any(ip in network for network in settings.forwarded_allow_ips):
        ip = _parse_address(_PORT.sub(r"\1\2", hops.pop()))
    if ip is None or settings.log_ip_policy == "full":
        return str(ip) if ip else None
    hidden_bits = 32 - 24 if ip.version == 4 else 128 - 48
    return str(type(ip)(int(ip) >> hidden_bits << hidden_bits))


@lru_cache(1024)
def _parse_address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(text if text and len(text) <= 64 else "")
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip  # the peer of a server that listens on `::`


@lru_cache
def _uniform(template: str | None) -> str | None:
    """`/users/{user_id}` for `/users/<int:user_id>`."""
    return template and _ROUTE_PARAMETER.sub(r"{\1\2}", template)


class RequestLog:
    """The line `request_completed`, from the first byte in to the last byte out.

    `status` is what went on the wire, None if nothing did. `failure` is an exception that the
    framework answered itself; it belongs to the line if the status is 500 or above, or where an
    adapter has set `outcome` to "error": an error page may say 200.
    """

    status: int | None = None
    failure: BaseException | None = None
    outcome = ""
    bytes_sent = 0
    written = False
    _trace: TracebackType | None = None
    _finished: float | None = None

    def __init__(
        self, method: str, path: str, ip: str | None, route: Callable[[], str | None]
    ) -> None:
        self._started = time.perf_counter()
        self.method = method
        self.path = path
        self.ip = ip
        self._route = route

    def sent(self, count: int, *, last: bool) -> None:
        """Count bytes of the body; that of a HEAD response does not go on the wire."""
        if self.method != "HEAD":
            self.bytes_sent += count
        if last:
            self._finished = time.perf_counter()

    def keep_failure(self) -> None:
        """Keep the exception that is being handled, for which the framework sends a 5xx.

        `HTTPException(503)` is meant as an answer, unless it has a cause.
        """
        error = sys.exc_info()[1]
        if not isinstance(error, Exception):
            return
        cause = error.__cause__ or error.__context__
        status = getattr(error, "status_code", None)
        if cause or status in {None, 500}:
            self.failure, self._trace = error, error.__traceback__
        if status and is_logged(cause):
            mark_logged(error)  # its traceback would repeat that of its cause

    def complete(self, error: BaseException | None = None) -> None:
        """Write the line once: ERROR for a failure or a status of 500 and above, else INFO.

        Paths of LOG_QUIET_PATHS write none below status 400. `duration_ms` ends with the last byte.
        """
        if self.written:
            return
        self.written = True
        status = self.status or 0
        if error is None and self.failure and (status >= 500 or self.outcome == "error"):
            # Starlette clears the traceback of an exception that it has answered.
            error = self.failure.with_traceback(self._trace or self.failure.__traceback__)
        if error or not (self.outcome or 0 < status < 500):
            self.outcome = "error"
        elif not self.outcome:
            self.outcome = "success" if status < 400 else "client_error"
        route = _uniform(self._route())
        del self._route  # it has the scope, which has this: only the collector would end them
        if self.outcome == "success" and self.path in get_settings().log_quiet_paths:
            return
        write = logger.error if self.outcome == "error" else logger.info
        write(
            "request_completed",
            method=self.method,
            path=self.path,
            route=route,
            status=self.status,
            duration_ms=((self._finished or time.perf_counter()) - self._started) * 1000,
            bytes_sent=self.bytes_sent,
            ip=self.ip,
            outcome=self.outcome,
            exc_info=error,
        )
