# Managed by the template: edits here are merged on update.
"""ASGI middleware, outermost: one line per request or session in every ending; health checks."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from .context import begin_unit, bind, current_fields, end_unit
from .logger import get_logger
from .requests import HEADERS, RequestLog, client_address, correlation_ids
from .server import HEALTH_PATHS, health, watch_lifespan
from .settings import get_settings
from .tracebacks import is_logged, mark_logged
from .websockets import Message, Receive, Scope, Send, Session

logger = get_logger(__name__)

App = Callable[[Scope, Receive, Send], Awaitable[None]]

ID_HEADER = b"x-request-id"

_HEADERS = {name.encode(): name for name in HEADERS}


class LoggingMiddleware:
    """Wrap an ASGI application; `route_of(scope)` gives the template of the route that matched."""

    def __init__(self, app: App, route_of: Callable[[Scope], str | None]) -> None:
        self.app = app
        self.route_of = route_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await watch_lifespan(partial(self.app, scope), receive, send)
            return
        # What is mounted in an instrumented application may be instrumented itself.
        if kind not in {"http", "websocket"} or "observability" in scope:
            await self.app(scope, receive, send)
            return
        headers = {
            _HEADERS[name]: value.decode("latin-1")
            for name, value in scope["headers"]
            if name in _HEADERS
        }
        peer = (scope.get("client") or (None,))[0]
        ip = client_address(peer, headers.get("x-forwarded-for", ""))
        ids = correlation_ids(headers)
        token = begin_unit(ids)
        try:
            if kind == "websocket":
                await Session(scope["path"], ip, receive, send).run(self.app, scope)
                return
            is_health = scope["path"].removeprefix(scope.get("root_path", "")) in HEALTH_PATHS
            route = partial(_health_path if is_health else self.route_of, scope)
            log = scope["observability"] = RequestLog(scope["method"], scope["path"], ip, route)
            app = _answer_health if is_health else self.app
            await Exchange(log, ids, receive, send).run(app, scope)
        finally:
            end_unit(token)


class Exchange:
    """One request and its response on their way through the middleware."""

    def __init__(self, log: RequestLog, ids: dict[str, str], receive: Receive, send: Send) -> None:
        self.log = log
        self.ids = ids
        self._receive = receive
        self._send = send
        self.ended = False
        self.lost_client: OSError | None = None

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self.ended:
            self.log.outcome = "client_disconnected"
        return message

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            message = self._start(message)
        try:
            await self._send(message)
        except OSError as error:  # ASGI 2.4: the client has disconnected
            self.log.outcome, self.lost_client = "client_disconnected", error
            raise
        if kind == "http.response.start":
            self.log.status = message["status"]
        elif kind in {"http.response.body", "http.response.pathsend"}:
            self.ended = not message.get("more_body", False)
            self.log.sent(len(message.get("body", b"")), last=self.ended)
            # A 5xx without an exception waits for it until the application returns.
            if self.ended and ((self.log.status or 0) < 500 or self.log.failure):
                self.log.complete()

    def _start(self, message: Message) -> Message:
        fields = current_fields()
        if fields.get("span_id") != self.ids["span_id"]:
            # OpenTelemetry's span has begun inside, and ends before the summary is written.
            bind(trace_id=fields.get("trace_id"), span_id=fields.get("span_id"))
        if message["status"] >= 500:
            self.log.keep_failure()
        headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != ID_HEADER]
        return {**message, "headers": [*headers, (ID_HEADER, self.ids["request_id"].encode())]}

    async def run(self, app: App, scope: Scope) -> None:
        try:
            await app(scope, self.receive, self.send)
        except Exception as error:
            await self._fail(error)
            mark_logged(error)
            # A server that sees an exception closes the connection under the client's next
            # request, so it sees only that of a response that it has to cut. Tests see each.
            if not self.ended or get_settings().environment == "test":
                raise
        except BaseException as error:  # cancelled by the server, or the process ends
            self.log.outcome = self.log.outcome or "cancelled"
            mark_logged(error)
            if isinstance(error, asyncio.CancelledError):
                await self._respond(503, b"Service unavailable")
            raise
        finally:
            self.log.complete()

    async def _fail(self, error: Exception) -> None:
        """Log the exception once; send a 500 if nothing was sent."""
        left = error is self.lost_client or type(error).__name__ == "ClientDisconnect"
        if left and self.log.outcome == "client_disconnected":
            return
        if self.log.written and not is_logged(error):
            logger.error("Failure after the response", exc_info=error)
        await self._respond(500, b"Server error")
        self.log.complete(error)

    async def _respond(self, status: int, body: bytes) -> None:
        """Answer a client that has no answer yet; the server's would be without the id."""
        if self.log.status is None and self.log.outcome != "client_disconnected":
            with suppress(OSError):
                await _send_response(self.send, status, body, b"text/plain; charset=utf-8")


def _health_path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def _answer_health(scope: Scope, receive: Receive, send: Send) -> None:
    status, body = await health(_health_path(scope))
    await _send_response(send, status, json.dumps(body).encode(), b"application/json")


async def _send_response(send: Send, status: int, body: bytes, content_type: bytes) -> None:
    length = b"%d" % len(body)
    headers = [(b"content-type", content_type), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
