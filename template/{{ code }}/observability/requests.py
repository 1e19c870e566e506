# Managed by the template: edits here are merged on update.
"""One HTTP request, whatever the framework: its ids, its client's address, its one line."""

import ipaddress
import os
import re
import time
from asyncio import CancelledError
from collections.abc import Mapping
from functools import lru_cache

from .context import current_unit
from .logger import get_logger
from .settings import get_settings
from .tracebacks import is_logged, mark_logged

logger = get_logger(__name__)

ENDS = CancelledError | GeneratorExit | KeyboardInterrupt | SystemExit  # which servers have to see
_FIELDS = ("method", "path", "route", "status", "duration_ms", "bytes_sent", "ip")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(  # W3C Trace Context, section 3.2
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?"
)
# By these names, or by Litestar's text, an exception says that the client has left.
_DISCONNECTS = {"ClientDisconnect", "ClientDisconnected", "WebSocketDisconnect"}
_PREMATURE = "client disconnected prematurely"
_PARAMETER = re.compile(r"<(?:[^<>:]*:)?(\w+)>|\{(\w+):\w+\}")  # `<int:user_id>`, `{user_id:int}`


def correlation_ids(headers: Mapping[str, str]) -> dict[str, str]:
    """Return `request_id`, `trace_id` and `span_id`: from headers in lower case, or new."""
    digits = os.urandom(40).hex()
    inbound = headers.get("x-request-id", ""), headers.get("x-railway-request-id", "")
    given = filter(_REQUEST_ID.fullmatch, inbound)
    trace = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    trace_id, span_id = trace.group(1, 2) if trace else (digits[32:64], digits[64:])
    return {"request_id": next(given, digits[:32]), "trace_id": trace_id, "span_id": span_id}


def client_address(peer: str | None, forwarded_for: str) -> str | None:
    """Return the client's address as LOG_IP_POLICY allows it; None if it is not an address."""
    settings = get_settings()
    ip = _parse_address(peer)
    # X-Forwarded-For is read from the right: a client's own claim is further left (RFC 7239, 8.1).
    hops = [hop.strip() for hop in forwarded_for.rsplit(",", 32) if hop.strip()]
    while hops and ip and any(ip in network for network in settings.forwarded_allow_ips):
        ip = _parse_address(hops.pop())
    if ip and settings.log_ip_policy == "truncate":
        network = ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False)
        ip = network.network_address
    return str(ip) if ip else None


@lru_cache(1024)
def _parse_address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(text if text and len(text) <= 64 else "")
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip  # the peer of a server that listens on `::`


def outcome_of(error: BaseException) -> str:
    """Return what an exception means: a failure, a client that left or the server's stop."""
    has_left = type(error).__name__ in _DISCONNECTS or getattr(error, "detail", "") == _PREMATURE
    if not has_left and (isinstance(error, SystemExit) or not isinstance(error, ENDS)):
        return "error"  # the panic of an extension, which is no Exception, too
    mark_logged(error)  # no server need say so
    return "client_disconnected" if has_left else "cancelled"


class RequestLog:
    """The line `request_completed`, whose fields a middleware sets as they become known."""

    status: int | None = None
    route: str | None = None
    failure: BaseException | None = None  # that the framework answers by 500 or above
    outcome = ""  # of an ending that the status does not tell
    bytes_sent = 0
    written = False

    def __init__(self, method: str, path: str, peer: str | None, headers: Mapping[str, str]):
        self.method, self.path, self.started = method, path, time.perf_counter()
        self.ip = client_address(peer, headers.get("x-forwarded-for", ""))
        self.ids = correlation_ids(headers)

    def complete(self, error: BaseException | None = None) -> None:
        """Write the line once; a path of LOG_QUIET_PATHS has none below status 400."""
        status = self.status or 500
        error = self.failure if error is None and status >= 500 else error
        self.failure = None  # its frames have this: only the collector would end them
        if error is not None and (ending := outcome_of(error)) != "error":
            self.outcome, error = ending, None
        if self.written:
            if error is not None and not is_logged(error):
                logger.error("Failure after the response", exc_info=error)
            return
        self.written = True
        by_status = "success" if status < 400 else "client_error" if status < 500 else "error"
        outcome = self.outcome or by_status if error is None else "error"
        quiet = get_settings().log_quiet_paths
        if outcome == "success" and (self.path in quiet or self.route in quiet):
            return
        self.duration_ms = round((time.perf_counter() - self.started) * 1000, 3)
        self.route = self.route and _PARAMETER.sub(r"{\1\2}", self.route)
        self.bytes_sent = 0 if self.method == "HEAD" else self.bytes_sent
        fields = {name: getattr(self, name) for name in _FIELDS}
        write = logger.error if outcome == "error" else logger.info
        if outcome == "error" and error is None:  # the service has logged what it answers
            fields |= {k: v for k, v in current_unit().error.items() if k != "exception"}
        write("request_completed", **fields, outcome=outcome, exc_info=error)
